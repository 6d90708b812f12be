package browser

import (
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// A told is what a listener of a reservation event reads.
type told struct {
	Sid, Status, Task, TaskStatus, Topic string
	Priority                             int
	AgeKnown                             bool
}

// hear waits until the page is told of an event of the reservation that it keeps as mine.
func (a *agent) hear(event string) told {
	a.t.Helper()
	return ask[told](a.page, `async (event) => {
		const reservation = await next(event, (each) => each.sid === mine.sid);
		const task = reservation.task;
		return {sid: reservation.sid, status: reservation.reservationStatus, task: task.sid,
			taskStatus: task.assignmentStatus, topic: task.attributes.topic,
			priority: task.priority, ageKnown: typeof task.age === "number"};
	}`, event)
}

// TestReservationEvents is what listeners are told of everything that can happen to an offer.
// Spec: sdk-v1-api 4, event-bridge 9
func TestReservationEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	ben := s.agent(t, "Ben")
	short := s.NewWorkflow("Short", s.Queue, 1)
	updateTask := func(t *testing.T, task, status string) {
		t.Helper()
		world.Must(s.API.UpdateTask(s.Workspace, task, &taskrouter.UpdateTaskParams{
			AssignmentStatus: &status, Reason: world.Ptr("over"),
		}))(t)
	}
	tests := []struct {
		name     string
		workflow string
		happens  func(t *testing.T, task string)
		event    string
		// What the listener reads; the task may have been offered again meanwhile.
		status, task string
	}{
		{"accepted", s.Workflow, func(*testing.T, string) {
			a.do(`() => { mine.accept(); }`)
		}, "reservation.accepted", "accepted", "assigned"},
		{"rejected", s.Workflow, func(*testing.T, string) {
			a.do(`(away) => { mine.reject(away); }`, s.Activity("Unavailable"))
		}, "reservation.rejected", "rejected", "pending"},
		{"timed out", short, func(*testing.T, string) {}, "reservation.timeout", "timeout",
			"pending"},
		{"canceled", s.Workflow, func(t *testing.T, task string) {
			updateTask(t, task, "canceled")
		}, "reservation.canceled", "canceled", "canceled"},
		{"wrapping up", s.Workflow, func(t *testing.T, task string) {
			a.accept()
			updateTask(t, task, "wrapping")
		}, "reservation.wrapup", "wrapping", "wrapping"},
		{"completed", s.Workflow, func(t *testing.T, task string) {
			a.accept()
			updateTask(t, task, "completed")
		}, "reservation.completed", "completed", "completed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			a.worker.Become("Available")
			task := s.offerIn(test.workflow, a)
			test.happens(t, task)
			got := a.hear(test.event)
			want := told{Sid: got.Sid, Status: test.status, Task: task, TaskStatus: test.task,
				Topic: "refund", Priority: 0, AgeKnown: true}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s tells (-want +got):\n%s", test.event, diff)
			}
			if err := s.API.DeleteTask(s.Workspace, task, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("rescinded", func(t *testing.T) {
		a.worker.Become("Available")
		both := s.NewWorkflow("Both", s.NewQueue("Two at a time", 2), 120)
		task := s.NewTaskIn(both, `{"topic":"refund"}`)
		a.offered(task, "refund")
		ben.offered(task, "refund")
		ben.accept()
		got := a.hear("reservation.rescinded")
		want := told{Sid: got.Sid, Status: "rescinded", Task: task, TaskStatus: "assigned",
			Topic: "refund", AgeKnown: true}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("reservation.rescinded tells (-want +got):\n%s", diff)
		}
	})
}

// TestChannelEvents changes a channel of a worker. Spec: sdk-v1-api 4
func TestChannelEvents(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	change := func(p taskrouter.UpdateWorkerChannelParams) {
		t.Helper()
		world.Must(s.API.UpdateWorkerChannel(s.Workspace, a.worker.SID, "default", &p))(t)
	}
	change(taskrouter.UpdateWorkerChannelParams{Capacity: world.Ptr(3)})
	got := ask[[]any](a.page, `async () => {
		const channel = await next("capacity.update");
		return [channel.sid.slice(0, 2), channel.taskChannelUniqueName, channel.available,
			channel.configuredCapacity, channel.availableCapacityPercentage, channel.assignedTasks];
	}`)
	if diff := cmp.Diff([]any{"WC", "default", true, 3.0, 100.0, 0.0}, got); diff != "" {
		t.Errorf("capacity.update tells (-want +got):\n%s", diff)
	}
	change(taskrouter.UpdateWorkerChannelParams{Available: world.Ptr(false)})
	got = ask[[]any](a.page, `async () => {
		const channel = await next("channel.availability.update");
		return [channel.taskChannelUniqueName, channel.available];
	}`)
	if diff := cmp.Diff([]any{"default", false}, got); diff != "" {
		t.Errorf("channel.availability.update tells (-want +got):\n%s", diff)
	}
}

// TestTwoTabs has two pages of one worker: both hear everything, and each may act on it.
func TestTwoTabs(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	b := &agent{page: s.page(t), client: clients[0], worker: a.worker, token: a.token}
	b.do(`async (token) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false));
		await next("ready");
	}`, b.token)
	task := s.offer(a)
	b.offered(task, "refund")
	a.accept()
	b.do(`() => next("reservation.accepted", (each) => each.sid === mine.sid)`)
	b.complete()
	for name, each := range map[string]*agent{"first": a, "second": b} {
		if got := each.hear("reservation.completed").TaskStatus; got != "completed" {
			t.Errorf("the %s tab hears of a task that is %s", name, got)
		}
	}
}

// TestManyOffers sends many tasks in a row to one page: it is told of each once, in order.
func TestManyOffers(t *testing.T) {
	t.Parallel()
	const tasks = 30
	s := newStage(t)
	a := s.agent(t, "Ana")
	world.Must(s.API.UpdateWorkerChannel(s.Workspace, a.worker.SID, "default",
		&taskrouter.UpdateWorkerChannelParams{Capacity: world.Ptr(tasks)}))(t)
	var want []string
	for i := range tasks {
		want = append(want, s.NewTask(fmt.Sprintf(`{"to":"Ana","number":%d}`, i)))
	}
	got := ask[[]string](a.page, `async (last) => {
		await next("reservation.created", (each) => each.task.sid === last);
		return heard.filter((each) => each.event === "reservation.created")
			.map((each) => each.value.task.sid);
	}`, want[tasks-1])
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("the page is offered (-want +got):\n%s", diff)
	}
}
