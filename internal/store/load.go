package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"
	"time"

	"taskrouter"
)

const (
	selectSnapshot = `
SELECT snap_seq, snap_epoch, snap_chain, snap_parts FROM head WHERE ws = ?`
	selectParts = `
SELECT part, data FROM snapshot WHERE ws = ? AND seq = ? AND epoch = ? ORDER BY part`
	selectTail = `
SELECT seq, at, body FROM journal WHERE ws = ? AND seq > ? AND seq <= ? ORDER BY seq`
	selectPage = `
SELECT seq, at, body FROM journal WHERE ws = ? AND seq > ? ORDER BY seq LIMIT ?`
	selectTrimmed = `SELECT trim_seq FROM head WHERE ws = ?`
)

// Load implements [Store].
func (s *SQLite) Load(ctx context.Context, l Lease, into func(Part) error) error {
	key, err := s.key(l.Workspace)
	if err != nil {
		return err
	}
	// One transaction sees one snapshot and the records that go on from it.
	tx, err := s.read.BeginTx(ctx, &sql.TxOptions{ReadOnly: true})
	if err != nil {
		return fmt.Errorf("load workspace %s: %w", l.Workspace, err)
	}
	defer tx.Rollback() // it only read
	load := loading{s: s, tx: tx, key: key, lease: l, into: into}
	if err := load.snapshot(ctx); err != nil {
		return err
	}
	return load.tail(ctx)
}

// A loading is one Load under way.
type loading struct {
	s     *SQLite
	tx    *sql.Tx
	key   int64
	lease Lease
	into  func(Part) error

	decoder decoder
	plain   []byte
	pos     Position // how far it has come
}

// snapshot hands over the newest snapshot, if there is one.
func (l *loading) snapshot(ctx context.Context) error {
	ws := l.lease.Workspace
	var chain, epoch int64
	var parts int
	err := l.tx.QueryRowContext(ctx, selectSnapshot, l.key).
		Scan(&l.pos.Seq, &epoch, &chain, &parts)
	if err != nil {
		return fmt.Errorf("load workspace %s: %w", ws, err)
	}
	l.pos.Chain = uint64(chain)
	if l.pos.Seq > l.lease.Pos.Seq {
		return fmt.Errorf("load workspace %s: %w: its snapshot is at record %d, the lease at %d",
			ws, ErrFenced, l.pos.Seq, l.lease.Pos.Seq)
	}
	rows, err := l.tx.QueryContext(ctx, selectParts, l.key, int64(l.pos.Seq), epoch)
	if err != nil {
		return fmt.Errorf("load workspace %s: %w", ws, err)
	}
	defer rows.Close()
	n := 0
	for ; rows.Next(); n++ {
		var part int
		var data sql.RawBytes
		if err := rows.Scan(&part, &data); err != nil {
			return fmt.Errorf("load workspace %s: %w", ws, err)
		}
		var entities []taskrouter.Entity
		plain, err := l.s.codec.Open(l.plain[:0], data)
		if err == nil {
			l.plain = plain
			entities, _, err = l.decoder.decode(plain)
		}
		if err != nil || part != n {
			return damage(ws, fmt.Sprintf("part %d of the snapshot at record %d", n, l.pos.Seq), err)
		}
		if err := l.into(Part{Seq: l.pos.Seq, Entities: entities}); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("load workspace %s: %w", ws, err)
	}
	if n != parts {
		return damage(ws, fmt.Sprintf("part %d of the snapshot at record %d", n, l.pos.Seq), nil)
	}
	return nil
}

// tail hands over the records from l.pos to the lease's position.
func (l *loading) tail(ctx context.Context) error {
	ws, end := l.lease.Workspace, l.lease.Pos
	rows, err := l.tx.QueryContext(ctx, selectTail, l.key, int64(l.pos.Seq), int64(end.Seq))
	if err != nil {
		return fmt.Errorf("load workspace %s: %w", ws, err)
	}
	defer rows.Close()
	for rows.Next() {
		var seq Seq
		var at int64
		var body sql.RawBytes
		if err := rows.Scan(&seq, &at, &body); err != nil {
			return fmt.Errorf("load workspace %s: %w", ws, err)
		}
		if seq != l.pos.Seq+1 {
			break // reported below
		}
		part, err := l.s.part(ws, &l.decoder, &l.plain, seq, at, body)
		if err != nil {
			return err
		}
		l.pos = Position{Seq: seq, Chain: Chain(l.pos.Chain, body)}
		if err := l.into(part); err != nil {
			return err
		}
	}
	if err := rows.Err(); err != nil {
		return fmt.Errorf("load workspace %s: %w", ws, err)
	}
	if l.pos.Seq != end.Seq {
		return damage(ws, fmt.Sprintf("record %d", l.pos.Seq+1), nil)
	}
	if l.pos.Chain != end.Chain {
		return fmt.Errorf("workspace %s: %w: up to record %d the journal gives %016x, not %016x; "+
			"restore it from a backup", ws, ErrDamaged, end.Seq, l.pos.Chain, end.Chain)
	}
	return nil
}

