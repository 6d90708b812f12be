package browser

import (
	"encoding/json"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter/internal/api/apitest"
	"taskrouter/test/world"
)

// An office is a script whose clients of workspaces and task queues do the same.
type office struct {
	name, path string
	connect    string // function of JavaScript that makes the client
}

// offices are our script and the vendor's of version 1.1, which has the same two clients with
// other arguments.
var offices = []office{{
	name: "ours", path: "/ours",
	connect: `(kind, token) => { client = follow(new Twilio.TaskRouter[kind](token, false)); }`,
}, {
	name: "vendor", path: "/vendor",
	connect: `(kind, token, base) => {
		client = follow(new Twilio.TaskRouter[kind](token, base + "/v1", base));
	}`,
}}

// page opens a page with a client of a kind, Workspace or TaskQueue, and waits until it is ready.
func (o office) page(t testing.TB, h *host, kind, token string) *page {
	t.Helper()
	if o.path == "/vendor" {
		installed(t, vendorClient)
	}
	p := h.open(t, o.path)
	o.client(p, h, kind, token)
	return p
}

// client makes another client in a page, whose client it becomes, and waits until it is ready.
func (o office) client(p *page, h *host, kind, token string) {
	p.t.Helper()
	p.do(o.connect, kind, token, h.router.URL)
	p.do(`async () => { globalThis.ready = await next("ready"); }`)
}

// admin opens a page with our client of the workspace that may do everything.
func (s *stage) admin(t testing.TB) *page {
	t.Helper()
	return offices[0].page(t, s.host, "Workspace", s.Token())
}

// rest is what REST answers for a path below the workspace, with the account's own credentials.
func (s *stage) rest(t testing.TB, path string) (status int, body map[string]any) {
	t.Helper()
	r, err := http.NewRequest(http.MethodGet, s.URL+"/v1/Workspaces/"+s.Workspace+path, nil)
	if err != nil {
		t.Fatal(err)
	}
	r.SetBasicAuth(s.Account, s.AuthToken)
	answer, err := http.DefaultClient.Do(r)
	if err != nil {
		t.Fatal(err)
	}
	defer answer.Body.Close()
	text, err := io.ReadAll(answer.Body)
	if err != nil {
		t.Fatal(err)
	}
	apitest.Validate(t, r, answer, text)
	if err := json.Unmarshal(text, &body); err != nil {
		t.Fatal(err)
	}
	return answer.StatusCode, body
}

