package feed

import (
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// A column is one value of a slim row. The same columns make the rows of a picture, where rows
// are arrays, and of batches, where they are objects.
type column struct {
	name string
	// shared says that many rows have the same value: a picture holds it once.
	shared bool
	append func(dst []byte, c *pen, e taskrouter.Entity) []byte
}

// A pen is what rows are written with.
type pen struct {
	wire       wire.Encoder
	attributes bool
	// standing and present belong to pictures; nil = such columns are left out.
	standing func(*taskrouter.Task) *wire.Standing
	present  func(*taskrouter.Worker) *wire.Presence
}

func (c *pen) catalog() *routing.Catalog { return c.wire.Catalog }

// of makes a column of a noun.
func of[T any](
	name string, shared bool, cell func(dst []byte, c *pen, e *T) []byte,
) column {
	return column{name, shared, func(dst []byte, c *pen, e taskrouter.Entity) []byte {
		return cell(dst, c, any(e).(*T))
	}}
}

// text and its like make columns of one field.
func text[T any](name string, shared bool, field func(*T) string) column {
	return of(name, shared, func(dst []byte, _ *pen, e *T) []byte {
		return appendText(dst, field(e))
	})
}

func number[T any](name string, shared bool, field func(*T) int) column {
	return of(name, shared, func(dst []byte, _ *pen, e *T) []byte {
		return strconv.AppendInt(dst, int64(field(e)), 10)
	})
}

func truth[T any](name string, field func(*T) bool) column {
	return of(name, false, func(dst []byte, _ *pen, e *T) []byte {
		return strconv.AppendBool(dst, field(e))
	})
}

func moment[T any](name string, field func(*T) time.Time) column {
	return of(name, false, func(dst []byte, _ *pen, e *T) []byte {
		return appendMoment(dst, field(e))
	})
}

// appendText writes null for the empty text.
func appendText(dst []byte, s string) []byte {
	if s == "" {
		return append(dst, "null"...)
	}
	return wire.AppendString(dst, s)
}

// appendMoment writes a time in milliseconds since 1970, null for none.
func appendMoment(dst []byte, t time.Time) []byte {
	if t.IsZero() {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, t.UnixMilli(), 10)
}

// Spec: feed 4
var (
	workspaceColumns = []column{
		text("sid", false, func(w *taskrouter.Workspace) string { return string(w.SID) }),
		text("name", false, func(w *taskrouter.Workspace) string { return w.FriendlyName }),
		text("default_activity_sid", false,
			func(w *taskrouter.Workspace) string { return string(w.DefaultActivitySID) }),
		text("timeout_activity_sid", false,
			func(w *taskrouter.Workspace) string { return string(w.TimeoutActivitySID) }),
		truth("multi_task_enabled", func(w *taskrouter.Workspace) bool { return w.MultiTaskEnabled }),
		text("prioritize_queue_order", false,
			func(w *taskrouter.Workspace) string { return string(w.PrioritizeQueueOrder) }),
	}
	activityColumns = []column{
		text("sid", false, func(a *taskrouter.Activity) string { return string(a.SID) }),
		text("name", false, func(a *taskrouter.Activity) string { return a.FriendlyName }),
		truth("available", func(a *taskrouter.Activity) bool { return a.Available }),
	}
	channelColumns = []column{
		text("sid", false, func(c *taskrouter.TaskChannel) string { return string(c.SID) }),
		text("unique_name", false, func(c *taskrouter.TaskChannel) string { return c.UniqueName }),
		text("name", false, func(c *taskrouter.TaskChannel) string { return c.FriendlyName }),
		truth("channel_optimized_routing",
			func(c *taskrouter.TaskChannel) bool { return c.ChannelOptimizedRouting }),
	}
	queueColumns = []column{
		text("sid", false, func(q *taskrouter.TaskQueue) string { return string(q.SID) }),
		text("name", false, func(q *taskrouter.TaskQueue) string { return q.FriendlyName }),
		text("target_workers", false, func(q *taskrouter.TaskQueue) string { return q.TargetWorkers }),
		text("task_order", true, func(q *taskrouter.TaskQueue) string { return string(q.TaskOrder) }),
		number("max_reserved_workers", false,
			func(q *taskrouter.TaskQueue) int { return q.MaxReservedWorkers }),
	}
	workflowColumns = []column{
		text("sid", false, func(w *taskrouter.Workflow) string { return string(w.SID) }),
		text("name", false, func(w *taskrouter.Workflow) string { return w.FriendlyName }),
		number("configuration", false,
			func(w *taskrouter.Workflow) int { return w.ConfigurationVersion }),
		number("task_reservation_timeout", false,
			func(w *taskrouter.Workflow) int { return w.TaskReservationTimeout }),
	}
	workerColumns = []column{
		text("sid", false, func(w *taskrouter.Worker) string { return string(w.SID) }),
		text("name", false, func(w *taskrouter.Worker) string { return w.FriendlyName }),
		text("activity_sid", true, func(w *taskrouter.Worker) string { return string(w.ActivitySID) }),
		moment("since", func(w *taskrouter.Worker) time.Time { return w.DateStatusChanged }),
		number("version", false, func(w *taskrouter.Worker) int { return w.Version }),
		of("channels", true, appendLoad),
	}
	taskColumns = []column{
		text("sid", false, func(t *taskrouter.Task) string { return string(t.SID) }),
		text("status", true, func(t *taskrouter.Task) string { return string(t.AssignmentStatus) }),
		number("priority", false, func(t *taskrouter.Task) int { return t.Priority }),
		text("task_queue_sid", true, func(t *taskrouter.Task) string { return string(t.TaskQueueSID) }),
		text("workflow_sid", true, func(t *taskrouter.Task) string { return string(t.WorkflowSID) }),
		of("task_channel", true, func(dst []byte, c *pen, t *taskrouter.Task) []byte {
			return appendText(dst, channelName(c.catalog(), t.TaskChannelSID))
		}),
		moment("created", func(t *taskrouter.Task) time.Time { return t.DateCreated }),
		moment("virtual_start", func(t *taskrouter.Task) time.Time { return t.VirtualStartTime }),
		moment("queue_entered", func(t *taskrouter.Task) time.Time { return t.TaskQueueEnteredDate }),
		of("step", true, func(dst []byte, _ *pen, t *taskrouter.Task) []byte {
			return appendStep(dst, &t.Step)
		}),
		moment("step_entered", func(t *taskrouter.Task) time.Time { return t.Step.Entered }),
		moment("step_expires", func(t *taskrouter.Task) time.Time { return t.Step.Expires }),
		number("timeout", true, func(t *taskrouter.Task) int { return t.Timeout }),
		moment("assigned", func(t *taskrouter.Task) time.Time { return t.AssignedAt }),
		moment("ended", func(t *taskrouter.Task) time.Time { return t.EndedAt }),
		text("reason", true, func(t *taskrouter.Task) string { return t.Reason }),
		text("routing_target", true, func(t *taskrouter.Task) string { return t.RoutingTarget }),
		number("version", false, func(t *taskrouter.Task) int { return t.Version }),
	}
	reservationColumns = []column{
		text("sid", false, func(r *taskrouter.Reservation) string { return string(r.SID) }),
		text("task_sid", false, func(r *taskrouter.Reservation) string { return string(r.TaskSID) }),
		text("worker_sid", false, func(r *taskrouter.Reservation) string { return string(r.WorkerSID) }),
		text("status", true, func(r *taskrouter.Reservation) string { return string(r.Status) }),
		text("task_queue_sid", true,
			func(r *taskrouter.Reservation) string { return string(r.TaskQueueSID) }),
		moment("created", func(r *taskrouter.Reservation) time.Time { return r.DateCreated }),
		moment("updated", func(r *taskrouter.Reservation) time.Time { return r.DateUpdated }),
		moment("expires", func(r *taskrouter.Reservation) time.Time { return r.Expires }),
		number("version", false, func(r *taskrouter.Reservation) int { return r.Version }),
	}
	standingColumns = []column{
		of("position", false, func(dst []byte, c *pen, t *taskrouter.Task) []byte {
			return appendPositive(dst, c.standing(t).Position)
		}),
		of("estimated_wait", false, func(dst []byte, c *pen, t *taskrouter.Task) []byte {
			s := c.standing(t)
			if s.Position == 0 || s.Wait < 0 {
				return append(dst, "null"...)
			}
			return strconv.AppendInt(dst, int64(s.Wait/time.Second), 10)
		}),
	}
	presenceColumns = []column{
		of("connections", false, func(dst []byte, c *pen, w *taskrouter.Worker) []byte {
			return strconv.AppendInt(dst, int64(c.present(w).Connections), 10)
		}),
		of("last_seen", false, func(dst []byte, c *pen, w *taskrouter.Worker) []byte {
			return appendMoment(dst, c.present(w).Seen)
		}),
	}
	taskAttributes = []column{
		text("attributes", false, func(t *taskrouter.Task) string { return t.Attributes }),
	}
	workerAttributes = []column{
		text("attributes", false, func(w *taskrouter.Worker) string { return w.Attributes }),
	}
)

// columnsOf are the columns of the rows of a topic.
func (c *pen) columnsOf(t topics) []column {
	switch t {
	case workspaces:
		return workspaceColumns
	case activities:
		return activityColumns
	case channels:
		return channelColumns
	case queues:
		return queueColumns
	case workflows:
		return workflowColumns
	case workers:
		return c.with(c.with(workerColumns, c.attributes, workerAttributes),
			c.present != nil, presenceColumns)
	case tasks:
		return c.with(c.with(taskColumns, c.attributes, taskAttributes),
			c.standing != nil, standingColumns)
	default:
		return reservationColumns
	}
}

func (c *pen) with(list []column, wanted bool, more []column) []column {
	if !wanted {
		return list
	}
	return append(list[:len(list):len(list)], more...)
}

// appendPositive writes null for 0.
func appendPositive(dst []byte, n int) []byte {
	if n == 0 {
		return append(dst, "null"...)
	}
	return strconv.AppendInt(dst, int64(n), 10)
}

// appendLoad writes a worker's channels: by unique name the capacity, the tasks that are held
// and those of them that are accepted, and whether the channel is on.
func appendLoad(dst []byte, c *pen, w *taskrouter.Worker) []byte {
	dst = append(dst, '{')
	for i := range w.Channels {
		ch := &w.Channels[i]
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, channelName(c.catalog(), ch.TaskChannelSID))
		dst = append(dst, ":["...)
		for _, n := range [...]int{ch.ConfiguredCapacity, ch.Reserved, ch.Assigned} {
			dst = strconv.AppendInt(dst, int64(n), 10)
			dst = append(dst, ',')
		}
		dst = strconv.AppendBool(dst, ch.Available)
		dst = append(dst, ']')
	}
	return append(dst, '}')
}

