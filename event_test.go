package taskrouter_test

import (
	"go/ast"
	"go/parser"
	"go/token"
	"strconv"
	"strings"
	"testing"

	"taskrouter"
)

// subjects says for every event type what it is about. Spec: routing 6.3
var subjects = map[string][]taskrouter.EventType{
	"workspace WS1": {
		taskrouter.EventWorkspaceCreated, taskrouter.EventWorkspaceUpdated,
		taskrouter.EventWorkspaceDeleted,
	},
	"activity WA1": {
		taskrouter.EventActivityCreated, taskrouter.EventActivityUpdated,
		taskrouter.EventActivityDeleted,
	},
	"task-channel TC1": {
		taskrouter.EventTaskChannelCreated, taskrouter.EventTaskChannelUpdated,
		taskrouter.EventTaskChannelDeleted,
	},
	"task-queue WQ1": {
		taskrouter.EventTaskQueueCreated, taskrouter.EventTaskQueueDeleted,
		taskrouter.EventTaskQueueExpression, taskrouter.EventTaskQueueEntered,
		taskrouter.EventTaskQueueTimeout, taskrouter.EventTaskQueueMoved,
	},
	"workflow WW1": {
		taskrouter.EventWorkflowCreated, taskrouter.EventWorkflowUpdated,
		taskrouter.EventWorkflowDeleted, taskrouter.EventWorkflowEntered,
		taskrouter.EventWorkflowTargetMatched, taskrouter.EventWorkflowTimeout,
		taskrouter.EventWorkflowSkipped,
	},
	"worker WK1": {
		taskrouter.EventWorkerCreated, taskrouter.EventWorkerDeleted,
		taskrouter.EventWorkerActivity, taskrouter.EventWorkerAttributes,
		taskrouter.EventWorkerCapacity, taskrouter.EventWorkerAvailability,
	},
	"task WT1": {
		taskrouter.EventTaskCreated, taskrouter.EventTaskUpdated, taskrouter.EventTaskCanceled,
		taskrouter.EventTaskWrapup, taskrouter.EventTaskCompleted, taskrouter.EventTaskDeleted,
		taskrouter.EventTaskSystemDeleted,
	},
	"reservation WR1": {
		taskrouter.EventReservationCreated, taskrouter.EventReservationAccepted,
		taskrouter.EventReservationRejected, taskrouter.EventReservationTimeout,
		taskrouter.EventReservationCanceled, taskrouter.EventReservationRescinded,
		taskrouter.EventReservationCompleted, taskrouter.EventReservationWrapup,
		taskrouter.EventReservationFailed,
	},
}

// An event is about one thing, whatever else stands beside it.
func TestEventResource(t *testing.T) {
	t.Parallel()
	known := make(map[string]bool)
	for want, types := range subjects {
		for _, kind := range types {
			e := taskrouter.Event{
				Type:        kind,
				Workspace:   &taskrouter.Workspace{SID: "WS1"},
				Activity:    &taskrouter.Activity{SID: "WA1"},
				TaskChannel: &taskrouter.TaskChannel{SID: "TC1"},
				TaskQueue:   &taskrouter.TaskQueue{SID: "WQ1"},
				Workflow:    &taskrouter.Workflow{SID: "WW1"},
				Worker:      &taskrouter.Worker{SID: "WK1"},
				Task:        &taskrouter.Task{SID: "WT1"},
				Reservation: &taskrouter.Reservation{SID: "WR1"},
			}
			if got := e.ResourceType() + " " + e.ResourceSID(); got != want {
				t.Errorf("%s is about %s, want %s", kind, got, want)
			}
			known[string(kind)] = true
		}
	}
	for _, kind := range declaredEventTypes(t) {
		if !known[kind] {
			t.Errorf("event type %s is not in the table of this test", kind)
		}
	}
}

// declaredEventTypes reads the constants of event.go, so that a new one is not overlooked.
func declaredEventTypes(t *testing.T) []string {
	t.Helper()
	file, err := parser.ParseFile(token.NewFileSet(), "event.go", nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []string
	ast.Inspect(file, func(n ast.Node) bool {
		spec, ok := n.(*ast.ValueSpec)
		if !ok || len(spec.Values) != 1 || !strings.HasPrefix(spec.Names[0].Name, "Event") {
			return true
		}
		if literal, ok := spec.Values[0].(*ast.BasicLit); ok {
			kind, err := strconv.Unquote(literal.Value)
			if err != nil {
				t.Fatal(err)
			}
			kinds = append(kinds, kind)
		}
		return true
	})
	if len(kinds) < 40 {
		t.Fatalf("found %d event types in event.go; has their form changed?", len(kinds))
	}
	return kinds
}
