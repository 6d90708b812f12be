package browser

import (
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
	foreign "github.com/twilio/twilio-go/client/jwt/taskrouter"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// TestUpdate changes a worker in both documented forms: what callback and events say, and what
// the client knows of itself afterwards. Spec: sdk-v1-api 3.2
func TestUpdate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")

	t.Run("one property", func(t *testing.T) {
		got := ask[[]any](a.page, `async (sid) => {
			const updated = await answer((done) => worker.update("ActivitySid", sid, done));
			const told = await next("activity.update");
			return [updated.activityName, told.activityName, told.available, told.sid,
				worker.activityName, worker.available];
		}`, s.Activity("Offline"))
		want := []any{"Offline", "Offline", false, a.worker.SID, "Offline", false}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("callback, event and client (-want +got):\n%s", diff)
		}
	})
	t.Run("several properties", func(t *testing.T) {
		got := ask[[]any](a.page, `async (sid) => {
			const props = {"ActivitySid": sid, "FriendlyName": "UpdatedWorker"};
			const updated = await answer((done) => worker.update(props, done));
			const told = await next("activity.update");
			return [updated.activityName, updated.friendlyName, told.activityName,
				told.friendlyName, told.available];
		}`, s.Activity("Available"))
		want := []any{"Available", "UpdatedWorker", "Available", "UpdatedWorker", true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("callback and event (-want +got):\n%s", diff)
		}
	})
	t.Run("attributes as an object", func(t *testing.T) {
		got := ask[[]any](a.page, `async () => {
			const props = {"Attributes": {languages: ["en", "de"], level: 3}};
			const updated = await answer((done) => worker.update(props, done));
			const told = await next("attributes.update");
			return [updated.attributes.level, told.attributes.languages, told.friendlyName,
				told.activityName, told.available, told.sid, typeof props.Attributes,
				worker.attributes.level];
		}`)
		want := []any{3.0, []any{"en", "de"}, "UpdatedWorker", "Available", true, a.worker.SID,
			"object", 3.0}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("callback, event, argument and client (-want +got):\n%s", diff)
		}
	})
	t.Run("attributes as text", func(t *testing.T) {
		got := ask[any](a.page, `async () => {
			worker.update("Attributes", JSON.stringify({level: 4}));
			return (await next("attributes.update")).attributes;
		}`)
		if diff := cmp.Diff(map[string]any{"level": 4.0}, got); diff != "" {
			t.Errorf("attributes of the event (-want +got):\n%s", diff)
		}
	})
	t.Run("an object handed to a listener", func(t *testing.T) {
		got := ask[string](a.page, `async (sid) => {
			worker.update("ActivitySid", sid);
			const told = await next("activity.update");
			return (await answer((done) => told.update("FriendlyName", "Again", done))).friendlyName;
		}`, s.Activity("Unavailable"))
		if got != "Again" {
			t.Errorf("the worker is called %q", got)
		}
	})
	t.Run("over REST", func(t *testing.T) {
		world.Must(s.API.UpdateWorker(s.Workspace, a.worker.SID, &taskrouter.UpdateWorkerParams{
			ActivitySid: world.Ptr(s.Activity("Available")),
			Attributes:  world.Ptr(`{"from":"REST"}`),
		}))(t)
		got := ask[[]string](a.page, `async () => [
			(await next("activity.update")).activityName,
			(await next("attributes.update")).attributes.from,
			worker.attributes.from,
		]`)
		if diff := cmp.Diff([]string{"Available", "REST", "REST"}, got); diff != "" {
			t.Errorf("events and client (-want +got):\n%s", diff)
		}
	})
}

