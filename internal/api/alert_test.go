package api_test

import (
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
)

// command has the engine carry out a command that REST has no request for.
func (c *client) command(do routing.Command) {
	c.Helper()
	_, err := c.engine.Submit(c.Context(), engine.Command{
		Workspace: c.ws, From: engine.Principal{Account: account}, Do: do,
	})
	if err != nil {
		c.Fatalf("%T: %v", do, err)
	}
}

// alarms raises three alerts: two about the offer of {task}, and one about a workflow alone.
func alarms(c *client) {
	c.Helper()
	task(c)
	c.command(routing.AnswerCallback{
		SID: taskrouter.ReservationSID(c.names["reservation"]),
		Alerts: []taskrouter.Alert{
			{Code: taskrouter.AlertUnreachable, Message: "no answer in 5 s",
				URL: "https://crm.example/assign"},
			{Code: taskrouter.AlertCallbackEmpty, Message: "no instruction"},
		},
	})
	c.command(routing.RaiseAlerts{Alerts: []taskrouter.Alert{{
		Code: taskrouter.AlertKnownUnknown, Message: "nobody is called bob",
		WorkflowSID: taskrouter.WorkflowSID(c.names["workflow"]),
	}}})
}

func TestAlerts(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	if got := c.list("/Alerts", "alerts"); got != nil {
		t.Errorf("alerts of a quiet workspace: %v", got)
	}
	alarms(c)
	all := c.list("/Alerts", "alerts")
	if len(all) != 3 {
		t.Fatalf("%d alerts, want 3", len(all))
	}
	at := time.UnixMilli(int64(all[2]["date_created_ms"].(float64))).UTC()
	if age := time.Since(at).Abs(); age > time.Minute {
		t.Errorf("the first alert is %v old", age)
	}
	want := map[string]any{
		"account_sid": "{account}", "workspace_sid": "{ws}", "error_code": "11200",
		"log_level": "error", "alert_text": "no answer in 5 s",
		"more_info":    "https://www.twilio.com/docs/errors/11200",
		"date_created": at.Format("2006-01-02T15:04:05Z"), "resource_sid": "{reservation}",
		"task_sid": "{task}", "reservation_sid": "{reservation}", "worker_sid": "{alice}",
		"workflow_sid": "{workflow}", "request_url": "https://crm.example/assign",
		"url": "http://router.test/v1/Workspaces/{ws}/Alerts/" + all[2]["sid"].(string),
	}
	for key, value := range want {
		if got := all[2][key]; got != c.expand(value.(string)) {
			t.Errorf("%s is %v, want %s", key, got, c.expand(value.(string)))
		}
	}
	for key, want := range map[string]any{
		"error_code": "40154", "task_sid": nil, "reservation_sid": nil, "worker_sid": nil,
		"request_url": nil, "resource_sid": c.names["workflow"],
	} {
		if got := all[0][key]; got != want {
			t.Errorf("%s of the last is %v, want %v", key, got, want)
		}
	}
	for _, a := range all {
		one := must(c, "GET", "/v1/Workspaces/{ws}/Alerts/"+a["sid"].(string), "")
		if diff := cmp.Diff(a, one.json(t)); diff != "" {
			t.Errorf("the list and the alert differ (-list +alert):\n%s", diff)
		}
	}
	if a := c.as(otherAccount, "GET", "/v1/Workspaces/{ws}/Alerts/"+all[0]["sid"].(string), ""); a.status != 404 {
		t.Errorf("another account sees an alert: %d", a.status)
	}
}

func TestAlertFilters(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	alarms(c)
	all := c.list("/Alerts", "alerts")
	codes := func(query string) []string {
		var list []string
		for _, a := range items(t, must(c, "GET", "/v1/Workspaces/{ws}/Alerts", query), "alerts") {
			list = append(list, a["error_code"].(string))
		}
		return list
	}
	second := func(d time.Duration) string {
		return time.Now().Add(d).UTC().Format(time.RFC3339)
	}
	whole := []string{"40154", "40005", "11200"}
	for query, want := range map[string][]string{
		"":                                    whole,
		"LogLevel=error":                      {"40154", "11200"},
		"LogLevel=warning":                    {"40005"},
		"ErrorCode=40154":                     {"40154"},
		"ErrorCode=40001":                     nil,
		"TaskSid={task}":                      {"40005", "11200"},
		"TaskSid={no-task}":                   nil,
		"WorkerSid={alice}":                   {"40005", "11200"},
		"WorkflowSid={workflow}":              whole,
		"WorkflowSid={no-workflow}":           nil,
		"Minutes=1":                           whole,
		"StartDate=" + second(-time.Hour):     whole,
		"StartDate=" + second(time.Hour):      nil,
		"EndDate=" + second(time.Hour):        whole,
		"EndDate=" + second(-time.Hour):       nil,
		"Sid=" + all[1]["sid"].(string):       {"40005"},
		"AfterSequence=0":                     whole,
		"AfterSequence=9999":                  nil,
		"TaskSid={task}&LogLevel=warning":     {"40005"},
		"WorkerSid={alice}&ErrorCode=40154":   nil,
		"LogLevel=&ErrorCode=&TaskSid=&Sid=":  whole,
		"ErrorCode=11200&WorkerSid={alice}":   {"11200"},
		"PageSize=2&WorkflowSid={workflow}":   whole[:2],
		"PageSize=2&Minutes=5&LogLevel=error": {"40154", "11200"},
	} {
		if diff := cmp.Diff(want, codes(query)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", query, diff)
		}
	}
	var sids []string
	for _, a := range all {
		sids = append(sids, a["sid"].(string))
	}
	if diff := cmp.Diff(sids, c.walkAll("alerts", "/{ws}/Alerts?PageSize=1")); diff != "" {
		t.Errorf("pages (-want +got):\n%s", diff)
	}
	if !slices.IsSortedFunc(sids, func(a, b string) int { return strings.Compare(b, a) }) {
		t.Error("not the newest first")
	}
}
