package feed_test

import (
	"bytes"
	"compress/gzip"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/feed"
	"taskrouter/internal/routing"
)

// part reads a part of a snapshot.
func part(t testing.TB, body []byte, name string) json.RawMessage {
	t.Helper()
	var parts map[string]json.RawMessage
	if err := json.Unmarshal(body, &parts); err != nil {
		t.Fatalf("%v in %s", err, body)
	}
	return parts[name]
}

// TestSnapshotSlim shows each column of slim rows.
func TestSnapshotSlim(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) {
		o.Present = func(ws taskrouter.WorkspaceSID, tell feed.Tell) {
			tell(ws, "WK1", 9, time.UnixMilli(1))
		}
		o.Throughput = func(taskrouter.WorkspaceSID, taskrouter.TaskQueueSID) float64 {
			return 0.5
		}
	})
	held := w.task() // alice is offered it
	first := w.do(routing.CreateTask{
		WorkflowSID: w.workflow, Attributes: `{"type":"named"}`, Priority: new(7),
	}).Entity.(*taskrouter.Task)
	second := w.task()
	resp, body := w.get("/Snapshot?Parts=workers,tasks,reservations&Attributes=true")
	if resp.Header.Get("Content-Type") != "application/json; charset=utf-8" {
		t.Errorf("headers %v", resp.Header)
	}
	m := readPicture(t, body)
	if m.sequence != int64(w.head()) {
		t.Errorf("sequence %d, want %d", m.sequence, w.head())
	}
	alice := w.worker(w.alice)
	since := float64(alice.DateStatusChanged.UnixMilli())
	want := map[string]any{
		"sid": string(w.alice), "name": "Alice", "activity_sid": string(w.idle), "since": since,
		"version": float64(alice.Version), "attributes": `{"skill":"tea"}`,
		"connections": 0.0, "last_seen": nil,
		"channels": map[string]any{
			"default": []any{1.0, 1.0, 0.0, true}, "voice": []any{1.0, 0.0, 0.0, true},
			"sms": []any{1.0, 0.0, 0.0, true}, "chat": []any{1.0, 0.0, 0.0, true},
			"video": []any{1.0, 0.0, 0.0, true},
		},
	}
	if diff := cmp.Diff(want, m.rows["workers"][string(w.alice)]); diff != "" {
		t.Errorf("worker (-want +got):\n%s", diff)
	}
	created := float64(first.DateCreated.UnixMilli())
	want = map[string]any{
		"sid": string(first.SID), "status": "pending", "priority": 7.0,
		"task_queue_sid": string(w.queue), "workflow_sid": string(w.workflow),
		"task_channel": "default", "created": created, "virtual_start": created,
		"queue_entered": created, "step": []any{0.0, 0.0, 0.0}, "step_entered": created,
		"step_expires": nil, "timeout": 86400.0, "assigned": nil, "ended": nil, "reason": nil,
		"routing_target": nil, "version": 1.0, "attributes": `{"type":"named"}`,
		"position": 1.0, "estimated_wait": 2.0,
	}
	if diff := cmp.Diff(want, m.rows["tasks"][string(first.SID)]); diff != "" {
		t.Errorf("task (-want +got):\n%s", diff)
	}
	row := m.rows["tasks"][string(second)]
	if row["position"] != 2.0 || row["estimated_wait"] != 4.0 {
		t.Errorf("second task %v, want position 2 and 4 seconds", row)
	}
	row = m.rows["tasks"][string(held)]
	if row["status"] != "reserved" || row["position"] != nil || row["estimated_wait"] != nil {
		t.Errorf("offered task %v, want no position", row)
	}
	for _, row := range m.rows["reservations"] {
		r := w.reservations(held)[0]
		want := map[string]any{
			"sid": string(r.SID), "task_sid": string(held), "worker_sid": string(w.alice),
			"status": "pending", "task_queue_sid": string(w.queue), "version": float64(r.Version),
			"created": float64(r.DateCreated.UnixMilli()),
			"updated": float64(r.DateUpdated.UnixMilli()),
			"expires": float64(r.Expires.UnixMilli()),
		}
		if diff := cmp.Diff(want, row); diff != "" {
			t.Errorf("reservation (-want +got):\n%s", diff)
		}
	}
	if raw := part(t, body, "queues"); raw != nil {
		t.Errorf("queues %s, which nobody has asked for", raw)
	}
}

