package routing

import (
	"cmp"
	"iter"
	"slices"

	"taskrouter"
)

// Position is the place of a waiting task among those that wait in the same queue on the same
// channel, in the order in which they are served: 1 is the next. It is 0 for a task that does
// not wait, or may not be offered yet. Tasks before it may wait for other workers, so it is
// no promise that they all go first.
//
// A place near the front is counted. The first question about one further back sorts all that
// wait; others are then answered at once.
func (s *State) Position(sid taskrouter.TaskSID) int {
	t := s.tasks[sid]
	if t == nil || t.line == nil {
		return 0
	}
	queue, channel := t.now.TaskQueueSID, t.now.TaskChannelSID
	q := s.queues[queue]
	if q == nil {
		return 0
	}
	r := q.ranks[channel]
	if r == nil {
		if place := s.countPlace(t, q, nearPlaces); place <= nearPlaces {
			return place
		}
		if q.ranks == nil {
			q.ranks = make(map[taskrouter.TaskChannelSID]*ranks)
		}
		r = newRanks(q.now.TaskOrder, slices.Collect(s.waitingIn(q, channel)))
		q.ranks[channel] = r
	}
	r.unused = 0
	return r.place(t)
}

// countPlace counts the tasks before t, and t, up to a little more than most.
func (s *State) countPlace(t *task, q *queue, most int) int {
	first := servedFirst(q.now.TaskOrder)
	place := 1
	for _, sh := range q.waiting[t.now.TaskChannelSID] {
		for _, l := range sh.lines {
			if place > most {
				return place
			}
			place += countBefore(l.tasks.items, 0, t, first, most)
		}
	}
	for x := range s.personalIn(q, t.now.TaskChannelSID) {
		if first(x, t) {
			place++
		}
	}
	return place
}

// countBefore counts the tasks of a heap, from the one at i down, that are served before t, up to
// a little more than most. Below one that is not, there is none.
func countBefore(
	items []*task, i int, t *task, first func(a, b *task) bool, most int,
) (count int) {
	for ; i < len(items) && first(items[i], t) && count <= most; i = 2*i + 2 {
		count += 1 + countBefore(items, 2*i+1, t, first, most-count-1)
	}
	return count
}

// waitingIn yields the tasks that wait in a queue on a channel, in no order.
func (s *State) waitingIn(q *queue, channel taskrouter.TaskChannelSID) iter.Seq[*task] {
	return func(yield func(*task) bool) {
		for _, sh := range q.waiting[channel] {
			for _, l := range sh.lines {
				for _, t := range l.tasks.items {
					if !yield(t) {
						return
					}
				}
			}
		}
		for t := range s.personalIn(q, channel) {
			if !yield(t) {
				return
			}
		}
	}
}

// personalIn yields those of a queue's tasks that wait for one worker by name.
func (s *State) personalIn(q *queue, channel taskrouter.TaskChannelSID) iter.Seq[*task] {
	return func(yield func(*task) bool) {
		for _, lines := range s.personal {
			for _, order := range [...]taskrouter.QueueOrder{taskrouter.FIFO, taskrouter.LIFO} {
				l := lines[personalKey{channel, order}]
				if l == nil {
					continue
				}
				for _, t := range l.tasks.items {
					if t.now.TaskQueueSID == q.now.SID && !yield(t) {
						return
					}
				}
			}
		}
	}
}

// StepName is the name of the filter that a task has matched, empty if it has none.
func (s *State) StepName(t *taskrouter.Task) string {
	w := s.workflows[t.WorkflowSID]
	if w == nil {
		return ""
	}
	c := w.configs[t.Step.Configuration]
	if c == nil || t.Step.Filter < 0 || t.Step.Filter >= len(c.filters) {
		return ""
	}
	return c.filters[t.Step.Filter].name
}

// Positions returns what [State.Position] says of each of tasks: all tasks of a workspace at one
// moment, in order of creation, with the catalog of that moment. It takes one pass, and needs
// no state.
func Positions(c *Catalog, tasks []*taskrouter.Task) []int {
	type room struct {
		queue   taskrouter.TaskQueueSID
		channel taskrouter.TaskChannelSID
	}
	type waiting struct {
		priority int
		start    int64
		at       int // in tasks
	}
	rooms := make(map[room][]waiting)
	for i, t := range tasks {
		if waits(c, t) {
			key := room{t.TaskQueueSID, t.TaskChannelSID}
			rooms[key] = append(rooms[key],
				waiting{t.Priority, t.VirtualStartTime.UnixMilli(), i})
		}
	}
	places := make([]int, len(tasks))
	for key, list := range rooms {
		lifo := c.TaskQueue(key.queue).TaskOrder == taskrouter.LIFO
		slices.SortFunc(list, func(a, b waiting) int {
			if lifo {
				return cmp.Or(cmp.Compare(b.start, a.start), cmp.Compare(b.at, a.at))
			}
			return cmp.Or(cmp.Compare(b.priority, a.priority), cmp.Compare(a.start, b.start),
				cmp.Compare(a.at, b.at))
		})
		for i, w := range list {
			places[w.at] = i + 1
		}
	}
	return places
}

// waits reports whether a version is that of a task which stands in a line of its queue.
func waits(c *Catalog, t *taskrouter.Task) bool {
	return t.AssignmentStatus == taskrouter.TaskPending && t.NotBefore.IsZero() &&
		c.TaskQueue(t.TaskQueueSID) != nil
}
