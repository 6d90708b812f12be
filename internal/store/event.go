package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"taskrouter"
)

const insertEvent = `
INSERT INTO events
  (workspace_sid, sid, event_type, event_date, resource_type, resource_sid, actor_type,
   actor_sid, source_ip_address, task_sid, reservation_sid, worker_sid, task_queue_sid,
   workflow_sid, task_channel_sid, activity_sid, seq, idx, description)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO NOTHING`

// eventRow is the row of event number idx of the record seq.
func eventRow(ws string, seq Seq, idx int, c *taskrouter.Change, e *taskrouter.Event) row {
	s := mentions(e)
	return row{insertEvent, []any{
		ws, string(e.SID), string(e.Type), e.At.UnixMilli(),
		e.ResourceType(), e.ResourceSID(), c.Actor.Type, c.Actor.SID, c.Actor.IP,
		orNull(s.task), orNull(s.reservation), orNull(s.worker), orNull(s.taskQueue),
		orNull(s.workflow), orNull(s.taskChannel), orNull(s.activity), int64(seq), idx,
		e.Description(),
	}}
}

// subjects are the SIDs of what an event mentions.
type subjects struct {
	task, reservation, worker, taskQueue, workflow, taskChannel, activity string
}

// mentions are the SIDs by which an event can be found: its subjects, and what the task or
// reservation among them belongs to.
func mentions(e *taskrouter.Event) subjects {
	var s subjects
	if t := e.Task; t != nil {
		s.task, s.taskChannel = string(t.SID), string(t.TaskChannelSID)
		s.taskQueue, s.workflow = string(t.TaskQueueSID), string(t.WorkflowSID)
	}
	if r := e.Reservation; r != nil {
		s.reservation = string(r.SID)
		s.task, s.worker = string(r.TaskSID), string(r.WorkerSID)
		s.taskQueue, s.workflow = string(r.TaskQueueSID), string(r.WorkflowSID)
		s.taskChannel = string(r.TaskChannelSID)
	}
	if e.Worker != nil {
		s.worker = string(e.Worker.SID)
	}
	if e.TaskQueue != nil {
		s.taskQueue = string(e.TaskQueue.SID)
	}
	if e.Workflow != nil {
		s.workflow = string(e.Workflow.SID)
	}
	if e.TaskChannel != nil {
		s.taskChannel = string(e.TaskChannel.SID)
	}
	if e.Activity != nil {
		s.activity = string(e.Activity.SID)
	}
	return s
}

func orNull(sid string) any {
	if sid == "" {
		return nil
	}
	return sid
}

// searched are the columns in which [EventQuery].Search looks, those with words first.
var searched = [...]string{"description", "event_type", "sid", "resource_sid", "actor_sid",
	"task_sid", "reservation_sid", "worker_sid", "task_queue_sid", "workflow_sid",
	"task_channel_sid", "activity_sid"}

// searchedWords is how many of them hold words.
const searchedWords = 2

// maybeSID finds text that can be part of a SID.
var maybeSID = regexp.MustCompile(`^[A-Za-z]{0,2}[0-9A-Fa-f]*$`)

// reading is the query without its window.
func (q *EventQuery) reading(ws string) *reading {
	r := &reading{
		table: "events", columns: "sid, seq, idx", prefix: taskrouter.PrefixEvent,
	}
	r.isKey("sid", string(q.SID))
	r.isKey("task_sid", string(q.Task))
	r.isKey("worker_sid", string(q.Worker))
	r.is("reservation_sid", string(q.Reservation))
	r.is("task_queue_sid", string(q.TaskQueue))
	r.is("workflow_sid", string(q.Workflow))
	r.is("actor_sid", q.Actor)
	if q.TaskChannel != "" {
		r.where = append(r.where, `task_channel_sid IN (
  SELECT c.sid FROM task_channels c WHERE c.workspace_sid = ? AND (c.sid = ? OR c.unique_name = ?))`)
		r.args = append(r.args, ws, q.TaskChannel, q.TaskChannel)
	}
	if len(q.Types) > 0 {
		r.where = append(r.where, `event_type IN (?`+strings.Repeat(`, ?`, len(q.Types)-1)+`)`)
		for _, t := range q.Types {
			r.args = append(r.args, string(t))
		}
	}
	if q.AfterSeq > 0 {
		r.where, r.args = append(r.where, "seq > ?"), append(r.args, int64(q.AfterSeq))
	}
	if q.Search != "" {
		r.search(ws, q.Search)
	}
	return r
}

