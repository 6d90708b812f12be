package feed_test

import (
	"context"
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
	"taskrouter/internal/store"
)

// TestHello is the first thing a reader hears, and then what changes, from that moment on.
func TestHello(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, nil)
		c := open(w, "Topics=tasks,events")
		hello := c.wants("hello")
		if hello.Sequence != int64(w.head()) || hello.Beat != 15_000 || hello.Version != "1.2.3" ||
			time.Since(time.UnixMilli(hello.Now)).Abs() > time.Minute {
			t.Errorf("hello %s, want sequence %d", hello.text, w.head())
		}
		task := w.task()
		m := c.wants("batch")
		if m.Sequence != int64(w.head()) {
			t.Errorf("batch at %d, want %d", m.Sequence, w.head())
		}
		if len(m.Put) != 1 || len(m.Put["tasks"]) != 1 || m.Put["tasks"][0]["sid"] != string(task) {
			t.Errorf("put %v, want task %s alone, in its newest version", m.Put, task)
		}
		if got := m.Put["tasks"][0]["status"]; got != "reserved" {
			t.Errorf("status %v, want reserved", got)
		}
		var types []string
		for _, e := range m.Events {
			types = append(types, e["event_type"].(string))
		}
		want := []string{
			"task.created", "workflow.entered", "workflow.target-matched", "task-queue.entered",
			"reservation.created",
		}
		if diff := cmp.Diff(want, types); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		w.do(routing.DeleteTask{SID: task})
		if m := c.wants("batch"); !slices.Contains(m.Del, string(task)) {
			t.Errorf("del %v, want %s among it", m.Del, task)
		}
	})
}

// TestHeartbeat breaks a silence, and tells how far the reader has come meanwhile.
func TestHeartbeat(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, func(o *feed.Options) { o.Heartbeat = 60 * time.Millisecond })
		c := open(w, "Topics=activities")
		c.wants("hello")
		w.task()
		head := w.head()
		eventually(t, "a heartbeat at the head", func() bool {
			m := c.any()
			if m.Type != "heartbeat" {
				t.Fatalf("got %s, want nothing but heartbeats", m.text)
			}
			return m.Sequence == int64(head)
		})
	})
}

// TestGap asks for positions that the journal does not have: the feed says so and goes on from
// now.
func TestGap(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, nil)
		goesOn := func(c *client, after int64) {
			t.Helper()
			c.wants("hello")
			m := c.wants("gap")
			if m.After != after || m.Sequence != int64(w.head()) || m.Reason == "" {
				t.Errorf("gap %s, want one from %d to %d", m.text, after, w.head())
			}
			task := w.task()
			if m := c.wants("batch"); m.Put["tasks"][0]["sid"] != string(task) {
				t.Errorf("after the gap came %s, want task %s", m.text, task)
			}
			c.stop()
		}
		goesOn(open(w, "Topics=tasks&AfterSequence=99999"), 99999)
		goesOn(open(w, "Topics=tasks&AfterSequence=9223372036854775807"), 9223372036854775807)

		// Enough for a snapshot, so that what is before it may go.
		for range 300 {
			w.do(routing.UpdateWorker{SID: w.alice, FriendlyName: new("Alice " + show(w.head()))})
		}
		trimmed := func() bool {
			if err := w.store.Trim(t.Context(), w.ws, time.Now().Add(time.Hour)); err != nil {
				t.Fatal(err)
			}
			for _, err := range w.engine.Read(t.Context(), w.ws, 2) {
				return err != nil
			}
			return true
		}
		eventually(t, "the journal's beginning is gone", trimmed)
		goesOn(open(w, "Topics=tasks&AfterSequence=2"), 2)
	})
}

// TestRestart goes on after the server was stopped and started again.
func TestRestart(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, nil)
		m := w.picture("")
		c := open(w, fmt.Sprint("AfterSequence=", m.sequence))
		c.wants("hello")
		w.task()
		for _, msg := range c.reaches(w.head()) {
			m.fold(t, msg)
		}
		for range 5 {
			w.task() // heard by nobody, or by the old connection
		}
		w.stop()
		if last := c.ends(); last.Type != "end" || last.Code != 1001 {
			t.Errorf("the last message is %s, want an end with 1001", last.text)
		}
		n := w.reopen()
		c = open(n, fmt.Sprint("AfterSequence=", m.sequence))
		c.wants("hello")
		for _, msg := range c.reaches(n.head()) {
			m.fold(t, msg)
		}
		same(t, "after the restart", m, n.picture(""))
	})
}

