package browser

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"sync"
	"testing"
	"text/template"
	"time"

	"github.com/chromedp/chromedp"

	"taskrouter/test/world"
)

// patience is how long a page may take for one thing. It only matters when a test fails.
const patience = 30 * time.Second

// A host serves the pages of a test, from an origin of its own.
type host struct {
	url    string
	router world.Endpoint
}

// modules is where npm puts what package.json names.
const modules = "../../node_modules"

// newHost serves pages that talk to a router.
func newHost(t testing.TB, router world.Endpoint) *host {
	t.Helper()
	mux := http.NewServeMux()
	s := httptest.NewServer(mux)
	t.Cleanup(s.Close)
	h := &host{url: s.URL, router: router}
	mux.HandleFunc("GET /ours", h.page(fmt.Sprintf(
		`<script src="%s/js/taskrouter/v1.21/taskrouter.min.js" integrity="%s"`+
			` crossorigin="anonymous"></script>`, router.URL, integrity(t, router))))
	mux.HandleFunc("GET /vendor", h.page(`<script src="/vendor.js"></script>`))
	mux.HandleFunc("GET /page.js", file("testdata/page.js"))
	mux.HandleFunc("GET /vendor.js", file(vendorClient))
	return h
}

// vendorClient is the vendor's client 1.1, as npm installs it.
var vendorClient = filepath.Join(modules, "twilio-taskrouter-js", "taskrouter.min.js")

// installed fails a test that needs a file of an npm package which is not there.
func installed(t testing.TB, path string) {
	t.Helper()
	if _, err := os.Stat(path); err != nil {
		t.Fatalf("%v; `bash script/test` installs it, or `npm ci`", err)
	}
}

func file(name string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, name) }
}

var pageTemplate = template.Must(template.New("page").Parse(`<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>Agent</title>
<link rel="icon" href="data:,">
<script src="/page.js"></script>
{{.}}
</html>
`))

// page serves a page with a script tag.
func (h *host) page(tag string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		pageTemplate.Execute(w, tag)
	}
}

// integrity is what the router says the integrity attribute of its script tag is.
func integrity(t testing.TB, router world.Endpoint) string {
	t.Helper()
	answer, err := http.Get(router.URL)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	var front struct {
		Integrity string `json:"sdk_integrity"`
	}
	if err := json.NewDecoder(answer.Body).Decode(&front); err != nil {
		t.Fatal(err)
	}
	return front.Integrity
}

// A page is a tab with an address of the host, in a browser profile of its own. It is closed at
// the end of its test, which fails if the page has left an error uncaught.
type page struct {
	t   testing.TB
	ctx context.Context

	mu       sync.Mutex
	console  []chromedp.ConsoleMessage
	uncaught bool // are expected
}

// open opens a page: /ours or /vendor.
func (h *host) open(t testing.TB, path string) *page {
	t.Helper()
	return visit(t, h.url+path)
}

// visit opens any address in a tab of its own.
func visit(t testing.TB, url string) *page {
	t.Helper()
	ctx, cancel := chromedp.NewContext(chromium.start(t), chromedp.WithNewBrowserContext())
	p := &page{t: t, ctx: ctx}
	if err := chromedp.Do(ctx); err != nil { // the tab lives as long as the context of this call
		cancel()
		t.Fatal(err)
	}
	var reading sync.WaitGroup
	reading.Go(func() {
		for message, err := range chromedp.Console(ctx) {
			if err != nil {
				return
			}
			p.mu.Lock()
			p.console = append(p.console, message)
			p.mu.Unlock()
		}
	})
	t.Cleanup(func() {
		p.report()
		cancel()
		reading.Wait()
	})
	p.act(chromedp.Navigate(url))
	return p
}

// report tells a failed test what went on in the page.
func (p *page) report() {
	p.mu.Lock()
	defer p.mu.Unlock()
	for _, message := range p.console {
		if message.IsException() && !p.uncaught {
			p.t.Errorf("the page left an error uncaught: %v", message)
		}
		if strings.Contains(message.Text, "Content Security Policy") {
			p.t.Errorf("the page broke its own rule: %s", message.Text)
		}
	}
	if !p.t.Failed() {
		return
	}
	for _, message := range p.console {
		p.t.Logf("console: %.400s", tokens.ReplaceAllString(message.Text, "eyJ…"))
	}
	ctx, cancel := context.WithTimeout(p.ctx, 5*time.Second)
	defer cancel()
	lines, err := chromedp.Run(ctx, chromedp.Evaluate[[]string](
		`typeof story === "function" ? story() : [document.body.innerText]`))
	if err != nil {
		lines = []string{err.Error()}
	}
	p.t.Logf("what the page went through:\n%s", strings.Join(lines, "\n"))
	if dir := os.Getenv("SCREENSHOTS"); dir != "" {
		p.shoot(ctx, dir)
	}
}

// shoot saves a picture of the page.
func (p *page) shoot(ctx context.Context, dir string) {
	picture, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
	if err != nil {
		p.t.Logf("screenshot: %v", err)
		return
	}
	name := filepath.Join(dir, strings.ReplaceAll(p.t.Name(), "/", "_")+".png")
	if err := os.WriteFile(name, picture, 0o644); err != nil {
		p.t.Logf("screenshot: %v", err)
	}
}

// tokens finds tokens in what a page logs: they are long, and say nothing to a reader.
var tokens = regexp.MustCompile(`eyJ[\w.-]+`)

// act lets the tab do something.
func (p *page) act(a chromedp.Action[chromedp.Void]) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	if _, err := chromedp.Run(ctx, a); err != nil {
		p.t.Fatal(err)
	}
}

// do runs a function of JavaScript in the page with these arguments, and waits for its promise.
// A promise that fails, or an error thrown, fails the test.
func (p *page) do(function string, args ...any) {
	p.t.Helper()
	ask[any](p, function, args...)
}

// ask is [page.do] of a function that returns something.
func ask[T any](p *page, function string, args ...any) (got T) {
	p.t.Helper()
	ctx, cancel := context.WithTimeout(p.ctx, patience)
	defer cancel()
	raw, err := chromedp.Run(ctx, chromedp.Evaluate[[]byte](call(p.t, function, args),
		chromedp.EvalAwaitPromise, chromedp.EvalAsValue))
	if err != nil {
		p.t.Fatalf("%v\nin the page: %s", err, function)
	}
	if len(raw) > 0 {
		if err := json.Unmarshal(raw, &got); err != nil {
			p.t.Fatalf("the page returned %s: %v", raw, err)
		}
	}
	return got
}

// call is the text of a call of a function.
func call(t testing.TB, function string, args []any) string {
	t.Helper()
	texts := make([]string, len(args))
	for i, arg := range args {
		text, err := json.Marshal(arg)
		if err != nil {
			t.Fatal(err)
		}
		texts[i] = string(text)
	}
	return "(" + function + ")(" + strings.Join(texts, ", ") + ")"
}
