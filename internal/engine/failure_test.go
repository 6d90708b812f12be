package engine

import (
	"context"
	"errors"
	"slices"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// An unloadable is a store that cannot load while it is broken.
type unloadable struct {
	store.Store
	broken atomic.Bool
}

func (u *unloadable) Load(ctx context.Context, l store.Lease, into func(store.Part) error) error {
	if u.broken.Load() {
		return errors.New("disk cannot be read")
	}
	return u.Store.Load(ctx, l, into)
}

// failOne has the next append fail, and the others pass.
func failOne(g *gate, how func([]store.Record, func() []store.Outcome) []store.Outcome) {
	var once sync.Once
	g.failWith(func(batch []store.Record, real func() []store.Outcome) (out []store.Outcome) {
		once.Do(func() { out = how(batch, real) })
		if out == nil {
			out = real()
		}
		return out
	})
}

func TestFailedAppend(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	var (
		mu        sync.Mutex
		published []*taskrouter.Change
	)
	defer b.Subscribe("test", func(p Publication) {
		mu.Lock()
		defer mu.Unlock()
		published = append(published, p.Changes...)
	})()
	failOne(g, func(batch []store.Record, _ func() []store.Outcome) []store.Outcome {
		return failed(batch)
	})
	before := b.Stats()
	release := g.hold()
	errs := make(chan error, 3)
	submit := func() {
		_, err := b.Submit(t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
		errs <- err
	}
	go submit()
	<-g.entered
	go submit() // decided on top of the one that will fail
	go func() { errs <- b.View(t.Context(), alice, b.ws, func(*routing.State) {}) }()
	eventually(t, "all ran", func() bool {
		s := b.Stats()
		return s.Commands == before.Commands+2 && s.Views == before.Views+1
	})
	release()
	for range 3 {
		if err := <-errs; taskrouter.KindOf(err) != taskrouter.Unavailable {
			t.Errorf("got %v; want Unavailable", err)
		}
	}
	if n := b.tasks(); n != 0 {
		t.Errorf("%d tasks are in memory after the failure; want none", n)
	}
	task := b.createTask()
	if b.task(task.SID) == nil {
		t.Error("the task created after the failure is not there")
	}
	mu.Lock()
	defer mu.Unlock()
	if len(published) != 1 || published[0].Result != string(task.SID) {
		t.Errorf("published %+v; want only the change that was stored", published)
	}
	if s := b.Stats(); s.AppendFailures != 1 || s.Loads != before.Loads+1 {
		t.Errorf("stats %+v; want one failure and one load more", s)
	}
	if n := b.crash(Options{}).tasks(); n != 1 {
		t.Errorf("%d tasks after a crash; want 1", n)
	}
}

// A store may report a failure and yet have written the record.
func TestFailedAppendThatTurnsUp(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	published := make(chan Publication, 10)
	defer b.Subscribe("test", func(p Publication) { published <- p })()
	failOne(g, func(batch []store.Record, real func() []store.Outcome) []store.Outcome {
		real()
		return failed(batch)
	})
	do := Command{ID: "once", Workspace: b.ws, From: alice, Do: b.newTask()}
	if _, err := b.Submit(t.Context(), do); taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Fatalf("got %v; want Unavailable", err)
	}
	result, err := b.Submit(t.Context(), do)
	if err != nil || !result.Repeated {
		t.Errorf("the repeat is %+v, %v; want it to find the first", result, err)
	}
	p := <-published
	if len(p.Changes) != 1 || p.Changes[0].Result != result.Entity.EntitySID() ||
		len(p.Changes[0].Events) == 0 || p.From[0].Actor != alice.Actor {
		t.Errorf("published %+v; want the record that turned up", p)
	}
	next := b.createTask()
	if q := <-published; q.Position.Seq != p.Position.Seq+1 || q.Changes[0].Result != string(next.SID) {
		t.Errorf("published %+v; want the task after it", q)
	}
	if n := b.tasks(); n != 2 {
		t.Errorf("%d tasks; want 2", n)
	}
}

func TestDeletionThatTurnsUp(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	published := make(chan Publication, 10)
	defer b.Subscribe("test", func(p Publication) { published <- p })()
	failOne(g, func(batch []store.Record, real func() []store.Outcome) []store.Outcome {
		real()
		return failed(batch)
	})
	_, err := b.Submit(t.Context(), Command{
		Workspace: b.ws, From: alice, Do: routing.DeleteWorkspace{},
	})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("got %v; want Unavailable", err)
	}
	if p := <-published; !p.Final || len(p.Changes) != 1 {
		t.Errorf("published %+v; want the deletion", p)
	}
}

func TestFencedWorkspaceIsDropped(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	if _, err := b.store.Claim(t.Context(), b.ws); err != nil { // as another server would
		t.Fatal(err)
	}
	_, err := b.Submit(t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("got %v; want Unavailable", err)
	}
	eventually(t, "the workspace is dropped", func() bool { return b.Stats().Workspaces == 0 })
	b.createTask()
	if n := b.tasks(); n != 1 {
		t.Errorf("%d tasks after claiming anew; want 1", n)
	}
}

