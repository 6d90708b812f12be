package token

import (
	"fmt"
	"net/url"
	"strings"
	"testing"
)

// capability reads a worker's token with the given policies, "B" standing for the workspace's
// path and "K" for the worker's.
func capability(t testing.TB, policies ...string) *Capability {
	t.Helper()
	list := strings.NewReplacer(`"url":"B`, `"url":"`+api, `"url":"K`, `"url":"`+own).
		Replace("[" + strings.Join(policies, ",") + "]")
	payload := expand(strings.Replace(plain, "[]", list, 1))
	c := mustRead(t, forge(plainHeader, payload, secret))
	if len(c.Skipped) > 0 {
		t.Fatalf("skipped: %v", c.Skipped)
	}
	return c
}

// allow and deny write a policy; the rest is more of its members.
func allow(method, url string, rest ...string) string { return policy(method, url, true, rest) }
func deny(method, url string, rest ...string) string  { return policy(method, url, false, rest) }

func policy(method, url string, allow bool, rest []string) string {
	more := ""
	for _, member := range rest {
		more += "," + member
	}
	return fmt.Sprintf(`{"url":%q,"method":%q,"allow":%v%s}`, url, method, allow, more)
}

// ask writes requests in the shorthand of capability: a method and a URL with its query, and
// behind a blank the parameters.
func ask(request string) Request {
	fields := strings.Fields(request)
	r := Request{Method: fields[0], URL: fields[1]}
	if rest, ok := strings.CutPrefix(r.URL, "B"); ok {
		r.URL = api + rest
	} else if rest, ok := strings.CutPrefix(r.URL, "K"); ok {
		r.URL = own + rest
	}
	if len(fields) > 2 {
		r.Params, _ = url.ParseQuery(fields[2])
	}
	return r
}

