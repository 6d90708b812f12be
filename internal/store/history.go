package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"strings"
	"time"

	"taskrouter"
)

// A Window is a stretch of a workspace's history, and where in it a page begins. Events and
// alerts are read in the order of their SIDs, which is the order of time.
type Window struct {
	From, To time.Time // both included; zero = as far as history is kept
	AfterSeq Seq       // only what later records tell; 0 = all
	// Start is the SID that the page comes after, in the direction of reading; the thing itself
	// may be gone. Empty: the page begins at the window's end (or start, if Ascending).
	Start     string
	Ascending bool // oldest first; else newest first
	Limit     int  // most items of the page
}

// A Page is part of a window, in the order of reading.
type Page[T any] struct {
	Items []T
	More  bool // there are, or may be, others beyond
	// Edge is set if the page ends early: not because it is full, but because enough was looked
	// at. It is the SID from which to go on.
	Edge string
}

// An EventQuery says which events are wanted. What is empty filters nothing.
type EventQuery struct {
	Window
	SID         taskrouter.EventSID
	Types       []taskrouter.EventType // any of them
	Task        taskrouter.TaskSID
	Worker      taskrouter.WorkerSID
	Reservation taskrouter.ReservationSID
	TaskQueue   taskrouter.TaskQueueSID
	Workflow    taskrouter.WorkflowSID
	TaskChannel string // SID or unique name
	Actor       string // SID of who caused it
	// Search is text that the description, the type, a SID, or the name that a worker or queue
	// mentioned has at present must hold; letters may be large or small.
	Search string
}

// An AlertQuery says which alerts are wanted. What is empty filters nothing.
type AlertQuery struct {
	Window
	SID      taskrouter.AlertSID
	Level    taskrouter.AlertLevel
	Code     taskrouter.AlertCode
	Task     taskrouter.TaskSID
	Worker   taskrouter.WorkerSID
	Workflow taskrouter.WorkflowSID
}

// A PastEvent is an event as the journal tells it.
type PastEvent struct {
	*taskrouter.Event
	Actor taskrouter.Actor // of the change that it belongs to
	Seq   Seq              // of the record
}

// A PastAlert is an alert and the record that tells it.
type PastAlert struct {
	taskrouter.Alert
	Seq Seq
}

// A TaskLife is what became of a task, in figures. Zero times are moments that did not come.
type TaskLife struct {
	Status       taskrouter.TaskStatus
	Reason       string
	Created      time.Time
	FirstOffered time.Time
	Accepted     time.Time
	Ended        time.Time // completed or canceled
	Removed      time.Time // deleted, or left the live state after its end
	Offers       int
}

// Looks are how many rows are looked at for one page where no index leads to those that it wants:
// a few at first, then more and more. A page that is not full after the last step ends there.
type looks struct{ first, last int }

// usualLooks end after 170,000 rows, which takes about a tenth of a second.
var usualLooks = looks{first: 2_000, last: 128_000}

// A reading is a query of one of the tables of history, without its window.
type reading struct {
	table, columns string
	prefix         string   // of the SIDs
	where          []string // conditions
	args           []any    // of the conditions
	direct         bool     // an index leads to the rows that are wanted
	costly         bool     // a look at a row costs several times as much as usual
}

// is adds a condition on a column, unless the value is empty.
func (r *reading) is(column, value string) {
	if value != "" {
		r.where, r.args = append(r.where, column+" = ?"), append(r.args, value)
	}
}

// isKey adds a condition on a column that has an index.
func (r *reading) isKey(column, value string) {
	r.is(column, value)
	r.direct = r.direct || value != ""
}

// look hands the rows of a page, and one more if there is one, to take. It returns the edge of
// the page if it ends early.
func (s *SQLite) look(ctx context.Context, ws taskrouter.WorkspaceSID, r *reading, w Window,
	take func(*sql.Rows) error) (edge string, err error) {
	key, err := s.key(ws)
	if err != nil {
		return "", err
	}
	low, high, err := s.bounds(ctx, key, r.prefix, w)
	if err != nil {
		return "", err
	}
	last := s.looks.last
	if r.costly {
		last /= 4
	}
	left := w.Limit + 1
	for step := s.looks.first; left > 0; step *= 4 {
		from, to := low, high
		if !r.direct {
			edge, err = s.edge(ctx, ws, r, w.Ascending, low, high, step)
			if err != nil {
				return "", err
			}
		}
		switch {
		case edge == "":
		case w.Ascending:
			to = behind(edge)
			low = to
		default:
			from = edge
			high = from
		}
		n, err := s.rows(ctx, ws, r, w.Ascending, from, to, left, take)
		if err != nil {
			return "", err
		}
		left -= n
		if edge == "" {
			return "", nil
		}
		if step >= last && left > 0 {
			return edge, nil
		}
	}
	return "", nil
}

