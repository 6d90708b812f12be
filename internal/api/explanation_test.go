package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"sync"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/internal/engine"
	"taskrouter/internal/routing"
)

// as a page of a channel asks, through the event bridge.
func (c *client) page(channel, method, path, form string) answer {
	c.Helper()
	r := httptest.NewRequest(method, c.expand(path), strings.NewReader(""))
	if method == "GET" && form != "" {
		r = httptest.NewRequest(method, c.expand(path)+"?"+escape(c.expand(form)), nil)
	} else if form != "" {
		r = httptest.NewRequest(method, c.expand(path), strings.NewReader(escape(c.expand(form))))
	}
	return c.send(r.WithContext(engine.WithPrincipal(c.Context(), engine.Principal{
		Account: account, Channel: c.expand(channel),
	})))
}

// busy has alice hold a task, and another one wait for her.
func busy(c *client) {
	c.Helper()
	accepted(c)
	c.create("waiting", "/Tasks", `WorkflowSid={workflow}&Attributes={"type":"sales"}`)
	c.create("bob", "/Workers", `FriendlyName=Bob Stone&Attributes={"secret":"b"}`)
}

func TestTaskExplanation(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{name: "of a task that waits", before: busy, path: "/Tasks/{waiting}/Explanation", want: []string{
			`"task_sid":"{waiting}"`, `"assignment_status":"pending"`, `"position":1,"waiting":1`,
			`"sentence":"Waits in queue Everyone, 1 of 1: the only worker who fits and is available has no capacity left on channel default.`,
			`"worker_sid":"{alice}","friendly_name":"Alice","reason":"capacity"`, `"actual":"1 of 1 in use"`,
			`"worker_sid":"{bob}","friendly_name":"Bob Stone","reason":"activity"`,
			`{"reason":"workspace","text":"workers of the workspace","count":2,"refused":0,"examples":[]}`,
			`"event":"task_timeout"`, `"next_page_url":null`, `"kind":"default_filter"`,
		}},
		{name: "for one worker", before: busy, path: "/Tasks/{waiting}/Explanation", form: "WorkerSid={bob}", want: []string{
			`"worker_sid":"{bob}"`, `"count":2`,
		}, lacks: []string{`"friendly_name":"Alice","reason"`}},
		{name: "page by page", before: busy, path: "/Tasks/{waiting}/Explanation", form: "PageSize=1", want: []string{
			`"friendly_name":"Alice","reason"`,
			`"next_page_url":"http://router.test/v1/Workspaces/{ws}/Tasks/{waiting}/Explanation?PageSize=1&Page=1&PageToken=PA{alice}.`,
		}, lacks: []string{`"friendly_name":"Bob Stone","reason"`}, after: func(c *client, a answer) {
			next := a.json(c)["next_page_url"].(string)
			a = must(c, "GET", strings.TrimPrefix(next, "http://router.test"), "")
			if !strings.Contains(a.body, `"friendly_name":"Bob Stone","reason"`) || a.json(c)["next_page_url"] != nil {
				c.Errorf("second page: %s", a.body)
			}
		}},
		{name: "of a task that is offered", before: task, path: "/Tasks/{task}/Explanation", want: []string{
			`"sentence":"Offered to Alice, for 2 min more."`, `"reservation_status":"pending"`, `"reason":"offered"`,
		}},
		{name: "of a task that somebody has", before: accepted, path: "/Tasks/{task}/Explanation", want: []string{
			`"sentence":"Assigned to Alice, `, `"event":"assignment_timeout"`, `"workers":[]`,
		}},
		{name: "of a task that ended", before: func(c *client) {
			task(c)
			must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}", "AssignmentStatus=canceled&Reason=hung up")
		}, path: "/Tasks/{task}/Explanation", want: []string{
			`"sentence":"Canceled `, `: hung up. It is kept for `, `"step":null`,
		}},
		{name: "of no task", path: "/Tasks/{no-task}/Explanation", status: 404, code: 20404, want: []string{
			`what happened to it before is at Tasks/{no-task}/Timeline`,
		}},
		{name: "of no worker", before: task, path: "/Tasks/{task}/Explanation", form: "WorkerSid={no-worker}", status: 400, code: 20001},
		{name: "of what is no worker", before: task, path: "/Tasks/{task}/Explanation", form: "WorkerSid=Alice", status: 400, want: []string{"WorkerSid must be a SID"}},
		{name: "with a page that is none", before: task, path: "/Tasks/{task}/Explanation", form: "PageToken=PA{alice}", status: 400, want: []string{"PageToken"}},
		{name: "backwards", before: task, path: "/Tasks/{task}/Explanation", form: "PageToken=PB{alice}.3", status: 400, want: []string{"PageToken"}},
		{name: "with a page of a rank that is none", before: busy, path: "/Tasks/{waiting}/Explanation", form: "PageToken=PA{alice}.-99999999", want: []string{`"workers":[]`}},
		{name: "too large a page", before: task, path: "/Tasks/{task}/Explanation", form: "PageSize=1001", status: 400},
		{name: "of another workspace", path: "/v1/Workspaces/{foreign}/Tasks/{no-task}/Explanation", status: 404},
		{name: "changes nothing", method: "POST", before: task, path: "/Tasks/{task}/Explanation", status: 405},
	})
}

