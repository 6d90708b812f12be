package routing

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
	"time"

	"taskrouter"
)

// A WorkerExplanation says why nothing comes to a worker. As JSON it is what the REST API
// answers. Spec: explanation 4
type WorkerExplanation struct {
	WorkerSID    taskrouter.WorkerSID    `json:"worker_sid"`
	WorkspaceSID taskrouter.WorkspaceSID `json:"workspace_sid"`
	AccountSID   taskrouter.AccountSID   `json:"account_sid"`
	FriendlyName string                  `json:"friendly_name"`
	At           *time.Time              `json:"at"`
	Sentence     string                  `json:"sentence"`
	Activity     ActivityExplained       `json:"activity"`
	Channels     []ChannelExplained      `json:"channels"`
	Queues       []QueueExplained        `json:"queues"`
	// OtherQueues are those that the worker is not in, most tasks first, and why.
	OtherQueues      []QueueMissed    `json:"other_queues"`
	OtherQueuesTotal int              `json:"other_queues_total"`
	Reservations     []OfferExplained `json:"reservations"` // open ones
	Waiting          int              `json:"waiting"`      // tasks in the workspace
	Reasons          []TaskGroup      `json:"reasons"`      // why it does not get them
}

// An ActivityExplained is what the worker does.
type ActivityExplained struct {
	SID          taskrouter.ActivitySID `json:"activity_sid"`
	FriendlyName string                 `json:"friendly_name"`
	Available    bool                   `json:"available"`
	Since        *time.Time             `json:"date_status_changed"`
}

// A ChannelExplained is what the worker can take on a channel.
type ChannelExplained struct {
	TaskChannelSID taskrouter.TaskChannelSID `json:"task_channel_sid"`
	UniqueName     string                    `json:"unique_name"`
	Available      bool                      `json:"available"`
	Capacity       int                       `json:"configured_capacity"`
	InUse          int                       `json:"in_use"` // by open reservations
	Assigned       int                       `json:"assigned_tasks"`
	Free           bool                      `json:"free"` // can be offered a task now
	Sentence       string                    `json:"sentence"`
}

// A QueueExplained is a queue that the worker is in.
type QueueExplained struct {
	SID          taskrouter.TaskQueueSID `json:"task_queue_sid"`
	FriendlyName string                  `json:"friendly_name"`
	Waiting      int                     `json:"waiting"` // tasks that wait in it
	// Ahead is for each channel on which the worker is free how many others are asked before
	// it, by who was idle longest. A step's order_by may see it otherwise.
	Ahead map[string]int `json:"ahead"`
}

// A QueueMissed is a queue that the worker is not in.
type QueueMissed struct {
	SID          taskrouter.TaskQueueSID `json:"task_queue_sid"`
	FriendlyName string                  `json:"friendly_name"`
	Waiting      int                     `json:"waiting"`
	Wanted       *string                 `json:"wanted"`
	Actual       *string                 `json:"actual"`
}

// A TaskGroup is the waiting tasks that a worker does not get for one reason.
type TaskGroup struct {
	Reason   Reason               `json:"reason"`
	Count    int                  `json:"count"`
	Text     string               `json:"text"`
	Examples []taskrouter.TaskSID `json:"examples"`
}

// A WorkerInquiry asks why nothing comes to a worker, in bounded looks like a [TaskInquiry].
type WorkerInquiry struct {
	Worker taskrouter.WorkerSID

	left        int // how much this look may still go through
	tasksSeen   bool
	lastTask    taskrouter.TaskSID
	waiting     int
	inQueue     map[taskrouter.TaskQueueSID]int
	groups      [numberOfReasons]taskGroup
	workersSeen bool
	lastWorker  taskrouter.WorkerSID
	ahead       map[taskrouter.TaskQueueSID]map[string]int
	answer      *WorkerExplanation
}

type taskGroup struct {
	count    int
	pending  int // of those that are offered to nobody
	examples []taskrouter.TaskSID
}

// Look goes on with the inquiry and reports whether it is done. The error is that the worker does
// not exist.
func (q *WorkerInquiry) Look(s *State, now time.Time) (done bool, err error) {
	w := s.workers[q.Worker]
	if w == nil {
		return false, missing("Worker", q.Worker)
	}
	q.left = atOneLook
	if !q.tasksSeen {
		if q.surveyTasks(s, w); !q.tasksSeen {
			return false, nil
		}
	}
	if !q.workersSeen {
		if q.surveyWorkers(s, w); !q.workersSeen {
			return false, nil
		}
	}
	q.answer = q.tell(s, w, now)
	return true, nil
}

// Answer returns what was found out, once Look is done.
func (q *WorkerInquiry) Answer() *WorkerExplanation { return q.answer }

