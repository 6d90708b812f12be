package api_test

import (
	"encoding/json"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
)

const timelinePath = "/v1/Workspaces/{ws}/Tasks/{task}/Timeline"

// sentences are what a timeline tells people.
func sentences(t testing.TB, a answer) []string {
	t.Helper()
	var list []string
	for _, entry := range items(t, a, "timeline") {
		list = append(list, entry["sentence"].(string))
	}
	return list
}

// A timeline tells what happened to a task, with reasons, also of alerts.
func TestTimeline(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	c.command(routing.AnswerCallback{
		SID: taskrouter.ReservationSID(c.names["reservation"]),
		Alerts: []taskrouter.Alert{{
			Code: taskrouter.AlertUnreachable, Message: "crm.example gave no answer in 5 s"}},
	})
	c.create("bob", "/Workers", "FriendlyName=Bob&ActivitySid={available}")
	c.asWorker("{alice}", "POST", "/v1/Workspaces/{ws}/Workers/{alice}/Reservations/{reservation}",
		"ReservationStatus=rejected&WorkerActivitySid={unavailable}")
	c.names["second"] = c.list("/Workers/{bob}/Reservations", "reservations")[0]["sid"].(string)
	must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{second}", "ReservationStatus=accepted")
	must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}", "AssignmentStatus=completed&Reason=solved")
	want := []string{
		"created",
		"entered workflow First",
		"no filter matched: the default step, queue Everyone",
		"entered queue Everyone",
		"offered to Alice: longest idle of 1 free",
		"crm.example gave no answer in 5 s",
		"declined by Alice after 0 s",
		"offered to Bob: longest idle of 1 free",
		"accepted by Bob after 0 s",
		"completed: solved",
		"finished by Bob: solved",
	}
	a := must(c, "GET", timelinePath, "")
	if diff := cmp.Diff(want, sentences(t, a)); diff != "" {
		t.Errorf("sentences (-want +got):\n%s", diff)
	}
	entries := items(t, a, "timeline")
	for i, want := range map[int]map[string]string{
		2: {"event_type": "workflow.target-matched", "reason": "no filter matched",
			"workflow_filter_target_name": "Everyone", "task_queue_name": "Everyone",
			"workflow_name": "First", "actor_type": "account"},
		4: {"event_type": "reservation.created", "reason": "longest idle of 1 free",
			"worker_sid": "{alice}", "worker_name": "Alice", "reservation_sid": "{reservation}"},
		5: {"kind": "alert", "error_code": "11200", "log_level": "error", "worker_sid": "{alice}",
			"reservation_sid": "{reservation}", "workflow_sid": "{workflow}"},
		6: {"kind": "event", "actor_type": "worker", "actor_sid": "{alice}"},
		8: {"worker_sid": "{bob}", "actor_sid": "{account}"},
	} {
		for key, value := range want {
			if got := entries[i][key]; got != c.expand(value) {
				t.Errorf("entry %d: %s is %v, want %s", i, key, got, c.expand(value))
			}
		}
	}
	life := a.json(t)["task"].(map[string]any)
	for key, want := range map[string]any{
		"sid": c.names["task"], "assignment_status": "completed", "reason": "solved", "offers": 2.0,
		"first_offered_after": 0.0, "accepted_after": 0.0, "ended_after": 0.0, "date_removed": nil,
		"url": c.expand("http://router.test/v1/Workspaces/{ws}/Tasks/{task}"),
	} {
		if life[key] != want {
			t.Errorf("task.%s is %v, want %v", key, life[key], want)
		}
	}
	for _, key := range []string{"date_created", "date_first_offered", "date_accepted", "date_ended"} {
		at, err := time.Parse(time.RFC3339, fmt.Sprint(life[key]))
		if err != nil || time.Since(at) > time.Minute {
			t.Errorf("task.%s is %v", key, life[key])
		}
	}
}

// A task that is gone keeps its timeline; one that never was has none.
func TestTimelineOfADeletedTask(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	must(c, "DELETE", "/v1/Workspaces/{ws}/Tasks/{task}", "")
	if a := c.do("GET", "/v1/Workspaces/{ws}/Tasks/{task}", ""); a.status != 404 {
		t.Fatalf("the task is still there: %d", a.status)
	}
	a := must(c, "GET", timelinePath, "")
	list := sentences(t, a)
	want := []string{"offer to Alice canceled: the task was removed", "deleted"}
	if diff := cmp.Diff(want, list[max(0, len(list)-2):]); diff != "" {
		t.Errorf("its end (-want +got):\n%s", diff)
	}
	if life := a.json(t)["task"].(map[string]any); life["date_removed"] == nil || life["date_ended"] != nil {
		t.Errorf("its life: %v", life)
	}
	if a := c.do("GET", "/v1/Workspaces/{ws}/Tasks/{no-task}/Timeline", ""); a.status != 404 {
		t.Errorf("a task that never was: %d %s", a.status, a.body)
	}
}

