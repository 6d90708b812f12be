package webhook

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

// post posts a small form with a client that may reach this machine.
func post(t *testing.T, address string, patience time.Duration) (answer, error) {
	t.Helper()
	c := newClient(guard{loopback})
	t.Cleanup(c.close)
	at, err := newTarget(address)
	if err != nil {
		t.Fatal(err)
	}
	return c.post(t.Context(), at, secret, url.Values{"A": {"b c"}}, patience)
}

// serve starts a server that need not read what it is sent.
func serve(t *testing.T, do http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(do)
	t.Cleanup(s.Close)
	return s
}

func TestTarget(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ raw, address, host, user, shown string }{
		{"https://example.com/hook?a=b#rc=2&rt=5000", "https://example.com/hook?a=b",
			"example.com:https", "", "https://example.com/hook"},
		{"http://me:p%40ss@Example.com:8080/x@y?u=v@w", "http://Example.com:8080/x@y?u=v@w",
			"example.com:8080", "me:p%40ss", "http://Example.com:8080/x@y"},
		{"http://me@example.com?a=@b", "http://example.com/?a=@b", "example.com:http", "me",
			"http://example.com/"},
	} {
		got, err := newTarget(tt.raw)
		if err != nil {
			t.Errorf("%s: %v", tt.raw, err)
		}
		if got.address != tt.address || got.host != tt.host || got.credentials.String() != tt.user ||
			got.shown != tt.shown {
			t.Errorf("%s: got %+v, want %+v", tt.raw, got, tt)
		}
	}
	for _, raw := range []string{"", "/hook", "ftp://example.com", "file:///etc/passwd",
		"http://", "http:///x", "http://user:sesame@exa mple.com/", "gopher://u:sesame@h/"} {
		_, err := newTarget(raw)
		if err == nil || strings.Contains(err.Error(), "sesame") {
			t.Errorf("%q: error is %v, want one without the URL", raw, err)
		}
	}
}

func TestCredentialsBecomeAHeader(t *testing.T) {
	t.Parallel()
	var user, password, target, body, kind string
	s := serve(t, func(_ http.ResponseWriter, q *http.Request) {
		user, password, _ = q.BasicAuth()
		raw, _ := io.ReadAll(q.Body)
		target, body, kind = q.RequestURI, string(raw), q.Header.Get("Content-Type")
	})
	address := strings.Replace(s.URL, "http://", "http://me:open%20sesame@", 1) + "/x?y=z#rc=2"
	if a, err := post(t, address, time.Minute); err != nil || a.status != 200 {
		t.Fatalf("got %+v, %v", a, err)
	}
	got := fmt.Sprint(user, "|", password, "|", target, "|", body, "|", kind)
	want := "me|open sesame|/x?y=z|A=b+c|application/x-www-form-urlencoded"
	if got != want {
		t.Errorf("the receiver got %s, want %s", got, want)
	}
}