// TestSnapshotFull shows rows as REST does, with what is known beside.
func TestSnapshotFull(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) {
		o.Present = func(ws taskrouter.WorkspaceSID, tell feed.Tell) {}
	})
	w.task()
	waiting := w.task()
	_, body := w.get("/Snapshot?Fields=full")
	m := readPicture(t, body)
	for noun, path := range map[string]string{
		"activities": "/Activities", "channels": "/TaskChannels", "queues": "/TaskQueues",
		"workflows": "/Workflows", "workers": "/Workers", "tasks": "/Tasks",
		"reservations": "/Workers/" + string(w.alice) + "/Reservations",
	} {
		_, list := w.get(path)
		key := map[string]string{"queues": "task_queues"}[noun]
		if key == "" {
			key = noun
		}
		var rest []map[string]any
		if err := json.Unmarshal(part(t, list, key), &rest); err != nil {
			t.Fatal(err)
		}
		if len(rest) == 0 || len(rest) != len(m.rows[noun]) {
			t.Errorf("%d %s, REST lists %d", len(m.rows[noun]), noun, len(rest))
		}
		for _, want := range rest {
			got := m.rows[noun][want["sid"].(string)]
			delete(want, "age")
			if noun == "reservations" {
				delete(want, "url") // REST shows it below its worker here
			}
			for name, value := range want {
				if diff := cmp.Diff(value, got[name]); diff != "" {
					t.Errorf("%s, %s (-REST +snapshot):\n%s", noun, name, diff)
				}
			}
		}
	}
	row := m.rows["tasks"][string(waiting)]
	step := row["step"].(map[string]any)
	if row["position"] != 1.0 || step["filter"] != -1.0 || step["date_entered"] == nil {
		t.Errorf("waiting task %v", row)
	}
	row = m.rows["workers"][string(w.alice)]
	if row["connected"] != false || len(row["channels"].([]any)) != 5 {
		t.Errorf("worker %v", row)
	}
	var ws map[string]any
	err := json.Unmarshal(part(t, body, "workspace"), &ws)
	if err != nil || ws["sid"] != string(w.ws) {
		t.Errorf("workspace %v: %v", ws, err)
	}
}

// TestSnapshotStats counts what the rows show.
func TestSnapshotStats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	oldest := w.task()
	w.task()
	w.do(routing.UpdateTask{SID: w.task(), AssignmentStatus: taskrouter.TaskCanceled})
	_, body := w.get("/Snapshot?Parts=stats")
	type tally struct {
		Status map[string]int `json:"tasks_by_status"`
		Oldest string         `json:"longest_waiting_task_sid"`
		Since  int64          `json:"longest_waiting_since"`
	}
	var stats struct {
		tally
		Workers map[string]int   `json:"workers_by_activity"`
		Queues  map[string]tally `json:"queues"`
	}
	if err := json.Unmarshal(part(t, body, "stats"), &stats); err != nil {
		t.Fatal(err)
	}
	want := map[string]int{"pending": 1, "reserved": 1, "assigned": 0, "wrapping": 0}
	if diff := cmp.Diff(want, stats.Status); diff != "" {
		t.Errorf("workspace (-want +got):\n%s", diff)
	}
	queue := stats.Queues[string(w.queue)]
	if diff := cmp.Diff(want, queue.Status); diff != "" || queue.Oldest != string(oldest) ||
		queue.Since == 0 {
		t.Errorf("queue %+v, want %v and the oldest %s", queue, want, oldest)
	}
	if stats.Workers[string(w.idle)] != 1 {
		t.Errorf("workers %v, want one in %s", stats.Workers, w.idle)
	}
	if len(part(t, body, "tasks")) > 0 {
		t.Error("there are tasks, which nobody has asked for")
	}
}

// TestSnapshotGzip is smaller for those who can read it.
func TestSnapshotGzip(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	_, plain := w.get("/Snapshot?Parts=queues", "Accept-Encoding", "identity")
	for accept, packed := range map[string]bool{
		"gzip": true, "deflate, GZIP;q=0.5": true, "*": true,
		"gzip;q=0": false, "deflate": false, "identity": false,
	} {
		resp, body := w.get("/Snapshot?Parts=queues", "Accept-Encoding", accept)
		if got := resp.Header.Get("Content-Encoding") == "gzip"; got != packed {
			t.Errorf("%q: packed %v, want %v", accept, got, packed)
		}
		if packed {
			z, err := gzip.NewReader(bytes.NewReader(body))
			if err != nil {
				t.Fatal(err)
			}
			if body, err = io.ReadAll(z); err != nil {
				t.Fatal(err)
			}
		}
		if got, want := part(t, body, "queues"), part(t, plain, "queues"); !bytes.Equal(got, want) {
			t.Errorf("%q: %s, want %s", accept, got, want)
		}
	}
}

