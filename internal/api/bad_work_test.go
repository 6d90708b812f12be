package api_test

import (
	"fmt"
	"net/http/httptest"
	"strings"
	"testing"

	"taskrouter"
)

func TestBadTasks(t *testing.T) {
	t.Parallel()
	const theTask = "/Tasks/{task}"
	before := func(c *client) {
		foreign(c)
		must(c, "POST", "/v1/Workspaces/{ws}/Tasks/{task}/Reservations/{reservation}",
			"ReservationStatus=accepted")
		c.create("second", "/Workflows", `FriendlyName=Second&Configuration=`+
			`{"task_routing":{"filters":[{"expression":"1==2","targets":[{"queue":"{queue}"}]}]}}`)
		c.create("waiting", "/Tasks", "WorkflowSid={workflow}")
		c.create("email", "/TaskChannels", "FriendlyName=Email&UniqueName=email")
		c.create("letter", "/Tasks", "WorkflowSid={workflow}&TaskChannel=email")
	}
	refuse(t, newWorld(t), before, []refusal{
		{name: "no workflow among several", path: "/Tasks", pointer: "/WorkflowSid", want: "WorkflowSid field is required"},
		{name: "workflow of nothing", path: "/Tasks", form: "WorkflowSid={no-workflow}", pointer: "/WorkflowSid", want: "is no workflow of workspace {ws}"},
		{name: "workflow of another account", path: "/Tasks", form: "WorkflowSid={their-workflow}", pointer: "/WorkflowSid", want: "is no workflow of workspace {ws}"},
		{name: "workflow of another workspace", path: "/Tasks", form: "WorkflowSid={next-workflow}", pointer: "/WorkflowSid"},
		{name: "a queue as workflow", path: "/Tasks", form: "WorkflowSid={queue}", pointer: "/WorkflowSid", want: "must be a SID, WW"},
		{name: "the first of two workflows counts", path: "/Tasks", form: "WorkflowSid={no-workflow}&WorkflowSid={workflow}", pointer: "/WorkflowSid"},
		{name: "target that is none", path: "/Tasks", form: "RoutingTarget=Alice", pointer: "/RoutingTarget", want: "must be the SID of a worker"},
		{name: "worker of another account", path: "/Tasks", form: "RoutingTarget={their-worker}", pointer: "/RoutingTarget", want: "is no worker, task queue or workflow of workspace {ws}"},
		{name: "queue of another workspace", path: "/Tasks", form: "RoutingTarget={next-queue}", pointer: "/RoutingTarget"},
		{name: "task queue of another account", path: "/Tasks", form: "RoutingTarget={alice}&TaskQueueSid={their-queue}", pointer: "/TaskQueueSid", want: "is no task queue of workspace {ws}"},
		{name: "attributes that no filter takes", path: "/Tasks", form: "WorkflowSid={second}", pointer: "/Attributes", want: "match no filter of workflow {second}"},
		{name: "attributes that are a text", path: "/Tasks", form: `WorkflowSid={workflow}&Attributes="a"`, pointer: "/Attributes"},
		{name: "long attributes", path: "/Tasks", form: `WorkflowSid={workflow}&Attributes={"a":"` + strings.Repeat("ä", 4090) + `"}`, pointer: "/Attributes", want: "4098 characters"},
		{name: "priority as a word", path: "/Tasks", form: "WorkflowSid={workflow}&Priority=high", pointer: "/Priority", want: "must be a whole number from 0"},
		{name: "priority below zero", path: "/Tasks", form: "WorkflowSid={workflow}&Priority=-1", pointer: "/Priority"},
		{name: "priority beyond numbers", path: "/Tasks", form: "WorkflowSid={workflow}&Priority=2147483648", pointer: "/Priority"},
		{name: "no time", path: "/Tasks", form: "WorkflowSid={workflow}&Timeout=0", pointer: "/Timeout", want: "from 1 to 1209600"},
		{name: "too much time", path: "/Tasks", form: "WorkflowSid={workflow}&Timeout=1209601", pointer: "/Timeout"},
		{name: "start in the future", path: "/Tasks", form: "WorkflowSid={workflow}&VirtualStartTime=2999-01-01T00:00:00Z", pointer: "/VirtualStartTime", want: "in the future"},
		{name: "start before time", path: "/Tasks", form: "WorkflowSid={workflow}&VirtualStartTime=1899-12-31", pointer: "/VirtualStartTime", want: "before the year 1900"},
		{name: "start that is no date", path: "/Tasks", form: "WorkflowSid={workflow}&VirtualStartTime=now", pointer: "/VirtualStartTime", want: "ISO 8601"},
		{name: "channel of nothing", path: "/Tasks", form: "WorkflowSid={workflow}&TaskChannel=x", pointer: "/TaskChannel", want: "create it or use default"},
		{name: "channel of another workspace", path: "/Tasks", form: "WorkflowSid={workflow}&TaskChannel={next-channel}", pointer: "/TaskChannel"},
		{name: "channel with a long name", path: "/Tasks", form: "WorkflowSid={workflow}&TaskChannel=" + strings.Repeat("y", 10_000), pointer: "/TaskChannel", want: strings.Repeat("y", 80) + `…\" is no task channel`},

		{name: "status that can't be asked for", path: theTask, form: "AssignmentStatus=reserved", pointer: "/AssignmentStatus", want: "canceled, wrapping or completed"},
		{name: "cancellation of what is assigned", path: theTask, form: "AssignmentStatus=canceled&Reason=a", want: "Cannot cancel task {task} in workspace {ws} for account {account} because it is not pending or reserved."},
		{name: "completion of what waits", path: "/Tasks/{waiting}", form: "AssignmentStatus=completed", want: "Cannot complete task {waiting}"},
		{name: "wrapping of what waits", path: "/Tasks/{waiting}", form: "AssignmentStatus=wrapping", want: "Cannot wrap up a task {waiting}"},
		{name: "long reason", path: "/Tasks/{waiting}", form: "AssignmentStatus=canceled&Reason=" + strings.Repeat("x", 4097), pointer: "/Reason", want: "at most 4096"},
		{name: "status and attributes", path: theTask, form: "AssignmentStatus=completed&Attributes={}", pointer: "/Attributes", want: "need two requests"},
		{name: "another channel while assigned", path: theTask, form: "TaskChannel=email", pointer: "/TaskChannel", want: "only a pending or reserved task can change its channel"},
		{name: "another priority beside a wrong date", path: "/Tasks/{waiting}", form: "Priority=9&VirtualStartTime=soon", pointer: "/VirtualStartTime"},
		{name: "stale version", path: theTask, form: "Priority=5", header: []string{"If-Match", "0"}, status: 412, want: "task {task} is at version 3, the request was made for version 0; read it again"},
		{name: "version that is none", path: theTask, form: "Priority=5", header: []string{"If-Match", `"*"`}, status: 412, want: "names no version"},
		{name: "stale deletion", method: "DELETE", path: theTask, header: []string{"If-Match", `W/"0"`}, status: 412},
		{name: "deletion with a version that is none", method: "DELETE", path: theTask, header: []string{"If-Match", "''"}, status: 412},
		{name: "deletion of another account's", method: "DELETE", path: "/Tasks/{their-task}", status: 404},
		{name: "update of another workspace's", path: "/Tasks/{next-task}", form: "Priority=1", status: 404},
		{name: "long idempotency token", path: theTask, form: "Priority=5", header: []string{"I-Twilio-Idempotency-Token", strings.Repeat("x", 129)}, want: "at most 128"},

		{name: "deletion of a channel with tasks", method: "DELETE", path: "/TaskChannels/email", want: `task channel \"email\" ({email}) can't be deleted: task {letter} is on it; finish or delete its tasks first`},
		{name: "deletion of a workflow with tasks", method: "DELETE", path: "/Workflows/{workflow}", want: `workflow \"First\" ({workflow}) can't be deleted: task {waiting} in it is pending; cancel its waiting tasks first`},
		{name: "deletion of a worker with work", method: "DELETE", path: "/Workers/{alice}", want: "reservation {reservation} of task {task} is accepted; end it first"},

		{name: "list by a status that is none", method: "GET", path: "/Tasks", form: "AssignmentStatus=pending,lost", pointer: "/AssignmentStatus", want: `not \"lost\"`},
		{name: "list by ten thousand statuses", method: "GET", path: "/Tasks", form: "AssignmentStatus=" + strings.Repeat("lost,", 10_000), pointer: "/AssignmentStatus"},
		{name: "list by an expression that does not parse", method: "GET", path: "/Tasks", form: "EvaluateTaskAttributes=a HAS", pointer: "/EvaluateTaskAttributes"},
		{name: "list in too many orders", method: "GET", path: "/Tasks", form: "Ordering=" + strings.Repeat("Priority:asc,", 100), pointer: "/Ordering"},
		{name: "explanation for a worker that is none", method: "GET", path: "/Tasks/{waiting}/Explanation", form: "WorkerSid=alice", pointer: "/WorkerSid"},
		{name: "explanation for another account's worker", method: "GET", path: "/Tasks/{waiting}/Explanation", form: "WorkerSid={their-worker}", pointer: "/WorkerSid", want: "{ws}"},
		{name: "explanation from its end", method: "GET", path: "/Tasks/{waiting}/Explanation", form: "PageToken=PB{alice}.0", pointer: "/PageToken", want: "backwards"},
		{name: "explanation of another workspace's", method: "GET", path: "/Tasks/{next-task}/Explanation", status: 404},
	})
}

