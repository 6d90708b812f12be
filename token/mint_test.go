package token

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"
)

// brief shortens policies to method and path, with the names of a filter behind.
func brief(policies []Policy) []string {
	var list []string
	for _, p := range policies {
		line := p.Method + " " + strings.NewReplacer(own, "K", api, "B").Replace(p.URL)
		if p.PostFilter != nil {
			line += fmt.Sprint(" ", p.PostFilter)
		}
		if p.Allow {
			list = append(list, line)
		}
	}
	return list
}

func TestGrant(t *testing.T) {
	t.Parallel()
	channel := func(sid string) []string {
		url := "https://event-bridge.twilio.com/v1/wschannels/" + account + "/" + sid
		return []string{"GET " + url, "POST " + url}
	}
	workerDefaults := append(channel(worker),
		"GET K", "GET B/Activities", "GET B/Tasks/**", "GET K/Reservations/**")
	queueDefaults := append(channel(queue), "GET B/TaskQueues/"+queue)
	everything := Grant{FetchSubresources: true, Update: true, UpdateSubresources: true,
		Delete: true, DeleteSubresources: true}
	for _, tt := range []struct {
		name  string
		grant *Grant
		with  func(*Grant)
		want  []string
	}{
		{"worker", WorkerGrant(account, workspace, worker), nil, workerDefaults},
		{"worker of the samples", WorkerGrant(account, workspace, worker), func(g *Grant) {
			g.FetchSubresources, g.UpdateActivities, g.UpdateReservations = true, true, true
		}, append(workerDefaults, "GET K/**", "POST B/Tasks/**", "POST K/Reservations/**",
			"POST K map[ActivitySid:{true <nil>}]")},
		{"task queue", TaskQueueGrant(account, workspace, queue), nil, queueDefaults},
		{"task queue, everything", TaskQueueGrant(account, workspace, queue), func(g *Grant) {
			all := everything
			all.Account, all.Workspace, all.Channel = g.Account, g.Workspace, g.Channel
			*g = all
		}, append(queueDefaults, "GET B/TaskQueues/"+queue+"/**", "POST B/TaskQueues/"+queue,
			"POST B/TaskQueues/"+queue+"/**", "DELETE B/TaskQueues/"+queue,
			"DELETE B/TaskQueues/"+queue+"/**")},
		{"workspace", WorkspaceGrant(account, workspace), nil, append(channel(workspace), "GET B")},
		{"workspace, subresources", WorkspaceGrant(account, workspace), func(g *Grant) {
			g.FetchSubresources, g.UpdateSubresources, g.DeleteSubresources = true, true, true
		}, append(channel(workspace), "GET B", "GET B/**", "POST B/**", "DELETE B/**")},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			if tt.with != nil {
				tt.with(tt.grant)
			}
			raw, err := tt.grant.Mint(secret, time.Minute)
			if err != nil {
				t.Fatal(err)
			}
			c, err := Read(raw, keys, time.Now())
			if err != nil {
				t.Fatal(err)
			}
			if diff := cmp.Diff(tt.want, brief(c.Policies)); diff != "" {
				t.Errorf("policies (-want +got):\n%s", diff)
			}
			if c.FriendlyName != tt.grant.Channel {
				t.Errorf("friendly name %q, want the channel", c.FriendlyName)
			}
			for _, err := range []error{
				c.AllowsSocket(account, tt.grant.Channel),
				c.AllowsPost(account, tt.grant.Channel),
			} {
				if err != nil {
					t.Error(err)
				}
			}
		})
	}
}

// TestMintedDocument shows what other readers find in a token.
func TestMintedDocument(t *testing.T) {
	t.Parallel()
	raw, err := Mint(secret, Claims{
		Account: account, Workspace: workspace, Channel: worker, FriendlyName: "Zoë",
		Life: 90*time.Second + 999*time.Millisecond, Issued: now, NotBefore: now.Add(-time.Minute),
		Policies: []Policy{{
			URL: own, Method: "POST", Allow: true,
			PostFilter: Filter{"ActivitySid": {Required: true}, "Mode": {Value: new("x")}},
		}, {URL: api, Method: "DELETE"}},
	})
	if err != nil {
		t.Fatal(err)
	}
	parts := strings.Split(raw, ".")
	var got [2]any
	for i := range got {
		text, err := base64.RawURLEncoding.DecodeString(parts[i])
		if err != nil {
			t.Fatal(err)
		}
		if err := json.Unmarshal(text, &got[i]); err != nil {
			t.Fatal(err)
		}
	}
	want := [2]any{
		map[string]any{"typ": "JWT", "alg": "HS256"},
		map[string]any{
			"version": "v1", "friendly_name": "Zoë", "iss": account, "account_sid": account,
			"workspace_sid": workspace, "channel": worker, "worker_sid": worker,
			"iat": float64(now.Unix()), "nbf": float64(now.Unix() - 60),
			"exp": float64(now.Unix() + 90),
			"policies": []any{
				map[string]any{"url": own, "method": "POST", "query_filter": map[string]any{},
					"post_filter": map[string]any{
						"ActivitySid": map[string]any{"required": true},
						"Mode":        map[string]any{"required": false, "value": "x"},
					}, "allow": true},
				map[string]any{"url": api, "method": "DELETE", "query_filter": map[string]any{},
					"post_filter": map[string]any{}, "allow": false},
			},
		},
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("header and payload (-want +got):\n%s", diff)
	}
	if _, err := Read(raw, keys, now.Add(89*time.Second)); err != nil {
		t.Error(err)
	}
	_, err = Read(raw, keys, now.Add(90*time.Second))
	wantRefusal(t, err, 401, codeUnauthorized, "expired at 2026-05-04T12:01:30Z")
}

