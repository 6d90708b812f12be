package worker_test

import (
	"context"
	"errors"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"taskrouter/test/world"
	"taskrouter/worker"
)

// until waits for a moment that has to pass.
func until(moment time.Time) { <-time.After(time.Until(moment)) }

// TestRenewToken lives longer than its token, without losing its connection.
func TestRenewToken(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	end := time.Now().Add(3 * time.Second).Truncate(time.Second)
	var asked atomic.Int32
	c, err := worker.Connect(t.Context(), alice.TokenUntil(end), worker.Options{
		URL: w.URL, Backoff: quickly,
		RenewToken: func(context.Context) (string, error) {
			if asked.Add(1) == 1 {
				return "", errors.New("come again")
			}
			return alice.Token(), nil
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	want[worker.Ready](t, c)
	if e := want[worker.TokenExpiring](t, c); e.Err == nil || !e.Expires.Equal(end) ||
		!strings.Contains(e.Err.Error(), "come again") {
		t.Errorf("told of %+v", e)
	}
	until(end.Add(2 * time.Second))
	w.NewTask(`{}`)
	offer := want[worker.ReservationCreated](t, c)
	if _, err := offer.Reservation.Accept(t.Context()); err != nil {
		t.Error(err)
	}
	if got := asked.Load(); got != 2 {
		t.Errorf("a token was asked for %d times, want 2", got)
	}
}

// TestTokenFromTheStart is a client that is given no token but somebody to ask, and one whose
// token has ended before it is used.
func TestTokenFromTheStart(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	for name, token := range map[string]string{
		"none": "", "expired": alice.TokenUntil(time.Now().Add(-time.Minute)),
	} {
		c, err := worker.Connect(t.Context(), token, worker.Options{
			URL:        w.URL,
			RenewToken: func(context.Context) (string, error) { return alice.Token(), nil },
		})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		want[worker.Ready](t, c)
		c.Close()
	}
}

// TestTokenExpires waits for a token that nobody brings in time, and goes on with it when it
// comes: what happened meanwhile is told.
func TestTokenExpires(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice, bob := w.NewWorker("alice", 1), w.NewWorker("bob", 0)
	alice.Become("Available")
	end := time.Now().Add(3 * time.Second).Truncate(time.Second)
	c, err := worker.Connect(t.Context(), alice.TokenUntil(end),
		worker.Options{URL: w.URL, Backoff: quickly})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	want[worker.Ready](t, c)
	if e := want[worker.TokenExpiring](t, c); e.Err != nil || !e.Expires.Equal(end) {
		t.Errorf("told of %+v", e)
	}
	if e := want[worker.Disconnected](t, c); !errors.Is(e.Err, worker.ErrTokenExpired) ||
		e.Retry != 0 {
		t.Errorf("told of %+v", e)
	}
	task := w.NewTask(`{}`)
	for name, token := range map[string]string{
		"another worker's": bob.Token(), "broken": "hello", "empty": "",
	} {
		if err := c.UpdateToken(token); err == nil || strings.Contains(err.Error(), "eyJ") {
			t.Errorf("%s token: %v", name, err)
		}
	}
	if _, err := c.FetchWorker(t.Context()); status(err) != 401 {
		t.Errorf("a request with the old token: %v", err)
	}
	if err := c.UpdateToken(alice.Token()); err != nil {
		t.Fatal(err)
	}
	if e := want[worker.Resumed](t, c); len(e.Reservations) != 1 {
		t.Errorf("told of %+v", e)
	}
	if e := want[worker.ReservationCreated](t, c); !e.Missed ||
		string(e.Reservation.TaskSID) != task {
		t.Errorf("told of %+v", e)
	}
}

// TestUpdateTokenInTime lets the connection live on.
func TestUpdateTokenInTime(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	end := time.Now().Add(3 * time.Second).Truncate(time.Second)
	c, err := worker.Connect(t.Context(), alice.TokenUntil(end), worker.Options{URL: w.URL})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { c.Close() })
	want[worker.Ready](t, c)
	if err := c.UpdateToken(alice.Token()); err != nil {
		t.Fatal(err)
	}
	until(end.Add(2 * time.Second))
	w.NewTask(`{}`)
	want[worker.ReservationCreated](t, c)
}
