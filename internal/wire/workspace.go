package wire

import "taskrouter"

// Workspace appends a workspace. Spec: rest-api 6
func (e *Encoder) Workspace(dst []byte, w *taskrouter.Workspace) []byte {
	o := &object{dst}
	o.open()
	o.text("sid", string(w.SID))
	o.text("account_sid", string(w.AccountSID))
	o.text("friendly_name", w.FriendlyName)
	dates(o, w.DateCreated, w.DateUpdated)
	o.textOrNull("default_activity_sid", string(w.DefaultActivitySID))
	o.textOrNull("default_activity_name", e.activityName(w.DefaultActivitySID))
	o.textOrNull("timeout_activity_sid", string(w.TimeoutActivitySID))
	o.textOrNull("timeout_activity_name", e.activityName(w.TimeoutActivitySID))
	o.textOrNull("event_callback_url", w.EventCallbackURL)
	o.textOrNull("events_filter", w.EventsFilter)
	o.truth("multi_task_enabled", w.MultiTaskEnabled)
	o.text("prioritize_queue_order", string(w.PrioritizeQueueOrder))
	o.url(e, "url")
	o.key("links")
	o.open()
	o.url(e, "activities", "/Activities")
	o.url(e, "statistics", "/Statistics")
	o.url(e, "real_time_statistics", "/RealTimeStatistics")
	o.url(e, "cumulative_statistics", "/CumulativeStatistics")
	o.url(e, "task_queues", "/TaskQueues")
	o.url(e, "tasks", "/Tasks")
	o.url(e, "workers", "/Workers")
	o.url(e, "workflows", "/Workflows")
	o.url(e, "task_channels", "/TaskChannels")
	o.url(e, "events", "/Events")
	o.close()
	o.close()
	return o.b
}

// Activity appends an activity. Spec: rest-api 7
func (e *Encoder) Activity(dst []byte, a *taskrouter.Activity) []byte {
	o := &object{dst}
	o.open()
	o.text("sid", string(a.SID))
	e.owner(o)
	o.text("friendly_name", a.FriendlyName)
	o.truth("available", a.Available)
	dates(o, a.DateCreated, a.DateUpdated)
	o.url(e, "url", "/Activities/", string(a.SID))
	o.key("links")
	o.open()
	o.url(e, "workspace")
	o.close()
	o.close()
	return o.b
}

// activityName is the name of an activity, empty if there is none.
func (e *Encoder) activityName(sid taskrouter.ActivitySID) string {
	if a := e.Catalog.Activity(sid); a != nil {
		return a.FriendlyName
	}
	return ""
}
