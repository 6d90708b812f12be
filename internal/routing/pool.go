package routing

import (
	"cmp"
	"iter"
	"strings"

	"github.com/tidwall/btree"

	"taskrouter"
	"taskrouter/expr"
)

// A pool holds the workers of a queue who are free on one channel, in the order in which they
// are asked. A queue has a pool for each channel and order that tasks asked for. With an
// anchor, workers are filed by the value of one attribute besides, so that a task which wants
// worker.team == task.team looks only at that team.
type pool struct {
	queue   *queue
	channel taskrouter.TaskChannelSID
	ownIdle bool // idle time is measured on this channel alone
	order   *expr.Ordering
	anchor  *expr.Anchor

	all     *btree.BTreeG[*worker]                 // without an anchor
	buckets map[expr.Bucket]*btree.BTreeG[*worker] // with one
	keys    []expr.Bucket                          // scratch
}

// pool returns the queue's pool for a channel, an order (nil: longest idle first) and an
// anchor (nil: none), and builds it if nobody asked for it before.
func (s *State) pool(
	q *queue, channel *taskrouter.TaskChannel, order *expr.Ordering, anchor *expr.Anchor,
) *pool {
	for _, p := range q.pools {
		if p.channel == channel.SID && sameOrder(p.order, order) && sameFile(p.anchor, anchor) {
			return p
		}
	}
	p := &pool{
		queue:   q,
		channel: channel.SID,
		ownIdle: channel.ChannelOptimizedRouting,
		order:   order,
		anchor:  anchor,
	}
	if anchor == nil {
		p.all = p.tree()
	} else {
		p.buckets = make(map[expr.Bucket]*btree.BTreeG[*worker])
	}
	for w := range q.members {
		if s.free(w, p.channel) {
			p.add(w)
		}
	}
	q.pools = append(q.pools, p)
	return p
}

func sameOrder(a, b *expr.Ordering) bool {
	return a == b || a != nil && b != nil && a.String() == b.String()
}

// sameFile reports whether workers are filed alike; what is looked up there may differ.
func sameFile(a, b *expr.Anchor) bool {
	if a == nil || b == nil {
		return a == b
	}
	return a.WorkerSlot == b.WorkerSlot && a.Has == b.Has
}

func (p *pool) tree() *btree.BTreeG[*worker] {
	return btree.NewBTreeGOptions(p.before, btree.Options{NoLocks: true, Degree: 16})
}

// before is the order in which workers are asked. Spec: routing 4.2
func (p *pool) before(a, b *worker) bool {
	if p.order != nil {
		if c := p.order.Compare(a.values, b.values); c != 0 {
			return c < 0
		}
	}
	idleA := millis(idleSince(a.now, p.channel, p.ownIdle))
	idleB := millis(idleSince(b.now, p.channel, p.ownIdle))
	if c := cmp.Compare(idleA, idleB); c != 0 {
		return c < 0
	}
	return strings.Compare(string(a.now.SID), string(b.now.SID)) < 0
}

func (p *pool) add(w *worker) {
	if p.anchor == nil {
		p.all.Set(w)
		return
	}
	p.keys = p.anchor.AppendBuckets(p.keys[:0], w.values)
	for _, key := range p.keys {
		tree := p.buckets[key]
		if tree == nil {
			tree = p.tree()
			p.buckets[key] = tree
		}
		tree.Set(w)
	}
}

func (p *pool) drop(w *worker) {
	if p.anchor == nil {
		p.all.Delete(w)
		return
	}
	p.keys = p.anchor.AppendBuckets(p.keys[:0], w.values)
	for _, key := range p.keys {
		if tree := p.buckets[key]; tree != nil {
			if tree.Delete(w); tree.Len() == 0 {
				delete(p.buckets, key)
			}
		}
	}
}

// candidates returns how many workers a task with these values may have to be held against,
// and the workers in order.
func (p *pool) candidates(anchor *expr.Anchor, task []expr.Value) (int, iter.Seq[*worker]) {
	tree := p.all
	if anchor != nil {
		if key, ok := anchor.Key(task); ok {
			tree = p.buckets[key]
		}
	}
	if tree == nil {
		return 0, func(func(*worker) bool) {}
	}
	return tree.Len(), tree.Scan
}

// unseat takes a worker out of every pool, seat puts it into those where it is free. Between
// the two its version, values and queues may change.
func (s *State) unseat(w *worker) {
	for _, q := range w.queues {
		for _, p := range q.pools {
			if s.free(w, p.channel) {
				p.drop(w)
			}
		}
	}
}

func (s *State) seat(w *worker) {
	for _, q := range w.queues {
		for _, p := range q.pools {
			if s.free(w, p.channel) {
				p.add(w)
			}
		}
	}
}

// rebuildPools forgets all pools; each is built anew when it is asked for.
func (s *State) rebuildPools() {
	for _, q := range s.queues {
		q.forgetPools()
	}
}
