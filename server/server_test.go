package server_test

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/lxzan/gws"
	"go.uber.org/goleak"

	"taskrouter/internal/api/apitest"
	"taskrouter/internal/store"
	"taskrouter/server"
	"taskrouter/token"
)

// running is a server that runs until its test is over.
type running struct {
	*server.Server
	t    *testing.T
	http *http.Client
	stop context.CancelFunc
	done chan error // what Run returned
}

// run starts a server on free ports.
func run(t *testing.T, c server.Config) *running {
	t.Helper()
	c.Listen = "127.0.0.1:0"
	if c.InternalListen == "" {
		c.InternalListen = "127.0.0.1:0"
	}
	if c.DataDir == "" {
		c.DataDir = filepath.Join(t.TempDir(), "data")
	}
	s, err := server.New(c)
	if err != nil {
		t.Fatal(err)
	}
	transport := &http.Transport{}
	ctx, stop := context.WithCancel(t.Context())
	r := &running{
		Server: s, t: t, stop: stop, done: make(chan error, 1),
		http: &http.Client{Transport: transport, Timeout: 20 * time.Second},
	}
	go func() { r.done <- s.Run(ctx) }()
	t.Cleanup(func() {
		stop()
		transport.CloseIdleConnections()
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	})
	return r
}

// end stops the server in good order.
func (r *running) end() {
	r.t.Helper()
	r.stop()
	if err := <-r.done; err != nil {
		r.t.Errorf("run: %v", err)
	}
}

// ask sends a REST request with the server's account.
func (r *running) ask(method, path string, form ...string) (status int, body map[string]any) {
	r.t.Helper()
	account := r.Account()
	return r.askAs(string(account.SID), account.AuthToken, method, path, form...)
}

func (r *running) askAs(user, password, method, path string, form ...string) (
	int, map[string]any) {
	r.t.Helper()
	values := url.Values{}
	for i := 0; i < len(form); i += 2 {
		values.Set(form[i], form[i+1])
	}
	q, err := http.NewRequest(method, r.URL()+path, strings.NewReader(values.Encode()))
	if err != nil {
		r.t.Fatal(err)
	}
	q.SetBasicAuth(user, password)
	q.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	answer, err := r.http.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	apitest.Validate(r.t, q, answer, text)
	var body map[string]any
	if err := json.Unmarshal(text, &body); err != nil {
		r.t.Fatalf("%s %s: %s: %v", method, path, answer.Status, err)
	}
	return answer.StatusCode, body
}

// get reads an address.
func (r *running) get(address string, header ...string) (*http.Response, string) {
	r.t.Helper()
	q, err := http.NewRequest("GET", address, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	for i := 0; i < len(header); i += 2 {
		q.Header.Set(header[i], header[i+1])
	}
	answer, err := r.http.Do(q)
	if err != nil {
		r.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		r.t.Fatal(err)
	}
	return answer, string(body)
}

func TestPublicAddress(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{Version: "1.2.3"})
	tests := []struct {
		name, path, accept string
		status             int
		kind, contains     string
	}{
		{"front page for programs", "/", "", 200, "application/json; charset=utf-8",
			`"version":"1.2.3"`},
		{"front page for browsers", "/", "text/html", 200, "text/html; charset=utf-8",
			"/js/taskrouter/v1.21/taskrouter.min.js"},
		{"REST asks who it is", "/v1/Workspaces", "", 401, "application/json; charset=utf-8",
			`"code":20003`},
		{"no redirect of what REST does not know", "/v1//Workspaces", "", 401,
			"application/json; charset=utf-8", `"code":20003`},
		{"bridge wants a token", "/v1/wschannels/AC1/WK1", "", 401, "application/json",
			"code"},
		{"SDK", server.SDKPath, "", 200, "text/javascript; charset=utf-8", "TaskRouter"},
		{"agent page", "/agent/", "", 200, "text/html; charset=utf-8", "<!doctype html>"},
		{"agent page without slash", "/agent", "", 200, "text/html; charset=utf-8",
			"<!doctype html>"},
		{"other paths", "/nothing", "", 404, "application/json; charset=utf-8", `"code":20404`},
		{"health is internal", "/healthz", "", 404, "application/json; charset=utf-8", "20404"},
		{"metrics are internal", "/metrics", "", 404, "application/json; charset=utf-8",
			"20404"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			answer, body := r.get(r.URL()+tt.path, "Accept", tt.accept)
			if answer.StatusCode != tt.status {
				t.Errorf("got status %s, want %d", answer.Status, tt.status)
			}
			if got := answer.Header.Get("Content-Type"); !strings.HasPrefix(got, tt.kind) {
				t.Errorf("got Content-Type %q, want %q", got, tt.kind)
			}
			if !strings.Contains(strings.ToLower(body), strings.ToLower(tt.contains)) {
				t.Errorf("got body %.300s, want it to contain %q", body, tt.contains)
			}
			if got := answer.Header.Get("X-Content-Type-Options"); got != "nosniff" {
				t.Errorf("got X-Content-Type-Options %q, want nosniff", got)
			}
		})
	}
}