func TestMintRefuses(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name   string
		change func(*Claims)
		want   string
	}{
		{"account", func(c *Claims) { c.Account = "AC123" }, `account "AC123" is not a SID: AC and 32`},
		{"no account", func(c *Claims) { c.Account = "" }, `account "" is not a SID`},
		{"workspace", func(c *Claims) { c.Workspace = worker }, `workspace "` + worker + `" is not`},
		{"no channel", func(c *Claims) { c.Channel = "" }, `channel "" is not a SID: WK, WQ or WS`},
		{"channel a task", func(c *Claims) { c.Channel = task }, `channel "` + task + `" is not a SID`},
		{"channel in capitals", func(c *Claims) { c.Channel = "wk" + worker[2:] }, "is not a SID"},
		{"other workspace", func(c *Claims) { c.Channel = "WS" + worker[2:] }, "other than the token's"},
		{"no life", func(c *Claims) { c.Life = 0 }, "a life of 0s is too short"},
		{"negative life", func(c *Claims) { c.Life = -time.Hour }, "a life of -1h0m0s is too short"},
		{"short life", func(c *Claims) { c.Life = 999 * time.Millisecond }, "too short"},
		{"ends before it begins", func(c *Claims) { c.NotBefore = c.Issued.Add(c.Life) },
			"before it begins at 2026-05-04T13:00:00Z"},
		{"method", func(c *Claims) { c.Policies = []Policy{{URL: api, Method: "PUT"}} },
			`policy 0: method "PUT" is not GET, POST or DELETE`},
		{"url", func(c *Claims) { c.Policies = []Policy{{URL: api + "?x", Method: "GET"}} },
			"policy 0: url"},
		{"too many policies", func(c *Claims) {
			for i := range 200 {
				c.Policies = append(c.Policies, Policy{URL: fmt.Sprint(api, "/", i), Method: "GET"})
			}
		}, "206 policies make it"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			claims := WorkerGrant(account, workspace, worker).Claims(DefaultLife)
			claims.Issued = now
			tt.change(&claims)
			raw, err := Mint(secret, claims)
			if raw != "" || err == nil || !strings.Contains(err.Error(), tt.want) {
				t.Errorf("got %q, error %v; want an error with %q", raw, err, tt.want)
			}
		})
	}
	t.Run("no secret", func(t *testing.T) {
		t.Parallel()
		_, err := WorkerGrant(account, workspace, worker).Mint("", DefaultLife)
		if err == nil || !strings.Contains(err.Error(), "secret is empty") {
			t.Errorf("got %v", err)
		}
	})
	t.Run("worker's rights on a queue", func(t *testing.T) {
		t.Parallel()
		g := TaskQueueGrant(account, workspace, queue)
		g.UpdateReservations = true
		if _, err := g.Mint(secret, DefaultLife); err == nil ||
			!strings.Contains(err.Error(), `"`+queue+`" is not a worker`) {
			t.Errorf("got %v", err)
		}
	})
}

func TestPolicyJSON(t *testing.T) {
	t.Parallel()
	want := Policy{URL: api + "/**", Method: "GET", Allow: true,
		QueryFilter: Filter{"A": {Required: true, Value: new("")}, "B": {}}}
	text, err := json.Marshal(want)
	if err != nil {
		t.Fatal(err)
	}
	var got Policy
	if err := json.Unmarshal(text, &got); err != nil {
		t.Fatal(err)
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after a round trip (-want +got):\n%s", diff)
	}
	if err := json.Unmarshal([]byte(`{"url":"/v1/**","method":"PATCH"}`), &got); err == nil {
		t.Error("a policy with an unknown method was read")
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("a failed reading changed the policy (-want +got):\n%s", diff)
	}
}
