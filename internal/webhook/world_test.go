package webhook

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	twilio "github.com/twilio/twilio-go/client"
	"go.uber.org/goleak"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/store"
	"taskrouter/token"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

const (
	testAccount = taskrouter.AccountSID("AC00000000000000000000000000000001")
	secret      = "0123456789abcdef0123456789abcdef"
)

var (
	alice    = engine.Principal{Account: testAccount, Actor: taskrouter.Actor{Type: "account"}}
	loopback = []netip.Prefix{netip.MustParsePrefix("127.0.0.0/8")}
)

// A world is a messenger on a real engine and store, with a workspace in which a worker takes
// every task.
type world struct {
	*Messenger
	t      testing.TB
	dir    string
	store  store.Store
	engine *engine.Engine
	log    *logText
	o      Options
	stop   func()

	ws       taskrouter.WorkspaceSID
	queue    taskrouter.TaskQueueSID
	worker   taskrouter.WorkerSID
	idle     taskrouter.ActivitySID // available
	offline  taskrouter.ActivitySID
	workflow taskrouter.WorkflowSID // without callbacks
}

// newWorld makes a workspace with this event callback URL, or none.
func newWorld(t testing.TB, o Options, events string) *world {
	w := &world{t: t, dir: t.TempDir(), o: o, log: new(logText)}
	w.open()
	w.furnish(events)
	return w
}

// open starts store, engine and messenger.
func (w *world) open() {
	w.t.Helper()
	w.openStore(w.dir)
	w.start()
}

func (w *world) openStore(dir string) {
	st, err := store.OpenSQLite(w.t.Context(), dir, store.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	w.store = st
	w.engine, err = engine.Open(w.t.Context(), st, engine.Options{})
	if err != nil {
		w.t.Fatal(err)
	}
	e := w.engine
	w.t.Cleanup(func() {
		if err := e.Shutdown(context.Background()); err != nil {
			w.t.Errorf("shut down: %v", err)
		}
		if err := st.Close(); err != nil {
			w.t.Errorf("close store: %v", err)
		}
	})
}

// start starts a messenger that is stopped at the end of the test.
func (w *world) start() {
	w.t.Helper()
	o := w.o
	o.Engine, o.Store = w.engine, w.store
	o.Key = func(a taskrouter.AccountSID) string {
		if a == testAccount {
			return secret
		}
		return "another secret"
	}
	if o.Allow == nil {
		o.Allow = loopback
	}
	if o.Logger == nil {
		o.Logger = slog.New(slog.NewTextHandler(w.log, &slog.HandlerOptions{
			Level: slog.LevelDebug,
		}))
	}
	if o.FirstPause == 0 {
		o.FirstPause = time.Millisecond
	}
	m := New(o)
	ctx, cancel := context.WithCancel(context.Background())
	ran := make(chan error, 1)
	go func() { ran <- m.Run(ctx) }()
	w.Messenger = m
	w.stop = sync.OnceFunc(func() {
		cancel()
		if err := <-ran; err != nil {
			w.t.Errorf("run: %v", err)
		}
	})
	w.t.Cleanup(w.stop)
}

// restart stops everything in good order and starts it on the same files.
func (w *world) restart() {
	w.t.Helper()
	w.shutDown()
	w.open()
}

func (w *world) shutDown() {
	w.t.Helper()
	w.stop()
	if err := w.engine.Shutdown(w.t.Context()); err != nil {
		w.t.Fatal(err)
	}
	if err := w.store.Close(); err != nil {
		w.t.Fatal(err)
	}
}

func (w *world) furnish(events string) {
	w.t.Helper()
	r, err := w.engine.Create(w.t.Context(), alice, routing.CreateWorkspace{
		FriendlyName: "Support", MultiTaskEnabled: true, EventCallbackURL: events,
	})
	if err != nil {
		w.t.Fatal(err)
	}
	w.ws = r.Entity.(*taskrouter.Workspace).SID
	for _, a := range r.Catalog.Activities() {
		if a.Available {
			w.idle = a.SID
		} else if w.offline == "" {
			w.offline = a.SID
		}
	}
	w.queue = w.must(routing.CreateTaskQueue{FriendlyName: "Everyone"}).
		Entity.(*taskrouter.TaskQueue).SID
	w.workflow = w.newWorkflow("", "")
	w.worker = w.must(routing.CreateWorker{
		FriendlyName: "Alice", ActivitySID: w.idle, Attributes: `{"contact_uri":"client:alice"}`,
	}).Entity.(*taskrouter.Worker).SID
	capacity := 30_000
	w.must(routing.UpdateWorkerChannel{Worker: w.worker, Channel: "default", Capacity: &capacity})
}

// newWorkflow makes a workflow with these callback URLs.
func (w *world) newWorkflow(callback, fallback string) taskrouter.WorkflowSID {
	w.t.Helper()
	return w.must(routing.CreateWorkflow{
		FriendlyName: "Flow " + callback + fallback,
		Configuration: fmt.Sprintf(
			`{"task_routing":{"default_filter":{"queue":"%s"}}}`, w.queue),
		AssignmentCallbackURL: callback, FallbackAssignmentCallbackURL: fallback,
	}).Entity.(*taskrouter.Workflow).SID
}

func (w *world) must(do routing.Command) engine.Result {
	w.t.Helper()
	r, err := w.engine.Submit(w.t.Context(), engine.Command{Workspace: w.ws, From: alice, Do: do})
	if err != nil {
		w.t.Fatalf("%T: %v", do, err)
	}
	return r
}

func (w *world) setEvents(address, filter string) {
	w.t.Helper()
	w.must(routing.UpdateWorkspace{EventCallbackURL: &address, EventsFilter: &filter})
}

// newTask makes a task and returns it with its offer.
func (w *world) newTask(in taskrouter.WorkflowSID, attributes string) *taskrouter.Reservation {
	w.t.Helper()
	r := w.must(routing.CreateTask{WorkflowSID: in, Attributes: attributes})
	for _, e := range r.Change.Events {
		if e.Type == taskrouter.EventReservationCreated {
			return e.Reservation
		}
	}
	w.t.Fatal("the task was not offered to anybody")
	return nil
}

// reservation is how a reservation stands.
func (w *world) reservation(sid taskrouter.ReservationSID) (r taskrouter.Reservation) {
	w.t.Helper()
	err := w.engine.View(w.t.Context(), alice, w.ws, func(s *routing.State) {
		if v := s.Reservation(sid); v != nil {
			r = *v
		}
	})
	if err != nil {
		w.t.Fatal(err)
	}
	return r
}

func (w *world) answer(sid taskrouter.ReservationSID, status taskrouter.ReservationStatus) {
	w.t.Helper()
	w.must(routing.UpdateReservation{SID: sid, Status: status})
}

// alerts are all alerts of the workspace, oldest first.
func (w *world) alerts() (all []taskrouter.Alert) {
	w.t.Helper()
	for part, err := range w.engine.Read(w.t.Context(), w.ws, 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range part.Changes {
			all = append(all, c.Alerts...)
		}
	}
	return all
}

// events are the SIDs of all events of the workspace with one of the types, or of any type.
func (w *world) events(types ...taskrouter.EventType) (all []string) {
	w.t.Helper()
	for part, err := range w.engine.Read(w.t.Context(), w.ws, 0) {
		if err != nil {
			w.t.Fatal(err)
		}
		for _, c := range part.Changes {
			for _, e := range c.Events {
				if len(types) == 0 || slices.Contains(types, e.Type) {
					all = append(all, string(e.SID))
				}
			}
		}
	}
	return all
}

// until waits for something that follows from what was done.
func until(t testing.TB, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

// A receiver is an application that gets callbacks.
type receiver struct {
	*httptest.Server
	t testing.TB

	mu       sync.Mutex
	requests []url.Values
	do       func(http.ResponseWriter, *http.Request, url.Values) // nil: 204
}

// newReceiver starts an application; every request must have the right signature.
func newReceiver(
	t testing.TB, do func(http.ResponseWriter, *http.Request, url.Values),
) *receiver {
	r := &receiver{t: t, do: do}
	r.Server = httptest.NewServer(r)
	t.Cleanup(r.Close)
	return r
}

func (r *receiver) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return // the sender gave up
	}
	validator := twilio.NewRequestValidator(secret)
	address := "http://" + q.Host + q.URL.RequestURI()
	if !validator.ValidateBody(address, body, q.Header.Get(token.SignatureHeader)) {
		r.t.Errorf("the official validator refuses the signature of %s", address)
	}
	form, err := url.ParseQuery(string(body))
	if err != nil {
		r.t.Errorf("body: %v", err)
	}
	r.mu.Lock()
	r.requests = append(r.requests, form)
	do := r.do
	r.mu.Unlock()
	if do == nil {
		w.WriteHeader(http.StatusNoContent)
		return
	}
	do(w, q, form)
}

