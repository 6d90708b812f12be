package api_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/api"
	"taskrouter/internal/engine"
)

// asWorker sends a request as the event bridge does for the client of a worker.
func (c *client) asWorker(worker, method, path, form string) answer {
	c.Helper()
	body := escape(c.expand(form))
	r := httptest.NewRequest(method, c.expand(path), strings.NewReader(body))
	r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	sid := c.expand(worker)
	return c.send(r.WithContext(engine.WithPrincipal(c.Context(), engine.Principal{
		Account: account, Channel: sid,
		Actor: taskrouter.Actor{Type: "worker", SID: sid, IP: "192.0.2.9"},
	})))
}

// story has a task go through its whole life: {task} is offered to {alice}, who declines from
// her client and stays away, then to {bob}, who accepts and finishes.
func story(c *client) {
	c.Helper()
	task(c)
	c.create("bob", "/Workers", "FriendlyName=Bob&ActivitySid={available}")
	a := c.asWorker("{alice}", "POST", "/v1/Workspaces/{ws}/Workers/{alice}/Reservations/{reservation}",
		"ReservationStatus=rejected&WorkerActivitySid={unavailable}")
	if a.status != http.StatusOK {
		c.Fatalf("decline: %d %s", a.status, a.body)
	}
	offers := c.list("/Workers/{bob}/Reservations", "reservations")
	if len(offers) != 1 {
		c.Fatalf("%d offers to bob", len(offers))
	}
	c.names["second"] = offers[0]["sid"].(string)
	const task = "/v1/Workspaces/{ws}/Tasks/{task}"
	must(c, "POST", task+"/Reservations/{second}", "ReservationStatus=accepted")
	must(c, "POST", task, "AssignmentStatus=wrapping&Reason=written up")
	must(c, "POST", task, "AssignmentStatus=completed&Reason=solved")
}

// oldestFirst returns the events of a list's first page, oldest first.
func (c *client) oldestFirst(query string) []map[string]any {
	c.Helper()
	events := c.list("/Events?PageSize=1000&"+query, "events")
	slices.Reverse(events)
	return events
}

func typesOf(events []map[string]any) []string {
	var types []string
	for _, e := range events {
		types = append(types, e["event_type"].(string))
	}
	return types
}

// The events of a whole story come in the documented order.
func TestEventsOfAStory(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	story(c)
	want := []string{
		"task.created", "workflow.entered", "workflow.target-matched", "task-queue.entered",
		"reservation.created",
		"reservation.rejected", "reservation.created",
		"reservation.accepted",
		"task.wrapup", "reservation.wrapup",
		"task.completed", "reservation.completed",
	}
	events := c.oldestFirst(c.expand("TaskSid={task}"))
	if diff := cmp.Diff(want, typesOf(events)); diff != "" {
		t.Fatalf("events of the task (-want +got):\n%s", diff)
	}
	last := 0.0
	for _, e := range events {
		if ms := e["event_date_ms"].(float64); ms < last {
			t.Errorf("%s is told for %.0f, after one for %.0f", e["event_type"], ms, last)
		} else {
			last = ms
		}
		again := must(c, "GET", "/v1/Workspaces/{ws}/Events/"+e["sid"].(string), "")
		if diff := cmp.Diff(e, again.json(t)); diff != "" {
			t.Errorf("the list and the event differ (-list +event):\n%s", diff)
		}
	}
	whole := c.list("/Events?PageSize=1000", "events")
	if got, want := len(whole), len(want)+12; got < want {
		t.Errorf("%d events in all, want at least %d", got, want)
	}
}