func TestAgentPageMayReachOnlyItsServer(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{})
	answer, _ := r.get(r.URL() + "/agent/")
	h := answer.Header
	for _, want := range []string{"default-src 'none'", "script-src 'self'",
		"connect-src 'self'", "frame-ancestors 'none'", "require-trusted-types-for 'script'"} {
		if got := h.Get("Content-Security-Policy"); !strings.Contains(got, want) {
			t.Errorf("got Content-Security-Policy %q, want it to contain %q", got, want)
		}
	}
	for name, want := range map[string]string{
		"Cross-Origin-Opener-Policy": "same-origin",
		"Referrer-Policy":            "no-referrer",
		"Permissions-Policy":         "microphone=(self), speaker-selection=(self)",
	} {
		if got := h.Get(name); got != want {
			t.Errorf("got %s %q, want %q", name, got, want)
		}
	}
}

func TestInternalAddress(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{})
	for path, want := range map[string]string{"/healthz": "ok\n", "/readyz": "ready\n"} {
		if answer, body := r.get(r.InternalURL() + path); answer.StatusCode != 200 || body != want {
			t.Errorf("%s: got %s %q, want 200 %q", path, answer.Status, body, want)
		}
	}
	r.ask("POST", "/v1/Workspaces", "FriendlyName", "one")
	r.get(r.URL() + "/v1/" + strings.Repeat("x", 30))
	_, body := r.get(r.InternalURL() + "/metrics")
	for _, want := range []string{
		`taskrouter_http_requests_total{method="POST",route="/v1/Workspaces",status="2xx"} 1`,
		`taskrouter_http_requests_total{method="GET",route="unrouted",status="4xx"} 1`,
		`taskrouter_http_request_duration_seconds_count{method="POST",route="/v1/Workspaces"} 1`,
		`taskrouter_workspaces_loaded 1`,
		`taskrouter_bridge_sockets 0`,
		`taskrouter_build_info{version="devel"} 1`,
		`go_goroutines `,
	} {
		if !strings.Contains(body, want) {
			t.Errorf("metrics do not contain %s", want)
		}
	}
}

func TestInternalAddressOff(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{InternalListen: server.Off})
	if got := r.InternalURL(); got != "" {
		t.Errorf("got internal URL %q, want none", got)
	}
	if answer, _ := r.get(r.URL()); answer.StatusCode != 200 {
		t.Errorf("got %s, want 200", answer.Status)
	}
}

func TestAccountStays(t *testing.T) {
	t.Parallel()
	dir := filepath.Join(t.TempDir(), "data")
	first := run(t, server.Config{DataDir: dir})
	made := first.Account()
	if !made.Created || len(made.SID) != 34 || len(made.AuthToken) != 32 {
		t.Errorf("got first account %+v, want a new one with a SID and a token", made)
	}
	info, err := os.Stat(dir)
	if err != nil {
		t.Fatal(err)
	}
	if got := info.Mode().Perm(); got != 0o700 {
		t.Errorf("got data directory with mode %o, want 700", got)
	}
	first.ask("POST", "/v1/Workspaces", "FriendlyName", "kept")
	first.end()

	second := run(t, server.Config{DataDir: dir})
	want := server.Account{SID: made.SID, AuthToken: made.AuthToken}
	if diff := cmp.Diff(want, second.Account()); diff != "" {
		t.Errorf("account after a restart (-want +got):\n%s", diff)
	}
	if _, body := second.ask("GET", "/v1/Workspaces"); !strings.Contains(fmt.Sprint(body), "kept") {
		t.Errorf("got workspaces %v, want the one made before the restart", body)
	}
	second.end()

	third := run(t, server.Config{DataDir: dir, AuthToken: "another-token"})
	if got := third.Account(); got.SID != made.SID || !got.Replaced {
		t.Errorf("got account %+v, want %s with its token replaced", got, made.SID)
	}
	old, _ := third.askAs(string(made.SID), made.AuthToken, "GET", "/v1/Workspaces")
	now, _ := third.ask("GET", "/v1/Workspaces")
	if old != 401 || now != 200 {
		t.Errorf("got status %d for the old token and %d for the new one, want 401, 200", old, now)
	}
}

