package api_test

import "testing"

func TestTaskQueues(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "create", method: "POST", path: "/TaskQueues",
			form:   `FriendlyName=Sales&TargetWorkers=skill == "sales"&MaxReservedWorkers=50&TaskOrder=LIFO`,
			status: 201,
			want: []string{
				`"target_workers":"skill == \"sales\""`, `"max_reserved_workers":50`,
				`"task_order":"LIFO"`, `"reservation_activity_sid":null`,
			},
			lacks:  []string{`"reservation_activity":`},
			events: []string{"task-queue.created"},
		},
		{
			name: "create with the defaults", method: "POST", path: "/TaskQueues",
			form: "FriendlyName=Sales", status: 201,
			want: []string{
				`"target_workers":"1==1"`, `"max_reserved_workers":1`, `"task_order":"FIFO"`,
			},
			events: []string{"task-queue.created"},
		},
		{
			name: "create for nobody", method: "POST", path: "/TaskQueues",
			form: "FriendlyName=Sales&TargetWorkers=", status: 201,
			want: []string{`"target_workers":null`}, events: []string{"task-queue.created"},
		},
		{
			name: "create with activities", method: "POST", path: "/TaskQueues",
			form: "FriendlyName=Sales&ReservationActivitySid={unavailable}" +
				"&AssignmentActivitySid={offline}",
			status: 201,
			want: []string{
				`"reservation_activity_name":"Unavailable"`, `"assignment_activity_sid":"{offline}"`,
				`"assignment_activity":"http://router.test/v1/Workspaces/{ws}/Activities/{offline}"`,
			},
			events: []string{"task-queue.created"},
		},
		{
			name: "create without a name", method: "POST", path: "/TaskQueues", status: 400, code: 20001,
			want: []string{"Missing required parameter FriendlyName in the post body"},
		},
		{
			name: "create with an expression that does not parse", method: "POST", path: "/TaskQueues",
			form: "FriendlyName=Sales&TargetWorkers=skill-level > 3", status: 400, code: 20001,
			want: []string{"TargetWorkers", `"details":{"pointer":"/TargetWorkers","column":6`},
		},
		{
			name: "create with too many reserved workers", method: "POST", path: "/TaskQueues",
			form: "FriendlyName=Sales&MaxReservedWorkers=51", status: 400, code: 20001,
			want: []string{"MaxReservedWorkers must be a whole number from 1 to 50"},
		},
		{
			name: "create in an unknown order", method: "POST", path: "/TaskQueues",
			form: "FriendlyName=Sales&TaskOrder=fifo", status: 400, code: 20001,
			want: []string{`TaskOrder must be FIFO or LIFO, not \"fifo\"`},
		},
		{
			name: "create without activities in a single-tasking workspace", method: "POST",
			before: func(c *client) {
				c.name("old", must(c, "POST", "/v1/Workspaces",
					"FriendlyName=Old&MultiTaskEnabled=false"), "sid")
			},
			path: "/v1/Workspaces/{old}/TaskQueues", form: "FriendlyName=Sales", status: 400,
			code: 20001, want: []string{"Activity Sids cannot be empty"},
		},
		{name: "read", path: "/TaskQueues/{queue}", want: []string{`"friendly_name":"Everyone"`}},
		{name: "read an unknown one", path: "/TaskQueues/{no-queue}", status: 404, code: 20404},
		{
			name: "update", method: "POST", path: "/TaskQueues/{queue}",
			form:   "FriendlyName=All&TargetWorkers=level > 7&MaxReservedWorkers=2",
			want:   []string{`"friendly_name":"All"`, `"level > 7"`, `"max_reserved_workers":2`},
			events: []string{"task-queue.expression.updated"},
		},
		{
			name: "update an unknown one", method: "POST", path: "/TaskQueues/{no-queue}",
			form: "FriendlyName=All", status: 404, code: 20404,
		},
		{
			name: "delete", method: "DELETE", path: "/TaskQueues/{other}", status: 204,
			before: func(c *client) { c.create("other", "/TaskQueues", "FriendlyName=Other") },
			events: []string{"task-queue.deleted"},
		},
		{
			name: "delete one a workflow names", method: "DELETE", path: "/TaskQueues/{queue}",
			status: 400, code: 20001, want: []string{"{workflow}"},
		},
	})
}

