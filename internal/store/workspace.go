package store

import "taskrouter"

func appendWorkspace(m message, w *taskrouter.Workspace) message {
	m, start := m.open(fieldWorkspace)
	m = m.sid(1, string(w.SID))
	m = m.sid(2, string(w.AccountSID))
	m = m.text(3, w.FriendlyName)
	m = m.sid(4, string(w.DefaultActivitySID))
	m = m.sid(5, string(w.TimeoutActivitySID))
	m = m.text(6, w.EventCallbackURL)
	m = m.text(7, w.EventsFilter)
	m = m.bool(8, w.MultiTaskEnabled)
	m = m.text(9, string(w.PrioritizeQueueOrder))
	m = m.time(10, w.DateCreated)
	m = m.time(11, w.DateUpdated)
	return m.close(start)
}

func (d *decoder) workspace(b []byte) (*taskrouter.Workspace, error) {
	w, r := new(taskrouter.Workspace), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			w.SID = taskrouter.WorkspaceSID(r.sharedSID())
		case 2:
			w.AccountSID = taskrouter.AccountSID(r.sharedSID())
		case 3:
			w.FriendlyName = r.text()
		case 4:
			w.DefaultActivitySID = taskrouter.ActivitySID(r.sharedSID())
		case 5:
			w.TimeoutActivitySID = taskrouter.ActivitySID(r.sharedSID())
		case 6:
			w.EventCallbackURL = r.text()
		case 7:
			w.EventsFilter = r.text()
		case 8:
			w.MultiTaskEnabled = r.bool()
		case 9:
			w.PrioritizeQueueOrder = taskrouter.QueueOrder(r.word())
		case 10:
			w.DateCreated = r.time()
		case 11:
			w.DateUpdated = r.time()
		}
	}
	return w, r.err
}

func appendActivity(m message, a *taskrouter.Activity) message {
	m, start := m.open(fieldActivity)
	m = m.sid(1, string(a.SID))
	m = m.text(2, a.FriendlyName)
	m = m.bool(3, a.Available)
	m = m.time(4, a.DateCreated)
	m = m.time(5, a.DateUpdated)
	return m.close(start)
}

func (d *decoder) activity(b []byte) (*taskrouter.Activity, error) {
	a, r := new(taskrouter.Activity), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			a.SID = taskrouter.ActivitySID(r.sharedSID())
		case 2:
			a.FriendlyName = r.text()
		case 3:
			a.Available = r.bool()
		case 4:
			a.DateCreated = r.time()
		case 5:
			a.DateUpdated = r.time()
		}
	}
	return a, r.err
}

const upsertWorkspace = `
INSERT INTO workspaces
  (sid, account_sid, friendly_name, default_activity_sid, timeout_activity_sid,
   event_callback_url, events_filter, multi_task_enabled, prioritize_queue_order,
   date_created, date_updated, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (sid) DO UPDATE SET
  account_sid = excluded.account_sid, friendly_name = excluded.friendly_name,
  default_activity_sid = excluded.default_activity_sid,
  timeout_activity_sid = excluded.timeout_activity_sid,
  event_callback_url = excluded.event_callback_url, events_filter = excluded.events_filter,
  multi_task_enabled = excluded.multi_task_enabled,
  prioritize_queue_order = excluded.prioritize_queue_order,
  date_created = excluded.date_created, date_updated = excluded.date_updated,
  seq = excluded.seq
WHERE excluded.seq > workspaces.seq`

func workspaceRow(seq Seq, w *taskrouter.Workspace) row {
	return row{upsertWorkspace, []any{
		string(w.SID), string(w.AccountSID), w.FriendlyName,
		string(w.DefaultActivitySID), string(w.TimeoutActivitySID),
		w.EventCallbackURL, w.EventsFilter, w.MultiTaskEnabled, string(w.PrioritizeQueueOrder),
		millis(w.DateCreated), millis(w.DateUpdated), int64(seq),
	}}
}

const upsertActivity = `
INSERT INTO activities
  (workspace_sid, sid, friendly_name, available, date_created, date_updated, seq)
VALUES (?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  friendly_name = excluded.friendly_name, available = excluded.available,
  date_created = excluded.date_created, date_updated = excluded.date_updated,
  seq = excluded.seq
WHERE excluded.seq > activities.seq`

func activityRow(ws string, seq Seq, a *taskrouter.Activity) row {
	return row{upsertActivity, []any{
		ws, string(a.SID), a.FriendlyName, a.Available,
		millis(a.DateCreated), millis(a.DateUpdated), int64(seq),
	}}
}
