package api

import (
	"iter"
	"net/http"
	"slices"
	"strings"

	"taskrouter"
	"taskrouter/expr"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 8

func workerSID(c *call) taskrouter.WorkerSID {
	return taskrouter.WorkerSID(c.r.PathValue("Sid"))
}

func (c *call) sendWorker(status int, e *wire.Encoder, w *taskrouter.Worker) error {
	c.etag(w.Version)
	return c.answer(status, e.Worker(c.out, w))
}

func createWorker(c *call) error {
	f := &c.form
	w, e, err := submit[taskrouter.Worker](c, routing.CreateWorker{
		FriendlyName: f.need("FriendlyName"),
		ActivitySID:  f.activity("ActivitySid"),
		Attributes:   f.text("Attributes"),
	})
	if err != nil {
		return err
	}
	return c.sendWorker(http.StatusCreated, e, w)
}

func readWorker(c *call) error {
	w, e, err := find(c, func(s *routing.State) *taskrouter.Worker {
		return s.Worker(workerSID(c))
	})
	if err != nil {
		return err
	}
	c.etag(w.Version)
	var p *wire.Presence
	if c.presence != nil {
		p = new(wire.Presence)
		p.Connections, p.Seen = c.presence(c.workspace(), w.SID)
	}
	return c.answer(http.StatusOK, e.PresentWorker(c.out, w, p, false))
}

func updateWorker(c *call) error {
	f := &c.form
	w, e, err := submit[taskrouter.Worker](c, routing.UpdateWorker{
		SID:                       workerSID(c),
		IfMatch:                   c.ifMatch(),
		FriendlyName:              f.optText("FriendlyName"),
		ActivitySID:               notEmpty(f.optActivity("ActivitySid")),
		Attributes:                f.optText("Attributes"),
		RejectPendingReservations: f.flag("RejectPendingReservations"),
	})
	if err != nil {
		return err
	}
	return c.sendWorker(http.StatusOK, e, w)
}

func deleteWorker(c *call) error {
	return c.remove(routing.DeleteWorker{SID: workerSID(c), IfMatch: c.ifMatch()})
}

func listWorkers(c *call) error {
	filter := newWorkerFilter(&c.form)
	return list(c, listing[*taskrouter.Worker]{
		key:    "workers",
		prefix: taskrouter.PrefixWorker,
		sid:    entitySID[*taskrouter.Worker],
		order: ordering(&c.form, "", map[string]func(*taskrouter.Worker) int64{
			"DateStatusChanged": func(w *taskrouter.Worker) int64 {
				return w.DateStatusChanged.UnixMilli()
			},
		}),
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.Worker] {
			return s.Workers(taskrouter.WorkerSID(last))
		},
		among: filter.among,
		keep:  filter.keep,
		write: (*wire.Encoder).Worker,
	})
}

// A workerFilter says which workers a list holds; what is nil or empty filters nothing.
type workerFilter struct {
	name, activityName *string
	activity           *taskrouter.ActivitySID
	available          *bool
	expression         *expr.Expr
	queue              *taskrouter.TaskQueueSID
	queueName          *string
}

func newWorkerFilter(f *form) *workerFilter {
	return &workerFilter{
		name:         f.filter("FriendlyName"),
		activityName: f.filter("ActivityName"),
		activity:     filterSID[taskrouter.ActivitySID](f, "ActivitySid", taskrouter.PrefixActivity),
		available:    f.optFlag("Available"),
		expression:   f.expression("TargetWorkersExpression", expr.Worker),
		queue:        filterSID[taskrouter.TaskQueueSID](f, "TaskQueueSid", taskrouter.PrefixTaskQueue),
		queueName:    f.filter("TaskQueueName"),
	}
}

// among keeps the members of the queues that are asked for, whatever their activity.
func (w *workerFilter) among(s *routing.State) func(*taskrouter.Worker) bool {
	if w.queue == nil && w.queueName == nil {
		return nil
	}
	queues := slices.DeleteFunc(s.Catalog().TaskQueues(), func(q *taskrouter.TaskQueue) bool {
		return !is(w.queue, q.SID) || !is(w.queueName, q.FriendlyName)
	})
	return func(worker *taskrouter.Worker) bool {
		return slices.ContainsFunc(queues, func(q *taskrouter.TaskQueue) bool {
			return s.InQueue(worker, q)
		})
	}
}

func (w *workerFilter) keep(catalog *routing.Catalog) func(*taskrouter.Worker) bool {
	match := func(*taskrouter.Worker) bool { return true }
	if w.expression != nil {
		match = routing.WorkerFilter(w.expression, catalog)
	}
	return func(worker *taskrouter.Worker) bool {
		if !is(w.activity, worker.ActivitySID) ||
			w.name != nil && !strings.EqualFold(*w.name, worker.FriendlyName) {
			return false
		}
		if w.activityName != nil || w.available != nil {
			a := catalog.Activity(worker.ActivitySID)
			if a == nil || !is(w.activityName, a.FriendlyName) || !is(w.available, a.Available) {
				return false
			}
		}
		return match(worker)
	}
}

// expression returns an expression that a filter gives, nil if it is not given or empty.
func (f *form) expression(name string, kind expr.Kind) *expr.Expr {
	text := f.text(name)
	if strings.TrimSpace(text) == "" {
		return nil
	}
	e, err := expr.Parse(kind, text)
	if err != nil {
		f.fail(name, "%s does not parse: %w", name, err)
		return nil
	}
	return e
}