func TestTaskQueueList(t *testing.T) {
	t.Parallel()
	before := func(c *client) {
		c.create("experts", "/TaskQueues", "FriendlyName=Experts&TargetWorkers=level > 5")
		c.create("bob", "/Workers", `FriendlyName=Bob&Attributes={"level":9}`)
	}
	queue, experts := []string{"{queue}"}, []string{"{experts}"}
	both := append(queue, experts...)
	var scenarios []scenario
	for _, s := range []scenario{
		{name: "all", want: append(both, `"key":"task_queues"`)},
		{name: "by name", form: "FriendlyName=Experts", want: experts, lacks: queue},
		{name: "by attributes", form: `EvaluateWorkerAttributes={"level": "6"}`, want: both},
		{name: "by attributes that few want", form: `EvaluateWorkerAttributes={"level": 5}`, want: queue, lacks: experts},
		{name: "by worker", form: "WorkerSid={bob}", want: both},
		{name: "by another worker", form: "WorkerSid={alice}", want: queue, lacks: experts},
		{name: "by an unknown worker", form: "WorkerSid={no-worker}", lacks: both},
		{
			name: "latest change first", form: "Ordering=DateUpdated:desc",
			after: func(c *client, a answer) {
				wantValues(c, a, "task_queues", "friendly_name", "Experts", "Everyone")
			},
		},
		{
			name: "by attributes that are none", form: `EvaluateWorkerAttributes={"level"}`,
			status: 400, code: 20001, want: []string{"EvaluateWorkerAttributes"},
		},
	} {
		s.before, s.path = before, "/TaskQueues"
		scenarios = append(scenarios, s)
	}
	run(t, newWorld(t), scenarios)
}

func TestWorkflows(t *testing.T) {
	t.Parallel()
	const config = `{"task_routing":{"filters":[{"filter_friendly_name":"Sales",` +
		`"expression":"type == \"sales\"","targets":[{"queue":"{queue}","timeout":30}]}]}}`
	run(t, newWorld(t), []scenario{
		{
			name: "create", method: "POST", path: "/Workflows",
			form: "FriendlyName=Sales&AssignmentCallbackUrl=https://example.com/a" +
				"&TaskReservationTimeout=20&Configuration=" + config,
			status: 201,
			want: []string{
				`"friendly_name":"Sales"`, `"assignment_callback_url":"https://example.com/a"`,
				`"fallback_assignment_callback_url":null`, `"task_reservation_timeout":20`,
				`"document_content_type":"application/json"`,
			},
			events: []string{"workflow.created"},
			after: func(c *client, a answer) {
				if got := a.json(c)["configuration"]; got != c.expand(config) {
					c.Errorf("configuration %v, want it as it was given", got)
				}
			},
		},
		{
			name: "create without a configuration", method: "POST", path: "/Workflows",
			form: "FriendlyName=Sales", status: 400, code: 20001,
			want: []string{"Missing required parameter Configuration in the post body"},
		},
		{
			name: "create with what is no JSON", method: "POST", path: "/Workflows",
			form: "FriendlyName=Sales&Configuration={", status: 400, code: 20001,
		},
		{
			name: "create with an unknown queue", method: "POST", path: "/Workflows",
			form:   `FriendlyName=Sales&Configuration={"task_routing":{"default_filter":{"queue":"{no-queue}"}}}`,
			status: 400, code: 20001, want: []string{"{no-queue}"},
		},
		{
			name: "create with a time limit too long", method: "POST", path: "/Workflows",
			form:   "FriendlyName=Sales&TaskReservationTimeout=86401&Configuration=" + config,
			status: 400, code: 20001, want: []string{"from 1 to 86400"},
		},
		{name: "read", path: "/Workflows/{workflow}", want: []string{`"friendly_name":"First"`, `"task_reservation_timeout":120`}},
		{name: "read an unknown one", path: "/Workflows/{no-workflow}", status: 404, code: 20404},
		{
			name: "update", method: "POST", path: "/Workflows/{workflow}",
			form:   "FriendlyName=Better&ReEvaluateTasks=true&Configuration=" + config,
			want:   []string{`"friendly_name":"Better"`},
			events: []string{"workflow.updated"},
		},
		{
			name: "update to an expression that does not parse", method: "POST",
			path: "/Workflows/{workflow}", status: 400, code: 20001,
			form: `Configuration={"task_routing":{"filters":[{"expression":"type ==",` +
				`"targets":[{"queue":"{queue}"}]}]}}`,
		},
		{
			name: "delete", method: "DELETE", path: "/Workflows/{workflow}", status: 204,
			events: []string{"workflow.deleted"},
		},
		{
			name: "delete one with waiting tasks", method: "DELETE", path: "/Workflows/{workflow}",
			before: task, status: 400, code: 20001, want: []string{"{task}"},
		},
		{
			name: "list by name", path: "/Workflows", form: "FriendlyName=First",
			want: []string{"{workflow}", `"key":"workflows"`},
		},
		{
			name: "list by another name", path: "/Workflows", form: "FriendlyName=First2",
			lacks: []string{"{workflow}"},
		},
	})
}
