package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"os"
	"time"
)

// A writer is the one connection that writes. Its statements are prepared once. Whoever runs
// them holds the turn.
type writer struct {
	turn       *turn
	conn       *sql.Conn
	statements map[string]*sql.Stmt
	closed     bool

	log       string    // path of the write-ahead log
	longLog   int64     // bytes from which it is too long
	shortened time.Time // last attempt
}

const (
	// keptLog is how many bytes the file of the write-ahead log keeps when it starts over.
	keptLog = 64 << 20
	// logPatience is how long a writer waits for the readers of a log that is too long, and
	// logPause how long it leaves it alone after that.
	logPatience = 100 * time.Millisecond
	logPause    = time.Second
)

var errClosed = errors.New("store is closed")

// newWriter returns the writer of a database file.
func newWriter(conn *sql.Conn, path string) *writer {
	return &writer{
		turn:       newTurn(),
		conn:       conn,
		statements: make(map[string]*sql.Stmt),
		log:        path + "-wal",
		longLog:    2 * keptLog,
	}
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
	w.shortenLog()
	return nil
}

// shortenLog has SQLite begin its log anew if it is too long. SQLite does that by itself at any
// commit at which nobody reads from the log; where readers overlap all the time there is no such
// commit, and the file would grow without end. So the writer waits until those of this moment
// have finished: meanwhile new ones find all they need in the database. A reader who stays for
// longer than that, such as the load of a large workspace, is waited for again later.
func (w *writer) shortenLog() {
	info, err := os.Stat(w.log)
	if err != nil || info.Size() <= w.longLog || time.Since(w.shortened) < logPause {
		return
	}
	w.shortened = time.Now()
	if err := w.busyTimeout(logPatience); err != nil {
		return
	}
	var busy, frames, moved int
	// Whether it worked shows in the size of the file.
	_ = w.row("PRAGMA wal_checkpoint(RESTART)").Scan(&busy, &frames, &moved)
	_ = w.busyTimeout(writerPatience)
}

// busyTimeout sets how long the connection waits for others.
func (w *writer) busyTimeout(d time.Duration) error {
	_, err := w.conn.ExecContext(context.Background(),
		fmt.Sprintf("PRAGMA busy_timeout = %d", d.Milliseconds()))
	return err
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
