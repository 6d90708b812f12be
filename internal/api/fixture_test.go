package api_test

import (
	"context"
	"encoding/json"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/api"
	"taskrouter/internal/api/apitest"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/stats"
	"taskrouter/internal/store"
)

const (
	account      = taskrouter.AccountSID("ACaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa")
	otherAccount = taskrouter.AccountSID("ACbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb")
	password     = "secret"
)

// A world is an engine on a real store with the API before it. Every test has workspaces of
// its own in it.
type world struct {
	engine  *engine.Engine
	server  http.Handler // every answer is held against the description
	events  *recorder
	store   store.Store
	dir     string
	stop    func() // ends the readers of the journal
	running sync.WaitGroup
	closing sync.Once
}

func newWorld(t testing.TB, change ...func(*api.Options)) *world {
	t.Helper()
	w := openWorld(t, t.TempDir(), ticking(), change...)
	t.Cleanup(func() { w.close(t) })
	return w
}

// openWorld opens a world on the store in dir, which the caller closes.
func openWorld(
	t testing.TB, dir string, clock func() time.Time, change ...func(*api.Options),
) *world {
	t.Helper()
	st, err := store.OpenSQLite(t.Context(), dir, store.Options{})
	if err != nil {
		t.Fatal(err)
	}
	e, err := engine.Open(t.Context(), st, engine.Options{Now: clock})
	if err != nil {
		t.Fatal(err)
	}
	w := &world{engine: e, store: st, dir: dir,
		events: &recorder{byWorkspace: map[taskrouter.WorkspaceSID][]string{}}}
	e.Subscribe("test", w.events.publish)
	projector := engine.NewProjector(e)
	reader := stats.New(e, st, stats.Options{Now: clock})
	ctx, stop := context.WithCancel(context.Background())
	w.stop = stop
	for _, run := range []func(context.Context) error{projector.Run, reader.Run} {
		w.running.Go(func() {
			if err := run(ctx); err != nil {
				t.Error(err)
			}
		})
	}
	options := api.Options{
		Engine:     e,
		Accounts:   authenticate,
		History:    engine.NewHistory(e, projector),
		Statistics: reader,
		Logger:     slog.New(slog.DiscardHandler),
		Now:        clock,
	}
	for _, c := range change {
		c(&options)
	}
	w.server = api.New(options)
	return w
}

// close stops the engine and closes the store. Closing again is harmless.
func (w *world) close(t testing.TB) {
	w.closing.Do(func() {
		ctx, cancel := context.WithTimeout(context.Background(), time.Minute)
		defer cancel()
		if err := w.engine.Shutdown(ctx); err != nil {
			t.Error(err)
		}
		w.stop()
		w.running.Wait()
		if err := w.store.Close(); err != nil {
			t.Error(err)
		}
	})
}

// ticking returns the clock, made to go on with each look, so that no two changes have one time.
func ticking() func() time.Time {
	var mu sync.Mutex
	var last time.Time
	return func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		now := time.Now()
		if least := last.Add(time.Millisecond); now.Before(least) {
			now = least
		}
		last = now
		return now
	}
}

func authenticate(_ context.Context, user, given string) (taskrouter.AccountSID, bool) {
	sid := taskrouter.AccountSID(user)
	return sid, given == password && (sid == account || sid == otherAccount)
}

// A recorder keeps the types of all events, by workspace.
type recorder struct {
	mu          sync.Mutex
	byWorkspace map[taskrouter.WorkspaceSID][]string
}

func (r *recorder) publish(p engine.Publication) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, c := range p.Changes {
		for _, e := range c.Events {
			r.byWorkspace[p.Workspace] = append(r.byWorkspace[p.Workspace], string(e.Type))
		}
	}
}

// take returns the events of the workspace since the last call.
func (r *recorder) take(ws taskrouter.WorkspaceSID) []string {
	r.mu.Lock()
	defer r.mu.Unlock()
	list := r.byWorkspace[ws]
	delete(r.byWorkspace, ws)
	return list
}

// A client talks to one workspace of the world. It knows what is in it by short names, which
// stand in braces in paths, parameters and expectations: {ws}, {alice}, {queue}.
type client struct {
	*world
	testing.TB
	ws    taskrouter.WorkspaceSID
	names map[string]string
}

