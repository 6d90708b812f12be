package engine

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
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
	name   string // of the command: what it asked for
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
	if name := nameOf(r.do); name != prior.name {
		if r.recall && kindOf(r.do) != prior.kind() {
			return Result{}, nil
		}
		return Result{}, taskrouter.Invalid.Errorf("the idempotency token belongs to a %s of %s "+
			"already, and repeats that request only; send another token with this one",
			prior.kind(), prior.at.Format(time.RFC3339))
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

// nameOf is the kind of a command and, behind a mark, a hash of its parameters: commands that
// ask for the same have the same name.
func nameOf(do routing.Command) string {
	if c, ok := do.(routing.CreateWorkspace); ok {
		c.SID = "" // the engine's choice, another one each time
		do = c
	}
	parameters, err := json.Marshal(do)
	if err != nil {
		panic(fmt.Sprintf("engine: a command cannot be named: %v", err)) // it is plain data
	}
	sum := sha256.Sum256(parameters)
	return kindOf(do) + nameMark + hex.EncodeToString(sum[:8])
}

const nameMark = "#"

// kind is the type of the command, as kindOf tells it.
func (r *repeat) kind() string {
	kind, _, _ := strings.Cut(r.name, nameMark)
	return kind
}

// The journal names a command by its name, a space and its id. When an id is journaled again
// before a snapshot, a leading mark says that the change is no change.
const againMark = "="

func journalID(name string, id taskrouter.CommandID) taskrouter.CommandID {
	return taskrouter.CommandID(name + " " + string(id))
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
		Command: againMark + journalID(r.name, r.id),
		Result:  r.result,
	}
	if r.entity != nil && w.state.Entity(r.result) == nil {
		c.Puts, c.Deleted = []taskrouter.Entity{r.entity}, []string{r.result}
	}
	return c
}

// replay remembers the command of a journaled change, which has been applied to the state.
func (m *repeats) replay(state *routing.State, c *taskrouter.Change) {
	name, id, ok := strings.Cut(strings.TrimPrefix(string(c.Command), againMark), " ")
	if !ok {
		return
	}
	r := &repeat{id: taskrouter.CommandID(id), name: name, at: c.At, result: c.Result}
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
