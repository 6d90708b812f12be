package routing

import (
	"fmt"
	"slices"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// begin tells all of a task that does not depend on the number of workers.
func (e *explainer) begin() *TaskExplanation {
	v, w := e.task.now, e.catalog.Workspace
	x := &TaskExplanation{
		TaskSID:          v.SID,
		WorkspaceSID:     w.SID,
		AccountSID:       w.AccountSID,
		AssignmentStatus: v.AssignmentStatus,
		At:               dateOf(e.now),
		Filters:          []FilterExplained{},
		Funnel:           []Stage{},
		Workers:          []WorkerLine{},
		Changes:          []Remedy{},
		Next:             e.upcoming(),
	}
	e.offers(x)
	if config := e.configuration(); config != nil {
		x.Filters = config.explain(e.valuesOf(e.task), v.Step.Filter)
		x.FiltersTotal = len(config.filters)
	}
	if !v.AssignmentStatus.Final() {
		x.Step = e.step()
	}
	if v.AssignmentStatus.Waiting() {
		x.Position, x.Waiting = e.standing()
	} else {
		x.Sentence = e.endedSentence()
	}
	return x
}

// configuration is the one that the task walks through, or nil.
func (e *explainer) configuration() *configuration {
	if w := e.workflows[e.task.now.WorkflowSID]; w != nil && e.task.now.Step.Filter >= -1 {
		return w.configs[e.task.now.Step.Configuration]
	}
	return nil
}

// How much of a configuration is told: filters, and bytes of the expressions that are taken
// apart. The rest is only said to match or not.
const (
	mostFilters = 500
	mostText    = 64 << 10
)

// explain tells of each filter whether it matches a task with these values, and why.
func (c *configuration) explain(values []expr.Value, taken int) []FilterExplained {
	list := []FilterExplained{}
	env := expr.Env{Task: values}
	text, matched := 0, false
	for i := range c.filters {
		f := &c.filters[i]
		matches := f.program.Match(&env)
		matched = matched || matches
		if len(list) >= mostFilters && i != taken {
			continue
		}
		x := FilterExplained{
			Filter: new(i), Name: orNull(f.name), Expression: orNull(clip(f.text)),
			Matches: matches, Taken: i == taken, Conditions: []Condition{},
		}
		if text += len(f.text); text < mostText {
			x.Conditions = conditions(f.program.Explain(&env))
		}
		list = append(list, x)
	}
	if c.defaultTarget != nil {
		list = append(list, FilterExplained{
			Matches: !matched, Taken: taken == taskrouter.DefaultFilter, Conditions: []Condition{},
		})
	}
	return list
}

// conditions lists those that decided an expression.
func conditions(e expr.Explanation) []Condition {
	list := []Condition{}
	for _, c := range slices.Concat(e.Failed, e.Held) {
		if len(list) == mostConditions {
			break
		}
		list = append(list, Condition{
			Condition: clip(c.Text), Matches: e.Match,
			Left: clip(c.Left.String()), Right: clip(c.Right.String()),
			Sentence: clip(c.String()),
		})
	}
	return list
}

// step describes the step that the task is on.
func (e *explainer) step() *StepExplained {
	v := e.task.now
	g := e.targetOf(v)
	x := &StepExplained{
		Kind:         "direct",
		Name:         "routed directly",
		TaskQueueSID: orNull(v.TaskQueueSID),
		Priority:     v.Priority,
		Expression:   orNull(g.text),
		Entered:      dateOf(v.Step.Entered),
		Expires:      dateOf(v.Step.Expires),
		KnownAgent:   e.knownAgent(g),
		SkipIf:       e.skipIf(g),
	}
	if q := e.catalog.TaskQueue(v.TaskQueueSID); q != nil {
		x.TaskQueueName = &q.FriendlyName
	}
	if g.order != nil {
		x.OrderBy = orNull(g.order.String())
	}
	if g.timeout > 0 {
		x.Timeout = new(int(g.timeout / time.Second))
	}
	w, config := e.workflows[v.WorkflowSID], e.configuration()
	if w == nil || config == nil {
		return x
	}
	x.WorkflowSID, x.WorkflowName = orNull(w.now.SID), orNull(w.now.FriendlyName)
	x.ConfigurationVersion = new(v.Step.Configuration)
	x.CurrentVersion = new(w.now.ConfigurationVersion)
	at := place{v.Step.Configuration, v.Step.Filter, v.Step.Target}
	x.Name = config.placeName(at)
	if v.Step.Filter == taskrouter.DefaultFilter {
		x.Kind, x.Targets = "default_filter", 1
	} else {
		f := &config.filters[v.Step.Filter]
		x.Kind, x.Targets = "filter", len(f.targets)
		x.Filter, x.FilterName = new(v.Step.Filter), orNull(f.name)
		x.Target = new(v.Step.Target)
	}
	if v.AssignmentStatus.Waiting() && !v.Step.Expires.IsZero() {
		x.Then = new(e.after(timedOut))
	}
	return x
}

// placeName names a step in words.
func (c *configuration) placeName(at place) string {
	if at.filter == taskrouter.DefaultFilter {
		return "the default filter"
	}
	f := &c.filters[at.filter]
	name := fmt.Sprintf("filter %d", at.filter+1)
	if f.name != "" {
		name = fmt.Sprintf("filter %q", clip(f.name))
	}
	return fmt.Sprintf("step %d of %d of %s", at.target+1, len(f.targets), name)
}

// after says what follows when the task leaves its step.
func (e *explainer) after(how cause) string {
	config := e.configuration()
	if config == nil {
		return "stays where it is"
	}
	next, ok := e.following(e.task, how)
	switch {
	case ok:
		g := config.step(next.filter, next.target)
		return "goes on to " + config.placeName(next) + ", " + e.queueName(g.queue)
	case how == skipped:
		return "is canceled: " + taskrouter.ReasonWorkflowSkipped
	}
	return "is canceled: " + taskrouter.ReasonWorkflowTimeout
}

// skipIf evaluates a step's skip_if by the workers of now.
func (e *explainer) skipIf(g *target) *SkipIf {
	q := e.queues[g.queue]
	if g.skip == nil || q == nil {
		return nil
	}
	x := &SkipIf{Expression: g.skip.Expr().String(), Counts: make(map[string]int)}
	env := expr.Env{}
	for _, name := range g.skipNames {
		n := e.count(q, name)
		x.Counts[name] = n
		env.Counts = append(env.Counts, n)
	}
	x.Matches = g.skip.Match(&env)
	return x
}

// knownAgent tells whom the step asks for.
func (e *explainer) knownAgent(g *target) *KnownAgent {
	if g.known == nil || !e.task.now.Step.Known {
		return nil
	}
	x := &KnownAgent{Reference: g.known.text}
	a, _ := e.agentOf(e.task)
	w := e.find(a)
	switch {
	case w == nil:
		x.Problem = new(e.nobodyKnown(g.known))
	case e.viewer != "" && e.viewer != w.now.SID:
	default:
		x.WorkerSID, x.FriendlyName = orNull(w.now.SID), orNull(w.now.FriendlyName)
	}
	return x
}

// standing is the task's place among those that wait in its queue on its channel, nil if it does
// not wait there, and how many do.
func (e *explainer) standing() (position *int, waiting int) {
	v := e.task.now
	q := e.queues[v.TaskQueueSID]
	if q == nil {
		return nil, 0
	}
	for _, sh := range q.waiting[v.TaskChannelSID] {
		for _, l := range sh.lines {
			waiting += l.tasks.len()
		}
	}
	for range e.personalIn(q, v.TaskChannelSID) {
		waiting++
	}
	if place := e.Position(v.SID); place > 0 {
		position = &place
	}
	return position, waiting
}

// mostOffers is how many reservations of a task are told, the latest.
const mostOffers = 50

// offers tells of the task's reservations.
func (e *explainer) offers(x *TaskExplanation) {
	x.Reservations = []OfferExplained{}
	for _, r := range slices.Backward(e.task.reservations) {
		v := r.now
		if e.viewer != "" && v.WorkerSID != e.viewer {
			x.ReservationsOfOthers++
			continue
		}
		if len(x.Reservations) == mostOffers {
			break
		}
		o := OfferExplained{
			ReservationSID: v.SID, WorkerSID: v.WorkerSID, WorkerName: v.WorkerName,
			Status: v.Status, DateCreated: dateOf(v.DateCreated), DateUpdated: dateOf(v.DateUpdated),
		}
		since := ago(v.DateUpdated, e.now)
		switch v.Status {
		case taskrouter.ReservationPending:
			o.DateExpires = dateOf(v.Expires)
			o.Sentence = "offered to " + v.WorkerName + ", for " + span(v.Expires.Sub(e.now)) +
				" more"
		case taskrouter.ReservationTimeout:
			o.Sentence = v.WorkerName + " did not answer, " + since
		case taskrouter.ReservationRejected, taskrouter.ReservationAccepted,
			taskrouter.ReservationCompleted:
			o.Sentence = string(v.Status) + " by " + v.WorkerName + ", " + since
		case taskrouter.ReservationWrapping:
			o.Sentence = v.WorkerName + " began to wrap up " + since
		default:
			o.Sentence = "taken back from " + v.WorkerName + ", " + since
		}
		x.Reservations = append(x.Reservations, o)
	}
	slices.Reverse(x.Reservations)
}

// upcoming tells what time alone will do to the task, the next first.
func (e *explainer) upcoming() []Upcoming {
	v := e.task.now
	list := []Upcoming{}
	add := func(at time.Time, event, text string) {
		if !at.IsZero() {
			list = append(list, Upcoming{dateOf(at), event, text})
		}
	}
	switch v.AssignmentStatus {
	case taskrouter.TaskAssigned:
		add(v.AssignedAt.Add(taskrouter.MaxAssigned), "assignment_timeout",
			"the task is removed: it may be assigned for 24 hours")
	case taskrouter.TaskCompleted, taskrouter.TaskCanceled:
		add(v.EndedAt.Add(taskrouter.KeepEnded), "removed",
			"the task is removed; its timeline stays")
	case taskrouter.TaskPending, taskrouter.TaskReserved:
		e.upcomingOffers(add)
		why := "its last offer failed at once"
		if v.FailedCallbacks > 0 {
			why = plural(v.FailedCallbacks, "assignment callback") + " in a row failed"
		}
		add(v.NotBefore, "offered_again", "the task may be offered again; "+why)
		if !v.Step.Expires.IsZero() {
			text := "the step's time is over; the task " + e.after(timedOut)
			if v.AssignmentStatus == taskrouter.TaskReserved {
				text += ", once its offers have failed"
			}
			add(v.Step.Expires, "step_timeout", text)
		}
		add(e.patience(v), "routing_target_timeout",
			"the task is canceled: "+taskrouter.ReasonRoutingTarget)
		add(ttl(v), "task_timeout", "the task is canceled: "+taskrouter.ReasonTTL)
	}
	slices.SortStableFunc(list, func(a, b Upcoming) int { return a.At.Compare(*b.At) })
	return list
}

// upcomingOffers tells when the open offers of the task end.
func (e *explainer) upcomingOffers(add func(at time.Time, event, text string)) {
	for _, r := range e.task.reservations {
		if r.now.Status != taskrouter.ReservationPending {
			continue
		}
		name := r.now.WorkerName
		if e.viewer != "" && e.viewer != r.now.WorkerSID {
			name = "another worker"
		}
		add(r.now.Expires, "reservation_timeout", "the offer to "+name+" ends; who lets it run "+
			"out moves to activity "+e.activityName(e.catalog.Workspace.TimeoutActivitySID))
	}
}

// nobodyKnown says why a reference to a known agent is one to nobody. A worker who looks is not
// told the value, which may be the name of a colleague who is gone.
func (e *explainer) nobodyKnown(k *knownAgent) string {
	values := e.valuesOf(e.task)
	switch {
	case k.of(values) == agent{}:
		return k.text + " is missing from the task's attributes, or is no text"
	case e.viewer != "":
		return k.text + " names no worker of the workspace"
	}
	return fmt.Sprintf("%s is %q, which is no worker of the workspace", k.text,
		clip(values[k.slot].Str()))
}