// client makes a workspace with one worker, one queue and one workflow:
//
//	{alice}      a worker with skill sales, level 5, in {offline}, {available} or {unavailable}
//	{queue}      named Everyone, for all workers
//	{workflow}   named First, default filter to {queue}
//	{foreign}    a workspace of another account
//
// Names that start with "no-" are SIDs of nothing: {no-worker}, {no-task}, and so on.
func (w *world) client(t testing.TB) *client {
	t.Helper()
	c := &client{world: w, TB: t, names: map[string]string{
		"account": string(account), "other-account": string(otherAccount),
	}}
	for name, prefix := range map[string]string{
		"ws": "WS", "activity": "WA", "worker": "WK", "channel": "TC", "queue": "WQ",
		"workflow": "WW", "task": "WT", "reservation": "WR", "worker-channel": "WC",
	} {
		c.names["no-"+name] = prefix + strings.Repeat("0", 32)
	}
	c.name("foreign", c.as(otherAccount, "POST", "/v1/Workspaces", "FriendlyName=Foreign"), "sid")
	made := c.create("ws", "", "FriendlyName=Test")
	c.ws = taskrouter.WorkspaceSID(c.names["ws"])
	c.names["offline"] = made["default_activity_sid"].(string)
	for _, a := range c.list("/Activities", "activities") {
		c.names[strings.ToLower(a["friendly_name"].(string))] = a["sid"].(string)
	}
	for _, ch := range c.list("/TaskChannels", "channels") {
		c.names[ch["unique_name"].(string)] = ch["sid"].(string)
	}
	c.create("alice", "/Workers", `FriendlyName=Alice&ActivitySid={available}`+
		`&Attributes={"skill":"sales","level":5}`)
	c.create("queue", "/TaskQueues", "FriendlyName=Everyone")
	c.create("workflow", "/Workflows", `FriendlyName=First&Configuration=`+
		`{"task_routing":{"default_filter":{"queue":"{queue}"}}}`)
	c.quiet()
	return c
}

// expand puts SIDs in the place of names.
func (c *client) expand(s string) string {
	for name, sid := range c.names {
		s = strings.ReplaceAll(s, "{"+name+"}", sid)
	}
	return s
}

// name remembers a SID from the body of an answer.
func (c *client) name(name string, a answer, key string) {
	c.Helper()
	v, ok := a.json(c)[key].(string)
	if !ok {
		c.Fatalf("no %s in %s", key, a.body)
	}
	c.names[name] = v
}

// create makes something under the workspace that must succeed, and remembers its SID.
func (c *client) create(name, path, form string) map[string]any {
	c.Helper()
	path = "/v1/Workspaces" + strings.TrimSuffix("/{ws}"+path, "/{ws}")
	a := c.do("POST", path, form)
	if a.status != http.StatusCreated {
		c.Fatalf("create %s: %d %s", name, a.status, a.body)
	}
	c.name(name, a, "sid")
	return a.json(c)
}

// list returns the items of a list's first page.
func (c *client) list(path, key string) []map[string]any {
	c.Helper()
	a := c.do("GET", "/v1/Workspaces/{ws}"+path, "")
	if a.status != http.StatusOK {
		c.Fatalf("list %s: %d %s", path, a.status, a.body)
	}
	return items(c, a, key)
}

func items(t testing.TB, a answer, key string) []map[string]any {
	t.Helper()
	list, ok := a.json(t)[key].([]any)
	if !ok {
		t.Fatalf("no %s in %s", key, a.body)
	}
	var out []map[string]any
	for _, item := range list {
		out = append(out, item.(map[string]any))
	}
	return out
}

// quiet waits for what earlier requests caused and forgets it.
func (c *client) quiet() { c.caused() }

// caused returns the types of the events since the last look, in order.
func (c *client) caused() []string {
	// A view is answered after everything before it was published. It fails if the workspace
	// is gone; the last publication came before that answer, too.
	_ = c.engine.View(c.Context(), engine.Principal{Account: account}, c.ws, func(*routing.State) {})
	return c.events.take(c.ws)
}

// An answer is what a request got.
type answer struct {
	status int
	header http.Header
	body   string
}

func (a answer) json(t testing.TB) map[string]any {
	t.Helper()
	var v map[string]any
	if err := json.Unmarshal([]byte(a.body), &v); err != nil {
		t.Fatalf("%v in %s", err, a.body)
	}
	return v
}

// do sends a request of the account. form is "Name=value&Name=value" in plain text: values are
// escaped here, names are expanded. Headers come in pairs.
func (c *client) do(method, path, form string, header ...string) answer {
	c.Helper()
	return c.as(account, method, path, form, header...)
}