func TestBadReservations(t *testing.T) {
	t.Parallel()
	const mine, ofTask = "/Workers/{alice}/Reservations/{reservation}", "/Tasks/{task}/Reservations/{reservation}"
	before := func(c *client) {
		foreign(c)
		c.create("bob", "/Workers", "FriendlyName=Bob")
		c.create("waiting", "/Tasks", "WorkflowSid={workflow}")
	}
	refuse(t, newWorld(t), before, []refusal{
		{name: "nothing", path: mine, pointer: "/ReservationStatus", want: "the update says nothing"},
		{name: "unknown parameters", path: mine, form: "Status=accepted", pointer: "/ReservationStatus"},
		{name: "unknown status", path: mine, form: "ReservationStatus=taken", pointer: "/ReservationStatus", want: "accepted, rejected, wrapping or completed"},
		{name: "status that can't be asked for", path: ofTask, form: "ReservationStatus=timeout", pointer: "/ReservationStatus"},
		{name: "the first of two counts", path: mine, form: "ReservationStatus=taken&ReservationStatus=accepted", pointer: "/ReservationStatus"},
		{name: "wrapping before it is accepted", path: mine, form: "ReservationStatus=wrapping", want: "reservation {reservation} is pending, so it can't become wrapping; accept it first"},
		{name: "completion before it is accepted", path: ofTask, form: "ReservationStatus=completed", want: "accept it first"},
		{name: "activity of another account", path: mine, form: "ReservationStatus=rejected&WorkerActivitySid={their-activity}", pointer: "/WorkerActivitySid", want: "is no activity of workspace {ws}"},
		{name: "activity with another status", path: mine, form: "ReservationStatus=accepted&WorkerActivitySid={offline}", pointer: "/WorkerActivitySid", want: "ReservationStatus=rejected only"},
		{name: "unknown instruction", path: mine, form: "Instruction=sing", pointer: "/Instruction"},
		{name: "instruction beside another status", path: mine, form: "Instruction=accept&ReservationStatus=rejected", pointer: "/Instruction", want: "can't be combined"},
		{name: "call from nobody", path: mine, form: "Instruction=call&CallUrl=https://example.com", pointer: "/CallFrom", want: "Missing"},
		{name: "call to no URL", path: mine, form: "Instruction=call&CallFrom=a&CallUrl=x", pointer: "/CallUrl"},
		{name: "redirect of no call", path: mine, form: "Instruction=redirect&RedirectCallSid=x&RedirectUrl=https://example.com", pointer: "/RedirectCallSid"},
		{name: "dequeue that rings too long", path: mine, form: "Instruction=dequeue&DequeueTimeout=1000", pointer: "/DequeueTimeout"},
		{name: "conference of one", path: mine, form: "Instruction=conference&MaxParticipants=1", pointer: "/MaxParticipants", want: "from 2 to 250"},
		{name: "supervising what is offered only", path: ofTask, form: "Instruction=supervise&Supervisor={alice}", want: "only accepted and wrapping reservations can be supervised"},
		{name: "stale version", path: mine, form: "ReservationStatus=accepted", header: []string{"If-Match", `"7"`}, status: 412, want: "reservation {reservation} is at version 0"},
		{name: "version that is none", path: ofTask, form: "ReservationStatus=accepted", header: []string{"If-Match", "latest"}, status: 412, want: "If-Match latest names no version"},
		{name: "of another worker", path: "/Workers/{bob}/Reservations/{reservation}", form: "ReservationStatus=accepted", status: 404},
		{name: "of another task", path: "/Tasks/{waiting}/Reservations/{reservation}", form: "ReservationStatus=accepted", status: 404},
		{name: "of another account's task", path: "/Tasks/{their-task}/Reservations/{reservation}", form: "ReservationStatus=accepted", status: 404},
		{name: "in another workspace", path: "/v1/Workspaces/{next}/Workers/{alice}/Reservations/{reservation}", form: "ReservationStatus=accepted", status: 404},
		{name: "deletion", method: "DELETE", path: mine, status: 405, code: 20004},
		{name: "list by a worker that is none", method: "GET", path: "/Tasks/{task}/Reservations", form: "WorkerSid={task}", pointer: "/WorkerSid"},
		{name: "list by a status that is none", method: "GET", path: "/Workers/{alice}/Reservations", form: "ReservationStatus=lost", pointer: "/ReservationStatus"},
	})
}

