package webhook

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
)

// TestAssignmentParameters is what the application is told about an offer.
func TestAssignmentParameters(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, says(`{"instruction":"accept"}`))
	w := newWorld(t, Options{}, "")
	flow := w.newWorkflow(app.URL+"/assign?tenant=7#rc=2", "")
	r := w.newTask(flow, `{"language":"de"}`)
	until(t, "the offer is accepted", func() bool {
		return w.reservation(r.SID).Status == taskrouter.ReservationAccepted
	})
	got := app.last()
	if sec, err := strconv.ParseInt(got.Get("Timestamp"), 10, 64); err != nil ||
		sec != r.DateCreated.Unix() {
		t.Errorf("Timestamp is %s, want the time of the offer in seconds", got.Get("Timestamp"))
	}
	got.Del("Timestamp")
	want := url.Values{
		"AccountSid": {string(testAccount)}, "WorkspaceSid": {string(w.ws)},
		"WorkflowSid": {string(flow)}, "TaskQueueSid": {string(w.queue)},
		"TaskSid": {string(r.TaskSID)}, "WorkerSid": {string(w.worker)},
		"ReservationSid": {string(r.SID)}, "TaskAttributes": {`{"language":"de"}`},
		"WorkerAttributes": {`{"contact_uri":"client:alice"}`}, "TaskAge": {"0"},
		"TaskPriority": {"0"}, "WorkerName": {"Alice"}, "WorkerActivitySid": {string(w.idle)},
		"TaskChannelSid": {string(r.TaskChannelSID)}, "TaskChannelUniqueName": {"default"},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("parameters (-want +got):\n%s", diff)
	}
	if r := w.reservation(r.SID); r.CallbackDue {
		t.Error("the answer is not on record")
	}
	for part, err := range w.engine.Read(t.Context(), w.ws, 0) {
		if err != nil {
			t.Fatal(err)
		}
		for _, c := range part.Changes {
			if len(c.Events) > 0 && c.Events[0].Type == taskrouter.EventReservationAccepted &&
				(c.Actor.Type != "workflow" || c.Actor.SID != string(flow)) {
				t.Errorf("the actor is %+v, want the workflow", c.Actor)
			}
		}
	}
	if n := app.count(); n != 1 {
		t.Errorf("the application was asked %d times, want once", n)
	}
	until(t, "it is counted", func() bool { return w.Stats().Accepted == 1 })
}

