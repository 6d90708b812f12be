package worker

import (
	"cmp"
	"context"
	"encoding/json"
	"maps"
	"slices"
	"time"

	"taskrouter"
)

// A Reservation is how a reservation was at one moment: an offer of a task to the worker while
// it is pending, the worker's work once it is accepted. Spec: rest-api 10
//
// A server that sends only the task with its events, as the hosted service does, leaves the
// dates and WorkerName of reservations in events empty; [Reservation.Fetch] reads them.
type Reservation struct {
	SID          taskrouter.ReservationSID    `json:"sid"`
	AccountSID   taskrouter.AccountSID        `json:"account_sid"`
	WorkspaceSID taskrouter.WorkspaceSID      `json:"workspace_sid"`
	TaskSID      taskrouter.TaskSID           `json:"task_sid"`
	WorkerSID    taskrouter.WorkerSID         `json:"worker_sid"`
	WorkerName   string                       `json:"worker_name"`
	Status       taskrouter.ReservationStatus `json:"reservation_status"`
	DateCreated  time.Time                    `json:"date_created"`
	DateUpdated  time.Time                    `json:"date_updated"`
	// Timeout is how many seconds the worker has to answer, and Expires when they are over. They
	// and Version are empty from servers that do not tell them.
	Timeout int       `json:"reservation_timeout"`
	Expires time.Time `json:"date_expires"`
	Version int       `json:"version"`

	// Task is never nil. If the server does not have it any more, it has a SID and nothing else. In
	// what an action returns it is the task as it was before.
	Task *Task `json:"-"`

	client *Client
}

type plainReservation Reservation

// A wireReservation reads a reservation in one pass.
type wireReservation struct {
	*plainReservation
	Created date `json:"date_created"`
	Updated date `json:"date_updated"`
	Expires date `json:"date_expires"`
}

// done puts the dates where they belong.
func (w *wireReservation) done() {
	r := w.plainReservation
	r.DateCreated, r.DateUpdated, r.Expires = w.Created.Time, w.Updated.Time, w.Expires.Time
}

// UnmarshalJSON reads a reservation as servers write it, which is without its task.
func (r *Reservation) UnmarshalJSON(b []byte) error {
	w := wireReservation{plainReservation: (*plainReservation)(r)}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	w.done()
	return nil
}

// Reservations are the worker's open reservations (pending, accepted and wrapping) as the
// events told so far have them, in the order in which they were made. No request is made.
func (c *Client) Reservations() []*Reservation { return c.view.list() }

// FetchReservations lists the worker's reservations, of one status if it is not empty, each
// with its task, which is read one by one. A task that is not there any more has a SID only.
func (c *Client) FetchReservations(
	ctx context.Context, status taskrouter.ReservationStatus,
) ([]*Reservation, error) {
	all, err := c.listReservations(ctx, status)
	if err == nil {
		err = c.attachTasks(ctx, all)
	}
	if err != nil {
		return nil, err
	}
	return all, nil
}

// FetchReservation reads a reservation, named by its task and itself, and its task.
func (c *Client) FetchReservation(
	ctx context.Context, task taskrouter.TaskSID, sid taskrouter.ReservationSID,
) (*Reservation, error) {
	r, err := c.reservation(ctx, task, request{
		op: "read reservation " + string(sid), method: "GET", url: c.reservationURL(task, sid),
	})
	if err == nil {
		err = c.attachTasks(ctx, []*Reservation{r})
	}
	if err != nil {
		return nil, err
	}
	return r, nil
}

// reservation sends a request about a reservation. Its task has only a SID.
func (c *Client) reservation(
	ctx context.Context, task taskrouter.TaskSID, r request,
) (*Reservation, error) {
	answer := &Reservation{client: c, Task: &Task{SID: task, client: c}}
	if err := c.send(ctx, r, answer); err != nil {
		return nil, err
	}
	return answer, nil
}

// byAge compares reservations by when they were made.
func byAge(a, b *Reservation) int {
	return cmp.Or(a.DateCreated.Compare(b.DateCreated), cmp.Compare(a.SID, b.SID))
}

// inOrder are reservations by when they were made.
func inOrder(all map[taskrouter.ReservationSID]*Reservation) []*Reservation {
	return slices.SortedFunc(maps.Values(all), byAge)
}

// act moves the reservation on and returns how it is then.
func (r *Reservation) act(ctx context.Context, verb string, p params) (*Reservation, error) {
	c := r.client
	if c == nil {
		return nil, errDetached
	}
	defer c.acts.begin(r.TaskSID)()
	moved, err := c.reservation(ctx, r.TaskSID, request{
		op: verb + " reservation " + string(r.SID), method: "POST",
		url: c.reservationURL(r.TaskSID, r.SID), params: p,
	})
	if err != nil {
		return nil, err
	}
	moved.Task = r.Task
	return moved, nil
}

// Accept takes the offer: the task is the worker's from now on.
func (r *Reservation) Accept(ctx context.Context) (*Reservation, error) {
	return r.act(ctx, "accept", params{"ReservationStatus": taskrouter.ReservationAccepted})
}

// Reject declines the offer. If activity is not empty, it is what the worker does next.
func (r *Reservation) Reject(
	ctx context.Context, activity taskrouter.ActivitySID,
) (*Reservation, error) {
	p := params{"ReservationStatus": taskrouter.ReservationRejected}
	p.text("WorkerActivitySid", string(activity))
	return r.act(ctx, "reject", p)
}

// Wrap says that the work on an accepted reservation is done and what comes after it begins.
func (r *Reservation) Wrap(ctx context.Context) (*Reservation, error) {
	return r.act(ctx, "wrap up", params{"ReservationStatus": taskrouter.ReservationWrapping})
}

// Complete ends an accepted or wrapping reservation and with it its task. To give a reason,
// complete the task: [Task.Complete].
func (r *Reservation) Complete(ctx context.Context) (*Reservation, error) {
	return r.act(ctx, "complete", params{"ReservationStatus": taskrouter.ReservationCompleted})
}

// Fetch reads the reservation and its task anew.
func (r *Reservation) Fetch(ctx context.Context) (*Reservation, error) {
	if r.client == nil {
		return nil, errDetached
	}
	return r.client.FetchReservation(ctx, r.TaskSID, r.SID)
}
