package feed

import (
	"context"
	"slices"
	"sync"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/internal/wire"
)

const (
	// pause is the time between two batches.
	pause = 50 * time.Millisecond
	// batchSize is how much a batch holds before it is cut at the end of a record.
	batchSize = 2_000
	// recentSize is how much of what is newest a room keeps.
	recentSize = 50_000
)

// A room is a workspace that somebody watches. Its fields are guarded by mu but where they say
// otherwise.
type room struct {
	hub     *Hub
	sid     taskrouter.WorkspaceSID
	inbox   inbox
	wake    chan struct{} // something is to be told
	done    chan struct{} // closed when the last reader has left
	members int           // readers and those about to be; guarded by the hub's mutex

	mu      sync.Mutex
	ready   bool // told is known, and somebody tells
	catalog *routing.Catalog
	// recent are the newest publications, without a gap: those after base, up to head.
	recent     []engine.Publication
	size       int // of recent, see weight
	base, head store.Seq
	told       store.Seq // where the streams end
	streams    map[ask]*stream
	seen       map[taskrouter.WorkerSID]wire.Presence
	moved      map[taskrouter.WorkerSID]struct{} // whose presence is to be told
	final      bool                              // the workspace is gone; nothing follows head
	counted    count
}

func newRoom(h *Hub, sid taskrouter.WorkspaceSID) *room {
	return &room{
		hub:     h,
		sid:     sid,
		wake:    make(chan struct{}, 1),
		done:    make(chan struct{}),
		streams: make(map[ask]*stream),
		seen:    make(map[taskrouter.WorkerSID]wire.Presence),
		moved:   make(map[taskrouter.WorkerSID]struct{}),
		counted: count{at: -1},
	}
}

// An inbox holds what the workspace's loop has published and nobody has looked at yet. It has a
// mutex of its own, so that the loop never waits for readers.
type inbox struct {
	mu   sync.Mutex
	list []engine.Publication
	size int // see weight
}

// publish takes a record. It is called from the workspace's loop and does not block.
func (r *room) publish(p engine.Publication) {
	r.inbox.mu.Lock()
	if r.inbox.size > recentSize {
		r.inbox.list, r.inbox.size = nil, 0 // whoever has missed it reads the journal
	}
	r.inbox.list = append(r.inbox.list, p)
	r.inbox.size += weight(p.Changes)
	r.inbox.mu.Unlock()
	signal(r.wake)
}

// receive empties the inbox. mu is held.
func (r *room) receive() {
	r.inbox.mu.Lock()
	list := r.inbox.list
	r.inbox.list, r.inbox.size = nil, 0
	r.inbox.mu.Unlock()
	for _, p := range list {
		r.keep(p)
	}
	n := 0
	for r.size > recentSize && n < len(r.recent)-1 {
		r.size -= weight(r.recent[n].Changes)
		n++
	}
	if n > 0 {
		r.base = r.recent[n-1].Position.Seq
		r.recent = slices.Delete(r.recent, 0, n)
	}
}

// keep adds a record to the recent ones. mu is held.
func (r *room) keep(p engine.Publication) {
	seq := p.Position.Seq
	if seq != r.head+1 {
		r.recent, r.size, r.base = nil, 0, seq-1
	}
	r.head, r.final = seq, r.final || p.Final
	r.recent = append(r.recent, p)
	r.size += weight(p.Changes)
	if p.Catalog != nil && p.Catalog.Workspace != nil {
		r.catalog = p.Catalog
	}
}

// open begins to tell, from a position that was the head a moment ago, unless that has begun.
// Fresh says that it had not, and that nobody's presence is known yet.
func (r *room) open(at store.Seq, c *routing.Catalog) (fresh bool) {
	r.mu.Lock()
	defer r.mu.Unlock()
	if r.ready {
		return false
	}
	r.ready, r.catalog = true, c
	r.told, r.base, r.head = at, at, at
	r.receive()
	r.hub.work.Go(r.run)
	signal(r.wake)
	return true
}

