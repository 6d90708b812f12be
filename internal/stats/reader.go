package stats

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"sync"
	"sync/atomic"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/store"
)

const (
	// lingering is how long records may collect before they are counted, unless somebody waits.
	lingering = 50 * time.Millisecond
	// saveEvery is how long what was counted may stay in memory alone.
	saveEvery = 2 * time.Second
	// saveSheets is how many owners may wait to be saved: a transaction with as many rows takes
	// a few milliseconds, for which appends wait.
	saveSheets = 256
	// tidyEvery is the time between two looks for minutes that are old enough to be summed up.
	tidyEvery = time.Minute
	// queueLimit is how many changes wait in memory; what comes beyond is read from the journal.
	queueLimit = 20_000
	// patience is how long a caller waits until everything is counted.
	patience = 3 * time.Second
	// lastWords is how long the last save may take.
	lastWords = 5 * time.Second
)

// Options tune a [Reader]; the zero value is what a server wants.
type Options struct {
	Logger *slog.Logger     // nil = none
	Now    func() time.Time // nil = time.Now
}

// A Reader counts what happens in all workspaces of an engine. Its methods may be called from
// many goroutines at once. Errors that callers see are [taskrouter.Error]s.
type Reader struct {
	engine *engine.Engine
	store  store.Store
	log    *slog.Logger
	now    func() time.Time
	room   int           // for the minutes of a workspace, see manyMinutes
	cancel func()        // of the subscription
	wake   chan struct{} // a track is ready
	hurry  chan struct{} // somebody waits

	counted atomic.Uint64 // changes

	mu      sync.Mutex
	tracks  map[taskrouter.WorkspaceSID]*track
	ready   []*track // that may have something to count, in order of arrival
	unsaved []*track
	queued  int // changes in all queues
	waiting int // callers
}

// New returns a reader of e's workspaces, which keeps its figures in st, the engine's store.
// Records are held for it from now on; [Reader.Run] counts them.
func New(e *engine.Engine, st store.Store, o Options) *Reader {
	r := &Reader{
		engine: e,
		store:  st,
		log:    o.Logger,
		now:    o.Now,
		room:   manyMinutes,
		wake:   make(chan struct{}, 1),
		hurry:  make(chan struct{}, 1),
		tracks: make(map[taskrouter.WorkspaceSID]*track),
	}
	if r.log == nil {
		r.log = slog.New(slog.DiscardHandler)
	}
	if r.now == nil {
		r.now = time.Now
	}
	r.cancel = e.Subscribe(store.Statistics, r.publish)
	return r
}

// Run counts until ctx ends, saves what it counted and returns nil; an error means that it could
// not begin. It runs once. A workspace that cannot be counted is logged and tried again later,
// without holding up the others.
func (r *Reader) Run(ctx context.Context) error {
	defer r.cancel()
	entries, err := r.store.AllWorkspaces(ctx)
	if ctx.Err() != nil {
		return nil // stopped before it began
	}
	if err != nil {
		return fmt.Errorf("count: list workspaces: %w", err)
	}
	r.mu.Lock()
	for _, entry := range entries {
		t := r.track(entry.Workspace)
		t.head = max(t.head, entry.Head)
		t.final = t.final || entry.Deleted
		r.makeReady(t)
	}
	r.mu.Unlock()
	save, tidy := time.NewTicker(saveEvery), time.NewTicker(tidyEvery)
	defer save.Stop()
	defer tidy.Stop()
	for {
		select {
		case <-ctx.Done():
			r.saveLast(ctx)
			return nil
		case <-r.wake:
			r.linger(ctx)
			for t := r.nextReady(); t != nil && ctx.Err() == nil; t = r.nextReady() {
				r.finish(ctx, t, r.count(ctx, t))
			}
		case <-save.C:
			r.saveAll(ctx)
		case <-tidy.C:
			r.tidyAll(ctx)
		}
	}
}