// surveyTasks counts waiting tasks by what keeps them from the worker. Those of a line are alike
// to it, so one of them is held against it.
func (q *WorkerInquiry) surveyTasks(s *State, w *worker) {
	if q.inQueue == nil {
		q.inQueue = make(map[taskrouter.TaskQueueSID]int)
	}
	alike := make(map[*line]Reason)
	for t := range s.taskOrder.after(q.lastTask) {
		if q.left--; q.left < 0 {
			return
		}
		q.lastTask = t.now.SID
		if !t.now.AssignmentStatus.Waiting() {
			continue
		}
		q.waiting++
		reason, known := alike[t.line]
		if t.line == nil || t.line.shape == nil || !known {
			reason = s.obstacle(t, w).reason
			q.left -= len(s.targetOf(t.now).text) / 256
			alike[t.line] = reason
		}
		g := &q.groups[reason.rank()]
		if t.now.AssignmentStatus == taskrouter.TaskPending {
			g.pending++
			q.inQueue[t.now.TaskQueueSID]++
		}
		if g.count++; len(g.examples) < mostExamples {
			g.examples = append(g.examples, t.now.SID)
		}
	}
	q.tasksSeen = true
}

// surveyWorkers counts for each of the worker's queues and channels who is asked before it.
func (q *WorkerInquiry) surveyWorkers(s *State, w *worker) {
	if q.ahead == nil {
		q.ahead = make(map[taskrouter.TaskQueueSID]map[string]int)
	}
	var orders []*pool // one for each channel that the worker is free on
	for _, c := range w.now.Channels {
		if ch := s.catalog.TaskChannel(c.TaskChannelSID); ch != nil && s.free(w, ch.SID) {
			orders = append(orders, &pool{channel: ch.SID, ownIdle: ch.ChannelOptimizedRouting})
		}
	}
	for _, queue := range w.queues {
		if q.ahead[queue.now.SID] == nil {
			q.ahead[queue.now.SID] = make(map[string]int)
			for _, p := range orders {
				q.ahead[queue.now.SID][s.channelName(p.channel)] = 0
			}
		}
	}
	if len(orders) == 0 {
		q.workersSeen = true
		return
	}
	for x := range s.workerOrder.after(q.lastWorker) {
		if q.left -= 1 + len(x.queues)/4; q.left < 0 {
			return
		}
		q.lastWorker = x.now.SID
		if !x.available || x == w {
			continue
		}
		for _, p := range orders {
			if !s.free(x, p.channel) || !p.before(x, w) {
				continue
			}
			name := s.channelName(p.channel)
			for _, queue := range x.queues {
				if counts := q.ahead[queue.now.SID]; counts != nil {
					counts[name]++
				}
			}
		}
	}
	q.workersSeen = true
}

func (q *WorkerInquiry) tell(s *State, w *worker, now time.Time) *WorkerExplanation {
	v := w.now
	x := &WorkerExplanation{
		WorkerSID:    v.SID,
		WorkspaceSID: s.catalog.Workspace.SID,
		AccountSID:   s.catalog.Workspace.AccountSID,
		FriendlyName: v.FriendlyName,
		At:           dateOf(now),
		Activity: ActivityExplained{
			v.ActivitySID, s.activityName(v.ActivitySID), w.available, dateOf(v.DateStatusChanged),
		},
		Channels:     []ChannelExplained{},
		Queues:       []QueueExplained{},
		OtherQueues:  []QueueMissed{},
		Reservations: []OfferExplained{},
		Waiting:      q.waiting,
		Reasons:      []TaskGroup{},
	}
	for i := range v.Channels {
		x.Channels = append(x.Channels, s.explainChannel(w, &v.Channels[i]))
	}
	for _, queue := range w.queues {
		sid := queue.now.SID
		ahead := q.ahead[sid]
		if ahead == nil {
			ahead = map[string]int{}
		}
		x.Queues = append(x.Queues, QueueExplained{
			sid, queue.now.FriendlyName, q.inQueue[sid], ahead,
		})
	}
	q.tellMissed(s, w, x)
	for _, r := range w.reservations {
		if r.now.Status.Open() {
			x.Reservations = append(x.Reservations, OfferExplained{
				ReservationSID: r.now.SID, WorkerSID: v.SID, WorkerName: v.FriendlyName,
				Status: r.now.Status, DateCreated: dateOf(r.now.DateCreated),
				DateUpdated: dateOf(r.now.DateUpdated), DateExpires: dateOf(r.now.Expires),
				Sentence: "task " + string(r.now.TaskSID) + " is " + string(r.now.Status),
			})
		}
	}
	for rank := numberOfReasons - 1; rank >= 0; rank-- {
		if g := q.groups[rank]; g.count > 0 {
			x.Reasons = append(x.Reasons, TaskGroup{
				reasons[rank], g.count, whyNotTheirs(reasons[rank]), g.examples,
			})
		}
	}
	x.Sentence = q.sentence(x)
	return x
}