func TestMatching(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name     string
		policies []string
		allowed  []string
		refused  []string
	}{
		{
			"literal",
			[]string{allow("GET", "B/Tasks")},
			[]string{"GET B/Tasks", "GET B/Tasks?PageSize=5", "GET B/Tasks/", "GET B/Tasks Page=1"},
			[]string{"POST B/Tasks", "get B/Tasks", "HEAD B/Tasks", "GET B/Tasks/WT1", "GET B",
				"GET B/tasks", "GET B/Task", "GET B/TasksX"},
		}, {
			"hosts mean nothing",
			[]string{allow("GET", "http://our.own:8080/v1/Workspaces/$WS/Tasks"),
				allow("POST", "Workspaces/$WS/Tasks"), allow("DELETE", "/v1/Workspaces/$WS/Tasks")},
			[]string{"GET B/Tasks", "POST B/Tasks", "DELETE B/Tasks",
				"GET https://elsewhere/v1/Workspaces/" + workspace + "/Tasks",
				"POST Workspaces/" + workspace + "/Tasks", "DELETE v1/Workspaces/" + workspace + "/Tasks"},
			[]string{"GET https://elsewhere/v2/Workspaces/" + workspace + "/Tasks",
				"GET https://elsewhere/Workspaces/" + workspace + "/Tasks"},
		}, {
			"one more segment",
			[]string{allow("GET", "B/*")},
			[]string{"GET B/TaskQueues", "GET B/x", "GET B/*"},
			[]string{"GET B", "GET B/", "GET B/TaskQueues/WQ1"},
		}, {
			"anything below",
			[]string{allow("GET", "B/**")},
			[]string{"GET B/TaskQueues", "GET B/Workers/WK1/Statistics"},
			[]string{"GET B", "GET B/"},
		}, {
			"a list is part of what is below it",
			[]string{allow("GET", "K/Reservations/**"), allow("GET", "B/Tasks/**"),
				allow("GET", "K/Statistics/**"), allow("POST", "B/Workers/WK1/**"),
				allow("POST", "B/Activities/*"), allow("POST", "B/Tasks/**")},
			[]string{"GET K/Reservations", "GET K/Reservations/WR1", "GET B/Tasks", "GET B/Tasks/",
				"GET K/Statistics", "POST B/Activities/WA1", "POST B/Tasks/WT1"},
			[]string{"POST B/Workers/WK1", "POST B/Activities", "POST B/Tasks"},
		}, {
			"stars elsewhere",
			[]string{allow("GET", "B/*/x"), allow("GET", "B/a*"), allow("GET", "B/***"),
				allow("GET", "B/c/%2a"), allow("GET", "B/d/**/")},
			[]string{"GET B/*/x", "GET B/a*", "GET B/***", "GET B/c/*", "GET B/d/**"},
			[]string{"GET B/y/x", "GET B/ab", "GET B/b", "GET B/c/x", "GET B/d/x"},
		}, {
			"trailing slash of a policy",
			[]string{allow("GET", "B/")},
			[]string{"GET B", "GET B/"},
			[]string{"GET B/Tasks"},
		}, {
			"escapes of a policy",
			[]string{allow("GET", "B/Wor%6bers/**")},
			[]string{"GET B/Workers/WK1", "GET B/Work%65rs/WK1"},
			[]string{"GET B/Wor%6bers%2fWK1"},
		}, {
			"whole host",
			[]string{allow("GET", "https://taskrouter.twilio.com/**"), allow("POST", "**")},
			[]string{"GET B", "GET B/Tasks", "POST B", "POST B/Tasks"},
			[]string{"DELETE B", "GET /v1/Workspaces", "GET /v1/Workspaces/",
				"GET /v1/Workspaces/WSother", "GET /v1/Workspaces/" + workspace + "x",
				"GET /v1/wschannels/" + account, "GET /v1/v1/Workspaces/" + workspace,
				"GET /V1/Workspaces/" + workspace, "GET /v1/workspaces/" + workspace},
		}, {
			"longer path wins",
			[]string{allow("GET", "B/**"), deny("GET", "B/Workers/**"), allow("GET", "B/Workers/WK1")},
			[]string{"GET B/Tasks", "GET B/Workers/WK1"},
			[]string{"GET B/Workers", "GET B/Workers/WK2", "GET B/Workers/WK1/Statistics"},
		}, {
			"order means nothing",
			[]string{allow("GET", "B/Workers/WK1"), deny("GET", "B/Workers/**"), allow("GET", "B/**")},
			[]string{"GET B/Tasks", "GET B/Workers/WK1"},
			[]string{"GET B/Workers", "GET B/Workers/WK2", "GET B/Workers/WK1/Statistics"},
		}, {
			"exact before one before many",
			[]string{allow("GET", "B/Tasks"), deny("GET", "B/Tasks/**"), allow("GET", "B/Tasks/*")},
			[]string{"GET B/Tasks", "GET B/Tasks/WT1"},
			[]string{"GET B/Tasks/WT1/Reservations"},
		}, {
			"filtered before unfiltered",
			[]string{allow("POST", "B/Tasks"), deny("POST", "B/Tasks", `"post_filter":{"Priority":"9"}`)},
			[]string{"POST B/Tasks", "POST B/Tasks Priority=1", "POST B/Tasks Priority=9&Reason=x"},
			[]string{"POST B/Tasks Priority=9"},
		}, {
			"a filter that does not bind gives no weight",
			[]string{allow("GET", "B/Tasks"), deny("GET", "B/Tasks", `"post_filter":{"Priority":"9"}`)},
			nil,
			[]string{"GET B/Tasks"},
		}, {
			"conflict refuses what both fit",
			[]string{allow("GET", "B/Tasks/**"), deny("GET", "B/Tasks/**"), allow("GET", "B/Tasks/WT1"),
				allow("GET", "B/Workers")},
			[]string{"GET B/Tasks/WT1", "GET B/Workers"},
			[]string{"GET B/Tasks", "GET B/Tasks/WT2"},
		}, {
			"conflict of filtered rules",
			[]string{allow("POST", "B/Tasks", `"post_filter":{"Priority":{"required":true}}`),
				deny("POST", "B/Tasks", `"post_filter":{"Priority":"9"}`),
				allow("POST", "B/Tasks", `"post_filter":{"Priority":{"value":"9"}}`)},
			[]string{"POST B/Tasks Priority=1", "POST B/Tasks"},
			[]string{"POST B/Tasks Priority=9"},
		}, {
			"the same twice",
			[]string{allow("GET", "B/Tasks"), allow("GET", "B/Tasks")},
			[]string{"GET B/Tasks"},
			nil,
		}, {
			"allow is false by default",
			[]string{`{"url":"B/Tasks","method":"GET"}`, `{"url":"B/Workers","method":"GET","allow":null}`,
				allow("GET", "B/**")},
			[]string{"GET B/Activities"},
			[]string{"GET B/Tasks", "GET B/Workers"},
		}, {
			"unknown keys of a policy are ignored",
			[]string{allow("GET", "B/Tasks", `"comment":[1,2]`)},
			[]string{"GET B/Tasks"},
			nil,
		}, {
			"no policies",
			nil,
			nil,
			[]string{"GET B", "POST K ActivitySid=x"},
		}, {
			"other workspaces' rules",
			[]string{allow("GET", "https://taskrouter.twilio.com/v1/Workspaces/**"),
				allow("DELETE", "https://taskrouter.twilio.com/v1/Workspaces/WSother/**")},
			[]string{"GET B", "GET B/Tasks"},
			[]string{"GET /v1/Workspaces/WSother/Tasks", "DELETE /v1/Workspaces/WSother/Tasks"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := capability(t, tt.policies...)
			for _, request := range tt.allowed {
				if err := c.Allows(ask(request), Options{}); err != nil {
					t.Errorf("%s: %v", request, err)
				}
			}
			for _, request := range tt.refused {
				if err := c.Allows(ask(request), Options{}); err == nil {
					t.Errorf("%s: allowed", request)
				} else {
					status, code := 403, codeForbidden
					if strings.Contains(request, "%2f") {
						status, code = 400, codeInvalid
					}
					wantRefusal(t, err, status, code, "")
				}
			}
		})
	}
}

