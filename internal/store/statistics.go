package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"iter"

	"taskrouter"
)

// Statistics is the name of the reader whose position [Store.Count] moves.
const Statistics = "statistics"

// A Statistic is a row of figures: of an owner, for a span of time. What it holds is known only
// to who writes it.
type Statistic struct {
	Kind  int
	At    int64  // seconds since 1970, when the span begins
	Owner string // a SID
	Data  []byte
}

// A StatisticQuery selects rows of a kind with owners from First to Last: those of the moments
// From, From+Step, … before To, or with Step 0 those of any moment from From until before To.
type StatisticQuery struct {
	Kind           int
	From, To, Step int64
	First, Last    string
}

const (
	putStatistic = `
INSERT INTO statistic (ws, kind, at, owner, data) VALUES (?, ?, ?, ?, ?)
ON CONFLICT (ws, kind, at, owner) DO UPDATE SET data = excluded.data`
	// One short search for each moment, however many other owners have rows.
	selectStatistics = `
WITH RECURSIVE moment (at) AS (
  SELECT ?2 WHERE ?2 < ?3 UNION ALL SELECT at + ?4 FROM moment WHERE at + ?4 < ?3
)
SELECT s.at, s.owner, s.data FROM moment m CROSS JOIN statistic s
 WHERE s.ws = ?1 AND s.kind = ?5 AND s.at = m.at AND s.owner BETWEEN ?6 AND ?7`
	selectAllStatistics = `
SELECT at, owner, data FROM statistic
 WHERE ws = ?1 AND kind = ?2 AND at >= ?3 AND at < ?4 AND owner BETWEEN ?5 AND ?6
 ORDER BY at, owner`
	deleteStatistics = `
DELETE FROM statistic WHERE ws = ?1 AND kind = ?2 AND at < ?3 AND (at, owner) IN (
  SELECT at, owner FROM statistic WHERE ws = ?1 AND kind = ?2 AND at < ?3
   ORDER BY at, owner LIMIT 256)`
	nextStatisticKind = `SELECT min(kind) FROM statistic WHERE ws = ? AND kind > ?`
)

// Count implements [Store].
func (s *SQLite) Count(ctx context.Context, ws taskrouter.WorkspaceSID, after, to Seq,
	rows []Statistic) error {
	key, err := s.key(ws)
	if err == nil && (after < 0 || to < after) {
		err = errors.New("a position does not move back")
	}
	if err == nil {
		err = s.w.patiently(ctx, func() error {
			for i := range rows {
				r := &rows[i]
				_, err := s.w.exec(putStatistic, key, r.Kind, r.At, r.Owner, r.Data)
				if err != nil {
					return err
				}
			}
			return s.movePosition(key, Statistics, after, to)
		})
	}
	if err != nil {
		return fmt.Errorf("count workspace %s from record %d to %d: %w", ws, after, to, err)
	}
	return nil
}

// Statistics implements [Store].
func (s *SQLite) Statistics(ctx context.Context, ws taskrouter.WorkspaceSID,
	q StatisticQuery) iter.Seq2[Statistic, error] {
	return func(yield func(Statistic, error) bool) {
		if err := s.statistics(ctx, ws, q, yield); err != nil {
			yield(Statistic{}, fmt.Errorf("statistics of workspace %s: %w", ws, err))
		}
	}
}

func (s *SQLite) statistics(ctx context.Context, ws taskrouter.WorkspaceSID, q StatisticQuery,
	yield func(Statistic, error) bool) error {
	key, err := s.key(ws)
	if err != nil {
		return err
	}
	statement, args := selectStatistics, []any{key, q.From, q.To, q.Step, q.Kind, q.First, q.Last}
	if q.Step == 0 {
		statement, args = selectAllStatistics, []any{key, q.Kind, q.From, q.To, q.First, q.Last}
	}
	rows, err := s.read.QueryContext(ctx, statement, args...)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		r := Statistic{Kind: q.Kind}
		if err := rows.Scan(&r.At, &r.Owner, &r.Data); err != nil {
			return err
		}
		if !yield(r, nil) {
			return nil
		}
	}
	return rows.Err()
}

// Uncount implements [Store].
func (s *SQLite) Uncount(ctx context.Context, ws taskrouter.WorkspaceSID, kind int,
	before int64) error {
	key, err := s.key(ws)
	if err == nil {
		err = s.repeat(ctx, func() (int64, error) {
			return s.w.exec(deleteStatistics, key, kind, before)
		})
	}
	if err != nil {
		return fmt.Errorf("remove statistics of workspace %s: %w", ws, err)
	}
	return nil
}

// trimStatistics removes the figures of a workspace from before a moment, whatever their kind.
func (s *SQLite) trimStatistics(ctx context.Context, key, before int64) error {
	for kind := int64(-1); ; {
		var next sql.NullInt64
		err := s.read.QueryRowContext(ctx, nextStatisticKind, key, kind).Scan(&next)
		if err != nil || !next.Valid {
			return err
		}
		kind = next.Int64
		err = s.repeat(ctx, func() (int64, error) {
			return s.w.exec(deleteStatistics, key, kind, before)
		})
		if err != nil {
			return err
		}
	}
}
