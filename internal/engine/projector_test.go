package engine

import (
	"context"
	"errors"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// project runs a projector until the returned function is called or the test ends.
func (b *bench) project() (*Projector, func()) {
	p := NewProjector(b.Engine)
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan struct{})
	go func() {
		defer close(done)
		if err := p.Run(ctx); err != nil {
			b.t.Error(err)
		}
	}()
	stop := sync.OnceFunc(func() { cancel(); <-done })
	b.t.Cleanup(stop)
	return p, stop
}

// caughtUp waits for the projection of everything so far and checks the stored position.
func (b *bench) caughtUp(p *Projector) {
	b.t.Helper()
	head, err := b.Head(b.t.Context(), alice, b.ws)
	if err != nil {
		b.t.Fatal(err)
	}
	if err := p.CaughtUp(b.t.Context(), b.ws, head.Seq); err != nil {
		b.t.Fatal(err)
	}
	pos, err := b.store.Position(b.t.Context(), b.ws, store.Projection)
	if err != nil || pos < head.Seq {
		b.t.Errorf("the stored position is %d, %v; want %d", pos, err, head.Seq)
	}
}

func TestProjectionFollows(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	b.createTask() // before there is a projector
	p, stop := b.project()
	b.caughtUp(p)
	for range 20 {
		b.createTask()
		b.caughtUp(p)
	}
	stop()
	b.createTask() // while it does not run
	p, stop = b.project()
	b.caughtUp(p)
	stop()
	b = b.reopen(Options{})
	b.createTask()
	p, _ = b.project()
	b.caughtUp(p)
}

// A slow projection never slows commands; what its queue cannot hold it reads back.
func TestProjectionOverflows(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	slow := &slowProjection{Store: openStore(t, dir), leave: make(chan struct{})}
	b := furnish(t, dir, slow, Options{})
	p, _ := b.project()
	p.mu.Lock()
	p.queued = projectQueue - 5 // nearly full
	p.mu.Unlock()
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 10 {
				b.createTask()
			}
		})
	}
	callers.Wait()
	p.mu.Lock()
	if p.queued > projectQueue+maxGroup {
		t.Errorf("%d changes wait in memory", p.queued)
	}
	p.mu.Unlock()
	close(slow.leave)
	b.caughtUp(p)
}

type slowProjection struct {
	store.Store
	leave chan struct{}
}

func (s *slowProjection) Project(
	ctx context.Context, ws taskrouter.WorkspaceSID, after store.Seq, parts []store.Part,
) error {
	select {
	case <-s.leave:
		return s.Store.Project(ctx, ws, after, parts)
	case <-ctx.Done():
		return ctx.Err()
	}
}

func TestProjectionTriesAgain(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		dir := t.TempDir()
		sick := &sickProjection{Store: openStore(t, dir)}
		b := furnish(t, dir, sick, Options{})
		p, stop := b.project()
		defer stop()
		b.caughtUp(p)
		sick.errs.Store(2)
		task := b.createTask()
		b.caughtUp(p)
		if n := sick.errs.Load(); n > 0 {
			t.Errorf("%d failures are left; want all used", n)
		}
		b.must(b.ws, routing.DeleteTask{SID: task.SID})
		b.caughtUp(p)
	})
}

type sickProjection struct {
	store.Store
	errs atomic.Int64
}

func (s *sickProjection) Project(
	ctx context.Context, ws taskrouter.WorkspaceSID, after store.Seq, parts []store.Part,
) error {
	switch s.errs.Add(-1) {
	case 1:
		return errors.New("disk is full")
	case 0:
		return store.ErrMoved
	}
	return s.Store.Project(ctx, ws, after, parts)
}

func TestCaughtUpGivesUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		p, stop := b.project()
		defer stop()
		start := time.Now()
		err := p.CaughtUp(t.Context(), b.ws, 1000)
		if taskrouter.KindOf(err) != taskrouter.Unavailable {
			t.Errorf("got %v; want Unavailable", err)
		}
		if waited := time.Since(start); waited < time.Second || waited > time.Minute {
			t.Errorf("it waited %s", waited)
		}
	})
}

// TestCaughtUpLeavesNothing has callers who give up take no room while nothing is projected.
func TestCaughtUpLeavesNothing(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	p := NewProjector(b.Engine)
	gone, leave := context.WithCancel(t.Context())
	leave()
	for range 3 {
		if err := p.CaughtUp(gone, b.ws, 1); taskrouter.KindOf(err) != taskrouter.Unavailable {
			t.Fatalf("got %v, want unavailable", err)
		}
	}
	if n := len(p.tracks[b.ws].waiting); n != 0 {
		t.Errorf("%d callers who left are still waited for", n)
	}
}
