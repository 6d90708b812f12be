package routing

import (
	"cmp"
	"fmt"
	"strings"
	"time"

	"taskrouter"
)

// endedSentence tells of a task that waits for nobody any more.
func (e *explainer) endedSentence() string {
	v := e.task.now
	holder := "somebody"
	for _, r := range e.task.reservations {
		switch r.now.Status {
		case taskrouter.ReservationAccepted, taskrouter.ReservationWrapping,
			taskrouter.ReservationCompleted:
			holder = r.now.WorkerName
			if e.viewer != "" && e.viewer != r.now.WorkerSID {
				holder = "another worker"
			}
		}
	}
	switch v.AssignmentStatus {
	case taskrouter.TaskAssigned:
		return "Assigned to " + holder + ", " + ago(v.AssignedAt, e.now) + "."
	case taskrouter.TaskWrapping:
		return "Wrapped up by " + holder + ", assigned " + ago(v.AssignedAt, e.now) + "."
	}
	why := ""
	if v.Reason != "" {
		why = ": " + clip(v.Reason)
	}
	kept := ". It is kept for " + span(v.EndedAt.Add(taskrouter.KeepEnded).Sub(e.now)) + " more."
	if v.AssignmentStatus == taskrouter.TaskCompleted {
		return "Completed by " + holder + ", " + ago(v.EndedAt, e.now) + why + kept
	}
	return "Canceled " + ago(v.EndedAt, e.now) + why + kept
}

// waitingSentence says in one sentence what a task waits for.
func (e *explainer) waitingSentence(q *TaskInquiry, x *TaskExplanation) string {
	v := e.task.now
	if v.AssignmentStatus == taskrouter.TaskReserved {
		return e.offeredSentence()
	}
	where := "Waits"
	if v.TaskQueueSID != "" {
		where += " in " + e.queueName(v.TaskQueueSID)
		if x.Position != nil {
			where += fmt.Sprintf(", %d of %d", *x.Position, x.Waiting)
		}
	}
	until := ""
	if len(x.Next) > 0 {
		until = " Next, in " + span(x.Next[0].At.Sub(e.now)) + ": " + x.Next[0].Text + "."
	}
	return where + ": " + e.because(&q.groups, q.total) + "." + until
}

// offeredSentence says who is offered the task.
func (e *explainer) offeredSentence() string {
	var names []string
	var ends time.Time
	own := false
	for _, r := range e.task.reservations {
		if r.now.Status == taskrouter.ReservationPending {
			names = append(names, r.now.WorkerName)
			own = own || r.now.WorkerSID == e.viewer
			if r.now.Expires.After(ends) {
				ends = r.now.Expires
			}
		}
	}
	to := ""
	switch n := len(names); {
	case e.viewer == "" && n > 5:
		to = strings.Join(names[:5], ", ") + " and " + plural(n-5, "other worker")
	case e.viewer == "":
		to = strings.Join(names, ", ")
	case own && n == 1:
		to = "this worker"
	case own:
		to = "this worker and " + plural(n-1, "other")
	default:
		to = plural(n, "other worker")
	}
	return "Offered to " + to + ", for " + span(ends.Sub(e.now)) + " more."
}

// because says what refuses the last workers who pass the checks before.
func (e *explainer) because(groups *[numberOfReasons]group, total int) string {
	v := e.task.now
	if total == 0 {
		return "the workspace has no workers"
	}
	for rank := numberOfReasons - 1; rank >= 0; rank-- {
		n := groups[rank].count
		if n == 0 {
			continue
		}
		who := "none of the " + thousands(n) + " workers"
		if n == 1 {
			who = "the only worker"
		}
		not := func(many, one string) string {
			if n == 1 {
				return who + " " + one
			}
			return "the " + plural(n, "worker") + " " + many
		}
		switch reasons[rank] {
		case ReasonFree:
			return plural(n, "worker") + " could take it now"
		case ReasonPaused:
			return plural(n, "worker") + " could take it, but it is not offered again at once"
		case ReasonReserved, ReasonCapacity, ReasonSingleTasking:
			return not("who fit and are available are all busy",
				"who fits and is available is busy")
		case ReasonChannelOff:
			return not("who fit and are available have channel "+
				e.channelName(v.TaskChannelSID)+" switched off",
				"who fits and is available has channel "+e.channelName(v.TaskChannelSID)+
					" switched off")
		case ReasonActivity:
			return not("who fit are not in an available activity",
				"who fits is not in an available activity")
		case ReasonExpression:
			if n == 1 {
				return who + " in the queue does not match the step's expression " +
					clip(e.targetOf(v).text)
			}
			return who + " in the queue matches the step's expression " +
				clip(e.targetOf(v).text)
		case ReasonNotInQueue:
			if e.checks(ReasonKnownAgent) {
				return "the known agent that the step asks for is not in the queue"
			}
			if n == 1 {
				return who + " of the workspace is not in it"
			}
			return who + " of the workspace is in it"
		case ReasonKnownAgent:
			return e.inWords(obstacle{e.refusalOfAll(), ReasonKnownAgent}, e.task, nil, e.now,
				e.viewer).clause
		case ReasonRoutingTarget:
			return "the worker that it is for does not exist"
		}
	}
	return "nobody can take it"
}

// refusalOfAll is why every worker is refused a task for one worker by name.
func (e *explainer) refusalOfAll() refusal {
	if a, _ := e.agentOf(e.task); e.find(a) == nil {
		return unknownAgent
	}
	return otherAgent
}

// remedies lists changes after which somebody could get the task, those first that are small.
func (e *explainer) remedies(q *TaskInquiry) []Remedy {
	list := []Remedy{}
	if e.task.now.AssignmentStatus != taskrouter.TaskPending {
		return list
	}
	for rank := numberOfReasons - 1; rank >= 0; rank-- {
		r, n := reasons[rank], q.groups[rank].count
		if n == 0 {
			continue
		}
		if text := e.remedy(r, n); text != "" {
			list = append(list, Remedy{r, n, text})
		}
	}
	return list
}

// remedy says what would have to change for workers with one reason.
func (e *explainer) remedy(r Reason, n int) string {
	v := e.task.now
	one := "the worker"
	if n > 1 {
		one = "one of " + plural(n, "worker")
	}
	channel := e.channelName(v.TaskChannelSID)
	switch r {
	case ReasonPaused:
		return "the pause after the offer that failed has to end"
	case ReasonReserved:
		return one + " has to answer the offer of another task, or let it run out"
	case ReasonCapacity:
		return one + " has to finish a task on channel " + channel + ", or get more capacity there"
	case ReasonSingleTasking:
		return one + " has to finish the task it holds, and be available then"
	case ReasonChannelOff:
		return "channel " + channel + " of " + one + " has to be switched on"
	case ReasonActivity:
		return one + " has to move to an available activity"
	case ReasonExpression:
		return one + " needs other attributes, or the step another expression than " +
			clip(e.targetOf(v).text)
	case ReasonNotInQueue:
		if e.checks(ReasonKnownAgent) {
			return "the known agent has to get attributes that " + e.queueName(v.TaskQueueSID) +
				" asks for"
		}
		if q := e.queues[v.TaskQueueSID]; q != nil {
			return one + " needs attributes that " + e.queueName(v.TaskQueueSID) + " asks for: " +
				clip(cmp.Or(q.now.TargetWorkers, "it has no expression, so nobody can be in it"))
		}
	case ReasonKnownAgent:
		if known := e.targetOf(v).known; known != nil && e.refusalOfAll() == unknownAgent {
			return known.text + " has to name a worker"
		}
	}
	return ""
}
