package routing

import (
	"fmt"
	"time"

	"taskrouter"
	"taskrouter/expr"
)

// leads reports whether a task can come off the step by anything but a worker: by time, or
// because it is skipped. Spec: routing 3.3, 3.4
func (g *lintTarget) leads() bool { return g.timeout > 0 || g.skip != nil }

// always reports whether every task matches the filter.
func (f *lintFilter) always() bool {
	if f.program == nil {
		return false
	}
	match, known := f.program.Constant()
	return known && match
}

// ends reports whether a task that nobody takes comes out of the filter.
func (f *lintFilter) ends() bool {
	for i := range f.targets {
		if !f.targets[i].leads() {
			return false
		}
	}
	return len(f.targets) > 0
}

// ways looks for steps that no task comes to, and for ends that surprise.
func (l *linter) ways() {
	for i := range l.filters {
		l.hiddenTargets(&l.filters[i])
		l.times(&l.filters[i])
	}
	l.hiddenFilters()
	if l.fallback != nil {
		l.defaultFilter()
	}
}

// hiddenTargets finds targets behind one that a task never leaves.
func (l *linter) hiddenTargets(f *lintFilter) {
	for i := range f.targets {
		if f.targets[i].leads() {
			continue
		}
		for _, hidden := range f.targets[i+1:] {
			l.warn(hidden.pointer, "unreachable_target", "no task comes to this step: step "+
				"%d before it has neither a timeout nor a skip_if that can hold; give it a timeout",
				i+1)
		}
		return
	}
}

// times finds steps that end later than a task's life, and offers that last longer than a step.
func (l *linter) times(f *lintFilter) {
	const life = taskrouter.DefaultTaskTimeout * time.Second
	total, told := time.Duration(0), false
	for i := range f.targets {
		g := &f.targets[i]
		total += g.timeout
		if total > life && !told {
			told = true
			l.warn(g.pointer+"/timeout", "timeout_over_life", "the steps up to here take %s, "+
				"but a task that does not ask for more lives %s; it is canceled before", span(total),
				span(life))
		}
		if g.timeout > 0 && l.reservation > g.timeout {
			l.note(g.pointer+"/timeout", "offer_outlives_step", "an offer lasts %s, the step %s: "+
				"who is offered the task keeps it on the step until the offer has failed",
				span(l.reservation), span(g.timeout))
		}
		if g.known && !g.leads() {
			l.note(g.pointer, "waits_for_agent", "a task whose known agent is away waits here "+
				"until its life ends; a timeout or skip_if leads it on")
		}
	}
}

// hiddenFilters finds filters that no task comes to, since an earlier one takes all of theirs
// and never lets go.
func (l *linter) hiddenFilters() {
	keeper := -1
	seen := make(map[string]int)
	for i := range l.filters {
		f := &l.filters[i]
		if f.program == nil || f.never {
			continue
		}
		text := f.program.Expr().String()
		twin, same := seen[text]
		switch {
		case keeper >= 0:
			l.warn(f.pointer, "unreachable_filter", "no task comes to this filter: filter %d "+
				"matches every task and does not lead on; move this one before it",
				keeper+1)
		case same:
			l.warn(f.pointer, "unreachable_filter", "no task comes to this filter: filter %d "+
				"has the same expression and does not lead on", twin+1)
		}
		if !f.ends() {
			seen[text] = i
			if f.always() && keeper < 0 {
				keeper = i
			}
		}
	}
}

// defaultFilter finds out whether tasks come to the default filter. One that left a filter by
// timeout never does. Spec: routing 3.3
func (l *linter) defaultFilter() {
	g := l.fallback
	if g.timeout > 0 {
		l.note(g.pointer+"/timeout", "ignored", "a default filter has no end: timeout is ignored")
	}
	if g.skip != nil {
		l.note(g.pointer+"/skip_if", "ignored", "a default filter has no end: skip_if is ignored")
	}
	timedOut := ""
	for i := range l.filters {
		f := &l.filters[i]
		if f.program == nil || f.never {
			continue
		}
		skipped := f.ends() && f.targets[len(f.targets)-1].skip != nil
		if f.always() && !skipped {
			l.warn(g.pointer, "unreachable_default", "no task comes to the default filter: "+
				"filter %d matches every task, and none is skipped out of it", i+1)
			return
		}
		if f.ends() && !skipped && timedOut == "" {
			timedOut = fmt.Sprintf("filter %d", i+1)
		}
	}
	if timedOut != "" {
		l.note(g.pointer, "default_after_timeout", "a task whose time in %s is over does not "+
			"come to the default filter; without a later filter that matches it is canceled", timedOut)
	}
}