// routes writes a configuration with the filters.
func routes(filters string) string { return `{"task_routing":{"filters":[` + filters + `]}}` }

// Every mistake in a configuration is told with its place, by create, update and dry run alike.
func TestBadConfigurations(t *testing.T) {
	t.Parallel()
	const good = `{"expression":"1==1","targets":[{"queue":"{queue}"}]}`
	target := func(text string) string {
		return routes(good + `,{"expression":"1==1","targets":[{"queue":"{queue}"},` + text + `]}`)
	}
	const at = "/Configuration/task_routing/filters/1/targets/1"
	places := []refusal{
		{name: "empty", form: "", pointer: "/Configuration"},
		{name: "no JSON", form: "{", pointer: "/Configuration", want: "not valid JSON"},
		{name: "a list", form: "[]", pointer: "/Configuration", want: "can't be a JSON array"},
		{name: "no filters", form: "{}", pointer: "/Configuration", want: "routes nothing"},
		{name: "filters as text", form: `{"task_routing":{"filters":"all"}}`, pointer: "/Configuration", want: "task_routing.filters can't be a JSON string"},
		{name: "nested ten thousand times", form: `{"a":` + strings.Repeat("[", 10_000) + strings.Repeat("]", 10_000) + "}", pointer: "/Configuration", want: "exceeded max depth"},
		{name: "a megabyte and a byte", form: "{" + strings.Repeat(" ", taskrouter.MaxConfiguration-1) + "}", pointer: "/Configuration", want: "1038577 bytes long; at most 1038576"},
		{name: "filter without an expression", form: routes(`{"targets":[{"queue":"{queue}"}]}`), pointer: "/Configuration/task_routing/filters/0/expression", want: "filters[0].expression is missing"},
		{name: "filter that does not parse", form: routes(good + `,{"expression":"a ==","targets":[{"queue":"{queue}"}]}`), pointer: "/Configuration/task_routing/filters/1/expression", want: "filters[1].expression does not parse"},
		{name: "filter that nests too deep", form: routes(`{"expression":"` + strings.Repeat("(", 10_000) + `a==1` + strings.Repeat(")", 10_000) + `","targets":[{"queue":"{queue}"}]}`), pointer: "/Configuration/task_routing/filters/0/expression", want: "deeper than 64 levels"},
		{name: "filter without targets", form: routes(`{"expression":"1==1"}`), pointer: "/Configuration/task_routing/filters/0/targets", want: "at least one target"},
		{name: "first target without a queue", form: routes(`{"expression":"1==1","targets":[{}]}`), pointer: "/Configuration/task_routing/filters/0/targets/0/queue", want: "filters[0].targets[0].queue is missing"},
		{name: "queue of nothing", form: target(`{"queue":"{no-queue}"}`), pointer: at + "/queue", want: `filters[1].targets[1].queue \"{no-queue}\" is no task queue of workspace {ws}`},
		{name: "queue of another account", form: target(`{"queue":"{their-queue}"}`), pointer: at + "/queue"},
		{name: "queue of another workspace", form: target(`{"queue":"{next-queue}"}`), pointer: at + "/queue"},
		{name: "long queue", form: target(`{"queue":"` + strings.Repeat("x", 10_000) + `"}`), pointer: at + "/queue", want: `x…\" is no task queue`},
		{name: "priority below zero", form: target(`{"priority":-1}`), pointer: at + "/priority", want: "filters[1].targets[1].priority is -1; it must be a whole number"},
		{name: "long priority", form: target(`{"priority":"` + strings.Repeat("9", 10_000) + `"}`), pointer: at + "/priority", want: "9…; it must be"},
		{name: "timeout of nothing", form: target(`{"timeout":0}`), pointer: at + "/timeout", want: "whole number of seconds from 1"},
		{name: "target that does not parse", form: target(`{"expression":"worker.a HAS"}`), pointer: at + "/expression"},
		{name: "order that does not parse", form: target(`{"order_by":"worker.a UP"}`), pointer: at + "/order_by"},
		{name: "skip that does not parse", form: target(`{"skip_if":"workers.available =="}`), pointer: at + "/skip_if"},
		{name: "known worker that is no attribute", form: target(`{"known_worker_sid":"worker.a"}`), pointer: at + "/known_worker_sid"},
		{name: "two known workers", form: target(`{"known_worker_sid":"task.a","known_worker_friendly_name":"task.b"}`), pointer: at, want: "keep one"},
		{name: "default without a queue", form: `{"task_routing":{"default_filter":{}}}`, pointer: "/Configuration/task_routing/default_filter/queue", want: "default_filter.queue is missing"},
		{name: "default of nothing, without task_routing", form: `{"default_filter":{"queue":"{no-queue}"}}`, pointer: "/Configuration/default_filter/queue"},
	}
	var all []refusal
	for verb, path := range map[string]string{
		"create": "/Workflows", "update": "/Workflows/{workflow}", "try": "/Workflows/DryRun",
		"try another": "/Workflows/{workflow}/DryRun",
	} {
		for _, r := range places {
			if r.form == "" && verb == "try another" {
				continue // which tries the one that is saved
			}
			r.name, r.path = verb+": "+r.name, path
			r.form = "FriendlyName=New&Configuration=" + r.form
			all = append(all, r)
		}
	}
	refuse(t, newWorld(t), foreign, all)
}

