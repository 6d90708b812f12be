package taskrouter_test

import (
	"regexp"
	"strconv"
	"strings"
	"testing"

	"taskrouter"
)

// Every number has words of its own, so that a log is understood without a table.
func TestAlertCodesHaveWords(t *testing.T) {
	t.Parallel()
	declared := regexp.MustCompile(`(?m)^\s*(Alert\w+)\s+(?:AlertCode )?= (\d+)`)
	seen := make(map[string]string)
	list := declared.FindAllStringSubmatch(readFile(t, "alert.go"), -1)
	if len(list) < 35 {
		t.Fatalf("found %d codes; has their form changed?", len(list))
	}
	for _, m := range list {
		n, err := strconv.Atoi(m[2])
		if err != nil {
			t.Fatal(err)
		}
		words := taskrouter.AlertCode(n).String()
		if strings.Contains(words, m[2]) || seen[words] != "" {
			t.Errorf("%s, %d, says %q, as %s does", m[1], n, words, seen[words])
		}
		seen[words] = m[1]
	}
	if got := taskrouter.AlertCode(7).String(); got != "alert 7" {
		t.Errorf("an unknown code says %q", got)
	}
}
