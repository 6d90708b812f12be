package bridge

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/token"
)

// Spec: event-bridge 4
func TestParametersBecomeFormValues(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	long := strings.Repeat("x", 300_000)
	tests := []struct{ name, json, want string }{
		{"string", `"two words & more"`, "two words & more"},
		{"text outside ASCII", `"Zoë 茶"`, "Zoë 茶"},
		{"escapes", `"a\u00e4\n"`, "aä\n"},
		{"empty string", `""`, ""},
		{"object", `{"a":[1,null],"b":"c"}`, `{"a":[1,null],"b":"c"}`},
		{"array", `["initiated","ringing"]`, `["initiated","ringing"]`},
		{"true", `true`, "true"},
		{"false", `false`, "false"},
		{"integer", `42`, "42"},
		{"number as sent", `1.50`, "1.50"},
		{"large number", `12345678901234567890`, "12345678901234567890"},
		{"exponent", `1e3`, "1e3"},
		{"long string", `"` + long + `"`, long},
		{"null", `null`, "(absent)"},
	}
	for _, test := range tests {
		for _, method := range []string{"GET", "POST"} {
			t.Run(method+" "+test.name, func(t *testing.T) {
				body := fmt.Sprintf(`{"url":%q,"method":%q,"token":%q,"params":{"P": %s }}`,
					w.workerURL(w.alice), method, w.aliceRaw, test.json)
				// The content type says nothing about the body.
				r := w.send("POST", w.path(string(w.alice)),
					"application/x-www-form-urlencoded", body)
				if r.status != 200 {
					t.Fatalf("got %d %s", r.status, r.body)
				}
				values := r.field("payload", "form")
				if method == "GET" {
					values = queryOf(t, r)
				}
				got := "(absent)"
				if list, ok := values.(object)["P"].([]any); ok {
					got = list[0].(string)
				}
				if got != test.want {
					t.Errorf("got %.100q, want %.100q", got, test.want)
				}
			})
		}
	}
}

// queryOf returns the query that the REST API saw, as an object of lists.
func queryOf(t *testing.T, r reply) any {
	t.Helper()
	query, _ := r.field("payload", "query").(string)
	req, err := http.NewRequest("GET", "/?"+query, nil)
	if err != nil {
		t.Fatal(err)
	}
	values := object{}
	for name, list := range req.URL.Query() {
		values[name] = []any{list[0]}
	}
	return values
}

func TestInnerRequest(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	base := "/v1/Workspaces/" + string(w.ws)
	self := base + "/Workers/" + string(w.alice)
	tests := []struct {
		name     string
		envelope object
		want     object // keys of what the REST API saw
	}{
		{"absolute, foreign host", object{
			"url": "https://taskrouter.twilio.com" + self, "method": "GET",
		}, object{"path": self, "query": "", "host": host}},
		{"absolute, own host", object{
			"url": "http://" + host + self, "method": "GET",
		}, object{"path": self}},
		{"relative", object{
			"url": strings.TrimPrefix(self, "/v1/"), "method": "GET",
		}, object{"path": self}},
		{"own query and parameters", object{
			"url": self + "/Reservations?PageSize=2&Page=1", "method": "GET",
			"params": object{"ReservationStatus": "pending"},
		}, object{
			"path":  self + "/Reservations",
			"query": "Page=1&PageSize=2&ReservationStatus=pending",
		}},
		{"actor", object{"url": self, "method": "GET"},
			object{"actor": "worker " + string(w.alice), "channel": string(w.alice)}},
		{"no parameters", object{"url": self, "method": "GET", "params": nil},
			object{"query": ""}},
		{"alias", object{
			"url":    base + "/Tasks/WT1/Reservations/WR1",
			"method": "POST",
			"params": object{"DequeueStatusCallbackEvents": "ringing", "DequeueTo": "+1"},
		}, object{"form": object{
			"DequeueStatusCallbackEvent": []any{"ringing"}, "DequeueTo": []any{"+1"},
		}}},
		{"lists of events", object{
			"url":    base + "/Tasks/WT1/Reservations/WR1",
			"method": "POST",
			"params": object{
				"StatusCallbackEvent":           []any{"initiated", "ringing"},
				"ConferenceStatusCallbackEvent": "start,end",
				"DequeueStatusCallbackEvents":   []any{"answered", 1},
			},
		}, object{"form": object{
			"StatusCallbackEvent":           []any{"initiated", "ringing"},
			"ConferenceStatusCallbackEvent": []any{"start,end"},
			"DequeueStatusCallbackEvent":    []any{`["answered",1]`},
		}}},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := w.post(test.envelope)
			if r.status != 200 {
				t.Fatalf("got %d %s", r.status, r.body)
			}
			got := object{}
			for key := range test.want {
				got[key] = r.field("payload", key)
			}
			if diff := cmp.Diff(test.want, got); diff != "" {
				t.Errorf("the REST API saw something else (-want +got):\n%s", diff)
			}
		})
	}
}

