package api_test

import (
	"fmt"
	"maps"
	"net/http/httptest"
	"net/url"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"unicode/utf8"

	"taskrouter/internal/api"
	"taskrouter/internal/api/apitest"
	"taskrouter/internal/engine"
)

// additionsRead names the parameters of operations that the official description lacks.
var additionsRead = map[string]string{
	"GET /v1/Workspaces/{WorkspaceSid}/Alerts": "Sid LogLevel TaskSid WorkerSid WorkflowSid " +
		"ErrorCode StartDate EndDate Minutes AfterSequence PageSize Page PageToken",
	"GET /v1/Workspaces/{WorkspaceSid}/Alerts/{Sid}":              "",
	"GET /v1/Workspaces/{WorkspaceSid}/Tasks/{TaskSid}/Timeline":  "PageSize Page PageToken",
	"GET /v1/Workspaces/{WorkspaceSid}/Tasks/{Sid}/Explanation":   "WorkerSid PageSize Page PageToken",
	"GET /v1/Workspaces/{WorkspaceSid}/Workers/{Sid}/Explanation": "",
	"GET /v1/Workspaces/{WorkspaceSid}/Events":                    "ActorSid Search AfterSequence",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows/DryRun": "Configuration Attributes TaskChannel " +
		"Priority Timeout VirtualStartTime Workers",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows/{Sid}/DryRun": "Configuration Attributes " +
		"TaskChannel Priority Timeout VirtualStartTime Workers",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows/Check": "Configuration TaskReservationTimeout",
	"POST /v1/Workspaces/{WorkspaceSid}/Expressions/Check": "Scope Expression Attributes " +
		"TaskQueueSid",
}

// complete is what operations need that create something, so that it is the other parameter
// that is wrong. What comes first counts.
var complete = map[string]string{
	"POST /v1/Workspaces":                                  "FriendlyName=New",
	"POST /v1/Workspaces/{WorkspaceSid}/Activities":        "FriendlyName=New",
	"POST /v1/Workspaces/{WorkspaceSid}/Workers":           "FriendlyName=New",
	"POST /v1/Workspaces/{WorkspaceSid}/TaskChannels":      "FriendlyName=New&UniqueName=new",
	"POST /v1/Workspaces/{WorkspaceSid}/TaskQueues":        "FriendlyName=New",
	"POST /v1/Workspaces/{WorkspaceSid}/Tasks":             "WorkflowSid={workflow}",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows":         "FriendlyName=New&Configuration={}",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows/DryRun":  "Configuration={}",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows/Check":   "Configuration={}",
	"POST /v1/Workspaces/{WorkspaceSid}/Expressions/Check": "Scope=worker&Expression=a==1",
	"POST /v1/Workspaces/{WorkspaceSid}/Workflows/{Sid}":   "FriendlyName=New",
}

// bad are values that no parameter is glad of, as they travel.
var bad = map[string]string{
	"empty":                "",
	"blank":                "%20%09%0A",
	"10,000 characters":    strings.Repeat("x", 10_000),
	"10,000 commas":        strings.Repeat(",", 10_000),
	"control characters":   "%00%01%1B%7F%E2%80%AE",
	"not UTF-8":            "%FF%FE",
	"half an escape":       "%2",
	"huge number":          "99999999999999999999999999999999",
	"negative number":      "-1",
	"fraction":             "1e-400",
	"a list":               "%5B1,2%5D",
	"an object":            "%7B%22task_routing%22:1%7D",
	"deep brackets":        strings.Repeat("%5B", 10_000),
	"deep parentheses":     strings.Repeat("(", 10_000),
	"deep objects":         strings.Repeat("%7B%22a%22:", 10_000),
	"a date out of range":  "9999-12-31T23:59:60Z",
	"a date of no year":    "0000-01-01",
	"a SID of nothing":     "WQ00000000000000000000000000000000",
	"a SID of another":     "{foreign}",
	"a SID of this":        "{alice}",
	"a path":               "../../{foreign}",
	"a URL without a host": "https:///",
	"a format":             "%25s%25d%25!",
	"quotes":               "%22%27%5C%60%3C",
	"repeated":             "a&{name}=b",
}

