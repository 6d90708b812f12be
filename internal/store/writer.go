package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
)

// A writer is the one connection that writes. Its statements are prepared once. Whoever runs
// them holds the turn.
type writer struct {
	turn       *turn
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	closed     bool
}

var errClosed = errors.New("store is closed")

func newWriter(conn *sql.Conn) *writer {
	return &writer{turn: newTurn(), conn: conn, statements: make(map[string]*sql.Stmt)}
}

// urgently runs do in a transaction whose commit is synced. It goes before patient callers and
// cannot be cancelled: a commit that was begun must be known to be in or not.
func (w *writer) urgently(do func() error) error {
	w.turn.take()
	defer w.turn.give()
	return w.transaction(do)
}

// patiently runs do in a transaction after those for which people wait. Its commit is not
// synced: it becomes durable with the next one that is, or is lost together with all that
// patient callers did after it. What it does must be short and must be possible again.
func (w *writer) patiently(ctx context.Context, do func() error) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	w.turn.takePatiently()
	defer w.turn.give()
	if _, err := w.exec("PRAGMA synchronous = NORMAL"); err != nil {
		return err
	}
	err := w.transaction(do)
	_, full := w.exec("PRAGMA synchronous = FULL")
	return errors.Join(err, full)
}

func (w *writer) transaction(do func() error) error {
	if _, err := w.exec("BEGIN IMMEDIATE"); err != nil {
		return err
	}
	open := true
	defer func() {
		if open {
			// Some errors have ended the transaction already; then this fails, and may.
			_, _ = w.exec("ROLLBACK")
		}
	}()
	if err := do(); err != nil {
		return err
	}
	if _, err := w.exec("COMMIT"); err != nil {
		return err
	}
	open = false
	return nil
}

// exec runs a statement and returns how many rows it changed.
func (w *writer) exec(statement string, args ...any) (int64, error) {
	stmt, err := w.prepare(statement)
	if err != nil {
		return 0, err
	}
	r, err := stmt.ExecContext(context.Background(), args...)
	if err != nil {
		return 0, err
	}
	return r.RowsAffected()
}

// row runs a statement that returns at most one row.
func (w *writer) row(statement string, args ...any) *sql.Row {
	stmt, err := w.prepare(statement)
	if err != nil {
		// Scan of this row reports the error again.
		return w.conn.QueryRowContext(context.Background(), statement, args...)
	}
	return stmt.QueryRowContext(context.Background(), args...)
}

func (w *writer) prepare(statement string) (*sql.Stmt, error) {
	if w.closed {
		return nil, errClosed
	}
	if stmt, ok := w.statements[statement]; ok {
		return stmt, nil
	}
	stmt, err := w.conn.PrepareContext(context.Background(), statement)
	if err != nil {
		return nil, fmt.Errorf("prepare %.40q: %w", statement, err)
	}
	w.statements[statement] = stmt
	return stmt, nil
}

// close waits for the turns under way and closes the connection.
func (w *writer) close() error {
	w.turn.take()
	defer w.turn.give()
	w.closed = true
	var errs []error
	for _, stmt := range w.statements {
		errs = append(errs, stmt.Close())
	}
	return errors.Join(append(errs, w.conn.Close())...)
}
