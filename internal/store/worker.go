package store

import "taskrouter"

func appendWorker(m message, w *taskrouter.Worker) message {
	m, start := m.open(fieldWorker)
	m = m.sid(1, string(w.SID))
	m = m.text(2, w.FriendlyName)
	m = m.sid(3, string(w.ActivitySID))
	m = m.text(4, w.Attributes)
	for i := range w.Channels {
		m = appendWorkerChannel(m, &w.Channels[i])
	}
	m = m.time(6, w.DateCreated)
	m = m.time(7, w.DateUpdated)
	m = m.time(8, w.DateStatusChanged)
	m = m.time(9, w.LastReserved)
	m = m.int(10, w.Version)
	return m.close(start)
}

func appendWorkerChannel(m message, c *taskrouter.WorkerChannel) message {
	m, start := m.open(5)
	m = m.sid(1, string(c.SID))
	m = m.sid(2, string(c.TaskChannelSID))
	m = m.bool(3, c.Available)
	m = m.int(4, c.ConfiguredCapacity)
	m = m.int(5, c.Reserved)
	m = m.int(6, c.Assigned)
	m = m.time(7, c.LastReserved)
	m = m.time(8, c.DateCreated)
	m = m.time(9, c.DateUpdated)
	return m.close(start)
}

func (d *decoder) worker(b []byte) (*taskrouter.Worker, error) {
	w, r := new(taskrouter.Worker), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			w.SID = taskrouter.WorkerSID(r.sharedSID())
		case 2:
			w.FriendlyName = r.word()
		case 3:
			w.ActivitySID = taskrouter.ActivitySID(r.sharedSID())
		case 4:
			w.Attributes = r.text()
		case 5:
			if w.Channels == nil {
				w.Channels = make([]taskrouter.WorkerChannel, 0, len(taskrouter.BuiltinChannels))
			}
			w.Channels = append(w.Channels, d.workerChannel(&r))
		case 6:
			w.DateCreated = r.time()
		case 7:
			w.DateUpdated = r.time()
		case 8:
			w.DateStatusChanged = r.time()
		case 9:
			w.LastReserved = r.time()
		case 10:
			w.Version = r.int()
		}
	}
	return w, r.err
}

func (d *decoder) workerChannel(outer *fields) taskrouter.WorkerChannel {
	var c taskrouter.WorkerChannel
	r := outer.message()
	for r.next() {
		switch r.field {
		case 1:
			c.SID = taskrouter.WorkerChannelSID(r.sid())
		case 2:
			c.TaskChannelSID = taskrouter.TaskChannelSID(r.sharedSID())
		case 3:
			c.Available = r.bool()
		case 4:
			c.ConfiguredCapacity = r.int()
		case 5:
			c.Reserved = r.int()
		case 6:
			c.Assigned = r.int()
		case 7:
			c.LastReserved = r.time()
		case 8:
			c.DateCreated = r.time()
		case 9:
			c.DateUpdated = r.time()
		}
	}
	outer.fail(r.err)
	return c
}

func appendTaskChannel(m message, c *taskrouter.TaskChannel) message {
	m, start := m.open(fieldTaskChannel)
	m = m.sid(1, string(c.SID))
	m = m.text(2, c.FriendlyName)
	m = m.text(3, c.UniqueName)
	m = m.bool(4, c.ChannelOptimizedRouting)
	m = m.time(5, c.DateCreated)
	m = m.time(6, c.DateUpdated)
	return m.close(start)
}

func (d *decoder) taskChannel(b []byte) (*taskrouter.TaskChannel, error) {
	c, r := new(taskrouter.TaskChannel), fields{b: b, d: d}
	for r.next() {
		switch r.field {
		case 1:
			c.SID = taskrouter.TaskChannelSID(r.sharedSID())
		case 2:
			c.FriendlyName = r.text()
		case 3:
			c.UniqueName = r.text()
		case 4:
			c.ChannelOptimizedRouting = r.bool()
		case 5:
			c.DateCreated = r.time()
		case 6:
			c.DateUpdated = r.time()
		}
	}
	return c, r.err
}

const upsertTaskChannel = `
INSERT INTO task_channels
  (workspace_sid, sid, friendly_name, unique_name, channel_optimized_routing, date_created,
   date_updated, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  friendly_name = excluded.friendly_name, unique_name = excluded.unique_name,
  channel_optimized_routing = excluded.channel_optimized_routing,
  date_created = excluded.date_created, date_updated = excluded.date_updated,
  seq = excluded.seq
WHERE excluded.seq > task_channels.seq`

func taskChannelRow(ws string, seq Seq, c *taskrouter.TaskChannel) row {
	return row{upsertTaskChannel, []any{
		ws, string(c.SID), c.FriendlyName, c.UniqueName, c.ChannelOptimizedRouting,
		millis(c.DateCreated), millis(c.DateUpdated), int64(seq),
	}}
}

const upsertWorker = `
INSERT INTO workers
  (workspace_sid, sid, friendly_name, activity_sid, attributes, date_created, date_updated,
   date_status_changed, last_reserved, version, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, sid) DO UPDATE SET
  friendly_name = excluded.friendly_name, activity_sid = excluded.activity_sid,
  attributes = excluded.attributes, date_created = excluded.date_created,
  date_updated = excluded.date_updated, date_status_changed = excluded.date_status_changed,
  last_reserved = excluded.last_reserved, version = excluded.version,
  seq = excluded.seq
WHERE excluded.seq > workers.seq`

func workerRow(ws string, seq Seq, w *taskrouter.Worker) row {
	return row{upsertWorker, []any{
		ws, string(w.SID), w.FriendlyName, string(w.ActivitySID), w.Attributes,
		millis(w.DateCreated), millis(w.DateUpdated), millis(w.DateStatusChanged),
		millis(w.LastReserved), w.Version, int64(seq),
	}}
}

const upsertWorkerChannel = `
INSERT INTO worker_channels
  (workspace_sid, worker_sid, sid, task_channel_sid, available, configured_capacity,
   reserved, assigned_tasks, last_reserved, date_created, date_updated, seq)
VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
ON CONFLICT (workspace_sid, worker_sid, sid) DO UPDATE SET
  task_channel_sid = excluded.task_channel_sid, available = excluded.available,
  configured_capacity = excluded.configured_capacity, reserved = excluded.reserved,
  assigned_tasks = excluded.assigned_tasks, last_reserved = excluded.last_reserved,
  date_created = excluded.date_created, date_updated = excluded.date_updated,
  seq = excluded.seq
WHERE excluded.seq > worker_channels.seq`

func workerChannelRow(ws string, seq Seq, w *taskrouter.Worker,
	c *taskrouter.WorkerChannel) row {
	return row{upsertWorkerChannel, []any{
		ws, string(w.SID), string(c.SID), string(c.TaskChannelSID),
		c.Available, c.ConfiguredCapacity, c.Reserved, c.Assigned, millis(c.LastReserved),
		millis(c.DateCreated), millis(c.DateUpdated), int64(seq),
	}}
}
