package main

import (
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"text/tabwriter"
	"time"

	"github.com/spf13/cobra"

	"taskrouter"
	"taskrouter/internal/routing"
)

// why is the command that explains what a task waits for, or why nothing comes to a worker.
func (p *program) why() *cobra.Command {
	s, all := newRemoteSettings()
	var worker, form string
	var limit int
	cmd := &cobra.Command{
		Use:   "why TASK|WORKER",
		Short: "Say why a task is not assigned, or why nothing comes to a worker",
		Long: "Say where a task is in its workflow, what it waits for and until when, and for every\n" +
			"worker the first reason why it does not get the task; or why nothing comes to a worker.\n" +
			"Of a task that ended long ago it tells the story. A task is named by its SID, a worker\n" +
			"by SID or name.",
		Example: "  taskrouter why WT…\n  taskrouter why WT… --worker Alice\n  taskrouter why Alice",
		Args:    exactly("a task (WT…) or a worker, by SID or name"),
		RunE: func(cmd *cobra.Command, args []string) error {
			r, _, err := p.begin(cmd, s, all, form)
			if err != nil {
				return err
			}
			a := answer{p: p, remote: r, json: form == formJSON}
			if strings.HasPrefix(args[0], taskrouter.PrefixTask) {
				if err := checkSID(taskrouter.PrefixTask, args[0]); err != nil {
					return err
				}
				return a.task(cmd, args[0], worker, limit)
			}
			return a.worker(cmd, args[0])
		},
	}
	cmd.Flags().StringVar(&worker, "worker", "", "only this worker, by SID or name")
	cmd.Flags().IntVar(&limit, "limit", 10, "how many workers to print at most")
	defineTable(cmd, &form)
	define(cmd, all)
	return cmd
}

// An answer prints what a server explains.
type answer struct {
	p      *program
	remote *remote
	json   bool
}

func (a answer) line(format string, args ...any) {
	fmt.Fprintf(a.p.stdout, format+"\n", args...)
}

// ask gets an explanation, as it came and as it is read.
func (a answer) ask(cmd *cobra.Command, path string, form url.Values, into any) (
	json.RawMessage, error) {
	path, err := a.remote.in(cmd.Context(), path)
	if err != nil {
		return nil, err
	}
	var raw json.RawMessage
	if err := a.remote.ask(cmd.Context(), http.MethodGet, path, form, &raw); err != nil {
		return nil, err
	}
	if err := json.Unmarshal(raw, into); err != nil {
		return nil, failed(fmt.Errorf("the server's explanation can't be read: %w", err))
	}
	return raw, nil
}

func (a answer) task(cmd *cobra.Command, sid, worker string, limit int) error {
	form := url.Values{"PageSize": {fmt.Sprint(max(1, min(limit, 1000)))}}
	if worker != "" {
		w, err := a.remote.find(cmd.Context(), workerKind(), worker)
		if err != nil {
			return err
		}
		form.Set("WorkerSid", w)
	}
	var x routing.TaskExplanation
	raw, err := a.ask(cmd, "/Tasks/"+sid+"/Explanation", form, &x)
	if refused, ok := errors.AsType[*refusal](err); ok && refused.Status == http.StatusNotFound {
		return a.story(cmd, sid)
	}
	if err != nil {
		return err
	}
	if a.json {
		return a.p.printJSON(raw)
	}
	a.line("%s", oneLine(x.Sentence))
	a.step(&x)
	a.filters(x.Filters)
	a.funnel(x.Funnel)
	a.workers(x.Workers, x.NextPageURL != nil)
	a.offers(x.Reservations)
	a.next(x.Next, x.At)
	if len(x.Changes) > 0 {
		a.line("\nIt could be assigned if one of these happened")
		for _, c := range x.Changes {
			a.line("  %s", oneLine(c.Text))
		}
	}
	return nil
}

// next prints what comes by itself, with the time until then.
func (a answer) next(list []routing.Upcoming, now *time.Time) {
	if len(list) == 0 || now == nil {
		return
	}
	a.line("\nNext")
	rows := tabwriter.NewWriter(a.p.stdout, 0, 8, 2, ' ', 0)
	for _, n := range list {
		fmt.Fprintf(rows, "  in %s\t%s\n", brief(max(0, n.At.Sub(*now))), oneLine(n.Text))
	}
	rows.Flush()
}

func (a answer) step(x *routing.TaskExplanation) {
	s := x.Step
	if s == nil {
		return
	}
	a.line("\nStep       %s", oneLine(s.Name))
	for _, f := range []struct {
		name  string
		value *string
	}{
		{"Workflow", s.WorkflowName}, {"Queue", s.TaskQueueName}, {"Workers", s.Expression},
		{"Order", s.OrderBy},
	} {
		if f.value != nil {
			a.line("%-10s %s", f.name, oneLine(*f.value))
		}
	}
	if x.Position != nil {
		a.line("%-10s %d of %d that wait", "Position", *x.Position, x.Waiting)
	}
	if k := s.SkipIf; k != nil {
		a.line("%-10s %s", "Skip if", skipText(k))
	}
	if k := s.KnownAgent; k != nil && k.Problem != nil {
		a.line("%-10s %s", "Agent", oneLine(*k.Problem))
	}
}

