package engine

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
)

// keepRepeats is how long a command id is remembered.
const keepRepeats = 24 * time.Hour

// A repeat is what is remembered of a command, to answer those with the same id.
type repeat struct {
	id     taskrouter.CommandID
	kind   string // of the command
	at     time.Time
	result string
	entity taskrouter.Entity // the version that answered; nil if there was none
}

// Repeats are the commands a workspace remembers, the oldest first.
type repeats struct {
	byID  map[taskrouter.CommandID]*repeat
	order []*repeat
	limit int
}

func newRepeats(limit int) *repeats {
	return &repeats{byID: make(map[taskrouter.CommandID]*repeat), limit: limit}
}

// find returns what is remembered under an id, or nil.
func (m *repeats) find(id taskrouter.CommandID, now time.Time) *repeat {
	m.expire(now)
	return m.byID[id]
}

func (m *repeats) add(r *repeat) {
	if m.byID[r.id] != nil {
		return
	}
	m.byID[r.id] = r
	m.order = append(m.order, r)
	if len(m.order) > m.limit {
		m.forgetOldest()
	}
}

func (m *repeats) expire(now time.Time) {
	for len(m.order) > 0 && now.Sub(m.order[0].at) >= keepRepeats {
		m.forgetOldest()
	}
}

func (m *repeats) forgetOldest() {
	delete(m.byID, m.order[0].id)
	m.order[0] = nil
	m.order = m.order[1:]
}

// repeat answers a command whose id is remembered.
func (w *workspace) repeat(prior *repeat, r *request) (Result, error) {
	if kind := kindOf(r.do); kind != prior.kind {
		return Result{}, taskrouter.Invalid.Errorf("command id %s belongs to a %s of %s already "+
			"and cannot name a %s; use another id", r.id, prior.kind,
			prior.at.Format(time.RFC3339), kind)
	}
	w.e.count.repeats.Add(1)
	result := Result{Entity: prior.entity, Catalog: w.state.Catalog(), Repeated: true}
	if now := w.state.Entity(prior.result); now != nil {
		result.Entity = now
	}
	return result, nil
}

// kindOf names a command's type, as in CreateTask.
func kindOf(do routing.Command) string {
	return strings.TrimPrefix(fmt.Sprintf("%T", do), "routing.")
}

// The journal names a command by its kind, a space and its id. When an id is journaled again
// before a snapshot, a leading mark says that the change is no change.
const againMark = "="

func journalID(kind string, id taskrouter.CommandID) taskrouter.CommandID {
	return taskrouter.CommandID(kind + " " + string(id))
}

// isAgain reports whether a journaled change only keeps an id alive. It must not be applied:
// an entity it holds is one that is gone.
func isAgain(c *taskrouter.Change) bool {
	return strings.HasPrefix(string(c.Command), againMark)
}

// again is the change that keeps r's id in the journal. If what answered is no longer part of
// the workspace, it is put and deleted in one, so that every reader ends without it.
func (w *workspace) again(r *repeat) *taskrouter.Change {
	c := &taskrouter.Change{
		At:      r.at,
		Command: againMark + journalID(r.kind, r.id),
		Result:  r.result,
	}
	if r.entity != nil && w.state.Entity(r.result) == nil {
		c.Puts, c.Deleted = []taskrouter.Entity{r.entity}, []string{r.result}
	}
	return c
}

// replay remembers the command of a journaled change, which has been applied to the state.
func (m *repeats) replay(state *routing.State, c *taskrouter.Change) {
	kind, id, ok := strings.Cut(strings.TrimPrefix(string(c.Command), againMark), " ")
	if !ok {
		return
	}
	r := &repeat{id: taskrouter.CommandID(id), kind: kind, at: c.At, result: c.Result}
	for _, e := range c.Puts {
		if e.EntitySID() == c.Result {
			r.entity = e
		}
	}
	if r.entity == nil && c.Result != "" {
		r.entity = state.Entity(c.Result)
	}
	m.add(r)
}

// sort restores the order after a replay, where ids that were journaled again come late.
func (m *repeats) sort() {
	slices.SortStableFunc(m.order, func(a, b *repeat) int { return a.at.Compare(b.at) })
}
