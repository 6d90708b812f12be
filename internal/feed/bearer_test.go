package feed_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/feed"
	"taskrouter/internal/routing"
)

// TestToken opens a feed with a token, in each place where one may stand.
func TestToken(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	raw := w.mint(string(w.ws), time.Hour, "/Feed", "/Snapshot")
	for name, open := range map[string]func() *client{
		"subprotocol": func() *client {
			return w.socket("Topics=tasks", "Authorization", "",
				"Sec-WebSocket-Protocol", "taskrouter.v1, taskrouter.token."+raw)
		},
		"socket's query": func() *client {
			return w.socket("Topics=tasks&token="+url.QueryEscape(raw), "Authorization", "")
		},
		"header": func() *client { return w.lines("Topics=tasks", "Authorization", "Bearer "+raw) },
		"query": func() *client {
			return w.lines("Topics=tasks&token="+url.QueryEscape(raw), "Authorization", "")
		},
	} {
		t.Run(name, func(t *testing.T) {
			c := open()
			c.wants("hello")
			task := w.task()
			if m := c.wants("batch"); m.Put["tasks"][0]["sid"] != string(task) {
				t.Errorf("got %s, want task %s", m.text, task)
			}
		})
	}
	if resp, body := w.get("/Snapshot", "Authorization", "Bearer "+raw); resp.StatusCode != 200 {
		t.Errorf("snapshot: %s %s", resp.Status, body)
	}
	// Everything else asks for credentials of the account.
	if resp, _ := w.get("/Tasks", "Authorization", "Bearer "+raw); resp.StatusCode != 401 {
		t.Errorf("tasks with a token: %s, want 401", resp.Status)
	}
}

// TestTokenPolicies opens nothing that a token's policies do not allow.
func TestTokenPolicies(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	elsewhere := *w
	elsewhere.ws = "WS00000000000000000000000000000000"
	gone := w.do(routing.CreateWorker{FriendlyName: "Bob"}).Entity.EntitySID()
	w.do(routing.DeleteWorker{SID: taskrouter.WorkerSID(gone)})
	for _, test := range []struct {
		name, raw, path string
		status          int
	}{
		{"the very path", w.mint(string(w.ws), time.Hour, "/Feed"), "/Feed", 200},
		{"everything below", w.mint(string(w.ws), time.Hour, "/**"), "/Feed", 200},
		{"a worker's token with the right", w.mint(string(w.alice), time.Hour, "/Feed"), "/Feed", 200},
		{"another path", w.mint(string(w.ws), time.Hour, "/Tasks/**"), "/Feed", 403},
		{"feed, but not snapshot", w.mint(string(w.ws), time.Hour, "/Feed"), "/Snapshot", 403},
		{"no policy", w.mint(string(w.ws), time.Hour), "/Feed", 403},
		{"another workspace", elsewhere.mint("WS00000000000000000000000000000000", time.Hour,
			"/**"), "/Feed", 403},
		{"a channel that is gone", w.mint(gone, time.Hour, "/**"), "/Feed", 403},
		{"a channel that is gone, snapshot", w.mint(gone, time.Hour, "/**"), "/Snapshot", 403},
		{"bad signature", w.mint(string(w.ws), time.Hour, "/**") + "x", "/Feed", 401},
	} {
		t.Run(test.name, func(t *testing.T) {
			r, err := http.NewRequest("HEAD", w.url(test.path), nil)
			if err != nil {
				t.Fatal(err)
			}
			r.Header.Set("Authorization", "Bearer "+test.raw)
			resp, err := w.server.Client().Do(r)
			if err != nil {
				t.Fatal(err)
			}
			_ = resp.Body.Close()
			if resp.StatusCode != test.status {
				t.Errorf("got %s, want %d", resp.Status, test.status)
			}
			if test.status == 401 && resp.Header.Get("WWW-Authenticate") == "" {
				t.Error("WWW-Authenticate is missing")
			}
		})
	}
}

// TestTokenEnds ends feeds with their token, and others not.
func TestTokenEnds(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) { o.Heartbeat = time.Second })
	raw := w.mint(string(w.ws), time.Second, "/Feed")
	lasting := w.socket("")
	socket := w.socket("", "Authorization", "",
		"Sec-WebSocket-Protocol", "taskrouter.v1, taskrouter.token."+raw)
	lines := w.lines("", "Authorization", "Bearer "+raw)
	for _, c := range []*client{socket, lines} {
		if end := c.ends(); end.Type != "end" || end.Code != 4002 {
			t.Errorf("the last message is %q, want an end with 4002", end.text)
		}
	}
	if socket.code != 4002 {
		t.Errorf("the socket ended with %d, want 4002", socket.code)
	}
	lasting.wants("hello")
	task := w.task()
	if m := lasting.reaches(w.head()); !strings.Contains(m[len(m)-1].text, string(task)) {
		t.Errorf("the other feed told %s last", m[len(m)-1].text)
	}
}

// TestChannelDeleted ends the feeds of tokens whose worker has been deleted.
func TestChannelDeleted(t *testing.T) {
	t.Parallel()
	both(t, func(t *testing.T, open func(*world, string, ...string) *client) {
		w := newWorld(t, nil)
		bob := w.do(routing.CreateWorker{FriendlyName: "Bob"}).Entity.EntitySID()
		c := open(w, "token="+w.mint(bob, time.Hour, "/Feed"), "Authorization", "")
		c.wants("hello")
		w.do(routing.DeleteWorker{SID: taskrouter.WorkerSID(bob)})
		if end := c.ends(); end.Code != 4003 || !strings.Contains(end.Reason, bob) {
			t.Errorf("the last message is %q, want an end with 4003", end.text)
		}
	})
}

// TestOrigin lets pages of other servers open sockets with a token only: credentials of an
// account would be the browser's doing.
func TestOrigin(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *feed.Options) { o.PublicURL = "https://router.example.com" })
	for origin, allowed := range map[string]bool{
		w.server.URL:                 true,
		"https://router.example.com": true,
		"https://evil.example.com":   false,
		"null":                       false,
	} {
		c, resp, err := w.trySocket("", "Origin", origin)
		if allowed != (err == nil) {
			t.Errorf("origin %s: %v", origin, err)
		}
		if !allowed && resp.StatusCode != 403 {
			t.Errorf("origin %s: %s, want 403", origin, resp.Status)
		}
		if c != nil {
			c.wants("hello")
		}
	}
	raw := w.mint(string(w.ws), time.Hour, "/Feed")
	w.socket("", "Origin", "https://desk.example.com", "Authorization", "",
		"Sec-WebSocket-Protocol", "taskrouter.v1, taskrouter.token."+raw).wants("hello")
	c := w.lines("", "Origin", "https://desk.example.com")
	c.wants("hello")
	resp, _ := w.get("/Feed?Fields=x", "Origin", "https://desk.example.com")
	if resp.Header.Get("Access-Control-Allow-Origin") != "*" {
		t.Error("a page of another server cannot read the answer")
	}
}
