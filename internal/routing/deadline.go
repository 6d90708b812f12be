package routing

import (
	"time"

	"taskrouter"
)

// A deadline is the next moment at which time alone changes a task or a reservation. It follows
// from their fields, so recovery needs no stored timers. Spec: routing 9
type deadline struct {
	at          int64 // milliseconds; 0 = none
	place       int
	task        *task
	reservation *reservation
}

// dueAtOnce bounds how much one Tick does; the rest is due still and comes with the next.
const dueAtOnce = 1000

func newDeadlines() heap[*deadline] {
	return heap[*deadline]{
		less: func(a, b *deadline) bool {
			if a.at != b.at {
				return a.at < b.at
			}
			return a.sid() < b.sid()
		},
		place: func(d *deadline) *int { return &d.place },
	}
}

func (d *deadline) sid() string {
	if d.task != nil {
		return string(d.task.now.SID)
	}
	return string(d.reservation.now.SID)
}

// schedule gives a deadline a new moment; the zero time takes it away.
func (s *State) schedule(d *deadline, at time.Time) {
	ms := millis(at)
	if ms == d.at {
		return
	}
	if d.at != 0 {
		s.deadlines.remove(d)
	}
	if d.at = ms; ms != 0 {
		s.deadlines.push(d)
	}
}

// NextDeadline is when a [Tick] will have something to do.
func (s *State) NextDeadline() (time.Time, bool) {
	var next time.Time
	if s.deadlines.len() > 0 {
		next = time.UnixMilli(s.deadlines.first().at).UTC()
	}
	for _, w := range s.reEvaluating { // due since they were asked to
		if at := w.now.DateUpdated; next.IsZero() || at.Before(next) {
			next = at
		}
	}
	return next, !next.IsZero()
}

// tick does what is due, and then goes on with what is too much for one change.
func (s *State) tick() {
	s.meetDeadlines()
	s.goOn()
}

func (s *State) meetDeadlines() {
	now := millis(s.tx.now)
	for range dueAtOnce {
		if s.deadlines.len() == 0 || s.deadlines.first().at > now {
			return
		}
		if d := s.deadlines.first(); d.task != nil {
			s.taskDue(d.task)
		} else {
			s.expire(d.reservation)
		}
	}
}

// taskDeadline is the next moment that changes the task if nothing else does.
func (s *State) taskDeadline(t *taskrouter.Task) time.Time {
	switch t.AssignmentStatus {
	case taskrouter.TaskAssigned:
		return t.AssignedAt.Add(taskrouter.MaxAssigned)
	case taskrouter.TaskCompleted, taskrouter.TaskCanceled:
		return t.EndedAt.Add(taskrouter.KeepEnded)
	case taskrouter.TaskWrapping:
		return time.Time{}
	}
	at := ttl(t)
	if t.AssignmentStatus == taskrouter.TaskPending {
		for _, e := range [...]time.Time{t.Step.Expires, t.NotBefore, s.patience(t)} {
			if !e.IsZero() && e.Before(at) {
				at = e
			}
		}
	}
	return at
}

func ttl(t *taskrouter.Task) time.Time {
	return t.DateCreated.Add(time.Duration(t.Timeout) * time.Second)
}

// patience is until when a task for one worker may wait for its first offer. Spec: routing 11
func (s *State) patience(t *taskrouter.Task) time.Time {
	if !isWorkerTarget(t) || t.IgnoreCapacity || t.Assignments > 0 {
		return time.Time{}
	}
	return t.DateCreated.Add(s.targetPatience)
}

// taskDue does to a task what its deadline says.
func (s *State) taskDue(t *task) {
	now := s.tx.now
	due := func(at time.Time) bool { return !at.IsZero() && !at.After(now) }
	switch v := t.now; v.AssignmentStatus {
	case taskrouter.TaskAssigned:
		s.forgetTask(t, taskrouter.EventTaskSystemDeleted, "assigned for 24 hours")
	case taskrouter.TaskCompleted, taskrouter.TaskCanceled:
		s.forgetTask(t, "", "")
	default:
		switch {
		case due(ttl(v)):
			s.cancel(t, taskrouter.ReasonTTL)
		case due(s.patience(v)):
			s.tellFailed(t)
			s.cancel(t, taskrouter.ReasonRoutingTarget)
		default:
			s.retryTask(v.SID)
		}
	}
}

// tellFailed tells that nobody could be offered the task. The event is about a reservation, so
// it carries the one that was never made. Spec: routing 6.3
func (s *State) tellFailed(t *task) {
	e := s.taskEvent(taskrouter.EventReservationFailed, t, taskrouter.ReasonRoutingTarget)
	e.Reservation = &taskrouter.Reservation{
		SID:            taskrouter.ReservationSID(s.sid(taskrouter.PrefixReservation)),
		TaskSID:        t.now.SID,
		Status:         taskrouter.ReservationCanceled,
		TaskQueueSID:   t.now.TaskQueueSID,
		WorkflowSID:    t.now.WorkflowSID,
		TaskChannelSID: t.now.TaskChannelSID,
		DateCreated:    s.tx.now,
		DateUpdated:    s.tx.now,
	}
	s.tell(e)
}
