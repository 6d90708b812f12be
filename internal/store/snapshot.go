package store

import (
	"context"
	"database/sql"
	"fmt"
	"iter"

	"taskrouter"
)

// partSize is the plain length from which a part of a snapshot is complete.
const partSize = 256 << 10

const (
	insertPart = `
INSERT INTO snapshot (ws, seq, epoch, part, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (ws, seq, epoch, part) DO UPDATE SET data = excluded.data`
	pointSnapshot = `
UPDATE head SET snap_seq = ?, snap_chain = ?, snap_epoch = epoch, snap_parts = ?
 WHERE ws = ? AND owner = ? AND epoch = ? AND snap_seq < ? AND seq >= ?`
	selectSnapshotSeq = `SELECT snap_seq FROM head WHERE ws = ?`
	// Freeing a part touches every page of it, so only a few go in one turn.
	deleteParts = `
DELETE FROM snapshot WHERE rowid IN (
  SELECT p.rowid FROM snapshot p JOIN head h ON h.ws = p.ws
   WHERE p.ws = ? AND (p.seq <> h.snap_seq OR p.epoch <> h.snap_epoch) LIMIT 4)`
)

// Snapshot implements [Store].
func (s *SQLite) Snapshot(ctx context.Context, l Lease, at Position,
	entities iter.Seq[taskrouter.Entity]) error {
	key, err := s.key(l.Workspace)
	if err == nil {
		err = s.snapshot(ctx, key, l, at, entities)
	}
	if err != nil {
		return fmt.Errorf("snapshot of workspace %s at record %d: %w", l.Workspace, at.Seq, err)
	}
	return nil
}

func (s *SQLite) snapshot(ctx context.Context, key int64, l Lease, at Position,
	entities iter.Seq[taskrouter.Entity]) error {
	newest, err := s.newestSnapshot(ctx, key)
	if err != nil || newest >= at.Seq {
		return err
	}
	// Parts are not fenced: their key holds the epoch, and nothing points at them yet.
	n := 0
	for part := range split(entities) {
		sealed := s.codec.Seal(nil, part)
		err := s.w.patiently(ctx, func() error {
			_, err := s.w.exec(insertPart, key, int64(at.Seq), l.Epoch, n, sealed)
			return err
		})
		if err != nil {
			return err
		}
		n++
	}
	err = s.w.patiently(ctx, func() error {
		moved, err := s.w.exec(pointSnapshot, int64(at.Seq), int64(at.Chain), n,
			key, string(l.Owner), l.Epoch, int64(at.Seq), int64(at.Seq))
		if err != nil || moved > 0 {
			return err
		}
		var newest Seq
		if err := s.w.row(selectSnapshotSeq, key).Scan(&newest); err != nil || newest >= at.Seq {
			return err
		}
		return s.refusal(key, l, at)
	})
	if err != nil {
		return err
	}
	return s.repeat(ctx, func() (int64, error) { return s.w.exec(deleteParts, key) })
}

func (s *SQLite) newestSnapshot(ctx context.Context, key int64) (Seq, error) {
	var newest Seq
	err := s.read.QueryRowContext(ctx, selectSnapshotSeq, key).Scan(&newest)
	if err == sql.ErrNoRows {
		err = ErrNotFound
	}
	return newest, err
}

// repeat runs a statement in patient turns of its own until it has nothing left to do.
func (s *SQLite) repeat(ctx context.Context, statement func() (int64, error)) error {
	for n := int64(1); n > 0; {
		err := s.w.patiently(ctx, func() (err error) {
			n, err = statement()
			return err
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// split yields the entities as plain bodies of about partSize; each is valid until the next.
func split(entities iter.Seq[taskrouter.Entity]) iter.Seq[[]byte] {
	return func(yield func([]byte) bool) {
		var part []byte
		for e := range entities {
			part = AppendEntity(part, e)
			if len(part) < partSize {
				continue
			}
			if !yield(part) {
				return
			}
			part = part[:0]
		}
		if len(part) > 0 {
			yield(part)
		}
	}
}
