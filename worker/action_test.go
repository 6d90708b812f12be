package worker_test

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"
	rest "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter"
	"taskrouter/test/world"
	"taskrouter/worker"
)

// A tap notes the parameters of the last POST that goes through it.
type tap struct {
	mu     sync.Mutex
	params map[string]any
}

// RoundTrip notes and passes on.
func (t *tap) RoundTrip(r *http.Request) (*http.Response, error) {
	if r.Method == http.MethodPost {
		body, err := io.ReadAll(r.Body)
		if err != nil {
			return nil, err
		}
		var e struct {
			Method string
			Params map[string]any
		}
		if err := json.Unmarshal(body, &e); err != nil {
			return nil, err
		}
		if e.Method == http.MethodPost {
			t.mu.Lock()
			t.params = e.Params
			t.mu.Unlock()
		}
		r.Body = io.NopCloser(strings.NewReader(string(body)))
	}
	return http.DefaultTransport.RoundTrip(r)
}

func (t *tap) last() map[string]any {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.params
}

type reservation = worker.Reservation

// TestActions answers an offer in every way: the request has every parameter, and the server
// does what it should.
func TestActions(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	wire := &tap{}
	c := connect(t, alice, worker.Options{HTTPClient: &http.Client{Transport: wire}})
	want[worker.Ready](t, c)
	away := taskrouter.ActivitySID(w.Activity("Unavailable"))
	const call = "CA0123456789abcdef0123456789abcdef"
	for _, test := range []struct {
		name   string
		do     func(context.Context, *reservation) (*reservation, error)
		params map[string]any
		ends   taskrouter.ReservationStatus
	}{
		{"accept", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Accept(ctx)
		}, map[string]any{"ReservationStatus": "accepted"}, "accepted"},
		{"reject", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Reject(ctx, "")
		}, map[string]any{"ReservationStatus": "rejected"}, "rejected"},
		{"reject with activity", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Reject(ctx, away)
		}, map[string]any{"ReservationStatus": "rejected", "WorkerActivitySid": string(away)},
			"rejected"},
		{"dequeue", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Dequeue(ctx, worker.DequeueOptions{})
		}, map[string]any{"Instruction": "dequeue"}, "accepted"},
		{"dequeue with all options", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Dequeue(ctx, worker.DequeueOptions{
				To: "client:joey", From: "18004746453", PostWorkActivity: away,
				Record: "record-from-answer", Timeout: 30,
				StatusCallbackURL:    "https://example.com/calls",
				StatusCallbackEvents: []string{"initiated", "completed"},
			})
		}, map[string]any{
			"Instruction": "dequeue", "DequeueTo": "client:joey", "DequeueFrom": "18004746453",
			"DequeuePostWorkActivitySid": string(away), "DequeueRecord": "record-from-answer",
			"DequeueTimeout": 30.0, "DequeueStatusCallbackUrl": "https://example.com/calls",
			"DequeueStatusCallbackEvent": "initiated,completed",
		}, "accepted"},
		{"call", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Call(ctx, worker.CallOptions{From: "18004746453", URL: "https://example.com/x"})
		}, map[string]any{"Instruction": "call", "CallFrom": "18004746453",
			"CallUrl": "https://example.com/x", "CallAccept": false}, "pending"},
		{"call with all options", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Call(ctx, worker.CallOptions{
				From: "18004746453", URL: "https://example.com/x", To: "client:joey",
				StatusCallbackURL: "https://example.com/calls", Accept: true,
				Record: "do-not-record", Timeout: 15,
			})
		}, map[string]any{
			"Instruction": "call", "CallFrom": "18004746453", "CallUrl": "https://example.com/x",
			"CallTo": "client:joey", "CallStatusCallbackUrl": "https://example.com/calls",
			"CallAccept": true, "CallRecord": "do-not-record", "CallTimeout": 15.0,
		}, "accepted"},
		{"redirect", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Redirect(ctx, worker.RedirectOptions{CallSID: call, URL: "https://example.com/x"})
		}, map[string]any{"Instruction": "redirect", "RedirectCallSid": call,
			"RedirectUrl": "https://example.com/x", "RedirectAccept": false}, "pending"},
		{"redirect and accept", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Redirect(ctx, worker.RedirectOptions{
				CallSID: call, URL: "https://example.com/x", Accept: true,
			})
		}, map[string]any{"Instruction": "redirect", "RedirectCallSid": call,
			"RedirectUrl": "https://example.com/x", "RedirectAccept": true}, "accepted"},
		{"conference", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Conference(ctx, worker.ConferenceOptions{})
		}, map[string]any{"Instruction": "conference"}, "accepted"},
		{"conference with all options", func(ctx context.Context, r *reservation) (*reservation, error) {
			return r.Conference(ctx, everyConferenceOption(away))
		}, everyConferenceParameter(away), "accepted"},
		{"wrap", func(ctx context.Context, r *reservation) (*reservation, error) {
			if r, err := r.Accept(ctx); err != nil {
				return r, err
			}
			return r.Wrap(ctx)
		}, map[string]any{"ReservationStatus": "wrapping"}, "wrapping"},
		{"complete", func(ctx context.Context, r *reservation) (*reservation, error) {
			if r, err := r.Accept(ctx); err != nil {
				return r, err
			}
			return r.Complete(ctx)
		}, map[string]any{"ReservationStatus": "completed"}, "completed"},
	} {
		t.Run(test.name, func(t *testing.T) {
			alice.Become("Available")
			task := w.NewTask(`{"action":"` + test.name + `"}`)
			offer := offered(t, c, task)
			r, err := test.do(t.Context(), offer)
			if err != nil {
				t.Fatal(err)
			}
			if r.SID != offer.SID || r.Status != test.ends || r.Task != offer.Task {
				t.Errorf("got %+v, want status %s", r, test.ends)
			}
			if diff := cmp.Diff(test.params, wire.last()); diff != "" {
				t.Errorf("parameters (-want +got):\n%s", diff)
			}
			now, err := r.Fetch(t.Context())
			if err != nil || now.Status != test.ends ||
				string(now.Task.Attributes) != `{"action":"`+test.name+`"}` {
				t.Errorf("read again %+v, %v", now, err)
			}
			if err := w.API.DeleteTask(w.Workspace, task, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
}

func everyConferenceOption(away taskrouter.ActivitySID) worker.ConferenceOptions {
	return worker.ConferenceOptions{
		To: "client:joey", From: "18004746453", PostWorkActivity: away, Timeout: 30,
		StatusCallback: "https://example.com/a", StatusCallbackMethod: "GET",
		StatusCallbackEvents: []string{"initiated", "ringing"},
		Record:               new(true), Muted: new(false), EarlyMedia: new(true),
		RecordingChannels: "dual", RecordingStatusCallback: "https://example.com/b",
		RecordingStatusCallbackMethod: "POST", SIPAuthUsername: "u", SIPAuthPassword: "p",
		JitterBufferSize: "small", Region: "ie1", Beep: "onEnter",
		BeepOnCustomerEntrance: new(true), StartConferenceOnEnter: new(false),
		EndConferenceOnExit: new(true), EndConferenceOnCustomerExit: new(true),
		WaitURL: "https://example.com/c", WaitMethod: "GET", MaxParticipants: 5,
		ConferenceStatusCallback:                "https://example.com/d",
		ConferenceStatusCallbackMethod:          "POST",
		ConferenceStatusCallbackEvents:          []string{"start", "end"},
		ConferenceRecord:                        "record-from-start",
		ConferenceTrim:                          "do-not-trim",
		ConferenceRecordingStatusCallback:       "https://example.com/e",
		ConferenceRecordingStatusCallbackMethod: "GET",
		Other:                                   map[string]any{"Region": "us1"},
	}
}

func everyConferenceParameter(away taskrouter.ActivitySID) map[string]any {
	return map[string]any{
		"Instruction": "conference", "To": "client:joey", "From": "18004746453",
		"PostWorkActivitySid": string(away), "Timeout": 30.0,
		"StatusCallback": "https://example.com/a", "StatusCallbackMethod": "GET",
		"StatusCallbackEvent": "initiated,ringing", "Record": true, "Muted": false,
		"EarlyMedia": true, "RecordingChannels": "dual",
		"RecordingStatusCallback":       "https://example.com/b",
		"RecordingStatusCallbackMethod": "POST", "SipAuthUsername": "u", "SipAuthPassword": "p",
		"JitterBufferSize": "small", "Region": "us1", "Beep": "onEnter",
		"BeepOnCustomerEntrance": true, "StartConferenceOnEnter": false,
		"EndConferenceOnExit": true, "EndConferenceOnCustomerExit": true,
		"WaitUrl": "https://example.com/c", "WaitMethod": "GET", "MaxParticipants": 5.0,
		"ConferenceStatusCallback":                "https://example.com/d",
		"ConferenceStatusCallbackMethod":          "POST",
		"ConferenceStatusCallbackEvent":           "start,end",
		"ConferenceRecord":                        "record-from-start",
		"ConferenceTrim":                          "do-not-trim",
		"ConferenceRecordingStatusCallback":       "https://example.com/e",
		"ConferenceRecordingStatusCallbackMethod": "GET",
	}
}

// TestRefusedActions are actions that the server does not allow: the error says what and why,
// and nothing has changed.
func TestRefusedActions(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	alice.Become("Available")
	c := connect(t, alice, worker.Options{})
	want[worker.Ready](t, c)
	task := w.NewTask(`{}`)
	offer := want[worker.ReservationCreated](t, c).Reservation
	const nobody = "00000000000000000000000000000000"
	for _, test := range []struct {
		name   string
		do     func(context.Context) error
		status int
		says   string
	}{
		{"complete an offer", func(ctx context.Context) error {
			_, err := offer.Complete(ctx)
			return err
		}, 400, "complete reservation " + string(offer.SID)},
		{"wrap an offer", func(ctx context.Context) error {
			_, err := offer.Wrap(ctx)
			return err
		}, 400, "wrap up reservation"},
		{"reject with an unknown activity", func(ctx context.Context) error {
			_, err := offer.Reject(ctx, "WA"+nobody)
			return err
		}, 400, "WA" + nobody},
		{"call without anything", func(ctx context.Context) error {
			_, err := offer.Call(ctx, worker.CallOptions{})
			return err
		}, 400, "CallFrom"},
		{"redirect of no call", func(ctx context.Context) error {
			_, err := offer.Redirect(ctx, worker.RedirectOptions{CallSID: "hello", URL: "https://x.org"})
			return err
		}, 400, "RedirectCallSid"},
		{"dequeue that records oddly", func(ctx context.Context) error {
			_, err := offer.Dequeue(ctx, worker.DequeueOptions{Record: "sometimes"})
			return err
		}, 400, "DequeueRecord"},
		{"conference of 1", func(ctx context.Context) error {
			_, err := offer.Conference(ctx, worker.ConferenceOptions{MaxParticipants: 1})
			return err
		}, 400, "MaxParticipants"},
		{"complete a task that is only offered", func(ctx context.Context) error {
			_, err := c.CompleteTask(ctx, taskrouter.TaskSID(task), "")
			return err
		}, 400, "complete task " + task},
		{"read no task", func(ctx context.Context) error {
			_, err := c.FetchTask(ctx, "WT"+nobody)
			return err
		}, 404, "read task"},
		{"read no reservation", func(ctx context.Context) error {
			_, err := c.FetchReservation(ctx, offer.TaskSID, "WR"+nobody)
			return err
		}, 404, "read reservation"},
		{"task attributes that are no object", func(ctx context.Context) error {
			_, err := offer.Task.Update(ctx, worker.TaskUpdate{Attributes: "[1]"})
			return err
		}, 400, "update task"},
		{"unknown activity", func(ctx context.Context) error {
			_, err := c.SetActivity(ctx, "WA"+nobody)
			return err
		}, 400, "WA" + nobody},
		{"worker attributes that are no JSON", func(ctx context.Context) error {
			_, err := c.Update(ctx, worker.WorkerUpdate{Attributes: "{"})
			return err
		}, 400, "update the worker"},
		{"worker attributes that cannot be marshaled", func(ctx context.Context) error {
			_, err := c.Update(ctx, worker.WorkerUpdate{Attributes: make(chan int)})
			return err
		}, 0, "unsupported type"},
		{"an update that says nothing", func(ctx context.Context) error {
			_, err := offer.Task.Update(ctx, worker.TaskUpdate{Attributes: func() {}})
			return err
		}, 0, "unsupported type"},
		{"capacity below zero", func(ctx context.Context) error {
			_, err := c.UpdateChannel(ctx, "default", worker.ChannelUpdate{Capacity: new(-1)})
			return err
		}, 400, "Capacity"},
		{"unknown channel", func(ctx context.Context) error {
			_, err := c.UpdateChannel(ctx, "fax", worker.ChannelUpdate{Capacity: new(1)})
			return err
		}, 404, "update channel"},
		{"unknown status", func(ctx context.Context) error {
			_, err := c.FetchReservations(ctx, "lost")
			return err
		}, 400, "ReservationStatus"},
		{"no activity of that name", func(ctx context.Context) error {
			_, err := c.ActivityNamed(ctx, "Fishing")
			return err
		}, 0, "Offline"},
		{"what the token does not allow", func(ctx context.Context) error {
			return c.Request(ctx, "DELETE", "Workers/"+alice.SID, nil, nil)
		}, 403, "DELETE Workers/"},
		{"a value that came from nowhere", func(ctx context.Context) error {
			_, err := (&worker.Reservation{SID: "WR1"}).Accept(ctx)
			return err
		}, 0, "did not come from a client"},
	} {
		t.Run(test.name, func(t *testing.T) {
			err := test.do(t.Context())
			if err == nil || status(err) != test.status || !strings.Contains(err.Error(), test.says) {
				t.Errorf("got status %d: %v", status(err), err)
			}
			if e, ok := errors.AsType[*worker.Error](err); ok && (e.Code == 0 || e.MoreInfo == "" ||
				e.Temporary()) {
				t.Errorf("got %+v", e)
			}
		})
	}
	if got := w.TaskStatus(task); got != "reserved" {
		t.Errorf("the task is %s, want reserved", got)
	}
	if got := alice.Activity(); got != "Available" {
		t.Errorf("the worker is %s, want Available", got)
	}
}

// TestUpdates change the worker, its channels and tasks.
func TestUpdates(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	alice := w.NewWorker("alice", 1)
	c := connect(t, alice, worker.Options{})
	want[worker.Ready](t, c)
	ctx := t.Context()

	got, err := c.Update(ctx, worker.WorkerUpdate{
		Activity:   taskrouter.ActivitySID(w.Activity("Available")),
		Attributes: map[string]any{"name": "alice", "hat": true}, FriendlyName: "Alice",
	})
	if err != nil || got.ActivityName != "Available" || got.FriendlyName != "Alice" ||
		got.Attributes != `{"hat":true,"name":"alice"}` {
		t.Errorf("updated %+v, %v", got, err)
	}
	if c.Worker().Version != got.Version {
		t.Errorf("the client knows version %d, want %d", c.Worker().Version, got.Version)
	}

	channel, err := c.UpdateChannel(ctx, "default", worker.ChannelUpdate{Capacity: new(2)})
	if err != nil || channel.ConfiguredCapacity != 2 || !channel.Available {
		t.Errorf("updated %+v, %v", channel, err)
	}
	channel, err = c.UpdateChannel(ctx, string(channel.SID),
		worker.ChannelUpdate{Capacity: new(0), Available: new(false)})
	if err != nil || channel.ConfiguredCapacity != 0 || channel.Available {
		t.Errorf("updated %+v, %v", channel, err)
	}
	if _, err := c.UpdateChannel(ctx, "default",
		worker.ChannelUpdate{Capacity: new(1), Available: new(true)}); err != nil {
		t.Fatal(err)
	}

	task := w.NewTask(`{"to":"alice"}`)
	offer := await[worker.ReservationCreated](t, c).Reservation
	changed, err := offer.Task.Update(ctx, worker.TaskUpdate{
		Attributes: worker.Attributes(`{"to":"alice","vip":true}`), Priority: new(3),
	})
	if err != nil || changed.Attributes != `{"to":"alice","vip":true}` || changed.Priority != 3 {
		t.Errorf("updated %+v, %v", changed, err)
	}
	if _, err := offer.Accept(ctx); err != nil {
		t.Fatal(err)
	}
	if got, err := changed.Wrap(ctx, "notes"); err != nil || got.AssignmentStatus != "wrapping" {
		t.Errorf("wrapped %+v, %v", got, err)
	}
	if got, err := changed.Complete(ctx, "all done"); err != nil || got.Reason != "all done" {
		t.Errorf("completed %+v, %v", got, err)
	}
	if got, err := changed.Fetch(ctx); err != nil || got.AssignmentStatus != "completed" ||
		string(got.SID) != task {
		t.Errorf("read %+v, %v", got, err)
	}

	w.NewTask(`{"to":"alice","next":true}`)
	await[worker.ReservationCreated](t, c)
	if _, err := c.Update(ctx, worker.WorkerUpdate{
		Activity: taskrouter.ActivitySID(w.Activity("Offline")), RejectPendingReservations: true,
	}); err != nil {
		t.Fatal(err)
	}
	await[worker.ReservationRejected](t, c)
}

// TestLists reads lists that are longer than a page, each thing once.
func TestLists(t *testing.T) {
	t.Parallel()
	w := world.Build(t, world.Serve(t))
	const more = 60
	for i := range more {
		world.Must(w.API.CreateActivity(w.Workspace, &rest.CreateActivityParams{
			FriendlyName: new(fmt.Sprint("Activity ", i)),
		}))(t)
	}
	alice := w.NewWorker("alice", 1)
	alice.Capacity(3)
	alice.Become("Available")
	for _, status := range []string{"pending", "accepted", "completed"} {
		alice.Bring(w.NewTask(`{"status":"`+status+`"}`), status)
	}
	c := connect(t, alice, worker.Options{})
	ctx := t.Context()

	activities, err := c.Activities(ctx)
	names := make(map[string]bool)
	for _, a := range activities {
		names[a.FriendlyName] = true
	}
	if err != nil || len(activities) != more+3 || len(names) != more+3 {
		t.Errorf("%d activities, %d of them different, want %d: %v", len(activities), len(names),
			more+3, err)
	}
	if a, err := c.ActivityNamed(ctx, "Available"); err != nil || !a.Available ||
		string(a.SID) != w.Activity("Available") {
		t.Errorf("got %+v, %v", a, err)
	}
	channels, err := c.Channels(ctx)
	if err != nil || len(channels) == 0 {
		t.Errorf("channels %v, %v", channels, err)
	}
	all, err := c.FetchReservations(ctx, "")
	if err != nil || len(all) != 3 {
		t.Fatalf("reservations %v, %v", all, err)
	}
	for _, r := range all {
		if string(r.Task.Attributes) != `{"status":"`+string(r.Status)+`"}` {
			t.Errorf("reservation %s has task %+v", r.Status, r.Task)
		}
	}
	pending, err := c.FetchReservations(ctx, taskrouter.ReservationPending)
	if err != nil || len(pending) != 1 || pending[0].Status != "pending" {
		t.Errorf("pending %v, %v", pending, err)
	}
	var tasks struct{ Tasks []worker.Task }
	if err := c.Request(ctx, "GET", "Tasks", map[string]any{"PageSize": 2}, &tasks); err != nil ||
		len(tasks.Tasks) != 2 {
		t.Errorf("a request of its own: %v, %v", tasks, err)
	}
	if w, err := c.FetchWorker(ctx); err != nil || string(w.SID) != alice.SID {
		t.Errorf("the worker %+v, %v", w, err)
	}
}
