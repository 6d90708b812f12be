package api_test

import (
	"strings"
	"testing"
)

func TestTaskCreate(t *testing.T) {
	t.Parallel()
	offered := []string{
		"task.created", "workflow.entered", "workflow.target-matched", "task-queue.entered",
		"reservation.created",
	}
	away := func(c *client) {
		must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}", "ActivitySid={offline}")
	}
	var scenarios []scenario
	for _, s := range []scenario{
		{
			name: "with everything", before: away,
			form: `WorkflowSid={workflow}&Attributes={"type":"sales"}&TaskChannel=voice&Priority=7` +
				`&Timeout=60&VirtualStartTime=2020-01-01T12:00:00%2B02:00`,
			status: 201,
			want: []string{
				`"assignment_status":"pending"`, `"attributes":"{\"type\":\"sales\"}"`,
				`"priority":7`, `"timeout":60`, `"task_channel_unique_name":"voice"`,
				`"workflow_friendly_name":"First"`, `"addons":"{}"`, `"age":0`,
				`"virtual_start_time":"2020-01-01T10:00:00Z"`, `"reason":null`,
			},
			events: offered[:4],
		},
		{
			name: "the answer is pending, the worker is asked", form: "WorkflowSid={workflow}",
			status: 201, want: []string{`"assignment_status":"pending"`, `"attributes":"{}"`},
			events: offered,
			after: func(c *client, a answer) {
				if got := a.header.Get("ETag"); got != `"0"` {
					c.Errorf("ETag %s, want \"0\"", got)
				}
				c.name("task", a, "sid")
				b := must(c, "GET", "/v1/Workspaces/{ws}/Tasks/{task}", "").json(c)
				if b["assignment_status"] != "reserved" || b["task_queue_friendly_name"] != "Everyone" {
					c.Errorf("then it is %v in %v", b["assignment_status"], b["task_queue_friendly_name"])
				}
			},
		},
		{name: "the only workflow is implied", status: 201, want: []string{"{workflow}"}, events: offered},
		{
			name: "one of two workflows is not implied", status: 400, code: 20001,
			before: func(c *client) {
				c.create("second", "/Workflows", `FriendlyName=Second&Configuration=`+
					`{"task_routing":{"default_filter":{"queue":"{queue}"}}}`)
			},
			want: []string{"WorkflowSid field is required"},
		},
		{
			name: "for a worker", before: away, form: "RoutingTarget={alice}", status: 201,
			want:   []string{`"routing_target":"{alice}"`, `"ignore_capacity":true`, `"workflow_sid":null`},
			events: []string{"task.created", "task-queue.entered", "reservation.created"},
		},
		{
			name: "for a worker who is there", before: away, status: 201,
			form: "RoutingTarget={alice}&IgnoreCapacity=no", want: []string{`"ignore_capacity":false`},
			events: []string{"task.created", "task-queue.entered"},
		},
		{
			name: "for a queue", before: away, form: "RoutingTarget={queue}", status: 201,
			want: []string{`"routing_target":"{queue}"`}, events: []string{"task.created", "task-queue.entered"},
		},
		{
			name: "for something else", form: "RoutingTarget={available}", status: 400, code: 20001,
			want: []string{"RoutingTarget must be the SID of a worker (WK), task queue (WQ) or workflow (WW)"},
		},
		{
			name: "for nobody", form: "RoutingTarget={no-worker}", status: 400, code: 20001,
			want: []string{"{no-worker}"},
		},
		{
			name: "in an unknown workflow", form: "WorkflowSid={no-workflow}", status: 400, code: 20001,
			want: []string{"{no-workflow}"},
		},
		{name: "in a malformed workflow", form: "WorkflowSid=WW12", status: 400, code: 20001, want: []string{`\"WW12\"`}},
		{name: "on an unknown channel", form: "TaskChannel=fax", status: 400, code: 20001, want: []string{"fax"}},
		{name: "with attributes that are no JSON", form: "Attributes={a:1}", status: 400, code: 20001, want: []string{"attributes are not valid"}},
		{
			name: "with attributes too long", form: `Attributes={"a":"` + strings.Repeat("ü", 4089) + `"}`,
			status: 400, code: 20001, want: []string{"4097 characters"},
		},
		{
			name: "with attributes as long as allowed", before: away, status: 201,
			form: `Attributes={"a":"` + strings.Repeat("ü", 4088) + `"}`, events: offered[:4],
		},
		{name: "with a priority below zero", form: "Priority=-1", status: 400, code: 20001, want: []string{"Priority"}},
		{name: "with a priority too high", form: "Priority=2147483648", status: 400, code: 20001, want: []string{"from 0 to 2147483647"}},
		{name: "with a priority that is no number", form: "Priority=high", status: 400, code: 20001, want: []string{`not \"high\"`}},
		{name: "with a timeout too long", form: "Timeout=1209601", status: 400, code: 20001, want: []string{"Timeout"}},
		{name: "with no time at all", form: "Timeout=0", status: 400, code: 20001, want: []string{"Timeout"}},
		{name: "starting in the future", form: "VirtualStartTime=2999-01-01T00:00:00Z", status: 400, code: 20001, want: []string{"future"}},
		{name: "starting before 1900", form: "VirtualStartTime=1899-12-31T23:59:59Z", status: 400, code: 20001, want: []string{"1900"}},
		{name: "starting at no date", form: "VirtualStartTime=yesterday", status: 400, code: 20001, want: []string{"ISO 8601"}},
	} {
		s.method, s.path = "POST", "/Tasks"
		s.form = strings.ReplaceAll(s.form, "%2B", "+")
		scenarios = append(scenarios, s)
	}
	run(t, newWorld(t), scenarios)
}

