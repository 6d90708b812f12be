package world

import (
	"encoding/json"
	"fmt"
	"testing"
	"time"

	"github.com/twilio/twilio-go"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"
)

// A World is a workspace with one queue of all workers and one workflow. A task whose attribute
// "to" names a worker goes to that worker; one without goes to the available worker whose
// attribute "rank" is highest.
type World struct {
	Endpoint
	Client    *twilio.RestClient
	API       *taskrouter.ApiService
	Workspace string
	Queue     string
	Workflow  string

	t          testing.TB
	activities map[string]string // SID by name
}

// Build makes a world on a server.
func Build(t testing.TB, e Endpoint) *World {
	t.Helper()
	c := e.GoClient(t)
	w := &World{Endpoint: e, Client: c, API: c.TaskrouterV1, activities: make(map[string]string),
		t: t}
	ws := Must(w.API.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: Ptr("World"), MultiTaskEnabled: Ptr(true),
	}))(t)
	w.Workspace = *ws.Sid
	for _, a := range Must(w.API.ListActivity(w.Workspace, nil))(t) {
		w.activities[*a.FriendlyName] = *a.Sid
	}
	w.Queue = w.NewQueue("Everyone", 1)
	w.Workflow = w.NewWorkflow("Everything", w.Queue, 120)
	return w
}

// NewQueue makes a queue of all workers that offers a task to so many of them at a time.
func (w *World) NewQueue(name string, reserved int) (sid string) {
	w.t.Helper()
	return *Must(w.API.CreateTaskQueue(w.Workspace, &taskrouter.CreateTaskQueueParams{
		FriendlyName: &name, TargetWorkers: Ptr("1==1"), MaxReservedWorkers: &reserved,
	}))(w.t).Sid
}

// NewWorkflow makes a workflow like that of the world, with offers that last so many seconds.
func (w *World) NewWorkflow(name, queue string, timeout int) (sid string) {
	w.t.Helper()
	type fields map[string]any
	routing, err := json.Marshal(fields{"task_routing": fields{"filters": []fields{{
		"filter_friendly_name": "directed",
		"expression":           "to != null",
		"targets":              []fields{{"queue": queue, "expression": "worker.name == task.to"}},
	}, {
		"filter_friendly_name": "any",
		"expression":           "1==1",
		"targets":              []fields{{"queue": queue, "order_by": "worker.rank DESC"}},
	}}}})
	if err != nil {
		w.t.Fatal(err)
	}
	return *Must(w.API.CreateWorkflow(w.Workspace, &taskrouter.CreateWorkflowParams{
		FriendlyName: &name, Configuration: Ptr(string(routing)),
		TaskReservationTimeout: &timeout,
	}))(w.t).Sid
}

// A Worker is a worker of a [World].
type Worker struct {
	World     *World
	Name, SID string
}

// NewWorker makes a worker with a rank, Offline as all new ones.
func (w *World) NewWorker(name string, rank int) Worker {
	w.t.Helper()
	made := Must(w.API.CreateWorker(w.Workspace, &taskrouter.CreateWorkerParams{
		FriendlyName: &name, Attributes: Ptr(fmt.Sprintf(`{"name":%q,"rank":%d}`, name, rank)),
	}))(w.t)
	return Worker{World: w, Name: name, SID: *made.Sid}
}

// Become moves the worker to an activity, by name, over REST.
func (k Worker) Become(activity string) {
	w := k.World
	w.t.Helper()
	Must(w.API.UpdateWorker(w.Workspace, k.SID, &taskrouter.UpdateWorkerParams{
		ActivitySid: Ptr(w.Activity(activity)),
	}))(w.t)
}

// Activity is the name of the activity that the worker has over REST.
func (k Worker) Activity() string {
	w := k.World
	w.t.Helper()
	return *Must(w.API.FetchWorker(w.Workspace, k.SID))(w.t).ActivityName
}

// Token is a token for the worker's page with all documented rights, good for an hour.
func (k Worker) Token() string { return k.TokenUntil(time.Now().Add(time.Hour)) }

// NewTask makes a task with these attributes, a JSON object, in the world's workflow.
func (w *World) NewTask(attributes string) (sid string) {
	w.t.Helper()
	return w.NewTaskIn(w.Workflow, attributes)
}

// NewTaskIn makes a task in a workflow.
func (w *World) NewTaskIn(workflow, attributes string) (sid string) {
	w.t.Helper()
	return *Must(w.API.CreateTask(w.Workspace, &taskrouter.CreateTaskParams{
		WorkflowSid: &workflow, Attributes: &attributes,
	}))(w.t).Sid
}

// TaskStatus is the assignment status of a task over REST.
func (w *World) TaskStatus(task string) string {
	w.t.Helper()
	return *Must(w.API.FetchTask(w.Workspace, task))(w.t).AssignmentStatus
}

// Activity is the SID of an activity. A new workspace has Offline, Available and Unavailable.
func (w *World) Activity(name string) string {
	w.t.Helper()
	sid, ok := w.activities[name]
	if !ok {
		w.t.Fatalf("the workspace has no activity %s", name)
	}
	return sid
}

// Ptr is how optional parameters are given to the Go client.
func Ptr[T any](v T) *T { return &v }

// Must fails the test if a call of the Go client did.
func Must[T any](v T, err error) func(testing.TB) T {
	return func(t testing.TB) T {
		t.Helper()
		if err != nil {
			t.Fatal(err)
		}
		return v
	}
}
