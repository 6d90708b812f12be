package routing_test

import (
	"fmt"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
)

// countTasks is a tally by looking at every task.
func countTasks(s *routing.State, is func(*taskrouter.Task) bool) routing.Tally {
	var sum routing.Tally
	priorities := make(map[int]int)
	var top int
	for t := range s.Tasks("") {
		if t.AssignmentStatus.Final() || !is(t) {
			continue
		}
		priorities[t.Priority]++
		top = max(top, t.Priority)
		switch t.AssignmentStatus {
		case taskrouter.TaskPending:
			sum.Pending++
		case taskrouter.TaskReserved:
			sum.Reserved++
		case taskrouter.TaskAssigned:
			sum.Assigned++
		case taskrouter.TaskWrapping:
			sum.Wrapping++
		}
		if !t.AssignmentStatus.Waiting() {
			continue
		}
		if sum.Oldest == nil || t.DateCreated.Before(sum.Oldest.DateCreated) {
			sum.Oldest = t
		}
		if t.TaskQueueSID != "" && (sum.OldestInQueue == nil ||
			t.TaskQueueEnteredDate.Before(sum.OldestInQueue.TaskQueueEnteredDate)) {
			sum.OldestInQueue = t
		}
	}
	for p := range top + 1 {
		if n := priorities[p]; n > 0 {
			sum.Priorities = append(sum.Priorities, routing.PriorityCount{Priority: p, Tasks: n})
		}
	}
	return sum
}

// outside is a tally of something that is no queue.
func outside(t routing.Tally) routing.Tally {
	t.OldestInQueue = nil
	return t
}

// tallies is everything that a state counts, by name; counted is the same, counted anew.
func tallies(s *routing.State) (kept, counted map[string]any) {
	kept, counted = make(map[string]any), make(map[string]any)
	c := s.Catalog()
	channels := []taskrouter.TaskChannelSID{""}
	for _, ch := range c.TaskChannels() {
		channels = append(channels, ch.SID)
	}
	for _, ch := range channels {
		on := func(t *taskrouter.Task) bool { return ch == "" || t.TaskChannelSID == ch }
		kept["workspace "+string(ch)] = s.WorkspaceTally(ch)
		counted["workspace "+string(ch)] = outside(countTasks(s, on))
		for _, q := range c.TaskQueues() {
			name := fmt.Sprint(q.SID, ch)
			kept[name] = s.QueueTally(q.SID, ch)
			counted[name] = countTasks(s, func(t *taskrouter.Task) bool {
				return on(t) && t.TaskQueueSID == q.SID
			})
		}
		for _, w := range c.Workflows() {
			name := fmt.Sprint(w.SID, ch)
			kept[name] = s.WorkflowTally(w.SID, ch)
			counted[name] = outside(countTasks(s, func(t *taskrouter.Task) bool {
				return on(t) && t.WorkflowSID == w.SID
			}))
		}
	}
	kept["workers"], counted["workers"] = s.WorkerCount(), 0
	for _, a := range c.Activities() {
		kept[string(a.SID)], counted[string(a.SID)] = s.WorkersIn(a.SID), 0
	}
	for w := range s.Workers("") {
		counted["workers"] = counted["workers"].(int) + 1
		counted[string(w.ActivitySID)] = counted[string(w.ActivitySID)].(int) + 1
	}
	for _, q := range c.TaskQueues() {
		members := 0
		for w := range s.Workers("") {
			if s.InQueue(w, q) {
				members++
			}
		}
		kept["members "+string(q.SID)], counted["members "+string(q.SID)] =
			s.MemberCount(q.SID), members
	}
	return kept, counted
}

// checkTallies holds what a state counts against what there is to count. Which of several tasks
// of one moment is the oldest is left open, but for the first one made.
func (m *model) checkTallies(s *routing.State) {
	kept, counted := tallies(s)
	if diff := cmp.Diff(counted, kept, cmp.Transformer("age", func(t *taskrouter.Task) string {
		if t == nil {
			return "nobody"
		}
		return fmt.Sprint(t.SID, t.Version)
	})); diff != "" {
		m.t.Fatalf("the tallies are wrong (-counted +kept):\n%s", diff)
	}
}

// TestTallyOfManyTasks lets many tasks come and go in any order: the oldest is always found, and
// what is kept about those that left does not grow.
func TestTallyOfManyTasks(t *testing.T) {
	t.Parallel()
	f := newFloor(t)
	f.queues(2, func(int) string { return "nobody HAS 1" }, `,"timeout":3600`)
	var tasks []taskrouter.TaskSID
	for i := range 500 {
		f.now = f.now.Add(time.Second)
		c := f.do(routing.CreateTask{Attributes: fmt.Sprintf(`{"to":%d}`, i%2)})
		tasks = append(tasks, taskrouter.TaskSID(c.Result))
	}
	check := func() {
		t.Helper()
		kept, counted := tallies(f.state)
		if diff := cmp.Diff(counted, kept); diff != "" {
			t.Fatalf("the tallies are wrong (-counted +kept):\n%s", diff)
		}
	}
	check()
	cancel := func(sid taskrouter.TaskSID) routing.Command {
		return routing.UpdateTask{SID: sid, AssignmentStatus: taskrouter.TaskCanceled}
	}
	for i := range 5000 { // each lets the oldest leave and come back
		err := f.state.Try(cancel(tasks[0]), f.now, func(*taskrouter.Change) {})
		if err != nil {
			t.Fatal(err)
		}
		if i%1000 == 0 {
			check()
		}
	}
	if n := f.state.AgeEntries(); n > 6*len(tasks) {
		t.Errorf("%d entries are kept for %d tasks", n, len(tasks))
	}
	for i, sid := range tasks {
		if i%3 != 1 {
			f.do(cancel(sid))
		}
		if i%50 == 0 {
			check()
		}
	}
	check()
	rebuilt := routing.New(taskrouter.NewSIDSource(2))
	for e := range f.state.Entities() {
		rebuilt.Apply(&taskrouter.Change{Puts: []taskrouter.Entity{e}})
	}
	kept, counted := tallies(rebuilt)
	if diff := cmp.Diff(counted, kept); diff != "" {
		t.Errorf("after a restart (-counted +kept):\n%s", diff)
	}
}
