package api_test

import (
	"bytes"
	"context"
	"io"
	"log/slog"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/internal/api"
	"taskrouter/internal/engine"
)

func TestCredentials(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	for _, tt := range []struct {
		name string
		set  func(*http.Request)
		want int
	}{
		{"right", func(r *http.Request) { r.SetBasicAuth(string(account), password) }, 200},
		{"none", func(*http.Request) {}, 401},
		{"wrong password", func(r *http.Request) { r.SetBasicAuth(string(account), "guess") }, 401},
		{"unknown user", func(r *http.Request) { r.SetBasicAuth("ACcc", password) }, 401},
		{"another account", func(r *http.Request) { r.SetBasicAuth(string(otherAccount), password) }, 404},
		{"bearer", func(r *http.Request) { r.Header.Set("Authorization", "Bearer x") }, 401},
	} {
		t.Run(tt.name, func(t *testing.T) {
			r := httptest.NewRequest("GET", c.expand("/v1/Workspaces/{ws}"), nil)
			tt.set(r)
			a := c.send(r)
			if a.status != tt.want {
				t.Errorf("status %d, want %d: %s", a.status, tt.want, a.body)
			}
			if tt.want != 401 {
				return
			}
			if got, want := a.header.Get("WWW-Authenticate"), `Basic realm="Twilio API"`; got != want {
				t.Errorf("WWW-Authenticate %s, want %s", got, want)
			}
			if a.json(t)["code"] != 20003.0 {
				t.Errorf("code in %s, want 20003", a.body)
			}
		})
	}
}

// A principal in the context stands for credentials, and answers carry the bridge's additions.
func TestPrincipal(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	inner := func(account taskrouter.AccountSID, path string) answer {
		r := httptest.NewRequest("GET", c.expand(path), nil)
		return c.send(r.WithContext(engine.WithPrincipal(t.Context(), engine.Principal{Account: account})))
	}
	for path, keys := range map[string][]string{
		"/Workers/{alice}": {`"version":1`},
		"/Tasks/{task}": {
			`"version":2`, `"queue_sid":"{queue}"`, `"queue_name":"Everyone"`, `"workflow_name":"First"`,
		},
		"/Tasks/{task}/Reservations": {`"version":0`, `"reservation_timeout":120`, `"date_expires":"`},
	} {
		a := inner(account, "/v1/Workspaces/{ws}"+path)
		for _, key := range keys {
			if !strings.Contains(a.body, c.expand(key)) {
				t.Errorf("%s lacks %s: %s", path, key, a.body)
			}
		}
	}
	if a := inner(otherAccount, "/v1/Workspaces/{ws}"); a.status != 404 {
		t.Errorf("a principal of another account: %d, want 404", a.status)
	}
}

func TestPaths(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{name: "unknown below a workspace", path: "/Widgets", status: 404, code: 20404, want: []string{"The requested resource /Workspaces/{ws}/Widgets was not found"}},
		{name: "unknown version", path: "/v1x", status: 404, code: 20404},
		{name: "an empty segment", path: "/v1//Workspaces", status: 404, code: 20404},
		{name: "a segment that climbs", path: "/Workers/../Tasks", status: 404, code: 20404},
		{name: "a list with a slash at the end", path: "/Workers/", want: []string{"{alice}", `"url":"http://router.test/v1/Workspaces/{ws}/Workers?PageSize=50`}},
		{name: "an item with a slash at the end", method: "POST", path: "/Workers/{alice}/", form: "ActivitySid={offline}", events: []string{"worker.activity.update"}},
		{name: "a verb that the path does not take", method: "PUT", path: "/Workers/{alice}", status: 405, code: 20004, want: []string{"PUT is not allowed here; allowed: GET, HEAD, POST, DELETE, OPTIONS"}},
		{name: "a collection can't be deleted", method: "DELETE", path: "/Workers", status: 405, code: 20004},
		{name: "a SID that is none", path: "/Workers/%20", status: 404, code: 20404},
	})
}

