package routing

import (
	"maps"
	"slices"
	"testing"

	"pgregory.net/rapid"
)

// len is how many things the sequence holds.
func (q *sequence[K, V]) len() int { return len(q.keys) - q.holes }

// TestSequence adds and removes at random and holds the sequence against a map.
func TestSequence(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		var q sequence[int, int]
		want := make(map[int]*int)
		next := 0
		for _, n := range rapid.SliceOfN(rapid.IntRange(-300, 30), 1, 400).Draw(t, "steps") {
			switch {
			case n < 0:
				k := -n
				q.remove(k)
				delete(want, k)
			case n < 25: // mostly in order
				next++
				want[next] = new(n)
				q.add(next, want[next])
			default: // a key from the past, perhaps one that is there
				k := n * 7 % (next + 1)
				want[k] = new(n)
				q.add(k, want[k])
			}
		}
		keys := slices.Sorted(maps.Keys(want))
		var ordered []*int
		for _, k := range keys {
			ordered = append(ordered, want[k])
		}
		if got := slices.Collect(q.all()); !slices.Equal(got, ordered) {
			t.Fatalf("all yields %d items, want %d, or in another order", len(got), len(ordered))
		}
		after := rapid.IntRange(-1, next+1).Draw(t, "after")
		at, found := slices.BinarySearch(keys, after)
		if found {
			at++
		}
		if got := slices.Collect(q.after(after)); !slices.Equal(got, ordered[at:]) {
			t.Fatalf("after %d: %d items, want %d", after, len(got), len(ordered)-at)
		}
		if q.len() != len(want) {
			t.Fatalf("len is %d, want %d", q.len(), len(want))
		}
	})
}

// TestSequencePacks lets nearly everything leave: the space is given back.
func TestSequencePacks(t *testing.T) {
	t.Parallel()
	var q sequence[int, int]
	for k := range 10_000 {
		q.add(k, new(k))
	}
	for k := range 9_990 {
		q.remove(k)
	}
	if q.len() != 10 || len(q.keys) > 200 {
		t.Errorf("%d items take %d places", q.len(), len(q.keys))
	}
}
