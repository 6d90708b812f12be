package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"taskrouter/internal/routing"
)

// workflow is the command about workflow configurations.
func (p *program) workflow() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "workflow",
		Short: "Check a workflow configuration, and try a task in it",
		Long: "Check a workflow configuration, and try a task in it, without touching anything.\n\n" +
			"Both work on a file alone, with the queues and workers of another file, or with those\n" +
			"of a server's workspace (--live).",
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError("say what to do: check or route")
		},
	}
	cmd.AddCommand(p.workflowCheck(), p.workflowRoute())
	return cmd
}

const worldHelp = "file of queues and workers to use instead of a server's: a JSON object with\n" +
	"queues [{friendly_name, target_workers}] and workers [{friendly_name, attributes,\n" +
	"activity or available, capacity}], or an array of such workers"

// A worldFlag says in which world a configuration is looked at.
type worldFlag struct {
	live  bool
	world string
}

func (f *worldFlag) define(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.live, "live", false, "use queues and workers of a server's workspace")
	cmd.Flags().StringVar(&f.world, "workers", "", strings.ReplaceAll(worldHelp, "\n", " "))
}

func (p *program) workflowCheck() *cobra.Command {
	s, all := newRemoteSettings()
	var in worldFlag
	var form string
	cmd := &cobra.Command{
		Use:   "check FILE",
		Short: "Say what is wrong with a workflow configuration",
		Long: "Say what is wrong with a workflow configuration, a JSON file or - for standard input:\n" +
			"its form, expressions that do not parse or can never be true, steps and filters that\n" +
			"nothing reaches; with queues and workers also queues that do not exist or are empty.\n" +
			"Ends with 4 if the configuration would be refused.",
		Example: "  taskrouter workflow check support.json\n" +
			"  taskrouter workflow check support.json --live",
		Args: exactly("a file, or - for standard input"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := configuration(args[0])
			if err != nil {
				return err
			}
			check := &routing.WorkflowCheck{}
			if in.live {
				err = p.ask(cmd, s, all, "/Workflows/Check", url.Values{"Configuration": {text}}, check)
			} else {
				var sc routing.Scene
				if sc, err = in.scene(text); err == nil {
					check = sc.CheckWorkflow(text, 0)
				}
			}
			if err != nil {
				return err
			}
			return p.printCheck(check, form)
		},
	}
	in.define(cmd)
	defineForm(cmd, &form)
	define(cmd, all)
	return cmd
}

// configuration reads a workflow configuration.
func configuration(file string) (string, error) {
	if file != "-" {
		file = "@" + file
	}
	text, err := readArgument("configuration", file)
	if errors.Is(err, fs.ErrNotExist) {
		return "", failed(fmt.Errorf("%w; a workflow of a server is tried with "+
			"workflow route NAME --live", err))
	}
	return text, err
}

// scene is the world of the file that the flag names, or none.
func (f *worldFlag) scene(configuration string) (routing.Scene, error) {
	if f.world == "" {
		return routing.Scene{}, nil
	}
	text, err := readArgument("--workers", "@"+f.world)
	if err != nil {
		return routing.Scene{}, err
	}
	sc, err := routing.ReadScene(text, configuration, now())
	if err != nil {
		return sc, failed(err)
	}
	return sc, nil
}

func now() time.Time { return time.Now().UTC().Truncate(time.Millisecond) }

// ask posts a form to the workspace of a server.
func (p *program) ask(
	cmd *cobra.Command, s *remoteSettings, all []setting, path string, form url.Values, into any,
) error {
	r, err := p.remote(cmd, s, all)
	if err != nil {
		return err
	}
	path, err = r.in(cmd.Context(), path)
	if err != nil {
		return err
	}
	return r.ask(cmd.Context(), http.MethodPost, path, form, into)
}

// printCheck prints what a check found; a configuration that would be refused is an error.
func (p *program) printCheck(check *routing.WorkflowCheck, form string) error {
	if form == formJSON {
		if err := p.printJSON(check); err != nil {
			return err
		}
	} else {
		for _, f := range check.Findings {
			place := f.Pointer
			if place == "" {
				place = "/"
			}
			if f.Column != nil {
				place += fmt.Sprintf(" column %d", *f.Column)
			}
			fmt.Fprintf(p.stdout, "%-7s %s: %s\n", f.Severity, oneLine(place), oneLine(f.Message))
		}
		p.say("%s, %s, %s", count(check.Errors, "error"), count(check.Warnings, "warning"),
			count(check.Notes, "note"))
	}
	if !check.Valid {
		return &failure{exitFound, fmt.Errorf("the configuration would be refused")}
	}
	return nil
}

// count is a number of things.
func count(n int, noun string) string {
	if n != 1 {
		noun += "s"
	}
	return fmt.Sprintf("%d %s", n, noun)
}