// Spec: event-bridge 10
func TestReadyURLOfTheWorkspaceHasASlash(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	body := fmt.Sprintf(`{"url":"https://taskrouter.twilio.com/v1/Workspaces/%s/",`+
		`"method":"GET","token":%q,"event_type":"ready"}`, w.ws, w.workspaceRaw)
	r := w.send("POST", w.path(string(w.ws)), "text/plain", body)
	if r.status != 200 || r.field("event_type") != "ready" ||
		r.field("payload", "path") != "/v1/Workspaces/"+string(w.ws) ||
		r.field("payload", "actor") != "account "+account {
		t.Errorf("got %d %s", r.status, r.body)
	}
}

func TestAnswers(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	self := w.workerURL(w.alice)
	tests := []struct {
		name     string
		envelope object
		status   int
		body     string // empty: not compared
	}{
		{"create", object{"url": self, "method": "POST", "params": object{"Created": 1}},
			200, `{"payload":{"sid":"WT1"}}`},
		{"delete", object{"url": self, "method": "DELETE"}, 200, `{"payload":{}}`},
		{"event type", object{"url": self, "method": "DELETE", "event_type": "ready"},
			200, `{"payload":{},"event_type":"ready"}`},
		{"event type null", object{"url": self, "method": "DELETE", "event_type": nil},
			200, `{"payload":{}}`},
		{"event type with an error",
			object{"url": self + "/Events", "method": "GET", "event_type": "ready"},
			429, `{"code":20429,"message":"slow down","status":429}`},
		{"500 is 503", object{"url": self + "/Statistics", "method": "GET"}, 503, ""},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := w.post(test.envelope)
			if r.status != test.status || test.body != "" && r.body != test.body {
				t.Errorf("got %d %s, want %d %s", r.status, r.body, test.status, test.body)
			}
			if r.header.Get("Access-Control-Allow-Origin") != "*" ||
				r.header.Get("Cache-Control") != "no-store" ||
				!strings.HasPrefix(r.header.Get("Content-Type"), "application/json") {
				t.Errorf("headers: %v", r.header)
			}
			if r.status >= 429 && r.header.Get("Retry-After") == "" {
				t.Error("no Retry-After")
			}
			if r.status == 503 && (r.field("code") != 20503.0 || r.field("status") != 503.0 ||
				!strings.Contains(r.body, "RQ1")) {
				t.Errorf("got %s", r.body)
			}
		})
	}
}

func TestEnvelopesThatAreRefused(t *testing.T) {
	t.Parallel()
	w := newWorld(t, func(o *Options) { o.BodySize = 64 << 10 })
	self := w.workerURL(w.alice)
	expired := w.grant(string(w.alice)).Claims(time.Second)
	expired.Issued = time.Now().Add(-time.Hour)
	foreign := w.grant(string(w.alice)).Claims(time.Hour)
	foreign.Workspace = "WS" + strings.Repeat("7", 32)
	encode := func(change object) string {
		e := object{"url": self, "method": "GET", "token": w.aliceRaw}
		for k, v := range change {
			e[k] = v
		}
		body, _ := json.Marshal(e)
		return string(body)
	}
	tests := []struct {
		name, body string
		status     int
		says       string
	}{
		{"empty", "", 400, "not a JSON object"},
		{"form", "url=x&method=GET", 400, "not a JSON object"},
		{"array", "[]", 400, "not a JSON object"},
		{"cut off", `{"url":"x"`, 400, "not a JSON object"},
		{"two values", encode(nil) + "{}", 400, "not a JSON object"},
		{"too long", encode(object{"params": object{"A": strings.Repeat("x", 70_000)}}),
			413, "longer than 65536"},
		{"url no string", encode(object{"url": 7}), 400, "url in the body is a number"},
		{"params no object", encode(object{"params": "A=b"}), 400, "params in the body is a string"},
		{"params a list", encode(object{"params": []any{1}}), 400, "params in the body is an array"},
		{"event type no string", encode(object{"event_type": object{}}), 400, "event_type"},
		{"event type long", encode(object{"event_type": strings.Repeat("e", 65)}), 400, "longer"},
		{"no token", encode(object{"token": nil}), 401, "missing"},
		{"broken token", encode(object{"token": "a.b.c"}), 401, ""},
		{"expired token", encode(object{"token": w.mint(expired)}), 401, "expired"},
		{"token of another channel", encode(object{"token": w.bobRaw}), 403, "for channel"},
		{"token of another workspace", encode(object{
			"token": w.mint(foreign),
			"url":   "Workspaces/" + foreign.Workspace + "/Workers/" + string(w.alice),
		}), 403, "does not have"},
		{"no method", encode(object{"method": ""}), 400, "not GET, POST or DELETE"},
		{"other method", encode(object{"method": "PUT"}), 400, "not GET, POST or DELETE"},
		{"no url", encode(object{"url": nil}), 400, "names no resource"},
		{"two spellings", encode(object{"url": self + "/../../Activities"}), 400, "dot segment"},
		{"outside the workspace", encode(object{
			"url": "https://taskrouter.twilio.com/v1/Workspaces/" + foreign.Workspace,
		}), 403, "outside workspace"},
		{"outside workspaces", encode(object{"url": "/2010-04-01/Accounts"}), 403, "outside"},
		{"no policy", encode(object{"url": w.workerURL(w.bob)}), 403, "not allowed"},
	}
	for _, test := range tests {
		t.Run(test.name, func(t *testing.T) {
			r := w.send("POST", w.path(string(w.alice)), "text/plain", test.body)
			message, _ := r.field("message").(string)
			if r.status != test.status || !strings.Contains(message, test.says) {
				t.Errorf("got %d %s, want %d %q", r.status, r.body, test.status, test.says)
			}
			if r.field("status") != float64(test.status) || r.field("code") == nil ||
				r.field("more_info") == nil {
				t.Errorf("not an error object: %s", r.body)
			}
			if r.header.Get("Access-Control-Allow-Origin") != "*" {
				t.Error("a script could not read the error")
			}
		})
	}
}