// TestWorkspace is an administrator's page, with either script: everything that a workspace
// has is made, listed, read, changed and deleted, and REST says the same of it each time.
// Spec: sdk-v1-api 7.1
func TestWorkspace(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	type fields map[string]any
	targets := []fields{{"queue": s.Queue}}
	routing := fields{"task_routing": fields{"filters": []fields{{
		"expression": "1==1", "targets": targets,
	}}}}
	collections := []struct {
		name, path string
		create     fields
		property   [3]string // as the page names it, as REST does, and what it becomes
		more       fields    // of the second change, which says the property again
	}{{
		"activities", "/Activities", fields{"Available": "false"},
		[3]string{"friendlyName", "FriendlyName", "Lunch"}, fields{},
	}, {
		"workers", "/Workers", fields{"Attributes": fields{"level": 2}},
		[3]string{"friendlyName", "FriendlyName", "Ben"}, fields{"Attributes": fields{"level": 3}},
	}, {
		"taskqueues", "/TaskQueues", fields{"TargetWorkers": "level > 1"},
		[3]string{"friendlyName", "FriendlyName", "Experts"}, fields{"MaxReservedWorkers": 2},
	}, {
		"workflows", "/Workflows", fields{"Configuration": routing},
		[3]string{"friendlyName", "FriendlyName", "Simple"}, fields{"TaskReservationTimeout": 30},
	}, {
		"tasks", "/Tasks", fields{"WorkflowSid": s.Workflow, "Attributes": fields{"to": "nobody"}},
		[3]string{"priority", "Priority", "7"}, fields{"Attributes": fields{"to": "no one"}},
	}}
	for _, o := range offices {
		p := o.page(t, s.host, "Workspace", s.Token())
		got := ask[[]any](p, `() => [ready.friendlyName, ready.multiTaskEnabled,
			ready.dateCreated instanceof Date, typeof ready.workers.fetch]`)
		if want := []any{"World", true, true, "function"}; !cmp.Equal(got, want) {
			t.Errorf("%s: ready came with %v, want %v", o.name, got, want)
		}
		for _, c := range collections {
			t.Run(o.name+" "+c.name, func(t *testing.T) {
				create := fields{}
				for name, value := range c.create {
					create[name] = value
				}
				if c.name != "tasks" {
					create["FriendlyName"] = c.name + " by " + o.name
				}
				property, name, value := c.property[0], c.property[1], c.property[2]
				made := ask[string](p, `async (name, params) => {
					globalThis.list = client[name];
					return (await answer((done) => list.create(params, done))).sid;
				}`, c.name, create)
				if status, _ := s.rest(t, c.path+"/"+made); status != 200 {
					t.Fatalf("REST answers %d for what was made", status)
				}

				got := ask[[]any](p, `async (sid, property, name, value, more) => {
					const all = await answer((done) => list.fetch({"PageSize": "1000"}, done));
					const one = await answer((done) => list.fetch(sid, done));
					const updated = await answer((done) => list.update(sid, name, value, done));
					const again = await answer((done) => one.update({[name]: value, ...more}, done));
					return [all.data.some((each) => each.sid === sid), all.hasNext, one.sid,
						String(updated[property]), String(again[property]), String(one[property])];
				}`, made, property, name, value, c.more)
				want := []any{true, false, made, value, value, value}
				if diff := cmp.Diff(want, got); diff != "" {
					t.Errorf("listed, read and changed (-want +got):\n%s", diff)
				}
				_, now := s.rest(t, c.path+"/"+made)
				for parameter, value := range c.more {
					if text, ok := value.(fields); ok {
						value = string(world.Must(json.Marshal(text))(t))
					}
					key := wireName(parameter)
					if !sameValue(now[key], value) {
						t.Errorf("REST has %s %v after the change, want %v", key, now[key], value)
					}
				}

				p.do(`(sid) => answer((done) => list.delete(sid, done))`, made)
				if status, _ := s.rest(t, c.path+"/"+made); status != 404 {
					t.Errorf("REST answers %d for what was deleted", status)
				}
				got = ask[[]any](p, `async (params) => {
					const one = await answer((done) => list.create(params, done));
					await answer((done) => one.delete(done));
					return [(await refusal((done) => one.fetch(done))).code];
				}`, create)
				if diff := cmp.Diff([]any{404.0}, got); diff != "" {
					t.Errorf("code for what has deleted itself (-want +got):\n%s", diff)
				}
			})
		}
	}
}

// wireName is the key of an answer for a parameter: MaxReservedWorkers is max_reserved_workers.
func wireName(parameter string) string {
	var b strings.Builder
	for i, r := range parameter {
		if i > 0 && 'A' <= r && r <= 'Z' {
			b.WriteByte('_')
		}
		b.WriteRune(r)
	}
	return strings.ToLower(b.String())
}

// sameValue compares what JSON made of two values.
func sameValue(a, b any) bool {
	x, errA := json.Marshal(a)
	y, errB := json.Marshal(b)
	return errA == nil && errB == nil && string(x) == string(y)
}