// An event has all documented fields, and all values of event_data are text.
func TestEventFields(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	story(c)
	find := func(kind string) map[string]any {
		events := c.oldestFirst(c.expand("EventType=" + kind + "&TaskSid={task}"))
		if len(events) == 0 {
			t.Fatalf("no event %s", kind)
		}
		return events[0]
	}
	at := func(e map[string]any) time.Time {
		return time.UnixMilli(int64(e["event_date_ms"].(float64))).UTC()
	}
	ws := c.expand("http://router.test/v1/Workspaces/{ws}")
	check := func(got map[string]any, want map[string]string, data map[string]string) {
		t.Helper()
		want["event_date"] = at(got).Format("2006-01-02T15:04:05Z")
		want["url"] = ws + "/Events/" + got["sid"].(string)
		want["account_sid"], want["workspace_sid"] = string(account), c.names["ws"]
		want["source"] = "twilio"
		for key, value := range want {
			if got[key] != c.expand(value) {
				t.Errorf("%s: %s is %v, want %s", got["event_type"], key, got[key], c.expand(value))
			}
		}
		if got["sequence"].(float64) < 1 {
			t.Errorf("sequence is %v", got["sequence"])
		}
		told := got["event_data"].(map[string]any)
		for key, value := range data {
			if told[key] != c.expand(value) {
				t.Errorf("%s: event_data.%s is %#v, want %q", got["event_type"], key, told[key],
					c.expand(value))
			}
		}
		for key, value := range told {
			if _, ok := value.(string); !ok {
				t.Errorf("event_data.%s is %#v, want text", key, value)
			}
		}
	}
	check(find("reservation.rejected"), map[string]string{
		"event_type": "reservation.rejected", "description": "Reservation rejected",
		"resource_type": "reservation", "resource_sid": "{reservation}",
		"resource_url": ws + "/Tasks/{task}/Reservations/{reservation}",
		"actor_type":   "worker", "actor_sid": "{alice}", "actor_url": ws + "/Workers/{alice}",
		"source_ip_address": "192.0.2.9",
	}, map[string]string{
		"workspace_sid": "{ws}", "workspace_name": "Test",
		"task_sid": "{task}", "task_attributes": `{"type":"sales"}`, "task_priority": "0",
		"task_assignment_status": "pending", "task_queue_sid": "{queue}", "task_queue_name": "Everyone",
		"task_queue_target_expression": "1==1", "workflow_sid": "{workflow}", "workflow_name": "First",
		"reservation_sid": "{reservation}", "reservation_status": "rejected",
		"reservation_timeout": "120", "reservation_version": "1",
		"worker_sid": "{alice}", "worker_name": "Alice", "worker_attributes": `{"skill":"sales","level":5}`,
		"task_channel_sid": "{default}", "task_channel_unique_name": "default",
	})
	check(find("workflow.target-matched"), map[string]string{
		"description": "Task matched a workflow target", "resource_type": "workflow",
		"resource_sid": "{workflow}", "resource_url": ws + "/Workflows/{workflow}",
		"actor_type": "account", "actor_sid": "{account}", "source_ip_address": "192.0.2.1",
	}, map[string]string{
		"task_sid": "{task}", "workflow_filter_target_name": "Everyone", "workflow_filter_name": "",
	})
	check(find("task.completed"), map[string]string{
		"resource_type": "task", "resource_url": ws + "/Tasks/{task}",
	}, map[string]string{
		"task_completed_reason": "solved", "task_assignment_status": "completed",
	})
	moved := c.oldestFirst(c.expand("EventType=worker.activity.update&WorkerSid={alice}"))
	if len(moved) != 1 {
		t.Fatalf("alice moved %d times", len(moved))
	}
	check(moved[0], map[string]string{
		"description":   "Worker Alice updated to Unavailable Activity",
		"resource_type": "worker", "resource_url": ws + "/Workers/{alice}",
	}, map[string]string{
		"worker_activity_name": "Unavailable", "worker_previous_activity_name": "Available",
		"worker_previous_activity_sid": "{available}",
	})
	created := c.oldestFirst("EventType=workspace.created")
	if len(created) != 1 || created[0]["actor_url"] != nil {
		t.Errorf("workspace.created: %v; an account has no URL here", created)
	}
}

