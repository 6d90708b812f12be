//go:build !noconsole

package console_test

import (
	"compress/gzip"
	"io"
	"net/http"
	"net/http/httptest"
	"regexp"
	"strings"
	"testing"

	"taskrouter/console"
)

// ask sends one request to the pages, as a browser at agents.example:8080 does.
func ask(method, path, encoding string, headers ...string) *http.Response {
	r := httptest.NewRequest(method, path, nil)
	r.Host = "agents.example:8080"
	if encoding != "" {
		r.Header.Set("Accept-Encoding", encoding)
	}
	for i := 0; i < len(headers); i += 2 {
		r.Header.Set(headers[i], headers[i+1])
	}
	w := httptest.NewRecorder()
	console.Handler().ServeHTTP(w, r)
	return w.Result()
}

func body(t *testing.T, res *http.Response) string {
	t.Helper()
	var from io.Reader = res.Body
	if res.Header.Get("Content-Encoding") == "gzip" {
		var err error
		if from, err = gzip.NewReader(res.Body); err != nil {
			t.Fatal(err)
		}
	}
	b, err := io.ReadAll(from)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

var reference = regexp.MustCompile(`(?:src|href)="([^"]+)"`)

// parts returns the addresses of what the agent's page loads.
func parts(t *testing.T) []string {
	t.Helper()
	var paths []string
	for _, m := range reference.FindAllStringSubmatch(body(t, ask("GET", "/agent/", "")), -1) {
		paths = append(paths, "/agent/"+m[1])
	}
	if len(paths) != 2 {
		t.Fatalf("the page loads %v, want a style sheet and a script", paths)
	}
	return paths
}

func TestHandler(t *testing.T) {
	t.Parallel()
	const (
		html    = "text/html; charset=utf-8"
		plain   = "text/plain; charset=utf-8"
		forGood = "public, max-age=31536000, immutable"
	)
	loaded := parts(t)
	tests := []struct {
		name, method, path, encoding string

		status                   int
		mime, cache, gotEncoding string
	}{
		{"page", "GET", "/agent/", "", 200, html, "no-store", ""},
		{"page to a browser", "GET", "/agent/", "gzip, br", 200, html, "no-store", "gzip"},
		{"page with a query", "GET", "/agent/?x=1", "", 200, html, "no-store", ""},
		{"head", "HEAD", "/agent/", "gzip", 200, html, "no-store", "gzip"},
		{"style", "GET", loaded[0], "gzip", 200, "text/css; charset=utf-8", forGood, "gzip"},
		{"script", "GET", loaded[1], "gzip", 200, "text/javascript; charset=utf-8", forGood, "gzip"},
		{"gzip refused", "GET", loaded[1], "gzip;q=0", 200, "text/javascript; charset=utf-8",
			forGood, ""},
		{"page by its file name", "GET", "/agent/agent.html", "", 404, plain, "no-store", ""},
		{"file of an older build", "GET", "/agent/agent-OLD.js", "", 404, plain, "no-store", ""},
		{"folder above", "GET", "/agent/../console.go", "", 404, plain, "no-store", ""},
		{"elsewhere", "GET", "/console/", "", 404, plain, "no-store", ""},
		{"wrong method", "POST", "/agent/", "", 405, plain, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			res := ask(tt.method, tt.path, tt.encoding)
			if res.StatusCode != tt.status {
				t.Fatalf("status %d, want %d", res.StatusCode, tt.status)
			}
			for name, want := range map[string]string{
				"Content-Type": tt.mime, "Cache-Control": tt.cache,
				"Content-Encoding": tt.gotEncoding, "X-Content-Type-Options": "nosniff",
				"Referrer-Policy": "no-referrer",
			} {
				if got := res.Header.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			sent, err := io.ReadAll(res.Body)
			if err != nil {
				t.Fatal(err)
			}
			if tt.method == "HEAD" && len(sent) > 0 {
				t.Errorf("HEAD answered with a body of %d bytes", len(sent))
			}
			if tt.status == 200 && res.Header.Get("ETag") == "" {
				t.Error("no ETag")
			}
		})
	}
}

func TestRedirectDropsTheQuery(t *testing.T) {
	t.Parallel()
	res := ask("GET", "/agent?token=secret", "")
	if res.StatusCode != http.StatusMovedPermanently || res.Header.Get("Location") != "/agent/" {
		t.Errorf("status %d to %q, want 301 to /agent/", res.StatusCode, res.Header.Get("Location"))
	}
}

func TestPageIsConfined(t *testing.T) {
	t.Parallel()
	tests := []struct{ name, host, connect string }{
		{"name", "agents.example", "'self' ws://agents.example wss://agents.example"},
		{"port", "127.0.0.1:8080", "'self' ws://127.0.0.1:8080 wss://127.0.0.1:8080"},
		{"version 6", "[::1]:8080", "'self' ws://[::1]:8080 wss://[::1]:8080"},
		{"no host", "", "'self'"},
		{"directive in the host", "x; script-src *", "'self'"},
		{"list in the host", "x,y", "'self'"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(http.MethodGet, "/agent/", nil)
			r.Host = tt.host
			w := httptest.NewRecorder()
			console.Handler().ServeHTTP(w, r)
			h := w.Result().Header
			want := "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self' data:; " +
				"media-src 'self' blob:; connect-src " + tt.connect + "; base-uri 'none'; " +
				"form-action 'self'; frame-ancestors 'none'; " +
				"require-trusted-types-for 'script'; trusted-types 'none'"
			if got := h.Get("Content-Security-Policy"); got != want {
				t.Errorf("Content-Security-Policy:\n got %s\nwant %s", got, want)
			}
			if got := h.Get("Cross-Origin-Opener-Policy"); got != "same-origin" {
				t.Errorf("Cross-Origin-Opener-Policy: %q", got)
			}
			if got := h.Get("Permissions-Policy"); got != "microphone=(self), speaker-selection=(self)" {
				t.Errorf("Permissions-Policy: %q", got)
			}
		})
	}
}

func TestRevalidation(t *testing.T) {
	t.Parallel()
	script := parts(t)[1]
	tag := ask("GET", script, "gzip").Header.Get("ETag")
	if again := ask("GET", script, "gzip", "If-None-Match", tag); again.StatusCode != 304 {
		t.Errorf("status %d for a known file, want 304", again.StatusCode)
	}
	if other := ask("GET", script, "", "If-None-Match", tag); other.StatusCode != 200 {
		t.Errorf("status %d for the other encoding, want 200", other.StatusCode)
	}
}

// The policy of the page forbids code in it; so does this.
func TestPageHasNoCodeInIt(t *testing.T) {
	t.Parallel()
	page := body(t, ask("GET", "/agent/", ""))
	for _, inline := range []string{"<style", " style=", " onload=", " onclick=", "javascript:"} {
		if strings.Contains(page, inline) {
			t.Errorf("the page has %q in it", inline)
		}
	}
	if strings.Count(page, "<script") != strings.Count(page, "<script type=\"module\" src=") {
		t.Error("the page has a script in it")
	}
}

// The budget of the page: what it loads, after gzip.
func TestBudget(t *testing.T) {
	t.Parallel()
	limits := []struct {
		name string
		max  int
	}{{"style sheet", 14 << 10}, {"script", 60 << 10}}
	for i, path := range parts(t) {
		res := ask("GET", path, "gzip")
		if res.ContentLength > int64(limits[i].max) || res.ContentLength <= 0 {
			t.Errorf("the %s has %d bytes, at most %d are wanted", limits[i].name,
				res.ContentLength, limits[i].max)
		}
	}
}