// TestStop tells everybody to come back.
func TestStop(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	socket, lines := w.socket(""), w.lines("")
	socket.wants("hello")
	lines.wants("hello")
	w.stop()
	if last := socket.ends(); last.Type != "end" || socket.code != 1001 {
		t.Errorf("the socket ended with %q and %d, want an end and 1001", last.text, socket.code)
	}
	if last := lines.ends(); last.Type != "end" || last.Code != 1001 || lines.retry == "" {
		t.Errorf("the event stream ended with %q and retry %q", last.text, lines.retry)
	}
}

// TestDeleted follows a workspace to its end.
func TestDeleted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, nil)
		c, late := open(w, "Topics=workspace,events"), open(w, "AfterSequence=0&Topics=workspace")
		c.wants("hello")
		w.do(routing.DeleteWorkspace{})
		m := c.wants("batch")
		last := m.Events[len(m.Events)-1]["event_type"]
		if last != "workspace.deleted" || !slices.Contains(m.Del, string(w.ws)) {
			t.Errorf("the last event is %v, deleted are %v", last, m.Del)
		}
		for _, c := range []*client{c, late} {
			if end := c.ends(); end.Type != "end" || end.Code != 4003 ||
				!strings.Contains(end.Reason, string(w.ws)) {
				t.Errorf("the last message is %s, want an end with 4003", end.text)
			}
		}
		if resp, body := w.get("/Feed"); resp.StatusCode != http.StatusNotFound {
			t.Errorf("a feed of a deleted workspace: %s %s", resp.Status, body)
		}
	})
}

// TestTopics asks for some things, and hears of no others.
func TestTopics(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) { o.Heartbeat = 100 * time.Millisecond })
	all := append(slices.Clone(nouns), "workspace", "events", "alerts", "presence")
	start := w.head()
	w.loads(2, 100)()
	w.do(routing.UpdateWorkspace{FriendlyName: new("Other")})
	w.do(routing.RaiseAlerts{Alerts: []taskrouter.Alert{{Code: 11200, Message: "nobody answers"}}})
	head := w.head()
	keys := func(m message) (list []string) {
		for topic := range m.Put {
			list = append(list, topic)
		}
		if len(m.Events) > 0 {
			list = append(list, "events")
		}
		if len(m.Alerts) > 0 {
			list = append(list, "alerts")
		}
		return list
	}
	for _, topic := range all {
		t.Run(topic, func(t *testing.T) {
			c := w.socket(fmt.Sprint("AfterSequence=", start, "&Topics=", topic))
			c.wants("hello")
			if topic == "presence" {
				c.wants("presence")
				return
			}
			var got []string
			for m := range heard(c, head) {
				got = append(got, keys(m)...)
			}
			slices.Sort(got)
			if got = slices.Compact(got); topic != "channels" && topic != "workflows" {
				if diff := cmp.Diff([]string{topic}, got); diff != "" {
					t.Errorf("heard of (-want +got):\n%s", diff)
				}
			} else if len(got) > 0 {
				t.Errorf("heard of %v, want nothing, since none has changed", got)
			}
		})
	}
}

// heard yields what comes up to a position.
func heard(c *client, to store.Seq) func(yield func(message) bool) {
	return func(yield func(message) bool) {
		for _, m := range c.upTo(to) {
			if !yield(m) {
				return
			}
		}
	}
}

// TestEventFilters hears of the events that one has asked for.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) { o.Heartbeat = 100 * time.Millisecond })
	start := w.head()
	bob := w.do(routing.CreateWorker{FriendlyName: "Bob", ActivitySID: w.idle}).
		Entity.(*taskrouter.Worker).SID
	second := w.do(routing.CreateTaskQueue{FriendlyName: "Second"}).
		Entity.(*taskrouter.TaskQueue).SID
	task := w.task()
	w.task()
	head := w.head()
	for _, test := range []struct {
		name, query string
		holds       func(e map[string]any) bool
	}{
		{"types", "EventType=task.created,worker.created", func(e map[string]any) bool {
			return e["event_type"] == "task.created" || e["event_type"] == "worker.created"
		}},
		{"repeated type", "EventType=task.created&EventType=reservation.created",
			func(e map[string]any) bool {
				return e["event_type"] == "task.created" || e["event_type"] == "reservation.created"
			}},
		{"task", "TaskSid=" + string(task), func(e map[string]any) bool {
			return e["event_data"].(map[string]any)["task_sid"] == string(task)
		}},
		{"worker", "WorkerSid=" + string(bob), func(e map[string]any) bool {
			return e["event_data"].(map[string]any)["worker_sid"] == string(bob)
		}},
		{"queue", "TaskQueueSid=" + string(second), func(e map[string]any) bool {
			return e["event_data"].(map[string]any)["task_queue_sid"] == string(second)
		}},
		{"task and type", "EventType=task.created&TaskSid=" + string(task),
			func(e map[string]any) bool {
				return e["event_type"] == "task.created" && e["resource_sid"] == string(task)
			}},
		{"a type that does not exist", "EventType=task.eaten",
			func(map[string]any) bool { return false }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var want, got []string
			all := w.socket(fmt.Sprint("Topics=events&AfterSequence=", start))
			for m := range heard(all, head) {
				for _, e := range m.Events {
					if test.holds(e) {
						want = append(want, show(e))
					}
				}
			}
			some := w.socket(fmt.Sprint("Topics=events&AfterSequence=", start, "&", test.query))
			for m := range heard(some, head) {
				for _, e := range m.Events {
					got = append(got, show(e))
				}
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("events (-want +got):\n%s", diff)
			}
			if len(want) == 0 && test.name != "a type that does not exist" {
				t.Error("there is no such event to hear of")
			}
		})
	}
}

