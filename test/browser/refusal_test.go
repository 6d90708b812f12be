package browser

import (
	"testing"

	"github.com/google/go-cmp/cmp"
	foreign "github.com/twilio/twilio-go/client/jwt/taskrouter"

	"taskrouter/test/world"
)

// TestWorkspaceRefusals is what pages hear that may not do something, or ask for what makes no
// sense: nothing has changed, and the callback has the error. Spec: sdk-v1-api 3.2, 7.1
func TestWorkspaceRefusals(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	ana := s.NewWorker("Ana", 1)
	ws := foreign.Workspace(s.Workspace)
	tests := []struct {
		name   string
		rights []foreign.Policy
		call   string // function of JavaScript that gives the call
		code   float64
	}{
		{"no rights, list", nil, `(done) => client.workers.fetch(done)`, 403},
		{"no rights, one", nil, `(done) => client.workers.fetch(sid, done)`, 403},
		{"no rights, create", nil, `(done) => client.workers.create({FriendlyName: "Eve"}, done)`,
			403},
		{"no rights, statistics", nil, `(done) => client.statistics.fetch(done)`, 403},
		{"no rights, itself", nil, `(done) => client.update("FriendlyName", "Mine", done)`, 403},
		{"may read, update", []foreign.Policy{world.Allow("GET", ws+"/**")},
			`(done) => client.workers.update(sid, "FriendlyName", "Eve", done)`, 403},
		{"may read, delete", []foreign.Policy{world.Allow("GET", ws+"/**")},
			`(done) => client.workers.delete(sid, done)`, 403},
		{"may change, delete", []foreign.Policy{world.Allow("POST", ws+"/**")},
			`(done) => client.delete(done)`, 403},
		{"may name, not more", []foreign.Policy{foreign.GeneratePolicy(foreign.AllWorkers(s.Workspace),
			"POST", true, map[string]any{"FriendlyName": map[string]any{"required": true}}, nil)},
			`(done) => client.workers.update(sid, {FriendlyName: "Eve", Attributes: {}}, done)`, 403},
		{"nobody has this SID", []foreign.Policy{world.Allow("GET", ws+"/**")},
			`(done) => client.workers.fetch("WK00000000000000000000000000000000", done)`, 404},
		{"no expression", []foreign.Policy{world.Allow("POST", ws+"/**")},
			`(done) => client.taskqueues.update(queue, "TargetWorkers", "rank >> 1", done)`, 400},
		{"name taken", []foreign.Policy{world.Allow("POST", ws+"/**")},
			`(done) => client.workers.create({FriendlyName: "Ana"}, done)`, 400},
		{"in use", []foreign.Policy{world.Allow("DELETE", ws+"/**")},
			`(done) => client.activities.delete(offline, done)`, 400},
	}
	_, queue := s.rest(t, "/TaskQueues/"+s.Queue)
	for _, o := range offices {
		p := o.page(t, s.host, "Workspace", s.TokenFor())
		for _, tt := range tests {
			t.Run(o.name+" "+tt.name, func(t *testing.T) {
				o.client(p, s.host, "Workspace", s.TokenFor(tt.rights...))
				got := ask[struct {
					Code    float64
					Message string
					APICode int
					Shown   []string
				}](p, `async (sid, queue, offline) => new Promise((resolve, reject) => {
					(`+tt.call+`)((error, result) => {
						if (!error || result) {
							reject(new Error("not refused: " + String(result)));
							return;
						}
						resolve({code: error.code, message: error.message, apiCode: error.apiCode,
							shown: shown(error)});
					});
				})`, ana.SID, s.Queue, s.Activity("Offline"))
				if got.Code != tt.code || got.Message == "" || len(got.Shown) > 0 {
					t.Errorf("refused with %+v, want code %v, a message and nothing shown", got,
						tt.code)
				}
				if o.name == "ours" && got.APICode < 10000 {
					t.Errorf("the error has API code %d", got.APICode)
				}
			})
		}
	}
	if _, now := s.rest(t, "/TaskQueues/"+s.Queue); !cmp.Equal(now, queue) {
		t.Errorf("refused requests changed the queue:\n%s", cmp.Diff(queue, now))
	}
	if _, now := s.rest(t, "/Workers/"+ana.SID); now["friendly_name"] != "Ana" {
		t.Errorf("refused requests changed the worker: %v", now)
	}

	p := s.admin(t)
	pointer := ask[string](p, `(queue) => new Promise((resolve) => {
		client.taskqueues.update(queue, "TargetWorkers", "rank >> 1",
			(error) => resolve(error.details.pointer));
	})`, s.Queue)
	if pointer != "/TargetWorkers" {
		t.Errorf("the error of an expression points to %q", pointer)
	}
	texts := ask[[]string](p, `() => [
		thrown(() => client.workers.update("WK", "FriendlyName", 7)),
		thrown(() => client.workers.fetch()),
		thrown(() => client.workers.fetch("WK")),
		thrown(() => client.workers.create("Ana")),
		thrown(() => client.workers.delete()),
		thrown(() => client.statistics.fetch({})),
	]`)
	want := []string{
		"2nd argument needs to be a string value",
		"2nd argument needs to be a function",
		"2nd argument needs to be a function",
		"1st argument needs to be an object",
		"1st argument needs to be a SID",
		"2nd argument needs to be a function",
	}
	if diff := cmp.Diff(want, texts); diff != "" {
		t.Errorf("arguments that make no sense (-want +got):\n%s", diff)
	}
}
