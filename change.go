package taskrouter

import "time"

// An Entity is a version of one of the nouns, as a pointer to it: *[Workspace], *[Activity],
// *[Worker], *[TaskChannel], *[TaskQueue], *[Workflow], *[Task] or *[Reservation].
type Entity interface{ EntitySID() string }

// EntitySID is the SID as text.
func (w *Workspace) EntitySID() string { return string(w.SID) }

// EntitySID is the SID as text.
func (a *Activity) EntitySID() string { return string(a.SID) }

// EntitySID is the SID as text.
func (w *Worker) EntitySID() string { return string(w.SID) }

// EntitySID is the SID as text.
func (c *TaskChannel) EntitySID() string { return string(c.SID) }

// EntitySID is the SID as text.
func (q *TaskQueue) EntitySID() string { return string(q.SID) }

// EntitySID is the SID as text.
func (w *Workflow) EntitySID() string { return string(w.SID) }

// EntitySID is the SID as text.
func (t *Task) EntitySID() string { return string(t.SID) }

// EntitySID is the SID as text.
func (r *Reservation) EntitySID() string { return string(r.SID) }

// A Change is what one command did to a workspace: the new versions of what it touched, the
// SIDs of what is gone, and the events that tell it, in order. Applying the puts and then the
// deletions to the state before gives the state after; nothing else is needed.
type Change struct {
	At      time.Time
	Command CommandID // empty for a change nobody asked for, such as a timer's
	Actor   Actor
	Result  string // SID of the entity that answers the command; empty = none
	Answer  Entity // the version of Result that answers; in memory only, nil after a reload
	Puts    []Entity
	Deleted []string
	Events  []Event
	Alerts  []Alert
}

// Empty reports whether the change changes and tells nothing.
func (c *Change) Empty() bool {
	return len(c.Puts) == 0 && len(c.Deleted) == 0 && len(c.Events) == 0 && len(c.Alerts) == 0
}

// A CommandID names a command, so that a repeated one is not carried out twice.
type CommandID string

// An Actor is who caused a change.
type Actor struct {
	Type string // "account", "worker", "workspace" (routing itself), …
	SID  string
	IP   string // empty when no request caused it
}
