package api_test

import (
	"strings"
	"testing"
)

func TestWorkers(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "create", method: "POST", path: "/Workers",
			form: `FriendlyName=Bob&ActivitySid={unavailable}&Attributes={"a":[1, "ü"]}`, status: 201,
			want: []string{
				`"friendly_name":"Bob"`, `"activity_sid":"{unavailable}"`,
				`"activity_name":"Unavailable"`, `"available":false`,
				`"attributes":"{\"a\":[1, \"ü\"]}"`,
				`"statistics":"http://router.test/v1/Workspaces/{ws}/Workers/Statistics"`,
			},
			events: []string{"worker.created"},
			after: func(c *client, a answer) {
				if got := a.header.Get("ETag"); got != `"0"` {
					c.Errorf("ETag %s, want \"0\"", got)
				}
			},
		},
		{
			name: "create with the defaults", method: "POST", path: "/Workers",
			form: "FriendlyName=Bob", status: 201,
			want:   []string{`"activity_sid":"{offline}"`, `"attributes":"{}"`},
			events: []string{"worker.created"},
			after: func(c *client, a answer) {
				c.name("bob", a, "sid")
				wantNames(c, "/v1/Workspaces/{ws}/Workers/{bob}/Channels", "channels",
					"task_channel_unique_name", "default", "voice", "sms", "chat", "video")
			},
		},
		{
			name: "create without a name", method: "POST", path: "/Workers", status: 400, code: 20001,
			want: []string{"Missing required parameter FriendlyName in the post body"},
		},
		{
			name: "create a duplicate, in other letters", method: "POST", path: "/Workers",
			form: "FriendlyName=ALICE", status: 400, code: 20001,
			want: []string{"Worker with the same friendly name already exists"},
		},
		{
			name: "create in an unknown activity", method: "POST", path: "/Workers",
			form: "FriendlyName=Bob&ActivitySid={no-activity}", status: 400, code: 20001,
			want: []string{"{no-activity}"},
		},
		{
			name: "create in what is no activity", method: "POST", path: "/Workers",
			form: "FriendlyName=Bob&ActivitySid={alice}", status: 400, code: 20001,
			want: []string{"ActivitySid must be a SID, WA and 32 hexadecimal digits", "{alice}"},
		},
		{
			name: "create with attributes that are no object", method: "POST", path: "/Workers",
			form: "FriendlyName=Bob&Attributes=[1]", status: 400, code: 20001,
			want: []string{"attributes must be a JSON object"},
		},
		{
			name: "create with attributes too long", method: "POST", path: "/Workers",
			form:   `FriendlyName=Bob&Attributes={"a":"` + strings.Repeat("x", 4096) + `"}`,
			status: 400, code: 20001, want: []string{"at most 4096 are allowed"},
		},
		{
			name: "read", path: "/Workers/{alice}",
			want: []string{
				`"sid":"{alice}"`, `"available":true`,
				`"url":"http://router.test/v1/Workspaces/{ws}/Workers/{alice}"`,
			},
			lacks: []string{`"version"`},
		},
		{
			name: "read an unknown one", path: "/Workers/{no-worker}", status: 404, code: 20404,
			want: []string{
				"The requested resource /Workspaces/{ws}/Workers/{no-worker} was not found",
			},
		},
		{
			name: "read from another workspace", status: 404, code: 20404,
			before: func(c *client) {
				c.name("other", must(c, "POST", "/v1/Workspaces", "FriendlyName=Other"), "sid")
			},
			path: "/v1/Workspaces/{other}/Workers/{alice}",
		},
		{
			name: "change the activity", method: "POST", path: "/Workers/{alice}",
			form: "ActivitySid={offline}", want: []string{`"available":false`},
			events: []string{"worker.activity.update"},
		},
		{
			name: "change to the same activity", method: "POST", path: "/Workers/{alice}",
			form: "ActivitySid={available}", want: []string{`"available":true`},
		},
		{
			name: "change to an unknown activity", method: "POST", path: "/Workers/{alice}",
			form: "ActivitySid={no-activity}", status: 400, code: 20001,
			want: []string{"{no-activity}"},
		},
		{
			name: "change attributes and name", method: "POST", path: "/Workers/{alice}",
			form:   `Attributes={"skill":"help"}&FriendlyName=Alice B`,
			want:   []string{`"friendly_name":"Alice B"`, `{\"skill\":\"help\"}`},
			events: []string{"worker.attributes.update"},
		},
		{
			name: "rename to a name that is taken", method: "POST", path: "/Workers/{alice}",
			before: func(c *client) { c.create("bob", "/Workers", "FriendlyName=Bob") },
			form:   "FriendlyName=bob", status: 400, code: 20001,
			want: []string{"Worker with the same friendly name already exists"},
		},
		{
			name: "change the version it has", method: "POST", path: "/Workers/{alice}",
			header: []string{"If-Match", `W/"0"`}, form: "ActivitySid={offline}",
			want: []string{`"available":false`}, events: []string{"worker.activity.update"},
			after: func(c *client, a answer) {
				if got := a.header.Get("ETag"); got != `"1"` {
					c.Errorf("ETag %s, want \"1\"", got)
				}
			},
		},
		{
			name: "change a version it does not have", method: "POST", path: "/Workers/{alice}",
			header: []string{"If-Match", "7"}, form: "ActivitySid={offline}", status: 412, code: 20412,
		},
		{
			name: "reject what is offered and leave", method: "POST", path: "/Workers/{alice}",
			before: task, form: "ActivitySid={offline}&RejectPendingReservations=true",
			want:   []string{`"available":false`},
			events: []string{"worker.activity.update", "reservation.rejected"},
		},
		{
			name: "reject what is offered and stay", method: "POST", path: "/Workers/{alice}",
			before: task, form: "RejectPendingReservations=true", status: 400, code: 20001,
		},
		{
			name: "delete", method: "DELETE", path: "/Workers/{alice}", status: 204,
			events: []string{"worker.deleted"},
		},
		{
			name: "delete an unknown one", method: "DELETE", path: "/Workers/{no-worker}",
			status: 404, code: 20404,
		},
		{
			name: "delete a version it does not have", method: "DELETE", path: "/Workers/{alice}",
			header: []string{"If-Match", `"9"`}, status: 412, code: 20412,
		},
		{
			name: "delete one who holds a reservation", method: "DELETE", path: "/Workers/{alice}",
			before: task, status: 400, code: 20001, want: []string{"{alice}"},
		},
	})
}