func (c *client) as(user taskrouter.AccountSID, method, path, form string, header ...string) answer {
	c.Helper()
	path = c.expand(path)
	var body io.Reader
	if method == http.MethodPost {
		body = strings.NewReader(escape(c.expand(form)))
	} else if form != "" {
		path += "?" + escape(c.expand(form))
	}
	r := httptest.NewRequestWithContext(c.Context(), method, "http://router.test"+path, body)
	r.SetBasicAuth(string(user), password)
	if method == http.MethodPost {
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	}
	for i := 0; i < len(header); i += 2 {
		r.Header.Set(header[i], header[i+1])
	}
	return c.send(r)
}

// send sends a request as it is.
func (c *client) send(r *http.Request) answer {
	c.Helper()
	rec := httptest.NewRecorder()
	apitest.Handler(c.TB, c.server).ServeHTTP(rec, r)
	return answer{rec.Code, rec.Header(), rec.Body.String()}
}

// escape writes a form's plain text as it travels.
func escape(form string) string {
	if form == "" {
		return ""
	}
	var parts []string
	for part := range strings.SplitSeq(form, "&") {
		name, value, _ := strings.Cut(part, "=")
		parts = append(parts, url.QueryEscape(name)+"="+url.QueryEscape(value))
	}
	return strings.Join(parts, "&")
}

// A scenario is one request, its answer, and the events it caused. Braces hold names.
type scenario struct {
	name   string
	before func(*client) // what has to be there first
	method string        // GET if empty
	path   string        // below the workspace; a path that starts with /v1 is whole
	form   string
	header []string // pairs

	status int      // 200 if zero
	code   int      // of an error
	want   []string // parts of the body
	lacks  []string // parts that are not in the body
	events []string // types, in order
	after  func(*client, answer)
}

// run runs each scenario in a workspace of its own.
func run(t *testing.T, w *world, scenarios []scenario) {
	for _, s := range scenarios {
		t.Run(s.name, func(t *testing.T) {
			t.Parallel()
			c := w.client(t)
			if s.before != nil {
				s.before(c)
				c.quiet()
			}
			s.check(c)
		})
	}
}

func (s *scenario) check(c *client) {
	c.Helper()
	method, path, status := s.method, s.path, s.status
	if method == "" {
		method = http.MethodGet
	}
	if status == 0 {
		status = http.StatusOK
	}
	if !strings.HasPrefix(path, "/v1") {
		path = "/v1/Workspaces/{ws}" + path
	}
	header := slices.Clone(s.header)
	for i := range header {
		header[i] = c.expand(header[i])
	}
	a := c.do(method, path, s.form, header...)
	if a.status != status {
		c.Errorf("status %d, want %d: %s", a.status, status, a.body)
	}
	if s.code != 0 {
		if got := a.json(c)["code"]; got != float64(s.code) {
			c.Errorf("code %v, want %d: %s", got, s.code, a.body)
		}
	}
	for _, part := range s.want {
		if part = c.expand(part); !strings.Contains(a.body, part) {
			c.Errorf("body lacks %s:\n%s", part, a.body)
		}
	}
	for _, part := range s.lacks {
		if part = c.expand(part); strings.Contains(a.body, part) {
			c.Errorf("body holds %s:\n%s", part, a.body)
		}
	}
	if diff := cmp.Diff(s.events, c.caused()); diff != "" {
		c.Errorf("events (-want +got):\n%s", diff)
	}
	if s.after != nil {
		s.after(c, a)
	}
}

// task has a task made that alice is offered, {task}, and remembers the offer, {reservation}.
func task(c *client) {
	c.Helper()
	c.create("task", "/Tasks", `WorkflowSid={workflow}&Attributes={"type":"sales"}`)
	list := c.list("/Tasks/{task}/Reservations", "reservations")
	if len(list) != 1 {
		c.Fatalf("%d reservations, want 1", len(list))
	}
	c.names["reservation"] = list[0]["sid"].(string)
}

// accepted has alice accept it, too.
func accepted(c *client) {
	c.Helper()
	task(c)
	must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}",
		"ReservationStatus=accepted")
}

// must sends a request that has to succeed.
func must(c *client, method, path, form string) answer {
	c.Helper()
	a := c.do(method, path, form)
	if a.status >= 300 {
		c.Fatalf("%s %s: %d %s", method, path, a.status, a.body)
	}
	return a
}
