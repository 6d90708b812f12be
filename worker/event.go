package worker

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskrouter"
)

// An Event is something that happened: to the connection, to the worker, to one of its channels,
// to a reservation or to its task. The types of this package that implement it are all there are.
type Event interface{ event() }

// A ReservationEvent is any event about one reservation.
type ReservationEvent interface {
	Event
	// About is the reservation as it was right after the event.
	About() *Reservation
}

// Ready is the first event of a client: it is connected and has read its worker. Events for its
// open reservations follow, with Missed set.
type Ready struct {
	Worker       *Worker
	Reservations []*Reservation // open ones, in the order in which they were made
}

// Resumed says that the program may have missed something, and that what it missed follows: the
// connection had been lost and is back, or events had been put aside because too many waited.
type Resumed struct {
	Worker       *Worker
	Reservations []*Reservation // open ones, in the order in which they were made
	// PutAside is how many events were put aside. What they said of reservations follows; for
	// the worker's channels, look with [Client.Channels].
	PutAside int
}

// Disconnected says that the connection was lost, or that an attempt to get it back failed. If
// the program is slow, it sees only the last one of several in a row.
type Disconnected struct {
	// Err is why: a *[CloseError] if the server ended it, an *[Error] if it refused a new one.
	Err error
	// Retry is how long the client waits before it connects again. It is zero if it does not:
	// because the token is used up, and it waits for [Client.UpdateToken]; or because it has
	// ended, and this is its last event.
	Retry time.Duration
}

// TokenExpiring says that the token is about to end and no other is there: nobody can be asked
// for one, or asking failed, in which case it is tried again.
type TokenExpiring struct {
	Expires time.Time
	Err     error // of RenewToken
}

// ActivityUpdated says that the worker does something else.
type ActivityUpdated struct{ Worker *Worker }

// AttributesUpdated says that the worker has other attributes.
type AttributesUpdated struct{ Worker *Worker }

// CapacityUpdated says that a channel of the worker has another capacity.
type CapacityUpdated struct{ Channel *Channel }

// AvailabilityUpdated says that a channel of the worker was switched on or off.
type AvailabilityUpdated struct{ Channel *Channel }

// ReservationCreated is an offer: the worker is asked whether it takes a task.
type ReservationCreated struct {
	Reservation *Reservation
	Missed      bool // it was made before the client was connected, or while it was away
}

// ReservationAccepted says that the worker, through this client or another one, took a task.
type ReservationAccepted struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationRejected says that the worker declined an offer.
type ReservationRejected struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationTimeout says that an offer was not answered in time.
type ReservationTimeout struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationCanceled says that an offer is over because its task was canceled.
type ReservationCanceled struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationRescinded says that an offer is over because another worker took the task.
type ReservationRescinded struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationWrapup says that the work on a task is done and what comes after it is not.
type ReservationWrapup struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationCompleted says that the work on a task is over.
type ReservationCompleted struct {
	Reservation *Reservation
	Missed      bool
}

// ReservationGone says that a reservation ended while nobody listened, and that the server does
// not know any more how. The reservation is as it was last heard of, without a status.
type ReservationGone struct{ Reservation *Reservation }

// TaskUpdated says that a task that the worker has a reservation for was changed.
type TaskUpdated struct{ Task *Task }

// TaskCanceled says that such a task was canceled.
type TaskCanceled struct{ Task *Task }

// TaskWrapup says that the work on such a task is done.
type TaskWrapup struct{ Task *Task }

// TaskCompleted says that such a task is over.
type TaskCompleted struct{ Task *Task }

// OtherEvent is an event of a type that has no other name here, or one that could not be read.
type OtherEvent struct {
	Type    string
	Payload json.RawMessage
}

func (Ready) event()                {}
func (Resumed) event()              {}
func (Disconnected) event()         {}
func (TokenExpiring) event()        {}
func (ActivityUpdated) event()      {}
func (AttributesUpdated) event()    {}
func (CapacityUpdated) event()      {}
func (AvailabilityUpdated) event()  {}
func (ReservationCreated) event()   {}
func (ReservationAccepted) event()  {}
func (ReservationRejected) event()  {}
func (ReservationTimeout) event()   {}
func (ReservationCanceled) event()  {}
func (ReservationRescinded) event() {}
func (ReservationWrapup) event()    {}
func (ReservationCompleted) event() {}
func (ReservationGone) event()      {}
func (TaskUpdated) event()          {}
func (TaskCanceled) event()         {}
func (TaskWrapup) event()           {}
func (TaskCompleted) event()        {}
func (OtherEvent) event()           {}

// About returns the offer.
func (e ReservationCreated) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationAccepted) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationRejected) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationTimeout) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationCanceled) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationRescinded) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationWrapup) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationCompleted) About() *Reservation { return e.Reservation }

// About returns the reservation.
func (e ReservationGone) About() *Reservation { return e.Reservation }

