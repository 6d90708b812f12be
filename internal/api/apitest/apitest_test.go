package apitest

import (
	"net/http"
	"strings"
	"testing"
)

const right = `{"sid":"WA00000000000000000000000000000000","account_sid":` +
	`"AC00000000000000000000000000000000","workspace_sid":"WS00000000000000000000000000000000",` +
	`"friendly_name":"Idle","available":true,"date_created":"2026-01-02T03:04:05Z",` +
	`"date_updated":null,"url":"http://h/v1","links":{"workspace":"http://h/v1"}}`

func headers() http.Header {
	h := http.Header{"Content-Type": {"application/json; charset=utf-8"}}
	for _, name := range []string{
		"X-Rate-Limit-Limit", "X-Rate-Limit-Remaining", "X-Rate-Limit-Config",
		"Access-Control-Allow-Origin", "Access-Control-Allow-Methods",
		"Access-Control-Allow-Headers", "Access-Control-Expose-Headers",
	} {
		h.Set(name, "x")
	}
	return h
}

// Whoever breaks an answer must hear of it.
func TestCheck(t *testing.T) {
	t.Parallel()
	const (
		path    = "/v1/Workspaces/WS1/Activities/WA1"
		problem = `{"code":20001,"message":"m","more_info":"https://www.twilio.com/docs/errors/20001","status":400}`
	)
	replace := func(old, new string) string { return strings.Replace(right, old, new, 1) }
	for _, tt := range []struct {
		name   string
		method string
		path   string
		status int
		body   string
		edit   func(http.Header)
		want   string // part of the complaint; empty = none
	}{
		{"right", "GET", path, 200, right, nil, ""},
		{"right error", "GET", path, 400, problem, nil, ""},
		{"right deletion", "DELETE", path, 204, "", nil, ""},
		{"unknown path", "GET", "/v1/Widgets", 200, right, nil, "not described"},
		{"unknown status", "GET", path, 201, right, nil, "none of the operation's"},
		{"missing header", "GET", path, 200, right, func(h http.Header) { h.Del("X-Rate-Limit-Limit") }, "X-Rate-Limit-Limit is missing"},
		{"wrong type of content", "GET", path, 200, right, func(h http.Header) { h.Set("Content-Type", "text/html") }, "Content-Type"},
		{"not JSON", "GET", path, 200, "{", nil, "not JSON"},
		{"missing key", "GET", path, 200, replace(`"available":true,`, ""), nil, ".available is missing"},
		{"key too many", "GET", path, 200, replace(`"available"`, `"extra":1,"available"`), nil, ".extra is not described"},
		{"wrong type", "GET", path, 200, replace("true", `"true"`), nil, "available"},
		{"wrong SID", "GET", path, 200, replace("WA0", "WB0"), nil, "sid"},
		{"fraction of a second", "GET", path, 200, replace("05Z", "05.1Z"), nil, "date_created"},
		{"relative URL", "GET", path, 200, replace(`"http://h/v1","links"`, `"/v1","links"`), nil, "url"},
		{"deletion with a body", "DELETE", path, 204, "{}", nil, "has a body"},
		{"error with another status", "GET", path, 404, problem, nil, "the answer's 404"},
		{"error without a code", "GET", path, 400, `{"message":"m","more_info":"","status":400}`, nil, "lacks"},
		{"error that is a page", "GET", path, 400, "404 page not found", nil, "no error"},
		{"challenge is missing", "GET", path, 401, strings.ReplaceAll(problem, `"status":400`, `"status":401`), nil, "WWW-Authenticate"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			h := headers()
			if tt.edit != nil {
				tt.edit(h)
			}
			err := check(tt.method, tt.path, tt.status, h, []byte(tt.body))
			switch {
			case err == nil && tt.want != "":
				t.Errorf("no complaint, want one about %q", tt.want)
			case err != nil && (tt.want == "" || !strings.Contains(err.Error(), tt.want)):
				t.Errorf("%v, want %q", err, tt.want)
			}
		})
	}
}

func TestIntegersAreWrittenAsIntegers(t *testing.T) {
	t.Parallel()
	schema := Schema("taskrouter.v1.workspace.worker.worker_channel")
	body := `{"sid":null,"account_sid":null,"workspace_sid":null,"worker_sid":null,` +
		`"task_channel_sid":null,"task_channel_unique_name":null,"configured_capacity":1.0,` +
		`"assigned_tasks":0,"available_capacity_percentage":0,"available":true,` +
		`"date_created":null,"date_updated":null,"url":null}`
	if err := CheckSchema(schema, []byte(body)); err == nil || !strings.Contains(err.Error(), "no point") {
		t.Errorf("1.0 for an integer: %v", err)
	}
	if err := CheckSchema(schema, []byte(strings.Replace(body, "1.0", "1", 1))); err != nil {
		t.Error(err)
	}
}
