package routing

import (
	"slices"

	"taskrouter"
)

// A Tally counts the tasks that a workspace, a queue or a workflow holds now. It is kept up to
// date with every change, so asking for one looks at no task but the oldest.
//
// Spec: rest-api 16.2
type Tally struct {
	Pending, Reserved, Assigned, Wrapping int
	// Priorities says how many of these tasks have which priority, lowest first.
	Priorities []PriorityCount
	// Oldest is the task that was created first among those that wait, that is, are pending or
	// reserved; OldestInQueue, told of queues only, the one that came to the queue first. Nil
	// where none waits.
	Oldest, OldestInQueue *taskrouter.Task
}

// A PriorityCount is how many tasks have a priority.
type PriorityCount struct{ Priority, Tasks int }

// Total is how many tasks are counted.
func (t *Tally) Total() int { return t.Pending + t.Reserved + t.Assigned + t.Wrapping }

// WorkspaceTally counts the tasks of the workspace that are on a channel; "" = on any.
func (s *State) WorkspaceTally(channel taskrouter.TaskChannelSID) Tally {
	return s.tallyOf("", channel)
}

// QueueTally counts the tasks in a queue that are on a channel; "" = on any.
func (s *State) QueueTally(
	q taskrouter.TaskQueueSID, channel taskrouter.TaskChannelSID,
) Tally {
	return s.tallyOf(string(q), channel)
}

// WorkflowTally counts the tasks of a workflow that are on a channel; "" = on any.
func (s *State) WorkflowTally(
	w taskrouter.WorkflowSID, channel taskrouter.TaskChannelSID,
) Tally {
	return s.tallyOf(string(w), channel)
}

// WorkerCount is how many workers the workspace has.
func (s *State) WorkerCount() int { return len(s.workers) }

// WorkersIn is how many workers are in an activity.
func (s *State) WorkersIn(a taskrouter.ActivitySID) int { return s.byActivity[a] }

// MemberCount is how many workers are in a queue, whatever their activity.
func (s *State) MemberCount(sid taskrouter.TaskQueueSID) int {
	if q := s.queues[sid]; q != nil {
		return len(q.members)
	}
	return 0
}

// MembersIn is how many workers of a queue are in an activity.
func (s *State) MembersIn(sid taskrouter.TaskQueueSID, a taskrouter.ActivitySID) int {
	if q := s.queues[sid]; q != nil {
		return q.byActivity[a]
	}
	return 0
}

// tallyOf adds up the channels of an owner: a queue, a workflow, or "" for the workspace.
func (s *State) tallyOf(owner string, channel taskrouter.TaskChannelSID) Tally {
	var sum Tally
	priorities := make(map[int]int)
	for sid, t := range s.tallies[owner] {
		if channel == "" || channel == sid {
			t.addTo(&sum, priorities)
		}
	}
	for priority, n := range priorities {
		sum.Priorities = append(sum.Priorities, PriorityCount{priority, n})
	}
	slices.SortFunc(sum.Priorities, func(a, b PriorityCount) int {
		return a.Priority - b.Priority
	})
	return sum
}

// A tally counts the tasks of one owner on one channel that have not ended.
type tally struct {
	status     [4]int // by place in taskrouter.TaskStatuses
	priorities map[int]int
	created    ages
	entered    ages
}

// waiting is how many of the tasks are pending or reserved.
func (t *tally) waiting() int { return t.status[0] + t.status[1] }

func (t *tally) addTo(sum *Tally, priorities map[int]int) {
	sum.Pending += t.status[0]
	sum.Reserved += t.status[1]
	sum.Assigned += t.status[2]
	sum.Wrapping += t.status[3]
	for priority, n := range t.priorities {
		priorities[priority] += n
	}
	if x := t.created.first(t); x != nil &&
		(sum.Oldest == nil || before(x.DateCreated.UnixMilli(), x.SID,
			sum.Oldest.DateCreated.UnixMilli(), sum.Oldest.SID)) {
		sum.Oldest = x
	}
	if x := t.entered.first(t); x != nil &&
		(sum.OldestInQueue == nil || before(millis(x.TaskQueueEnteredDate), x.SID,
			millis(sum.OldestInQueue.TaskQueueEnteredDate), sum.OldestInQueue.SID)) {
		sum.OldestInQueue = x
	}
}

