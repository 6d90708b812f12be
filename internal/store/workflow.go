package store

import "taskrouter"

func appendWorkflow(m message, w *taskrouter.Workflow) message {
	m, start := m.open(fieldWorkflow)
	m = m.sid(1, string(w.SID))
	m = m.text(2, w.FriendlyName)
	m = m.text(3, w.Configuration)
	m = m.int(4, w.ConfigurationVersion)
	for _, c := range w.Earlier {
		var earlier int
		m, earlier = m.open(5)
		m = m.int(1, c.Version)
		m = m.text(2, c.JSON)
		m = m.close(earlier)
	}
	m = m.text(6, w.AssignmentCallbackURL)
	m = m.text(7, w.FallbackAssignmentCallbackURL)
	m = m.int(8, w.TaskReservationTimeout)
	m = m.time(9, w.DateCreated)
	m = m.time(10, w.DateUpdated)
	m = m.sid(11, string(w.ReEvaluateAfter))
	m = m.sid(12, string(w.ReEvaluateLast))
	return m.close(start)
}

func (d *decoder) workflow(b []byte) (*taskrouter.Workflow, error) {
	w, r := new(taskrouter.Workflow), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			w.SID = taskrouter.WorkflowSID(r.sharedSID())
		case 2:
			w.FriendlyName = r.text()
		case 3:
			w.Configuration = r.text()
		case 4:
			w.ConfigurationVersion = r.int()
		case 5:
			w.Earlier = append(w.Earlier, d.configuration(&r))
		case 6:
			w.AssignmentCallbackURL = r.text()
		case 7:
			w.FallbackAssignmentCallbackURL = r.text()
		case 8:
			w.TaskReservationTimeout = r.int()
		case 9:
			w.DateCreated = r.time()
		case 10:
			w.DateUpdated = r.time()
		case 11:
			w.ReEvaluateAfter = taskrouter.TaskSID(r.sid())
		case 12:
			w.ReEvaluateLast = taskrouter.TaskSID(r.sid())
		}
	}
	return w, r.err
}

func (d *decoder) configuration(outer *fields) taskrouter.Configuration {
	var c taskrouter.Configuration
	r := outer.message()
	for r.next() {
		switch r.field {
		case 1:
			c.Version = r.int()
		case 2:
			c.JSON = r.text()
		}
	}
	outer.fail(r.err)
	return c
}

func appendTaskQueue(m message, q *taskrouter.TaskQueue) message {
	m, start := m.open(fieldTaskQueue)
	m = m.sid(1, string(q.SID))
	m = m.text(2, q.FriendlyName)
	m = m.text(3, q.TargetWorkers)
	m = m.int(4, q.MaxReservedWorkers)
	m = m.text(5, string(q.TaskOrder))
	m = m.sid(6, string(q.ReservationActivitySID))
	m = m.sid(7, string(q.AssignmentActivitySID))
	m = m.time(8, q.DateCreated)
	m = m.time(9, q.DateUpdated)
	return m.close(start)
}

func (d *decoder) taskQueue(b []byte) (*taskrouter.TaskQueue, error) {
	q, r := new(taskrouter.TaskQueue), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			q.SID = taskrouter.TaskQueueSID(r.sharedSID())
		case 2:
			q.FriendlyName = r.text()
		case 3:
			q.TargetWorkers = r.text()
		case 4:
			q.MaxReservedWorkers = r.int()
		case 5:
			q.TaskOrder = taskrouter.QueueOrder(r.word())
		case 6:
			q.ReservationActivitySID = taskrouter.ActivitySID(r.sharedSID())
		case 7:
			q.AssignmentActivitySID = taskrouter.ActivitySID(r.sharedSID())
		case 8:
			q.DateCreated = r.time()
		case 9:
			q.DateUpdated = r.time()
		}
	}
	return q, r.err
}

const upsertWorkflow = `
INSERT INTO workflows
  (workspace_sid, sid, friendly_name, configuration, assignment_callback_url,
   fallback_assignment_callback_url, task_reservation_timeout, date_created, date_updated, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  friendly_name = excluded.friendly_name, configuration = excluded.configuration,
  assignment_callback_url = excluded.assignment_callback_url,
  fallback_assignment_callback_url = excluded.fallback_assignment_callback_url,
  task_reservation_timeout = excluded.task_reservation_timeout,
  date_created = excluded.date_created, date_updated = excluded.date_updated,
  seq = excluded.seq
WHERE excluded.seq > workflows.seq`

func workflowRow(ws string, seq Seq, w *taskrouter.Workflow) row {
	return row{upsertWorkflow, []any{
		ws, string(w.SID), w.FriendlyName, w.Configuration,
		w.AssignmentCallbackURL, w.FallbackAssignmentCallbackURL, w.TaskReservationTimeout,
		millis(w.DateCreated), millis(w.DateUpdated), int64(seq),
	}}
}

const upsertTaskQueue = `
INSERT INTO task_queues
  (workspace_sid, sid, friendly_name, target_workers, max_reserved_workers, task_order,
   reservation_activity_sid, assignment_activity_sid, date_created, date_updated, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  friendly_name = excluded.friendly_name, target_workers = excluded.target_workers,
  max_reserved_workers = excluded.max_reserved_workers, task_order = excluded.task_order,
  reservation_activity_sid = excluded.reservation_activity_sid,
  assignment_activity_sid = excluded.assignment_activity_sid,
  date_created = excluded.date_created, date_updated = excluded.date_updated,
  seq = excluded.seq
WHERE excluded.seq > task_queues.seq`

func taskQueueRow(ws string, seq Seq, q *taskrouter.TaskQueue) row {
	return row{upsertTaskQueue, []any{
		ws, string(q.SID), q.FriendlyName, q.TargetWorkers, q.MaxReservedWorkers,
		string(q.TaskOrder), string(q.ReservationActivitySID), string(q.AssignmentActivitySID),
		millis(q.DateCreated), millis(q.DateUpdated), int64(seq),
	}}
}