func TestFilters(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, method, filters string
		allowed, refused      []string
	}{
		{
			"required", "POST", `"post_filter":{"ActivitySid":{"required":true}}`,
			[]string{"POST K ActivitySid=x", "POST K ActivitySid="},
			[]string{"POST K", "POST K ActivitySid=x&FriendlyName=y", "POST K FriendlyName=y",
				"POST K activitysid=x"},
		}, {
			"optional", "POST", `"post_filter":{"A":{"required":false},"B":{}}`,
			[]string{"POST K", "POST K A=1", "POST K B=1", "POST K A=1&B=2"},
			[]string{"POST K C=1", "POST K A=1&C=1"},
		}, {
			"text", "POST", `"post_filter":{"A":"1","B":""}`,
			[]string{"POST K A=1&B="},
			[]string{"POST K", "POST K A=1", "POST K A=2&B=", "POST K A=1&B=x", "POST K A=1&A=2&B="},
		}, {
			"required value", "POST", `"post_filter":{"A":{"required":true,"value":"1"}}`,
			[]string{"POST K A=1", "POST K A=1&A=1"},
			[]string{"POST K", "POST K A=2", "POST K A=2&A=1"},
		}, {
			"optional value", "POST", `"post_filter":{"A":{"required":false,"value":"1"}}`,
			[]string{"POST K", "POST K A=1"},
			[]string{"POST K A=2"},
		}, {
			"value alone is optional", "POST", `"post_filter":{"A":{"value":"1"}}`,
			[]string{"POST K", "POST K A=1"},
			[]string{"POST K A=2"},
		}, {
			"empty", "POST", `"post_filter":{},"query_filter":{}`,
			[]string{"POST K", "POST K A=2"}, nil,
		}, {
			"null", "POST", `"post_filter":null,"query_filter":null`,
			[]string{"POST K", "POST K A=2"}, nil,
		}, {
			"empty list", "POST", `"post_filter":[],"query_filter":[]`,
			[]string{"POST K", "POST K A=2"}, nil,
		}, {
			"query of a GET, wherever it is", "GET", `"query_filter":{"A":"1"}`,
			[]string{"GET K A=1", "GET K?A=1", "GET K?A=1 A=1"},
			[]string{"GET K", "GET K A=2", "GET K?A=2", "GET K?A=1 A=2", "GET K?A=2 A=1",
				"GET K?A=1&B=1", "GET K?A=1 B=1"},
		}, {
			"a post_filter does not bind a GET", "GET", `"post_filter":{"A":"1"}`,
			[]string{"GET K", "GET K?B=1"}, nil,
		}, {
			"query of a DELETE", "DELETE", `"query_filter":{"A":"1"},"post_filter":{"B":"1"}`,
			[]string{"DELETE K A=1", "DELETE K?A=1"},
			[]string{"DELETE K", "DELETE K?A=1&B=1"},
		}, {
			"a query_filter does not bind a body", "POST", `"query_filter":{"A":{"required":false}}`,
			[]string{"POST K", "POST K B=1", "POST K?A=1 B=1"},
			[]string{"POST K?B=1"},
		}, {
			"both", "POST", `"query_filter":{"A":"1"},"post_filter":{"B":"1"}`,
			[]string{"POST K?A=1 B=1"},
			[]string{"POST K", "POST K?A=1", "POST K B=1", "POST K A=1&B=1", "POST K?A=1&B=1"},
		}, {
			"a query carries nothing past a filtered body", "POST", `"post_filter":{"A":"1"}`,
			[]string{"POST K A=1"},
			[]string{"POST K?B=1 A=1", "POST K?A=1", "POST K?A=1 A=1"},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := capability(t, allow(tt.method, "K", tt.filters))
			for _, request := range tt.allowed {
				if err := c.Allows(ask(request), Options{}); err != nil {
					t.Errorf("%s: %v", request, err)
				}
			}
			for _, request := range tt.refused {
				if c.Allows(ask(request), Options{}) == nil {
					t.Errorf("%s: allowed", request)
				}
			}
		})
	}
}

