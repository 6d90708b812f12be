package routing

import (
	"slices"
	"time"

	"taskrouter"
)

// A reservation is a reservation with what follows from its version.
type reservation struct {
	now      *taskrouter.Reservation
	deadline deadline
}

// setReservation makes v the reservation's version and brings every index along.
func (s *State) setReservation(v *taskrouter.Reservation) {
	r, known := s.reservations[v.SID]
	if !known {
		r = &reservation{now: v}
		r.deadline = deadline{reservation: r, place: -1}
		s.reservations[v.SID] = r
		if t := s.tasks[v.TaskSID]; t != nil {
			t.reservations = with(t.reservations, r)
		}
		if w := s.workers[v.WorkerSID]; w != nil {
			w.reservations = with(w.reservations, r)
		}
	}
	r.now = v
	at := time.Time{}
	if v.Status == taskrouter.ReservationPending {
		at = v.Expires
	}
	s.schedule(&r.deadline, at)
}

func (s *State) unsetReservation(sid taskrouter.ReservationSID) {
	r := s.reservations[sid]
	s.schedule(&r.deadline, time.Time{})
	if t := s.tasks[r.now.TaskSID]; t != nil {
		t.reservations = without(t.reservations, r)
	}
	if w := s.workers[r.now.WorkerSID]; w != nil {
		w.reservations = without(w.reservations, r)
	}
	delete(s.reservations, sid)
}

// with puts r into a list in order of creation, mostly at the end.
func with(list []*reservation, r *reservation) []*reservation {
	at := len(list)
	for at > 0 && list[at-1].now.SID > r.now.SID {
		at--
	}
	return slices.Insert(list, at, r)
}

// without takes r out of a list from which mostly the first one goes.
func without(list []*reservation, r *reservation) []*reservation {
	switch at := slices.Index(list, r); at {
	case -1:
		return list
	case 0:
		list[0] = nil
		return list[1:]
	default:
		return slices.Delete(list, at, at+1)
	}
}

// tellReservation adds an event about a reservation.
func (s *State) tellReservation(kind taskrouter.EventType, r *reservation, why string) {
	e := taskrouter.Event{
		Type:        kind,
		Reservation: r.now,
		TaskQueue:   s.catalog.TaskQueue(r.now.TaskQueueSID),
		Workflow:    s.catalog.Workflow(r.now.WorkflowSID),
		Why:         why,
	}
	if t := s.tasks[r.now.TaskSID]; t != nil {
		e.Task = t.now
	}
	if w := s.workers[r.now.WorkerSID]; w != nil {
		e.Worker = w.now
	}
	s.tell(e)
}

var reservationEvents = map[taskrouter.ReservationStatus]taskrouter.EventType{
	taskrouter.ReservationPending:   taskrouter.EventReservationCreated,
	taskrouter.ReservationAccepted:  taskrouter.EventReservationAccepted,
	taskrouter.ReservationRejected:  taskrouter.EventReservationRejected,
	taskrouter.ReservationTimeout:   taskrouter.EventReservationTimeout,
	taskrouter.ReservationCanceled:  taskrouter.EventReservationCanceled,
	taskrouter.ReservationRescinded: taskrouter.EventReservationRescinded,
	taskrouter.ReservationWrapping:  taskrouter.EventReservationWrapup,
	taskrouter.ReservationCompleted: taskrouter.EventReservationCompleted,
}

// reserve offers a task to workers. Spec: routing 5.2, 6.5
func (s *State) reserve(t *task, workers []*worker, why string) {
	now := s.tx.now
	n := *t.now
	n.AssignmentStatus = taskrouter.TaskReserved
	n.Assignments++
	if n.Step.Known {
		n.Step.KnownWorkerSID = workers[0].now.SID
	}
	n.DateUpdated = now
	n.Version++
	s.put(&n)
	timeout, callback := taskrouter.DefaultReservation, false
	if w := s.catalog.Workflow(n.WorkflowSID); w != nil {
		timeout, callback = w.TaskReservationTimeout, w.AssignmentCallbackURL != ""
	}
	for _, w := range workers {
		r := &taskrouter.Reservation{
			SID:                 taskrouter.ReservationSID(s.sid(taskrouter.PrefixReservation)),
			TaskSID:             n.SID,
			WorkerSID:           w.now.SID,
			WorkerName:          w.now.FriendlyName,
			Status:              taskrouter.ReservationPending,
			TaskQueueSID:        n.TaskQueueSID,
			WorkflowSID:         n.WorkflowSID,
			TaskChannelSID:      n.TaskChannelSID,
			PreviousActivitySID: w.now.ActivitySID,
			CallbackDue:         callback,
			Timeout:             timeout,
			Expires:             now.Add(time.Duration(timeout) * time.Second),
			DateCreated:         now,
			DateUpdated:         now,
		}
		v := w.edit()
		v.LastReserved = now
		v.Version++
		if c := v.Channel(n.TaskChannelSID); c != nil {
			c.Reserved++
			c.LastReserved = now
		}
		s.put(v)
		s.put(r)
		s.tellReservation(taskrouter.EventReservationCreated, s.reservations[r.SID], why)
		if q := s.catalog.TaskQueue(n.TaskQueueSID); q != nil && s.singleTasking() {
			s.move(w, q.ReservationActivitySID, "reserved")
		}
	}
}

