package store

import (
	"context"
	"fmt"
	"hash/maphash"
	"iter"
	"sync"

	"taskrouter"
)

// projectRows is how many rows are written in one turn: a few milliseconds that an append may
// have to wait.
const projectRows = 256

// maxKnownChannels bounds the worker channels that the projection remembers.
const maxKnownChannels = 1 << 17

// A projection remembers what rows need not be written again. A worker's version comes with
// all its channels, of which at most one changes; the others would be half of all rows.
type projection struct {
	mu       sync.Mutex // held while projecting
	seed     maphash.Seed
	channels map[taskrouter.WorkerChannelSID]uint64 // hashes of what is written
}

// Project implements [Store].
//
// What it writes are facts of the journal, and each row keeps the record that it is from, so
// writing it twice, or late, does no harm. So the rows of one call may run ahead of the
// position, which moves with the last of them.
func (s *SQLite) Project(ctx context.Context, ws taskrouter.WorkspaceSID, after Seq,
	parts []Part) error {
	if len(parts) == 0 {
		return nil
	}
	for i := range parts {
		if parts[i].Seq != after+Seq(i)+1 {
			return fmt.Errorf("project workspace %s after record %d: part %d is record %d",
				ws, after, i, parts[i].Seq)
		}
	}
	key, err := s.key(ws)
	if err != nil {
		return err
	}
	s.projection.mu.Lock()
	defer s.projection.mu.Unlock()
	pos, err := s.Position(ctx, ws, Projection)
	if err != nil {
		return err
	}
	if pos != after {
		return fmt.Errorf("project workspace %s after record %d: %w: it is %d",
			ws, after, ErrMoved, pos)
	}
	if err := s.projectRows(ctx, key, ws, after, parts); err != nil {
		s.projection.channels = nil // some may not be written
		return fmt.Errorf("project workspace %s: %w", ws, err)
	}
	return nil
}

// projectRows writes the rows, projectRows at a time, and with the last of them the position.
func (s *SQLite) projectRows(ctx context.Context, key int64, ws taskrouter.WorkspaceSID,
	after Seq, parts []Part) error {
	next, stop := iter.Pull(s.projection.rows(string(ws), parts))
	defer stop()
	chunk := make([]row, 0, projectRows)
	for last := false; !last; {
		chunk = chunk[:0]
		for len(chunk) < projectRows && !last {
			r, ok := next()
			if ok {
				chunk = append(chunk, r)
			}
			last = !ok
		}
		err := s.w.patiently(ctx, func() error {
			for _, r := range chunk {
				if _, err := s.w.exec(r.statement, r.args...); err != nil {
					return err
				}
			}
			if !last {
				return nil
			}
			return s.movePosition(key, Projection, after, parts[len(parts)-1].Seq)
		})
		if err != nil {
			return err
		}
	}
	return nil
}

// A row is a statement to run on the projection.
type row struct {
	statement string
	args      []any
}

// A removal says when which record removed a thing.
type removal struct {
	sid string
	seq Seq
	at  any
}

// rows yields what parts do to the projection. Of several versions of a thing only the last
// is written.
func (p *projection) rows(ws string, parts []Part) iter.Seq[row] {
	if p.channels == nil || len(p.channels) > maxKnownChannels {
		p.seed = maphash.MakeSeed()
		p.channels = make(map[taskrouter.WorkerChannelSID]uint64)
	}
	return func(yield func(row) bool) {
		last := make(map[string]Seq) // record of the newest version
		var gone []removal
		for i := range parts {
			for _, c := range parts[i].Changes {
				for _, v := range c.Puts {
					last[v.EntitySID()] = parts[i].Seq
				}
				for _, sid := range c.Deleted {
					gone = append(gone, removal{sid, parts[i].Seq, millis(c.At)})
				}
			}
		}
		for i := range parts {
			for _, v := range newestPuts(&parts[i], last) {
				if !p.put(ws, parts[i].Seq, v, yield) {
					return
				}
			}
			if !told(ws, &parts[i], yield) {
				return
			}
		}
		for _, g := range gone {
			if !g.rows(ws, yield) {
				return
			}
		}
	}
}

