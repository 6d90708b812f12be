package main

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"maps"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"github.com/evanw/esbuild/pkg/api"
)

// build makes all files of the target, in memory.
func (t target) build(root string) (files, error) {
	abs, err := filepath.Abs(root)
	if err != nil {
		return nil, err
	}
	out := filepath.Join(abs, t.out)
	o := t.options
	o.AbsWorkingDir = abs
	o.Outdir = out
	o.Bundle = true
	o.Metafile = true
	o.Write = false
	o.MinifyWhitespace, o.MinifyIdentifiers, o.MinifySyntax = true, true, true
	o.LogLevel = api.LogLevelSilent
	result := api.Build(o)
	if err := failures(result); err != nil {
		return nil, err
	}

	built := files{}
	for _, f := range result.OutputFiles {
		name, err := filepath.Rel(out, f.Path)
		if err != nil {
			return nil, err
		}
		built[filepath.ToSlash(name)] = f.Contents
	}
	if err := t.checkSize(built); err != nil {
		return nil, err
	}
	for from, to := range t.copies {
		if built[to], err = os.ReadFile(filepath.Join(abs, from)); err != nil {
			return nil, err
		}
	}
	if len(t.pages) > 0 {
		if err := t.addPages(abs, result.Metafile, built); err != nil {
			return nil, err
		}
	}
	if t.finish != nil {
		if err := t.finish(built); err != nil {
			return nil, err
		}
	}
	return built, nil
}

// failures turns esbuild's errors and warnings into one error; sources here have neither.
func failures(result api.BuildResult) error {
	all := append(result.Errors, result.Warnings...)
	if len(all) == 0 {
		return nil
	}
	text := api.FormatMessages(all, api.FormatMessagesOptions{Kind: api.ErrorMessage})
	return errors.New("cannot bundle:\n" + strings.Join(text, ""))
}

func (t target) checkSize(built files) error {
	total := 0
	for name, content := range built {
		if strings.HasSuffix(name, ".js") {
			total += gzipped(content)
		}
	}
	if t.limit > 0 && total > t.limit {
		return fmt.Errorf("the scripts have %d bytes after gzip, the limit is %d", total, t.limit)
	}
	return nil
}

// metafile is the part of esbuild's report that says which output came from which entry point.
type metafile struct {
	Outputs map[string]struct {
		EntryPoint string `json:"entryPoint"`
		CSSBundle  string `json:"cssBundle"`
	} `json:"outputs"`
}

// addPages copies the HTML files with their references to entry points resolved. A page names an
// entry point by its path relative to itself; the style sheet that a script imports is named
// like the script, ending in .css.
func (t target) addPages(root, report string, built files) error {
	var meta metafile
	if err := json.Unmarshal([]byte(report), &meta); err != nil {
		return fmt.Errorf("read esbuild's report: %w", err)
	}
	for from, to := range t.pages {
		page, err := os.ReadFile(filepath.Join(root, from))
		if err != nil {
			return err
		}
		for output, info := range meta.Outputs {
			if info.EntryPoint == "" {
				continue
			}
			entry, err := filepath.Rel(path.Dir(from), info.EntryPoint)
			if err != nil {
				return err
			}
			entry = filepath.ToSlash(entry)
			page = replaceReference(page, entry, path.Base(output))
			if info.CSSBundle != "" {
				style := strings.TrimSuffix(entry, path.Ext(entry)) + ".css"
				page = replaceReference(page, style, path.Base(info.CSSBundle))
			}
		}
		built[to] = page
	}
	return nil
}

// replaceReference changes src="name" and href="name", also with ./ before the name.
func replaceReference(page []byte, name, with string) []byte {
	for _, attribute := range []string{"src", "href"} {
		for _, prefix := range []string{"", "./"} {
			old := fmt.Appendf(nil, "%s=%q", attribute, prefix+name)
			page = bytes.ReplaceAll(page, old, fmt.Appendf(nil, "%s=%q", attribute, with))
		}
	}
	return page
}

