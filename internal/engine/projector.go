package engine

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"sync"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

const (
	// projectLinger is how long the projector lets records collect, so that it writes them in
	// large batches, unless somebody waits for them.
	projectLinger = 50 * time.Millisecond
	// projectQueue is how many changes wait in memory; what comes beyond is read back from the
	// journal later.
	projectQueue = 20_000
	// projectBatch is how many changes read back from the journal are written at once.
	projectBatch = 1000
	// projectPatience is how long CaughtUp waits.
	projectPatience = 3 * time.Second
)

// A Projector writes the SQL projection of all workspaces behind their journals: the rows that
// anybody may query, and where [History] finds events, alerts and what became of tasks. It gets
// records as memory while it keeps up; what overflows its bounded queue, and what was appended
// while it did not run, it reads back from the journal. Its position is stored, workspace by
// workspace, together with what it wrote, so a stop at any moment neither loses nor doubles.
type Projector struct {
	e      *Engine
	cancel func()        // of the subscription
	wake   chan struct{} // a track is ready
	hurry  chan struct{} // somebody waits

	mu      sync.Mutex
	tracks  map[taskrouter.WorkspaceSID]*track
	ready   []*track // that may have something to write, in order of arrival
	queued  int      // changes in all queues
	waiting int      // calls of CaughtUp
}

// A track is how far one workspace is projected.
type track struct {
	sid   taskrouter.WorkspaceSID
	pos   store.Seq // projected
	known bool      // pos has been asked of the store
	head  store.Seq // newest record that is known to exist
	final bool      // nothing follows head

	// queue holds records that follow each other without a gap, but may leave one after pos.
	queue   []store.Part
	changes int // in queue
	ready   bool
	waiting []catchUp
	pause   time.Duration // before the next attempt, after a failure
}

// A catchUp waits until a track has reached a position.
type catchUp struct {
	seq  store.Seq
	done chan struct{}
}

// NewProjector returns a projector of e's workspaces. Records are held for it from now on;
// [Projector.Run] writes them.
func NewProjector(e *Engine) *Projector {
	p := &Projector{
		e:      e,
		wake:   make(chan struct{}, 1),
		hurry:  make(chan struct{}, 1),
		tracks: make(map[taskrouter.WorkspaceSID]*track),
	}
	p.cancel = e.Subscribe(store.Projection, p.publish)
	return p
}

// Run projects until ctx ends, then returns nil; an error means that it could not begin. It
// runs once. A workspace whose records cannot be projected is logged and tried again later,
// without holding up the others.
func (p *Projector) Run(ctx context.Context) error {
	defer p.cancel()
	entries, err := p.e.store.AllWorkspaces(ctx)
	if ctx.Err() != nil {
		return nil
	}
	if err != nil {
		return fmt.Errorf("project: list workspaces: %w", err)
	}
	p.mu.Lock()
	for _, entry := range entries {
		t := p.track(entry.Workspace)
		t.head = max(t.head, entry.Head)
		t.final = t.final || entry.Deleted
		p.makeReady(t)
	}
	p.mu.Unlock()
	for {
		select {
		case <-ctx.Done():
			return nil
		case <-p.wake:
		}
		p.linger(ctx)
		for t := p.nextReady(); t != nil; t = p.nextReady() {
			err := p.project(ctx, t)
			if ctx.Err() != nil {
				return nil
			}
			p.finish(ctx, t, err)
		}
	}
}

// CaughtUp waits until everything in the workspace's journal up to seq is in the projection.
// It gives up, with an Unavailable error, when ctx ends or after a few seconds.
func (p *Projector) CaughtUp(
	ctx context.Context, ws taskrouter.WorkspaceSID, seq store.Seq,
) error {
	p.mu.Lock()
	t := p.track(ws)
	if t.known && t.pos >= seq {
		p.mu.Unlock()
		return nil
	}
	wait := catchUp{seq: seq, done: make(chan struct{})}
	t.waiting = append(t.waiting, wait)
	p.waiting++
	p.makeReady(t)
	p.mu.Unlock()
	signal(p.hurry)
	defer func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.waiting--
		t.waiting = slices.DeleteFunc(t.waiting, func(c catchUp) bool {
			return c.done == wait.done // still there if it was given up
		})
	}()
	timer := time.NewTimer(projectPatience)
	defer timer.Stop()
	select {
	case <-wait.done:
		return nil
	case <-timer.C:
		return taskrouter.Unavailable.Errorf("the history of workspace %s is not written up to "+
			"this moment yet; retry in a moment", ws)
	case <-ctx.Done():
		return taskrouter.Unavailable.Errorf("gave up waiting for the history of workspace %s: %w",
			ws, context.Cause(ctx))
	}
}

