package store

import (
	"context"
	"errors"
	"fmt"

	"taskrouter"
)

const (
	selectPosition = `SELECT coalesce((SELECT pos FROM reader WHERE ws = ? AND name = ?), 0)`
	insertPosition = `
INSERT INTO reader (ws, name, pos) VALUES (?, ?, 0) ON CONFLICT (ws, name) DO NOTHING`
	movePosition = `
UPDATE reader SET pos = ? WHERE ws = ? AND name = ? AND pos = ?`
	deletePosition = `DELETE FROM reader WHERE ws = ? AND name = ?`
	selectHeadSeq  = `SELECT seq FROM head WHERE ws = ?`
)

// Position implements [Store].
func (s *SQLite) Position(ctx context.Context, ws taskrouter.WorkspaceSID,
	reader string) (Seq, error) {
	key, err := s.key(ws)
	if err != nil {
		return 0, err
	}
	var pos Seq
	err = s.read.QueryRowContext(ctx, selectPosition, key, reader).Scan(&pos)
	if err != nil {
		return 0, fmt.Errorf("position of %s in workspace %s: %w", reader, ws, err)
	}
	return pos, nil
}

// Advance implements [Store].
func (s *SQLite) Advance(ctx context.Context, ws taskrouter.WorkspaceSID, reader string,
	after, to Seq) error {
	key, err := s.ownReader(ws, reader)
	if err == nil && (after < 0 || to < after) {
		err = errors.New("a position does not move back")
	}
	if err == nil {
		err = s.w.patiently(ctx, func() error {
			var head Seq
			if err := s.w.row(selectHeadSeq, key).Scan(&head); err != nil {
				return err
			}
			if to > head {
				return fmt.Errorf("the journal ends at record %d", head)
			}
			return s.movePosition(key, reader, after, to)
		})
	}
	if err != nil {
		return fmt.Errorf("advance %s in workspace %s from record %d to %d: %w",
			reader, ws, after, to, err)
	}
	return nil
}

// Forget implements [Store].
func (s *SQLite) Forget(ctx context.Context, ws taskrouter.WorkspaceSID, reader string) error {
	key, err := s.ownReader(ws, reader)
	if err == nil {
		err = s.w.patiently(ctx, func() error {
			_, err := s.w.exec(deletePosition, key, reader)
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("forget %s in workspace %s: %w", reader, ws, err)
	}
	return nil
}

// ownReader is the workspace's key, if the reader moves its position by itself.
func (s *SQLite) ownReader(ws taskrouter.WorkspaceSID, reader string) (int64, error) {
	if reader == Projection || reader == Statistics || reader == "" {
		return 0, fmt.Errorf("%q is no reader that moves by itself", reader)
	}
	return s.key(ws)
}

// movePosition moves a reader within the writer's transaction.
func (s *SQLite) movePosition(key int64, reader string, from, to Seq) error {
	if from == 0 {
		if _, err := s.w.exec(insertPosition, key, reader); err != nil {
			return err
		}
	}
	n, err := s.w.exec(movePosition, int64(to), key, reader, int64(from))
	if err != nil || n > 0 {
		return err
	}
	var pos Seq
	if err := s.w.row(selectPosition, key, reader).Scan(&pos); err != nil {
		return err
	}
	return fmt.Errorf("%w: it is %d", ErrMoved, pos)
}
