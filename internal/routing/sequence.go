package routing

import (
	"cmp"
	"iter"
	"slices"
)

// A sequence holds things in the order of their keys. Keys of new things nearly always sort
// last, and things leave from anywhere: a slice with holes that is packed now and then.
type sequence[K cmp.Ordered, V any] struct {
	keys  []K
	items []*V // nil where one left
	holes int
}

func (q *sequence[K, V]) add(k K, v *V) {
	n := len(q.keys)
	if n == 0 || q.keys[n-1] < k {
		q.keys, q.items = append(q.keys, k), append(q.items, v)
		return
	}
	at, found := slices.BinarySearch(q.keys, k)
	if !found {
		q.keys = slices.Insert(q.keys, at, k)
		q.items = slices.Insert(q.items, at, v)
		return
	}
	if q.items[at] == nil {
		q.holes--
	}
	q.items[at] = v
}

func (q *sequence[K, V]) remove(k K) {
	at, found := slices.BinarySearch(q.keys, k)
	if !found || q.items[at] == nil {
		return
	}
	q.items[at] = nil
	if q.holes++; q.holes > 64 && q.holes > len(q.keys)/2 {
		q.pack()
	}
}

func (q *sequence[K, V]) pack() {
	n := 0
	for i, v := range q.items {
		if v != nil {
			q.keys[n], q.items[n] = q.keys[i], v
			n++
		}
	}
	clear(q.keys[n:])
	clear(q.items[n:])
	q.keys, q.items, q.holes = q.keys[:n], q.items[:n], 0
}

// last returns the last key; the zero K of an empty sequence.
func (q *sequence[K, V]) last() (k K) {
	for i := len(q.keys) - 1; i >= 0; i-- {
		if q.items[i] != nil {
			return q.keys[i]
		}
	}
	return k
}

// after yields what sorts strictly after k. The sequence must not change meanwhile.
func (q *sequence[K, V]) after(k K) iter.Seq[*V] {
	at, found := slices.BinarySearch(q.keys, k)
	if found {
		at++
	}
	return func(yield func(*V) bool) {
		for _, v := range q.items[at:] {
			if v != nil && !yield(v) {
				return
			}
		}
	}
}

// all yields everything in order.
func (q *sequence[K, V]) all() iter.Seq[*V] {
	return func(yield func(*V) bool) {
		for _, v := range q.items {
			if v != nil && !yield(v) {
				return
			}
		}
	}
}