func TestForms(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	form := "application/x-www-form-urlencoded"
	for _, tt := range []struct {
		name, kind, body string
		want             int
		message          string
	}{
		{"a form", form, "FriendlyName=a1", 201, ""},
		{"with a character set", form + "; charset=utf-8", "FriendlyName=a2", 201, ""},
		{"of no type", "", "FriendlyName=a3", 201, ""},
		{"as plain text", "text/plain;charset=UTF-8", "FriendlyName=a4", 201, ""},
		{"empty parts", form, "&&FriendlyName=a5&", 201, ""},
		{"JSON", "application/json", `{"FriendlyName":"a"}`, 400, "The request body is JSON"},
		{"JSON of another type", form, ` {"FriendlyName":"a"}`, 400, "The request body is JSON"},
		{"multipart", "multipart/form-data; boundary=x", "--x", 400, "multipart/form-data"},
		{"half an escape", form, "FriendlyName=a%2", 400, "malformed"},
		{"a wrong escape", form, "FriendlyName=%zz", 400, "malformed"},
		{"not UTF-8", form, "FriendlyName=%ff", 400, "not valid UTF-8"},
		{"nothing", form, "", 400, "Missing required parameter FriendlyName"},
		{"too large", form, "FriendlyName=a&X=" + strings.Repeat("x", 4<<20), 400, "larger than 4194304 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			for _, known := range []bool{true, false} { // with and without a Content-Length
				body := io.Reader(strings.NewReader(tt.body))
				if !known {
					body = io.MultiReader(body)
				}
				r := httptest.NewRequest("POST", c.expand("/v1/Workspaces/{ws}/Activities"), body)
				r.SetBasicAuth(string(account), password)
				if tt.kind != "" {
					r.Header.Set("Content-Type", tt.kind)
				}
				a := c.send(r)
				if a.status != tt.want || !strings.Contains(a.body, tt.message) {
					t.Errorf("status %d, want %d with %q: %s", a.status, tt.want, tt.message, a.body)
				}
				if a.status == 201 {
					c.name("made", a, "sid")
					must(c, "DELETE", "/v1/Workspaces/{ws}/Activities/{made}", "")
				}
			}
		})
	}
	// The query of a GET is held to the same rules.
	if a := c.do("GET", "/v1/Workspaces/{ws}/Workers?FriendlyName=%zz", ""); a.status != 400 {
		t.Errorf("a query with a wrong escape: %d, want 400", a.status)
	}
}

// The longest configuration that a workflow may have fits into a request, however it is escaped.
func TestLongestConfiguration(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	config := c.expand(`{"task_routing":{"default_filter":{"queue":"{queue}"}},"note":"`)
	config += strings.Repeat("~", taskrouter.MaxConfiguration-len(config)-2) + `"}`
	body := "FriendlyName=Long&Configuration=" + strings.ReplaceAll(config, "~", "%7E")
	r := httptest.NewRequest("POST", c.expand("/v1/Workspaces/{ws}/Workflows"), strings.NewReader(body))
	r.SetBasicAuth(string(account), password)
	if a := c.send(r); a.status != 201 {
		t.Errorf("status %d, want 201: %.200s", a.status, a.body)
	}
}

func TestHeaders(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	seen := map[string]bool{}
	for _, a := range []answer{
		c.do("GET", "/v1/Workspaces/{ws}", ""),
		c.do("GET", "/v1/Workspaces/{no-ws}", ""),
		c.do("POST", "/v1/Workspaces", ""),
		c.do("PUT", "/v1/Workspaces", ""),
		c.as("nobody", "GET", "/v1/Workspaces", ""),
		c.do("OPTIONS", "/v1/Workspaces/{ws}/Tasks", ""),
	} {
		id := a.header.Get("Twilio-Request-Id")
		if len(id) != 34 || !strings.HasPrefix(id, "RQ") || seen[id] {
			t.Errorf("request id %q", id)
		}
		seen[id] = true
		for name, want := range map[string]string{
			"Access-Control-Allow-Origin":      "*",
			"Access-Control-Allow-Methods":     "GET, POST, DELETE, OPTIONS",
			"Access-Control-Allow-Credentials": "",
			"X-Rate-Limit-Config":              "unlimited",
		} {
			if got := a.header.Get(name); got != want {
				t.Errorf("%d: %s is %q, want %q", a.status, name, got, want)
			}
		}
		if !strings.Contains(a.header.Get("Access-Control-Expose-Headers"), "ETag") {
			t.Errorf("%d: ETag is not exposed", a.status)
		}
	}
}

