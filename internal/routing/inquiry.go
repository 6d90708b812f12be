package routing

import (
	"slices"
	"time"

	"taskrouter"
)

// A TaskInquiry asks why a task has nobody yet. A workspace of any size is looked at in bounded
// steps, so that its commands go on in between:
//
//	for done := false; !done; {
//		view(func(s *routing.State) { done, err = q.Look(s, now) })
//	}
//	q.Answer()
//
// What is counted over several looks is no picture of one moment: a worker who changed in between
// may count as it was. If the task itself changed, the count starts again.
type TaskInquiry struct {
	Task taskrouter.TaskSID
	// Worker is the only one to be listed; empty = all of them, nearest first.
	Worker taskrouter.WorkerSID
	// Viewer is the worker who asks: it is told its own line and how many others there are, but
	// not who they are. Empty = somebody who may know all.
	Viewer taskrouter.WorkerSID
	// Size is how many workers are listed, After where the page before ended.
	Size  int
	After *Place

	version  int // of the task, when the count began
	begun    int
	surveyed bool
	last     taskrouter.WorkerSID // looked at
	total    int
	groups   [numberOfReasons]group
	lines    []Place
	answer   *TaskExplanation
}

// A group is the workers with one reason.
type group struct {
	count    int
	examples []taskrouter.WorkerSID
	listed   []taskrouter.WorkerSID // those that the page may show
}

const (
	// atOneLook is how many workers, or conditions of expressions, one look goes through.
	atOneLook = 5000
	// mostRestarts is how often a count begins again because the task changed.
	mostRestarts = 3
	// mostExamples is how many of a group are named.
	mostExamples = 3
)

// Look goes on with the inquiry and reports whether it is done. The error is that the task does
// not exist, or the worker that is asked about.
func (q *TaskInquiry) Look(s *State, now time.Time) (done bool, err error) {
	t := s.tasks[q.Task]
	if t == nil {
		return false, missing("Task", q.Task)
	}
	if q.Worker != "" && s.workers[q.Worker] == nil {
		return false, taskrouter.Invalid.Errorf("WorkerSid %q is no worker of workspace %s",
			q.Worker, s.catalog.Workspace.SID).At("WorkerSid")
	}
	e := explainer{State: s, task: t, now: now, viewer: q.Viewer}
	if !t.now.AssignmentStatus.Waiting() {
		q.answer = e.begin()
		return true, nil
	}
	if q.begun == 0 || t.now.Version != q.version && q.begun <= mostRestarts {
		*q = TaskInquiry{
			Task: q.Task, Worker: q.Worker, Viewer: q.Viewer, Size: q.Size, After: q.After,
			version: t.now.Version, begun: q.begun + 1,
		}
	}
	if !q.surveyed {
		if q.survey(&e); !q.surveyed {
			return false, nil
		}
		q.choose()
	}
	if q.answer == nil {
		q.answer = &TaskExplanation{Workers: []WorkerLine{}}
	}
	if !q.tell(&e) {
		return false, nil
	}
	lines, next := q.answer.Workers, q.answer.NextPage
	q.answer = e.begin()
	q.answer.Workers, q.answer.NextPage = lines, next
	q.answer.Funnel = e.funnel(q)
	q.answer.Changes = e.remedies(q)
	q.answer.Sentence = e.waitingSentence(q, q.answer)
	return true, nil
}

// Answer returns what was found out, once Look is done.
func (q *TaskInquiry) Answer() *TaskExplanation { return q.answer }

// survey counts workers by what keeps the task from them.
func (q *TaskInquiry) survey(e *explainer) {
	left := atOneLook / (1 + len(e.targetOf(e.task.now).text)/256)
	for w := range e.workerOrder.after(q.last) {
		if left--; left < 0 {
			return
		}
		q.last = w.now.SID
		rank := e.obstacle(e.task, w).reason.rank()
		g := &q.groups[rank]
		g.count++
		q.total++
		if len(g.examples) < mostExamples {
			g.examples = append(g.examples, w.now.SID)
		}
		if len(g.listed) <= q.Size && q.lists(rank, w.now.SID) {
			g.listed = append(g.listed, w.now.SID)
		}
	}
	q.surveyed = true
}

// lists reports whether the page that is asked for may hold a worker.
func (q *TaskInquiry) lists(rank int, sid taskrouter.WorkerSID) bool {
	switch {
	case q.Viewer != "" && sid != q.Viewer, q.Worker != "" && sid != q.Worker:
		return false
	case q.After == nil:
		return true
	}
	return rank < q.After.Rank || rank == q.After.Rank && sid > q.After.Worker
}

// choose takes the workers of the page, the nearest first, and one more if there is one.
func (q *TaskInquiry) choose() {
	for rank := numberOfReasons - 1; rank >= 0; rank-- {
		for _, sid := range q.groups[rank].listed {
			if len(q.lines) > q.Size {
				return
			}
			q.lines = append(q.lines, Place{rank, sid})
		}
	}
}

