package taskrouter_test

import (
	"testing"

	"taskrouter"
)

func TestEventResource(t *testing.T) {
	t.Parallel()
	// An event that has every subject: the type decides which one it is about.
	all := taskrouter.Event{
		Workspace:   &taskrouter.Workspace{SID: "WS1"},
		Activity:    &taskrouter.Activity{SID: "WA1"},
		TaskChannel: &taskrouter.TaskChannel{SID: "TC1"},
		TaskQueue:   &taskrouter.TaskQueue{SID: "WQ1"},
		Workflow:    &taskrouter.Workflow{SID: "WW1"},
		Worker:      &taskrouter.Worker{SID: "WK1"},
		Task:        &taskrouter.Task{SID: "WT1"},
		Reservation: &taskrouter.Reservation{SID: "WR1"},
	}
	for _, tt := range []struct {
		event     taskrouter.EventType
		kind, sid string
	}{
		{taskrouter.EventWorkspaceUpdated, "workspace", "WS1"},
		{taskrouter.EventActivityCreated, "activity", "WA1"},
		{taskrouter.EventTaskChannelDeleted, "task-channel", "TC1"},
		{taskrouter.EventTaskQueueExpression, "task-queue", "WQ1"},
		{taskrouter.EventTaskQueueEntered, "task-queue", "WQ1"},
		{taskrouter.EventWorkflowTimeout, "workflow", "WW1"},
		{taskrouter.EventWorkerAvailability, "worker", "WK1"},
		{taskrouter.EventTaskSystemDeleted, "task", "WT1"},
		{taskrouter.EventReservationFailed, "reservation", "WR1"},
	} {
		t.Run(string(tt.event), func(t *testing.T) {
			e := all
			e.Type = tt.event
			if e.ResourceType() != tt.kind || e.ResourceSID() != tt.sid {
				t.Errorf("about %s %s, want %s %s", e.ResourceType(), e.ResourceSID(), tt.kind, tt.sid)
			}
		})
	}
}
