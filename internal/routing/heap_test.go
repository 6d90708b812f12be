package routing

import (
	"slices"
	"testing"

	"pgregory.net/rapid"
)

type item struct{ key, place int }

// TestHeap pushes and removes at random and holds the heap against a sorted list.
func TestHeap(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		h := heap[*item]{
			less:  func(a, b *item) bool { return a.key < b.key },
			place: func(x *item) *int { return &x.place },
		}
		var all []*item
		for _, n := range rapid.SliceOfN(rapid.IntRange(-20, 20), 1, 200).Draw(t, "steps") {
			if n < 0 && len(all) > 0 {
				at := -n % len(all)
				h.remove(all[at])
				if all[at].place != -1 {
					t.Fatalf("an item that left believes to be at %d", all[at].place)
				}
				all = slices.Delete(all, at, at+1)
			} else {
				x := &item{key: n, place: -1}
				h.push(x)
				all = append(all, x)
			}
			if h.len() != len(all) {
				t.Fatalf("len is %d, want %d", h.len(), len(all))
			}
			for _, x := range all {
				if h.items[x.place] != x {
					t.Fatalf("the item at %d believes to be elsewhere", x.place)
				}
			}
			if len(all) > 0 {
				least := slices.MinFunc(all, func(a, b *item) int { return a.key - b.key })
				if got := h.first().key; got != least.key {
					t.Fatalf("first is %d, want %d", got, least.key)
				}
			}
			// A walk that turns back at the first item that will do finds the least of these.
			least := 100
			h.walk(0, func(x *item) bool {
				if x.key < least && x.key%3 == 0 {
					least = x.key
				}
				return x.key < least
			})
			for _, x := range all {
				if x.key%3 == 0 && x.key < least {
					t.Fatalf("the walk found %d and not %d", least, x.key)
				}
			}
		}
	})
}
