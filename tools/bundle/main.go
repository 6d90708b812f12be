// Command bundle builds the web files of this project from their TypeScript sources, with esbuild
// as a library: no Node is needed. What it builds is committed, so that a plain go install gives
// a full binary.
//
//	go run ./tools/bundle               build all targets
//	go run ./tools/bundle -check        compare what is committed with what would be built
//	go run ./tools/bundle -tests DIR    bundle the TypeScript tests into DIR, for node --test
//
// Each target is one entry of the table in targets.go. The same sources always give the same
// bytes, which is what -check and the integrity hash of the SDK rest on.
//
// It is run from the root of the repository. Exit codes: 0 done, 1 failed, 2 wrong usage, 4 the
// committed files are not what the sources build.
package main

import (
	"errors"
	"flag"
	"fmt"
	"io"
	"os"
)

func main() {
	os.Exit(run(os.Args[1:], os.Stdout, os.Stderr))
}

const (
	exitDone = iota
	exitFailed
	exitUsage
	_
	exitProblems
)

func run(args []string, stdout, stderr io.Writer) int {
	flags := flag.NewFlagSet("bundle", flag.ContinueOnError)
	flags.SetOutput(stderr)
	root := flags.String("C", ".", "root `folder` of the repository")
	check := flags.Bool("check", false, "compare the committed files instead of writing them")
	tests := flags.String("tests", "", "bundle the TypeScript tests into this `folder` instead")
	if err := flags.Parse(args); err != nil {
		if errors.Is(err, flag.ErrHelp) {
			return exitDone
		}
		return exitUsage
	}
	if flags.NArg() > 0 || (*check && *tests != "") {
		fmt.Fprintln(stderr, "bundle: takes no arguments, and -check and -tests exclude each other")
		return exitUsage
	}

	if *tests != "" {
		if err := buildTests(*root, *tests); err != nil {
			fmt.Fprintln(stderr, "bundle:", err)
			return exitFailed
		}
		return exitDone
	}
	code := exitDone
	for _, t := range targets() {
		files, err := t.build(*root)
		if err != nil {
			fmt.Fprintf(stderr, "bundle: %s: %v\n", t.name, err)
			return exitFailed
		}
		if *check {
			problems, err := t.compare(*root, files)
			if err != nil {
				fmt.Fprintf(stderr, "bundle: %s: %v\n", t.name, err)
				return exitFailed
			}
			for _, p := range problems {
				fmt.Fprintf(stderr, "bundle: %s; run `go run ./tools/bundle` and commit the result\n", p)
				code = exitProblems
			}
			continue
		}
		if err := t.write(*root, files); err != nil {
			fmt.Fprintf(stderr, "bundle: %s: %v\n", t.name, err)
			return exitFailed
		}
		for _, name := range sortedNames(files) {
			fmt.Fprintln(stdout, describe(t, name, files[name]))
		}
	}
	return code
}