// people holds the configuration against the queues and workers of the scene.
func (l *linter) people() {
	if l.scene.Catalog == nil {
		return
	}
	var targets []*lintTarget
	for i := range l.filters {
		for j := range l.filters[i].targets {
			targets = append(targets, &l.filters[i].targets[j])
		}
	}
	if l.fallback != nil {
		targets = append(targets, l.fallback)
	}
	c := l.scene.Catalog
	var queues []taskrouter.TaskQueueSID
	seen := make(map[taskrouter.TaskQueueSID]bool)
	for _, g := range targets {
		switch {
		case g.queue == "":
		case c.TaskQueue(g.queue) == nil:
			if !seen[g.queue] {
				hint := ""
				if q := c.queueNamed(string(g.queue)); q != nil {
					hint = "; the SID of the queue with this name is " + string(q.SID)
				}
				l.fail(g.pointer+"/queue", "queue_unknown", "%q is no task queue of the workspace%s",
					clip(string(g.queue)), hint)
			}
		case !seen[g.queue]:
			queues = append(queues, g.queue)
		}
		seen[g.queue] = true
		l.activities(g)
	}
	cost := len(l.scene.Workers) * (len(queues) + len(targets))
	if cost > mostMatches {
		l.note("", "workers_not_checked", "%d workers, %d queues and %d steps are more than is "+
			"held against each other at once; only the text was checked", len(l.scene.Workers),
			len(queues), len(targets))
		return
	}
	l.workers(targets, queues)
}

// activities finds counts of activities that do not exist.
func (l *linter) activities(g *lintTarget) {
	if g.skip == nil {
		return
	}
	for _, ref := range g.skip.Paths() {
		name := ref.Path.String()
		if name == "available" || name == "unavailable" ||
			l.scene.Catalog.Activity(taskrouter.ActivitySID(name)) != nil {
			continue
		}
		l.warn(g.pointer+"/skip_if", "activity_unknown",
			"%s is no activity of the workspace, so its count is always 0", name)
	}
}

// A lintPair is a step's expression in a queue: steps that share them share the outcome.
type lintPair struct {
	queue *queue
	text  string
}

// workers finds queues without workers, and steps for which none of them will do.
func (l *linter) workers(targets []*lintTarget, queues []taskrouter.TaskQueueSID) {
	s := l.scene.bare(queues)
	programs := make([]*expr.Program, len(targets))
	for i, g := range targets {
		if g.expression != nil {
			programs[i] = g.expression.Compile(expr.Scope{Worker: s.workerSlots, Task: s.taskSlots})
		}
		if g.order != nil {
			g.order.Compile(s.workerSlots)
		}
	}
	s.slotsGrew()
	has := make([]bool, s.workerSlots.Len())
	for _, w := range l.scene.Workers {
		s.setWorker(w)
		for slot, v := range s.workers[w.SID].values {
			has[slot] = has[slot] || !v.IsNull()
		}
	}
	l.attributes(targets, s.workerSlots, has)
	told := make(map[*queue]bool)
	known := make(map[lintPair]bool)
	for i, g := range targets {
		q := s.queues[g.queue]
		if q == nil || told[q] {
			continue
		}
		if len(q.members) == 0 {
			told[q] = true
			l.warn(g.pointer+"/queue", "queue_empty", "no worker is in queue %s now",
				q.now.FriendlyName)
			continue
		}
		if programs[i] == nil {
			continue
		}
		pair := lintPair{q, g.expression.String()}
		if _, done := known[pair]; !done {
			known[pair] = s.anyFits(q, programs[i])
		}
		if !known[pair] {
			l.warn(g.pointer+"/expression", "no_worker_matches", "of the %s in queue %s none "+
				"can match now, whatever the task is", plural(len(q.members), "worker"),
				q.now.FriendlyName)
		}
	}
}

// anyFits reports whether a member of the queue may match for some task.
func (s *State) anyFits(q *queue, p *expr.Program) bool {
	for w := range q.members {
		s.env.Worker = w.values
		if p.Possible(&s.env) {
			return true
		}
	}
	return false
}

// attributes finds attributes that steps read and no worker has.
func (l *linter) attributes(targets []*lintTarget, slots *expr.Slots, has []bool) {
	if len(l.scene.Workers) == 0 {
		return
	}
	lacks := func(path expr.Path) bool {
		slot, ok := slots.Lookup(path.String())
		return ok && !has[slot]
	}
	for _, g := range targets {
		if g.expression != nil {
			for _, ref := range g.expression.Paths() {
				if ref.Side == expr.WorkerSide && lacks(ref.Path) {
					l.warn(g.pointer+"/expression", "attribute_unknown",
						"no worker has the attribute %s", ref.Path)
				}
			}
		}
		if g.order != nil {
			for _, path := range g.order.Paths() {
				if lacks(path) {
					l.warn(g.pointer+"/order_by", "attribute_unknown",
						"no worker has the attribute %s, so it orders nobody", path)
				}
			}
		}
	}
}
