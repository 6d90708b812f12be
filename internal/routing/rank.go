package routing

import (
	"slices"

	"taskrouter"
)

// Ranks hold all tasks that wait in one queue on one channel in the order in which they are
// served, so that the place of any is found at once. They cost something with each task that
// comes or goes, and so exist only while somebody asks for places far from the front.
type ranks struct {
	first  func(a, b *task) bool
	blocks [][]*task // in order, none of them empty
	unused int       // comings and goings since a place was asked for
}

const (
	// fullBlock is when a block of ranks is split.
	fullBlock = 512
	// nearPlaces is up to where a place is counted from the lines, without ranks.
	nearPlaces = 1000
	// unusedRanks is after how many comings and goings ranks are given up that nobody asks.
	unusedRanks = 20_000
)

// newRanks puts tasks into their order.
func newRanks(order taskrouter.QueueOrder, tasks []*task) *ranks {
	r := &ranks{first: servedFirst(order)}
	slices.SortFunc(tasks, func(a, b *task) int {
		if r.first(a, b) {
			return -1
		}
		return 1 // no two are equal, and none is compared with itself
	})
	for block := range slices.Chunk(tasks, fullBlock/2) {
		r.blocks = append(r.blocks, slices.Clone(block))
	}
	return r
}

// find returns where t is, or would be.
func (r *ranks) find(t *task) (block, at int) {
	order := func(a, b *task) int {
		switch {
		case a == b:
			return 0
		case r.first(a, b):
			return -1
		}
		return 1
	}
	block, found := slices.BinarySearchFunc(r.blocks, t, func(b []*task, t *task) int {
		return order(b[0], t)
	})
	if !found && block > 0 {
		block--
	}
	if block < len(r.blocks) {
		at, _ = slices.BinarySearchFunc(r.blocks[block], t, order)
	}
	return block, at
}

// place counts the tasks before t, and t.
func (r *ranks) place(t *task) int {
	block, at := r.find(t)
	for _, b := range r.blocks[:block] {
		at += len(b)
	}
	return at + 1
}

func (r *ranks) add(t *task) {
	r.unused++
	i, at := r.find(t)
	if i == len(r.blocks) {
		r.blocks = append(r.blocks, []*task{t})
		return
	}
	r.blocks[i] = slices.Insert(r.blocks[i], at, t)
	if b := r.blocks[i]; len(b) >= fullBlock {
		half := len(b) / 2
		r.blocks = slices.Insert(r.blocks, i+1, slices.Clone(b[half:]))
		clear(b[half:])
		r.blocks[i] = b[:half]
	}
}

func (r *ranks) remove(t *task) {
	r.unused++
	i, at := r.find(t)
	if i == len(r.blocks) || at == len(r.blocks[i]) || r.blocks[i][at] != t {
		return
	}
	r.blocks[i] = slices.Delete(r.blocks[i], at, at+1)
	if len(r.blocks[i]) == 0 {
		r.blocks = slices.Delete(r.blocks, i, i+1)
	}
}

// rank keeps the ranks of a task's queue and channel right, if there are any: change is what
// happens to them.
func (s *State) rank(t *task, change func(*ranks, *task)) {
	q := s.queues[t.now.TaskQueueSID]
	if q == nil || q.ranks == nil {
		return
	}
	channel := t.now.TaskChannelSID
	if r := q.ranks[channel]; r != nil {
		change(r, t)
		if r.unused > unusedRanks {
			delete(q.ranks, channel)
		}
	}
}