// bounds are the SIDs between which the window's are: low is among them, high is not.
func (s *SQLite) bounds(ctx context.Context, key int64, prefix string,
	w Window) (low, high string, err error) {
	from := w.From
	if w.AfterSeq > 0 {
		at, err := s.timeOf(ctx, key, w.AfterSeq)
		if err != nil {
			return "", "", err
		}
		if at.After(from) {
			from = at
		}
	}
	low, high = prefix, prefix+"g" // after all digits
	if !from.IsZero() {
		low = firstSID(prefix, from)
	}
	if !w.To.IsZero() {
		high = firstSID(prefix, w.To.Add(time.Millisecond))
	}
	switch {
	case w.Start == "":
	case w.Ascending:
		low = max(low, behind(w.Start))
	default:
		high = min(high, w.Start)
	}
	return low, high, nil
}

// firstSID is where the SIDs of a millisecond begin.
func firstSID(prefix string, t time.Time) string {
	return fmt.Sprintf("%s%012x", prefix, max(0, t.UnixMilli()))
}

// behind is right after the SID and before the next one.
func behind(sid string) string { return sid + "0" }

// timeOf is when a record was written; zero if it is not there, and with it all before.
func (s *SQLite) timeOf(ctx context.Context, key int64, seq Seq) (time.Time, error) {
	var at int64
	err := s.read.QueryRowContext(ctx,
		`SELECT at FROM journal WHERE ws = ? AND seq = ?`, key, int64(seq)).Scan(&at)
	if errors.Is(err, sql.ErrNoRows) {
		return time.Time{}, nil
	}
	return time.UnixMilli(at), err
}

// edge is the SID of the last of so many rows; empty if there are fewer.
func (s *SQLite) edge(ctx context.Context, ws taskrouter.WorkspaceSID, r *reading,
	ascending bool, low, high string, rows int) (string, error) {
	var sid string
	err := s.read.QueryRowContext(ctx, `
SELECT sid FROM `+r.table+` WHERE workspace_sid = ? AND sid >= ? AND sid < ?
 ORDER BY sid `+direction(ascending)+` LIMIT 1 OFFSET ?`,
		string(ws), low, high, rows-1).Scan(&sid)
	if errors.Is(err, sql.ErrNoRows) {
		err = nil
	}
	return sid, err
}

// rows hands up to limit rows between two SIDs to take and returns how many there were.
func (s *SQLite) rows(ctx context.Context, ws taskrouter.WorkspaceSID, r *reading,
	ascending bool, low, high string, limit int, take func(*sql.Rows) error) (n int, err error) {
	var q strings.Builder
	q.WriteString(`SELECT ` + r.columns + ` FROM ` + r.table +
		` WHERE workspace_sid = ? AND sid >= ? AND sid < ?`)
	for _, condition := range r.where {
		q.WriteString(` AND ` + condition)
	}
	q.WriteString(` ORDER BY sid ` + direction(ascending) + ` LIMIT ?`)
	args := append([]any{string(ws), low, high}, r.args...)
	rows, err := s.read.QueryContext(ctx, q.String(), append(args, limit)...)
	if err != nil {
		return 0, err
	}
	defer rows.Close()
	for ; rows.Next(); n++ {
		if err := take(rows); err != nil {
			return n, err
		}
	}
	return n, rows.Err()
}

func direction(ascending bool) string {
	if ascending {
		return "ASC"
	}
	return "DESC"
}

// page makes a page of what was found, which is one more than the limit if there is more.
func page[T any](found []T, limit int, edge string) Page[T] {
	p := Page[T]{Items: found, More: edge != "", Edge: edge}
	if len(found) > limit {
		p.Items, p.More = found[:limit], true
	}
	return p
}
