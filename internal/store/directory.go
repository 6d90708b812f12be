package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"taskrouter"
)

// openDirectory forgets workspaces that were made but never got a record, and keeps the keys
// of all others in memory. Nobody else writes: the directory is locked.
func (s *SQLite) openDirectory(ctx context.Context) error {
	err := s.w.urgently(func() error {
		_, err := s.w.exec(`DELETE FROM directory WHERE ws IN (SELECT ws FROM head WHERE seq = 0)`)
		if err == nil {
			_, err = s.w.exec(`DELETE FROM head WHERE seq = 0`)
		}
		return err
	})
	if err != nil {
		return err
	}
	s.keys = make(map[taskrouter.WorkspaceSID]int64)
	rows, err := s.read.QueryContext(ctx, `SELECT sid, ws FROM directory`)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		var sid taskrouter.WorkspaceSID
		var key int64
		if err := rows.Scan(&sid, &key); err != nil {
			return err
		}
		s.keys[sid] = key
	}
	return rows.Err()
}

// key is what stands for the workspace in tables.
func (s *SQLite) key(ws taskrouter.WorkspaceSID) (int64, error) {
	s.mu.RLock()
	defer s.mu.RUnlock()
	key, ok := s.keys[ws]
	if !ok {
		return 0, fmt.Errorf("workspace %s: %w", ws, ErrNotFound)
	}
	return key, nil
}

const (
	insertDirectory = `
INSERT INTO directory (sid, account) VALUES (?, ?) ON CONFLICT (sid) DO NOTHING RETURNING ws`
	insertHead = `INSERT INTO head (ws, owner, epoch) VALUES (?, ?, 1)`
)

// Create implements [Store].
func (s *SQLite) Create(ctx context.Context, account taskrouter.AccountSID,
	ws taskrouter.WorkspaceSID) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	var key int64
	err := s.w.urgently(func() error {
		err := s.w.row(insertDirectory, string(ws), string(account)).Scan(&key)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: it exists already", ErrConflict)
		}
		if err == nil {
			_, err = s.w.exec(insertHead, key, string(s.node))
		}
		return err
	})
	if err != nil {
		return Lease{}, fmt.Errorf("create workspace %s: %w", ws, err)
	}
	s.mu.Lock()
	s.keys[ws] = key
	s.mu.Unlock()
	return Lease{Workspace: ws, Owner: s.node, Epoch: 1}, nil
}

const claimHead = `
UPDATE head SET owner = ?, epoch = epoch + 1, wake_at = NULL
 WHERE ws = ? AND EXISTS (SELECT 1 FROM directory d WHERE d.ws = head.ws AND d.deleted = 0)
RETURNING epoch, seq, chain, at`

// Claim implements [Store].
func (s *SQLite) Claim(ctx context.Context, ws taskrouter.WorkspaceSID) (Lease, error) {
	if err := ctx.Err(); err != nil {
		return Lease{}, err
	}
	key, err := s.key(ws)
	if err != nil {
		return Lease{}, err
	}
	l := Lease{Workspace: ws, Owner: s.node}
	err = s.w.urgently(func() error {
		var chain, at int64
		err := s.w.row(claimHead, string(s.node), key).Scan(&l.Epoch, &l.Pos.Seq, &chain, &at)
		if errors.Is(err, sql.ErrNoRows) {
			return fmt.Errorf("%w: it is deleted", ErrNotFound)
		}
		l.Pos.Chain = uint64(chain)
		if l.Pos.Seq > 0 {
			l.At = time.UnixMilli(at).UTC()
		}
		return err
	})
	if err != nil {
		return Lease{}, fmt.Errorf("claim workspace %s: %w", ws, err)
	}
	return l, nil
}

const releaseHead = `
UPDATE head SET owner = NULL, epoch = epoch + 1, wake_at = ?
 WHERE ws = ? AND owner = ? AND epoch = ? AND seq = ? AND chain = ?`

// Release implements [Store].
func (s *SQLite) Release(ctx context.Context, l Lease, wake time.Time) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	key, err := s.key(l.Workspace)
	if err != nil {
		return err
	}
	err = s.w.urgently(func() error {
		n, err := s.w.exec(releaseHead, millis(wake), key,
			string(l.Owner), l.Epoch, int64(l.Pos.Seq), int64(l.Pos.Chain))
		if err == nil && n == 0 {
			return s.refusal(key, l, l.Pos)
		}
		return err
	})
	if err != nil {
		return fmt.Errorf("release workspace %s: %w", l.Workspace, err)
	}
	return nil
}

const (
	selectEntries = `
SELECT d.account, d.sid, h.seq, d.deleted, h.owner IS NULL, h.wake_at
  FROM directory d JOIN head h ON h.ws = d.ws`
	selectAccountEntries = selectEntries + `
 WHERE d.account = ? AND d.deleted = 0 AND h.seq > 0 ORDER BY d.sid`
	selectAllEntries = selectEntries + `
 WHERE h.seq > 0 ORDER BY d.sid`
)

// Workspaces implements [Store].
func (s *SQLite) Workspaces(ctx context.Context,
	account taskrouter.AccountSID) ([]Entry, error) {
	return s.entries(ctx, selectAccountEntries, string(account))
}

// AllWorkspaces implements [Store].
func (s *SQLite) AllWorkspaces(ctx context.Context) ([]Entry, error) {
	return s.entries(ctx, selectAllEntries)
}

func (s *SQLite) entries(ctx context.Context, query string, args ...any) ([]Entry, error) {
	rows, err := s.read.QueryContext(ctx, query, args...)
	if err != nil {
		return nil, fmt.Errorf("list workspaces: %w", err)
	}
	defer rows.Close()
	var list []Entry
	for rows.Next() {
		var e Entry
		var wake sql.NullInt64
		err := rows.Scan(&e.Account, &e.Workspace, &e.Head, &e.Deleted, &e.Released, &wake)
		if err != nil {
			return nil, fmt.Errorf("list workspaces: %w", err)
		}
		if wake.Valid {
			e.WakeAt = time.UnixMilli(wake.Int64).UTC()
		}
		list = append(list, e)
	}
	return list, rows.Err()
}

// millis is a time as tables hold it: milliseconds since 1970, NULL for the zero time.
func millis(t time.Time) any {
	if t.IsZero() {
		return nil
	}
	return t.UnixMilli()
}
