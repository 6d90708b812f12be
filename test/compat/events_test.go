package compat

import (
	"testing"
	"time"

	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// TestGoClientEvents reads events with every parameter that the client has.
func TestGoClientEvents(t *testing.T) {
	t.Parallel()
	api := world.Serve(t).GoClient(t).TaskrouterV1
	ws := *world.Must(api.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: world.Ptr("Events"), MultiTaskEnabled: world.Ptr(true),
		Template: world.Ptr("FIFO"),
	}))(t).Sid
	task := *world.Must(api.CreateTask(ws, &taskrouter.CreateTaskParams{}))(t)
	now := time.Now().UTC()
	list := world.Must(api.ListEvent(ws, &taskrouter.ListEventParams{
		StartDate: world.Ptr(now.Add(-time.Hour)), EndDate: world.Ptr(now.Add(time.Hour)),
		Minutes: world.Ptr(5), TaskSid: task.Sid, WorkflowSid: task.WorkflowSid,
		TaskChannel: world.Ptr("default"), PageSize: world.Ptr(2),
	}))(t)
	var types []string
	for _, e := range list {
		types = append(types, *e.EventType)
		one := world.Must(api.FetchEvent(ws, *e.Sid))(t)
		if *one.EventDateMs != *e.EventDateMs || !one.EventDate.Equal(*e.EventDate) ||
			*one.EventDateMs/1000 != one.EventDate.Unix() {
			t.Errorf("%s: dates %v and %d", *e.EventType, one.EventDate, *one.EventDateMs)
		}
		data, ok := (*one.EventData).(map[string]any)
		if !ok || data["task_sid"] != *task.Sid {
			t.Errorf("%s tells %v", *e.EventType, *one.EventData)
		}
	}
	want := []string{"task-queue.entered", "workflow.target-matched", "workflow.entered", "task.created"}
	if len(types) != len(want) {
		t.Fatalf("events %v, want %v", types, want)
	}
	for i := range want {
		if types[i] != want[i] {
			t.Errorf("events %v, want %v", types, want)
			break
		}
	}
	only := world.Must(api.ListEvent(ws, &taskrouter.ListEventParams{
		EventType: world.Ptr("task.created"), Sid: list[3].Sid,
	}))(t)
	if len(only) != 1 || *only[0].ResourceSid != *task.Sid || *only[0].Source != "twilio" {
		t.Errorf("one event: %d", len(only))
	}
	if _, err := api.FetchEvent(ws, "EV00000000000000000000000000000000"); err == nil {
		t.Error("an event that never was is found")
	}
}