// publish takes a record from a workspace's loop.
func (r *Reader) publish(pub engine.Publication) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t := r.track(pub.Workspace)
	seq := pub.Position.Seq
	t.head = max(t.head, seq)
	t.final = t.final || pub.Final
	if r.queued < queueLimit && t.takes(seq) {
		t.push(store.Part{Seq: seq, At: pub.At, Changes: pub.Changes})
		r.queued += len(pub.Changes)
	}
	r.makeReady(t)
}

// linger lets records collect as long as nobody waits for them.
func (r *Reader) linger(ctx context.Context) {
	r.mu.Lock()
	hurried := r.waiting > 0
	r.mu.Unlock()
	if hurried {
		return
	}
	timer := time.NewTimer(lingering)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-r.hurry:
	case <-ctx.Done():
	}
}

// count counts what there is of a workspace: the queue if it goes on from the position, otherwise
// what the journal holds.
func (r *Reader) count(ctx context.Context, t *track) error {
	if err := r.open(ctx, t); err != nil {
		return err
	}
	queue, head, final := r.takeQueue(t)
	for len(queue) > 0 && queue[0].Seq <= t.pos {
		queue = queue[1:]
	}
	switch {
	case len(queue) > 0 && queue[0].Seq == t.pos+1:
		for _, p := range queue {
			if err := r.fold(ctx, t, p); err != nil {
				return err
			}
		}
	case head > t.pos:
		if err := r.reread(ctx, t, head); err != nil {
			return err
		}
	}
	if final && t.pos >= head {
		return r.save(ctx, t)
	}
	return nil
}

// open learns where a track stands, and reads its book if there is somebody who needs it.
func (r *Reader) open(ctx context.Context, t *track) error {
	if !t.known {
		pos, err := r.store.Position(ctx, t.sid, store.Statistics)
		if err != nil {
			return fmt.Errorf("ask for position: %w", err)
		}
		r.mu.Lock()
		t.pos, t.stored, t.known = pos, pos, true
		r.mu.Unlock()
	}
	r.mu.Lock()
	needed := t.book == nil && (t.head > t.pos || len(t.waiting) > 0)
	r.mu.Unlock()
	if !needed {
		return nil
	}
	b, err := r.load(ctx, t.sid)
	if err != nil {
		return fmt.Errorf("read figures: %w", err)
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	t.book = b
	r.waiting -= t.release()
	return nil
}

// reread counts what the journal holds, up to its end. Where it does not reach back to the
// position, because nobody counted when it was trimmed, counting begins at its end.
func (r *Reader) reread(ctx context.Context, t *track, head store.Seq) error {
	start := t.pos
	for part, err := range r.engine.Read(ctx, t.sid, t.pos) {
		if errors.Is(err, store.ErrTrimmed) {
			r.log.Warn("statistics begin anew: records are no longer kept", "workspace", t.sid,
				"after", t.pos, "from", head)
			r.advance(t, head)
			return nil
		}
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		if err := r.fold(ctx, t, part); err != nil {
			return err
		}
	}
	if t.pos == start {
		return errors.New("the journal ends before its head")
	}
	return nil
}

// fold counts a record that follows the position.
func (r *Reader) fold(ctx context.Context, t *track, p store.Part) error {
	t.book.mu.Lock()
	for _, c := range p.Changes {
		t.book.fold(t.sid, c)
	}
	t.book.mu.Unlock()
	r.counted.Add(uint64(len(p.Changes)))
	r.advance(t, p.Seq)
	if len(t.book.dirty)+len(t.book.dirtyLogs) < saveSheets || time.Now().Before(t.retry) {
		return nil
	}
	return r.save(ctx, t)
}

// advance moves a track's position and releases who waited for it.
func (r *Reader) advance(t *track, pos store.Seq) {
	r.mu.Lock()
	defer r.mu.Unlock()
	t.pos = pos
	r.noteUnsaved(t)
	r.waiting -= t.release()
}

// noteUnsaved has a track saved at the next occasion; the caller holds the mutex.
func (r *Reader) noteUnsaved(t *track) {
	if !t.unsaved {
		t.unsaved = true
		r.unsaved = append(r.unsaved, t)
	}
}

// finish decides what becomes of a track after an attempt.
func (r *Reader) finish(ctx context.Context, t *track, err error) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if err == nil {
		t.pause = 0
		switch {
		case t.pos < t.head || t.book == nil && len(t.waiting) > 0:
			r.makeReady(t)
		case t.final && t.stored == t.pos && len(t.waiting) == 0:
			delete(r.tracks, t.sid)
		}
		return
	}
	if ctx.Err() != nil {
		return
	}
	if errors.Is(err, store.ErrMoved) {
		// What is in memory is not what is stored, so it is read again.
		t.book, t.known = nil, false
		r.makeReady(t)
		return
	}
	t.pause = max(time.Second, min(2*t.pause, time.Minute))
	r.log.Error("statistics could not be counted", "workspace", t.sid, "after", t.pos,
		"retry", t.pause, "err", err)
	timer := time.AfterFunc(t.pause, func() {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.makeReady(t)
	})
	context.AfterFunc(ctx, func() { timer.Stop() })
}