func TestTasks(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "read", path: "/Tasks/{task}", before: task,
			want: []string{
				`"sid":"{task}"`, `"assignment_status":"reserved"`, `"task_queue_sid":"{queue}"`,
				`"reservations":"http://router.test/v1/Workspaces/{ws}/Tasks/{task}/Reservations"`,
				`"task_queue":"http://router.test/v1/Workspaces/{ws}/TaskQueues/{queue}"`,
			},
			lacks: []string{`"queue_sid"`, `"version"`},
		},
		{name: "read an unknown one", path: "/Tasks/{no-task}", status: 404, code: 20404},
		{
			name: "change attributes and priority", method: "POST", path: "/Tasks/{task}", before: task,
			form:   `Attributes={"type":"help"}&Priority=3&VirtualStartTime=2024-02-03T04:05:06Z`,
			want:   []string{`{\"type\":\"help\"}`, `"priority":3`, `"2024-02-03T04:05:06Z"`},
			events: []string{"task.updated"},
		},
		{
			name: "change the version it has", method: "POST", path: "/Tasks/{task}", before: task,
			header: []string{"If-Match", `"2"`}, form: "Priority=3", want: []string{`"priority":3`},
			events: []string{"task.updated"},
			after: func(c *client, a answer) {
				if got := a.header.Get("ETag"); got != `"3"` {
					c.Errorf("ETag %s, want \"3\"", got)
				}
			},
		},
		{
			name: "change any version", method: "POST", path: "/Tasks/{task}", before: task,
			header: []string{"If-Match", "*"}, form: "Priority=3", events: []string{"task.updated"},
		},
		{
			name: "change a version it does not have", method: "POST", path: "/Tasks/{task}",
			before: task, header: []string{"If-Match", `"0"`}, form: "Priority=3",
			status: 412, code: 20412, want: []string{"{task}"},
		},
		{
			name: "change what names no version", method: "POST", path: "/Tasks/{task}",
			before: task, header: []string{"If-Match", `"abc"`}, form: "Priority=3",
			status: 412, code: 20412,
		},
		{
			name: "cancel", method: "POST", path: "/Tasks/{task}", before: task,
			form:   "AssignmentStatus=canceled&Reason=nobody called",
			want:   []string{`"assignment_status":"canceled"`, `"reason":"nobody called"`},
			events: []string{"reservation.canceled", "task.canceled"},
		},
		{
			name: "cancel one that is assigned", method: "POST", path: "/Tasks/{task}",
			before: accepted, form: "AssignmentStatus=canceled", status: 400, code: 20001,
			want: []string{"Cannot cancel task {task} in workspace {ws} for account {account} " +
				"because it is not pending or reserved."},
		},
		{
			name: "wrap up", method: "POST", path: "/Tasks/{task}", before: accepted,
			form: "AssignmentStatus=wrapping", want: []string{`"assignment_status":"wrapping"`},
			events: []string{"task.wrapup", "reservation.wrapup"},
		},
		{
			name: "wrap up one that is not assigned", method: "POST", path: "/Tasks/{task}",
			before: task, form: "AssignmentStatus=wrapping", status: 400, code: 20001,
			want: []string{"Cannot wrap up a task {task} in workspace {ws} for account {account} " +
				"because it's not currently assigned"},
		},
		{
			name: "complete", method: "POST", path: "/Tasks/{task}", before: accepted,
			form:   "AssignmentStatus=completed&Reason=sold",
			want:   []string{`"assignment_status":"completed"`, `"reason":"sold"`},
			events: []string{"task.completed", "reservation.completed"},
		},
		{
			name: "complete one that is not assigned", method: "POST", path: "/Tasks/{task}",
			before: task, form: "AssignmentStatus=completed", status: 400, code: 20001,
			want: []string{"Cannot complete task {task} in workspace {ws} for account {account} " +
				"because it is not currently assigned."},
		},
		{
			name: "status and attributes in one request", method: "POST", path: "/Tasks/{task}",
			before: accepted, form: `AssignmentStatus=completed&Attributes={"a":1}`, status: 400,
			code: 20001, want: []string{"two requests"},
		},
		{
			name: "a status that can't be asked for", method: "POST", path: "/Tasks/{task}",
			before: task, form: "AssignmentStatus=assigned", status: 400, code: 20001,
			want: []string{`AssignmentStatus must be canceled, wrapping or completed, not \"assigned\"`},
		},
		{name: "update an unknown one", method: "POST", path: "/Tasks/{no-task}", form: "Priority=1", status: 404, code: 20404},
		{
			name: "delete a reserved one", method: "DELETE", path: "/Tasks/{task}", before: task,
			status: 204, events: []string{"reservation.canceled", "task.deleted"},
			after: func(c *client, _ answer) {
				a := c.do("GET", "/v1/Workspaces/{ws}/Workers/{alice}/Reservations/{reservation}", "")
				if a.status != 404 {
					c.Errorf("its reservation: %d, want 404", a.status)
				}
			},
		},
		{
			name: "delete an assigned one", method: "DELETE", path: "/Tasks/{task}", before: accepted,
			status: 204, events: []string{"reservation.completed", "task.deleted"},
		},
		{
			name: "delete a version it does not have", method: "DELETE", path: "/Tasks/{task}",
			before: task, header: []string{"If-Match", "1"}, status: 412, code: 20412,
		},
	})
}

