package stats

import (
	"context"
	"runtime"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const account = taskrouter.AccountSID("AC00000000000000000000000000000001")

var alice = engine.Principal{Account: account, Actor: taskrouter.Actor{Type: "account"}}

// A clock is turned by tests.
type clock struct {
	mu  sync.Mutex
	now time.Time
}

func (c *clock) read() time.Time {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.now
}

func (c *clock) pass(by time.Duration) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.now = c.now.Add(by)
}

// A bench is a workspace with a reader that the test itself turns.
type bench struct {
	testing.TB
	clock
	store  store.Store
	engine *engine.Engine
	reader *Reader
	ws     taskrouter.WorkspaceSID
	flow   taskrouter.WorkflowSID
	queue  taskrouter.TaskQueueSID
	away   taskrouter.ActivitySID
	here   taskrouter.ActivitySID
}

func newBench(t testing.TB) *bench {
	t.Helper()
	b := &bench{TB: t, clock: clock{now: time.Date(2030, 1, 1, 21, 59, 30, 0, time.UTC)}}
	st, err := store.OpenSQLite(t.Context(), t.TempDir(), store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	b.store = st
	if b.engine, err = engine.Open(t.Context(), st, engine.Options{Now: b.read}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := b.engine.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	})
	b.reopen()
	result, err := b.engine.Create(t.Context(), alice, routing.CreateWorkspace{
		FriendlyName: "Support", Template: "FIFO", MultiTaskEnabled: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	c := result.Catalog
	b.ws = c.Workspace.SID
	b.flow, b.queue = c.Workflows()[0].SID, c.TaskQueues()[0].SID
	for _, a := range c.Activities() {
		if a.Available {
			b.here = a.SID
		} else {
			b.away = a.SID
		}
	}
	return b
}

// reopen forgets what the reader has in memory, as the end of the process does.
func (b *bench) reopen() {
	if b.reader != nil {
		b.reader.cancel()
	}
	b.reader = New(b.engine, b.store, Options{Now: b.read})
}

func (b *bench) do(c routing.Command) engine.Result {
	b.Helper()
	result, err := b.try(c)
	if err != nil {
		b.Fatalf("%T: %v", c, err)
	}
	return result
}

func (b *bench) try(c routing.Command) (engine.Result, error) {
	return b.engine.Submit(b.Context(), engine.Command{Workspace: b.ws, From: alice, Do: c})
}

func (b *bench) worker(name string) taskrouter.WorkerSID {
	b.Helper()
	result := b.do(routing.CreateWorker{FriendlyName: name, ActivitySID: b.here})
	return result.Entity.(*taskrouter.Worker).SID
}

// life has a task come, be accepted after a wait, and be completed.
func (b *bench) life(wait time.Duration) {
	b.Helper()
	b.do(routing.CreateTask{WorkflowSID: b.flow})
	b.pass(wait)
	r := b.pending()
	b.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationAccepted})
	b.do(routing.UpdateReservation{SID: r.SID, Status: taskrouter.ReservationCompleted})
}

// pending is a reservation that waits for an answer.
func (b *bench) pending() (found *taskrouter.Reservation) {
	b.Helper()
	b.look(func(s *routing.State) {
		for t := range s.Tasks("") {
			for _, r := range s.TaskReservations(t.SID) {
				if r.Status == taskrouter.ReservationPending {
					found = r
				}
			}
		}
	})
	if found == nil {
		b.Fatal("no reservation is pending")
	}
	return found
}

func (b *bench) look(read func(*routing.State)) {
	b.Helper()
	if err := b.engine.View(b.Context(), alice, b.ws, read); err != nil {
		b.Fatal(err)
	}
}

// track is the workspace's track, known to exist up to the head of the journal, also to a reader
// that was not told.
func (b *bench) track() *track {
	b.Helper()
	head, err := b.engine.Head(b.Context(), alice, b.ws)
	if err != nil {
		b.Fatal(err)
	}
	r := b.reader
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.track(b.ws)
	t.head = max(t.head, head.Seq)
	return t
}

// count counts everything there is.
func (b *bench) count() *track {
	b.Helper()
	t := b.track()
	if err := b.reader.count(b.Context(), t); err != nil {
		b.Fatal(err)
	}
	if t.book == nil { // as somebody who asks needs it
		t.waiting = append(t.waiting, catchUp{done: make(chan *book, 1)})
		b.reader.waiting++
		if err := b.reader.count(b.Context(), t); err != nil {
			b.Fatal(err)
		}
	}
	return t
}

func (b *bench) must(err error) {
	b.Helper()
	if err != nil {
		b.Fatal(err)
	}
}

// figures counts everything and asks.
func (b *bench) figures(q taskrouter.FiguresQuery) []taskrouter.Figures {
	b.Helper()
	b.count()
	all, err := b.reader.Figures(b.Context(), alice, b.ws, q)
	b.must(err)
	return all
}

// run runs the reader until the test ends or stop is called.
func (b *bench) run() (stop func()) {
	ctx, cancel := context.WithCancel(context.Background())
	var running sync.WaitGroup
	running.Go(func() {
		if err := b.reader.Run(ctx); err != nil {
			b.Error(err)
		}
	})
	stop = func() {
		cancel()
		running.Wait()
	}
	b.Cleanup(stop)
	return stop
}

// workers are all workers as they are now.
func (b *bench) workers() (list []*taskrouter.Worker) {
	b.Helper()
	b.look(func(s *routing.State) {
		for w := range s.Workers("") {
			list = append(list, w)
		}
	})
	return list
}

// project has the projection read everything.
func (b *bench) project() {
	b.Helper()
	var parts []store.Part
	for part, err := range b.store.Read(b.Context(), b.ws, 0) {
		b.must(err)
		parts = append(parts, part)
	}
	b.must(b.store.Project(b.Context(), b.ws, 0, parts))
}

// trimAll removes all records of the journal, and starts engine and reader anew.
func (b *bench) trimAll() {
	b.Helper()
	b.project()
	b.must(b.engine.Shutdown(b.Context()))
	lease, err := b.store.Claim(b.Context(), b.ws)
	b.must(err)
	state := routing.New(taskrouter.NewSIDSource(1))
	b.must(b.store.Load(b.Context(), lease, func(p store.Part) error {
		state.Apply(&taskrouter.Change{Puts: p.Entities})
		for _, c := range p.Changes {
			state.Apply(c)
		}
		return nil
	}))
	b.must(b.store.Snapshot(b.Context(), lease, lease.Pos, state.Entities()))
	b.must(b.store.Trim(b.Context(), b.ws, b.read()))
	b.engine, err = engine.Open(b.Context(), b.store, engine.Options{Now: b.read})
	b.must(err)
	b.reopen()
}

// eventually waits until something is so.
func eventually(t testing.TB, what string, is func() bool) {
	t.Helper()
	for end := time.Now().Add(10 * time.Second); !is(); runtime.Gosched() {
		if time.Now().After(end) {
			t.Fatalf("not within ten seconds: %s", what)
		}
	}
}
