package worker

import (
	"fmt"
	"slices"
	"testing"

	"pgregory.net/rapid"

	"taskrouter"
)

// TestViewTellsEachStatusOnce lets reservations live at random while a client is connected, away
// or slow, and reads the state at any moment of a connect. However that goes, of each reservation
// the program hears of statuses that only move on, and of the last one.
func TestViewTellsEachStatusOnce(t *testing.T) {
	t.Parallel()
	rapid.Check(t, func(t *rapid.T) {
		m := &model{
			t: t, v: &view{},
			told: make(map[taskrouter.ReservationSID]taskrouter.ReservationStatus),
		}
		m.read()
		t.Repeat(map[string]func(*rapid.T){
			"create": func(*rapid.T) { m.create() },
			"move":   func(*rapid.T) { m.move() },
			"leave":  func(*rapid.T) { m.away = true },
			"return": func(*rapid.T) { m.back() },
			"":       func(*rapid.T) { m.check() },
		})
		m.back()
		m.check()
	})
}

// A model is a server with reservations and a client that sees them through a view.
type model struct {
	t    *rapid.T
	v    *view
	all  []*Reservation // as the server has them
	told map[taskrouter.ReservationSID]taskrouter.ReservationStatus

	away   bool
	frames []Event // on the new socket, from before the state was read
}

func (m *model) create() {
	m.changed(&Reservation{
		SID:    taskrouter.ReservationSID(fmt.Sprint("WR", len(m.all))),
		Status: taskrouter.ReservationPending,
	}, len(m.all))
}

// move moves a reservation to a status that may follow.
func (m *model) move() {
	if len(m.all) == 0 {
		return
	}
	i := rapid.IntRange(0, len(m.all)-1).Draw(m.t, "reservation")
	var next []taskrouter.ReservationStatus
	for _, s := range taskrouter.ReservationStatuses {
		if m.all[i].Status.CanBecome(s) {
			next = append(next, s)
		}
	}
	if len(next) == 0 {
		return
	}
	moved := *m.all[i]
	moved.Status = rapid.SampledFrom(next).Draw(m.t, "status")
	m.changed(&moved, i)
}

// changed is a change on the server, and what the client hears of it.
func (m *model) changed(r *Reservation, i int) {
	r.Task = &Task{}
	m.all = append(m.all[:i:i], append([]*Reservation{r}, m.all[min(i+1, len(m.all)):]...)...)
	if !m.away {
		m.hear(statusEvent(r, false))
	}
}

// back connects: some changes come between the opening of the socket and the reading.
func (m *model) back() {
	if !m.away {
		return
	}
	before := rapid.IntRange(0, 6).Draw(m.t, "changes before the reading")
	var frames []Event
	for range before {
		old := slices.Clone(m.all)
		if rapid.IntRange(0, 3).Draw(m.t, "new one") == 0 {
			m.create()
		} else {
			m.move()
		}
		for i, r := range m.all {
			if i >= len(old) || old[i] != r {
				frames = append(frames, statusEvent(r, false))
			}
		}
	}
	m.read()
	m.away = false
	for _, e := range frames {
		m.hear(e)
	}
}

// read is a reading of the state.
func (m *model) read() {
	s := &state{worker: &Worker{}}
	known := m.v.list()
	for _, r := range m.all {
		switch {
		case r.Status.Open():
			s.open = append(s.open, r)
		case slices.ContainsFunc(known, func(k *Reservation) bool { return k.SID == r.SID }):
			s.ended = append(s.ended, r)
		}
	}
	for _, e := range m.v.read(s) {
		m.tell(e)
	}
}

func (m *model) hear(e Event) {
	if m.v.tell(e) {
		m.tell(e)
	}
}

