package api_test

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter/internal/api"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
)

// A dial is a clock that tests turn.
type dial struct {
	mu  sync.Mutex
	now time.Time
}

func newDial() *dial { return &dial{now: time.Date(2030, 1, 2, 12, 0, 0, 0, time.UTC)} }

func (d *dial) read() time.Time {
	d.mu.Lock()
	defer d.mu.Unlock()
	return d.now
}

// to turns the clock to a time of its day, "15:04:05".
func (d *dial) to(text string) {
	t, err := time.Parse(time.TimeOnly, text)
	if err != nil {
		panic(err)
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	y, m, day := d.now.Date()
	d.now = time.Date(y, m, day, t.Hour(), t.Minute(), t.Second(), 0, time.UTC)
}

func (d *dial) pass(by time.Duration) {
	d.mu.Lock()
	defer d.mu.Unlock()
	d.now = d.now.Add(by)
}

// play has one afternoon happen: alice accepts {a} after 5 s and completes it, {b} is canceled
// after 30 s, alice rejects {c} and goes away for 43 s, {c} is deleted. {d} waits at the end,
// with priority 3 on the channel voice, for a second worker who is never there.
func play(c *client, d *dial) {
	c.Helper()
	step := func(at, path, form string) { d.to(at); must(c, "POST", "/v1/Workspaces/{ws}"+path, form) }
	offer := func(name string) {
		c.Helper()
		list := c.list("/Tasks/{"+name+"}/Reservations", "reservations")
		c.names["offer"] = list[0]["sid"].(string)
	}
	create := func(at, name, form string) {
		c.Helper()
		d.to(at)
		c.create(name, "/Tasks", "WorkflowSid={workflow}&"+form)
	}
	c.create("nobody", "/TaskQueues", "FriendlyName=Nobody&TargetWorkers=skill == \"none\"")
	c.create("empty", "/Workflows", `FriendlyName=Second&Configuration=`+
		`{"task_routing":{"filters":[{"expression":"1==1","targets":[`+
		`{"queue":"{nobody}","timeout":60},{"queue":"{queue}","priority":3}]}]}}`)
	create("12:00:10", "a", "")
	offer("a")
	step("12:00:15", "/Tasks/{a}/Reservations/{offer}", "ReservationStatus=accepted")
	create("12:00:20", "b", "")
	step("12:00:50", "/Tasks/{b}", "AssignmentStatus=canceled&Reason=hung up")
	step("12:01:00", "/Tasks/{a}", "AssignmentStatus=completed&Reason=done")
	create("12:01:10", "c", "")
	offer("c")
	step("12:01:17", "/Tasks/{c}/Reservations/{offer}",
		"ReservationStatus=rejected&WorkerActivitySid={offline}")
	d.to("12:01:20")
	must(c, "DELETE", "/v1/Workspaces/{ws}/Tasks/{c}", "")
	d.to("12:01:30")
	c.create("d", "/Tasks", "WorkflowSid={empty}&TaskChannel=voice")
	step("12:02:00", "/Workers/{alice}", "ActivitySid={unavailable}")
	// The time on the first step is over.
	d.to("12:02:35")
	tick(c)
	d.to("12:03:00")
}

// tick has what is due come about: the engine's own timer runs by the real clock.
func tick(c *client) {
	c.Helper()
	_, err := c.engine.Submit(c.Context(), engine.Command{
		Workspace: c.ws, From: engine.Principal{System: true}, Do: routing.Tick{},
	})
	if err != nil {
		c.Fatal(err)
	}
}

// figures reads statistics and returns the values of keys, joined: "realtime.total_tasks" is a
// key within another one.
func figures(c *client, path, form string, keys ...string) string {
	c.Helper()
	a := c.do("GET", "/v1/Workspaces/{ws}"+path, form)
	if a.status != http.StatusOK {
		c.Fatalf("%s %s: %d %s", path, form, a.status, a.body)
	}
	var parts []string
	for _, key := range keys {
		var v any = a.json(c)
		for k := range strings.SplitSeq(key, ".") {
			m, ok := v.(map[string]any)
			if v, ok = m[k]; !ok {
				c.Fatalf("%s has no %s: %s", path, key, a.body)
			}
		}
		text := fmt.Sprint(v)
		for name, sid := range c.names {
			text = strings.ReplaceAll(text, sid, "{"+name+"}")
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, " ")
}

var reservations = []string{
	"reservations_created", "reservations_accepted", "reservations_rejected",
	"reservations_timed_out", "reservations_canceled", "reservations_rescinded",
}

func TestStatistics(t *testing.T) {
	t.Parallel()
	d := newDial()
	w := openWorld(t, t.TempDir(), d.read)
	defer w.close(t)
	c := w.client(t)
	play(c, d)
	keys := func(prefix string, list ...string) []string {
		out := make([]string, len(list))
		for i, k := range list {
			out[i] = prefix + k
		}
		return out
	}
	tasks := []string{"tasks_canceled", "tasks_completed", "tasks_deleted", "tasks_moved"}
	const accepted, canceled = "wait_duration_until_accepted", "wait_duration_until_canceled"
	const five, thirty, none = "map[avg:5 max:5 min:5 total:5]", "map[avg:30 max:30 min:30 total:30]",
		"map[avg:0 max:0 min:0 total:0]"
	for _, tt := range []struct {
		name, path, form string
		keys             []string
		want             string
	}{
		{"workspace now", "/RealTimeStatistics", "",
			[]string{"total_tasks", "longest_task_waiting_age", "longest_task_waiting_sid", "total_workers"}, "1 90 {d} 1"},
		{"its tasks", "/RealTimeStatistics", "",
			[]string{"tasks_by_status", "tasks_by_priority"},
			"map[assigned:0 pending:1 reserved:0 wrapping:0] map[3:1]"},
		{"on another channel", "/RealTimeStatistics", "TaskChannel=sms",
			[]string{"total_tasks", "longest_task_waiting_age", "longest_task_waiting_sid", "tasks_by_priority"}, "0 0 <nil> map[]"},
		{"on its channel, by SID", "/RealTimeStatistics", "TaskChannel={voice}",
			[]string{"total_tasks"}, "1"},
		{"workers by activity", "/RealTimeStatistics", "", []string{"activity_statistics"},
			"[map[friendly_name:Offline sid:{offline} workers:0] map[friendly_name:Available sid:{available} workers:0] map[friendly_name:Unavailable sid:{unavailable} workers:1]]"},
		{"reservations", "/CumulativeStatistics", "", reservations, "2 1 1 0 0 0"},
		{"tasks", "/CumulativeStatistics", "", append([]string{"tasks_created", "tasks_timed_out_in_workflow"}, tasks...), "4 0 1 1 1 1"},
		{"waits", "/CumulativeStatistics", "", []string{"avg_task_acceptance_time", accepted, canceled, "split_by_wait_time"},
			"5 " + five + " " + thirty + " <nil>"},
		{"the window", "/CumulativeStatistics", "", []string{"start_time", "end_time"},
			"2030-01-02T11:48:00Z 2030-01-02T12:03:00Z"},
		{"minutes", "/CumulativeStatistics", "Minutes=2", append([]string{"start_time", "tasks_created"}, tasks...), "2030-01-02T12:01:00Z 2 0 1 1 1"},
		{"a window with both ends", "/CumulativeStatistics", "StartDate=2030-01-02T12:00:15Z&EndDate=2030-01-02T12:00:50Z&Minutes=1",
			[]string{"tasks_created", "reservations_created", "reservations_accepted", "tasks_canceled"}, "1 0 1 0"},
		{"a window with an end", "/CumulativeStatistics", "EndDate=2030-01-02T13:00:11+01:00&Minutes=1",
			[]string{"start_time", "end_time", "tasks_created"}, "2030-01-02T11:59:11Z 2030-01-02T12:00:11Z 1"},
		{"one channel", "/CumulativeStatistics", "TaskChannel=voice", append([]string{"tasks_created"}, tasks...), "1 0 0 0 1"},
		{"splits", "/CumulativeStatistics", "SplitByWaitTime=4,5, 29,30", []string{"split_by_wait_time"},
			"map[29:map[above:map[reservations_accepted:0 tasks_canceled:1] below:map[reservations_accepted:1 tasks_canceled:0]] " +
				"30:map[above:map[reservations_accepted:0 tasks_canceled:0] below:map[reservations_accepted:1 tasks_canceled:1]] " +
				"4:map[above:map[reservations_accepted:1 tasks_canceled:1] below:map[reservations_accepted:0 tasks_canceled:0]] " +
				"5:map[above:map[reservations_accepted:0 tasks_canceled:1] below:map[reservations_accepted:1 tasks_canceled:0]]]"},
		{"combined", "/Statistics", "", append(keys("cumulative.", "avg_task_acceptance_time", "tasks_created"),
			keys("realtime.", "total_tasks", "total_workers", "longest_task_waiting_sid")...), "5 4 1 1 {d}"},

		{"queue now", "/TaskQueues/{queue}/RealTimeStatistics", "",
			[]string{"total_tasks", "longest_task_waiting_age", "longest_relative_task_age_in_queue", "longest_relative_task_sid_in_queue", "total_eligible_workers", "total_available_workers"}, "1 90 25 {d} 1 0"},
		{"queue", "/TaskQueues/{queue}/CumulativeStatistics", "", append(append([]string{"tasks_entered"}, tasks...), reservations...), "4 1 1 1 0 2 1 1 0 0 0"},
		{"waits in the queue", "/TaskQueues/{queue}/CumulativeStatistics", "",
			[]string{accepted, "wait_duration_in_queue_until_accepted", canceled}, five + " " + five + " " + thirty},
		{"the queue that the task left", "/TaskQueues/{nobody}/Statistics", "", append(keys("cumulative.", append(tasks, "tasks_entered")...), "realtime.total_eligible_workers"), "0 0 0 1 1 0"},
		{"queue with splits", "/TaskQueues/{queue}/Statistics", "SplitByWaitTime=30",
			[]string{"cumulative.split_by_wait_time.30.below.tasks_canceled"}, "1"},

		{"workflow now", "/Workflows/{empty}/RealTimeStatistics", "",
			[]string{"total_tasks", "longest_task_waiting_age", "longest_task_waiting_sid", "tasks_by_priority"}, "1 90 {d} map[3:1]"},
		{"workflow", "/Workflows/{workflow}/CumulativeStatistics", "", append([]string{"tasks_entered", "tasks_timed_out_in_workflow", accepted}, reservations...), "3 0 " + five + " 2 1 1 0 0 0"},
		{"another workflow", "/Workflows/{empty}/Statistics", "", append(keys("cumulative.", "tasks_entered", "tasks_moved", accepted), "realtime.total_tasks"), "1 1 " + none + " 1"},

		{"workers now", "/Workers/RealTimeStatistics", "TaskChannel=voice", []string{"total_workers"}, "1"},
		{"workers", "/Workers/CumulativeStatistics", "", reservations, "2 1 1 0 0 0"},
		{"activities", "/Workers/CumulativeStatistics", "", []string{"activity_durations"},
			"[map[avg:43 friendly_name:Offline max:43 min:43 sid:{offline} total:43] map[avg:77 friendly_name:Available max:77 min:77 sid:{available} total:77] map[avg:60 friendly_name:Unavailable max:60 min:60 sid:{unavailable} total:60]]"},
		{"activities cut by the window", "/Workers/{alice}/Statistics", "StartDate=2030-01-02T12:01:00Z&EndDate=2030-01-02T12:01:30Z", []string{"cumulative.activity_durations"},
			"[map[avg:13 friendly_name:Offline max:13 min:13 sid:{offline} total:13] map[avg:17 friendly_name:Available max:17 min:17 sid:{available} total:17] map[avg:0 friendly_name:Unavailable max:0 min:0 sid:{unavailable} total:0]]"},
		{"worker", "/Workers/{alice}/Statistics", "", append(keys("cumulative.", reservations...), "worker_sid"), "2 1 1 0 0 0 {alice}"},
		{"worker on another channel", "/Workers/{alice}/Statistics", "TaskChannel=voice", keys("cumulative.", reservations...), "0 0 0 0 0 0"},
		{"workers of a queue", "/Workers/Statistics", "TaskQueueSid={queue}", append(keys("cumulative.", reservations...), "realtime.total_workers"), "2 1 1 0 0 0 1"},
		{"workers of no queue", "/Workers/Statistics", "TaskQueueName=Nobody", append(keys("cumulative.", reservations...), "realtime.total_workers", "realtime.activity_statistics"),
			"0 0 0 0 0 0 0 [map[friendly_name:Offline sid:{offline} workers:0] map[friendly_name:Available sid:{available} workers:0] map[friendly_name:Unavailable sid:{unavailable} workers:0]]"},
		{"workers by name", "/Workers/Statistics", "FriendlyName=alice", []string{"cumulative.reservations_created", "realtime.total_workers"}, "2 1"},
		{"workers by a name that nobody has", "/Workers/Statistics", "FriendlyName=Al", []string{"cumulative.reservations_created", "realtime.total_workers"}, "0 0"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := &client{world: w, TB: t, ws: c.ws, names: c.names}
			if got := figures(c, tt.path, tt.form, tt.keys...); got != tt.want {
				t.Errorf("%s?%s\n got %s\nwant %s", tt.path, tt.form, got, tt.want)
			}
		})
	}
}

// everyStatistic are the paths of all statistics that are read with GET.
var everyStatistic = []string{
	"/Statistics", "/RealTimeStatistics", "/CumulativeStatistics",
	"/Workers/Statistics", "/Workers/RealTimeStatistics", "/Workers/CumulativeStatistics",
	"/Workers/{alice}/Statistics",
	"/TaskQueues/Statistics", "/TaskQueues/{queue}/Statistics",
	"/TaskQueues/{queue}/RealTimeStatistics", "/TaskQueues/{queue}/CumulativeStatistics",
	"/Workflows/{workflow}/Statistics", "/Workflows/{workflow}/RealTimeStatistics",
	"/Workflows/{workflow}/CumulativeStatistics",
}

// Figures after a restart are those of before, hours and days later as well.
func TestStatisticsAfterRestart(t *testing.T) {
	t.Parallel()
	d, dir := newDial(), t.TempDir()
	w := openWorld(t, dir, d.read)
	c := w.client(t)
	play(c, d)
	read := func() map[string]string {
		all := make(map[string]string)
		for _, path := range everyStatistic {
			for _, form := range []string{"", "StartDate=2030-01-02T12:00:00Z&EndDate=2030-01-02T12:01:00Z&SplitByWaitTime=10"} {
				a := c.do("GET", "/v1/Workspaces/{ws}"+path, form)
				if a.status != http.StatusOK {
					t.Fatalf("%s: %d %s", path, a.status, a.body)
				}
				all[path+"?"+form] = a.body
			}
		}
		return all
	}
	for _, later := range []time.Duration{0, time.Hour, 50 * time.Hour} {
		d.pass(later)
		tick(c)
		before := read()
		w.close(t)
		w = openWorld(t, dir, d.read)
		c.world = w
		if diff := cmp.Diff(before, read()); diff != "" {
			t.Errorf("after %v (-before +after the restart):\n%s", later, diff)
		}
	}
	w.close(t)
}

func TestStatisticsRefused(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{name: "unknown queue", path: "/TaskQueues/{no-queue}/Statistics", status: 404, code: 20404},
		{name: "a queue as workflow", path: "/Workflows/{queue}/Statistics", status: 404, code: 20404},
		{name: "unknown workflow", path: "/Workflows/{no-workflow}/RealTimeStatistics", status: 404, code: 20404},
		{name: "unknown worker", path: "/Workers/{no-worker}/Statistics", status: 404, code: 20404},
		{name: "unknown workspace", path: "/v1/Workspaces/{no-ws}/Statistics", status: 404, code: 20404},
		{name: "workspace of another account", path: "/v1/Workspaces/{foreign}/CumulativeStatistics", status: 404, code: 20404},
		{name: "workers of another account", path: "/v1/Workspaces/{foreign}/Workers/Statistics", status: 404, code: 20404},
		{name: "queues of another account", path: "/v1/Workspaces/{foreign}/TaskQueues/Statistics", status: 404, code: 20404},
		{name: "no real-time statistics of one worker", path: "/Workers/{alice}/RealTimeStatistics", status: 404, code: 20404},
		{name: "older than 30 days", path: "/Statistics", form: "StartDate=2020-01-01", status: 400, code: 14241, want: []string{"StartDate 2020-01-01T00:00:00Z is more than 30 days ago"}},
		{name: "an end older than 30 days", path: "/TaskQueues/Statistics", form: "EndDate=2020-01-01", status: 400, code: 14241},
		{name: "an end before the beginning", path: "/Workers/CumulativeStatistics", form: "StartDate=2999-01-01", status: 400, code: 20001, want: []string{"StartDate 2999-01-01T00:00:00Z is after the end"}},
		{name: "too many minutes", path: "/Statistics", form: "Minutes=43201", status: 400, code: 20001, want: []string{"Minutes must be a whole number from 1 to 43200"}},
		{name: "no minutes", path: "/Workers/{alice}/Statistics", form: "Minutes=0", status: 400, code: 20001, want: []string{"Minutes"}},
		{name: "no date", path: "/CumulativeStatistics", form: "EndDate=yesterday", status: 400, code: 20001, want: []string{"EndDate must be a date"}},
		{name: "unknown channel", path: "/RealTimeStatistics", form: "TaskChannel=fax", status: 400, code: 20001, want: []string{`TaskChannel \"fax\" is no task channel`}},
		{name: "unknown channel of queues", path: "/TaskQueues/Statistics", form: "TaskChannel=fax", status: 400, code: 20001, want: []string{"TaskChannel"}},
		{name: "unknown channel of workers", path: "/Workers/RealTimeStatistics", form: "TaskChannel=fax", status: 400, code: 20001, want: []string{"TaskChannel"}},
		{name: "unknown channel of a worker", path: "/Workers/{alice}/Statistics", form: "TaskChannel={no-channel}", status: 400, code: 20001, want: []string{"TaskChannel"}},
		{name: "no threshold", path: "/Statistics", form: "SplitByWaitTime=5,soon", status: 400, code: 20001, want: []string{"SplitByWaitTime must be"}},
		{name: "a negative threshold", path: "/TaskQueues/{queue}/CumulativeStatistics", form: "SplitByWaitTime=-1", status: 400, code: 20001},
		{name: "too many thresholds", path: "/Statistics", form: "SplitByWaitTime=" + strings.Repeat("1,", 100) + "2" + manyNumbers(), status: 400, code: 20001},
		{name: "malformed queue", path: "/Workers/Statistics", form: "TaskQueueSid=WQ1", status: 400, code: 20001, want: []string{"TaskQueueSid"}},
		{name: "statistics are not written", method: "POST", path: "/Statistics", status: 405, code: 20004},
		{name: "30 days are the most", path: "/Statistics", form: "Minutes=43200&SplitByWaitTime=1,1", want: []string{`"split_by_wait_time":{"1":{"above"`}},
	})
}