func TestWorkerExplanation(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{name: "who has nothing to do", path: "/Workers/{alice}/Explanation", want: []string{
			`"sentence":"Alice is available. Nothing waits in its queue; the next offer comes when its turn does."`,
			`"activity_sid":"{available}"`, `"task_queue_sid":"{queue}","friendly_name":"Everyone","waiting":0,"ahead":{"chat":0,"default":0`,
		}},
		{name: "who is away", before: func(c *client) {
			busy(c)
			must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}", "ActivitySid={offline}")
		}, path: "/Workers/{alice}/Explanation", want: []string{
			`"reservation_status":"accepted"`, `"reason":"activity","count":1`, `"{waiting}"`,
		}},
		{name: "of nobody", path: "/Workers/{no-worker}/Explanation", status: 404, code: 20404},
	})
}

// TestExplanationIsPrivate: the page of a worker learns of itself, and how many others there are.
func TestExplanationIsPrivate(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	busy(c)
	const path = "/v1/Workspaces/{ws}/Tasks/{waiting}/Explanation"
	for _, secret := range []string{"Alice", "{alice}", "sales\"]"} {
		secret = c.expand(secret)
		for _, form := range []string{"", "WorkerSid={bob}", "PageToken=PA{bob}.12"} {
			a := c.page("{bob}", "GET", path, form)
			// The URL of a next page is the only place where its own token could stand.
			if a.status != 200 || strings.Contains(a.body, secret) {
				t.Errorf("bob is told of %s with %q: %d %s", secret, form, a.status, a.body)
			}
		}
		if a := c.page("{bob}", "GET", "/v1/Workspaces/{ws}/Tasks/{task}/Explanation", ""); a.status != 200 ||
			strings.Contains(a.body, secret) || !strings.Contains(a.body, `"reservations_of_others":1`) {
			t.Errorf("bob is told of %s: %d %s", secret, a.status, a.body)
		}
	}
	a := c.page("{bob}", "GET", path, "")
	if lines := items(t, a, "workers"); len(lines) != 1 || lines[0]["friendly_name"] != "Bob Stone" {
		t.Errorf("bob's lines: %v", lines)
	}
	if stages := items(t, a, "funnel"); stages[0]["count"] != 2.0 {
		t.Errorf("bob is not told how many there are: %v", stages)
	}
	if a := c.page("{bob}", "GET", path, "WorkerSid={alice}"); a.status != 403 {
		t.Errorf("bob asks about alice: %d %s", a.status, a.body)
	}
	// Whoever holds the token of the workspace or a queue is told all.
	for _, channel := range []string{"{ws}", "{queue}"} {
		if a := c.page(channel, "GET", path, ""); !strings.Contains(a.body, "Alice") {
			t.Errorf("channel %s is not told of alice: %s", channel, a.body)
		}
	}
	for _, path := range []string{"/Workflows/DryRun", "/Workflows/{workflow}/DryRun", "/Workflows/Check", "/Expressions/Check"} {
		if a := c.page("{bob}", "POST", "/v1/Workspaces/{ws}"+path, ""); a.status != 403 {
			t.Errorf("bob tries %s: %d %s", path, a.status, a.body)
		}
	}
}

