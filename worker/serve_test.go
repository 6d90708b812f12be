package worker_test

import (
	"context"
	"errors"
	"sync/atomic"
	"testing"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// serve serves until the test ends or stop is called, which returns what Serve did.
func serve(t *testing.T, c *worker.Client, h worker.Handler) (stop func() error) {
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() { done <- c.Serve(ctx, h) }()
	t.Cleanup(cancel)
	return func() error {
		cancel()
		return <-done
	}
}

// TestServe works off tasks, several at a time, and stops when it is asked to.
func TestServe(t *testing.T) {
	t.Parallel()
	const tasks = 5
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Capacity(tasks)
	alice.Become("Available")
	old := w.NewTask(`{}`)
	alice.Bring(old, "accepted")
	c := connect(t, alice, worker.Options{})
	var running atomic.Int32
	together := make(chan struct{})
	taken := make(chan taskrouter.TaskSID, 1)
	stop := serve(t, c, worker.Handler{
		Offer: func(ctx context.Context, r *worker.Reservation) {
			accepted, err := r.Accept(ctx)
			if err != nil {
				t.Error(err)
				return
			}
			if running.Add(1) == tasks-1 {
				close(together)
			}
			<-together
			if _, err := accepted.Task.Complete(ctx, ""); err != nil {
				t.Errorf("complete: %v", err)
			}
		},
		Taken: func(ctx context.Context, r *worker.Reservation) { taken <- r.TaskSID },
	})
	if got := <-taken; string(got) != old {
		t.Errorf("task %s was there before, want %s", got, old)
	}
	for range tasks - 1 {
		w.NewTask(`{}`)
	}
	eventually(t, "all are done", func() bool { return len(c.Reservations()) == 1 })
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("serving ended with %v", err)
	}
	if c.Err() != nil {
		t.Errorf("the client has ended: %v", c.Err())
	}
}

// TestServeEndsContexts ends the work on an offer when the offer ends, and says why.
func TestServeEndsContexts(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	c := connect(t, alice, worker.Options{})
	began, ended := make(chan bool, 1), make(chan error, 1)
	stop := serve(t, c, worker.Handler{Offer: func(ctx context.Context, r *worker.Reservation) {
		began <- true
		<-ctx.Done()
		ended <- context.Cause(ctx)
	}})
	task := w.NewTask(`{}`)
	<-began
	w.MoveTask(task, "canceled")
	if err := <-ended; !errors.Is(err, worker.ErrTaskEnded) {
		t.Errorf("the context ended with %v", err)
	}
	w.NewTask(`{}`)
	<-began
	if err := stop(); !errors.Is(err, context.Canceled) {
		t.Errorf("serving ended with %v", err)
	}
	if err := <-ended; !errors.Is(err, context.Canceled) {
		t.Errorf("the context ended with %v", err)
	}
}

// TestServeWhenTheClientEnds returns why, after the functions that still run.
func TestServeWhenTheClientEnds(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	c := connect(t, alice, worker.Options{})
	var left atomic.Bool
	began := make(chan bool)
	events := 0
	done := make(chan error, 1)
	go func() {
		done <- c.Serve(t.Context(), worker.Handler{
			Offer: func(ctx context.Context, r *worker.Reservation) {
				close(began)
				<-ctx.Done()
				left.Store(true)
			},
			Event: func(context.Context, worker.Event) { events++ },
		})
	}()
	w.NewTask(`{}`)
	<-began
	c.Close()
	if err := <-done; !errors.Is(err, worker.ErrClosed) || !left.Load() || events != 2 {
		t.Errorf("serving ended with %v, the function had left: %v, %d events", err, left.Load(),
			events)
	}
}
