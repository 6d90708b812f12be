package store

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"time"

	"taskrouter"
)

func appendTask(m message, t *taskrouter.Task) message {
	m, start := m.open(fieldTask)
	m = m.sid(1, string(t.SID))
	m = m.text(2, t.Attributes)
	m = m.text(3, string(t.AssignmentStatus))
	m = m.int(4, t.Priority)
	m = m.text(5, t.Reason)
	m = m.int(6, t.Timeout)
	m = m.sid(7, string(t.TaskChannelSID))
	m = m.sid(8, string(t.WorkflowSID))
	m = m.sid(9, string(t.TaskQueueSID))
	m = m.time(10, t.TaskQueueEnteredDate)
	m = m.sid(11, t.RoutingTarget)
	m = m.bool(12, t.IgnoreCapacity)
	m = m.time(13, t.VirtualStartTime)
	m = m.time(14, t.DateCreated)
	m = m.time(15, t.DateUpdated)
	m = m.int(16, t.Version)
	m = appendStep(m, &t.Step)
	m = m.int(18, t.Assignments)
	m = m.time(19, t.AssignedAt)
	m = m.time(20, t.EndedAt)
	m = m.int(21, t.FailedCallbacks)
	m = m.time(22, t.NotBefore)
	return m.close(start)
}

func appendStep(m message, s *taskrouter.Step) message {
	if *s == (taskrouter.Step{}) {
		return m
	}
	m, start := m.open(17)
	m = m.int(1, s.Configuration)
	m = m.int(2, s.Filter)
	m = m.int(3, s.Target)
	m = m.time(4, s.Entered)
	m = m.time(5, s.Expires)
	m = m.bool(6, s.TimedOut)
	m = m.sid(7, string(s.KnownWorkerSID))
	m = m.bool(8, s.Known)
	m = m.bool(9, s.Stale)
	return m.close(start)
}

func (d *decoder) task(b []byte) (*taskrouter.Task, error) {
	t, r := new(taskrouter.Task), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			t.SID = taskrouter.TaskSID(r.sid())
		case 2:
			t.Attributes = r.text()
		case 3:
			t.AssignmentStatus = taskrouter.TaskStatus(r.word())
		case 4:
			t.Priority = r.int()
		case 5:
			t.Reason = r.word()
		case 6:
			t.Timeout = r.int()
		case 7:
			t.TaskChannelSID = taskrouter.TaskChannelSID(r.sharedSID())
		case 8:
			t.WorkflowSID = taskrouter.WorkflowSID(r.sharedSID())
		case 9:
			t.TaskQueueSID = taskrouter.TaskQueueSID(r.sharedSID())
		case 10:
			t.TaskQueueEnteredDate = r.time()
		case 11:
			t.RoutingTarget = r.sharedSID()
		case 12:
			t.IgnoreCapacity = r.bool()
		case 13:
			t.VirtualStartTime = r.time()
		case 14:
			t.DateCreated = r.time()
		case 15:
			t.DateUpdated = r.time()
		case 16:
			t.Version = r.int()
		case 17:
			t.Step = d.step(&r)
		case 18:
			t.Assignments = r.int()
		case 19:
			t.AssignedAt = r.time()
		case 20:
			t.EndedAt = r.time()
		case 21:
			t.FailedCallbacks = r.int()
		case 22:
			t.NotBefore = r.time()
		}
	}
	return t, r.err
}

func (d *decoder) step(outer *fields) taskrouter.Step {
	var s taskrouter.Step
	r := outer.message()
	for r.next() {
		switch r.field {
		case 1:
			s.Configuration = r.int()
		case 2:
			s.Filter = r.int()
		case 3:
			s.Target = r.int()
		case 4:
			s.Entered = r.time()
		case 5:
			s.Expires = r.time()
		case 6:
			s.TimedOut = r.bool()
		case 7:
			s.KnownWorkerSID = taskrouter.WorkerSID(r.sharedSID())
		case 8:
			s.Known = r.bool()
		case 9:
			s.Stale = r.bool()
		}
	}
	outer.fail(r.err)
	return s
}

const upsertTask = `
INSERT INTO tasks
  (workspace_sid, sid, attributes, assignment_status, priority, reason, timeout,
   task_channel_sid, workflow_sid, task_queue_sid, task_queue_entered_date, routing_target,
   ignore_capacity, virtual_start_time, date_created, date_updated, assigned_at, ended_at,
   assignments, version, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  attributes = excluded.attributes, assignment_status = excluded.assignment_status,
  priority = excluded.priority, reason = excluded.reason, timeout = excluded.timeout,
  task_channel_sid = excluded.task_channel_sid, workflow_sid = excluded.workflow_sid,
  task_queue_sid = excluded.task_queue_sid,
  task_queue_entered_date = excluded.task_queue_entered_date,
  routing_target = excluded.routing_target, ignore_capacity = excluded.ignore_capacity,
  virtual_start_time = excluded.virtual_start_time, date_created = excluded.date_created,
  date_updated = excluded.date_updated, assigned_at = excluded.assigned_at,
  ended_at = excluded.ended_at, assignments = excluded.assignments,
  version = excluded.version, seq = excluded.seq
WHERE excluded.seq > tasks.seq`

func taskRow(ws string, seq Seq, t *taskrouter.Task) row {
	return row{upsertTask, []any{
		ws, string(t.SID), t.Attributes, string(t.AssignmentStatus), t.Priority, t.Reason,
		t.Timeout, string(t.TaskChannelSID), string(t.WorkflowSID), string(t.TaskQueueSID),
		millis(t.TaskQueueEnteredDate), t.RoutingTarget, t.IgnoreCapacity,
		millis(t.VirtualStartTime), millis(t.DateCreated), millis(t.DateUpdated),
		millis(t.AssignedAt), millis(t.EndedAt), t.Assignments, t.Version, int64(seq),
	}}
}

const selectLife = `
SELECT t.assignment_status, t.reason, coalesce(t.date_created, 0), coalesce(t.assigned_at, 0),
       coalesce(t.ended_at, 0), coalesce(t.removed_at, 0), count(r.sid),
       coalesce(min(r.date_created), 0)
  FROM tasks t LEFT JOIN reservations r
    ON r.task_sid = t.sid AND r.workspace_sid = t.workspace_sid
 WHERE t.workspace_sid = ? AND t.sid = ? GROUP BY t.sid`

// TaskLife implements [Store].
func (s *SQLite) TaskLife(ctx context.Context, ws taskrouter.WorkspaceSID,
	task taskrouter.TaskSID) (TaskLife, error) {
	var l TaskLife
	var created, accepted, ended, removed, offered int64
	err := s.read.QueryRowContext(ctx, selectLife, string(ws), string(task)).Scan(&l.Status,
		&l.Reason, &created, &accepted, &ended, &removed, &l.Offers, &offered)
	if errors.Is(err, sql.ErrNoRows) {
		err = ErrUnknown
	}
	if err != nil {
		return TaskLife{}, fmt.Errorf("life of task %s in workspace %s: %w", task, ws, err)
	}
	l.Created, l.FirstOffered, l.Accepted = moment(created), moment(offered), moment(accepted)
	l.Ended, l.Removed = moment(ended), moment(removed)
	return l, nil
}

// moment is a time that tables hold; 0 is none.
func moment(ms int64) time.Time {
	if ms == 0 {
		return time.Time{}
	}
	return time.UnixMilli(ms).UTC()
}