func TestParameterWithoutValuesIsAbsent(t *testing.T) {
	t.Parallel()
	c := capability(t, allow("POST", "K", `"post_filter":{"A":{"required":true}}`))
	r := Request{Method: "POST", URL: own, Params: url.Values{"A": {"x"}, "B": {}}}
	if err := c.Allows(r, Options{}); err != nil {
		t.Error(err)
	}
	r.Params = url.Values{"A": {}}
	if c.Allows(r, Options{}) == nil {
		t.Error("a required parameter without values was taken for present")
	}
}

func TestLenientReading(t *testing.T) {
	t.Parallel()
	const (
		throughTask   = "B/Tasks/" + task + "/Reservations/" + reservation
		throughWorker = "K/Reservations/" + reservation
	)
	options := Options{Lenient: true, TaskOf: func(r string) (string, bool) {
		return task, r == reservation
	}}
	for _, tt := range []struct {
		name             string
		policies         []string
		allowed, refused []string
	}{
		{
			"activities",
			[]string{allow("POST", "B/Activities")},
			[]string{"POST K ActivitySid=x", "POST K/ ActivitySid=x"},
			[]string{"POST K", "POST K ActivitySid=x&FriendlyName=y", "POST K FriendlyName=y",
				"POST K?ActivitySid=x", "POST K?FriendlyName=y ActivitySid=x", "DELETE K",
				"POST B/Workers/" + stranger + " ActivitySid=x", "POST K/x ActivitySid=x"},
		},
		{"activities and below", []string{allow("POST", "B/Activities/**")},
			[]string{"POST K ActivitySid=x"}, nil},
		{"one activity", []string{allow("POST", "B/Activities/*")},
			nil, []string{"POST K ActivitySid=x"}},
		{"more than activities", []string{allow("POST", "B/*")},
			nil, []string{"POST K ActivitySid=x"}},
		{"reading activities", []string{allow("GET", "B/Activities")},
			nil, []string{"POST K ActivitySid=x", "GET K"}},
		{"renaming activities",
			[]string{allow("POST", "B/Activities", `"post_filter":{"FriendlyName":{"required":true}}`)},
			nil, []string{"POST K ActivitySid=x"}},
		{"activities denied", []string{deny("POST", "B/Activities")},
			nil, []string{"POST K ActivitySid=x"}},
		{"a policy refuses it", []string{allow("POST", "B/Activities"), deny("POST", "K")},
			nil, []string{"POST K ActivitySid=x"}},
		{"a policy speaks of other parameters",
			[]string{allow("POST", "B/Activities"), allow("POST", "K", `"post_filter":{"Attributes":"{}"}`)},
			[]string{"POST K ActivitySid=x", "POST K Attributes={}"}, []string{"POST K"}},
		{
			"reservations of the worker",
			[]string{allow("POST", "K/Reservations/**")},
			[]string{"POST " + throughTask + " ReservationStatus=accepted", "POST " + throughWorker},
			[]string{"GET " + throughTask, "POST B/Tasks/" + task,
				"POST B/Tasks/" + task + "/Reservations",
				"POST " + throughTask + "/x",
				"POST B/Tasks/" + task + "/Reservations/WR000000000000000000000000000000ff",
				"POST B/Tasks/WT000000000000000000000000000000ff/Reservations/" + reservation,
				"POST B/Tasks/x/Reservations/" + reservation},
		}, {
			"a filtered right stays filtered",
			[]string{allow("POST", "K/Reservations/*", `"post_filter":{"ReservationStatus":"rejected"}`)},
			[]string{"POST " + throughTask + " ReservationStatus=rejected"},
			[]string{"POST " + throughTask + " ReservationStatus=accepted"},
		}, {
			"reservations of a task",
			[]string{allow("POST", "B/Tasks/**")},
			[]string{"POST " + throughWorker},
			[]string{"POST K/Reservations", "POST K/Reservations/WR000000000000000000000000000000ff",
				"POST " + throughWorker + "/x", "POST K/Reservations/x", "GET " + throughWorker,
				"POST B/Workers/" + stranger + "/Reservations/" + reservation},
		}, {
			"reservations of one task",
			[]string{allow("POST", "B/Tasks/"+task+"/Reservations/*"), deny("GET", "B/Tasks/**")},
			[]string{"POST " + throughWorker},
			[]string{"GET " + throughWorker},
		}, {
			"reservations of another task",
			[]string{allow("POST", "B/Tasks/WT000000000000000000000000000000ff/**")},
			nil, []string{"POST " + throughWorker},
		}, {
			"a policy refuses one address",
			[]string{allow("POST", "K/Reservations/**"), deny("POST", "B/Tasks/**")},
			[]string{"POST " + throughWorker}, []string{"POST " + throughTask},
		},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := capability(t, tt.policies...)
			for _, request := range tt.allowed {
				if err := c.Allows(ask(request), options); err != nil {
					t.Errorf("%s: %v", request, err)
				}
			}
			for _, request := range tt.refused {
				if c.Allows(ask(request), options) == nil {
					t.Errorf("%s: allowed", request)
				}
			}
		})
	}
	t.Run("nobody to ask", func(t *testing.T) {
		t.Parallel()
		c := capability(t, allow("POST", "K/Reservations/**"))
		if c.Allows(ask("POST "+throughTask), Options{Lenient: true}) == nil {
			t.Error("a reservation was allowed without knowing whose it is")
		}
	})
	t.Run("no worker_sid", func(t *testing.T) {
		t.Parallel()
		policies := allow("POST", api+"/Activities") + "," + allow("POST", own+"/Reservations/**")
		payload := strings.Replace(plain, "[]", "["+policies+"]", 1)
		payload = strings.Replace(payload, `"worker_sid":"$WK",`, "", 1)
		c := mustRead(t, forge(plainHeader, expand(payload), secret))
		for _, request := range []string{"POST K ActivitySid=x", "POST " + throughTask} {
			if c.Allows(ask(request), options) == nil {
				t.Errorf("%s: allowed", request)
			}
		}
	})
}

