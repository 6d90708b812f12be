package api_test

import (
	"net/http/httptest"
	"strings"
	"testing"
)

// Whatever strangers send, the answer is one that the description allows, and the fault is
// never ours.

func FuzzQuery(f *testing.F) {
	c := newWorld(f).client(f)
	task(c)
	for _, query := range []string{
		"PageSize=1&Page=1&PageToken=PA{alice}", "PageToken=PB{alice}", "PageToken=PA{alice}.12",
		"Ordering=DateStatusChanged:desc,,", "TargetWorkersExpression=a+HAS+%27b%27", "Available=%ff",
		"Ordering=Priority:asc,DateCreated:desc&PageToken=PB{task}.-1.9223372036854775807",
		"AssignmentStatus=pending,&AssignmentStatus=", "EvaluateTaskAttributes=(((", "a=%0",
		"EvaluateWorkerAttributes={}", "ReservationStatus=pending",
	} {
		f.Add(query)
	}
	f.Fuzz(func(t *testing.T, query string) {
		c := *c
		c.TB = t
		for _, path := range []string{"", "/Workers", "/Tasks", "/TaskQueues", "/Workers/{alice}/Reservations",
			"/Tasks/{task}/Explanation", "/Workers/{alice}/Explanation"} {
			r := httptest.NewRequest("GET", c.expand("/v1/Workspaces/{ws}"+path), nil)
			r.URL.RawQuery = c.expand(query)
			r.SetBasicAuth(string(account), password)
			if a := c.send(r); a.status >= 500 {
				t.Errorf("%s?%s: %d %s", path, query, a.status, a.body)
			}
		}
	})
}

func FuzzBody(f *testing.F) {
	c := newWorld(f).client(f)
	task(c)
	for _, body := range []string{
		"", "FriendlyName=a&Attributes={}", "WorkflowSid={workflow}&Priority=1&Timeout=1", "{",
		"Instruction=conference&Beep=onEnter&Timeout=x", "AssignmentStatus=canceled&Reason=%00",
		"TargetWorkers=a%3D1&MaxReservedWorkers=3", "Configuration={\"task_routing\":{}}",
		"ReservationStatus=rejected&WorkerActivitySid={offline}", "VirtualStartTime=0001-01-01",
		"Scope=worker&Expression=a+HAS+b&Attributes={}", "Workers=[{\"capacity\":{}}]&Attributes=",
		"Configuration={\"filters\":[null]}&TaskReservationTimeout=9",
		"RoutingTarget={alice}&IgnoreCapacity=true", "ActivitySid=&Available=&Capacity=",
	} {
		f.Add(body, `"0"`)
	}
	f.Fuzz(func(t *testing.T, body, version string) {
		c := *c
		c.TB = t
		for _, path := range []string{
			"", "/Workers", "/Workers/{alice}", "/Tasks", "/Tasks/{task}", "/TaskQueues", "/Workflows",
			"/Tasks/{task}/Reservations/{reservation}", "/Workers/{alice}/Channels/default",
			"/Workflows/{workflow}/DryRun", "/Workflows/DryRun", "/Workflows/Check", "/Expressions/Check",
		} {
			r := httptest.NewRequest("POST", c.expand("/v1/Workspaces/{ws}"+path),
				strings.NewReader(c.expand(body)))
			r.SetBasicAuth(string(account), password)
			r.Header["If-Match"] = []string{version}
			if a := c.send(r); a.status >= 500 {
				t.Errorf("%s: %d %s", path, a.status, a.body)
			}
		}
	})
}
