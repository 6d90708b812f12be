package engine

import (
	"context"
	"errors"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// What is asked of a [History], and what it answers. See [store.Store].
type (
	EventQuery = store.EventQuery
	AlertQuery = store.AlertQuery
	Window     = store.Window
	Seq        = store.Seq
	PastEvent  = store.PastEvent
	PastAlert  = store.PastAlert
	TaskLife   = store.TaskLife
)

// A Past is a page of history, read when the catalog was current.
type Past[T any] struct {
	store.Page[T]
	Catalog *routing.Catalog
}

// A History answers questions about what happened, from the projection and the journal. It
// waits until everything is projected that happened before it was asked, so whoever acts and
// then asks finds what he did. Its methods may be called from many goroutines at once; errors
// are [taskrouter.Error]s as those of [Engine] are.
type History struct {
	e *Engine
	p *Projector
}

// NewHistory returns the history of e's workspaces, which p projects.
func NewHistory(e *Engine, p *Projector) *History { return &History{e: e, p: p} }

// Events returns a page of the workspace's events.
func (h *History) Events(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID, q EventQuery,
) (past Past[PastEvent], err error) {
	if past.Catalog, err = h.catchUp(ctx, from, ws); err == nil {
		past.Page, err = h.e.store.Events(ctx, ws, q)
	}
	return past, h.failure(ctx, ws, err)
}

// Alerts returns a page of the workspace's alerts.
func (h *History) Alerts(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID, q AlertQuery,
) (past Past[PastAlert], err error) {
	if past.Catalog, err = h.catchUp(ctx, from, ws); err == nil {
		past.Page, err = h.e.store.Alerts(ctx, ws, q)
	}
	return past, h.failure(ctx, ws, err)
}

// A Timeline is a page of what happened to a task, in order, and its life in figures.
type Timeline struct {
	Catalog *routing.Catalog
	Life    TaskLife
	Entries []TimelineEntry
	More    bool
}

// A TimelineEntry is an event or an alert; the other one is nil.
type TimelineEntry struct {
	Event *PastEvent
	Alert *PastAlert
}

// SID is the SID of the event or alert.
func (t TimelineEntry) SID() string {
	if t.Event != nil {
		return string(t.Event.SID)
	}
	return string(t.Alert.SID)
}

// digits of a SID order events and alerts of a workspace together: one source makes both.
func digits(sid string) string { return sid[len(taskrouter.PrefixEvent):] }

// Timeline returns a page of what happened to a task. Entries are in the order of reading that
// w says; w.Start is the SID of an event or alert. It fails with a NotFound error for a task
// that the workspace never had, or whose history is no longer kept.
func (h *History) Timeline(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID, task taskrouter.TaskSID,
	w Window,
) (t Timeline, err error) {
	if t.Catalog, err = h.catchUp(ctx, from, ws); err == nil {
		t.Life, err = h.e.store.TaskLife(ctx, ws, task)
	}
	if err == nil {
		err = h.readTimeline(ctx, ws, task, w, &t)
	}
	return t, h.failure(ctx, ws, err)
}

// readTimeline reads a page of events and one of alerts, and merges them to one.
func (h *History) readTimeline(
	ctx context.Context, ws taskrouter.WorkspaceSID, task taskrouter.TaskSID, w Window,
	t *Timeline,
) error {
	events, alerts := EventQuery{Window: w, Task: task}, AlertQuery{Window: w, Task: task}
	if w.Start != "" {
		events.Start = taskrouter.PrefixEvent + digits(w.Start)
		alerts.Start = taskrouter.PrefixAlert + digits(w.Start)
	}
	es, err := h.e.store.Events(ctx, ws, events)
	if err != nil {
		return err
	}
	as, err := h.e.store.Alerts(ctx, ws, alerts)
	if err != nil {
		return err
	}
	e, a := es.Items, as.Items
	for len(t.Entries) < w.Limit && len(e)+len(a) > 0 {
		first := len(a) == 0
		if len(e) > 0 && len(a) > 0 {
			first = (digits(string(e[0].SID)) < digits(string(a[0].SID))) == w.Ascending
		}
		if first {
			t.Entries, e = append(t.Entries, TimelineEntry{Event: &e[0]}), e[1:]
		} else {
			t.Entries, a = append(t.Entries, TimelineEntry{Alert: &a[0]}), a[1:]
		}
	}
	t.More = es.More || as.More || len(e)+len(a) > 0
	return nil
}

// catchUp waits until the projection holds everything that the workspace's journal does now,
// and returns the catalog of this moment.
func (h *History) catchUp(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID,
) (catalog *routing.Catalog, err error) {
	r := h.e.newRequest(from)
	r.read = func(s *routing.State) { catalog = s.Catalog() }
	result, err := h.e.ask(ctx, ws, r)
	if err != nil {
		return nil, err
	}
	return catalog, h.p.CaughtUp(ctx, ws, result.Position.Seq)
}

// failure makes an error of the store one that callers may see.
func (h *History) failure(ctx context.Context, ws taskrouter.WorkspaceSID, err error) error {
	switch known := (*taskrouter.Error)(nil); {
	case err == nil, errors.As(err, &known):
		return err
	case errors.Is(err, store.ErrUnknown):
		return taskrouter.NotFound.Errorf("%w", err)
	case errors.Is(err, store.ErrNotFound):
		return errUnknown(ws)
	case ctx.Err() != nil:
		return taskrouter.Unavailable.Errorf("gave up reading the history of workspace %s: %w",
			ws, context.Cause(ctx))
	}
	h.e.o.Logger.Error("history could not be read", "workspace", ws, "err", err)
	return taskrouter.Unavailable.Errorf("the history of workspace %s cannot be read now; "+
		"retry in a moment", ws)
}
