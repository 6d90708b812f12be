package engine

import (
	"fmt"
	"sync"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// once submits a command with an id.
func (b *bench) once(id taskrouter.CommandID, do routing.Command) (Result, error) {
	return b.Submit(b.t.Context(), Command{ID: id, Workspace: b.ws, From: alice, Do: do})
}

func TestRepeatGetsTheFirstAnswer(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	first, err := b.once("a", b.newTask())
	if err != nil || first.Repeated {
		t.Fatalf("first: %+v, %v", first, err)
	}
	second, err := b.once("a", b.newTask())
	if err != nil || !second.Repeated || second.Entity.EntitySID() != first.Entity.EntitySID() {
		t.Errorf("repeat: %+v, %v; want task %s", second, err, first.Entity.EntitySID())
	}
	if got := second.Entity.(*taskrouter.Task); got.AssignmentStatus != taskrouter.TaskReserved {
		t.Errorf("repeat answers with a %s task; want the current version, reserved", got.AssignmentStatus)
	}
	if n := b.tasks(); n != 1 {
		t.Errorf("%d tasks; want 1", n)
	}
	task := first.Entity.(*taskrouter.Task).SID
	if _, err := b.once("a", routing.DeleteTask{SID: task}); taskrouter.KindOf(err) != taskrouter.Invalid {
		t.Errorf("same id, other command: %v; want Invalid", err)
	}
	// What failed changed nothing, so it may be tried again.
	bad := routing.DeleteTask{SID: "WT00000000000000000000000000000000"}
	if _, err := b.once("b", bad); err == nil {
		t.Error("deleting a task that is not there succeeded")
	}
	if again, err := b.once("b", routing.DeleteTask{SID: task}); err != nil || again.Repeated {
		t.Errorf("after a failure: %+v, %v; want the command carried out", again, err)
	}
	// The first answer outlives what it was about.
	third, err := b.once("a", b.newTask())
	if err != nil || !third.Repeated || third.Entity.EntitySID() != string(task) {
		t.Errorf("repeat after deletion: %+v, %v; want the version remembered", third, err)
	}
	// A command that changed nothing is remembered as well.
	name := "Support"
	for _, repeated := range []bool{false, true} {
		r, err := b.once("c", routing.UpdateWorkspace{FriendlyName: &name})
		if err != nil || r.Repeated != repeated {
			t.Errorf("update: %+v, %v; want Repeated %v", r, err, repeated)
		}
	}
}

func TestRepeatsAtTheSameTime(t *testing.T) {
	t.Parallel()
	b, g := newGatedBench(t, Options{})
	release := g.hold()
	var callers sync.WaitGroup
	results := make(chan Result, 8)
	for range cap(results) {
		callers.Go(func() {
			r, err := b.once("a", b.newTask())
			if err != nil {
				t.Error(err)
			}
			results <- r
		})
	}
	before := b.Stats()
	<-g.entered
	eventually(t, "all have asked", func() bool {
		s := b.Stats()
		return s.Repeats == before.Repeats+7 || s.Repeats == 7
	})
	if len(results) > 0 {
		t.Error("a repeat was answered before the first was durable")
	}
	release()
	callers.Wait()
	close(results)
	firsts, sids := 0, make(map[string]bool)
	for r := range results {
		if !r.Repeated {
			firsts++
		}
		sids[r.Entity.EntitySID()] = true
	}
	if firsts != 1 || len(sids) != 1 || b.tasks() != 1 {
		t.Errorf("%d firsts, %d answers, %d tasks; want 1 of each", firsts, len(sids), b.tasks())
	}
}

func TestRepeatsOutliveRestarts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name string
		o    Options
		next func(*bench, Options) *bench
	}{
		{"crash", Options{}, (*bench).crash},
		{"restart", Options{}, (*bench).reopen},
		{"crash after snapshots", Options{SnapshotEvery: 5}, (*bench).crash},
		{"restart with snapshots", Options{SnapshotEvery: 5}, (*bench).reopen},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			b := newBench(t, tt.o)
			const n = 300 // more than one record carries along
			sids := make([]string, n)
			var callers sync.WaitGroup
			for i := range n {
				callers.Go(func() {
					r, err := b.once(taskrouter.CommandID(fmt.Sprint("id-", i)), b.newTask())
					if err != nil {
						t.Error(err)
						return
					}
					sids[i] = r.Entity.EntitySID()
				})
			}
			callers.Wait()
			gone := taskrouter.TaskSID(sids[7])
			b.must(b.ws, routing.DeleteTask{SID: gone})
			for range 40 { // a few snapshots later
				b.createTask()
			}
			for range 2 {
				b = tt.next(b, tt.o)
				for i, sid := range sids {
					r, err := b.once(taskrouter.CommandID(fmt.Sprint("id-", i)), b.newTask())
					if err != nil || !r.Repeated || r.Entity == nil || r.Entity.EntitySID() != sid {
						t.Fatalf("repeat %d: %+v, %v; want %s", i, r, err, sid)
					}
				}
				if b.task(gone) != nil {
					t.Errorf("task %s is back", gone)
				}
				_, err := b.once("id-1", routing.DeleteTask{SID: gone})
				if taskrouter.KindOf(err) != taskrouter.Invalid {
					t.Errorf("same id, other command: %v; want Invalid", err)
				}
				if n := b.tasks(); n != len(sids)-1+40 {
					t.Errorf("%d tasks; want %d", n, len(sids)-1+40)
				}
			}
		})
	}
}

func TestRepeatsAreBounded(t *testing.T) {
	t.Parallel()
	at := time.Date(2030, 1, 1, 0, 0, 0, 0, time.UTC)
	m := newRepeats(3)
	for i, id := range []taskrouter.CommandID{"a", "b", "c", "d"} {
		m.add(&repeat{id: id, at: at.Add(time.Duration(i) * time.Hour)})
	}
	if m.find("a", at) != nil || m.find("b", at) == nil || len(m.byID) != 3 {
		t.Errorf("after 4 of at most 3: %v; want b, c, d", m.byID)
	}
	if m.find("b", at.Add(25*time.Hour)) != nil || m.find("c", at.Add(25*time.Hour)) == nil {
		t.Error("want b forgotten 24 hours after it came, and c kept")
	}
}