// newestPuts are the versions that a record puts and no later one replaces.
func newestPuts(p *Part, last map[string]Seq) []taskrouter.Entity {
	var newest []taskrouter.Entity
	for i := len(p.Changes) - 1; i >= 0; i-- {
		puts := p.Changes[i].Puts
		for j := len(puts) - 1; j >= 0; j-- {
			if sid := puts[j].EntitySID(); last[sid] == p.Seq {
				newest = append(newest, puts[j])
				delete(last, sid) // those before it in the record are older
			}
		}
	}
	return newest
}

// told yields the rows of a record's events and alerts.
func told(ws string, p *Part, yield func(row) bool) bool {
	idx := 0
	for _, c := range p.Changes {
		for i := range c.Events {
			if !yield(eventRow(ws, p.Seq, idx, c, &c.Events[i])) {
				return false
			}
			idx++
		}
		for i := range c.Alerts {
			if !yield(alertRow(ws, p.Seq, &c.Alerts[i])) {
				return false
			}
		}
	}
	return true
}

// put yields the rows of a version.
func (p *projection) put(ws string, seq Seq, v taskrouter.Entity, yield func(row) bool) bool {
	switch v := v.(type) {
	case *taskrouter.Workspace:
		return yield(workspaceRow(seq, v))
	case *taskrouter.Activity:
		return yield(activityRow(ws, seq, v))
	case *taskrouter.TaskChannel:
		return yield(taskChannelRow(ws, seq, v))
	case *taskrouter.TaskQueue:
		return yield(taskQueueRow(ws, seq, v))
	case *taskrouter.Workflow:
		return yield(workflowRow(ws, seq, v))
	case *taskrouter.Task:
		return yield(taskRow(ws, seq, v))
	case *taskrouter.Reservation:
		return yield(reservationRow(ws, seq, v))
	case *taskrouter.Worker:
		for i := range v.Channels {
			c := &v.Channels[i]
			if h := maphash.Comparable(p.seed, *c); p.channels[c.SID] != h {
				p.channels[c.SID] = h
				if !yield(workerChannelRow(ws, seq, v, c)) {
					return false
				}
			}
		}
		return yield(workerRow(ws, seq, v))
	default:
		panic(fmt.Sprintf("store: a %T is no entity", v))
	}
}

// rows yields the statements that mark the thing as removed, and what goes with it.
func (g removal) rows(ws string, yield func(row) bool) bool {
	const set = ` SET removed_at = ?, seq = ? WHERE removed_at IS NULL AND `
	of := func(table, column string) row {
		return row{`UPDATE ` + table + set + `workspace_sid = ? AND ` + column + ` = ?`,
			[]any{g.at, int64(g.seq), ws, g.sid}}
	}
	switch prefix(g.sid) {
	case taskrouter.PrefixTask:
		return yield(of("tasks", "sid"))
	case taskrouter.PrefixReservation:
		return yield(of("reservations", "sid"))
	case taskrouter.PrefixWorker:
		return yield(of("workers", "sid")) && yield(of("worker_channels", "worker_sid"))
	case taskrouter.PrefixActivity:
		return yield(of("activities", "sid"))
	case taskrouter.PrefixTaskChannel:
		return yield(of("task_channels", "sid")) &&
			yield(of("worker_channels", "task_channel_sid"))
	case taskrouter.PrefixTaskQueue:
		return yield(of("task_queues", "sid"))
	case taskrouter.PrefixWorkflow:
		return yield(of("workflows", "sid"))
	case taskrouter.PrefixWorkspace:
		return yield(row{`UPDATE workspaces` + set + `sid = ?`,
			[]any{g.at, int64(g.seq), g.sid}})
	default:
		return true
	}
}

// prefix is the letters of a SID that say its kind.
func prefix(sid string) string { return sid[:min(2, len(sid))] }
