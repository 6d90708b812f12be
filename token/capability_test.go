package token

import (
	"encoding/base64"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/golang-jwt/jwt/v5"
	"github.com/google/go-cmp/cmp"
)

// plain is the payload of a good token; tests change one thing in it.
const plain = `{"iss":"$AC","account_sid":"$AC","workspace_sid":"$WS","channel":"$WK",` +
	`"worker_sid":"$WK","version":"v1","exp":$later,"policies":[]}`

func TestRead(t *testing.T) {
	t.Parallel()
	raw := forge(plainHeader, expand(`{
		"iss": "$AC", "account_sid": "$AC", "workspace_sid": "$WS", "channel": "$WQ",
		"taskqueue_sid": "$WQ", "friendly_name": "Zürich ☎", "version": "v1",
		"exp": $later.25, "nbf": $now.5, "iat": "whenever", "grants": {"x": [1, {"y": "]}"}]},
		"policies": [
			{"url": "https://taskrouter.twilio.com/v1/Workspaces/$WS/TaskQueues/$WQ",
			 "method": "GET", "allow": true},
			"{\"url\":\"x\"}",
			{"url": "/v1/Workspaces/$WS/**", "method": "POST", "allow": true, "query_filter": null,
			 "post_filter": {"Priority": "1", "Reason": {"required": false, "value": "x"}}}
		]}`), secret)
	got := mustRead(t, " "+raw+"\n")
	want := &Capability{
		Account: account, Workspace: workspace, Channel: queue, TaskQueue: queue,
		FriendlyName: "Zürich ☎",
		Expires:      now.Add(time.Hour + 250*time.Millisecond),
		NotBefore:    now.Add(500 * time.Millisecond),
		Policies: []Policy{
			{URL: api + "/TaskQueues/" + queue, Method: "GET", Allow: true},
			{URL: "/v1/Workspaces/" + workspace + "/**", Method: "POST", Allow: true,
				PostFilter: Filter{
					"Priority": {Required: true, Value: new("1")},
					"Reason":   {Value: new("x")},
				}},
		},
		Skipped: []string{"policy 1: it is not an object with distinct keys"},
	}
	if diff := cmp.Diff(want, got, cmp.FilterPath(func(p cmp.Path) bool {
		return p.Last().String() == ".rules"
	}, cmp.Ignore())); diff != "" {
		t.Errorf("capability (-want +got):\n%s", diff)
	}
}

