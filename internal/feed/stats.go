package feed

import (
	"strconv"

	"taskrouter"
	"taskrouter/internal/wire"
)

// A tally counts the tasks of a queue, or of the workspace.
type tally struct {
	status [len(taskrouter.TaskStatuses)]int
	oldest *taskrouter.Task // in the queue, of those that wait
}

func (t *tally) add(task *taskrouter.Task) {
	for i, s := range taskrouter.TaskStatuses {
		if s == task.AssignmentStatus {
			t.status[i]++
		}
	}
	if task.AssignmentStatus.Waiting() &&
		(t.oldest == nil || task.DateCreated.Before(t.oldest.DateCreated)) {
		t.oldest = task
	}
}

// append writes the counts of statuses that are not final, and since when the oldest waits.
func (t *tally) append(dst []byte) []byte {
	dst = append(dst, `"tasks_by_status":{`...)
	some := false
	for i, s := range taskrouter.TaskStatuses {
		if s.Final() {
			continue
		}
		if some {
			dst = append(dst, ',')
		}
		some = true
		dst = wire.AppendString(dst, string(s))
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, int64(t.status[i]), 10)
	}
	dst = append(dst, `},"longest_waiting_task_sid":`...)
	if t.oldest == nil {
		return append(dst, `null,"longest_waiting_since":null`...)
	}
	dst = wire.AppendString(dst, string(t.oldest.SID))
	dst = append(dst, `,"longest_waiting_since":`...)
	return appendMoment(dst, t.oldest.DateCreated)
}

// appendStats counts what the picture shows. Times are told, not ages: an age would be wrong a
// second later. Spec: feed 1.3
func (p *picture) appendStats(dst []byte) []byte {
	all, byQueue := &tally{}, make(map[taskrouter.TaskQueueSID]*tally)
	for _, t := range p.tasks {
		all.add(t)
		if byQueue[t.TaskQueueSID] == nil {
			byQueue[t.TaskQueueSID] = &tally{}
		}
		byQueue[t.TaskQueueSID].add(t)
	}
	inActivity := make(map[taskrouter.ActivitySID]int)
	for _, w := range p.workers {
		inActivity[w.ActivitySID]++
	}
	dst = all.append(append(dst, '{'))
	dst = append(dst, `,"workers_by_activity":{`...)
	for i, a := range p.catalog.Activities() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, string(a.SID))
		dst = append(dst, ':')
		dst = strconv.AppendInt(dst, int64(inActivity[a.SID]), 10)
	}
	dst = append(dst, `},"queues":{`...)
	for i, q := range p.catalog.TaskQueues() {
		if i > 0 {
			dst = append(dst, ',')
		}
		dst = wire.AppendString(dst, string(q.SID))
		dst = append(dst, ":{"...)
		t := byQueue[q.SID]
		if t == nil {
			t = &tally{}
		}
		dst = append(t.append(dst), '}')
	}
	return append(dst, "}}"...)
}
