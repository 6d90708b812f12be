package routing

import (
	"cmp"
	"slices"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// A task is a task with what follows from its version.
type task struct {
	now          *taskrouter.Task
	values       []expr.Value // by slot of State.taskSlots, see valuesOf
	reservations []*reservation
	line         *line // nil: does not wait
	place        int   // in the line
	seats        seats // where it is counted
	again        int   // among the tasks that the transaction looks at again
	deadline     deadline
}

// setTask makes v the task's version and brings every index along.
func (s *State) setTask(v *taskrouter.Task) {
	t, known := s.tasks[v.SID]
	if !known {
		t = &task{now: v, place: -1, again: -1}
		t.deadline = deadline{task: t, place: -1}
		s.tasks[v.SID] = t
		s.taskOrder.add(v.SID, t)
	}
	var old *taskrouter.Task
	if known {
		old = t.now
		s.countTask(old, -1)
	}
	s.dequeue(t)
	if t.now.Attributes != v.Attributes {
		t.values = nil
	}
	t.now = v
	s.countTask(v, 1)
	s.recount(t, old, v)
	if v.AssignmentStatus == taskrouter.TaskPending && v.NotBefore.IsZero() {
		s.enqueue(t)
	}
	s.schedule(&t.deadline, s.taskDeadline(v))
}

func (s *State) unsetTask(sid taskrouter.TaskSID) {
	t := s.tasks[sid]
	s.dequeue(t)
	s.countTask(t.now, -1)
	s.recount(t, t.now, nil)
	s.schedule(&t.deadline, time.Time{})
	delete(s.tasks, sid)
	s.taskOrder.remove(sid)
}

func (s *State) countTask(t *taskrouter.Task, by int) {
	if q := s.queues[t.TaskQueueSID]; q != nil && !t.AssignmentStatus.Final() {
		q.tasks += by
	}
}

// valuesOf returns the task's values for every slot there is. Slots come later than tasks, so
// they are read when they are asked for.
func (s *State) valuesOf(t *task) []expr.Value {
	if len(t.values) < s.taskSlots.Len() {
		// Attributes were checked when they were given, so reading them cannot fail.
		t.values, _ = s.taskSlots.Extract(t.now.Attributes, t.values[:0])
	}
	return t.values
}

// targetOf returns the step a task is on.
func (s *State) targetOf(t *taskrouter.Task) *target {
	if t.Step.Filter == taskrouter.NoFilter {
		return &s.anyone
	}
	if w := s.workflows[t.WorkflowSID]; w != nil {
		if g := w.configs[t.Step.Configuration].step(t.Step.Filter, t.Step.Target); g != nil {
			return g
		}
	}
	return &s.anyone
}

// taskEvent is an event about a task.
func (s *State) taskEvent(kind taskrouter.EventType, t *task, why string) taskrouter.Event {
	return taskrouter.Event{
		Type:      kind,
		Task:      t.now,
		TaskQueue: s.catalog.TaskQueue(t.now.TaskQueueSID),
		Workflow:  s.catalog.Workflow(t.now.WorkflowSID),
		Why:       why,
	}
}

// createTask makes a task and sends it on its way. The answer is the task as it was made;
// what routing does at once are its first changes. Spec: rest-api 13, routing 3.1
func (s *State) createTask(c CreateTask) error {
	v, err := s.newTask(c)
	if err != nil {
		return err
	}
	if err := s.route(v, c); err != nil {
		return err
	}
	s.put(v)
	s.answer(v)
	t := s.tasks[v.SID]
	if v.Step.Filter == taskrouter.NoFilter {
		s.placeDirectly(t, c.TaskQueueSID)
		return nil
	}
	start, ok := s.firstStep(t)
	if !ok {
		// Spec: routing 3.1
		return taskrouter.Invalid.Errorf("the attributes match no filter of workflow %s, and it "+
			"has no default filter; change the attributes or add a default_filter", v.WorkflowSID).
			At("Attributes")
	}
	s.walk(t, start, created)
	return nil
}

func (s *State) newTask(c CreateTask) (*taskrouter.Task, error) {
	attributes, err := checkAttributes(c.Attributes)
	if err != nil {
		return nil, err
	}
	name := c.TaskChannel
	if name == "" {
		name = taskrouter.DefaultChannel
	}
	channel, err := s.channel(name)
	if err != nil {
		return nil, err
	}
	now := s.tx.now
	v := &taskrouter.Task{
		SID:              taskrouter.TaskSID(s.sid(taskrouter.PrefixTask)),
		Attributes:       attributes,
		AssignmentStatus: taskrouter.TaskPending,
		Timeout:          taskrouter.DefaultTaskTimeout,
		TaskChannelSID:   channel.SID,
		VirtualStartTime: now,
		DateCreated:      now,
		DateUpdated:      now,
	}
	set(&v.Priority, c.Priority)
	set(&v.Timeout, c.Timeout)
	setTime(&v.VirtualStartTime, c.VirtualStartTime)
	return v, s.checkTask(v)
}

// setTime stores a time that an update gives as states keep times.
func setTime(into, given *time.Time) {
	if given != nil {
		*into = given.UTC().Truncate(time.Millisecond)
	}
}

func (s *State) checkTask(v *taskrouter.Task) error {
	if v.Priority < 0 || v.Priority > taskrouter.MaxPriority {
		return taskrouter.Invalid.Errorf("Priority is %d; it must be from 0 to %d",
			v.Priority, taskrouter.MaxPriority).At("Priority")
	}
	if v.Timeout < 1 || v.Timeout > taskrouter.MaxTaskTimeout {
		return taskrouter.Invalid.Errorf("Timeout is %d; it must be from 1 to %d seconds",
			v.Timeout, taskrouter.MaxTaskTimeout).At("Timeout")
	}
	if v.VirtualStartTime.After(s.tx.now) {
		return taskrouter.Invalid.Errorf("VirtualStartTime %s is in the future; it must be a time "+
			"that has passed", v.VirtualStartTime.Format(time.RFC3339)).At("VirtualStartTime")
	}
	if v.VirtualStartTime.Year() < 1900 {
		return taskrouter.Invalid.Errorf("VirtualStartTime %s is before the year 1900",
			v.VirtualStartTime.Format(time.RFC3339)).At("VirtualStartTime")
	}
	return nil
}

// channel finds a task channel that a parameter names.
func (s *State) channel(name string) (*taskrouter.TaskChannel, error) {
	if ch := s.catalog.FindTaskChannel(name); ch != nil {
		return ch, nil
	}
	return nil, taskrouter.Invalid.Errorf("TaskChannel %q is no task channel of workspace %s; "+
		"create it or use default", shorten(name), s.catalog.Workspace.SID).At("TaskChannel")
}

// route decides by whom a new task is routed: its workflow, or the target it names.
// Spec: routing 7
func (s *State) route(v *taskrouter.Task, c CreateTask) error {
	if c.TaskQueueSID != "" && s.queues[c.TaskQueueSID] == nil {
		return taskrouter.Invalid.Errorf("TaskQueueSid %q is no task queue of workspace %s",
			c.TaskQueueSID, s.catalog.Workspace.SID).At("TaskQueueSid")
	}
	if c.WorkflowSID != "" && s.workflows[c.WorkflowSID] == nil {
		return taskrouter.Invalid.Errorf("WorkflowSid %q is no workflow of workspace %s",
			c.WorkflowSID, s.catalog.Workspace.SID).At("WorkflowSid")
	}
	target := c.RoutingTarget
	v.RoutingTarget, v.WorkflowSID = target, c.WorkflowSID
	switch {
	case target == "":
		return s.routeByWorkflow(v)
	case s.workflows[taskrouter.WorkflowSID(target)] != nil:
		v.WorkflowSID = taskrouter.WorkflowSID(target)
	case s.workers[taskrouter.WorkerSID(target)] != nil:
		v.Step.Filter = taskrouter.NoFilter
		v.IgnoreCapacity = c.IgnoreCapacity == nil || *c.IgnoreCapacity
	case s.queues[taskrouter.TaskQueueSID(target)] != nil:
		v.Step.Filter = taskrouter.NoFilter
	default:
		return taskrouter.Invalid.Errorf("RoutingTarget %q is no worker, task queue or workflow of "+
			"workspace %s", shorten(target), s.catalog.Workspace.SID).At("RoutingTarget")
	}
	return nil
}

// routeByWorkflow has a task go through the only workflow there is, if it names none.
func (s *State) routeByWorkflow(v *taskrouter.Task) error {
	if v.WorkflowSID != "" {
		return nil
	}
	only := s.catalog.workflows.keys
	if len(only) != 1 {
		// Spec: rest-api 2.2
		return taskrouter.Invalid.Errorf("WorkflowSid field is required: workspace %s has %d "+
			"workflows, so the task must name one", s.catalog.Workspace.SID, len(only)).
			At("WorkflowSid")
	}
	v.WorkflowSID = only[0]
	return nil
}

// placeDirectly puts a task that goes through no workflow before its worker or into its queue. A
// workflow that it names all the same says how its offers are made, and no more.
func (s *State) placeDirectly(t *task, queue taskrouter.TaskQueueSID) {
	v := *t.now
	v.Step.Entered = s.tx.now
	if w := s.workers[taskrouter.WorkerSID(v.RoutingTarget)]; w == nil {
		queue = taskrouter.TaskQueueSID(v.RoutingTarget)
	} else if queue == "" && len(w.queues) > 0 {
		queue = w.queues[0].now.SID
	}
	v.TaskQueueSID = queue
	if queue != "" {
		v.TaskQueueEnteredDate = s.tx.now
	}
	v.Version++
	s.put(&v)
	s.tell(s.taskEvent(taskrouter.EventTaskCreated, t, "routed directly"))
	if queue != "" {
		s.tell(s.taskEvent(taskrouter.EventTaskQueueEntered, t, ""))
	}
	s.offer(t)
}

// updateTask changes a task, or moves it on in its life. Spec: rest-api 13
func (s *State) updateTask(c UpdateTask) error {
	t := s.tasks[c.SID]
	if t == nil {
		return missing("Task", c.SID)
	}
	if err := checkVersion("task", c.SID, c.IfMatch, t.now.Version); err != nil {
		return err
	}
	if c.AssignmentStatus == "" {
		return s.editTask(t, c)
	}
	if c.Attributes != nil {
		// Spec: routing 11
		return taskrouter.Invalid.Errorf("a change of AssignmentStatus and a change of Attributes " +
			"need two requests").At("Attributes")
	}
	reason := ""
	set(&reason, c.Reason)
	switch c.AssignmentStatus {
	case taskrouter.TaskCanceled:
		if !t.now.AssignmentStatus.Waiting() {
			return s.refuse(t, "Cannot cancel task %s in workspace %s for account %s "+
				"because it is not pending or reserved.")
		}
		s.cancel(t, reason)
	case taskrouter.TaskWrapping:
		if t.now.AssignmentStatus != taskrouter.TaskAssigned {
			return s.refuse(t, "Cannot wrap up a task %s in workspace %s for account %s "+
				"because it's not currently assigned.")
		}
		s.wrap(t, reason)
	case taskrouter.TaskCompleted:
		if !t.now.AssignmentStatus.CanBecome(taskrouter.TaskCompleted) {
			return s.refuse(t, "Cannot complete task %s in workspace %s for account %s "+
				"because it is not currently assigned.")
		}
		s.complete(t, reason)
	default:
		return taskrouter.Invalid.Errorf("AssignmentStatus %q can't be asked for; only canceled, "+
			"wrapping and completed can", c.AssignmentStatus).
			At("AssignmentStatus").
			In(string(t.now.AssignmentStatus), taskChoices(t.now.AssignmentStatus)...)
	}
	s.answer(t.now)
	return nil
}

// refuse is the error for a step in a task's life that its status does not allow. The known
// text comes first. Spec: rest-api 2.2
func (s *State) refuse(t *task, known string) error {
	w := s.catalog.Workspace
	return taskrouter.Invalid.Errorf(known+" It is %s.",
		t.now.SID, w.SID, w.AccountSID, t.now.AssignmentStatus).
		In(string(t.now.AssignmentStatus), taskChoices(t.now.AssignmentStatus)...)
}

// taskChoices are the statuses that a task may be asked to go to.
func taskChoices(from taskrouter.TaskStatus) []string {
	return choices(from.CanBecome,
		taskrouter.TaskCanceled, taskrouter.TaskWrapping, taskrouter.TaskCompleted)
}

// editTask changes what a task is. A waiting task whose attributes changed starts again at the
// top of its workflow. Spec: routing 3.6
func (s *State) editTask(t *task, c UpdateTask) error {
	n := *t.now
	if c.Attributes != nil {
		attributes, err := checkAttributes(*c.Attributes)
		if err != nil {
			return err
		}
		n.Attributes = attributes
	}
	if c.TaskChannel != nil {
		ch, err := s.channel(*c.TaskChannel)
		if err != nil {
			return err
		}
		if ch.SID != n.TaskChannelSID && !n.AssignmentStatus.Waiting() {
			return taskrouter.Invalid.Errorf("task %s is %s; only a pending or reserved task can "+
				"change its channel", n.SID, n.AssignmentStatus).
				At("TaskChannel").In(string(n.AssignmentStatus))
		}
		n.TaskChannelSID = ch.SID
	}
	set(&n.Priority, c.Priority)
	setTime(&n.VirtualStartTime, c.VirtualStartTime)
	if err := s.checkTask(&n); err != nil {
		return err
	}
	if n == *t.now {
		s.answer(t.now)
		return nil
	}
	if n.AssignmentStatus.Final() {
		return taskrouter.Invalid.Errorf("task %s is %s; it can't change any more",
			n.SID, n.AssignmentStatus).In(string(n.AssignmentStatus))
	}
	described := n.Attributes != t.now.Attributes
	described = described && n.Step.Filter != taskrouter.NoFilter
	n.Step.Stale = n.Step.Stale || described && n.AssignmentStatus == taskrouter.TaskReserved
	n.NotBefore = time.Time{} // whoever changes it wants to see what comes of that
	n.Version++
	n.DateUpdated = s.tx.now
	s.put(&n)
	s.answer(&n)
	s.tell(s.taskEvent(taskrouter.EventTaskUpdated, t, "asked for"))
	if n.AssignmentStatus != taskrouter.TaskPending {
		return nil
	}
	if described {
		s.restart(t)
	} else {
		s.offer(t)
	}
	return nil
}

// cancel ends a task that waits. Spec: routing 5.1, 6.5
func (s *State) cancel(t *task, reason string) {
	n := *t.now
	n.AssignmentStatus, n.Reason = taskrouter.TaskCanceled, reason
	n.NotBefore = time.Time{}
	n.EndedAt, n.DateUpdated = s.tx.now, s.tx.now
	n.Version++
	s.put(&n)
	for _, r := range slices.Clone(t.reservations) {
		if r.now.Status == taskrouter.ReservationPending {
			s.end(r, taskrouter.ReservationCanceled, "the task was canceled")
		}
	}
	s.tell(s.taskEvent(taskrouter.EventTaskCanceled, t, reason))
}

// wrap begins the work after the work; the worker's capacity stays in use. An empty reason keeps
// the one the task has.
func (s *State) wrap(t *task, reason string) {
	n := *t.now
	n.AssignmentStatus, n.Reason = taskrouter.TaskWrapping, cmp.Or(reason, n.Reason)
	n.DateUpdated = s.tx.now
	n.Version++
	s.put(&n)
	s.tell(s.taskEvent(taskrouter.EventTaskWrapup, t, reason))
	for _, r := range slices.Clone(t.reservations) {
		if r.now.Status == taskrouter.ReservationAccepted {
			s.turn(r, taskrouter.ReservationWrapping, reason)
		}
	}
}

// complete ends a task that was worked on and sets its worker free. An empty reason keeps the one
// the task has.
func (s *State) complete(t *task, reason string) {
	n := *t.now
	n.AssignmentStatus, n.Reason = taskrouter.TaskCompleted, cmp.Or(reason, n.Reason)
	n.EndedAt, n.DateUpdated = s.tx.now, s.tx.now
	n.Version++
	s.put(&n)
	s.tell(s.taskEvent(taskrouter.EventTaskCompleted, t, reason))
	for _, r := range slices.Clone(t.reservations) {
		if r.now.Status.CanBecome(taskrouter.ReservationCompleted) {
			s.end(r, taskrouter.ReservationCompleted, reason)
		}
	}
}

func (s *State) deleteTask(c DeleteTask) error {
	t := s.tasks[c.SID]
	if t == nil {
		return missing("Task", c.SID)
	}
	if err := checkVersion("task", c.SID, c.IfMatch, t.now.Version); err != nil {
		return err
	}
	s.answer(t.now)
	s.forgetTask(t, taskrouter.EventTaskDeleted, "asked for")
	return nil
}

// forgetTask removes a task and its reservations. What is open is ended first, so that workers
// hear of it and are free again. Without an event kind nothing is told. Spec: routing 6.5
func (s *State) forgetTask(t *task, kind taskrouter.EventType, why string) {
	for _, r := range slices.Clone(t.reservations) {
		switch {
		case r.now.Status == taskrouter.ReservationPending:
			s.end(r, taskrouter.ReservationCanceled, "the task was removed")
		case r.now.Status.Open():
			s.end(r, taskrouter.ReservationCompleted, "the task was removed")
		}
	}
	if kind != "" {
		s.tell(s.taskEvent(kind, t, why))
	}
	for _, r := range slices.Clone(t.reservations) {
		s.remove(r.now)
	}
	s.remove(t.now)
}
