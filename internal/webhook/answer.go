package webhook

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"mime"
	"net/http"
	"slices"
	"strings"

	"taskrouter"
	"taskrouter/internal/routing"
	"taskrouter/internal/voice"
)

// A verdict is what an answer to an assignment callback means.
type verdict struct {
	failed   bool // the receiver did not answer properly: ask the fallback
	do       routing.CallbackAnswer
	activity taskrouter.ActivitySID // with do = reject
	call     voice.Kind             // an instruction about the task's call; then do is nothing
	params   voice.Params           // of call
	why      string
	alert    *taskrouter.Alert // what was wrong with the answer; nil if nothing was
}

// judge tells what the answer of a receiver means. Spec: callbacks 1
func judge(t target, a answer, err error) verdict {
	body := bytes.TrimSpace(a.body)
	switch {
	case err != nil:
		return unanswered(t, taskrouter.AlertUnreachable, "cannot be reached: %v", err)
	case a.status != http.StatusOK:
		return unanswered(t, taskrouter.AlertUnreachable, "answered with status %d; only 200 "+
			"counts", a.status)
	case len(body) == 0 || isEmptyObject(body):
		return verdict{why: "the callback left it open"}
	case !isJSON(a.kind):
		return unanswered(t, taskrouter.AlertCallbackType, "answered with Content-Type %q; an "+
			"instruction needs application/json", shorten(a.kind))
	}
	decoder := json.NewDecoder(bytes.NewReader(body))
	decoder.UseNumber()
	var given any
	if err := decoder.Decode(&given); err != nil || !atEnd(decoder) {
		return puzzling(t, taskrouter.AlertCallbackJSON, "answered with a body that is not JSON")
	}
	keys, _ := given.(map[string]any)
	value, ok := keys["instruction"]
	if !ok {
		return puzzling(t, taskrouter.AlertCallbackEmpty, "answered with JSON that has no "+
			"instruction; an empty object leaves the reservation as it is")
	}
	name, _ := value.(string)
	return instruct(t, strings.ToLower(strings.TrimSpace(name)), keys)
}

// instruct tells what an instruction means.
func instruct(t target, name string, keys map[string]any) verdict {
	params := voice.ParamsOf(keys)
	v := verdict{why: "the callback answered " + name}
	switch {
	case name == "accept":
		v.do = routing.CallbackAccept
	case name == "reject":
		v.do = routing.CallbackReject
		v.activity = taskrouter.ActivitySID(params["activity_sid"])
	case slices.Contains(voice.Kinds[:], voice.Kind(name)):
		v.call, v.params = voice.Kind(name), params
	default:
		return puzzling(t, taskrouter.AlertInstruction, "answered with instruction %q; known are "+
			"accept, reject, dequeue, call, redirect, conference and supervise", shorten(name))
	}
	return v
}

// unanswered is a receiver that did not answer properly.
func unanswered(t target, code taskrouter.AlertCode, format string, args ...any) verdict {
	v := puzzling(t, code, format, args...)
	v.failed = true
	return v
}

// puzzling is an answer that says nothing that can be done.
func puzzling(t target, code taskrouter.AlertCode, format string, args ...any) verdict {
	return verdict{
		why: "the callback said nothing usable",
		alert: &taskrouter.Alert{
			Code: code, URL: t.shown,
			Message: "assignment callback " + t.shown + " " + fmt.Sprintf(format, args...),
		},
	}
}

// isJSON reports whether a content type is that of JSON.
func isJSON(contentType string) bool {
	kind, _, err := mime.ParseMediaType(contentType)
	return kind == "application/json" && (err == nil || err == mime.ErrInvalidMediaParameter)
}

// isEmptyObject reports whether a body is {} with whatever blanks.
func isEmptyObject(body []byte) bool {
	return body[0] == '{' && string(bytes.TrimSpace(body[1:])) == "}"
}

func atEnd(d *json.Decoder) bool {
	_, err := d.Token()
	return err == io.EOF
}

// shorten cuts what a receiver said to what a message can hold.
func shorten(s string) string {
	const most = 60
	if len(s) <= most {
		return s
	}
	return strings.ToValidUTF8(s[:most], "") + "…"
}
