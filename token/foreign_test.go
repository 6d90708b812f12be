package token

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
	foreigngo "github.com/twilio/twilio-go/client/jwt/taskrouter"
)

const (
	account     = "AC00000000000000000000000000000001"
	workspace   = "WS00000000000000000000000000000002"
	worker      = "WK00000000000000000000000000000003"
	queue       = "WQ00000000000000000000000000000004"
	task        = "WT00000000000000000000000000000005"
	reservation = "WR00000000000000000000000000000006"
	activity    = "WA00000000000000000000000000000007"
	stranger    = "WK000000000000000000000000000000ff"
	secret      = "0123456789abcdef0123456789abcdef"

	api = "https://taskrouter.twilio.com/v1/Workspaces/" + workspace // B
	own = api + "/Workers/" + worker                                 // K
)

var now = time.Date(2026, 5, 4, 12, 0, 0, 0, time.UTC)

func keys(a string) []string {
	if a == account {
		return []string{secret}
	}
	return nil
}

// forge signs any header and payload, independently of the library that the package uses.
func forge(header, payload, secret string) string {
	part := base64.RawURLEncoding.EncodeToString
	text := part([]byte(header)) + "." + part([]byte(payload))
	mac := hmac.New(sha256.New, []byte(secret))
	mac.Write([]byte(text))
	return text + "." + part(mac.Sum(nil))
}

const plainHeader = `{"typ":"JWT","alg":"HS256"}`

// expand fills in the names that payloads of the tests use.
func expand(payload string) string {
	return strings.NewReplacer(
		"$AC", account, "$WS", workspace, "$WK", worker, "$WQ", queue,
		"$now", fmt.Sprint(now.Unix()), "$later", fmt.Sprint(now.Unix()+3600),
	).Replace(payload)
}

// A right is a policy before a helper library has written it.
type right struct{ method, url, postFilter string }

var (
	channelRights = []right{
		{method: "GET", url: "https://event-bridge.twilio.com/v1/wschannels/$AC/$WK"},
		{method: "POST", url: "https://event-bridge.twilio.com/v1/wschannels/$AC/$WK"},
	}
	workerRights = []right{
		{method: "GET", url: api + "/Activities"},
		{method: "GET", url: api + "/Tasks/**"},
		{method: "GET", url: own + "/Reservations/**"},
		{method: "GET", url: own},
	}
	threeCalls = []right{ // fetch subresources, update activities, update reservations
		{method: "GET", url: own + "/**"},
		{method: "POST", url: own, postFilter: `{"ActivitySid":{"required":true}}`},
		{method: "POST", url: api + "/Tasks/**"},
		{method: "POST", url: own + "/Reservations/**"},
	}
)

// A helper imitates one of the official libraries: what claims it writes, and how it spells a
// policy.
type helper struct {
	name     string
	claims   string // without policies
	policy   func(right) string
	defaults []right // what it adds by itself
	first    bool    // the defaults come before the caller's

	wantName   string
	wantBefore bool
}

func withBothFilters(order string) func(right) string {
	return func(r right) string {
		filter := r.postFilter
		if filter == "" {
			filter = "{}"
		}
		return strings.NewReplacer("%m", r.method, "%u", r.url, "%f", filter).Replace(order)
	}
}