func TestReadRefusesClaims(t *testing.T) {
	t.Parallel()
	const other = "AC000000000000000000000000000000ee"
	for _, tt := range []struct {
		name     string
		old, new string // what is changed in the plain payload
		want     string // part of the reason
	}{
		{"expired", `$later`, `$now`, "token expired at 2026-05-04T12:00:00Z; mint a new one"},
		{"expired by a fraction", `"exp":$later`, `"exp":1777895999.999`, "expired at"},
		{"no exp", `"exp":$later,`, ``, "no exp"},
		{"null exp", `$later`, `null`, "no exp"},
		{"text exp", `$later`, `"$later"`, "exp is not a date"},
		{"huge exp", `$later`, `1e300`, "exp is not a date"},
		{"exp beyond floats", `$later`, `1e999`, "exp is not a date"},
		{"exp with thousands of digits", `$later`, strings.Repeat("9", 8000), "exp is not a date"},
		{"negative exp", `$later`, `-1`, "exp is not a date"},
		{"exp true", `$later`, `true`, "exp is not a date"},
		{"exp a list", `$later`, `[$later]`, "exp is not a date"},
		{"nbf ahead", `"exp"`, `"nbf":1777896006,"exp"`, "not good before 2026-05-04T12:00:06Z"},
		{"nbf text", `"exp"`, `"nbf":"x","exp"`, "nbf is not a date"},
		{"no account_sid", `"account_sid":"$AC",`, ``, "no account_sid"},
		{"account_sid a number", `"account_sid":"$AC"`, `"account_sid":5`, "account_sid is not"},
		{"no iss", `"iss":"$AC",`, ``, "iss is not its account_sid"},
		{"other iss", `"iss":"$AC"`, `"iss":"` + other + `"`, "iss is not its account_sid"},
		{"API key as iss", `"iss":"$AC"`, `"iss":"SK` + account[2:] + `"`, "iss is not its account_sid"},
		{"unknown account", `$AC`, other, "not signed by account " + other},
		{"no workspace_sid", `"workspace_sid":"$WS",`, ``, "no workspace_sid"},
		{"workspace_sid too long", `"$WS"`, `"$WS0"`, "workspace_sid is not a SID"},
		{"no channel", `"channel":"$WK",`, ``, "no channel; mint it with a current helper"},
		{"old Java", `"channel"`, `"channel_id"`, "no channel; mint it with a current helper"},
		{"channel an activity", `"channel":"$WK"`, `"channel":"` + activity + `"`,
			"channel is not a SID"},
		{"channel of no kind", `"channel":"$WK"`, `"channel":"` + worker[2:] + `"`, "channel is not"},
		{"other worker", `"channel":"$WK"`, `"channel":"` + stranger + `"`, "but its worker_sid is"},
		{"worker_sid on a queue", `"channel":"$WK"`, `"channel":"$WQ"`, "but its worker_sid is"},
		{"taskqueue_sid on a worker", `"worker_sid":"$WK"`, `"taskqueue_sid":"$WQ"`,
			"but its taskqueue_sid is"},
		{"other workspace", `"channel":"$WK","worker_sid":"$WK"`,
			`"channel":"WS000000000000000000000000000000ee"`, "but its workspace_sid is"},
		{"version", `"v1"`, `"v2"`, "version is not v1"},
		{"version a number", `"v1"`, `1`, "version is not v1"},
		{"policies an object", `[]`, `{}`, "policies are not a list"},
		{"policies a text", `[]`, `"[]"`, "policies are not a list"},
		{"claim twice", `"exp"`, `"exp":1,"exp"`, "distinct keys"},
		{"claim twice in disguise", `"exp"`, `"\u0065xp":1,"exp"`, "distinct keys"},
		{"payload a list", plain, `[]`, "payload is not an object"},
		{"payload null", plain, `null`, "payload is not an object"},
		{"payload empty", plain, ``, "payload is not JSON"},
		{"two values", plain, plain + plain, "payload is not JSON"},
		{"not UTF-8", `"exp"`, "\"x\":\"\xff\",\"exp\"", "payload is not JSON in UTF-8"},
		{"too deep", plain, strings.Repeat("[", 11000) + strings.Repeat("]", 1000), "not JSON"},
		{"too long", `"exp"`, `"x":"` + strings.Repeat("x", MaxSize) + `","exp"`, "fewer policies"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if !strings.Contains(plain, tt.old) {
				t.Fatalf("the plain payload has no %s", tt.old)
			}
			payload := expand(strings.ReplaceAll(plain, tt.old, tt.new))
			c, err := Read(forge(plainHeader, payload, secret), keys, now)
			wantRefusal(t, err, 401, codeUnauthorized, tt.want)
			if c != nil {
				t.Errorf("got a capability beside the error: %+v", c)
			}
		})
	}
}

func TestReadAccepts(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct{ name, old, new string }{
		{"plain", ``, ``},
		{"last moment", `$later`, `$now.001`},
		{"far future", `$later`, `253402300799`},
		{"exponent", `$later`, `1.8e9`},
		{"nbf within the leeway", `"exp"`, `"nbf":1777896005,"exp"`},
		{"nbf null", `"exp"`, `"nbf":null,"exp"`},
		{"channel without worker_sid", `"worker_sid":"$WK",`, ``},
		{"worker_sid null on a queue", `"channel":"$WK","worker_sid":"$WK"`,
			`"channel":"$WQ","worker_sid":null`},
		{"workspace channel", `"channel":"$WK","worker_sid":"$WK"`, `"channel":"$WS"`},
		{"no version", `"version":"v1",`, ``},
		{"no policies", `,"policies":[]`, ``},
		{"policies null", `[]`, `null`},
		{"claim in capitals is another claim", `"exp"`, `"EXP":1,"Account_Sid":"x","exp"`},
		{"friendly_name of another type", `"exp"`, `"friendly_name":{"a":1},"exp"`},
		{"escaped name", `"exp"`, `"\u0065xp"`},
		{"brackets in text", `"exp"`, `"x":"}]\\\"{[","exp"`},
		{"white space", `,`, " \t\r\n, \n"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			payload := expand(strings.ReplaceAll(plain, tt.old, tt.new))
			c := mustRead(t, forge(plainHeader, payload, secret))
			if c.Account != account || c.Workspace != workspace {
				t.Errorf("got account %q, workspace %q", c.Account, c.Workspace)
			}
		})
	}
}

