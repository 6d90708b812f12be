package engine

import (
	"context"
	"iter"
	"slices"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// A Publication tells one record of a workspace's journal: what a group of commands changed.
// It is shared by all subscribers, and what it points to must not be changed.
type Publication struct {
	Workspace taskrouter.WorkspaceSID
	Account   taskrouter.AccountSID
	Position  store.Position // of the record
	At        time.Time      // of the record
	// Changes are those of the group, in order. They may be none: some records only keep the
	// journal's books.
	Changes []*taskrouter.Change
	// From says, change by change, on whose behalf. Of changes that were found in the journal
	// after a failed append only the actor is known.
	From []Principal
	// Catalog is the workspace's catalog right after the group.
	Catalog *routing.Catalog
	// Final says that the workspace was deleted; no publication follows.
	Final bool
}

type subscriber struct {
	name    string
	publish func(Publication)
}

// Subscribe has publish called for every record that becomes durable from then on, and for no
// earlier one: in order for each workspace, after the callers have been answered, from the
// workspace's own goroutine and so at the same time for different workspaces. It must not
// block: while it runs, its workspace serves nobody. Name is for logs. The subscription ends
// with cancel; calls that are under way may still finish after it.
func (e *Engine) Subscribe(name string, publish func(Publication)) (cancel func()) {
	s := &subscriber{name: name, publish: publish}
	e.subscribe(func(list []*subscriber) []*subscriber { return append(list, s) })
	return func() {
		e.subscribe(func(list []*subscriber) []*subscriber {
			return slices.DeleteFunc(list, func(x *subscriber) bool { return x == s })
		})
	}
}

// Read yields the durable records of a workspace after a sequence number, for readers that fell
// behind or were not there. Like publications, they hold only what was changed, not what keeps
// the journal's books, so a record may be left with no changes at all. See [store.Store].
func (e *Engine) Read(
	ctx context.Context, ws taskrouter.WorkspaceSID, after store.Seq,
) iter.Seq2[store.Part, error] {
	return func(yield func(store.Part, error) bool) {
		for part, err := range e.store.Read(ctx, ws, after) {
			part.Changes = slices.DeleteFunc(part.Changes, isAgain)
			if !yield(part, err) {
				return
			}
		}
	}
}

// subscribe replaces the list of subscribers by a changed copy.
func (e *Engine) subscribe(change func([]*subscriber) []*subscriber) {
	e.mu.Lock()
	defer e.mu.Unlock()
	list := change(slices.Clone(e.readers()))
	e.subscribers.Store(&list)
}

// readers are the subscribers of this moment.
func (e *Engine) readers() []*subscriber {
	if list := e.subscribers.Load(); list != nil {
		return *list
	}
	return nil
}

// publish hands p to readers.
func (e *Engine) publish(readers []*subscriber, p Publication) {
	for _, s := range readers {
		e.publishTo(s, p)
	}
}

func (e *Engine) publishTo(s *subscriber, p Publication) {
	defer func() {
		if cause := recover(); cause != nil {
			e.logPanic(cause, "subscriber", s.name, "workspace", p.Workspace,
				"seq", p.Position.Seq)
		}
	}()
	s.publish(p)
}
