package feed_test

import (
	"bufio"
	"context"
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/lxzan/gws"
	"go.uber.org/goleak"

	"taskrouter"
	"taskrouter/internal/api"
	"taskrouter/internal/api/apitest"
	"taskrouter/internal/engine"
	"taskrouter/internal/feed"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	account = taskrouter.AccountSID("AC0123456789abcdef0123456789abcdef")
	other   = taskrouter.AccountSID("AC9999456789abcdef0123456789abcdef")
	secret  = "fedcba9876543210fedcba9876543210"
	// soon is how long a test waits for what must come.
	soon = time.Minute
)

// A world is a feed behind the API, over a real store, on a real listener.
type world struct {
	t      testing.TB
	dir    string
	store  store.Store
	engine *engine.Engine
	hub    *feed.Hub
	server *httptest.Server
	stop   func() // ends all, once

	ws         taskrouter.WorkspaceSID
	idle, away taskrouter.ActivitySID // available, unavailable
	alice      taskrouter.WorkerSID
	queue      taskrouter.TaskQueueSID
	workflow   taskrouter.WorkflowSID
}

// newWorld starts a feed; change, if not nil, is applied to its options. There is a workspace
// with Alice, who is there, one queue for everybody and one workflow.
func newWorld(t testing.TB, change func(*feed.Options)) *world {
	t.Helper()
	w := openWorld(t, t.TempDir(), change)
	r, err := w.engine.Create(t.Context(), w.as(account), routing.CreateWorkspace{
		FriendlyName: "World", MultiTaskEnabled: true,
	})
	if err != nil {
		t.Fatal(err)
	}
	w.ws = r.Entity.(*taskrouter.Workspace).SID
	for _, a := range r.Catalog.Activities() {
		if a.Available {
			w.idle = a.SID
		} else {
			w.away = a.SID
		}
	}
	w.alice = w.do(routing.CreateWorker{
		FriendlyName: "Alice", ActivitySID: w.idle, Attributes: `{"skill":"tea"}`,
	}).Entity.(*taskrouter.Worker).SID
	w.queue = w.do(routing.CreateTaskQueue{
		FriendlyName: "Everybody", TargetWorkers: new("1==1"),
	}).Entity.(*taskrouter.TaskQueue).SID
	w.workflow = w.do(routing.CreateWorkflow{
		FriendlyName: "Straight", Configuration: `{"task_routing":{"filters":[{"expression":` +
			`"type==\"named\"","filter_friendly_name":"Named","targets":[{"queue":"` +
			string(w.queue) + `"}]}],"default_filter":{"queue":"` + string(w.queue) + `"}}}`,
	}).Entity.(*taskrouter.Workflow).SID
	return w
}