// TestAnswers carries out what applications answer. Spec: callbacks 1, 2
func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, Options{AssignmentTimeout: 2 * time.Second}, "")
	const pending, accepted, rejected, canceled = taskrouter.ReservationPending,
		taskrouter.ReservationAccepted, taskrouter.ReservationRejected,
		taskrouter.ReservationCanceled
	closed := newReceiver(t, nil)
	closed.Close()
	inside := newReceiver(t, says(`{"instruction":"accept"}`))
	type behaviour = func(http.ResponseWriter, *http.Request, url.Values)
	redirects := func(w http.ResponseWriter, q *http.Request, _ url.Values) {
		http.Redirect(w, q, inside.URL, http.StatusFound)
	}
	html := func(w http.ResponseWriter, _ *http.Request, _ url.Values) {
		w.Header().Set("Content-Type", "text/html")
		fmt.Fprint(w, `{"instruction":"accept"}`)
	}
	for _, tt := range []struct {
		name              string
		primary, fallback behaviour // nil: there is none
		down              bool      // the primary is closed
		attributes        string
		want              taskrouter.ReservationStatus
		alerts            []taskrouter.AlertCode
		fallbackCalled    bool
		errorCode         string
	}{
		{name: "accept", primary: says(`{"instruction":"accept"}`), want: accepted},
		{name: "reject", primary: says(`{"instruction":"reject"}`), want: rejected},
		{name: "reject into an unknown activity",
			primary: says(`{"instruction":"reject","activity_sid":"WA00000000000000000000000000000000"}`),
			want:    pending, alerts: []taskrouter.AlertCode{40100}},
		{name: "nothing", primary: status(200), want: pending},
		{name: "empty object", primary: says(`{}`), want: pending},
		{name: "no JSON", primary: says(`accept`), want: pending,
			alerts: []taskrouter.AlertCode{40001}},
		{name: "no instruction", primary: says(`{"a":1}`), want: pending,
			alerts: []taskrouter.AlertCode{40005}},
		{name: "unknown instruction", primary: says(`{"instruction":"dance"}`), want: pending,
			alerts: []taskrouter.AlertCode{55555}},
		{name: "wrong type", primary: html, want: canceled,
			alerts: []taskrouter.AlertCode{40000}},
		{name: "wrong type, fallback accepts", primary: html,
			fallback: says(`{"instruction":"accept"}`), want: accepted,
			alerts: []taskrouter.AlertCode{40000}, fallbackCalled: true, errorCode: "40000"},
		{name: "error", primary: status(500), want: canceled,
			alerts: []taskrouter.AlertCode{11200}},
		{name: "error, fallback rejects", primary: status(503),
			fallback: says(`{"instruction":"reject"}`), want: rejected,
			alerts: []taskrouter.AlertCode{11200}, fallbackCalled: true, errorCode: "11200"},
		{name: "both fail", primary: status(404), fallback: status(500), want: canceled,
			alerts: []taskrouter.AlertCode{11200, 11200}, fallbackCalled: true, errorCode: "11200"},
		{name: "fallback says nothing", primary: status(404), fallback: status(200), want: pending,
			alerts: []taskrouter.AlertCode{11200}, fallbackCalled: true, errorCode: "11200"},
		{name: "no answer", primary: hangs, want: canceled,
			alerts: []taskrouter.AlertCode{11200}},
		{name: "no answer, fallback accepts", primary: hangs,
			fallback: says(`{"instruction":"accept"}`), want: accepted,
			alerts: []taskrouter.AlertCode{11200}, fallbackCalled: true, errorCode: "11200"},
		{name: "redirect", primary: redirects, want: canceled,
			alerts: []taskrouter.AlertCode{11200}},
		{name: "nobody there", down: true, want: canceled,
			alerts: []taskrouter.AlertCode{11200}},
		{name: "dequeue", primary: says(`{"instruction":"dequeue"}`),
			attributes: `{"call_sid":"CA1"}`, want: pending,
			alerts: []taskrouter.AlertCode{40133}},
		{name: "dequeue no call", primary: says(`{"instruction":"dequeue"}`), want: pending,
			alerts: []taskrouter.AlertCode{40140}},
		{name: "call, accepting",
			primary: says(`{"instruction":"call","from":"+1555","url":"http://a/","accept":true}`),
			want:    pending, alerts: []taskrouter.AlertCode{40113}},
		{name: "conference",
			primary:    says(`{"instruction":"conference","from":"+1555"}`),
			attributes: `{"call_sid":"CA1"}`, want: pending,
			alerts: []taskrouter.AlertCode{40145}},
		{name: "redirect the call", primary: says(
			`{"instruction":"redirect","call_sid":"CA00000000000000000000000000000000","url":"http://a/"}`),
			want: pending, alerts: []taskrouter.AlertCode{40122}},
		{name: "supervise an offer", primary: says(`{"instruction":"supervise"}`), want: pending,
			alerts: []taskrouter.AlertCode{40146}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			primary := closed
			if !tt.down {
				primary = newReceiver(t, tt.primary)
			}
			fallback, address := newReceiver(t, tt.fallback), ""
			if tt.fallback != nil {
				address = fallback.URL + "/again"
			}
			r := w.newTask(w.newWorkflow(primary.URL, address), tt.attributes)
			var got taskrouter.Reservation
			until(t, "the answer is on record", func() bool {
				got = w.reservation(r.SID)
				return !got.CallbackDue
			})
			if got.Status != tt.want {
				t.Errorf("the reservation is %s, want %s", got.Status, tt.want)
			}
			var codes []taskrouter.AlertCode
			for _, a := range w.alerts() {
				if a.ReservationSID != r.SID {
					continue
				}
				codes = append(codes, a.Code)
				if a.TaskSID != r.TaskSID || a.WorkerSID != r.WorkerSID || a.Message == "" {
					t.Errorf("alert %+v does not say what it is about", a)
				}
			}
			if diff := cmp.Diff(tt.alerts, codes); diff != "" {
				t.Errorf("alerts (-want +got):\n%s", diff)
			}
			asked := fallback.about(r.SID)
			if (len(asked) == 1) != tt.fallbackCalled {
				t.Errorf("the fallback was asked %d times about the reservation", len(asked))
			}
			for _, q := range asked {
				if q.Get("ErrorCode") != tt.errorCode || q.Get("ErrorUrl") != primary.URL+"/" {
					t.Errorf("the fallback got %v", q)
				}
			}
			if tt.want == pending { // what a test leaves behind is nobody's work
				w.answer(r.SID, accepted)
			}
			w.endTask(r.TaskSID)
		})
	}
	t.Cleanup(func() {
		if n := inside.count(); n != 0 {
			t.Errorf("a redirect was followed %d times", n)
		}
	})
}