func TestTaskList(t *testing.T) {
	t.Parallel()
	// One task is offered to alice; another waits on the channel chat, with priority 9, directly
	// in the queue.
	before := func(c *client) {
		must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}/Channels/chat", "Capacity=0")
		task(c)
		c.create("chat-task", "/Tasks", `RoutingTarget={queue}&TaskChannel=chat&Priority=9`+
			`&Attributes={"call_sid":"CA1"}&VirtualStartTime=2020-01-01T00:00:00Z`)
	}
	first, second := []string{`"sid":"{task}"`}, []string{`"sid":"{chat-task}"`}
	both := append(first, second...)
	order := func(want ...string) func(*client, answer) {
		return func(c *client, a answer) {
			for i, name := range want {
				want[i] = c.expand(name)
			}
			wantValues(c, a, "tasks", "sid", want...)
		}
	}
	var scenarios []scenario
	for _, s := range []scenario{
		{name: "all, oldest first", want: []string{`"key":"tasks"`}, after: order("{task}", "{chat-task}")},
		{name: "by status", form: "AssignmentStatus=reserved", want: first, lacks: second},
		{name: "by repeated status", form: "AssignmentStatus=reserved&AssignmentStatus=pending", want: both},
		{name: "by a list of statuses", form: "AssignmentStatus=assigned,pending", want: second, lacks: first},
		{name: "by an unknown status", form: "AssignmentStatus=open", status: 400, code: 20001, want: []string{"AssignmentStatus must be pending"}},
		{name: "by priority", form: "Priority=9", want: second, lacks: first},
		{name: "by workflow", form: "WorkflowSid={workflow}", want: first, lacks: second},
		{name: "by name of workflow", form: "WorkflowName=First", want: first, lacks: second},
		{name: "by queue", form: "TaskQueueSid={queue}", want: both},
		{name: "by name of queue", form: "TaskQueueName=Everyone", want: both},
		{name: "by name of an unknown queue", form: "TaskQueueName=Nobody", lacks: both},
		{name: "by attributes", form: "EvaluateTaskAttributes=call_sid = 'CA1'", want: second, lacks: first},
		{name: "by attributes that do not parse", form: "EvaluateTaskAttributes=call_sid", status: 400, code: 20001, want: []string{`"details"`}},
		{name: "by routing target", form: "RoutingTarget={queue}", want: second, lacks: first},
		{name: "with add-ons", form: "HasAddons=true", lacks: both},
		{name: "without add-ons", form: "HasAddons=false", want: both},
		{name: "newest first", form: "Ordering=DateCreated:desc", after: order("{chat-task}", "{task}")},
		{name: "highest first", form: "Ordering=Priority:desc", after: order("{chat-task}", "{task}")},
		{name: "lowest first, then oldest", form: "Ordering=Priority:asc,DateCreated:asc", after: order("{task}", "{chat-task}")},
		{name: "by virtual start", form: "Ordering=VirtualStartTime:asc", after: order("{chat-task}", "{task}")},
		{
			name: "in two orders that exclude each other", form: "Ordering=DateCreated:asc,VirtualStartTime:asc",
			status: 400, code: 20001, want: []string{"DateCreated and VirtualStartTime"},
		},
		{name: "in an unknown order", form: "Ordering=Age:asc", status: 400, code: 20001, want: []string{"DateCreated, Priority or VirtualStartTime"}},
		{name: "in no direction", form: "Ordering=Priority", status: 400, code: 20001},
	} {
		s.before, s.path = before, "/Tasks"
		scenarios = append(scenarios, s)
	}
	run(t, newWorld(t), scenarios)
}
