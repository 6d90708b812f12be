package routing_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"taskrouter"
	"taskrouter/expr"
	"taskrouter/internal/routing"
)

func found(c *routing.WorkflowCheck) []string {
	list := []string{}
	for _, f := range c.Findings {
		line := fmt.Sprintf("%s %s %s", f.Severity, f.Code, f.Pointer)
		if f.Line != nil {
			line += fmt.Sprintf(" line %d", *f.Line)
		}
		if f.Column != nil {
			line += fmt.Sprintf(" column %d", *f.Column)
		}
		list = append(list, line)
	}
	return list
}

// TestCheckText is about configurations alone, without a workspace.
func TestCheckText(t *testing.T) {
	t.Parallel()
	const good = `"queue":"WQ1"`
	filter := func(target string) string {
		return `{"task_routing":{"filters":[{"expression":"a == 1","targets":[` + target + `]}]}}`
	}
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"good", filter(`{` + good + `}`), []string{}},
		{"without task_routing", `{"default_filter":{` + good + `}}`, []string{}},
		{"no JSON", "{\n  \"filters\": [,]}", []string{"error json  line 2 column 15"}},
		{"empty", ``, []string{"error json  line 1 column 1"}},
		{"a list", `[]`, []string{"error type "}},
		{"routes nothing", `{"task_routing":{}}`, []string{"error routes_nothing /task_routing"}},
		{"wrong types", `{"filters":[7,{"expression":1,"targets":{}},{"expression":"a == 1",` +
			`"targets":[{"queue":1,"skip_if":[]}]}],"default_filter":""}`, []string{
			"error type /filters/0", "error type /filters/1/expression",
			"error type /filters/1/targets", "error type /filters/2/targets/0/queue",
			"error type /filters/2/targets/0/skip_if", "error type /default_filter",
		}},
		{"what must be there", `{"filters":[{"targets":[]},{"expression":" ","targets":[{}]}],` +
			`"default_filter":{}}`, []string{
			"error expression_missing /filters/0/expression",
			"error targets_missing /filters/0/targets",
			"error expression_missing /filters/1/expression",
			"error queue_missing /filters/1/targets/0/queue",
			"error queue_missing /default_filter/queue",
		}},
		{"expressions", filter(`{` + good + `,"expression":"worker.a = ","order_by":"level",` +
			`"skip_if":"workers.many > 1"}`), []string{
			"error expression /task_routing/filters/0/targets/0/expression column 12",
			"error order_by /task_routing/filters/0/targets/0/order_by column 1",
			"error expression /task_routing/filters/0/targets/0/skip_if column 1",
		}},
		{"numbers", filter(`{` + good + `,"priority":"-1","timeout":0}`), []string{
			"error number /task_routing/filters/0/targets/0/priority",
			"error number /task_routing/filters/0/targets/0/timeout",
		}},
		{"known worker", filter(`{` + good + `,"known_worker_sid":"worker.a"},` +
			`{"known_worker_sid":"task.a","known_worker_friendly_name":"task.b"}`), []string{
			"error known_worker /task_routing/filters/0/targets/0/known_worker_sid",
			"error known_worker /task_routing/filters/0/targets/1/known_worker_friendly_name",
			"warning unreachable_target /task_routing/filters/0/targets/1",
		}},
		{"keys", `{"task_routing":{"filters":[{"expresion":"a","expression":"a == 1","targets":` +
			`[{` + good + `,"timout":5,"Timeout":200}],"a/b~c":1}]},"filters":[]}`, []string{
			"warning unknown_key /filters",
			"warning unknown_key /task_routing/filters/0/a~1b~0c",
			"warning unknown_key /task_routing/filters/0/expresion",
			"note key_case /task_routing/filters/0/targets/0/Timeout",
			"warning unknown_key /task_routing/filters/0/targets/0/timout",
		}},
		{"hidden targets", filter(`{` + good + `,"timeout":200},{"skip_if":"1==2"},{},{}`),
			[]string{
				"warning never_matches /task_routing/filters/0/targets/1/skip_if",
				"warning unreachable_target /task_routing/filters/0/targets/2",
				"warning unreachable_target /task_routing/filters/0/targets/3",
			}},
		{"reached by skipping", filter(`{` + good + `,"skip_if":"workers.available == 0"},{}`),
			[]string{}},
		{"hidden filters", `{"filters":[{"expression":"1==1","targets":[{` + good + `}]},` +
			`{"expression":"a == 1","targets":[{` + good + `}]}],"default_filter":{` + good + `}}`,
			[]string{"warning unreachable_filter /filters/1", "warning unreachable_default /default_filter"}},
		{"the same filter twice", `{"filters":[{"expression":"a == 1","targets":[{` + good + `}]},` +
			`{"expression":"a=1","targets":[{` + good + `}]}]}`,
			[]string{"warning unreachable_filter /filters/1"}},
		{"the same filter twice, but it leads on", `{"filters":[{"expression":"a == 1","targets":` +
			`[{` + good + `,"timeout":200}]},{"expression":"a=1","targets":[{` + good + `}]}]}`,
			[]string{}},
		{"default filter after time", `{"filters":[{"expression":"a == 1","targets":[{` + good +
			`,"timeout":200}]}],"default_filter":{` + good + `,"timeout":5,"skip_if":"1==1"}}`, []string{
			"note ignored /default_filter/timeout", "note ignored /default_filter/skip_if",
			"note default_after_timeout /default_filter"}},
		{"default filter by skipping", `{"filters":[{"expression":"1==1","targets":[{` + good +
			`,"skip_if":"1==1"}]}],"default_filter":{` + good + `}}`, []string{}},
		{"default filter never by time", `{"filters":[{"expression":"1==1","targets":[{` + good +
			`,"timeout":200}]}],"default_filter":{` + good + `}}`,
			[]string{"warning unreachable_default /default_filter"}},
		{"long steps", filter(`{` + good + `,"timeout":80000},{"timeout":7000},{"timeout":500}`),
			[]string{"warning timeout_over_life /task_routing/filters/0/targets/1/timeout"}},
		{"short steps", filter(`{` + good + `,"timeout":119},{}`),
			[]string{"note offer_outlives_step /task_routing/filters/0/targets/0/timeout"}},
		{"agent away", filter(`{` + good + `,"known_worker_sid":"task.agent"}`),
			[]string{"note waits_for_agent /task_routing/filters/0/targets/0"}},
		{"never", `{"filters":[{"expression":"a == 1 AND a == 2","targets":[{` + good +
			`,"expression":"worker.a > 3 AND worker.a < 2"}]}]}`, []string{
			"warning never_matches /filters/0/expression",
			"warning never_matches /filters/0/targets/0/expression",
		}},
		{"too long", strings.Repeat(" ", taskrouter.MaxConfiguration) + "{}",
			[]string{"error too_long "}},
		{"too deep", strings.Repeat("[", 20_000) + strings.Repeat("]", 20_000),
			[]string{"error json  line 1 column 10001"}},
		{"too deep inside", filter(`{` + good + `,"expression":"` + strings.Repeat("(", 10_000) +
			`worker.a == 1` + strings.Repeat(")", 10_000) + `"}`),
			[]string{"error expression /task_routing/filters/0/targets/0/expression column 65"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			c := routing.Scene{}.CheckWorkflow(test.text, 0)
			if diff := cmp.Diff(test.want, found(c)); diff != "" {
				t.Errorf("findings (-want +got):\n%s%+v", diff, c.Findings)
			}
			if c.Valid != (c.Errors == 0) {
				t.Errorf("valid is %v with %d errors", c.Valid, c.Errors)
			}
			for _, f := range c.Findings {
				if f.Message == "" {
					t.Errorf("%+v says nothing", f)
				}
			}
		})
	}
}

