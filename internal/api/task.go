package api

import (
	"iter"
	"math"
	"net/http"
	"slices"

	"taskrouter"
	"taskrouter/expr"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 13

func taskSID(c *call) taskrouter.TaskSID { return taskrouter.TaskSID(c.r.PathValue("Sid")) }

func (c *call) sendTask(status int, e *wire.Encoder, t *taskrouter.Task) error {
	c.etag(t.Version)
	return c.answer(status, e.Task(c.out, t))
}

func createTask(c *call) error {
	f := &c.form
	t, e, err := submit[taskrouter.Task](c, routing.CreateTask{
		Attributes:       f.text("Attributes"),
		WorkflowSID:      sid[taskrouter.WorkflowSID](f, "WorkflowSid", taskrouter.PrefixWorkflow),
		TaskChannel:      f.text("TaskChannel"),
		Priority:         f.optNumber("Priority", 0, taskrouter.MaxPriority),
		Timeout:          f.optNumber("Timeout", 1, taskrouter.MaxTaskTimeout),
		VirtualStartTime: f.optDate("VirtualStartTime"),
		RoutingTarget:    f.routingTarget(),
		IgnoreCapacity:   f.optFlag("IgnoreCapacity"),
		TaskQueueSID:     sid[taskrouter.TaskQueueSID](f, "TaskQueueSid", taskrouter.PrefixTaskQueue),
	})
	if err != nil {
		return err
	}
	return c.sendTask(http.StatusCreated, e, t)
}

// routingTarget returns the SID of a worker, queue or workflow, empty if it is not given.
func (f *form) routingTarget() string {
	v := f.text("RoutingTarget")
	if v != "" && !taskrouter.ValidSID(taskrouter.PrefixWorker, v) &&
		!taskrouter.ValidSID(taskrouter.PrefixTaskQueue, v) &&
		!taskrouter.ValidSID(taskrouter.PrefixWorkflow, v) {
		f.fail("RoutingTarget", "RoutingTarget must be the SID of a worker (WK), task queue (WQ) or workflow "+
			"(WW), not %q", shorten(v))
	}
	return v
}

func readTask(c *call) error {
	standing := wire.Standing{Wait: -1}
	t, e, err := find(c, func(s *routing.State) *taskrouter.Task {
		t := s.Task(taskSID(c))
		if t != nil {
			standing.Position, standing.Filter = s.Position(t.SID), s.StepName(t)
		}
		return t
	})
	if err != nil {
		return err
	}
	if standing.Position > 0 && c.rate != nil {
		standing.Wait = wire.Wait(standing.Position, c.rate(c.workspace(), t.TaskQueueSID))
	}
	c.etag(t.Version)
	return c.answer(http.StatusOK, e.StandingTask(c.out, t, &standing))
}

func updateTask(c *call) error {
	f := &c.form
	t, e, err := submit[taskrouter.Task](c, routing.UpdateTask{
		SID:        taskSID(c),
		IfMatch:    c.ifMatch(),
		Attributes: f.optText("Attributes"),
		AssignmentStatus: word(f, "AssignmentStatus",
			taskrouter.TaskCanceled, taskrouter.TaskWrapping, taskrouter.TaskCompleted),
		Reason:           f.optLimited("Reason", maxText),
		Priority:         f.optNumber("Priority", 0, taskrouter.MaxPriority),
		TaskChannel:      notEmpty(f.optText("TaskChannel")),
		VirtualStartTime: f.optDate("VirtualStartTime"),
	})
	if err != nil {
		return err
	}
	return c.sendTask(http.StatusOK, e, t)
}

func deleteTask(c *call) error {
	return c.remove(routing.DeleteTask{SID: taskSID(c), IfMatch: c.ifMatch()})
}

func listTasks(c *call) error {
	filter := newTaskFilter(&c.form)
	return list(c, listing[*taskrouter.Task]{
		key:    "tasks",
		prefix: taskrouter.PrefixTask,
		sid:    entitySID[*taskrouter.Task],
		order: ordering(&c.form, "DateCreated", map[string]func(*taskrouter.Task) int64{
			"DateCreated": func(t *taskrouter.Task) int64 { return t.DateCreated.UnixMilli() },
			"Priority":    func(t *taskrouter.Task) int64 { return int64(t.Priority) },
			"VirtualStartTime": func(t *taskrouter.Task) int64 {
				return t.VirtualStartTime.UnixMilli()
			},
		}),
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.Task] {
			return s.Tasks(taskrouter.TaskSID(last))
		},
		keep:  filter.keep,
		write: (*wire.Encoder).Task,
	})
}

// A taskFilter says which tasks a list holds; what is nil or empty filters nothing.
type taskFilter struct {
	priority                *int
	statuses                []taskrouter.TaskStatus
	workflow                *taskrouter.WorkflowSID
	queue                   *taskrouter.TaskQueueSID
	workflowName, queueName *string
	expression              *expr.Expr
	routingTarget           string
	hasAddons               *bool
}

func newTaskFilter(f *form) *taskFilter {
	return &taskFilter{
		priority:      f.optNumber("Priority", 0, math.MaxInt32),
		statuses:      words(f, "AssignmentStatus", taskrouter.TaskStatuses[:]...),
		workflow:      filterSID[taskrouter.WorkflowSID](f, "WorkflowSid", taskrouter.PrefixWorkflow),
		workflowName:  f.filter("WorkflowName"),
		queue:         filterSID[taskrouter.TaskQueueSID](f, "TaskQueueSid", taskrouter.PrefixTaskQueue),
		queueName:     f.filter("TaskQueueName"),
		expression:    f.expression("EvaluateTaskAttributes", expr.Task),
		routingTarget: f.routingTarget(),
		hasAddons:     f.optFlag("HasAddons"),
	}
}

func (t *taskFilter) keep(catalog *routing.Catalog) func(*taskrouter.Task) bool {
	match := func(*taskrouter.Task) bool { return true }
	if t.expression != nil {
		match = routing.TaskFilter(t.expression)
	}
	return func(task *taskrouter.Task) bool {
		if !is(t.priority, task.Priority) || !is(t.workflow, task.WorkflowSID) ||
			!is(t.queue, task.TaskQueueSID) ||
			t.routingTarget != "" && t.routingTarget != task.RoutingTarget ||
			len(t.statuses) > 0 && !slices.Contains(t.statuses, task.AssignmentStatus) {
			return false
		}
		if t.hasAddons != nil && *t.hasAddons {
			return false // add-ons come from the hosted service's marketplace; no task has any
		}
		if t.workflowName != nil {
			w := catalog.Workflow(task.WorkflowSID)
			if w == nil || w.FriendlyName != *t.workflowName {
				return false
			}
		}
		if t.queueName != nil {
			q := catalog.TaskQueue(task.TaskQueueSID)
			if q == nil || q.FriendlyName != *t.queueName {
				return false
			}
		}
		return match(task)
	}
}
