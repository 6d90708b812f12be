package routing_test

import (
	"slices"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// TestTaskOfReservationEvents is what the end of an offer tells of its task: what the task is
// after it, not what it was. Pages show it without asking again. Spec: event-bridge 9.2
func TestTaskOfReservationEvents(t *testing.T) {
	t.Parallel()
	answer := func(to taskrouter.ReservationStatus) func(r *taskrouter.Reservation) routing.Command {
		return func(r *taskrouter.Reservation) routing.Command {
			return routing.UpdateReservation{SID: r.SID, Task: r.TaskSID, Status: to}
		}
	}
	tests := []struct {
		name    string
		happens func(*taskrouter.Reservation) routing.Command
		event   taskrouter.EventType
		want    taskrouter.TaskStatus
	}{
		{"accepted", answer(taskrouter.ReservationAccepted),
			taskrouter.EventReservationAccepted, taskrouter.TaskAssigned},
		{"rejected", answer(taskrouter.ReservationRejected),
			taskrouter.EventReservationRejected, taskrouter.TaskPending},
		{"timed out", func(*taskrouter.Reservation) routing.Command { return routing.Tick{} },
			taskrouter.EventReservationTimeout, taskrouter.TaskPending},
		{"canceled", func(r *taskrouter.Reservation) routing.Command {
			return routing.UpdateTask{SID: r.TaskSID, AssignmentStatus: taskrouter.TaskCanceled}
		}, taskrouter.EventReservationCanceled, taskrouter.TaskCanceled},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t)
			w.run([]string{
				"queue all", "worker ann",
				`workflow w {"task_routing":{"default_filter":{"queue":"all"}}}`, "task t",
			})
			offer := w.state.TaskReservations(taskrouter.TaskSID(w.sids["t"]))[0]
			now := w.now
			if test.event == taskrouter.EventReservationTimeout {
				now = offer.Expires
			}
			change, err := w.state.Decide(test.happens(offer), now.Add(time.Millisecond))
			if err != nil {
				t.Fatal(err)
			}
			at := slices.IndexFunc(change.Events, func(e taskrouter.Event) bool {
				return e.Type == test.event
			})
			if at < 0 {
				t.Fatalf("no event %s", test.event)
			}
			if got := change.Events[at].Task.AssignmentStatus; got != test.want {
				t.Errorf("%s tells of a task that is %s, want %s", test.event, got, test.want)
			}
		})
	}
}