// search adds the condition that the text is found somewhere.
func (r *reading) search(ws, text string) {
	pattern := "%" + strings.NewReplacer(`\`, `\\`, `%`, `\%`, `_`, `\_`).Replace(text) + "%"
	columns := searched[:]
	if !maybeSID.MatchString(text) {
		columns = columns[:searchedWords] // looking at fewer is much of the time
	}
	var any []string
	for _, column := range columns {
		any = append(any, column+` LIKE ? ESCAPE '\'`)
		r.args = append(r.args, pattern)
	}
	for _, named := range [...]struct{ column, table string }{
		{"worker_sid", "workers"}, {"task_queue_sid", "task_queues"},
	} {
		any = append(any, named.column+` IN (SELECT n.sid FROM `+named.table+` n
   WHERE n.workspace_sid = ? AND n.friendly_name LIKE ? ESCAPE '\')`)
		r.args = append(r.args, ws, pattern)
	}
	r.where, r.costly = append(r.where, "("+strings.Join(any, " OR ")+")"), true
}

// Events implements [Store].
func (s *SQLite) Events(ctx context.Context, ws taskrouter.WorkspaceSID,
	q EventQuery) (Page[PastEvent], error) {
	var found []eventPlace
	var edge string
	r := q.reading(string(ws))
	err := s.leadToReservation(ctx, ws, r, q.Reservation)
	if err == nil {
		edge, err = s.look(ctx, ws, r, q.Window, func(rows *sql.Rows) error {
			var p eventPlace
			err := rows.Scan(&p.sid, &p.seq, &p.idx)
			found = append(found, p)
			return err
		})
	}
	if err != nil {
		return Page[PastEvent]{}, fmt.Errorf("events of workspace %s: %w", ws, err)
	}
	places := page(found, q.Limit, edge)
	told, err := s.tell(ctx, ws, places.Items)
	if err != nil {
		return Page[PastEvent]{}, fmt.Errorf("events of workspace %s: %w", ws, err)
	}
	return Page[PastEvent]{Items: told, More: places.More, Edge: places.Edge}, nil
}

// leadToReservation has a query for a reservation's events go by its task: events have no index
// by reservation. One that was never made has events as well, but no task that leads to them.
func (s *SQLite) leadToReservation(ctx context.Context, ws taskrouter.WorkspaceSID, r *reading,
	reservation taskrouter.ReservationSID) error {
	if reservation == "" || r.direct {
		return nil
	}
	var task string
	err := s.read.QueryRowContext(ctx,
		`SELECT task_sid FROM reservations WHERE workspace_sid = ? AND sid = ?`,
		string(ws), string(reservation)).Scan(&task)
	if errors.Is(err, sql.ErrNoRows) {
		return nil
	}
	r.isKey("task_sid", task)
	return err
}

// An eventPlace says where in the journal an event is told.
type eventPlace struct {
	sid taskrouter.EventSID
	seq Seq
	idx int
}

// tell reads events from the journal. Each record is read once. What was trimmed since its
// place was looked up is left out.
func (s *SQLite) tell(ctx context.Context, ws taskrouter.WorkspaceSID,
	places []eventPlace) ([]PastEvent, error) {
	key, err := s.key(ws)
	if err != nil {
		return nil, err
	}
	wanted := make(map[Seq][]int) // indexes of places, by record
	for i, p := range places {
		wanted[p.seq] = append(wanted[p.seq], i)
	}
	told := make([]PastEvent, len(places))
	var d decoder
	var plain []byte
	for seq, list := range wanted {
		var at int64
		var body []byte
		err := s.read.QueryRowContext(ctx, selectRecord, key, int64(seq)).Scan(&at, &body)
		if errors.Is(err, sql.ErrNoRows) {
			continue
		}
		if err != nil {
			return nil, err
		}
		part, err := s.part(ws, &d, &plain, seq, at, body)
		if err != nil {
			return nil, err
		}
		for _, i := range list {
			told[i] = part.event(places[i].idx)
			if told[i].Event == nil || told[i].SID != places[i].sid {
				return nil, damage(ws, fmt.Sprintf("event %s in record %d", places[i].sid, seq), nil)
			}
		}
	}
	kept := told[:0]
	for _, t := range told {
		if t.Event != nil {
			kept = append(kept, t)
		}
	}
	return kept, nil
}

const selectRecord = `SELECT at, body FROM journal WHERE ws = ? AND seq = ?`

// event is the one with a number, from 0, among all events of a record.
func (p *Part) event(idx int) PastEvent {
	for _, c := range p.Changes {
		if idx < len(c.Events) {
			return PastEvent{Event: &c.Events[idx], Actor: c.Actor, Seq: p.Seq}
		}
		idx -= len(c.Events)
	}
	return PastEvent{}
}
