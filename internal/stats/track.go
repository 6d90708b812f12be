package stats

import (
	"time"

	"taskrouter"
	"taskrouter/internal/store"
)

// A track is how far one workspace is counted. Its book is written by the goroutine of
// [Reader.Run] alone; everything else is guarded by the reader's mutex.
type track struct {
	sid  taskrouter.WorkspaceSID
	book *book // nil until somebody needs it

	pos    store.Seq // counted
	stored store.Seq // counted and stored
	known  bool      // both have been asked of the store
	head   store.Seq // newest record that is known to exist
	final  bool      // nothing follows head

	// queue holds records that follow each other without a gap, but may leave one after pos.
	queue   []store.Part
	changes int // in queue
	ready   bool
	unsaved bool // on the list of those to be saved
	waiting []catchUp
	pause   time.Duration // before the next attempt, after a failure
	retry   time.Time     // saving before then would fail again
}

// A catchUp waits until a track has reached a position and its book is there.
type catchUp struct {
	seq  store.Seq
	done chan *book // gets the book
}

// push takes a record, unless it leaves a gap.
func (t *track) push(p store.Part) {
	t.queue = append(t.queue, p)
	t.changes += len(p.Changes)
}

// takes reports whether a record would follow those that wait.
func (t *track) takes(seq store.Seq) bool {
	n := len(t.queue)
	return n == 0 || t.queue[n-1].Seq+1 == seq
}

// release hands the book to those whose position is reached.
func (t *track) release() (released int) {
	rest := t.waiting[:0]
	for _, c := range t.waiting {
		if t.book == nil || c.seq > t.pos {
			rest = append(rest, c)
			continue
		}
		c.done <- t.book
		released++
	}
	clear(t.waiting[len(rest):])
	t.waiting = rest
	return released
}
