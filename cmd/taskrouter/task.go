package main

import (
	"fmt"
	"io"
	"net/http"
	"net/url"
	"os"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"taskrouter"
)

// task is the command about tasks.
func (p *program) task() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "task",
		Short: "Create, list, show and cancel tasks",
		Args:  cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			return usageError("say what to do: create, list, show or cancel")
		},
	}
	cmd.AddCommand(p.taskCreate(), p.taskList(), p.taskShow(), p.taskCancel())
	return cmd
}

// taskColumns are what a table of tasks shows.
func (p *program) taskColumns() []column {
	now := time.Now()
	return []column{
		plain("TASK", "sid"),
		plain("STATUS", "assignment_status"),
		plain("PRIORITY", "priority"),
		plain("QUEUE", "task_queue_friendly_name"),
		plain("CHANNEL", "task_channel_unique_name"),
		{"AGE", func(t thing) string { return ago(t.text("date_created"), now) }},
		plain("ATTRIBUTES", "attributes"),
	}
}

func (p *program) taskCreate() *cobra.Command {
	s, all := newRemoteSettings()
	var workflow, attributes, to, channel, form string
	var priority, timeout int
	cmd := &cobra.Command{
		Use:   "create",
		Short: "Create a task",
		Example: "  taskrouter task create --attributes '{\"type\":\"billing\"}'\n" +
			"  taskrouter task create --workflow Support --attributes @task.json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, t, err := p.begin(cmd, s, all, form, p.taskColumns()...)
			if err != nil {
				return err
			}
			values := url.Values{}
			text, err := readArgument("--attributes", attributes)
			if err != nil {
				return err
			}
			if text != "" {
				values.Set("Attributes", text)
			}
			if workflow != "" {
				sid, err := r.find(cmd.Context(), workflowKind(), workflow)
				if err != nil {
					return err
				}
				values.Set("WorkflowSid", sid)
			}
			for name, value := range map[string]string{"RoutingTarget": to, "TaskChannel": channel} {
				if value != "" {
					values.Set(name, value)
				}
			}
			if cmd.Flags().Changed("priority") {
				values.Set("Priority", strconv.Itoa(priority))
			}
			if cmd.Flags().Changed("timeout") {
				values.Set("Timeout", strconv.Itoa(timeout))
			}
			return r.show(cmd, t, http.MethodPost, "/Tasks", values)
		},
	}
	flags := cmd.Flags()
	flags.StringVar(&attributes, "attributes", "", "JSON object; @FILE reads it, - is standard input")
	flags.StringVar(&workflow, "workflow", "", "workflow, by SID or name")
	flags.StringVar(&to, "to", "", "SID of a worker, task queue or workflow to route to directly")
	flags.StringVar(&channel, "channel", "", "task channel, by SID or unique name")
	flags.IntVar(&priority, "priority", 0, "priority")
	flags.IntVar(&timeout, "timeout", 0, "seconds until it must be assigned")
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

func (p *program) taskList() *cobra.Command {
	s, all := newRemoteSettings()
	var status []string
	var queue, workflow, where, form string
	var limit int
	cmd := &cobra.Command{
		Use:     "list",
		Aliases: []string{"ls"},
		Short:   "List tasks, the oldest first",
		Example: "  taskrouter task list --status pending,reserved\n" +
			"  taskrouter task list --where 'language == \"de\"' -o json",
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			r, t, err := p.begin(cmd, s, all, form, p.taskColumns()...)
			if err != nil {
				return err
			}
			filter := url.Values{}
			if len(status) > 0 {
				filter["AssignmentStatus"] = status
			}
			if where != "" {
				filter.Set("EvaluateTaskAttributes", where)
			}
			for _, f := range []struct {
				name, value, prefix, sid, friendly string
			}{
				{"queue", queue, taskrouter.PrefixTaskQueue, "TaskQueueSid", "TaskQueueName"},
				{"workflow", workflow, taskrouter.PrefixWorkflow, "WorkflowSid", "WorkflowName"},
			} {
				if taskrouter.ValidSID(f.prefix, f.value) {
					filter.Set(f.sid, f.value)
				} else if f.value != "" {
					filter.Set(f.friendly, f.value)
				}
			}
			return r.showList(cmd, t, "/Tasks", "tasks", filter, limit, "no task is like that")
		},
	}
	flags := cmd.Flags()
	flags.StringSliceVar(&status, "status", nil, "statuses, such as pending,reserved")
	flags.StringVar(&queue, "queue", "", "task queue, by SID or name")
	flags.StringVar(&workflow, "workflow", "", "workflow, by SID or name")
	flags.StringVar(&where, "where", "", "expression over the tasks' attributes")
	defineLimit(cmd, &limit)
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

