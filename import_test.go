package taskrouter_test

import (
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the name that imports of this project begin with.
const module = "taskrouter"

// A layer is a folder and those it may import.
type layer struct {
	folder string
	from   []string
}

// mayImport says, for each folder with Go code, which folders of the project its code (tests
// aside) may import. The order is the one in which the folders build on each other; a folder
// imports only from those above it.
var mayImport = []layer{
	{".", nil},
	{"expr", nil},
	{"token", nil},
	{"worker", []string{"."}},
	{"examples/worker", []string{".", "token", "worker"}},
	{"internal/routing", []string{".", "expr"}},
	{"internal/store", []string{"."}},
	{"internal/store/storetest", []string{".", "internal/store"}},
	{"internal/engine", []string{".", "internal/routing", "internal/store"}},
	{"internal/stats", []string{".", "internal/store", "internal/engine"}},
	{"internal/wire", []string{".", "expr", "internal/routing"}},
	{"internal/websocket", []string{"."}},
	{"internal/account", []string{".", "token", "internal/store"}},
	{"internal/voice", []string{".", "internal/routing"}},
	{"internal/webhook", []string{".", "token", "internal/routing", "internal/store",
		"internal/engine", "internal/wire", "internal/voice"}},
	{"internal/bridge", []string{".", "token", "internal/routing", "internal/engine",
		"internal/wire", "internal/websocket"}},
	{"internal/feed", []string{".", "token", "internal/routing", "internal/store",
		"internal/engine", "internal/wire", "internal/websocket"}},
	{"internal/api", []string{".", "expr", "internal/routing", "internal/engine",
		"internal/wire", "internal/account", "internal/voice"}},
	{"internal/api/openapi", nil},
	{"internal/api/apitest", []string{".", "internal/store", "internal/engine", "internal/api",
		"internal/api/openapi"}},
	{"console", nil},
	{"js", nil},
	{"server", []string{".", "internal/routing", "internal/store", "internal/engine",
		"internal/stats", "internal/wire", "internal/account", "internal/webhook",
		"internal/bridge", "internal/feed", "internal/api", "console", "js"}},
	{"cmd/taskrouter", []string{".", "token", "internal/routing", "server"}},
	{"tools/bundle", nil},
	{"tools/openapi", nil},
}

// onlyTests are modules that nothing but tests may import.
var onlyTests = []string{
	"github.com/chromedp", "github.com/getkin/kin-openapi", "github.com/google/go-cmp",
	"github.com/rogpeppe/go-internal", "github.com/twilio/twilio-go", "go.uber.org/goleak",
	"pgregory.net/rapid",
}

// testFolder reports whether a folder holds nothing but tests and what tests share.
func testFolder(folder string) bool {
	return folder == "test" || strings.HasPrefix(folder, "test/") ||
		strings.HasSuffix(folder, "test")
}

// longestChain is how many folders may stand on each other.
const longestChain = 8

// TestImports holds the project to the table: imports point one way.
func TestImports(t *testing.T) {
	t.Parallel()
	imports := readImports(t)
	for folder, list := range imports {
		i := row(folder)
		if i < 0 && !testFolder(folder) {
			t.Errorf("%s has no row in mayImport: say what it may import", folder)
		}
		for _, imported := range list {
			if !testFolder(folder) && slices.ContainsFunc(onlyTests, func(m string) bool {
				return imported == m || strings.HasPrefix(imported, m+"/")
			}) {
				t.Errorf("%s imports %s, which is for tests only", folder, imported)
			}
			within, ours := inModule(imported)
			if ours && i >= 0 && !slices.Contains(mayImport[i].from, within) {
				t.Errorf("%s imports %s; mayImport allows it only %v", folder, within,
					mayImport[i].from)
			}
		}
	}
	for i, l := range mayImport {
		if _, ok := imports[l.folder]; !ok {
			t.Errorf("mayImport has a row for %s, where there is no Go code", l.folder)
		}
		for _, from := range l.from {
			if above := row(from); above < 0 || above >= i {
				t.Errorf("mayImport lets %s import %s, which does not stand above it",
					l.folder, from)
			}
		}
	}
}

// row is the place of a folder in mayImport, or -1.
func row(folder string) int {
	return slices.IndexFunc(mayImport, func(l layer) bool { return l.folder == folder })
}

// TestImportChain keeps the house flat.
func TestImportChain(t *testing.T) {
	t.Parallel()
	imports := readImports(t)
	memo := make(map[string][]string)
	var chain func(folder string) []string
	chain = func(folder string) []string {
		if known, ok := memo[folder]; ok {
			return known
		}
		var longest []string
		for _, imported := range imports[folder] {
			if within, ours := inModule(imported); ours {
				if c := chain(within); len(c) > len(longest) {
					longest = c
				}
			}
		}
		memo[folder] = append([]string{folder}, longest...)
		return memo[folder]
	}
	for folder := range imports {
		if c := chain(folder); len(c) > longestChain {
			t.Errorf("%d folders stand on each other, more than %d: %s", len(c), longestChain,
				strings.Join(c, " → "))
		}
	}
}

// inModule returns the folder of an import of this project.
func inModule(imported string) (folder string, ours bool) {
	if imported == module {
		return ".", true
	}
	return strings.CutPrefix(imported, module+"/")
}

// readImports returns what each folder's code imports, tests aside.
func readImports(t *testing.T) map[string][]string {
	t.Helper()
	imports := make(map[string][]string)
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && skipped(name, d.Name()):
			return fs.SkipDir
		case d.IsDir(), path.Ext(name) != ".go", strings.HasSuffix(name, "_test.go"):
			return nil
		}
		file, err := parser.ParseFile(token.NewFileSet(), filepath.FromSlash(name), nil,
			parser.ImportsOnly)
		if err != nil {
			return err
		}
		folder := path.Dir(name)
		if _, ok := imports[folder]; !ok {
			imports[folder] = nil // known, even if it imports nothing
		}
		for _, spec := range file.Imports {
			imported, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			if !slices.Contains(imports[folder], imported) {
				imports[folder] = append(imports[folder], imported)
			}
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return imports
}

// skipped reports whether a folder holds no code of ours.
func skipped(name, base string) bool {
	return name != "." && (strings.HasPrefix(base, ".") || strings.HasPrefix(base, "_")) ||
		base == "node_modules" || base == "testdata"
}
