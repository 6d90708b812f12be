package routing_test

import (
	"cmp"
	"encoding/json"
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/expr"
	"taskrouter/internal/routing"
)

// A naive answers what routing answers from indexes by looking at everybody and everything. It
// shares nothing with routing but the expression language, and is right by being plain.
type naive struct {
	state    *routing.State
	programs map[naiveKey]*naiveProgram
}

type naiveKey struct {
	kind expr.Kind
	text string
}

// A naiveProgram is an expression with slots of its own.
type naiveProgram struct {
	program      *expr.Program
	worker, task expr.Slots
	counts       expr.Slots
}

func newNaive(s *routing.State) *naive {
	return &naive{state: s, programs: make(map[naiveKey]*naiveProgram)}
}

func (n *naive) compile(kind expr.Kind, text string) *naiveProgram {
	key := naiveKey{kind, text}
	if p := n.programs[key]; p != nil {
		return p
	}
	e, err := expr.Parse(kind, text)
	if err != nil {
		panic(err) // routing took it
	}
	p := &naiveProgram{}
	p.program = e.Compile(expr.Scope{Worker: &p.worker, Task: &p.task, Counts: &p.counts})
	n.programs[key] = p
	return p
}

// match evaluates an expression about a task, a worker or both.
func (n *naive) match(
	kind expr.Kind, text string, t *taskrouter.Task, w *taskrouter.Worker,
) bool {
	p := n.compile(kind, text)
	var env expr.Env
	if t != nil {
		env.Task, _ = p.task.Extract(t.Attributes, nil)
	}
	if w != nil {
		env.Worker = n.values(&p.worker, w)
	}
	return p.program.Match(&env)
}

// values reads a worker's attributes, and its facts over them. Spec: routing 2.1
func (n *naive) values(slots *expr.Slots, w *taskrouter.Worker) []expr.Value {
	values, _ := slots.Extract(w.Attributes, nil)
	for i := range values {
		switch path := slots.Path(i); path {
		case "sid":
			values[i] = expr.String(string(w.SID))
		case "friendly_name":
			values[i] = expr.String(w.FriendlyName)
		case "activity_sid":
			values[i] = expr.String(string(w.ActivitySID))
		case "activity_name":
			values[i] = expr.String(n.activity(w).FriendlyName)
		default:
			parts := strings.Split(path, ".")
			if len(parts) != 3 || parts[0] != "channel" {
				continue
			}
			c := n.channel(w, parts[1])
			switch {
			case c == nil:
			case parts[2] == "assigned_tasks":
				values[i] = expr.Number(float64(n.assigned(w, c)))
			case parts[2] == "configured_capacity":
				values[i] = expr.Number(float64(c.ConfiguredCapacity))
			}
		}
	}
	return values
}

func (n *naive) activity(w *taskrouter.Worker) *taskrouter.Activity {
	return n.state.Catalog().Activity(w.ActivitySID)
}

func (n *naive) channel(w *taskrouter.Worker, unique string) *taskrouter.WorkerChannel {
	for _, ch := range n.state.Catalog().TaskChannels() {
		if ch.UniqueName == unique {
			return w.Channel(ch.SID)
		}
	}
	return nil
}

// open counts a worker's reservations that use capacity; of one channel, or of all ("").
func (n *naive) open(w *taskrouter.Worker, channel taskrouter.TaskChannelSID) int {
	count := 0
	for _, r := range n.state.WorkerReservations(w.SID) {
		if r.Status.Open() && (channel == "" || r.TaskChannelSID == channel) {
			count++
		}
	}
	return count
}

func (n *naive) assigned(w *taskrouter.Worker, c *taskrouter.WorkerChannel) int {
	count := 0
	for _, r := range n.state.WorkerReservations(w.SID) {
		if r.Status == taskrouter.ReservationAccepted && r.TaskChannelSID == c.TaskChannelSID {
			count++
		}
	}
	return count
}

// free is whether a worker can be offered something on a channel. Spec: routing 4.2, 8
func (n *naive) free(w *taskrouter.Worker, channel taskrouter.TaskChannelSID) bool {
	if !n.activity(w).Available {
		return false
	}
	if !n.state.Catalog().Workspace.MultiTaskEnabled {
		return n.open(w, "") == 0
	}
	c := w.Channel(channel)
	return c != nil && c.Available && n.open(w, channel) < c.ConfiguredCapacity
}

func (n *naive) inQueue(w *taskrouter.Worker, sid taskrouter.TaskQueueSID) bool {
	q := n.state.Catalog().TaskQueue(sid)
	return q != nil && q.TargetWorkers != "" && n.match(expr.Worker, q.TargetWorkers, nil, w)
}

