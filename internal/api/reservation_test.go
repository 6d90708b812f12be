package api_test

import (
	"strings"
	"testing"
)

func TestReservations(t *testing.T) {
	t.Parallel()
	const (
		byTask   = "/Tasks/{task}/Reservations/{reservation}"
		byWorker = "/Workers/{alice}/Reservations/{reservation}"
	)
	path := "/v1/Workspaces/{ws}" + byTask
	status := func(steps ...string) func(*client) {
		return func(c *client) {
			task(c)
			for _, step := range steps {
				must(c, "POST", path, "ReservationStatus="+step)
			}
		}
	}
	run(t, newWorld(t), []scenario{
		{
			name: "read by task", path: byTask, before: task,
			want: []string{
				`"reservation_status":"pending"`, `"worker_name":"Alice"`, `"reservation_timeout":120`,
				`"url":"http://router.test/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}"`,
			},
			lacks: []string{`"version"`},
			after: func(c *client, a answer) {
				if got := a.header.Get("ETag"); got != `"0"` {
					c.Errorf("ETag %s, want \"0\"", got)
				}
			},
		},
		{
			name: "read by worker", path: byWorker, before: task,
			want: []string{
				`"url":"http://router.test/v1/Workspaces/{ws}/Workers/{alice}/Reservations/{reservation}"`,
				`"task":"http://router.test/v1/Workspaces/{ws}/Tasks/{task}"`,
			},
		},
		{
			name: "read by another task", path: "/Tasks/{no-task}/Reservations/{reservation}",
			before: task, status: 404, code: 20404,
		},
		{
			name: "read by another worker", path: "/Workers/{no-worker}/Reservations/{reservation}",
			before: task, status: 404, code: 20404,
		},
		{name: "read an unknown one", path: "/Tasks/{task}/Reservations/{no-reservation}", before: task, status: 404, code: 20404},
		{
			name: "accept", method: "POST", path: byTask, before: task,
			form: "ReservationStatus=accepted", want: []string{`"reservation_status":"accepted"`},
			events: []string{"reservation.accepted"},
			after: func(c *client, a answer) {
				if got := a.header.Get("ETag"); got != `"1"` {
					c.Errorf("ETag %s, want \"1\"", got)
				}
			},
		},
		{
			name: "accept by worker", method: "POST", path: byWorker, before: task,
			form: "ReservationStatus=accepted", want: []string{`/Workers/{alice}/Reservations/`},
			events: []string{"reservation.accepted"},
		},
		{
			name: "accept the version it has", method: "POST", path: byTask, before: task,
			header: []string{"If-Match", "0"}, form: "ReservationStatus=accepted",
			events: []string{"reservation.accepted"},
		},
		{
			name: "accept a version it does not have", method: "POST", path: byTask, before: task,
			header: []string{"If-Match", `"3"`}, form: "ReservationStatus=accepted",
			status: 412, code: 20412,
		},
		{
			name: "accept twice", method: "POST", path: byTask, before: status("accepted"),
			form: "ReservationStatus=accepted", status: 400, code: 20001,
			want: []string{"reservation {reservation} is accepted"},
		},
		{
			name: "accept too late", method: "POST", path: byTask, status: 410, code: 20001,
			before: func(c *client) { // bob accepts the task that both were offered
				c.create("bob", "/Workers", "FriendlyName=Bob&ActivitySid={available}")
				must(c, "POST", "/v1/Workspaces/{ws}/TaskQueues/{queue}", "MaxReservedWorkers=2")
				c.create("task", "/Tasks", "")
				for _, r := range c.list("/Tasks/{task}/Reservations", "reservations") {
					c.names[strings.ToLower(r["worker_name"].(string))+"-offer"] = r["sid"].(string)
				}
				must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{bob-offer}",
					"ReservationStatus=accepted")
				c.names["reservation"] = c.names["alice-offer"]
			},
			form: "ReservationStatus=accepted", want: []string{"rescinded"},
		},
		{
			name: "reject and leave", method: "POST", path: byTask, before: task,
			form:   "ReservationStatus=rejected&WorkerActivitySid={offline}",
			want:   []string{`"reservation_status":"rejected"`},
			events: []string{"reservation.rejected", "worker.activity.update"},
		},
		{
			name: "reject into an unknown activity", method: "POST", path: byTask, before: task,
			form:   "ReservationStatus=rejected&WorkerActivitySid={no-activity}",
			status: 400, code: 20001, want: []string{"{no-activity}"},
		},
		{
			name: "wrap up", method: "POST", path: byTask, before: status("accepted"),
			form: "ReservationStatus=wrapping", want: []string{`"reservation_status":"wrapping"`},
			events: []string{"task.wrapup", "reservation.wrapup"},
		},
		{
			name: "wrap up an offer", method: "POST", path: byTask, before: task,
			form: "ReservationStatus=wrapping", status: 400, code: 20001,
		},
		{
			name: "complete", method: "POST", path: byTask, before: status("accepted", "wrapping"),
			form: "ReservationStatus=completed", want: []string{`"reservation_status":"completed"`},
			events: []string{"task.completed", "reservation.completed"},
		},
		{
			name: "a status that can't be asked for", method: "POST", path: byTask, before: task,
			form: "ReservationStatus=canceled", status: 400, code: 20001,
			want: []string{"ReservationStatus must be accepted, rejected, wrapping or completed"},
		},
		{name: "nothing", method: "POST", path: byTask, before: task, status: 400, code: 20001},
		{name: "can't be created", method: "POST", path: "/Tasks/{task}/Reservations", before: task, status: 405, code: 20004},
		{name: "can't be deleted", method: "DELETE", path: byTask, before: task, status: 405, code: 20004},
		{
			name: "list by task", path: "/Tasks/{task}/Reservations", before: task,
			want: []string{`"sid":"{reservation}"`, `"key":"reservations"`},
		},
		{
			name: "list by status", path: "/Tasks/{task}/Reservations", before: task,
			form: "ReservationStatus=accepted", lacks: []string{"{reservation}"},
		},
		{
			name: "list by worker of a task", path: "/Tasks/{task}/Reservations", before: task,
			form: "WorkerSid={no-worker}", lacks: []string{"{reservation}"},
		},
		{
			name: "list by worker", path: "/Workers/{alice}/Reservations", before: task,
			form: "ReservationStatus=pending", want: []string{`"sid":"{reservation}"`},
		},
		{name: "list of nothing", path: "/Workers/{alice}/Reservations", want: []string{`"reservations":[]`}},
		{name: "list of an unknown task", path: "/Tasks/{no-task}/Reservations", status: 404, code: 20404},
		{name: "list of an unknown worker", path: "/Workers/{no-worker}/Reservations", status: 404, code: 20404},
	})
}

