package compat

import (
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter/internal/api/apitest"
)

var (
	testFunction = regexp.MustCompile(`(?m)^func ((?:Test|Fuzz|Example)[A-Za-z0-9_]*)\(`)
	testName     = regexp.MustCompile(`^(?:([a-z]+)\.)?((?:Test|Fuzz|Example)[A-Za-z0-9_]*)$`)
	codeSpan     = regexp.MustCompile("`([^`]+)`")
	operationRow = regexp.MustCompile("^\\| `((?:GET|POST|DELETE) /v1/[^`]+)` \\|")
)

// TestLedger holds the ledger of compatibility to what there is: each operation of the official
// description has a row, and every test, scenario and file that a row names exists.
func TestLedger(t *testing.T) {
	t.Parallel()
	root := os.DirFS("../..")
	page, err := fs.ReadFile(root, "docs/reference/compatibility.md")
	if err != nil {
		t.Fatal(err)
	}
	known := testFunctions(t, root)
	var operations []string
	for line := range strings.SplitSeq(string(page), "\n") {
		cells := strings.Split(strings.Trim(line, "|"), " |")
		if !strings.HasPrefix(line, "| ") || len(cells) < 3 {
			continue
		}
		if row := operationRow.FindStringSubmatch(line); row != nil {
			operations = append(operations, row[1])
		}
		for _, span := range codeSpan.FindAllStringSubmatch(cells[len(cells)-1], -1) {
			if !exists(root, known, span[1]) {
				t.Errorf("there is no %s, which the ledger names:\n%s", span[1], line)
			}
		}
	}
	slices.Sort(operations)
	if d := cmp.Diff(apitest.Operations(), operations); d != "" {
		t.Errorf("rows of operations (-want +got):\n%s", d)
	}
}

// exists reports whether there is a test, with its package or without, a scenario of routing, or
// a file, that is called so.
func exists(root fs.FS, tests map[string]bool, name string) bool {
	if m := testName.FindStringSubmatch(name); m != nil {
		return tests[name]
	}
	for _, pattern := range []string{name, "internal/routing/testdata/" + name + ".txt"} {
		if found, err := fs.Glob(root, pattern); err == nil && len(found) > 0 {
			return true
		}
	}
	return false
}

// testFunctions are all tests, each by its name and by that with its folder's before it.
func testFunctions(t *testing.T, root fs.FS) map[string]bool {
	t.Helper()
	known := make(map[string]bool)
	err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && (d.Name() == "node_modules" || d.Name() == ".git"):
			return fs.SkipDir
		case d.IsDir() || !strings.HasSuffix(name, "_test.go"):
			return nil
		}
		text, err := fs.ReadFile(root, filepath.ToSlash(name))
		for _, m := range testFunction.FindAllSubmatch(text, -1) {
			known[string(m[1])] = true
			known[path.Base(path.Dir(name))+"."+string(m[1])] = true
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return known
}
