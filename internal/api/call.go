package api

import (
	"encoding/hex"
	"fmt"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime/debug"
	"strconv"
	"time"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
)

// A call is one request on its way. Calls are used again for later requests, so nothing of
// one outlives its handler.
type call struct {
	*server
	w     http.ResponseWriter
	r     *http.Request
	id    string           // of the request, for answer and log
	from  engine.Principal // who asks
	until time.Time        // until when; zero = for ever
	inner bool             // the event bridge asks for somebody
	at    time.Time
	form  form
	body  string // of a resource that takes no form
	enc   wire.Encoder
	out   []byte // the body of the answer, as far as it is written
	sent  bool
}

// How large a buffer, and how long a list of parameters, may be to be used again.
const (
	keepOut   = 1 << 18
	keepPairs = 1 << 10
)

// serve returns the HTTP handler of a resource whose POST takes a form.
func (s *server) serve(res resource) http.Handler { return s.serveBody(res, (*call).readForm) }

// serveBody returns the HTTP handler of a resource: it does for every request what does not
// depend on the resource, and turns errors and panics into answers. The body of a POST is read
// by read.
func (s *server) serveBody(res resource, read handler) http.Handler {
	allowed := res.allowed()
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		c := s.calls.Get().(*call)
		c.server, c.w, c.r = s, w, r
		c.id, c.at, c.sent, c.out = requestID(), s.now(), false, c.out[:0]
		defer func() {
			if p := recover(); p != nil {
				c.panicked(p)
				return // a call that broke off is not used again
			}
			c.release()
		}()
		c.header()
		if r.Method == http.MethodOptions {
			c.preflight(allowed)
			return
		}
		if err := c.do(res, allowed, read); err != nil {
			c.fail(err)
		}
	})
}

// do checks who asks, and lets the resource answer.
func (c *call) do(res resource, allowed string, read handler) error {
	if err := c.authenticate(); err != nil {
		return err
	}
	if err := c.admit(); err != nil {
		return err
	}
	if res.none() {
		return taskrouter.NotFound.Errorf("no such path")
	}
	h := res.handler(c.r.Method)
	if h == nil {
		c.w.Header().Set("Allow", allowed)
		return methodError{c.r.Method, allowed}
	}
	switch c.r.Method {
	case http.MethodPost:
		if err := read(c); err != nil {
			return err
		}
	default:
		c.form.parse(c.r.URL.RawQuery)
	}
	if c.form.err != nil {
		return c.form.err
	}
	return h(c)
}

// release forgets the request and keeps the memory for another one.
func (c *call) release() {
	s, out, pairs := c.server, c.out[:0], c.form.pairs
	if cap(out) > keepOut {
		out = nil
	}
	if cap(pairs) > keepPairs {
		pairs = nil
	}
	clear(pairs)
	*c = call{out: out, form: form{pairs: pairs[:0]}}
	s.calls.Put(c)
}

// panicked ends a call whose handler broke off.
func (c *call) panicked(p any) {
	if p == http.ErrAbortHandler {
		panic(p)
	}
	c.log.Error("a request broke off", "request", c.id, "method", c.r.Method,
		"path", c.r.URL.Path, "panic", fmt.Sprint(p), "stack", string(debug.Stack()))
	if !c.sent {
		c.out = c.out[:0]
		c.fail(errPanic)
	}
}

// requestID names a request: RQ and 32 hexadecimal digits. It is no secret.
func requestID() string {
	var raw [16]byte
	for i, n := 0, rand.Uint64(); i < 8; i, n = i+1, n>>8 {
		raw[i] = byte(n)
	}
	for i, n := 8, rand.Uint64(); i < 16; i, n = i+1, n>>8 {
		raw[i] = byte(n)
	}
	var text [34]byte
	copy(text[:], "RQ")
	hex.Encode(text[2:], raw[:])
	return string(text[:])
}

// origin is the start of every URL in the answer.
func (c *call) origin() string {
	if c.server.origin != "" {
		return c.server.origin
	}
	host := c.r.Host
	if host == "" { // as HTTP/1.0 allows
		if local, ok := c.r.Context().Value(http.LocalAddrContextKey).(net.Addr); ok {
			host = local.String()
		}
	}
	if c.r.TLS != nil {
		return "https://" + host
	}
	return "http://" + host
}

// encoder writes nouns for this answer, with the names of the catalog. There is one at a time.
func (c *call) encoder(catalog *routing.Catalog) *wire.Encoder {
	c.enc = wire.Encoder{Origin: c.origin(), Catalog: catalog, Now: c.at, Bridge: c.inner}
	return &c.enc
}

