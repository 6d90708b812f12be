package store

import "sync"

// patience is how many urgent turns a patient one lets pass at most.
const patience = 8

// A turn is a lock with two classes: the one writer that SQLite has. Appends, for which people
// wait, are urgent; projection, snapshots and trimming are patient and take many short turns.
// An urgent caller goes before all patient ones, except that after some urgent turns a patient
// one that waits is let in, so that neither starves.
type turn struct {
	mu      sync.Mutex
	free    sync.Cond
	held    bool
	urgent  int // callers waiting
	patient int
	passed  int // urgent turns since a patient caller began to wait
}

func newTurn() *turn {
	t := new(turn)
	t.free.L = &t.mu
	return t
}

// take waits for an urgent turn.
func (t *turn) take() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.urgent++
	for t.held || t.patient > 0 && t.passed >= patience {
		t.free.Wait()
	}
	t.urgent--
	t.held = true
	if t.patient > 0 {
		t.passed++
	}
}

// takePatiently waits for a turn that nobody urgent needs.
func (t *turn) takePatiently() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.patient++
	for t.held || t.urgent > 0 && t.passed < patience {
		t.free.Wait()
	}
	t.patient--
	t.held, t.passed = true, 0
}

// give ends the turn.
func (t *turn) give() {
	t.mu.Lock()
	t.held = false
	t.mu.Unlock()
	t.free.Broadcast()
}
