package worker

import (
	"bufio"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"strconv"
	"sync"
	"time"

	"github.com/lxzan/gws"
)

const (
	// subprotocol is what is offered beside a token in the same header. Spec: event-bridge 2
	subprotocol      = "taskrouter.v1"
	tokenSubprotocol = "taskrouter.token."
	// maxFrame is how long an event may be.
	maxFrame = 4 << 20
	// readBuffer is small because events are few.
	readBuffer = 1 << 10
	// waitingFrames is how many events of a socket wait while the state behind it is read;
	// further ones wait on the server's side.
	waitingFrames = 64
	// farewell is how long closing a socket may take.
	farewell = time.Second
)

// A line is one socket. Its goroutine reads frames into a channel, which it closes at the end
// of the socket, when err says why that was.
type line struct {
	client  *Client
	token   string // that it was opened with
	conn    *gws.Conn
	stream  io.Closer
	frames  chan Event
	stop    chan struct{}
	once    sync.Once
	silence *time.Timer

	mu  sync.Mutex
	err error
}

// dial opens a socket with a token. Spec: event-bridge 2
func (c *Client) dial(ctx context.Context, token string) (*line, error) {
	ctx, cancel := context.WithTimeout(ctx, c.options.Timeout)
	defer cancel()
	query := url.Values{
		"closeExistingSessions": {strconv.FormatBool(c.options.CloseExistingSessions)},
	}
	if a := c.options.DisconnectActivity; a != "" {
		query.Set("disconnectActivitySid", string(a))
	}
	header := http.Header{}
	if c.options.TokenInProtocol {
		header.Set("Sec-WebSocket-Protocol", subprotocol+", "+tokenSubprotocol+token)
	} else {
		query.Set("token", token)
	}
	l := &line{
		client: c,
		token:  token,
		frames: make(chan Event, waitingFrames),
		stop:   make(chan struct{}),
	}
	up := &upgrade{
		ctx: ctx, client: c.sockets, url: c.channelURL() + "?" + query.Encode(),
	}
	conn, _, err := gws.NewClientFromConn(l, &gws.ClientOption{
		Addr:               c.channelURL(),
		RequestHeader:      header,
		ReadMaxPayloadSize: maxFrame,
		ReadBufferSize:     readBuffer,
		Logger:             quiet{},
		NewSession:         func() gws.SessionStorage { return nil },
	}, up)
	if err != nil {
		return nil, up.failure(err)
	}
	l.conn, l.stream = conn, up
	l.silence = time.AfterFunc(c.options.Silence, func() {
		l.fail(fmt.Errorf("the server has said nothing for %v", c.options.Silence))
		l.stream.Close()
	})
	c.log.Debug("socket opened")
	c.work.Go(func() {
		conn.ReadLoop()
		l.silence.Stop()
		close(l.frames)
	})
	return l, nil
}

// close ends the socket, whatever state it is in.
func (l *line) close() {
	l.once.Do(func() {
		close(l.stop)
		late := time.AfterFunc(farewell, func() { l.stream.Close() })
		_ = l.conn.WriteClose(1000, nil) // it closes the connection as well
		late.Stop()
		l.stream.Close()
	})
}

// fail notes why the socket ends; the first reason counts.
func (l *line) fail(err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.err == nil {
		l.err = err
	}
}

// failure is why the socket ended.
func (l *line) failure() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.err
}

// OnOpen is part of [gws.Event].
func (l *line) OnOpen(*gws.Conn) {}

// OnMessage reads an event; blank frames only say that the server is there.
// Spec: event-bridge 3
func (l *line) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	l.silence.Reset(l.client.options.Silence)
	data := bytes.TrimSpace(m.Bytes())
	if len(data) == 0 {
		return
	}
	event, err := l.client.readEvent(data)
	if err != nil {
		l.client.log.Warn("a frame was ignored", "err", err)
		return
	}
	select {
	case l.frames <- event:
	case <-l.stop:
	}
}

// OnPing answers.
func (l *line) OnPing(conn *gws.Conn, payload []byte) {
	l.silence.Reset(l.client.options.Silence)
	_ = conn.WritePong(payload)
}

