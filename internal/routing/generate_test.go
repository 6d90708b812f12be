package routing_test

import (
	"encoding/json"
	"fmt"
	"strings"
	"time"

	"pgregory.net/rapid"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A step is a command in the making: its kind, and numbers that pick from whatever there is when
// its turn comes. So a run stays a run when steps before it are left out, and shrinks well.
type step struct {
	kind   string
	n      [6]int
	config configDraft
	wait   time.Duration // before it
}

// kinds are the kinds of steps, frequent ones more than once.
var kinds = []string{
	"task", "task", "task", "task", "task", "direct task",
	"accept", "accept", "accept", "reject", "reject", "wrap", "complete", "complete",
	"answer callback", "answer callback",
	"end task", "end task", "edit task", "edit task", "delete task",
	"worker", "describe", "describe", "move", "move", "move", "channel", "channel",
	"delete worker", "tick", "tick", "tick", "tick", "tick",
	"queue", "edit queue", "edit queue", "delete queue",
	"workflow", "edit workflow", "edit workflow", "delete workflow",
	"activity", "edit activity", "delete activity",
	"task channel", "edit task channel", "delete task channel", "workspace", "workspace", "nonsense",
}

var waits = []time.Duration{
	0, 0, time.Millisecond, time.Millisecond, time.Millisecond, time.Second, 5 * time.Second,
	20 * time.Second, 2 * time.Minute, 6 * time.Minute, 25 * time.Hour,
}

var steps = rapid.Custom(func(t *rapid.T) step {
	s := step{
		kind: rapid.SampledFrom(kinds).Draw(t, "kind"),
		wait: rapid.SampledFrom(waits).Draw(t, "wait"),
	}
	if s.kind == "workflow" || s.kind == "edit workflow" {
		s.config = configs.Draw(t, "config")
	}
	for i := range s.n {
		s.n[i] = rapid.IntRange(0, 23).Draw(t, "n")
	}
	return s
})

// A configDraft is a workflow configuration that names its queues by number.
type configDraft struct {
	Filters []filterDraft
	Default *targetDraft
}

type filterDraft struct {
	Expression string
	Targets    []targetDraft
}

type targetDraft struct {
	Queue                                                   int // -1: none
	Priority, Timeout, Expression, OrderBy, SkipIf, KnownAs string
}

var (
	taskExpressions = []string{
		`1==1`, `type == "a"`, `type == "b"`, `type != "a"`, `vip == true`,
	}
	targetExpressions = []string{
		"", "", `1==1`, `worker.team == task.team`, `worker.skills HAS task.skill`,
		`task.skill IN worker.skills AND worker.level > 1`, `worker.team IN task.teams`,
		`worker.level >= 2`, `worker.team == "a"`, `worker.sid NOT IN task.declined`,
		`worker.channel.voice.assigned_tasks == 0`, `worker.activity_name != "Chatting"`,
		`worker.skills HAS "x" OR worker.team == task.team`,
	}
	queueExpressions = []string{
		`1==1`, `1==1`, `team == "a"`, `team != "a"`, `skills HAS "x"`, `level > 1`, "",
		`team == "a" OR level >= 2`, `channel.chat.assigned_tasks == 0`,
		`activity_name == "Available"`, `activity_name IN ["Chatting", "Lunch"]`,
		`friendly_name != "w1"`, `channel.extra1.configured_capacity >= 1`,
	}
	orders   = []string{"", "", `worker.level DESC`, `worker.level ASC, worker.age DESC`}
	skips    = []string{"", "", `1==1`, `workers.available == 0`, `workers.unavailable > 1`}
	timeouts = []string{"", "5", "20", `"60"`}
)

var targets = rapid.Custom(func(t *rapid.T) targetDraft {
	return targetDraft{
		Queue:      rapid.IntRange(-1, 4).Draw(t, "queue"),
		Priority:   rapid.SampledFrom([]string{"", "", "0", "5"}).Draw(t, "priority"),
		Timeout:    rapid.SampledFrom(timeouts).Draw(t, "timeout"),
		Expression: rapid.SampledFrom(targetExpressions).Draw(t, "expression"),
		OrderBy:    rapid.SampledFrom(orders).Draw(t, "order"),
		SkipIf:     rapid.SampledFrom(skips).Draw(t, "skip"),
		KnownAs: rapid.SampledFrom([]string{
			"", "", "", "", "known_worker_sid", "known_worker_friendly_name",
		}).Draw(t, "known"),
	}
})

var configs = rapid.Custom(func(t *rapid.T) configDraft {
	c := configDraft{Filters: rapid.SliceOfN(rapid.Custom(func(t *rapid.T) filterDraft {
		return filterDraft{
			Expression: rapid.SampledFrom(taskExpressions).Draw(t, "expression"),
			Targets:    rapid.SliceOfN(targets, 1, 3).Draw(t, "targets"),
		}
	}), 0, 3).Draw(t, "filters")}
	if len(c.Filters) == 0 || rapid.Bool().Draw(t, "has default") {
		g := targets.Draw(t, "default")
		g.Timeout = ""
		c.Default = &g
	}
	return c
})

// json writes the configuration for the queues that there are.
func (c *configDraft) json(queues []*taskrouter.TaskQueue) string {
	target := func(g *targetDraft, first bool) map[string]any {
		m := map[string]any{}
		queue := g.Queue
		if first && queue < 0 {
			queue = 0
		}
		if queue >= 0 && len(queues) > 0 {
			m["queue"] = queues[queue%len(queues)].SID
		}
		for key, number := range map[string]string{"priority": g.Priority, "timeout": g.Timeout} {
			if number != "" {
				m[key] = json.RawMessage(number)
			}
		}
		for key, text := range map[string]string{
			"expression": g.Expression, "order_by": g.OrderBy, "skip_if": g.SkipIf,
		} {
			if text != "" {
				m[key] = text
			}
		}
		if g.KnownAs != "" {
			m[g.KnownAs] = "task.agent"
		}
		return m
	}
	doc := map[string]any{}
	var filters []any
	for _, f := range c.Filters {
		var list []any
		for i := range f.Targets {
			list = append(list, target(&f.Targets[i], i == 0))
		}
		filters = append(filters, map[string]any{"expression": f.Expression, "targets": list})
	}
	if filters != nil {
		doc["filters"] = filters
	}
	if c.Default != nil {
		doc["default_filter"] = target(c.Default, true)
	}
	text, err := json.Marshal(map[string]any{"task_routing": doc})
	if err != nil {
		panic(err)
	}
	return string(text)
}

// pick takes one of a list by number; the zero T of an empty list.
func pick[T any](list []T, n int) T {
	if len(list) == 0 {
		var none T
		return none
	}
	return list[n%len(list)]
}

// object writes a JSON object of those members that are given.
func object(members map[string]string) string {
	given := map[string]json.RawMessage{}
	for k, v := range members {
		if v != "" {
			given[k] = json.RawMessage(v)
		}
	}
	text, err := json.Marshal(given)
	if err != nil {
		panic(err)
	}
	return string(text)
}

func workerAttributes(n [6]int) string {
	return object(map[string]string{
		"team":   pick([]string{"", `"a"`, `"b"`, `null`, `"a"`}, n[0]),
		"level":  pick([]string{"", "1", "2", "3", `"2"`, "2.5"}, n[1]),
		"skills": pick([]string{"", `[]`, `["x"]`, `["x","y"]`, `["y"]`, `"x"`}, n[2]),
		"age":    pick([]string{"", "30", "40"}, n[3]),
	})
}

// taskAttributes may name the worker as its agent, by SID or name.
func taskAttributes(n [6]int, agent *taskrouter.Worker) string {
	m := map[string]string{
		"type":  pick([]string{"", `"a"`, `"b"`, `"a"`}, n[0]),
		"team":  pick([]string{"", `"a"`, `"b"`}, n[1]),
		"skill": pick([]string{"", `"x"`, `"y"`, `["x"]`}, n[2]),
		"vip":   pick([]string{"", "true"}, n[0]/4),
		"teams": pick([]string{"", `["a"]`, `["a","b"]`}, n[1]/3),
		"agent": pick([]string{"", "null", `"nobody"`, `"W1"`, `"w1"`, "7"}, n[3]),
	}
	if agent != nil {
		m["declined"] = fmt.Sprintf("[%q]", agent.SID)
		switch n[3] % 5 {
		case 3:
			m["agent"] = fmt.Sprintf("%q", agent.SID)
		case 4:
			m["agent"] = fmt.Sprintf("%q", agent.FriendlyName)
		}
	}
	return object(m)
}

// command makes a command of a step; a Tick if there is nothing for it to act on.
func (m *model) command(s step) routing.Command {
	c := m.state.Catalog()
	n := s.n
	channels, queues, activities := c.TaskChannels(), c.TaskQueues(), c.Activities()
	workers, tasks := m.workers(), m.tasks()
	worker, task := pick(workers, n[5]), pick(tasks, n[5])
	switch s.kind {
	case "task", "direct task":
		cmd := routing.CreateTask{
			Attributes:  taskAttributes(n, worker),
			TaskChannel: pick(channels, n[4]%3).UniqueName,
			Priority:    pick([]*int{nil, new(1), new(7)}, n[4]),
			Timeout:     pick([]*int{nil, nil, new(30), new(3600)}, n[3]),
		}
		if n[5]%4 == 0 {
			cmd.VirtualStartTime = new(m.now.Add(-time.Duration(n[3]) * time.Second))
		}
		if w := pick(c.Workflows(), n[5]); w != nil {
			cmd.WorkflowSID = w.SID
		}
		if s.kind == "direct task" {
			if n[2]%2 == 0 {
				cmd.WorkflowSID = ""
			}
			cmd.RoutingTarget = m.routingTarget(n)
			cmd.IgnoreCapacity = pick([]*bool{nil, new(true), new(false), new(false)}, n[1])
			cmd.TaskQueueSID = pick([]taskrouter.TaskQueueSID{"", queues[n[2]%len(queues)].SID}, n[0])
		}
		return cmd
	case "accept", "reject", "wrap", "complete":
		return m.answer(s)
	case "answer callback":
		return m.callback(s)
	case "worker":
		return routing.CreateWorker{
			FriendlyName: fmt.Sprint("w", n[4]),
			ActivitySID:  pick(activities, n[5]).SID,
			Attributes:   workerAttributes(n),
		}
	case "queue":
		return routing.CreateTaskQueue{
			FriendlyName:           fmt.Sprint("q", n[0]),
			TargetWorkers:          new(pick(queueExpressions, n[1])),
			MaxReservedWorkers:     new(n[2]%3 + 1),
			TaskOrder:              pick([]taskrouter.QueueOrder{"", taskrouter.LIFO}, n[3]),
			ReservationActivitySID: pick(activities, n[4]).SID,
			AssignmentActivitySID:  pick(activities, n[5]).SID,
		}
	case "edit queue":
		return routing.UpdateTaskQueue{
			SID:                queues[n[0]%len(queues)].SID,
			TargetWorkers:      pick([]*string{nil, new(pick(queueExpressions, n[1]))}, n[5]),
			MaxReservedWorkers: new(n[2]%3 + 1),
			TaskOrder:          new(pick([]taskrouter.QueueOrder{taskrouter.FIFO, taskrouter.LIFO}, n[3])),
		}
	case "delete queue":
		if q := pick(queues[1:], n[0]); q != nil { // one stays
			return routing.DeleteTaskQueue{SID: q.SID}
		}
	case "workflow":
		return routing.CreateWorkflow{
			FriendlyName: fmt.Sprint("f", n[0]), Configuration: s.config.json(queues),
			TaskReservationTimeout: pick([]*int{nil, new(10), new(3)}, n[1]),
			AssignmentCallbackURL:  pick([]string{"", "http://127.0.0.1/"}, n[2]),
		}
	case "edit workflow":
		if w := pick(c.Workflows(), n[5]); w != nil {
			cmd := routing.UpdateWorkflow{SID: w.SID, ReEvaluateTasks: n[1]%2 == 1}
			if n[2]%4 > 0 {
				cmd.Configuration = new(s.config.json(queues))
			}
			return cmd
		}
	case "delete workflow":
		if w := pick(c.Workflows(), n[5]); w != nil {
			return routing.DeleteWorkflow{SID: w.SID}
		}
	case "activity":
		return routing.CreateActivity{FriendlyName: fmt.Sprint("a", n[0]), Available: n[1]%2 == 0}
	case "edit activity":
		name := pick([]string{"Chatting", "Available", "Lunch", "a1"}, n[0])
		return routing.UpdateActivity{SID: pick(activities, n[1]).SID, FriendlyName: &name}
	case "delete activity":
		return routing.DeleteActivity{SID: pick(activities, n[1]).SID}
	case "task channel":
		return routing.CreateTaskChannel{
			FriendlyName: "extra", UniqueName: fmt.Sprint("extra", n[0]%4),
			ChannelOptimizedRouting: n[1]%2 == 0,
		}
	case "edit task channel":
		return routing.UpdateTaskChannel{
			Channel: pick(channels, n[0]%6).UniqueName, ChannelOptimizedRouting: new(n[1]%2 == 0),
		}
	case "delete task channel":
		return routing.DeleteTaskChannel{Channel: pick(channels, n[0]).UniqueName}
	case "workspace":
		return m.workspace(n)
	case "nonsense":
		return nonsense(n)
	}
	switch {
	case worker != nil && (s.kind == "describe" || s.kind == "move" || s.kind == "channel" ||
		s.kind == "delete worker"):
		return m.workerCommand(s, worker)
	case task != nil && strings.HasSuffix(s.kind, " task"):
		return m.taskCommand(s, task, worker)
	}
	return routing.Tick{}
}

func (m *model) workerCommand(s step, w *taskrouter.Worker) routing.Command {
	n := s.n
	switch s.kind {
	case "describe":
		cmd := routing.UpdateWorker{SID: w.SID, Attributes: new(workerAttributes(n))}
		if n[4]%6 == 0 {
			cmd.FriendlyName = new(fmt.Sprint("W", n[4]%3))
		}
		return cmd
	case "move":
		to := pick(m.state.Catalog().Activities(), n[0])
		return routing.UpdateWorker{
			SID: w.SID, ActivitySID: &to.SID,
			RejectPendingReservations: !to.Available && n[1]%3 == 0,
		}
	case "channel":
		return routing.UpdateWorkerChannel{
			Worker: w.SID, Channel: pick(m.state.Catalog().TaskChannels(), n[0]%3).UniqueName,
			Capacity: new(n[1] % 4), Available: new(n[2]%4 > 0),
		}
	}
	return routing.DeleteWorker{SID: w.SID}
}

func (m *model) taskCommand(
	s step, t *taskrouter.Task, w *taskrouter.Worker,
) routing.Command {
	n := s.n
	switch s.kind {
	case "edit task":
		cmd := routing.UpdateTask{SID: t.SID}
		switch n[4] % 4 {
		case 0:
			cmd.Priority = &n[1]
		case 1:
			cmd.TaskChannel = new(pick(m.state.Catalog().TaskChannels(), n[1]%3).UniqueName)
		case 2:
			cmd.VirtualStartTime = new(m.now.Add(-time.Duration(n[1]) * time.Minute))
			fallthrough
		default:
			cmd.Attributes = new(taskAttributes(n, w))
		}
		return cmd
	case "end task":
		return routing.UpdateTask{SID: t.SID, AssignmentStatus: pick([]taskrouter.TaskStatus{
			taskrouter.TaskCanceled, taskrouter.TaskCompleted, taskrouter.TaskWrapping,
		}, n[0])}
	}
	return routing.DeleteTask{SID: t.SID}
}

// answer mostly takes a reservation that can still be answered.
func (m *model) answer(s step) routing.Command {
	var open, all []*taskrouter.Reservation
	for _, t := range m.tasks() {
		for _, r := range m.state.TaskReservations(t.SID) {
			if r.Status.Open() {
				open = append(open, r)
			}
			all = append(all, r)
		}
	}
	if len(open) == 0 || s.n[1]%8 == 7 {
		open = all
	}
	r := pick(open, s.n[0])
	if r == nil {
		return routing.Tick{}
	}
	cmd := routing.UpdateReservation{SID: r.SID, Status: map[string]taskrouter.ReservationStatus{
		"accept":   taskrouter.ReservationAccepted,
		"reject":   taskrouter.ReservationRejected,
		"wrap":     taskrouter.ReservationWrapping,
		"complete": taskrouter.ReservationCompleted,
	}[s.kind]}
	if s.kind == "reject" && s.n[2]%2 == 0 {
		cmd.WorkerActivitySID = pick(m.state.Catalog().Activities(), s.n[3]).SID
	}
	return cmd
}

// callback answers a callback, mostly of an offer that stands.
func (m *model) callback(s step) routing.Command {
	var all []*taskrouter.Reservation
	for _, t := range m.tasks() {
		for _, r := range m.state.TaskReservations(t.SID) {
			if r.Status == taskrouter.ReservationPending || s.n[1]%6 == 5 {
				all = append(all, r)
			}
		}
	}
	cmd := routing.AnswerCallback{SID: "WR00000000000000000000000000000000"}
	if r := pick(all, s.n[0]); r != nil {
		cmd.SID = r.SID
	}
	cmd.Answer = pick([]routing.CallbackAnswer{
		routing.CallbackFailed, routing.CallbackFailed, routing.CallbackNothing,
		routing.CallbackAccept, routing.CallbackReject,
	}, s.n[2])
	if cmd.Answer == routing.CallbackReject {
		cmd.ActivitySID = pick([]taskrouter.ActivitySID{
			"", pick(m.state.Catalog().Activities(), s.n[4]).SID, "WA",
		}, s.n[3])
	}
	if s.n[3]%4 == 0 {
		cmd.Alerts = []taskrouter.Alert{{Code: taskrouter.AlertUnreachable, Message: "down"}}
	}
	return cmd
}

func (m *model) routingTarget(n [6]int) string {
	c := m.state.Catalog()
	switch n[0] % 4 {
	case 0:
		return string(pick(c.TaskQueues(), n[1]).SID)
	case 1:
		if w := pick(c.Workflows(), n[1]); w != nil {
			return string(w.SID)
		}
	}
	if w := pick(m.workers(), n[5]); w != nil {
		return string(w.SID)
	}
	return "nobody"
}

func (m *model) workspace(n [6]int) routing.Command {
	activities := m.state.Catalog().Activities()
	switch n[0] % 4 {
	case 0:
		return routing.UpdateWorkspace{DefaultActivitySID: &pick(activities, n[1]).SID}
	case 1:
		return routing.UpdateWorkspace{TimeoutActivitySID: &pick(activities, n[1]).SID}
	case 2:
		orders := []taskrouter.QueueOrder{taskrouter.FIFO, taskrouter.LIFO}
		return routing.UpdateWorkspace{PrioritizeQueueOrder: new(pick(orders, n[1]))}
	}
	return routing.UpdateWorkspace{MultiTaskEnabled: new(n[1]%4 > 0)}
}

// nonsense is refused whatever there is.
func nonsense(n [6]int) routing.Command {
	return pick([]routing.Command{
		routing.CreateTask{Attributes: `[]`},
		routing.CreateTask{Attributes: `{}`, TaskChannel: "smoke"},
		routing.CreateTask{RoutingTarget: "WQ"},
		routing.UpdateTask{SID: "WT"},
		routing.CreateWorker{FriendlyName: ""},
		routing.CreateWorker{FriendlyName: "x", Attributes: `{`},
		routing.CreateTaskQueue{FriendlyName: "bad", TargetWorkers: new(`a-b == 1`)},
		routing.CreateWorkflow{FriendlyName: "bad", Configuration: `{}`},
		routing.CreateTaskChannel{FriendlyName: "a", UniqueName: "a-b"},
		routing.UpdateReservation{SID: "WR"},
		routing.DeleteWorker{SID: "WK"},
	}, n[0])
}