// TestRefusedUpdate is what a page hears of an update that cannot be done, by callback from the
// server and at once for arguments that make no sense. Spec: sdk-v1-api 3.2
func TestRefusedUpdate(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	unknown := "WA00000000000000000000000000000000"
	type refusal struct {
		Code, APICode int
		Message       string
	}
	got := ask[refusal](a.page,
		`(sid) => refusal((done) => worker.update("ActivitySid", sid, done))`, unknown)
	if got.Code != 400 || !strings.Contains(got.Message, unknown) {
		t.Errorf("an unknown activity is refused with %+v, want code 400 and its SID", got)
	}

	// A token with the rights that documented helpers give allows to change nothing but the
	// activity.
	ben := s.NewWorker("Ben", 1)
	b := &agent{page: s.page(t), worker: ben}
	b.do(`async (token) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false));
		await next("ready");
	}`, ben.TokenFor(soon(), foreign.GeneratePolicy(foreign.Worker(s.Workspace, ben.SID), "POST",
		true, map[string]any{"ActivitySid": map[string]any{"required": true}}, map[string]any{})))
	b.become("Available")
	got = ask[refusal](b.page,
		`() => refusal((done) => worker.update("FriendlyName", "Boss", done))`)
	if got.Code != 403 || got.Message == "" {
		t.Errorf("a change without the right to it is refused with %+v, want code 403", got)
	}
	got = ask[refusal](b.page, `() => refusal((done) => worker.delete(done))`)
	if got.Code != 403 {
		t.Errorf("delete without the right to it is refused with %+v, want code 403", got)
	}

	texts := ask[[]string](a.page, `() => [
		thrown(() => worker.update("ActivitySid", 7)),
		thrown(() => worker.update(7)),
		thrown(() => worker.update({}, 7)),
		thrown(() => worker.activities.fetch()),
	]`)
	if texts[0] != "2nd argument needs to be a string value" || slices.Contains(texts, "") {
		t.Errorf("arguments that make no sense throw %q", texts)
	}
}

// TestLists reads everything a worker's page can read. Spec: sdk-v1-api 3.2, 7
func TestLists(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")

	t.Run("activities", func(t *testing.T) {
		got := ask[[]any](a.page, `async () => {
			const list = await answer((done) => worker.activities.fetch(done));
			return [list.data.map((each) => each.friendlyName), list.data[0].available,
				list.data[0].dateCreated instanceof Date, list.hasNext];
		}`)
		names := got[0].([]any)
		if len(names) != 3 || !slices.Contains(names, any("Offline")) || got[2] != true ||
			got[3] != false {
			t.Errorf("got activities %v", got)
		}
	})
	t.Run("one activity", func(t *testing.T) {
		got := ask[string](a.page, `async (sid) =>
			(await answer((done) => worker.activities.fetch(sid, done))).friendlyName`,
			s.Activity("Available"))
		if got != "Available" {
			t.Errorf("got activity %q", got)
		}
	})
	t.Run("pages of activities", func(t *testing.T) {
		got := ask[[]any](a.page, `async () => {
			const first = await answer((done) => worker.activities.fetch({"PageSize": "2"}, done));
			const second = await answer((done) => first.next(done));
			const again = await answer((done) => second.previous(done));
			return [first.data.length, first.pageSize, first.hasNext, first.hasPrevious,
				second.data.length, second.hasNext, second.hasPrevious, again.data[0].sid === first.data[0].sid];
		}`)
		want := []any{2.0, 2.0, true, false, 1.0, false, true, true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("pages (-want +got):\n%s", diff)
		}
	})
	t.Run("channels", func(t *testing.T) {
		got := ask[map[string]float64](a.page, `async () => {
			const list = await answer((done) => worker.fetchChannels(done));
			return Object.fromEntries(list.data.map(
				(each) => [each.taskChannelUniqueName, each.configuredCapacity]));
		}`)
		if len(got) != 5 || got["default"] != 1 {
			t.Errorf("got capacities %v, want 1 for each of five channels", got)
		}
	})
	t.Run("reservations", func(t *testing.T) {
		done := s.offer(a)
		a.accept()
		a.complete()
		task := s.offer(a)
		got := ask[[]any](a.page, `async () => {
			const all = await answer((done) => worker.fetchReservations(done));
			const pending = await answer((done) =>
				worker.fetchReservations(done, {"ReservationStatus": "pending"}));
			return [all.data.map((each) => each.task.sid), pending.data.length,
				pending.data[0].task.sid, pending.data[0].task.attributes.topic];
		}`)
		all := got[0].([]any)
		if len(all) != 2 || !slices.Contains(all, any(done)) || !slices.Contains(all, any(task)) {
			t.Errorf("got reservations of tasks %v, want %s and %s", all, done, task)
		}
		if diff := cmp.Diff([]any{1.0, task, "refund"}, got[1:]); diff != "" {
			t.Errorf("pending ones (-want +got):\n%s", diff)
		}
	})
	t.Run("the worker", func(t *testing.T) {
		got := ask[[]string](a.page, `async () => {
			const fetched = await answer((done) => worker.fetch(done));
			return [fetched.friendlyName, worker.friendlyName];
		}`)
		if diff := cmp.Diff([]string{"Ana", "Ana"}, got); diff != "" {
			t.Errorf("names (-want +got):\n%s", diff)
		}
	})
	t.Run("old names", func(t *testing.T) {
		got := ask[[]any](a.page, `async (sid) => {
			const list = await answer((done) => worker.fetchActivityList(done));
			const updated = await answer((done) => worker.updateActivity(sid, done));
			return [list.data.length, updated.activityName];
		}`, s.Activity("Unavailable"))
		if diff := cmp.Diff([]any{3.0, "Unavailable"}, got); diff != "" {
			t.Errorf("deprecated methods (-want +got):\n%s", diff)
		}
	})
}