func (p *program) workflowRoute() *cobra.Command {
	s, all := newRemoteSettings()
	var in worldFlag
	var task, channel, form string
	var priority int
	cmd := &cobra.Command{
		Use:   "route FILE|WORKFLOW",
		Short: "Say which way a task would go, and who would be offered it",
		Long: "Say which way a task would go through a workflow, step by step with their times, and\n" +
			"who would be offered it first on each. Nothing is changed.\n\n" +
			"A file is tried with the workers of --workers, or of a server with --live. A workflow\n" +
			"named by SID or name is that of a server.",
		Example: "  taskrouter workflow route support.json --workers workers.json \\\n" +
			"      --task '{\"type\":\"billing\"}'\n" +
			"  taskrouter workflow route Support --live --task @task.json",
		Args: exactly("a file, - for standard input, or with --live a workflow"),
		RunE: func(cmd *cobra.Command, args []string) error {
			attributes, err := readArgument("--task", task)
			if err != nil {
				return err
			}
			var given *int
			if cmd.Flags().Changed("priority") {
				given = &priority
			}
			run := &routing.DryRun{}
			if in.live {
				run, err = p.routeLive(cmd, s, all, args[0], &in, attributes, channel, given)
			} else {
				run, err = p.routeFile(args[0], &in, attributes, channel, given)
			}
			if err != nil {
				return err
			}
			return p.printRun(run, form)
		},
	}
	in.define(cmd)
	flags := cmd.Flags()
	flags.StringVar(&task, "task", "", "attributes of the task, JSON; @FILE reads them, - is standard input")
	flags.StringVar(&channel, "channel", "", "task channel, by unique name")
	flags.IntVar(&priority, "priority", 0, "priority")
	defineForm(cmd, &form)
	define(cmd, all)
	return cmd
}

func (p *program) routeFile(
	file string, in *worldFlag, attributes, channel string, priority *int,
) (*routing.DryRun, error) {
	text, err := configuration(file)
	if err != nil {
		return nil, err
	}
	sc, err := routing.ReadScene("", text, now())
	if in.world != "" {
		sc, err = in.scene(text)
	}
	if err != nil {
		return nil, failed(err)
	}
	run, err := sc.DryRun(routing.Trial{Configuration: text, Task: routing.CreateTask{
		Attributes: attributes, TaskChannel: channel, Priority: priority,
	}}, now())
	if err != nil {
		return nil, failed(err)
	}
	return run, nil
}

// routeLive tries a task in a server's workspace: in a workflow of it, or in a file's
// configuration.
func (p *program) routeLive(
	cmd *cobra.Command, s *remoteSettings, all []setting, what string, in *worldFlag,
	attributes, channel string, priority *int,
) (*routing.DryRun, error) {
	r, err := p.remote(cmd, s, all)
	if err != nil {
		return nil, err
	}
	form := url.Values{}
	for name, value := range map[string]string{"Attributes": attributes, "TaskChannel": channel} {
		if value != "" {
			form.Set(name, value)
		}
	}
	if priority != nil {
		form.Set("Priority", strconv.Itoa(*priority))
	}
	if in.world != "" {
		workers, err := readArgument("--workers", "@"+in.world)
		if err != nil {
			return nil, err
		}
		form.Set("Workers", workers)
	}
	path := "/Workflows/DryRun"
	if strings.HasSuffix(what, ".json") || what == "-" {
		text, err := configuration(what)
		if err != nil {
			return nil, err
		}
		form.Set("Configuration", text)
	} else {
		sid, err := r.find(cmd.Context(), workflowKind(), what)
		if err != nil {
			return nil, err
		}
		path = "/Workflows/" + sid + "/DryRun"
	}
	path, err = r.in(cmd.Context(), path)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	if err := r.ask(cmd.Context(), http.MethodPost, path, form, &raw); err != nil {
		return nil, err
	}
	run := &routing.DryRun{}
	if err := json.Unmarshal(raw, run); err != nil {
		return nil, failed(fmt.Errorf("the server's dry run can't be read: %w", err))
	}
	return run, nil
}

func (p *program) printRun(run *routing.DryRun, form string) error {
	if form == formJSON {
		return p.printJSON(run)
	}
	a := answer{p: p}
	a.line("%s", oneLine(run.Sentence))
	a.filters(run.Filters)
	for _, s := range run.Path {
		queue := ""
		if s.QueueName != nil {
			queue = ", queue " + *s.QueueName
		}
		a.line("\nAfter %s: %s%s, priority %d", brief(time.Duration(s.Second)*time.Second),
			oneLine(s.Name), oneLine(queue), s.Priority)
		for _, o := range s.Offers {
			a.line("  offered to %s: %s", oneLine(o.FriendlyName), oneLine(o.Why))
		}
		if len(s.Offers) == 0 {
			for _, n := range s.Nobody {
				if n.Refused == 0 {
					continue
				}
				var names []string
				for _, e := range n.Examples {
					names = append(names, e.Sentence) // begins with the worker's name
				}
				if len(names) < n.Refused {
					names = append(names, fmt.Sprintf("and %d more", n.Refused-len(names)))
				}
				a.line("  not %s", oneLine(strings.Join(names, "; ")))
			}
		}
		if k := s.SkipIf; k != nil {
			a.line("  skip if %s", skipText(k))
		}
		a.line("  then %s", oneLine(s.LeadsOn.Text))
	}
	a.line("\n%s", oneLine(run.Outcome.Text))
	if run.End.Text != run.Outcome.Text {
		a.line("%s", oneLine(run.End.Text))
	}
	return nil
}