// behave changes what the application does.
func (r *receiver) behave(do func(http.ResponseWriter, *http.Request, url.Values)) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.do = do
}

// got are the values of a parameter in all requests so far.
func (r *receiver) got(name string) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	all := make([]string, len(r.requests))
	for i, q := range r.requests {
		all[i] = q.Get(name)
	}
	return all
}

func (r *receiver) count() int {
	r.mu.Lock()
	defer r.mu.Unlock()
	return len(r.requests)
}

// last is the newest request.
func (r *receiver) last() url.Values {
	r.mu.Lock()
	defer r.mu.Unlock()
	if len(r.requests) == 0 {
		return nil
	}
	return r.requests[len(r.requests)-1]
}

// says answers with JSON.
func says(body string) func(http.ResponseWriter, *http.Request, url.Values) {
	return func(w http.ResponseWriter, _ *http.Request, _ url.Values) {
		w.Header().Set("Content-Type", "application/json")
		io.WriteString(w, body)
	}
}

func status(code int) func(http.ResponseWriter, *http.Request, url.Values) {
	return func(w http.ResponseWriter, _ *http.Request, _ url.Values) { w.WriteHeader(code) }
}

// hangs answers when the sender has given up.
func hangs(_ http.ResponseWriter, q *http.Request, _ url.Values) { <-q.Context().Done() }

// logText is what was logged.
type logText struct {
	mu   sync.Mutex
	text strings.Builder
}

func (l *logText) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.Write(p)
}

func (l *logText) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.text.String()
}
