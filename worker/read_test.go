package worker

import (
	"encoding/base64"
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
)

// TestReadHostedEvent reads a reservation event as the hosted service sends it: the task, and
// of the reservation its SID.
func TestReadHostedEvent(t *testing.T) {
	t.Parallel()
	c := &Client{claims: claims{Account: "AC1", Workspace: "WS1", Channel: "WK1"}}
	e, err := c.readEvent([]byte(`{"event_type":"reservation.accepted","payload":{
		"sid":"WT1","reservation_sid":"WR1","assignment_status":"assigned",
		"attributes":"{\"n\":1}","addons":"{}","date_created":1400000000,
		"date_updated":"2014-05-13T16:53:21Z","reason":null,"new_field":[1]}}`))
	if err != nil {
		t.Fatal(err)
	}
	got, ok := e.(ReservationAccepted)
	if !ok {
		t.Fatalf("got %T", e)
	}
	r := got.Reservation
	if r.SID != "WR1" || r.TaskSID != "WT1" || r.WorkerSID != "WK1" || r.AccountSID != "AC1" ||
		r.Status != taskrouter.ReservationAccepted || r.client != c {
		t.Errorf("got reservation %+v", r)
	}
	if r.Task.AssignmentStatus != taskrouter.TaskAssigned || r.Task.Attributes != `{"n":1}` ||
		!r.Task.DateCreated.Equal(time.Unix(1400000000, 0)) ||
		!r.Task.DateUpdated.Equal(time.Unix(1400000001, 0)) {
		t.Errorf("got task %+v", r.Task)
	}
}

// TestReadOddEvents reads what nobody expects: it is passed on or refused, never lost in silence.
func TestReadOddEvents(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		name, frame string
		want        Event
	}{
		{"unknown type", `{"event_type":"worker.hat.update","payload":{"hat":1}}`,
			OtherEvent{"worker.hat.update", json.RawMessage(`{"hat":1}`)}},
		{"unknown reservation event", `{"event_type":"reservation.lost","payload":{}}`,
			OtherEvent{"reservation.lost", json.RawMessage(`{}`)}},
		{"reservation event without its SID",
			`{"event_type":"reservation.created","payload":{"sid":"WT1"}}`,
			OtherEvent{"reservation.created", json.RawMessage(`{"sid":"WT1"}`)}},
		{"payload of another kind", `{"event_type":"task.updated","payload":[1]}`,
			OtherEvent{"task.updated", json.RawMessage(`[1]`)}},
		{"no payload", `{"event_type":"init"}`, OtherEvent{Type: "init"}},
		{"no event", `{"payload":{}}`, nil},
		{"not JSON", `hello`, nil},
	} {
		c := &Client{log: slog.New(slog.DiscardHandler)}
		got, err := c.readEvent([]byte(test.frame))
		if (err != nil) != (test.want == nil) {
			t.Errorf("%s: error %v", test.name, err)
		}
		if diff := cmp.Diff(test.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", test.name, diff)
		}
	}
}

func TestReadToken(t *testing.T) {
	t.Parallel()
	sealed := func(payload string) string {
		return "h." + base64.RawURLEncoding.EncodeToString([]byte(payload)) + ".s"
	}
	const good = `{"account_sid":"AC1","workspace_sid":"WS1","channel":"WK1","exp":1700000000.5}`
	for _, test := range []struct{ name, raw, want string }{
		{"good", sealed(good), ""},
		{"padded", "h." + base64.URLEncoding.EncodeToString([]byte(good)) + ".s", ""},
		{"empty", "", "three parts"},
		{"two parts", "a.b", "three parts"},
		{"not base64", "a.!.c", "not base64"},
		{"not JSON", sealed("hello"), "not a JSON object"},
		{"an access token", sealed(`{"sub":"AC1","grants":{}}`), "not a capability token"},
		{"no workspace", sealed(`{"account_sid":"AC1","channel":"WK1"}`), "no workspace_sid"},
		{"no channel", sealed(`{"account_sid":"AC1","workspace_sid":"WS1"}`), "no channel"},
		{"of a queue", sealed(`{"account_sid":"AC1","workspace_sid":"WS1","channel":"WQ1"}`),
			"not a worker"},
	} {
		c, err := readToken(test.raw)
		if test.want == "" {
			if err != nil || c.Channel != "WK1" || c.expires().UnixMilli() != 1700000000500 {
				t.Errorf("%s: %+v, %v", test.name, c, err)
			}
		} else if err == nil || !strings.Contains(err.Error(), test.want) {
			t.Errorf("%s: error %v, want one with %q", test.name, err, test.want)
		}
	}
}

