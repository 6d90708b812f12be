package routing

import (
	"fmt"
	"time"

	"taskrouter"
)

// A Refusal says why a worker can't take a task now.
type Refusal struct {
	Worker *taskrouter.Worker
	// Reason is one clause, with what was wanted and what is: "capacity of channel voice is in
	// use: 1 of 1".
	Reason string
}

// WhyNot says for a worker the first reason why it can't take a task now, in the order in which
// routing looks at them; ok is false if it could, or if either of them does not exist.
func (s *State) WhyNot(sid taskrouter.TaskSID, who taskrouter.WorkerSID) (r Refusal, ok bool) {
	t, w := s.tasks[sid], s.workers[who]
	if t == nil || w == nil {
		return Refusal{}, false
	}
	why := s.refusal(t, w)
	switch {
	case why != none:
		return Refusal{Worker: w.now, Reason: s.explain(why, t, w)}, true
	case !t.now.NotBefore.IsZero():
		return Refusal{Worker: w.now, Reason: "the task is not offered again before " +
			t.now.NotBefore.Format(time.TimeOnly)}, true
	}
	return Refusal{}, false
}

func (s *State) explain(why refusal, t *task, w *worker) string {
	v := t.now
	switch why {
	case unknownAgent:
		return "the step asks for a known agent that " + s.targetOf(v).known.text +
			" does not name"
	case otherAgent:
		if isWorkerTarget(v) {
			return "the task is for worker " + v.RoutingTarget
		}
		a, _ := s.agentOf(t)
		return "the step asks for worker " + string(s.find(a).now.SID)
	case notInQueue:
		return s.explainQueue(v.TaskQueueSID, w)
	case unavailable:
		return "activity " + s.catalog.Activity(w.now.ActivitySID).FriendlyName +
			" is not available"
	case channelOff:
		return "channel " + s.channelName(v.TaskChannelSID) + " is switched off"
	case noCapacity:
		return s.explainCapacity(v.TaskChannelSID, w)
	case expressionFalse:
		s.env.Task, s.env.Worker = s.valuesOf(t), w.values
		return s.targetOf(v).program.Explain(&s.env).String()
	}
	return ""
}

func (s *State) explainQueue(sid taskrouter.TaskQueueSID, w *worker) string {
	q := s.queues[sid]
	if q == nil {
		return "the task is in no queue"
	}
	if q.program == nil {
		return "not in queue " + q.now.FriendlyName + ", which has no expression"
	}
	s.env.Worker = w.values
	return "not in queue " + q.now.FriendlyName + ": " + q.program.Explain(&s.env).String()
}

func (s *State) explainCapacity(channel taskrouter.TaskChannelSID, w *worker) string {
	if s.singleTasking() {
		return "holds a task already"
	}
	c := w.now.Channel(channel)
	return fmt.Sprintf("capacity of channel %s is in use: %d of %d",
		s.channelName(channel), c.Reserved, c.ConfiguredCapacity)
}

func (s *State) channelName(sid taskrouter.TaskChannelSID) string {
	if ch := s.catalog.TaskChannel(sid); ch != nil {
		return ch.UniqueName
	}
	return string(sid)
}
