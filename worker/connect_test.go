package worker_test

import (
	"testing"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

func TestConnect(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	c := connect(t, alice, worker.Options{
		ConnectActivity: taskrouter.ActivitySID(w.Activity("Available")),
	})
	ready := want[worker.Ready](t, c)
	if got := ready.Worker; string(got.SID) != alice.SID || got.FriendlyName != "alice" ||
		got.ActivityName != "Offline" || got.DateCreated.IsZero() {
		t.Errorf("ready with %+v", got)
	}
	if e := want[worker.ActivityUpdated](t, c); e.Worker.ActivityName != "Available" {
		t.Errorf("activity %q, want Available", e.Worker.ActivityName)
	}
	task := w.NewTask(`{"to":"alice","number":7}`)
	offer := want[worker.ReservationCreated](t, c)
	var order struct{ Number int }
	if err := offer.Reservation.Task.Attributes.Decode(&order); err != nil || order.Number != 7 {
		t.Errorf("attributes %v, %v", order, err)
	}
	r, err := offer.Reservation.Accept(t.Context())
	if err != nil || r.Status != taskrouter.ReservationAccepted {
		t.Fatalf("accept: %+v, %v", r, err)
	}
	if e := want[worker.ReservationAccepted](t, c); string(e.Reservation.TaskSID) != task {
		t.Errorf("accepted %+v", e.Reservation)
	}
	if _, err := r.Task.Complete(t.Context(), "done"); err != nil {
		t.Fatal(err)
	}
	e := next(t, c)
	t.Logf("%T", e)
	if err := c.Close(); err != nil {
		t.Fatal(err)
	}
}
