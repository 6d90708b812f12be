package bridge

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/lxzan/gws"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/wire"
	"taskrouter/token"
)

const (
	account = "AC0123456789abcdef0123456789abcdef"
	secret  = "fedcba9876543210fedcba9876543210"
	other   = "AC9999456789abcdef0123456789abcdef" // has the secret "other"
	host    = "router.test"
)

// A world is a hub over a real engine, served on connections in memory, so that it also runs
// in fake time; and the workspace that most tests need.
type world struct {
	t        testing.TB
	ctx      context.Context
	engine   *engine.Engine
	hub      *Hub
	listener dialer
	client   *http.Client
	rest     rest

	ws                             taskrouter.WorkspaceSID
	idle, away                     taskrouter.ActivitySID // available, unavailable
	alice, bob                     taskrouter.WorkerSID
	queue                          taskrouter.TaskQueueSID
	workflow                       taskrouter.WorkflowSID
	as                             engine.Principal
	aliceRaw, bobRaw, workspaceRaw string // tokens of an hour
}

// newWorld starts a hub; change, if not nil, is applied to its options.
func newWorld(t testing.TB, change func(*Options)) *world {
	t.Helper()
	return newWorldOn(t, newListener(), change)
}

func newWorldOn(t testing.TB, on dialer, change func(*Options)) *world {
	t.Helper()
	w := &world{
		t: t, ctx: context.Background(), engine: newEngine(t), listener: on,
		as: engine.Principal{Account: account},
	}
	w.rest.engine = w.engine
	o := Options{
		Engine: w.engine,
		Inner:  &w.rest,
		Keys:   keys,
		Logger: slog.New(slog.DiscardHandler),
	}
	if change != nil {
		change(&o)
	}
	w.hub = New(o)
	w.serve(w.hub)
	w.furnish()
	return w
}

func keys(a string) []string {
	switch a {
	case account:
		return []string{secret}
	case other:
		return []string{"other"}
	}
	return nil
}

func (w *world) serve(h http.Handler) {
	server := &http.Server{Handler: h}
	go server.Serve(w.listener)
	w.client = &http.Client{Transport: &http.Transport{
		DialContext: func(context.Context, string, string) (net.Conn, error) {
			return w.listener.dial()
		},
	}}
	ctx, stop := context.WithCancel(w.ctx)
	ran := make(chan struct{})
	go func() {
		defer close(ran)
		_ = w.hub.Run(ctx)
	}()
	w.t.Cleanup(func() {
		stop()
		<-ran
		w.client.CloseIdleConnections()
		_ = server.Close()
	})
}

