package bridge

import (
	"errors"
	"os"
	"sync"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
	"taskrouter/internal/websocket"
)

// A socket is one page that listens to a channel. While it is idle it is one goroutine, which
// reads, and this struct; who hands it a frame starts another that writes until nothing is left.
type socket struct {
	hub     *Hub
	channel *channel
	origin  string
	token   tokenID
	leave   taskrouter.ActivitySID // the disconnect activity it named

	// Guarded by the hub's mutex.
	expires      time.Time
	spoke, place int // on the wheel

	heard   atomic.Int64 // when the page last sent anything, in nanoseconds
	answers atomic.Bool  // it has answered a ping

	// Of the reading goroutine.
	frames int // in the window
	window int64

	mu      sync.Mutex
	conn    *gws.Conn // nil until the handshake is done
	queue   []queued
	writing bool // a goroutine writes
	blocked bool // the head of the queue waits for an answer
	ended   bool // nothing but the close is written any more
	code    uint16
	reason  string
}

// queued is a frame that is to be written, and the hold it waits for, if any.
type queued struct {
	frame *frame
	until *hold
}

// send queues a frame. It reports whether there was room: if not, the page reads too slowly.
// A socket that has ended takes everything and writes nothing.
func (s *socket) send(f *frame, until *hold) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return true
	}
	if len(s.queue) >= s.hub.options.QueuedFrames {
		return false
	}
	s.queue = append(s.queue, queued{f, until})
	if until != nil {
		until.begin(s.hub.options.AnswerLimit)
	}
	if !s.blocked {
		s.write()
	}
	return true
}

// start gives the socket its connection and begins to write what has come in the meantime.
func (s *socket) start(conn *gws.Conn) {
	s.heard.Store(time.Now().UnixNano())
	s.mu.Lock()
	defer s.mu.Unlock()
	s.conn = conn
	if s.ended || len(s.queue) > 0 && !s.blocked {
		s.write()
	}
}

// wake goes on after a hold is over.
func (s *socket) wake() {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.blocked = false
	s.write()
}

// end lets go of what is queued and closes the socket with a code and a reason. Only the first
// call counts.
func (s *socket) end(code uint16, reason string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return
	}
	s.ended, s.code, s.reason, s.queue = true, code, reason, nil
	if s.writing {
		// It may be stuck with a page that does not read; the close is not to wait for that.
		s.setWriteDeadline(websocket.Farewell)
		return
	}
	s.write()
}

// cut ends the connection without a word.
func (s *socket) cut() {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.conn != nil {
		_ = s.conn.NetConn().Close()
	}
}

// write starts the goroutine that writes, unless it is at work. s.mu is held.
func (s *socket) write() {
	if s.writing || s.conn == nil {
		return
	}
	s.writing = true
	go s.drain()
}

// drain writes until the queue is empty, its head has to wait, or the socket ends.
func (s *socket) drain() {
	for {
		batch, ended := s.next()
		if ended {
			websocket.Goodbye(s.conn, s.code, s.reason)
			return
		}
		if batch == nil {
			return
		}
		for _, q := range batch {
			if !s.arm() {
				break
			}
			if q.frame.opcode == gws.OpcodeText {
				s.hub.counts.frames.Add(1)
			}
			if err := s.conn.WriteMessage(q.frame.opcode, q.frame.text(s.origin)); err != nil {
				s.failed(err)
				return
			}
		}
	}
}

// next takes what may be written now. With nothing to write the goroutine is over.
func (s *socket) next() (batch []queued, ended bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.ended {
		return nil, true
	}
	n := 0
	for n < len(s.queue) {
		if until := s.queue[n].until; until != nil {
			if n > 0 || until.wait(s) {
				s.blocked = n == 0
				break
			}
		}
		n++
	}
	if n == 0 {
		s.writing = false
		return nil, false
	}
	batch, s.queue = s.queue[:n:n], s.queue[n:]
	if len(s.queue) == 0 {
		s.queue = nil
	}
	return batch, false
}

// arm gives the next frame its time, or reports that the socket has ended.
func (s *socket) arm() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if !s.ended {
		s.setWriteDeadline(s.hub.options.WriteTimeout)
	}
	return !s.ended
}

func (s *socket) setWriteDeadline(d time.Duration) {
	_ = s.conn.NetConn().SetWriteDeadline(time.Now().Add(d))
}

// failed ends a socket that could not be written to: the connection is closed by now, and the
// goroutine that reads does the rest.
func (s *socket) failed(err error) {
	if errors.Is(err, os.ErrDeadlineExceeded) {
		s.hub.counts.slow.Add(1)
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	s.ended, s.queue = true, nil
}

// lost reports whether a page that used to answer pings has stopped to.
func (s *socket) lost(now time.Time, after time.Duration) bool {
	return s.answers.Load() && now.UnixNano()-s.heard.Load() > int64(after)
}

// listen counts a frame that the page sent, and ends the socket when there are too many or
// one is too long.
func (s *socket) listen(size int) {
	now := time.Now().UnixNano()
	s.heard.Store(now)
	if now-s.window > int64(inboundWindow) {
		s.window, s.frames = now, 0
	}
	s.frames++
	if size > inboundSize || s.frames == inboundFrames+1 {
		s.frames = inboundFrames + 1
		s.hub.flooded(s)
	}
}

// A reader is told by the library what comes in on the sockets.
type reader struct{ hub *Hub }

// OnOpen has nothing to do: the handshake has done it.
func (reader) OnOpen(*gws.Conn) {}

// OnMessage ignores what is said: requests are POSTs. Spec: event-bridge 3
func (reader) OnMessage(conn *gws.Conn, m *gws.Message) {
	size := m.Data.Len()
	_ = m.Close()
	websocket.Session[*socket](conn).listen(size)
}

// OnPing answers, unless the page makes a flood of it.
func (reader) OnPing(conn *gws.Conn, payload []byte) {
	s := websocket.Session[*socket](conn)
	s.listen(len(payload))
	if s.frames <= inboundFrames {
		if s.arm() {
			_ = conn.WritePong(payload)
		}
	}
}

// OnPong notes that the page is alive, and that it would be heard if it were.
func (reader) OnPong(conn *gws.Conn, payload []byte) {
	s := websocket.Session[*socket](conn)
	s.answers.Store(true)
	s.listen(len(payload))
}

// OnClose is the end of the connection, whoever wanted it.
func (reader) OnClose(conn *gws.Conn, err error) {
	s := websocket.Session[*socket](conn)
	s.hub.closed(s, err)
}