var helpers = []helper{
	{
		name: "node",
		claims: `"friendly_name":null,"iss":"$AC","exp":$later,"iat":$now,"account_sid":"$AC",` +
			`"channel":"$WK","workspace_sid":"$WS","worker_sid":"$WK","version":"v1"`,
		policy: withBothFilters(
			`{"url":"%u","method":"%m","query_filter":{},"post_filter":%f,"allow":true}`),
	},
	{
		name: "python",
		claims: `"account_sid":"$AC","workspace_sid":"$WS","channel":"$WK","version":"v1",` +
			`"friendly_name":"$WK","worker_sid":"$WK","iss":"$AC","exp":$later,"nbf":$now`,
		policy: withBothFilters(
			`{"url":"%u","method":"%m","allow":true,"query_filter":{},"post_filter":%f}`),
		defaults: slices.Concat(channelRights, workerRights),
		first:    true,
		wantName: worker, wantBefore: true,
	},
	{
		name: "go",
		claims: `"account_sid":"$AC","channel":"$WK","exp":$later.5,"friendly_name":"$WK",` +
			`"iss":"$AC","nbf":$now,"version":"v1","worker_sid":"$WK","workspace_sid":"$WS"`,
		policy: withBothFilters(
			`{"allow":true,"method":"%m","post_filter":%f,"query_filter":{},"url":"%u"}`),
		defaults: channelRights,
		wantName: worker, wantBefore: true,
	},
	{
		name: "java",
		claims: `"iss":"$AC","exp":$later,"version":"v1","account_sid":"$AC",` +
			`"friendly_name":null,"workspace_sid":"$WS","channel":"$WK","worker_sid":"$WK"`,
		policy: func(r right) string {
			filter := ""
			if r.postFilter != "" {
				filter = `"post_filter":` + r.postFilter + `,`
			}
			return fmt.Sprintf(`{"allow":true,"method":"%s",%s"url":"%s"}`,
				r.method, filter, r.url)
		},
		defaults: channelRights,
	},
	{
		name: "csharp",
		claims: `"iss":"$AC","exp":$later,"version":"v1","account_sid":"$AC",` +
			`"workspace_sid":"$WS","channel":"$WK","worker_sid":"$WK"`,
		policy: withBothFilters(
			`{"url":"%u","method":"%m","query_filter":{},"post_filter":%f,"allow":true}`),
		defaults: channelRights,
		first:    true,
	},
	{
		name: "php",
		claims: `"iss":"$AC","exp":$later,"version":"v1","friendly_name":"$WK",` +
			`"account_sid":"$AC","workspace_sid":"$WS","channel":"$WK","worker_sid":"$WK"`,
		policy: func(r right) string {
			filter := `"query_filter":{},"post_filter":{}`
			switch {
			case r.postFilter != "":
				filter = `"query_filter":{},"post_filter":` + r.postFilter
			case slices.Contains(channelRights, r) || slices.Contains(workerRights, r):
				return fmt.Sprintf(`{"url":"%s","method":"%s","allow":true}`, r.url, r.method)
			}
			return fmt.Sprintf(`{"url":"%s","method":"%s","allow":true,%s}`,
				r.url, r.method, filter)
		},
		defaults: slices.Concat(channelRights, workerRights),
		first:    true,
		wantName: worker,
	},
	{
		name: "ruby",
		claims: `"iss":"$AC","nbf":$now,"exp":$later,"account_sid":"$AC","workspace_sid":"$WS",` +
			`"channel":"$WK","version":"v1","friendly_name":"$WK","worker_sid":"$WK"`,
		policy: withBothFilters(
			`{"url":"%u","method":"%m","query_filter":{},"post_filter":%f,"allow":true}`),
		// to_s after to_jwt encodes twice, and the defaults are then there twice.
		defaults: slices.Concat(channelRights, channelRights),
		wantName: worker, wantBefore: true,
	},
}

func (h helper) token(rights []right) string {
	all := slices.Concat(rights, h.defaults)
	if h.first {
		all = slices.Concat(h.defaults, rights)
	}
	var policies []string
	for _, r := range all {
		policies = append(policies, h.policy(r))
	}
	payload := "{" + h.claims + `,"policies":[` + strings.Join(policies, ",") + "]}"
	return forge(plainHeader, expand(payload), secret)
}

// slashes spells a payload the way PHP's json_encode does.
func slashes(token string) string {
	parts := strings.Split(token, ".")
	payload, _ := base64.RawURLEncoding.DecodeString(parts[1])
	return forge(plainHeader, strings.ReplaceAll(string(payload), "/", `\/`), secret)
}

