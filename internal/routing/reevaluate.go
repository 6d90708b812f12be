package routing

import (
	"time"

	"taskrouter"
)

// Sending the waiting tasks of a workflow through its configuration again may be a matter of
// hundreds of thousands of tasks, which no single change should hold. So a workflow remembers
// which of them are still to go, and each Tick takes a portion: the first comes with the update
// itself, and whatever else happens, happens between two of them. A task that is made meanwhile
// is after the last that is to go; a restart goes on where the last one stopped.
// Spec: routing 3.6

// portion is how many tasks go in one change, and looks how many are looked at for each of them
// at most, where most tasks belong to other workflows.
const (
	portion = 1000
	looks   = 50
)

// portionOf takes the next tasks off those that are still to go.
func (s *State) portionOf(w *taskrouter.Workflow) (again []*task) {
	left := s.portion * looks
	for t := range s.taskOrder.after(w.ReEvaluateAfter) {
		switch {
		case t.now.SID > w.ReEvaluateLast:
			w.ReEvaluateAfter, w.ReEvaluateLast = "", ""
			return again
		case len(again) == s.portion || left == 0:
			return again
		case t.walks(w.SID):
			again = append(again, t)
		}
		left--
		w.ReEvaluateAfter = t.now.SID
	}
	w.ReEvaluateAfter, w.ReEvaluateLast = "", ""
	return again
}

// reEvaluate sends waiting tasks through their workflow again; one that is offered to somebody
// goes when the offer fails.
func (s *State) reEvaluate(again []*task) {
	for _, t := range again {
		n := *t.now
		n.NotBefore = time.Time{}
		n.Step.Stale = n.AssignmentStatus == taskrouter.TaskReserved
		if n != *t.now {
			s.put(&n)
		}
		if n.AssignmentStatus == taskrouter.TaskPending {
			s.restart(t)
		}
	}
}

// goOn takes the next portion of the workflow whose turn it is.
func (s *State) goOn() {
	var first *workflow
	for _, w := range s.reEvaluating {
		if first == nil || w.now.SID < first.now.SID {
			first = w
		}
	}
	if first == nil {
		return
	}
	w := *first.now
	again := s.portionOf(&w)
	s.put(&w)
	s.reEvaluate(again)
}