// Each filter leaves exactly the events that the whole list holds and the filter means.
func TestEventFilters(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	c.create("chats", "/TaskQueues", "FriendlyName=Chats")
	c.create("chatting", "/Workflows", `FriendlyName=Chat&Configuration=`+
		`{"task_routing":{"default_filter":{"queue":"{chats}"}}}`)
	c.create("other", "/Tasks", "WorkflowSid={chatting}&TaskChannel=chat")
	story(c)
	all := c.oldestFirst("")
	middle := all[len(all)/2]
	data := func(key, value string) func(map[string]any) bool {
		return func(e map[string]any) bool {
			return e["event_data"].(map[string]any)[key] == c.expand(value)
		}
	}
	field := func(key string, values ...string) func(map[string]any) bool {
		return func(e map[string]any) bool {
			return slices.Contains(values, fmt.Sprint(e[key]))
		}
	}
	both := func(list ...func(map[string]any) bool) func(map[string]any) bool {
		return func(e map[string]any) bool {
			return !slices.ContainsFunc(list, func(is func(map[string]any) bool) bool { return !is(e) })
		}
	}
	tests := []struct {
		query string
		want  func(map[string]any) bool
	}{
		{"EventType=task.created", field("event_type", "task.created")},
		{"EventType=task.created&EventType=task.completed",
			field("event_type", "task.created", "task.completed")},
		{"EventType=task.created,task.completed", field("event_type", "task.created", "task.completed")},
		{"TaskSid={task}", data("task_sid", "{task}")},
		{"TaskSid={other}", data("task_sid", "{other}")},
		{"WorkerSid={bob}", data("worker_sid", "{bob}")},
		{"ReservationSid={second}", data("reservation_sid", "{second}")},
		{"TaskQueueSid={chats}", data("task_queue_sid", "{chats}")},
		{"WorkflowSid={chatting}", data("workflow_sid", "{chatting}")},
		{"TaskChannel=chat", data("task_channel_unique_name", "chat")},
		{"TaskChannel={chat}", data("task_channel_unique_name", "chat")},
		{"Sid=" + middle["sid"].(string), field("sid", middle["sid"].(string))},
		{"ActorSid={alice}", field("actor_sid", c.names["alice"])},
		{"ActorSid={account}", field("actor_sid", string(account))},
		{fmt.Sprintf("AfterSequence=%v", middle["sequence"]), func(e map[string]any) bool {
			return e["sequence"].(float64) > middle["sequence"].(float64)
		}},
		{"AfterSequence=0", func(map[string]any) bool { return true }},
		{"Search=completed", func(e map[string]any) bool {
			return strings.HasSuffix(e["event_type"].(string), "completed")
		}},
		{"Search=reservation CREATED", field("event_type", "reservation.created")},
		{"Search={second}", data("reservation_sid", "{second}")},
		{"Search=bob", data("worker_name", "Bob")},
		{"Search=chats", data("task_queue_sid", "{chats}")},
		{"Search=chat&TaskSid={task}", func(map[string]any) bool { return false }},
		{"TaskSid={no-task}", func(map[string]any) bool { return false }},
		{"TaskChannel=no such", func(map[string]any) bool { return false }},
		{"EventType=no.such", func(map[string]any) bool { return false }},
		{"TaskSid={task}&WorkerSid={bob}&EventType=reservation.created",
			both(data("task_sid", "{task}"), data("worker_sid", "{bob}"),
				field("event_type", "reservation.created"))},
	}
	for _, tt := range tests {
		var want []string
		for _, e := range all {
			if tt.want(e) {
				want = append(want, e["sid"].(string)+" "+e["event_type"].(string))
			}
		}
		slices.Reverse(want)
		a := must(c, "GET", "/v1/Workspaces/{ws}/Events", "PageSize=1000&"+tt.query)
		var got []string
		for _, e := range items(t, a, "events") {
			got = append(got, e["sid"].(string)+" "+e["event_type"].(string))
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.query, diff)
		}
	}
}