// bulkTemplate is the path that takes JSON.
const bulkTemplate = "/v1/Workspaces/{WorkspaceSid}/TaskQueues/RealTimeStatistics"

// pathOf fills the variables of a template with things that are there.
func pathOf(template string) string {
	path := strings.NewReplacer(
		"{WorkspaceSid}", "{ws}", "{TaskSid}", "{task}", "{WorkerSid}", "{alice}",
		"{TaskQueueSid}", "{queue}", "{WorkflowSid}", "{workflow}",
		"Workspaces/{Sid}", "Workspaces/{ws}", "Activities/{Sid}", "Activities/{unavailable}",
		"Workers/{Sid}", "Workers/{alice}", "Channels/{Sid}", "Channels/default",
		"TaskQueues/{Sid}", "TaskQueues/{queue}", "Workflows/{Sid}", "Workflows/{workflow}",
		"Tasks/{Sid}", "Tasks/{task}", "Reservations/{Sid}", "Reservations/{reservation}",
		"TaskChannels/{Sid}", "TaskChannels/default",
	).Replace(template)
	return strings.NewReplacer("Events/{Sid}", "Events/EV"+strings.Repeat("0", 32),
		"Alerts/{Sid}", "Alerts/NO"+strings.Repeat("0", 32)).Replace(path)
}

// Whatever a parameter of whichever operation holds: the server is never at fault, the answer is
// as described, an error says what is wrong, and after an error nothing is different.
func TestBadParameters(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *api.Options) { o.RateLimit = 0 })
	var changes atomic.Int64
	w.engine.Subscribe("changes", func(p engine.Publication) { changes.Add(int64(len(p.Changes))) })
	operations := apitest.Operations()
	for name := range additionsRead {
		if !slices.Contains(operations, name) {
			operations = append(operations, name)
		}
	}
	asked := 0
	for _, operation := range operations {
		method, template, _ := strings.Cut(operation, " ")
		names := append(apitest.Parameters(operation), strings.Fields(additionsRead[operation])...)
		if len(names) == 0 || method == "DELETE" {
			continue
		}
		t.Run(operation, func(t *testing.T) {
			c := w.client(t)
			task(c)
			c.quiet()
			for _, name := range append(names, "Unknown") {
				for _, kind := range slices.Sorted(maps.Keys(bad)) {
					form := name + "=" + strings.ReplaceAll(bad[kind], "{name}", name) + "&" +
						complete[operation]
					before := changes.Load()
					a := c.raw(method, pathOf(template), form)
					asked++
					about := fmt.Sprintf("%s with %s: %d %.300s", name, kind, a.status, a.body)
					switch events := c.caused(); {
					case a.status >= 500:
						t.Error(about)
					case a.status < 400 && operation == "POST /v1/Workspaces":
						// Reading it waits for what its creation publishes.
						must(c, "GET", "/v1/Workspaces/"+a.json(c)["sid"].(string), "")
					case a.status < 400:
					case len(events) > 0 || changes.Load() != before:
						t.Errorf("%s\nand %v", about, events)
					case len(a.body) > 1500:
						t.Errorf("%s\nThe error has %d bytes", about, len(a.body))
					case a.status == 400 && !strings.Contains(a.body, `"pointer":"/`) &&
						kind != "half an escape":
						t.Errorf("%s\nThe error points at nothing", about)
					}
				}
			}
		})
	}
	if asked < 5000 {
		t.Errorf("only %d requests were made", asked)
	}
}