func TestPreflight(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	r := httptest.NewRequest("OPTIONS", c.expand("/v1/Workspaces/{ws}/Tasks/{no-task}"), nil)
	r.Header.Set("Access-Control-Request-Method", "POST")
	r.Header.Set("Access-Control-Request-Headers", "authorization, if-match")
	a := c.send(r)
	if a.status != 204 || a.body != "" {
		t.Errorf("status %d with %q, want 204 without a body", a.status, a.body)
	}
	allowed := strings.ToLower(a.header.Get("Access-Control-Allow-Headers"))
	for _, name := range []string{"authorization", "content-type", "if-match", "apiversion"} {
		if !strings.Contains(allowed, name) {
			t.Errorf("%s is not allowed: %s", name, allowed)
		}
	}
}

func TestHead(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	get := c.do("GET", "/v1/Workspaces/{ws}/Workers/{alice}", "")
	head := c.do("HEAD", "/v1/Workspaces/{ws}/Workers/{alice}", "")
	if head.status != 200 || head.body != "" {
		t.Errorf("status %d with %q, want 200 without a body", head.status, head.body)
	}
	for _, name := range []string{"Content-Length", "Content-Type", "ETag"} {
		if got, want := head.header.Get(name), get.header.Get(name); got != want || got == "" {
			t.Errorf("%s is %q, want %q", name, got, want)
		}
	}
	if a := c.do("HEAD", "/v1/Workspaces/{ws}/Workers/{no-worker}", ""); a.status != 404 || a.body != "" {
		t.Errorf("status %d with %q, want 404 without a body", a.status, a.body)
	}
}

// The ETag of a list tells pages apart and stays while nothing changes.
func TestListETag(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	tag := func() string { return c.do("GET", "/v1/Workspaces/{ws}/Workers", "").header.Get("ETag") }
	first := tag()
	if first == "" || first != tag() {
		t.Errorf("the same page has ETags %s and %s", first, tag())
	}
	must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}", "ActivitySid={offline}")
	if first == tag() {
		t.Errorf("the page changed, its ETag did not")
	}
}

func TestIdempotency(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	const header = "I-Twilio-Idempotency-Token"
	post := func(token, path, form string) answer {
		return c.do("POST", "/v1/Workspaces/{ws}"+path, form, header, token)
	}
	first := post("t-1", "/Tasks", "")
	c.caused()
	again := post("t-1", "/Tasks", "")
	if first.status != 201 || again.status != 201 {
		t.Fatalf("status %d and %d, want 201 twice", first.status, again.status)
	}
	if a, b := first.json(t)["sid"], again.json(t)["sid"]; a != b {
		t.Errorf("the repeated request made another task: %v and %v", a, b)
	}
	if events := c.caused(); events != nil {
		t.Errorf("the repeated request caused %q", events)
	}
	if other := post("t-2", "/Tasks", ""); other.json(t)["sid"] == first.json(t)["sid"] {
		t.Errorf("another token made no other task")
	}
	for path, form := range map[string]string{"/Workers": "FriendlyName=Bob", "/Tasks": "Priority=1"} {
		if a := post("t-1", path, form); a.status != 400 ||
			!strings.Contains(a.body, "belongs to a CreateTask") || strings.Contains(a.body, "t-1") {
			t.Errorf("the token for another request: %d %s", a.status, a.body)
		}
	}
	made := func(token, name string) any {
		a := c.do("POST", "/v1/Workspaces", "FriendlyName="+name, header, token)
		if a.status != 201 {
			t.Errorf("workspace %s: %d %s", name, a.status, a.body)
		}
		return a.json(t)["sid"]
	}
	if north := made("t-3", "North"); made("t-3", "North") != north || made("t-4", "North") == north {
		t.Error("a workspace is not made once for each token")
	}
	if a := post(strings.Repeat("x", 129), "/Tasks", ""); a.status != 400 {
		t.Errorf("a token too long: %d, want 400", a.status)
	}
}

// A token that a page sends is the page's own: another one, or the account's server, that
// happens to choose the same does not see its answer.
func TestIdempotencyIsPrivate(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	sids := make(map[any]bool)
	for _, channel := range []string{"WK1", "WK2", ""} {
		r := httptest.NewRequest("POST", c.expand("/v1/Workspaces/{ws}/Tasks"), nil)
		r.Header.Set("I-Twilio-Idempotency-Token", "t")
		if channel == "" {
			r.SetBasicAuth(string(account), password)
		} else {
			p := engine.Principal{Account: account, Channel: channel}
			r = r.WithContext(engine.WithPrincipal(t.Context(), p))
		}
		sids[c.send(r).json(t)["sid"]] = true
	}
	if len(sids) != 3 {
		t.Errorf("got tasks %v, want three", sids)
	}
}

