package wire

import "taskrouter"

// TaskQueue appends a queue. The links to its activities are there only when it has them.
// Spec: rest-api 11
func (e *Encoder) TaskQueue(dst []byte, q *taskrouter.TaskQueue) []byte {
	sid := string(q.SID)
	o := &object{dst}
	o.open()
	o.text("sid", sid)
	e.owner(o)
	o.text("friendly_name", q.FriendlyName)
	o.textOrNull("target_workers", q.TargetWorkers)
	o.number("max_reserved_workers", q.MaxReservedWorkers)
	o.text("task_order", string(q.TaskOrder))
	o.textOrNull("reservation_activity_sid", string(q.ReservationActivitySID))
	o.textOrNull("reservation_activity_name", e.activityName(q.ReservationActivitySID))
	o.textOrNull("assignment_activity_sid", string(q.AssignmentActivitySID))
	o.textOrNull("assignment_activity_name", e.activityName(q.AssignmentActivitySID))
	dates(o, q.DateCreated, q.DateUpdated)
	o.url(e, "url", "/TaskQueues/", sid)
	o.key("links")
	o.open()
	if q.AssignmentActivitySID != "" {
		o.url(e, "assignment_activity", "/Activities/", string(q.AssignmentActivitySID))
	}
	if q.ReservationActivitySID != "" {
		o.url(e, "reservation_activity", "/Activities/", string(q.ReservationActivitySID))
	}
	o.url(e, "workspace")
	o.url(e, "statistics", "/TaskQueues/", sid, "/Statistics")
	o.url(e, "real_time_statistics", "/TaskQueues/", sid, "/RealTimeStatistics")
	o.url(e, "cumulative_statistics", "/TaskQueues/", sid, "/CumulativeStatistics")
	o.url(e, "list_statistics", "/TaskQueues/Statistics")
	o.url(e, "bulk_real_time_statistics", "/TaskQueues/RealTimeStatistics")
	o.close()
	o.close()
	return o.b
}

// Workflow appends a workflow. Spec: rest-api 12
func (e *Encoder) Workflow(dst []byte, w *taskrouter.Workflow) []byte {
	sid := string(w.SID)
	o := &object{dst}
	o.open()
	o.text("sid", sid)
	e.owner(o)
	o.text("friendly_name", w.FriendlyName)
	o.text("configuration", w.Configuration)
	o.text("document_content_type", "application/json")
	o.textOrNull("assignment_callback_url", w.AssignmentCallbackURL)
	o.textOrNull("fallback_assignment_callback_url", w.FallbackAssignmentCallbackURL)
	o.number("task_reservation_timeout", w.TaskReservationTimeout)
	dates(o, w.DateCreated, w.DateUpdated)
	o.url(e, "url", "/Workflows/", sid)
	o.key("links")
	o.open()
	o.url(e, "statistics", "/Workflows/", sid, "/Statistics")
	o.url(e, "real_time_statistics", "/Workflows/", sid, "/RealTimeStatistics")
	o.url(e, "cumulative_statistics", "/Workflows/", sid, "/CumulativeStatistics")
	o.close()
	o.close()
	return o.b
}