// about are the requests about a reservation.
func (r *receiver) about(sid taskrouter.ReservationSID) (all []url.Values) {
	r.mu.Lock()
	defer r.mu.Unlock()
	for _, q := range r.requests {
		if q.Get("ReservationSid") == string(sid) {
			all = append(all, q)
		}
	}
	return all
}

// endTask takes a task away so that it is not offered again.
func (w *world) endTask(sid taskrouter.TaskSID) {
	_, err := w.engine.Submit(context.Background(), engine.Command{
		Workspace: w.ws, From: alice, Do: routing.DeleteTask{SID: sid},
	})
	if err != nil {
		w.t.Errorf("delete task: %v", err)
	}
}

// TestRejectIntoActivity moves the worker as the application says.
func TestRejectIntoActivity(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, nil)
	w := newWorld(t, Options{}, "")
	app.behave(says(`{"instruction":"reject","activity_sid":"` + string(w.offline) + `"}`))
	r := w.newTask(w.newWorkflow(app.URL, ""), "")
	until(t, "the offer is rejected", func() bool {
		return w.reservation(r.SID).Status == taskrouter.ReservationRejected
	})
	err := w.engine.View(t.Context(), alice, w.ws, func(s *routing.State) {
		if a := s.Worker(w.worker).ActivitySID; a != w.offline {
			t.Errorf("the worker is in %s, want %s", a, w.offline)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// TestHangingReceivers lets a thousand callbacks hang: other tasks are offered, and other
// applications asked, as if nothing were the matter.
func TestHangingReceivers(t *testing.T) {
	t.Parallel()
	var hanging atomic.Int32
	release := make(chan struct{})
	slow := newReceiver(t, func(w http.ResponseWriter, q *http.Request, _ url.Values) {
		hanging.Add(1)
		select {
		case <-release:
		case <-q.Context().Done():
		}
	})
	quick := newReceiver(t, says(`{"instruction":"accept"}`))
	w := newWorld(t, Options{
		AssignmentTimeout: 20 * time.Minute, PerHost: 300, Overall: 400,
	}, "")
	stuck := w.newWorkflow(slow.URL, "")
	const n = 1000
	first := w.newTask(stuck, "")
	for range n - 1 {
		w.newTask(stuck, "")
	}
	until(t, "as many hang as may, and the others wait", func() bool {
		s := w.Stats()
		return hanging.Load() == 300 && s.Due == n && s.Running == 300 && s.Waiting == n-300
	})
	// A task without a callback is offered in the very change that makes it.
	for range 100 {
		w.newTask(w.workflow, "")
	}
	// And another application is asked at once.
	asked := w.newWorkflow(quick.URL, "")
	for range 20 {
		r := w.newTask(asked, "")
		until(t, "another application is asked", func() bool {
			return w.reservation(r.SID).Status == taskrouter.ReservationAccepted
		})
	}
	if got := hanging.Load(); got != 300 {
		t.Errorf("%d callbacks hang, want 300", got)
	}
	// An agent answers by hand meanwhile: that stands, whatever comes back later.
	w.answer(first.SID, taskrouter.ReservationAccepted)
	close(release)
	until(t, "nothing is due", func() bool { return w.Stats().Due == 0 })
	if s := w.reservation(first.SID).Status; s != taskrouter.ReservationAccepted {
		t.Errorf("the accepted reservation is %s", s)
	}
}

// TestEndedOffersAreNotAskedAbout ends offers before it is their callback's turn.
func TestEndedOffersAreNotAskedAbout(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	app := newReceiver(t, func(w http.ResponseWriter, q *http.Request, _ url.Values) { <-release })
	w := newWorld(t, Options{AssignmentTimeout: time.Hour, PerHost: 1}, "")
	flow := w.newWorkflow(app.URL, "")
	first := w.newTask(flow, "")
	until(t, "the first is asked about", func() bool { return app.count() == 1 })
	ended, canceled := w.newTask(flow, ""), w.newTask(flow, "")
	last := w.newTask(flow, "")
	w.answer(ended.SID, taskrouter.ReservationAccepted)
	w.endTask(canceled.TaskSID)
	until(t, "those that ended are forgotten", func() bool { return w.Stats().Due == 2 })
	close(release)
	until(t, "the last is asked about", func() bool { return w.Stats().Due == 0 })
	want := []string{string(first.SID), string(last.SID)}
	if diff := cmp.Diff(want, app.got("ReservationSid")); diff != "" {
		t.Errorf("asked about (-want +got):\n%s", diff)
	}
}

// TestLateAnswers come for an offer that has ended: all that they leave is their alerts.
func TestLateAnswers(t *testing.T) {
	t.Parallel()
	release := make(chan struct{})
	app := newReceiver(t, func(w http.ResponseWriter, q *http.Request, f url.Values) {
		<-release
		if f.Get("TaskAttributes") == `{"n":1}` {
			says(`{"instruction":"accept"}`)(w, q, f)
			return
		}
		says(`nonsense`)(w, q, f)
	})
	w := newWorld(t, Options{AssignmentTimeout: time.Hour}, "")
	flow := w.newWorkflow(app.URL, "")
	one, two := w.newTask(flow, `{"n":1}`), w.newTask(flow, `{"n":2}`)
	until(t, "both are asked about", func() bool { return app.count() == 2 })
	w.endTask(one.TaskSID)
	w.answer(two.SID, taskrouter.ReservationAccepted)
	until(t, "the ends are known", func() bool { return w.Stats().Due == 0 })
	close(release)
	until(t, "both answers came", func() bool { return w.Stats().Late == 2 })
	alerts := w.alerts()
	if len(alerts) != 1 || alerts[0].Code != taskrouter.AlertCallbackJSON {
		t.Errorf("alerts are %+v, want one of an answer that is no JSON", alerts)
	}
}

// TestRestartAsksAgain stops while callbacks hang and while others wait: after the next start
// every offer that still stands is asked about, and none that was answered.
func TestRestartAsksAgain(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, says(`{"instruction":"accept"}`))
	w := newWorld(t, Options{PerHost: 2, StopPatience: 10 * time.Millisecond,
		AssignmentTimeout: time.Hour}, "")
	flow := w.newWorkflow(app.URL, "")
	done := w.newTask(flow, "")
	until(t, "the first is accepted", func() bool { return w.Stats().Accepted == 1 })
	app.behave(hangs)
	var open []*taskrouter.Reservation
	for range 5 {
		open = append(open, w.newTask(flow, ""))
	}
	until(t, "two hang", func() bool { return app.count() == 3 })
	w.shutDown()
	app.behave(says(`{"instruction":"accept"}`))
	w.open()
	for _, r := range open {
		until(t, "the offers are accepted", func() bool {
			return w.reservation(r.SID).Status == taskrouter.ReservationAccepted
		})
	}
	seen := make(map[string]int)
	for _, sid := range app.got("ReservationSid") {
		seen[sid]++
	}
	if seen[string(done.SID)] != 1 {
		t.Errorf("an answered callback was made %d times", seen[string(done.SID)])
	}
	for i, r := range open {
		if n := seen[string(r.SID)]; n < 1 || n > 2 || i >= 2 && n != 1 {
			t.Errorf("callback %d was made %d times", i, n)
		}
	}
	if len(w.alerts()) != 0 {
		t.Errorf("stopping left alerts: %+v", w.alerts())
	}
}

// TestCallbackTakenOff restarts after the workflow's callback was taken off: nobody is asked, and
// the offers stay.
func TestCallbackTakenOff(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, hangs)
	w := newWorld(t, Options{StopPatience: time.Millisecond, AssignmentTimeout: time.Hour}, "")
	flow := w.newWorkflow(app.URL, "")
	r := w.newTask(flow, "")
	until(t, "the application is asked", func() bool { return app.count() == 1 })
	none := ""
	w.must(routing.UpdateWorkflow{SID: flow, AssignmentCallbackURL: &none})
	w.restart()
	until(t, "nothing is due", func() bool { return !w.reservation(r.SID).CallbackDue })
	if s := w.reservation(r.SID).Status; s != taskrouter.ReservationPending || app.count() != 1 {
		t.Errorf("the reservation is %s after %d requests, want pending after 1", s, app.count())
	}
}

// TestFailuresSlowDown has a receiver that is down: the task is not offered again at once.
func TestFailuresSlowDown(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, status(500))
	w := newWorld(t, Options{}, "")
	r := w.newTask(w.newWorkflow(app.URL, ""), "")
	until(t, "the offer is canceled", func() bool { return w.Stats().Failed == 1 })
	err := w.engine.View(t.Context(), alice, w.ws, func(s *routing.State) {
		task := s.Task(r.TaskSID)
		if task.FailedCallbacks < 1 || !task.NotBefore.After(task.DateCreated) {
			t.Errorf("after a failure the task has %d failures and waits until %v",
				task.FailedCallbacks, task.NotBefore)
		}
	})
	if err != nil {
		t.Fatal(err)
	}
}