// channelName is the unique name of a channel, or its SID when it is gone.
func channelName(c *routing.Catalog, sid taskrouter.TaskChannelSID) string {
	if ch := c.TaskChannel(sid); ch != nil {
		return ch.UniqueName
	}
	return string(sid)
}

// appendStep writes where a task is in its workflow: the version of the configuration, the place
// of the filter, -1 for the default one, and that of the target.
func appendStep(dst []byte, s *taskrouter.Step) []byte {
	if s.Entered.IsZero() || s.Filter == taskrouter.NoFilter {
		return append(dst, "null"...)
	}
	dst = append(dst, '[')
	for _, n := range [...]int{s.Configuration, s.Filter} {
		dst = strconv.AppendInt(dst, int64(n), 10)
		dst = append(dst, ',')
	}
	dst = strconv.AppendInt(dst, int64(s.Target), 10)
	return append(dst, ']')
}

// appendObject appends a slim row as an object.
func (c *pen) appendObject(dst []byte, columns []column, e taskrouter.Entity) []byte {
	dst = append(dst, '{')
	for i, col := range columns {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = append(dst, '"')
		dst = append(dst, col.name...)
		dst = append(dst, '"', ':')
		dst = col.append(dst, c, e)
	}
	return append(dst, '}')
}

// appendFull appends a row in the shape that REST has. Spec: feed 5
func (c *pen) appendFull(dst []byte, e taskrouter.Entity) []byte {
	switch e := e.(type) {
	case *taskrouter.Workspace:
		return c.wire.Workspace(dst, e)
	case *taskrouter.Activity:
		return c.wire.Activity(dst, e)
	case *taskrouter.TaskChannel:
		return c.wire.TaskChannel(dst, e)
	case *taskrouter.TaskQueue:
		return c.wire.TaskQueue(dst, e)
	case *taskrouter.Workflow:
		return c.wire.Workflow(dst, e)
	case *taskrouter.Worker:
		var p *wire.Presence
		if c.present != nil {
			p = c.present(e)
		}
		return c.wire.PresentWorker(dst, e, p, true)
	case *taskrouter.Task:
		var s *wire.Standing
		if c.standing != nil {
			s = c.standing(e)
		}
		return c.wire.StandingTask(dst, e, s)
	case *taskrouter.Reservation:
		return c.wire.TaskReservation(dst, e)
	}
	return append(dst, "null"...)
}
