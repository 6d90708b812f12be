package engine

import (
	"slices"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
)

// everything returns all entities of the workspace.
func (b *bench) everything() (list []taskrouter.Entity) {
	b.t.Helper()
	err := b.View(b.t.Context(), alice, b.ws, func(s *routing.State) {
		list = slices.Collect(s.Entities())
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return list
}

// work has some of everything happen.
func (b *bench) work() {
	b.t.Helper()
	capacity := 100
	b.must(b.ws, routing.UpdateWorkerChannel{
		Worker: b.worker, Channel: "default", Capacity: &capacity,
	})
	for i := range 30 {
		created := b.must(b.ws, b.newTask())
		task := created.Entity.(*taskrouter.Task).SID
		var offer taskrouter.ReservationSID
		for _, e := range created.Change.Puts {
			if r, ok := e.(*taskrouter.Reservation); ok {
				offer = r.SID
			}
		}
		if i%3 > 0 {
			b.must(b.ws, routing.UpdateReservation{
				SID: offer, Task: task, Status: taskrouter.ReservationAccepted,
			})
		}
		if i%3 > 1 {
			b.must(b.ws, routing.UpdateTask{SID: task, AssignmentStatus: taskrouter.TaskCompleted})
		}
		if i%10 == 9 {
			b.must(b.ws, routing.DeleteTask{SID: task})
		}
	}
}

// Whatever way memory is rebuilt, it is the memory that was.
func TestRecoveredStateIsTheSame(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name      string
		o         Options
		snapshots bool
		next      func(*bench, Options) *bench
	}{
		{"journal alone", Options{}, false, (*bench).crash},
		{"snapshot and journal", Options{SnapshotEvery: 20}, true, (*bench).crash},
		{"clean stop", Options{SnapshotEvery: 20}, true, (*bench).reopen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.o)
			b.work()
			if tt.snapshots {
				eventually(t, "a snapshot is taken", func() bool { return b.Stats().Snapshots > 0 })
			} else if n := b.Stats().Snapshots; n > 0 {
				t.Errorf("%d snapshots were taken; want none", n)
			}
			want := b.everything()
			after := tt.next(b, tt.o)
			if diff := cmp.Diff(want, after.everything()); diff != "" {
				t.Errorf("the state differs (-before +after):\n%s", diff)
			}
			after.work()
		})
	}
}

func TestFirstUsesShareALoad(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	b = b.reopen(Options{})
	var callers sync.WaitGroup
	for range 32 {
		callers.Go(func() { b.createTask() })
	}
	callers.Wait()
	if s := b.Stats(); s.Loads != 1 || b.tasks() != 32 {
		t.Errorf("%d loads, %d tasks; want 1 and 32", s.Loads, b.tasks())
	}
}

func TestCreateWithSID(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	c := routing.CreateWorkspace{
		SID:          "WS00000000000000000000000000000007",
		Account:      otherAccount,
		FriendlyName: "Seeded",
	}
	system := Principal{System: true}
	r, err := b.Create(t.Context(), system, c)
	if err != nil {
		t.Fatal(err)
	}
	if w := r.Entity.(*taskrouter.Workspace); w.SID != c.SID || w.AccountSID != otherAccount {
		t.Errorf("created %s of %s; want %s of %s", w.SID, w.AccountSID, c.SID, c.Account)
	}
	if _, err := b.Create(t.Context(), system, c); taskrouter.KindOf(err) != taskrouter.Invalid {
		t.Errorf("a second time: %v; want Invalid", err)
	}
	r, err = b.Create(t.Context(), alice, c) // who may choose neither
	if err != nil || r.Entity.(*taskrouter.Workspace).AccountSID != testAccount {
		t.Errorf("as alice: %+v, %v; want a workspace of hers", r.Entity, err)
	}
}
