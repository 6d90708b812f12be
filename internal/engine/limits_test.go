package engine

import (
	"context"
	"errors"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// A record that the store cannot take is told to those who caused it, and the workspace, which
// nobody else claimed, goes on with its timers.
func TestRecordTheStoreCannotTake(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	b.createTask()
	g.failWith(func([]store.Record, func() []store.Outcome) []store.Outcome {
		return []store.Outcome{{State: store.Refused, Err: errors.New("record 7 has 300 MB")}}
	})
	_, err := b.Submit(t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
	if taskrouter.KindOf(err) != taskrouter.Internal {
		t.Errorf("got %v; want Internal, since a repeat would not help", err)
	}
	g.failWith(nil)
	eventually(t, "the workspace is loaded anew", func() bool { return b.Stats().Loads == 1 })
	if b.createTask(); b.tasks() != 2 {
		t.Errorf("%d tasks; want 2", b.tasks())
	}
	if n := b.Stats().Loads; n != 1 {
		t.Errorf("%d loads; want 1: the workspace was never given up", n)
	}
}

// A view that panics, in a dry run for example, leaves memory in doubt.
func TestPanicInAViewLoadsAnew(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	task := b.createTask()
	var state *routing.State
	err := b.View(t.Context(), alice, b.ws, func(s *routing.State) {
		state = s
		panic("view")
	})
	if taskrouter.KindOf(err) != taskrouter.Internal {
		t.Errorf("got %v; want Internal", err)
	}
	err = b.View(t.Context(), alice, b.ws, func(s *routing.State) {
		if s == state || s.Task(task.SID) == nil {
			t.Error("the state is the one that was in doubt, or not what it was")
		}
	})
	if err != nil {
		t.Error(err)
	}
}

// lateCreate lets somebody ask for the workspace between its directory row and its loop.
type lateCreate struct {
	store.Store
	between func(taskrouter.WorkspaceSID)
}

func (s *lateCreate) Create(
	ctx context.Context, account taskrouter.AccountSID, ws taskrouter.WorkspaceSID,
) (store.Lease, error) {
	l, err := s.Store.Create(ctx, account, ws)
	if s.between != nil {
		s.between(ws)
	}
	return l, err
}

// Who asks for a workspace while it is being made does not get in its way.
func TestCreateWhileSomebodyAsks(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	late := &lateCreate{Store: openStore(t, dir)}
	b := furnish(t, dir, late, Options{})
	asked := make(chan error, 1)
	late.between = func(ws taskrouter.WorkspaceSID) {
		go func() {
			ctx, cancel := context.WithTimeout(context.Background(), 10*time.Second)
			defer cancel()
			asked <- b.View(ctx, alice, ws, func(*routing.State) {})
		}()
		time.Sleep(20 * time.Millisecond) // what must not happen has no signal
	}
	r, err := b.Create(t.Context(), alice, routing.CreateWorkspace{FriendlyName: "Late"})
	if err != nil {
		t.Fatalf("create: %v", err)
	}
	if err := <-asked; err != nil && taskrouter.KindOf(err) != taskrouter.NotFound {
		t.Errorf("who asked meanwhile got %v; want an answer or NotFound", err)
	}
	ws := r.Entity.(*taskrouter.Workspace).SID
	if err := b.View(t.Context(), alice, ws, func(*routing.State) {}); err != nil {
		t.Errorf("afterwards: %v", err)
	}
}
