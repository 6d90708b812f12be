package worker_test

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// TestMissedWhileAway cuts the connection, lets things happen, and looks what the client tells
// when it is back: exactly what has changed.
func TestMissedWhileAway(t *testing.T) {
	t.Parallel()
	e := world.Serve(t)
	for _, test := range []struct {
		name   string
		before string       // status of the reservation when the connection is cut; empty: none
		away   []string     // what becomes of it until the connection is mended
		want   worker.Event // nil: nothing is told
		open   int          // reservations that are open in the end
	}{
		{"nothing", "pending", nil, nil, 1},
		{"new offer", "", []string{"pending"}, worker.ReservationCreated{}, 1},
		{"new and accepted", "", []string{"accepted"}, worker.ReservationAccepted{}, 1},
		{"new and wrapping", "", []string{"accepted", "wrapping"}, worker.ReservationWrapup{}, 1},
		{"came and went", "", []string{"accepted", "completed"}, nil, 0},
		{"accepted", "pending", []string{"accepted"}, worker.ReservationAccepted{}, 1},
		{"wrapping", "accepted", []string{"wrapping"}, worker.ReservationWrapup{}, 1},
		{"accepted and wrapping", "pending", []string{"accepted", "wrapping"},
			worker.ReservationWrapup{}, 1},
		{"completed", "accepted", []string{"completed"}, worker.ReservationCompleted{}, 0},
		{"done from beginning to end", "pending", []string{"accepted", "completed"},
			worker.ReservationCompleted{}, 0},
		{"canceled", "pending", []string{"canceled"}, worker.ReservationCanceled{}, 0},
		{"rejected", "pending", []string{"rejected", "canceled"}, worker.ReservationRejected{}, 0},
		{"deleted", "accepted", []string{"deleted"}, worker.ReservationGone{}, 0},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := world.Build(t, e)
			cable := newCable(t, e)
			alice := w.NewWorker("alice", 1)
			alice.Become("Available")
			task, offer := "", ""
			if test.before != "" {
				task = w.NewTask(`{}`)
				offer = alice.Offered(task)
				alice.Bring(task, test.before)
			}
			c := connect(t, alice, worker.Options{URL: cable.URL})
			want[worker.Ready](t, c)
			if test.before != "" {
				want[worker.ReservationEvent](t, c)
			}
			cable.Cut()
			want[worker.Disconnected](t, c)
			if test.before == "" {
				task = w.NewTask(`{}`)
				offer = alice.Offered(task)
			}
			for _, status := range test.away {
				switch status {
				case "pending":
				case "canceled":
					w.MoveTask(task, status)
				case "deleted":
					if err := w.API.DeleteTask(w.Workspace, task, nil); err != nil {
						t.Fatal(err)
					}
				default:
					alice.Move(offer, status)
				}
			}
			cable.Mend()
			resumed := await[worker.Resumed](t, c)
			if test.want != nil {
				e := want[worker.ReservationEvent](t, c)
				if fmt.Sprintf("%T", e) != fmt.Sprintf("%T", test.want) || !missed(e) ||
					string(e.About().SID) != offer || e.About().Task.Attributes == "" {
					t.Errorf("told of %T %+v, want %T", e, e.About(), test.want)
				}
			}
			if got := c.Reservations(); len(resumed.Reservations) != test.open ||
				len(got) != test.open {
				t.Errorf("%d open on return, the client knows %d, want %d",
					len(resumed.Reservations), len(got), test.open)
			}
			// The next event is one that is made now: nothing else waits.
			alice.Become("Unavailable")
			want[worker.ActivityUpdated](t, c)
		})
	}
}

// missed reports whether an event says that it comes late.
func missed(e worker.Event) bool {
	switch e := e.(type) {
	case worker.ReservationCreated:
		return e.Missed
	case worker.ReservationAccepted:
		return e.Missed
	case worker.ReservationRejected:
		return e.Missed
	case worker.ReservationCanceled:
		return e.Missed
	case worker.ReservationWrapup:
		return e.Missed
	case worker.ReservationCompleted:
		return e.Missed
	case worker.ReservationGone:
		return true
	}
	return false
}

// A ledger is what a program heard of each reservation.
type ledger struct {
	mu       sync.Mutex
	statuses map[taskrouter.TaskSID][]taskrouter.ReservationStatus
	back     int
}

func (l *ledger) hear(_ context.Context, e worker.Event) {
	l.mu.Lock()
	defer l.mu.Unlock()
	switch e := e.(type) {
	case worker.ReservationEvent:
		if l.statuses == nil {
			l.statuses = make(map[taskrouter.TaskSID][]taskrouter.ReservationStatus)
		}
		r := e.About()
		l.statuses[r.TaskSID] = append(l.statuses[r.TaskSID], r.Status)
	case worker.Resumed:
		l.back++
	}
}

// returns is how often the client came back.
func (l *ledger) returns() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.back
}

// settled reports whether of every task that was heard of the end was heard.
func (l *ledger) settled() bool {
	l.mu.Lock()
	defer l.mu.Unlock()
	for _, statuses := range l.statuses {
		if statuses[len(statuses)-1] != taskrouter.ReservationCompleted {
			return false
		}
	}
	return true
}

