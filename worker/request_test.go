package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter/test/world"
	"taskrouter/worker"
)

// bridge is a stand-in for a server: a real one, but for requests whose inner URL ends in a
// suffix, which are answered by a function.
func bridge(
	t *testing.T, suffix string, answer func(rw http.ResponseWriter, params map[string]any),
) *http.Client {
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	return &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
		if r.Method == http.MethodPost {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return nil, err
			}
			var e struct {
				URL    string
				Params map[string]any
			}
			if err := json.Unmarshal(body, &e); err != nil {
				return nil, err
			}
			if strings.HasSuffix(e.URL, suffix) {
				rw := httptest.NewRecorder()
				answer(rw, e.Params)
				if rw.Code != 0 {
					return rw.Result(), nil
				}
			}
			r.Body = io.NopCloser(strings.NewReader(string(body)))
		}
		return transport.RoundTrip(r)
	})}
}

// TestStatistics asks for figures, and reads them as the hosted service writes them.
func TestStatistics(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	var asked map[string]any
	c := connect(t, alice, worker.Options{HTTPClient: bridge(t, "/Statistics",
		func(rw http.ResponseWriter, params map[string]any) {
			asked = params
			fmt.Fprint(rw, `{"payload":{"account_sid":"AC1","worker_sid":"WK1","cumulative":{
				"reservations_created":5,"reservations_accepted":3.0,"reservations_rejected":1,
				"reservations_timed_out":1,"reservations_canceled":0,"reservations_rescinded":0,
				"start_time":"2026-01-02T03:04:05Z","end_time":"2026-01-02T04:04:05Z",
				"activity_durations":[{"sid":"WA1","friendly_name":"Idle","avg":60,"min":30,
				"max":90,"total":120}]}}}`)
		})})
	start := time.Date(2026, 1, 2, 3, 4, 5, 0, time.UTC)
	got, err := c.Statistics(t.Context(), worker.StatisticsQuery{
		Minutes: 60, Start: start, End: start.Add(time.Hour), TaskChannel: "voice",
	})
	if err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(map[string]any{
		"Minutes": 60.0, "StartDate": "2026-01-02T03:04:05Z", "EndDate": "2026-01-02T04:04:05Z",
		"TaskChannel": "voice",
	}, asked); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	want := worker.Figures{
		Start: start, End: start.Add(time.Hour),
		ReservationsCreated: 5, ReservationsAccepted: 3, ReservationsRejected: 1,
		ReservationsTimedOut: 1,
		Activities: []worker.ActivityDuration{{SID: "WA1", FriendlyName: "Idle",
			Total: 2 * time.Minute, Average: time.Minute, Min: 30 * time.Second,
			Max: 90 * time.Second}},
	}
	if diff := cmp.Diff(want, got.Cumulative); diff != "" {
		t.Errorf("figures (-want +got):\n%s", diff)
	}
	if got.WorkerSID != "WK1" || !strings.Contains(string(got.Raw), "activity_durations") {
		t.Errorf("got %+v", got)
	}
}

// TestRetries repeats reads that failed for a reason that may pass, and nothing else.
func TestRetries(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	failures, asked := 0, 0
	fail := 503
	h := bridge(t, "/Channels", func(rw http.ResponseWriter, _ map[string]any) {
		asked++
		if failures == 0 {
			fmt.Fprint(rw, `{"payload":{"meta":{"key":"channels"},"channels":[]}}`)
			return
		}
		failures--
		rw.WriteHeader(fail)
	})
	c := connect(t, alice, worker.Options{HTTPClient: h})
	for _, test := range []struct {
		name                    string
		status, failures, asked int
		good                    bool
	}{
		{"passes", 503, 2, 3, true},
		{"stays", 503, 3, 3, false},
		{"too many requests", 429, 1, 2, true},
		{"refused", 403, 1, 1, false},
	} {
		failures, asked, fail = test.failures, 0, test.status
		_, err := c.Channels(t.Context())
		if (err == nil) != test.good || asked != test.asked {
			t.Errorf("%s: asked %d times: %v", test.name, asked, err)
		}
		failures = 0
	}
	failures, asked, fail = 9, 0, 503
	if err := c.Request(t.Context(), "POST", "Workers/x/Channels", nil, nil); status(err) != 503 ||
		asked != 1 {
		t.Errorf("a POST was sent %d times: %v", asked, err)
	}
}

// TestOddAnswers are what a broken server or a proxy says.
func TestOddAnswers(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	body := ""
	c := connect(t, w.NewWorker("alice", 1), worker.Options{
		HTTPClient: bridge(t, "/Channels", func(rw http.ResponseWriter, _ map[string]any) {
			fmt.Fprint(rw, body)
		}),
	})
	for _, body = range []string{
		"", "<html>", "[]", `{}`, `{"payload":null}`, `{"payload":[]}`, `{"payload":{}}`,
		`{"payload":{"meta":{"key":"channels"},"channels":7}}`,
		`{"payload":{"meta":{"key":"nothing"}}}`, `{"payload":{"meta":7}}`,
	} {
		if list, err := c.Channels(t.Context()); err == nil {
			t.Errorf("%s gives %v", body, list)
		}
	}
}

// TestRequestsAreCanceled end with their context.
func TestRequestsAreCanceled(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	hanging := make(chan struct{})
	c := connect(t, w.NewWorker("alice", 1), worker.Options{HTTPClient: &http.Client{
		Transport: tripper(func(r *http.Request) (*http.Response, error) {
			select {
			case hanging <- struct{}{}:
				<-r.Context().Done()
				return nil, r.Context().Err()
			default:
				return http.DefaultTransport.RoundTrip(r)
			}
		}),
	}})
	ctx, cancel := context.WithCancel(t.Context())
	done := make(chan error, 1)
	go func() {
		for {
			if _, err := c.Activities(ctx); err != nil {
				done <- err
				return
			}
		}
	}()
	<-hanging
	cancel()
	if err := <-done; !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}