func TestBadWorkflows(t *testing.T) {
	t.Parallel()
	const first = "/Workflows/{workflow}"
	longest := strings.Repeat("ä", 4097) // the name of a workflow may be longer than others
	config := "&Configuration=" + routes(`{"expression":"1==1","targets":[{"queue":"{queue}"}]}`)
	refuse(t, newWorld(t), foreign, []refusal{
		{name: "no name", path: "/Workflows", form: config[1:], pointer: "/FriendlyName", want: "Missing"},
		{name: "long name", path: "/Workflows", form: "FriendlyName=" + longest + config, pointer: "/FriendlyName", want: "4097 characters long; at most 4096"},
		{name: "no configuration", path: "/Workflows", form: "FriendlyName=a", pointer: "/Configuration", want: "Missing"},
		{name: "empty name in an update", path: first, form: "FriendlyName=", pointer: "/FriendlyName", want: "is empty"},
		{name: "long name in an update", path: first, form: "FriendlyName=" + longest, pointer: "/FriendlyName"},
		{name: "URL that is none", path: first, form: "AssignmentCallbackUrl=/assign", pointer: "/AssignmentCallbackUrl"},
		{name: "long URL", path: first, form: "FallbackAssignmentCallbackUrl=https://a.example/" + strings.Repeat("x", 10_000), pointer: "/FallbackAssignmentCallbackUrl"},
		{name: "no time to answer", path: first, form: "TaskReservationTimeout=0", pointer: "/TaskReservationTimeout", want: "from 1 to 86400"},
		{name: "time to answer as a word", path: "/Workflows", form: "FriendlyName=a&TaskReservationTimeout=1m" + config, pointer: "/TaskReservationTimeout"},
		{name: "update of another account's", path: "/Workflows/{their-workflow}", form: "FriendlyName=a", status: 404},
		{name: "deletion of another workspace's", method: "DELETE", path: "/Workflows/{next-workflow}", status: 404},
		{name: "deletion of one with tasks", method: "DELETE", path: first, want: "task {task} in it is reserved"},

		{name: "trial in another account's", path: "/Workflows/{their-workflow}/DryRun", status: 404},
		{name: "trial of nothing", path: "/Workflows/DryRun", pointer: "/Configuration", want: "Missing"},
		{name: "trial with wrong attributes", path: first + "/DryRun", form: "Attributes=[]", pointer: "/Attributes"},
		{name: "trial on no channel", path: first + "/DryRun", form: "TaskChannel=x", pointer: "/TaskChannel"},
		{name: "trial with a wrong priority", path: first + "/DryRun", form: "Priority=x", pointer: "/Priority"},
		{name: "trial in the future", path: first + "/DryRun", form: "VirtualStartTime=2999-01-01", pointer: "/VirtualStartTime"},
		{name: "trial with workers that are no list", path: first + "/DryRun", form: "Workers={}", pointer: "/Workers"},
		{name: "trial with workers of unknown keys", path: first + "/DryRun", form: `Workers=[{"name":"a"}]`, pointer: "/Workers"},
		{name: "trial with workers that nest", path: first + "/DryRun", form: "Workers=" + strings.Repeat("[", 20_000), pointer: "/Workers"},
		{name: "trial with wrong attributes of a worker", path: first + "/DryRun", form: `Workers=[{"friendly_name":"a","attributes":[]}]`, pointer: "/Workers/0", want: "Workers[0]: attributes must be a JSON object"},
		{name: "check of nothing", path: "/Workflows/Check", pointer: "/Configuration", want: "Missing"},
		{name: "check with a wrong time", path: "/Workflows/Check", form: "Configuration={}&TaskReservationTimeout=0", pointer: "/TaskReservationTimeout"},
		{name: "expression of no scope", path: "/Expressions/Check", form: "Expression=1==1", pointer: "/Scope", want: "Missing"},
		{name: "expression of an unknown scope", path: "/Expressions/Check", form: "Scope=Worker&Expression=1==1", pointer: "/Scope", want: "skip, target, task or worker"},
		{name: "no expression", path: "/Expressions/Check", form: "Scope=worker", pointer: "/Expression", want: "Missing"},
		{name: "expression with wrong attributes", path: "/Expressions/Check", form: "Scope=task&Expression=a==1&Attributes=[]", pointer: "/Attributes"},
		{name: "expression in another account's queue", path: "/Expressions/Check", form: "Scope=target&Expression=1==1&TaskQueueSid={their-queue}", pointer: "/TaskQueueSid"},
	})
}