// staffed is a scene with some queues and workers.
func staffed(t testing.TB) routing.Scene {
	t.Helper()
	scene, err := routing.ReadScene(`{
		"queues": [
			{"friendly_name": "sales", "target_workers": "skills HAS 'sales'"},
			{"sid": "WQ7", "friendly_name": "empty", "target_workers": "skills HAS 'flying'"}
		],
		"workers": [
			{"friendly_name": "ann", "attributes": {"skills": ["sales"], "level": 3}},
			{"friendly_name": "bob", "attributes": "{\"skills\":[\"sales\"],\"level\":5}",
				"available": false},
			{"friendly_name": "cem", "attributes": {"skills": [], "level": 9, "team": "x"},
				"activity": "Available", "capacity": {"voice": 2, "chat": 0}}
		]}`, `{"default_filter":{"queue":"everybody"}}`, time.Unix(2e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	return scene
}

func TestCheckInScene(t *testing.T) {
	t.Parallel()
	scene := staffed(t)
	filter := func(target string) string {
		return `{"filters":[{"expression":"a == 1","targets":[` + target + `]}]}`
	}
	const at = "/filters/0/targets/0"
	for _, test := range []struct {
		name, text string
		want       []string
	}{
		{"good", filter(`{"queue":"sales","expression":"worker.level > task.level",` +
			`"order_by":"worker.level"}`), []string{}},
		{"no such queue", filter(`{"queue":"sail"}`), []string{"error queue_unknown " + at + "/queue"}},
		{"nobody in it", filter(`{"queue":"WQ7"}`), []string{"warning queue_empty " + at + "/queue"}},
		{"nobody fits", filter(`{"queue":"sales","expression":"worker.level > 5"}`),
			[]string{"warning no_worker_matches " + at + "/expression"}},
		{"nobody fits any task", filter(`{"queue":"sales","expression":"worker.team HAS task.team"}`),
			[]string{"warning no_worker_matches " + at + "/expression"}},
		{"misspelled", filter(`{"queue":"sales","expression":"worker.levle > 5 OR worker.level > 1",` +
			`"order_by":"worker.lvl DESC"}`), []string{
			"warning attribute_unknown " + at + "/expression",
			"warning attribute_unknown " + at + "/order_by"}},
		{"facts are known", filter(`{"queue":"sales","expression":` +
			`"worker.channel.voice.assigned_tasks == 0 AND worker.sid NOT IN task.declined"}`),
			[]string{}},
		{"activity", filter(`{"queue":"sales","skip_if":"workers.WA00000000000000000000000000000000 == 0"}`),
			[]string{"warning activity_unknown " + at + "/skip_if"}},
	} {
		t.Run(test.name, func(t *testing.T) {
			t.Parallel()
			if diff := cmp.Diff(test.want, found(scene.CheckWorkflow(test.text, 0))); diff != "" {
				t.Errorf("findings (-want +got):\n%s", diff)
			}
		})
	}
}

// TestCheckReservationTimeout: the note about short steps goes by the workflow's own time.
func TestCheckReservationTimeout(t *testing.T) {
	t.Parallel()
	const text = `{"filters":[{"expression":"a == 1","targets":[{"queue":"q","timeout":30},{}]}]}`
	if got := found(routing.Scene{}.CheckWorkflow(text, 30)); len(got) > 0 {
		t.Errorf("an offer of 30 s does not outlive a step of 30 s: %v", got)
	}
	if got := found(routing.Scene{}.CheckWorkflow(text, 31)); len(got) != 1 {
		t.Errorf("an offer of 31 s outlives a step of 30 s: %v", got)
	}
}

// FuzzCheckWorkflow: a configuration is said to be valid if and only if routing takes it.
func FuzzCheckWorkflow(f *testing.F) {
	for _, text := range []string{
		`{"task_routing":{"filters":[{"expression":"a == 1","targets":[{"queue":"Q"}]}]}}`,
		`{"default_filter":{"queue":"Q","priority":"7"}}`, `{"default_filter":null,"filters":null}`,
		`{"filters":[null],"default_filter":{"queue":"Q"}}`, `{"filters":[{"expression":null}]}`,
		`{"Filters":[{"EXPRESSION":"1==1","targets":[{"Queue":"Q","timeout":1e3}]}]}`,
		`{"default_filter":{"queue":"Q","known_worker_sid":"task.a","known_worker_friendly_name":""}}`,
		`{"default_filter":{"queue":"Q","timeout":true,"priority":[1]}}`, `{"task_routing":[]}`,
		`{"default_filter":{"queue":"Q","timeout":" 5 ","priority":null,"expression":"  "}}`,
		`{"default_filter":{"queue":"Q","timeout":"","priority":""}}`, `null`, `7`, `"x"`, `{}`,
		`{"filters":[{"expression":"a == 1","targets":[{"queue":"Q","order_by":","},null,{}]}]}`,
	} {
		f.Add(text)
	}
	now := time.Unix(2e9, 0)
	f.Fuzz(func(t *testing.T, text string) {
		s := routing.New(taskrouter.NewSIDSource(1))
		must := func(c routing.Command) string {
			change, err := s.Decide(c, now)
			if err != nil {
				t.Fatal(err)
			}
			return change.Result
		}
		must(routing.CreateWorkspace{
			SID: "WS00000000000000000000000000000000", FriendlyName: "x", MultiTaskEnabled: true,
		})
		queue := must(routing.CreateTaskQueue{FriendlyName: "Q"})
		text = strings.ReplaceAll(text, `"Q"`, `"`+queue+`"`)
		c := routing.Scene{Catalog: s.Catalog()}.CheckWorkflow(text, 0)
		_, err := s.Decide(routing.CreateWorkflow{FriendlyName: "w", Configuration: text}, now)
		if c.Valid != (err == nil) {
			t.Errorf("%s\nvalid is %v, routing says %v: %+v", text, c.Valid, err, c.Findings)
		}
	})
}

// A configuration as large as may be is checked and tried in bounded time, and what is told of it
// has an end.
func TestLargestConfiguration(t *testing.T) {
	t.Parallel()
	scene := staffed(t)
	var b strings.Builder
	for i := range 10_000 {
		if i > 0 {
			b.WriteByte(',')
		}
		fmt.Fprintf(&b, `{"expression":"n >= %d","targets":[{"queue":"sales","timeout":1}]}`, i)
	}
	text := `{"filters":[` + b.String() + `]}`
	if len(text) > taskrouter.MaxConfiguration {
		t.Fatalf("%d bytes", len(text))
	}
	begin := time.Now()
	c := scene.CheckWorkflow(text, 0)
	if !c.Valid || c.Notes != 10_000 || len(c.Findings) != 1000 {
		t.Errorf("%d errors, %d notes, %d findings", c.Errors, c.Notes, len(c.Findings))
	}
	t.Log("checked in", time.Since(begin))
	begin = time.Now()
	x, err := scene.DryRun(routing.Trial{
		Configuration: text, Task: routing.CreateTask{Attributes: `{"n":20000}`},
	}, time.Unix(2e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	if x.PathTotal != 10_000 || len(x.Path) != 1000 || len(x.Filters) > 501 ||
		x.End.Second != 10_000 || x.End.Status != "canceled" {
		t.Errorf("%d of %d steps, %d filters, %+v", len(x.Path), x.PathTotal, len(x.Filters), x.End)
	}
	t.Log("tried in", time.Since(begin))
}

func TestReadScene(t *testing.T) {
	t.Parallel()
	scene := staffed(t)
	var got []string
	for _, w := range scene.Workers {
		voice := w.Channel(scene.Catalog.FindTaskChannel("voice").SID)
		chat := w.Channel(scene.Catalog.FindTaskChannel("chat").SID)
		got = append(got, fmt.Sprint(w.FriendlyName, " ",
			scene.Catalog.Activity(w.ActivitySID).FriendlyName, " ", w.Attributes, " ",
			voice.ConfiguredCapacity, " ", chat.Available))
	}
	want := []string{
		`ann Available {"skills": ["sales"], "level": 3} 1 true`,
		`bob Offline {"skills":["sales"],"level":5} 1 true`,
		`cem Available {"skills": [], "level": 9, "team": "x"} 2 false`,
	}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("workers (-want +got):\n%s", diff)
	}
	x, err := scene.DryRun(routing.Trial{
		Configuration: `{"filters":[{"expression":"1==1","targets":[
			{"queue":"WQ7","skip_if":"1==1"},{"queue":"sales","timeout":10},{"queue":"everybody"}]}]}`,
		Task: routing.CreateTask{TaskChannel: "chat"},
	}, time.Unix(2e9, 0))
	if err != nil {
		t.Fatal(err)
	}
	var path []string
	for _, p := range x.Path {
		line := fmt.Sprint(p.Second, " ", *p.QueueName)
		for _, o := range p.Offers {
			line += " " + o.FriendlyName
			if o.WorkerSID != nil {
				t.Errorf("made-up worker %s has a SID", o.FriendlyName)
			}
		}
		path = append(path, line)
	}
	if diff := cmp.Diff([]string{"0 empty", "0 sales ann", "10 everybody ann"}, path); diff != "" {
		t.Errorf("path (-want +got):\n%s", diff)
	}
	for _, bad := range []string{
		`{`, `7`, `[7]`, `{"queue":[]}`, `[{"friendly_name":"a"},{"friendly_name":"A"}]`,
		`[{"activity":"Lunch"}]`, `[{"attributes":[]}]`, `[{"attributes":"x"}]`, `[{"capacity":{"fax":1}}]`,
		`[{"capacity":{"voice":-1}}]`, `[{}] []`, `{"queues":[{"friendly_name":"q","target_workers":"("}]}`,
		`{"queues":[{}]}`, `[` + strings.Repeat("{},", routing.MaxMadeUpWorkers) + `{}]`,
		`[{"attributes":` + strings.Repeat(`{"a":`, 40) + "1" + strings.Repeat("}", 40) + `}]`,
		strings.Repeat("[", 20_000),
	} {
		if _, err := routing.ReadScene(bad, `{}`, time.Unix(2e9, 0)); taskrouter.KindOf(err) !=
			taskrouter.Invalid {
			t.Errorf("%.60s: got %v, want a clear refusal", bad, err)
		}
	}
}

func TestCheckExpression(t *testing.T) {
	t.Parallel()
	scene := staffed(t)
	check := func(q routing.ExpressionQuery) *routing.ExpressionCheck {
		t.Helper()
		x, err := scene.CheckExpression(q)
		if err != nil {
			t.Fatal(err)
		}
		return x
	}
	x := check(routing.ExpressionQuery{Kind: expr.Worker, Expression: `level > 3 AND lang = "de"`})
	if !x.Valid || x.Of != 3 || x.Matching != 0 || *x.Canonical != `level > 3 AND lang == "de"` ||
		!slices.Equal(x.Reads, []string{"worker.level", "worker.lang"}) ||
		!slices.Equal(x.Unknown, []string{"worker.lang"}) || len(x.Others) != 3 ||
		*x.Others[0].Sentence != "level is 3; lang is missing" {
		t.Errorf("worker: %+v", x)
	}
	x = check(routing.ExpressionQuery{
		Kind: expr.Worker, Expression: `level > 3`, Queue: "sales", Attributes: new(`{"level":4}`),
	})
	if x.Of != 2 || x.Matching != 1 || *x.Examples[0].FriendlyName != "bob" || !*x.Matches ||
		x.Conditions[0].Sentence != "level > 3: level is 4" {
		t.Errorf("worker in a queue: %+v", x)
	}
	x = check(routing.ExpressionQuery{Kind: expr.Target, Expression: `worker.level > task.level`})
	if x.Of != 3 || x.Matching != 3 || x.Matches != nil {
		t.Errorf("target without a task: %+v", x)
	}
	x = check(routing.ExpressionQuery{
		Kind: expr.Target, Expression: `worker.level > task.level`, Attributes: new(`{"level":4}`),
	})
	if x.Matching != 2 || *x.Others[0].Sentence != "worker.level is 3, task.level is 4" {
		t.Errorf("target with a task: %+v", x)
	}
	x = check(routing.ExpressionQuery{
		Kind: expr.Task, Expression: `a == 1 AND a == 2`, Tasks: []*taskrouter.Task{
			{SID: "WT1", Attributes: `{"a":1}`}},
	})
	if *x.Never != "a == 1 excludes a == 2" || x.Of != 1 || x.Matching != 0 {
		t.Errorf("task: %+v", x)
	}
	x = check(routing.ExpressionQuery{
		Kind: expr.Skip, Expression: `workers.available < 2 AND workers.WA00000000000000000000000000000000 == 0`, Queue: "sales",
	})
	if !*x.Matches || x.Counts["available"] != 1 || x.Of != 2 ||
		!slices.Equal(x.Unknown, []string{"workers.WA00000000000000000000000000000000"}) {
		t.Errorf("skip: %+v", x)
	}
	x = check(routing.ExpressionQuery{Kind: expr.Worker, Expression: `level-5 > 3`})
	if x.Valid || x.Error.Column != 6 || x.Error.Width != 2 || *x.Error.Found != "-5" ||
		*x.Error.Hint == "" {
		t.Errorf("error: %+v", x.Error)
	}
	for _, bad := range []routing.ExpressionQuery{
		{Expression: "a == 1", Queue: "WQnone"}, {Expression: "a == 1", Attributes: new("[")},
	} {
		if _, err := scene.CheckExpression(bad); taskrouter.KindOf(err) != taskrouter.Invalid {
			t.Errorf("%+v: got %v", bad, err)
		}
	}
}

// TestCheckHintsAtSIDs: who names a queue as people do is told its SID.
func TestCheckHintsAtSIDs(t *testing.T) {
	t.Parallel()
	scene := staffed(t)
	var named *taskrouter.TaskQueue
	for _, q := range scene.Catalog.TaskQueues() {
		if q.FriendlyName != string(q.SID) {
			named = q
		}
	}
	if named == nil {
		t.Fatal("no queue of the scene has a name of its own")
	}
	check := scene.CheckWorkflow(`{"default_filter":{"queue":"`+named.FriendlyName+`"}}`, 0)
	if len(check.Findings) == 0 || check.Findings[0].Code != "queue_unknown" ||
		!strings.HasSuffix(check.Findings[0].Message, " is "+string(named.SID)) {
		t.Errorf("found %+v", check.Findings)
	}
}
