package bridge

import (
	"bytes"
	"encoding/json"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
)

var update = flag.Bool("update", false, "rewrite the golden files")

// Every event of the dialect, as its frame stands in testdata/frames.
// Spec: event-bridge 9.1, 9.2
func TestFrames(t *testing.T) {
	frames := make(map[string]string)
	synctest.Test(t, func(t *testing.T) { frames = storyFrames(newWorld(t, nil)) })

	dir := filepath.Join("testdata", "frames")
	if *update {
		for event, text := range frames {
			if err := os.WriteFile(filepath.Join(dir, event+".json"), []byte(text), 0o644); err != nil {
				t.Fatal(err)
			}
		}
	}
	var want []string
	for _, e := range []taskrouter.EventType{
		taskrouter.EventWorkerActivity, taskrouter.EventWorkerAttributes,
		taskrouter.EventWorkerCapacity, taskrouter.EventWorkerAvailability,
		taskrouter.EventReservationCreated, taskrouter.EventReservationAccepted,
		taskrouter.EventReservationRejected, taskrouter.EventReservationTimeout,
		taskrouter.EventReservationCanceled, taskrouter.EventReservationRescinded,
		taskrouter.EventReservationCompleted, taskrouter.EventReservationWrapup,
		taskrouter.EventTaskUpdated, taskrouter.EventTaskCanceled,
		taskrouter.EventTaskCompleted, taskrouter.EventTaskWrapup,
	} {
		want = append(want, string(e))
	}
	for event := range frames {
		if !slices.Contains(want, event) {
			t.Errorf("event %s is not part of the dialect", event)
		}
	}
	for _, event := range want {
		golden, err := os.ReadFile(filepath.Join(dir, event+".json"))
		if err != nil {
			t.Error(err)
			continue
		}
		if diff := cmp.Diff(string(golden), frames[event]); diff != "" {
			t.Errorf("%s (-golden +got):\n%s", event, diff)
		}
	}
}

// storyFrames plays what makes every event, and returns the first frame of each as Alice's and
// Bob's pages get it.
func storyFrames(w *world) map[string]string {
	alice, bob := w.connect(string(w.alice), ""), w.connect(string(w.bob), "")
	priority, capacity, no, yes := 7, 2, false, true
	attributes := `{"skill":"coffee","note":"\"<ü>\""}`

	// Accepted, wrapped up, completed.
	_, list := w.task()
	time.Sleep(5 * time.Second)
	w.do(routing.UpdateTask{SID: list[0].TaskSID, Priority: &priority})
	w.answer(list[0], taskrouter.ReservationAccepted)
	w.answer(list[0], taskrouter.ReservationWrapping)
	w.answer(list[0], taskrouter.ReservationCompleted)
	// The worker itself.
	w.do(routing.UpdateWorker{SID: w.alice, Attributes: &attributes})
	w.do(routing.UpdateWorkerChannel{Worker: w.alice, Channel: "default", Capacity: &capacity})
	w.do(routing.UpdateWorkerChannel{Worker: w.alice, Channel: "default", Available: &no})
	w.do(routing.UpdateWorkerChannel{Worker: w.alice, Channel: "default", Available: &yes})
	// Rejected: the worker goes away with it.
	_, list = w.task()
	w.do(routing.UpdateReservation{
		SID: list[0].SID, Status: taskrouter.ReservationRejected, WorkerActivitySID: w.away,
	})
	w.do(routing.DeleteTask{SID: list[0].TaskSID})
	w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.idle})
	// Canceled.
	task, _ := w.task()
	w.do(routing.UpdateTask{SID: task, AssignmentStatus: taskrouter.TaskCanceled})
	// Rescinded: Bob accepts first.
	w.do(routing.UpdateWorker{SID: w.bob, ActivitySID: &w.idle})
	_, list = w.task()
	for _, r := range list {
		if r.WorkerSID == w.bob {
			w.answer(r, taskrouter.ReservationAccepted)
		}
	}
	// Timeout.
	w.task()
	time.Sleep(3 * time.Minute)
	synctest.Wait()

	frames := make(map[string]string)
	for _, p := range []*page{alice, bob} {
		for len(p.frames) > 0 {
			text := <-p.frames
			var head struct {
				EventType string `json:"event_type"`
			}
			_ = json.Unmarshal([]byte(text), &head)
			if _, ok := frames[head.EventType]; !ok {
				frames[head.EventType] = anonymous(w.t, text)
			}
		}
	}
	return frames
}

