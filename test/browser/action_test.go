package browser

import (
	"maps"
	"testing"

	"github.com/google/go-cmp/cmp"
	taskrouter "github.com/twilio/twilio-go/rest/taskrouter/v1"

	"taskrouter/test/world"
)

// An action is one way to answer an offer, as the documentation of the hosted service shows it.
type action struct {
	name string
	// call is a function of JavaScript that gets the SID of an activity, answers mine, and
	// returns what its callback got, if it gave one.
	call string
	want map[string]any // parameters of the one request; WA: the activity
	ends string         // status of the reservation
}

var actions = []action{{
	name: "accept",
	call: `() => answer((done) => mine.accept(done))`,
	want: map[string]any{"ReservationStatus": "accepted"},
	ends: "accepted",
}, {
	name: "accept without callback",
	call: `() => { mine.accept(); }`,
	want: map[string]any{"ReservationStatus": "accepted"},
	ends: "accepted",
}, {
	name: "reject",
	call: `() => answer((done) => mine.reject(done))`,
	want: map[string]any{"ReservationStatus": "rejected"},
	ends: "rejected",
}, {
	name: "reject without callback",
	call: `() => { mine.reject(); }`,
	want: map[string]any{"ReservationStatus": "rejected"},
	ends: "rejected",
}, {
	name: "reject with activity",
	call: `(activity) => { mine.reject(activity); }`,
	want: map[string]any{"ReservationStatus": "rejected", "WorkerActivitySid": "WA"},
	ends: "rejected",
}, {
	name: "reject with activity and callback",
	call: `(activity) => answer((done) => mine.reject(activity, done))`,
	want: map[string]any{"ReservationStatus": "rejected", "WorkerActivitySid": "WA"},
	ends: "rejected",
}, {
	name: "dequeue",
	call: `() => { mine.dequeue(); }`,
	want: map[string]any{"Instruction": "dequeue"},
	ends: "accepted",
}, {
	name: "dequeue with the seven arguments of the sample",
	call: `(activity) => answer((done) => mine.dequeue("18004746453", activity,
		"record-from-answer", "30", "https://example.com/calls", "client:joey", done))`,
	want: map[string]any{
		"Instruction": "dequeue", "DequeueFrom": "18004746453",
		"DequeuePostWorkActivitySid": "WA", "DequeueRecord": "record-from-answer",
		"DequeueTimeout": "30", "DequeueStatusCallbackUrl": "https://example.com/calls",
		"DequeueTo": "client:joey",
	},
	ends: "accepted",
}, {
	name: "dequeue with all eight arguments",
	call: `(activity) => answer((done) => mine.dequeue("18004746453", activity,
		"do-not-record", "15", "https://example.com/calls",
		"initiated,ringing,answered,completed", "client:joey", done))`,
	want: map[string]any{
		"Instruction": "dequeue", "DequeueFrom": "18004746453",
		"DequeuePostWorkActivitySid": "WA", "DequeueRecord": "do-not-record",
		"DequeueTimeout": "15", "DequeueStatusCallbackUrl": "https://example.com/calls",
		"DequeueStatusCallbackEvent": "initiated,ringing,answered,completed",
		"DequeueTo":                  "client:joey",
	},
	ends: "accepted",
}, {
	name: "call, accepting",
	call: `() => answer((done) => mine.call("18004746453", "https://example.com/twiml",
		"https://example.com/calls", "true", "record-from-answer", "client:joey", done))`,
	want: map[string]any{
		"Instruction": "call", "CallFrom": "18004746453", "CallUrl": "https://example.com/twiml",
		"CallStatusCallbackUrl": "https://example.com/calls", "CallAccept": "true",
		"CallRecord": "record-from-answer", "CallTo": "client:joey",
	},
	ends: "accepted",
}, {
	name: "call, not accepting",
	call: `() => { mine.call("18004746453", "https://example.com/twiml",
		"https://example.com/calls", "false"); }`,
	want: map[string]any{
		"Instruction": "call", "CallFrom": "18004746453", "CallUrl": "https://example.com/twiml",
		"CallStatusCallbackUrl": "https://example.com/calls", "CallAccept": "false",
	},
	ends: "pending",
}, {
	name: "call, accepting first, without status callback",
	call: `() => { mine.call("18004746453", "https://example.com/twiml", null, "true"); }`,
	want: map[string]any{
		"Instruction": "call", "CallFrom": "18004746453", "CallUrl": "https://example.com/twiml",
		"CallStatusCallbackUrl": nil, "CallAccept": "true",
	},
	ends: "accepted",
}, {
	name: "redirect, accepting",
	call: `() => answer((done) => mine.redirect("CA0123456789abcdef0123456789abcdef",
		"https://example.com/twiml", "true", done))`,
	want: map[string]any{
		"Instruction": "redirect", "RedirectCallSid": "CA0123456789abcdef0123456789abcdef",
		"RedirectUrl": "https://example.com/twiml", "RedirectAccept": "true",
	},
	ends: "accepted",
}, {
	name: "redirect, not accepting",
	call: `() => { mine.redirect("CA0123456789abcdef0123456789abcdef",
		"https://example.com/twiml"); }`,
	want: map[string]any{
		"Instruction": "redirect", "RedirectCallSid": "CA0123456789abcdef0123456789abcdef",
		"RedirectUrl": "https://example.com/twiml",
	},
	ends: "pending",
}, {
	name: "conference",
	call: `() => { mine.conference(); }`,
	want: map[string]any{"Instruction": "conference"},
	ends: "accepted",
}, {
	name: "conference with callback",
	call: `(activity) => answer((done) => mine.conference("18004746453", activity, "30",
		"client:joey", done))`,
	want: map[string]any{
		"Instruction": "conference", "From": "18004746453", "PostWorkActivitySid": "WA",
		"Timeout": "30", "To": "client:joey",
	},
	ends: "accepted",
}, {
	name: "conference with options for the room",
	call: `() => { mine.conference(null, null, null, null, null, {
		"ConferenceStatusCallback": "https://example.com/rooms",
		"ConferenceStatusCallbackEvent": "start,end",
		"ConferenceRecord": "true",
		"ConferenceRecordingStatusCallback": "https://example.com/recordings",
		"EndConferenceOnExit": "true"
	}); }`,
	want: map[string]any{
		"Instruction": "conference", "From": nil, "PostWorkActivitySid": nil, "Timeout": nil,
		"To": nil, "ConferenceStatusCallback": "https://example.com/rooms",
		"ConferenceStatusCallbackEvent": "start,end", "ConferenceRecord": "true",
		"ConferenceRecordingStatusCallback": "https://example.com/recordings",
		"EndConferenceOnExit":               "true",
	},
	ends: "accepted",
}, {
	name: "conference with a list of events",
	call: `() => answer((done) => mine.conference(null, null, null, null, done, {
		"ConferenceStatusCallback": "https://example.com/rooms",
		"ConferenceStatusCallbackEvent": ["start", "end"]
	}))`,
	want: map[string]any{
		"Instruction": "conference", "From": nil, "PostWorkActivitySid": nil, "Timeout": nil,
		"To": nil, "ConferenceStatusCallback": "https://example.com/rooms",
		"ConferenceStatusCallbackEvent": []any{"start", "end"},
	},
	ends: "accepted",
}, {
	name: "conference with options for everything",
	call: `(activity) => answer((done) => mine.conference(null, null, null, null, done, {
		"From": "18004746453", "PostWorkActivitySid": activity, "Timeout": "30",
		"To": "client:joey", "Record": "true",
		"ConferenceStatusCallback": "https://example.com/rooms",
		"ConferenceStatusCallbackEvent": "start,end,join,leave"
	}))`,
	want: map[string]any{
		"Instruction": "conference", "From": "18004746453", "PostWorkActivitySid": "WA",
		"Timeout": "30", "To": "client:joey", "Record": "true",
		"ConferenceStatusCallback":      "https://example.com/rooms",
		"ConferenceStatusCallbackEvent": "start,end,join,leave",
	},
	ends: "accepted",
}}