// TestWorkspacePages turns the pages of a list, with either script, and asks for a part of it.
func TestWorkspacePages(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, name := range []string{"Ana", "Ben", "Cem", "Dee", "Eve"} {
		s.NewWorker(name, 1)
	}
	for _, o := range offices {
		t.Run(o.name, func(t *testing.T) {
			p := o.page(t, s.host, "Workspace", s.Token())
			got := ask[[]any](p, `async () => {
				const names = [];
				let list = await answer((done) => client.workers.fetch({"PageSize": "2"}, done));
				const first = [list.page, list.pageSize, list.hasPrevious, typeof list.previous];
				for (;;) {
					names.push(...list.data.map((each) => each.friendlyName));
					if (!list.hasNext) {
						break;
					}
					list = await answer((done) => list.next(done));
				}
				const back = await answer((done) => list.previous(done));
				return [names.sort(), first, [list.page, list.data.length, typeof list.next],
					[back.page, back.data.length, back.hasNext, back.hasPrevious]];
			}`)
			want := []any{
				[]any{"Ana", "Ben", "Cem", "Dee", "Eve"},
				[]any{0.0, 2.0, false, "undefined"},
				[]any{2.0, 1.0, "undefined"},
				[]any{1.0, 2.0, true, true},
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("pages (-want +got):\n%s", diff)
			}
			found := ask[[]string](p, `async () => {
				const params = {"FriendlyName": "Cem"};
				const list = await answer((done) => client.workers.fetch(params, done));
				return list.data.map((each) => each.friendlyName);
			}`)
			if diff := cmp.Diff([]string{"Cem"}, found); diff != "" {
				t.Errorf("workers called Cem (-want +got):\n%s", diff)
			}
		})
	}
}

// TestWorkspaceShown prints objects as documented samples do. Spec: sdk-v1-api 6
func TestWorkspaceShown(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	for _, o := range offices {
		t.Run(o.name, func(t *testing.T) {
			got := ask[map[string]any](o.page(t, s.host, "Workspace", s.Token()), `async (queue) => {
				const flows = await answer((done) => client.workflows.fetch(done));
				const one = await answer((done) => client.taskqueues.fetch(queue, done));
				const activity = await answer((done) => ready.defaultActivity.fetch(done));
				const home = await answer((done) => one.workspace.fetch(done));
				const path = ({configuration}) => configuration.task_routing.filters.length;
				return {
					filters: path(flows.data[0]), activity: activity.friendlyName,
					home: home.friendlyName, members: typeof home.workers.fetch,
					shown: shown(one).includes("targetWorkers"),
				};
			}`, s.Queue)
			want := map[string]any{"filters": 2.0, "activity": "Offline", "home": "World",
				"members": "function", "shown": true}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("objects of the workspace (-want +got):\n%s", diff)
			}
		})
	}
	got := ask[map[string][]string](s.admin(t), `async (queue) => ({
		workspace: shown(ready),
		queue: shown(await answer((done) => client.taskqueues.fetch(queue, done))),
	})`, s.Queue)
	want := map[string][]string{
		"workspace": {"sid", "accountSid", "friendlyName", "defaultActivitySid",
			"defaultActivityName", "defaultActivity", "timeoutActivitySid", "timeoutActivityName",
			"timeoutActivity", "eventCallbackUrl", "multiTaskEnabled", "prioritizeQueueOrder",
			"dateCreated", "dateUpdated"},
		"queue": {"sid", "friendlyName", "targetWorkers", "maxReservedWorkers", "taskOrder",
			"reservationActivitySid", "assignmentActivitySid", "workspace"},
	}
	hidden := "fetch update delete on emit statistics realtimeStats cumulativeStats workers " +
		"activities tasks taskqueues workflows token apiRequester resourceUrl url links"
	types := map[string]string{"workspace": "WorkspaceInstance", "queue": "TaskQueueInstance"}
	for object, names := range want {
		s.declared(t, object, got[object], "Common", types[object])
		found := make(map[string]bool)
		for _, name := range got[object] {
			found[name] = true
		}
		for _, name := range names {
			if !found[name] {
				t.Errorf("%s does not show %s", object, name)
			}
		}
		for _, name := range strings.Fields(hidden) {
			if found[name] {
				t.Errorf("%s shows %s", object, name)
			}
		}
	}
}
