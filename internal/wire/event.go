package wire

import (
	"iter"
	"strconv"
	"strings"
	"time"

	"taskrouter"
)

// EventData yields what an event says, name by name, as clients read it in event_data and, with
// names in the other spelling, in event callbacks: [ParameterName] makes one of the other. Every
// value is text. Spec: routing 6.4
func EventData(e *taskrouter.Event) iter.Seq2[string, string] {
	return func(yield func(name, value string) bool) {
		d := &data{yield: yield, event: e}
		d.workspace(e.Workspace)
		d.task(e.Task)
		d.queue(e.TaskQueue)
		d.workflow(e.Workflow)
		d.step()
		d.reservation(e.Reservation)
		d.worker(e.Worker)
		d.activity()
		d.channel(e.TaskChannel)
	}
}

// ParameterName is the name of an event callback's parameter: task_queue_sid is TaskQueueSid.
func ParameterName(name string) string {
	var b strings.Builder
	for part := range strings.SplitSeq(name, "_") {
		b.WriteString(strings.ToUpper(part[:1]))
		b.WriteString(part[1:])
	}
	return b.String()
}

// EventDescription says in a few words what happened.
func EventDescription(e *taskrouter.Event) string { return e.Description() }

// A data hands out what an event says until nobody wants more.
type data struct {
	yield func(name, value string) bool
	event *taskrouter.Event
	done  bool
}

func (d *data) put(name, value string) {
	if !d.done {
		d.done = !d.yield(name, value)
	}
}

// some puts a value unless it is empty.
func (d *data) some(name, value string) {
	if value != "" {
		d.put(name, value)
	}
}

func (d *data) number(name string, n int) { d.put(name, strconv.Itoa(n)) }

func (d *data) truth(name string, b bool) { d.put(name, strconv.FormatBool(b)) }

// seconds puts a time in seconds since 1970, unless it is zero.
func (d *data) seconds(name string, t time.Time) {
	if !t.IsZero() {
		d.put(name, strconv.FormatInt(t.Unix(), 10))
	}
}

func (d *data) workspace(w *taskrouter.Workspace) {
	if w == nil {
		return
	}
	d.put("workspace_sid", string(w.SID))
	d.put("workspace_name", w.FriendlyName)
}

func (d *data) task(t *taskrouter.Task) {
	if t == nil {
		return
	}
	d.put("task_sid", string(t.SID))
	d.put("task_attributes", t.Attributes)
	d.number("task_age", t.Age(d.event.At))
	d.number("task_priority", t.Priority)
	d.put("task_assignment_status", string(t.AssignmentStatus))
	switch t.AssignmentStatus {
	case taskrouter.TaskCanceled:
		d.put("task_canceled_reason", t.Reason)
	case taskrouter.TaskCompleted:
		d.put("task_completed_reason", t.Reason)
	}
	d.some("reason", t.Reason)
	d.seconds("task_date_created", t.DateCreated)
	d.seconds("task_queue_entered_date", t.TaskQueueEnteredDate)
	if !t.TaskQueueEnteredDate.IsZero() {
		age := max(0, d.event.At.Sub(t.TaskQueueEnteredDate))
		d.number("task_age_in_queue", int(age/time.Second))
	}
	d.seconds("task_virtual_start_time", t.VirtualStartTime)
	d.number("task_timeout", t.Timeout)
	d.number("task_version", t.Version)
	d.truth("task_ignore_capacity", t.IgnoreCapacity)
	d.some("task_routing_target", t.RoutingTarget)
	d.some("task_re_evaluated_reason", d.event.ReEvaluated)
	d.some("known_worker_sid", string(t.Step.KnownWorkerSID))
}

func (d *data) queue(q *taskrouter.TaskQueue) {
	if q == nil {
		return
	}
	d.put("task_queue_sid", string(q.SID))
	d.put("task_queue_name", q.FriendlyName)
	d.put("task_queue_target_expression", q.TargetWorkers)
}

func (d *data) workflow(w *taskrouter.Workflow) {
	if w == nil {
		return
	}
	d.put("workflow_sid", string(w.SID))
	d.put("workflow_name", w.FriendlyName)
}

// step puts how a task came to its step.
func (d *data) step() {
	e := d.event
	if e.Type == taskrouter.EventWorkflowTargetMatched {
		d.put("workflow_filter_name", e.Filter)
		d.put("workflow_filter_expression", e.FilterExpression)
		d.put("workflow_filter_target_name", e.Target)
		d.put("workflow_filter_target_expression", e.TargetExpression)
	}
	if q := e.PreviousTaskQueue; q != nil {
		d.put("previous_task_queue_sid", string(q.SID))
		d.put("previous_task_queue_name", q.FriendlyName)
		d.number("previous_task_priority", e.PreviousPriority)
	}
	d.some("target_changed_reason", e.Cause)
}

func (d *data) reservation(r *taskrouter.Reservation) {
	if r == nil {
		return
	}
	d.put("reservation_sid", string(r.SID))
	d.put("reservation_status", string(r.Status))
	d.number("reservation_timeout", r.Timeout)
	d.number("reservation_version", r.Version)
}

func (d *data) worker(w *taskrouter.Worker) {
	if w == nil {
		return
	}
	d.put("worker_sid", string(w.SID))
	d.put("worker_name", w.FriendlyName)
	d.put("worker_attributes", w.Attributes)
	d.put("worker_activity_sid", string(w.ActivitySID))
	if a := d.event.Activity; a != nil {
		d.put("worker_activity_name", a.FriendlyName)
	}
	d.number("worker_version", w.Version)
	d.workerChannel(w)
	if d.event.Type != taskrouter.EventWorkerActivity {
		return
	}
	stay := max(0, d.event.At.Sub(d.event.PreviousSince))
	d.number("worker_time_in_previous_activity", int(stay/time.Second))
	d.number("worker_time_in_previous_activity_ms", int(stay/time.Millisecond))
	if a := d.event.PreviousActivity; a != nil {
		d.put("worker_previous_activity_sid", string(a.SID))
		d.put("worker_previous_activity_name", a.FriendlyName)
	}
}

// workerChannel puts the worker's side of the channel that the event is about.
func (d *data) workerChannel(w *taskrouter.Worker) {
	e := d.event
	if e.TaskChannel == nil {
		return
	}
	c := w.Channel(e.TaskChannel.SID)
	if c == nil {
		return
	}
	d.number("worker_channel_capacity", c.ConfiguredCapacity)
	d.number("worker_channel_consumed_capacity", c.Reserved)
	if e.WorkerChannel == "" {
		return
	}
	d.truth("worker_channel_available", c.Available)
	d.number("worker_channel_available_capacity", max(0, c.ConfiguredCapacity-c.Reserved))
	d.number("worker_channel_task_count", c.Assigned)
	if e.Type == taskrouter.EventWorkerCapacity {
		d.number("worker_channel_previous_capacity", e.PreviousCapacity)
	}
}

func (d *data) activity() {
	e := d.event
	if e.Activity == nil || e.Worker != nil {
		return
	}
	d.put("activity_sid", string(e.Activity.SID))
	d.put("activity_name", e.Activity.FriendlyName)
	d.truth("activity_available", e.Activity.Available)
}

func (d *data) channel(c *taskrouter.TaskChannel) {
	if c == nil {
		return
	}
	d.put("task_channel_sid", string(c.SID))
	d.put("task_channel_unique_name", c.UniqueName)
	if d.event.ResourceType() == "task-channel" {
		d.put("task_channel_name", c.FriendlyName)
		d.truth("task_channel_optimized_routing", c.ChannelOptimizedRouting)
	}
}
