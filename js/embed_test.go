package js_test

import (
	"compress/gzip"
	"crypto/sha512"
	"encoding/base64"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"strings"
	"testing"

	"taskrouter/js"
)

func TestIntegrityFitsTheScript(t *testing.T) {
	t.Parallel()
	sum := sha512.Sum384(js.Script())
	want := "sha384-" + base64.StdEncoding.EncodeToString(sum[:])
	if got := js.Integrity(); got != want {
		t.Errorf("Integrity() = %q, the script has %q; run go run ./tools/bundle", got, want)
	}
}

// TestDocumentsShowTheIntegrity keeps tags that people copy from the documents working.
func TestDocumentsShowTheIntegrity(t *testing.T) {
	t.Parallel()
	for _, page := range []string{"../README.md", "../docs/reference/sdk-v1-api.md"} {
		text, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(text), `integrity="`+js.Integrity()+`"`) {
			t.Errorf("%s does not show integrity=%q; the script has changed", page, js.Integrity())
		}
	}
}

func TestHandler(t *testing.T) {
	t.Parallel()
	const (
		forGood    = "public, max-age=31536000, immutable"
		javascript = "text/javascript; charset=utf-8"
	)
	tests := []struct {
		name, method, path, encoding string

		status                   int
		cache, mime, gotEncoding string
	}{
		{"documented path", "GET", js.VersionedPath, "", 200, forGood, javascript, ""},
		{"documented path, head", "HEAD", js.VersionedPath, "", 200, forGood, javascript, ""},
		{"browser", "GET", js.VersionedPath, "gzip, deflate, br", 200, forGood, javascript, "gzip"},
		{"any encoding", "GET", js.VersionedPath, "*", 200, forGood, javascript, "gzip"},
		{"gzip refused", "GET", js.VersionedPath, "br, gzip;q=0, *", 200, forGood, javascript, ""},
		{"latest", "GET", js.LatestPath, "", 200, "no-cache", javascript, ""},
		{
			"types", "GET", "/js/taskrouter/taskrouter.d.ts", "", 200,
			"no-cache", "text/plain; charset=utf-8", "",
		},
		{"wrong method", "POST", js.LatestPath, "", 405, "", "text/plain; charset=utf-8", ""},
		{"not ours", "GET", "/js/other.js", "", 404, "", "text/plain; charset=utf-8", ""},
	}
	handler := js.Handler()
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			r := httptest.NewRequest(tt.method, tt.path, nil)
			if tt.encoding != "" {
				r.Header.Set("Accept-Encoding", tt.encoding)
			}
			w := httptest.NewRecorder()
			handler.ServeHTTP(w, r)
			h := w.Result().Header
			if w.Code != tt.status {
				t.Fatalf("status %d, want %d", w.Code, tt.status)
			}
			for name, want := range map[string]string{
				"Cache-Control": tt.cache, "Content-Type": tt.mime, "Content-Encoding": tt.gotEncoding,
			} {
				if got := h.Get(name); got != want {
					t.Errorf("%s: %q, want %q", name, got, want)
				}
			}
			if tt.status != 200 {
				return
			}
			if got := h.Get("Access-Control-Allow-Origin"); got != "*" {
				t.Errorf("pages of other origins get Access-Control-Allow-Origin %q, want *", got)
			}
			if h.Get("ETag") == "" || h.Get("Vary") != "Accept-Encoding" {
				t.Errorf("ETag %q, Vary %q: caches need both", h.Get("ETag"), h.Get("Vary"))
			}
			if tt.mime == javascript && tt.method == "GET" {
				checkScript(t, w.Body, tt.gotEncoding)
			}
			if tt.method == "HEAD" && w.Body.Len() > 0 {
				t.Errorf("HEAD answered with a body of %d bytes", w.Body.Len())
			}
		})
	}
}

func checkScript(t *testing.T, body io.Reader, encoding string) {
	t.Helper()
	if encoding == "gzip" {
		unzipped, err := gzip.NewReader(body)
		if err != nil {
			t.Fatal(err)
		}
		body = unzipped
	}
	got, err := io.ReadAll(body)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != string(js.Script()) {
		t.Errorf("served %d bytes that are not the script", len(got))
	}
}

func TestHandlerRevalidates(t *testing.T) {
	t.Parallel()
	handler := js.Handler()
	for _, encoding := range []string{"", "gzip"} {
		first := httptest.NewRecorder()
		r := httptest.NewRequest(http.MethodGet, js.LatestPath, nil)
		r.Header.Set("Accept-Encoding", encoding)
		handler.ServeHTTP(first, r)

		again := httptest.NewRecorder()
		r.Header.Set("If-None-Match", first.Header().Get("ETag"))
		handler.ServeHTTP(again, r)
		if again.Code != http.StatusNotModified || again.Body.Len() != 0 {
			t.Errorf("encoding %q: status %d with %d bytes, want 304 with none",
				encoding, again.Code, again.Body.Len())
		}
	}
}

// The tag in the documentation names no server: the script has to find its own.
func TestScriptNamesNoServer(t *testing.T) {
	t.Parallel()
	if strings.Contains(string(js.Script()), "twilio.com") {
		t.Error("the script talks to a fixed host")
	}
}
