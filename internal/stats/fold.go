package stats

import (
	"time"

	"taskrouter"
)

// fold counts what a change tells. Everything counts in the second of its change; what comes so
// late that its hour has been summed up, in the first second after that.
func (b *book) fold(ws taskrouter.WorkspaceSID, c *taskrouter.Change) {
	f := folding{book: b, ws: string(ws), at: c.At, second: max(c.At.Unix(), b.floor)}
	for i := range c.Events {
		f.event(&c.Events[i])
	}
}

// A folding counts the events of one change.
type folding struct {
	book   *book
	ws     string
	at     time.Time
	second int64
}

func (f *folding) event(e *taskrouter.Event) {
	switch e.Type {
	case taskrouter.EventTaskCreated:
		if t := e.Task; t != nil {
			f.count(taskrouter.TasksCreated, t.TaskChannelSID, f.ws)
		}
	case taskrouter.EventWorkflowEntered:
		if t := e.Task; t != nil {
			f.count(taskrouter.TasksEntered, t.TaskChannelSID, string(t.WorkflowSID))
		}
	case taskrouter.EventTaskQueueEntered:
		if t := e.Task; t != nil {
			f.count(taskrouter.TasksEntered, t.TaskChannelSID, string(t.TaskQueueSID))
		}
	case taskrouter.EventTaskQueueMoved:
		if t := e.Task; t != nil {
			f.count(taskrouter.TasksMoved, t.TaskChannelSID, f.ws, string(t.WorkflowSID))
			if q := e.PreviousTaskQueue; q != nil {
				f.count(taskrouter.TasksMoved, t.TaskChannelSID, string(q.SID))
			}
		}
	case taskrouter.EventWorkflowTimeout:
		if t := e.Task; t != nil {
			f.count(taskrouter.TasksTimedOutInWorkflow, t.TaskChannelSID, f.ws,
				string(t.WorkflowSID))
		}
	case taskrouter.EventTaskCanceled:
		f.canceled(e.Task)
	case taskrouter.EventTaskCompleted:
		f.task(taskrouter.TasksCompleted, e.Task)
	case taskrouter.EventTaskDeleted:
		f.task(taskrouter.TasksDeleted, e.Task)
	case taskrouter.EventTaskSystemDeleted:
		if e.Task != nil && !e.Task.AssignmentStatus.Final() {
			f.task(taskrouter.TasksDeleted, e.Task)
		}
	case taskrouter.EventReservationCreated:
		f.reservation(taskrouter.ReservationsCreated, e.Reservation)
	case taskrouter.EventReservationAccepted:
		f.accepted(e.Reservation, e.Task)
	case taskrouter.EventReservationRejected:
		f.reservation(taskrouter.ReservationsRejected, e.Reservation)
	case taskrouter.EventReservationTimeout:
		f.reservation(taskrouter.ReservationsTimedOut, e.Reservation)
	case taskrouter.EventReservationCanceled:
		f.reservation(taskrouter.ReservationsCanceled, e.Reservation)
	case taskrouter.EventReservationRescinded:
		f.reservation(taskrouter.ReservationsRescinded, e.Reservation)
	case taskrouter.EventWorkerActivity:
		if w, from := e.Worker, e.PreviousActivity; w != nil && from != nil {
			f.book.ended(w.SID, from.SID, e.PreviousSince, f.at)
		}
	case taskrouter.EventWorkerDeleted:
		if w := e.Worker; w != nil {
			f.book.ended(w.SID, w.ActivitySID, w.DateStatusChanged, f.at)
		}
	}
}

// count counts one of a kind for each of the owners there are.
func (f *folding) count(what taskrouter.Count, channel taskrouter.TaskChannelSID,
	owners ...string) {
	for _, owner := range owners {
		if owner != "" {
			f.book.tally(owner, channel, f.second).counts[what]++
		}
	}
}

func (f *folding) task(what taskrouter.Count, t *taskrouter.Task) {
	if t != nil {
		f.count(what, t.TaskChannelSID, f.ws, string(t.TaskQueueSID), string(t.WorkflowSID))
	}
}

func (f *folding) reservation(what taskrouter.Count, r *taskrouter.Reservation) {
	if r != nil {
		f.count(what, r.TaskChannelSID, f.ws, string(r.TaskQueueSID), string(r.WorkflowSID),
			string(r.WorkerSID))
	}
}

// canceled counts the end of a wait that came to nothing.
func (f *folding) canceled(t *taskrouter.Task) {
	if t == nil {
		return
	}
	wait := f.since(t.DateCreated)
	for _, owner := range [...]string{f.ws, string(t.TaskQueueSID), string(t.WorkflowSID)} {
		if owner == "" {
			continue
		}
		sum := f.book.tally(owner, t.TaskChannelSID, f.second)
		sum.counts[taskrouter.TasksCanceled]++
		sum.untilCanceled.add(wait)
		sum.cancel(wholeSeconds(wait), 1)
	}
}

// accepted counts the end of a wait. A worker has no waits of its own.
func (f *folding) accepted(r *taskrouter.Reservation, t *taskrouter.Task) {
	if r == nil || t == nil {
		f.reservation(taskrouter.ReservationsAccepted, r)
		return
	}
	f.count(taskrouter.ReservationsAccepted, r.TaskChannelSID, string(r.WorkerSID))
	wait := f.since(t.DateCreated)
	for i, owner := range [...]string{
		f.ws, string(r.TaskQueueSID), string(r.WorkflowSID),
	} {
		if owner == "" {
			continue
		}
		sum := f.book.tally(owner, r.TaskChannelSID, f.second)
		sum.counts[taskrouter.ReservationsAccepted]++
		sum.untilAccepted.add(wait)
		sum.accept(wholeSeconds(wait), 1)
		if i == 1 {
			sum.inQueue.add(f.since(t.TaskQueueEnteredDate))
		}
	}
}

// since is how many milliseconds ago a moment was.
func (f *folding) since(t time.Time) uint64 {
	return uint64(max(0, f.at.Sub(t).Milliseconds()))
}

// wholeSeconds rounds up.
func wholeSeconds(ms uint64) uint32 { return uint32((ms + 999) / 1000) }
