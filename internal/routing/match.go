package routing

import (
	"strconv"

	"taskrouter"
)

// A refusal is the first reason for which a worker can't take a task.
type refusal uint8

// In the order in which they are looked at. Spec: routing 4.2
const (
	none refusal = iota
	unknownAgent
	otherAgent
	notInQueue
	unavailable
	channelOff
	noCapacity
	expressionFalse
)

// refusal says why the worker can't take the task now, or none.
func (s *State) refusal(t *task, w *worker) refusal {
	v := t.now
	direct := isWorkerTarget(v)
	if a, ok := s.agentOf(t); ok && !a.is(w) {
		if !direct && s.find(a) == nil {
			return unknownAgent
		}
		return otherAgent
	}
	if !direct && !w.inQueue(v.TaskQueueSID) {
		return notInQueue
	}
	if direct && v.IgnoreCapacity {
		return none
	}
	if !s.free(w, v.TaskChannelSID) {
		return s.busy(w, v.TaskChannelSID)
	}
	if g := s.targetOf(v); g.program != nil {
		s.env.Task, s.env.Worker = s.valuesOf(t), w.values
		if !g.program.Match(&s.env) {
			return expressionFalse
		}
	}
	return none
}

// busy says why a worker is not free on a channel.
func (s *State) busy(w *worker, channel taskrouter.TaskChannelSID) refusal {
	if !w.available {
		return unavailable
	}
	if c := w.now.Channel(channel); c == nil || !c.Available && !s.singleTasking() {
		return channelOff
	}
	return noCapacity
}

// offer finds workers for a task that waits and reserves it for them. It reports whether the
// task needs no more looking after: offered, ended, or to be offered only after a pause.
func (s *State) offer(t *task) bool {
	if t.now.AssignmentStatus != taskrouter.TaskPending {
		return true
	}
	if t.now.Assignments >= taskrouter.MaxAssignments {
		s.cancel(t, taskrouter.ReasonAssignments)
		return true
	}
	if s.held(t) {
		return true
	}
	chosen, why := s.choose(t)
	if len(chosen) == 0 {
		return false
	}
	s.reserve(t, chosen, why)
	return true
}

// choose finds the workers that a task is offered to next, and says why these.
func (s *State) choose(t *task) ([]*worker, string) {
	if a, ok := s.agentOf(t); ok {
		w := s.find(a)
		if w == nil || s.refusal(t, w) != none {
			return nil, ""
		}
		if t.now.Step.Known {
			return []*worker{w}, "known agent"
		}
		return []*worker{w}, "routing target"
	}
	q := s.queues[t.now.TaskQueueSID]
	if q == nil {
		return nil, ""
	}
	sh := s.shape(s.targetOf(t.now), q, t.now.TaskChannelSID)
	values := s.valuesOf(t)
	held, candidates := s.poolOf(sh).candidates(sh.anchor, values)
	var chosen []*worker
	s.env.Task = values
	for w := range candidates {
		if p := sh.target.program; p != nil {
			s.env.Worker = w.values
			if !p.Match(&s.env) {
				continue
			}
		}
		if chosen = append(chosen, w); len(chosen) == q.now.MaxReservedWorkers {
			break
		}
	}
	return chosen, sh.target.reason(held)
}

// reason says by which rule a worker was chosen from those who are free.
func (g *target) reason(free int) string {
	if g.order != nil {
		return "first by " + g.order.String() + " of " + strconv.Itoa(free) + " free"
	}
	return "longest idle of " + strconv.Itoa(free) + " free"
}

// fill gives a worker the tasks that wait for somebody like it, as long as it is free: the one
// that is served first on any of its channels, then the next. Spec: routing 4.1
func (s *State) fill(sid taskrouter.WorkerSID) {
	w := s.workers[sid]
	if w == nil {
		return
	}
	for {
		var best *task
		for i := range w.now.Channels {
			channel := w.now.Channels[i].TaskChannelSID
			if !s.free(w, channel) {
				continue
			}
			if t := s.next(w, channel); t != nil && (best == nil || s.served(t, best)) {
				best = t
			}
		}
		switch {
		case best == nil:
			return
		case best.again >= 0 && s.moveOn(best): // it came back, to a step that is over
		case !s.offer(best):
			return // the indexes disagree about the pair: never spin on that
		}
	}
}
