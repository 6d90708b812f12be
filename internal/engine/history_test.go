package engine

import (
	"context"
	"errors"
	"sync"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// Whoever acts and then asks finds what he did, however many do so at once.
func TestHistoryKnowsWhatWasDone(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	p, _ := b.project()
	h := NewHistory(b.Engine, p)
	var callers sync.WaitGroup
	for range 4 {
		callers.Go(func() {
			for range 10 {
				result, err := b.Submit(b.t.Context(), Command{Workspace: b.ws, From: alice, Do: b.newTask()})
				if err != nil {
					t.Error(err)
					return
				}
				task := result.Entity.(*taskrouter.Task).SID
				past, err := h.Events(t.Context(), alice, b.ws,
					EventQuery{Task: task, Window: Window{Ascending: true, Limit: 10}})
				if err != nil || len(past.Items) < 4 || past.Items[0].Type != taskrouter.EventTaskCreated ||
					past.Items[0].Actor != alice.Actor || past.Catalog.Workspace.SID != b.ws {
					t.Errorf("events of task %s: %v, %v", task, past.Items, err)
				}
				if line, err := h.Timeline(t.Context(), alice, b.ws, task, Window{Limit: 1}); err != nil ||
					line.Life.Created.IsZero() || !line.More {
					t.Errorf("timeline of task %s: %+v, %v", task, line, err)
				}
			}
		})
	}
	callers.Wait()
}

func TestHistoryBelongsToItsAccount(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	p, _ := b.project()
	h := NewHistory(b.Engine, p)
	task := b.createTask().SID
	mallory := Principal{Account: otherAccount}
	_, err1 := h.Events(t.Context(), mallory, b.ws, EventQuery{Window: Window{Limit: 1}})
	_, err2 := h.Alerts(t.Context(), mallory, b.ws, AlertQuery{Window: Window{Limit: 1}})
	_, err3 := h.Timeline(t.Context(), mallory, b.ws, task, Window{Limit: 1})
	_, err4 := h.Timeline(t.Context(), alice, b.ws, "WT0", Window{Limit: 1})
	for _, err := range []error{err1, err2, err3, err4} {
		if taskrouter.KindOf(err) != taskrouter.NotFound {
			t.Errorf("got error %v, want NotFound", err)
		}
	}
}

// What cannot be read now may be tried again, and says nothing of the store.
func TestHistoryIsUnavailable(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	b := furnish(t, dir, &blindStore{openStore(t, dir)}, Options{})
	p := NewProjector(b.Engine) // does not run
	defer p.cancel()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Millisecond)
	defer cancel()
	_, err := NewHistory(b.Engine, p).Events(ctx, alice, b.ws, EventQuery{})
	if taskrouter.KindOf(err) != taskrouter.Unavailable {
		t.Errorf("not projected: got error %v, want Unavailable", err)
	}
	running, _ := b.project()
	_, err = NewHistory(b.Engine, running).Events(t.Context(), alice, b.ws, EventQuery{})
	if taskrouter.KindOf(err) != taskrouter.Unavailable || errors.Is(err, errBlind) {
		t.Errorf("not readable: got error %v, want Unavailable without its cause", err)
	}
}

var errBlind = errors.New("disk is gone")

// A blindStore cannot read events.
type blindStore struct{ store.Store }

func (blindStore) Events(
	context.Context, taskrouter.WorkspaceSID, store.EventQuery,
) (store.Page[store.PastEvent], error) {
	return store.Page[store.PastEvent]{}, errBlind
}

// Events and alerts of a task are told in the order in which they happened.
func TestTimelineMergesAlerts(t *testing.T) {
	t.Parallel()
	b := newBench(t, Options{})
	p, _ := b.project()
	h := NewHistory(b.Engine, p)
	task := b.createTask().SID
	var offer taskrouter.ReservationSID
	if err := b.View(t.Context(), alice, b.ws, func(s *routing.State) {
		offer = s.TaskReservations(task)[0].SID
	}); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		b.must(b.ws, routing.AnswerCallback{SID: offer,
			Alerts: []taskrouter.Alert{{Code: taskrouter.AlertCallbackEmpty}, {Code: taskrouter.AlertInstruction}}})
	}
	b.must(b.ws, routing.DeleteTask{SID: task})
	for _, limit := range []int{1, 2, 5, 100} {
		var sids []string
		w := Window{Ascending: true, Limit: limit}
		for more := true; more; {
			line, err := h.Timeline(t.Context(), alice, b.ws, task, w)
			if err != nil || len(line.Entries) == 0 {
				t.Fatal(line, err)
			}
			for _, e := range line.Entries {
				sids = append(sids, e.SID())
			}
			w.Start, more = sids[len(sids)-1], line.More
		}
		if len(sids) != 13 {
			t.Errorf("%d at a time: %d entries, want 13", limit, len(sids))
		}
		for i := 1; i < len(sids); i++ {
			if digits(sids[i-1]) >= digits(sids[i]) {
				t.Errorf("%d at a time: %s comes before %s", limit, sids[i-1], sids[i])
			}
		}
	}
}