// singleTasking reports whether reservations move workers between activities.
// Spec: routing 8.2
func (s *State) singleTasking() bool { return !s.catalog.Workspace.MultiTaskEnabled }

// turn gives a reservation its next status, keeps its worker's load right, and tells it.
func (s *State) turn(r *reservation, to taskrouter.ReservationStatus, why string) {
	from := r.now.Status
	n := *r.now
	n.Status = to
	n.DateUpdated = s.tx.now
	n.Version++
	s.put(&n)
	if w := s.workers[n.WorkerSID]; w != nil {
		v := w.edit()
		if c := v.Channel(n.TaskChannelSID); c != nil {
			c.Reserved += load(to.Open()) - load(from.Open())
			c.Assigned += load(to == taskrouter.ReservationAccepted) -
				load(from == taskrouter.ReservationAccepted)
		}
		s.put(v)
	}
	s.tellReservation(reservationEvents[to], r, why)
}

func load(is bool) int {
	if is {
		return 1
	}
	return 0
}

// end turns a reservation to a status that sets its worker free.
func (s *State) end(r *reservation, to taskrouter.ReservationStatus, why string) {
	s.turn(r, to, why)
	s.letGo(r, why)
}

// letGo has the worker of a reservation that ended look for other work. In a single-tasking
// workspace an offer that was taken back returns the worker to what it did before.
// Spec: routing 5.2
func (s *State) letGo(r *reservation, why string) {
	switch r.now.Status {
	case taskrouter.ReservationCanceled, taskrouter.ReservationRescinded:
		if w := s.workers[r.now.WorkerSID]; w != nil {
			s.move(w, s.before(r), why)
		}
	}
	s.lookAgainWorker(r.now.WorkerSID)
}

// before is the activity to which an offer that came to nothing returns its worker: none if the
// offer did not move it, or it has gone elsewhere since. Spec: routing 8.2
func (s *State) before(r *reservation) taskrouter.ActivitySID {
	w := s.workers[r.now.WorkerSID]
	if !s.singleTasking() || w.now.DateStatusChanged.After(r.now.DateCreated) {
		return ""
	}
	return r.now.PreviousActivitySID
}

// accept gives the task to the worker and takes it from all others it was offered to.
// Spec: routing 6.5
func (s *State) accept(r *reservation, why string) {
	t := s.tasks[r.now.TaskSID]
	n := *t.now
	n.AssignmentStatus = taskrouter.TaskAssigned
	n.AssignedAt, n.DateUpdated = s.tx.now, s.tx.now
	n.FailedCallbacks, n.NotBefore = 0, time.Time{}
	n.Step.Stale = false
	n.Version++
	s.put(&n)
	s.turn(r, taskrouter.ReservationAccepted, why)
	const lost = "accepted by another worker"
	var siblings []*reservation
	for _, sibling := range t.reservations {
		if sibling.now.Status == taskrouter.ReservationPending {
			s.turn(sibling, taskrouter.ReservationRescinded, lost)
			siblings = append(siblings, sibling)
		}
	}
	for _, sibling := range siblings {
		s.letGo(sibling, lost)
	}
	if q := s.catalog.TaskQueue(n.TaskQueueSID); q != nil && s.singleTasking() {
		s.move(s.workers[r.now.WorkerSID], q.AssignmentActivitySID, "assigned")
	}
}

// reject takes an offer back from a worker who does not want it, and moves the worker to the
// activity, if one is given.
func (s *State) reject(r *reservation, activity taskrouter.ActivitySID, why string) {
	s.fail(r, taskrouter.ReservationRejected, why, func(w *worker) {
		s.move(w, activity, "rejected an offer")
	})
}

// expire takes an offer back from a worker who did not answer. Spec: routing 5.2
func (s *State) expire(r *reservation) {
	s.fail(r, taskrouter.ReservationTimeout, "not answered in time", func(w *worker) {
		s.move(w, s.catalog.Workspace.TimeoutActivitySID, "let an offer run out")
	})
}

// fail ends an offer that came to nothing, and does with its worker what follows from that. Once
// all its offers failed the task waits again, and what is told of the last one tells so.
// Spec: routing 4.4, event-bridge 9.2
func (s *State) fail(
	r *reservation, to taskrouter.ReservationStatus, why string, then func(*worker),
) {
	t := s.tasks[r.now.TaskSID]
	waits := t.now.AssignmentStatus == taskrouter.TaskReserved &&
		!slices.ContainsFunc(t.reservations, func(other *reservation) bool {
			return other != r && other.now.Status == taskrouter.ReservationPending
		})
	if waits {
		n := *t.now
		n.AssignmentStatus = taskrouter.TaskPending
		if isWorkerTarget(&n) && n.IgnoreCapacity && n.NotBefore.IsZero() {
			n.NotBefore = s.tx.now.Add(pause(n.Assignments))
		}
		n.DateUpdated = s.tx.now
		n.Version++
		s.put(&n)
	}
	s.end(r, to, why)
	then(s.workers[r.now.WorkerSID])
	if waits {
		s.tx.retry(t.now.SID, retried[to])
		s.lookAgainTask(t)
	}
}

