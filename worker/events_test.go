package worker_test

import (
	"reflect"
	"testing"

	rest "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// TestReservationEvents is all that can happen to an offer, and what the client says of it.
func TestReservationEvents(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	c := connect(t, alice, worker.Options{})
	want[worker.Ready](t, c)
	short := w.NewWorkflow("Short", w.Queue, 1)
	for _, test := range []struct {
		name, workflow string
		happens        func(t *testing.T, r *worker.Reservation)
		event          worker.Event
		status         taskrouter.ReservationStatus
		task           taskrouter.TaskStatus
	}{
		{"accepted", w.Workflow, func(t *testing.T, r *worker.Reservation) {
			alice.Move(string(r.SID), "accepted")
		}, worker.ReservationAccepted{}, "accepted", "assigned"},
		{"rejected", w.Workflow, func(t *testing.T, r *worker.Reservation) {
			world.Must(r.Reject(t.Context(), taskrouter.ActivitySID(w.Activity("Unavailable"))))(t)
		}, worker.ReservationRejected{}, "rejected", "pending"},
		{"timeout", short, func(*testing.T, *worker.Reservation) {},
			worker.ReservationTimeout{}, "timeout", "pending"},
		{"canceled", w.Workflow, func(t *testing.T, r *worker.Reservation) {
			w.MoveTask(string(r.TaskSID), "canceled")
		}, worker.ReservationCanceled{}, "canceled", "canceled"},
		{"wrapup", w.Workflow, func(t *testing.T, r *worker.Reservation) {
			alice.Move(string(r.SID), "accepted")
			w.MoveTask(string(r.TaskSID), "wrapping")
		}, worker.ReservationWrapup{}, "wrapping", "wrapping"},
		{"completed", w.Workflow, func(t *testing.T, r *worker.Reservation) {
			alice.Move(string(r.SID), "accepted")
			w.MoveTask(string(r.TaskSID), "completed")
		}, worker.ReservationCompleted{}, "completed", "completed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			alice.Become("Available")
			task := w.NewTaskIn(test.workflow, `{"name":"`+test.name+`"}`)
			offer := offered(t, c, task)
			test.happens(t, offer)
			for {
				e := next(t, c)
				if reflect.TypeOf(e) != reflect.TypeOf(test.event) {
					continue
				}
				r := e.(worker.ReservationEvent).About()
				if r.SID != offer.SID || r.Status != test.status ||
					r.Task.AssignmentStatus != test.task || string(r.TaskSID) != task ||
					r.DateUpdated.Before(r.DateCreated) {
					t.Errorf("%T tells of %+v, task %+v", e, r, r.Task)
				}
				break
			}
			if err := w.API.DeleteTask(w.Workspace, task, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	t.Run("rescinded", func(t *testing.T) {
		alice.Become("Available")
		ben := w.NewWorker("ben", 2)
		ben.Become("Available")
		both := w.NewWorkflow("Both", w.NewQueue("Two at a time", 2), 120)
		task := w.NewTaskIn(both, `{}`)
		offered(t, c, task)
		ben.Bring(task, "accepted")
		e := await[worker.ReservationRescinded](t, c)
		if e.Reservation.Task.AssignmentStatus != "assigned" {
			t.Errorf("its task is %s", e.Reservation.Task.AssignmentStatus)
		}
		if _, err := e.Reservation.Accept(t.Context()); status(err) != 410 {
			t.Errorf("accepting it: %v", err)
		}
	})
}

// TestOtherEvents are those of the worker, its channels and its tasks.
func TestOtherEvents(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	c := connect(t, alice, worker.Options{})
	want[worker.Ready](t, c)

	alice.Become("Available")
	if e := want[worker.ActivityUpdated](t, c); !e.Worker.Available {
		t.Errorf("told of %+v", e.Worker)
	}
	world.Must(w.API.UpdateWorker(w.Workspace, alice.SID, &rest.UpdateWorkerParams{
		Attributes: world.Ptr(`{"name":"alice","hat":true}`),
	}))(t)
	e := want[worker.AttributesUpdated](t, c)
	if e.Worker.Attributes != `{"name":"alice","hat":true}` || c.Worker() != e.Worker {
		t.Errorf("told of %+v, knows %+v", e.Worker, c.Worker())
	}
	alice.Capacity(3)
	if e := want[worker.CapacityUpdated](t, c); e.Channel.ConfiguredCapacity != 3 ||
		e.Channel.TaskChannelUniqueName != "default" || e.Channel.AvailableCapacityPercentage != 100 {
		t.Errorf("told of %+v", e.Channel)
	}
	world.Must(w.API.UpdateWorkerChannel(w.Workspace, alice.SID, "default",
		&rest.UpdateWorkerChannelParams{Available: world.Ptr(false)}))(t)
	if e := want[worker.AvailabilityUpdated](t, c); e.Channel.Available {
		t.Errorf("told of %+v", e.Channel)
	}
	world.Must(w.API.UpdateWorkerChannel(w.Workspace, alice.SID, "default",
		&rest.UpdateWorkerChannelParams{Available: world.Ptr(true)}))(t)
	want[worker.AvailabilityUpdated](t, c)

	task := w.NewTask(`{}`)
	r := want[worker.ReservationCreated](t, c).Reservation
	if _, err := r.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	want[worker.ReservationAccepted](t, c)
	world.Must(w.API.UpdateTask(w.Workspace, task, &rest.UpdateTaskParams{
		Priority: world.Ptr(9),
	}))(t)
	if e := want[worker.TaskUpdated](t, c); e.Task.Priority != 9 {
		t.Errorf("told of %+v", e.Task)
	}
	if got := c.Reservations()[0].Task.Priority; got != 9 {
		t.Errorf("the open reservation has a task of priority %d, want 9", got)
	}
	w.MoveTask(task, "wrapping")
	await[worker.TaskWrapup](t, c)
	w.MoveTask(task, "completed")
	await[worker.TaskCompleted](t, c)
	await[worker.ReservationCompleted](t, c)

	task = w.NewTask(`{}`)
	await[worker.ReservationCreated](t, c)
	w.MoveTask(task, "canceled")
	await[worker.ReservationCanceled](t, c)
	await[worker.TaskCanceled](t, c)
}

// TestTwoClients of one worker both hear everything, and either may act.
func TestTwoClients(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	first, second := connect(t, alice, worker.Options{}), connect(t, alice, worker.Options{})
	want[worker.Ready](t, first)
	want[worker.Ready](t, second)
	w.NewTask(`{}`)
	mine, theirs := want[worker.ReservationCreated](t, first).Reservation,
		want[worker.ReservationCreated](t, second).Reservation
	if mine.SID != theirs.SID {
		t.Fatalf("one is offered %s, the other %s", mine.SID, theirs.SID)
	}
	if _, err := mine.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	want[worker.ReservationAccepted](t, second)
	if _, err := theirs.Accept(t.Context()); status(err) != 400 {
		t.Errorf("accepting twice: %v", err)
	}
	if _, err := theirs.Complete(t.Context()); err != nil {
		t.Fatal(err)
	}
	await[worker.ReservationCompleted](t, first)
	await[worker.ReservationCompleted](t, second)
}

// TestManyOffers come in the order in which they were made, each once.
func TestManyOffers(t *testing.T) {
	t.Parallel()
	const tasks = 30
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Capacity(tasks)
	alice.Become("Available")
	c := connect(t, alice, worker.Options{})
	want[worker.Ready](t, c)
	for range tasks {
		task := w.NewTask(`{}`)
		if e := want[worker.ReservationCreated](t, c); string(e.Reservation.TaskSID) != task {
			t.Fatalf("offered task %s, want %s", e.Reservation.TaskSID, task)
		}
	}
	if got := len(c.Reservations()); got != tasks {
		t.Errorf("%d open reservations, want %d", got, tasks)
	}
}