// OnPong is part of [gws.Event].
func (l *line) OnPong(*gws.Conn, []byte) {}

// OnClose notes the end of the connection.
func (l *line) OnClose(_ *gws.Conn, err error) {
	var closed *gws.CloseError
	if errors.As(err, &closed) {
		l.fail(&CloseError{Code: int(closed.Code), Reason: string(closed.Reason)})
		return
	}
	l.fail(fmt.Errorf("the connection was lost: %w", err))
}

// quiet keeps the library's own words out of the program's output.
type quiet struct{}

// Error drops its arguments.
func (quiet) Error(...any) {}

// An upgrade is the connection that the WebSocket library talks over. Its first exchange, the
// handshake, goes through an [http.Client]: so proxies, certificates and whatever else programs
// set there hold for sockets, too, contexts cancel it, and a refusal can be read to its end.
type upgrade struct {
	ctx    context.Context
	client *http.Client
	url    string

	asked  bytes.Buffer       // the library's request, until it is sent on
	answer io.Reader          // the head of the answer, then the stream
	stream io.ReadWriteCloser // once the protocol is switched
	err    *Error             // why it was not
}

const opConnect = "connect"

// Write takes the request, and later what the library sends.
func (u *upgrade) Write(b []byte) (int, error) {
	if u.stream != nil {
		return u.stream.Write(b)
	}
	return u.asked.Write(b)
}

// Read gives the answer to the request, and later what the server sends.
func (u *upgrade) Read(b []byte) (int, error) {
	if u.answer == nil {
		if u.err = u.exchange(); u.err != nil {
			return 0, u.err
		}
	}
	return u.answer.Read(b)
}

// exchange sends the library's request on and takes over the connection.
func (u *upgrade) exchange() *Error {
	asked, err := http.ReadRequest(bufio.NewReader(&u.asked))
	if err != nil {
		return unanswered(opConnect, err)
	}
	r, err := http.NewRequestWithContext(u.ctx, http.MethodGet, u.url, nil)
	if err != nil {
		return unanswered(opConnect, err)
	}
	r.Header = asked.Header
	answer, err := u.client.Do(r)
	if err != nil {
		return unanswered(opConnect, err)
	}
	if answer.StatusCode != http.StatusSwitchingProtocols {
		defer answer.Body.Close()
		return refusal(opConnect, answer)
	}
	stream, ok := answer.Body.(io.ReadWriteCloser)
	if !ok {
		answer.Body.Close()
		return unanswered(opConnect, errors.New("the transport of Options.HTTPClient keeps the "+
			"connection to itself; a response with status 101 has to have a body to write to"))
	}
	head := bytes.NewBufferString("HTTP/1.1 101 Switching Protocols\r\n")
	_ = answer.Header.Write(head)
	head.WriteString("\r\n")
	u.answer, u.stream = io.MultiReader(head, stream), stream
	// What the handshake needed, and the token with it, is not kept for the life of the socket.
	u.ctx, u.client, u.url, u.asked = nil, nil, "", bytes.Buffer{}
	return nil
}

// failure is why a handshake did not succeed, given what the library says about it.
func (u *upgrade) failure(err error) *Error {
	u.Close()
	if u.err != nil {
		return u.err
	}
	return unanswered(opConnect, fmt.Errorf("the server does not speak WebSocket: %w", err))
}

// Close ends the connection; again is harmless.
func (u *upgrade) Close() error {
	if u.stream == nil {
		return nil
	}
	return u.stream.Close()
}

// LocalAddr is part of [net.Conn].
func (u *upgrade) LocalAddr() net.Addr { return nil }

// RemoteAddr is part of [net.Conn].
func (u *upgrade) RemoteAddr() net.Addr { return nil }

// SetDeadline does nothing: contexts and timers close the connection instead.
func (u *upgrade) SetDeadline(time.Time) error { return nil }

// SetReadDeadline is part of [net.Conn].
func (u *upgrade) SetReadDeadline(time.Time) error { return nil }

// SetWriteDeadline is part of [net.Conn].
func (u *upgrade) SetWriteDeadline(time.Time) error { return nil }