// TestSameOnBoth reads the same feed on both kinds of connection: the messages are the same.
func TestSameOnBoth(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.loads(2, 100)()
	head := w.head()
	for _, fields := range []string{"slim", "full"} {
		var texts [2][]string
		query := "AfterSequence=1&Topics=tasks,workers,reservations,events,alerts&Attributes=true&Fields="
		for i, c := range []*client{w.socket(query + fields), w.lines(query + fields)} {
			for m := range heard(c, head) {
				if m.Type == "batch" && fields == "slim" { // full ones tell ages
					texts[i] = append(texts[i], m.text)
				}
				if m.Type == "batch" && fields == "full" {
					texts[i] = append(texts[i], fmt.Sprint(m.Sequence, len(m.Put), m.Del, m.Events))
				}
			}
		}
		if len(texts[0]) == 0 || !slices.Equal(texts[0], texts[1]) {
			t.Errorf("%s: %d and %d messages, which differ", fields, len(texts[0]), len(texts[1]))
		}
	}
}

// TestLastEventID comes back as browsers do: with the address it began with and a header.
func TestLastEventID(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.task()
	from := w.head()
	task := w.task()
	c := w.lines("AfterSequence=1&Topics=tasks", "Last-Event-ID", show(from))
	if hello := c.wants("hello"); hello.Sequence != int64(from) || hello.id != show(from) {
		t.Errorf("hello at %d with id %q, want %d", hello.Sequence, hello.id, from)
	}
	if m := c.wants("batch"); m.Put["tasks"][0]["sid"] != string(task) || m.id != show(w.head()) {
		t.Errorf("got %s with id %s", m.text, m.id)
	}
}

// TestSlowReader does not read for a while: nothing is lost to it, little is kept for it, and
// nobody else waits for it.
func TestSlowReader(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, func(o *feed.Options) { o.WriteTimeout = time.Hour })
		m := w.picture("Attributes=true")
		query := fmt.Sprint("Attributes=true&Topics=tasks,workers,reservations&AfterSequence=",
			m.sequence)
		slow := w.stuck(query)
		slow.take(t, `"hello"`)
		quick := open(w, query)
		quick.wants("hello")
		text := `{"text":"` + strings.Repeat("x", 4000) + `"}`
		for w.hub.Stats().Lagged == 0 {
			result := w.do(routing.CreateTask{WorkflowSID: w.workflow, Attributes: text})
			if w.hub.Stats().Kept > 8<<20 {
				t.Fatalf("%d bytes are kept for readers", w.hub.Stats().Kept)
			}
			if result.Position.Seq > 20_000 {
				t.Fatal("the reader has not fallen behind")
			}
		}
		for _, msg := range quick.reaches(w.head()) {
			m.fold(t, msg)
		}
		want := w.picture("Attributes=true&Parts=tasks")
		m.rows = map[string]map[string]map[string]any{"tasks": m.rows["tasks"]}
		want.rows = map[string]map[string]map[string]any{"tasks": want.rows["tasks"]}
		same(t, "the quick reader", m, want)

		// Now it reads again, and gets all there is.
		last := ""
		for sid := range want.rows["tasks"] {
			last = max(last, sid)
		}
		slow.take(t, last)
		if n := w.hub.Stats().Readers; n != 2 {
			t.Errorf("%d readers are left, want both", n)
		}
	})
}

// TestStuckReader never reads: it is given up after the limit for a single message.
func TestStuckReader(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) { o.WriteTimeout = 50 * time.Millisecond })
	w.stuck("Attributes=true").take(t, `"hello"`)
	text := `{"text":"` + strings.Repeat("x", 4000) + `"}`
	for end := time.Now().Add(soon); w.hub.Stats().Readers > 0; {
		w.do(routing.CreateTask{WorkflowSID: w.workflow, Attributes: text})
		if time.Now().After(end) {
			t.Fatal("the reader is still there")
		}
	}
	if got := w.hub.Stats().Slow; got != 1 {
		t.Errorf("%d readers were given up as slow, want 1", got)
	}
}

