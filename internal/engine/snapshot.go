package engine

import (
	"slices"

	"taskrouter"
	"taskrouter/internal/store"
)

const (
	// repeatsPerRecord is how many remembered ids one record carries along before a snapshot.
	repeatsPerRecord = 256
	// finalSnapshot is the number of changes since the last snapshot from which a clean stop
	// takes another, if the workspace is small: replaying fewer is no slower than reading it.
	finalSnapshot = 1000
	// entitiesPerChange is how many entities of a snapshot are read in the time in which a change
	// is replayed.
	entitiesPerChange = 4
)

// A snapshot is on its way to the store. The entities are those at a position; the remembered
// ids go into the journal after it, so that recovery finds them among the records it reads.
type snapshot struct {
	at       store.Position
	since    int // changes that the snapshot before does not hold
	entities []taskrouter.Entity
	owed     []*repeat // not journaled again yet
	after    store.Seq // may be written when this record is durable
	writing  bool
}

// owes reports whether there are ids to journal.
func (s *snapshot) owes() bool { return s != nil && len(s.owed) > 0 }

// considerSnapshot begins a snapshot if it is time. Memory is as it will be at the position.
func (w *workspace) considerSnapshot(at store.Position) {
	if w.snapshot == nil && w.since >= max(w.e.o.SnapshotEvery, w.state.Len()) && !w.ended {
		w.beginSnapshot(at)
	}
}

func (w *workspace) beginSnapshot(at store.Position) {
	w.repeats.expire(w.now.next())
	w.snapshot = &snapshot{
		at:       at,
		since:    w.since,
		entities: slices.Collect(w.state.Entities()),
		owed:     slices.Clone(w.repeats.order),
		after:    at.Seq,
	}
}

// rememberRepeats returns the changes of the next record: the given ones, and some of the ids
// that a snapshot must not lose.
func (w *workspace) rememberRepeats(changes []*taskrouter.Change) []*taskrouter.Change {
	s := w.snapshot
	if !s.owes() {
		return changes
	}
	n := min(repeatsPerRecord, len(s.owed))
	changes = slices.Clip(changes) // its own memory belongs to the readers
	for _, r := range s.owed[:n] {
		changes = append(changes, w.again(r))
	}
	s.owed = s.owed[n:]
	s.after = w.pos.Seq + 1
	return changes
}

// writeSnapshot hands the snapshot to the store, in the background, once all it relies on is
// durable.
func (w *workspace) writeSnapshot() {
	s := w.snapshot
	if s == nil || s.writing || s.owes() || w.pos.Seq < s.after {
		return
	}
	s.writing = true
	lease, entities := w.lease, s.entities
	s.entities = nil
	w.e.loops.Go(func() {
		w.written <- w.e.store.Snapshot(w.e.ctx, lease, s.at, slices.Values(entities))
	})
}

// snapshotWritten is told what became of it. After a failure the next attempt waits for some
// more changes.
func (w *workspace) snapshotWritten(err error) {
	s := w.snapshot
	w.snapshot = nil
	if err != nil {
		w.since -= w.e.o.SnapshotEvery / 10
		w.e.o.Logger.Warn("snapshot could not be stored; the journal is kept for longer",
			"workspace", w.sid, "seq", s.at.Seq, "err", err)
		return
	}
	w.e.count.snapshots.Add(1)
	w.since = max(0, w.since-s.since)
}

// finalSnapshot begins the last snapshot before a clean stop, if one is worth it, and reports
// whether a snapshot is still under way.
func (w *workspace) finalSnapshot() bool {
	if !w.finished && w.snapshot == nil {
		w.finished = true
		worth := max(finalSnapshot, w.state.Len()/entitiesPerChange)
		if w.since >= min(worth, w.e.o.SnapshotEvery) {
			w.beginSnapshot(w.pos)
			w.writeSnapshot()
		}
	}
	return w.snapshot != nil
}

// release lets go of the workspace at a clean stop and ends the loop.
func (w *workspace) release() error {
	wake, _ := w.state.NextDeadline()
	lease := w.lease
	lease.Pos = w.pos
	if err := w.e.store.Release(w.e.ctx, lease, wake); err != nil {
		w.e.o.Logger.Warn("workspace could not be released; the next start loads it",
			"workspace", w.sid, "err", err)
	}
	return errStopping()
}