func TestWorkerList(t *testing.T) {
	t.Parallel()
	// Bob is offline and knows nothing; he is in the queue Everyone, not in Sales.
	before := func(c *client) {
		c.create("bob", "/Workers", "FriendlyName=Bob")
		c.create("sales", "/TaskQueues", `FriendlyName=Sales&TargetWorkers=skill == "sales"`)
	}
	alice, bob := []string{"{alice}"}, []string{"{bob}"}
	var scenarios []scenario
	for _, s := range []scenario{
		{name: "all", want: []string{"{alice}", "{bob}", `"key":"workers"`}},
		{name: "by name, in other letters", form: "FriendlyName=bOB", want: bob, lacks: alice},
		{name: "by activity", form: "ActivitySid={available}", want: alice, lacks: bob},
		{name: "by name of activity", form: "ActivityName=Offline", want: bob, lacks: alice},
		{name: "by an unknown activity", form: "ActivityName=Gone", lacks: []string{"{alice}", "{bob}"}},
		{name: "available", form: "Available=true", want: alice, lacks: bob},
		{name: "not available", form: "Available=0", want: bob, lacks: alice},
		{name: "by expression", form: `TargetWorkersExpression=level > 4`, want: alice, lacks: bob},
		{
			name: "by expression over fields",
			form: `TargetWorkersExpression=friendly_name == 'Bob' AND activity_name == 'Offline'`,
			want: bob, lacks: alice,
		},
		{
			name: "by SIDs in an expression", form: `TargetWorkersExpression=sid IN ['{alice}']`,
			want: alice, lacks: bob,
		},
		{name: "by an empty expression", form: "TargetWorkersExpression=", want: []string{"{alice}", "{bob}"}},
		{name: "by queue", form: "TaskQueueSid={sales}", want: alice, lacks: bob},
		{name: "by name of queue", form: "TaskQueueName=Everyone", want: []string{"{alice}", "{bob}"}},
		{name: "by an unknown queue", form: "TaskQueueName=Gone", lacks: []string{"{alice}", "{bob}"}},
		{
			name: "filters combine", form: "TaskQueueName=Everyone&Available=true&FriendlyName=Bob",
			lacks: []string{"{alice}", "{bob}"},
		},
		{
			name: "latest change of activity first", form: "Ordering=DateStatusChanged:desc",
			after: func(c *client, a answer) {
				wantValues(c, a, "workers", "friendly_name", "Bob", "Alice")
			},
		},
		{
			name: "by an expression that does not parse", form: "TargetWorkersExpression=skill-level > 3",
			status: 400, code: 20001,
			want: []string{"TargetWorkersExpression does not parse", `"details":{"pointer":"/TargetWorkersExpression","column":6`},
		},
		{
			name: "by a malformed activity", form: "ActivitySid=WA1", status: 400, code: 20001,
			want: []string{`\"WA1\"`},
		},
		{
			name: "in an unknown order", form: "Ordering=FriendlyName:asc", status: 400, code: 20001,
			want: []string{"DateStatusChanged"},
		},
	} {
		s.before, s.path = before, "/Workers"
		scenarios = append(scenarios, s)
	}
	run(t, newWorld(t), scenarios)
}

