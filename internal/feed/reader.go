package feed

import (
	"errors"
	"fmt"
	"time"

	"taskrouter"
	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
)

// A reader is one connection: a position, and where to write to. Nothing is queued for it but
// the few messages that are its own.
type reader struct {
	room    *room
	stream  *stream
	ask     *ask // of the stream
	account taskrouter.AccountSID
	channel string    // of the token; empty = it came with an account's credentials
	expires time.Time // of the token; zero = never
	out     outlet

	// Guarded by the room's mutex.
	pos    store.Seq
	live   bool   // it takes the stream's pieces; next is the number of its next one
	next   uint64 // at least the number of the stream's first piece, else it has fallen behind
	mail   [][]byte
	busy   bool // somebody writes, or is about to
	ended  bool
	code   uint16
	reason string
	wrote  time.Time
}

// An outlet is the connection of a reader.
type outlet interface {
	// start has the reader's pump run. The room's mutex is held.
	start()
	// write writes a frame, or several in one piece.
	write(frame []byte) error
	// hurry has a write that is under way end soon. The room's mutex is held.
	hurry()
	// close says the last words that belong to the connection itself.
	close(code uint16, reason string)
	// cut ends the connection without a word.
	cut()
	// beat returns a heartbeat with what belongs to it on this kind of connection.
	beat(frame []byte) []byte
	// lost reports whether nobody is there any more.
	lost(now time.Time, beat time.Duration) bool
}

// due has the reader write if there is something to be written. The room's mutex is held.
func (c *reader) due() {
	if c.busy || !c.owed() {
		return
	}
	c.busy = true
	c.out.start()
}

// owed reports whether there is something to be written.
func (c *reader) owed() bool {
	switch {
	case c.ended || len(c.mail) > 0:
		return true
	case c.live:
		return c.next < c.stream.end() || c.room.final && c.pos == c.room.head
	default:
		return c.pos <= c.room.told
	}
}

// end has the reader told goodbye, before all that it has not been told yet. Only the first call
// counts. The room's mutex is held.
func (c *reader) end(code uint16, reason string) {
	if c.ended {
		return
	}
	c.ended, c.code, c.reason, c.mail = true, code, reason, nil
	c.out.hurry()
	c.due()
}

// endDeleted ends the stream of a token whose channel is gone. The room's mutex is held.
func (c *reader) endDeleted() { c.end(websocket.Gone, c.channel+" has been deleted") }

// pump writes until nothing is owed. It reports whether the connection is over.
func (c *reader) pump() (over bool) {
	for {
		text, todo := c.take()
		switch todo {
		case rest:
			return false
		case catchUp:
			if text = c.catchUp(); text == nil {
				continue
			}
		case leave:
			_ = c.out.write(text)
			c.out.close(c.code, c.reason)
			return true
		}
		if err := c.out.write(text); err != nil {
			if c.room.hub.ctx.Err() == nil && errors.Is(err, errSlow) {
				c.room.hub.counts.slow.Add(1)
			}
			c.out.cut()
			return true
		}
		c.room.hub.counts.frames.Add(1)
	}
}

// What a pump is to do next.
type todo int

const (
	write   todo = iota // what was taken
	rest                // nothing is owed
	catchUp             // read what was missed
	leave               // the text is the last one
)

// take returns what is to be written next.
func (c *reader) take() ([]byte, todo) {
	r := c.room
	r.mu.Lock()
	defer r.mu.Unlock()
	c.wrote = r.hub.now()
	for {
		s := c.stream
		switch {
		case c.ended:
			return goodbye(c.ask, c.code, c.reason), leave
		case len(c.mail) > 0:
			text := c.mail[0]
			c.mail = c.mail[1:]
			return text, write
		case c.live && c.next < s.first:
			c.live = false
		case c.live && c.next < s.end():
			p := s.pieces[c.next-s.first]
			c.next, c.pos = c.next+1, p.to
			if p.text != nil {
				return p.text, write
			}
		case c.live && r.final && c.pos == r.head:
			c.ended, c.code = true, websocket.Gone
			c.reason = fmt.Sprintf("workspace %s has been deleted", r.sid)
		case c.live || c.pos > r.told:
			c.busy = false
			return nil, rest
		case c.pos < r.told:
			return nil, catchUp
		default:
			c.live, c.next = true, s.end()
			if c.ask.topics&presence != 0 {
				c.mail = append(c.mail, whole(c.ask, c.pos, r.everybody(), c.wrote))
			}
			if c.ask.topics&stats != 0 {
				if r.counted.at >= 0 {
					c.mail = append(c.mail, r.counted.message(c.ask))
				}
				signal(r.wake) // to be told the figures of now
			}
		}
	}
}

// catchUp reads what the reader has missed and returns the message that tells it; nil if that
// has nothing to tell.
func (c *reader) catchUp() []byte {
	h, after := c.room.hub, c.pos // only the pump moves it
	b, catalog, err := c.room.missed(h.ctx, after)
	var text []byte
	ok := false
	if err == nil && b.to > after {
		text, ok = h.write(b, c.ask, catalog, h.now())
	}
	c.room.mu.Lock()
	defer c.room.mu.Unlock()
	switch {
	case ok:
		c.pos = b.to
		if b.gone()[c.channel] {
			c.endDeleted()
		}
	case errors.Is(err, store.ErrTrimmed):
		c.pos = c.room.told
		c.mail = append(c.mail, gap(c.ask, after, c.pos,
			"what followed the position is no longer kept; take a new snapshot", h.now()))
	default:
		if h.ctx.Err() == nil {
			h.log.Error("a feed could not read the journal", "workspace", c.room.sid,
				"after", after, "err", err)
		}
		c.end(websocket.Failed, "the journal cannot be read now; connect again in a moment")
	}
	return text
}
