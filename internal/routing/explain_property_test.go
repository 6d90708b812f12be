package routing_test

import (
	"slices"
	"testing"

	"github.com/google/go-cmp/cmp"
	"pgregory.net/rapid"

	"taskrouter"
	"taskrouter/internal/routing"
)

// TestExplanationsAreTrue plays random commands and holds what explanations and dry runs say
// against what routing does: who is said to be free is taken, who is not is refused, every worker
// is told of once, and asking changes nothing.
func TestExplanationsAreTrue(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		m := newModel(t, rapid.Bool().Draw(t, "multitask"), configs.Draw(t, "config"))
		for _, few := range rapid.SliceOfN(rapid.SliceOfN(steps, 1, -1), 2, 6).Draw(t, "steps") {
			for _, s := range few {
				m.play(s)
			}
			if m.state.Catalog().Workspace == nil {
				return
			}
			before := fingerprint(m.state)
			for _, task := range m.tasks() {
				m.checkExplanation(task)
			}
			for _, w := range m.workers() {
				m.checkIdle(w)
			}
			m.checkDryRun(few[len(few)-1].n)
			m.same("an explanation changed the state", before, fingerprint(m.state))
		}
	})
}

func (m *model) ask(q *routing.TaskInquiry) *routing.TaskExplanation {
	for {
		done, err := q.Look(m.state, m.now)
		if err != nil {
			m.t.Fatal(err)
		}
		if done {
			return q.Answer()
		}
	}
}

func (m *model) checkExplanation(task *taskrouter.Task) {
	x := m.ask(&routing.TaskInquiry{Task: task.SID, Size: 1000})
	if x.Sentence == "" {
		m.t.Fatalf("%s is explained without a word", task.SID)
	}
	if !task.AssignmentStatus.Waiting() {
		return
	}
	if len(x.Workers) != len(m.workers()) {
		m.t.Fatalf("%d lines for %d workers", len(x.Workers), len(m.workers()))
	}
	last := x.Funnel[len(x.Funnel)-1].Count
	passed := 0
	for _, l := range x.Workers {
		_, refused := m.state.WhyNot(task.SID, l.WorkerSID)
		switch l.Reason {
		case routing.ReasonFree:
			m.t.Fatalf("%s waits, though it is said that %s is free", task.SID, l.FriendlyName)
		case routing.ReasonOffered:
			passed++
		case routing.ReasonAnotherFirst:
			if refused {
				m.t.Fatalf("%s: %s, but routing refuses", l.Sentence, l.Reason)
			}
		default:
			if !refused {
				m.t.Fatalf("%s: %s, but routing would not refuse", l.Sentence, l.Reason)
			}
		}
	}
	if last != passed {
		m.t.Fatalf("the funnel ends with %d, %d are offered the task: %+v", last, passed, x.Funnel)
	}
	// Page by page it is the same list.
	pages := []routing.WorkerLine{}
	for at := (*routing.Place)(nil); ; {
		page := m.ask(&routing.TaskInquiry{Task: task.SID, Size: 1, After: at})
		pages = append(pages, page.Workers...)
		if at = page.NextPage; at == nil {
			break
		}
	}
	if diff := cmp.Diff(x.Workers, pages); diff != "" {
		m.t.Fatalf("pages (-at once +one by one):\n%s", diff)
	}
}

func (m *model) checkIdle(w *taskrouter.Worker) {
	q := &routing.WorkerInquiry{Worker: w.SID}
	for done := false; !done; {
		var err error
		if done, err = q.Look(m.state, m.now); err != nil {
			m.t.Fatal(err)
		}
	}
	x := q.Answer()
	sum := 0
	for _, g := range x.Reasons {
		sum += g.Count
		if g.Reason == routing.ReasonFree {
			m.t.Fatalf("%s could take %v, yet they wait", w.FriendlyName, g.Examples)
		}
	}
	waiting := 0
	for _, t := range m.tasks() {
		if t.AssignmentStatus.Waiting() {
			waiting++
		}
	}
	if sum != waiting || x.Waiting != waiting {
		m.t.Fatalf("%d tasks wait, %d are explained, %d told", waiting, sum, x.Waiting)
	}
}

// checkDryRun holds the first offer of a dry run against that of the command, tried.
func (m *model) checkDryRun(n [6]int) {
	workflows := m.state.Catalog().Workflows()
	if len(workflows) == 0 {
		return
	}
	var agent *taskrouter.Worker
	if all := m.workers(); len(all) > 0 {
		agent = pick(all, n[0])
	}
	cmd := routing.CreateTask{
		WorkflowSID: pick(workflows, n[1]).SID, Attributes: taskAttributes(n, agent),
	}
	var want []string
	wantErr := m.state.Try(cmd, m.now, func(c *taskrouter.Change) {
		for i := range c.Events {
			if e := &c.Events[i]; e.Type == taskrouter.EventReservationCreated {
				want = append(want, e.Worker.FriendlyName)
			}
		}
	})
	_ = m.twin.Try(cmd, m.now, func(*taskrouter.Change) {}) // so that both make the same SIDs
	x, err := routing.Scene{
		Catalog: m.state.Catalog(), Workers: slices.Collect(m.state.Workers("")),
	}.DryRun(routing.Trial{Workflow: cmd.WorkflowSID, Task: cmd}, m.now)
	if err != nil {
		m.t.Fatal(err)
	}
	if refused := x.Outcome.Status == "refused"; refused != (wantErr != nil) {
		m.t.Fatalf("the dry run says %s, the command %v", x.Outcome.Status, wantErr)
	}
	var got []string
	if x.Outcome.Status == "offered" && x.Outcome.Second == 0 {
		got = x.Outcome.Names
	}
	if diff := cmp.Diff(want, got); diff != "" {
		m.t.Fatalf("first offer (-command +dry run):\n%s%+v", diff, x.Path)
	}
}