// run tells what has come: at once after a silence, then every so often.
func (r *room) run() {
	timer, counting := time.NewTimer(pause), time.NewTimer(pause)
	defer timer.Stop()
	defer counting.Stop()
	for {
		select {
		case <-r.wake:
		case <-counting.C:
		case <-r.done:
			return
		}
		for r.tell() {
		}
		if wait := r.count(); wait > 0 {
			counting.Reset(wait)
		}
		timer.Reset(pause)
		select {
		case <-timer.C:
		case <-r.done:
			return
		}
	}
}

// tell makes one batch of what has come and puts it on all streams. It reports whether there is
// more.
func (r *room) tell() bool {
	r.mu.Lock()
	r.receive()
	if r.told < r.base {
		// More has come than is kept: everybody reads the journal up to here.
		r.told = r.base
		for _, s := range r.streams {
			s.skip(r.hub)
		}
	}
	b := r.batch(r.told, batchSize, r.head)
	for sid := range r.moved {
		b.present = append(b.present, present{sid, r.seen[sid]})
	}
	clear(r.moved)
	catalog, streams := r.catalog, make([]*stream, 0, len(r.streams))
	for _, s := range r.streams {
		streams = append(streams, s)
	}
	r.mu.Unlock()

	gone := b.gone()
	messages := make(map[*stream][]byte, len(streams))
	if b.size > 0 || len(b.present) > 0 {
		now := r.hub.now()
		for _, s := range streams {
			if text, ok := r.hub.write(b, &s.ask, catalog, now); ok {
				messages[s] = text
			}
		}
	}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.told = b.to
	for _, s := range r.streams {
		if text, ok := messages[s]; ok {
			s.add(r.hub, piece{b.to, text})
		} else if b.size > 0 { // it is new, or its message could not be written
			s.skip(r.hub)
		}
		for reader := range s.readers {
			if gone[reader.channel] {
				reader.endDeleted()
			}
			reader.due()
		}
	}
	return r.told < r.head
}

// batch makes one batch of the records after a position, which recent holds, up to another. mu
// is held.
func (r *room) batch(after store.Seq, most int, upTo store.Seq) *batch {
	b := &batch{to: after}
	for i := int(after - r.base); i < len(r.recent) && b.size < most && b.to < upTo; i++ {
		p := &r.recent[i]
		b.add(p.Position.Seq, p.At, p.Changes)
	}
	return b
}

// missed makes a batch of the records that follow a reader's position, up to where the streams
// end: from memory if it still has them, else from the journal.
func (r *room) missed(ctx context.Context, after store.Seq) (*batch, *routing.Catalog, error) {
	r.mu.Lock()
	upTo, catalog := r.told, r.catalog
	if after >= r.base {
		b := r.batch(after, batchSize, upTo)
		r.mu.Unlock()
		return b, catalog, nil
	}
	r.mu.Unlock()
	select {
	case r.hub.reading <- struct{}{}:
		defer func() { <-r.hub.reading }()
	case <-ctx.Done():
		return nil, nil, context.Cause(ctx)
	}
	b := &batch{to: after}
	for part, err := range r.hub.options.Engine.Read(ctx, r.sid, after) {
		if err != nil {
			return nil, nil, err
		}
		b.add(part.Seq, part.At, part.Changes)
		if b.size >= batchSize || b.to >= upTo {
			break
		}
	}
	return b, catalog, nil
}

// notePresence notes that a worker's pages have come or gone.
func (r *room) notePresence(worker taskrouter.WorkerSID, p wire.Presence) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.seen[worker] = p
	r.moved[worker] = struct{}{}
	signal(r.wake)
}

// everybody lists all whose presence is known. mu is held.
func (r *room) everybody() []present {
	var list []present
	for sid, p := range r.seen {
		if p.Connections > 0 {
			list = append(list, present{sid, p})
		}
	}
	return list
}

// signal wakes whoever waits for it, now or later.
func signal(c chan struct{}) {
	select {
	case c <- struct{}{}:
	default:
	}
}