// furnish makes a workspace with one queue for everybody and the workers Alice, who is there,
// and Bob, who is not.
func (w *world) furnish() {
	w.t.Helper()
	r, err := w.engine.Create(w.ctx, w.as, routing.CreateWorkspace{
		FriendlyName: "World", MultiTaskEnabled: true,
	})
	if err != nil {
		w.t.Fatal(err)
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
	w.bob = w.do(routing.CreateWorker{
		FriendlyName: "Bob", ActivitySID: w.away,
	}).Entity.(*taskrouter.Worker).SID
	two := 2
	w.queue = w.do(routing.CreateTaskQueue{
		FriendlyName: "Everybody", MaxReservedWorkers: &two,
	}).Entity.(*taskrouter.TaskQueue).SID
	w.workflow = w.do(routing.CreateWorkflow{
		FriendlyName: "Straight",
		Configuration: `{"task_routing":{"default_filter":{"queue":"` +
			string(w.queue) + `"}}}`,
	}).Entity.(*taskrouter.Workflow).SID
	w.aliceRaw = w.token(string(w.alice), time.Hour)
	w.bobRaw = w.token(string(w.bob), time.Hour)
	w.workspaceRaw = w.token(string(w.ws), time.Hour)
}

// do carries a command out in the name of the account.
func (w *world) do(c routing.Command) engine.Result {
	w.t.Helper()
	r, err := w.engine.Submit(w.ctx, engine.Command{Workspace: w.ws, From: w.as, Do: c})
	if err != nil {
		w.t.Fatalf("%T: %v", c, err)
	}
	return r
}

// task makes a task and returns it with the reservations that it got at once.
func (w *world) task() (taskrouter.TaskSID, []*taskrouter.Reservation) {
	w.t.Helper()
	r := w.do(routing.CreateTask{WorkflowSID: w.workflow, Attributes: `{"topic":"leaves"}`})
	sid := r.Entity.(*taskrouter.Task).SID
	return sid, w.reservations(sid)
}

func (w *world) reservations(task taskrouter.TaskSID) (list []*taskrouter.Reservation) {
	w.t.Helper()
	err := w.engine.View(w.ctx, w.as, w.ws, func(st *routing.State) {
		list = st.TaskReservations(task)
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return list
}

func (w *world) worker(sid taskrouter.WorkerSID) (found *taskrouter.Worker) {
	w.t.Helper()
	err := w.engine.View(w.ctx, w.as, w.ws, func(st *routing.State) { found = st.Worker(sid) })
	if err != nil {
		w.t.Fatal(err)
	}
	return found
}

// answer moves a reservation on.
func (w *world) answer(r *taskrouter.Reservation, status taskrouter.ReservationStatus) {
	w.t.Helper()
	w.do(routing.UpdateReservation{SID: r.SID, Status: status})
}

// grant is every right that a channel can have.
func (w *world) grant(channel string) *token.Grant {
	g := &token.Grant{
		Account: account, Workspace: string(w.ws), Channel: channel,
		FetchSubresources: true, Update: true, UpdateSubresources: true,
		Delete: true, DeleteSubresources: true,
	}
	g.UpdateReservations = strings.HasPrefix(channel, "WK")
	return g
}

func (w *world) token(channel string, life time.Duration) string {
	w.t.Helper()
	return w.mint(w.grant(channel).Claims(life))
}

func (w *world) mint(c token.Claims) string {
	w.t.Helper()
	raw, err := token.Mint(secret, c)
	if err != nil {
		w.t.Fatal(err)
	}
	return raw
}

func (w *world) path(channel string) string { return "/v1/wschannels/" + account + "/" + channel }

func (w *world) workerURL(sid taskrouter.WorkerSID) string {
	return "https://taskrouter.twilio.com/v1/Workspaces/" + string(w.ws) + "/Workers/" + string(sid)
}

func (w *world) reservationURL(r *taskrouter.Reservation) string {
	return "Workspaces/" + string(w.ws) + "/Tasks/" + string(r.TaskSID) +
		"/Reservations/" + string(r.SID)
}

// An object is a JSON object.
type object = map[string]any

// A reply is what a request was answered with.
type reply struct {
	status int
	header http.Header
	body   string
}

// field returns a value from the body, by its keys.
func (r reply) field(keys ...string) any {
	var v any
	_ = json.Unmarshal([]byte(r.body), &v)
	for _, k := range keys {
		o, _ := v.(object)
		v = o[k]
	}
	return v
}

// send makes a request of any kind. The content type "upgrade" makes it a handshake.
func (w *world) send(method, path, contentType, body string) reply {
	w.t.Helper()
	r, err := http.NewRequest(method, "http://"+host+path, strings.NewReader(body))
	if err != nil {
		w.t.Fatal(err)
	}
	switch contentType {
	case "":
	case "upgrade":
		r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	default:
		r.Header.Set("Content-Type", contentType)
	}
	resp, err := w.client.Do(r)
	if err != nil {
		w.t.Fatal(err)
	}
	defer resp.Body.Close()
	text, err := io.ReadAll(resp.Body)
	if err != nil {
		w.t.Fatal(err)
	}
	return reply{resp.StatusCode, resp.Header, string(text)}
}

// post sends an envelope through Alice's channel.
func (w *world) post(envelope object) reply {
	w.t.Helper()
	if _, ok := envelope["token"]; !ok {
		envelope["token"] = w.aliceRaw
	}
	body, err := json.Marshal(envelope)
	if err != nil {
		w.t.Fatal(err)
	}
	return w.send("POST", w.path(string(w.alice)), "text/plain;charset=UTF-8", string(body))
}

// A page is a client of a socket.
type page struct {
	gws.BuiltinEventHandler
	t      testing.TB
	conn   *gws.Conn
	frames chan string // all but the heartbeats
	beats  chan time.Time
	binary chan struct{}
	end    chan *gws.CloseError
	mute   atomic.Bool // does not answer pings
}

// OnMessage files what came.
func (p *page) OnMessage(_ *gws.Conn, m *gws.Message) {
	defer m.Close()
	switch text := m.Data.String(); {
	case m.Opcode != gws.OpcodeText:
		close(p.binary)
	case strings.TrimSpace(text) == "":
		p.beats <- time.Now()
	default:
		p.frames <- text
	}
}

// OnPing answers as a browser does.
func (p *page) OnPing(conn *gws.Conn, payload []byte) {
	if !p.mute.Load() {
		_ = conn.WritePong(payload)
	}
}

// OnClose keeps code and reason.
func (p *page) OnClose(_ *gws.Conn, err error) {
	var end *gws.CloseError
	if !errors.As(err, &end) {
		end = &gws.CloseError{Code: 1006, Reason: []byte(err.Error())}
	}
	p.end <- end
}

// connect opens a socket; query is added to the URL. The token of Alice is used unless the
// query has one.
func (w *world) connect(channel, query string) *page {
	w.t.Helper()
	p, resp, err := w.dial(channel, query, nil)
	if err != nil {
		w.t.Fatalf("connect: %v %v", err, resp)
	}
	w.t.Cleanup(func() { _ = p.conn.NetConn().Close() })
	return p
}

func (w *world) dial(channel, query string, header http.Header) (*page, *http.Response, error) {
	q, err := url.ParseQuery(query)
	if err != nil {
		w.t.Fatal(err)
	}
	if !q.Has("token") && header == nil {
		q.Set("token", map[string]string{
			string(w.alice): w.aliceRaw, string(w.bob): w.bobRaw, string(w.ws): w.workspaceRaw,
		}[channel])
	}
	p := &page{
		t:      w.t,
		frames: make(chan string, 10_000),
		beats:  make(chan time.Time, 10_000),
		binary: make(chan struct{}),
		end:    make(chan *gws.CloseError, 1),
	}
	conn, err := w.listener.dial()
	if err != nil {
		return nil, nil, err
	}
	socket, resp, err := gws.NewClientFromConn(p, &gws.ClientOption{
		Addr:          "ws://" + host + w.path(channel) + "?" + q.Encode(),
		RequestHeader: header,
	}, conn)
	if err != nil {
		return nil, resp, err
	}
	p.conn = socket
	go socket.ReadLoop()
	return p, resp, nil
}

// next returns the next frame: its type and payload.
func (p *page) next() (event string, payload object) {
	p.t.Helper()
	select {
	case text := <-p.frames:
		var f struct {
			EventType string `json:"event_type"`
			Payload   object `json:"payload"`
		}
		if err := json.Unmarshal([]byte(text), &f); err != nil {
			p.t.Fatalf("frame %s: %v", text, err)
		}
		return f.EventType, f.Payload
	case end := <-p.end:
		p.t.Fatalf("want a frame, got the end: %v", end)
	case <-time.After(5 * time.Second):
		p.t.Fatal("want a frame, none came")
	}
	return "", nil
}

// wants reads frames of the given types, in that order.
func (p *page) wants(events ...string) {
	p.t.Helper()
	for _, want := range events {
		if got, _ := p.next(); got != want {
			p.t.Fatalf("got frame %s, want %s", got, want)
		}
	}
}

// silent fails if a frame is there already.
func (p *page) silent() {
	p.t.Helper()
	select {
	case text := <-p.frames:
		p.t.Fatalf("got frame %s, want none", text)
	default:
	}
}

// ends waits for the close and checks its code.
func (p *page) ends(code uint16) string {
	p.t.Helper()
	select {
	case end := <-p.end:
		if end.Code != code {
			p.t.Fatalf("socket ended with %d %q, want %d", end.Code, end.Reason, code)
		}
		return string(end.Reason)
	case <-time.After(2 * time.Minute):
		p.t.Fatalf("socket is open, want it to end with %d", code)
	}
	return ""
}

// open fails if the socket has ended.
func (p *page) open() {
	p.t.Helper()
	select {
	case end := <-p.end:
		p.t.Fatalf("socket ended with %d %q, want it open", end.Code, end.Reason)
	default:
	}
}

// A dialer is a listener that can be reached without an address.
type dialer interface {
	net.Listener
	dial() (net.Conn, error)
}

// A tcp is a real listener on the loopback.
type tcp struct{ net.Listener }

func newTCP(t testing.TB) tcp {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return tcp{l}
}

func (l tcp) dial() (net.Conn, error) { return net.Dial("tcp", l.Addr().String()) }

// A listener serves connections in memory.
type listener struct {
	conns  chan net.Conn
	closed chan struct{}
	once   sync.Once
}

func newListener() *listener {
	return &listener{conns: make(chan net.Conn), closed: make(chan struct{})}
}

// Accept is part of [net.Listener].
func (l *listener) Accept() (net.Conn, error) {
	select {
	case c := <-l.conns:
		return c, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// Close is part of [net.Listener].
func (l *listener) Close() error {
	l.once.Do(func() { close(l.closed) })
	return nil
}

// Addr is part of [net.Listener].
func (l *listener) Addr() net.Addr { return &net.UnixAddr{Name: host, Net: "memory"} }

func (l *listener) dial() (net.Conn, error) {
	ours, theirs := net.Pipe()
	select {
	case l.conns <- theirs:
		return ours, nil
	case <-l.closed:
		return nil, net.ErrClosed
	}
}

// rest stands for the REST API: enough of it to cause changes, and otherwise an echo of the
// request, so that tests see what reached it.
type rest struct {
	engine *engine.Engine
	// before and after, if set, run around a request that changes something.
	before, after func()
}

// ServeHTTP serves a request in the name of the principal in its context.
func (a *rest) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	from, ok := engine.PrincipalFrom(r.Context())
	if !ok {
		w.WriteHeader(http.StatusUnauthorized)
		return
	}
	parts := strings.Split(strings.TrimPrefix(r.URL.Path, "/v1/Workspaces/"), "/")
	query := r.URL.RawQuery
	if err := r.ParseForm(); err != nil {
		w.WriteHeader(http.StatusBadRequest)
		return
	}
	status := r.PostForm.Get("ReservationStatus")
	activity := taskrouter.ActivitySID(r.PostForm.Get("ActivitySid"))
	ws := taskrouter.WorkspaceSID(parts[0])
	switch {
	case r.Method == "POST" && len(parts) == 5 && parts[3] == "Reservations" && status != "":
		a.change(w, r, ws, from, routing.UpdateReservation{
			SID: taskrouter.ReservationSID(parts[4]), Status: taskrouter.ReservationStatus(status),
		})
	case r.Method == "POST" && len(parts) == 3 && parts[1] == "Workers" && activity != "":
		a.change(w, r, ws, from, routing.UpdateWorker{
			SID: taskrouter.WorkerSID(parts[2]), ActivitySID: &activity,
		})
	case r.Method == "POST" && r.PostForm.Has("Created"):
		w.WriteHeader(http.StatusCreated)
		_, _ = io.WriteString(w, `{"sid":"WT1"}`)
	case r.Method == "DELETE":
		w.WriteHeader(http.StatusNoContent)
	case strings.HasSuffix(r.URL.Path, "/Statistics"):
		w.WriteHeader(http.StatusInternalServerError)
		_, _ = io.WriteString(w, `{"code":20500,"message":"log: RQ1","status":500}`)
	case strings.HasSuffix(r.URL.Path, "/Events"):
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(http.StatusTooManyRequests)
		_, _ = io.WriteString(w, `{"code":20429,"message":"slow down","status":429}`)
	default:
		_ = json.NewEncoder(w).Encode(object{
			"method": r.Method, "path": r.URL.Path, "query": query, "form": r.PostForm,
			"host": r.Host, "if_match": r.Header.Get("If-Match"),
			"actor": from.Actor.Type + " " + from.Actor.SID, "channel": from.Channel,
		})
	}
}

func (a *rest) change(
	w http.ResponseWriter, r *http.Request, ws taskrouter.WorkspaceSID, from engine.Principal,
	c routing.Command,
) {
	if a.before != nil {
		a.before()
	}
	_, err := a.engine.Submit(r.Context(), engine.Command{Workspace: ws, From: from, Do: c})
	if a.after != nil {
		a.after()
	}
	if err != nil {
		p := wire.ProblemOf(err)
		w.WriteHeader(p.Status)
		_, _ = w.Write(p.Append(nil))
		return
	}
	_, _ = io.Copy(w, bytes.NewBufferString(`{"done":true}`))
}