// TestReceiversThatMisbehave meets those that would hold up or lead astray a careless client.
func TestReceiversThatMisbehave(t *testing.T) {
	t.Parallel()
	inside := serve(t, func(http.ResponseWriter, *http.Request) {
		t.Error("a redirect was followed")
	})
	closed := httptest.NewServer(nil)
	closed.Close()
	never := make(chan struct{})
	t.Cleanup(func() { close(never) })
	wait := func(q *http.Request) {
		select {
		case <-q.Context().Done():
		case <-never:
		}
	}
	const short = 100 * time.Millisecond
	for _, tt := range []struct {
		name     string
		do       http.HandlerFunc
		patience time.Duration
		status   int
		err      string
	}{
		{"hangs", func(_ http.ResponseWriter, q *http.Request) {
			io.Copy(io.Discard, q.Body)
			wait(q)
		}, short, 0, "no complete answer within 100ms"},
		{"streams drop by drop", func(w http.ResponseWriter, q *http.Request) {
			io.Copy(io.Discard, q.Body)
			for q.Context().Err() == nil {
				io.WriteString(w, " ")
				w.(http.Flusher).Flush()
				time.Sleep(time.Millisecond)
			}
		}, short, 200, "no complete answer within 100ms"},
		{"streams without end", func(w http.ResponseWriter, q *http.Request) {
			io.Copy(io.Discard, q.Body)
			block := make([]byte, 32<<10)
			for q.Context().Err() == nil {
				if _, err := w.Write(block); err != nil {
					return
				}
			}
		}, time.Minute, 200, "longer than 65536 bytes"},
		{"has a header without end", func(w http.ResponseWriter, q *http.Request) {
			w.Header().Set("X-Long", strings.Repeat("a", 1<<20))
		}, time.Minute, 0, "headers exceeded"},
		{"redirects inside", func(w http.ResponseWriter, q *http.Request) {
			http.Redirect(w, q, inside.URL, http.StatusTemporaryRedirect)
		}, time.Minute, 307, ""},
		{"closes without an answer", func(w http.ResponseWriter, q *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				conn.Close()
			}
		}, time.Minute, 0, "EOF"},
		{"says something else than HTTP", func(w http.ResponseWriter, q *http.Request) {
			conn, _, err := w.(http.Hijacker).Hijack()
			if err == nil {
				io.WriteString(conn, "220 mail.example.com ESMTP\r\n")
				conn.Close()
			}
		}, time.Minute, 0, "malformed HTTP"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			s := serve(t, tt.do)
			a, err := post(t, s.URL+"/?secret=sesame", tt.patience)
			if a.status != tt.status || (err == nil) != (tt.err == "") ||
				err != nil && !strings.Contains(err.Error(), tt.err) {
				t.Errorf("got status %d and error %v; want %d and %q", a.status, err, tt.status,
					tt.err)
			}
			if err != nil && strings.Contains(err.Error(), "sesame") {
				t.Errorf("error %v tells the query", err)
			}
		})
	}
	if _, err := post(t, closed.URL, time.Minute); err == nil ||
		!strings.Contains(err.Error(), "refused") {
		t.Errorf("nobody listens: got error %v", err)
	}
}

// TestNamesThatLeadInside resolves names to addresses that may not be called. What counts is the
// address that would be connected to, so a name that changes its meaning does not help.
func TestNamesThatLeadInside(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("the address was called") })
	_, port, err := net.SplitHostPort(s.Listener.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	c := newClient(guard{})
	t.Cleanup(c.close)
	for _, host := range []string{"127.0.0.1", "localhost", "[::1]", "[::ffff:127.0.0.1]", "0.0.0.0"} {
		at, err := newTarget("http://" + host + ":" + port + "/")
		if err != nil {
			t.Fatal(err)
		}
		_, err = c.post(t.Context(), at, secret, nil, time.Minute)
		if _, ok := errors.AsType[*refusedError](err); !ok {
			t.Errorf("%s: got error %v, want one that names the setting", host, err)
		} else if !strings.Contains(err.Error(), "TASKROUTER_CALLBACK_ALLOW") {
			t.Errorf("%s: error %q does not name the setting", host, err)
		}
	}
}

// TestConnectionsAreKept makes many requests one after the other: one connection is enough. When
// the receiver has closed it meanwhile, the request is made on another.
func TestConnectionsAreKept(t *testing.T) {
	t.Parallel()
	var opened atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) {}))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			opened.Add(1)
		}
	}
	s.Start()
	t.Cleanup(s.Close)
	c := newClient(guard{loopback})
	t.Cleanup(c.close)
	at, _ := newTarget(s.URL)
	ask := func() {
		t.Helper()
		a, err := c.post(context.Background(), at, secret, url.Values{"A": {"b"}}, time.Minute)
		if err != nil || a.status != 200 {
			t.Fatalf("got %+v, %v", a, err)
		}
	}
	for range 20 {
		ask()
	}
	if n := opened.Load(); n != 1 {
		t.Errorf("%d connections were opened, want 1", n)
	}
	s.CloseClientConnections()
	ask()
}

func TestNothingIsSentUnsigned(t *testing.T) {
	t.Parallel()
	s := serve(t, func(http.ResponseWriter, *http.Request) { t.Error("an unsigned request") })
	c := newClient(guard{loopback})
	t.Cleanup(c.close)
	at, _ := newTarget(s.URL)
	if _, err := c.post(t.Context(), at, "", nil, time.Minute); err == nil {
		t.Error("got no error")
	}
}
