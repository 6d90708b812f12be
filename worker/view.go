package worker

import (
	"sync"

	"taskrouter"
)

// A view is what the program has been told of the worker's reservations. It sees to it that
// each status of each is told once, wherever the news of it came from: reservations only ever
// move on, so an event that does not move one on is old news. Spec: worker-sdk 6
type view struct {
	mu   sync.Mutex
	open map[taskrouter.ReservationSID]*Reservation
	// ended are those that the last reading found ended. Events from before the reading may
	// still come, and are old news as well.
	ended map[taskrouter.ReservationSID]bool
	// worker is the version of the worker at the last reading; 0 if it is not known.
	worker int
}

// stage is how far a reservation with a status has come in its life.
func stage(s taskrouter.ReservationStatus) int {
	switch s {
	case taskrouter.ReservationPending:
		return 1
	case taskrouter.ReservationAccepted:
		return 2
	case taskrouter.ReservationWrapping:
		return 3
	}
	return 4
}

// list returns the open reservations in the order in which they were made.
func (v *view) list() []*Reservation {
	v.mu.Lock()
	defer v.mu.Unlock()
	return inOrder(v.open)
}

// tell takes an event of the socket into the view. It reports whether the program is to hear
// of it.
func (v *view) tell(e Event) bool {
	v.mu.Lock()
	defer v.mu.Unlock()
	switch e := e.(type) {
	case ReservationEvent:
		return v.move(e.About())
	case ActivityUpdated:
		return e.Worker.Version == 0 || e.Worker.Version > v.worker
	case AttributesUpdated:
		return e.Worker.Version == 0 || e.Worker.Version > v.worker
	case TaskUpdated:
		v.renew(e.Task)
	case TaskCanceled:
		v.renew(e.Task)
	case TaskWrapup:
		v.renew(e.Task)
	case TaskCompleted:
		v.renew(e.Task)
	}
	return true
}

// move moves a reservation on, and reports whether that is news.
func (v *view) move(r *Reservation) bool {
	known, ok := v.open[r.SID]
	switch {
	case v.ended[r.SID], ok && stage(r.Status) <= stage(known.Status):
		return false
	case r.Status.Open():
		v.open[r.SID] = r
		return true
	}
	delete(v.open, r.SID)
	// Of one that was never told of there is no end to tell: it was made and ended unseen.
	return ok
}

// renew gives the reservations of a task the newer task.
func (v *view) renew(t *Task) {
	for sid, r := range v.open {
		if r.TaskSID == t.SID && (t.Version == 0 || t.Version >= r.Task.Version) {
			renewed := *r
			renewed.Task = t
			v.open[sid] = &renewed
		}
	}
}

// read takes what was read from the server into the view and returns the events that lead the
// program there.
func (v *view) read(s *state) []Event {
	v.mu.Lock()
	defer v.mu.Unlock()
	var events []Event
	v.worker = s.worker.Version
	v.ended = make(map[taskrouter.ReservationSID]bool, len(s.ended))
	for _, r := range s.ended {
		delete(v.open, r.SID)
		v.ended[r.SID] = true
		events = append(events, statusEvent(r, true))
	}
	if v.open == nil {
		v.open = make(map[taskrouter.ReservationSID]*Reservation)
	}
	for _, r := range s.open {
		known, ok := v.open[r.SID]
		if !ok || stage(r.Status) > stage(known.Status) {
			events = append(events, statusEvent(r, true))
		}
		v.open[r.SID] = r
	}
	return events
}