// TestSnapshotBadInput refuses what it does not know.
func TestSnapshotBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for query, says := range map[string]string{
		"Parts=workers,cakes": "cakes", "Parts=events": "events", "Fields=fat": "Fields",
		"Attributes=2": "Attributes", "Parts=" + strings.Repeat("workers,", 101): "101 values",
	} {
		resp, body := w.get("/Snapshot?" + query)
		if resp.StatusCode != http.StatusBadRequest || !strings.Contains(string(body), says) {
			t.Errorf("%.40s: %s %s", query, resp.Status, body)
		}
	}
	if resp, _ := w.get("/Snapshot", "Authorization", basic(other)); resp.StatusCode != 404 {
		t.Errorf("another account: %s, want 404", resp.Status)
	}
	if resp, body := w.get("/Snapshot?Parts=&Fields=&Unknown=1"); resp.StatusCode != 200 ||
		part(t, body, "stats") == nil {
		t.Errorf("empty and unknown parameters: %s %s", resp.Status, body)
	}
}

// TestPresence tells who is there: all at first, then what changes.
func TestPresence(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		const carol = taskrouter.WorkerSID("WK00000000000000000000000000000003")
		seen := time.UnixMilli(1_700_000_000_000)
		var w *world
		w = newWorld(t, func(o *feed.Options) {
			o.Present = func(ws taskrouter.WorkspaceSID, tell feed.Tell) {
				tell(ws, w.alice, 2, seen)
				tell(ws, carol, 0, seen)
			}
		})
		c := open(w, "Topics=presence,activities")
		c.wants("hello")
		one := func(m message, want string) {
			t.Helper()
			if got := show(m.Presence); got != "["+want+"]" {
				t.Errorf("presence %s, want [%s]", got, want)
			}
		}
		there := func(n int, sid taskrouter.WorkerSID) string {
			return show(map[string]any{
				"worker_sid": string(sid), "connected": n > 0, "connections": n,
				"last_seen": float64(seen.UnixMilli()),
			})
		}
		m := c.wants("presence")
		for m.Presence == nil { // told before it was known
			m = c.next()
		}
		one(message{Presence: m.Presence[:1]}, there(2, w.alice))
		head := w.head()
		w.hub.PresenceChanged(w.ws, carol, 1, seen)
		for !slices.ContainsFunc(m.Presence, func(p map[string]any) bool {
			return p["worker_sid"] == string(carol) && p["connected"] == true
		}) {
			m = c.wants("batch")
		}
		if m.Sequence != int64(head) || m.Put != nil {
			t.Errorf("got %s, want no other sequence and no rows", m.text)
		}
		picture := w.picture("Parts=workers")
		if got := picture.rows["workers"][string(w.alice)]["connections"]; got != 2.0 {
			t.Errorf("the snapshot tells of %v connections, want 2", got)
		}
	})
}

// TestStanding reads a waiting task by REST: where it stands is told.
func TestStanding(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) {
		o.Throughput = func(taskrouter.WorkspaceSID, taskrouter.TaskQueueSID) float64 {
			return 0.1
		}
	})
	held, first := w.task(), w.task()
	second := w.do(routing.CreateTask{WorkflowSID: w.workflow, Attributes: `{"type":"named"}`}).
		Entity.(*taskrouter.Task).SID
	for _, test := range []struct {
		task           taskrouter.TaskSID
		position, wait any
		filter, name   any
	}{
		{held, nil, nil, -1.0, nil}, {first, 1.0, 10.0, -1.0, nil},
		{second, 2.0, 20.0, 0.0, "Named"},
	} {
		_, body := w.get("/Tasks/" + string(test.task))
		var task map[string]any
		if err := json.Unmarshal(body, &task); err != nil {
			t.Fatal(err)
		}
		step, _ := task["step"].(map[string]any)
		if task["position"] != test.position || task["estimated_wait"] != test.wait ||
			step["filter"] != test.filter || step["filter_name"] != test.name ||
			step["date_expires"] != nil || step["known_worker_sid"] != nil {
			t.Errorf("task %s, want %+v", body, test)
		}
	}
}

func (w *world) worker(sid taskrouter.WorkerSID) (found *taskrouter.Worker) {
	w.t.Helper()
	err := w.engine.View(w.t.Context(), w.as(account), w.ws,
		func(s *routing.State) { found = s.Worker(sid) })
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

func (w *world) reservations(task taskrouter.TaskSID) (list []*taskrouter.Reservation) {
	w.t.Helper()
	err := w.engine.View(w.t.Context(), w.as(account), w.ws,
		func(s *routing.State) { list = s.TaskReservations(task) })
	if err != nil || len(list) == 0 {
		w.t.Fatal(fmt.Sprint(len(list), " reservations: ", err))
	}
	return list
}
