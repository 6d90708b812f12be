package webhook

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/netip"
	"sync"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/internal/voice"
)

// Times and limits that stand for an empty field of [Options]. Spec: callbacks 1, 3, 6
const (
	DefaultGiveUp     = 24 * time.Hour
	assignmentTimeout = 5 * time.Second
	eventTimeout      = 15 * time.Second
	firstPause        = time.Second
	longestPause      = time.Minute
	alertEvery        = 10 * time.Minute
	stopPatience      = 3 * time.Second
	perHost           = 128
	overall           = 1024
)

// Options are the parts that a [Messenger] works with, and its limits; those that are zero are
// what a server wants.
type Options struct {
	Engine *engine.Engine
	Store  store.Store
	// Key is the secret that an account's callbacks are signed with; empty if it is not active.
	// Then callbacks fail, and are tried again as those to somebody who does not answer.
	Key func(taskrouter.AccountSID) string
	// Allow are networks that may be called besides public addresses.
	Allow []netip.Prefix
	// Caller carries out instructions about calls; nil is a server without telephony.
	Caller voice.Caller
	// GiveUp is how long it is tried to tell an event.
	GiveUp time.Duration
	// Logger gets what an operator should know; nil discards it.
	Logger *slog.Logger

	AssignmentTimeout time.Duration // for an answer to an assignment callback
	EventTimeout      time.Duration // for an answer to an event callback
	FirstPause        time.Duration // before the first repetition; doubles
	LongestPause      time.Duration
	AlertEvery        time.Duration // between two alerts about one workspace's events
	StopPatience      time.Duration // for what is under way when the server stops
	PerHost           int           // requests under way to one host, of each of the two sorts
	Overall           int           // requests under way to all hosts, of each sort
}

func (o Options) withDefaults() Options {
	o.GiveUp = cmp.Or(o.GiveUp, DefaultGiveUp)
	o.AssignmentTimeout = cmp.Or(o.AssignmentTimeout, assignmentTimeout)
	o.EventTimeout = cmp.Or(o.EventTimeout, eventTimeout)
	o.FirstPause = cmp.Or(o.FirstPause, firstPause)
	o.LongestPause = cmp.Or(o.LongestPause, longestPause)
	o.AlertEvery = cmp.Or(o.AlertEvery, alertEvery)
	o.StopPatience = cmp.Or(o.StopPatience, stopPatience)
	o.PerHost = cmp.Or(o.PerHost, perHost)
	o.Overall = cmp.Or(o.Overall, overall)
	if o.Logger == nil {
		o.Logger = slog.New(slog.DiscardHandler)
	}
	return o
}

// A Messenger makes the callbacks of all workspaces. Make it with [New]; its methods may be
// called from many goroutines at once.
type Messenger struct {
	o      Options
	client *client
	count  counters

	assignments, events *lanes
	dues                dues
	tracks              tracks

	ctx    context.Context // ends what is under way
	cancel context.CancelFunc
	leave  func() // ends the subscription

	stopOnce sync.Once
	stopping chan struct{} // closed when nothing begins any more
	stopped  chan struct{} // closed when nothing runs any more
}

// New returns a messenger. It takes note of what happens from now on; [Messenger.Run] finds out
// what there was before.
func New(o Options) *Messenger {
	o = o.withDefaults()
	m := &Messenger{
		o:           o,
		client:      newClient(guard{o.Allow}),
		assignments: newLanes(o.PerHost, o.Overall),
		events:      newLanes(o.PerHost, o.Overall),
		stopping:    make(chan struct{}),
		stopped:     make(chan struct{}),
	}
	m.dues.all = make(map[taskrouter.ReservationSID]*due)
	m.tracks.all = make(map[taskrouter.WorkspaceSID]*track)
	m.ctx, m.cancel = context.WithCancel(context.Background())
	m.leave = o.Engine.Subscribe(reader, m.publish)
	return m
}

// publish takes note of what a record tells. It runs in the workspace's loop.
func (m *Messenger) publish(p engine.Publication) {
	m.noteDues(&p)
	m.noteEvents(&p)
}

// Run finds the callbacks that were left over from before, and returns nil when ctx ends and
// everything has stopped; an error means that it could not begin. It runs once.
func (m *Messenger) Run(ctx context.Context) error {
	var looking sync.WaitGroup
	defer looking.Wait()
	if err := m.resume(ctx, &looking); err != nil {
		return errors.Join(err, m.Shutdown(context.Background()))
	}
	select {
	case <-ctx.Done():
	case <-m.stopping:
	}
	return m.Shutdown(context.Background())
}

