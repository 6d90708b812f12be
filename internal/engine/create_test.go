package engine

import (
	"context"
	"sync"
	"testing"

	"taskrouter"
	"taskrouter/internal/routing"
)

// made makes a workspace once under an id.
func (b *bench) made(id taskrouter.CommandID, name string) (taskrouter.WorkspaceSID, bool) {
	b.t.Helper()
	r, err := b.CreateOnce(b.t.Context(), alice, id, routing.CreateWorkspace{FriendlyName: name})
	if err != nil {
		b.t.Fatal(err)
	}
	return taskrouter.WorkspaceSID(r.Entity.EntitySID()), r.Repeated
}

// workspaces counts those of the account, without the bench's own.
func (b *bench) workspaces() int {
	b.t.Helper()
	list, err := b.Workspaces(b.t.Context(), testAccount)
	if err != nil {
		b.t.Fatal(err)
	}
	return len(list) - 1
}

func TestCreateOnce(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	first, repeated := b.made("a", "North")
	if repeated {
		t.Error("the first one is told to be a repeat")
	}
	for _, again := range []func(*bench, Options) *bench{
		func(b *bench, _ Options) *bench { return b }, (*bench).reopen, (*bench).crash,
	} {
		b = again(b, Options{})
		if ws, repeated := b.made("a", "North"); ws != first || !repeated {
			t.Errorf("repeat made %s (Repeated %v); want %s", ws, repeated, first)
		}
		if n := b.workspaces(); n != 1 {
			t.Errorf("%d workspaces; want 1", n)
		}
	}

	// The id of something else in another workspace is no obstacle.
	if _, err := b.once("c", b.newTask()); err != nil {
		t.Fatal(err)
	}
	if ws, repeated := b.made("c", "West"); ws == first || repeated {
		t.Errorf("made %s (Repeated %v); want another one", ws, repeated)
	}
	// An id names one request, and belongs to one account.
	other := routing.CreateWorkspace{FriendlyName: "South"}
	_, err := b.CreateOnce(t.Context(), alice, "a", other)
	if taskrouter.KindOf(err) != taskrouter.Invalid {
		t.Errorf("same id, other name: %v; want Invalid", err)
	}
	r, err := b.CreateOnce(t.Context(), Principal{Account: otherAccount}, "a", other)
	if err != nil || r.Repeated {
		t.Errorf("other account: %+v, %v; want its own workspace", r, err)
	}
	// What is gone is not brought up again.
	b.must(first, routing.DeleteWorkspace{})
	if ws, repeated := b.made("a", "North"); ws == first || repeated {
		t.Errorf("after the deletion: %s (Repeated %v); want a new one", ws, repeated)
	}
}

func TestCreateOnceAtTheSameTime(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	release := g.hold()
	// One of them asks and does not wait for the answer.
	ctx, leave := context.WithCancel(t.Context())
	left := make(chan error)
	c := routing.CreateWorkspace{FriendlyName: "North"}
	go func() {
		_, err := b.CreateOnce(ctx, alice, "a", c)
		left <- err
	}()
	<-g.entered
	leave()
	if err := <-left; taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("who gave up got %v; want Unavailable", err)
	}
	var callers sync.WaitGroup
	sids := make(chan string, 8)
	for range cap(sids) {
		callers.Go(func() {
			r, err := b.CreateOnce(t.Context(), alice, "a", c)
			if err != nil || !r.Repeated {
				t.Errorf("got %+v, %v; want a repeat", r, err)
				return
			}
			sids <- r.Entity.EntitySID()
		})
	}
	release()
	callers.Wait()
	close(sids)
	seen := make(map[string]bool)
	for sid := range sids {
		seen[sid] = true
	}
	if len(seen) != 1 || b.workspaces() != 1 {
		t.Errorf("%d answers, %d workspaces; want 1 of each", len(seen), b.workspaces())
	}
}