// eligible is whether a worker can be offered a task now. Spec: routing 4.2, 7
func (n *naive) eligible(t *taskrouter.Task, w *taskrouter.Worker) bool {
	if strings.HasPrefix(t.RoutingTarget, taskrouter.PrefixWorker) {
		return t.RoutingTarget == string(w.SID) &&
			(t.IgnoreCapacity || n.free(w, t.TaskChannelSID))
	}
	if g := n.target(t); t.Step.Known && n.agent(t, g) != w {
		return false
	}
	if !n.inQueue(w, t.TaskQueueSID) || !n.free(w, t.TaskChannelSID) {
		return false
	}
	text := n.target(t).Expression
	return text == "" || n.match(expr.Target, text, t, w)
}

// preferred lists who a task is offered to now. Spec: routing 4.2, 4.3, 4.4
func (n *naive) preferred(t *taskrouter.Task) []taskrouter.WorkerSID {
	var list []*taskrouter.Worker
	for w := range n.state.Workers("") {
		if n.eligible(t, w) {
			list = append(list, w)
		}
	}
	compare := func(a, b *taskrouter.Worker) int { return 0 }
	if text := n.target(t).OrderBy; text != "" {
		order, err := expr.ParseOrder(text)
		if err != nil {
			panic(err)
		}
		slots := new(expr.Slots)
		ordering := order.Compile(slots)
		compare = func(a, b *taskrouter.Worker) int {
			return ordering.Compare(n.values(slots, a), n.values(slots, b))
		}
	}
	ch := n.state.Catalog().TaskChannel(t.TaskChannelSID)
	idle := func(w *taskrouter.Worker) time.Time {
		if ch.ChannelOptimizedRouting {
			return w.Channel(ch.SID).LastReserved
		}
		return w.LastReserved
	}
	slices.SortFunc(list, func(a, b *taskrouter.Worker) int {
		return cmp.Or(compare(a, b), idle(a).Compare(idle(b)), cmp.Compare(a.SID, b.SID))
	})
	at := 1
	if q := n.state.Catalog().TaskQueue(t.TaskQueueSID); q != nil && !t.Step.Known &&
		!strings.HasPrefix(t.RoutingTarget, taskrouter.PrefixWorker) {
		at = q.MaxReservedWorkers
	}
	var chosen []taskrouter.WorkerSID
	for _, w := range list[:min(at, len(list))] {
		chosen = append(chosen, w.SID)
	}
	return chosen
}

// waits is whether a task may be offered. Spec: routing 6.1
func (n *naive) waits(t *taskrouter.Task) bool {
	return t.AssignmentStatus == taskrouter.TaskPending && t.NotBefore.IsZero()
}

// servedFirst finds, of the tasks that wait, the one a worker takes. Spec: routing 4.1
func (n *naive) servedFirst(w *taskrouter.Worker) *taskrouter.Task {
	lifo := func(t *taskrouter.Task) bool {
		q := n.state.Catalog().TaskQueue(t.TaskQueueSID)
		return q != nil && q.TaskOrder == taskrouter.LIFO
	}
	lifoFirst := n.state.Catalog().Workspace.PrioritizeQueueOrder == taskrouter.LIFO
	var best *taskrouter.Task
	for t := range n.state.Tasks("") {
		if !n.waits(t) || !n.eligible(t, w) {
			continue
		}
		switch {
		case best == nil:
			best = t
		case lifo(t) != lifo(best):
			if lifo(t) == lifoFirst {
				best = t
			}
		case lifo(t):
			if c := t.VirtualStartTime.Compare(best.VirtualStartTime); c > 0 ||
				c == 0 && t.SID > best.SID {
				best = t
			}
		default:
			if cmp.Or(-cmp.Compare(t.Priority, best.Priority),
				t.VirtualStartTime.Compare(best.VirtualStartTime),
				cmp.Compare(t.SID, best.SID)) < 0 {
				best = t
			}
		}
	}
	return best
}

// The parts of a configuration that decide.
type (
	naiveConfig struct {
		TaskRouting struct {
			Filters []struct {
				Expression string        `json:"expression"`
				Targets    []naiveTarget `json:"targets"`
			} `json:"filters"`
			DefaultFilter *naiveTarget `json:"default_filter"`
		} `json:"task_routing"`
	}
	naiveTarget struct {
		Queue      taskrouter.TaskQueueSID `json:"queue"`
		Priority   *int                    `json:"priority"`
		Expression string                  `json:"expression"`
		OrderBy    string                  `json:"order_by"`
		SkipIf     string                  `json:"skip_if"`
		KnownSID   string                  `json:"known_worker_sid"`
		KnownName  string                  `json:"known_worker_friendly_name"`
	}
)

