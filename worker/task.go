package worker

import (
	"context"
	"encoding/json"
	"errors"
	"time"

	"taskrouter"
)

// A Task is how a task was at one moment. Spec: rest-api 13
type Task struct {
	SID                   taskrouter.TaskSID        `json:"sid"`
	AccountSID            taskrouter.AccountSID     `json:"account_sid"`
	WorkspaceSID          taskrouter.WorkspaceSID   `json:"workspace_sid"`
	AssignmentStatus      taskrouter.TaskStatus     `json:"assignment_status"`
	Attributes            Attributes                `json:"attributes"`
	Addons                Attributes                `json:"addons"`
	Age                   int                       `json:"age"` // in seconds, when this was sent
	Priority              int                       `json:"priority"`
	Reason                string                    `json:"reason"`
	Timeout               int                       `json:"timeout"` // in seconds
	TaskQueueSID          taskrouter.TaskQueueSID   `json:"task_queue_sid"`
	TaskQueueFriendlyName string                    `json:"task_queue_friendly_name"`
	TaskQueueEnteredDate  time.Time                 `json:"task_queue_entered_date"`
	TaskChannelSID        taskrouter.TaskChannelSID `json:"task_channel_sid"`
	TaskChannelUniqueName string                    `json:"task_channel_unique_name"`
	WorkflowSID           taskrouter.WorkflowSID    `json:"workflow_sid"`
	WorkflowFriendlyName  string                    `json:"workflow_friendly_name"`
	RoutingTarget         string                    `json:"routing_target"`
	IgnoreCapacity        bool                      `json:"ignore_capacity"`
	VirtualStartTime      time.Time                 `json:"virtual_start_time"`
	DateCreated           time.Time                 `json:"date_created"`
	DateUpdated           time.Time                 `json:"date_updated"`
	// Version rises with each change; it stays 0 with servers that do not tell it.
	Version int `json:"version"`

	client *Client
}

type plainTask Task

// A wireTask reads a task in one pass.
type wireTask struct {
	*plainTask
	Entered date `json:"task_queue_entered_date"`
	Virtual date `json:"virtual_start_time"`
	Created date `json:"date_created"`
	Updated date `json:"date_updated"`
}

// done puts the dates where they belong.
func (w *wireTask) done() {
	t := w.plainTask
	t.TaskQueueEnteredDate, t.VirtualStartTime = w.Entered.Time, w.Virtual.Time
	t.DateCreated, t.DateUpdated = w.Created.Time, w.Updated.Time
}

// UnmarshalJSON reads a task as servers write it.
func (t *Task) UnmarshalJSON(b []byte) error {
	w := wireTask{plainTask: (*plainTask)(t)}
	if err := json.Unmarshal(b, &w); err != nil {
		return err
	}
	w.done()
	return nil
}

// A TaskUpdate says what to change about a task; what is empty or nil stays as it is.
type TaskUpdate struct {
	// Attributes replace the present ones: JSON text as a string, [Attributes] or
	// [json.RawMessage], or any other value, which is marshaled.
	Attributes any
	// AssignmentStatus is wrapping, completed or canceled.
	AssignmentStatus taskrouter.TaskStatus
	// Reason goes with a status.
	Reason           string
	Priority         *int
	TaskChannel      string // SID or unique name
	VirtualStartTime time.Time
}

// FetchTask reads a task.
func (c *Client) FetchTask(ctx context.Context, sid taskrouter.TaskSID) (*Task, error) {
	return c.task(ctx, sid, request{op: "read task " + string(sid), method: "GET"})
}

// UpdateTask changes a task and returns how it is then.
func (c *Client) UpdateTask(
	ctx context.Context, sid taskrouter.TaskSID, u TaskUpdate,
) (*Task, error) {
	return c.updateTask(ctx, "update task "+string(sid), sid, u)
}

// CompleteTask completes a task that the worker has accepted, for a reason if it is not empty.
func (c *Client) CompleteTask(
	ctx context.Context, sid taskrouter.TaskSID, reason string,
) (*Task, error) {
	return c.updateTask(ctx, "complete task "+string(sid), sid,
		TaskUpdate{AssignmentStatus: taskrouter.TaskCompleted, Reason: reason})
}

// WrapTask moves a task that the worker has accepted to wrapping: the work is done, what comes
// after it is not.
func (c *Client) WrapTask(
	ctx context.Context, sid taskrouter.TaskSID, reason string,
) (*Task, error) {
	return c.updateTask(ctx, "wrap up task "+string(sid), sid,
		TaskUpdate{AssignmentStatus: taskrouter.TaskWrapping, Reason: reason})
}

func (c *Client) updateTask(
	ctx context.Context, op string, sid taskrouter.TaskSID, u TaskUpdate,
) (*Task, error) {
	p := params{}
	p.text("AssignmentStatus", string(u.AssignmentStatus))
	p.text("Reason", u.Reason)
	p.text("TaskChannel", u.TaskChannel)
	set(p, "Priority", u.Priority)
	if !u.VirtualStartTime.IsZero() {
		p["VirtualStartTime"] = u.VirtualStartTime.UTC().Format(time.RFC3339)
	}
	if err := p.attributes(u.Attributes); err != nil {
		return nil, err
	}
	defer c.acts.begin(sid)()
	return c.task(ctx, sid, request{op: op, method: "POST", params: p})
}

// task sends a request about a task.
func (c *Client) task(ctx context.Context, sid taskrouter.TaskSID, r request) (*Task, error) {
	r.url = c.taskURL(sid)
	t := &Task{client: c}
	if err := c.send(ctx, r, t); err != nil {
		return nil, err
	}
	return t, nil
}

// errDetached is what actions say on values that did not come from a client.
var errDetached = errors.New(
	"this value did not come from a client, so nothing can be done with it")

// Fetch reads the task anew.
func (t *Task) Fetch(ctx context.Context) (*Task, error) {
	if t.client == nil {
		return nil, errDetached
	}
	return t.client.FetchTask(ctx, t.SID)
}

// Update changes the task, see [Client.UpdateTask].
func (t *Task) Update(ctx context.Context, u TaskUpdate) (*Task, error) {
	if t.client == nil {
		return nil, errDetached
	}
	return t.client.UpdateTask(ctx, t.SID, u)
}

// Complete completes the task, see [Client.CompleteTask].
func (t *Task) Complete(ctx context.Context, reason string) (*Task, error) {
	if t.client == nil {
		return nil, errDetached
	}
	return t.client.CompleteTask(ctx, t.SID, reason)
}

// Wrap moves the task to wrapping, see [Client.WrapTask].
func (t *Task) Wrap(ctx context.Context, reason string) (*Task, error) {
	if t.client == nil {
		return nil, errDetached
	}
	return t.client.WrapTask(ctx, t.SID, reason)
}
