package websocket

import (
	"bufio"
	"net"
	"net/http"
	"sync/atomic"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
)

// readBuffer is small because next to nothing is read.
const readBuffer = 512

// An Upgrader turns requests into WebSockets whose sessions are S. Make it with [NewUpgrader].
type Upgrader[S any] struct {
	name         string
	plain, named *gws.Upgrader
}

// Options say how an [Upgrader] works.
type Options struct {
	// Events is told what comes in.
	Events gws.Event
	// Name is the subprotocol that is selected if a page offers it.
	Name string
	// MaxMessage is the longest message that is read to its end, in bytes.
	MaxMessage int
	// Handshake is how long a page has for its part of the handshake.
	Handshake time.Duration
}

// NewUpgrader returns an upgrader.
func NewUpgrader[S any](o Options) *Upgrader[S] {
	option := func(names ...string) *gws.ServerOption {
		return &gws.ServerOption{
			ReadMaxPayloadSize: o.MaxMessage,
			ReadBufferSize:     readBuffer,
			HandshakeTimeout:   o.Handshake,
			Logger:             quiet{},
			NewSession:         func() gws.SessionStorage { return new(session[S]) },
			SubProtocols:       names,
		}
	}
	return &Upgrader[S]{
		name:  o.Name,
		plain: gws.NewUpgrader(o.Events, option()),
		named: gws.NewUpgrader(o.Events, option(o.Name)),
	}
}

// Open takes the request's connection over, answers the handshake and gives the connection its
// session. The caller runs the connection's ReadLoop. After an error the connection is closed,
// or, if the error is a [taskrouter.Error], the request is still to be answered.
func (u *Upgrader[S]) Open(w http.ResponseWriter, r *http.Request, s S) (*gws.Conn, error) {
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return nil, taskrouter.Invalid.Errorf(
			"a connection with %s cannot become a WebSocket; connect with HTTP/1.1", r.Proto)
	}
	return u.OpenOn(conn, r, s)
}

// OpenOn is Open on a connection that has been taken over.
func (u *Upgrader[S]) OpenOn(conn net.Conn, r *http.Request, s S) (*gws.Conn, error) {
	upgrader := u.plain
	if offers(r, u.name) {
		upgrader = u.named
	}
	c, err := upgrader.UpgradeFromConn(
		&line{Conn: conn}, bufio.NewReaderSize(conn, readBuffer), r)
	if err != nil {
		return nil, err
	}
	c.Session().(*session[S]).of = s
	return c, nil
}

// Session returns what a connection was opened with.
func Session[S any](c *gws.Conn) S { return c.Session().(*session[S]).of }

// A session has the shape that the library asks for.
type session[S any] struct{ of S }

// Len is part of [gws.SessionStorage], which is not used as a store here.
func (*session[S]) Len() int { return 0 }

// Load is part of [gws.SessionStorage].
func (*session[S]) Load(string) (any, bool) { return nil, false }

// Delete is part of [gws.SessionStorage].
func (*session[S]) Delete(string) {}

// Store is part of [gws.SessionStorage].
func (*session[S]) Store(string, any) {}

// Range is part of [gws.SessionStorage].
func (*session[S]) Range(func(string, any) bool) {}

// quiet keeps the library's own words out of the log.
type quiet struct{}

// Error drops its arguments.
func (quiet) Error(...any) {}

// A line is a connection on which nothing is written after a close frame. The library answers
// the page's part of a closing handshake with a close of its own, also when it was the page's
// answer to ours; browsers take the second one for a broken connection, and then a script hears
// of neither code nor reason.
type line struct {
	net.Conn
	closed atomic.Bool
}

// closeFrame is how a close frame begins.
const closeFrame = 0x80 | byte(gws.OpcodeCloseConnection)

// Write writes a frame; each is handed over in one piece.
func (l *line) Write(b []byte) (int, error) {
	ended := false
	if len(b) > 0 && b[0] == closeFrame {
		ended = l.closed.Swap(true)
	} else {
		ended = l.closed.Load()
	}
	if ended {
		return len(b), nil
	}
	return l.Conn.Write(b)
}
