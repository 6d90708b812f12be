package main

import (
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// writeConfiguration writes the reference page of settings, docs/reference/configuration.md.
func writeConfiguration(w io.Writer) {
	_, all := newSettings()
	fmt.Fprint(w, "# Configuration\n\n"+
		"Made from the table in `cmd/taskrouter/settings.go` by\n"+
		"`go test ./cmd/taskrouter -run Reference -update`.\n\n"+
		"Each setting is a flag of `taskrouter serve` and `taskrouter dev` and an environment\n"+
		"variable. A flag goes before the variable, the variable before the default. An empty\n"+
		"variable counts as not set. A variable that begins with `TASKROUTER_` and is not listed\n"+
		"here is an error, so that a misspelt one is not overlooked.\n\n"+
		"| flag | variable | default |\n|---|---|---|\n")
	for _, s := range all {
		fmt.Fprintf(w, "| [`--%s`](#%s) | `%s` | %s |\n", s.name, s.name, s.variable(),
			defaultText(s))
	}
	for _, s := range all {
		writeSetting(w, s)
	}
	writeTalking(w)
}

// writeTalking writes how commands find the server that they talk to.
func writeTalking(w io.Writer) {
	_, talking := newRemoteSettings()
	fmt.Fprint(w, "\n## Commands that talk to a server\n\n"+
		"`taskrouter task`, `worker`, `why`, `events` and `workflow` are clients of a server that\n"+
		"runs. They find it by these flags and variables.\n\n"+
		"| flag | variable | default |\n|---|---|---|\n")
	for _, s := range talking {
		fmt.Fprintf(w, "| `--%s` | `%s` | %s |\n", s.name, s.variable(), defaultText(s))
	}
	for _, s := range talking {
		if s.detail != "" {
			fmt.Fprintf(w, "\n`--%s`: %s. %s\n", s.name, s.usage, s.detail)
		}
	}
}

// writeSetting writes the section of a setting.
func writeSetting(w io.Writer, s setting) {
	fmt.Fprintf(w, "\n## %s\n\n%s.", s.name, sentence(s.usage))
	if s.detail != "" {
		fmt.Fprintf(w, " %s", s.detail)
	}
	fmt.Fprintln(w)
}

// defaultText is a setting's default as the page shows it.
func defaultText(s setting) string {
	switch t := s.target.(type) {
	case *string:
		if *t == "" {
			return ""
		}
		return "`" + *t + "`"
	case *bool:
		return fmt.Sprintf("`%t`", *t)
	case *float64:
		return fmt.Sprintf("`%g`", *t)
	case *time.Duration:
		return fmt.Sprintf("`%v`", *t)
	default:
		panic(fmt.Sprintf("setting %s has a target of type %T", s.name, s.target))
	}
}

// sentence returns text with a capital at its beginning.
func sentence(text string) string { return strings.ToUpper(text[:1]) + text[1:] }

// writeCommands writes the reference page of commands, docs/reference/commands.md.
func writeCommands(w io.Writer, root *cobra.Command) {
	fmt.Fprint(w, "# Commands\n\n"+
		"Made from the commands themselves by\n"+
		"`go test ./cmd/taskrouter -run Reference -update`.\n\n"+
		"Data goes to standard output, words go to standard error. Exit codes:\n\n"+
		"| code | meaning |\n|---|---|\n"+
		"| 0 | done |\n| 1 | failed |\n| 2 | called wrongly |\n"+
		"| 3 | the server could not start |\n| 4 | a check found problems |\n")
	writeCommand(w, root)
}

// writeCommand writes the section of a command and those of the commands below it.
func writeCommand(w io.Writer, cmd *cobra.Command) {
	if cmd.HasParent() {
		long := cmd.Long
		if long == "" {
			long = cmd.Short + "."
		}
		fmt.Fprintf(w, "\n## %s\n\n%s\n", cmd.CommandPath(), fenceLists(long))
		if cmd.Example != "" {
			fmt.Fprintf(w, "\n```sh\n%s\n```\n", strings.ReplaceAll(cmd.Example, "\n  ", "\n")[2:])
		}
		writeFlags(w, cmd)
	}
	for _, c := range cmd.Commands() {
		if c.Name() != "help" && !c.Hidden {
			writeCommand(w, c)
		}
	}
}

// fenceLists puts indented lines, which the help shows as they are, into Markdown blocks.
func fenceLists(text string) string {
	var out []string
	inside := false
	for line := range strings.SplitSeq(text, "\n") {
		if indented := strings.HasPrefix(line, "  "); indented != inside {
			inside = indented
			if inside {
				out = append(out, "")
			}
			out = append(out, "```")
		}
		out = append(out, strings.TrimPrefix(line, "  "))
	}
	if inside {
		out = append(out, "```")
	}
	return strings.Join(out, "\n")
}

// writeFlags writes the table of a command's flags. Settings have a page of their own.
func writeFlags(w io.Writer, cmd *cobra.Command) {
	_, all := newSettings()
	known := make(map[string]bool, len(all))
	for _, s := range all {
		known[s.name] = true
	}
	var settings []string
	begun := false
	cmd.LocalFlags().VisitAll(func(f *pflag.Flag) {
		switch {
		case f.Name == "help":
			return
		case known[f.Name]:
			settings = append(settings, fmt.Sprintf("[`--%s`](configuration.md#%[1]s)", f.Name))
			return
		case !begun:
			begun = true
			fmt.Fprint(w, "\n| flag | default | meaning |\n|---|---|---|\n")
		}
		name := "`--" + f.Name + "`"
		if f.Shorthand != "" {
			name = "`-" + f.Shorthand + "`, " + name
		}
		value := strings.Trim(f.DefValue, "[]")
		if value != "" {
			value = "`" + value + "`"
		}
		fmt.Fprintf(w, "| %s | %s | %s |\n", name, value, f.Usage)
	})
	if len(settings) > 0 {
		fmt.Fprintf(w, "\nSettings: %s.\n", strings.Join(settings, ", "))
	}
}