func TestReadRefusesForgeries(t *testing.T) {
	t.Parallel()
	payload := expand(plain)
	good := forge(plainHeader, payload, secret)
	parts := strings.Split(good, ".")
	encoded := base64.RawURLEncoding.EncodeToString
	signedWith := func(method jwt.SigningMethod) string {
		raw, err := jwt.NewWithClaims(method, jwt.MapClaims{
			"iss": account, "account_sid": account, "workspace_sid": workspace,
			"channel": worker, "exp": now.Unix() + 60,
		}).SignedString([]byte(secret))
		if err != nil {
			t.Fatal(err)
		}
		return raw
	}
	last := parts[2][len(parts[2])-1]
	for _, tt := range []struct{ name, raw, want string }{
		{"nothing", "", "missing"},
		{"blank", " \n", "missing"},
		{"one part", parts[0], "three parts"},
		{"two parts", parts[0] + "." + parts[1], "three parts"},
		{"four parts", good + ".x", "three parts"},
		{"dots", "..", "header is not JSON"},
		{"no signature", parts[0] + "." + parts[1] + ".", "not signed by"},
		{"short signature", good[:len(good)-3], "not signed by"},
		{"wrong secret", forge(plainHeader, payload, strings.ToUpper(secret)), "not signed by"},
		{"empty secret", forge(plainHeader, payload, ""), "not signed by"},
		{"changed payload", parts[0] + "." + encoded([]byte(payload+" ")) + "." + parts[2],
			"not signed by"},
		{"changed header", encoded([]byte(plainHeader+" ")) + "." + parts[1] + "." + parts[2],
			"not signed by"},
		{"padded", good + "=", "signature is not base64url"},
		{"spare bits", good[:len(good)-1] + string(last+1), "signature is not base64url"},
		{"line end inside", parts[0] + "." + parts[1] + "\n." + parts[2], "not base64url"},
		{"NUL", good + "\x00", "signature is not base64url"},
		{"alg none", forge(`{"typ":"JWT","alg":"none"}`, payload, secret), "alg HS256"},
		{"alg none, unsigned",
			encoded([]byte(`{"alg":"none"}`)) + "." + parts[1] + ".", "alg HS256"},
		{"alg in lower case", forge(`{"alg":"hs256"}`, payload, secret), "alg HS256"},
		{"alg a list", forge(`{"alg":["HS256"]}`, payload, secret), "alg HS256"},
		{"alg missing", forge(`{"typ":"JWT"}`, payload, secret), "alg HS256"},
		{"alg in capitals", forge(`{"ALG":"HS256"}`, payload, secret), "alg HS256"},
		{"alg twice", forge(`{"alg":"none","alg":"HS256"}`, payload, secret), "distinct keys"},
		{"alg RS256", forge(`{"alg":"RS256"}`, payload, secret), "alg HS256"},
		{"alg HS384", signedWith(jwt.SigningMethodHS384), "alg HS256"},
		{"alg HS512", signedWith(jwt.SigningMethodHS512), "alg HS256"},
		{"crit", forge(`{"alg":"HS256","crit":["b64"],"b64":false}`, payload, secret), "extensions"},
		{"header not JSON", forge(`{"alg"`, payload, secret), "header is not JSON"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			_, err := Read(tt.raw, keys, now)
			wantRefusal(t, err, 401, codeUnauthorized, tt.want)
			if len(tt.raw) > 20 && strings.Contains(err.Error(), tt.raw[:20]) ||
				strings.Contains(err.Error(), secret) {
				t.Errorf("the reason gives away token or secret: %v", err)
			}
		})
	}
}

func TestReadTriesEveryKey(t *testing.T) {
	t.Parallel()
	const older = "ffffffffffffffffffffffffffffffff"
	for _, tt := range []struct {
		name string
		keys []string
		by   string
		good bool
	}{
		{"current", []string{secret, older}, secret, true},
		{"secondary", []string{secret, older}, older, true},
		{"after an empty one", []string{"", secret}, secret, true},
		{"retired", []string{secret}, older, false},
		{"none known", nil, secret, false},
		{"none known, empty secret", nil, "", false},
		{"an empty one signs nothing", []string{""}, "", false},
		{"an empty one among others", []string{secret, "", older}, "", false},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			asked := ""
			_, err := Read(forge(plainHeader, expand(plain), tt.by), func(a string) []string {
				asked = a
				return tt.keys
			}, now)
			if asked != account {
				t.Errorf("asked for the keys of %q", asked)
			}
			if tt.good != (err == nil) {
				t.Errorf("got error %v, want good: %v", err, tt.good)
			}
			if !tt.good {
				wantRefusal(t, err, 401, codeUnauthorized, "not signed by account "+account)
			}
		})
	}
}

