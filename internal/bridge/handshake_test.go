package bridge

import (
	"encoding/base64"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/websocket"
	"taskrouter/token"
)

func TestHandshake(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	alice, bob := string(w.alice), string(w.bob)
	stranger := "WK" + strings.Repeat("5", 32)
	elsewhere := "WS" + strings.Repeat("5", 32)

	claims := func(channel string, change func(*token.Claims)) string {
		c := w.grant(channel).Claims(time.Hour)
		change(&c)
		return w.mint(c)
	}
	unsigned := base64.RawURLEncoding.EncodeToString([]byte(`{"typ":"JWT","alg":"none"}`)) +
		w.aliceRaw[strings.IndexByte(w.aliceRaw, '.'):strings.LastIndexByte(w.aliceRaw, '.')+1]
	forged, err := token.Mint("another secret", w.grant(alice).Claims(time.Hour))
	if err != nil {
		t.Fatal(err)
	}

	tests := []struct {
		name    string
		channel string
		raw     string
		status  int
		says    string
	}{
		{"worker", alice, w.aliceRaw, 101, ""},
		{"workspace", string(w.ws), w.workspaceRaw, 101, ""},
		{"task queue", string(w.queue), w.token(string(w.queue), time.Hour), 101, ""},
		{"no token", alice, "", 401, "missing"},
		{"no JWT", alice, "x.y", 401, "three parts"},
		{"alg none", alice, unsigned, 401, "HS256"},
		{"forged", alice, forged, 401, "not signed"},
		{"cut off", alice, w.aliceRaw[:len(w.aliceRaw)-4], 401, ""},
		{"expired", alice, claims(alice, func(c *token.Claims) {
			c.Issued = time.Now().Add(-2 * time.Hour)
		}), 401, "expired"},
		{"not yet good", alice, claims(alice, func(c *token.Claims) {
			c.NotBefore = time.Now().Add(time.Minute)
		}), 401, "not good before"},
		{"other channel", bob, w.aliceRaw, 403, "is for channel"},
		{"no right to open", alice, claims(alice, func(c *token.Claims) {
			c.Policies = nil
		}), 403, "not allowed"},
		{"unknown worker", stranger, w.token(stranger, time.Hour), 403, "does not have"},
		{"unknown workspace", alice, claims(alice, func(c *token.Claims) {
			c.Workspace = elsewhere
		}), 403, "does not have"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			query := url.Values{"token": {test.raw}}.Encode()
			page, resp, err := w.dial(test.channel, query, nil)
			if resp == nil {
				t.Fatal(err)
			}
			if resp.StatusCode != test.status {
				t.Fatalf("got status %d, want %d", resp.StatusCode, test.status)
			}
			if page != nil {
				w.t.Cleanup(func() { _ = page.conn.NetConn().Close() })
				return
			}
			r := w.refusal(test.channel, test.raw)
			message, _ := r.field("message").(string)
			if !strings.Contains(message, test.says) || r.status != test.status {
				t.Errorf("got %d %q, want %d and %q", r.status, r.body, test.status, test.says)
			}
			if r.header.Get("Access-Control-Allow-Origin") != "*" ||
				r.header.Get("Cache-Control") != "no-store" {
				t.Errorf("headers of the refusal: %v", r.header)
			}
		})
	}
	eventually(t, func() bool { s := w.hub.Stats(); return s.Opened == 3 && s.Refused >= 11 })
}

// refusal repeats a handshake as a plain request, whose answer has a body that can be read.
func (w *world) refusal(channel, raw string) reply {
	w.t.Helper()
	return w.send("GET", w.path(channel)+"?token="+url.QueryEscape(raw), "upgrade", "")
}

func TestHandshakeOfAnotherAccountIsRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)

	r := w.send("GET", "/v1/wschannels/"+other+"/"+string(w.alice)+"?token="+w.aliceRaw, "", "")
	if r.status != 403 || !strings.Contains(r.body, "is for account") {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

func TestGetWithoutUpgradeSaysWhatToDo(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	r := w.send("GET", w.path(string(w.alice))+"?token="+w.aliceRaw, "", "")
	if r.status != 400 || !strings.Contains(r.body, "Upgrade: websocket") {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

// A proxy that passes on one header of two is told so in JSON, as everybody else.
func TestHalfAnUpgradeSaysWhatIsMissing(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for missing, says := range map[string]string{
		"Connection":            "Connection: Upgrade",
		"Sec-Websocket-Version": "not 13",
		"Sec-Websocket-Key":     "Sec-WebSocket-Key",
	} {
		r := httptest.NewRequest("GET", w.path(string(w.alice))+"?token="+w.aliceRaw, nil)
		r.Header = http.Header{"Connection": {"keep-alive, Upgrade"}, "Upgrade": {"websocket"},
			"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
		r.Header.Del(missing)
		rec := httptest.NewRecorder()
		w.hub.ServeHTTP(rec, r)
		if rec.Code != 400 || !strings.Contains(rec.Body.String(), says) {
			t.Errorf("without %s: got %d %s", missing, rec.Code, rec.Body)
		}
	}
}

// Spec: event-bridge 2
func TestTokenAsSubprotocol(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	header := http.Header{"Sec-Websocket-Protocol": {
		subprotocol + ", taskrouter.token." + w.aliceRaw,
	}}
	p, resp, err := w.dial(string(w.alice), "", header)
	if err != nil {
		t.Fatal(err)
	}
	defer p.conn.NetConn().Close()
	if got := resp.Header.Get("Sec-WebSocket-Protocol"); got != subprotocol {
		t.Errorf("server selected %q, want %q", got, subprotocol)
	}
	w.do(routing.UpdateWorker{SID: w.alice, ActivitySID: &w.away})
	p.wants("worker.activity.update")
}

func TestTooManySockets(t *testing.T) {
	t.Parallel()
	tests := []struct {
		name   string
		limit  func(*Options)
		query  string
		status int
	}{
		{"channel", func(o *Options) { o.SocketsPerChannel = 2 }, "", 429},
		{"channel, displacing", func(o *Options) { o.SocketsPerChannel = 2 },
			"closeExistingSessions=true", 101},
		{"server", func(o *Options) { o.Sockets = 2 }, "", 503},
		{"server, displacing", func(o *Options) { o.Sockets = 2 },
			"closeExistingSessions=true", 503},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			w := newWorld(t, test.limit)
			w.connect(string(w.alice), "")
			w.connect(string(w.alice), "")
			// A token that has displaced nobody yet.
			q, _ := url.ParseQuery(test.query)
			q.Set("token", w.token(string(w.alice), time.Hour+time.Second))
			p, resp, err := w.dial(string(w.alice), q.Encode(), nil)
			if resp == nil {
				t.Fatal(err)
			}
			if p != nil {
				defer p.conn.NetConn().Close()
			}
			if resp.StatusCode != test.status {
				t.Errorf("got status %d, want %d", resp.StatusCode, test.status)
			}
		})
	}
}

// A middleware or HTTP/2 may keep the connection from being taken over.
func TestConnectionThatCannotBeTakenOver(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	r := httptest.NewRequest("GET", w.path(string(w.alice))+"?token="+w.aliceRaw, nil)
	r.Header = http.Header{"Connection": {"Upgrade"}, "Upgrade": {"websocket"},
		"Sec-Websocket-Version": {"13"}, "Sec-Websocket-Key": {"dGhlIHNhbXBsZSBub25jZQ=="}}
	answer := httptest.NewRecorder()
	w.hub.ServeHTTP(answer, r)
	if answer.Code != 400 || !strings.Contains(answer.Body.String(), "HTTP/1.1") {
		t.Errorf("got %d %s", answer.Code, answer.Body)
	}
	if s := w.hub.Stats(); s.Sockets != 0 || s.Channels != 0 {
		t.Errorf("got %+v", s)
	}
}

func TestPathsThatAreNotServed(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{
		"/v1/wschannels", "/v1/wschannels/", "/v1/wschannels/" + account,
		w.path(string(w.alice)) + "/more", "/graphql-subscriptions",
	} {
		r := w.send("POST", path, "", "{}")
		if r.status != 404 || r.header.Get("Access-Control-Allow-Origin") != "*" {
			t.Errorf("%s: got %d %v", path, r.status, r.header)
		}
		if message, _ := r.field("message").(string); !strings.Contains(message, "not s") {
			t.Errorf("%s: got %s", path, r.body)
		}
	}
	if r := w.send("PUT", w.path(string(w.alice)), "", ""); r.status != 405 ||
		r.header.Get("Allow") == "" {
		t.Errorf("PUT: got %d %v", r.status, r.header)
	}
}

func TestSocketOfADeletedWorkerEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	p, other := w.connect(string(w.bob), ""), w.connect(string(w.alice), "")
	w.do(routing.DeleteWorker{SID: w.bob})
	if reason := p.ends(websocket.Gone); !strings.Contains(reason, string(w.bob)) {
		t.Errorf("reason %q does not name the worker", reason)
	}
	other.open()
	if r := w.refusal(string(w.bob), w.bobRaw); r.status != 403 {
		t.Errorf("got %d for a deleted worker, want 403", r.status)
	}
}

// Spec: event-bridge 2
func TestSocketsOfADeletedQueueAndWorkspaceEnd(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	queue := string(w.do(routing.CreateTaskQueue{
		FriendlyName: "Nobody's",
	}).Entity.(*taskrouter.TaskQueue).SID)
	raw := w.token(queue, time.Hour)
	ofQueue, ofWorkspace := w.connect(queue, "token="+raw), w.connect(string(w.ws), "")
	w.do(routing.DeleteTaskQueue{SID: taskrouter.TaskQueueSID(queue)})
	if reason := ofQueue.ends(websocket.Gone); !strings.Contains(reason, queue) {
		t.Errorf("reason %q does not name the queue", reason)
	}
	ofWorkspace.open()
	w.do(routing.DeleteWorkspace{})
	if reason := ofWorkspace.ends(websocket.Gone); !strings.Contains(reason, string(w.ws)) {
		t.Errorf("reason %q does not name the workspace", reason)
	}
	for channel, raw := range map[string]string{queue: raw, string(w.ws): w.workspaceRaw} {
		if r := w.refusal(channel, raw); r.status != 403 {
			t.Errorf("got %d for channel %s, want 403", r.status, channel)
		}
	}
}

func TestStatsCountWhoListens(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	w.connect(string(w.alice), "")
	w.connect(string(w.alice), "")
	p := w.connect(string(w.ws), "")
	if s := w.hub.Stats(); s.Sockets != 3 || s.Channels != 2 || s.Workers != 1 {
		t.Errorf("got %+v", s)
	}
	_ = p.conn.WriteClose(1000, nil)
	eventually(t, func() bool { s := w.hub.Stats(); return s.Sockets == 2 && s.Channels == 1 })
}

// eventually waits until a condition holds.
func eventually(t *testing.T, holds func() bool) {
	t.Helper()
	for range 500 {
		if holds() {
			return
		}
		time.Sleep(10 * time.Millisecond)
	}
	t.Fatal("the condition never held")
}