// TestKilledServer kills the server under a working client, several times. Every task is done,
// and of every reservation each status is heard once at most, the last one for certain.
func TestKilledServer(t *testing.T) {
	t.Parallel()
	const kills, perLife = 3, 12
	site := world.NewSite(t)
	p := site.Start(t)
	w := world.Build(t, site.Endpoint())
	alice := w.NewWorker("alice", 1)
	alice.Capacity(4)
	alice.Become("Available")
	c := connect(t, alice, worker.Options{})
	var heard ledger
	done := make(chan error, 1)
	// Whatever got no answer is tried again; what was done already is refused.
	insist := func(ctx context.Context, act func() error) {
		for ctx.Err() == nil {
			if err := act(); err == nil || status(err) == 400 {
				return
			}
			select {
			case <-ctx.Done():
			case <-time.After(5 * time.Millisecond):
			}
		}
	}
	work := func(ctx context.Context, r *worker.Reservation) {
		insist(ctx, func() error { _, err := r.Accept(ctx); return err })
		insist(ctx, func() error { _, err := r.Task.Complete(ctx, ""); return err })
	}
	go func() {
		done <- c.Serve(t.Context(), worker.Handler{Offer: work, Taken: work, Event: heard.hear})
	}()
	var tasks []string
	for life := range kills + 1 {
		for range perLife {
			tasks = append(tasks, w.NewTask(`{}`))
		}
		if life < kills {
			p.Kill()
			p = site.Start(t)
			eventually(t, "the client is back", func() bool { return heard.returns() > life })
		}
	}
	for _, task := range tasks {
		eventually(t, "task "+task+" is completed", func() bool {
			return w.TaskStatus(task) == "completed"
		})
	}
	eventually(t, "the last event", func() bool {
		return len(c.Reservations()) == 0 && heard.settled()
	})
	c.Close()
	if err := <-done; !errors.Is(err, worker.ErrClosed) {
		t.Errorf("serving ended with %v", err)
	}
	for task, statuses := range heard.statuses {
		if !inOrder(statuses) || statuses[len(statuses)-1] != "completed" {
			t.Errorf("of task %s the client heard %v", task, statuses)
		}
	}
	t.Logf("%d of %d tasks heard of, back %d times", len(heard.statuses), len(tasks), heard.back)
}

// path is the way of a reservation that is worked on.
var path = []string{"pending", "accepted", "wrapping", "completed"}

// inOrder reports whether a reservation can have had these statuses one after the other, some
// perhaps unheard.
func inOrder(statuses []taskrouter.ReservationStatus) bool {
	at := -1
	for _, s := range statuses {
		i := slices.Index(path, string(s))
		if i <= at {
			return false
		}
		at = i
	}
	return true
}

// A listener passes the messages of a log on.
type listener struct {
	slog.Handler
	heard chan string
}

// Handle passes a message on, if there is room.
func (l listener) Handle(_ context.Context, r slog.Record) error {
	select {
	case l.heard <- r.Message:
	default:
	}
	return nil
}

// Enabled is always.
func (listener) Enabled(context.Context, slog.Level) bool { return true }

// WithAttrs keeps the listener.
func (l listener) WithAttrs([]slog.Attr) slog.Handler { return l }

// TestSlowProgram does not take its events for a while. It is not told all of them afterwards,
// but how things are, and each status once.
func TestSlowProgram(t *testing.T) {
	t.Parallel()
	const tasks, buffer = 12, 5
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Capacity(tasks)
	alice.Become("Available")
	messages := make(chan string, 1000)
	c := connect(t, alice, worker.Options{
		Buffer: buffer, Logger: slog.New(listener{heard: messages}),
	})
	for i := range tasks {
		task := w.NewTask(`{}`)
		if i%2 == 0 {
			alice.Bring(task, []string{"accepted", "completed", "wrapping"}[i/2%3])
		}
	}
	for noticed := false; !noticed; {
		select {
		case message := <-messages:
			noticed = strings.Contains(message, "too slowly")
		case <-time.After(patience):
			t.Fatal("the client did not notice that nobody takes its events")
		}
	}
	var heard ledger
	order := []string{}
	for {
		e := next(t, c)
		heard.hear(t.Context(), e)
		order = append(order, fmt.Sprintf("%T", e))
		if resumed, ok := e.(worker.Resumed); ok {
			if resumed.PutAside == 0 {
				t.Error("nothing was put aside")
			}
			break
		}
		if len(order) > buffer+1 {
			t.Fatalf("more waits than was asked for: %v", order)
		}
	}
	alice.Become("Unavailable") // the end of what is to be heard
	for {
		e := next(t, c)
		heard.hear(t.Context(), e)
		if a, ok := e.(worker.ActivityUpdated); ok && a.Worker.ActivityName == "Unavailable" {
			break
		}
		if r, ok := e.(worker.Resumed); ok && r.Worker.ActivityName == "Unavailable" {
			break
		}
	}
	want := make(map[taskrouter.TaskSID]taskrouter.ReservationStatus)
	for _, r := range world.Must(w.API.ListWorkerReservation(w.Workspace, alice.SID, nil))(t) {
		if s := taskrouter.ReservationStatus(*r.ReservationStatus); s.Open() {
			want[taskrouter.TaskSID(*r.TaskSid)] = s
		}
	}
	got := make(map[taskrouter.TaskSID]taskrouter.ReservationStatus)
	for task, statuses := range heard.statuses {
		if !inOrder(statuses) {
			t.Errorf("of task %s the program heard %v", task, statuses)
		}
		if last := statuses[len(statuses)-1]; last.Open() {
			got[task] = last
		}
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("open reservations (-are +heard):\n%s", diff)
	}
	if diff := cmp.Diff(len(want), len(c.Reservations())); diff != "" {
		t.Error(diff)
	}
}
