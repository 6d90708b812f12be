package compat

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"

	"taskrouter/test/world"
)

// patience is how long a test waits for what should happen soon.
const patience = 20 * time.Second

// A callback is a request that the server made, as far as the validators of clients look at it.
type callback struct {
	url       string // as it was configured
	form      url.Values
	signature string
}

// A receiver is an application: it accepts for its workers and is told of events.
type receiver struct {
	t      *testing.T
	origin string

	mu      sync.Mutex
	calls   []callback
	asked   []callback // assignment callbacks
	told    []callback // event callbacks
	changed chan struct{}
}

// receive starts an application on this machine.
func receive(t *testing.T) *receiver {
	a := &receiver{t: t, changed: make(chan struct{})}
	server := httptest.NewServer(a)
	t.Cleanup(server.Close)
	a.origin = server.URL
	return a
}

// assignURL and eventURL are what to configure. Queries belong to what is signed.
func (a *receiver) assignURL() string { return a.origin + "/assign?shop=1&lang=es" }
func (a *receiver) eventURL() string  { return a.origin + "/events?shop=1" }

func (a *receiver) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	body, err := io.ReadAll(r.Body)
	if err != nil {
		return // the server went away in the middle
	}
	form, err := url.ParseQuery(string(body))
	if err != nil || r.Method != http.MethodPost ||
		r.Header.Get("Content-Type") != "application/x-www-form-urlencoded" {
		a.t.Errorf("%s %s is no form: %v", r.Method, r.URL, err)
	}
	for name, values := range form {
		if len(values) != 1 {
			a.t.Errorf("%s comes %d times", name, len(values))
		}
	}
	got := callback{a.origin + r.RequestURI, form, r.Header.Get("X-Twilio-Signature")}
	a.mu.Lock()
	defer a.mu.Unlock()
	a.calls = append(a.calls, got)
	w.Header().Set("Content-Type", "application/json")
	if r.URL.Path == "/assign" {
		a.asked = append(a.asked, got)
		io.WriteString(w, `{"instruction":"accept"}`)
	} else {
		a.told = append(a.told, got)
		w.WriteHeader(http.StatusNoContent)
	}
	close(a.changed)
	a.changed = make(chan struct{})
}

// until waits until the events that were told are as wanted, and returns them.
func (a *receiver) until(what string, ok func(told []callback) bool) []callback {
	a.t.Helper()
	end := time.After(patience)
	for {
		a.mu.Lock()
		told, changed := slices.Clone(a.told), a.changed
		a.mu.Unlock()
		if ok(told) {
			return told
		}
		select {
		case <-changed:
		case <-end:
			a.t.Fatalf("waited in vain until %s; told of %v", what, types(told))
		}
	}
}

// untilTold waits until so many events of a type were told.
func (a *receiver) untilTold(kind string, times int) []callback {
	a.t.Helper()
	return a.until(kind+" is told", func(told []callback) bool {
		return count(told, kind) >= times
	})
}

// all returns every callback so far, in order.
func (a *receiver) all() []callback {
	a.mu.Lock()
	defer a.mu.Unlock()
	return slices.Clone(a.calls)
}

// types are the events' types, in order.
func types(told []callback) []string { return values(told, "EventType") }

// values are the callbacks' values of a parameter, in order.
func values(told []callback, name string) []string {
	list := make([]string, len(told))
	for i, c := range told {
		list[i] = c.form.Get(name)
	}
	return list
}

// count is how many events are of a type.
func count(told []callback, kind string) (n int) {
	for _, c := range told {
		if c.form.Get("EventType") == kind {
			n++
		}
	}
	return n
}

// checkSignatures has the validators of all three official clients look at callbacks, which were
// signed with the account's auth token.
func checkSignatures(t *testing.T, e world.Endpoint, list []callback) {
	t.Helper()
	if len(list) == 0 {
		t.Error("there are no callbacks whose signature could be checked")
		return
	}
	validator := client.NewRequestValidator(e.AuthToken)
	var lines strings.Builder
	for _, c := range list {
		params := make(map[string]string, len(c.form))
		for name := range c.form {
			params[name] = c.form.Get(name)
		}
		if !validator.Validate(c.url, params, c.signature) {
			t.Errorf("the Go client takes %s to %s for forged", params["EventType"], c.url)
		}
		line, err := json.Marshal(map[string]any{
			"url": c.url, "params": params, "signature": c.signature,
		})
		if err != nil {
			t.Fatal(err)
		}
		lines.Write(append(line, '\n'))
	}
	play(t, e, lines.String(), nil, "node", "validate.mjs")
	play(t, e, lines.String(), nil, "/usr/bin/python3", "validate.py")
}
