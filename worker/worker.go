package worker

import (
	"context"
	"encoding/json"
	"time"

	"taskrouter"
)

// A Worker is how a worker was at one moment. Spec: rest-api 8
type Worker struct {
	SID          taskrouter.WorkerSID    `json:"sid"`
	AccountSID   taskrouter.AccountSID   `json:"account_sid"`
	WorkspaceSID taskrouter.WorkspaceSID `json:"workspace_sid"`
	FriendlyName string                  `json:"friendly_name"`
	ActivitySID  taskrouter.ActivitySID  `json:"activity_sid"`
	ActivityName string                  `json:"activity_name"`
	// Available says whether its activity lets the worker be offered tasks.
	Available   bool       `json:"available"`
	Attributes  Attributes `json:"attributes"`
	DateCreated time.Time  `json:"date_created"`
	DateUpdated time.Time  `json:"date_updated"`
	// DateStatusChanged is when the activity last changed.
	DateStatusChanged time.Time `json:"date_status_changed"`
	// Version rises with each change; it stays 0 with servers that do not tell it.
	Version int `json:"version"`
}

// UnmarshalJSON reads a worker as servers write it.
func (w *Worker) UnmarshalJSON(b []byte) error {
	type plain Worker
	v := struct {
		*plain
		Created date `json:"date_created"`
		Updated date `json:"date_updated"`
		Changed date `json:"date_status_changed"`
	}{plain: (*plain)(w)}
	if err := json.Unmarshal(b, &v); err != nil {
		return err
	}
	w.DateCreated, w.DateUpdated, w.DateStatusChanged = v.Created.Time, v.Updated.Time,
		v.Changed.Time
	return nil
}

// A WorkerUpdate says what to change about the worker. Empty fields stay as they are.
type WorkerUpdate struct {
	Activity     taskrouter.ActivitySID
	FriendlyName string
	// Attributes replace the present ones: JSON text as a string, [Attributes] or
	// [json.RawMessage], or any other value, which is marshaled.
	Attributes any
	// RejectPendingReservations rejects what the worker is being offered, when it goes to an
	// activity that is not available. Without it offers stay open.
	RejectPendingReservations bool
}

// Worker is the client's worker as it was last heard of.
func (c *Client) Worker() *Worker { return c.worker.Load() }

// learn notes how the worker is, unless something newer is known.
func (c *Client) learn(w *Worker) {
	for {
		old := c.worker.Load()
		if old != nil && w.Version != 0 && w.Version < old.Version {
			return
		}
		if c.worker.CompareAndSwap(old, w) {
			return
		}
	}
}

// FetchWorker reads the worker.
func (c *Client) FetchWorker(ctx context.Context) (*Worker, error) {
	return c.changeWorker(ctx, request{op: "read the worker", method: "GET", url: c.workerURL("")})
}

// Update changes the worker and returns how it is then. The events of the change come as well,
// after the answer.
func (c *Client) Update(ctx context.Context, u WorkerUpdate) (*Worker, error) {
	p := params{}
	p.text("ActivitySid", string(u.Activity))
	p.text("FriendlyName", u.FriendlyName)
	p.flag("RejectPendingReservations", u.RejectPendingReservations)
	if err := p.attributes(u.Attributes); err != nil {
		return nil, err
	}
	return c.changeWorker(ctx, request{
		op: "update the worker", method: "POST", url: c.workerURL(""), params: p,
	})
}

// SetActivity is the most frequent [Client.Update]: the worker does something else now.
func (c *Client) SetActivity(
	ctx context.Context, activity taskrouter.ActivitySID,
) (*Worker, error) {
	return c.Update(ctx, WorkerUpdate{Activity: activity})
}

func (c *Client) changeWorker(ctx context.Context, r request) (*Worker, error) {
	w := &Worker{}
	if err := c.send(ctx, r, w); err != nil {
		return nil, err
	}
	c.learn(w)
	return w, nil
}
