package bridge

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/websocket"
)

// Spec: event-bridge 12
func TestWorkerWhoHasGoneIsSetAway(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		watch := w.activityOf(w.alice)
		p := w.connect(string(w.alice), "disconnectActivitySid="+string(w.away))
		_ = p.conn.WriteClose(1000, nil)
		time.Sleep(7 * time.Second)
		if watch() != w.idle {
			t.Fatal("the worker is away before the grace is over")
		}
		time.Sleep(2 * time.Second)
		if watch() != w.away {
			t.Fatal("the worker is not away")
		}
		if s := w.hub.Stats(); s.Left != 1 || s.Channels != 0 {
			t.Errorf("got %+v", s)
		}
	})
}

func (w *world) activityOf(sid taskrouter.WorkerSID) func() taskrouter.ActivitySID {
	return func() taskrouter.ActivitySID { return w.worker(sid).ActivitySID }
}

func TestPageThatIsLoadedAgainIsNotGone(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		q := "disconnectActivitySid=" + string(w.away)
		for range 5 {
			p := w.connect(string(w.alice), q)
			time.Sleep(time.Second)
			_ = p.conn.WriteClose(1001, nil)
			time.Sleep(6 * time.Second)
		}
		last := w.connect(string(w.alice), q)
		time.Sleep(time.Hour / 2)
		if w.worker(w.alice).ActivitySID != w.idle || w.hub.Stats().Left != 0 {
			t.Error("a reload sent the worker away")
		}
		last.open()
	})
}

func TestOnlyTheLastSocketCounts(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		named := w.connect(string(w.alice), "disconnectActivitySid="+string(w.away))
		other := w.connect(string(w.alice), "")
		_ = named.conn.WriteClose(1000, nil)
		time.Sleep(time.Minute)
		if w.worker(w.alice).ActivitySID != w.idle {
			t.Fatal("a worker with an open page was sent away")
		}
		// The wish of the first page still stands when the last one goes.
		_ = other.conn.NetConn().Close()
		time.Sleep(time.Minute)
		if w.worker(w.alice).ActivitySID != w.away {
			t.Error("the worker is not away")
		}
	})
}

func TestANewPageBringsItsOwnWish(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		first := w.connect(string(w.alice), "disconnectActivitySid="+string(w.away))
		_ = first.conn.WriteClose(1000, nil)
		time.Sleep(time.Second)
		second := w.connect(string(w.alice), "") // names none
		_ = second.conn.WriteClose(1000, nil)
		time.Sleep(time.Minute)
		if w.worker(w.alice).ActivitySID != w.idle {
			t.Error("the worker was sent away by a page that is history")
		}
	})
}

func TestUnknownDisconnectActivityIsIgnored(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		for _, sid := range []string{"WA" + strings.Repeat("4", 32), "Offline", string(w.alice)} {
			p := w.connect(string(w.alice), "disconnectActivitySid="+sid)
			_ = p.conn.WriteClose(1000, nil)
			time.Sleep(time.Minute)
		}
		if w.worker(w.alice).ActivitySID != w.idle || w.hub.Stats().Left != 0 {
			t.Error("the worker was sent to an activity that does not exist")
		}
	})
}

// The beacon of a closing page and the grace of its socket ask for the same; one event tells it.
func TestBeaconAndGraceMakeOneEvent(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		p := w.connect(string(w.alice), "disconnectActivitySid="+string(w.away))
		_ = p.conn.WriteClose(1000, nil)
		time.Sleep(time.Second)
		changed := w.worker(w.alice).DateStatusChanged
		for range 3 {
			if r := w.post(object{
				"url": w.workerURL(w.alice), "method": "POST",
				"params": object{"ActivitySid": string(w.away)},
			}); r.status != 200 {
				t.Fatalf("beacon: %d %s", r.status, r.body)
			}
		}
		version := w.worker(w.alice).Version
		time.Sleep(time.Minute)
		got := w.worker(w.alice)
		if got.ActivitySID != w.away || got.Version != version || !got.DateStatusChanged.After(changed) {
			t.Errorf("got %+v, want version %d", got, version)
		}
	})
}

func TestDisplacementAndDeletionAreNoDeparture(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		q := "closeExistingSessions=true&disconnectActivitySid=" + string(w.away)
		first := w.connect(string(w.alice), q)
		w.connect(string(w.alice), q+"&token="+w.token(string(w.alice), 2*time.Hour))
		first.ends(websocket.Displaced)
		time.Sleep(time.Minute)
		if w.worker(w.alice).ActivitySID != w.idle {
			t.Error("the worker was sent away although a session is open")
		}
		bob := w.connect(string(w.bob), "disconnectActivitySid="+string(w.idle))
		w.do(routing.DeleteWorker{SID: w.bob})
		bob.ends(websocket.Gone)
		time.Sleep(time.Minute)
		if s := w.hub.Stats(); s.Left != 0 || s.Channels != 1 {
			t.Errorf("got %+v", s)
		}
	})
}
