package store

import (
	"context"
	"database/sql"
	"fmt"
	"time"

	"taskrouter"
)

func appendAlert(m message, a *taskrouter.Alert) message {
	m, start := m.open(10)
	m = m.sid(1, string(a.SID))
	m = m.int(2, int(a.Code))
	m = m.time(3, a.At)
	m = m.text(4, a.Message)
	m = m.text(5, a.URL)
	m = m.sid(6, string(a.TaskSID))
	m = m.sid(7, string(a.ReservationSID))
	m = m.sid(8, string(a.WorkerSID))
	m = m.sid(9, string(a.WorkflowSID))
	return m.close(start)
}

func alert(r *fields) taskrouter.Alert {
	var a taskrouter.Alert
	for r.next() {
		switch r.field {
		case 1:
			a.SID = taskrouter.AlertSID(r.sid())
		case 2:
			a.Code = taskrouter.AlertCode(r.int())
		case 3:
			a.At = r.time()
		case 4:
			a.Message = r.text()
		case 5:
			a.URL = r.word()
		case 6:
			a.TaskSID = taskrouter.TaskSID(r.sid())
		case 7:
			a.ReservationSID = taskrouter.ReservationSID(r.sid())
		case 8:
			a.WorkerSID = taskrouter.WorkerSID(r.sharedSID())
		case 9:
			a.WorkflowSID = taskrouter.WorkflowSID(r.sharedSID())
		}
	}
	return a
}

const insertAlert = `
INSERT INTO alerts
  (workspace_sid, sid, error_code, log_level, alert_date, alert_text, request_url, task_sid,
   reservation_sid, worker_sid, workflow_sid, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO NOTHING`

// alertRow is the row of an alert that the record seq tells.
func alertRow(ws string, seq Seq, a *taskrouter.Alert) row {
	return row{insertAlert, []any{
		ws, string(a.SID), int(a.Code), string(a.Code.Level()), a.At.UnixMilli(), a.Message, a.URL,
		orNull(string(a.TaskSID)), orNull(string(a.ReservationSID)), orNull(string(a.WorkerSID)),
		orNull(string(a.WorkflowSID)), int64(seq),
	}}
}

// Alerts implements [Store].
func (s *SQLite) Alerts(ctx context.Context, ws taskrouter.WorkspaceSID,
	q AlertQuery) (Page[PastAlert], error) {
	r := &reading{
		table: "alerts", prefix: taskrouter.PrefixAlert,
		columns: `sid, error_code, alert_date, alert_text, request_url, coalesce(task_sid, ''),
  coalesce(reservation_sid, ''), coalesce(worker_sid, ''), coalesce(workflow_sid, ''), seq`,
	}
	r.isKey("sid", string(q.SID))
	r.isKey("task_sid", string(q.Task))
	r.is("log_level", string(q.Level))
	r.is("worker_sid", string(q.Worker))
	r.is("workflow_sid", string(q.Workflow))
	if q.Code != 0 {
		r.where, r.args = append(r.where, "error_code = ?"), append(r.args, int(q.Code))
	}
	if q.AfterSeq > 0 {
		r.where, r.args = append(r.where, "seq > ?"), append(r.args, int64(q.AfterSeq))
	}
	var found []PastAlert
	edge, err := s.look(ctx, ws, r, q.Window, func(rows *sql.Rows) error {
		var a PastAlert
		var at int64
		err := rows.Scan(&a.SID, &a.Code, &at, &a.Message, &a.URL, &a.TaskSID, &a.ReservationSID,
			&a.WorkerSID, &a.WorkflowSID, &a.Seq)
		a.At = time.UnixMilli(at).UTC()
		found = append(found, a)
		return err
	})
	if err != nil {
		return Page[PastAlert]{}, fmt.Errorf("alerts of workspace %s: %w", ws, err)
	}
	return page(found, q.Limit, edge), nil
}
