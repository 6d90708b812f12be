package engine

import (
	"fmt"
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// TestViewAt takes looks while commands come from all sides: what each look saw is exactly what
// the journal makes up to the position it was told.
func TestViewAt(t *testing.T) {
	b := newBench(t, Options{})
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for range 100 {
				b.createTask()
			}
		})
	}
	type look struct {
		at    store.Seq
		tasks []string
	}
	var looks []look
	for range 50 {
		var l look
		at, err := b.ViewAt(t.Context(), alice, b.ws, func(s *routing.State) {
			l.tasks = tasksOf(s)
		})
		if err != nil {
			t.Fatal(err)
		}
		l.at = at.Seq
		looks = append(looks, l)
	}
	callers.Wait()

	state, next := routing.New(taskrouter.NewSIDSource(1)), 0
	for part, err := range b.Read(t.Context(), b.ws, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range part.Changes {
			state.Apply(c)
		}
		for ; next < len(looks) && looks[next].at == part.Seq; next++ {
			if diff := cmp.Diff(tasksOf(state), looks[next].tasks); diff != "" {
				t.Fatalf("the look at %d (-journal +seen):\n%s", part.Seq, diff)
			}
		}
	}
	if next != len(looks) {
		t.Fatalf("%d of %d looks are at a position of the journal", next, len(looks))
	}
}

// TestViewAtBetween looks in the middle of a group: commands that came after the look are not in
// the record it is told.
func TestViewAtBetween(t *testing.T) {
	b, g := newGatedBench(t, Options{})
	release := g.hold()
	defer release()
	var wait sync.WaitGroup
	wait.Go(func() { b.createTask() })
	<-g.entered // everything from here on waits in memory
	wait.Go(func() { b.createTask() })
	eventually(t, "second task decided", func() bool { return b.Stats().Commands >= 4 })
	var seen []string
	var at store.Position
	looked := b.Stats().Views
	wait.Go(func() {
		var err error
		at, err = b.ViewAt(t.Context(), alice, b.ws,
			func(s *routing.State) { seen = tasksOf(s) })
		if err != nil {
			t.Error(err)
		}
	})
	eventually(t, "looked", func() bool { return b.Stats().Views > looked })
	wait.Go(func() { b.createTask() })
	release()
	wait.Wait()

	if len(seen) != 2 {
		t.Fatalf("the look saw %d tasks, want 2", len(seen))
	}
	state := routing.New(taskrouter.NewSIDSource(1))
	for part, err := range b.Read(t.Context(), b.ws, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range part.Changes {
			state.Apply(c)
		}
		if part.Seq == at.Seq {
			break
		}
	}
	if diff := cmp.Diff(seen, tasksOf(state)); diff != "" {
		t.Errorf("at %d (-seen +journal):\n%s", at.Seq, diff)
	}
}

// tasksOf names the tasks of a state with their versions.
func tasksOf(s *routing.State) []string {
	var list []string
	for v := range s.Tasks("") {
		list = append(list, fmt.Sprint(v.SID, v.Version))
	}
	return slices.Clip(list)
}