func TestDryRun(t *testing.T) {
	t.Parallel()
	const config = `{"filters":[{"filter_friendly_name":"de","expression":"lang == 'de'","targets":` +
		`[{"queue":"{queue}","expression":"worker.level > 5","timeout":30},{"queue":"{queue}"}]}]}`
	run(t, newWorld(t), []scenario{
		{name: "a workflow as it is", method: "POST", path: "/Workflows/{workflow}/DryRun", form: "Priority=3", want: []string{
			`"workflow_sid":"{workflow}"`, `"outcome":{"status":"offered","second":0,"step":0,"reason":"longest idle of 1 free"`,
			`"worker_sid":"{alice}"`, `"priority":3`, `"workers":1,"workers_made_up":false`,
		}},
		{name: "with another configuration", method: "POST", path: "/Workflows/{workflow}/DryRun",
			form: `Attributes={"lang":"de"}&Configuration=` + config, want: []string{
				`"path_total":2`, `"second":30`, `"outcome":{"status":"offered","second":30,"step":1`,
				`"sentence":"Alice: does not match worker.level > 5: worker.level is 5"`,
			}, after: func(c *client, _ answer) {
				a := must(c, "GET", "/v1/Workspaces/{ws}/Workflows/{workflow}", "")
				if strings.Contains(a.body, "lang") {
					c.Errorf("the dry run changed the workflow: %s", a.body)
				}
				if list := c.list("/Tasks", "tasks"); len(list) > 0 {
					c.Errorf("the dry run made a task: %v", list)
				}
			}},
		{name: "one that is not saved", method: "POST", path: "/Workflows/DryRun",
			form: `Attributes={"lang":"fr"}&Configuration=` + config, want: []string{
				`"workflow_sid":null`, `"outcome":{"status":"refused"`, `"path":[]`,
			}},
		{name: "made-up workers", method: "POST", path: "/Workflows/DryRun", form: `Attributes={"lang":"de"}&Configuration=` + config +
			`&Workers=[{"friendly_name":"Zoe","attributes":{"level":6},"activity":"{available}"},{"available":false}]`, want: []string{
			`"workers":2,"workers_made_up":true`, `"worker_sid":null,"friendly_name":"Zoe"`, `"outcome":{"status":"offered","second":0`,
		}, lacks: []string{"Alice"}},
		{name: "nobody at all", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Workers=[]&Timeout=60`, want: []string{
			`"outcome":{"status":"waits","second":60`, `"reason":"Task TTL Exceeded"`,
		}},
		{name: "no configuration", method: "POST", path: "/Workflows/DryRun", status: 400, want: []string{"Missing required parameter Configuration"}},
		{name: "no such workflow", method: "POST", path: "/Workflows/{no-workflow}/DryRun", status: 404},
		{name: "no such queue", method: "POST", path: "/Workflows/DryRun", form: `Configuration={"default_filter":{"queue":"{no-queue}"}}`, status: 400, want: []string{"is no task queue"}},
		{name: "a configuration that is none", method: "POST", path: "/Workflows/DryRun", form: `Configuration={`, status: 400, want: []string{"not valid JSON"}},
		{name: "attributes that are none", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Attributes=[]`, status: 400},
		{name: "too long attributes", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Attributes={"a":"` + strings.Repeat("x", 4096) + `"}`, status: 400},
		{name: "no such channel", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `TaskChannel=fax`, status: 400},
		{name: "a wrong priority", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Priority=high`, status: 400},
		{name: "a start in the future", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `VirtualStartTime=2999-01-01`, status: 400},
		{name: "workers that are none", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Workers={}`, status: 400, want: []string{"Workers must be a JSON array"}},
		{name: "workers with unknown keys", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Workers=[{"name":"x"}]`, status: 400, want: []string{"name"}},
		{name: "workers in no activity", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Workers=[{"activity":"Lunch"}]`, status: 400, want: []string{"Workers[0]", "Lunch"}},
		{name: "workers nested deeply", method: "POST", path: "/Workflows/{workflow}/DryRun", form: `Workers=` + strings.Repeat("[", 20000), status: 400},
		{name: "is no GET", path: "/Workflows/{workflow}/DryRun", status: 405},
	})
}

func TestWorkflowCheck(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{name: "nothing to say", method: "POST", path: "/Workflows/Check", form: `Configuration={"default_filter":{"queue":"{queue}"}}`, want: []string{
			`"valid":true,"errors":0,"warnings":0,"notes":0,"findings":[]`, `"workspace_sid":"{ws}"`,
		}},
		{name: "much to say", method: "POST", path: "/Workflows/Check", form: `TaskReservationTimeout=60&Configuration={"task_routing":{"filters":[` +
			`{"expression":"a == ","targets":[{"queue":"{no-queue}","timout":5}]},` +
			`{"expression":"1==1","targets":[{"queue":"{queue}","expression":"worker.level > 9"},{"queue":"{queue}"}]}]}}`, want: []string{
			`"valid":false,"errors":2,"warnings":3`,
			`{"pointer":"/task_routing/filters/0/expression","severity":"error","code":"expression","message":"column 6: `, `"column":6,"width":0`,
			`"/task_routing/filters/0/targets/0/timout","severity":"warning","code":"unknown_key"`, `did you mean \"timeout\"?`,
			`"/task_routing/filters/0/targets/0/queue","severity":"error","code":"queue_unknown"`,
			`"/task_routing/filters/1/targets/1","severity":"warning","code":"unreachable_target"`,
			`"/task_routing/filters/1/targets/0/expression","severity":"warning","code":"no_worker_matches"`,
		}},
		{name: "no configuration", method: "POST", path: "/Workflows/Check", status: 400},
		{name: "no text of JSON", method: "POST", path: "/Workflows/Check", form: "Configuration=hello", want: []string{`"code":"json"`, `"line":1`}},
		{name: "a megabyte", method: "POST", path: "/Workflows/Check", form: "Configuration=" + strings.Repeat(" ", 1<<20) + "{}", want: []string{`"code":"too_long"`}},
	})
}

func TestExpressionCheck(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{name: "of workers", method: "POST", path: "/Expressions/Check", form: `Scope=worker&Expression=level > 3 AND skil HAS 'x'`, want: []string{
			`"valid":true`, `"reads":["worker.level","worker.skil"]`, `"unknown":["worker.skil"]`, `"of":1,"matching":0`,
			`"sid":"{alice}","friendly_name":"Alice","sentence":"skil is missing"`, `"scope":"worker"`,
		}},
		{name: "of tasks", before: task, method: "POST", path: "/Expressions/Check", form: `Scope=task&Expression=type = "sales"&Attributes={"type":"x"}`, want: []string{
			`"canonical":"type == \"sales\""`, `"of":1,"matching":1`, `"sid":"{task}"`, `"matches":false`, `"sentence":"type == \"sales\": type is \"x\""`,
		}},
		{name: "of a step", method: "POST", path: "/Expressions/Check", form: `Scope=target&Expression=worker.level > task.level&Attributes={"level":4}&TaskQueueSid={queue}`, want: []string{
			`"of":1,"matching":1`,
		}},
		{name: "of counts", method: "POST", path: "/Expressions/Check", form: `Scope=skip&Expression=workers.available == 0&TaskQueueSid={queue}`, want: []string{
			`"counts":{"available":1}`, `"matches":false`,
		}},
		{name: "that does not parse", method: "POST", path: "/Expressions/Check", form: `Scope=worker&Expression=level-5 > 3`, want: []string{
			`"valid":false,"error":{"message":"column 6: `, `"column":6,"width":2,"found":"-5"`,
		}},
		{name: "that nests deeply", method: "POST", path: "/Expressions/Check", form: `Scope=worker&Expression=` + strings.Repeat("(", 10000) + "a == 1" + strings.Repeat(")", 10000), want: []string{
			`"valid":false`, `nest deeper than 64 levels`,
		}},
		{name: "that is too long", method: "POST", path: "/Expressions/Check", form: `Scope=worker&Expression=` + strings.Repeat("a", 70000), want: []string{`"valid":false`, "65536"}},
		{name: "no scope", method: "POST", path: "/Expressions/Check", form: `Expression=a == 1`, status: 400},
		{name: "another scope", method: "POST", path: "/Expressions/Check", form: `Scope=queue&Expression=a == 1`, status: 400, want: []string{"skip, target, task or worker"}},
		{name: "no expression", method: "POST", path: "/Expressions/Check", form: `Scope=worker`, status: 400},
		{name: "no such queue", method: "POST", path: "/Expressions/Check", form: `Scope=worker&Expression=a == 1&TaskQueueSid={no-queue}`, status: 400},
		{name: "wrong attributes", method: "POST", path: "/Expressions/Check", form: `Scope=worker&Expression=a == 1&Attributes=7`, status: 400},
	})
}

