package worker_test

import (
	"errors"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"taskrouter/test/world"
	"taskrouter/worker"
)

// TestNothingIsLeft closes clients in every state they can be in, some twice, and looks for
// goroutines that still run. It shares the process with nobody.
func TestNothingIsLeft(t *testing.T) {
	e := world.Serve(t)
	w := world.Build(t, e)
	cable := newCable(t, e)
	var workers []world.Worker
	for _, name := range []string{"a", "b", "c", "d", "e"} {
		k := w.NewWorker(name, 1)
		k.Become("Available")
		workers = append(workers, k)
	}
	slowly := func(int) time.Duration { return time.Hour }
	before := goleak.IgnoreCurrent()

	quiet := connect(t, workers[0], worker.Options{}) // nobody takes its events
	heard := connect(t, workers[1], worker.Options{})
	want[worker.Ready](t, heard)
	waiting := connect(t, workers[2], worker.Options{URL: cable.URL, Backoff: slowly})
	trying := connect(t, workers[3], worker.Options{URL: cable.URL})
	cable.Cut()
	await[worker.Disconnected](t, waiting)
	await[worker.Disconnected](t, trying)
	displaced := connect(t, workers[4], worker.Options{})
	other := connect(t, workers[4], worker.Options{CloseExistingSessions: true})
	<-displaced.Done()
	if _, err := worker.Connect(t.Context(), workers[0].Token(), worker.Options{
		URL: w.URL, ConnectActivity: "WA0",
	}); err == nil {
		t.Error("it connected with an activity that is none")
	}

	var work sync.WaitGroup
	for _, c := range []*worker.Client{quiet, heard, waiting, trying, displaced, other} {
		for range 2 {
			work.Go(func() { c.Close() })
		}
	}
	work.Wait()
	for _, c := range []*worker.Client{quiet, heard, waiting, trying, other} {
		if !errors.Is(c.Err(), worker.ErrClosed) {
			t.Errorf("it ended with %v", c.Err())
		}
		for range c.Events() {
			t.Error("an event came after the client was closed")
		}
		if _, err := c.FetchWorker(t.Context()); !errors.Is(err, worker.ErrClosed) {
			t.Errorf("a request after the end: %v", err)
		}
		if err := c.Close(); err != nil {
			t.Error(err)
		}
	}
	if !errors.Is(displaced.Err(), worker.ErrDisplaced) {
		t.Errorf("it ended with %v", displaced.Err())
	}
	if err := goleak.Find(before); err != nil {
		t.Error(err)
	}
}
