package routing

import (
	"slices"
	"strings"

	"github.com/tidwall/btree"

	"taskrouter"
	"taskrouter/expr"
)

// A shape is what tasks on the same step of a workflow, in the same queue and channel, have in
// common: which workers they ask, in which order. Tasks of a shape wait in lines.
type shape struct {
	target  *target
	queue   *queue
	channel taskrouter.TaskChannelSID
	anchor  *expr.Anchor // of the target's expression, if it has a useful one

	pooled *pool // of the queue's era
	era    int

	lines map[string]*line
	rows  map[expr.Bucket]*row  // of the lines in each bucket, with an anchor on a task's attribute
	row   *row                  // of all lines, without one
	order taskrouter.QueueOrder // of row
}

// A row holds lines in the order in which the tasks at their heads are served, so that a worker
// takes the first whose head it can take.
type row = btree.BTreeG[*line]

func newRow(order taskrouter.QueueOrder) *row {
	first := servedFirst(order)
	return btree.NewBTreeGOptions(func(a, b *line) bool {
		return first(a.tasks.first(), b.tasks.first())
	}, btree.Options{NoLocks: true, Degree: 16})
}

// A line holds tasks of one shape that are alike to every worker: they have the same values
// wherever the target's expression reads the task. So a worker who can't take the first of
// them can't take any, and nobody is blocked by a task that waits for somebody else.
type line struct {
	shape  *shape // nil: a personal line
	key    string
	row    *row        // nil: a personal line, or no worker can take what stands here
	bucket expr.Bucket // of the row, with an anchor on a task's attribute
	tasks  heap[*task]

	agent    agent // of a personal line: whom its tasks ask for
	personal personalKey
}

// A personalKey names one of the lines of tasks that ask for the same worker. What stands there is
// not alike: tasks come from all queues and steps.
type personalKey struct {
	channel taskrouter.TaskChannelSID
	order   taskrouter.QueueOrder
}

// shape returns the shape of tasks on a target in a queue and channel.
func (s *State) shape(g *target, q *queue, channel taskrouter.TaskChannelSID) *shape {
	key := shapeKey{q, channel}
	if sh := g.shapes[key]; sh != nil {
		return sh
	}
	sh := &shape{target: g, queue: q, channel: channel, lines: make(map[string]*line)}
	if g.program != nil {
		// An anchor that follows the task tells most; a constant one still narrows.
		for _, a := range g.program.Anchors() {
			if sh.anchor == nil || sh.anchor.TaskSlot < 0 && a.TaskSlot >= 0 {
				sh.anchor = &a
			}
		}
	}
	if sh.anchor != nil && sh.anchor.TaskSlot >= 0 {
		sh.rows = make(map[expr.Bucket]*row)
	}
	if g.shapes == nil {
		g.shapes = make(map[shapeKey]*shape)
	}
	g.shapes[key] = sh
	return sh
}

type shapeKey struct {
	queue   *queue
	channel taskrouter.TaskChannelSID
}

// pool is where the shape's tasks look for workers.
func (s *State) poolOf(sh *shape) *pool {
	if sh.pooled == nil || sh.era != sh.queue.era {
		channel := s.catalog.TaskChannel(sh.channel)
		sh.pooled = s.pool(sh.queue, channel, sh.target.order, sh.anchor)
		sh.era = sh.queue.era
	}
	return sh.pooled
}

// enqueue lets a task wait.
func (s *State) enqueue(t *task) {
	l := s.lineOf(t)
	if l == nil {
		return
	}
	t.line = l
	s.rank(t, (*ranks).add)
	l.change(l.tasks.len() == 0 || l.tasks.less(t, l.tasks.first()), func() { l.tasks.push(t) })
}

