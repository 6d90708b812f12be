package browser

import (
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/http/httputil"
	"net/url"
	"regexp"
	"sync"
	"testing"

	"taskrouter/test/world"
)

// A recorder stands between pages and the router, as a proxy would, and notes what pages ask for.
type recorder struct {
	url string

	mu     sync.Mutex
	asked  []request
	answer func(request) int // what to refuse a request with; 0: pass it on
}

// A request is what a page asked for: the inside of an envelope.
type request struct {
	Method, Path string // path below the workspace, with the kinds of SIDs in their place
	Params       map[string]any
}

// sids finds SIDs in a path.
var sids = regexp.MustCompile(`\b(W[A-Z])[0-9a-f]{32}`)

func newRecorder(t testing.TB, router world.Endpoint) *recorder {
	t.Helper()
	target, err := url.Parse(router.URL)
	if err != nil {
		t.Fatal(err)
	}
	r := &recorder{answer: func(request) int { return 0 }}
	transport := http.DefaultTransport.(*http.Transport).Clone()
	proxy := &httputil.ReverseProxy{
		Rewrite: func(p *httputil.ProxyRequest) {
			p.SetURL(target)
			p.Out.Host = p.In.Host
		},
		Transport: transport,
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, q *http.Request) {
		if q.Method == http.MethodPost {
			body, _ := io.ReadAll(q.Body)
			q.Body = io.NopCloser(bytes.NewReader(body))
			if status := r.note(body); status != 0 {
				w.Header().Set("Access-Control-Allow-Origin", "*")
				http.Error(w, "", status)
				return
			}
		}
		proxy.ServeHTTP(w, q)
	}))
	t.Cleanup(func() {
		s.Close()
		transport.CloseIdleConnections()
	})
	r.url = s.URL
	return r
}

// note writes an envelope down and says what to refuse it with.
func (r *recorder) note(body []byte) int {
	var envelope struct {
		Method, URL string
		Params      map[string]any
	}
	if err := json.Unmarshal(body, &envelope); err != nil {
		return http.StatusBadRequest
	}
	path := envelope.URL
	if at := sids.FindStringIndex(path); at != nil {
		path = path[at[1]:]
	}
	q := request{envelope.Method, sids.ReplaceAllString(path, "$1"), envelope.Params}
	r.mu.Lock()
	defer r.mu.Unlock()
	r.asked = append(r.asked, q)
	return r.answer(q)
}

// refuse sets what requests are refused with from now on.
func (r *recorder) refuse(answer func(request) int) {
	r.mu.Lock()
	defer r.mu.Unlock()
	r.answer = answer
}

// take returns what pages have asked for with a method since the last time.
func (r *recorder) take(method string) []request {
	r.mu.Lock()
	defer r.mu.Unlock()
	var all []request
	for _, q := range r.asked {
		if q.Method == method {
			all = append(all, q)
		}
	}
	r.asked = nil
	return all
}
