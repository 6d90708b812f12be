package engine

import (
	"context"
	"crypto/rand"
	"encoding/binary"
	"errors"
	"fmt"
	"log/slog"
	"runtime"
	"runtime/debug"
	"sync"
	"sync/atomic"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// Options tune an [Engine]; the zero value is what a server wants.
type Options struct {
	// Logger gets what an operator should know; nil discards it.
	Logger *slog.Logger
	// Now is the clock; nil is [time.Now]. Timers always run on the real one.
	Now func() time.Time
	// Mailbox is how many requests may wait for one workspace before further ones are turned
	// away; 0 is 4,096.
	Mailbox int
	// SnapshotEvery is the number of changes after which a workspace's snapshot is renewed,
	// unless the workspace holds more entities than that: then it is as many changes as
	// entities, so that snapshots cost a share of the work and recovery reads at most about as
	// much again. 0 is 100,000.
	SnapshotEvery int
	// RoutingTargetTimeout is how long a task that was routed to one worker, whose capacity
	// counts, may wait for its first offer; 0 is [taskrouter.RoutingTargetPatience].
	RoutingTargetTimeout time.Duration
	// Repeats is how many command ids a workspace remembers at most; 0 is 50,000.
	Repeats int
}

func (o Options) withDefaults() Options {
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	if o.Now == nil {
		o.Now = time.Now
	}
	if o.Mailbox == 0 {
		o.Mailbox = 4096
	}
	if o.SnapshotEvery == 0 {
		o.SnapshotEvery = 100_000
	}
	if o.Repeats == 0 {
		o.Repeats = 50_000
	}
	if o.RoutingTargetTimeout == 0 {
		o.RoutingTargetTimeout = taskrouter.RoutingTargetPatience
	}
	return o
}

// An Engine owns the workspaces of a store. Its methods may be called from many goroutines at
// once. Errors that callers see are [taskrouter.Error]s: NotFound for a workspace that does
// not exist or belongs to another account, Unavailable for what may be tried again.
type Engine struct {
	store    store.Store
	o        Options
	codec    *store.Codec
	appender *appender
	requests sync.Pool // *request
	count    counters

	ctx      context.Context // ends when Shutdown loses patience
	cancel   context.CancelFunc
	loops    sync.WaitGroup // one per loop and per snapshot being written
	stopOnce sync.Once
	stopped  chan struct{}

	subscribers atomic.Pointer[[]*subscriber]

	mu       sync.RWMutex
	loaded   map[taskrouter.WorkspaceSID]*workspace
	stopping bool
	sids     *taskrouter.SIDSource    // of workspaces
	making   map[string]chan struct{} // closed when nobody makes anything under the name
}

// Open starts an engine on the store, which it does not close. Workspaces that have timers to
// run are loaded before it returns; others are on first use. A workspace that cannot be loaded
// is logged and tried again, it does not keep the others from being served.
func Open(ctx context.Context, st store.Store, o Options) (*Engine, error) {
	e := &Engine{
		store:   st,
		o:       o.withDefaults(),
		codec:   store.NewCodec(),
		loaded:  make(map[taskrouter.WorkspaceSID]*workspace),
		sids:    newSource(),
		making:  make(map[string]chan struct{}),
		stopped: make(chan struct{}),
	}
	e.requests.New = func() any { return &request{done: make(chan struct{}, 1)} }
	e.ctx, e.cancel = context.WithCancel(context.WithoutCancel(ctx))
	e.appender = newAppender(st, &e.count)
	entries, err := st.AllWorkspaces(ctx)
	if err != nil {
		e.cancel()
		return nil, fmt.Errorf("open engine: list workspaces: %w", err)
	}
	go e.appender.run()
	if err := e.loadBusy(ctx, entries); err != nil {
		e.cancel()
		return nil, errors.Join(fmt.Errorf("open engine: %w", err), e.Shutdown(ctx))
	}
	return e, nil
}

// loadBusy loads the workspaces whose timers must run, a few at a time.
func (e *Engine) loadBusy(ctx context.Context, entries []store.Entry) error {
	slots := make(chan struct{}, runtime.GOMAXPROCS(0))
	for _, entry := range entries {
		if entry.Deleted || entry.Head == 0 || entry.Released && entry.WakeAt.IsZero() {
			continue
		}
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("load workspaces: %w", context.Cause(ctx))
		}
		w := newWorkspace(e, entry.Workspace)
		w.busy = true
		w.loading = func() { <-slots }
		if err := e.start(w); err != nil {
			return err
		}
	}
	for range cap(slots) { // until the last ones are loaded
		select {
		case slots <- struct{}{}:
		case <-ctx.Done():
			return fmt.Errorf("load workspaces: %w", context.Cause(ctx))
		}
	}
	return nil
}

// newState returns an empty state with the engine's options.
func (e *Engine) newState(sids *taskrouter.SIDSource) *routing.State {
	return routing.New(sids, routing.RoutingTargetTimeout(e.o.RoutingTargetTimeout))
}

// newSource returns a source of SIDs that differ from those of all others.
func newSource() *taskrouter.SIDSource {
	var salt [4]byte
	rand.Read(salt[:]) // never fails
	return taskrouter.NewSIDSource(binary.LittleEndian.Uint32(salt[:]))
}