func TestPanicInRouting(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	kept := b.createTask()
	// A state without a source of SIDs panics as soon as something is created.
	err := b.View(t.Context(), alice, b.ws, func(s *routing.State) {
		bad := routing.New(nil)
		bad.Apply(&taskrouter.Change{Puts: slices.Collect(s.Entities())})
		b.loaded[b.ws].state = bad
	})
	if err != nil {
		t.Fatal(err)
	}
	_, err = b.Submit(t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
	if taskrouter.KindOf(err) != taskrouter.Internal {
		t.Errorf("got %v; want Internal", err)
	}
	if b.createTask(); b.task(kept.SID) == nil || b.tasks() != 2 {
		t.Error("the workspace did not recover")
	}
	err = b.View(t.Context(), alice, b.ws, func(*routing.State) { panic("view") })
	if taskrouter.KindOf(err) != taskrouter.Internal {
		t.Errorf("a view that panics: %v; want Internal", err)
	}
	defer b.Subscribe("test", func(Publication) { panic("subscriber") })()
	b.createTask()
	b.createTask()
	if s := b.Stats(); s.Panics < 3 {
		t.Errorf("%d panics were counted; want 3 and more", s.Panics)
	}
}

// alien is no entity that the store can write.
type alien struct{}

func (alien) EntitySID() string { return "XX" }

func TestChangeThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	b.createTask()
	err := b.View(t.Context(), alice, b.ws, func(*routing.State) {
		b.loaded[b.ws].next.add(&taskrouter.Change{Puts: []taskrouter.Entity{alien{}}}, &alice)
	})
	if taskrouter.KindOf(err) != taskrouter.Internal {
		t.Errorf("got %v; want Internal", err)
	}
	if b.createTask(); b.tasks() != 2 {
		t.Error("the workspace did not recover")
	}
}

func TestFullMailbox(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{Mailbox: 4})
	entered, leave := make(chan struct{}), make(chan struct{})
	var callers sync.WaitGroup
	view := func(read func(*routing.State)) {
		callers.Go(func() {
			if err := b.View(t.Context(), alice, b.ws, read); err != nil {
				t.Error(err)
			}
		})
	}
	view(func(*routing.State) { close(entered); <-leave })
	<-entered
	for range 4 {
		view(func(*routing.State) {})
	}
	eventually(t, "the mailbox is full", func() bool { return b.Stats().Mailbox == 4 })
	err := b.View(t.Context(), alice, b.ws, func(*routing.State) {})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("got %v; want Unavailable", err)
	}
	close(leave)
	callers.Wait()
	if s := b.Stats(); s.Overloads != 1 {
		t.Errorf("%d overloads were counted; want 1", s.Overloads)
	}
}

func TestCallerGoesAway(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})

	// Before it is begun, a command is never carried out.
	entered, leave := make(chan struct{}), make(chan struct{})
	var callers sync.WaitGroup
	callers.Go(func() {
		_ = b.View(t.Context(), alice, b.ws, func(*routing.State) { close(entered); <-leave })
	})
	<-entered
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	do := Command{ID: "gone", Workspace: b.ws, From: alice, Do: b.newTask()}
	if _, err := b.Submit(ctx, do); taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("got %v; want Unavailable", err)
	}
	close(leave)
	callers.Wait()
	if n := b.tasks(); n != 0 {
		t.Errorf("%d tasks; want none, as the caller had gone", n)
	}

	// Later it is, and a repeat finds it.
	release := g.hold()
	ctx, cancel = context.WithCancel(t.Context())
	callers.Go(func() {
		if _, err := b.Submit(ctx, do); taskrouter.KindOf(err) != taskrouter.Unavailable {
			t.Errorf("got %v; want Unavailable", err)
		}
	})
	<-g.entered
	cancel()
	callers.Wait()
	release()
	if result, err := b.Submit(t.Context(), do); err != nil || !result.Repeated {
		t.Errorf("the repeat is %+v, %v; want it to find the first", result, err)
	}
}

// A caller who gives up may touch what its view writes to as soon as View has returned.
func TestCallerOfAViewGoesAway(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	entered, leave := make(chan struct{}), make(chan struct{})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error)
	seen := 0
	go func() {
		done <- b.View(ctx, alice, b.ws, func(*routing.State) { close(entered); <-leave; seen++ })
	}()
	<-entered
	cancel()
	select {
	case err := <-done:
		t.Fatalf("View returned while its function ran: %v", err)
	default:
	}
	close(leave)
	if err := <-done; err != nil && taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("got %v; want success or Unavailable", err)
	}
	if seen++; seen != 2 {
		t.Errorf("seen = %d; want 2", seen)
	}
}

func TestUnloadableWorkspaceRecovers(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	task := b.createTask()
	if err := b.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	sick := &unloadable{Store: g}
	sick.broken.Store(true)
	again := b.on(b.dir, sick, Options{})
	err := again.View(t.Context(), alice, b.ws, func(*routing.State) {})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("while it cannot be loaded: %v; want Unavailable", err)
	}
	sick.broken.Store(false)
	eventually(t, "the workspace is loaded", func() bool { return again.Stats().Loads == 1 })
	if again.task(task.SID) == nil {
		t.Error("the task is not there")
	}
}

func TestShutdown(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	release := g.hold()
	defer release()
	answered := make(chan error, 1)
	go func() {
		_, err := b.Submit(t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
		answered <- err
	}()
	<-g.entered
	impatient, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if err := b.Shutdown(impatient); err == nil {
		t.Error("Shutdown returned although a record was in flight")
	}
	err := b.View(t.Context(), alice, b.ws, func(*routing.State) {})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("a view after Shutdown: %v; want Unavailable", err)
	}
	if _, err := b.Create(t.Context(), alice, routing.CreateWorkspace{FriendlyName: "Late"}); err == nil {
		t.Error("Create after Shutdown succeeded")
	}
	release()
	if err := <-answered; err != nil {
		t.Errorf("the command in flight: %v; want it to be answered", err)
	}
	for range 2 {
		if err := b.Shutdown(t.Context()); err != nil {
			t.Errorf("Shutdown again: %v", err)
		}
	}
}
