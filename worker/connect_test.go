package worker_test

import (
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// TestConnect follows an offer from the connect to its end.
func TestConnect(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	c := connect(t, alice, worker.Options{
		ConnectActivity: taskrouter.ActivitySID(w.Activity("Available")),
	})
	ready := want[worker.Ready](t, c)
	if got := ready.Worker; string(got.SID) != alice.SID || got.FriendlyName != "alice" ||
		got.ActivityName != "Offline" || got.DateCreated.IsZero() {
		t.Errorf("ready with %+v", got)
	}
	if e := want[worker.ActivityUpdated](t, c); e.Worker.ActivityName != "Available" {
		t.Errorf("activity %q, want Available", e.Worker.ActivityName)
	}
	task := w.NewTask(`{"to":"alice","number":7}`)
	offer := want[worker.ReservationCreated](t, c)
	if offer.Missed || offer.Reservation.Timeout != 120 || offer.Reservation.WorkerName != "alice" ||
		offer.Reservation.Task.AssignmentStatus != taskrouter.TaskReserved {
		t.Errorf("offer %+v of task %+v", offer, offer.Reservation.Task)
	}
	var order struct{ Number int }
	if err := offer.Reservation.Task.Attributes.Decode(&order); err != nil || order.Number != 7 {
		t.Errorf("attributes %v, %v", order, err)
	}
	r, err := offer.Reservation.Accept(t.Context())
	if err != nil || r.Status != taskrouter.ReservationAccepted ||
		r.Version <= offer.Reservation.Version {
		t.Fatalf("accepted %+v, %v", r, err)
	}
	if offer.Reservation.Status != taskrouter.ReservationPending {
		t.Error("the value that came with the event has changed")
	}
	if e := want[worker.ReservationAccepted](t, c); string(e.Reservation.TaskSID) != task {
		t.Errorf("accepted %+v", e.Reservation)
	}
	if got := c.Reservations(); len(got) != 1 ||
		got[0].Status != taskrouter.ReservationAccepted ||
		got[0].Task.AssignmentStatus != taskrouter.TaskAssigned {
		t.Errorf("open reservations %+v", got)
	}
	done, err := r.Task.Complete(t.Context(), "sent")
	if err != nil || done.Reason != "sent" || done.AssignmentStatus != taskrouter.TaskCompleted {
		t.Fatalf("completed %+v, %v", done, err)
	}
	await[worker.ReservationCompleted](t, c)
	if got := c.Reservations(); len(got) != 0 {
		t.Errorf("open reservations %+v, want none", got)
	}
}

// TestOpenReservations are told when a client connects that was not there when they were made.
func TestOpenReservations(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Capacity(5)
	alice.Become("Available")
	statuses := []string{"wrapping", "accepted", "pending", "completed"}
	for _, status := range statuses {
		alice.Bring(w.NewTask(`{"status":"`+status+`"}`), status)
	}
	c := connect(t, alice, worker.Options{
		ConnectActivity: taskrouter.ActivitySID(w.Activity("Unavailable")),
	})
	ready := want[worker.Ready](t, c)
	wrapup, accepted, created := want[worker.ReservationWrapup](t, c),
		want[worker.ReservationAccepted](t, c), want[worker.ReservationCreated](t, c)
	if !wrapup.Missed || !accepted.Missed || !created.Missed {
		t.Error("what was there before is not marked as missed")
	}
	told := []*worker.Reservation{wrapup.Reservation, accepted.Reservation, created.Reservation}
	for i, r := range ready.Reservations {
		if r != told[i] || string(r.Task.Attributes) != `{"status":"`+statuses[i]+`"}` {
			t.Errorf("reservation %d is %+v of task %+v", i, r, r.Task)
		}
	}
	if len(ready.Reservations) != 3 {
		t.Errorf("%d open reservations, want 3", len(ready.Reservations))
	}
	// An offer was pending, so the activity is left alone.
	if got := alice.Activity(); got != "Available" {
		t.Errorf("the worker is %s, want Available", got)
	}
}

// TestRefusedConnects are all that can be wrong from the start.
func TestRefusedConnects(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	parts := strings.Split(alice.Token(), ".")
	forged := parts[0] + "." + parts[1] + "." + base64.RawURLEncoding.EncodeToString([]byte("forged"))
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	elsewhere := httptest.NewServer(http.RedirectHandler(w.URL, http.StatusTemporaryRedirect))
	defer elsewhere.Close()
	page := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		fmt.Fprint(rw, "<html>welcome</html>")
	}))
	defer page.Close()
	busy := httptest.NewServer(http.HandlerFunc(func(rw http.ResponseWriter, _ *http.Request) {
		rw.Header().Set("Retry-After", "7")
		rw.WriteHeader(http.StatusServiceUnavailable)
		fmt.Fprint(rw, `{"code":20503,"message":"come later","more_info":"https://example.com"}`)
	}))
	defer busy.Close()
	gone := httptest.NewServer(nil)
	gone.Close()
	for _, test := range []struct {
		name, token string
		o           worker.Options
		status      int // of an Error, -1: the error is another one
		says        string
	}{
		{"no URL", alice.Token(), worker.Options{}, -1, "Options.URL is empty"},
		{"no token", "", worker.Options{URL: w.URL}, -1, "neither a token"},
		{"no JWT", "hello", worker.Options{URL: w.URL}, -1, "three parts"},
		{"forged", forged, worker.Options{URL: w.URL}, 401, "not signed by"},
		{"expired", alice.TokenUntil(time.Now().Add(-time.Minute)), worker.Options{URL: w.URL},
			401, "expired"},
		{"no renewal", "", worker.Options{URL: w.URL, RenewToken: func(context.Context) (string, error) {
			return "", errors.New("no token today")
		}}, -1, "no token today"},
		{"unknown connect activity", alice.Token(), worker.Options{URL: w.URL,
			ConnectActivity: "WA00000000000000000000000000000000"}, 400, "update the worker"},
		{"no server", alice.Token(), worker.Options{URL: gone.URL}, 0, "refused"},
		{"silent server", alice.Token(), worker.Options{URL: "http://" + silent.Addr().String(),
			Timeout: 50 * time.Millisecond}, 0, "deadline"},
		{"redirect", alice.Token(), worker.Options{URL: elsewhere.URL}, 307, "temporary redirect"},
		{"a web page", alice.Token(), worker.Options{URL: page.URL}, 200, "ok"},
		{"wrong path", alice.Token(), worker.Options{URL: w.URL + "/nowhere"}, 404, ""},
		{"busy", alice.Token(), worker.Options{URL: busy.URL}, 503, "come later"},
	} {
		t.Run(test.name, func(t *testing.T) {
			c, err := worker.Connect(t.Context(), test.token, test.o)
			if err == nil {
				c.Close()
				t.Fatal("it connected")
			}
			status := -1
			e, ok := errors.AsType[*worker.Error](err)
			if ok {
				status = e.Status
			}
			if status != test.status || !strings.Contains(err.Error(), test.says) {
				t.Errorf("error with status %d: %v", status, err)
			}
			if strings.Contains(err.Error(), "eyJ") {
				t.Errorf("the error tells the token: %v", err)
			}
			if test.name == "busy" && (e.Code != 20503 || e.RetryAfter != 7*time.Second ||
				e.MoreInfo == "" || !e.Temporary()) {
				t.Errorf("got %+v", e)
			}
		})
	}
	t.Run("deleted worker", func(t *testing.T) {
		bob := w.NewWorker("bob", 1)
		if err := w.API.DeleteWorker(w.Workspace, bob.SID, nil); err != nil {
			t.Fatal(err)
		}
		_, err := worker.Connect(t.Context(), bob.Token(), worker.Options{URL: w.URL})
		if e, ok := errors.AsType[*worker.Error](err); !ok || e.Status != 403 {
			t.Errorf("got %v", err)
		}
	})
}