// The way through a workflow is told step by step.
func TestTimelineOfSteps(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	c.create("experts", "/TaskQueues", "FriendlyName=Experts&TargetWorkers=level > 9")
	c.create("steps", "/Workflows", `FriendlyName=Steps&Configuration={"task_routing":{"filters":[{`+
		`"filter_friendly_name":"Sales","expression":"type=='sales'","targets":[`+
		`{"queue":"{experts}","skip_if":"workers.available == 0"},{"queue":"{experts}","timeout":1},`+
		`{"queue":"{queue}","expression":"worker.level > 4"}]}]}}`)
	c.create("task", "/Tasks", `WorkflowSid={steps}&Attributes={"type":"sales"}`)
	want := []string{
		"created",
		"entered workflow Steps",
		"filter Sales matched: step 1, queue Experts",
		"entered queue Experts",
		"step 2 of filter Sales entered since the step before was skipped, queue Experts",
		"the step's time in queue Experts was over",
		"left queue Experts for Everyone",
		"step 3 of filter Sales entered after the step's time was over, queue Everyone",
		"entered queue Everyone",
		"offered to Alice: longest idle of 1 free",
	}
	var got []string
	for deadline := time.Now().Add(20 * time.Second); len(got) < len(want); {
		if time.Now().After(deadline) {
			break
		}
		got = sentences(t, must(c, "GET", timelinePath, ""))
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	entries := items(t, must(c, "GET", timelinePath, ""), "timeline")
	if e := entries[7]; e["cause"] != "timeout" || e["actor_type"] != "workspace" ||
		e["actor_sid"] != c.names["ws"] || e["workflow_filter_name"] != "Sales" {
		t.Errorf("the step after the timeout: %v", e)
	}
}

// To a worker's client other workers have no name and no SID.
func TestTimelineForAWorker(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	story(c)
	c.command(routing.AnswerCallback{
		SID: taskrouter.ReservationSID(c.names["second"]),
		Alerts: []taskrouter.Alert{{
			Code: taskrouter.AlertRejectActivity, Message: "Bob has no activity WAx"}},
	})
	for _, tt := range []struct {
		worker, hidden string
		want           []string
	}{
		{"alice", "bob", []string{
			"offered to you: longest idle of 1 free", "declined by you after 0 s",
			"offered to another worker: longest idle of 1 free",
			"accepted by another worker after 0 s", "wrapping up: written up",
			"wrap-up by another worker: written up", "completed: solved",
			"finished by another worker: solved", "reject: activity_sid is missing or wrong",
		}},
		{"bob", "alice", []string{
			"offered to another worker: longest idle of 1 free", "declined by another worker after 0 s",
			"offered to you: longest idle of 1 free", "accepted by you after 0 s",
			"wrapping up: written up", "wrap-up by you: written up", "completed: solved",
			"finished by you: solved", "Bob has no activity WAx",
		}},
	} {
		a := c.asWorker("{"+tt.worker+"}", "GET", timelinePath, "")
		if a.status != 200 {
			t.Fatalf("%s: %d %s", tt.worker, a.status, a.body)
		}
		if diff := cmp.Diff(tt.want, sentences(t, a)[4:]); diff != "" {
			t.Errorf("%s reads (-want +got):\n%s", tt.worker, diff)
		}
		name := strings.ToUpper(tt.hidden[:1]) + tt.hidden[1:]
		if strings.Contains(a.body, c.names[tt.hidden]) || strings.Contains(a.body, name) {
			t.Errorf("%s finds %s in %s", tt.worker, name, a.body)
		}
	}
}

// A timeline is read page by page, from its beginning on and back, alerts in their places.
func TestTimelinePages(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	alarms(c)
	must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}",
		"ReservationStatus=accepted")
	want := items(t, must(c, "GET", timelinePath, ""), "timeline")
	if len(want) != 8 {
		t.Fatalf("%d entries, want 8", len(want))
	}
	for _, size := range []int{1, 2, 3, 7, 8} {
		var got []map[string]any
		var previous []string
		path := fmt.Sprintf("%s?PageSize=%d", timelinePath, size)
		for path != "" {
			a := must(c, "GET", path, "")
			got = append(got, items(t, a, "timeline")...)
			meta := a.json(t)["meta"].(map[string]any)
			if p, ok := meta["previous_page_url"].(string); ok {
				previous = append(previous, p)
			}
			next, _ := meta["next_page_url"].(string)
			if path = next; next != "" {
				path = afterHost(t, next)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages of %d (-want +got):\n%s", size, diff)
		}
		if pages := (len(want) + size - 1) / size; len(previous) != pages-1 {
			t.Errorf("pages of %d: %d have one before, want %d", size, len(previous), pages-1)
		}
		for i, p := range slices.Backward(previous) {
			back := items(t, must(c, "GET", afterHost(t, p), ""), "timeline")
			if diff := cmp.Diff(want[i*size:(i+1)*size], back); diff != "" {
				t.Errorf("back to page %d of %d (-want +got):\n%s", i, size, diff)
			}
		}
	}
}

// afterHost is what follows the host in a URL.
func afterHost(t *testing.T, text string) string {
	t.Helper()
	u, err := url.Parse(text)
	if err != nil {
		t.Fatal(err)
	}
	return u.Path + "?" + u.RawQuery
}

// Keys come in one order, the list first, so that clients of lists find what they know.
func TestTimelineKeys(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	a := must(c, "GET", timelinePath, "")
	decoder := json.NewDecoder(strings.NewReader(a.body))
	if _, err := decoder.Token(); err != nil {
		t.Fatal(err)
	}
	var keys []string
	for decoder.More() {
		key, err := decoder.Token()
		if err != nil {
			t.Fatal(err)
		}
		keys = append(keys, key.(string))
		var skip json.RawMessage
		if err := decoder.Decode(&skip); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff([]string{"timeline", "meta", "task"}, keys); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	if meta := a.json(t)["meta"].(map[string]any); meta["key"] != "timeline" {
		t.Errorf("meta.key is %v", meta["key"])
	}
}
