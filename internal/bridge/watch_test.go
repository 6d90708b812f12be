package bridge

import (
	"fmt"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// TestPresence opens and closes pages of a worker and sees what is told of it.
func TestPresence(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	told := make(chan string, 100)
	w.hub.WatchPresence(func(
		_ taskrouter.WorkspaceSID, worker taskrouter.WorkerSID, n int, seen time.Time,
	) {
		told <- fmt.Sprint(worker == w.alice, n, !seen.IsZero())
	})
	wants := func(want string) {
		t.Helper()
		select {
		case got := <-told:
			if got != want {
				t.Fatalf("told %s, want %s", got, want)
			}
		case <-time.After(5 * time.Second):
			t.Fatalf("nothing told, want %s", want)
		}
	}
	if n, seen := w.hub.Presence(w.ws, w.alice); n != 0 || !seen.IsZero() {
		t.Errorf("before: %d connections, seen %v", n, seen)
	}
	first := w.connect(string(w.alice), "")
	wants("true 1 true")
	second := w.connect(string(w.alice), "")
	wants("true 2 true")
	w.connect(string(w.ws), "") // no worker: nobody is told
	_ = first.conn.NetConn().Close()
	wants("true 1 true")
	if n, seen := w.hub.Presence(w.ws, w.alice); n != 1 || time.Since(seen) > time.Minute {
		t.Errorf("with one page: %d connections, seen %v", n, seen)
	}
	_ = second.conn.NetConn().Close()
	wants("true 0 true")
	there := func() (n int) {
		w.hub.EachPresence(w.ws, func(
			_ taskrouter.WorkspaceSID, worker taskrouter.WorkerSID, connections int, _ time.Time,
		) {
			if worker == w.alice && connections == 0 {
				n++
			}
		})
		return n
	}
	if n := there(); n != 1 {
		t.Errorf("after: %d entries for a worker who has left, want 1", n)
	}
	w.do(routing.DeleteWorker{SID: w.alice})
	w.worker(w.bob) // a look is answered after what was done before it has been told
	if n := there(); n != 0 {
		t.Errorf("a deleted worker has left %d entries behind", n)
	}
}