func TestGivenAccount(t *testing.T) {
	t.Parallel()
	c := server.Config{
		AccountSID: "AC00000000000000000000000000000001",
		AuthToken:  "given",
	}
	r := run(t, c)
	want := server.Account{SID: c.AccountSID, AuthToken: "given", Created: true}
	if diff := cmp.Diff(want, r.Account()); diff != "" {
		t.Errorf("account (-want +got):\n%s", diff)
	}
	for _, tt := range []struct {
		name, user, password string
		want                 int
	}{
		{"right", string(c.AccountSID), "given", 200},
		{"wrong password", string(c.AccountSID), "give", 401},
		{"no password", string(c.AccountSID), "", 401},
		{"unknown user", "AC00000000000000000000000000000002", "given", 401},
	} {
		if got, _ := r.askAs(tt.user, tt.password, "GET", "/v1/Workspaces"); got != tt.want {
			t.Errorf("%s: got status %d, want %d", tt.name, got, tt.want)
		}
	}
}

func TestRefusedConfig(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		change func(*server.Config)
		want   string
	}{
		{"no data directory", func(c *server.Config) { c.DataDir = "" }, "data directory"},
		{"bad account", func(c *server.Config) { c.AccountSID = "AC12" }, "AC12"},
		{"blank in token", func(c *server.Config) { c.AuthToken = "a b" }, "auth token"},
		{"certificate alone", func(c *server.Config) { c.TLSCert = "cert.pem" }, "both"},
		{"certificate that is not there", func(c *server.Config) {
			c.TLSCert, c.TLSKey = "/no/cert.pem", "/no/key.pem"
		}, "/no/cert.pem"},
		{"public URL with a path", func(c *server.Config) {
			c.PublicURL = "https://example.com/router"
		}, "origin"},
		{"negative rate", func(c *server.Config) { c.RateLimit = -1 }, "rate limit"},
		{"no patience", func(c *server.Config) { c.RoutingTargetTimeout = time.Millisecond },
			"routing target timeout"},
		{"bad address", func(c *server.Config) { c.Listen = "nowhere" }, "nowhere"},
		{"bad network", func(c *server.Config) { c.CallbackAllow = "10.0.0.0/8,lan" }, `"lan"`},
		{"negative patience", func(c *server.Config) { c.CallbackGiveUp = -1 }, "giving events up"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := server.Config{Listen: "127.0.0.1:0", InternalListen: server.Off,
				DataDir: t.TempDir()}
			tt.change(&c)
			s, err := server.New(c)
			if err == nil {
				s.Close()
				t.Fatal("got no error")
			}
			if !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got error %q, want it to name %q", err, tt.want)
			}
		})
	}
}

func TestDataDirectoryInUse(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	run(t, server.Config{DataDir: dir})
	s, err := server.New(server.Config{Listen: "127.0.0.1:0", InternalListen: server.Off,
		DataDir: dir})
	if err == nil {
		s.Close()
		t.Fatal("two servers work in one data directory")
	}
	if !errors.Is(err, store.ErrInUse) || !strings.Contains(err.Error(), dir) {
		t.Errorf("got error %q, want one that says that %s is in use", err, dir)
	}
}

