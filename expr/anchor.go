package expr

import "slices"

// Bucket is a map key under which values that may be equal meet. The zero Bucket is nobody's.
type Bucket struct {
	kind uint64
	bits uint64
	text string
}

// BucketKey returns the bucket of a value: if [Equal] holds for two values, both have a bucket
// and it is the same. The opposite does not hold: "6" and "6.0" share the bucket of 6. NULL has a
// bucket of its own. Arrays and objects, which equal nothing, have none, and ok is false.
func BucketKey(v Value) (key Bucket, ok bool) {
	switch {
	case v.meta&numericBit != 0:
		return Bucket{kind: 1, bits: v.bits}, true
	case v.meta&booleanBit != 0:
		return Bucket{kind: 2, bits: v.bits}, true
	case v.Kind() == StringKind:
		return Bucket{kind: 3, text: v.text()}, true
	case v.IsNull():
		return Bucket{kind: 4}, true
	}
	return Bucket{}, false
}

// Anchor is a condition that every match must meet and an index can answer: the worker's value
// at WorkerSlot equals a known value, or is an array that has it. The known value is that of the
// task at TaskSlot or, where that is -1, the constant Const.
//
// The promise: if the program matches, [Anchor.Key] of the task gives a bucket, and that bucket
// is among the [Anchor.AppendBuckets] of the worker. So the workers filed under the key are all
// that have to be asked. For equality this includes NULL: worker.team == task.team matches where
// both are missing, and both have the bucket of NULL.
type Anchor struct {
	WorkerSlot int
	Has        bool // the worker's value is an array that has the known value
	TaskSlot   int  // of the known value; -1 if it is Const
	Const      Value
}

// Key returns the bucket in which to look for workers. ok is false if no worker can match.
func (a Anchor) Key(task []Value) (key Bucket, ok bool) {
	known := a.Const
	if a.TaskSlot >= 0 {
		known = at(task, a.TaskSlot)
	}
	if a.Has && known.IsNull() {
		return Bucket{}, false
	}
	return BucketKey(known)
}

// AppendBuckets appends the distinct buckets under which a worker with these values is filed.
func (a Anchor) AppendBuckets(dst []Bucket, worker []Value) []Bucket {
	v := at(worker, a.WorkerSlot)
	if !a.Has {
		if key, ok := BucketKey(v); ok {
			dst = append(dst, key)
		}
		return dst
	}
	before := len(dst)
	for _, e := range v.Elems() {
		key, ok := BucketKey(e)
		if ok && !e.IsNull() && !slices.Contains(dst[before:], key) {
			dst = append(dst, key)
		}
	}
	return dst
}

// Anchors returns the anchors of a target or worker expression, in the order of the text. They
// come from the conditions that are joined by AND at the top: worker.P == X, worker.P HAS X and
// X IN worker.P, in both directions, with X a constant or a reference to the task. Any one of
// them is enough to find the workers, and none means that all of them have to be asked.
func (p *Program) Anchors() []Anchor {
	conds := []condition{p.expr.root}
	if g, ok := p.expr.root.(*group); ok {
		if g.any {
			return nil
		}
		conds = g.conds
	}
	var anchors []Anchor
	for _, cond := range conds {
		c, ok := cond.(*comparison)
		if !ok {
			continue
		}
		a, ok := p.anchor(c)
		if ok && !slices.ContainsFunc(anchors, a.is) {
			anchors = append(anchors, a)
		}
	}
	return anchors
}

func (a Anchor) is(b Anchor) bool {
	return a.WorkerSlot == b.WorkerSlot && a.Has == b.Has && a.TaskSlot == b.TaskSlot &&
		a.Const.Is(b.Const)
}

func (p *Program) anchor(c *comparison) (Anchor, bool) {
	switch c.op {
	case opEQ:
		if a, ok := p.anchorOf(c.left, c.right); ok {
			return a, true
		}
		return p.anchorOf(c.right, c.left)
	case opHas:
		a, ok := p.anchorOf(c.left, c.right)
		a.Has = true
		return a, ok
	case opIn:
		a, ok := p.anchorOf(c.right, c.left)
		a.Has = true
		return a, ok
	}
	return Anchor{}, false
}

func (p *Program) anchorOf(worker, known operand) (Anchor, bool) {
	w, ok := p.slot(worker)
	if !ok || w.task {
		return Anchor{}, false
	}
	a := Anchor{WorkerSlot: w.index, TaskSlot: -1}
	if known.form == constant {
		a.Const = known.value
		return a, !known.isArray()
	}
	t, ok := p.slot(known)
	a.TaskSlot = t.index
	return a, ok && t.task
}