func (s *State) explainChannel(w *worker, c *taskrouter.WorkerChannel) ChannelExplained {
	x := ChannelExplained{
		TaskChannelSID: c.TaskChannelSID, UniqueName: s.channelName(c.TaskChannelSID),
		Available: c.Available, Capacity: c.ConfiguredCapacity, InUse: c.Reserved,
		Assigned: c.Assigned, Free: s.free(w, c.TaskChannelSID),
	}
	if x.Free {
		x.Sentence = "can be offered a task"
		return x
	}
	switch s.busy(w, c.TaskChannelSID) {
	case unavailable:
		x.Sentence = "the activity is not available"
	case channelOff:
		x.Sentence = "switched off"
	default:
		x.Sentence = fmt.Sprintf("%d of %d in use", c.Reserved, c.ConfiguredCapacity)
		if s.singleTasking() {
			x.Sentence = "a task is held already, one at a time is the rule of the workspace"
		}
	}
	return x
}

// mostMissed is how many queues are told that a worker is not in.
const mostMissed = 50

// tellMissed tells why the worker is not in other queues.
func (q *WorkerInquiry) tellMissed(s *State, w *worker, x *WorkerExplanation) {
	var missed []*queue
	for _, v := range s.catalog.TaskQueues() {
		if queue := s.queues[v.SID]; queue != nil && !w.inQueue(v.SID) {
			missed = append(missed, queue)
		}
	}
	slices.SortStableFunc(missed, func(a, b *queue) int {
		return cmp.Compare(q.inQueue[b.now.SID], q.inQueue[a.now.SID])
	})
	x.OtherQueuesTotal = len(missed)
	text := 0
	for _, queue := range missed[:min(len(missed), mostMissed)] {
		m := QueueMissed{
			SID: queue.now.SID, FriendlyName: queue.now.FriendlyName,
			Waiting: q.inQueue[queue.now.SID],
		}
		if text += len(queue.now.TargetWorkers); queue.program != nil && text < mostText {
			s.env.Worker = w.values
			wanted, actual := sides(queue.program.Explain(&s.env))
			m.Wanted, m.Actual = orNull(wanted), orNull(actual)
		}
		x.OtherQueues = append(x.OtherQueues, m)
	}
}

// whyNotTheirs says of a group of tasks why the worker does not get them.
func whyNotTheirs(r Reason) string {
	switch r {
	case ReasonRoutingTarget:
		return "for another worker"
	case ReasonKnownAgent:
		return "on a step that asks for another worker"
	case ReasonNotInQueue:
		return "in queues that the worker is not in"
	case ReasonExpression:
		return "on a step whose expression does not match the worker"
	case ReasonActivity:
		return "that would fit if the worker's activity were available"
	case ReasonChannelOff:
		return "that would fit if their channel were switched on for the worker"
	case ReasonSingleTasking:
		return "that would fit if the worker did not hold another"
	case ReasonCapacity:
		return "that would fit if the worker had capacity left on their channel"
	case ReasonReserved:
		return "that would fit if an unanswered offer did not take the worker's last place"
	case ReasonAnotherFirst:
		return "offered to somebody who was asked first"
	case ReasonOffered:
		return "offered to the worker"
	}
	return "that fit, but may not be offered yet"
}

// sentence says in one sentence why nothing comes.
func (q *WorkerInquiry) sentence(x *WorkerExplanation) string {
	name := x.FriendlyName
	free := slices.ContainsFunc(x.Channels, func(c ChannelExplained) bool { return c.Free })
	offered := q.groups[ReasonOffered.rank()].count
	queues, waiting := "queue", 0
	if n := len(x.Queues); n > 1 {
		queues = plural(n, "queue")
	}
	for _, queue := range x.Queues {
		waiting += queue.Waiting
	}
	switch {
	case offered > 0:
		return name + " is offered " + plural(offered, "task") + " now."
	case !x.Activity.Available:
		return name + " is in activity " + x.Activity.FriendlyName +
			", which is not available, so nothing is offered."
	case len(x.Queues) == 0:
		return name + " is in no queue, so only tasks that are routed to " + name +
			" directly can come."
	case !free && len(x.Reservations) > 0:
		return name + " is available, but holds as much work as it may."
	case !free:
		return name + " is available, but can take nothing on any channel: capacity is 0, or the " +
			"channels are switched off."
	case waiting == 0:
		return name + " is available. Nothing waits in its " + queues +
			"; the next offer comes when its turn does" + butNoneOn(x.Channels) + "."
	}
	why := ""
	for rank := numberOfReasons - 1; rank >= 0 && why == ""; rank-- {
		if n := q.groups[rank].pending; n > 0 && reasons[rank] != ReasonNotInQueue {
			why = ": " + thousands(n) + " " + whyNotTheirs(reasons[rank])
		}
	}
	wait := " wait in its "
	if waiting == 1 {
		wait = " waits in its "
	}
	return name + " is available. " + plural(waiting, "task") + wait + queues + why + "."
}

// butNoneOn names the channels on which no offer can come to a worker who is free on others.
func butNoneOn(channels []ChannelExplained) string {
	var full []string
	for _, c := range channels {
		if !c.Free {
			full = append(full, c.UniqueName)
		}
	}
	if len(full) == 0 {
		return ""
	}
	return ", but none on " + strings.Join(full, ", ") +
		", where it has no free place"
}