func TestAddressTaken(t *testing.T) {
	t.Parallel()
	other, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer other.Close()
	dir := t.TempDir()
	c := server.Config{Listen: other.Addr().String(), InternalListen: server.Off, DataDir: dir}
	_, err = server.New(c)
	taken, ok := errors.AsType[*server.AddressError](err)
	if !ok || !taken.Taken || taken.Address != c.Listen {
		t.Fatalf("got error %v, want one that says that %s is taken", err, c.Listen)
	}
	run(t, server.Config{DataDir: dir}) // the failed start kept nothing
}

func TestTwoServers(t *testing.T) {
	t.Parallel()
	a, b := run(t, server.Config{}), run(t, server.Config{})
	a.ask("POST", "/v1/Workspaces", "FriendlyName", "only here")
	if _, body := b.ask("GET", "/v1/Workspaces"); strings.Contains(fmt.Sprint(body), "only here") {
		t.Errorf("the second server shows a workspace of the first: %v", body)
	}
	account := a.Account()
	if got, _ := b.askAs(string(account.SID), account.AuthToken, "GET", "/v1/Workspaces"); got != 401 {
		t.Errorf("the second server answers the first one's account with %d, want 401", got)
	}
}

// TestDrain stops a server while a request is under way.
func TestDrain(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{})
	answers, finish := r.halfRequest()
	r.stop()
	await(t, "not ready", func() bool {
		answer, body := r.get(r.InternalURL() + "/readyz")
		return answer.StatusCode == 503 && body == "stopping\n"
	})
	await(t, "no new connections", func() bool {
		c, err := net.Dial("tcp", strings.TrimPrefix(r.URL(), "http://"))
		if err == nil {
			c.Close()
		}
		return err != nil
	})
	select {
	case err := <-r.done:
		t.Fatalf("stopped with %v while a request was under way", err)
	default:
	}
	finish()
	answer, err := http.ReadResponse(answers, nil)
	if err != nil {
		t.Fatal(err)
	}
	if answer.StatusCode != http.StatusCreated {
		t.Errorf("the request under way was answered with %s, want 201", answer.Status)
	}
	if err := <-r.done; err != nil {
		t.Errorf("run: %v", err)
	}
}

// TestShutdownTimeout stops a server while a request is under way that never ends.
func TestShutdownTimeout(t *testing.T) {
	t.Parallel()
	s, err := server.New(server.Config{Listen: "127.0.0.1:0", InternalListen: server.Off,
		DataDir: t.TempDir(), ShutdownTimeout: 50 * time.Millisecond})
	if err != nil {
		t.Fatal(err)
	}
	done := make(chan error)
	go func() { done <- s.Run(t.Context()) }()
	r := &running{Server: s, t: t}
	r.halfRequest()
	err = s.Close()
	if !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("close: got error %v, want that the deadline is over", err)
	}
	if text := err.Error(); !strings.Contains(text, "50ms") || strings.Contains(text, "context") ||
		strings.Contains(text, "\n") {
		t.Errorf("the error is no sentence for people: %s", text)
	}
	if again := s.Close(); again != err {
		t.Errorf("close again: got %v, want the same as before", again)
	}
	if ran := <-done; !errors.Is(ran, context.DeadlineExceeded) {
		t.Errorf("run: got error %v, want that the deadline is over", ran)
	}
}

// halfRequest sends the beginning of a request that creates a workspace; finish sends the rest.
func (r *running) halfRequest() (answers *bufio.Reader, finish func()) {
	r.t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(r.URL(), "http://"))
	if err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(func() { conn.Close() })
	account := r.Account()
	q, err := http.NewRequest("POST", r.URL()+"/v1/Workspaces", nil)
	if err != nil {
		r.t.Fatal(err)
	}
	q.SetBasicAuth(string(account.SID), account.AuthToken)
	fmt.Fprintf(conn, "POST /v1/Workspaces HTTP/1.1\r\nHost: test\r\nAuthorization: %s\r\n"+
		"Content-Type: application/x-www-form-urlencoded\r\nExpect: 100-continue\r\n"+
		"Content-Length: 17\r\n\r\n", q.Header.Get("Authorization"))
	// The server asks for the body once the request is under way.
	answers = bufio.NewReader(conn)
	answer, err := http.ReadResponse(answers, nil)
	if err != nil || answer.StatusCode != http.StatusContinue {
		r.t.Fatalf("got %v, %v, want to be asked for the body", answer, err)
	}
	return answers, func() { io.WriteString(conn, "FriendlyName=half") }
}

