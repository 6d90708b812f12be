package feed

import (
	"context"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
)

// TestDeletedWhileBehind ends the stream of a worker's token although the record that deletes the
// worker was told to the room before the reader joined it, or while it read the journal.
func TestDeletedWhileBehind(t *testing.T) {
	const worker = "WK0123456789abcdef0123456789abcdef"
	h := &Hub{ctx: context.Background()}
	r := newRoom(h, "WS0123456789abcdef0123456789abcdef")
	r.ready, r.base, r.head, r.told = true, 5, 7, 7
	r.recent = []engine.Publication{
		{Position: store.Position{Seq: 6}, Changes: []*taskrouter.Change{{
			At: time.Now(), Deleted: []string{worker},
		}}},
		{Position: store.Position{Seq: 7}},
	}
	s := &stream{ask: ask{topics: rows}, readers: make(map[*reader]struct{})}
	out := new(paper)
	c := &reader{room: r, stream: s, ask: &s.ask, channel: worker, pos: 5, out: out}
	s.readers[c] = struct{}{}
	if !c.pump() {
		t.Fatal("the stream of a deleted worker goes on")
	}
	if out.code != websocket.Gone || !strings.Contains(out.text, worker) {
		t.Errorf("it ended with %d after %q, want %d and the deletion", out.code, out.text,
			websocket.Gone)
	}
}

// A paper is an outlet that keeps what is written.
type paper struct {
	text string
	code uint16
}

func (p *paper) start()                             {}
func (p *paper) write(frame []byte) error           { p.text += string(frame); return nil }
func (p *paper) hurry()                             {}
func (p *paper) close(code uint16, _ string)        { p.code = code }
func (p *paper) cut()                               {}
func (p *paper) beat(frame []byte) []byte           { return frame }
func (p *paper) lost(time.Time, time.Duration) bool { return false }