func (p *program) taskShow() *cobra.Command {
	s, all := newRemoteSettings()
	var form string
	cmd := &cobra.Command{
		Use:     "show TASK",
		Short:   "Show everything about a task and its reservations",
		Example: "  taskrouter task show WT…",
		Args:    exactly("the SID of a task, WT…"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, _, err := p.begin(cmd, s, all, form)
			if err != nil {
				return err
			}
			if err := checkSID(taskrouter.PrefixTask, args[0]); err != nil {
				return err
			}
			path, err := r.in(cmd.Context(), "/Tasks/"+args[0])
			if err != nil {
				return err
			}
			var t thing
			if err := r.ask(cmd.Context(), http.MethodGet, path, nil, &t); err != nil {
				return err
			}
			var offers []thing
			err = r.each(cmd.Context(), path+"/Reservations", "reservations", nil, 0,
				func(o thing) error { offers = append(offers, o); return nil })
			if err != nil {
				return err
			}
			if form == formJSON {
				t["reservations"] = offers
				return p.printJSON(t)
			}
			p.printThing(t)
			if len(offers) == 0 {
				return nil
			}
			fmt.Fprintln(p.stdout)
			list := p.table(formText, plain("RESERVATION", "sid"),
				plain("STATUS", "reservation_status"), plain("WORKER", "worker_name"),
				plain("CREATED", "date_created"))
			for _, o := range offers {
				if err := list.add(o); err != nil {
					return err
				}
			}
			return list.end("")
		},
	}
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

func (p *program) taskCancel() *cobra.Command {
	s, all := newRemoteSettings()
	var reason, form string
	cmd := &cobra.Command{
		Use:   "cancel TASK",
		Short: "Cancel a task that nobody has accepted",
		Args:  exactly("the SID of a task, WT…"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, t, err := p.begin(cmd, s, all, form, p.taskColumns()...)
			if err != nil {
				return err
			}
			if err := checkSID(taskrouter.PrefixTask, args[0]); err != nil {
				return err
			}
			values := url.Values{"AssignmentStatus": {"canceled"}}
			if reason != "" {
				values.Set("Reason", reason)
			}
			return r.show(cmd, t, http.MethodPost, "/Tasks/"+args[0], values)
		},
	}
	cmd.Flags().StringVar(&reason, "reason", "", "why")
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

// begin finds the server that a command talks to and the table that it prints.
func (p *program) begin(
	cmd *cobra.Command, s *remoteSettings, all []setting, form string, columns ...column,
) (*remote, *table, error) {
	r, err := p.remote(cmd, s, all)
	return r, p.table(form, columns...), err
}

// show makes a request in the workspace and prints the thing that answers.
func (r *remote) show(
	cmd *cobra.Command, t *table, method, path string, form url.Values,
) error {
	path, err := r.in(cmd.Context(), path)
	if err != nil {
		return err
	}
	var answer thing
	if err := r.ask(cmd.Context(), method, path, form, &answer); err != nil {
		return err
	}
	if err := t.add(answer); err != nil {
		return err
	}
	return t.end("")
}

// showList prints a list of the workspace.
func (r *remote) showList(
	cmd *cobra.Command, t *table, path, key string, filter url.Values, limit int, nothing string,
) error {
	path, err := r.in(cmd.Context(), path)
	if err != nil {
		return err
	}
	if err := r.each(cmd.Context(), path, key, filter, limit, t.add); err != nil {
		return err
	}
	return t.end(nothing)
}

// printThing prints a thing for people, a line for each of its values.
func (p *program) printThing(t thing) {
	for _, key := range sortedKeys(t) {
		if key == "links" || key == "url" || key == "addons" {
			continue
		}
		fmt.Fprintf(p.stdout, "%-28s %s\n", key, oneLine(t.text(key)))
	}
}

// defineLimit adds the flag that bounds a list.
func defineLimit(cmd *cobra.Command, limit *int) {
	cmd.Flags().IntVar(limit, "limit", 50, "how many to print at most; 0 for all")
}

// exactly is the rule for a command with one argument.
func exactly(what string) cobra.PositionalArgs {
	return func(_ *cobra.Command, args []string) error {
		if len(args) != 1 {
			return usageError("give %s", what)
		}
		return nil
	}
}

func checkSID(prefix, sid string) error {
	if !taskrouter.ValidSID(prefix, sid) {
		return usageError("%q is not a SID: %s and 32 hexadecimal digits", sid, prefix)
	}
	return nil
}

// maxArgument is how much an argument's file may hold.
const maxArgument = 4 << 20

// readArgument is the value of a flag that may also name a file, @FILE, or standard input, -.
func readArgument(flag, value string) (string, error) {
	var from io.Reader = os.Stdin
	if name, ok := strings.CutPrefix(value, "@"); ok {
		f, err := os.Open(name)
		if err != nil {
			return "", failed(fmt.Errorf("%s: %w", flag, err))
		}
		defer f.Close()
		from = f
	} else if value != "-" {
		return value, nil
	}
	text, err := io.ReadAll(io.LimitReader(from, maxArgument))
	if err != nil {
		return "", failed(fmt.Errorf("%s: %w", flag, err))
	}
	return strings.TrimSpace(string(text)), nil
}