// TestConnectIsCanceled gives up when its context does, and says so.
func TestConnectIsCanceled(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	silent, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer silent.Close()
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	go func() {
		// The client is under way once it has connected.
		if conn, err := silent.Accept(); err == nil {
			cancel()
			<-t.Context().Done()
			conn.Close()
		}
	}()
	_, err = worker.Connect(ctx, w.NewWorker("alice", 1).Token(),
		worker.Options{URL: "http://" + silent.Addr().String()})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("got %v", err)
	}
}

// TestTokenInProtocol connects without the token in any URL.
func TestTokenInProtocol(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	seen := make(chan string, 100)
	c := connect(t, w.NewWorker("alice", 1), worker.Options{
		TokenInProtocol: true,
		HTTPClient: &http.Client{Transport: tripper(func(r *http.Request) (*http.Response, error) {
			seen <- r.URL.String()
			return http.DefaultTransport.RoundTrip(r)
		})},
	})
	want[worker.Ready](t, c)
	c.Close()
	close(seen)
	for address := range seen {
		if strings.Contains(address, "eyJ") {
			t.Errorf("the token stands in %s", address)
		}
	}
}

// A tripper is a function as a transport.
type tripper func(*http.Request) (*http.Response, error)

// RoundTrip calls the function.
func (f tripper) RoundTrip(r *http.Request) (*http.Response, error) { return f(r) }

// TestHostedAddresses talks to a server as if it were the hosted service: what differs is where
// the names lead.
func TestHostedAddresses(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	type address struct{ method, url string }
	seen := make(chan address, 100)
	transport := &http.Transport{}
	t.Cleanup(transport.CloseIdleConnections)
	c := connect(t, alice, worker.Options{
		URL:    "wss://event-bridge.twilio.com",
		APIURL: "https://taskrouter.twilio.com/v1",
		HTTPClient: &http.Client{
			Timeout: patience, // for requests: the socket lives longer
			Transport: tripper(func(r *http.Request) (*http.Response, error) {
				r = r.Clone(r.Context())
				seen <- address{r.Method, r.URL.Scheme + "://" + r.URL.Host + r.URL.Path}
				r.URL.Scheme, r.URL.Host = "http", w.URL[len("http://"):]
				return transport.RoundTrip(r)
			}),
		},
	})
	want[worker.Ready](t, c)
	w.NewTask(`{}`)
	offer := want[worker.ReservationCreated](t, c)
	if _, err := offer.Reservation.Accept(t.Context()); err != nil {
		t.Fatal(err)
	}
	want[worker.ReservationAccepted](t, c)
	channel := "https://event-bridge.twilio.com/v1/wschannels/" + w.Account + "/" + alice.SID
	if first := <-seen; first != (address{"GET", channel}) {
		t.Errorf("the socket is at %v", first)
	}
	if second := <-seen; second != (address{"POST", channel}) {
		t.Errorf("requests go to %v", second)
	}
}