func TestCloseWithoutRun(t *testing.T) {
	t.Parallel()
	s, err := server.New(server.Config{Listen: "127.0.0.1:0", InternalListen: "127.0.0.1:0",
		DataDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if err := s.Close(); err != nil {
			t.Errorf("close: %v", err)
		}
	}
	if err := s.Run(t.Context()); err == nil {
		t.Error("a closed server runs")
	}
}

// TestNothingStays starts and stops a server that was used, and looks for goroutines left over.
func TestNothingStays(t *testing.T) {
	before := goleak.IgnoreCurrent()
	r := run(t, server.Config{})
	if _, err := r.Seed(t.Context()); err != nil {
		t.Fatal(err)
	}
	r.ask("GET", "/v1/Workspaces")
	r.end()
	r.http.CloseIdleConnections()
	goleak.VerifyNone(t, before)
}

func TestSeed(t *testing.T) {
	t.Parallel()
	dir := t.TempDir()
	first := run(t, server.Config{DataDir: dir})
	sample, err := first.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	first.end()
	r := run(t, server.Config{DataDir: dir})
	again, err := r.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(sample, again); diff != "" {
		t.Errorf("sample after a restart (-first +second):\n%s", diff)
	}

	ws := "/v1/Workspaces/" + string(sample.Workspace)
	alice := sample.Workers[0]
	r.available(ws, string(alice.SID))
	if status, body := r.ask("POST", ws+"/Tasks", "WorkflowSid", string(sample.Workflow),
		"Attributes", `{"type":"billing","language":"de"}`); status != 201 {
		t.Fatalf("create task: %d %v", status, body)
	}
	_, body := r.ask("GET", ws+"/Workers/"+string(alice.SID)+"/Reservations")
	if list := body["reservations"].([]any); len(list) != 1 {
		t.Errorf("Alice has %d reservations, want the one of the task she is right for", len(list))
	}
}

// available moves a worker to the available activity.
func (r *running) available(ws, worker string) {
	r.t.Helper()
	_, body := r.ask("GET", ws+"/Activities?Available=true")
	activity := body["activities"].([]any)[0].(map[string]any)["sid"].(string)
	if status, body := r.ask("POST", ws+"/Workers/"+worker, "ActivitySid", activity); status != 200 {
		r.t.Fatalf("change activity: %d %v", status, body)
	}
}

// TestSocketsAreToldToComeBack stops a server that a browser listens to.
func TestSocketsAreToldToComeBack(t *testing.T) {
	t.Parallel()
	r := run(t, server.Config{})
	sample, err := r.Seed(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	account := r.Account()
	worker := string(sample.Workers[0].SID)
	raw, err := token.WorkerGrant(string(account.SID), string(sample.Workspace), worker).
		Mint(account.AuthToken, time.Hour)
	if err != nil {
		t.Fatal(err)
	}
	page := &page{closed: make(chan uint16, 1)}
	socket, _, err := gws.NewClient(page, &gws.ClientOption{
		Addr: "ws" + strings.TrimPrefix(r.URL(), "http") + "/v1/wschannels/" +
			string(account.SID) + "/" + worker + "?token=" + raw,
	})
	if err != nil {
		t.Fatal(err)
	}
	go socket.ReadLoop()
	r.end()
	if got := <-page.closed; got != 1001 {
		t.Errorf("the socket was closed with code %d, want 1001", got)
	}
}

// page is a browser that notes how its socket ended.
type page struct {
	gws.BuiltinEventHandler
	closed chan uint16
}

func (p *page) OnClose(_ *gws.Conn, err error) {
	var code uint16
	if end, ok := errors.AsType[*gws.CloseError](err); ok {
		code = end.Code
	}
	p.closed <- code
}

// await waits until something is so.
func await(t *testing.T, what string, so func() bool) {
	t.Helper()
	tick := time.NewTicker(5 * time.Millisecond)
	defer tick.Stop()
	deadline := time.After(10 * time.Second)
	for !so() {
		select {
		case <-tick.C:
		case <-deadline:
			t.Fatalf("waited in vain: %s", what)
		}
	}
}