// skipText is a skip_if, what it counts, and what comes of that.
func skipText(k *routing.SkipIf) string {
	var counts []string
	for _, name := range slices.Sorted(maps.Keys(k.Counts)) {
		counts = append(counts, fmt.Sprintf("%s is %d", name, k.Counts[name]))
	}
	verdict := "does not hold"
	if k.Matches {
		verdict = "holds"
	}
	return fmt.Sprintf("%s %s: %s", oneLine(k.Expression), verdict, strings.Join(counts, ", "))
}

func (a answer) filters(list []routing.FilterExplained) {
	if len(list) == 0 {
		return
	}
	a.line("\nFilters")
	for _, f := range list {
		mark, name := "no", "default"
		switch {
		case f.Taken:
			mark = "here"
		case f.Matches:
			mark = "yes"
		}
		if f.Filter != nil {
			name = fmt.Sprintf("%d", *f.Filter+1)
		}
		if f.Name != nil {
			name += " " + *f.Name
		}
		a.line("  %-4s %s", mark, oneLine(name))
		for _, c := range f.Conditions {
			a.line("       %s", oneLine(c.Sentence))
		}
	}
}

// funnel prints how many workers are left after each check, and who fell out first.
func (a answer) funnel(stages []routing.Stage) {
	if len(stages) == 0 {
		return
	}
	a.line("\nWorkers, check by check")
	rows := tabwriter.NewWriter(a.p.stdout, 0, 8, 2, ' ', 0)
	for _, s := range stages {
		var examples []string
		for _, e := range s.Examples {
			examples = append(examples, e.FriendlyName)
		}
		refused := ""
		if s.Refused > 0 {
			refused = fmt.Sprintf("not %d: %s", s.Refused, strings.Join(examples, ", "))
			if len(examples) < s.Refused {
				refused += ", …"
			}
		}
		text := oneLine(s.Text)
		if refused != "" {
			text += "\t" + oneLine(refused)
		}
		fmt.Fprintf(rows, "  %d\t%s\n", s.Count, text)
	}
	rows.Flush()
}

func (a answer) workers(list []routing.WorkerLine, more bool) {
	if len(list) == 0 {
		return
	}
	a.line("\nNearest")
	for _, w := range list {
		a.line("  %s", oneLine(w.Sentence)) // begins with the worker's name
	}
	if more {
		a.line("  … more with --limit")
	}
}

func (a answer) offers(list []routing.OfferExplained) {
	if len(list) == 0 {
		return
	}
	a.line("\nOffers")
	for _, o := range list {
		a.line("  %s", oneLine(o.Sentence))
	}
}

// story prints what happened to a task that is not live any more.
func (a answer) story(cmd *cobra.Command, sid string) error {
	path, err := a.remote.in(cmd.Context(), "/Tasks/"+sid+"/Timeline")
	if err != nil {
		return err
	}
	err = a.remote.each(cmd.Context(), path, "timeline", nil, 0, func(t thing) error {
		if a.json {
			return a.p.printJSON(t)
		}
		a.line("%s  %s", t.text("date"), oneLine(t.text("sentence")))
		return nil
	})
	if refused, ok := errors.AsType[*refusal](err); ok && refused.Status == http.StatusNotFound {
		return failed(fmt.Errorf("no task %s is known in workspace %s; was it in another one, or "+
			"longer ago than events are kept?", sid, a.remote.workspace))
	}
	return err
}

func (a answer) worker(cmd *cobra.Command, name string) error {
	sid, err := a.remote.find(cmd.Context(), workerKind(), name)
	if err != nil {
		return err
	}
	var x routing.WorkerExplanation
	raw, err := a.ask(cmd, "/Workers/"+sid+"/Explanation", nil, &x)
	if err != nil {
		return err
	}
	if a.json {
		return a.p.printJSON(raw)
	}
	a.line("%s", oneLine(x.Sentence))
	a.line("\nChannels")
	for _, c := range x.Channels {
		a.line("  %-10s %s", oneLine(c.UniqueName), oneLine(c.Sentence))
	}
	a.line("\nQueues")
	for _, q := range x.Queues {
		a.line("  %-20s %d wait", oneLine(q.FriendlyName), q.Waiting)
	}
	for _, q := range x.OtherQueues {
		why := ""
		if q.Wanted != nil && q.Actual != nil {
			why = ": it wants " + *q.Wanted + ", but " + *q.Actual
		}
		a.line("  %-20s %d wait, not in it%s", oneLine(q.FriendlyName), q.Waiting, oneLine(why))
	}
	if len(x.Reasons) > 0 {
		a.line("\nTasks that wait, and why not for this worker")
		for _, g := range x.Reasons {
			a.line("  %d  %s", g.Count, oneLine(g.Text))
		}
	}
	a.offers(x.Reservations)
	return nil
}
