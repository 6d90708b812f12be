package wire

import "taskrouter"

// Task appends a task. The links to its queue and workflow are there only when it has them.
// Spec: rest-api 13, event-bridge 7.2
func (e *Encoder) Task(dst []byte, t *taskrouter.Task) []byte {
	sid := string(t.SID)
	var queueName, workflowName string
	if q := e.Catalog.TaskQueue(t.TaskQueueSID); q != nil {
		queueName = q.FriendlyName
	}
	if w := e.Catalog.Workflow(t.WorkflowSID); w != nil {
		workflowName = w.FriendlyName
	}
	o := &object{dst}
	o.open()
	o.text("sid", sid)
	e.owner(o)
	o.text("assignment_status", string(t.AssignmentStatus))
	o.text("attributes", t.Attributes)
	o.number("age", t.Age(e.Now))
	o.number("priority", t.Priority)
	o.textOrNull("reason", t.Reason)
	o.number("timeout", t.Timeout)
	o.textOrNull("task_queue_sid", string(t.TaskQueueSID))
	o.textOrNull("task_queue_friendly_name", queueName)
	o.date("task_queue_entered_date", t.TaskQueueEnteredDate)
	o.textOrNull("task_channel_sid", string(t.TaskChannelSID))
	o.textOrNull("task_channel_unique_name", e.channelName(t.TaskChannelSID))
	o.textOrNull("workflow_sid", string(t.WorkflowSID))
	o.textOrNull("workflow_friendly_name", workflowName)
	o.date("virtual_start_time", t.VirtualStartTime)
	o.textOrNull("routing_target", t.RoutingTarget)
	o.truth("ignore_capacity", t.IgnoreCapacity)
	o.text("addons", "{}")
	dates(o, t.DateCreated, t.DateUpdated)
	if e.Bridge {
		o.number("version", t.Version)
		o.textOrNull("queue_sid", string(t.TaskQueueSID))
		o.textOrNull("queue_name", queueName)
		o.textOrNull("workflow_name", workflowName)
	}
	o.url(e, "url", "/Tasks/", sid)
	o.key("links")
	o.open()
	if t.TaskQueueSID != "" {
		o.url(e, "task_queue", "/TaskQueues/", string(t.TaskQueueSID))
	}
	if t.WorkflowSID != "" {
		o.url(e, "workflow", "/Workflows/", string(t.WorkflowSID))
	}
	o.url(e, "workspace")
	o.url(e, "reservations", "/Tasks/", sid, "/Reservations")
	o.close()
	o.close()
	return o.b
}
