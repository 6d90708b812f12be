package routing_test

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"taskrouter"
	"taskrouter/internal/routing"
)

// explain prints the explanation of a task: "explain TASK [viewer=WORKER] [size=N] [worker=NAME]".
func (w *world) explain(o order) {
	q := &routing.TaskInquiry{
		Task:   taskrouter.TaskSID(w.sid(o.name(0))),
		Worker: taskrouter.WorkerSID(w.sid(o.options["worker"])),
		Viewer: taskrouter.WorkerSID(w.sid(o.options["viewer"])),
		Size:   50,
	}
	if n := o.number("size"); n != nil {
		q.Size = *n
	}
	for done := false; !done; {
		var err error
		if done, err = q.Look(w.state, w.now); err != nil {
			w.printf("error: %s", w.named(err.Error()))
			return
		}
	}
	x := q.Answer()
	w.printf("%s", w.named(x.Sentence))
	if s := x.Step; s != nil {
		w.printf("step: %s%s", s.Name, w.stepNotes(s))
	}
	for _, f := range x.Filters {
		w.printf("filter %s", filterLine(f))
	}
	w.stages(x.Funnel)
	for _, l := range x.Workers {
		w.printf("- %s %s", l.Reason, w.named(l.Sentence))
		if l.AlreadyRejected != nil {
			w.printf("  let an offer go by at %s", l.AlreadyRejected.Format("15:04:05"))
		}
	}
	if x.NextPage != nil {
		w.printf("- …")
	}
	for _, r := range x.Reservations {
		w.printf("reservation %s: %s", r.Status, r.Sentence)
	}
	if x.ReservationsOfOthers > 0 {
		w.printf("reservations of others: %d", x.ReservationsOfOthers)
	}
	for _, n := range x.Next {
		w.printf("at %s %s: %s", n.At.Format("15:04:05"), n.Event, w.named(n.Text))
	}
	for _, r := range x.Changes {
		w.printf("or: %s", r.Text)
	}
}

func (w *world) stepNotes(s *routing.StepExplained) string {
	notes := ""
	if s.Then != nil {
		notes += ", then " + *s.Then
	}
	if s.SkipIf != nil {
		notes += fmt.Sprintf(", skip_if %s is %v with %v", s.SkipIf.Expression, s.SkipIf.Matches,
			s.SkipIf.Counts)
	}
	if k := s.KnownAgent; k != nil {
		notes += ", asks for " + k.Reference
		switch {
		case k.Problem != nil:
			notes += " (" + *k.Problem + ")"
		case k.FriendlyName != nil:
			notes += " (" + *k.FriendlyName + ")"
		}
	}
	return notes
}

func filterLine(f routing.FilterExplained) string {
	line := "default"
	if f.Filter != nil {
		line = strconv.Itoa(*f.Filter)
	}
	line += fmt.Sprintf(" matches=%v", f.Matches)
	if f.Taken {
		line += " taken"
	}
	for _, c := range f.Conditions {
		line += "; " + c.Sentence
	}
	return line
}

func (w *world) stages(list []routing.Stage) {
	for _, s := range list {
		line := fmt.Sprintf("%d %s", s.Count, s.Text)
		if s.Refused > 0 {
			line += fmt.Sprintf(" (%d %s)", s.Refused, s.Reason)
		}
		w.printf("%s", line)
		for _, e := range s.Examples {
			w.printf("    %s", w.named(e.Sentence))
		}
	}
}

// idle prints the explanation of a worker.
func (w *world) idle(o order) {
	q := &routing.WorkerInquiry{Worker: taskrouter.WorkerSID(w.sid(o.name(0)))}
	for done := false; !done; {
		var err error
		if done, err = q.Look(w.state, w.now); err != nil {
			w.printf("error: %s", w.named(err.Error()))
			return
		}
	}
	x := q.Answer()
	w.printf("%s", w.named(x.Sentence))
	for _, c := range x.Channels {
		if c.UniqueName == "default" || c.UniqueName == "voice" {
			w.printf("channel %s: %s", c.UniqueName, c.Sentence)
		}
	}
	for _, q := range x.Queues {
		w.printf("in queue %s: %d wait, asked before: default %d", q.FriendlyName, q.Waiting,
			q.Ahead["default"])
	}
	for _, q := range x.OtherQueues {
		wanted := "no expression"
		if q.Wanted != nil {
			wanted = *q.Wanted + ": " + *q.Actual
		}
		w.printf("not in queue %s: %d wait, %s", q.FriendlyName, q.Waiting, wanted)
	}
	for _, g := range x.Reasons {
		var names []string
		for _, sid := range g.Examples {
			names = append(names, w.name(string(sid)))
		}
		w.printf("%d %s: %s (%s)", g.Count, g.Reason, g.Text, strings.Join(names, ", "))
	}
}

// scene is the workspace as it is.
func (w *world) scene() routing.Scene {
	return routing.Scene{
		Catalog: w.state.Catalog(), Workers: slices.Collect(w.state.Workers("")),
	}
}

// dryRun prints how a task would go: "dry-run [workflow=NAME] [priority=] [ttl=] [channel=]
// {attributes}". With workflow=draft the configuration of the last line "draft {…}" is tried.
func (w *world) dryRun(o order) {
	trial := routing.Trial{Task: routing.CreateTask{
		Attributes: o.text, Priority: o.number("priority"), Timeout: o.number("ttl"),
		TaskChannel: o.options["channel"],
	}}
	if name := o.options["workflow"]; name == "draft" {
		trial.Configuration = w.draft
	} else {
		trial.Workflow = taskrouter.WorkflowSID(w.sid(name))
	}
	x, err := w.scene().DryRun(trial, w.now)
	if err != nil {
		w.printf("error: %s", w.named(err.Error()))
		return
	}
	w.printf("%s", w.named(x.Sentence))
	for _, p := range x.Path {
		queue := "no queue"
		if p.QueueName != nil {
			queue = *p.QueueName
		}
		w.printf("%d s: %s, queue %s, priority %d", p.Second, p.Name, queue, p.Priority)
		for _, offer := range p.Offers {
			w.printf("  offers %s: %s", offer.FriendlyName, offer.Why)
		}
		w.stages(p.Nobody)
		if p.SkipIf != nil {
			w.printf("  skip_if %s is %v with %v", p.SkipIf.Expression, p.SkipIf.Matches,
				p.SkipIf.Counts)
		}
		w.printf("  %s at %d s: %s", p.LeadsOn.How, p.LeadsOn.Second, p.LeadsOn.Text)
	}
	w.printf("outcome %s at %d s, end %s at %d s", x.Outcome.Status, x.Outcome.Second,
		x.End.Status, x.End.Second)
}
