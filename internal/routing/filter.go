package routing

import (
	"taskrouter"
	"taskrouter/expr"
)

// WorkerFilter compiles an expression over worker attributes and the fields sid, friendly_name,
// activity_sid and activity_name into a test of worker versions. Names are those of the
// catalog. The test is not safe for concurrent use. Spec: rest-api 8
func WorkerFilter(e *expr.Expr, c *Catalog) func(*taskrouter.Worker) bool {
	s := New(nil)
	s.catalog = c
	p := e.Compile(expr.Scope{Worker: s.workerSlots})
	s.slotsGrew()
	return func(w *taskrouter.Worker) bool {
		probe := worker{now: w}
		s.readValues(&probe, true)
		s.env.Worker = probe.values
		return p.Match(&s.env)
	}
}

// TaskFilter compiles an expression over task attributes into a test of task versions. The
// test is not safe for concurrent use. Spec: rest-api 13
func TaskFilter(e *expr.Expr) func(*taskrouter.Task) bool {
	slots := new(expr.Slots)
	p := e.Compile(expr.Scope{Task: slots})
	var env expr.Env
	return func(t *taskrouter.Task) bool {
		// Attributes were checked when they were given, so reading them cannot fail.
		env.Task, _ = slots.Extract(t.Attributes, env.Task[:0])
		return p.Match(&env)
	}
}

// QueueFilter returns a test of queues: would a worker with these attributes be in it?
// Spec: rest-api 11
func QueueFilter(attributes string) (func(*taskrouter.TaskQueue) bool, error) {
	attributes, err := checkAttributes(attributes)
	if err != nil {
		return nil, err
	}
	return func(q *taskrouter.TaskQueue) bool {
		e, err := expr.Parse(expr.Worker, q.TargetWorkers)
		if err != nil {
			return false // an empty expression matches nobody
		}
		return WorkerFilter(e, &Catalog{})(&taskrouter.Worker{Attributes: attributes})
	}, nil
}
