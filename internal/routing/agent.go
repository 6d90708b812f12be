package routing

import (
	"encoding/json"
	"fmt"

	"taskrouter"
	"taskrouter/expr"
)

// An agent is the one worker whom a task asks for: the worker it was routed to directly, or whom
// the attribute names that a known-agent step reads. Whom a name means is looked up whenever it
// matters and kept nowhere. So a worker who gets that name, or loses it, is noticed at once,
// however many tasks wait for it. Spec: routing 3.5, 7
type agent struct {
	text   string // a SID, or a name in lower case; empty: nobody
	byName bool
}

// is reports whether the worker is the one asked for.
func (a agent) is(w *worker) bool {
	if a.byName {
		return a.text == w.name
	}
	return a.text == string(w.now.SID)
}

// agentOf returns whom a task asks for; ok is false if it takes anybody of its queue.
func (s *State) agentOf(t *task) (a agent, ok bool) {
	switch {
	case isWorkerTarget(t.now):
		return agent{text: t.now.RoutingTarget}, true
	case !t.now.Step.Known:
		return agent{}, false
	}
	if k := s.targetOf(t.now).known; k != nil {
		return k.of(s.valuesOf(t)), true
	}
	return agent{}, true
}

// of returns whom a task with these values names.
func (k *knownAgent) of(values []expr.Value) agent {
	if k.slot >= len(values) || values[k.slot].Kind() != expr.StringKind {
		return agent{}
	}
	a := agent{values[k.slot].Str(), k.byName}
	if k.byName {
		a.text = foldName(a.text)
	}
	return a
}

// find returns the worker asked for, or nil if there is none.
func (s *State) find(a agent) *worker {
	if a.byName {
		return s.workerNames[a.text]
	}
	return s.workers[taskrouter.WorkerSID(a.text)]
}

// meet finds the known agent of a step that a task has come to, and raises an alert if the step
// can't be served by it as things are. The task waits on the step all the same.
// Spec: routing 3.5
func (s *State) meet(t *task) {
	if !t.now.Step.Known {
		return
	}
	k := s.targetOf(t.now).known
	a := k.of(s.valuesOf(t))
	w := s.find(a)
	what := fmt.Sprintf("task %s came to a step of workflow %s that asks for the worker whom "+
		"%s names", t.now.SID, t.now.WorkflowSID, k.text)
	key := "SID"
	if k.byName {
		key = "name"
	}
	switch {
	case w != nil && w.inQueue(t.now.TaskQueueSID):
	case w != nil:
		s.alert(taskrouter.Alert{
			Code: taskrouter.AlertKnownNotInQueue,
			Message: fmt.Sprintf("%s; %s is not in the step's queue %s; change the queue's "+
				"expression or the worker's attributes", what, w.now.SID, t.now.TaskQueueSID),
			WorkerSID: w.now.SID,
		}, t.now, nil)
	case a.text == "" && isNull(t.now.Attributes, k.path):
		// Nobody is meant, and nothing is wrong with that.
	default:
		s.alert(taskrouter.Alert{
			Code: taskrouter.AlertKnownUnknown,
			Message: fmt.Sprintf("%s; it is not the %s of a worker of workspace %s; change the "+
				"task's attributes, or give the step a timeout or skip_if",
				what, key, s.catalog.Workspace.SID),
		}, t.now, nil)
	}
}

// isNull reports whether a document has a null at the path, and not merely nothing.
func isNull(document string, path expr.Path) bool {
	var at any
	if json.Unmarshal([]byte(document), &at) != nil {
		return false
	}
	for _, step := range path {
		var ok bool
		switch in := at.(type) {
		case map[string]any:
			at, ok = in[step.Name]
		case []any:
			if ok = step.Name == "" && step.Index < len(in); ok {
				at = in[step.Index]
			}
		}
		if !ok {
			return false
		}
	}
	return at == nil
}
