package routing

import (
	"slices"
	"strings"

	"taskrouter"
	"taskrouter/expr"
)

// everybody is the expression of a queue that names none.
const everybody = "1==1"

// A queue is a task queue with what follows from its version.
type queue struct {
	now        *taskrouter.TaskQueue
	program    *expr.Program // nil: matches nobody
	members    map[*worker]struct{}
	byActivity map[taskrouter.ActivitySID]int
	pools      []*pool
	era        int                                    // rises when pools are forgotten
	waiting    map[taskrouter.TaskChannelSID][]*shape // those with tasks that wait
	tasks      int                                    // tasks not ended that are in the queue
	// ranks are kept per channel while somebody asks for places, see ranks.
	ranks map[taskrouter.TaskChannelSID]*ranks
}

func (q *queue) forgetPools() {
	q.pools = nil
	q.era++
}

// setQueue makes v the queue's version. A new expression changes who is in it.
func (s *State) setQueue(v *taskrouter.TaskQueue) {
	q, known := s.queues[v.SID]
	if !known {
		q = &queue{
			members:    make(map[*worker]struct{}),
			byActivity: make(map[taskrouter.ActivitySID]int),
			waiting:    make(map[taskrouter.TaskChannelSID][]*shape),
		}
		s.queues[v.SID] = q
	}
	old := q.now
	q.now = v
	if !known || old.TargetWorkers != v.TargetWorkers {
		s.compileQueue(q)
		q.forgetPools()
		for w := range s.workerOrder.all() {
			q.admit(s, w)
		}
	}
	if known && old.TaskOrder != v.TaskOrder {
		q.reorder(s)
	}
}

func (s *State) compileQueue(q *queue) {
	defer s.noteFacts()
	s.stopReading(q)
	q.program = nil
	if q.now.TargetWorkers == "" {
		return
	}
	// The expression was parsed when it was given, so it parses.
	if e, err := expr.Parse(expr.Worker, q.now.TargetWorkers); err == nil {
		q.program = e.Compile(expr.Scope{Worker: s.workerSlots})
		s.slotsGrew()
		for _, slot := range q.program.WorkerSlots() {
			s.readers[slot] = append(s.readers[slot], q)
		}
	}
}

func (s *State) stopReading(q *queue) {
	if q.program == nil {
		return
	}
	for _, slot := range q.program.WorkerSlots() {
		s.readers[slot] = slices.DeleteFunc(s.readers[slot],
			func(r *queue) bool { return r == q })
	}
}

func (s *State) unsetQueue(sid taskrouter.TaskQueueSID) {
	q := s.queues[sid]
	s.stopReading(q)
	for w := range q.members {
		q.part(w)
	}
	delete(s.queues, sid)
	s.noteFacts()
}

// matches reports whether the queue's expression holds for the worker.
func (q *queue) matches(s *State, w *worker) bool {
	if q.program == nil {
		return false
	}
	s.env.Worker = w.values
	return q.program.Match(&s.env)
}

// admit takes the worker in or lets it go, as the expression says. The caller has taken the
// worker out of the pools and seats it again.
func (q *queue) admit(s *State, w *worker) {
	_, in := q.members[w]
	switch match := q.matches(s, w); {
	case match && !in:
		q.members[w] = struct{}{}
		q.byActivity[w.now.ActivitySID]++
		at, _ := w.queuePlace(q.now.SID)
		w.queues = slices.Insert(w.queues, at, q)
	case !match && in:
		q.part(w)
	}
}

// part lets a member go.
func (q *queue) part(w *worker) {
	delete(q.members, w)
	q.byActivity[w.now.ActivitySID]--
	if at, found := w.queuePlace(q.now.SID); found {
		w.queues = slices.Delete(w.queues, at, at+1)
	}
}

// InQueue reports whether a worker is in a queue, whatever its activity.
func (s *State) InQueue(w *taskrouter.Worker, q *taskrouter.TaskQueue) bool {
	wk := s.workers[w.SID]
	return wk != nil && wk.inQueue(q.SID)
}