func TestChannel(t *testing.T) {
	t.Parallel()
	const other = "AC000000000000000000000000000000ee"
	channel := "https://event-bridge.twilio.com/v1/wschannels/" + account + "/" + worker
	for _, tt := range []struct {
		name             string
		policies         []string
		account, channel string
		socket, post     string // part of the reason; "" is allowed
	}{
		{"both", []string{allow("GET", channel), allow("POST", channel)}, account, worker, "", ""},
		{"another host", []string{allow("GET", strings.Replace(channel, "event-bridge.twilio.com",
			"our.own", 1)), allow("POST", "wschannels/*/"+worker)}, account, worker,
			"", "not allowed by any policy"},
		{"wildcard", []string{allow("GET", "/v1/wschannels/**"), allow("POST", "/v1/wschannels/$AC/*")},
			account, worker, "", ""},
		{"no POST", []string{allow("GET", channel)}, account, worker, "", "not allowed"},
		{"POST denied", []string{allow("GET", channel), deny("POST", channel)}, account, worker,
			"", "says allow false"},
		{"none", nil, account, worker, "not allowed", "not allowed"},
		{"other account", []string{allow("GET", "/**"), allow("POST", "/**")}, other, worker,
			"token is for account", "token is for account"},
		{"other channel", []string{allow("GET", "/**"), allow("POST", "/**")}, account, stranger,
			"token is for channel", "token is for channel"},
		{"no channel", []string{allow("GET", "/**"), allow("POST", "/**")}, account, "",
			"token is for channel", "token is for channel"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := capability(t, tt.policies...)
			for _, check := range []struct {
				name string
				err  error
				want string
			}{
				{"socket", c.AllowsSocket(tt.account, tt.channel), tt.socket},
				{"post", c.AllowsPost(tt.account, tt.channel), tt.post},
			} {
				if check.want == "" {
					if check.err != nil {
						t.Errorf("%s: %v", check.name, check.err)
					}
					continue
				}
				wantRefusal(t, check.err, 403, codeForbidden, check.want)
			}
		})
	}
}

