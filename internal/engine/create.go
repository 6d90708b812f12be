package engine

import (
	"context"
	"errors"
	"slices"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// Create makes a workspace in the principal's account. The engine chooses its SID, unless the
// principal is the system and names one; the system also names the account. The directory row
// comes before the first record, and a row without a record is as good as none.
func (e *Engine) Create(
	ctx context.Context, from Principal, c routing.CreateWorkspace,
) (Result, error) {
	return e.create(ctx, from, "", c)
}

// CreateOnce is Create with a command id: for 24 hours, and for as long as the workspace that
// the first one made is there, the same id of the same account is answered with that workspace
// and makes no other. If ctx ends before the answer, the workspace may still be made; a repeat
// finds it.
func (e *Engine) CreateOnce(
	ctx context.Context, from Principal, id taskrouter.CommandID, c routing.CreateWorkspace,
) (Result, error) {
	if id == "" {
		return e.create(ctx, from, "", c)
	}
	if !from.System || c.Account == "" {
		c.Account = from.Account
	}
	// The turn lasts until it is certain what became of the command, whoever waits for it.
	over, err := e.turn(ctx, string(c.Account)+" "+string(id))
	if err != nil {
		return Result{}, err
	}
	type answer struct {
		result Result
		err    error
	}
	answered := make(chan answer, 1)
	go func() {
		defer over()
		patient := context.WithoutCancel(ctx)
		result, err := e.recall(patient, from, id, c)
		if err == nil && !result.Repeated {
			result, err = e.create(patient, from, id, c)
		}
		answered <- answer{result, err}
	}()
	select {
	case a := <-answered:
		return a.result, a.err
	case <-ctx.Done():
		return Result{}, taskrouter.Unavailable.Errorf("gave up waiting for the workspace; it " +
			"may still be made, and the same request then finds it")
	}
}

// turn waits until nobody makes anything under the name, and then holds it until over is called.
func (e *Engine) turn(ctx context.Context, name string) (over func(), err error) {
	for {
		e.mu.Lock()
		busy := e.making[name]
		if busy == nil {
			mine := make(chan struct{})
			e.making[name] = mine
			e.mu.Unlock()
			return func() {
				e.mu.Lock()
				delete(e.making, name)
				e.mu.Unlock()
				close(mine)
			}, nil
		}
		e.mu.Unlock()
		select {
		case <-busy:
		case <-ctx.Done():
			return nil, taskrouter.Unavailable.Errorf(
				"the same request is under way already; retry in a moment")
		}
	}
}

// recall finds the workspace that a command with the id has made. Each workspace remembers its
// own commands, the one that made it among them, so those are asked that are young enough, as
// their SIDs tell.
func (e *Engine) recall(
	ctx context.Context, from Principal, id taskrouter.CommandID, c routing.CreateWorkspace,
) (Result, error) {
	list, err := e.Workspaces(ctx, c.Account)
	if err != nil {
		return Result{}, err
	}
	oldest := taskrouter.NewSIDSource(0).
		Next(taskrouter.PrefixWorkspace, e.o.Now().Add(-keepRepeats))
	for _, ws := range slices.Backward(list) {
		if string(ws) < oldest {
			break
		}
		r := e.newRequest(from)
		r.id, r.do, r.recall = id, c, true
		result, err := e.ask(ctx, ws, r)
		switch {
		case taskrouter.KindOf(err) == taskrouter.NotFound && err != nil:
			continue // deleted since the list was read
		case err != nil || result.Repeated:
			return result, err
		}
	}
	return Result{}, nil
}

// create makes the workspace.
func (e *Engine) create(
	ctx context.Context, from Principal, id taskrouter.CommandID, c routing.CreateWorkspace,
) (Result, error) {
	if !from.System || c.Account == "" {
		c.Account = from.Account
	}
	if !from.System || c.SID == "" {
		c.SID = e.workspaceSID()
	}
	// What is wrong with the parameters is found before anything is stored.
	if _, err := routing.New(newSource()).Decide(c, e.o.Now().UTC()); err != nil {
		return Result{}, err
	}
	// Its place is taken before the store knows it: whoever asks for it meanwhile comes into its
	// mailbox, after the command that makes it, and does not load half of it.
	w := newWorkspace(e, c.SID)
	r := e.newRequest(from)
	r.id, r.do = id, c
	if err := w.mail.put(r); err != nil {
		return Result{}, err
	}
	err := e.enter(w)
	var lease store.Lease
	if err == nil {
		if lease, err = e.store.Create(ctx, c.Account, c.SID); err == nil {
			w.begin(lease, c.Account)
			go w.run()
			return w.await(ctx, r)
		}
		w.end(taskrouter.Unavailable.Errorf("workspace %s could not be made; retry in a moment",
			c.SID))
		e.loops.Done()
	}
	switch {
	case errors.Is(err, errRunning), errors.Is(err, store.ErrConflict):
		return Result{}, taskrouter.Invalid.Errorf("workspace %s exists already or once did; "+
			"choose another SID", c.SID)
	case taskrouter.KindOf(err) == taskrouter.Unavailable:
		return Result{}, err
	}
	e.o.Logger.Error("workspace could not be made", "workspace", c.SID, "err", err)
	return Result{}, taskrouter.Unavailable.Errorf("workspace %s cannot be stored now; "+
		"retry in a moment", c.SID)
}

func (e *Engine) workspaceSID() taskrouter.WorkspaceSID {
	e.mu.Lock()
	defer e.mu.Unlock()
	return taskrouter.WorkspaceSID(e.sids.Next(taskrouter.PrefixWorkspace, e.o.Now()))
}
