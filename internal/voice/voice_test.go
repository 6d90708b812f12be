package voice_test

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
)

const (
	account  = taskrouter.AccountSID("AC00000000000000000000000000000001")
	unknown  = "WA00000000000000000000000000000000"
	someCall = "CA00000000000000000000000000000001"
)

// A stage is a state with one task that is offered to one worker.
type stage struct {
	*routing.State
	offer    *taskrouter.Reservation
	activity taskrouter.ActivitySID
}

func newStage(t *testing.T, task, worker string) *stage {
	t.Helper()
	s := &stage{State: routing.New(taskrouter.NewSIDSource(1))}
	now := time.Date(2030, 1, 2, 3, 4, 5, 0, time.UTC)
	do := func(cmd routing.Command) *taskrouter.Change {
		t.Helper()
		c, err := s.Decide(cmd, now)
		if err != nil {
			t.Fatalf("%T: %v", cmd, err)
		}
		return c
	}
	do(routing.CreateWorkspace{SID: "WS00000000000000000000000000000001", Account: account,
		FriendlyName: "Voice", MultiTaskEnabled: true})
	for _, a := range s.Catalog().Activities() {
		if a.Available {
			s.activity = a.SID
		}
	}
	queue := do(routing.CreateTaskQueue{FriendlyName: "Q"}).Result
	flow := do(routing.CreateWorkflow{FriendlyName: "W", Configuration: fmt.Sprintf(
		`{"task_routing":{"default_filter":{"queue":"%s"}}}`, queue)}).Result
	do(routing.CreateWorker{FriendlyName: "Alice", ActivitySID: s.activity, Attributes: worker})
	c := do(routing.CreateTask{
		WorkflowSID: taskrouter.WorkflowSID(flow), Attributes: task, TaskChannel: "voice",
	})
	for _, e := range c.Events {
		if e.Reservation != nil {
			s.offer = e.Reservation
		}
	}
	if s.offer == nil {
		t.Fatal("the task was not offered")
	}
	return s
}

func (s *stage) answer(t *testing.T, status taskrouter.ReservationStatus) {
	t.Helper()
	cmd := routing.UpdateReservation{SID: s.offer.SID, Status: status}
	if _, err := s.Decide(cmd, s.offer.DateCreated); err != nil {
		t.Fatal(err)
	}
}

const (
	caller = `{"call_sid":"` + someCall + `","from":"+491","to":"+492"}`
	there  = `{"contact_uri":"client:alice"}`
)