// retried says in an event why a task looks for a worker again. Spec: routing 3.6
var retried = map[taskrouter.ReservationStatus]string{
	taskrouter.ReservationRejected: "reservation_rejected",
	taskrouter.ReservationTimeout:  "reservation_timeout",
	taskrouter.ReservationCanceled: "reservation_canceled",
}

// updateReservation answers an offer or moves work on. Spec: rest-api 10.2
func (s *State) updateReservation(c UpdateReservation) error {
	r, err := s.addressed(c.SID, c.Task, c.Worker, c.IfMatch)
	if err != nil {
		return err
	}
	if c.WorkerActivitySID != "" {
		if c.Status != taskrouter.ReservationRejected {
			return taskrouter.Invalid.Errorf("WorkerActivitySid goes with ReservationStatus=rejected " +
				"only; leave it out or update the worker").
				At("WorkerActivitySid")
		}
		if _, err := s.activity("WorkerActivitySid", c.WorkerActivitySID); err != nil {
			return err
		}
	}
	now := r.now.Status
	switch c.Status {
	case taskrouter.ReservationAccepted, taskrouter.ReservationRejected:
		if now == taskrouter.ReservationRescinded {
			return taskrouter.Gone.Errorf("reservation %s is rescinded: another worker accepted "+
				"task %s", c.SID, r.now.TaskSID).In(string(now))
		}
		if now != taskrouter.ReservationPending {
			return taskrouter.Invalid.Errorf("reservation %s is %s; only pending reservations can be "+
				"%s", c.SID, now, c.Status).In(string(now), reservationChoices(now)...)
		}
	case taskrouter.ReservationWrapping, taskrouter.ReservationCompleted:
		if !now.CanBecome(c.Status) {
			return taskrouter.Invalid.Errorf("reservation %s is %s, so it can't become %s; accept it "+
				"first", c.SID, now, c.Status).In(string(now), reservationChoices(now)...)
		}
	default:
		return taskrouter.Invalid.Errorf("ReservationStatus %q can't be asked for; only accepted, "+
			"rejected, wrapping and completed can", c.Status).
			At("ReservationStatus").In(string(now), reservationChoices(now)...)
	}
	t := s.tasks[r.now.TaskSID]
	switch c.Status {
	case taskrouter.ReservationAccepted:
		s.accept(r, "asked for")
	case taskrouter.ReservationRejected:
		activity := c.WorkerActivitySID
		if activity == "" {
			activity = s.before(r)
		}
		s.reject(r, activity, "asked for")
	case taskrouter.ReservationWrapping:
		s.wrap(t, "")
	case taskrouter.ReservationCompleted:
		s.complete(t, "")
	}
	s.answer(r.now)
	return nil
}

// reservationChoices are the statuses that a reservation may be asked to go to.
func reservationChoices(from taskrouter.ReservationStatus) []string {
	return choices(from.CanBecome, taskrouter.ReservationAccepted,
		taskrouter.ReservationRejected, taskrouter.ReservationWrapping,
		taskrouter.ReservationCompleted)
}

// addressed finds a reservation by the path it was asked for.
func (s *State) addressed(
	sid taskrouter.ReservationSID, t taskrouter.TaskSID, w taskrouter.WorkerSID, ifMatch *int,
) (*reservation, error) {
	r := s.reservations[sid]
	if r == nil || t != "" && r.now.TaskSID != t || w != "" && r.now.WorkerSID != w {
		return nil, missing("Reservation", sid)
	}
	return r, checkVersion("reservation", sid, ifMatch, r.now.Version)
}

// instructReservation checks that an instruction can be given, and accepts if it implies that.
func (s *State) instructReservation(c InstructReservation) error {
	r, err := s.addressed(c.SID, c.Task, c.Worker, c.IfMatch)
	if err != nil {
		return err
	}
	switch r.now.Status {
	case taskrouter.ReservationPending:
	case taskrouter.ReservationRescinded:
		return taskrouter.Gone.Errorf("reservation %s is rescinded: another worker accepted task %s",
			c.SID, r.now.TaskSID).In(string(r.now.Status))
	default:
		return taskrouter.Invalid.Errorf("reservation %s is %s; the instruction %s needs a pending "+
			"one", c.SID, r.now.Status, c.Instruction).In(string(r.now.Status))
	}
	for _, a := range c.Alerts {
		s.alert(a, s.tasks[r.now.TaskSID].now, r.now)
	}
	if c.Accept {
		s.accept(r, "instruction "+c.Instruction)
	}
	s.answer(r.now)
	return nil
}