// dequeue takes a task out of its line.
func (s *State) dequeue(t *task) {
	l := t.line
	if l == nil {
		return
	}
	t.line = nil
	s.rank(t, (*ranks).remove)
	l.change(t == l.tasks.first(), func() { l.tasks.remove(t) })
	if l.tasks.len() > 0 {
		return
	}
	if l.shape != nil {
		l.shape.close(l)
		return
	}
	lines := s.personal[l.agent]
	if delete(lines, l.personal); len(lines) == 0 {
		delete(s.personal, l.agent)
	}
}

// change has a line change its tasks, and keeps its place in the row if it gets another head.
func (l *line) change(head bool, by func()) {
	if !head || l.row == nil {
		by()
		return
	}
	if l.tasks.len() > 0 {
		l.row.Delete(l)
	}
	by()
	if l.tasks.len() > 0 {
		l.row.Set(l)
	}
}

// lineOf returns the line a waiting task belongs to, or nil if it is in no queue and asks for
// nobody.
func (s *State) lineOf(t *task) *line {
	if a, ok := s.agentOf(t); ok {
		return s.personalLine(t, a)
	}
	q := s.queues[t.now.TaskQueueSID]
	if q == nil {
		return nil
	}
	sh := s.shape(s.targetOf(t.now), q, t.now.TaskChannelSID)
	return sh.lineFor(s.valuesOf(t))
}

// personalLine returns the line of those who ask for a worker, and opens it if need be. Those
// who ask for nobody have one too: they have a place in their queue, although nobody comes.
func (s *State) personalLine(t *task, a agent) *line {
	key := personalKey{t.now.TaskChannelSID, s.orderOf(t)}
	lines := s.personal[a]
	if l := lines[key]; l != nil {
		return l
	}
	if lines == nil {
		lines = make(map[personalKey]*line)
		s.personal[a] = lines
	}
	l := &line{agent: a, personal: key, tasks: newLineHeap(key.order)}
	lines[key] = l
	return l
}

// isWorkerTarget reports whether the task was routed directly to a worker.
func isWorkerTarget(t *taskrouter.Task) bool {
	return strings.HasPrefix(t.RoutingTarget, taskrouter.PrefixWorker)
}

// lineFor returns the line of tasks with these values, and opens it if need be.
func (sh *shape) lineFor(values []expr.Value) *line {
	var buf [64]byte
	key := buf[:0]
	for _, slot := range sh.target.taskSlots {
		if slot < len(values) {
			key = expr.AppendKey(key, values[slot])
		} else {
			key = expr.AppendKey(key, expr.Null())
		}
	}
	if l := sh.lines[string(key)]; l != nil {
		return l
	}
	l := &line{shape: sh, key: string(key), tasks: newLineHeap(sh.queue.now.TaskOrder)}
	if len(sh.lines) == 0 {
		sh.queue.waiting[sh.channel] = append(sh.queue.waiting[sh.channel], sh)
	}
	sh.lines[l.key] = l
	sh.file(l, values)
	return l
}

// file gives a line its row, which it joins with its first task.
func (sh *shape) file(l *line, values []expr.Value) {
	order := sh.queue.now.TaskOrder
	if sh.rows == nil {
		if sh.order != order {
			sh.row, sh.order = newRow(order), order
		}
		l.row = sh.row
		return
	}
	bucket, ok := sh.anchor.Key(values)
	if !ok {
		return
	}
	if sh.rows[bucket] == nil {
		sh.rows[bucket] = newRow(order)
	}
	l.bucket, l.row = bucket, sh.rows[bucket]
}

// close forgets a line that is empty.
func (sh *shape) close(l *line) {
	delete(sh.lines, l.key)
	if sh.rows != nil && l.row != nil && l.row.Len() == 0 {
		delete(sh.rows, l.bucket)
	}
	if len(sh.lines) > 0 {
		return
	}
	rest := slices.DeleteFunc(sh.queue.waiting[sh.channel],
		func(x *shape) bool { return x == sh })
	if len(rest) == 0 {
		delete(sh.queue.waiting, sh.channel)
	} else {
		sh.queue.waiting[sh.channel] = rest
	}
}

