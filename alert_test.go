package taskrouter_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"taskrouter"
)

// Every number has words of its own, so that a log is understood without a table, and the table
// says the same.
func TestAlertCodesHaveWords(t *testing.T) {
	t.Parallel()
	declared := regexp.MustCompile(`(?m)^\s*(Alert\w+)\s+(?:AlertCode )?= (\d+)`)
	page := readFile(t, "docs/reference/history.md")
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
		row := fmt.Sprintf("\n| %d | %s | %s |\n", n, taskrouter.AlertCode(n).Level(), words)
		if !strings.Contains(page, row) {
			t.Errorf("history.md lacks the row%s", row)
		}
	}
	if got := taskrouter.AlertCode(7).String(); got != "alert 7" {
		t.Errorf("an unknown code says %q", got)
	}
}
