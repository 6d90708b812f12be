package engine

import (
	"runtime"
	"sync/atomic"
	"testing"

	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// TestViewsAreAnsweredAfterPublications looks at a workspace right after changing it. Whoever
// begins to listen after a look, as a page does that opens a socket, must not be told of what
// the look has shown.
func TestViewsAreAnsweredAfterPublications(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	var told atomic.Uint64
	cancel := b.Subscribe("test", func(p Publication) {
		for range 100 { // whoever has been answered already, goes on
			runtime.Gosched()
		}
		told.Store(uint64(p.Position.Seq))
	})
	defer cancel()
	late := 0
	for range 300 {
		changed := b.must(b.ws, b.newTask())
		err := b.View(t.Context(), alice, b.ws, func(*routing.State) {})
		if err != nil {
			t.Fatal(err)
		}
		if store.Seq(told.Load()) < changed.Position.Seq {
			late++
		}
	}
	if late > 0 {
		t.Errorf("%d of 300 looks were answered before what they showed was published", late)
	}
}