// Spec: event-bridge 5
func TestPreflight(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	for _, path := range []string{w.path(string(w.alice)), "/v1/wschannels"} {
		r := w.send("OPTIONS", path, "", "")
		if r.status != 204 || r.header.Get("Access-Control-Allow-Origin") != "*" ||
			r.header.Get("Access-Control-Max-Age") != "600" ||
			!strings.Contains(r.header.Get("Access-Control-Allow-Methods"), "POST") {
			t.Errorf("%s: got %d %v", path, r.status, r.header)
		}
		allowed := strings.ToLower(r.header.Get("Access-Control-Allow-Headers"))
		for _, name := range []string{"apiversion", "clientversion", "if-match",
			"content-type", "accept"} {
			if !strings.Contains(allowed, name) {
				t.Errorf("header %s is not allowed: %s", name, allowed)
			}
		}
		if r.header.Get("Access-Control-Allow-Credentials") != "" {
			t.Error("credentials are allowed together with any origin")
		}
	}
}

func TestIfMatchReachesTheAPI(t *testing.T) {
	t.Parallel()
	w := newWorld(t, nil)
	body, _ := json.Marshal(object{
		"url": w.workerURL(w.alice), "method": "POST", "token": w.aliceRaw,
	})
	req, _ := http.NewRequest("POST", "http://"+host+w.path(string(w.alice)),
		strings.NewReader(string(body)))
	req.Header.Set("If-Match", "3")
	req.Header.Set("Authorization", "Basic Zm9vOmJhcg==")
	resp, err := w.client.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	var got struct{ Payload object }
	if err := json.NewDecoder(resp.Body).Decode(&got); err != nil {
		t.Fatal(err)
	}
	if got.Payload["if_match"] != "3" {
		t.Errorf("got %v", got.Payload)
	}
}

// Spec: capability-tokens 4
func TestLenientReadingOfReservationRights(t *testing.T) {
	t.Parallel()
	for _, strict := range []bool{false, true} {
		w := newWorld(t, func(o *Options) { o.Strict = strict })
		_, list := w.task()
		claims := token.WorkerGrant(account, string(w.ws), string(w.alice)).Claims(time.Hour)
		claims.Policies = append(claims.Policies, token.Policy{
			Method: "POST", URL: w.workerURL(w.alice) + "/Reservations/**", Allow: true,
		})
		want := map[bool]int{false: 200, true: 403}[strict]
		r := w.post(object{
			"token": w.mint(claims), "url": w.reservationURL(list[0]), "method": "POST",
			"params": object{"ReservationStatus": "accepted"},
		})
		if r.status != want {
			t.Errorf("strict %v: got %d %s, want %d", strict, r.status, r.body, want)
		}
		// Whose it is not does not get it either way.
		stranger := *list[0]
		stranger.SID = taskrouter.ReservationSID("WR" + strings.Repeat("3", 32))
		r = w.post(object{
			"token": w.mint(claims), "url": w.reservationURL(&stranger), "method": "POST",
		})
		if r.status != 403 {
			t.Errorf("strict %v: got %d for a reservation of nobody", strict, r.status)
		}
	}
}

func FuzzEnvelope(f *testing.F) {
	for _, s := range []string{
		`{"url":"x","method":"GET","params":{"a":null,"b":{"c":1},"d":1e5},"token":"t"}`,
		`{"params":{"a":"\ud800"}}`, `{"event_type":1}`, `{"params":{"a": nul}}`, "\xff",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, body string) {
		req, err := http.NewRequest("POST", "/", strings.NewReader(body))
		if err != nil {
			t.Skip()
		}
		env, err := readEnvelope(nil, req, 1<<20)
		if err != nil {
			return
		}
		form, err := formOf(env.Params)
		if err != nil {
			t.Fatalf("valid JSON %q has a parameter that cannot be read: %v", body, err)
		}
		for name, raw := range env.Params {
			if string(raw) != "null" && len(form[name]) != 1 {
				t.Fatalf("parameter %q of %q has values %q", name, body, form[name])
			}
		}
	})
}