func TestWorkerChannels(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "list", path: "/Workers/{alice}/Channels",
			want: []string{"{default}", "{voice}", `"key":"channels"`, `"configured_capacity":1`},
		},
		{name: "list of an unknown worker", path: "/Workers/{no-worker}/Channels", status: 404, code: 20404},
		{
			name: "read by unique name", path: "/Workers/{alice}/Channels/voice",
			want: []string{
				`"worker_sid":"{alice}"`, `"task_channel_sid":"{voice}"`, `"available":true`,
				`"available_capacity_percentage":100`, `"assigned_tasks":0`,
			},
			lacks: []string{`"links"`},
			after: func(c *client, a answer) {
				c.name("own", a, "sid")
				b := must(c, "GET", "/v1/Workspaces/{ws}/Workers/{alice}/Channels/{own}", "")
				if a.body != b.body {
					c.Errorf("by its own SID:\n%s\nwant\n%s", b.body, a.body)
				}
			},
		},
		{
			name: "read by SID of the task channel", path: "/Workers/{alice}/Channels/{voice}",
			want: []string{`"task_channel_unique_name":"voice"`},
		},
		{name: "read an unknown one", path: "/Workers/{alice}/Channels/{no-worker-channel}", status: 404, code: 20404},
		{name: "read one of an unknown worker", path: "/Workers/{no-worker}/Channels/voice", status: 404, code: 20404},
		{
			name: "set the capacity", method: "POST", path: "/Workers/{alice}/Channels/chat",
			form: "Capacity=4", want: []string{`"configured_capacity":4`},
			events: []string{"worker.capacity.update"},
		},
		{
			name: "switch it off", method: "POST", path: "/Workers/{alice}/Channels/{chat}",
			form: "Available=false", want: []string{`"available":false`, `"configured_capacity":1`},
			events: []string{"worker.channel.availability.update"},
		},
		{
			name: "a used one", path: "/Workers/{alice}/Channels/default",
			before: func(c *client) {
				must(c, "POST", "/v1/Workspaces/{ws}/Workers/{alice}/Channels/default", "Capacity=3")
				accepted(c)
			},
			want: []string{`"assigned_tasks":1`, `"available_capacity_percentage":66`},
		},
		{
			name: "capacity is not whole", method: "POST", path: "/Workers/{alice}/Channels/chat",
			form: "Capacity=1.5", status: 400, code: 20001, want: []string{"whole number"},
		},
		{
			name: "capacity below zero", method: "POST", path: "/Workers/{alice}/Channels/chat",
			form: "Capacity=-1", status: 400, code: 20001,
		},
		{
			name: "capacity too large", method: "POST", path: "/Workers/{alice}/Channels/chat",
			form: "Capacity=2147483648", status: 400, code: 20001,
		},
		{
			name: "update of an unknown one", method: "POST", path: "/Workers/{alice}/Channels/fax",
			form: "Capacity=1", status: 404, code: 20404,
		},
		{
			name: "can't be deleted", method: "DELETE", path: "/Workers/{alice}/Channels/chat",
			status: 405, code: 20004,
			after: func(c *client, a answer) {
				if got, want := a.header.Get("Allow"), "GET, HEAD, POST, OPTIONS"; got != want {
					c.Errorf("Allow: %s, want %s", got, want)
				}
			},
		},
	})
}