// The period that a list is about: the last 15 minutes, unless the request says another one.
func TestEventPeriod(t *testing.T) {
	t.Parallel()
	var now time.Time
	c := newWorld(t, func(o *api.Options) {
		o.Now = func() time.Time {
			if now.IsZero() {
				return time.Now()
			}
			return now
		}
	}).client(t)
	story(c)
	all := c.oldestFirst("")
	at := time.UnixMilli(int64(all[0]["event_date_ms"].(float64))).UTC()
	day := func(d time.Duration) string { return at.Add(d).Format(time.RFC3339) }
	for _, tt := range []struct {
		later time.Duration
		query string
		some  bool
	}{
		{10 * time.Minute, "", true},
		{16 * time.Minute, "", false},
		{16 * time.Minute, "Minutes=17", true},
		{16 * time.Minute, "Minutes=16&StartDate=" + day(-time.Hour), true},
		{time.Minute, "Minutes=17&StartDate=" + day(time.Minute/2), false},
		{24 * time.Hour, "StartDate=" + day(-time.Hour), true},
		{24 * time.Hour, "StartDate=" + day(0), true},
		{24 * time.Hour, "StartDate=" + day(time.Minute), false},
		{24 * time.Hour, "StartDate=" + day(-time.Hour) + "&EndDate=" + day(0), true},
		{24 * time.Hour, "StartDate=" + day(-time.Hour) + "&EndDate=" + day(-time.Second), false},
		{24 * time.Hour, "EndDate=" + day(0), true},
		{24 * time.Hour, "EndDate=" + day(20*time.Minute), false},
		{29 * 24 * time.Hour, "Minutes=43200", true},
		{30 * 24 * time.Hour, "StartDate=" + day(0), true},
		{60 * 24 * time.Hour, "Sid=" + all[0]["sid"].(string), true},
		{60 * 24 * time.Hour, "AfterSequence=0", true},
	} {
		now = at.Add(tt.later)
		a := must(c, "GET", "/v1/Workspaces/{ws}/Events", tt.query)
		if got := items(t, a, "events"); (len(got) > 0) != tt.some {
			t.Errorf("%v later, %s: %d events, want some: %v", tt.later, tt.query, len(got), tt.some)
		}
	}
	now = at.Add(30*24*time.Hour + 2*time.Minute)
	if a := c.do("GET", "/v1/Workspaces/{ws}/Events", "StartDate="+day(0)); a.status != 400 {
		t.Errorf("31 days back: %d %s", a.status, a.body)
	}
}

// Attributes of tasks are shown for 30 days.
func TestOldEventsHaveNoAttributes(t *testing.T) {
	t.Parallel()
	var later time.Duration
	c := newWorld(t, func(o *api.Options) {
		o.Now = func() time.Time { return time.Now().Add(later) }
	}).client(t)
	task(c)
	for _, tt := range []struct {
		later time.Duration
		want  string
	}{
		{0, `"task_attributes":"{\"type\":\"sales\"}"`},
		{29 * 24 * time.Hour, `"task_attributes":"{\"type\":\"sales\"}"`},
		{30*24*time.Hour + time.Minute, `"task_attributes":""`},
	} {
		later = tt.later
		a := must(c, "GET", "/v1/Workspaces/{ws}/Events",
			"AfterSequence=0&EventType=reservation.created&TaskSid={task}")
		if !strings.Contains(a.body, tt.want) || !strings.Contains(a.body, c.names["alice"]) {
			t.Errorf("after %v: %s", tt.later, a.body)
		}
	}
}

func TestEventPages(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	story(c)
	var want []string
	for _, e := range c.list("/Events?PageSize=1000", "events") {
		want = append(want, e["sid"].(string))
	}
	if !slices.IsSortedFunc(want, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Error("not the newest first")
	}
	for _, size := range []int{1, 4, len(want), 1000} {
		got := c.walkAll("events", fmt.Sprintf("/{ws}/Events?PageSize=%d", size))
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
	}
	filtered := c.walkAll("events", "/{ws}/Events?PageSize=2&EventType=worker.created")
	if len(filtered) != 2 {
		t.Errorf("%d workers were made", len(filtered))
	}
}

// What happens while somebody reads page by page moves nothing: going on finds exactly what was
// there, going back finds what is new.
func TestEventPagesWhileThingsHappen(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	story(c)
	var want []string
	for _, e := range c.list("/Events?PageSize=1000", "events") {
		want = append(want, e["sid"].(string))
	}
	var got, fresh []string
	page := c.walk("events", c.expand("http://router.test/v1/Workspaces/{ws}/Events?PageSize=5"))
	first := page
	for {
		got = append(got, page.sids...)
		c.create("x", "/Activities", fmt.Sprintf("FriendlyName=Activity %d", len(got)))
		newest := c.list("/Events?PageSize=1", "events")[0]
		fresh = append(fresh, newest["sid"].(string))
		if page.next == "" {
			break
		}
		page = c.walk("events", page.next)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("on (-want +got):\n%s", diff)
	}
	page = c.walk("events", c.walk("events", first.next).previous)
	if diff := cmp.Diff(first.sids, page.sids); diff != "" {
		t.Errorf("back (-want +got):\n%s", diff)
	}
	var back []string
	for page.previous != "" {
		page = c.walk("events", page.previous)
		back = append(slices.Clone(page.sids), back...)
	}
	slices.Reverse(fresh)
	if diff := cmp.Diff(fresh, back); diff != "" {
		t.Errorf("what is new (-want +got):\n%s", diff)
	}
}