// The names of parameters are a stranger's, too, and so are headers.
func TestBadNames(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	for _, tt := range []struct {
		name, form, version string
		status              int
		want                string
	}{
		{"a name that is not UTF-8", "%FF=1", "", 400, "\"pointer\":\"/\ufffd\""},
		{"a long name that is not UTF-8", strings.Repeat("x", 100_000) + "%FF=1", "", 400, `x…"`},
		{"a value under a name with a slash", "a/b~c=%FF", "", 400, `"pointer":"/a~1b~0c"`},
		{"half an escape in a name", "%F=1", "", 400, "malformed"},
		{"a name of nothing", "=%FF", "", 400, "is not valid UTF-8"},
		{"a hundred thousand parameters", strings.Repeat("a=1&", 100_000), "", 200, "{alice}"},
		{"ampersands", strings.Repeat("&", 100_000), "", 200, "{alice}"},
		{"a version that is not UTF-8", "FriendlyName=Al", "\xff\xfe", 412, "names no version"},
		{"an empty version", "FriendlyName=Alice", "", 200, "{alice}"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := *c
			c.TB = t
			r := httptest.NewRequest("POST", c.expand("/v1/Workspaces/{ws}/Workers/{alice}"),
				strings.NewReader(tt.form))
			r.SetBasicAuth(string(account), password)
			r.Header["If-Match"] = []string{tt.version}
			a := c.send(r)
			if a.status != tt.status || !strings.Contains(a.body, c.expand(tt.want)) ||
				len(a.body) > 2500 || !utf8.ValidString(a.body) {
				t.Errorf("status %d, want %d with %s: %.500s", a.status, tt.status, tt.want, a.body)
			}
			if events := c.caused(); len(events) > 0 {
				t.Errorf("it caused %v", events)
			}
		})
	}
}

// raw sends parameters as they travel.
func (c *client) raw(method, path, form string) answer {
	c.Helper()
	path, form = c.expand(path), c.expand(form)
	r := httptest.NewRequestWithContext(c.Context(), method, "http://router.test"+path, nil)
	if method == "POST" {
		r = httptest.NewRequestWithContext(c.Context(), method, "http://router.test"+path,
			strings.NewReader(form))
		r.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	} else {
		r.URL.RawQuery = form
	}
	r.SetBasicAuth(string(account), password)
	return c.send(r)
}

// Whatever stands in the place of a SID in a path, nothing is found there, and nothing changes.
func TestBadPaths(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	c.quiet()
	segments := map[string]string{
		"a SID of nothing": "XX00000000000000000000000000000000",
		"another kind":     "{other-account}",
		"another account":  "{foreign}",
		"too short":        "WK1",
		"too long":         strings.Repeat("a", 10_000),
		"not hexadecimal":  "WKgggggggggggggggggggggggggggggggg",
		"not UTF-8":        "%FF%FE",
		"control":          "%00%0A",
		"a slash":          "{alice}%2F",
		"dots":             "%2E%2E",
		"wild":             "*",
	}
	operations := apitest.Operations()
	for name := range additionsRead {
		operations = append(operations, name)
	}
	for _, operation := range operations {
		method, template, _ := strings.Cut(operation, " ")
		if operation == "POST "+bulkTemplate {
			continue // asked often it answers with 429: see TestBadBulk
		}
		for part := range strings.SplitSeq(template, "/") {
			if !strings.HasPrefix(part, "{") {
				continue
			}
			for _, kind := range slices.Sorted(maps.Keys(segments)) {
				segment := segments[kind]
				path := pathOf(template[:strings.Index(template, part)]) + c.expand(segment) +
					template[strings.Index(template, part)+len(part):]
				u, err := url.Parse(c.expand(pathOf(path)))
				if err != nil {
					t.Fatal(err)
				}
				form := complete[operation]
				if strings.Contains(template, "Reservations/") {
					form = "ReservationStatus=accepted"
				}
				a := c.raw(method, u.EscapedPath(), form)
				if a.status != 404 {
					t.Errorf("%s with %s for %s: %d %.300s", operation, kind, part, a.status, a.body)
				}
				if events := c.caused(); len(events) > 0 {
					t.Errorf("%s with %s for %s caused %v", operation, kind, part, events)
				}
				if len(a.body) > 2500 {
					t.Errorf("%s with %s for %s: an error of %d bytes", operation, kind, part, len(a.body))
				}
			}
		}
	}
}
