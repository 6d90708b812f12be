package api_test

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// TestDetails holds what errors tell in a form that programs read.
func TestDetails(t *testing.T) {
	t.Parallel()
	w := newWorld(t)
	for _, tt := range []struct {
		name, method, path, form string
		header                   []string
		want                     map[string]any
	}{
		{"wrong type", "POST", "/Tasks", "Priority=high", nil,
			map[string]any{"pointer": "/Priority"}},
		{"too large a number", "POST", "/Tasks", "Timeout=0", nil,
			map[string]any{"pointer": "/Timeout"}},
		{"missing", "POST", "/Workers", "", nil, map[string]any{"pointer": "/FriendlyName"}},
		{"not JSON", "POST", "/Workers", "FriendlyName=Bob&Attributes={", nil,
			map[string]any{"pointer": "/Attributes"}},
		{"no such word", "POST", "/TaskQueues", "FriendlyName=Q&TaskOrder=RANDOM", nil,
			map[string]any{"pointer": "/TaskOrder", "allowed": []any{"FIFO", "LIFO"}}},
		{"expression", "GET", "/Tasks", "EvaluateTaskAttributes=a b", nil, map[string]any{
			"pointer": "/EvaluateTaskAttributes", "column": 3.0, "width": 1.0}},
		{"version", "POST", "/Workers/{alice}", "FriendlyName=Eve", []string{"If-Match", `"9"`},
			map[string]any{"state": "1"}},
		{"task that is offered", "POST", "/Tasks/{task}", "AssignmentStatus=completed", nil,
			map[string]any{"state": "reserved", "allowed": []any{"canceled"}}},
		{"task asked for the impossible", "POST", "/Tasks/{task}", "AssignmentStatus=pending", nil,
			map[string]any{"pointer": "/AssignmentStatus",
				"allowed": []any{"canceled", "wrapping", "completed"}}},
		{"reservation that is offered", "POST", "/Tasks/{task}/Reservations/{reservation}",
			"ReservationStatus=wrapping", nil, map[string]any{"state": "pending",
				"allowed": []any{"accepted", "rejected"}}},
		{"nothing there", "GET", "/Tasks/{no-task}", "", nil, map[string]any{}},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := w.client(t)
			task(c)
			a := c.do(tt.method, "/v1/Workspaces/{ws}"+tt.path, tt.form, tt.header...)
			details, _ := a.json(c)["details"].(map[string]any)
			if id := a.header.Get("Twilio-Request-Id"); details["request_id"] != id {
				t.Errorf("request_id %v, want %s", details["request_id"], id)
			}
			delete(details, "request_id")
			if diff := cmp.Diff(tt.want, details); diff != "" {
				t.Errorf("details (-want +got):\n%s\n%s", diff, a.body)
			}
			if !strings.HasPrefix(a.header.Get("Content-Type"), "application/json") {
				t.Error("the error is no JSON")
			}
		})
	}
}