// workspace is the workspace that the path names.
func (c *call) workspace() taskrouter.WorkspaceSID {
	return taskrouter.WorkspaceSID(c.r.PathValue("WorkspaceSid"))
}

// view looks at the workspace, inside its loop: read must be quick and keep nothing but
// pointers to versions and the catalog.
func (c *call) view(read func(*routing.State)) error {
	if !taskrouter.ValidSID(taskrouter.PrefixWorkspace, string(c.workspace())) {
		return taskrouter.NotFound.Errorf("no such workspace")
	}
	return c.engine.View(c.r.Context(), c.from, c.workspace(), read)
}

// find looks for one thing in the workspace; nil means that there is none.
func find[T any](c *call, in func(*routing.State) *T) (*T, *wire.Encoder, error) {
	var found *T
	var catalog *routing.Catalog
	err := c.view(func(s *routing.State) { found, catalog = in(s), s.Catalog() })
	if err == nil && found == nil {
		err = taskrouter.NotFound.Errorf("no such resource")
	}
	if err != nil {
		return nil, nil, err
	}
	return found, c.encoder(catalog), nil
}

// submit has the engine carry the command out, unless a parameter was wrong, and returns the
// version that answers.
func submit[T any, E interface {
	*T
	taskrouter.Entity
}](c *call, cmd routing.Command) (E, *wire.Encoder, error) {
	result, err := c.submit(cmd)
	if err != nil {
		return nil, nil, err
	}
	e, ok := result.Entity.(E)
	if !ok {
		return nil, nil, c.noAnswer(result)
	}
	return e, c.encoder(result.Catalog), nil
}

// noAnswer is the error for a command that was carried out and left nothing to show.
func (c *call) noAnswer(result engine.Result) error {
	if !result.Repeated {
		return fmt.Errorf("api: the engine answered with %T", result.Entity)
	}
	return taskrouter.Gone.Errorf("the request with this %s was carried out before, and what "+
		"it was about is gone since", idempotencyHeader)
}

func (c *call) submit(cmd routing.Command) (engine.Result, error) {
	if c.form.err != nil {
		return engine.Result{}, c.form.err
	}
	if !taskrouter.ValidSID(taskrouter.PrefixWorkspace, string(c.workspace())) {
		return engine.Result{}, taskrouter.NotFound.Errorf("no such workspace")
	}
	id, err := c.commandID()
	if err != nil {
		return engine.Result{}, err
	}
	return c.engine.Submit(c.r.Context(), engine.Command{
		ID: id, Workspace: c.workspace(), From: c.from, Do: cmd,
	})
}

// remove carries out a command that deletes something; the answer has no body.
func (c *call) remove(cmd routing.Command) error {
	if _, err := c.submit(cmd); err != nil {
		return err
	}
	return c.answer(http.StatusNoContent, nil)
}

const (
	idempotencyHeader = "I-Twilio-Idempotency-Token"
	maxIdempotency    = 128 // characters of a token
)

// commandID makes the client's token, if it sent one, a name for the command: a repeated
// request then gets the first one's answer and changes nothing. Tokens belong to who sends
// them: the programs of the account, or the pages of one channel.
func (c *call) commandID() (taskrouter.CommandID, error) {
	token := c.r.Header.Get(idempotencyHeader)
	if token == "" {
		return "", nil
	}
	if len(token) > maxIdempotency {
		return "", taskrouter.Invalid.Errorf("%s is %d characters long; at most %d are allowed",
			idempotencyHeader, len(token), maxIdempotency)
	}
	sender := string(c.from.Account)
	if c.inner {
		sender = c.from.Channel
	}
	return taskrouter.CommandID(sender + ":" + token), nil
}

// answer writes the whole answer.
func (c *call) answer(status int, body []byte) error {
	c.sent = true
	h := c.w.Header()
	if status != http.StatusNoContent {
		h["Content-Type"] = headerJSON
		h["Content-Length"] = []string{strconv.Itoa(len(body))}
	}
	c.w.WriteHeader(status)
	if c.r.Method != http.MethodHead && len(body) > 0 {
		// The only error is a client that is gone.
		_, _ = c.w.Write(body)
	}
	c.out = body[:0]
	return nil
}

// clientIP is the address the request came from, without its port.
func clientIP(r *http.Request) string {
	host, _, err := net.SplitHostPort(r.RemoteAddr)
	if err != nil {
		return r.RemoteAddr
	}
	return host
}
