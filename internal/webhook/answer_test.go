package webhook

import (
	"errors"
	"testing"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
)

// TestJudge holds every rule about answers. Spec: callbacks 1
func TestJudge(t *testing.T) {
	t.Parallel()
	const asJSON = "application/json"
	at, err := newTarget("http://user:pass@example.com/hook?token=xyz#rc=2")
	if err != nil {
		t.Fatal(err)
	}
	for _, tt := range []struct {
		name     string
		answer   answer
		err      error
		failed   bool
		do       routing.CallbackAnswer
		activity string
		call     voice.Kind
		alert    taskrouter.AlertCode
	}{
		{name: "accept", answer: answer{200, asJSON, []byte(`{"instruction":"accept"}`)}, do: "accept"},
		{name: "charset", answer: answer{200, "Application/JSON; charset=utf-8",
			[]byte(`{"instruction":"accept"}`)}, do: "accept"},
		{name: "upper case", answer: answer{200, asJSON, []byte(`{"instruction":"ACCEPT"}`)},
			do: "accept"},
		{name: "reject", answer: answer{200, asJSON, []byte(`{"instruction":"reject"}`)}, do: "reject"},
		{name: "reject into an activity", answer: answer{200, asJSON,
			[]byte(`{"instruction":"reject","activity_sid":"WA1"}`)}, do: "reject", activity: "WA1"},
		{name: "dequeue", answer: answer{200, asJSON, []byte(`{"instruction":"dequeue"}`)},
			call: voice.Dequeue},
		{name: "call", answer: answer{200, asJSON, []byte(`{"instruction":"call"}`)},
			call: voice.Call},
		{name: "redirect", answer: answer{200, asJSON, []byte(`{"instruction":"redirect"}`)},
			call: voice.Redirect},
		{name: "conference", answer: answer{200, asJSON, []byte(`{"instruction":"conference"}`)},
			call: voice.Conference},
		{name: "supervise", answer: answer{200, asJSON, []byte(`{"instruction":"supervise"}`)},
			call: voice.Supervise},
		{name: "nothing", answer: answer{status: 200}},
		{name: "nothing but blanks", answer: answer{200, "text/plain", []byte(" \r\n")}},
		{name: "an empty object", answer: answer{200, asJSON, []byte("{ }\n")}},
		{name: "an empty object of another type", answer: answer{200, "text/html", []byte("{}")}},
		{name: "another type", answer: answer{200, "text/html", []byte(`{"instruction":"accept"}`)},
			failed: true, alert: 40000},
		{name: "no type", answer: answer{200, "", []byte(`{"instruction":"accept"}`)},
			failed: true, alert: 40000},
		{name: "nearly the type", answer: answer{200, "application/json5", []byte(`{"a":1}`)},
			failed: true, alert: 40000},
		{name: "no JSON", answer: answer{200, asJSON, []byte(`{"instruction":`)}, alert: 40001},
		{name: "more than JSON", answer: answer{200, asJSON, []byte(`{"instruction":"accept"} x`)},
			alert: 40001},
		{name: "no instruction", answer: answer{200, asJSON, []byte(`{"activity_sid":"WA1"}`)},
			alert: 40005},
		{name: "a list", answer: answer{200, asJSON, []byte(`["accept"]`)}, alert: 40005},
		{name: "null", answer: answer{200, asJSON, []byte(`null`)}, alert: 40005},
		{name: "unknown instruction", answer: answer{200, asJSON, []byte(`{"instruction":"dance"}`)},
			alert: 55555},
		{name: "instruction that is no text", answer: answer{200, asJSON, []byte(`{"instruction":1}`)},
			alert: 55555},
		{name: "201", answer: answer{201, asJSON, []byte(`{"instruction":"accept"}`)},
			failed: true, alert: 11200},
		{name: "204", answer: answer{status: 204}, failed: true, alert: 11200},
		{name: "redirect elsewhere", answer: answer{status: 302}, failed: true, alert: 11200},
		{name: "404", answer: answer{status: 404}, failed: true, alert: 11200},
		{name: "500", answer: answer{500, asJSON, []byte(`{"instruction":"accept"}`)},
			failed: true, alert: 11200},
		{name: "unreachable", err: errors.New("connection refused"), failed: true, alert: 11200},
		{name: "cut off", answer: answer{200, asJSON, []byte(`{"instruction":"accept"}`)},
			err: errors.New("no complete answer"), failed: true, alert: 11200},
	} {
		v := judge(at, tt.answer, tt.err)
		var alert taskrouter.AlertCode
		if v.alert != nil {
			alert = v.alert.Code
			if v.alert.URL != "http://example.com/hook" {
				t.Errorf("%s: the alert shows %q, more or less than the address", tt.name, v.alert.URL)
			}
		}
		if v.failed != tt.failed || v.do != tt.do || string(v.activity) != tt.activity ||
			v.call != tt.call || alert != tt.alert {
			t.Errorf("%s: got failed=%v do=%q activity=%q call=%q alert=%d, want %+v", tt.name,
				v.failed, v.do, v.activity, v.call, alert, tt)
		}
	}
}
