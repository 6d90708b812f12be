package main

import (
	"bytes"
	"flag"
	"io"
	"os"
	"path/filepath"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var update = flag.Bool("update", false, "rewrite the reference pages")

// TestReference compares the reference pages with the code they are made from.
func TestReference(t *testing.T) {
	t.Parallel()
	var configuration, commands bytes.Buffer
	writeConfiguration(&configuration)
	p := &program{stdout: io.Discard, stderr: io.Discard}
	writeCommands(&commands, p.command())
	for name, made := range map[string][]byte{
		"configuration.md": configuration.Bytes(),
		"commands.md":      commands.Bytes(),
	} {
		page := filepath.Join("..", "..", "docs", "reference", name)
		if *update {
			if err := os.MkdirAll(filepath.Dir(page), 0o755); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(page, made, 0o644); err != nil {
				t.Fatal(err)
			}
		}
		there, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if diff := cmp.Diff(string(made), string(there)); diff != "" {
			t.Errorf("%s is out of date; run this test with -update (-made +there):\n%s", name, diff)
		}
	}
}
