package routing_test

import (
	"errors"
	"fmt"
	"slices"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// A desk is a workspace with one queue for everybody, a workflow to it, and some workers.
type desk struct {
	t       *testing.T
	state   *routing.State
	now     time.Time
	queue   taskrouter.TaskQueueSID
	workers []taskrouter.WorkerSID
	task    taskrouter.TaskSID
}

// newDesk offers a task to two workers at once.
func newDesk(t *testing.T) *desk {
	d := &desk{
		t:     t,
		state: routing.New(taskrouter.NewSIDSource(1)),
		now:   time.Date(2030, 1, 1, 12, 0, 0, 0, time.UTC),
	}
	d.must(routing.CreateWorkspace{
		SID: "WS00000000000000000000000000000000", Account: "AC00000000000000000000000000000000",
		FriendlyName: "test", MultiTaskEnabled: true,
	})
	available := d.state.Catalog().Activities()[1].SID
	d.queue = taskrouter.TaskQueueSID(d.must(routing.CreateTaskQueue{
		FriendlyName: "all", MaxReservedWorkers: new(2),
	}).Result)
	d.must(routing.CreateWorkflow{
		FriendlyName:  "w",
		Configuration: fmt.Sprintf(`{"task_routing":{"default_filter":{"queue":%q}}}`, d.queue),
	})
	for i := range 2 {
		c := d.must(routing.CreateWorker{
			FriendlyName: fmt.Sprint("worker ", i), ActivitySID: available,
		})
		d.workers = append(d.workers, taskrouter.WorkerSID(c.Result))
	}
	d.task = taskrouter.TaskSID(d.must(routing.CreateTask{}).Result)
	return d
}

func (d *desk) must(cmd routing.Command) *taskrouter.Change {
	d.t.Helper()
	c, err := d.state.Decide(cmd, d.now)
	if err != nil {
		d.t.Fatalf("%T: %v", cmd, err)
	}
	return c
}

// offers returns the reservations of the first and the second worker.
func (d *desk) offers() (first, second *taskrouter.Reservation) {
	all := d.state.TaskReservations(d.task)
	return all[0], all[1]
}

func (d *desk) answer(r *taskrouter.Reservation, to taskrouter.ReservationStatus) error {
	_, err := d.state.Decide(routing.UpdateReservation{SID: r.SID, Status: to}, d.now)
	return err
}

// bring leads the first reservation to a status.
func (d *desk) bring(to taskrouter.ReservationStatus) {
	first, second := d.offers()
	switch to {
	case taskrouter.ReservationTimeout:
		d.now = d.now.Add(2 * time.Minute)
		d.must(routing.Tick{})
	case taskrouter.ReservationCanceled:
		d.must(routing.UpdateTask{SID: d.task, AssignmentStatus: taskrouter.TaskCanceled})
	case taskrouter.ReservationRescinded:
		d.must(routing.UpdateReservation{
			SID: second.SID, Status: taskrouter.ReservationAccepted,
		})
	case taskrouter.ReservationRejected, taskrouter.ReservationAccepted:
		d.must(routing.UpdateReservation{SID: first.SID, Status: to})
	case taskrouter.ReservationWrapping, taskrouter.ReservationCompleted:
		d.must(routing.UpdateReservation{
			SID: first.SID, Status: taskrouter.ReservationAccepted,
		})
		d.must(routing.UpdateReservation{SID: first.SID, Status: to})
	}
	if first, _ = d.offers(); first.Status != to {
		d.t.Fatalf("the reservation is %s, want %s", first.Status, to)
	}
}

// TestReservationAnswers asks a reservation in every status for every status.
// Spec: routing 5.2, 11
func TestReservationAnswers(t *testing.T) {
	allowed := map[taskrouter.ReservationStatus][]taskrouter.ReservationStatus{
		taskrouter.ReservationPending: {
			taskrouter.ReservationAccepted, taskrouter.ReservationRejected,
		},
		taskrouter.ReservationAccepted: {
			taskrouter.ReservationWrapping, taskrouter.ReservationCompleted,
		},
		taskrouter.ReservationWrapping: {taskrouter.ReservationCompleted},
	}
	for _, from := range taskrouter.ReservationStatuses {
		for _, to := range append(taskrouter.ReservationStatuses[:], "", "nonsense") {
			t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				d.bring(from)
				first, _ := d.offers()
				err := d.answer(first, to)
				want := taskrouter.Invalid
				switch {
				case slices.Contains(allowed[from], to):
					if err != nil {
						t.Fatal(err)
					}
					if got, _ := d.offers(); got.Status != to || got.Version != first.Version+1 {
						t.Fatalf("got %s version %d, want %s version %d", got.Status, got.Version, to,
							first.Version+1)
					}
					return
				case from == taskrouter.ReservationRescinded &&
					slices.Contains(allowed[taskrouter.ReservationPending], to):
					want = taskrouter.Gone
				}
				if err == nil || taskrouter.KindOf(err) != want {
					t.Fatalf("got error %v, want kind %d", err, want)
				}
				if got, _ := d.offers(); got != first {
					t.Fatalf("refused, yet the reservation changed from %+v to %+v", first, got)
				}
			})
		}
	}
}