// A stopped and started server tells the same.
func TestEventsAfterRestart(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	c := w.client(t)
	story(c)
	const path = "/v1/Workspaces/{ws}/Events"
	before := must(c, "GET", path, "AfterSequence=0&PageSize=1000").body
	timeline := must(c, "GET", "/v1/Workspaces/{ws}/Tasks/{task}/Timeline", "").body
	w.close(t)
	again := openWorld(t, w.dir, ticking())
	t.Cleanup(func() { again.close(t) })
	c.world = again
	if diff := cmp.Diff(before, must(c, "GET", path, "AfterSequence=0&PageSize=1000").body); diff != "" {
		t.Errorf("events (-before +after):\n%s", diff)
	}
	after := must(c, "GET", "/v1/Workspaces/{ws}/Tasks/{task}/Timeline", "").body
	if diff := cmp.Diff(timeline, after); diff != "" {
		t.Errorf("timeline (-before +after):\n%s", diff)
	}
}

func TestHistoryRefusals(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	tooMany := strings.Repeat("EventType=task.created&", 51)
	old := time.Now().Add(-31 * 24 * time.Hour).UTC().Format(time.RFC3339)
	var scenarios []scenario
	refuse := func(path, form string, status int, want ...string) {
		code := map[int]int{400: 20001, 404: 20404, 405: 20004}[status]
		scenarios = append(scenarios, scenario{
			name: path + " " + form[:min(len(form), 40)], before: accepted, path: path, form: form,
			status: status, code: code, want: want,
		})
	}
	for _, list := range []string{"/Events", "/Alerts"} {
		refuse(list, "Minutes=0", 400, `"pointer":"/Minutes"`, "from 1 to 43200")
		refuse(list, "Minutes=43201", 400, `"pointer":"/Minutes"`)
		refuse(list, "Minutes=many", 400, `"pointer":"/Minutes"`)
		refuse(list, "StartDate=yesterday", 400, `"pointer":"/StartDate"`, "ISO 8601")
		refuse(list, "StartDate="+old, 400, `"pointer":"/StartDate"`, "more than 30 days back")
		refuse(list, "StartDate=1800-01-01", 400, "more than 30 days back")
		refuse(list, "EndDate=never", 400, `"pointer":"/EndDate"`)
		refuse(list, "StartDate="+time.Now().UTC().Format(time.RFC3339)+"&EndDate="+old, 400,
			"is after EndDate")
		refuse(list, "TaskSid=WK00000000000000000000000000000001", 400, `"pointer":"/TaskSid"`)
		refuse(list, "WorkerSid=x", 400, `"pointer":"/WorkerSid"`)
		refuse(list, "WorkflowSid=x", 400, `"pointer":"/WorkflowSid"`)
		refuse(list, "Sid=x", 400, `"pointer":"/Sid"`)
		refuse(list, "AfterSequence=-1", 400, `"pointer":"/AfterSequence"`)
		refuse(list, "AfterSequence=99999999999999999999", 400, `"pointer":"/AfterSequence"`)
		refuse(list, "PageSize=1001", 400, "PageSize")
		refuse(list, "PageSize=0", 400, "PageSize")
		refuse(list, "PageToken=PAWT00000000000000000000000000000001", 400, "PageToken")
		refuse(list, "PageToken=PA", 400, "PageToken")
		refuse(list, "PageToken=PAEV00000000000000000000000000000001.7", 400, "PageToken")
	}
	refuse("/Events", "ReservationSid=x", 400, `"pointer":"/ReservationSid"`)
	refuse("/Events", "TaskQueueSid=x", 400, `"pointer":"/TaskQueueSid"`)
	refuse("/Events", tooMany, 400, `"pointer":"/EventType"`, "at most 50")
	for _, name := range []string{"Search", "ActorSid", "TaskChannel"} {
		refuse("/Events", name+"="+strings.Repeat("ä", 101), 400, "at most 100")
	}
	refuse("/Alerts", "LogLevel=loud", 400, `"allowed":["error","warning"]`)
	refuse("/Alerts", "ErrorCode=x", 400, `"pointer":"/ErrorCode"`)
	refuse("/Tasks/{task}/Timeline", "PageSize=x", 400, "PageSize")
	refuse("/Tasks/{task}/Timeline", "PageToken=PAWT00000000000000000000000000000001", 400, "PageToken")
	refuse("/Tasks/{task}/Timeline", "PageToken=PANO", 400, "PageToken")
	for _, list := range []string{"/Events", "/Alerts", "/Tasks/{task}/Timeline"} {
		for _, ws := range []string{"{foreign}", "{no-ws}", "WS1", "x"} {
			if ws == "{no-ws}" {
				ws = "WS" + strings.Repeat("0", 32)
			}
			refuse("/v1/Workspaces/"+ws+list, "", 404)
		}
	}
	for _, path := range []string{
		"/Events/EV00000000000000000000000000000001", "/Events/x", "/Events/{task}",
		"/Alerts/NO00000000000000000000000000000001", "/Alerts/x",
		"/Tasks/{no-task}/Timeline", "/Tasks/x/Timeline",
	} {
		refuse(path, "", 404)
	}
	run(t, w, scenarios)
	run(t, w, []scenario{
		{name: "post to events", method: "POST", path: "/Events", status: 405, code: 20004},
		{name: "delete events", method: "DELETE", path: "/Events", status: 405, code: 20004},
		{name: "unknown names are ignored", path: "/Events", form: "Color=red&minutes=0"},
		{name: "the first value counts", path: "/Events", form: "Minutes=5&Minutes=x"},
		{name: "empty values filter nothing", path: "/Events",
			form: "EventType=&TaskSid=&Search=&TaskChannel=&Minutes=&StartDate=&AfterSequence=&Sid=",
			want: []string{"worker.created"}},
	})
}

