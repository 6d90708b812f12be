package compat

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"slices"
	"sync"
	"testing"

	"taskrouter/internal/api/apitest"
	"taskrouter/test/world"
)

// A witness stands between a client and a server. It holds every answer against the official
// description and remembers which of its operations went well.
type witness struct {
	world.Endpoint // the server, as the client sees it

	mu   sync.Mutex
	seen map[string]bool
}

// watch puts a witness before a server.
func watch(t *testing.T, to world.Endpoint) *witness {
	t.Helper()
	target, err := url.Parse(to.URL)
	if err != nil {
		t.Fatal(err)
	}
	w := &witness{Endpoint: to, seen: make(map[string]bool)}
	proxy := &httputil.ReverseProxy{
		Rewrite: func(r *httputil.ProxyRequest) {
			r.SetURL(target)
			r.Out.Host = r.In.Host // so that links lead through the witness
		},
		ModifyResponse: func(resp *http.Response) error { return w.note(t, resp) },
	}
	server := httptest.NewServer(proxy)
	t.Cleanup(server.Close)
	w.URL = server.URL
	return w
}

func (w *witness) note(t *testing.T, resp *http.Response) error {
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil {
		return err
	}
	resp.Body = io.NopCloser(bytes.NewReader(body))
	apitest.Validate(t, resp.Request, resp, body)
	if resp.StatusCode < 300 {
		w.mu.Lock()
		defer w.mu.Unlock()
		w.seen[apitest.Operation(resp.Request.Method, resp.Request.URL.Path)] = true
	}
	return nil
}

// missed fails the test unless all operations went well at least once, but for those that the
// client does not offer.
func (w *witness) missed(t *testing.T, but ...string) {
	t.Helper()
	w.mu.Lock()
	defer w.mu.Unlock()
	all := apitest.Operations()
	if len(all) != 61 {
		t.Errorf("the description has %d operations", len(all))
	}
	if t.Failed() {
		return // the client stopped half-way
	}
	for _, operation := range all {
		if !w.seen[operation] && !slices.Contains(but, operation) {
			t.Errorf("never went well: %s", operation)
		}
	}
	for _, operation := range but {
		if w.seen[operation] {
			t.Errorf("went well, though the client does not offer it: %s", operation)
		}
	}
}
