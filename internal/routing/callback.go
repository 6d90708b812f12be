package routing

import (
	"time"

	"taskrouter"
)

// How long a task waits for its next offer after one whose callback nobody answered: it doubles
// with each failure in a row. Without that, a receiver that is down would have its tasks offered
// and taken back without end. Spec: routing 6.1
const (
	firstPause = time.Second
	maxPause   = time.Minute
)

// answerCallback does what the receiver of an assignment callback asks for. Spec: routing 6.1
func (s *State) answerCallback(c AnswerCallback) error {
	r := s.reservations[c.SID]
	if r == nil {
		return missing("Reservation", c.SID)
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
	s.answer(r.now)
	if r.now.Status != taskrouter.ReservationPending {
		return nil
	}
	switch c.Answer {
	case CallbackAccept:
		s.accept(r, c.Why)
	case CallbackReject:
		activity := c.ActivitySID
		if activity == "" {
			activity = s.before(r)
		} else if _, err := s.activity("activity_sid", activity); err != nil {
			return err
		}
		s.reject(r, activity, c.Why)
	case CallbackFailed:
		s.postpone(t)
		s.fail(r, taskrouter.ReservationCanceled, c.Why, func(*worker) {})
	}
	s.answer(r.now)
	return nil
}

// postpone has a task wait before it is offered again.
func (s *State) postpone(t *task) {
	n := *t.now
	pause := maxPause
	if n.FailedCallbacks < 6 {
		pause = firstPause << n.FailedCallbacks
	}
	n.FailedCallbacks++
	n.NotBefore = s.tx.now.Add(pause)
	s.put(&n)
}