// TestFaults has the alert of each thing that can be wrong. Spec: callbacks 2, 7
func TestFaults(t *testing.T) {
	t.Parallel()
	ok := voice.Params{"to": "+1", "from": "+1", "url": "https://a/b", "call_sid": someCall}
	with := func(pairs ...string) voice.Params {
		p := voice.Params{}
		for k, v := range ok {
			p[k] = v
		}
		for i := 0; i < len(pairs); i += 2 {
			p[pairs[i]] = pairs[i+1]
		}
		return p
	}
	for _, tt := range []struct {
		name   string
		kind   voice.Kind
		params voice.Params
		task   string // caller if empty
		worker string // there if empty
		want   taskrouter.AlertCode
	}{
		{"call to nobody", voice.Call, with("to", ""), "", `{}`, 40110},
		{"call to nonsense", voice.Call, with("to", "mailto:a@b"), "", "", 40110},
		{"call from nobody", voice.Call, with("from", ""), "", "", 40111},
		{"call from nonsense", voice.Call, with("from", "me"), "", "", 40111},
		{"call without document", voice.Call, with("url", ""), "", "", 40112},
		{"call with a file", voice.Call, with("url", "file:///a"), "", "", 40112},
		{"call that rings too long", voice.Call, with("timeout", "1000"), "", "", 40113},
		{"call with a bad callback", voice.Call, with("status_callback_url", "a"), "", "", 40158},
		{"redirect to nowhere", voice.Redirect, with("url", "here"), "", "", 40120},
		{"redirect nothing", voice.Redirect, with("call_sid", "CA1"), "", "", 40121},
		{"dequeue into nothing", voice.Dequeue, with("post_work_activity_sid", unknown), "", "", 40130},
		{"dequeue to nobody", voice.Dequeue, with("to", ""), "", `{"contact_uri":""}`, 40131},
		{"dequeue to a bad contact", voice.Dequeue, with("to", ""), "", `{"contact_uri":"x"}`, 40131},
		{"dequeue from nonsense", voice.Dequeue, with("from", "12"), "", "", 40132},
		{"dequeue over SIP too long", voice.Dequeue, with("to", "sip:a@b", "timeout", "601"), "", "", 40133},
		{"dequeue with a bad record", voice.Dequeue, with("record", "x"), "", "", 40133},
		{"dequeue with bad events", voice.Dequeue, with("status_callback_events", "busy"), "", "", 40134},
		{"dequeue no call", voice.Dequeue, ok, `{}`, "", 40140},
		{"dequeue with a bad callback", voice.Dequeue, with("status_callback_url", "/a"), "", "", 40157},
		{"conference with nobody", voice.Conference, with("to", ""), "", `{}`, 40137},
		{"conference from nobody", voice.Conference, with("from", ""), `{"call_sid":"CA"}`, "", 40138},
		{"conference into nothing", voice.Conference, with("post_work_activity_sid", "WA"), "", "", 40139},
		{"conference from nonsense", voice.Conference, with("from", "x"), "", "", 40141},
		{"conference of no call", voice.Conference, ok, `{"to":"+1"}`, "", 40142},
		{"conference of one", voice.Conference, with("max_participants", "1"), "", "", 40145},
		{"conference that beeps wrong", voice.Conference, with("beep", "loud"), "", "", 40145},
		{"conference, bad callback", voice.Conference, with("status_callback", "a"), "", "", 40159},
		{"supervise an offer", voice.Supervise, nil, "", "", 40146},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			task, worker := tt.task, tt.worker
			if task == "" {
				task = caller
			}
			if worker == "" {
				worker = there
			}
			s := newStage(t, task, worker)
			_, alert := voice.Resolve(s.State, s.offer.SID, tt.kind, tt.params)
			if alert == nil || alert.Code != tt.want {
				t.Fatalf("got alert %+v, want %d", alert, tt.want)
			}
			if !strings.Contains(alert.Message, string(s.offer.SID)) {
				t.Errorf("message %q does not name the reservation", alert.Message)
			}
		})
	}
}

// TestStates gives instructions to reservations that cannot take them.
func TestStates(t *testing.T) {
	t.Parallel()
	for kind, want := range map[voice.Kind]taskrouter.AlertCode{
		voice.Call: 40114, voice.Redirect: 40123, voice.Dequeue: 40135, voice.Conference: 40136,
	} {
		s := newStage(t, caller, there)
		s.answer(t, taskrouter.ReservationAccepted)
		if _, alert := voice.Resolve(s.State, s.offer.SID, kind, nil); alert.Code != want {
			t.Errorf("%s for an accepted reservation: alert %d, want %d", kind, alert.Code, want)
		}
		if _, alert := voice.Resolve(s.State, "WR", kind, nil); alert.Code != want {
			t.Errorf("%s for no reservation: alert %d, want %d", kind, alert.Code, want)
		}
	}
	for _, tt := range []struct {
		task, supervisor string
		want             taskrouter.AlertCode
	}{
		{caller, "", 40147},
		{caller, "WK00000000000000000000000000000000", 40147},
		{`{"call_sid":"CA"}`, "client:boss", 40148},
	} {
		s := newStage(t, tt.task, there)
		s.answer(t, taskrouter.ReservationAccepted)
		_, alert := voice.Resolve(s.State, s.offer.SID, voice.Supervise,
			voice.Params{"supervisor": tt.supervisor})
		if alert == nil || alert.Code != tt.want {
			t.Errorf("supervisor %q: alert %+v, want %d", tt.supervisor, alert, tt.want)
		}
	}
}

