package console_test

import (
	"io/fs"
	"os"
	"path"
	"regexp"
	"strings"
	"testing"
)

// longest is how many lines a source file may have.
const longest = 400

// forbidden is what must not stand in sources, by the ending of their names.
var forbidden = []struct {
	in   string // endings
	what *regexp.Regexp
	why  string
}{
	{".ts .tsx", regexp.MustCompile(`innerHTML|outerHTML|insertAdjacentHTML|document\.write\b`),
		"text of strangers could become markup"},
	{".ts .tsx", regexp.MustCompile(`\beval\(|new Function\b|DOMParser`),
		"the page's policy forbids to make code or markup from text"},
	{".tsx", regexp.MustCompile(`style="`), "the page's policy forbids it; use a style sheet"},
	{".tsx", regexp.MustCompile(`\bfetch\(["'` + "`" + `]|new WebSocket|XMLHttpRequest|EventSource`),
		"only the store talks to the server, through the SDK"},
	{".css", regexp.MustCompile(`(?m)^\s*(margin|padding|border)?-?(left|right|top|bottom)\s*:`),
		"use the logical property, such as inset-inline-start"},
	{".css", regexp.MustCompile(`(?m)(float|text-align)\s*:\s*(left|right)`),
		"use start or end"},
	{".css", regexp.MustCompile(`(?m)^\s*((min|max)-)?(width|height)\s*:`),
		"use inline-size or block-size"},
	{".css", regexp.MustCompile(`https?://|@import`), "everything comes from the own server"},
	{".html", regexp.MustCompile(`<style|style=|\son[a-z]+=`), "the page's policy forbids it"},
}

// colour is a colour by its value. Only the file of tokens may have those.
var colour = regexp.MustCompile(`#[0-9a-fA-F]{3,8}\b`)

func TestSources(t *testing.T) {
	t.Parallel()
	sources := os.DirFS("src")
	err := fs.WalkDir(sources, ".", func(name string, entry fs.DirEntry, err error) error {
		if err != nil || entry.IsDir() {
			return err
		}
		content, err := fs.ReadFile(sources, name)
		if err != nil {
			return err
		}
		text, ending := string(content), path.Ext(name)
		for _, rule := range forbidden {
			if !strings.Contains(rule.in+" ", ending+" ") {
				continue
			}
			if found := rule.what.FindString(text); found != "" {
				t.Errorf("src/%s has %q: %s", name, strings.TrimSpace(found), rule.why)
			}
		}
		if found := colour.FindString(text); ending == ".css" && name != "base/tokens.css" && found != "" {
			t.Errorf("src/%s has the colour %s: name it in base/tokens.css", name, found)
		}
		if lines := strings.Count(text, "\n"); lines > longest {
			t.Errorf("src/%s has %d lines, at most %d are wanted", name, lines, longest)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