// tell writes lines of workers as long as one look may take, and reports whether all are there.
func (q *TaskInquiry) tell(e *explainer) bool {
	if len(q.lines) > q.Size && q.Size > 0 {
		q.answer.NextPage = &q.lines[q.Size-1]
		q.lines = q.lines[:q.Size]
	}
	spent := 0
	for len(q.lines) > 0 {
		if spent > atOneLook {
			return false
		}
		at := q.lines[0]
		q.lines = q.lines[1:]
		if w := e.workers[at.Worker]; w != nil {
			q.answer.Workers = append(q.answer.Workers, e.line(w))
			spent += 50 + e.textsOf(w)
		}
	}
	return true
}

// An explainer puts what a state knows of a task into words.
type explainer struct {
	*State
	task   *task
	now    time.Time
	viewer taskrouter.WorkerSID
}

// textsOf is about how many conditions it takes to say why a worker does not get the task.
func (e *explainer) textsOf(w *worker) int {
	n := len(e.targetOf(e.task.now).text)
	if q := e.queues[e.task.now.TaskQueueSID]; q != nil {
		n += len(q.now.TargetWorkers)
	}
	return n / 4
}

// line tells what is between a worker and the task.
func (e *explainer) line(w *worker) WorkerLine {
	o := e.obstacle(e.task, w)
	f := e.inWords(o, e.task, w, e.now, e.viewer)
	l := WorkerLine{
		WorkerSID:    w.now.SID,
		FriendlyName: w.now.FriendlyName,
		Reason:       o.reason,
		Sentence:     w.now.FriendlyName + ": " + f.clause,
		Wanted:       orNull(f.wanted),
		Actual:       orNull(f.actual),
	}
	for _, r := range slices.Backward(e.task.reservations) {
		if r.now.WorkerSID == w.now.SID && refusedBy(r.now.Status) {
			l.AlreadyRejected = dateOf(r.now.DateUpdated)
			break
		}
	}
	return l
}

// refusedBy reports whether a reservation ended because its worker let it go by.
func refusedBy(status taskrouter.ReservationStatus) bool {
	return status == taskrouter.ReservationRejected || status == taskrouter.ReservationTimeout
}

// examples names some of the workers of a group.
func (e *explainer) examples(sids []taskrouter.WorkerSID) []WorkerExcuse {
	list := []WorkerExcuse{}
	if e.viewer != "" {
		return list
	}
	for _, sid := range sids {
		if w := e.workers[sid]; w != nil {
			f := e.inWords(e.obstacle(e.task, w), e.task, w, e.now, "")
			list = append(list, WorkerExcuse{orNull(sid), w.now.FriendlyName,
				w.now.FriendlyName + ": " + f.clause})
		}
	}
	return list
}

// funnel tells check by check how many workers are left. Checks that the task does not have are
// left out.
func (e *explainer) funnel(q *TaskInquiry) []Stage {
	return e.stages(&q.groups, q.total)
}

func (e *explainer) stages(groups *[numberOfReasons]group, total int) []Stage {
	list := []Stage{{
		Reason: ReasonEverybody, Text: "workers of the workspace", Count: total,
		Examples: []WorkerExcuse{},
	}}
	left := total
	for rank, r := range reasons {
		g := &groups[rank]
		if g.count == 0 && !e.checks(r) || r == ReasonOffered || r == ReasonFree {
			continue
		}
		left -= g.count
		list = append(list, Stage{
			Reason: r, Text: e.passed(r), Count: left, Refused: g.count,
			Examples: e.examples(g.examples),
		})
	}
	return list
}

// checks reports whether a worker has to pass a check to get the task.
func (e *explainer) checks(r Reason) bool {
	v := e.task.now
	direct := isWorkerTarget(v)
	switch r {
	case ReasonRoutingTarget:
		return direct
	case ReasonKnownAgent:
		return !direct && v.Step.Known
	case ReasonNotInQueue:
		return !direct
	case ReasonExpression:
		return e.targetOf(v).program != nil
	case ReasonActivity:
		return !direct || !v.IgnoreCapacity
	case ReasonChannelOff, ReasonCapacity:
		return (!direct || !v.IgnoreCapacity) && !e.singleTasking()
	case ReasonSingleTasking:
		return (!direct || !v.IgnoreCapacity) && e.singleTasking()
	}
	return false
}

// passed says what workers have in common who pass a check.
func (e *explainer) passed(r Reason) string {
	v := e.task.now
	switch r {
	case ReasonRoutingTarget:
		return "the worker that the task is for"
	case ReasonKnownAgent:
		return "the known agent that the step asks for"
	case ReasonNotInQueue:
		return "in " + e.queueName(v.TaskQueueSID)
	case ReasonExpression:
		return "match the step: " + clip(e.targetOf(v).text)
	case ReasonActivity:
		return "in an available activity"
	case ReasonChannelOff:
		return "channel " + e.channelName(v.TaskChannelSID) + " is switched on"
	case ReasonSingleTasking:
		return "hold no other task"
	case ReasonCapacity:
		return "channel " + e.channelName(v.TaskChannelSID) + " is not full of accepted work"
	case ReasonReserved:
		return "no unanswered offer takes the last place"
	case ReasonPaused:
		return "the task may be offered"
	}
	return "are offered the task"
}

func (s *State) queueName(sid taskrouter.TaskQueueSID) string {
	if q := s.catalog.TaskQueue(sid); q != nil {
		return "queue " + q.FriendlyName
	}
	return "no queue"
}