// A SID of one workspace's history means nothing in another.
func TestHistoryOfOneWorkspaceOnly(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	mine, other := w.client(t), w.client(t)
	task(mine)
	event := mine.oldestFirst("")[0]["sid"].(string)
	for _, path := range []string{"/Events/" + event, "/Tasks/" + mine.names["task"] + "/Timeline"} {
		if a := other.do("GET", "/v1/Workspaces/{ws}"+path, ""); a.status != 404 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
		if a := other.as(otherAccount, "GET", mine.expand("/v1/Workspaces/{ws}"+path), ""); a.status != 404 {
			t.Errorf("another account, %s: %d %s", path, a.status, a.body)
		}
	}
	for _, query := range []string{"Sid=" + event, "TaskSid=" + mine.names["task"]} {
		if got := other.oldestFirst(query); len(got) != 0 {
			t.Errorf("%s: %v", query, got)
		}
	}
	must(mine, "DELETE", "/v1/Workspaces/{ws}", "")
	if a := mine.do("GET", "/v1/Workspaces/{ws}/Events", ""); a.status != 404 {
		t.Errorf("a deleted workspace: %d", a.status)
	}
}

// A server without a history says so for every path of it.
func TestNoHistory(t *testing.T) {
	t.Parallel()
	c := newWorld(t, func(o *api.Options) { o.History = nil }).client(t)
	task(c)
	for _, path := range []string{"/Events", "/Events/{task}", "/Alerts", "/Alerts/x", "/Tasks/{task}/Timeline"} {
		if a := c.do("GET", "/v1/Workspaces/{ws}"+path, ""); a.status != 404 {
			t.Errorf("%s: %d %s", path, a.status, a.body)
		}
	}
	var problem struct{ Message string }
	a := c.do("GET", "/v1/Workspaces/{ws}/Events", "")
	if err := json.Unmarshal([]byte(a.body), &problem); err != nil || problem.Message == "" {
		t.Errorf("%v: %s", err, a.body)
	}
}
