package wire

import "taskrouter"

// Worker appends a worker. Spec: rest-api 8, event-bridge 14
func (e *Encoder) Worker(dst []byte, w *taskrouter.Worker) []byte {
	sid := string(w.SID)
	activity := e.Catalog.Activity(w.ActivitySID)
	o := &object{dst}
	o.open()
	o.text("sid", sid)
	e.owner(o)
	o.text("friendly_name", w.FriendlyName)
	o.text("activity_sid", string(w.ActivitySID))
	o.textOrNull("activity_name", e.activityName(w.ActivitySID))
	o.truth("available", activity != nil && activity.Available)
	o.text("attributes", w.Attributes)
	dates(o, w.DateCreated, w.DateUpdated)
	o.date("date_status_changed", w.DateStatusChanged)
	if e.Bridge {
		o.number("version", w.Version)
	}
	o.url(e, "url", "/Workers/", sid)
	o.key("links")
	o.open()
	o.url(e, "channels", "/Workers/", sid, "/Channels")
	o.url(e, "activity", "/Activities/", string(w.ActivitySID))
	o.url(e, "workspace")
	o.url(e, "statistics", "/Workers/Statistics")
	o.url(e, "real_time_statistics", "/Workers/RealTimeStatistics")
	o.url(e, "cumulative_statistics", "/Workers/CumulativeStatistics")
	o.url(e, "worker_statistics", "/Workers/", sid, "/Statistics")
	o.url(e, "worker_channels", "/Workers/", sid, "/Channels")
	o.url(e, "reservations", "/Workers/", sid, "/Reservations")
	o.close()
	o.close()
	return o.b
}

// WorkerChannel appends one channel of a worker. Spec: rest-api 9
func (e *Encoder) WorkerChannel(
	dst []byte, w *taskrouter.Worker, c *taskrouter.WorkerChannel,
) []byte {
	o := &object{dst}
	o.open()
	o.text("sid", string(c.SID))
	e.owner(o)
	o.text("worker_sid", string(w.SID))
	o.text("task_channel_sid", string(c.TaskChannelSID))
	o.textOrNull("task_channel_unique_name", e.channelName(c.TaskChannelSID))
	o.number("configured_capacity", c.ConfiguredCapacity)
	o.number("assigned_tasks", c.Assigned)
	o.number("available_capacity_percentage", c.AvailableCapacityPercentage())
	o.truth("available", c.Available)
	dates(o, c.DateCreated, c.DateUpdated)
	o.url(e, "url", "/Workers/", string(w.SID), "/Channels/", string(c.SID))
	o.close()
	return o.b
}

// TaskChannel appends a task channel. Spec: rest-api 14
func (e *Encoder) TaskChannel(dst []byte, c *taskrouter.TaskChannel) []byte {
	o := &object{dst}
	o.open()
	o.text("sid", string(c.SID))
	e.owner(o)
	o.text("friendly_name", c.FriendlyName)
	o.text("unique_name", c.UniqueName)
	o.truth("channel_optimized_routing", c.ChannelOptimizedRouting)
	dates(o, c.DateCreated, c.DateUpdated)
	o.url(e, "url", "/TaskChannels/", string(c.SID))
	o.key("links")
	o.open()
	o.url(e, "workspace")
	o.close()
	o.close()
	return o.b
}

// channelName is the unique name of a task channel, empty if there is none.
func (e *Encoder) channelName(sid taskrouter.TaskChannelSID) string {
	if c := e.Catalog.TaskChannel(sid); c != nil {
		return c.UniqueName
	}
	return ""
}
