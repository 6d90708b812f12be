package api

import (
	"crypto/sha256"
	"encoding/hex"
	"iter"
	"maps"
	"net/http"
	"slices"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// chunk is how many things one look at a workspace goes through, at most: the workspace does
// nothing else meanwhile.
const chunk = 2000

// A listing says what a list holds.
type listing[T any] struct {
	key    string // meta.key
	prefix string // of the SIDs of its items
	sid    func(T) string
	order  []term[T] // besides creation; empty = by creation
	// each yields all items of the workspace in order of creation, those after the SID; it is
	// nil if what holds them does not exist.
	each func(s *routing.State, after string) iter.Seq[T]
	// among returns a filter that needs the workspace itself and runs inside its loop, for one
	// look; keep returns one that does with the names of a catalog and runs outside. Nil keeps
	// every item.
	among func(s *routing.State) func(T) bool
	keep  func(c *routing.Catalog) func(T) bool
	write func(e *wire.Encoder, dst []byte, item T) []byte
}

// list answers with the page of the list that the request asks for. The workspace is looked at
// in short steps, which only collect versions; they are filtered, ordered and written outside
// of its loop. A list longer than one step is therefore no picture of one moment: things made
// or changed while it is read may be in it or not. Spec: rest-api 3
func list[T any](c *call, l listing[T]) error {
	found, err := pageOf(c, &l)
	if err != nil {
		return err
	}
	e := c.encoder(found.catalog)
	return c.sendList(wire.AppendList(c.out, found.meta, found.items,
		func(dst []byte, item T) []byte { return l.write(e, dst, item) }))
}

// A foundPage is a page of a list with what describes it.
type foundPage[T any] struct {
	items   []T
	meta    wire.Meta
	catalog *routing.Catalog
}

// pageOf finds the page of the list that the request asks for.
func pageOf[T any](c *call, l *listing[T]) (found foundPage[T], err error) {
	if c.form.err != nil {
		return found, c.form.err
	}
	p, err := c.page(l.prefix, len(l.order))
	if err != nil {
		return found, err
	}
	w := &window[T]{listing: l, page: p}
	found.catalog, err = scan(c, l, w.start(), p.size+1, w.take)
	if err != nil {
		return found, err
	}
	items, more := w.items()
	var first, last *place
	if len(items) > 0 {
		a, b := l.place(items[0]), l.place(items[len(items)-1])
		first, last = &a, &b
	}
	found.items = items
	found.meta = c.meta(l.key, p, first, last, more, len(l.order))
	return found, nil
}

// sendList answers with a page, whose ETag is a hash of it. Spec: rest-api 4
func (c *call) sendList(body []byte) error {
	sum := sha256.Sum256(body)
	c.w.Header()["Etag"] = []string{`"` + hex.EncodeToString(sum[:16]) + `"`}
	return c.answer(http.StatusOK, body)
}

func (l *listing[T]) place(item T) place {
	at := place{sid: l.sid(item)}
	for i, t := range l.order {
		at.keys[i] = t.key(item)
	}
	return at
}

// scan hands the items of the list after the SID to take until it wants no more, and returns
// the catalog of the last look. The first look is a small one, since most pages need no more.
func scan[T any](
	c *call, l *listing[T], after string, first int, take func(T) bool,
) (*routing.Catalog, error) {
	var keep func(T) bool
	var found []T
	for step := first; ; step = min(step*4, chunk) {
		var catalog *routing.Catalog
		missing, done := false, true
		found = found[:0]
		err := c.view(func(s *routing.State) {
			catalog = s.Catalog()
			items := l.each(s, after)
			if items == nil {
				missing = true
				return
			}
			var among func(T) bool
			if l.among != nil {
				among = l.among(s)
			}
			seen := 0
			for item := range items {
				if seen == step {
					done = false
					return
				}
				seen++
				after = l.sid(item)
				if among == nil || among(item) {
					found = append(found, item)
				}
			}
		})
		if missing {
			err = taskrouter.NotFound.Errorf("no such list")
		}
		if err != nil {
			return nil, err
		}
		if l.keep != nil && keep == nil {
			keep = l.keep(catalog)
		}
		for _, item := range found {
			if (keep == nil || keep(item)) && !take(item) {
				return catalog, nil
			}
		}
		if done {
			return catalog, nil
		}
	}
}

// A window keeps the items of one page, out of all that are handed to it, and one more, to know
// whether there is another page.
type window[T any] struct {
	*listing[T]
	page
	held []placed[T]
	full bool // held is sorted and has the size of the window; its last is the worst
}

type placed[T any] struct {
	at   place
	item T
}

// start is the SID after which the first item of the page can be.
func (w *window[T]) start() string {
	if w.token != nil && !w.backward && len(w.order) == 0 {
		return w.token.sid
	}
	return ""
}

// take keeps an item if the page wants it, and reports whether it wants to see others. Items
// come in order of creation.
func (w *window[T]) take(item T) bool {
	at := w.place(item)
	if w.token != nil {
		side := comparePlaces(w.order, at, *w.token)
		if w.backward {
			side = -side
		}
		if side <= 0 {
			return len(w.order) > 0 || !w.backward // no earlier item will come
		}
	}
	if len(w.order) == 0 && !w.backward {
		w.held = append(w.held, placed[T]{at, item})
		return len(w.held) <= w.size
	}
	if w.full && w.compare(at, w.held[w.size].at) > 0 {
		return true
	}
	w.held = append(w.held, placed[T]{at, item})
	if len(w.held) >= 2*(w.size+1) {
		w.trim()
	}
	return true
}

// compare orders places as the page is filled: nearest to its start first.
func (w *window[T]) compare(a, b place) int {
	if w.backward {
		return comparePlaces(w.order, b, a)
	}
	return comparePlaces(w.order, a, b)
}

// trim keeps the best of what is held, sorted. It runs once per page-full of items, so keeping
// the best few of many costs little more than looking at them.
func (w *window[T]) trim() {
	slices.SortFunc(w.held, func(a, b placed[T]) int { return w.compare(a.at, b.at) })
	if len(w.held) > w.size {
		clear(w.held[w.size+1:])
		w.held, w.full = w.held[:w.size+1], true
	}
}

// items returns the page in the order of the list, and whether there is more beyond it.
func (w *window[T]) items() (items []T, more bool) {
	if len(w.order) > 0 || w.backward {
		w.trim()
	}
	held := w.held
	if more = len(held) > w.size; more {
		held = held[:w.size]
	}
	items = make([]T, len(held))
	for i, h := range held {
		items[i] = h.item
	}
	if w.backward {
		slices.Reverse(items)
	}
	return items, more
}

// after yields those of a list in order of creation that come after the SID.
func after[T any](list []T, sid func(T) string, last string) iter.Seq[T] {
	at, found := slices.BinarySearchFunc(list, last, func(item T, last string) int {
		switch s := sid(item); {
		case s < last:
			return -1
		case s > last:
			return 1
		}
		return 0
	})
	if found {
		at++
	}
	return slices.Values(list[at:])
}

// entitySID is the SID of an entity, for lists of them.
func entitySID[E taskrouter.Entity](e E) string { return e.EntitySID() }

func sortedNames[V any](m map[string]V) []string { return slices.Sorted(maps.Keys(m)) }
