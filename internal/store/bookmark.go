package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"

	"taskrouter"
)

const (
	selectMark = `SELECT mark FROM reader WHERE ws = ? AND name = ?`
	updateMark = `UPDATE reader SET mark = ? WHERE ws = ? AND name = ?`
)

// Bookmark implements [Store].
func (s *SQLite) Bookmark(ctx context.Context, ws taskrouter.WorkspaceSID, reader string) (
	mark string, ok bool, err error) {
	key, err := s.key(ws)
	if err != nil {
		return "", false, err
	}
	err = s.read.QueryRowContext(ctx, selectMark, key, reader).Scan(&mark)
	switch {
	case errors.Is(err, sql.ErrNoRows):
		return "", false, nil
	case err != nil:
		return "", false, fmt.Errorf("bookmark of %s in workspace %s: %w", reader, ws, err)
	}
	return mark, true, nil
}

// SetBookmark implements [Store].
func (s *SQLite) SetBookmark(ctx context.Context, ws taskrouter.WorkspaceSID, reader,
	mark string) error {
	key, err := s.ownReader(ws, reader)
	if err == nil {
		err = s.w.patiently(ctx, func() error {
			n, err := s.w.exec(updateMark, mark, key, reader)
			if err == nil && n == 0 {
				err = fmt.Errorf("%w: the reader has no position", ErrMoved)
			}
			return err
		})
	}
	if err != nil {
		return fmt.Errorf("set bookmark of %s in workspace %s: %w", reader, ws, err)
	}
	return nil
}