// TestExplanationOfMany: with more workers than one look goes through, the counts are right and
// the pages hold everybody once.
func TestExplanationOfMany(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	const many = 6000
	crowd(c, many, "offline")
	c.create("task", "/Tasks", `WorkflowSid={workflow}`)
	must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}", "AssignmentStatus=canceled")
	c.create("task", "/Tasks", `WorkflowSid={workflow}&TaskChannel=voice`)
	seen := make(map[string]bool)
	path := c.expand("/v1/Workspaces/{ws}/Tasks/{task}/Explanation?PageSize=1000")
	for path != "" {
		a := must(c, "GET", path, "")
		for _, w := range items(t, a, "workers") {
			if seen[w["worker_sid"].(string)] {
				t.Fatalf("%s is listed twice", w["friendly_name"])
			}
			seen[w["worker_sid"].(string)] = true
		}
		if stages := items(t, a, "funnel"); stages[0]["count"] != float64(many+1) {
			t.Errorf("counted %v", stages[0])
		}
		next, _ := a.json(c)["next_page_url"].(string)
		path = strings.TrimPrefix(next, "http://router.test")
	}
	if len(seen) != many+1 {
		t.Errorf("%d workers are listed, want %d", len(seen), many+1)
	}
	a := must(c, "GET", "/v1/Workspaces/{ws}/Workers/{alice}/Explanation", "")
	if diff := cmp.Diff(1.0, a.json(c)["waiting"]); diff != "" {
		t.Errorf("waiting: %s", diff)
	}
}

