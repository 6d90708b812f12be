package worker_test

import (
	"errors"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// TestSilence takes a server that says nothing for lost.
func TestSilence(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	c := connect(t, w.NewWorker("alice", 1), worker.Options{Silence: 200 * time.Millisecond})
	want[worker.Ready](t, c)
	if e := want[worker.Disconnected](t, c); !strings.Contains(e.Err.Error(), "said nothing") {
		t.Errorf("told of %v", e.Err)
	}
	want[worker.Resumed](t, c)
}

// TestBackoffOfReconnects waits longer and longer, says how long, and begins anew after a success.
func TestBackoffOfReconnects(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	w := world.Build(t, e)
	cable := newCable(t, e)
	c := connect(t, w.NewWorker("alice", 1), worker.Options{
		URL:     cable.URL,
		Backoff: func(attempt int) time.Duration { return time.Duration(attempt) * time.Millisecond },
	})
	want[worker.Ready](t, c)
	for range 2 {
		cable.Cut()
		last := time.Duration(0)
		for last < 4*time.Millisecond {
			e := want[worker.Disconnected](t, c)
			if e.Retry <= last || e.Err == nil {
				t.Errorf("after a wait of %v it is told of %+v", last, e)
			}
			last = e.Retry
		}
		cable.Mend()
		await[worker.Resumed](t, c)
	}
}

// TestDisplaced leaves the place to a client that wants to be the only one, and does not come
// back.
func TestDisplaced(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	first := connect(t, alice, worker.Options{})
	want[worker.Ready](t, first)
	second := connect(t, alice, worker.Options{CloseExistingSessions: true})
	want[worker.Ready](t, second)
	e := want[worker.Disconnected](t, first)
	if !errors.Is(e.Err, worker.ErrDisplaced) || e.Retry != 0 {
		t.Errorf("told of %+v", e)
	}
	if _, ok := <-first.Events(); ok {
		t.Error("something comes after the end")
	}
	<-first.Done()
	closed, ok := errors.AsType[*worker.CloseError](first.Err())
	if !errors.Is(first.Err(), worker.ErrDisplaced) || !ok || closed.Code != 4001 ||
		closed.Reason == "" {
		t.Errorf("it ended with %v", first.Err())
	}
	if _, err := first.FetchWorker(t.Context()); err != nil {
		t.Errorf("a request after the end: %v", err)
	}
	w.NewTask(`{}`)
	want[worker.ReservationCreated](t, second)
}

// TestDeletedWorker ends when its worker is deleted.
func TestDeletedWorker(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	c := connect(t, alice, worker.Options{})
	if err := w.API.DeleteWorker(w.Workspace, alice.SID, nil); err != nil {
		t.Fatal(err)
	}
	<-c.Done() // also if nobody takes the events
	if !errors.Is(c.Err(), worker.ErrDeleted) {
		t.Errorf("it ended with %v", c.Err())
	}
	want[worker.Ready](t, c)
	want[worker.Disconnected](t, c)
	if e, ok := <-c.Events(); ok {
		t.Errorf("%T comes after the end", e)
	}
}

// TestDisconnectActivity is set by the server once the client has gone.
func TestDisconnectActivity(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	c := connect(t, alice, worker.Options{
		ConnectActivity:    taskrouter.ActivitySID(w.Activity("Available")),
		DisconnectActivity: taskrouter.ActivitySID(w.Activity("Unavailable")),
	})
	if got := alice.Activity(); got != "Available" {
		t.Errorf("the worker is %s, want Available", got)
	}
	c.Close()
	eventually(t, "the worker is Unavailable", func() bool {
		return alice.Activity() == "Unavailable"
	})
}

// TestLogHasNoSecrets reads all that a client logs in a life with losses.
func TestLogHasNoSecrets(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	w := world.Build(t, e)
	cable := newCable(t, e)
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	var text logText
	token := alice.Token()
	c, err := worker.Connect(t.Context(), token, worker.Options{
		URL: cable.URL, Backoff: quickly, Retries: -1,
		Logger: slog.New(slog.NewTextHandler(&text, &slog.HandlerOptions{Level: slog.LevelDebug})),
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	want[worker.Ready](t, c)
	w.NewTask(`{"card":"4111"}`)
	want[worker.ReservationCreated](t, c)
	cable.Cut()
	for range 3 {
		want[worker.Disconnected](t, c)
	}
	cable.Mend()
	await[worker.Resumed](t, c)
	c.Close()
	log := text.String()
	if log == "" || strings.Contains(log, "eyJ") || strings.Contains(log, "4111") ||
		strings.Contains(log, strings.Split(token, ".")[2]) {
		t.Errorf("logged:\n%s", log)
	}
}

// logText is what was logged.
type logText struct {
	mu sync.Mutex
	b  strings.Builder
}

// Write adds to the text.
func (l *logText) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(b)
}

// String is all that was logged.
func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}
