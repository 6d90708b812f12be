package routing

import (
	"strings"

	"taskrouter"
)

// A cause is why a task enters a step or leaves one.
type cause string

const (
	created     cause = "created"
	timedOut    cause = "timeout"
	skipped     cause = "skipped"
	reEvaluated cause = "re_evaluated"
)

// A place is a step of a configuration.
type place struct {
	configuration int
	filter        int
	target        int
}

// firstStep finds the step at which a task enters its workflow: the first target of the first
// filter that matches, else the default filter. Spec: routing 3.1
func (s *State) firstStep(t *task) (place, bool) {
	w := s.workflows[t.now.WorkflowSID]
	version := w.now.ConfigurationVersion
	if filter, ok := s.nextMatch(t, w.configs[version], 0); ok {
		return place{version, filter, 0}, true
	}
	return place{version, taskrouter.DefaultFilter, 0}, w.configs[version].defaultTarget != nil
}

// nextMatch finds the first filter from a place in the list on that matches the task.
func (s *State) nextMatch(t *task, c *configuration, from int) (int, bool) {
	s.env.Task = s.valuesOf(t)
	for i := from; i < len(c.filters); i++ {
		if c.filters[i].program.Match(&s.env) {
			return i, true
		}
	}
	return 0, false
}

// walk brings a task to a step. From there settle sends it on as long as steps are skipped,
// until it is offered to somebody, waits, or falls out of the workflow.
func (s *State) walk(t *task, to place, why cause) {
	s.enter(t, to, why)
	s.lookAgainTask(t)
}

// enter puts a task on a step. Spec: routing 3.2
func (s *State) enter(t *task, to place, why cause) {
	now := s.tx.now
	from := s.catalog.TaskQueue(t.now.TaskQueueSID)
	config := s.workflows[t.now.WorkflowSID].configs[to.configuration]
	g := config.step(to.filter, to.target)
	n := *t.now
	n.Step = taskrouter.Step{
		Configuration: to.configuration,
		Filter:        to.filter,
		Target:        to.target,
		Entered:       now,
		TimedOut:      why != reEvaluated && n.Step.TimedOut,
	}
	if why == timedOut && to.filter != t.now.Step.Filter {
		n.Step.TimedOut = true
	}
	if g.timeout > 0 {
		n.Step.Expires = now.Add(g.timeout)
	}
	if g.known != nil {
		n.Step.Known = true
		if w := s.find(g.known.of(s.valuesOf(t))); w != nil {
			n.Step.KnownWorkerSID = w.now.SID
		}
	}
	priority := n.Priority
	moved := n.TaskQueueSID != g.queue
	if moved {
		n.TaskQueueSID, n.TaskQueueEnteredDate = g.queue, now
	}
	set(&n.Priority, g.priority)
	n.DateUpdated = now
	n.Version++
	s.put(&n)
	if !moved {
		from = nil
	}
	s.tellEntered(t, config, from, priority, why)
	s.meet(t)
}

// tellEntered tells that a task came to a step; from is the queue that it left for that, if it
// was in one and did not stay, priority what it had there.
func (s *State) tellEntered(
	t *task, config *configuration, from *taskrouter.TaskQueue, priority int, why cause,
) {
	switch {
	case why == created:
		s.tell(s.taskEvent(taskrouter.EventTaskCreated, t, ""))
		s.tell(s.taskEvent(taskrouter.EventWorkflowEntered, t, ""))
	case from != nil:
		e := s.taskEvent(taskrouter.EventTaskQueueMoved, t, string(why))
		e.PreviousTaskQueue, e.PreviousPriority, e.Cause = from, priority, string(why)
		s.tell(e)
	}
	e := s.taskEvent(taskrouter.EventWorkflowTargetMatched, t, "no filter matched")
	if f := t.now.Step.Filter; f != taskrouter.DefaultFilter {
		e.Filter, e.FilterExpression = config.filters[f].name, config.filters[f].text
		e.Why = e.FilterExpression
	}
	if e.TaskQueue != nil {
		e.Target = e.TaskQueue.FriendlyName
	}
	e.TargetExpression = config.step(t.now.Step.Filter, t.now.Step.Target).text
	if why != created {
		e.Cause, e.Why = string(why), string(why)
	}
	s.tell(e)
	if from != nil || why == created {
		s.tell(s.taskEvent(taskrouter.EventTaskQueueEntered, t, ""))
	}
}