func (n *naive) config(sid taskrouter.WorkflowSID, version int) *naiveConfig {
	w := n.state.Catalog().Workflow(sid)
	text := w.Configuration
	if version != w.ConfigurationVersion {
		for _, c := range w.Earlier {
			if c.Version == version {
				text = c.JSON
			}
		}
	}
	config := &naiveConfig{}
	if err := json.Unmarshal([]byte(text), config); err != nil {
		panic(err)
	}
	return config
}

// target is the step a task is on.
func (n *naive) target(t *taskrouter.Task) naiveTarget {
	if t.Step.Filter == taskrouter.NoFilter {
		return naiveTarget{}
	}
	config := n.config(t.WorkflowSID, t.Step.Configuration)
	if t.Step.Filter == taskrouter.DefaultFilter {
		return *config.TaskRouting.DefaultFilter
	}
	return config.TaskRouting.Filters[t.Step.Filter].Targets[t.Step.Target]
}

// enter tells what becomes of a task that comes to its workflow now, as far as it gets at once:
// the step it stays on and who it is offered to there; ok is false if it falls out. matched is
// false if it does not get in. Spec: routing 3.1, 3.4
func (n *naive) enter(t taskrouter.Task) (
	at taskrouter.Task, chosen []taskrouter.WorkerSID, alerts []taskrouter.AlertCode,
	matched, ok bool,
) {
	t.Step.Configuration = n.state.Catalog().Workflow(t.WorkflowSID).ConfigurationVersion
	routing := n.config(t.WorkflowSID, t.Step.Configuration).TaskRouting
	for i, f := range routing.Filters {
		if !n.match(expr.Task, f.Expression, &t, nil) {
			continue
		}
		matched = true
		for j, g := range f.Targets {
			if g.Queue != "" {
				t.TaskQueueSID = g.Queue
			}
			t.Step.Filter, t.Step.Target = i, j
			alerts = append(alerts, n.stand(&t, g)...)
			chosen = n.preferred(&t)
			if len(chosen) > 0 || g.SkipIf == "" || !n.skips(g.SkipIf, t.TaskQueueSID) {
				return t, chosen, alerts, true, true
			}
		}
	}
	if g := routing.DefaultFilter; g != nil {
		t.TaskQueueSID = g.Queue
		t.Step.Filter, t.Step.Target = taskrouter.DefaultFilter, 0
		alerts = append(alerts, n.stand(&t, *g)...)
		return t, n.preferred(&t), alerts, true, true
	}
	return t, nil, alerts, matched, false
}

// stand gives a task what a step sets beside the queue, and says what is wrong with the agent whom
// the step asks for. Spec: routing 3.5, 3.7
func (n *naive) stand(t *taskrouter.Task, g naiveTarget) []taskrouter.AlertCode {
	if g.Priority != nil {
		t.Priority = *g.Priority
	}
	t.Step.Known = g.KnownSID != "" || g.KnownName != ""
	t.Step.KnownWorkerSID = ""
	if !t.Step.Known {
		return nil
	}
	switch w := n.agent(t, g); {
	case w == nil:
		var attributes map[string]json.RawMessage
		_ = json.Unmarshal([]byte(t.Attributes), &attributes)
		if string(attributes["agent"]) == "null" {
			return nil
		}
		return []taskrouter.AlertCode{taskrouter.AlertKnownUnknown}
	default:
		t.Step.KnownWorkerSID = w.SID
		if !n.inQueue(w, t.TaskQueueSID) {
			return []taskrouter.AlertCode{taskrouter.AlertKnownNotInQueue}
		}
		return nil
	}
}

// agent is whom a step means by the task's attribute agent, as the workers are called now.
func (n *naive) agent(t *taskrouter.Task, g naiveTarget) *taskrouter.Worker {
	var attributes struct{ Agent any }
	if json.Unmarshal([]byte(t.Attributes), &attributes) != nil {
		return nil
	}
	name, _ := attributes.Agent.(string)
	for w := range n.state.Workers("") {
		if g.KnownSID != "" && name == string(w.SID) ||
			g.KnownName != "" && strings.EqualFold(name, w.FriendlyName) {
			return w
		}
	}
	return nil
}

// skips evaluates skip_if. Spec: routing 3.4
func (n *naive) skips(text string, queue taskrouter.TaskQueueSID) bool {
	p := n.compile(expr.Skip, text)
	var env expr.Env
	for i := range p.counts.Len() {
		count := 0
		for w := range n.state.Workers("") {
			a := n.activity(w)
			name := p.counts.Path(i)
			if n.inQueue(w, queue) && (name == string(a.SID) ||
				name == "available" && a.Available || name == "unavailable" && !a.Available) {
				count++
			}
		}
		env.Counts = append(env.Counts, count)
	}
	return p.program.Match(&env)
}
