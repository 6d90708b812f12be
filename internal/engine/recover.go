package engine

import (
	"errors"
	"fmt"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// Pauses between attempts to load a workspace that has timers to run.
const (
	firstRetry = 100 * time.Millisecond
	lastRetry  = 10 * time.Second
)

// A memory is a workspace as the store knows it.
type memory struct {
	lease   store.Lease
	state   *routing.State
	repeats *repeats
	since   int           // changes that were read after the snapshot
	missed  []Publication // of records that nobody was told of
}

// begin makes memory of a workspace that was just created and has no record yet.
func (w *workspace) begin(lease store.Lease, account taskrouter.AccountSID) {
	w.account = account
	w.remember(&memory{
		lease:   lease,
		state:   w.e.newState(newSource()),
		repeats: newRepeats(w.e.o.Repeats),
	})
}

// load replaces memory by what the store knows. A workspace that is busy, because it has been
// in use or its timers must run, is tried until it succeeds or the engine stops, and meanwhile
// its requests are turned away. Otherwise a failure ends the loop, and the next request starts
// another.
func (w *workspace) load() error {
	w.timer.Stop()
	w.armed = time.Time{}
	for wait := firstRetry; ; wait = min(2*wait, lastRetry) {
		m, err := w.read()
		w.loading()
		w.loading = func() {}
		if err == nil {
			w.remember(m)
			w.e.count.loads.Add(1)
			for _, p := range m.missed {
				w.e.publish(w.e.readers(), p)
			}
			return nil
		}
		if errors.Is(err, store.ErrNotFound) {
			w.tellEnd()
			return errUnknown(w.sid)
		}
		w.e.count.loadFailures.Add(1)
		w.e.o.Logger.Error("workspace could not be loaded", "workspace", w.sid, "err", err)
		refusal := taskrouter.Unavailable.Errorf("workspace %s cannot be loaded now; "+
			"retry in a moment", w.sid)
		if !w.busy {
			return refusal
		}
		if !w.turnAway(refusal, wait) {
			return errStopping()
		}
	}
}

// tellEnd publishes what is in the journal after memory's position when the workspace turns
// out to be deleted: the append that deleted it failed, and yet the record is there.
func (w *workspace) tellEnd() {
	if w.state == nil {
		return
	}
	for p, err := range w.e.store.Read(w.e.ctx, w.sid, w.pos.Seq) {
		if err != nil {
			w.e.o.Logger.Error("the end of a deleted workspace could not be read",
				"workspace", w.sid, "err", err)
			return
		}
		told := w.found(p)
		told.Catalog = new(routing.Catalog)
		told.Final = true
		w.e.publish(w.e.readers(), told)
	}
}

// found makes a publication of a record that was read back from the journal.
func (w *workspace) found(p store.Part) Publication {
	told := Publication{
		Workspace: w.sid,
		Account:   w.account,
		Position:  store.Position{Seq: p.Seq},
		At:        p.At,
	}
	for _, c := range p.Changes {
		if !isAgain(c) {
			told.Changes = append(told.Changes, c)
			told.From = append(told.From, Principal{Account: w.account, Actor: c.Actor})
		}
	}
	return told
}

// turnAway refuses requests for a while. It reports false if the engine stops.
func (w *workspace) turnAway(refusal error, wait time.Duration) bool {
	over := time.NewTimer(wait)
	defer over.Stop()
	for {
		w.refuse(refusal)
		if w.mail.drained() {
			return false
		}
		select {
		case <-over.C:
			return true
		case <-w.mail.wake:
		case <-w.e.ctx.Done():
			return false
		}
	}
}

// read claims the workspace and builds a memory of it. What makes routing panic here is
// reported like any other damage.
func (w *workspace) read() (m *memory, err error) {
	defer func() {
		if cause := recover(); cause != nil {
			w.e.logPanic(cause, "workspace", w.sid, "in", "load")
			m, err = nil, fmt.Errorf("load workspace %s: panic: %v", w.sid, cause)
		}
	}()
	lease, err := w.e.store.Claim(w.e.ctx, w.sid)
	if err != nil {
		return nil, err
	}
	w.now.notBefore(lease.At)
	sids := newSource()
	if lease.Pos.Seq > 0 {
		// All SIDs from here on sort after those of the journal. Spec: rest-api 3
		sids.Next(taskrouter.PrefixEvent, w.now.last.Add(time.Millisecond))
	}
	m = &memory{lease: lease, state: w.e.newState(sids), repeats: newRepeats(w.e.o.Repeats)}
	err = w.e.store.Load(w.e.ctx, lease, func(p store.Part) error {
		w.apply(m, p)
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("load workspace %s: %w", w.sid, err)
	}
	if m.state.Catalog().Workspace == nil {
		return nil, store.ErrNotFound
	}
	m.repeats.sort()
	m.repeats.expire(w.now.last)
	return m, nil
}

// apply adds a part of the stored history to m.
func (w *workspace) apply(m *memory, p store.Part) {
	if p.Changes == nil {
		m.state.Apply(&taskrouter.Change{Puts: p.Entities})
		return
	}
	m.since += len(p.Changes)
	for _, c := range p.Changes {
		if !isAgain(c) {
			m.state.Apply(c)
		}
		if c.Command != "" {
			m.repeats.replay(m.state, c)
		}
	}
	if w.state != nil && p.Seq > w.pos.Seq {
		// The append of this record failed, and yet it is there.
		told := w.found(p)
		told.Catalog = m.state.Catalog()
		if p.Seq == m.lease.Pos.Seq {
			told.Position = m.lease.Pos
		}
		m.missed = append(m.missed, told)
	}
}

// remember makes m the workspace's memory.
func (w *workspace) remember(m *memory) {
	w.lease, w.pos = m.lease, m.lease.Pos
	w.state, w.repeats, w.since = m.state, m.repeats, m.since
	w.busy, w.broken, w.ended = true, false, false
	if ws := m.state.Catalog().Workspace; ws != nil {
		w.account = ws.AccountSID
	}
	if w.snapshot != nil && !w.snapshot.writing {
		w.snapshot = nil
	}
}
