package feed_test

import (
	"encoding/json"
	"testing"

	"taskrouter/internal/routing"
)

// TestStats holds that a wallboard hears of the figures at the start and after each change, as
// they are at the end, and only if it asks for them.
func TestStats(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away})
	w.task()
	type figures struct {
		Status map[string]int `json:"tasks_by_status"`
		Queues map[string]struct {
			Status    map[string]int `json:"tasks_by_status"`
			Eligible  int            `json:"eligible_workers"`
			Available int            `json:"available_workers"`
		} `json:"queues"`
		Workers map[string]int `json:"workers_by_activity"`
	}
	for name, open := range map[string]func(string, ...string) *client{
		"socket": w.socket, "lines": w.lines,
	} {
		t.Run(name, func(t *testing.T) {
			c := open("Topics=stats")
			c.wants("hello")
			read := func() (f figures) {
				t.Helper()
				m := c.wants("stats")
				if err := json.Unmarshal(m.Stats, &f); err != nil {
					t.Fatal(err)
				}
				return f
			}
			before := read()
			if got := before.Queues[string(w.queue)]; got.Eligible != 1 || got.Available != 0 {
				t.Errorf("queue %+v", got)
			}
			w.task()
			w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.idle})
			// The figures may be told in between; the last ones are those of the end.
			var after figures
			for after = read(); after.Workers[string(w.idle)] != 1; after = read() {
			}
			waited := before.Status["pending"] + before.Status["reserved"]
			if got := after.Status["pending"] + after.Status["reserved"]; got != waited+1 {
				t.Errorf("%d tasks wait, %d did before", got, waited)
			}
			if got := after.Queues[string(w.queue)].Available; got != 1 {
				t.Errorf("%d workers of the queue are available", got)
			}
			w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away,
				RejectPendingReservations: true})
			for read().Workers[string(w.away)] != 1 {
			}
		})
	}
	plain := w.socket("")
	plain.wants("hello")
	w.do(routing.CreateActivity{FriendlyName: "Lunch"})
	for _, m := range plain.reaches(w.head()) {
		if m.Type == "stats" {
			t.Error("figures are told to somebody who did not ask")
		}
	}
}