// part opens and decodes a record. Plain is a buffer that it keeps.
func (s *SQLite) part(ws taskrouter.WorkspaceSID, d *decoder, plain *[]byte,
	seq Seq, at int64, body []byte) (Part, error) {
	opened, err := s.codec.Open((*plain)[:0], body)
	if err != nil {
		return Part{}, damage(ws, fmt.Sprintf("record %d", seq), err)
	}
	*plain = opened
	_, changes, err := d.decode(opened)
	if err != nil {
		return Part{}, damage(ws, fmt.Sprintf("record %d", seq), err)
	}
	return Part{Seq: seq, At: time.UnixMilli(at).UTC(), Changes: changes}, nil
}

// damage is the error for something of a workspace that is not as it was written; a nil
// reason means that it is not there at all.
func damage(ws taskrouter.WorkspaceSID, what string, reason error) error {
	if reason == nil {
		reason = errors.New("it is missing")
	}
	return fmt.Errorf("workspace %s, %s: %w: %w; restore it from a backup",
		ws, what, ErrDamaged, reason)
}

// A page of records is read before any of them is yielded.
const (
	pageRecords = 256
	pageBytes   = 1 << 20
)

// Read implements [Store].
func (s *SQLite) Read(ctx context.Context, ws taskrouter.WorkspaceSID,
	after Seq) iter.Seq2[Part, error] {
	return func(yield func(Part, error) bool) {
		key, err := s.key(ws)
		if err != nil {
			yield(Part{}, err)
			return
		}
		var d decoder
		var plain []byte
		for {
			page, err := s.page(ctx, key, after)
			if err != nil {
				yield(Part{}, fmt.Errorf("read workspace %s: %w", ws, err))
				return
			}
			for _, r := range page {
				if r.seq != after+1 {
					yield(Part{}, s.gap(ctx, ws, key, after+1))
					return
				}
				part, err := s.part(ws, &d, &plain, r.seq, r.at, r.body)
				if !yield(part, err) || err != nil {
					return
				}
				after = r.seq
			}
			if len(page) == 0 {
				if err := s.trimmed(ctx, ws, key, after+1); err != nil {
					yield(Part{}, err)
				}
				return
			}
		}
	}
}

// stored is a record as the journal holds it.
type stored struct {
	seq  Seq
	at   int64
	body []byte
}

// page reads the next records, at least one if there is any.
func (s *SQLite) page(ctx context.Context, key int64, after Seq) ([]stored, error) {
	rows, err := s.read.QueryContext(ctx, selectPage, key, int64(after), pageRecords)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	var page []stored
	for size := 0; size < pageBytes && rows.Next(); {
		var r stored
		if err := rows.Scan(&r.seq, &r.at, &r.body); err != nil {
			return nil, err
		}
		page = append(page, r)
		size += len(r.body)
	}
	return page, rows.Err()
}

// gap says why the record seq is not there although later ones are.
func (s *SQLite) gap(ctx context.Context, ws taskrouter.WorkspaceSID, key int64, seq Seq) error {
	if err := s.trimmed(ctx, ws, key, seq); err != nil {
		return err
	}
	return damage(ws, fmt.Sprintf("record %d", seq), nil)
}

// trimmed is the error for a record that is no longer kept, nil for one that should be there or
// is yet to come.
func (s *SQLite) trimmed(ctx context.Context, ws taskrouter.WorkspaceSID, key int64,
	seq Seq) error {
	var trimmed Seq
	if err := s.read.QueryRowContext(ctx, selectTrimmed, key).Scan(&trimmed); err != nil {
		return fmt.Errorf("read workspace %s: %w", ws, err)
	}
	if seq > trimmed {
		return nil
	}
	return fmt.Errorf("read workspace %s from record %d: %w; those after %d are",
		ws, seq, ErrTrimmed, trimmed)
}
