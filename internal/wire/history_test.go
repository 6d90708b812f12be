package wire_test

import (
	"encoding/json"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// Who acted is named as far as it has a place of its own.
func TestEventActors(t *testing.T) {
	t.Parallel()
	ws, _, worker, _ := nouns()
	e := &wire.Encoder{Origin: "http://h", Catalog: &routing.Catalog{Workspace: ws}, Now: answer}
	event := &taskrouter.Event{SID: "EV1", Type: taskrouter.EventWorkerActivity, At: born,
		Workspace: ws, Worker: worker}
	home := "http://h/v1/Workspaces/" + string(ws.SID)
	for _, tt := range []struct {
		by   taskrouter.Actor
		want string
	}{
		{taskrouter.Actor{}, `"actor_type":"workspace","actor_sid":"` + string(ws.SID) +
			`","actor_url":"` + home + `","source":"twilio","source_ip_address":null`},
		{taskrouter.Actor{Type: "workspace", SID: string(ws.SID)}, `"actor_type":"workspace",` +
			`"actor_sid":"` + string(ws.SID) + `","actor_url":"` + home + `"`},
		{taskrouter.Actor{Type: "worker", SID: string(worker.SID), IP: "::1"},
			`"actor_url":"` + home + "/Workers/" + string(worker.SID) +
				`","source":"twilio","source_ip_address":"::1"`},
		{taskrouter.Actor{Type: "account", SID: string(ws.AccountSID)},
			`"actor_type":"account","actor_sid":"` + string(ws.AccountSID) + `","actor_url":null`},
	} {
		got := string(e.Event(nil, event, tt.by, 1<<40))
		if !strings.Contains(got, tt.want) || !strings.Contains(got, `"sequence":1099511627776`) {
			t.Errorf("%+v: %s lacks %s", tt.by, got, tt.want)
		}
		if !json.Valid([]byte(got)) {
			t.Errorf("%s is no JSON", got)
		}
	}
}

func TestResourcesOfEvents(t *testing.T) {
	t.Parallel()
	ws, entities, worker, task := nouns()
	e := &wire.Encoder{Origin: "http://h", Catalog: &routing.Catalog{Workspace: ws}, Now: answer}
	event := taskrouter.Event{SID: "EV1", At: born, Workspace: ws, Worker: worker, Task: task,
		Reservation: &taskrouter.Reservation{SID: "WR1", TaskSID: task.SID}}
	for _, x := range entities {
		switch x := x.(type) {
		case *taskrouter.Activity:
			event.Activity = x
		case *taskrouter.TaskChannel:
			event.TaskChannel = x
		case *taskrouter.TaskQueue:
			event.TaskQueue = x
		case *taskrouter.Workflow:
			event.Workflow = x
		}
	}
	for kind, want := range map[taskrouter.EventType]string{
		taskrouter.EventWorkspaceUpdated:   "",
		taskrouter.EventActivityUpdated:    "/Activities/" + string(event.Activity.SID),
		taskrouter.EventTaskChannelUpdated: "/TaskChannels/" + string(event.TaskChannel.SID),
		taskrouter.EventTaskQueueEntered:   "/TaskQueues/" + string(event.TaskQueue.SID),
		taskrouter.EventWorkflowEntered:    "/Workflows/" + string(event.Workflow.SID),
		taskrouter.EventWorkerAttributes:   "/Workers/" + string(worker.SID),
		taskrouter.EventTaskUpdated:        "/Tasks/" + string(task.SID),
		taskrouter.EventReservationCreated: "/Tasks/" + string(task.SID) + "/Reservations/WR1",
	} {
		event.Type = kind
		want = `"resource_url":"http://h/v1/Workspaces/` + string(ws.SID) + want + `"`
		if got := string(e.Event(nil, &event, taskrouter.Actor{}, 1)); !strings.Contains(got, want) {
			t.Errorf("%s: %s lacks %s", kind, got, want)
		}
	}
}

// Every event of a task's life has a sentence of its own.
func TestSentences(t *testing.T) {
	t.Parallel()
	queue := func(name string) *taskrouter.TaskQueue { return &taskrouter.TaskQueue{FriendlyName: name} }
	flow := &taskrouter.Workflow{FriendlyName: "Calls"}
	on := func(filter, target int) *taskrouter.Task {
		return &taskrouter.Task{Step: taskrouter.Step{Filter: filter, Target: target}}
	}
	offer := &taskrouter.Reservation{WorkerSID: "WK1", WorkerName: "Alice", DateCreated: born}
	for _, tt := range []struct {
		event  taskrouter.Event
		viewer taskrouter.WorkerSID
		want   string
	}{
		{taskrouter.Event{Type: taskrouter.EventTaskCreated, Why: "routed directly"}, "", "created: routed directly"},
		{taskrouter.Event{Type: taskrouter.EventTaskUpdated, Why: "asked for"}, "", "updated"},
		{taskrouter.Event{Type: taskrouter.EventTaskCanceled, Why: taskrouter.ReasonTTL}, "",
			"canceled: Task TTL Exceeded"},
		{taskrouter.Event{Type: taskrouter.EventTaskWrapup}, "", "wrapping up"},
		{taskrouter.Event{Type: taskrouter.EventTaskSystemDeleted, Why: "assigned for 24 hours"}, "",
			"removed by the system: assigned for 24 hours"},
		{taskrouter.Event{Type: taskrouter.EventWorkflowEntered, Workflow: flow}, "", "entered workflow Calls"},
		{taskrouter.Event{Type: taskrouter.EventWorkflowTargetMatched, Filter: "German",
			TaskQueue: queue("Berlin")}, "", "filter German matched: step 1, queue Berlin"},
		{taskrouter.Event{Type: taskrouter.EventWorkflowTargetMatched, Task: on(0, 1), Filter: "German",
			Cause: "re_evaluated", TaskQueue: queue("Berlin")}, "",
			"step 2 of filter German entered after the task was evaluated again, queue Berlin"},
		{taskrouter.Event{Type: taskrouter.EventWorkflowTargetMatched,
			Task: on(taskrouter.DefaultFilter, 0), Cause: "timeout", TaskQueue: queue("Berlin")}, "",
			"the default step entered after the step's time was over, queue Berlin"},
		{taskrouter.Event{Type: taskrouter.EventTaskQueueMoved, TaskQueue: queue("Berlin"),
			PreviousTaskQueue: queue("Bonn")}, "", "left queue Bonn for Berlin"},
		{taskrouter.Event{Type: taskrouter.EventWorkflowTimeout, Workflow: flow}, "",
			"no step was left in workflow Calls"},
		{taskrouter.Event{Type: taskrouter.EventWorkflowSkipped, Workflow: flow}, "",
			"every step left in workflow Calls was skipped"},
		{taskrouter.Event{Type: taskrouter.EventReservationTimeout, Reservation: offer,
			At: born.Add(20 * time.Second)}, "", "no answer from Alice in 20 s"},
		{taskrouter.Event{Type: taskrouter.EventReservationTimeout, Reservation: offer,
			At: born.Add(20 * time.Second)}, "WK1", "no answer from you in 20 s"},
		{taskrouter.Event{Type: taskrouter.EventReservationRescinded, Reservation: offer,
			Why: "accepted by another worker"}, "WK2",
			"offer to another worker withdrawn: accepted by another worker"},
		{taskrouter.Event{Type: taskrouter.EventReservationAccepted, Reservation: offer,
			At: born.Add(4 * time.Second), Why: "the callback answered accept"}, "",
			"accepted by Alice after 4 s: the callback answered accept"},
		{taskrouter.Event{Type: taskrouter.EventReservationFailed, Why: "nobody",
			Reservation: &taskrouter.Reservation{}}, "", "could not be offered to anybody: nobody"},
		{taskrouter.Event{Type: taskrouter.EventTaskQueueCreated, TaskQueue: queue("Bonn")}, "",
			"TaskQueue created"},
	} {
		if tt.event.Task == nil && tt.event.Type != taskrouter.EventTaskQueueCreated {
			tt.event.Task = on(0, 0)
		}
		if got := wire.Sentence(&tt.event, tt.viewer); got != tt.want {
			t.Errorf("%s: %q, want %q", tt.event.Type, got, tt.want)
		}
	}
}
