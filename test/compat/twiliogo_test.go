package compat

import (
	"encoding/json"
	"errors"
	"fmt"
	"testing"

	"github.com/twilio/twilio-go/client"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// TestGoClientMainJob takes a task from its creation to its end with the official Go client
// alone: workspace, workers, queue, workflow, task, reservation.
func TestGoClientMainJob(t *testing.T) {
	t.Parallel()
	api := world.Serve(t).GoClient(t).TaskrouterV1

	ws := *world.Must(api.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: world.Ptr("Support"),
	}))(t).Sid
	activities := world.Must(api.ListActivity(ws, nil))(t)
	byName := make(map[string]string)
	for _, a := range activities {
		byName[*a.FriendlyName] = *a.Sid
	}
	worker := world.Must(api.CreateWorker(ws, &taskrouter.CreateWorkerParams{
		FriendlyName: world.Ptr("Ana"),
		ActivitySid:  world.Ptr(byName["Available"]),
		Attributes:   world.Ptr(`{"skills":["billing"],"level":4}`),
	}))(t)
	if !*worker.Available || *worker.ActivityName != "Available" {
		t.Errorf("worker is %v, available %v", *worker.ActivityName, *worker.Available)
	}
	queue := *world.Must(api.CreateTaskQueue(ws, &taskrouter.CreateTaskQueueParams{
		FriendlyName:  world.Ptr("Billing"),
		TargetWorkers: world.Ptr(`skills HAS "billing" AND level > 3`),
	}))(t).Sid
	workflow := *world.Must(api.CreateWorkflow(ws, &taskrouter.CreateWorkflowParams{
		FriendlyName: world.Ptr("Incoming"),
		Configuration: world.Ptr(fmt.Sprintf(`{"task_routing":{"filters":[{
			"filter_friendly_name":"Billing","expression":"topic == 'billing'",
			"targets":[{"queue":%q,"priority":"7","timeout":60}]}]}}`, queue)),
	}))(t).Sid
	task := world.Must(api.CreateTask(ws, &taskrouter.CreateTaskParams{
		WorkflowSid: world.Ptr(workflow), Attributes: world.Ptr(`{"topic":"billing"}`),
	}))(t)
	if *task.AssignmentStatus != "pending" {
		t.Errorf("a new task is %s, want pending", *task.AssignmentStatus)
	}
	now := world.Must(api.FetchTask(ws, *task.Sid))(t)
	if *now.AssignmentStatus != "reserved" || now.Priority != 7 || *now.TaskQueueSid != queue {
		t.Errorf("task is %s with priority %d in %s, want reserved, 7, %s",
			*now.AssignmentStatus, now.Priority, *now.TaskQueueSid, queue)
	}
	reservations := world.Must(api.ListWorkerReservation(ws, *worker.Sid,
		&taskrouter.ListWorkerReservationParams{ReservationStatus: world.Ptr("pending")}))(t)
	if len(reservations) != 1 {
		t.Fatalf("%d pending reservations, want 1", len(reservations))
	}
	accepted := world.Must(api.UpdateTaskReservation(ws, *task.Sid, *reservations[0].Sid,
		&taskrouter.UpdateTaskReservationParams{ReservationStatus: world.Ptr("accepted")}))(t)
	if *accepted.ReservationStatus != "accepted" {
		t.Errorf("reservation is %s", *accepted.ReservationStatus)
	}
	done := world.Must(api.UpdateTask(ws, *task.Sid, &taskrouter.UpdateTaskParams{
		AssignmentStatus: world.Ptr("completed"), Reason: world.Ptr("refunded"),
	}))(t)
	if *done.AssignmentStatus != "completed" || *done.Reason != "refunded" {
		t.Errorf("task is %s, reason %q", *done.AssignmentStatus, *done.Reason)
	}
	if err := api.DeleteTask(ws, *task.Sid, nil); err != nil {
		t.Error(err)
	}
	if err := api.DeleteWorkspace(ws); err != nil {
		t.Error(err)
	}
}

// TestGoClientPaging walks a list that has more than one page.
func TestGoClientPaging(t *testing.T) {
	t.Parallel()
	api := world.Serve(t).GoClient(t).TaskrouterV1
	ws := *world.Must(api.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: world.Ptr("Paging"),
	}))(t).Sid
	var want []string
	for i := range 7 {
		w := world.Must(api.CreateWorker(ws, &taskrouter.CreateWorkerParams{
			FriendlyName: world.Ptr(fmt.Sprintf("w%d", i)),
		}))(t)
		want = append(want, *w.Sid)
	}
	var got []string
	for _, w := range world.Must(api.ListWorker(ws, &taskrouter.ListWorkerParams{
		PageSize: world.Ptr(3),
	}))(t) {
		got = append(got, *w.Sid)
		if !json.Valid([]byte(*w.Attributes)) {
			t.Errorf("attributes %q are no JSON", *w.Attributes)
		}
	}
	if fmt.Sprint(got) != fmt.Sprint(want) {
		t.Errorf("pages hold %v, want %v", got, want)
	}
}

// TestGoClientErrors reads refusals the way the client does.
func TestGoClientErrors(t *testing.T) {
	t.Parallel()
	api := world.Serve(t).GoClient(t).TaskrouterV1
	ws := *world.Must(api.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
		FriendlyName: world.Ptr("Errors"),
	}))(t).Sid
	unknown := "WT00000000000000000000000000000000"
	tests := []struct {
		name         string
		call         func() error
		status, code int
	}{
		{"unknown task", func() error {
			_, err := api.FetchTask(ws, unknown)
			return err
		}, 404, 20404},
		{"expression with a hyphen", func() error {
			_, err := api.CreateTaskQueue(ws, &taskrouter.CreateTaskQueueParams{
				FriendlyName: world.Ptr("q"), TargetWorkers: world.Ptr("skill-level > 3"),
			})
			return err
		}, 400, 20001},
		{"worker of the same name", func() error {
			for range 2 {
				if _, err := api.CreateWorker(ws, &taskrouter.CreateWorkerParams{
					FriendlyName: world.Ptr("twin"),
				}); err != nil {
					return err
				}
			}
			return nil
		}, 400, 20001},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			err := test.call()
			var e *client.TwilioRestError
			if !errors.As(err, &e) {
				t.Fatalf("the client returned %v, want a TwilioRestError", err)
			}
			if e.Status != test.status || e.Code != test.code || e.Message == "" {
				t.Errorf("got %d/%d %q, want %d/%d", e.Status, e.Code, e.Message,
					test.status, test.code)
			}
		})
	}
}