// resume finds what earlier runs have left. What cannot be looked at yet goes on looking.
func (m *Messenger) resume(ctx context.Context, looking *sync.WaitGroup) error {
	entries, err := m.o.Store.AllWorkspaces(ctx)
	if err != nil {
		return fmt.Errorf("callbacks: list workspaces: %w", err)
	}
	for _, e := range entries {
		if ctx.Err() != nil || m.ctx.Err() != nil {
			return nil
		}
		behind, err := m.leftBehind(ctx, e)
		if err != nil && ctx.Err() == nil {
			// One workspace that cannot be read must not keep the others from being served.
			m.o.Logger.Error("what is left to be told of a workspace cannot be read; it is tried "+
				"again at the next start", "workspace", e.Workspace, "err", err)
		}
		// One that was let go of, and has no timer to run, holds no offers.
		idle := e.Released && e.WakeAt.IsZero()
		if !e.Deleted && e.Head > 0 && (behind || !idle) {
			if err := m.look(e, behind); taskrouter.KindOf(err) == taskrouter.Unavailable {
				looking.Go(func() { m.lookLater(e, behind) })
			}
		}
	}
	return nil
}

// look finds what is due in a workspace, and whether it wants its events told.
func (m *Messenger) look(e store.Entry, behind bool) error {
	var held []*due
	system := engine.Principal{System: true}
	err := m.o.Engine.View(m.ctx, system, e.Workspace, func(s *routing.State) {
		held = m.holdDues(s)
		m.adopt(s.Catalog().Workspace, e.Head, behind)
	})
	for _, d := range m.dues.release(held, err == nil) {
		m.enter(d)
	}
	return err
}

// lookLater looks at a workspace that could not be looked at.
func (m *Messenger) lookLater(e store.Entry, behind bool) {
	err := m.patiently(func() error { return m.look(e, behind) })
	if err != nil && m.ctx.Err() == nil {
		m.o.Logger.Error("workspace cannot be asked for callbacks that are due",
			"workspace", e.Workspace, "err", err)
	}
}

// patiently repeats what is unavailable until it is not or the messenger stops.
func (m *Messenger) patiently(do func() error) error {
	for pause := m.o.FirstPause; ; pause = min(2*pause, m.o.LongestPause) {
		err := do()
		if err == nil || taskrouter.KindOf(err) != taskrouter.Unavailable {
			return err
		}
		timer := time.NewTimer(pause)
		select {
		case <-timer.C:
		case <-m.ctx.Done():
			timer.Stop()
			return err
		}
	}
}

// Shutdown begins nothing any more, gives what is under way a moment to end, cuts it off then,
// and stores how far events have been told. What was cut off is done again at the next start. It
// returns the context's error if that ends first. It may be called again, and before Run.
func (m *Messenger) Shutdown(ctx context.Context) error {
	m.stopOnce.Do(func() {
		close(m.stopping)
		m.leave()
		assigning, telling := m.assignments.close(), m.events.close()
		go func() {
			defer close(m.stopped)
			patience := time.AfterFunc(m.o.StopPatience, m.cancel)
			<-assigning
			<-telling
			patience.Stop()
			m.cancel()
			m.settle()
			m.client.close()
		}()
	})
	select {
	case <-m.stopped:
		return nil
	case <-ctx.Done():
		m.cancel()
		return fmt.Errorf("stop callbacks: %w", context.Cause(ctx))
	}
}

// leftBehind reports whether there are events of a workspace that were to be told. Of one that has
// been deleted since, the rest is told as it was asked for in the end.
func (m *Messenger) leftBehind(ctx context.Context, e store.Entry) (bool, error) {
	_, stored, err := m.o.Store.Bookmark(ctx, e.Workspace, reader)
	if err != nil || !stored {
		return false, err
	}
	pos, err := m.o.Store.Position(ctx, e.Workspace, reader)
	if err != nil || !e.Deleted {
		return pos < e.Head, err
	}
	var last *taskrouter.Workspace
	for part, err := range m.o.Engine.Read(ctx, e.Workspace, pos) {
		if err != nil && !errors.Is(err, store.ErrTrimmed) {
			return false, fmt.Errorf("callbacks: %w", err)
		}
		for _, c := range part.Changes {
			for i := range c.Events {
				if w := c.Events[i].Workspace; w != nil {
					last = w
				}
			}
		}
	}
	m.tracks.mu.Lock()
	defer m.tracks.mu.Unlock()
	t := m.tracks.add(m, e.Workspace, e.Account)
	t.head, t.final, t.fresh = e.Head, true, last == nil
	if last != nil {
		t.want(last)
	}
	t.schedule()
	return false, nil
}