// statusEvent is the event that tells that a reservation has its status.
func statusEvent(r *Reservation, missed bool) ReservationEvent {
	switch r.Status {
	case taskrouter.ReservationPending:
		return ReservationCreated{r, missed}
	case taskrouter.ReservationAccepted:
		return ReservationAccepted{r, missed}
	case taskrouter.ReservationRejected:
		return ReservationRejected{r, missed}
	case taskrouter.ReservationTimeout:
		return ReservationTimeout{r, missed}
	case taskrouter.ReservationCanceled:
		return ReservationCanceled{r, missed}
	case taskrouter.ReservationRescinded:
		return ReservationRescinded{r, missed}
	case taskrouter.ReservationWrapping:
		return ReservationWrapup{r, missed}
	case taskrouter.ReservationCompleted:
		return ReservationCompleted{r, missed}
	}
	return ReservationGone{r}
}

// reservationStatuses are the statuses by the names of their events on the wire.
// Spec: event-bridge 9.1
var reservationStatuses = map[string]taskrouter.ReservationStatus{
	"created":   taskrouter.ReservationPending,
	"accepted":  taskrouter.ReservationAccepted,
	"rejected":  taskrouter.ReservationRejected,
	"timeout":   taskrouter.ReservationTimeout,
	"canceled":  taskrouter.ReservationCanceled,
	"rescinded": taskrouter.ReservationRescinded,
	"wrapup":    taskrouter.ReservationWrapping,
	"completed": taskrouter.ReservationCompleted,
}

// readEvent reads a frame. What it cannot make sense of becomes an [OtherEvent]; it fails only
// if the frame is no event at all. Spec: event-bridge 3, 9.2
func (c *Client) readEvent(data []byte) (Event, error) {
	var frame struct {
		Type    string          `json:"event_type"`
		Payload json.RawMessage `json:"payload"`
	}
	if err := json.Unmarshal(data, &frame); err != nil || frame.Type == "" {
		return nil, fmt.Errorf("the server sent a frame of %d bytes that is no event", len(data))
	}
	event, err := c.readPayload(frame.Type, frame.Payload)
	if err != nil {
		c.log.Warn("an event cannot be read", "type", frame.Type, "err", err)
	}
	if event == nil || err != nil {
		return OtherEvent{frame.Type, frame.Payload}, nil
	}
	return event, nil
}

// readPayload reads an event by its type; nil if the type is not known.
func (c *Client) readPayload(kind string, payload []byte) (Event, error) {
	if name, ok := strings.CutPrefix(kind, "reservation."); ok {
		if status, ok := reservationStatuses[name]; ok {
			r, err := c.readReservation(payload, status)
			return statusEvent(r, false), err
		}
		return nil, nil
	}
	switch kind {
	case "worker.activity.update", "worker.attributes.update":
		w := &Worker{}
		err := json.Unmarshal(payload, w)
		if kind == "worker.activity.update" {
			return ActivityUpdated{w}, err
		}
		return AttributesUpdated{w}, err
	case "worker.capacity.update", "worker.channel.availability.update":
		ch := &Channel{}
		err := json.Unmarshal(payload, ch)
		if kind == "worker.capacity.update" {
			return CapacityUpdated{ch}, err
		}
		return AvailabilityUpdated{ch}, err
	case "task.updated", "task.canceled", "task.wrapup", "task.completed":
		t := &Task{client: c}
		err := json.Unmarshal(payload, t)
		switch kind {
		case "task.canceled":
			return TaskCanceled{t}, err
		case "task.wrapup":
			return TaskWrapup{t}, err
		case "task.completed":
			return TaskCompleted{t}, err
		}
		return TaskUpdated{t}, err
	}
	return nil, nil
}

// readReservation reads the payload of a reservation event: the task, the reservation's SID,
// and, from servers of this project, all of the reservation. Spec: event-bridge 9.2
func (c *Client) readReservation(
	payload []byte, status taskrouter.ReservationStatus,
) (*Reservation, error) {
	task := &Task{client: c}
	r := &Reservation{
		AccountSID: c.claims.Account, WorkspaceSID: c.claims.Workspace,
		WorkerSID: c.claims.Channel,
	}
	about := struct {
		wireTask
		SID         taskrouter.ReservationSID `json:"reservation_sid"`
		Reservation *wireReservation          `json:"reservation"`
	}{
		wireTask:    wireTask{plainTask: (*plainTask)(task)},
		Reservation: &wireReservation{plainReservation: (*plainReservation)(r)},
	}
	if err := json.Unmarshal(payload, &about); err != nil {
		return r, err
	}
	if about.SID == "" || task.SID == "" {
		return r, errors.New("it names no reservation or no task")
	}
	about.wireTask.done()
	if about.Reservation != nil {
		about.Reservation.done()
	}
	r.SID, r.TaskSID, r.Status, r.Task, r.client = about.SID, task.SID, status, task, c
	return r, nil
}
