package api_test

import (
	"fmt"
	"slices"
	"testing"

	"taskrouter"
)

// alerts are the numbers of the workspace's alerts, oldest first.
func (c *client) alerts() (codes []taskrouter.AlertCode) {
	c.Helper()
	ws := taskrouter.WorkspaceSID(c.expand("{ws}"))
	for part, err := range c.engine.Read(c.Context(), ws, 0) {
		if err != nil {
			c.Fatal(err)
		}
		for _, change := range part.Changes {
			for _, a := range change.Alerts {
				codes = append(codes, a.Code)
				if a.ReservationSID == "" || a.TaskSID == "" || a.WorkerSID == "" {
					c.Errorf("alert %+v does not say what it is about", a)
				}
			}
		}
	}
	return codes
}

// TestInstructionsWithoutTelephony are accepted, but not in silence. Spec: rest-api 10.1
func TestInstructionsWithoutTelephony(t *testing.T) {
	t.Parallel()
	const path = "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}"
	w := newWorld(t)
	for _, tt := range []struct {
		name, attributes string
		before           func(*client)
		form             string
		status           int // 200 if zero
		want             taskrouter.AlertCode
	}{
		{name: "dequeue", attributes: `{"call_sid":"CA1"}`, form: "Instruction=dequeue&DequeueTo=client:a",
			want: 40133},
		{name: "dequeue no call", attributes: `{}`, form: "Instruction=dequeue&DequeueTo=client:a",
			want: 40140},
		{name: "dequeue to nobody", attributes: `{"call_sid":"CA1"}`, form: "Instruction=dequeue",
			want: 40131},
		{name: "call", attributes: `{}`, want: 40113,
			form: "Instruction=call&CallTo=client:a&CallFrom=+1&CallUrl=https://example.com/"},
		{name: "redirect", attributes: `{}`, want: 40122, form: "Instruction=redirect&" +
			"RedirectCallSid=CA00000000000000000000000000000000&RedirectUrl=https://example.com/"},
		{name: "conference", attributes: `{"call_sid":"CA1"}`, want: 40145, form: "Instruction=" +
			"conference&To=client:a&From=+1&StatusCallbackEvent=initiated&StatusCallbackEvent=ringing"},
		{name: "supervise", before: accepted, attributes: `{"from":"+1"}`, want: 40145,
			form: "Instruction=supervise&Supervisor=client:boss"},
		{name: "one that is refused", before: accepted, attributes: `{}`, status: 400,
			form: "Instruction=dequeue"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := w.client(t)
			before := tt.before
			if before == nil {
				before = task
			}
			before(c)
			must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}", "Attributes="+tt.attributes)
			status, want := tt.status, []taskrouter.AlertCode{tt.want}
			if status == 0 {
				status = 200
			} else {
				want = nil
			}
			if a := c.do("POST", path, tt.form); a.status != status {
				t.Errorf("status %d, want %d: %s", a.status, status, a.body)
			}
			if got := c.alerts(); !slices.Equal(got, want) {
				t.Errorf("alerts %v, want %v", got, want)
			}
		})
	}
}

// TestRepeatedInstruction is answered as the first time, and raises no other alert, although the
// reservation is accepted by then.
func TestRepeatedInstruction(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	var bodies []string
	for range 2 {
		a := c.do("POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}",
			"Instruction=dequeue", "I-Twilio-Idempotency-Token", "once")
		bodies = append(bodies, fmt.Sprint(a.status, a.body))
	}
	if bodies[0] != bodies[1] || bodies[0][:3] != "200" {
		t.Errorf("answers are %s, then %s", bodies[0], bodies[1])
	}
	if got := c.alerts(); len(got) != 1 {
		t.Errorf("alerts %v, want one", got)
	}
}