// What is large and right is taken, and what is large and wrong is found, wherever a configuration
// may be given.
func TestLargeConfigurations(t *testing.T) {
	t.Parallel()
	c := newWorld(t).client(t)
	var filters []string
	for i := range 10_000 {
		filters = append(filters, c.expand(fmt.Sprintf(
			`{"expression":"n==%d","targets":[{"queue":"{queue}"}]}`, i)))
	}
	right := routes(strings.Join(filters, ","))
	right += strings.Repeat(" ", taskrouter.MaxConfiguration-len(right))
	wrong := strings.Replace(right, `"n==9999"`, `"n=!9999"`, 1)
	deep := routes(`{"expression":"` + strings.Repeat("(", 10_000) + `a==1` +
		strings.Repeat(")", 10_000) + `","targets":[{"queue":"` + c.expand("{queue}") + `"}]}`)
	const last = `"pointer":"/Configuration/task_routing/filters/9999/expression"`
	for _, tt := range []struct {
		name, path, config string
		status             int
		want               string
	}{
		{"create", "/Workflows", right, 201, `"friendly_name":"Large"`},
		{"create with a mistake", "/Workflows", wrong, 400, last},
		{"update", "/Workflows/{workflow}", right, 200, `"friendly_name":"Large"`},
		{"update with a mistake", "/Workflows/{workflow}", wrong, 400, last},
		{"check", "/Workflows/Check", right, 200, `"valid":true`},
		{"check with a mistake", "/Workflows/Check", wrong, 200, `"valid":false`},
		{"check what nests", "/Workflows/Check", deep, 200, "deeper than 64 levels"},
		{"try", "/Workflows/DryRun", right, 200, "of filter 9999:"},
		{"try a mistake", "/Workflows/DryRun", wrong, 400, last},
		{"try in another", "/Workflows/{workflow}/DryRun", right, 200, "of filter 9999:"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			c := *c
			c.TB = t
			a := c.do("POST", "/v1/Workspaces/{ws}"+tt.path, `FriendlyName=Large&Attributes={"n":9998}`+
				"&Configuration="+tt.config)
			if a.status != tt.status || !strings.Contains(a.body, tt.want) {
				t.Errorf("status %d, want %d with %s: %.500s", a.status, tt.status, tt.want, a.body)
			}
		})
	}
}