func TestRefusalsNameTheWayOut(t *testing.T) {
	t.Parallel()
	c := capability(t,
		allow("POST", "K", `"post_filter":{"ActivitySid":{"required":true}}`),
		deny("DELETE", "B/**"),
		allow("GET", "B/Tasks"), deny("GET", "B/Tasks"))
	for _, tt := range []struct{ request, want string }{
		{"GET K?Secret=1", `GET "/v1/Workspaces/` + workspace + `/Workers/` + worker +
			`" is not allowed by any policy of the token; mint it with a policy for`},
		{"POST K FriendlyName=secret&ActivitySid=x", `not allowed with parameters ` +
			`"ActivitySid, FriendlyName": a policy of the token covers it, but`},
		{"POST K", `not allowed with no parameters: a policy`},
		{"DELETE B/Tasks/WT1", `Tasks/WT1" is refused by the token's policy for DELETE "` + api +
			`/**", which says allow false`},
		{"GET B/Tasks", `two policies of the token for GET "` + api + `/Tasks" disagree; remove`},
		{"GET Workspaces/WSother", `GET "/v1/Workspaces/WSother" is outside workspace ` + workspace},
		{"PUT B", `"PUT" "/v1/Workspaces/` + workspace + `" is not allowed by any policy`},
	} {
		t.Run(tt.request, func(t *testing.T) {
			t.Parallel()
			err := c.Allows(ask(tt.request), Options{})
			wantRefusal(t, err, 403, codeForbidden, tt.want)
			if strings.Contains(err.Error(), "ecret") {
				t.Errorf("the reason gives away a value or the query: %v", err)
			}
		})
	}
}

func TestAllowsChangesNothing(t *testing.T) {
	t.Parallel()
	c := capability(t, allow("GET", "B/**", `"query_filter":{"A":"1"}`))
	params := url.Values{"A": {"1"}}
	for range 2 {
		err := c.Allows(Request{Method: "GET", URL: api + "/Tasks?A=1", Params: params}, Options{})
		if err != nil {
			t.Fatal(err)
		}
	}
	if len(params["A"]) != 1 {
		t.Errorf("the request's parameters became %v", params)
	}
}
