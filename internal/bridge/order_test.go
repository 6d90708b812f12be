package bridge

import (
	"testing"
	"testing/synctest"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
)

// accept is the envelope that accepts a reservation.
func (w *world) accept(r *taskrouter.Reservation) object {
	return object{
		"url": w.reservationURL(r), "method": "POST",
		"params": object{"ReservationStatus": "accepted"},
	}
}

// Spec: event-bridge 11
func TestAnswerComesBeforeItsEvents(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		tab1, tab2 := w.connect(string(w.alice), ""), w.connect(string(w.alice), "")
		_, list := w.task()
		tab1.wants("reservation.created")
		tab2.wants("reservation.created")

		// The API takes a second after the change was made: long after it was published, and
		// less than long before its answer is written.
		w.rest.after = func() { time.Sleep(100 * time.Millisecond) }
		begun := time.Now()
		if r := w.post(w.accept(list[0])); r.status != 200 {
			t.Fatalf("got %d %s", r.status, r.body)
		}
		tab1.silent()
		tab2.silent()
		tab1.wants("reservation.accepted")
		tab2.wants("reservation.accepted")
		if got := time.Since(begun); got != 120*time.Millisecond {
			t.Errorf("the event came after %v, want the answer's 100ms and 20ms", got)
		}
	})
}

func TestEventsOfOthersAreNotHeldBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		away := w.away
		w.do(routing.UpdateWorker{SID: w.bob, ActivitySID: &w.idle})
		alice, bob := w.connect(string(w.alice), ""), w.connect(string(w.bob), "")
		_, list := w.task() // offered to both
		alice.wants("reservation.created")
		bob.wants("reservation.created")
		w.rest.after = func() {
			// The answer is not written yet, but Bob has already heard that he was too late.
			bob.wants("reservation.rescinded")
			alice.silent()
		}
		mine := list[0]
		if mine.WorkerSID != w.alice {
			mine = list[1]
		}
		if r := w.post(w.accept(mine)); r.status != 200 {
			t.Fatalf("got %d %s", r.status, r.body)
		}
		alice.wants("reservation.accepted")

		// What comes from elsewhere does not wait at all.
		w.rest.after = nil
		begun := time.Now()
		w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &away})
		alice.wants("worker.activity.update")
		if got := time.Since(begun); got != 0 {
			t.Errorf("an event of somebody else came after %v", got)
		}
	})
}

func TestFramesBehindAHeldOneWaitToo(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p := w.connect(string(w.alice), "")
		_, list := w.task()
		p.wants("reservation.created")
		attributes := `{"skill":"coffee"}`
		w.rest.after = func() {
			w.do(routing.UpdateWorker{SID: w.alice, Attributes: &attributes})
			time.Sleep(50 * time.Millisecond)
			p.silent()
		}
		w.post(w.accept(list[0]))
		p.wants("reservation.accepted", "worker.attributes.update")
	})
}

func TestFramesWaitOnlySoLong(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p := w.connect(string(w.alice), "")
		_, list := w.task()
		p.wants("reservation.created")
		w.rest.after = func() {
			begun := time.Now()
			p.wants("reservation.accepted")
			if got := time.Since(begun); got != 250*time.Millisecond {
				t.Errorf("waited %v for an answer that does not come, want 250ms", got)
			}
		}
		w.post(w.accept(list[0]))
		p.silent()
	})
}

func TestNoDelay(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, func(o *Options) { o.AnswerDelay = -1 })
		p := w.connect(string(w.alice), "")
		_, list := w.task()
		p.wants("reservation.created")
		begun := time.Now()
		w.post(w.accept(list[0]))
		p.wants("reservation.accepted")
		if got := time.Since(begun); got != 0 {
			t.Errorf("the event came after %v", got)
		}
	})
}

// Spec: event-bridge 11
func TestReceiversAreFixedWhenTheChangeIsMade(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		before := w.connect(string(w.alice), "")
		_, list := w.task()
		before.wants("reservation.created")
		var after *page
		w.rest.after = func() { after = w.connect(string(w.alice), "") }
		w.post(w.accept(list[0]))
		before.wants("reservation.accepted")
		time.Sleep(time.Second)
		after.silent()

		w.answer(list[0], taskrouter.ReservationWrapping)
		before.wants("task.wrapup", "reservation.wrapup")
		after.wants("task.wrapup", "reservation.wrapup")
	})
}

func TestHoldsDoNotPileUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		for range 10 {
			w.post(object{"url": w.workerURL(w.alice), "method": "POST"})
			w.post(object{"url": w.workerURL(w.alice), "method": "GET"})
			w.post(object{"url": w.workerURL(w.alice), "method": "PUT"})
		}
		time.Sleep(time.Second)
		w.hub.holds.mu.Lock()
		defer w.hub.holds.mu.Unlock()
		if n := len(w.hub.holds.byRequest); n != 0 {
			t.Errorf("%d holds are left", n)
		}
	})
}

// A hold that nobody ends is over after its limit, also for publications that come later.
func TestPublicationAfterItsAnswerIsNotHeld(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p := w.connect(string(w.alice), "")
		w.hub.publish(engine.Publication{
			Workspace: w.ws, Account: account,
			Changes: []*taskrouter.Change{{Events: []taskrouter.Event{{
				Type: taskrouter.EventWorkerActivity, Worker: w.worker(w.alice),
			}}}},
			From:    []engine.Principal{{Channel: string(w.alice), Request: "long over"}},
			Catalog: w.catalog(),
		})
		begun := time.Now()
		p.wants("worker.activity.update")
		if got := time.Since(begun); got != 0 {
			t.Errorf("the event came after %v", got)
		}
	})
}

func (w *world) catalog() (c *routing.Catalog) {
	w.t.Helper()
	err := w.engine.View(w.ctx, w.as, w.ws, func(st *routing.State) { c = st.Catalog() })
	if err != nil {
		w.t.Fatal(err)
	}
	return c
}