// TestActions answers offers in every documented way: what the page asks for, what becomes of
// the reservation, and what the callback gets. Spec: sdk-v1-api 5
func TestActions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	r := newRecorder(t, s.Endpoint)
	k := s.NewWorker("Ana", 1)
	a := &agent{page: s.page(t), client: clients[0], worker: k}
	a.do(`async (token, base) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, false, undefined, undefined, false,
			undefined, 0, base + "/v1", base));
		await next("ready");
	}`, k.Token(), r.url)
	activity := s.Activity("Unavailable")
	for _, test := range actions {
		t.Run(test.name, func(t *testing.T) {
			a.t = t
			k.Become("Available")
			task := s.offer(a)
			sid := ask[string](a.page, `() => mine.sid`)
			r.take("POST")
			test.answer(t, a, sid, activity)

			var asked []request
			await(t, "the page asks for something", func() bool {
				asked = append(asked, r.take("POST")...)
				return len(asked) > 0
			})
			params := maps.Clone(test.want)
			for name, value := range params {
				if value == "WA" {
					params[name] = activity
				}
			}
			want := []request{{"POST", "/Tasks/WT/Reservations/WR", params}}
			if diff := cmp.Diff(want, asked); diff != "" {
				t.Errorf("the page asked for (-want +got):\n%s", diff)
			}
			await(t, "the reservation is "+test.ends, func() bool {
				r := world.Must(s.API.FetchWorkerReservation(s.Workspace, k.SID, sid))(t)
				return *r.ReservationStatus == test.ends
			})
			// A worker who has rejected may be offered the task again at once.
			k.Become("Offline")
			if err := s.API.DeleteTask(s.Workspace, task, nil); err != nil {
				t.Fatal(err)
			}
		})
	}
	a.t = t
}

