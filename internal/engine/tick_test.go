package engine

import (
	"testing"
	"testing/synctest"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// reservation returns the newest reservation of a task, or nil.
func (b *bench) reservation(sid taskrouter.TaskSID) (r *taskrouter.Reservation) {
	b.t.Helper()
	err := b.View(b.t.Context(), alice, b.ws, func(s *routing.State) {
		if list := s.TaskReservations(sid); len(list) > 0 {
			r = list[len(list)-1]
		}
	})
	if err != nil {
		b.t.Fatal(err)
	}
	return r
}

// settle waits until nothing happens any more at this moment.
func settle(t testing.TB) {
	t.Helper()
	synctest.Wait()
}

func TestReservationTimesOut(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		task := b.createTask()
		offer := b.reservation(task.SID)
		time.Sleep(119 * time.Second)
		if r := b.reservation(task.SID); r.Status != taskrouter.ReservationPending {
			t.Errorf("after 119 seconds the reservation is %s; want pending", r.Status)
		}
		events := make(chan taskrouter.Event, 100)
		defer b.Subscribe("test", func(p Publication) {
			for _, c := range p.Changes {
				if c.Actor.Type != "workspace" || !p.From[0].System {
					t.Errorf("the tick was made by %+v", c.Actor)
				}
				for _, e := range c.Events {
					events <- e
				}
			}
		})()
		for e := range events {
			if e.Type != taskrouter.EventReservationTimeout {
				continue
			}
			if got := time.Since(offer.DateCreated); got < 120*time.Second || got > 121*time.Second {
				t.Errorf("the reservation timed out after %s; want 120 s", got)
			}
			if e.Reservation.SID != offer.SID {
				t.Errorf("%s timed out; want %s", e.Reservation.SID, offer.SID)
			}
			break
		}
	})
}

// Timers go on from where they started, not from the restart.
func TestTimersOutliveARestart(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		task := b.createTask()
		offer := b.reservation(task.SID)
		time.Sleep(100 * time.Second)
		b = b.reopen(Options{})
		if s := b.Stats(); s.Workspaces != 1 {
			t.Fatalf("%d workspaces are loaded after the start; want the one with work", s.Workspaces)
		}
		time.Sleep(offer.Expires.Sub(time.Now()) - time.Millisecond)
		settle(t)
		if r := b.reservation(task.SID); r.Status != taskrouter.ReservationPending {
			t.Errorf("just before its end the reservation is %s; want pending", r.Status)
		}
		time.Sleep(2 * time.Millisecond)
		eventually(t, "the reservation times out", func() bool {
			r := b.reservation(task.SID)
			return r.SID == offer.SID && r.Status == taskrouter.ReservationTimeout
		})
		if late := time.Since(offer.Expires); late > time.Second {
			t.Errorf("it timed out %s late", late)
		}
	})
}

// What fell due while the server was down happens at the start.
func TestTimersThatWereMissed(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		task := b.createTask()
		if err := b.Shutdown(t.Context()); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Hour)
		b = b.on(b.dir, b.store, Options{})
		eventually(t, "the reservation times out", func() bool {
			r := b.reservation(task.SID)
			return r != nil && r.Status == taskrouter.ReservationTimeout
		})
	})
}

func TestIdleWorkspacesStayUnloaded(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		b = b.reopen(Options{})
		if s := b.Stats(); s.Workspaces != 0 {
			t.Errorf("%d workspaces are loaded at the start; want none, as none has work", s.Workspaces)
		}
		if b.createTask(); b.Stats().Workspaces != 1 {
			t.Error("the workspace was not loaded on first use")
		}
	})
}

func TestRepeatsAreForgottenAfterADay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		for _, step := range []struct {
			wait     time.Duration
			repeated bool
		}{{0, false}, {23 * time.Hour, true}, {61 * time.Minute, false}} {
			time.Sleep(step.wait)
			r, err := b.once("a", b.newTask())
			if err != nil || r.Repeated != step.repeated {
				t.Errorf("after %s more: %+v, %v; want Repeated %v", step.wait, r, err, step.repeated)
			}
		}
	})
}

// A tick that makes routing panic is tried again, but not without end.
func TestTickThatPanics(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		b := newBench(t, Options{})
		task := b.createTask()
		w := b.loaded[b.ws]
		err := b.View(t.Context(), alice, b.ws, func(s *routing.State) {
			bad := routing.New(nil)
			for e := range s.Entities() {
				bad.Apply(&taskrouter.Change{Puts: []taskrouter.Entity{e}})
			}
			w.state = bad
		})
		if err != nil {
			t.Fatal(err)
		}
		time.Sleep(130 * time.Second)
		eventually(t, "the reservation times out", func() bool {
			return b.reservation(task.SID).Status != taskrouter.ReservationPending
		})
		if s := b.Stats(); s.Panics != 1 || s.Loads != 1 {
			t.Errorf("%d panics, %d loads; want 1 of each", s.Panics, s.Loads)
		}
	})
}