func manyNumbers() string {
	var b strings.Builder
	for i := range 101 {
		fmt.Fprintf(&b, ",%d", i)
	}
	return b.String()
}

func TestQueueListStatistics(t *testing.T) {
	t.Parallel()
	d := newDial()
	w := openWorld(t, t.TempDir(), d.read)
	defer w.close(t)
	c := w.client(t)
	play(c, d)
	c.create("third", "/TaskQueues", "FriendlyName=Third")
	page := c.do("GET", "/v1/Workspaces/{ws}/TaskQueues/Statistics", "PageSize=2&Minutes=10")
	var got []string
	for {
		for _, item := range items(t, page, "task_queues_statistics") {
			if item["url"] != nil {
				t.Errorf("an item has a url: %v", item)
			}
			sid := item["task_queue_sid"].(string)
			for name, s := range c.names {
				sid = strings.ReplaceAll(sid, s, name)
			}
			got = append(got, fmt.Sprint(sid, " ",
				item["cumulative"].(map[string]any)["tasks_entered"], " ",
				item["realtime"].(map[string]any)["total_tasks"]))
		}
		next, _ := page.json(t)["meta"].(map[string]any)["next_page_url"].(string)
		if next == "" {
			break
		}
		if !strings.Contains(next, "Minutes=10") {
			t.Errorf("the next page has another window: %s", next)
		}
		page = c.do("GET", strings.TrimPrefix(next, "http://router.test"), "")
	}
	if diff := cmp.Diff([]string{"queue 4 1", "nobody 1 0", "third 0 0"}, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	one := c.do("GET", "/v1/Workspaces/{ws}/TaskQueues/Statistics", "FriendlyName=Nobody")
	if list := items(t, one, "task_queues_statistics"); len(list) != 1 {
		t.Errorf("%d queues of that name: %s", len(list), one.body)
	}
}

// bulk asks for queues at once.
func bulk(c *client, body string) answer {
	c.Helper()
	r := httptest.NewRequestWithContext(c.Context(), "POST",
		"http://router.test"+c.expand("/v1/Workspaces/{ws}/TaskQueues/RealTimeStatistics"),
		strings.NewReader(c.expand(body)))
	r.SetBasicAuth(string(account), password)
	r.Header.Set("Content-Type", "application/json")
	return c.send(r)
}

func TestBulkStatistics(t *testing.T) {
	t.Parallel()
	d := newDial()
	w := openWorld(t, t.TempDir(), d.read)
	defer w.close(t)
	c := w.client(t)
	play(c, d)
	for _, key := range []string{"QueueSids", "queueSids"} {
		a := bulk(c, `{"`+key+`":["{no-queue}","{queue}"]}`)
		if a.status != 200 {
			t.Fatalf("%d %s", a.status, a.body)
		}
		v := a.json(t)
		if v["task_queue_response_count"] != 2.0 || v["url"] != "http://router.test"+
			c.expand("/v1/Workspaces/{ws}/TaskQueues/RealTimeStatistics") {
			t.Errorf("%s", a.body)
		}
		for i, want := range []string{
			`"task_queue_sid":"{no-queue}","total_tasks":0,"longest_task_waiting_age":0,"longest_task_waiting_sid":null,`,
			`"task_queue_sid":"{queue}","total_tasks":1,"longest_task_waiting_age":90,"longest_task_waiting_sid":"{d}",`,
		} {
			if !strings.Contains(a.body, c.expand(want)) {
				t.Errorf("item %d lacks %s: %s", i, c.expand(want), a.body)
			}
		}
		if n := strings.Count(a.body, `"friendly_name":"Offline"`); n != 2 {
			t.Errorf("%d lists of activities, want 2: %s", n, a.body)
		}
	}
	d.pass(time.Second)
	for body, part := range map[string]string{
		"":                  "JSON object",
		`["{queue}"]`:       "JSON object",
		`{"QueueSids":"x"}`: "JSON object",
		`{"QueueSids":[]}`:  "lists 0 queues",
		`{"QueueSids":["{queue}",` + strings.TrimSuffix(strings.Repeat(`"{queue}",`, 50), ",") + `]}`: "lists 51 queues",
		`{"QueueSids":["{queue}","WQ1"]}`: `\"WQ1\" is none`,
		`{"QueueSids":["{alice}"]}`:       "is none",
	} {
		d.pass(time.Second)
		if a := bulk(c, body); a.status != 400 || !strings.Contains(a.body, part) ||
			a.json(t)["code"] != 20001.0 {
			t.Errorf("%s: %d %s, want %q", body, a.status, a.body, part)
		}
	}
}

func TestBulkStatisticsRate(t *testing.T) {
	t.Parallel()
	d := newDial()
	w := openWorld(t, t.TempDir(), d.read)
	defer w.close(t)
	c := w.client(t)
	got := func() (list []int) {
		for range 6 {
			a := bulk(c, `{"QueueSids":["{queue}"]}`)
			list = append(list, a.status)
			if a.status == 429 && (a.header.Get("Retry-After") != "1" || a.json(t)["code"] != 20429.0) {
				t.Errorf("Retry-After %q: %s", a.header.Get("Retry-After"), a.body)
			}
		}
		return list
	}
	want := []int{200, 200, 200, 200, 200, 429}
	for range 2 {
		if diff := cmp.Diff(want, got()); diff != "" {
			t.Errorf("(-want +got):\n%s", diff)
		}
		d.pass(time.Second)
	}
	if a := c.do("GET", "/v1/Workspaces/{ws}/TaskQueues/Statistics", ""); a.status != 200 {
		t.Errorf("other statistics: %d", a.status)
	}
}

// Every link to statistics that a resource has leads to statistics.
func TestStatisticsLinks(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	seen := make(map[string]bool)
	for _, path := range []string{"", "/Workers/{alice}", "/TaskQueues/{queue}", "/Workflows/{workflow}"} {
		links := c.do("GET", "/v1/Workspaces/{ws}"+path, "").json(t)["links"].(map[string]any)
		for name, url := range links {
			if !strings.Contains(name, "statistics") {
				continue
			}
			path := strings.TrimPrefix(url.(string), "http://router.test")
			a := c.do("GET", path, "")
			if name == "bulk_real_time_statistics" {
				a = bulk(c, `{"QueueSids":["{queue}"]}`)
			}
			if a.status != 200 {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
			if own, ok := a.json(t)["url"]; ok && own != url {
				t.Errorf("%s says it is %s", url, own)
			}
			seen[path] = true
		}
	}
	if len(seen) != 15 {
		t.Errorf("%d paths of statistics are linked, want 15: %v", len(seen), seen)
	}
}

// Numbers that clients read as integers have no point; the mean of the combined resources, which
// clients take as it is, has one.
func TestStatisticsNumbers(t *testing.T) {
	t.Parallel()
	d := newDial()
	w := openWorld(t, t.TempDir(), d.read)
	defer w.close(t)
	c := w.client(t)
	task(c)
	d.pass(2500 * time.Millisecond)
	must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}", "ReservationStatus=accepted")
	for path, want := range map[string]string{
		"/Statistics":                             `"avg_task_acceptance_time":2.5,`,
		"/CumulativeStatistics":                   `"avg_task_acceptance_time":2,`,
		"/TaskQueues/{queue}/Statistics":          `"avg_task_acceptance_time":2.5,`,
		"/Workflows/{workflow}/Statistics":        `"avg_task_acceptance_time":2.5,`,
		"/TaskQueues/Statistics":                  `"avg_task_acceptance_time":2.5,`,
		"/Statistics?TaskChannel=sms":             `"avg_task_acceptance_time":0.0,`,
		"/CumulativeStatistics?SplitByWaitTime=2": `"2":{"above":{"tasks_canceled":0,"reservations_accepted":1}`,
		"/CumulativeStatistics?SplitByWaitTime=3": `"below":{"tasks_canceled":0,"reservations_accepted":1}`,
	} {
		if a := c.do("GET", "/v1/Workspaces/{ws}"+path, ""); !strings.Contains(a.body, want) {
			t.Errorf("%s lacks %s: %s", path, want, a.body)
		}
	}
}

// A server without statistics says that it has none.
func TestWithoutStatistics(t *testing.T) {
	t.Parallel()
	c := newWorld(t, func(o *api.Options) { o.Statistics = nil }).client(t)
	for _, path := range everyStatistic {
		if a := c.do("GET", "/v1/Workspaces/{ws}"+path, ""); a.status != 404 {
			t.Errorf("%s: %d, want 404", path, a.status)
		}
	}
}

// The two parts of the combined resources have the keys of the resources of their own, which the
// description says nothing about.
func TestCombinedStatistics(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	without := func(path string, ids ...string) []string {
		a := c.do("GET", "/v1/Workspaces/{ws}"+path, "")
		v := a.json(t)
		for _, k := range append(ids, "account_sid", "workspace_sid", "url") {
			delete(v, k)
		}
		return sorted(v)
	}
	for _, of := range []struct{ path, id string }{
		{"", ""}, {"/Workers", ""}, {"/TaskQueues/{queue}", "task_queue_sid"}, {"/Workflows/{workflow}", "workflow_sid"},
	} {
		v := c.do("GET", "/v1/Workspaces/{ws}"+of.path+"/Statistics", "").json(t)
		for part, path := range map[string]string{"realtime": "/RealTimeStatistics", "cumulative": "/CumulativeStatistics"} {
			if diff := cmp.Diff(without(of.path+path, of.id), sorted(v[part].(map[string]any))); diff != "" {
				t.Errorf("%s %s (-own resource +part):\n%s", of.path, part, diff)
			}
		}
	}
	worker := c.do("GET", "/v1/Workspaces/{ws}/Workers/{alice}/Statistics", "").json(t)
	if worker["realtime"] != nil {
		t.Errorf("a worker has real-time statistics: %v", worker)
	}
	if diff := cmp.Diff(without("/Workers/CumulativeStatistics"), sorted(worker["cumulative"].(map[string]any))); diff != "" {
		t.Errorf("a worker's (-workers' +own):\n%s", diff)
	}
}

func sorted(m map[string]any) []string {
	keys := make([]string, 0, len(m))
	for k := range m {
		keys = append(keys, k)
	}
	slices.Sort(keys)
	return keys
}