// openWorld opens what is in a directory.
func openWorld(t testing.TB, dir string, change func(*feed.Options)) *world {
	t.Helper()
	st, err := store.OpenSQLite(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{t: t, dir: dir, store: st}
	w.engine, err = engine.Open(t.Context(), st, engine.Options{
		Logger: slog.New(slog.DiscardHandler), SnapshotEvery: 200,
	})
	if err != nil {
		t.Fatal(err)
	}
	o := feed.Options{
		Engine: w.engine, Keys: keys, Version: "1.2.3", Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	w.hub = feed.New(o)
	projector := engine.NewProjector(w.engine)
	w.server = httptest.NewUnstartedServer(api.New(api.Options{
		Engine: w.engine, Accounts: authenticate, Live: w.hub, Throughput: o.Throughput,
		Logger: slog.New(slog.DiscardHandler),
	}))
	// Little is kept in between, so that a client who does not read is soon waited for.
	w.server.Config.ConnState = func(c net.Conn, state http.ConnState) {
		if state == http.StateNew {
			_ = c.(*net.TCPConn).SetWriteBuffer(64 << 10)
		}
	}
	w.server.Start()
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan struct{}, 2)
	for _, run := range []func(context.Context) error{w.hub.Run, projector.Run} {
		go func() {
			_ = run(ctx)
			ran <- struct{}{}
		}()
	}
	stopped := false
	w.stop = func() {
		if stopped {
			return
		}
		stopped = true
		cancel()
		<-ran
		<-ran
		w.server.Client().CloseIdleConnections()
		w.server.Close()
		if err := w.engine.Shutdown(context.Background()); err != nil {
			t.Error(err)
		}
		if err := st.Close(); err != nil {
			t.Error(err)
		}
	}
	t.Cleanup(func() { w.stop() })
	return w
}

// reopen stops everything and starts it again on what is stored.
func (w *world) reopen() *world {
	w.t.Helper()
	w.stop()
	n := openWorld(w.t, w.dir, nil)
	n.ws, n.idle, n.away, n.alice = w.ws, w.idle, w.away, w.alice
	n.queue, n.workflow = w.queue, w.workflow
	return n
}

func keys(a string) []string {
	if a == string(account) || a == string(other) {
		return []string{secret}
	}
	return nil
}

func authenticate(_ context.Context, user, password string) (taskrouter.AccountSID, bool) {
	a := taskrouter.AccountSID(user)
	return a, password == secret && (a == account || a == other)
}

func (w *world) as(a taskrouter.AccountSID) engine.Principal {
	return engine.Principal{Account: a, Actor: taskrouter.Actor{
		Type: "account", SID: string(a), IP: "192.0.2.1",
	}}
}

// do carries a command out.
func (w *world) do(c routing.Command) engine.Result {
	w.t.Helper()
	r, err := w.try(c)
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return r
}

func (w *world) try(c routing.Command) (engine.Result, error) {
	return w.engine.Submit(context.Background(),
		engine.Command{Workspace: w.ws, From: w.as(account), Do: c})
}

func (w *world) task() taskrouter.TaskSID {
	w.t.Helper()
	return w.do(routing.CreateTask{WorkflowSID: w.workflow, Attributes: `{"topic":"leaves"}`}).
		Entity.(*taskrouter.Task).SID
}

func (w *world) head() store.Seq {
	w.t.Helper()
	at, err := w.engine.Head(context.Background(), w.as(account), w.ws)
	if err != nil {
		w.t.Fatal(err)
	}
	return at.Seq
}

// mint makes a token for a channel that allows GET on the paths below the workspace.
func (w *world) mint(channel string, life time.Duration, paths ...string) string {
	w.t.Helper()
	c := token.Claims{
		Account: string(account), Workspace: string(w.ws), Channel: channel,
		Life: life,
	}
	for _, p := range paths {
		c.Policies = append(c.Policies, token.Policy{
			URL: "/v1/Workspaces/" + string(w.ws) + p, Method: "GET", Allow: true,
		})
	}
	raw, err := token.Mint(secret, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

func (w *world) url(path string) string {
	return w.server.URL + "/v1/Workspaces/" + string(w.ws) + path
}

func basic(a taskrouter.AccountSID) string {
	return "Basic " + base64.StdEncoding.EncodeToString([]byte(string(a)+":"+secret))
}

// get sends a GET of the account.
func (w *world) get(path string, header ...string) (*http.Response, []byte) {
	w.t.Helper()
	r, err := http.NewRequest("GET", w.url(path), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", basic(account))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
		if header[i+1] == "" {
			r.Header.Del(header[i])
		}
	}
	resp, err := w.server.Client().Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	if resp.StatusCode >= 400 {
		apitest.Validate(w.t, r, resp, body)
	}
	return resp, body
}

// A message is one message of a feed.
type message struct {
	Type     string                      `json:"type"`
	Sequence int64                       `json:"sequence"`
	Now      int64                       `json:"now"`
	Beat     int64                       `json:"heartbeat_ms"`
	Version  string                      `json:"version"`
	After    int64                       `json:"after"`
	Code     int                         `json:"code"`
	Reason   string                      `json:"reason"`
	Put      map[string][]map[string]any `json:"put"`
	Del      []string                    `json:"del"`
	Events   []map[string]any            `json:"events"`
	Alerts   []map[string]any            `json:"alerts"`
	Presence []map[string]any            `json:"presence"`
	Stats    json.RawMessage             `json:"stats"`

	text string
	id   string // of an event stream
}

// A client reads a feed.
type client struct {
	t        testing.TB
	messages chan message // closed at the end
	code     uint16       // of the close, once messages is closed
	retry    string
	stop     func()
	conn     *gws.Conn // of a WebSocket
}

// next returns the next message that is no heartbeat.
func (c *client) next() message {
	c.t.Helper()
	for {
		if m := c.any(); m.Type != "heartbeat" {
			return m
		}
	}
}

// any returns the next message.
func (c *client) any() message {
	c.t.Helper()
	select {
	case m, ok := <-c.messages:
		if !ok {
			c.t.Fatalf("the feed has ended with %d, want a message", c.code)
		}
		return m
	case <-time.After(soon):
		c.t.Fatal("no message came")
	}
	return message{}
}

// wants reads one message of a type.
func (c *client) wants(kind string) message {
	c.t.Helper()
	m := c.next()
	if m.Type != kind {
		c.t.Fatalf("got %s, want %s", m.text, kind)
	}
	return m
}

// reaches reads batches until one at a sequence number or later.
func (c *client) reaches(at store.Seq) (list []message) {
	c.t.Helper()
	for {
		m := c.any()
		list = append(list, m)
		if m.Sequence >= int64(at) && m.Type != "end" {
			return list
		}
	}
}

// ends reads up to the end.
func (c *client) ends() (last message) {
	c.t.Helper()
	for {
		select {
		case m, ok := <-c.messages:
			if !ok {
				return last
			}
			last = m
		case <-time.After(soon):
			c.t.Fatal("the feed does not end")
		}
	}
}

// lines opens a feed as an event stream.
func (w *world) lines(query string, header ...string) *client {
	w.t.Helper()
	c, resp := w.tryLines(query, header...)
	if c == nil {
		w.t.Fatalf("feed %s: %v", query, resp.Status)
	}
	return c
}

func (w *world) tryLines(query string, header ...string) (*client, *http.Response) {
	w.t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	r, err := http.NewRequestWithContext(ctx, "GET", w.url("/Feed?"+query), nil)
	if err != nil {
		w.t.Fatal(err)
	}
	r.Header.Set("Authorization", basic(account))
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	resp, err := w.server.Client().Do(r)
	if err != nil {
		cancel()
		w.t.Fatal(err)
	}
	if resp.StatusCode != http.StatusOK {
		_ = resp.Body.Close()
		cancel()
		return nil, resp
	}
	c := &client{t: w.t, messages: make(chan message, 1<<16), stop: cancel}
	read := make(chan struct{})
	go func() {
		defer close(read)
		defer close(c.messages)
		defer resp.Body.Close()
		var m message
		scanner := bufio.NewScanner(resp.Body)
		scanner.Buffer(nil, 64<<20)
		for scanner.Scan() {
			name, value, _ := strings.Cut(scanner.Text(), ": ")
			switch name {
			case "id":
				m.id = value
			case "retry":
				c.retry = value
			case "event":
				m.Type = value
			case "data":
				kind := m.Type
				m.text = value
				err := json.Unmarshal([]byte(value), &m)
				if err != nil && ctx.Err() != nil {
					return // the client has left in the middle of a line
				}
				if err != nil || m.Type != kind {
					w.t.Errorf("message %s: %v", value, err)
				}
			case "":
				if m.id != "" && m.id != strconv.FormatInt(m.Sequence, 10) {
					w.t.Errorf("id %s, but sequence %d", m.id, m.Sequence)
				}
				c.messages <- m
				m = message{}
			}
		}
	}()
	w.t.Cleanup(func() {
		cancel()
		<-read
	})
	return c, resp
}

// A page is a client of a WebSocket.
type page struct {
	gws.BuiltinEventHandler
	c      *client
	closed chan struct{}
}

// OnPing answers, as browsers do.
func (p *page) OnPing(conn *gws.Conn, payload []byte) { _ = conn.WritePong(payload) }

// OnMessage hands a message on.
func (p *page) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	msg := message{text: m.Data.String()}
	if err := json.Unmarshal(m.Data.Bytes(), &msg); err != nil {
		p.c.t.Errorf("message %s: %v", msg.text, err)
	}
	p.c.messages <- msg
}

// OnClose keeps the code.
func (p *page) OnClose(_ *gws.Conn, err error) {
	p.c.code = 1006
	if end, ok := errors.AsType[*gws.CloseError](err); ok {
		p.c.code = end.Code
	}
	close(p.c.messages)
	close(p.closed)
}

// socket opens a feed as a WebSocket.
func (w *world) socket(query string, header ...string) *client {
	w.t.Helper()
	c, resp, err := w.trySocket(query, header...)
	if err != nil {
		w.t.Fatalf("feed %s: %v %v", query, err, resp)
	}
	return c
}

func (w *world) trySocket(query string, header ...string) (*client, *http.Response, error) {
	w.t.Helper()
	h := http.Header{"Authorization": {basic(account)}}
	for i := 0; i < len(header); i += 2 {
		h.Set(header[i], header[i+1])
		if header[i+1] == "" {
			h.Del(header[i])
		}
	}
	address, err := url.Parse(w.url("/Feed?" + query))
	if err != nil {
		w.t.Fatal(err)
	}
	raw, err := net.Dial("tcp", address.Host)
	if err != nil {
		w.t.Fatal(err)
	}
	c := &client{t: w.t, messages: make(chan message, 1<<16)}
	p := &page{c: c, closed: make(chan struct{})}
	address.Scheme = "ws"
	conn, resp, err := gws.NewClientFromConn(p, &gws.ClientOption{
		Addr: address.String(), RequestHeader: h, ReadMaxPayloadSize: 64 << 20,
	}, raw)
	if err != nil {
		_ = raw.Close()
		return nil, resp, err
	}
	c.conn, c.stop = conn, func() { _ = raw.Close() }
	go conn.ReadLoop()
	w.t.Cleanup(func() {
		c.stop()
		<-p.closed
	})
	return c, resp, nil
}

// both runs a test on each kind of connection.
func both(t *testing.T, test func(t *testing.T, open func(*world, string, ...string) *client)) {
	for name, open := range map[string]func(*world, string, ...string) *client{
		"WebSocket": (*world).socket, "event stream": (*world).lines,
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			test(t, open)
		})
	}
}