// TestDefaults fills in what instructions leave out.
func TestDefaults(t *testing.T) {
	t.Parallel()
	s := newStage(t, caller, there)
	base := voice.Instruction{
		AccountSID: account, WorkspaceSID: "WS00000000000000000000000000000001",
		TaskSID: s.offer.TaskSID, ReservationSID: s.offer.SID, WorkerSID: s.offer.WorkerSID,
		CallSID: someCall,
	}
	dequeue, conference := base, base
	dequeue.Kind, dequeue.To, dequeue.From, dequeue.Timeout = voice.Dequeue, "client:alice", "+492", 60
	dequeue.StatusCallback = voice.Callback{Method: "GET", Events: []string{"completed"}}
	conference.Kind, conference.To, conference.From = voice.Conference, "sip:bob@example.com", "+493"
	conference.Timeout, conference.PostWorkActivitySID = 30, s.activity
	conference.StatusCallback = voice.Callback{
		URL: "https://a/", Method: "GET", Events: []string{"initiated", "ringing"},
	}
	conference.Record = "true"
	conference.Options = voice.Params{"record": "true", "max_participants": "4", "beep": "onEnter"}
	for _, tt := range []struct {
		kind   voice.Kind
		params voice.Params
		want   voice.Instruction
	}{
		{voice.Dequeue, nil, dequeue},
		{voice.Conference, voice.ParamsOf(map[string]any{
			"to": "sip:bob@example.com", "from": "+493", "timeout": 30.0, "record": true,
			"max_participants": "4", "beep": "onEnter", "conference_record": true,
			"post_work_activity_sid": string(s.activity), "status_callback": "https://a/",
			"status_callback_method": "get", "status_callback_event": "initiated,ringing",
			"nested": map[string]any{"to": "nobody"}, "wait_url": nil,
		}), conference},
	} {
		got, alert := voice.Resolve(s.State, s.offer.SID, tt.kind, tt.params)
		if alert != nil {
			t.Errorf("%s: alert %+v", tt.kind, alert)
		}
		if diff := cmp.Diff(tt.want, got); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.kind, diff)
		}
	}
}

type deaf struct{}

func (deaf) Instruct(context.Context, voice.Instruction) error { return errors.New("line is busy") }

// TestPlace has nobody to place calls, and somebody who fails.
func TestPlace(t *testing.T) {
	t.Parallel()
	for kind, want := range map[voice.Kind]taskrouter.AlertCode{
		voice.Call: 40113, voice.Redirect: 40122, voice.Dequeue: 40133, voice.Conference: 40145,
		voice.Supervise: 40145,
	} {
		in := voice.Instruction{Kind: kind, ReservationSID: "WR1"}
		for text, c := range map[string]voice.Caller{"no telephony": nil, "line is busy": deaf{}} {
			a := voice.Place(t.Context(), c, in)
			if a == nil || a.Code != want || !strings.Contains(a.Message, text) {
				t.Errorf("%s: alert %+v, want %d with %q", kind, a, want, text)
			}
		}
	}
}

func TestFormNames(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		kind       voice.Kind
		name, want string
	}{
		{voice.Dequeue, "post_work_activity_sid", "DequeuePostWorkActivitySid"},
		{voice.Dequeue, "status_callback_events", "DequeueStatusCallbackEvent"},
		{voice.Call, "status_callback_url", "CallStatusCallbackUrl"},
		{voice.Redirect, "call_sid", "RedirectCallSid"},
		{voice.Conference, "conference_recording_status_callback_method",
			"ConferenceRecordingStatusCallbackMethod"},
		{voice.Supervise, "supervisor_mode", "SupervisorMode"},
	} {
		if got := voice.FormName(tt.kind, tt.name); got != tt.want {
			t.Errorf("%s of %s is %s, want %s", tt.name, tt.kind, got, tt.want)
		}
	}
}
