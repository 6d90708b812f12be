package engine

import (
	"context"
	"errors"
	"log/slog"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testAccount  = taskrouter.AccountSID("AC00000000000000000000000000000001")
	otherAccount = taskrouter.AccountSID("AC00000000000000000000000000000002")
)

var alice = Principal{
	Account: testAccount,
	Actor:   taskrouter.Actor{Type: "account", SID: string(testAccount), IP: "192.0.2.1"},
}

// A bench is an engine on its own store, with one workspace that has a worker.
type bench struct {
	*Engine
	t      testing.TB
	dir    string
	store  store.Store
	ws     taskrouter.WorkspaceSID
	worker taskrouter.WorkerSID
	flow   taskrouter.WorkflowSID
	idle   taskrouter.ActivitySID
}

// openStore opens the SQLite store in dir for the length of the test.
func openStore(t testing.TB, dir string) store.Store {
	t.Helper()
	st, err := store.OpenSQLite(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := st.Close(); err != nil {
			t.Errorf("close store: %v", err)
		}
	})
	return st
}

// openEngine opens an engine that is shut down at the end of the test.
func openEngine(t testing.TB, st store.Store, o Options) *Engine {
	t.Helper()
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(testWriter{t}, &slog.HandlerOptions{
			Level: slog.LevelError + 1,
		}))
	}
	e, err := Open(t.Context(), st, o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			t.Errorf("shut down: %v", err)
		}
	})
	return e
}

type testWriter struct{ t testing.TB }

func (w testWriter) Write(p []byte) (int, error) {
	w.t.Log(strings.TrimSpace(string(p)))
	return len(p), nil
}

// newBench makes a workspace from the template, with one worker who takes everything.
func newBench(t testing.TB, o Options) *bench {
	dir := t.TempDir()
	return furnish(t, dir, openStore(t, dir), o)
}

func furnish(t testing.TB, dir string, st store.Store, o Options) *bench {
	b := &bench{Engine: openEngine(t, st, o), t: t, dir: dir, store: st}
	b.ws, b.worker, b.flow, b.idle = b.newWorkspace()
	return b
}

func (b *bench) newWorkspace() (
	taskrouter.WorkspaceSID, taskrouter.WorkerSID, taskrouter.WorkflowSID, taskrouter.ActivitySID,
) {
	b.t.Helper()
	result, err := b.Create(b.t.Context(), alice, routing.CreateWorkspace{
		FriendlyName: "Support", Template: "FIFO", MultiTaskEnabled: true,
	})
	if err != nil {
		b.t.Fatal(err)
	}
	ws := result.Entity.(*taskrouter.Workspace).SID
	var available taskrouter.ActivitySID
	for _, a := range result.Catalog.Activities() {
		if a.Available {
			available = a.SID
		}
	}
	result = b.must(ws, routing.CreateWorker{
		FriendlyName: "Alice", ActivitySID: available, Attributes: `{"skill":"go"}`,
	})
	return ws, result.Entity.(*taskrouter.Worker).SID, result.Catalog.Workflows()[0].SID, available
}

// must submits a command that has to succeed.
func (b *bench) must(ws taskrouter.WorkspaceSID, do routing.Command) Result {
	b.t.Helper()
	result, err := b.Submit(b.t.Context(), Command{Workspace: ws, From: alice, Do: do})
	if err != nil {
		b.t.Fatalf("%T: %v", do, err)
	}
	return result
}

func (b *bench) newTask() routing.CreateTask {
	return routing.CreateTask{Attributes: `{"n":1}`, WorkflowSID: b.flow}
}

func (b *bench) createTask() *taskrouter.Task {
	b.t.Helper()
	return b.must(b.ws, b.newTask()).Entity.(*taskrouter.Task)
}

// task looks a task up; nil if it is not there.
func (b *bench) task(sid taskrouter.TaskSID) (found *taskrouter.Task) {
	b.t.Helper()
	err := b.View(b.t.Context(), alice, b.ws, func(s *routing.State) { found = s.Task(sid) })
	if err != nil {
		b.t.Fatal(err)
	}
	return found
}

// tasks counts the tasks of the workspace.
func (b *bench) tasks() (n int) {
	b.t.Helper()
	err := b.View(b.t.Context(), alice, b.ws, func(s *routing.State) {
		for range s.Tasks("") {
			n++
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return n
}

// reopen stops the engine and its store and opens both again.
func (b *bench) reopen(o Options) *bench {
	b.t.Helper()
	if err := b.Shutdown(b.t.Context()); err != nil {
		b.t.Fatal(err)
	}
	if err := b.store.Close(); err != nil {
		b.t.Fatal(err)
	}
	return b.on(b.dir, openStore(b.t, b.dir), o)
}

// crash opens what a crash right now would leave behind.
func (b *bench) crash(o Options) *bench {
	b.t.Helper()
	dir := b.t.TempDir()
	files, err := filepath.Glob(filepath.Join(b.dir, "taskrouter.db*"))
	if err != nil || len(files) == 0 {
		b.t.Fatalf("no database in %s: %v", b.dir, err)
	}
	for _, name := range files {
		if strings.HasSuffix(name, "-shm") {
			continue // not part of what is durable
		}
		data, err := os.ReadFile(name)
		if err != nil {
			b.t.Fatal(err)
		}
		if err := os.WriteFile(filepath.Join(dir, filepath.Base(name)), data, 0o600); err != nil {
			b.t.Fatal(err)
		}
	}
	return b.on(dir, openStore(b.t, dir), o)
}

func (b *bench) on(dir string, st store.Store, o Options) *bench {
	c := *b
	c.dir, c.store, c.Engine = dir, st, openEngine(b.t, st, o)
	return &c
}

// A gate is a store whose appends can be held up or made to fail.
type gate struct {
	store.Store
	mu      sync.Mutex
	held    chan struct{} // appends wait for it; nil: they pass
	entered chan struct{} // gets a token for every append that begins
	fail    func(batch []store.Record, real func() []store.Outcome) []store.Outcome
}

func newGate(st store.Store) *gate {
	return &gate{Store: st, entered: make(chan struct{}, 1<<16)}
}

func (g *gate) Append(batch []store.Record) []store.Outcome {
	g.mu.Lock()
	held, fail := g.held, g.fail
	g.mu.Unlock()
	g.entered <- struct{}{}
	if held != nil {
		<-held
	}
	if fail != nil {
		return fail(batch, func() []store.Outcome { return g.Store.Append(batch) })
	}
	return g.Store.Append(batch)
}

// hold keeps appends from now on until the returned function is called, which is harmless more
// than once.
func (g *gate) hold() (release func()) {
	g.drain()
	g.mu.Lock()
	defer g.mu.Unlock()
	held := make(chan struct{})
	g.held = held
	return sync.OnceFunc(func() {
		g.mu.Lock()
		g.held = nil
		g.mu.Unlock()
		close(held)
	})
}

func (g *gate) failWith(f func([]store.Record, func() []store.Outcome) []store.Outcome) {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.fail = f
}

func (g *gate) drain() {
	for len(g.entered) > 0 {
		<-g.entered
	}
}

func newGatedBench(t testing.TB, o Options) (*bench, *gate) {
	dir := t.TempDir()
	g := newGate(openStore(t, dir))
	return furnish(t, dir, g, o), g
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(10 * time.Second); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: did not come true", what)
		}
	}
}

// failed is the outcome of an append that went wrong.
func failed(batch []store.Record) []store.Outcome {
	return slices.Repeat([]store.Outcome{{Err: errors.New("disk is full")}}, len(batch))
}