// Submit carries a command out and returns when its record is durable. If ctx ends before, the
// error is Unavailable and the command may still be carried out; a repeat with the same
// command id then gets its answer.
func (e *Engine) Submit(ctx context.Context, c Command) (Result, error) {
	if _, ok := c.Do.(routing.CreateWorkspace); ok || c.Do == nil {
		return Result{}, taskrouter.Invalid.Errorf("workspace %s cannot carry out a %T; "+
			"workspaces are made by Create", c.Workspace, c.Do)
	}
	r := e.newRequest(c.From)
	r.id, r.do = c.ID, c.Do
	return e.ask(ctx, c.Workspace, r)
}

// View runs read in the workspace's loop, after all commands that were acknowledged before
// View was called, and returns when everything it could see is durable. It must be quick, must
// not keep the state, and must not call the engine. Entities it finds may be kept. If View
// fails, read may or may not have run, but it does not run any more.
func (e *Engine) View(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID, read func(*routing.State),
) error {
	r := e.newRequest(from)
	r.read = read
	_, err := e.ask(ctx, ws, r)
	return err
}

// Head returns a durable position of the workspace's journal at or after that of every command
// acknowledged before Head was called.
func (e *Engine) Head(
	ctx context.Context, from Principal, ws taskrouter.WorkspaceSID,
) (store.Position, error) {
	r := e.newRequest(from)
	r.read = func(*routing.State) {}
	result, err := e.ask(ctx, ws, r)
	return result.Position, err
}

// Workspaces lists the account's workspaces in order of their SIDs.
func (e *Engine) Workspaces(
	ctx context.Context, account taskrouter.AccountSID,
) ([]taskrouter.WorkspaceSID, error) {
	entries, err := e.store.Workspaces(ctx, account)
	if err != nil {
		e.o.Logger.Error("workspaces could not be listed", "account", account, "err", err)
		return nil, taskrouter.Unavailable.Errorf("the workspaces of account %s cannot be listed "+
			"now; retry in a moment", account)
	}
	sids := make([]taskrouter.WorkspaceSID, len(entries))
	for i, entry := range entries {
		sids[i] = entry.Workspace
	}
	return sids, nil
}

// workspace returns the workspace whose loop serves sid; if there is none yet it is started,
// and loads while requests collect in its mailbox.
func (e *Engine) workspace(sid taskrouter.WorkspaceSID) (*workspace, error) {
	e.mu.RLock()
	w, stopping := e.loaded[sid], e.stopping
	e.mu.RUnlock()
	switch {
	case stopping:
		return nil, errStopping()
	case w != nil:
		return w, nil
	case !taskrouter.ValidSID(taskrouter.PrefixWorkspace, string(sid)):
		return nil, errUnknown(sid)
	}
	w = newWorkspace(e, sid)
	if err := e.start(w); err != errRunning {
		return w, err
	}
	return e.workspace(sid)
}

// errRunning is a workspace that has a loop already.
var errRunning = errors.New("workspace is loaded already")

// start gives w its loop.
func (e *Engine) start(w *workspace) error {
	err := e.enter(w)
	if err == nil {
		go w.run()
	}
	return err
}

// enter has w get the requests for its workspace from now on. Its loop counts as running.
func (e *Engine) enter(w *workspace) error {
	e.mu.Lock()
	defer e.mu.Unlock()
	if e.stopping {
		return errStopping()
	}
	if e.loaded[w.sid] != nil {
		return errRunning
	}
	e.loaded[w.sid] = w
	e.loops.Add(1)
	return nil
}

// forget takes a workspace whose loop ends out of the map.
func (e *Engine) forget(w *workspace) {
	e.mu.Lock()
	defer e.mu.Unlock()
	delete(e.loaded, w.sid)
}

// Shutdown refuses requests from now on, carries out those that wait, makes the last records
// durable, writes snapshots where that saves work at the next start, and returns when all
// goroutines have ended. If ctx ends first it lets go of what can be cut short and returns
// the context's error. It may be called again, to wait once more.
func (e *Engine) Shutdown(ctx context.Context) error {
	e.stopOnce.Do(func() {
		e.mu.Lock()
		e.stopping = true
		for _, w := range e.loaded {
			w.mail.close(errStopping())
		}
		e.mu.Unlock()
		go func() {
			e.loops.Wait()
			e.appender.waiting.close(errStopping())
			<-e.appender.done
			e.cancel()
			close(e.stopped)
		}()
	})
	select {
	case <-e.stopped:
		return nil
	case <-ctx.Done():
	}
	e.cancel()
	select {
	case <-e.stopped:
		return nil
	default:
		return fmt.Errorf("stop engine: %w", context.Cause(ctx))
	}
}

func errStopping() error {
	return taskrouter.Unavailable.Errorf("the server is stopping; retry in a moment")
}

// errUnknown is a workspace that does not exist for whoever asks. Spec: rest-api 2.2
func errUnknown(sid taskrouter.WorkspaceSID) error {
	return taskrouter.NotFound.Errorf("The requested resource /Workspaces/%s was not found", sid)
}

// logPanic reports a recovered panic with its stack.
func (e *Engine) logPanic(cause any, attrs ...any) {
	e.count.panics.Add(1)
	e.o.Logger.Error("panic", append(attrs, "cause", fmt.Sprint(cause),
		"stack", string(debug.Stack()))...)
}
