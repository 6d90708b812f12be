package feed

import (
	"errors"
	"net/http"
	"os"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
	"taskrouter/internal/store"
	"taskrouter/internal/websocket"
)

const (
	// subprotocol is what the server selects if a page offers it.
	subprotocol = "taskrouter.v1"
	// inboundSize is the longest message that is read to its end; readers have nothing to say.
	inboundSize = 4 << 10
	// inboundFrames is how many frames of any kind a page may send in inboundWindow.
	inboundFrames = 20
	inboundWindow = 10 * time.Second
	// silence is how many heartbeats may go unanswered on a connection that used to answer.
	silence = 3
)

// errSlow is a connection that takes nothing for too long.
var errSlow = errors.New("the reader is too slow")

// A socket is a reader's WebSocket. While nothing happens it is one goroutine, which reads.
type socket struct {
	reader *reader
	conn   *gws.Conn
	limit  time.Duration

	heard   atomic.Int64 // when the page last sent anything, in nanoseconds
	answers atomic.Bool  // it has answered a ping
	hurried atomic.Bool

	// Of the reading goroutine.
	frames int // in the window
	window int64
}

func newUpgrader(handshake time.Duration) *websocket.Upgrader[*socket] {
	return websocket.NewUpgrader[*socket](websocket.Options{
		Events: listener{}, Name: subprotocol, MaxMessage: inboundSize, Handshake: handshake,
	})
}

// serveSocket makes a WebSocket of the request and returns; the connection lives on.
func (h *Hub) serveSocket(
	w http.ResponseWriter, r *http.Request, c *reader, a ask, after store.Seq,
) error {
	s := &socket{reader: c, limit: h.options.WriteTimeout}
	s.heard.Store(h.now().UnixNano())
	c.out = s
	conn, err := h.upgrader.Open(w, r, s)
	if err != nil {
		h.leave(c)
		if taskrouter.KindOf(err) == taskrouter.Internal {
			return nil // the connection is closed, and nobody is left to be told
		}
		return err
	}
	s.conn = conn
	h.join(c, a, after)
	// On its own goroutine: that of the request would keep everything the request needed.
	go conn.ReadLoop()
	return nil
}

func (s *socket) start() { go s.reader.pump() }

// write hands the frame to the connection as it is: the library would copy it for each reader.
func (s *socket) write(frame []byte) error {
	limit := s.limit
	if s.hurried.Load() {
		limit = websocket.Farewell
	}
	conn := s.conn.NetConn()
	_ = conn.SetWriteDeadline(time.Now().Add(limit))
	_, err := conn.Write(frame)
	if errors.Is(err, os.ErrDeadlineExceeded) {
		return errSlow
	}
	return err
}

func (s *socket) hurry() {
	s.hurried.Store(true)
	_ = s.conn.NetConn().SetWriteDeadline(time.Now().Add(websocket.Farewell))
}

func (s *socket) close(code uint16, reason string) { websocket.Goodbye(s.conn, code, reason) }

func (s *socket) cut() { _ = s.conn.NetConn().Close() }

// beat adds a ping to a heartbeat: scripts see the one, and browsers answer the other.
func (s *socket) beat(frame []byte) []byte {
	return append(frame, 0x80|byte(gws.OpcodePing), 0)
}

func (s *socket) lost(now time.Time, beat time.Duration) bool {
	return s.answers.Load() && now.UnixNano()-s.heard.Load() > int64(silence*beat)
}

// listen counts a frame that the page sent, and ends the connection when there are too many.
func (s *socket) listen() {
	now := time.Now().UnixNano()
	s.heard.Store(now)
	if now-s.window > int64(inboundWindow) {
		s.window, s.frames = now, 0
	}
	if s.frames++; s.frames == inboundFrames+1 {
		c := s.reader
		c.room.mu.Lock()
		defer c.room.mu.Unlock()
		c.end(websocket.Policy, "this reader sends too much; nothing is to be sent on a feed")
	}
}

// A listener is told by the library what comes in on the sockets.
type listener struct{}

// OnOpen has nothing to do: the handshake has done it.
func (listener) OnOpen(*gws.Conn) {}

// OnMessage ignores what is said.
func (listener) OnMessage(conn *gws.Conn, m *gws.Message) {
	_ = m.Close()
	websocket.Session[*socket](conn).listen()
}

// OnPing answers, unless the page makes a flood of it.
func (listener) OnPing(conn *gws.Conn, payload []byte) {
	s := websocket.Session[*socket](conn)
	if s.listen(); s.frames <= inboundFrames {
		_ = conn.WritePong(payload)
	}
}

// OnPong notes that the page is alive, and that it would be heard if it were.
func (listener) OnPong(conn *gws.Conn, _ []byte) {
	s := websocket.Session[*socket](conn)
	s.answers.Store(true)
	s.listen()
}

// OnClose is the end of the connection, whoever wanted it.
func (listener) OnClose(conn *gws.Conn, _ error) {
	c := websocket.Session[*socket](conn).reader
	c.room.hub.leave(c)
}
