package store

import "taskrouter"

func appendReservation(m message, r *taskrouter.Reservation) message {
	m, start := m.open(fieldReservation)
	m = m.sid(1, string(r.SID))
	m = m.sid(2, string(r.TaskSID))
	m = m.sid(3, string(r.WorkerSID))
	m = m.text(4, r.WorkerName)
	m = m.text(5, string(r.Status))
	m = m.sid(6, string(r.TaskQueueSID))
	m = m.sid(7, string(r.WorkflowSID))
	m = m.sid(8, string(r.TaskChannelSID))
	m = m.sid(9, string(r.PreviousActivitySID))
	m = m.int(10, r.Timeout)
	m = m.time(11, r.Expires)
	m = m.time(12, r.DateCreated)
	m = m.time(13, r.DateUpdated)
	m = m.int(14, r.Version)
	m = m.bool(15, r.CallbackDue)
	return m.close(start)
}

func (d *decoder) reservation(b []byte) (*taskrouter.Reservation, error) {
	v, r := new(taskrouter.Reservation), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			v.SID = taskrouter.ReservationSID(r.sid())
		case 2:
			v.TaskSID = taskrouter.TaskSID(r.sid())
		case 3:
			v.WorkerSID = taskrouter.WorkerSID(r.sharedSID())
		case 4:
			v.WorkerName = r.word()
		case 5:
			v.Status = taskrouter.ReservationStatus(r.word())
		case 6:
			v.TaskQueueSID = taskrouter.TaskQueueSID(r.sharedSID())
		case 7:
			v.WorkflowSID = taskrouter.WorkflowSID(r.sharedSID())
		case 8:
			v.TaskChannelSID = taskrouter.TaskChannelSID(r.sharedSID())
		case 9:
			v.PreviousActivitySID = taskrouter.ActivitySID(r.sharedSID())
		case 10:
			v.Timeout = r.int()
		case 11:
			v.Expires = r.time()
		case 12:
			v.DateCreated = r.time()
		case 13:
			v.DateUpdated = r.time()
		case 14:
			v.Version = r.int()
		case 15:
			v.CallbackDue = r.bool()
		}
	}
	return v, r.err
}

const upsertReservation = `
INSERT INTO reservations
  (workspace_sid, sid, task_sid, worker_sid, worker_name, reservation_status,
   task_queue_sid, workflow_sid, task_channel_sid, previous_activity_sid, timeout, expires,
   date_created, date_updated, version, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  task_sid = excluded.task_sid, worker_sid = excluded.worker_sid,
  worker_name = excluded.worker_name, reservation_status = excluded.reservation_status,
  task_queue_sid = excluded.task_queue_sid, workflow_sid = excluded.workflow_sid,
  task_channel_sid = excluded.task_channel_sid,
  previous_activity_sid = excluded.previous_activity_sid, timeout = excluded.timeout,
  expires = excluded.expires, date_created = excluded.date_created,
  date_updated = excluded.date_updated, version = excluded.version,
  seq = excluded.seq
WHERE excluded.seq > reservations.seq`

func reservationRow(ws string, seq Seq, r *taskrouter.Reservation) row {
	return row{upsertReservation, []any{
		ws, string(r.SID), string(r.TaskSID), string(r.WorkerSID), r.WorkerName,
		string(r.Status), string(r.TaskQueueSID), string(r.WorkflowSID),
		string(r.TaskChannelSID), string(r.PreviousActivitySID), r.Timeout, millis(r.Expires),
		millis(r.DateCreated), millis(r.DateUpdated), r.Version, int64(seq),
	}}
}