// A phone is a caller that notes what it is asked for.
type phone struct {
	got  atomic.Pointer[voice.Instruction]
	busy error
}

func (p *phone) Instruct(_ context.Context, in voice.Instruction) error {
	p.got.Store(&in)
	return p.busy
}

// TestCaller hands instructions to whoever places calls.
func TestCaller(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, says(`{"instruction":"Dequeue","post_work_activity_sid":null,`+
		`"timeout":20,"status_callback_url":"https://example.com/s","status_callback_events":`+
		`"initiated, answered"}`))
	caller := new(phone)
	w := newWorld(t, Options{Caller: caller}, "")
	r := w.newTask(w.newWorkflow(app.URL, ""), `{"call_sid":"CA1","to":"+4930123"}`)
	until(t, "the answer is on record", func() bool { return !w.reservation(r.SID).CallbackDue })
	want := &voice.Instruction{
		Kind: voice.Dequeue, AccountSID: testAccount, WorkspaceSID: w.ws, TaskSID: r.TaskSID,
		ReservationSID: r.SID, WorkerSID: w.worker, To: "client:alice", From: "+4930123",
		CallSID: "CA1", Timeout: 20, StatusCallback: voice.Callback{
			URL: "https://example.com/s", Method: "GET", Events: []string{"initiated", "answered"},
		},
	}
	if diff := cmp.Diff(want, caller.got.Load()); diff != "" {
		t.Errorf("instruction (-want +got):\n%s", diff)
	}
	if a := w.alerts(); len(a) != 0 {
		t.Errorf("alerts: %+v", a)
	}
}