// caughtUp returns the book of a workspace when everything in it is counted that was acknowledged
// before the call.
func (r *Reader) caughtUp(
	ctx context.Context, who engine.Principal, ws taskrouter.WorkspaceSID,
) (*book, error) {
	head, err := r.engine.Head(ctx, who, ws)
	if err != nil {
		return nil, err
	}
	r.mu.Lock()
	t := r.track(ws)
	if t.book != nil && t.pos >= head.Seq {
		defer r.mu.Unlock()
		return t.book, nil
	}
	wait := catchUp{seq: head.Seq, done: make(chan *book, 1)}
	t.waiting = append(t.waiting, wait)
	r.waiting++
	r.makeReady(t)
	r.mu.Unlock()
	signal(r.hurry)
	timer := time.NewTimer(patience)
	defer timer.Stop()
	select {
	case b := <-wait.done:
		return b, nil
	case <-timer.C:
		err = taskrouter.Unavailable.Errorf("the statistics of workspace %s are not counted up "+
			"to this moment yet; retry in a moment", ws)
	case <-ctx.Done():
		err = taskrouter.Unavailable.Errorf("gave up waiting for the statistics of workspace "+
			"%s: %w", ws, context.Cause(ctx))
	}
	r.giveUp(t, wait)
	return nil, err
}

// giveUp takes a caller off the list of those who wait.
func (r *Reader) giveUp(t *track, wait catchUp) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for i, c := range t.waiting {
		if c.done == wait.done {
			t.waiting = append(t.waiting[:i], t.waiting[i+1:]...)
			r.waiting--
			return
		}
	}
}

// Stats are figures of a reader.
type Stats struct {
	Changes uint64 // counted since it began
	Behind  int64  // records that are durable and not counted, of all workspaces
}

// Stats returns the figures of now.
func (r *Reader) Stats() Stats {
	s := Stats{Changes: r.counted.Load()}
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, t := range r.tracks {
		if t.known {
			s.Behind += int64(max(0, t.head-t.pos))
		}
	}
	return s
}

// track returns the track of a workspace; the caller holds the mutex.
func (r *Reader) track(sid taskrouter.WorkspaceSID) *track {
	t := r.tracks[sid]
	if t == nil {
		t = &track{sid: sid}
		r.tracks[sid] = t
	}
	return t
}

// makeReady has Run look at a track; the caller holds the mutex.
func (r *Reader) makeReady(t *track) {
	if !t.ready {
		t.ready = true
		r.ready = append(r.ready, t)
		signal(r.wake)
	}
}

// nextReady returns the track that has been ready for longest, or nil.
func (r *Reader) nextReady() *track {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.ready) == 0 {
		r.ready = nil
		return nil
	}
	t := r.ready[0]
	r.ready = r.ready[1:]
	t.ready = false
	return t
}

// takeQueue empties a track's queue.
func (r *Reader) takeQueue(t *track) (queue []store.Part, head store.Seq, final bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	queue = t.queue
	r.queued -= t.changes
	t.queue, t.changes = nil, 0
	return queue, t.head, t.final
}

// signal wakes whoever waits on the channel, now or next.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