func TestRenewal(t *testing.T) {
	t.Parallel()
	now := time.Unix(1000000, 0)
	for _, test := range []struct{ left, before time.Duration }{
		{time.Hour, time.Minute},
		{time.Minute, 6 * time.Second},
		{100 * 24 * time.Hour, time.Minute},
		{0, 0},
		{-time.Hour, 0},
	} {
		end := now.Add(test.left)
		if got := end.Sub(renewal(now, end)); got != test.before {
			t.Errorf("with %v left it is renewed %v before the end, want %v",
				test.left, got, test.before)
		}
	}
}

func TestHosts(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		url, api string
		want     hosts
	}{
		{"http://127.0.0.1:8080", "", hosts{"http://127.0.0.1:8080", "http://127.0.0.1:8080/v1"}},
		{"wss://router.example.com/", "",
			hosts{"https://router.example.com", "https://router.example.com/v1"}},
		{"ws://router:81/tr/", "", hosts{"http://router:81/tr", "http://router:81/tr/v1"}},
		{"https://event-bridge.twilio.com", "https://taskrouter.twilio.com/v1/",
			hosts{"https://event-bridge.twilio.com", "https://taskrouter.twilio.com/v1"}},
		{"", "", hosts{}},
		{"router.example.com", "", hosts{}},
		{"ftp://router.example.com", "", hosts{}},
		{"https://", "", hosts{}},
		{"https://me:secret@router.example.com", "", hosts{}},
		{"https://router.example.com?token=secret", "", hosts{}},
		{"https://router.example.com", "/v1", hosts{"https://router.example.com", ""}},
		{"://secret", "", hosts{}},
	} {
		o := Options{URL: test.url, APIURL: test.api}
		got, err := o.hosts()
		if (err != nil) != (test.want.api == "") || err == nil && got != test.want {
			t.Errorf("%q, %q: %v, %v", test.url, test.api, got, err)
		}
		if err != nil && strings.Contains(err.Error(), "secret") {
			t.Errorf("%q: the error tells a secret: %v", test.url, err)
		}
	}
}

func TestAttributes(t *testing.T) {
	t.Parallel()
	for _, test := range []struct {
		given any
		want  string
	}{
		{`{"a": 1}`, `{"a": 1}`},
		{Attributes(`{"a":1}`), `{"a":1}`},
		{json.RawMessage(`{"a":1}`), `{"a":1}`},
		{[]byte(`{"a":1}`), `{"a":1}`},
		{map[string]int{"a": 1}, `{"a":1}`},
		{struct{ A int }{1}, `{"A":1}`},
	} {
		if got, err := attributesText(test.given); err != nil || got != test.want {
			t.Errorf("%T: %q, %v", test.given, got, err)
		}
	}
	if _, err := attributesText(func() {}); err == nil {
		t.Error("a function has been marshaled")
	}
	var v struct{ A int }
	if err := Attributes("").Decode(&v); err != nil {
		t.Error(err)
	}
	if err := Attributes(`{"a":1}`).Decode(&v); err != nil || v.A != 1 {
		t.Error(v, err)
	}
	if err := Attributes(`[`).Decode(&v); err == nil {
		t.Error("an open bracket has been read")
	}
}

func TestBackoff(t *testing.T) {
	t.Parallel()
	for attempt, middle := range map[int]time.Duration{
		0: time.Second, 1: time.Second, 2: 3 * time.Second, 5: 30 * time.Second,
		99: 30 * time.Second,
	} {
		seen := make(map[time.Duration]bool)
		for range 100 {
			d := backoff(attempt)
			if d < middle/2 || d > middle/2*3+1 {
				t.Errorf("attempt %d waits %v", attempt, d)
			}
			seen[d] = true
		}
		if len(seen) < 2 {
			t.Errorf("attempt %d always waits the same", attempt)
		}
	}
}

func TestCloseErrorIs(t *testing.T) {
	t.Parallel()
	all := []error{ErrClosed, ErrDisplaced, ErrTokenExpired, ErrDeleted}
	for code, want := range map[int]error{
		4001: ErrDisplaced, 4002: ErrTokenExpired, 4003: ErrDeleted, 1001: nil,
	} {
		e := fmt.Errorf("wrapped: %w", &CloseError{Code: code})
		for _, each := range all {
			if got := errors.Is(e, each); got != (each == want) {
				t.Errorf("code %d is %q: %v", code, each, got)
			}
		}
	}
}
