package compat

import (
	"testing"
	"time"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// TestForeignTokens opens sockets with tokens that the helpers of the official clients made, and
// works with them: becomes available and accepts an offer.
func TestForeignTokens(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	for _, test := range []struct {
		name    string
		command []string
	}{
		{"Node", []string{"node", "worker_token.mjs"}},
		{"Python", []string{"/usr/bin/python3", "worker_token.py"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := world.Build(t, e)
			ana := w.NewWorker("Ana", 1)
			token := play(t, e, "", []string{
				"WORKSPACE_SID=" + w.Workspace, "WORKER_SID=" + ana.SID,
			}, test.command...)
			page, err := worker.Connect(t.Context(), token, worker.Options{URL: e.URL})
			if err != nil {
				t.Fatal(err)
			}
			t.Cleanup(func() { page.Close() })
			idle := taskrouter.ActivitySID(w.Activity("Available"))
			if _, err := page.SetActivity(t.Context(), idle); err != nil {
				t.Fatal(err)
			}
			task := w.NewTask(`{"to":"Ana"}`)
			offer := offered(t, page)
			if string(offer.TaskSID) != task {
				t.Fatalf("offered task %s, want %s", offer.TaskSID, task)
			}
			if _, err := offer.Accept(t.Context()); err != nil {
				t.Fatal(err)
			}
			if got := w.TaskStatus(task); got != "assigned" {
				t.Errorf("the task is %s, want assigned", got)
			}
		})
	}
}

// offered is the next offer that a worker's page hears of.
func offered(t *testing.T, page *worker.Client) *worker.Reservation {
	t.Helper()
	end := time.After(patience)
	for {
		select {
		case event, ok := <-page.Events():
			if !ok {
				t.Fatalf("the page has ended: %v", page.Err())
			}
			if made, ok := event.(worker.ReservationCreated); ok {
				return made.Reservation
			}
		case <-end:
			t.Fatal("no offer came")
		}
	}
}
