package main

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/evanw/esbuild/pkg/api"
)

// repository is the root, seen from this package's folder.
const repository = "../.."

func TestCommittedFilesAreWhatTheSourcesBuild(t *testing.T) {
	t.Parallel()
	for _, target := range targets() {
		built, err := target.build(repository)
		if err != nil {
			t.Fatalf("%s: %v", target.name, err)
		}
		problems, err := target.compare(repository, built)
		if err != nil {
			t.Fatalf("%s: %v", target.name, err)
		}
		for _, problem := range problems {
			t.Errorf("%s; run go run ./tools/bundle", problem)
		}
	}
}

func TestBuildIsDeterministic(t *testing.T) {
	t.Parallel()
	first, err := sdk().build(repository)
	if err != nil {
		t.Fatal(err)
	}
	second, err := sdk().build(repository)
	if err != nil {
		t.Fatal(err)
	}
	for name := range first {
		if !bytes.Equal(first[name], second[name]) {
			t.Errorf("%s differs between two builds of the same sources", name)
		}
	}
}

// page is a target like a web application: a module in chunks, a style sheet, a page.
func page() target {
	return target{
		name: "app",
		out:  "app/dist",
		keep: []string{"README"},
		options: api.BuildOptions{
			EntryPoints: []string{"app/src/main.ts"},
			EntryNames:  "[name]-[hash]",
			ChunkNames:  "chunk-[hash]",
			Format:      api.FormatESModule,
			Splitting:   true,
			Platform:    api.PlatformBrowser,
			Target:      api.ES2022,
		},
		pages:  map[string]string{"app/src/index.html": "index.html"},
		copies: map[string]string{"app/src/icon.svg": "icon.svg"},
	}
}

func TestPageTarget(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "app/src/main.ts", `import "./main.css"; import("./later.ts").then(console.log);`)
	write(t, root, "app/src/later.ts", `export const later: number = 1;`)
	write(t, root, "app/src/main.css", `body { color: red }`)
	write(t, root, "app/src/icon.svg", `<svg/>`)
	write(t, root, "app/src/index.html",
		`<link rel="stylesheet" href="main.css"><script type="module" src="./main.ts"></script>`)
	write(t, root, "app/dist/main-OLD.js", `stale`)
	write(t, root, "app/dist/README", `kept`)

	built, err := page().build(root)
	if err != nil {
		t.Fatal(err)
	}
	if err := page().write(root, built); err != nil {
		t.Fatal(err)
	}
	index := string(built["index.html"])
	for _, name := range sortedNames(built) {
		hashed := strings.HasPrefix(name, "main-")
		if hashed && !strings.Contains(index, `"`+name+`"`) {
			t.Errorf("the page does not name %s: %s", name, index)
		}
	}
	if strings.Contains(index, "main.ts") || strings.Contains(index, "main.css") {
		t.Errorf("the page still names its sources: %s", index)
	}
	if len(built) != 5 { // script, chunk, style sheet, page, icon
		t.Errorf("built %v, want five files", sortedNames(built))
	}
	if _, err := os.Stat(filepath.Join(root, "app/dist/main-OLD.js")); !os.IsNotExist(err) {
		t.Error("a file of an earlier build is still there")
	}
	if _, err := os.Stat(filepath.Join(root, "app/dist/README")); err != nil {
		t.Error("a file that the target keeps is gone")
	}
}

func TestCompareSaysWhatIsWrong(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "out/same", "a")
	write(t, root, "out/changed", "b")
	write(t, root, "out/stray", "c")
	built := files{"same": []byte("a"), "changed": []byte("x"), "missing": []byte("y")}
	got, err := target{out: "out"}.compare(root, built)
	if err != nil {
		t.Fatal(err)
	}
	want := []string{
		"out/changed is not what its sources build",
		"out/missing is missing",
		"out/stray is not built from anything",
	}
	if strings.Join(got, "\n") != strings.Join(want, "\n") {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestBuildFailures(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "broken.ts", "let = ;")
	write(t, root, "big.ts", "console.log('some text that is there')")
	tests := []struct{ name, entry, want string }{
		{"missing entry", "nowhere.ts", "nowhere.ts"},
		{"syntax error", "broken.ts", "broken.ts:1"},
		{"over the budget", "big.ts", "the limit is 10"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			built := target{
				out:     "out",
				options: api.BuildOptions{EntryPoints: []string{tt.entry}},
				limit:   10,
			}
			_, err := built.build(root)
			if err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %v, want one with %q", err, tt.want)
			}
		})
	}
}

func TestRun(t *testing.T) {
	t.Parallel()
	stale := t.TempDir()
	copyTree(t, filepath.Join(repository, "js/src"), filepath.Join(stale, "js/src"))
	copyTree(t, filepath.Join(repository, "console/src"), filepath.Join(stale, "console/src"))
	modules, err := filepath.Abs(filepath.Join(repository, "node_modules"))
	if err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(modules, filepath.Join(stale, "node_modules")); err != nil {
		t.Fatal(err)
	}
	write(t, stale, "js/dist/taskrouter.min.js", "older")
	empty := t.TempDir()
	tests := []struct {
		name string
		args []string
		code int
		says string
	}{
		{"check, committed", []string{"-C", repository, "-check"}, 0, ""},
		{"check, stale", []string{"-C", stale, "-check"}, 4, "js/dist/taskrouter.min.js is not what"},
		{"no sources", []string{"-C", empty}, 1, "bundle: js:"},
		{"no tests", []string{"-C", empty, "-tests", "out"}, 1, "no *.test.ts"},
		{"unknown flag", []string{"-x"}, 2, "flag provided but not defined"},
		{"arguments", []string{"x"}, 2, "takes no arguments"},
		{"both modes", []string{"-check", "-tests", "x"}, 2, "exclude each other"},
		{"help", []string{"-h"}, 0, "-check"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			var stdout, stderr bytes.Buffer
			code := run(tt.args, &stdout, &stderr)
			if code != tt.code || !strings.Contains(stderr.String(), tt.says) {
				t.Errorf("exit %d, %q; want exit %d and %q", code, stderr.String(), tt.code, tt.says)
			}
		})
	}
}

func TestTestsAreBundledApart(t *testing.T) {
	t.Parallel()
	root := t.TempDir()
	write(t, root, "js/test/a.test.ts", `import { test } from "node:test"; test("a", () => {});`)
	write(t, root, "js/test/helper.ts", `export {};`)
	write(t, root, "out/old.test.mjs", `stale`)
	write(t, root, "out/other", `not ours`)
	var stderr bytes.Buffer
	if code := run([]string{"-C", root, "-tests", "out"}, &stderr, &stderr); code != 0 {
		t.Fatalf("exit %d: %s", code, stderr.String())
	}
	entries, err := os.ReadDir(filepath.Join(root, "out"))
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, entry := range entries {
		names = append(names, entry.Name())
	}
	if got, want := strings.Join(names, " "), "js-test-a.test.mjs other"; got != want {
		t.Errorf("the folder holds %q, want %q", got, want)
	}
}

func write(t *testing.T, root, name, content string) {
	t.Helper()
	file := filepath.Join(root, name)
	if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(file, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
}

func copyTree(t *testing.T, from, to string) {
	t.Helper()
	if err := os.CopyFS(to, os.DirFS(from)); err != nil {
		t.Fatal(err)
	}
}