func TestBadHistory(t *testing.T) {
	t.Parallel()
	var list []refusal
	for _, path := range []string{"/Events", "/Alerts"} {
		for _, r := range []refusal{
			{name: "a task that is none", form: "TaskSid={alice}", pointer: "/TaskSid"},
			{name: "a worker that is none", form: "WorkerSid=me", pointer: "/WorkerSid"},
			{name: "a workflow that is none", form: "WorkflowSid=1", pointer: "/WorkflowSid"},
			{name: "a SID that is none", form: "Sid={task}", pointer: "/Sid"},
			{name: "no minutes", form: "Minutes=0", pointer: "/Minutes"},
			{name: "minutes as a word", form: "Minutes=ten", pointer: "/Minutes"},
			{name: "a start that is no date", form: "StartDate=today", pointer: "/StartDate"},
			{name: "a start too far back", form: "StartDate=2001-01-01", pointer: "/StartDate", want: "30 days"},
			{name: "a start after the end", form: "StartDate=2999-01-02&EndDate=2999-01-01", pointer: "/StartDate", want: "after EndDate"},
			{name: "an end that is no date", form: "EndDate=-1", pointer: "/EndDate"},
			{name: "a place before the first", form: "AfterSequence=-1", pointer: "/AfterSequence"},
			{name: "a page by its number", form: "Page=2", code: 40153, pointer: "/Page"},
			{name: "a page that is none", form: "PageSize=many", pointer: "/PageSize"},
			{name: "a token of another list", form: "PageToken=PA{task}", pointer: "/PageToken"},
		} {
			r.name, r.method, r.path = path+" with "+r.name, "GET", path
			list = append(list, r)
		}
	}
	refuse(t, newWorld(t), foreign, append(list, []refusal{
		{name: "too many types", method: "GET", path: "/Events", form: "EventType=" + strings.Repeat("a,", 51), pointer: "/EventType", want: "51 times; at most 50"},
		{name: "long search", method: "GET", path: "/Events", form: "Search=" + strings.Repeat("ä", 101), pointer: "/Search", want: "101 characters"},
		{name: "queue that is none", method: "GET", path: "/Events", form: "TaskQueueSid={alice}", pointer: "/TaskQueueSid"},
		{name: "reservation that is none", method: "GET", path: "/Events", form: "ReservationSid={alice}", pointer: "/ReservationSid"},
		{name: "unknown level", method: "GET", path: "/Alerts", form: "LogLevel=loud", pointer: "/LogLevel"},
		{name: "code that is none", method: "GET", path: "/Alerts", form: "ErrorCode=x", pointer: "/ErrorCode"},
		{name: "events of another account", method: "GET", path: "/v1/Workspaces/{foreign}/Events", status: 404},
		{name: "alerts of another account", method: "GET", path: "/v1/Workspaces/{foreign}/Alerts", status: 404},
		{name: "an event that is none", method: "GET", path: "/Events/{task}", status: 404},
		{name: "an alert that is none", method: "GET", path: "/Alerts/{task}", status: 404},
		{name: "timeline of another account's task", method: "GET", path: "/Tasks/{their-task}/Timeline", status: 404},
		{name: "timeline of another workspace's task", method: "GET", path: "/Tasks/{next-task}/Timeline", status: 404},
		{name: "timeline with a wrong token", method: "GET", path: "/Tasks/{task}/Timeline", form: "PageToken=PA{task}", pointer: "/PageToken"},
		{name: "deletion of events", method: "DELETE", path: "/Events", status: 405, code: 20004},
	}...))
}

