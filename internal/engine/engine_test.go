package engine

import (
	"context"
	"fmt"
	"os"
	"slices"
	"sync"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

func TestAcknowledgedIsDurable(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	task := b.createTask()
	if task.AssignmentStatus != taskrouter.TaskPending || task.Version != 0 {
		t.Errorf("answer is %s, version %d; want pending, 0", task.AssignmentStatus, task.Version)
	}
	for name, after := range map[string]*bench{
		"crash":   b.crash(Options{}),
		"restart": b.reopen(Options{}),
	} {
		found := after.task(task.SID)
		if found == nil || found.AssignmentStatus != taskrouter.TaskReserved {
			t.Errorf("after a %s the task is %+v; want it reserved", name, found)
		}
		list, err := after.Workspaces(t.Context(), testAccount)
		if err != nil || !slices.Equal(list, []taskrouter.WorkspaceSID{b.ws}) {
			t.Errorf("after a %s Workspaces = %v, %v; want [%s]", name, list, err, b.ws)
		}
	}
}

func TestCommandsThatWaitShareARecord(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	before := b.Stats()
	release := g.hold()
	const n = 64
	var callers sync.WaitGroup
	submit := func() {
		callers.Go(func() {
			if _, err := b.Submit(t.Context(), Command{
				Workspace: b.ws, From: alice, Do: b.newTask(),
			}); err != nil {
				t.Error(err)
			}
		})
	}
	submit()
	<-g.entered // the first is on its way to the disk
	for range n - 1 {
		submit()
	}
	eventually(t, "all commands are decided", func() bool {
		return b.Stats().Commands == before.Commands+n
	})
	release()
	callers.Wait()
	after := b.Stats()
	if records := after.Records - before.Records; records != 2 {
		t.Errorf("%d commands made %d records; want 2: one in flight, one for all others", n, records)
	}
}

func TestWorkspacesShareAnAppend(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	type place struct {
		ws   taskrouter.WorkspaceSID
		flow taskrouter.WorkflowSID
	}
	places := []place{{b.ws, b.flow}}
	for range 15 {
		ws, _, flow, _ := b.newWorkspace()
		places = append(places, place{ws, flow})
	}
	before := b.Stats()
	release := g.hold()
	var callers sync.WaitGroup
	submit := func(p place) {
		callers.Go(func() { b.must(p.ws, routing.CreateTask{WorkflowSID: p.flow}) })
	}
	submit(places[0])
	<-g.entered
	for _, p := range places[1:] {
		submit(p)
	}
	eventually(t, "all records wait", func() bool {
		return b.appender.waiting.len() == len(places)-1
	})
	release()
	callers.Wait()
	after := b.Stats()
	if appends := after.Appends - before.Appends; appends != 2 {
		t.Errorf("%d workspaces made %d appends; want 2", len(places), appends)
	}
}

func TestNothingIsShownBeforeItIsDurable(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	published := make(chan Publication, 100)
	defer b.Subscribe("test", func(p Publication) { published <- p })()
	release := g.hold()
	defer release()

	answers := make(chan string, 3)
	go func() {
		_ = b.createTask()
		answers <- "command"
	}()
	<-g.entered
	go func() {
		if n := b.tasks(); n != 1 {
			t.Errorf("view saw %d tasks; want 1", n)
		}
		answers <- "view"
	}()
	go func() {
		_, err := b.Submit(t.Context(), Command{
			Workspace: b.ws, From: alice, Do: routing.DeleteWorker{SID: b.worker},
		})
		if err == nil {
			t.Error("a worker with a reservation could be deleted")
		}
		answers <- "error"
	}()
	eventually(t, "view and failing command ran", func() bool {
		s := b.Stats()
		return s.Views == 1 && s.Failed == 1
	})
	select {
	case a := <-answers:
		t.Errorf("the %s was answered before the record was durable", a)
	case <-published:
		t.Error("published before the record was durable")
	default:
	}
	release()
	for range 3 {
		<-answers
	}
	if p := <-published; len(p.Changes) != 1 || p.From[0] != alice {
		t.Errorf("publication is %+v; want the one change, from alice", p)
	}
}

func TestViewsSeeAcknowledgedCommands(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	var callers sync.WaitGroup
	for range 8 {
		callers.Go(func() {
			for range 50 {
				task := b.createTask()
				if b.task(task.SID) == nil {
					t.Errorf("task %s is not there right after its creation", task.SID)
				}
			}
		})
	}
	callers.Wait()
}

func TestPublicationsFollowTheJournal(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	var (
		mu   sync.Mutex
		list []Publication
	)
	cancel := b.Subscribe("test", func(p Publication) {
		mu.Lock()
		defer mu.Unlock()
		list = append(list, p)
	})
	var callers sync.WaitGroup
	for range 16 {
		callers.Go(func() {
			for range 25 {
				b.createTask()
			}
		})
	}
	callers.Wait()
	if err := b.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	cancel()
	var events, changes int
	var last taskrouter.EventSID
	for i, p := range list {
		if i > 0 && p.Position.Seq != list[i-1].Position.Seq+1 {
			t.Errorf("record %d was published after %d", p.Position.Seq, list[i-1].Position.Seq)
		}
		if p.Account != testAccount || p.Catalog.Workspace.SID != b.ws || len(p.From) != len(p.Changes) {
			t.Errorf("publication %d is incomplete: %+v", i, p)
		}
		changes += len(p.Changes)
		for _, c := range p.Changes {
			for _, ev := range c.Events {
				if events++; ev.SID <= last {
					t.Errorf("event %s was told after %s", ev.SID, last)
				}
				last = ev.SID
			}
		}
	}
	if changes != 400 || events < 400 {
		t.Errorf("%d changes and %d events were published; want 400 and more", changes, events)
	}
	for part, err := range b.store.Read(t.Context(), b.ws, list[0].Position.Seq-1) {
		if err != nil {
			t.Fatal(err)
		}
		if got := list[0]; got.Position.Seq != part.Seq || len(got.Changes) != len(part.Changes) {
			t.Fatalf("published %d with %d changes; the journal has %d with %d",
				got.Position.Seq, len(got.Changes), part.Seq, len(part.Changes))
		}
		list = list[1:]
	}
	if len(list) > 0 {
		t.Errorf("%d publications are not in the journal", len(list))
	}
}

func TestForeignAccounts(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	mallory := Principal{Account: otherAccount}
	unknown := taskrouter.WorkspaceSID("WS000000000000000000000000000000ff")
	for _, tt := range []struct {
		name string
		from Principal
		ws   taskrouter.WorkspaceSID
		want taskrouter.Kind
		ok   bool
	}{
		{name: "own", from: alice, ws: b.ws, ok: true},
		{name: "system", from: Principal{System: true}, ws: b.ws, ok: true},
		{name: "foreign", from: mallory, ws: b.ws, want: taskrouter.NotFound},
		{name: "nobody", ws: b.ws, want: taskrouter.NotFound},
		{name: "unknown", from: alice, ws: unknown, want: taskrouter.NotFound},
		{name: "no SID", from: alice, ws: "Support", want: taskrouter.NotFound},
	} {
		_, submitted := b.Submit(t.Context(), Command{Workspace: tt.ws, From: tt.from, Do: b.newTask()})
		viewed := b.View(t.Context(), tt.from, tt.ws, func(*routing.State) {
			if !tt.ok {
				t.Errorf("%s: the view ran", tt.name)
			}
		})
		for what, err := range map[string]error{"Submit": submitted, "View": viewed} {
			if tt.ok != (err == nil) || !tt.ok && taskrouter.KindOf(err) != tt.want {
				t.Errorf("%s: %s: %v; want ok=%v, kind %d", tt.name, what, err, tt.ok, tt.want)
			}
		}
	}
	if n := b.tasks(); n != 2 {
		t.Errorf("%d tasks; want the 2 that were allowed", n)
	}
	list, err := b.Workspaces(t.Context(), otherAccount)
	if err != nil || len(list) > 0 {
		t.Errorf("Workspaces of another account = %v, %v; want none", list, err)
	}
}

func TestDeleteWorkspace(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	final := make(chan Publication, 1)
	defer b.Subscribe("test", func(p Publication) {
		if p.Final {
			final <- p
		}
	})()
	b.must(b.ws, routing.DeleteWorkspace{})
	p := <-final
	last := p.Changes[len(p.Changes)-1]
	if n := len(last.Events); n == 0 || last.Events[n-1].Type != taskrouter.EventWorkspaceDeleted {
		t.Errorf("the last events are %+v; want workspace.deleted", last.Events)
	}
	gone := func(b *bench, when string) {
		_, err := b.Submit(t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
		if taskrouter.KindOf(err) != taskrouter.NotFound {
			t.Errorf("%s Submit: %v; want NotFound", when, err)
		}
		if list, err := b.Workspaces(t.Context(), testAccount); err != nil || len(list) > 0 {
			t.Errorf("%s Workspaces = %v, %v; want none", when, list, err)
		}
	}
	gone(b, "at once")
	gone(b.reopen(Options{}), "after a restart")
}

func TestCreateThatFailsLeavesNothing(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	create := func(c routing.CreateWorkspace) error {
		_, err := b.Create(t.Context(), Principal{Account: otherAccount}, c)
		return err
	}
	if err := create(routing.CreateWorkspace{}); taskrouter.KindOf(err) != taskrouter.Invalid {
		t.Errorf("without a name: %v; want Invalid", err)
	}
	g.failWith(func(batch []store.Record, _ func() []store.Outcome) []store.Outcome {
		return failed(batch)
	})
	err := create(routing.CreateWorkspace{FriendlyName: "Lost"})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("when it cannot be stored: %v; want Unavailable", err)
	}
	g.failWith(nil)
	none := func(b *bench, when string) {
		t.Helper()
		if list, err := b.Workspaces(t.Context(), otherAccount); err != nil || len(list) > 0 {
			t.Errorf("%s Workspaces = %v, %v; want none", when, list, err)
		}
	}
	none(b, "at once")
	b = b.reopen(Options{})
	none(b, "after a restart")
	_, err = b.Submit(t.Context(), Command{
		Workspace: b.ws, From: alice, Do: routing.CreateWorkspace{FriendlyName: "Again"},
	})
	if taskrouter.KindOf(err) == taskrouter.Internal {
		t.Errorf("CreateWorkspace through Submit: %v; want a refusal", err)
	}
}

func TestTwoEnginesSideBySide(t *testing.T) {
	t.Parallel()
	one, two := newBench(t, Options{}), newBench(t, Options{})
	a, b := one.createTask(), two.createTask()
	if one.task(b.SID) != nil || two.task(a.SID) != nil || one.ws == two.ws {
		t.Error("engines share something")
	}
	err := one.View(t.Context(), alice, two.ws, func(*routing.State) {})
	if taskrouter.KindOf(err) != taskrouter.NotFound {
		t.Errorf("one engine's workspace in the other: %v; want NotFound", err)
	}
}

func TestTimeNeverRunsBack(t *testing.T) {
	t.Parallel()
	noon := time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC)
	var mu sync.Mutex
	now := noon
	clock := func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return now
	}
	set := func(t time.Time) {
		mu.Lock()
		defer mu.Unlock()
		now = t
	}
	b := newBench(t, Options{Now: clock})
	first := b.createTask()
	check := func(what string, b *bench, before *taskrouter.Task) *taskrouter.Task {
		t.Helper()
		task := b.createTask()
		if task.DateCreated.Before(before.DateCreated) || task.SID <= before.SID {
			t.Errorf("%s: task %s of %s follows %s of %s", what,
				task.SID, task.DateCreated, before.SID, before.DateCreated)
		}
		return task
	}
	set(noon.Add(-time.Hour))
	second := check("clock set back", b, first)
	set(noon.Add(-time.Hour + time.Second))
	third := check("a second later", b, second)
	if d := third.DateCreated.Sub(second.DateCreated); d != time.Second {
		t.Errorf("a second is %s long while the clock catches up", d)
	}
	b = b.reopen(Options{Now: clock})
	check("after a restart", b, third)
}

func ExampleEngine_Submit() {
	dir, _ := os.MkdirTemp("", "engine")
	defer os.RemoveAll(dir)
	ctx := context.Background()
	st, _ := store.OpenSQLite(ctx, dir, store.Options{})
	defer st.Close()
	e, _ := Open(ctx, st, Options{})
	defer e.Shutdown(ctx)

	from := Principal{Account: testAccount}
	made, _ := e.Create(ctx, from, routing.CreateWorkspace{FriendlyName: "Support", Template: "FIFO"})
	result, _ := e.Submit(ctx, Command{
		ID:        "order-4711", // the same order never makes two tasks
		Workspace: made.Catalog.Workspace.SID,
		From:      from,
		Do: routing.CreateTask{
			WorkflowSID: made.Catalog.Workflows()[0].SID,
			Attributes:  `{"order":4711}`,
		},
	})
	created := result.Entity.(*taskrouter.Task)
	fmt.Println(created.AssignmentStatus, created.Attributes)
	// Output: pending {"order":4711}
}