var anySID = regexp.MustCompile(`\b(AC|WS|WA|WK|WC|TC|WQ|WW|WT|WR)[0-9a-f]{32}\b`)

// anonymous indents JSON and numbers its SIDs, so that frames of different runs are the same.
func anonymous(t testing.TB, text string) string {
	var b bytes.Buffer
	if err := json.Indent(&b, []byte(text), "", "  "); err != nil {
		t.Fatalf("%s: %v", text, err)
	}
	seen := make(map[string]string)
	return anySID.ReplaceAllStringFunc(b.String(), func(sid string) string {
		if seen[sid] == "" {
			seen[sid] = fmt.Sprintf("%s(%d)", sid[:2], len(seen)+1)
		}
		return seen[sid]
	}) + "\n"
}

// Spec: event-bridge 9.2
func TestReservationFrameIsATask(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p := w.connect(string(w.alice), "")
	task, list := w.task()
	event, payload := p.next()
	if event != "reservation.created" {
		t.Fatalf("got %s", event)
	}
	reservation, _ := payload["reservation"].(object)
	if payload["sid"] != string(task) || payload["reservation_sid"] != string(list[0].SID) ||
		payload["assignment_status"] != "reserved" || payload["attributes"] != `{"topic":"leaves"}` ||
		reservation["sid"] != string(list[0].SID) ||
		reservation["reservation_status"] != "pending" {
		t.Errorf("got %v", payload)
	}
	// URLs name the server as this page knows it.
	if url, _ := payload["url"].(string); !strings.HasPrefix(url, "http://"+host+"/v1/") {
		t.Errorf("got url %s", url)
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.PublicURL = "https://router.example.com/" })
	p := w.connect(string(w.alice), "")
	w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away})
	_, payload := p.next()
	if url, _ := payload["url"].(string); !strings.HasPrefix(url, "https://router.example.com/v1") {
		t.Errorf("got url %s", url)
	}
}

// Spec: event-bridge 9.3
func TestTaskEventsReachWhoHoldsTheTask(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := newWorld(t, nil)
		w.do(routing.UpdateWorker{SID: w.bob, ActivitySID: &w.idle})
		change := func(task taskrouter.TaskSID, priority int) {
			w.do(routing.UpdateTask{SID: task, Priority: &priority})
		}
		// The offers are older than the sockets.
		task, list := w.task()
		alice, bob, boss := w.connect(string(w.alice), ""), w.connect(string(w.bob), ""),
			w.connect(string(w.ws), "")
		change(task, 1)
		alice.wants("task.updated")
		bob.wants("task.updated")

		// Whoever has turned it down hears no more of it.
		for _, r := range list {
			if r.WorkerSID == w.bob {
				w.answer(r, taskrouter.ReservationRejected)
			}
		}
		bob.wants("reservation.rejected")
		synctest.Wait()
		for len(bob.frames) > 0 { // he may have been asked again
			<-bob.frames
		}
		for _, r := range w.reservations(task) {
			if r.WorkerSID == w.alice {
				w.answer(r, taskrouter.ReservationAccepted)
			}
		}
		alice.wants("reservation.accepted")
		synctest.Wait()
		for len(bob.frames) > 0 {
			<-bob.frames
		}
		change(task, 2)
		alice.wants("task.updated")
		synctest.Wait()
		bob.silent()

		// Who holds it hears of its end, although it is the end of the reservation, too.
		w.do(routing.UpdateTask{SID: task, AssignmentStatus: taskrouter.TaskCompleted})
		seen := map[string]bool{}
		for range 2 {
			event, _ := alice.next()
			seen[event] = true
		}
		if !seen["task.completed"] || !seen["reservation.completed"] {
			t.Errorf("got %v", seen)
		}
		boss.silent()

		_ = alice.conn.WriteClose(1000, nil)
		_ = bob.conn.WriteClose(1000, nil)
		synctest.Wait()
		w.hub.mu.Lock()
		defer w.hub.mu.Unlock()
		if len(w.hub.offered) != 0 || len(w.hub.channels) != 1 {
			t.Errorf("%d tasks and %d channels are remembered", len(w.hub.offered),
				len(w.hub.channels))
		}
	})
}
