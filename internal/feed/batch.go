package feed

import (
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/internal/wire"
)

// A batch is what several records together have made of a workspace: of each entity only the
// newest version, and everything that was told.
type batch struct {
	to       store.Seq           // the last record
	at       time.Time           // of that
	size     int                 // see weight
	entities []taskrouter.Entity // nil where it has been deleted since
	places   map[string]int      // of entities, by SID
	deleted  []string
	events   []toldEvent
	alerts   []toldAlert
	present  []present
}

type toldEvent struct {
	event *taskrouter.Event
	by    taskrouter.Actor
	seq   store.Seq
}

type toldAlert struct {
	alert *taskrouter.Alert
	seq   store.Seq
}

// A present is a worker's presence.
type present struct {
	worker taskrouter.WorkerSID
	wire.Presence
}

// add takes in the next record.
func (b *batch) add(seq store.Seq, at time.Time, changes []*taskrouter.Change) {
	b.to, b.at = seq, at
	b.size += weight(changes)
	for _, c := range changes {
		for _, e := range c.Puts {
			b.put(e)
		}
		for _, sid := range c.Deleted {
			if i, ok := b.places[sid]; ok {
				b.entities[i] = nil
			}
			b.deleted = append(b.deleted, sid)
		}
		for i := range c.Events {
			b.events = append(b.events, toldEvent{&c.Events[i], c.Actor, seq})
		}
		for i := range c.Alerts {
			b.alerts = append(b.alerts, toldAlert{&c.Alerts[i], seq})
		}
	}
}

// weight is how many things a record touches and tells; one without any costs something, too.
func weight(changes []*taskrouter.Change) int {
	n := 1
	for _, c := range changes {
		n += len(c.Puts) + len(c.Deleted) + len(c.Events) + len(c.Alerts)
	}
	return n
}

// gone are the channels of tokens that end with the batch.
func (b *batch) gone() map[string]bool {
	gone := make(map[string]bool, len(b.deleted))
	for _, sid := range b.deleted {
		// A workspace's own end is told to everybody when all before it has been.
		gone[sid] = topicOf(sid) != workspaces
	}
	return gone
}

func (b *batch) put(e taskrouter.Entity) {
	sid := e.EntitySID()
	if i, ok := b.places[sid]; ok {
		b.entities[i] = e
		return
	}
	if b.places == nil {
		b.places = make(map[string]int)
	}
	b.places[sid] = len(b.entities)
	b.entities = append(b.entities, e)
}

// message returns the message that tells a reader of the batch, in its frame; nil if there is
// nothing in it that the reader wants to know. Spec: feed 3.2
func (b *batch) message(a *ask, c *routing.Catalog, now time.Time) []byte {
	p := &pen{
		wire:       wire.Encoder{Origin: a.origin, Catalog: c, Now: now, Bridge: true},
		attributes: a.attributes,
	}
	dst := append(make([]byte, 0, 1024), `{"type":"batch","sequence":`...)
	dst = strconv.AppendInt(dst, int64(b.to), 10)
	if !b.at.IsZero() {
		dst = append(dst, `,"at":`...)
		dst = appendMoment(dst, b.at)
	}
	empty := len(dst)
	dst = b.appendPuts(dst, a, p)
	dst = appendSome(dst, `,"del":`, b.deleted, func(dst []byte, sid string) ([]byte, bool) {
		return wire.AppendString(dst, sid), topicOf(sid)&a.topics != 0
	})
	if a.topics&events != 0 {
		dst = appendSome(dst, `,"events":`, b.events, func(dst []byte, e toldEvent) ([]byte, bool) {
			if !a.tells(e.event) {
				return dst, false
			}
			return p.wire.Event(dst, e.event, e.by, int64(e.seq)), true
		})
	}
	if a.topics&alerts != 0 {
		dst = appendSome(dst, `,"alerts":`, b.alerts, func(dst []byte, t toldAlert) ([]byte, bool) {
			if !a.warns(t.alert) {
				return dst, false
			}
			return p.wire.Alert(dst, t.alert, int64(t.seq)), true
		})
	}
	if a.topics&presence != 0 {
		dst = appendSome(dst, `,"presence":`, b.present, appendPresent)
	}
	if len(dst) == empty {
		return nil
	}
	return frame(a.lines, "batch", b.to, append(dst, '}'))
}

// appendPuts appends the new versions, noun by noun.
func (b *batch) appendPuts(dst []byte, a *ask, p *pen) []byte {
	start := len(dst)
	dst = append(dst, `,"put":{`...)
	empty := len(dst)
	for _, t := range topicNames[:entityTopics] {
		if t.topic&a.topics == 0 {
			continue
		}
		columns := p.columnsOf(t.topic)
		key := `"` + t.name + `":`
		if len(dst) > empty {
			key = "," + key
		}
		dst = appendSome(dst, key, b.entities,
			func(dst []byte, e taskrouter.Entity) ([]byte, bool) {
				switch {
				case e == nil || topicOf(e.EntitySID()) != t.topic:
					return dst, false
				case a.full:
					return p.appendFull(dst, e), true
				}
				return p.appendObject(dst, columns, e), true
			})
	}
	if len(dst) == empty {
		return dst[:start]
	}
	return append(dst, '}')
}

// appendSome appends a key and an array of those items that one wants, nothing if it wants none.
func appendSome[T any](
	dst []byte, key string, items []T, one func([]byte, T) ([]byte, bool),
) []byte {
	start := len(dst)
	dst = append(dst, key...)
	some := false
	for _, item := range items {
		end := len(dst)
		if some {
			dst = append(dst, ',')
		} else {
			dst = append(dst, '[')
		}
		var wanted bool
		if dst, wanted = one(dst, item); wanted {
			some = true
		} else {
			dst = dst[:end]
		}
	}
	if !some {
		return dst[:start]
	}
	return append(dst, ']')
}

// appendPresent appends one entry of the list of those present. Spec: feed 3.3
func appendPresent(dst []byte, p present) ([]byte, bool) {
	dst = append(dst, `{"worker_sid":`...)
	dst = wire.AppendString(dst, string(p.worker))
	dst = append(dst, `,"connected":`...)
	dst = strconv.AppendBool(dst, p.Connections > 0)
	dst = append(dst, `,"connections":`...)
	dst = strconv.AppendInt(dst, int64(p.Connections), 10)
	dst = append(dst, `,"last_seen":`...)
	dst = appendMoment(dst, p.Seen)
	return append(dst, '}'), true
}
