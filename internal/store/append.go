package store

import (
	"database/sql"
	"errors"
	"fmt"
	"time"
)

const (
	// The right to write, the place to write at and the order of time are checked by the
	// statement that moves the head, so nothing can come between check and write.
	advanceHead = `
UPDATE head SET seq = ?, chain = ?, at = ?
 WHERE ws = ? AND owner = ? AND epoch = ? AND seq = ? AND chain = ? AND at <= ?`
	insertRecord    = `INSERT INTO journal (ws, seq, epoch, at, body) VALUES (?, ?, ?, ?, ?)`
	deleteWorkspace = `UPDATE directory SET deleted = 1 WHERE ws = ?`
	disownHead      = `UPDATE head SET owner = NULL WHERE ws = ?`
	selectHead      = `
SELECT coalesce(h.owner, ''), h.epoch, h.seq, h.chain, h.at, d.deleted
  FROM head h JOIN directory d ON d.ws = h.ws WHERE h.ws = ?`
)

// Append implements [Store].
func (s *SQLite) Append(batch []Record) []Outcome {
	outcomes := make([]Outcome, len(batch))
	err := s.w.urgently(func() error {
		for i := range batch {
			var err error
			if outcomes[i], err = s.append(&batch[i]); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		err = fmt.Errorf("append to the journal: %w", err)
		for i := range outcomes {
			outcomes[i] = Outcome{State: Failed, Err: err}
		}
	}
	return outcomes
}

// append writes one record or refuses it; an error fails the whole batch.
func (s *SQLite) append(r *Record) (Outcome, error) {
	key, err := s.key(r.Lease.Workspace)
	if err != nil {
		return Outcome{State: Refused, Err: err}, nil
	}
	if err := r.check(); err != nil {
		return s.refuse(key, r, err)
	}
	at := r.At.UnixMilli()
	n, err := s.w.exec(advanceHead, int64(r.Next.Seq), int64(r.Next.Chain), at,
		key, string(r.Lease.Owner), r.Lease.Epoch, int64(r.Prev.Seq), int64(r.Prev.Chain), at)
	if err != nil {
		return Outcome{}, err
	}
	if n == 0 {
		return s.refuse(key, r, nil)
	}
	_, err = s.w.exec(insertRecord, key, int64(r.Next.Seq), r.Lease.Epoch, at, r.Body)
	if err == nil && r.Final {
		if _, err = s.w.exec(deleteWorkspace, key); err == nil {
			_, err = s.w.exec(disownHead, key)
		}
	}
	return Outcome{State: Durable, Head: r.Next}, err
}

// check finds records that could not be read again.
func (r *Record) check() error {
	switch {
	case len(r.Body) < 2+checksumSize:
		return errors.New("the record has no sealed body")
	case r.Next.Seq != r.Prev.Seq+1:
		return fmt.Errorf("%w: record %d cannot follow %d", ErrFenced, r.Next.Seq, r.Prev.Seq)
	case r.Next.Chain != Chain(r.Prev.Chain, r.Body):
		return fmt.Errorf("%w: chain of record %d does not go with its body", ErrFenced, r.Next.Seq)
	case plainLength(r.Body) > maxPlain:
		return fmt.Errorf("record %d has %d bytes; at most %d are possible",
			r.Next.Seq, plainLength(r.Body), maxPlain)
	}
	return nil
}

// refuse tells why a record was not written: the reason given, or what the head says.
func (s *SQLite) refuse(key int64, r *Record, reason error) (Outcome, error) {
	h, err := s.head(key)
	if err != nil {
		return Outcome{}, err
	}
	if reason == nil {
		reason = h.refusal(r.Lease, r.Prev, r.At)
	}
	return Outcome{
		State: Refused,
		Head:  h.pos,
		Err:   fmt.Errorf("workspace %s: %w", r.Lease.Workspace, reason),
	}, nil
}

// refusal tells why a lease that claims to stand at pos is not accepted.
func (s *SQLite) refusal(key int64, l Lease, pos Position) error {
	h, err := s.head(key)
	if err != nil {
		return err
	}
	return h.refusal(l, pos, h.at)
}

// A head is the lease and position of a workspace as they are stored.
type head struct {
	owner   NodeID
	epoch   int64
	pos     Position
	at      time.Time
	deleted bool
}

func (s *SQLite) head(key int64) (head, error) {
	var h head
	var chain, at int64
	err := s.w.row(selectHead, key).Scan(&h.owner, &h.epoch, &h.pos.Seq, &chain, &at, &h.deleted)
	if errors.Is(err, sql.ErrNoRows) {
		return h, ErrNotFound
	}
	h.pos.Chain, h.at = uint64(chain), time.UnixMilli(at).UTC()
	return h, err
}

// refusal compares what somebody believes with the head.
func (h *head) refusal(l Lease, pos Position, at time.Time) error {
	switch {
	case h.deleted:
		return fmt.Errorf("%w: it is deleted", ErrNotFound)
	case h.owner == "":
		return fmt.Errorf("%w: nobody owns it since epoch %d; claim it", ErrFenced, h.epoch)
	case h.owner != l.Owner || h.epoch != l.Epoch:
		return fmt.Errorf("%w: epoch %d of node %s has ended; node %s owns it in epoch %d",
			ErrFenced, l.Epoch, l.Owner, h.owner, h.epoch)
	case h.pos.Seq != pos.Seq:
		return fmt.Errorf("%w: the journal stands at record %d, not %d; claim and load again",
			ErrFenced, h.pos.Seq, pos.Seq)
	case h.pos.Chain != pos.Chain:
		return fmt.Errorf("%w: up to record %d the journal is %016x, not %016x; "+
			"histories have parted", ErrFenced, pos.Seq, h.pos.Chain, pos.Chain)
	default:
		return fmt.Errorf("%w: %s is before the newest record's %s; time must not run back",
			ErrFenced, at.UTC().Format(time.RFC3339Nano), h.at.Format(time.RFC3339Nano))
	}
}