// answer answers the offer, and checks what the callback gets.
func (c action) answer(t *testing.T, a *agent, sid, activity string) {
	t.Helper()
	got := ask[*struct{ Sid, Status, Task string }](a.page, `async (activity) => {
		const got = await (`+c.call+`)(activity);
		return got && {sid: got.sid, status: got.reservationStatus, task: got.task.assignmentStatus};
	}`, activity)
	if got == nil {
		return
	}
	task := map[string]string{
		"accepted": "assigned", "rejected": "pending", "pending": "reserved",
	}[c.ends]
	if c.ends == "rejected" && got.Task == "reserved" {
		task = "reserved" // the worker is offered it again already
	}
	if got.Sid != sid || got.Status != c.ends || got.Task != task {
		t.Errorf("the callback got %+v, want reservation %s %s, its task %s", got, sid, c.ends, task)
	}
}

// TestCallThenAccept uses the reservation that call hands back.
func TestCallThenAccept(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	task := s.offer(a)
	a.do(`() => answer((done) => mine.call("18004746453", "https://example.com/twiml", null, null,
		null, null, (error, reservation) => error ? done(error) : reservation.accept(done)))`)
	if got := s.TaskStatus(task); got != "assigned" {
		t.Errorf("the task is %s, want assigned", got)
	}
}

// TestRefusedActions is what callbacks get when an action is refused. Spec: sdk-v1-api 3.2
func TestRefusedActions(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	task := s.offer(a)
	a.accept()
	tests := []struct {
		name, call string
		code       int
		apiCode    int
	}{
		{"accept what is accepted", `(done) => mine.accept(done)`, 400, 0},
		{"reject what is accepted", `(done) => mine.reject(done)`, 400, 0},
		{"dequeue with a bad timeout", `(done) => mine.dequeue(null, null, null, "soon", done)`,
			400, 20001},
		{"call without a url", `(done) => mine.call("18004746453", null, done)`, 400, 20001},
		{"unknown activity", `(done) => mine.reject("WA00000000000000000000000000000000", done)`,
			400, 0},
		{"task that is not there",
			`(done) => worker.completeTask("WT00000000000000000000000000000000", done)`,
			404, 20404},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			got := ask[struct {
				Code, APICode int
				Message       string
			}](a.page, `async () => refusal(`+test.call+`)`)
			if got.Code != test.code || got.Message == "" ||
				test.apiCode != 0 && got.APICode != test.apiCode {
				t.Errorf("the callback got %+v, want code %d with a message", got, test.code)
			}
		})
	}
	if got := s.TaskStatus(task); got != "assigned" {
		t.Errorf("the task is %s, want assigned still", got)
	}
}

// TestCompleteTask ends tasks in every documented way. Spec: sdk-v1-api 5
func TestCompleteTask(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	a := s.agent(t, "Ana")
	tests := []struct {
		name, call string
		reason     string
		callback   bool
	}{
		{"of the worker", `(done) => worker.completeTask(mine.task.sid, done)`, "", true},
		{"of the worker, with reason",
			`(done) => worker.completeTask(mine.task.sid, done, "refunded")`, "refunded", true},
		{"of the task", `(done) => mine.task.complete(done)`, "", true},
		{"of the task, with reason", `(done) => mine.task.complete(done, "refunded")`, "refunded",
			true},
		{"of the task, without callback", `(done) => { mine.task.complete(); done(); }`, "", false},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			task := s.offer(a)
			a.accept()
			status := ask[string](a.page, `async () => {
				const task = await answer(`+test.call+`);
				return task ? task.assignmentStatus : "";
			}`)
			if test.callback && status != "completed" {
				t.Errorf("the callback got a task that is %s, want completed", status)
			}
			var got *taskrouter.TaskrouterV1Task
			await(t, "the task is completed", func() bool {
				got = world.Must(s.API.FetchTask(s.Workspace, task))(t)
				return *got.AssignmentStatus == "completed"
			})
			reason := ""
			if got.Reason != nil {
				reason = *got.Reason
			}
			if reason != test.reason {
				t.Errorf("the reason is %q, want %q", reason, test.reason)
			}
		})
	}
}