func TestBadStatistics(t *testing.T) {
	t.Parallel()
	hundred := ""
	for i := range 100 {
		hundred += fmt.Sprint(",", i+2)
	}
	var list []refusal
	for path, splits := range map[string]bool{
		"/CumulativeStatistics": true, "/Statistics": true, "/Workers/Statistics": false,
		"/Workers/CumulativeStatistics": false, "/Workers/{alice}/Statistics": false,
		"/TaskQueues/Statistics": true, "/TaskQueues/{queue}/CumulativeStatistics": true,
		"/TaskQueues/{queue}/Statistics": true, "/Workflows/{workflow}/Statistics": true,
		"/Workflows/{workflow}/CumulativeStatistics": true,
	} {
		for _, r := range []refusal{
			{name: "no minutes", form: "Minutes=0", pointer: "/Minutes"},
			{name: "minutes beyond numbers", form: "Minutes=99999999999999999999", pointer: "/Minutes"},
			{name: "a start that is no date", form: "StartDate=today", pointer: "/StartDate"},
			{name: "a start too far back", form: "StartDate=2001-01-01", code: 14241, pointer: "/StartDate"},
			{name: "an end before the start", form: "StartDate=2999-01-02&EndDate=2999-01-01", pointer: "/StartDate"},
			{name: "an end that is no date", form: "EndDate=0000", pointer: "/EndDate"},
			{name: "a channel of nothing", form: "TaskChannel=x", pointer: "/TaskChannel", want: "no task channel of workspace {ws}"},
			{name: "a channel of another workspace", form: "TaskChannel={next-channel}", pointer: "/TaskChannel"},
			{name: "splits as words", form: "SplitByWaitTime=short,long", pointer: "/SplitByWaitTime"},
			{name: "splits below zero", form: "SplitByWaitTime=-5", pointer: "/SplitByWaitTime"},
			{name: "too many splits", form: "SplitByWaitTime=1" + hundred, pointer: "/SplitByWaitTime"},
		} {
			if r.pointer == "/SplitByWaitTime" && !splits {
				continue
			}
			r.name, r.method, r.path = path+" with "+r.name, "GET", path
			list = append(list, r)
		}
	}
	refuse(t, newWorld(t), foreign, append(list, []refusal{
		{name: "real time of a channel of nothing", method: "GET", path: "/RealTimeStatistics", form: "TaskChannel=x", pointer: "/TaskChannel"},
		{name: "workers of a queue that is none", method: "GET", path: "/Workers/Statistics", form: "TaskQueueSid=x", pointer: "/TaskQueueSid"},
		{name: "of another account", method: "GET", path: "/v1/Workspaces/{foreign}/Statistics", status: 404},
		{name: "of another account's worker", method: "GET", path: "/Workers/{their-worker}/Statistics", status: 404},
		{name: "of another account's queue", method: "GET", path: "/TaskQueues/{their-queue}/Statistics", status: 404},
		{name: "of another workspace's workflow", method: "GET", path: "/Workflows/{next-workflow}/RealTimeStatistics", status: 404},
		{name: "of a worker as a queue", method: "GET", path: "/TaskQueues/{alice}/RealTimeStatistics", status: 404},
	}...))
}

