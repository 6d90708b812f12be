package engine

import (
	"context"
	"sync/atomic"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// A Command asks for one change of one workspace.
type Command struct {
	// ID, if not empty, makes the command safe to repeat; see the package comment. It is
	// unique within the workspace.
	ID        taskrouter.CommandID
	Workspace taskrouter.WorkspaceSID
	From      Principal
	Do        routing.Command
}

// A Result is what a command did.
type Result struct {
	// Entity is the version that answers the command; for a created task that is the pending
	// one, even if it has been reserved since. Nil if nothing is left, as after a deletion.
	// For a repeat it is the current version if the thing still exists.
	Entity taskrouter.Entity
	// Catalog is the workspace's catalog right after the command.
	Catalog *routing.Catalog
	// Change is what was journaled; its events are those that the command caused. It may be
	// empty, and is nil for a repeat.
	Change *taskrouter.Change
	// Position is where the journal stood when everything that the result could tell was
	// durable.
	Position store.Position
	// Repeated says that an earlier command with the same id was the one that did it.
	Repeated bool
}

// A request is a command or a view on its way through a mailbox and back.
type request struct {
	from Principal
	id   taskrouter.CommandID
	do   routing.Command
	read func(*routing.State) // of a view; then do is nil
	// exact has no later command share a record with what a view saw.
	exact bool
	// recall asks for the answer of the command if it is remembered, and for nothing otherwise.
	recall bool

	claim  atomic.Int32 // open, then taken by the loop or abandoned by the caller
	result Result
	err    error
	done   chan struct{} // one token when result and err are set; reused
}

// Values of request.claim.
const (
	open = iota
	taken
	abandoned
)

// take reserves the request for the loop. It fails if the caller has gone.
func (r *request) take() bool { return r.claim.CompareAndSwap(open, taken) }

// answer hands result and err to the caller. The loop must not touch r afterwards.
func (r *request) answer() { r.done <- struct{}{} }

// fail answers with an error.
func (r *request) fail(err error) {
	r.result, r.err = Result{}, err
	r.answer()
}

func (e *Engine) newRequest(from Principal) *request {
	r := e.requests.Get().(*request)
	r.from = from
	return r
}

// ask sends r to its workspace and waits for the answer. It owns r from here on. If ctx ends
// first, a request that nobody has begun is never carried out.
func (e *Engine) ask(ctx context.Context, sid taskrouter.WorkspaceSID, r *request) (Result, error) {
	w, err := e.workspace(sid)
	if err != nil {
		return Result{}, err
	}
	if err := w.mail.put(r); err != nil {
		if err == errFull {
			e.count.overloads.Add(1)
			err = taskrouter.Unavailable.Errorf("workspace %s has %d requests waiting already; "+
				"retry in a moment", w.sid, e.o.Mailbox)
		}
		return Result{}, err
	}
	return w.await(ctx, r)
}

// await waits until r is answered or ctx ends.
func (w *workspace) await(ctx context.Context, r *request) (Result, error) {
	select {
	case <-r.done:
		result, err := r.result, r.err
		r.recycle(w.e)
		return result, err
	case <-ctx.Done():
		return Result{}, w.abandon(r)
	}
}

// abandon gives up waiting for r.
func (w *workspace) abandon(r *request) error {
	if r.claim.CompareAndSwap(open, abandoned) {
		return taskrouter.Unavailable.Errorf("workspace %s was too busy to begin in time; nothing "+
			"was changed, retry in a moment", w.sid)
	}
	if r.read != nil {
		// The view has been read, or is being read right now: what it writes to must not be
		// touched before it is over.
		w.reading.Lock()
		defer w.reading.Unlock()
	}
	return taskrouter.Unavailable.Errorf("gave up waiting for workspace %s; the request may "+
		"still be carried out, so look before you repeat it", w.sid)
}

// recycle makes an answered request available for another caller.
func (r *request) recycle(e *Engine) {
	r.from, r.id, r.do, r.read = Principal{}, "", nil, nil
	r.recall, r.exact = false, false
	r.result, r.err = Result{}, nil
	r.claim.Store(open)
	e.requests.Put(r)
}
