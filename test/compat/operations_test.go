package compat

import (
	"testing"

	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// TestGoClientOperations calls all operations with the official Go client.
func TestGoClientOperations(t *testing.T) {
	t.Parallel()
	seen := watch(t, world.Serve(t))
	w := world.Build(t, seen.Endpoint)
	api, ws := w.API, w.Workspace

	// One life of a task, with what it needs.
	ana := w.NewWorker("Ana", 1)
	ana.Become("Available")
	task := w.NewTask(`{"to":"Ana"}`)
	offers := world.Must(api.ListTaskReservation(ws, task, nil))(t)
	if len(offers) != 1 {
		t.Fatalf("%d reservations, want one", len(offers))
	}
	offer := *offers[0].Sid
	world.Must(api.FetchTaskReservation(ws, task, offer))(t)
	world.Must(api.UpdateTaskReservation(ws, task, offer, &taskrouter.UpdateTaskReservationParams{
		ReservationStatus: world.Ptr("accepted"),
	}))(t)
	if n := len(world.Must(api.ListWorkerReservation(ws, ana.SID, nil))(t)); n != 1 {
		t.Errorf("%d reservations of the worker, want one", n)
	}
	world.Must(api.FetchWorkerReservation(ws, ana.SID, offer))(t)
	world.Must(api.UpdateWorkerReservation(ws, ana.SID, offer,
		&taskrouter.UpdateWorkerReservationParams{ReservationStatus: world.Ptr("wrapping")}))(t)
	done := world.Must(api.UpdateTask(ws, task, &taskrouter.UpdateTaskParams{
		AssignmentStatus: world.Ptr("completed"), Reason: world.Ptr("solved"),
	}))(t)
	if *done.Reason != "solved" {
		t.Errorf("reason %s", *done.Reason)
	}
	world.Must(api.FetchTask(ws, task))(t)
	if n := len(world.Must(api.ListTask(ws, nil))(t)); n != 1 {
		t.Errorf("%d tasks, want one", n)
	}

	checkEvents(t, w)
	checkTaskStatistics(t, w)
	checkWorkerStatistics(t, w, ana.SID)
	checkResources(t, w)

	if err := api.DeleteTask(ws, task, nil); err != nil {
		t.Error(err)
	}
	if err := api.DeleteWorkspace(ws); err != nil {
		t.Error(err)
	}
	seen.missed(t)
}

func checkEvents(t *testing.T, w *world.World) {
	t.Helper()
	events := world.Must(w.API.ListEvent(w.Workspace, &taskrouter.ListEventParams{
		Minutes: world.Ptr(5), EventType: world.Ptr("reservation.accepted"),
	}))(t)
	if len(events) != 1 {
		t.Fatalf("%d events, want one", len(events))
	}
	event := world.Must(w.API.FetchEvent(w.Workspace, *events[0].Sid))(t)
	data, _ := (*event.EventData).(map[string]any)
	if *event.ResourceType != "reservation" || data["worker_name"] != "Ana" ||
		event.EventDateMs == nil || *event.EventDateMs == 0 {
		t.Errorf("event %v with %v", *event.ResourceType, data)
	}
}

// checkTaskStatistics reads the figures of workspace, queue and workflow.
func checkTaskStatistics(t *testing.T, w *world.World) {
	t.Helper()
	api, ws := w.API, w.Workspace
	split := world.Ptr("5,30")
	total := world.Must(api.FetchWorkspaceCumulativeStatistics(ws,
		&taskrouter.FetchWorkspaceCumulativeStatisticsParams{SplitByWaitTime: split}))(t)
	if total.TasksCreated != 1 || total.TasksCompleted != 1 || total.ReservationsAccepted != 1 {
		t.Errorf("workspace: %d created, %d completed, %d accepted", total.TasksCreated,
			total.TasksCompleted, total.ReservationsAccepted)
	}
	now := world.Must(api.FetchWorkspaceRealTimeStatistics(ws, nil))(t)
	if now.TotalTasks != 0 || now.TotalWorkers != 1 {
		t.Errorf("workspace: %d tasks, %d workers", now.TotalTasks, now.TotalWorkers)
	}
	world.Must(api.FetchWorkspaceStatistics(ws, nil))(t)

	queue := world.Must(api.FetchTaskQueueCumulativeStatistics(ws, w.Queue, nil))(t)
	if queue.TasksEntered != 1 {
		t.Errorf("queue: %d entered", queue.TasksEntered)
	}
	live := world.Must(api.FetchTaskQueueRealTimeStatistics(ws, w.Queue, nil))(t)
	if live.TotalEligibleWorkers != 1 || live.TotalAvailableWorkers != 1 {
		t.Errorf("queue: %d eligible, %d available", live.TotalEligibleWorkers,
			live.TotalAvailableWorkers)
	}
	world.Must(api.FetchTaskQueueStatistics(ws, w.Queue, nil))(t)
	if n := len(world.Must(api.ListTaskQueuesStatistics(ws, nil))(t)); n != 1 {
		t.Errorf("statistics of %d queues, want one", n)
	}
	body := map[string]any{"QueueSids": []string{w.Queue}}
	bulk := world.Must(api.CreateTaskQueueBulkRealTimeStatistics(ws,
		&taskrouter.CreateTaskQueueBulkRealTimeStatisticsParams{Body: &body}))(t)
	if bulk.TaskQueueResponseCount != 1 {
		t.Errorf("bulk: %d queues", bulk.TaskQueueResponseCount)
	}

	flow := world.Must(api.FetchWorkflowCumulativeStatistics(ws, w.Workflow, nil))(t)
	if flow.TasksEntered != 1 || flow.TasksCompleted != 1 {
		t.Errorf("workflow: %d entered, %d completed", flow.TasksEntered, flow.TasksCompleted)
	}
	world.Must(api.FetchWorkflowRealTimeStatistics(ws, w.Workflow, nil))(t)
	world.Must(api.FetchWorkflowStatistics(ws, w.Workflow, nil))(t)
}

func checkWorkerStatistics(t *testing.T, w *world.World, worker string) {
	t.Helper()
	api, ws := w.API, w.Workspace
	counted := world.Must(api.FetchWorkersCumulativeStatistics(ws, nil))(t)
	if counted.ReservationsCreated != 1 || counted.ReservationsAccepted != 1 {
		t.Errorf("workers: %d offers, %d accepted", counted.ReservationsCreated,
			counted.ReservationsAccepted)
	}
	now := world.Must(api.FetchWorkersRealTimeStatistics(ws, nil))(t)
	if now.TotalWorkers != 1 {
		t.Errorf("workers: %d", now.TotalWorkers)
	}
	world.Must(api.FetchWorkerStatistics(ws, nil))(t)
	world.Must(api.FetchWorkerInstanceStatistics(ws, worker, nil))(t)
}

// checkResources calls what the life of a task did not need.
func checkResources(t *testing.T, w *world.World) {
	t.Helper()
	api, ws := w.API, w.Workspace
	world.Must(api.FetchWorkspace(ws))(t)
	world.Must(api.ListWorkspace(nil))(t)
	world.Must(api.UpdateWorkspace(ws, &taskrouter.UpdateWorkspaceParams{
		FriendlyName: world.Ptr("Renamed"),
	}))(t)

	activity := *world.Must(api.CreateActivity(ws, &taskrouter.CreateActivityParams{
		FriendlyName: world.Ptr("Lunch"),
	}))(t).Sid
	world.Must(api.FetchActivity(ws, activity))(t)
	world.Must(api.UpdateActivity(ws, activity, &taskrouter.UpdateActivityParams{
		FriendlyName: world.Ptr("Break"),
	}))(t)

	channel := *world.Must(api.CreateTaskChannel(ws, &taskrouter.CreateTaskChannelParams{
		FriendlyName: world.Ptr("Letters"), UniqueName: world.Ptr("letters"),
	}))(t).Sid
	world.Must(api.FetchTaskChannel(ws, channel))(t)
	world.Must(api.ListTaskChannel(ws, nil))(t)
	world.Must(api.UpdateTaskChannel(ws, channel, &taskrouter.UpdateTaskChannelParams{
		FriendlyName: world.Ptr("Post"),
	}))(t)

	queue := w.NewQueue("Second", 1)
	world.Must(api.FetchTaskQueue(ws, queue))(t)
	world.Must(api.ListTaskQueue(ws, nil))(t)
	world.Must(api.UpdateTaskQueue(ws, queue, &taskrouter.UpdateTaskQueueParams{
		MaxReservedWorkers: world.Ptr(2),
	}))(t)

	workflow := w.NewWorkflow("Second", w.Queue, 60)
	world.Must(api.FetchWorkflow(ws, workflow))(t)
	world.Must(api.ListWorkflow(ws, nil))(t)
	world.Must(api.UpdateWorkflow(ws, workflow, &taskrouter.UpdateWorkflowParams{
		TaskReservationTimeout: world.Ptr(30),
	}))(t)

	worker := w.NewWorker("Ben", 2).SID
	world.Must(api.FetchWorker(ws, worker))(t)
	world.Must(api.ListWorker(ws, nil))(t)
	world.Must(api.ListWorkerChannel(ws, worker, nil))(t)
	world.Must(api.FetchWorkerChannel(ws, worker, "voice"))(t)
	world.Must(api.UpdateWorkerChannel(ws, worker, "voice", &taskrouter.UpdateWorkerChannelParams{
		Capacity: world.Ptr(2),
	}))(t)

	for what, err := range map[string]error{
		"activity": api.DeleteActivity(ws, activity),
		"channel":  api.DeleteTaskChannel(ws, channel),
		"queue":    api.DeleteTaskQueue(ws, queue),
		"workflow": api.DeleteWorkflow(ws, workflow),
		"worker":   api.DeleteWorker(ws, worker, nil),
	} {
		if err != nil {
			t.Errorf("delete %s: %v", what, err)
		}
	}
}