// tell is the program hearing of an event.
func (m *model) tell(e Event) {
	r := e.(ReservationEvent).About()
	before, ok := m.told[r.SID]
	if ok && stage(r.Status) <= stage(before) {
		m.t.Fatalf("%s: told of %s after %s", r.SID, r.Status, before)
	}
	if !ok && !r.Status.Open() {
		m.t.Fatalf("%s: told of its end, %s, and of nothing before", r.SID, r.Status)
	}
	m.told[r.SID] = r.Status
}

// check compares what the program knows with how things are.
func (m *model) check() {
	if m.away {
		return
	}
	open := 0
	for _, r := range m.all {
		told, ok := m.told[r.SID]
		if ok && told != r.Status || !ok && r.Status.Open() {
			m.t.Fatalf("%s is %s, the program believes %q", r.SID, r.Status, told)
		}
		if r.Status.Open() {
			open++
		}
	}
	if got := len(m.v.list()); got != open {
		m.t.Fatalf("the view has %d open reservations, want %d", got, open)
	}
}

// TestViewDropsOldNews hears, after a reading, events from before it.
func TestViewDropsOldNews(t *testing.T) {
	t.Parallel()
	at := func(sid taskrouter.ReservationSID, s taskrouter.ReservationStatus) *Reservation {
		return &Reservation{SID: sid, Status: s, Task: &Task{}}
	}
	v := &view{}
	v.read(&state{worker: &Worker{}, open: []*Reservation{
		at("WR1", "pending"), at("WR2", "pending"),
	}})
	v.read(&state{
		worker: &Worker{},
		open:   []*Reservation{at("WR2", "wrapping"), at("WR3", "pending")},
		ended:  []*Reservation{at("WR1", "completed")},
	})
	for _, test := range []struct {
		event ReservationEvent
		want  bool
	}{
		{ReservationAccepted{at("WR1", "accepted"), false}, false},
		{ReservationCompleted{at("WR1", "completed"), false}, false},
		{ReservationAccepted{at("WR2", "accepted"), false}, false},
		{ReservationWrapup{at("WR2", "wrapping"), false}, false},
		{ReservationCreated{at("WR3", "pending"), false}, false},
		{ReservationTimeout{at("WR4", "timeout"), false}, false}, // was never told of
		{ReservationCompleted{at("WR2", "completed"), false}, true},
		{ReservationAccepted{at("WR3", "accepted"), false}, true},
		{ReservationCreated{at("WR5", "pending"), false}, true},
	} {
		if got := v.tell(test.event); got != test.want {
			t.Errorf("%s %s told: %v, want %v", test.event.About().SID,
				test.event.About().Status, got, test.want)
		}
	}
}

// TestViewDropsOldNewsOfTheWorker takes events that the reading was later than.
func TestViewDropsOldNewsOfTheWorker(t *testing.T) {
	t.Parallel()
	v := &view{}
	v.read(&state{worker: &Worker{Version: 7}})
	for _, test := range []struct {
		version int
		want    bool
	}{{6, false}, {7, false}, {8, true}, {0, true}} {
		if got := v.tell(ActivityUpdated{&Worker{Version: test.version}}); got != test.want {
			t.Errorf("version %d told: %v, want %v", test.version, got, test.want)
		}
	}
}

// TestViewRenewsTasks keeps the task of an open reservation as new as what was told of it.
func TestViewRenewsTasks(t *testing.T) {
	t.Parallel()
	v := &view{}
	first := &Reservation{SID: "WR1", TaskSID: "WT1", Status: taskrouter.ReservationPending,
		Task: &Task{SID: "WT1", Version: 3}}
	v.read(&state{worker: &Worker{}, open: []*Reservation{first}})
	v.tell(TaskUpdated{&Task{SID: "WT1", Version: 2, Priority: 2}})
	v.tell(TaskUpdated{&Task{SID: "WT1", Version: 4, Priority: 4}})
	if got := v.list()[0].Task.Priority; got != 4 {
		t.Errorf("priority %d, want 4", got)
	}
	if first.Task.Priority != 0 {
		t.Error("a value that was handed out has changed")
	}
}