func TestReadSkipsWhatItCannotRead(t *testing.T) {
	t.Parallel()
	const rule = `{"url":"/v1/Workspaces/$WS/**","method":"GET","allow":true}`
	for _, tt := range []struct{ name, policy, want string }{
		{"a text", `"{}"`, "not an object"},
		{"null", `null`, "not an object"},
		{"a number", `7`, "not an object"},
		{"empty", `{}`, "url is not a string"},
		{"no url", `{"method":"GET","allow":true}`, "url is not a string"},
		{"url null", `{"url":null,"method":"GET","allow":true}`, "url is not a string"},
		{"url empty", `{"url":"","method":"GET","allow":true}`, "url is empty"},
		{"no method", `{"url":"/v1/**","allow":true}`, "method is not a string"},
		{"method PUT", strings.Replace(rule, "GET", "PUT", 1), `method "PUT"`},
		{"method in lower case", strings.Replace(rule, "GET", "get", 1), `method "get"`},
		{"method a star", strings.Replace(rule, "GET", "*", 1), `method "*"`},
		{"allow a text", strings.Replace(rule, "true", `"true"`, 1), "allow is not a boolean"},
		{"allow a number", strings.Replace(rule, "true", `1`, 1), "allow is not a boolean"},
		{"key twice", strings.Replace(rule, "{", `{"allow":false,`, 1), "distinct keys"},
		{"url with a query", strings.Replace(rule, "**", "Tasks?x=1", 1), "query"},
		{"url with a fragment", strings.Replace(rule, "**", "Tasks#x", 1), "fragment"},
		{"url of another scheme", strings.Replace(rule, "/v1", "ftp://x/v1", 1), "neither http"},
		{"url with dots", strings.Replace(rule, "**", "Tasks/../**", 1), "dot segment"},
		{"url with an empty segment", strings.Replace(rule, "**", "/**", 1), "empty segment"},
		{"url with an encoded slash", strings.Replace(rule, "**", "Tasks%2f**", 1), "encoded slash"},
		{"filter a text", strings.Replace(rule, "}", `,"query_filter":"x"}`, 1), "query_filter"},
		{"filter a list", strings.Replace(rule, "}", `,"post_filter":["x"]}`, 1), "post_filter"},
		{"filter with a key twice", strings.Replace(rule, "}",
			`,"post_filter":{"A":"1","A":"2"}}`, 1), "post_filter"},
		{"condition null", strings.Replace(rule, "}", `,"post_filter":{"A":null}}`, 1), `"A"`},
		{"condition a boolean", strings.Replace(rule, "}", `,"post_filter":{"A":true}}`, 1), `"A"`},
		{"condition a list", strings.Replace(rule, "}", `,"post_filter":{"A":["x"]}}`, 1), `"A"`},
		{"required a text", strings.Replace(rule, "}",
			`,"post_filter":{"A":{"required":"true"}}}`, 1), `"A"`},
		{"value a number", strings.Replace(rule, "}",
			`,"post_filter":{"A":{"value":1}}}`, 1), `"A"`},
		{"condition of an unknown kind", strings.Replace(rule, "}",
			`,"post_filter":{"A":{"required":true,"values":["x"]}}}`, 1), `"A"`},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			good := `{"url":"/v1/Workspaces/$WS","method":"GET","allow":true}`
			payload := strings.Replace(plain, "[]", "["+tt.policy+","+good+"]", 1)
			c := mustRead(t, forge(plainHeader, expand(payload), secret))
			if len(c.Policies) != 1 || c.Policies[0].URL != expand("/v1/Workspaces/$WS") {
				t.Errorf("got policies %+v, want the good one only", c.Policies)
			}
			if len(c.Skipped) != 1 || !strings.Contains(c.Skipped[0], tt.want) ||
				!strings.HasPrefix(c.Skipped[0], "policy 0: ") {
				t.Errorf("got skipped %q, want one that says %q", c.Skipped, tt.want)
			}
			if err := c.Allows(Request{Method: "GET", URL: api + "/Tasks"}, Options{}); err == nil {
				t.Error("a policy that cannot be read allowed something")
			}
		})
	}
}

func wantRefusal(t *testing.T, err error, status, code int, reason string) {
	t.Helper()
	var refusal *Error
	if !errors.As(err, &refusal) {
		t.Fatalf("got error %v, want an *Error", err)
	}
	if refusal.Status != status || refusal.Code != code {
		t.Errorf("got %d/%d, want %d/%d (%v)", refusal.Status, refusal.Code, status, code, err)
	}
	if !strings.Contains(fmt.Sprint(refusal), reason) {
		t.Errorf("got reason %q, want one with %q", refusal.Reason, reason)
	}
}