func (s *State) createTaskQueue(c CreateTaskQueue) error {
	if len(s.queues) >= taskrouter.MaxTaskQueues {
		return taskrouter.Invalid.Errorf("the workspace has %d task queues, the most it may have; "+
			"delete one first", taskrouter.MaxTaskQueues)
	}
	now := s.tx.now
	q := &taskrouter.TaskQueue{
		SID:                    taskrouter.TaskQueueSID(s.sid(taskrouter.PrefixTaskQueue)),
		FriendlyName:           c.FriendlyName,
		TargetWorkers:          everybody,
		MaxReservedWorkers:     1,
		TaskOrder:              taskrouter.FIFO,
		ReservationActivitySID: c.ReservationActivitySID,
		AssignmentActivitySID:  c.AssignmentActivitySID,
		DateCreated:            now,
		DateUpdated:            now,
	}
	set(&q.TargetWorkers, c.TargetWorkers)
	set(&q.MaxReservedWorkers, c.MaxReservedWorkers)
	if c.TaskOrder != "" {
		q.TaskOrder = c.TaskOrder
	}
	if err := s.checkTaskQueue(q); err != nil {
		return err
	}
	s.put(q)
	s.answer(q)
	s.tell(taskrouter.Event{Type: taskrouter.EventTaskQueueCreated, TaskQueue: q})
	return nil
}

func (s *State) checkTaskQueue(q *taskrouter.TaskQueue) error {
	if err := checkName("FriendlyName", q.FriendlyName); err != nil {
		return err
	}
	for _, other := range s.catalog.TaskQueues() {
		if other.SID != q.SID && other.FriendlyName == q.FriendlyName {
			return taskrouter.Invalid.Errorf(
				"TaskQueue with the same friendly name already exists: %s", other.SID).
				At("FriendlyName")
		}
	}
	if strings.TrimSpace(q.TargetWorkers) == "" {
		q.TargetWorkers = ""
	} else if _, err := parse("TargetWorkers", expr.Worker, q.TargetWorkers); err != nil {
		return err
	}
	if n := q.MaxReservedWorkers; n < 1 || n > taskrouter.MaxReservedWorkers {
		return taskrouter.Invalid.Errorf("MaxReservedWorkers is %d; it must be from 1 to %d",
			n, taskrouter.MaxReservedWorkers).At("MaxReservedWorkers")
	}
	for _, a := range []struct {
		name string
		sid  taskrouter.ActivitySID
	}{
		{"ReservationActivitySid", q.ReservationActivitySID},
		{"AssignmentActivitySid", q.AssignmentActivitySID},
	} {
		if a.sid == "" && !s.catalog.Workspace.MultiTaskEnabled {
			// Spec: rest-api 2.2
			return taskrouter.Invalid.Errorf("Activity Sids cannot be empty: a workspace without "+
				"multitasking needs %s", a.name).At(a.name)
		}
		if a.sid != "" {
			if _, err := s.activity(a.name, a.sid); err != nil {
				return err
			}
		}
	}
	return nil
}

func (s *State) updateTaskQueue(c UpdateTaskQueue) error {
	old := s.catalog.TaskQueue(c.SID)
	if old == nil {
		return missing("TaskQueue", c.SID)
	}
	q := *old
	set(&q.FriendlyName, c.FriendlyName)
	set(&q.TargetWorkers, c.TargetWorkers)
	set(&q.MaxReservedWorkers, c.MaxReservedWorkers)
	set(&q.TaskOrder, c.TaskOrder)
	set(&q.ReservationActivitySID, c.ReservationActivitySID)
	set(&q.AssignmentActivitySID, c.AssignmentActivitySID)
	if err := s.checkTaskQueue(&q); err != nil {
		return err
	}
	if q == *old {
		s.answer(old)
		return nil
	}
	q.DateUpdated = s.tx.now
	s.put(&q)
	s.answer(&q)
	if q.TargetWorkers != old.TargetWorkers {
		s.tell(taskrouter.Event{Type: taskrouter.EventTaskQueueExpression, TaskQueue: &q})
		if s.queues[q.SID].tasks > 0 {
			for w := range s.workerOrder.all() {
				if w.available && w.inQueue(q.SID) {
					s.lookAgainWorker(w.now.SID)
				}
			}
		}
	}
	return nil
}

func (s *State) deleteTaskQueue(c DeleteTaskQueue) error {
	q := s.queues[c.SID]
	if q == nil {
		return missing("TaskQueue", c.SID)
	}
	for _, w := range s.catalog.Workflows() {
		if s.routesTo(s.workflows[w.SID], c.SID) {
			return taskrouter.Invalid.Errorf("task queue %q (%s) can't be deleted: workflow %q (%s) "+
				"routes to it; change the workflow first",
				q.now.FriendlyName, c.SID, w.FriendlyName, w.SID)
		}
	}
	if q.tasks > 0 {
		return taskrouter.Invalid.Errorf("task queue %q (%s) can't be deleted: %d of its tasks "+
			"have not ended; finish or delete them first", q.now.FriendlyName, c.SID, q.tasks)
	}
	s.remove(q.now)
	s.answer(q.now)
	s.tell(taskrouter.Event{Type: taskrouter.EventTaskQueueDeleted, TaskQueue: q.now})
	return nil
}