// TestNoSecretsAreTold has credentials in every URL, and every fault there is.
func TestNoSecretsAreTold(t *testing.T) {
	t.Parallel()
	app := newReceiver(t, status(500))
	closed := newReceiver(t, nil)
	closed.Close()
	hide := func(address string) string {
		return strings.Replace(address, "http://", "http://user:sesame@", 1) + "/hook?key=sesame"
	}
	w := newWorld(t, Options{AlertEvery: time.Nanosecond, GiveUp: time.Nanosecond}, "")
	w.setEvents(hide(closed.URL), "")
	r := w.newTask(w.newWorkflow(hide(app.URL), hide(closed.URL)), `{"secret":"sesame"}`)
	until(t, "the callback has failed", func() bool { return w.Stats().Failed == 1 })
	until(t, "events are dropped", func() bool { return w.Stats().Dropped > 0 })
	w.endTask(r.TaskSID)
	w.stop()
	alerts := w.alerts()
	if len(alerts) < 3 {
		t.Errorf("%d alerts, want at least 3", len(alerts))
	}
	for _, a := range alerts {
		if strings.Contains(a.Message+a.URL, "sesame") {
			t.Errorf("alert tells a secret: %+v", a)
		}
	}
	if strings.Contains(w.log.String(), "sesame") {
		t.Errorf("the log tells a secret:\n%s", w.log)
	}
	if got := app.last().Get("ErrorUrl"); strings.Contains(got, "user:") {
		t.Errorf("ErrorUrl is %s", got)
	}
}