// crowd makes workers with a skill and a level, in an activity.
func crowd(c *client, many int, activity string) {
	c.Helper()
	var group errgroup
	for i := range many {
		group.do(func() error {
			_, err := c.engine.Submit(c.Context(), engine.Command{
				Workspace: c.ws, From: engine.Principal{Account: account}, Do: routing.CreateWorker{
					FriendlyName: fmt.Sprint("extra ", i),
					ActivitySID:  taskrouter.ActivitySID(c.names[activity]),
					Attributes:   fmt.Sprintf(`{"skill":"s%d","level":%d}`, i%100, i%10),
				},
			})
			return err
		})
	}
	if err := group.wait(); err != nil {
		c.Fatal(err)
	}
	c.quiet()
}

// An errgroup does things at once and keeps the first error.
type errgroup struct {
	wg    sync.WaitGroup
	room  chan struct{}
	once  sync.Once
	first error
}

func (g *errgroup) do(f func() error) {
	if g.room == nil {
		g.room = make(chan struct{}, 256)
	}
	g.room <- struct{}{}
	g.wg.Go(func() {
		if err := f(); err != nil {
			g.once.Do(func() { g.first = err })
		}
		<-g.room
	})
}

func (g *errgroup) wait() error {
	g.wg.Wait()
	return g.first
}

// TestExplanationIsOfNow refuses to explain another moment instead of explaining this one.
func TestExplanationIsOfNow(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	task(c)
	a := c.do("GET", "/v1/Workspaces/{ws}/Tasks/{task}/Explanation", "At=2026-01-01T00:00:00Z")
	if a.status != 400 || !strings.Contains(a.body, c.expand("Tasks/{task}/Timeline")) ||
		!strings.Contains(a.body, `"pointer":"/At"`) {
		t.Errorf("%d %s", a.status, a.body)
	}
}
