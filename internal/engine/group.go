package engine

import (
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
)

// Sizes of groups, in changes and bytes.
const (
	// A group takes no more commands from maxGroup changes or maxGroupBytes on. That bounds a
	// record, and so how long the others who share an append wait.
	maxGroup      = 512
	maxGroupBytes = 4 << 20
)

// A group is the changes that will be one record, and the requests that wait for it.
type group struct {
	changes []*taskrouter.Change
	from    []Principal // of the changes
	waiting []*request
	size    int  // about as long as the record is before it is compressed
	final   bool // a change deletes the workspace
	sealed  bool // takes no more commands: a view is about to be told its position

	// Set when the group is handed over.
	catalog *routing.Catalog
	record  store.Record
}

// newGroup returns an empty group, with room for as many changes as the last one had.
func (w *workspace) newGroup() *group {
	g := w.spare
	w.spare = nil
	if g == nil {
		g = new(group)
	}
	if w.next != nil {
		n := len(w.next.changes)
		g.changes, g.from = make([]*taskrouter.Change, 0, n), make([]Principal, 0, n)
	}
	return g
}

func (g *group) full() bool {
	return g.sealed || len(g.changes) >= maxGroup || g.size >= maxGroupBytes
}

func (g *group) add(c *taskrouter.Change, from *Principal) {
	g.changes = append(g.changes, c)
	g.from = append(g.from, *from)
	for _, e := range c.Puts {
		switch e := e.(type) {
		case *taskrouter.Task:
			g.size += len(e.Attributes)
		case *taskrouter.Worker:
			g.size += len(e.Attributes)
		case *taskrouter.Workflow:
			g.size += len(e.Configuration)
		}
	}
}

// fail answers all with an error instead.
func (g *group) fail(err error) {
	for _, r := range g.waiting {
		r.fail(err)
	}
}

// answer releases the answers of a durable group; those of its views come after its publication.
func (w *workspace) answer(g *group) {
	count := &w.e.count
	count.records.Add(1)
	count.changes.Add(uint64(len(g.changes)))
	count.bytes.Add(uint64(len(g.record.Body)))
	for _, r := range g.waiting {
		if r.read != nil {
			w.looks = append(w.looks, r)
			continue
		}
		r.result.Position = g.record.Next
		r.answer()
	}
}

// publish tells the readers of a durable group and takes the group's memory back. What the
// readers got is theirs.
func (w *workspace) publish(g *group, readers []*subscriber) {
	w.e.publish(readers, Publication{
		Workspace: w.sid,
		Account:   w.account,
		Position:  g.record.Next,
		At:        g.record.At,
		Changes:   g.changes,
		From:      g.from,
		Catalog:   g.catalog,
		Final:     g.final,
	})
	clear(g.waiting)
	w.spare = &group{waiting: g.waiting[:0]}
}

// A clock gives the times that commands see: UTC, in milliseconds, never before one it gave
// earlier. When the clock behind it is set back, time goes on from where it was.
type clock struct {
	read func() time.Time
	last time.Time // given last
	real time.Time // what the clock behind showed then
}

func (c *clock) next() time.Time {
	real := c.read().UTC().Truncate(time.Millisecond)
	now := real
	if now.Before(c.last) {
		now = c.last.Add(max(0, real.Sub(c.real)))
	}
	c.last, c.real = now, real
	return now
}

// notBefore has the clock go on from t at least.
func (c *clock) notBefore(t time.Time) {
	c.next()
	if t.After(c.last) {
		c.last = t.UTC().Truncate(time.Millisecond)
	}
}
