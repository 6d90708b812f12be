package routing

// A heap keeps items so that the first one is at hand and any one can leave. Items carry their
// own place in it, so leaving needs no search; an item is in at most one heap at a time.
type heap[T any] struct {
	items []T
	less  func(a, b T) bool
	place func(T) *int // where an item keeps its place; -1 = in no heap
}

func (h *heap[T]) len() int { return len(h.items) }

// first returns the item before all others; the heap must not be empty.
func (h *heap[T]) first() T { return h.items[0] }

func (h *heap[T]) push(x T) {
	*h.place(x) = len(h.items)
	h.items = append(h.items, x)
	h.up(len(h.items) - 1)
}

// remove takes x out; it must be in this heap.
func (h *heap[T]) remove(x T) {
	i, last := *h.place(x), len(h.items)-1
	if i != last {
		h.swap(i, last)
	}
	*h.place(x) = -1
	var zero T
	h.items[last] = zero
	h.items = h.items[:last]
	if i != last && !h.down(i) {
		h.up(i)
	}
}

// walk visits the item at i and those below it, each before what comes after it. It leaves out
// what is below an item for which visit returns false.
func (h *heap[T]) walk(i int, visit func(T) bool) {
	if i < len(h.items) && visit(h.items[i]) {
		h.walk(2*i+1, visit)
		h.walk(2*i+2, visit)
	}
}

func (h *heap[T]) swap(i, j int) {
	h.items[i], h.items[j] = h.items[j], h.items[i]
	*h.place(h.items[i]) = i
	*h.place(h.items[j]) = j
}

func (h *heap[T]) up(i int) {
	for i > 0 {
		parent := (i - 1) / 2
		if !h.less(h.items[i], h.items[parent]) {
			return
		}
		h.swap(i, parent)
		i = parent
	}
}

// down reports whether the item at i moved.
func (h *heap[T]) down(i int) bool {
	start := i
	for {
		child := 2*i + 1
		if child >= len(h.items) {
			break
		}
		if right := child + 1; right < len(h.items) && h.less(h.items[right], h.items[child]) {
			child = right
		}
		if !h.less(h.items[child], h.items[i]) {
			break
		}
		h.swap(i, child)
		i = child
	}
	return i > start
}
