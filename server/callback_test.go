package server_test

import (
	"bytes"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/twilio/twilio-go/client"

	"taskrouter/server"
)

// An app is an application that accepts for its workers and is told of events.
type app struct {
	*httptest.Server
	t     *testing.T
	token string

	mu     sync.Mutex
	events []string
	asked  []url.Values
}

func newApp(t *testing.T) *app {
	a := &app{t: t}
	a.Server = httptest.NewServer(a)
	t.Cleanup(a.Close)
	return a
}

func (a *app) ServeHTTP(w http.ResponseWriter, q *http.Request) {
	body, err := io.ReadAll(q.Body)
	if err != nil {
		return
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	validator := client.NewRequestValidator(a.token)
	if !validator.ValidateBody(a.URL+q.RequestURI, body, q.Header.Get("X-Twilio-Signature")) {
		a.t.Errorf("the signature of %s is wrong", q.RequestURI)
	}
	form, _ := url.ParseQuery(string(body))
	w.Header().Set("Content-Type", "application/json")
	if q.URL.Path == "/assign" {
		a.asked = append(a.asked, form)
		io.WriteString(w, `{"instruction":"accept"}`)
		return
	}
	a.events = append(a.events, form.Get("EventType"))
	w.WriteHeader(http.StatusNoContent)
}

// heard reports whether the application was told of an event of a type.
func (a *app) heard(kind string) bool {
	a.mu.Lock()
	defer a.mu.Unlock()
	for _, e := range a.events {
		if e == kind {
			return true
		}
	}
	return false
}

// offer makes a workspace with callbacks, in which a worker is offered a task; it returns the
// path of the reservation.
func (r *running) offer(a *app) string {
	r.t.Helper()
	a.mu.Lock()
	a.token = r.Account().AuthToken
	a.mu.Unlock()
	post := func(path string, form ...string) map[string]any {
		r.t.Helper()
		status, body := r.ask("POST", path, form...)
		if status != http.StatusCreated {
			r.t.Fatalf("POST %s: %d %v", path, status, body)
		}
		return body
	}
	ws := "/v1/Workspaces/" + post("/v1/Workspaces", "FriendlyName", "Calls", "MultiTaskEnabled",
		"true", "EventCallbackUrl", a.URL+"/events")["sid"].(string)
	queue := post(ws+"/TaskQueues", "FriendlyName", "All")["sid"].(string)
	flow := post(ws+"/Workflows", "FriendlyName", "Flow", "AssignmentCallbackUrl", a.URL+"/assign",
		"Configuration", `{"task_routing":{"default_filter":{"queue":"`+queue+`"}}}`)["sid"].(string)
	activity := post(ws+"/Activities", "FriendlyName", "Here", "Available", "true")["sid"].(string)
	post(ws+"/Workers", "FriendlyName", "Alice", "ActivitySid", activity)
	task := post(ws+"/Tasks", "WorkflowSid", flow)["sid"].(string)
	_, list := r.ask("GET", ws+"/Tasks/"+task+"/Reservations")
	first := list["reservations"].([]any)[0].(map[string]any)
	return ws + "/Tasks/" + task + "/Reservations/" + first["sid"].(string)
}

// soon waits for something that follows from what was done.
func soon(t *testing.T, what string, ok func() bool) {
	t.Helper()
	for end := time.Now().Add(time.Minute); !ok(); time.Sleep(time.Millisecond) {
		if time.Now().After(end) {
			t.Fatalf("waited in vain until %s", what)
		}
	}
}

func (r *running) status(reservation string) string {
	_, body := r.ask("GET", reservation)
	s, _ := body["reservation_status"].(string)
	return s
}

// TestCallbacks has an application accept for a worker and hear of everything, also of what
// happened while the server stopped.
func TestCallbacks(t *testing.T) {
	t.Parallel()
	a := newApp(t)
	config := server.Config{CallbackAllow: "127.0.0.1", DataDir: t.TempDir() + "/data"}
	r := run(t, config)
	reservation := r.offer(a)
	soon(t, "the offer is accepted", func() bool { return r.status(reservation) == "accepted" })
	soon(t, "the application hears of it", func() bool { return a.heard("reservation.accepted") })
	_, metrics := r.get(r.InternalURL() + "/metrics")
	for _, want := range []string{
		`taskrouter_assignment_callbacks_total{result="accept"} 1`,
		`taskrouter_assignment_callbacks_total{result="failed"} 0`,
		`taskrouter_event_callbacks_total{result="refused"} 0`,
		`taskrouter_event_callbacks_down 0`,
	} {
		if !strings.Contains(metrics, want) {
			t.Errorf("metrics lack %s", want)
		}
	}
	if status, body := r.ask("POST", reservation, "ReservationStatus", "completed"); status != 200 {
		t.Fatalf("complete: %d %v", status, body)
	}
	r.end()
	run(t, config)
	soon(t, "the application hears of it", func() bool { return a.heard("reservation.completed") })
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked) != 1 {
		t.Errorf("the application was asked %d times, want once", len(a.asked))
	}
}

// A logText is a log that several may write to.
type logText struct {
	mu   sync.Mutex
	text bytes.Buffer
}

func (p *logText) Write(b []byte) (int, error) {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.Write(b)
}

func (p *logText) String() string {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.text.String()
}

// TestCallbacksReachOnlyPublicAddresses unless told otherwise, and alerts say
// what to do.
func TestCallbacksReachOnlyPublicAddresses(t *testing.T) {
	t.Parallel()
	a, log := newApp(t), new(logText)
	r := run(t, server.Config{Logger: slog.New(slog.NewTextHandler(log, nil))})
	reservation := r.offer(a)
	soon(t, "the offer is canceled", func() bool { return r.status(reservation) == "canceled" })
	soon(t, "the log tells the number", func() bool {
		return strings.Contains(log.String(), "code=11200")
	})
	ws, _, _ := strings.Cut(reservation, "/Tasks/")
	_, list := r.ask("GET", ws+"/Alerts")
	if text := fmt.Sprint(list["alerts"]); !strings.Contains(text, "TASKROUTER_CALLBACK_ALLOW") {
		t.Errorf("no alert names the setting: %s", text)
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	if len(a.asked)+len(a.events) != 0 {
		t.Errorf("the application was called: %v, %v", a.asked, a.events)
	}
}
