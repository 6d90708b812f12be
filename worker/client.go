package worker

import (
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"sync"
	"sync/atomic"
	"time"

	"taskrouter"
)

// A Client is connected to a server as one worker, and stays so until it is closed or ends for
// a reason that [Client.Err] tells. Make one with [Connect].
type Client struct {
	options Options
	hosts   hosts
	claims  claims // of the first token; all others have the same parties
	tokens  tokens
	log     *slog.Logger
	http    *http.Client // for requests
	sockets *http.Client // for sockets
	ours    *http.Transport

	worker atomic.Pointer[Worker]
	view   view
	acts   acts

	events    chan Event
	given     chan struct{} // a token came by UpdateToken
	closing   chan struct{} // Close was called
	closeOnce sync.Once
	ended     chan struct{} // no connection will be made any more
	err       error         // why; set before ended is closed

	ctx    context.Context // of what the client does by itself
	cancel context.CancelFunc
	work   sync.WaitGroup
}

// Connect connects as the worker that the token is for, and returns when the worker and its open
// reservations have been read and ConnectActivity, if given, has been set. If anything of that
// fails, so does Connect, with an *[Error] if the server refused it or did not answer; to wait
// for a server that is not there yet, call it again. The first event of the client is [Ready].
//
// The context is for connecting only: the client lives until [Client.Close].
func Connect(ctx context.Context, token string, o Options) (*Client, error) {
	c, err := newClient(ctx, token, o)
	if err != nil {
		return nil, fmt.Errorf("connect: %w", err)
	}
	first := c.establish(ctx)
	if first.err != nil {
		c.release()
		return nil, first.err
	}
	l := newLoop(c)
	l.settle(first)
	c.work.Go(l.run)
	return c, nil
}

// newClient checks what it was given, and asks for a token if it was given none.
func newClient(ctx context.Context, token string, o Options) (*Client, error) {
	h, err := o.hosts()
	if err != nil {
		return nil, err
	}
	c := &Client{
		options: o.complete(),
		hosts:   h,
		events:  make(chan Event),
		given:   make(chan struct{}, 1),
		closing: make(chan struct{}),
		ended:   make(chan struct{}),
	}
	c.tokens.renew = o.RenewToken
	switch {
	case token != "":
		err = c.tokens.update(token)
	case o.RenewToken != nil:
		err = c.tokens.replace(ctx, "")
	default:
		err = errors.New("there is neither a token nor Options.RenewToken")
	}
	if err != nil {
		return nil, err
	}
	c.claims = c.tokens.claims
	c.log = c.options.Logger.With("worker", c.claims.Channel)
	c.ctx, c.cancel = context.WithCancel(context.WithoutCancel(ctx))
	c.makeHTTP()
	return c, nil
}

// idleConnections is how many connections are kept for the next requests, when several tasks
// are worked on at once.
const idleConnections = 16

// makeHTTP makes the clients for requests and sockets. Neither follows redirects, for the token
// would go with them; and no timeout may end a socket.
func (c *Client) makeHTTP() {
	var base http.Client
	if c.options.HTTPClient != nil {
		base = *c.options.HTTPClient
	} else {
		c.ours = &http.Transport{Proxy: http.ProxyFromEnvironment}
		if standard, ok := http.DefaultTransport.(*http.Transport); ok {
			c.ours = standard.Clone()
		}
		c.ours.MaxIdleConnsPerHost = idleConnections
		base.Transport = c.ours
	}
	base.CheckRedirect = func(*http.Request, []*http.Request) error {
		return http.ErrUseLastResponse
	}
	sockets := base
	sockets.Timeout = 0
	c.http, c.sockets = &base, &sockets
}

// SID is the worker that the client connects as.
func (c *Client) SID() taskrouter.WorkerSID { return c.claims.Channel }

// Events is the channel of all that happens, the same one each time. It is to be received from
// in one place, and is closed when the client has ended and its last event has been taken.
func (c *Client) Events() <-chan Event { return c.events }

// Done is closed when the client has ended: it will not connect any more, but events may still
// wait to be taken.
func (c *Client) Done() <-chan struct{} { return c.ended }

// Err is nil as long as the client lives, and then says why it ended: [ErrClosed], or an error
// that is [ErrDisplaced] or [ErrDeleted].
func (c *Client) Err() error {
	select {
	case <-c.ended:
		return c.err
	default:
		return nil
	}
}

// UpdateToken gives the client another token for the same worker, which is used from then on,
// also to let the present connection live on, and ends waiting for one. If the token cannot be
// for this worker, the old one is kept. It does not wait for the server.
func (c *Client) UpdateToken(token string) error {
	if err := c.tokens.update(token); err != nil {
		return fmt.Errorf("update token: %w", err)
	}
	select {
	case c.given <- struct{}{}:
	default:
	}
	return nil
}

// Close disconnects for good and returns when nothing of the client runs any more. Events that
// were not taken are dropped; the channel is closed. Requests under way are left to their
// callers; others fail with [ErrClosed]. Closing again is harmless. It always returns nil.
//
// The worker keeps its activity, unless DisconnectActivity was given. To leave in good order,
// set an activity before.
func (c *Client) Close() error {
	c.closeOnce.Do(func() { close(c.closing) })
	c.release()
	return nil
}

// release gives back what the client has taken.
func (c *Client) release() {
	c.cancel()
	c.work.Wait()
	if c.ours != nil {
		c.ours.CloseIdleConnections()
	}
}

func (c *Client) isClosed() bool {
	select {
	case <-c.closing:
		return true
	default:
		return false
	}
}

// An outcome is what came of connecting, or of reading the state anew.
type outcome struct {
	line  *line // nil after reading
	state *state
	err   error
}

// establish connects: it opens a socket, reads the state behind it, and takes the connect
// activity. Events that arrive meanwhile wait in the socket. Spec: event-bridge 10
func (c *Client) establish(ctx context.Context) outcome {
	line, err := c.open(ctx)
	if err != nil {
		return outcome{err: err}
	}
	state, err := c.readState(ctx)
	if err == nil {
		err = c.takeActivity(ctx, state)
	}
	if err != nil {
		line.close()
		return outcome{err: err}
	}
	return outcome{line: line, state: state}
}

// open opens a socket, with a new token if the one there is will not do and there is somebody
// to ask for another.
func (c *Client) open(ctx context.Context) (*line, error) {
	raw := c.tokens.current()
	if c.tokens.renew != nil && c.tokens.usedUp(time.Now()) {
		if err := c.tokens.replace(ctx, raw); err != nil {
			return nil, err
		}
		raw = c.tokens.current()
	}
	line, err := c.dial(ctx, raw)
	if statusOf(err) != http.StatusUnauthorized {
		return line, err
	}
	c.tokens.refuse(raw)
	if c.tokens.renew == nil {
		return nil, err
	}
	if err := c.tokens.replace(ctx, raw); err != nil {
		return nil, err
	}
	return c.dial(ctx, c.tokens.current())
}

// takeActivity sets the connect activity, unless an offer waits: it may be what the worker will
// do next. Spec: sdk-v1-api 2
func (c *Client) takeActivity(ctx context.Context, s *state) error {
	wanted := c.options.ConnectActivity
	if wanted == "" || s.pending() || s.worker.ActivitySID == wanted {
		return nil
	}
	_, err := c.SetActivity(ctx, wanted)
	return err
}