func newLineHeap(order taskrouter.QueueOrder) heap[*task] {
	return heap[*task]{
		less:  servedFirst(order),
		place: func(t *task) *int { return &t.place },
	}
}

// servedFirst is the order in which the tasks of a queue are served.
func servedFirst(order taskrouter.QueueOrder) func(a, b *task) bool {
	if order == taskrouter.LIFO {
		return lastIn
	}
	return firstIn
}

// firstIn and lastIn are the orders in which tasks are served. Spec: routing 4.1
func firstIn(a, b *task) bool {
	x, y := a.now, b.now
	if x.Priority != y.Priority {
		return x.Priority > y.Priority
	}
	return older(x, y)
}

func lastIn(a, b *task) bool {
	x, y := a.now, b.now
	if !x.VirtualStartTime.Equal(y.VirtualStartTime) {
		return x.VirtualStartTime.After(y.VirtualStartTime)
	}
	return x.SID > y.SID
}

func older(x, y *taskrouter.Task) bool {
	if !x.VirtualStartTime.Equal(y.VirtualStartTime) {
		return x.VirtualStartTime.Before(y.VirtualStartTime)
	}
	return x.SID < y.SID
}

// reorder puts the tasks of a queue into the order that it now asks for.
func (q *queue) reorder(s *State) {
	var waiting []*task
	for _, lines := range s.personal {
		for _, l := range lines {
			for _, t := range l.tasks.items {
				if t.now.TaskQueueSID == q.now.SID {
					waiting = append(waiting, t)
				}
			}
		}
	}
	for _, t := range waiting {
		s.dequeue(t)
	}
	for _, shapes := range q.waiting {
		for _, sh := range shapes {
			for _, l := range sh.lines {
				waiting = append(waiting, l.tasks.items...)
			}
			clear(sh.lines)
			clear(sh.rows)
		}
	}
	clear(q.waiting)
	q.ranks = nil
	for _, t := range waiting {
		s.enqueue(t)
	}
}

// served reports whether a worker who may take either of two tasks takes a.
func (s *State) served(a, b *task) bool {
	orderA, orderB := s.orderOf(a), s.orderOf(b)
	switch {
	case orderA != orderB:
		return orderA == s.catalog.Workspace.PrioritizeQueueOrder
	case orderA == taskrouter.LIFO:
		return lastIn(a, b)
	}
	return firstIn(a, b)
}

// orderOf is the order of the queue that a task is in; FIFO for a task that is in none.
func (s *State) orderOf(t *task) taskrouter.QueueOrder {
	if q := s.queues[t.now.TaskQueueSID]; q != nil && q.now.TaskOrder == taskrouter.LIFO {
		return taskrouter.LIFO
	}
	return taskrouter.FIFO
}

// next returns the task that a worker who is free on a channel takes, or nil. It looks at the
// heads of lines only, in the order in which they are served, up to the first that it can take;
// and in the lines of tasks that ask for it in person, at those that are served before that one.
func (s *State) next(w *worker, channel taskrouter.TaskChannelSID) *task {
	var best *task
	consider := func(t *task) bool {
		if best != nil && !s.served(t, best) {
			return false
		}
		if s.refusal(t, w) != none {
			return true
		}
		best = t
		return false
	}
	head := func(l *line) bool { return consider(l.tasks.first()) }
	for _, q := range w.queues {
		for _, sh := range q.waiting[channel] {
			if sh.rows == nil {
				sh.row.Scan(head)
				continue
			}
			for _, key := range sh.anchor.AppendBuckets(nil, w.values) {
				if row := sh.rows[key]; row != nil {
					row.Scan(head)
				}
			}
		}
	}
	if len(s.personal) > 0 {
		for _, a := range [...]agent{{text: string(w.now.SID)}, {text: w.name, byName: true}} {
			for _, order := range [...]taskrouter.QueueOrder{taskrouter.FIFO, taskrouter.LIFO} {
				if l := s.personal[a][personalKey{channel, order}]; l != nil {
					l.tasks.walk(0, consider)
				}
			}
		}
	}
	return best
}