func TestInstructions(t *testing.T) {
	t.Parallel()
	const path = "/Tasks/{task}/Reservations/{reservation}"
	const (
		pending    = `"reservation_status":"pending"`
		isAccepted = `"reservation_status":"accepted"`
	)
	const call = "Instruction=call&CallFrom=%2B1&CallUrl=https://example.com/"
	const redirect = "Instruction=redirect&RedirectCallSid=CA00000000000000000000000000000000" +
		"&RedirectUrl=https://example.com/"
	accept := []string{"reservation.accepted"}
	var scenarios []scenario
	for _, s := range []scenario{
		{name: "accept", form: "Instruction=accept", want: []string{isAccepted}, events: accept},
		{
			name: "reject", form: "Instruction=Reject&WorkerActivitySid={offline}",
			want:   []string{`"reservation_status":"rejected"`},
			events: []string{"reservation.rejected", "worker.activity.update"},
		},
		{
			name: "dequeue", want: []string{isAccepted}, events: accept,
			form: "Instruction=dequeue&DequeueFrom=%2B1&DequeueTimeout=999&DequeueRecord=do-not-record" +
				"&DequeuePostWorkActivitySid={offline}&DequeueStatusCallbackEvent=ringing" +
				"&DequeueStatusCallbackEvent=completed&DequeueStatusCallbackUrl=https://example.com",
		},
		{name: "dequeue in any case", form: "Instruction=DeQueue", want: []string{isAccepted}, events: accept},
		{name: "dequeue, ringing too long", form: "Instruction=dequeue&DequeueTimeout=1000", status: 400, code: 20001, want: []string{"from 1 to 999"}},
		{name: "dequeue over SIP, ringing too long", form: "Instruction=dequeue&DequeueTo=sip:a@b&DequeueTimeout=601", status: 400, code: 20001, want: []string{"from 1 to 600"}},
		{name: "dequeue with an unknown event", form: "Instruction=dequeue&DequeueStatusCallbackEvent=busy", status: 400, code: 20001, want: []string{"initiated, ringing, answered or completed"}},
		{name: "dequeue into no activity", form: "Instruction=dequeue&DequeuePostWorkActivitySid=WA", status: 400, code: 20001},
		{name: "call", form: call, want: []string{pending}},
		{name: "call and accept", form: call + "&CallAccept=true", want: []string{isAccepted}, events: accept},
		{name: "call from nobody", form: "Instruction=call&CallUrl=https://example.com", status: 400, code: 20001, want: []string{"CallFrom"}},
		{name: "call without a URL", form: "Instruction=call&CallFrom=%2B1", status: 400, code: 20001, want: []string{"CallUrl"}},
		{name: "redirect", form: redirect, want: []string{pending}},
		{name: "redirect and accept", form: redirect + "&RedirectAccept=1", want: []string{isAccepted}, events: accept},
		{name: "redirect no call", form: "Instruction=redirect&RedirectUrl=https://example.com", status: 400, code: 20001, want: []string{"RedirectCallSid"}},
		{name: "redirect to nowhere", form: "Instruction=redirect&RedirectCallSid=CA00000000000000000000000000000000", status: 400, code: 20001, want: []string{"RedirectUrl"}},
		{
			name: "conference", want: []string{isAccepted}, events: accept,
			form: "Instruction=Conference&From=%2B1&To=client:alice&Timeout=20&MaxParticipants=250" +
				"&Beep=onEnter&ConferenceRecord=record-from-start&StatusCallbackEvent=initiated,ringing" +
				"&ConferenceStatusCallbackEvent=start&Region=ie1&JitterBufferSize=off",
		},
		{name: "conference of one", form: "Instruction=conference&MaxParticipants=1", status: 400, code: 20001, want: []string{"from 2 to 250"}},
		{name: "conference that beeps wrong", form: "Instruction=conference&Beep=loud", status: 400, code: 20001, want: []string{"Beep must be true, false, onEnter or onExit"}},
		{name: "conference with a wrong method", form: "Instruction=conference&WaitMethod=PUT", status: 400, code: 20001, want: []string{"WaitMethod must be GET or POST"}},
		{name: "supervise an offer", form: "Instruction=supervise&SupervisorMode=whisper", status: 400, code: 20001, want: []string{"only accepted and wrapping"}},
		{name: "supervise", before: accepted, form: "Instruction=supervise&SupervisorMode=barge&Supervisor={alice}", want: []string{isAccepted}},
		{name: "supervise in an unknown mode", before: accepted, form: "Instruction=supervise&SupervisorMode=listen", status: 400, code: 20001, want: []string{"monitor, whisper or barge"}},
		{name: "supervise an old version", before: accepted, form: "Instruction=supervise", header: []string{"If-Match", "0"}, status: 412, code: 20412},
		{name: "supervise through the worker", before: accepted, path: "/Workers/{alice}/Reservations/{reservation}", form: "Instruction=supervise", status: 400, code: 20001},
		{name: "an unknown one", form: "Instruction=transfer", status: 400, code: 20001, want: []string{"Instruction must be dequeue"}},
		{name: "one that is too late", before: accepted, form: "Instruction=dequeue", status: 400, code: 20001, want: []string{"is accepted"}},
		{name: "together with the status it implies", form: "Instruction=conference&ReservationStatus=accepted", want: []string{isAccepted}, events: accept},
		{name: "together with another status", form: "Instruction=conference&ReservationStatus=rejected", status: 400, code: 20001, want: []string{"can't be combined"}},
	} {
		s.method = "POST"
		if s.path == "" {
			s.path = path
		}
		if s.before == nil {
			s.before = task
		}
		s.form = strings.ReplaceAll(s.form, "%2B", "+")
		scenarios = append(scenarios, s)
	}
	run(t, newWorld(t), scenarios)
}
