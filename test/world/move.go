package world

import (
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"
)

// MoveTask moves a task to a status over REST.
func (w *World) MoveTask(task, status string) {
	w.t.Helper()
	Must(w.API.UpdateTask(w.Workspace, task, &taskrouter.UpdateTaskParams{
		AssignmentStatus: &status, Reason: Ptr("moved"),
	}))(w.t)
}

// Capacity lets the worker have so many tasks at once.
func (k Worker) Capacity(tasks int) {
	w := k.World
	w.t.Helper()
	Must(w.API.UpdateWorkerChannel(w.Workspace, k.SID, "default",
		&taskrouter.UpdateWorkerChannelParams{Capacity: &tasks}))(w.t)
}

// Move moves one of the worker's reservations to a status over REST.
func (k Worker) Move(reservation, status string) {
	w := k.World
	w.t.Helper()
	Must(w.API.UpdateWorkerReservation(w.Workspace, k.SID, reservation,
		&taskrouter.UpdateWorkerReservationParams{ReservationStatus: &status}))(w.t)
}

// Offered is the worker's reservation for a task, which has to be there.
func (k Worker) Offered(task string) (reservation string) {
	w := k.World
	w.t.Helper()
	for _, r := range Must(w.API.ListWorkerReservation(w.Workspace, k.SID, nil))(w.t) {
		if *r.TaskSid == task {
			return *r.Sid
		}
	}
	w.t.Fatalf("worker %s has no reservation for task %s", k.Name, task)
	return ""
}

// Bring brings the worker's reservation for a task to a status, by way of those before it.
func (k Worker) Bring(task, status string) {
	w := k.World
	w.t.Helper()
	r := k.Offered(task)
	switch status {
	case "accepted", "rejected":
		k.Move(r, status)
	case "wrapping", "completed":
		k.Move(r, "accepted")
		k.Move(r, status)
	case "canceled":
		w.MoveTask(task, status)
	}
}