// TestTaskRequests asks a task in every status for every status. Spec: routing 5.1
func TestTaskRequests(t *testing.T) {
	allowed := map[taskrouter.TaskStatus][]taskrouter.TaskStatus{
		taskrouter.TaskPending:  {taskrouter.TaskCanceled},
		taskrouter.TaskReserved: {taskrouter.TaskCanceled},
		taskrouter.TaskAssigned: {taskrouter.TaskWrapping, taskrouter.TaskCompleted},
		taskrouter.TaskWrapping: {taskrouter.TaskCompleted},
	}
	bring := map[taskrouter.TaskStatus]taskrouter.ReservationStatus{
		taskrouter.TaskPending:   taskrouter.ReservationTimeout,
		taskrouter.TaskReserved:  taskrouter.ReservationPending,
		taskrouter.TaskAssigned:  taskrouter.ReservationAccepted,
		taskrouter.TaskWrapping:  taskrouter.ReservationWrapping,
		taskrouter.TaskCompleted: taskrouter.ReservationCompleted,
		taskrouter.TaskCanceled:  taskrouter.ReservationCanceled,
	}
	for _, from := range taskrouter.TaskStatuses {
		for _, to := range append(taskrouter.TaskStatuses[:], "nonsense") {
			t.Run(fmt.Sprintf("%s to %s", from, to), func(t *testing.T) {
				t.Parallel()
				d := newDesk(t)
				d.bring(bring[from])
				before := d.state.Task(d.task)
				if before.AssignmentStatus != from {
					t.Fatalf("the task is %s, want %s", before.AssignmentStatus, from)
				}
				_, err := d.state.Decide(routing.UpdateTask{SID: d.task, AssignmentStatus: to}, d.now)
				if slices.Contains(allowed[from], to) {
					if got := d.state.Task(d.task).AssignmentStatus; err != nil || got != to {
						t.Fatalf("got %s and error %v, want %s", got, err, to)
					}
					return
				}
				if taskrouter.KindOf(err) != taskrouter.Invalid {
					t.Fatalf("got error %v, want kind Invalid", err)
				}
				if got := d.state.Task(d.task); got != before {
					t.Fatalf("refused, yet the task changed from %+v to %+v", before, got)
				}
			})
		}
	}
}

// TestMaxAssignments offers a task until routing gives it up. A round of two offers counts once.
// Spec: routing 4.4, 5.1
func TestMaxAssignments(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	rounds := 0
	for d.state.Task(d.task).AssignmentStatus == taskrouter.TaskReserved {
		rounds++
		for _, w := range d.workers {
			all := d.state.WorkerReservations(w)
			if err := d.answer(all[len(all)-1], taskrouter.ReservationRejected); err != nil {
				t.Fatal(err)
			}
		}
	}
	got := d.state.Task(d.task)
	if rounds != taskrouter.MaxAssignments || got.AssignmentStatus != taskrouter.TaskCanceled ||
		got.Reason != taskrouter.ReasonAssignments {
		t.Errorf("after %d rounds the task is %s (%s), want %d rounds and canceled (%s)", rounds,
			got.AssignmentStatus, got.Reason, taskrouter.MaxAssignments, taskrouter.ReasonAssignments)
	}
}

// TestTickIsBounded lets more fall due than one Tick does. Spec: routing 9
func TestTickIsBounded(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	const tasks = 2500
	for range tasks {
		d.must(routing.CreateTask{Timeout: new(60)})
	}
	d.now = d.now.Add(time.Minute)
	ticks := 0
	for {
		at, ok := d.state.NextDeadline()
		if !ok || at.After(d.now) {
			break
		}
		ticks++
		if c := d.must(routing.Tick{}); len(c.Puts) > 2000 {
			t.Fatalf("one Tick put %d entities", len(c.Puts))
		}
	}
	if ticks < 2 || ticks > 4 {
		t.Errorf("%d tasks took %d ticks", tasks, ticks)
	}
	for w := range d.state.Tasks("") {
		if w.SID != d.task && w.AssignmentStatus != taskrouter.TaskCanceled {
			t.Fatalf("task %s is %s", w.SID, w.AssignmentStatus)
		}
	}
}

// TestUnknownCommand refuses what no rule knows.
func TestUnknownCommand(t *testing.T) {
	t.Parallel()
	d := newDesk(t)
	if _, err := d.state.Decide(nil, d.now); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("got %v, want ErrUnsupported", err)
	}
}
