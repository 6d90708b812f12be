package routing

import (
	"fmt"
	"slices"
	"time"

	"taskrouter"
)

// answerCallback does what the receiver of an assignment callback asks for. Nobody waits for its
// outcome, so what cannot be done is told by an alert and never refused: an answer may come when
// its reservation has ended, or is gone with its task. Spec: routing 6.1
func (s *State) answerCallback(c AnswerCallback) {
	r := s.reservations[c.SID]
	if r == nil {
		for _, a := range c.Alerts {
			a.ReservationSID = c.SID
			s.alert(a, nil, nil)
		}
		return
	}
	t := s.tasks[r.now.TaskSID]
	for _, a := range c.Alerts {
		s.alert(a, t.now, r.now)
	}
	if r.now.CallbackDue {
		n := *r.now
		n.CallbackDue = false
		s.put(&n)
	}
	if c.Answer != CallbackFailed && t.now.FailedCallbacks > 0 && !t.now.AssignmentStatus.Final() {
		n := *t.now
		n.FailedCallbacks = 0
		s.put(&n)
	}
	if r.now.Status == taskrouter.ReservationPending {
		s.obey(c, t, r)
	}
	s.answer(r.now)
}

// obey carries out an answer to the callback of an offer that stands.
func (s *State) obey(c AnswerCallback, t *task, r *reservation) {
	switch c.Answer {
	case CallbackAccept:
		s.accept(r, c.Why)
	case CallbackReject:
		activity := c.ActivitySID
		if activity == "" {
			activity = s.before(r)
		} else if s.catalog.Activity(activity) == nil {
			s.alert(taskrouter.Alert{
				Code: taskrouter.AlertRejectActivity,
				Message: fmt.Sprintf("the callback's answer rejects reservation %s with an "+
					"activity_sid that is no activity of workspace %s; the reservation stays pending",
					c.SID, s.catalog.Workspace.SID),
			}, t.now, r.now)
			return
		}
		s.reject(r, activity, c.Why)
	case CallbackFailed:
		n := *t.now
		if n.NotBefore.IsZero() { // else another offer of this round failed alike
			n.FailedCallbacks++
		}
		n.NotBefore = s.tx.now.Add(pause(n.FailedCallbacks))
		s.put(&n)
		s.fail(r, taskrouter.ReservationCanceled, c.Why, func(*worker) {})
	}
}

// How long a task waits for its next offer where nobody's hand slows down its offers: after a
// round that ended with callbacks nobody answered, and before a worker whose load does not count.
// Without the pause a task would use up its rounds in a moment. Spec: routing 3.8
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// pause doubles with each round in a row.
func pause(round int) time.Duration {
	if round > 6 {
		return maxPause
	}
	return firstPause << max(round-1, 0)
}

// held reports whether a task must not be offered yet. A pause that is over is forgotten, and what
// follows is still the end of the round before it.
func (s *State) held(t *task) bool {
	switch at := t.now.NotBefore; {
	case at.IsZero():
		return false
	case at.After(s.tx.now):
		return true
	}
	n := *t.now
	n.NotBefore = time.Time{}
	s.put(&n)
	for _, r := range slices.Backward(t.reservations) {
		if why := retried[r.now.Status]; why != "" {
			s.tx.retry(n.SID, why)
			break
		}
	}
	return false
}