// write makes the target's folder hold exactly the built files and what it keeps.
func (t target) write(root string, built files) error {
	stray, err := t.stray(root, built)
	if err != nil {
		return err
	}
	for _, name := range stray {
		if err := os.Remove(filepath.Join(root, t.out, name)); err != nil {
			return err
		}
	}
	for name, content := range built {
		file := filepath.Join(root, t.out, name)
		if err := os.MkdirAll(filepath.Dir(file), 0o755); err != nil {
			return err
		}
		if err := os.WriteFile(file, content, 0o644); err != nil {
			return err
		}
	}
	return nil
}

// compare says in sentences how the committed files differ from the built ones.
func (t target) compare(root string, built files) ([]string, error) {
	var problems []string
	for _, name := range sortedNames(built) {
		committed, err := os.ReadFile(filepath.Join(root, t.out, name))
		switch {
		case errors.Is(err, fs.ErrNotExist):
			problems = append(problems, path.Join(t.out, name)+" is missing")
		case err != nil:
			return nil, err
		case !bytes.Equal(committed, built[name]):
			problems = append(problems, path.Join(t.out, name)+" is not what its sources build")
		}
	}
	stray, err := t.stray(root, built)
	if err != nil {
		return nil, err
	}
	for _, name := range stray {
		problems = append(problems, path.Join(t.out, name)+" is not built from anything")
	}
	return problems, nil
}

// stray lists files in the target's folder that are neither built nor kept.
func (t target) stray(root string, built files) ([]string, error) {
	var names []string
	dir := filepath.Join(root, t.out)
	err := filepath.WalkDir(dir, func(file string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		name, err := filepath.Rel(dir, file)
		if err != nil {
			return err
		}
		name = filepath.ToSlash(name)
		if _, ok := built[name]; !ok && !slices.Contains(t.keep, name) {
			names = append(names, name)
		}
		return nil
	})
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	return names, err
}

// testFolders hold the TypeScript tests; a folder that does not exist has none.
func testFolders() []string {
	return []string{"js/test", "console/test"}
}

// buildTests bundles every *.test.ts into dir, each as a module that node --test can run.
func buildTests(root, dir string) error {
	abs, err := filepath.Abs(root)
	if err != nil {
		return err
	}
	var entries []api.EntryPoint
	for _, folder := range testFolders() {
		found, err := filepath.Glob(filepath.Join(abs, folder, "*.test.ts"))
		if err != nil {
			return err
		}
		for _, file := range found {
			name := strings.TrimSuffix(filepath.Base(file), ".ts")
			prefix := strings.ReplaceAll(folder, "/", "-")
			entries = append(entries, api.EntryPoint{
				InputPath: file, OutputPath: prefix + "-" + name,
			})
		}
	}
	if len(entries) == 0 {
		return fmt.Errorf("no *.test.ts in %s", strings.Join(testFolders(), " or "))
	}
	if !filepath.IsAbs(dir) {
		dir = filepath.Join(abs, dir)
	}
	// Only bundles of earlier runs go: the folder may be anything.
	old, err := filepath.Glob(filepath.Join(dir, "*.test.mjs"))
	if err != nil {
		return err
	}
	for _, file := range old {
		if err := os.Remove(file); err != nil {
			return err
		}
	}
	return failures(api.Build(api.BuildOptions{
		EntryPointsAdvanced: entries,
		AbsWorkingDir:       abs,
		Outdir:              dir,
		OutExtension:        map[string]string{".js": ".mjs"},
		Bundle:              true,
		Write:               true,
		Format:              api.FormatESModule,
		Platform:            api.PlatformNode,
		Target:              api.ES2022,
		Sourcemap:           api.SourceMapInline,
		LogLevel:            api.LogLevelSilent,
	}))
}

func sortedNames(built files) []string {
	return slices.Sorted(maps.Keys(built))
}

func describe(t target, name string, content []byte) string {
	file := path.Join(t.out, name)
	return fmt.Sprintf("%-40s %8d bytes %8d gzip", file, len(content), gzipped(content))
}

// gzipped is the size of content after the best compression gzip has.
func gzipped(content []byte) int {
	var out bytes.Buffer
	w, err := gzip.NewWriterLevel(&out, gzip.BestCompression)
	if err != nil {
		return len(content)
	}
	if _, err := w.Write(content); err != nil || w.Close() != nil {
		return len(content)
	}
	return out.Len()
}
