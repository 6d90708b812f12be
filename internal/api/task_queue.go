package api

import (
	"iter"
	"net/http"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Spec: rest-api 11

func taskQueueSID(c *call) taskrouter.TaskQueueSID {
	return taskrouter.TaskQueueSID(c.r.PathValue("Sid"))
}

func createTaskQueue(c *call) error {
	f := &c.form
	q, e, err := submit[taskrouter.TaskQueue](c, routing.CreateTaskQueue{
		FriendlyName:           f.need("FriendlyName"),
		TargetWorkers:          f.optText("TargetWorkers"),
		MaxReservedWorkers:     f.optNumber("MaxReservedWorkers", 1, taskrouter.MaxReservedWorkers),
		TaskOrder:              word(f, "TaskOrder", taskrouter.FIFO, taskrouter.LIFO),
		ReservationActivitySID: f.activity("ReservationActivitySid"),
		AssignmentActivitySID:  f.activity("AssignmentActivitySid"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusCreated, e.TaskQueue(c.out, q))
}

func readTaskQueue(c *call) error {
	q, e, err := find(c, func(s *routing.State) *taskrouter.TaskQueue {
		return s.Catalog().TaskQueue(taskQueueSID(c))
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.TaskQueue(c.out, q))
}

func updateTaskQueue(c *call) error {
	f := &c.form
	q, e, err := submit[taskrouter.TaskQueue](c, routing.UpdateTaskQueue{
		SID:                    taskQueueSID(c),
		FriendlyName:           f.optText("FriendlyName"),
		TargetWorkers:          f.optText("TargetWorkers"),
		MaxReservedWorkers:     f.optNumber("MaxReservedWorkers", 1, taskrouter.MaxReservedWorkers),
		TaskOrder:              optWord(f, "TaskOrder", taskrouter.FIFO, taskrouter.LIFO),
		ReservationActivitySID: f.optActivity("ReservationActivitySid"),
		AssignmentActivitySID:  f.optActivity("AssignmentActivitySid"),
	})
	if err != nil {
		return err
	}
	return c.answer(http.StatusOK, e.TaskQueue(c.out, q))
}

func deleteTaskQueue(c *call) error {
	return c.remove(routing.DeleteTaskQueue{SID: taskQueueSID(c)})
}

func listTaskQueues(c *call) error {
	f := &c.form
	name := f.filter("FriendlyName")
	worker := filterSID[taskrouter.WorkerSID](f, "WorkerSid", taskrouter.PrefixWorker)
	fits := f.queueFilter("EvaluateWorkerAttributes")
	return list(c, listing[*taskrouter.TaskQueue]{
		key:    "task_queues",
		prefix: taskrouter.PrefixTaskQueue,
		sid:    entitySID[*taskrouter.TaskQueue],
		order: ordering(f, "", map[string]func(*taskrouter.TaskQueue) int64{
			"DateUpdated": func(q *taskrouter.TaskQueue) int64 { return q.DateUpdated.UnixMilli() },
		}),
		each: func(s *routing.State, last string) iter.Seq[*taskrouter.TaskQueue] {
			return after(s.Catalog().TaskQueues(), entitySID, last)
		},
		among: func(s *routing.State) func(*taskrouter.TaskQueue) bool {
			if worker == nil {
				return nil
			}
			w := s.Worker(*worker)
			return func(q *taskrouter.TaskQueue) bool { return w != nil && s.InQueue(w, q) }
		},
		keep: func(*routing.Catalog) func(*taskrouter.TaskQueue) bool {
			return func(q *taskrouter.TaskQueue) bool {
				return is(name, q.FriendlyName) && (fits == nil || fits(q))
			}
		},
		write: (*wire.Encoder).TaskQueue,
	})
}

// queueFilter returns a filter by the attributes of a worker that could be, nil if it is not
// given.
func (f *form) queueFilter(name string) func(*taskrouter.TaskQueue) bool {
	attributes := f.text(name)
	if attributes == "" {
		return nil
	}
	filter, err := routing.QueueFilter(attributes)
	if err != nil {
		f.fail(name, "%s: %w", name, err)
	}
	return filter
}