// Many queues are asked for in JSON. The request may be made a few times a second only, so each
// has a world of its own.
func TestBadBulk(t *testing.T) {
	t.Parallel()
	for _, tt := range []struct {
		name, body string
		pointer    bool
		want       string
	}{
		{"nothing", "", true, "must be a JSON object"},
		{"a form", "QueueSids={queue}", true, "must be a JSON object"},
		{"a list", `["{queue}"]`, true, "must be a JSON object"},
		{"no queues", `{"QueueSids":[]}`, true, "lists 0 queues; it must list 1 to 50"},
		{"unknown keys", `{"Queues":["{queue}"]}`, true, "lists 0 queues"},
		{"numbers", `{"QueueSids":[1]}`, true, "must be a JSON object"},
		{"too many queues", `{"QueueSids":["{queue}"` + strings.Repeat(`,"{queue}"`, 50) + `]}`, true, "lists 51 queues"},
		{"a worker", `{"QueueSids":["{alice}"]}`, true, `{alice}\" is none`},
		{"brackets", strings.Repeat("[", 100_000), true, "must be a JSON object"},
		{"five million bytes", strings.Repeat(" ", 5_000_000), false, "larger than 4194304 bytes"},
	} {
		t.Run(tt.name, func(t *testing.T) {
			t.Parallel()
			c := newWorld(t).client(t)
			r := httptest.NewRequest("POST",
				c.expand("/v1/Workspaces/{ws}/TaskQueues/RealTimeStatistics"),
				strings.NewReader(c.expand(tt.body)))
			r.Header.Set("Content-Type", "application/json")
			r.SetBasicAuth(string(account), password)
			a := c.send(r)
			if a.status != 400 || !strings.Contains(a.body, c.expand(tt.want)) {
				t.Errorf("status %d, want 400 with %q: %s", a.status, tt.want, a.body)
			}
			if got := strings.Contains(a.body, `"pointer":"/QueueSids"`); got != tt.pointer {
				t.Errorf("points at QueueSids: %v, want %v: %s", got, tt.pointer, a.body)
			}
		})
	}
}