func TestRateLimit(t *testing.T) {
	t.Parallel()
	now := time.Now()
	w := newWorld(t, func(o *api.Options) {
		o.RateLimit = 2
		o.Now = func() time.Time { return now }
	})
	c := &client{world: w, TB: t}
	get := func(user taskrouter.AccountSID) answer { return c.as(user, "GET", "/v1/Workspaces", "") }
	if a := get(account); a.header.Get("X-Rate-Limit-Remaining") != "1" {
		t.Errorf("remaining %s, want 1", a.header.Get("X-Rate-Limit-Remaining"))
	}
	get(account)
	a := get(account)
	if a.status != 429 || a.json(t)["code"] != 20429.0 || a.header.Get("Retry-After") != "1" {
		t.Errorf("the third request: %d, Retry-After %q, %s", a.status, a.header.Get("Retry-After"), a.body)
	}
	if a := get(otherAccount); a.status != 200 {
		t.Errorf("another account: %d, want 200", a.status)
	}
	now = now.Add(time.Second)
	if a := get(account); a.status != 200 {
		t.Errorf("a second later: %d, want 200", a.status)
	}
}

// What goes wrong on our side is told to the log, not to the client.
func TestPanic(t *testing.T) {
	t.Parallel()
	var log bytes.Buffer
	w := newWorld(t, func(o *api.Options) {
		o.Logger = slog.New(slog.NewTextHandler(&log, nil))
		o.Accounts = func(context.Context, string, string) (taskrouter.AccountSID, bool) {
			panic("the vault is open")
		}
	})
	c := &client{world: w, TB: t}
	a := c.do("GET", "/v1/Workspaces", "")
	id := a.header.Get("Twilio-Request-Id")
	if a.status != 500 || a.json(t)["code"] != 20500.0 || !strings.Contains(a.body, id) ||
		strings.Contains(a.body, "vault") {
		t.Errorf("%d %s", a.status, a.body)
	}
	if text := log.String(); !strings.Contains(text, "vault") || !strings.Contains(text, id) {
		t.Errorf("the log lacks the cause or the request's id %s: %s", id, text)
	}
}

// While the server stops, clients are told to come back.
func TestUnavailable(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	if err := c.engine.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	a := c.do("POST", "/v1/Workspaces/{ws}/Tasks", "")
	if a.status != 503 || a.header.Get("Retry-After") == "" {
		t.Errorf("%d, Retry-After %q: %s", a.status, a.header.Get("Retry-After"), a.body)
	}
}

// HTTP/1.0 needs no Host: then links lead to the address that took the request.
func TestNoHost(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	r := httptest.NewRequest("GET", c.expand("/v1/Workspaces/{ws}/Workers"), nil)
	r.SetBasicAuth(string(account), password)
	r.Host = ""
	local := &net.TCPAddr{IP: net.IPv4(192, 0, 2, 7), Port: 8080}
	a := c.send(r.WithContext(context.WithValue(t.Context(), http.LocalAddrContextKey, local)))
	if !strings.Contains(a.body, `"first_page_url":"http://192.0.2.7:8080/v1/Workspaces/`) {
		t.Errorf("links lead nowhere: %s", a.body)
	}
}

// What nobody could have meant is not repeated at length.
func TestLongPath(t *testing.T) {
	t.Parallel()
	a := newWorld(t).client(t).do("GET", "/v1/Workspaces/"+strings.Repeat("x", 5000), "")
	if a.status != 404 || len(a.body) > 1000 || !strings.Contains(a.body, "…") {
		t.Errorf("%d with %d bytes: %.300s", a.status, len(a.body), a.body)
	}
}

func TestPublicURL(t *testing.T) {
	t.Parallel()
	c := newWorld(t, func(o *api.Options) { o.PublicURL = "https://router.example.com/" }).client(t)
	a := c.do("GET", "/v1/Workspaces/{ws}/Workers?PageSize=1", "")
	if strings.Contains(a.body, "router.test") ||
		!strings.Contains(a.body, `"first_page_url":"https://router.example.com/v1/Workspaces/`) {
		t.Errorf("URLs are not below the public one: %s", a.body)
	}
}
