package compat

import (
	"errors"
	"slices"
	"testing"

	"github.com/twilio/twilio-go/client"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// gone fails the test unless a call was answered with 404.
func gone(t *testing.T, what string, err error) {
	t.Helper()
	var e *client.TwilioRestError
	if !errors.As(err, &e) || e.Status != 404 {
		t.Errorf("%s is still there: %v", what, err)
	}
}

// TestGoClientResources makes, reads, lists, changes and deletes one of everything.
func TestGoClientResources(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	api, ws := w.API, w.Workspace

	t.Run("workspace", func(t *testing.T) {
		made := world.Must(api.CreateWorkspace(&taskrouter.CreateWorkspaceParams{
			FriendlyName: world.Ptr("Second"), Template: world.Ptr("FIFO"),
			EventCallbackUrl: world.Ptr("https://example.com/events"),
		}))(t)
		changed := world.Must(api.UpdateWorkspace(*made.Sid, &taskrouter.UpdateWorkspaceParams{
			FriendlyName: world.Ptr("Renamed"), PrioritizeQueueOrder: world.Ptr("LIFO"),
		}))(t)
		if *changed.FriendlyName != "Renamed" || *changed.PrioritizeQueueOrder != "LIFO" {
			t.Errorf("changed to %s, %s", *changed.FriendlyName, *changed.PrioritizeQueueOrder)
		}
		found := world.Must(api.ListWorkspace(&taskrouter.ListWorkspaceParams{
			FriendlyName: world.Ptr("Renamed"),
		}))(t)
		if len(found) != 1 || *found[0].Sid != *made.Sid {
			t.Errorf("%d workspaces of that name, want the one", len(found))
		}
		if err := api.DeleteWorkspace(*made.Sid); err != nil {
			t.Error(err)
		}
		_, err := api.FetchWorkspace(*made.Sid)
		gone(t, "the workspace", err)
	})
	t.Run("activity", func(t *testing.T) {
		made := world.Must(api.CreateActivity(ws, &taskrouter.CreateActivityParams{
			FriendlyName: world.Ptr("Lunch"), Available: world.Ptr(false),
		}))(t)
		world.Must(api.UpdateActivity(ws, *made.Sid, &taskrouter.UpdateActivityParams{
			FriendlyName: world.Ptr("Break"),
		}))(t)
		if got := world.Must(api.FetchActivity(ws, *made.Sid))(t); *got.FriendlyName != "Break" {
			t.Errorf("the activity is called %s", *got.FriendlyName)
		}
		var names []string
		all, errs := api.StreamActivity(ws, &taskrouter.ListActivityParams{PageSize: world.Ptr(1)})
		for a := range all {
			names = append(names, *a.FriendlyName)
		}
		if err := <-errs; err != nil {
			t.Error(err)
		}
		if len(names) != 4 || !slices.Contains(names, "Break") {
			t.Errorf("the stream brought %v, want four with Break", names)
		}
		if err := api.DeleteActivity(ws, *made.Sid); err != nil {
			t.Error(err)
		}
		_, err := api.FetchActivity(ws, *made.Sid)
		gone(t, "the activity", err)
	})
	t.Run("task channel", func(t *testing.T) {
		made := world.Must(api.CreateTaskChannel(ws, &taskrouter.CreateTaskChannelParams{
			FriendlyName: world.Ptr("Letters"), UniqueName: world.Ptr("letters"),
		}))(t)
		world.Must(api.UpdateTaskChannel(ws, "letters", &taskrouter.UpdateTaskChannelParams{
			FriendlyName: world.Ptr("Post"), ChannelOptimizedRouting: world.Ptr(true),
		}))(t)
		got := world.Must(api.FetchTaskChannel(ws, "letters"))(t)
		if *got.Sid != *made.Sid || *got.FriendlyName != "Post" || !*got.ChannelOptimizedRouting {
			t.Errorf("got channel %s, %s", *got.Sid, *got.FriendlyName)
		}
		if n := len(world.Must(api.ListTaskChannel(ws, nil))(t)); n != 6 {
			t.Errorf("%d channels, want six", n)
		}
		if err := api.DeleteTaskChannel(ws, *made.Sid); err != nil {
			t.Error(err)
		}
		_, err := api.FetchTaskChannel(ws, "letters")
		gone(t, "the channel", err)
	})
	t.Run("task queue", func(t *testing.T) {
		sid := w.NewQueue("Second", 1)
		got := world.Must(api.UpdateTaskQueue(ws, sid, &taskrouter.UpdateTaskQueueParams{
			TargetWorkers: world.Ptr("rank > 3"), TaskOrder: world.Ptr("LIFO"),
			MaxReservedWorkers: world.Ptr(5),
		}))(t)
		if *got.TargetWorkers != "rank > 3" || *got.TaskOrder != "LIFO" ||
			got.MaxReservedWorkers != 5 {
			t.Errorf("got queue %s, %s, %d", *got.TargetWorkers, *got.TaskOrder,
				got.MaxReservedWorkers)
		}
		world.Must(api.FetchTaskQueue(ws, sid))(t)
		if n := len(world.Must(api.ListTaskQueue(ws, &taskrouter.ListTaskQueueParams{
			FriendlyName: world.Ptr("Second"),
		}))(t)); n != 1 {
			t.Errorf("%d queues of that name, want one", n)
		}
		if err := api.DeleteTaskQueue(ws, sid); err != nil {
			t.Error(err)
		}
		_, err := api.FetchTaskQueue(ws, sid)
		gone(t, "the queue", err)
	})
	t.Run("workflow", func(t *testing.T) {
		sid := w.NewWorkflow("Second", w.Queue, 60)
		got := world.Must(api.UpdateWorkflow(ws, sid, &taskrouter.UpdateWorkflowParams{
			FriendlyName: world.Ptr("Third"), TaskReservationTimeout: world.Ptr(30),
			AssignmentCallbackUrl: world.Ptr("https://example.com/assignment"),
		}))(t)
		if *got.FriendlyName != "Third" || got.TaskReservationTimeout != 30 {
			t.Errorf("got workflow %s, %d", *got.FriendlyName, got.TaskReservationTimeout)
		}
		world.Must(api.FetchWorkflow(ws, sid))(t)
		if n := len(world.Must(api.ListWorkflow(ws, nil))(t)); n != 2 {
			t.Errorf("%d workflows, want two", n)
		}
		if err := api.DeleteWorkflow(ws, sid); err != nil {
			t.Error(err)
		}
		_, err := api.FetchWorkflow(ws, sid)
		gone(t, "the workflow", err)
	})
	t.Run("worker and its channels", func(t *testing.T) {
		ana := w.NewWorker("Ana", 1)
		channel := world.Must(api.UpdateWorkerChannel(ws, ana.SID, "voice",
			&taskrouter.UpdateWorkerChannelParams{
				Capacity: world.Ptr(2), Available: world.Ptr(false),
			}))(t)
		if channel.ConfiguredCapacity != 2 || *channel.Available {
			t.Errorf("got capacity %d, available %v", channel.ConfiguredCapacity,
				*channel.Available)
		}
		if n := len(world.Must(api.ListWorkerChannel(ws, ana.SID, nil))(t)); n != 5 {
			t.Errorf("%d channels, want five", n)
		}
		world.Must(api.FetchWorkerChannel(ws, ana.SID, "voice"))(t)
		found := world.Must(api.ListWorker(ws, &taskrouter.ListWorkerParams{
			TargetWorkersExpression: world.Ptr(`name == "Ana"`), Available: world.Ptr("false"),
		}))(t)
		if len(found) != 1 {
			t.Errorf("%d workers fit, want one", len(found))
		}
		if err := api.DeleteWorker(ws, ana.SID, nil); err != nil {
			t.Error(err)
		}
		_, err := api.FetchWorker(ws, ana.SID)
		gone(t, "the worker", err)
	})
}

// TestGoClientReservations answers offers in the ways the client knows, through the task and
// through the worker.
func TestGoClientReservations(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	ana := w.NewWorker("Ana", 1)
	ana.Become("Available")
	offer := func(t *testing.T) (task, reservation string) {
		t.Helper()
		task = w.NewTask(`{"to":"Ana"}`)
		list := world.Must(w.API.ListTaskReservation(w.Workspace, task, nil))(t)
		if len(list) != 1 {
			t.Fatalf("%d reservations, want one", len(list))
		}
		return task, *list[0].Sid
	}
	status := func(t *testing.T, reservation string) string {
		t.Helper()
		got := world.Must(w.API.FetchWorkerReservation(w.Workspace, ana.SID, reservation))(t)
		return *got.ReservationStatus
	}
	tests := []struct {
		name string
		task *taskrouter.UpdateTaskReservationParams // nil: through the worker
		work *taskrouter.UpdateWorkerReservationParams
		want string
	}{
		{"accept through the worker", nil, &taskrouter.UpdateWorkerReservationParams{
			ReservationStatus: world.Ptr("accepted"),
		}, "accepted"},
		{"reject", &taskrouter.UpdateTaskReservationParams{
			ReservationStatus: world.Ptr("rejected"),
			WorkerActivitySid: world.Ptr(w.Activity("Unavailable")),
		}, nil, "rejected"},
		{"dequeue", &taskrouter.UpdateTaskReservationParams{
			Instruction: world.Ptr("dequeue"), DequeueFrom: world.Ptr("+15005550006"),
			DequeueStatusCallbackEvent: &[]string{"initiated", "completed"},
		}, nil, "accepted"},
		{"call", &taskrouter.UpdateTaskReservationParams{
			Instruction: world.Ptr("call"), CallFrom: world.Ptr("+15005550006"),
			CallUrl: world.Ptr("https://example.com/twiml"), CallAccept: world.Ptr(true),
		}, nil, "accepted"},
		{"conference through the worker", nil, &taskrouter.UpdateWorkerReservationParams{
			Instruction: world.Ptr("conference"), From: world.Ptr("+15005550006"),
			ConferenceStatusCallbackEvent: &[]string{"start", "end"},
			EndConferenceOnExit:           world.Ptr(true), Beep: world.Ptr("onEnter"),
		}, "accepted"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			ana.Become("Available")
			task, reservation := offer(t)
			var err error
			if test.task != nil {
				_, err = w.API.UpdateTaskReservation(w.Workspace, task, reservation, test.task)
			} else {
				_, err = w.API.UpdateWorkerReservation(w.Workspace, ana.SID, reservation, test.work)
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := status(t, reservation); got != test.want {
				t.Errorf("the reservation is %s, want %s", got, test.want)
			}
			if err := w.API.DeleteTask(w.Workspace, task, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}