// publish takes a record from a workspace's loop.
func (p *Projector) publish(pub Publication) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t := p.track(pub.Workspace)
	seq := pub.Position.Seq
	t.head = max(t.head, seq)
	t.final = t.final || pub.Final
	n := len(t.queue)
	if p.queued < projectQueue && (n == 0 || t.queue[n-1].Seq+1 == seq) {
		t.queue = append(t.queue, store.Part{Seq: seq, At: pub.At, Changes: pub.Changes})
		t.changes += len(pub.Changes)
		p.queued += len(pub.Changes)
	}
	p.makeReady(t)
}

// linger lets records collect as long as nobody waits for them.
func (p *Projector) linger(ctx context.Context) {
	p.mu.Lock()
	hurried := p.waiting > 0
	p.mu.Unlock()
	if hurried {
		return
	}
	timer := time.NewTimer(projectLinger)
	defer timer.Stop()
	select {
	case <-timer.C:
	case <-p.hurry:
	case <-ctx.Done():
	}
}

// project writes what there is of a workspace: the queue if it goes on from the position,
// otherwise what the journal holds.
func (p *Projector) project(ctx context.Context, t *track) error {
	if !t.known {
		pos, err := p.e.store.Position(ctx, t.sid, store.Projection)
		if err != nil {
			return fmt.Errorf("ask for position: %w", err)
		}
		p.advance(t, pos)
	}
	queue, head := p.takeQueue(t)
	for len(queue) > 0 && queue[0].Seq <= t.pos {
		queue = queue[1:]
	}
	switch {
	case len(queue) > 0 && queue[0].Seq == t.pos+1:
		return p.write(ctx, t, queue)
	case head > t.pos:
		return p.reread(ctx, t)
	}
	return nil
}

// reread projects from the journal, up to its end.
func (p *Projector) reread(ctx context.Context, t *track) error {
	var parts []store.Part
	changes, start := 0, t.pos
	for part, err := range p.e.Read(ctx, t.sid, t.pos) {
		if err != nil {
			return fmt.Errorf("read journal: %w", err)
		}
		parts = append(parts, part)
		if changes += len(part.Changes); changes >= projectBatch {
			if err := p.write(ctx, t, parts); err != nil {
				return err
			}
			parts, changes = nil, 0
		}
	}
	if len(parts) == 0 && t.pos == start {
		return errors.New("the journal ends before its head")
	}
	return p.write(ctx, t, parts)
}

// write projects records that follow the position, and moves it.
func (p *Projector) write(ctx context.Context, t *track, parts []store.Part) error {
	if len(parts) == 0 {
		return nil
	}
	if err := p.e.store.Project(ctx, t.sid, t.pos, parts); err != nil {
		return fmt.Errorf("write: %w", err)
	}
	p.advance(t, parts[len(parts)-1].Seq)
	return nil
}

// advance moves a track's position and releases who waited for it.
func (p *Projector) advance(t *track, pos store.Seq) {
	p.mu.Lock()
	defer p.mu.Unlock()
	t.pos, t.known = pos, true
	rest := t.waiting[:0]
	for _, c := range t.waiting {
		if c.seq > pos {
			rest = append(rest, c)
			continue
		}
		close(c.done)
	}
	clear(t.waiting[len(rest):])
	t.waiting = rest
}

// finish decides what becomes of a track after an attempt.
func (p *Projector) finish(ctx context.Context, t *track, err error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if err == nil {
		t.pause = 0
		switch {
		case t.pos < t.head:
			p.makeReady(t)
		case t.final && len(t.waiting) == 0:
			delete(p.tracks, t.sid)
		}
		return
	}
	t.known = false
	if errors.Is(err, store.ErrMoved) {
		p.makeReady(t)
		return
	}
	t.pause = max(time.Second, min(2*t.pause, time.Minute))
	p.e.o.Logger.Error("records could not be projected", "workspace", t.sid, "after", t.pos,
		"retry", t.pause, "err", err)
	timer := time.AfterFunc(t.pause, func() {
		p.mu.Lock()
		defer p.mu.Unlock()
		p.makeReady(t)
	})
	context.AfterFunc(ctx, func() { timer.Stop() })
}

// track returns the track of a workspace; the caller holds the mutex.
func (p *Projector) track(sid taskrouter.WorkspaceSID) *track {
	t := p.tracks[sid]
	if t == nil {
		t = &track{sid: sid}
		p.tracks[sid] = t
	}
	return t
}

// makeReady has Run look at a track; the caller holds the mutex.
func (p *Projector) makeReady(t *track) {
	if !t.ready {
		t.ready = true
		p.ready = append(p.ready, t)
		signal(p.wake)
	}
}

// nextReady returns the track that has been ready for longest, or nil.
func (p *Projector) nextReady() *track {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.ready) == 0 {
		p.ready = nil
		return nil
	}
	t := p.ready[0]
	p.ready = p.ready[1:]
	t.ready = false
	return t
}

// takeQueue empties a track's queue.
func (p *Projector) takeQueue(t *track) ([]store.Part, store.Seq) {
	p.mu.Lock()
	defer p.mu.Unlock()
	queue := t.queue
	p.queued -= t.changes
	t.queue, t.changes = nil, 0
	return queue, t.head
}