// eventually waits until a condition holds.
func eventually(t testing.TB, what string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(soon); !holds(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("%s: did not come true", what)
		}
	}
}

// show is a value as text.
func show(v any) string { return fmt.Sprint(v) }

// upTo reads what comes up to a position, heartbeats left out. Where the last records tell the
// reader nothing, a heartbeat says that they are behind it.
func (c *client) upTo(at store.Seq) (list []message) {
	c.t.Helper()
	for {
		m := c.any()
		if m.Type != "heartbeat" {
			list = append(list, m)
		}
		if m.Sequence >= int64(at) {
			return list
		}
	}
}

// A stuck is a reader that does not read by itself.
type stuck struct{ conn net.Conn }

// stuck opens a feed as an event stream that nobody reads.
func (w *world) stuck(query string) *stuck {
	w.t.Helper()
	address, err := url.Parse(w.url("/Feed?" + query))
	if err != nil {
		w.t.Fatal(err)
	}
	conn, err := net.Dial("tcp", address.Host)
	if err != nil {
		w.t.Fatal(err)
	}
	w.t.Cleanup(func() { _ = conn.Close() })
	if err := conn.(*net.TCPConn).SetReadBuffer(64 << 10); err != nil {
		w.t.Fatal(err)
	}
	fmt.Fprintf(conn, "GET %s HTTP/1.1\r\nHost: %s\r\nAuthorization: %s\r\n\r\n",
		address.RequestURI(), address.Host, basic(account))
	return &stuck{conn}
}

// take reads until it has seen a text.
func (s *stuck) take(t testing.TB, text string) {
	t.Helper()
	_ = s.conn.SetReadDeadline(time.Now().Add(soon))
	var seen []byte
	buffer := make([]byte, 64<<10)
	for !strings.Contains(string(seen), text) {
		n, err := s.conn.Read(buffer)
		if err != nil {
			t.Fatalf("%v while waiting for %q", err, text)
		}
		seen = append(seen[max(0, len(seen)-len(text)):], buffer[:n]...)
	}
}