func TestReadsWhatEveryHelperWrites(t *testing.T) {
	t.Parallel()
	for _, h := range helpers {
		t.Run(h.name, func(t *testing.T) {
			t.Parallel()
			raw := h.token(workerRights)
			if h.name == "node" {
				raw = h.token(slices.Concat(channelRights, workerRights))
			}
			if h.name == "php" {
				raw = slashes(raw)
			}
			c := mustRead(t, raw)
			got := []string{c.Account, c.Workspace, c.Channel, c.Worker, c.TaskQueue, c.FriendlyName}
			want := []string{account, workspace, worker, worker, "", h.wantName}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("claims (-want +got):\n%s", diff)
			}
			if before := !c.NotBefore.IsZero(); before != h.wantBefore {
				t.Errorf("NotBefore set: got %v, want %v", before, h.wantBefore)
			}
			if len(c.Skipped) != 0 {
				t.Errorf("skipped policies: %v", c.Skipped)
			}
			if err := c.AllowsSocket(account, worker); err != nil {
				t.Error(err)
			}
			if err := c.AllowsPost(account, worker); err != nil {
				t.Error(err)
			}
			if err := c.Allows(Request{Method: "GET", URL: own}, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// TestReadsTheGoLibrary asks the official Go library itself.
func TestReadsTheGoLibrary(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, channel string
		policies      []foreigngo.Policy
		url           string
	}{
		{"worker", worker, foreigngo.WorkerPolicies(workspace, worker), own + "/Reservations"},
		{"task queue", queue, []foreigngo.Policy{
			foreigngo.GeneratePolicy(foreigngo.AllTaskQueues(workspace), "GET", true, nil, nil),
		}, api + "/TaskQueues/" + queue},
		{"workspace", workspace, []foreigngo.Policy{
			foreigngo.GeneratePolicy(foreigngo.AllWorkspaces(), "GET", true, nil, nil),
		}, api + "/"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			// A life of 60 s: the library makes it 3600.
			foreign := foreigngo.CreateCapabilityToken(foreigngo.CapabilityTokenParams{
				AccountSid: account, AuthToken: secret, WorkspaceSid: workspace,
				ChannelID: tt.channel, Ttl: 60,
			})
			for _, p := range tt.policies {
				foreign.AddPolicy(p)
			}
			raw, err := foreign.ToJwt()
			if err != nil {
				t.Fatal(err)
			}
			c, err := Read(raw, keys, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if life := time.Until(c.Expires); life < 50*time.Minute {
				t.Errorf("life is %v, want an hour", life)
			}
			if len(c.Policies) != len(tt.policies)+2 {
				t.Errorf("got %d policies, want %d", len(c.Policies), len(tt.policies)+2)
			}
			if err := c.AllowsSocket(account, tt.channel); err != nil {
				t.Error(err)
			}
			if err := c.Allows(Request{Method: "GET", URL: tt.url}, Options{}); err != nil {
				t.Error(err)
			}
		})
	}
}

// The policies of the published sample of each language, beside the helper's defaults.
var samples = map[string][]right{
	"python": threeCalls,
	"php":    threeCalls,
	"java": slices.Concat(workerRights, []right{
		{method: "GET", url: api + "/**"},
		{method: "POST", url: own, postFilter: `{"ActivitySid":{"required":true}}`},
		{method: "POST", url: api + "/Tasks/**"},
		{method: "POST", url: own + "/Reservations/**"},
	}),
	"csharp": {
		{method: "POST", url: own, postFilter: `{"ActivitySid":{"required":true}}`},
		{method: "POST", url: api + "/Tasks/**"},
		{method: "POST", url: own + "/Reservations/**"},
		{method: "GET", url: own},
		{method: "GET", url: api + "/Tasks/**"},
		{method: "GET", url: own + "/Reservations/**"},
	},
	"node": slices.Concat(channelRights, workerRights, []right{
		{method: "GET", url: api},
		{method: "GET", url: api + "/**"},
		{method: "POST", url: api + "/Activities"},
		{method: "POST", url: own + "/Reservations/**"},
	}),
	"ruby": slices.Concat([]right{
		{method: "GET", url: own},
		{method: "POST", url: api + "/Activities/**"},
		{method: "POST", url: own + "/Reservations/**"},
	}, workerRights),
}

// The requests behind the calls of the browser client.
var calls = map[string][]Request{
	"start and pending": {
		{Method: "GET", URL: own},
		{Method: "GET", URL: own + "/Reservations"},
		{Method: "GET", URL: own + "/Reservations", Params: url.Values{
			"ReservationStatus": {"pending"}}},
		{Method: "GET", URL: api + "/Tasks/" + task},
		{Method: "GET", URL: api + "/Tasks/" + task + "/Reservations/" + reservation},
	},
	"activities.fetch": {{Method: "GET", URL: api + "/Activities"}},
	"fetchChannels":    {{Method: "GET", URL: own + "/Channels"}},
	"update ActivitySid": {
		{Method: "POST", URL: own, Params: url.Values{"ActivitySid": {activity}}}},
	"accept and reject": {
		{Method: "POST", URL: api + "/Tasks/" + task + "/Reservations/" + reservation,
			Params: url.Values{"ReservationStatus": {"accepted"}}},
		{Method: "POST", URL: api + "/Tasks/" + task + "/Reservations/" + reservation,
			Params: url.Values{"ReservationStatus": {"rejected"}, "WorkerActivitySid": {activity}}},
		{Method: "GET", URL: api + "/Tasks/" + task},
	},
	"completeTask": {{Method: "POST", URL: api + "/Tasks/" + task,
		Params: url.Values{"AssignmentStatus": {"completed"}, "Reason": {"done"}}}},
}

func TestPublishedSamples(t *testing.T) {
	t.Parallel()
	everything := []string{"start and pending", "activities.fetch", "fetchChannels",
		"update ActivitySid", "accept and reject", "completeTask"}
	lenient := Options{Lenient: true, TaskOf: func(r string) (string, bool) {
		return task, r == reservation
	}}
	for _, tt := range []struct {
		sample          string
		strict, lenient []string
	}{
		{"python", everything, everything},
		{"php", everything, everything},
		{"java", everything, everything},
		{
			"csharp",
			[]string{"start and pending", "update ActivitySid", "accept and reject", "completeTask"},
			[]string{"start and pending", "update ActivitySid", "accept and reject", "completeTask"},
		},
		{
			"node",
			[]string{"start and pending", "activities.fetch", "fetchChannels"},
			[]string{"start and pending", "activities.fetch", "fetchChannels",
				"update ActivitySid", "accept and reject"},
		},
		{
			"ruby",
			[]string{"start and pending", "activities.fetch"},
			[]string{"start and pending", "activities.fetch",
				"update ActivitySid", "accept and reject"},
		},
	} {
		name := tt.sample
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			h := helpers[slices.IndexFunc(helpers, func(h helper) bool { return h.name == name })]
			c := mustRead(t, h.token(samples[name]))
			for _, call := range everything {
				got, want := allowsAll(c, calls[call], Options{}), slices.Contains(tt.strict, call)
				if got != want {
					t.Errorf("strict: %s allowed: got %v, want %v", call, got, want)
				}
				got, want = allowsAll(c, calls[call], lenient), slices.Contains(tt.lenient, call)
				if got != want {
					t.Errorf("lenient: %s allowed: got %v, want %v", call, got, want)
				}
			}
		})
	}
}

func allowsAll(c *Capability, requests []Request, o Options) bool {
	if c.AllowsSocket(account, worker) != nil || c.AllowsPost(account, worker) != nil {
		return false
	}
	for _, r := range requests {
		if c.Allows(r, o) != nil {
			return false
		}
	}
	return true
}

func mustRead(t testing.TB, raw string) *Capability {
	t.Helper()
	c, err := Read(raw, keys, now)
	if err != nil {
		t.Fatal(err)
	}
	return c
}
