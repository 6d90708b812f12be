package store

import (
	"context"
	"fmt"
	"math"
	"time"

	"taskrouter"
)

const (
	// A record goes when it is old, in the snapshot (unless the workspace is deleted, which
	// nobody loads again), and behind every reader; the projection always counts as one.
	trimRecords = `
WITH state AS (
  SELECT h.ws, h.trim_seq, min(iif(d.deleted, h.seq, h.snap_seq),
         coalesce((SELECT min(r.pos) FROM reader r WHERE r.ws = h.ws), 0),
         coalesce((SELECT r.pos FROM reader r WHERE r.ws = h.ws AND r.name = 'projection'), 0)
       ) AS safe
    FROM head h JOIN directory d ON d.ws = h.ws WHERE h.ws = ?1
), oldest AS (
  SELECT j.seq, j.at FROM journal j, state s
   WHERE j.ws = s.ws AND j.seq > s.trim_seq AND j.seq <= s.safe ORDER BY j.seq LIMIT 256
)
UPDATE head SET trim_seq = (SELECT max(seq) FROM oldest WHERE at < ?2)
 WHERE ws = ?1 AND EXISTS (SELECT 1 FROM oldest WHERE at < ?2)`
	deleteRecords = `
DELETE FROM journal WHERE ws = ?1 AND seq <= (SELECT trim_seq FROM head WHERE ws = ?1)`
	// SIDs rise with time, which spares an index: those of old events come first.
	deleteEvents = `
DELETE FROM events WHERE workspace_sid = ?1 AND sid IN (
  SELECT sid FROM events WHERE workspace_sid = ?1 AND sid < ?2
     AND seq <= (SELECT trim_seq FROM head WHERE ws = ?3) ORDER BY sid LIMIT 256)`
	deleteAlerts = `
DELETE FROM alerts WHERE workspace_sid = ?1 AND sid IN (
  SELECT sid FROM alerts WHERE workspace_sid = ?1 AND sid < ?2
     AND seq <= (SELECT trim_seq FROM head WHERE ws = ?3) ORDER BY sid LIMIT 256)`
	deleteTasks = `
DELETE FROM tasks WHERE rowid IN (
  SELECT rowid FROM tasks WHERE workspace_sid = ? AND removed_at < ? LIMIT 256)`
	deleteReservations = `
DELETE FROM reservations WHERE rowid IN (
  SELECT rowid FROM reservations WHERE workspace_sid = ? AND removed_at < ? LIMIT 256)`
	selectFinished = `
SELECT d.deleted AND h.trim_seq = h.seq FROM head h JOIN directory d ON d.ws = h.ws
 WHERE h.ws = ?`
)

// Trim implements [Store]. Of a deleted workspace whose journal is gone, only the entry in the
// directory is left.
func (s *SQLite) Trim(ctx context.Context, ws taskrouter.WorkspaceSID, before time.Time) error {
	key, err := s.key(ws)
	if err == nil {
		err = s.trim(ctx, key, string(ws), before.UnixMilli())
	}
	if err != nil {
		return fmt.Errorf("trim workspace %s: %w", ws, err)
	}
	return nil
}

func (s *SQLite) trim(ctx context.Context, key int64, ws string, before int64) error {
	first := func(prefix string) string { return firstSID(prefix, time.UnixMilli(before)) }
	steps := []func() (int64, error){
		func() (int64, error) {
			n, err := s.w.exec(trimRecords, key, before)
			if err == nil && n > 0 {
				_, err = s.w.exec(deleteRecords, key)
			}
			return n, err
		},
		func() (int64, error) { return s.w.exec(deleteEvents, ws, first(taskrouter.PrefixEvent), key) },
		func() (int64, error) { return s.w.exec(deleteAlerts, ws, first(taskrouter.PrefixAlert), key) },
		func() (int64, error) { return s.w.exec(deleteTasks, ws, before) },
		func() (int64, error) { return s.w.exec(deleteReservations, ws, before) },
	}
	for _, step := range steps {
		if err := s.repeat(ctx, step); err != nil {
			return err
		}
	}
	if err := s.trimStatistics(ctx, key, before/1000); err != nil {
		return err
	}
	var finished bool
	if err := s.read.QueryRowContext(ctx, selectFinished, key).Scan(&finished); err != nil {
		return err
	}
	if !finished {
		return nil
	}
	return s.erase(ctx, key, ws)
}

// erase removes what is left of a deleted workspace, but for its entry in the directory.
func (s *SQLite) erase(ctx context.Context, key int64, ws string) error {
	var statements []string
	for _, table := range []string{"events", "alerts"} {
		statements = append(statements, `DELETE FROM `+table+` WHERE workspace_sid = ?1 AND sid IN (
  SELECT sid FROM `+table+` WHERE workspace_sid = ?1 LIMIT 256)`)
	}
	for _, table := range []string{"activities", "task_channels", "task_queues", "workflows",
		"workers", "worker_channels", "tasks", "reservations"} {
		statements = append(statements, `DELETE FROM `+table+` WHERE rowid IN (
  SELECT rowid FROM `+table+` WHERE workspace_sid = ?1 LIMIT 256)`)
	}
	statements = append(statements, `DELETE FROM workspaces WHERE sid = ?1`)
	for _, q := range statements {
		if err := s.repeat(ctx, func() (int64, error) { return s.w.exec(q, ws) }); err != nil {
			return err
		}
	}
	if err := s.trimStatistics(ctx, key, math.MaxInt64); err != nil {
		return err
	}
	return s.repeat(ctx, func() (int64, error) {
		return s.w.exec(`
DELETE FROM snapshot WHERE rowid IN (SELECT rowid FROM snapshot WHERE ws = ? LIMIT 4)`, key)
	})
}