func before(a int64, x taskrouter.TaskSID, b int64, y taskrouter.TaskSID) bool {
	return a < b || a == b && x < y
}

// liveStatus is the place of a status in a tally, and false for one that is final.
func liveStatus(s taskrouter.TaskStatus) (int, bool) {
	switch s {
	case taskrouter.TaskPending:
		return 0, true
	case taskrouter.TaskReserved:
		return 1, true
	case taskrouter.TaskAssigned:
		return 2, true
	case taskrouter.TaskWrapping:
		return 3, true
	}
	return 0, false
}

// seats are the tallies that a task is counted in: those of the workspace, of its queue and of
// its workflow. Nil where it has none, or has ended.
type seats [3]*tally

const queueSeat = 1

// recount moves a task in the tallies from one version to the next. Either of them is nil for
// a task that comes or goes.
func (s *State) recount(t *task, old, v *taskrouter.Task) {
	var from, to = -1, -1
	if old != nil {
		if i, live := liveStatus(old.AssignmentStatus); live {
			from = i
		}
	}
	next := t.seats
	switch {
	case v == nil:
		next = seats{}
	default:
		i, live := liveStatus(v.AssignmentStatus)
		if !live {
			next = seats{}
			break
		}
		to = i
		if from < 0 || old.TaskChannelSID != v.TaskChannelSID ||
			old.TaskQueueSID != v.TaskQueueSID || old.WorkflowSID != v.WorkflowSID {
			next = s.seatsOf(v)
		}
	}
	for i, was := range t.seats {
		is := next[i]
		if was == is && from == to && (is == nil || old.Priority == v.Priority) {
			continue
		}
		if was != nil {
			was.status[from]--
			was.countPriority(old.Priority, -1)
		}
		if is != nil {
			is.status[to]++
			is.countPriority(v.Priority, 1)
		}
	}
	had := t.seats
	t.seats = next
	s.age(t, had, old, v)
}

// age files a task that waits by its age wherever it did not stand with this age before, and
// has the places that it left forget it.
func (s *State) age(t *task, had seats, old, v *taskrouter.Task) {
	waited := old != nil && old.AssignmentStatus.Waiting()
	waits := v != nil && v.AssignmentStatus.Waiting()
	for i, is := range t.seats {
		if was := had[i]; was != nil && waited && (was != is || !waits) {
			was.created.left(was)
			if i == queueSeat {
				was.entered.left(was)
			}
		}
		if is == nil || !waits {
			continue
		}
		fresh := had[i] != is || !waited
		if fresh {
			is.created.add(is, v.DateCreated.UnixMilli(), t)
		}
		if i == queueSeat && (fresh || !old.TaskQueueEnteredDate.Equal(v.TaskQueueEnteredDate)) {
			is.entered.add(is, millis(v.TaskQueueEnteredDate), t)
		}
	}
}

func (t *tally) countPriority(p, by int) {
	if t.priorities[p] += by; t.priorities[p] == 0 {
		delete(t.priorities, p)
	}
}

func (s *State) seatsOf(v *taskrouter.Task) seats {
	next := seats{0: s.tally("", v.TaskChannelSID)}
	if s.queues[v.TaskQueueSID] != nil {
		next[1] = s.tally(string(v.TaskQueueSID), v.TaskChannelSID)
	}
	if s.workflows[v.WorkflowSID] != nil {
		next[2] = s.tally(string(v.WorkflowSID), v.TaskChannelSID)
	}
	return next
}

func (s *State) tally(owner string, channel taskrouter.TaskChannelSID) *tally {
	channels := s.tallies[owner]
	if channels == nil {
		channels = make(map[taskrouter.TaskChannelSID]*tally)
		s.tallies[owner] = channels
	}
	t := channels[channel]
	if t == nil {
		t = &tally{priorities: make(map[int]int), entered: ages{byEntry: true}}
		channels[channel] = t
	}
	return t
}