// skips reports whether the step of a task that nobody took at once is to be left at once.
// Spec: routing 3.4
func (s *State) skips(t *task) bool {
	g := s.targetOf(t.now)
	if t.now.AssignmentStatus != taskrouter.TaskPending || g.skip == nil {
		return false
	}
	s.env.Counts = s.env.Counts[:0]
	for _, name := range g.skipNames {
		s.env.Counts = append(s.env.Counts, s.count(s.queues[g.queue], name))
	}
	return g.skip.Match(&s.env)
}

// count is a number of workers of a queue, by a name of skip_if.
func (s *State) count(q *queue, name string) int {
	if strings.HasPrefix(name, taskrouter.PrefixActivity) {
		return q.byActivity[taskrouter.ActivitySID(name)]
	}
	n := 0
	for sid, workers := range q.byActivity {
		if a := s.catalog.Activity(sid); a != nil && a.Available == (name == "available") {
			n += workers
		}
	}
	return n
}

// following finds the step after the one a task is on. Spec: routing 3.3, 3.4
func (s *State) following(t *task, how cause) (place, bool) {
	step := t.now.Step
	if step.Filter < 0 {
		return place{}, false
	}
	config := s.workflows[t.now.WorkflowSID].configs[step.Configuration]
	at := place{step.Configuration, step.Filter, step.Target + 1}
	if at.target < len(config.filters[step.Filter].targets) {
		return at, true
	}
	if filter, ok := s.nextMatch(t, config, step.Filter+1); ok {
		return place{step.Configuration, filter, 0}, true
	}
	// Who skipped out of a filter counts as not having matched it; who timed out does not.
	at.filter, at.target = taskrouter.DefaultFilter, 0
	return at, how == skipped && !step.TimedOut && config.defaultTarget != nil
}

// leave takes a task off its step and on to the next one.
func (s *State) leave(t *task, how cause) {
	next, ok := s.following(t, how)
	if !ok {
		s.fallOut(t, how)
		return
	}
	if how == timedOut {
		s.tell(s.taskEvent(taskrouter.EventTaskQueueTimeout, t, "the step's time is over"))
	}
	s.walk(t, next, how)
}

// fallOut ends a task for which the workflow has no step left. Spec: routing 3.3, 3.4
func (s *State) fallOut(t *task, how cause) {
	if how == skipped {
		s.tell(s.taskEvent(taskrouter.EventWorkflowSkipped, t, "every step left was skipped"))
		s.cancel(t, taskrouter.ReasonWorkflowSkipped)
		return
	}
	if how == timedOut {
		s.tell(s.taskEvent(taskrouter.EventTaskQueueTimeout, t, "the step's time is over"))
	}
	s.tell(s.taskEvent(taskrouter.EventWorkflowTimeout, t, "no step left"))
	s.cancel(t, taskrouter.ReasonWorkflowTimeout)
}

// restart runs a waiting task through its workflow from the top. Spec: routing 3.6
func (s *State) restart(t *task) {
	start, ok := s.firstStep(t)
	if !ok {
		s.fallOut(t, reEvaluated)
		return
	}
	s.walk(t, start, reEvaluated)
}

// retryTask looks for a worker for a task that came to its step, or back to it because its
// offers failed. Spec: routing 3.3, 3.4
func (s *State) retryTask(sid taskrouter.TaskSID) {
	t := s.tasks[sid]
	if t == nil || t.now.AssignmentStatus != taskrouter.TaskPending {
		return
	}
	if !s.moveOn(t) && !s.offer(t) && s.skips(t) {
		s.leave(t, skipped)
	}
}

// moveOn takes a waiting task off a step that is over for it, and reports whether it was.
func (s *State) moveOn(t *task) bool {
	expires := t.now.Step.Expires
	switch {
	case t.now.Step.Stale:
		s.restart(t)
	case !expires.IsZero() && !expires.After(s.tx.now):
		s.leave(t, timedOut)
	default:
		return false
	}
	return true
}