// TestLimits opens more feeds than are allowed.
func TestLimits(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) { o.ReadersPerAccount, o.Readers = 2, 3 })
	first := w.socket("")
	w.lines("")
	resp, body := w.get("/Feed")
	if resp.StatusCode != http.StatusTooManyRequests || !strings.Contains(string(body), "2 feeds") {
		t.Errorf("a third feed: %s %s", resp.Status, body)
	}
	if _, resp, err := w.trySocket(""); err == nil || resp.StatusCode != 429 {
		t.Errorf("a third feed as socket: %v", resp)
	}
	first.stop()
	eventually(t, "one feed is closed", func() bool { return w.hub.Stats().Readers == 1 })
	w.socket("").wants("hello")
}

// TestShutdownTwice is harmless, and nothing begins after it.
func TestShutdownTwice(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for range 2 {
		if err := w.hub.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
	}
	if resp, body := w.get("/Feed"); resp.StatusCode != http.StatusServiceUnavailable {
		t.Errorf("a feed after the end: %s %s", resp.Status, body)
	}
}

// TestBadInput sends what is wrong; nothing opens.
func TestBadInput(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, test := range []struct {
		name, query string
		header      []string
		status      int
		says        string
	}{
		{"negative position", "AfterSequence=-1", nil, 400, "AfterSequence"},
		{"text as position", "AfterSequence=abc", nil, 400, "AfterSequence"},
		{"huge position", "AfterSequence=99999999999999999999", nil, 400, "AfterSequence"},
		{"fraction", "AfterSequence=1.5", nil, 400, "AfterSequence"},
		{"bad header", "", []string{"Last-Event-ID", "-7"}, 400, "Last-Event-ID"},
		{"unknown topic", "Topics=tasks,cakes", nil, 400, "cakes"},
		{"topic in capitals", "Topics=Tasks", nil, 400, "Tasks"},
		{"too many topics", "Topics=" + strings.Repeat("tasks,", 101), nil, 400, "101 values"},
		{"unknown fields", "Fields=most", nil, 400, "Fields"},
		{"bad flag", "Attributes=perhaps", nil, 400, "Attributes"},
		{"bad task", "TaskSid=WK00000000000000000000000000000000", nil, 400, "TaskSid"},
		{"bad worker", "WorkerSid=7", nil, 400, "WorkerSid"},
		{"bad queue", "TaskQueueSid=%00", nil, 400, "TaskQueueSid"},
		{"long type", "EventType=" + strings.Repeat("x", 65), nil, 400, "EventType"},
		{"bad escape", "Topics=%zz", nil, 400, "malformed"},
		{"no credentials", "", []string{"Authorization", ""}, 401, "credentials"},
		{"wrong password", "", []string{"Authorization", "Basic QUM6eA=="}, 401, "Authenticate"},
		{"not a token", "", []string{"Authorization", "Bearer abc"}, 401, "token"},
		{"other account", "", []string{"Authorization", basic(other)}, 404, "not found"},
		{"socket without key", "", []string{"Upgrade", "websocket", "Connection", "Upgrade",
			"Sec-WebSocket-Version", "13"}, 400, "Sec-WebSocket-Key"},
	} {
		t.Run(test.name, func(t *testing.T) {
			resp, body := w.get("/Feed?"+test.query, test.header...)
			if resp.StatusCode != test.status || !strings.Contains(string(body), test.says) {
				t.Errorf("got %s %s, want %d and %q", resp.Status, body, test.status, test.says)
			}
			if got := resp.Header.Get("Content-Type"); got != "application/json; charset=utf-8" {
				t.Errorf("Content-Type is %q", got)
			}
		})
	}
	if n := w.hub.Stats().Readers; n != 0 {
		t.Errorf("%d readers have come in", n)
	}
	resp, err := w.server.Client().Post(w.url("/Feed"), "", nil)
	if err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	r, _ := http.NewRequest("DELETE", w.url("/Snapshot"), nil)
	r.Header.Set("Authorization", basic(account))
	if resp, err = w.server.Client().Do(r); err != nil {
		t.Fatal(err)
	}
	body, _ := io.ReadAll(resp.Body)
	_ = resp.Body.Close()
	if resp.StatusCode != 405 || resp.Header.Get("Allow") != "GET, HEAD, OPTIONS" {
		t.Errorf("DELETE: %s %s %s", resp.Status, resp.Header.Get("Allow"), body)
	}
	r, _ = http.NewRequest("HEAD", w.url("/Feed"), nil)
	r.Header.Set("Authorization", basic(account))
	if resp, err = w.server.Client().Do(r); err != nil {
		t.Fatal(err)
	}
	_ = resp.Body.Close()
	if resp.StatusCode != 200 || !strings.HasPrefix(resp.Header.Get("Content-Type"), "text/event") {
		t.Errorf("HEAD: %s %v", resp.Status, resp.Header)
	}
}
