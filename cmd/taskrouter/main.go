// Command taskrouter runs a task router: it takes tasks over REST, offers each to the workers
// who can do it, and tells browsers and programs what happens.
//
//	taskrouter dev      try it: everything in one process, with a sample workspace
//	taskrouter serve    run it
//	taskrouter task     create, list, show and cancel tasks
//	taskrouter worker   list workers, and set what one does
//	taskrouter why      say why a task is not assigned, or why nothing comes to a worker
//	taskrouter workflow check a workflow configuration, and try a task in it
//	taskrouter events   follow what happens
//	taskrouter token    sign a token for a browser
//	taskrouter version  say which build this is
//
// Data goes to standard output, words go to standard error. The exit code is 0 when all went
// well, 1 when something failed, 2 when the command was called wrongly, 3 when a server could
// not start, and 4 when a check found problems.
package main

import (
	"errors"
	"fmt"
	"io"
	"os"
	"strings"

	"github.com/spf13/cobra"
	"github.com/spf13/pflag"
)

// Exit codes.
const (
	exitDone   = 0
	exitFailed = 1
	exitUsage  = 2
	exitStart  = 3
	exitFound  = 4
)

func main() { os.Exit(run(os.Args[1:], os.Environ(), os.Stdout, os.Stderr)) }

// run carries out a command line and returns the exit code.
func run(args, environ []string, stdout, stderr io.Writer) int {
	p := &program{environ: environ, stdout: stdout, stderr: stderr}
	root := p.command()
	root.SetArgs(args)
	return p.exit(root.Execute())
}

// A program is one run of the command: what it was given to work with.
type program struct {
	environ        []string
	stdout, stderr io.Writer
}

// say writes words for people to standard error.
func (p *program) say(format string, args ...any) {
	fmt.Fprintf(p.stderr, format+"\n", args...)
}

// command returns the tree of commands.
func (p *program) command() *cobra.Command {
	root := &cobra.Command{
		Use:   "taskrouter",
		Short: "Route tasks to the workers who can do them",
		Long: "Taskrouter takes tasks over REST, offers each to the workers who can do it, and\n" +
			"tells browsers and programs what happens. Clients of TaskRouter v1 work against it.",
		Args:          cobra.NoArgs,
		SilenceErrors: true,
		SilenceUsage:  true,
		RunE: func(cmd *cobra.Command, _ []string) error {
			cmd.SetOut(p.stderr)
			cmd.Help()
			return usageError("name a command, such as dev")
		},
	}
	root.SetOut(p.stdout)
	root.SetErr(p.stderr)
	root.SetFlagErrorFunc(func(_ *cobra.Command, err error) error {
		if v, ok := errors.AsType[*pflag.InvalidValueError](err); ok {
			return unreadable("--"+v.GetFlag().Name, v.GetValue(), v.GetFlag().Value)
		}
		return err
	})

	root.AddCommand(p.dev(), p.serve(), p.task(), p.worker(), p.why(), p.workflow(), p.events(),
		p.token(), p.version())
	return root
}

// A failure is an error with the exit code it ends the program with.
type failure struct {
	code int
	err  error
}

func (f *failure) Error() string { return f.err.Error() }
func (f *failure) Unwrap() error { return f.err }

// usageError is a command that was called wrongly.
func usageError(format string, args ...any) error {
	return &failure{exitUsage, fmt.Errorf(format, args...)}
}

// startError is a server that could not start.
func startError(err error) error { return &failure{exitStart, err} }

// failed is a command that was called rightly and failed.
func failed(err error) error { return &failure{exitFailed, err} }

// exit tells the user about an error and returns the exit code. An error that no command gave is
// one of the command line.
func (p *program) exit(err error) int {
	if err == nil {
		return exitDone
	}
	code := exitUsage
	if f, ok := errors.AsType[*failure](err); ok {
		code = f.code
	}
	text := strings.TrimSpace(err.Error())
	text = strings.ReplaceAll(text, "\n", "; ") // of several errors
	if code == exitUsage {
		text += "; see taskrouter --help"
	}
	p.say("taskrouter: %s", text)
	return code
}
