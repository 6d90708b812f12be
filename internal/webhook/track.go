package webhook

import (
	"strings"
	"sync"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/store"
)

// How many changes wait in memory to be told; what comes beyond is read back from the journal.
const (
	maxQueued      = 20_000 // of all workspaces
	maxQueuedTrack = 512    // of one
)

// tracks are the workspaces whose events are told.
type tracks struct {
	mu     sync.Mutex
	all    map[taskrouter.WorkspaceSID]*track
	queued int // changes in all queues
}

// A track is how far the events of one workspace have been told. It is a [job] that is either
// not there, in its lane, or running; only the run touches the second part of the fields.
type track struct {
	m       *Messenger
	ws      taskrouter.WorkspaceSID
	account taskrouter.AccountSID

	// Guarded by tracks.mu.
	wish  wish      // what the workspace asks for
	other bool      // it asks for something else than the run knows
	fresh bool      // there was no URL for a moment: what is stored belongs to the one before
	head  store.Seq // newest record that is known to exist
	final bool      // nothing follows head
	// queue holds records that follow each other without a gap, but may leave one after pos.
	queue   []store.Part
	changes int         // in queue
	busy    bool        // in its lane or running
	again   bool        // something came while it was busy
	pause   *time.Timer // before the next attempt; nil if there is none
	later   *time.Timer // until what has been told is stored; nil if nothing is to be
	down    bool        // the receiver does not answer
	telling time.Time   // of the event that is being told; zero if there is none

	// Of the run.
	place
	outage
	url                string       // that the outage is about
	batch              []store.Part // records after the place, the next ones to tell
	failures, refusals alertLimit
}

// A wish is what a workspace asks to be told, and where.
type wish struct {
	url, filter string // as they are set; url empty: nothing
	target      target
	bad         error // what is wrong with the URL
	types       map[taskrouter.EventType]bool
}

func newWish(w *taskrouter.Workspace) wish {
	if w == nil || w.EventCallbackURL == "" {
		return wish{}
	}
	n := wish{url: w.EventCallbackURL, filter: w.EventsFilter}
	n.target, n.bad = newTarget(n.url)
	for name := range strings.SplitSeq(n.filter, ",") {
		if name = strings.TrimSpace(name); name == "" {
			continue
		}
		if n.types == nil {
			n.types = make(map[taskrouter.EventType]bool)
		}
		n.types[taskrouter.EventType(name)] = true
	}
	return n
}

// wants reports whether events of a type are to be told. Spec: callbacks 3
func (w *wish) wants(t taskrouter.EventType) bool { return w.types == nil || w.types[t] }

// noteEvents takes from a publication what is to be told.
func (m *Messenger) noteEvents(p *engine.Publication) {
	w := p.Catalog.Workspace // nil after the last record
	m.tracks.mu.Lock()
	defer m.tracks.mu.Unlock()
	t := m.tracks.all[p.Workspace]
	if t == nil {
		if w == nil || w.EventCallbackURL == "" {
			return
		}
		t = m.tracks.add(m, p.Workspace, p.Account)
	}
	t.head = max(t.head, p.Position.Seq)
	t.final = t.final || p.Final
	if w != nil {
		t.want(w)
	}
	if t.wish.url != "" {
		t.keep(store.Part{Seq: p.Position.Seq, At: p.At, Changes: p.Changes})
	}
	t.schedule()
}

// adopt has the events of a workspace told that has been there before; stored says that it has a
// position. It does not know better than publications that came already.
func (m *Messenger) adopt(w *taskrouter.Workspace, head store.Seq, stored bool) {
	if w == nil || w.EventCallbackURL == "" && !stored {
		return
	}
	m.tracks.mu.Lock()
	defer m.tracks.mu.Unlock()
	if m.tracks.all[w.SID] != nil {
		return
	}
	t := m.tracks.add(m, w.SID, w.AccountSID)
	t.head, t.fresh = head, w.EventCallbackURL == ""
	t.want(w)
	t.schedule()
}

// add makes a track; the caller holds the mutex.
func (a *tracks) add(
	m *Messenger, ws taskrouter.WorkspaceSID, account taskrouter.AccountSID,
) *track {
	t := &track{m: m, ws: ws, account: account}
	a.all[ws] = t
	return t
}

// want takes over what a version of the workspace asks for; the caller holds the mutex.
func (t *track) want(w *taskrouter.Workspace) {
	if t.wish.url == w.EventCallbackURL && t.wish.filter == w.EventsFilter {
		return
	}
	t.wish, t.other = newWish(w), true
	if t.wish.url == "" {
		t.fresh = true
		t.forgetQueue()
	}
	t.endPause()
}

// keep puts a record into the queue if there is room; the caller holds the mutex.
func (t *track) keep(part store.Part) {
	a := &t.m.tracks
	n := len(t.queue)
	if t.down || t.changes >= maxQueuedTrack || a.queued >= maxQueued ||
		n > 0 && t.queue[n-1].Seq+1 != part.Seq {
		return
	}
	t.queue = append(t.queue, part)
	t.changes += len(part.Changes)
	a.queued += len(part.Changes)
}

// forgetQueue empties the queue; the caller holds the mutex.
func (t *track) forgetQueue() []store.Part {
	queue := t.queue
	t.m.tracks.queued -= t.changes
	t.queue, t.changes = nil, 0
	return queue
}

// schedule has the track run, unless it does or waits; the caller holds the mutex.
func (t *track) schedule() {
	switch {
	case t.busy:
		t.again = true
	case t.pause == nil:
		t.busy = true
		t.m.events.submit(t.wish.target.host, t)
	}
}

// endPause ends the wait before the next attempt; the caller holds the mutex.
func (t *track) endPause() {
	if t.pause != nil {
		t.pause.Stop()
		t.pause = nil
	}
}

// wanted implements [job].
func (t *track) wanted() bool { return true }

// run implements [job]: it tells events for a while, and sees to it that it runs again when there
// is more to do.
func (t *track) run() {
	next := t.step()
	mu := &t.m.tracks.mu
	mu.Lock()
	defer mu.Unlock()
	t.busy = false
	t.down = !t.failing.IsZero()
	if !t.down {
		t.telling = time.Time{}
	}
	again := t.again
	t.again = false
	switch {
	case next.over && t.wish.url == "" && !again, next.over && t.final:
		t.forgetQueue()
		delete(t.m.tracks.all, t.ws)
	case next.pause > 0 && !t.other:
		t.pause = time.AfterFunc(next.pause, func() {
			mu.Lock()
			defer mu.Unlock()
			t.pause = nil
			t.schedule()
		})
	case next.again || again:
		t.schedule()
	case next.save > 0:
		if t.later != nil {
			t.later.Stop() // it may be too late
		}
		t.later = time.AfterFunc(next.save, func() {
			mu.Lock()
			defer mu.Unlock()
			t.later = nil
			t.schedule()
		})
	}
}

// figures are how many receivers do not answer, and the age of the oldest event being told.
func (a *tracks) figures(now time.Time) (down int, lag time.Duration) {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, t := range a.all {
		if t.down {
			down++
		}
		if !t.telling.IsZero() {
			lag = max(lag, now.Sub(t.telling))
		}
	}
	return down, lag
}