// TestUpdateTask changes a task from the page. Spec: sdk-v1-api 3.2
func TestUpdateTask(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	task := s.offer(a)
	a.accept()
	got := ask[[]any](a.page, `async (sid) => {
		const updated = await answer((done) => worker.updateTask(sid, {"Priority": "15"}, done));
		const noted = await answer((done) =>
			worker.updateTask(sid, {"Attributes": {topic: "refund", note: "paid"}}, done));
		const fetched = await answer((done) => mine.task.fetch(done));
		return [updated.priority, noted.attributes.note, fetched.attributes.note];
	}`, task)
	if diff := cmp.Diff([]any{15.0, "paid", "paid"}, got); diff != "" {
		t.Errorf("updated task (-want +got):\n%s", diff)
	}
	now := world.Must(s.API.FetchTask(s.Workspace, task))(t)
	if now.Priority != 15 || !strings.Contains(*now.Attributes, `"paid"`) {
		t.Errorf("the task has priority %d and attributes %s", now.Priority, *now.Attributes)
	}
}

// TestShown prints objects as documented samples do: data is found, methods are not.
// Spec: sdk-v1-api 6
func TestShown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	s.offer(a)
	a.accept()
	a.worker.Become("Unavailable")
	got := ask[map[string][]string](a.page, `async () => {
		const ready = await next("activity.update");
		return {reservation: shown(mine), task: shown(mine.task), worker: shown(ready)};
	}`)
	want := map[string][]string{
		"reservation": {"sid", "accountSid", "workspaceSid", "taskSid", "workerSid", "workerName",
			"reservationStatus", "dateCreated", "dateUpdated", "task", "worker", "workspace"},
		"task": {"sid", "accountSid", "workspaceSid", "age", "assignmentStatus", "attributes",
			"addons", "priority", "reason", "timeout", "taskQueueSid", "taskQueueFriendlyName",
			"taskChannelSid", "taskChannelUniqueName", "workflowSid", "workflowFriendlyName",
			"routingTarget", "ignoreCapacity", "taskQueueEnteredDate", "virtualStartTime",
			"dateCreated", "dateUpdated", "workflow", "workspace", "queue"},
		"worker": {"sid", "accountSid", "workspaceSid", "friendlyName", "activitySid",
			"activityName", "available", "attributes", "dateCreated", "dateUpdated",
			"dateStatusChanged", "version", "workspace"},
	}
	types := map[string]string{"reservation": "Reservation", "task": "Task",
		"worker": "WorkerInstance"}
	hidden := []string{"accept", "reject", "dequeue", "call", "redirect", "conference", "complete",
		"fetch", "update", "delete", "token", "apiRequester", "resourceUrl", "on", "emit"}
	for object, names := range want {
		s.declared(t, object, got[object], "Common", types[object])
		for _, name := range names {
			if !slices.Contains(got[object], name) {
				t.Errorf("%s does not show %s", object, name)
			}
		}
		for _, name := range hidden {
			if slices.Contains(got[object], name) {
				t.Errorf("%s shows %s", object, name)
			}
		}
	}
}
