package api_test

import "testing"

func TestActivities(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "create", method: "POST", path: "/Activities",
			form: "FriendlyName=Break&Available=yes", status: 201,
			want:   []string{`"friendly_name":"Break"`, `"available":true`, `"workspace_sid":"{ws}"`},
			events: []string{"activity.created"},
		},
		{
			name: "create is unavailable by default", method: "POST", path: "/Activities",
			form: "FriendlyName=Break", status: 201, want: []string{`"available":false`},
			events: []string{"activity.created"},
		},
		{
			name: "any other word is false", method: "POST", path: "/Activities",
			form: "FriendlyName=Break&Available=on", status: 201, want: []string{`"available":false`},
			events: []string{"activity.created"},
		},
		{
			name: "the first of repeated values counts", method: "POST", path: "/Activities",
			form: "FriendlyName=One&FriendlyName=Two", status: 201,
			want: []string{`"friendly_name":"One"`}, events: []string{"activity.created"},
		},
		{
			name: "names of parameters are case-sensitive", method: "POST", path: "/Activities",
			form: "friendlyname=Break", status: 400, code: 20001,
			want: []string{"Missing required parameter FriendlyName in the post body"},
		},
		{
			name: "create a duplicate", method: "POST", path: "/Activities",
			form: "FriendlyName=Available", status: 400, code: 20001,
			want: []string{"already exists"},
		},
		{
			name: "read", path: "/Activities/{available}",
			want: []string{
				`"sid":"{available}"`, `"available":true`,
				`"url":"http://router.test/v1/Workspaces/{ws}/Activities/{available}"`,
				`"links":{"workspace":"http://router.test/v1/Workspaces/{ws}"}`,
			},
		},
		{
			name: "read an unknown one", path: "/Activities/{no-activity}", status: 404, code: 20404,
			want: []string{
				"The requested resource /Workspaces/{ws}/Activities/{no-activity} was not found",
			},
		},
		{name: "read by a SID of another kind", path: "/Activities/{alice}", status: 404, code: 20404},
		{
			name: "rename", method: "POST", path: "/Activities/{available}",
			form: "FriendlyName=Ready", want: []string{`"friendly_name":"Ready"`},
			events: []string{"activity.updated"},
			after: func(c *client, _ answer) {
				a := c.do("GET", "/v1/Workspaces/{ws}/Workers/{alice}", "")
				if got := a.json(c)["activity_name"]; got != "Ready" {
					c.Errorf("the worker's activity is %v, want Ready", got)
				}
			},
		},
		{
			name: "availability never changes", method: "POST", path: "/Activities/{available}",
			form: "Available=false", want: []string{`"available":true`},
		},
		{
			name: "rename to nothing", method: "POST", path: "/Activities/{available}",
			form: "FriendlyName=", status: 400, code: 20001,
		},
		{
			name: "delete", method: "DELETE", path: "/Activities/{unavailable}", status: 204,
			events: []string{"activity.deleted"},
		},
		{
			name: "delete one a worker is in", method: "DELETE", path: "/Activities/{available}",
			status: 400, code: 20001, want: []string{"worker {alice} is in it"},
		},
		{
			name: "delete the default one", method: "DELETE", path: "/Activities/{offline}",
			status: 400, code: 20001, want: []string{"default activity"},
		},
		{
			name: "list the available ones", path: "/Activities", form: "Available=1",
			want: []string{"{available}"}, lacks: []string{"{offline}", "{unavailable}"},
		},
		{
			name: "list the others", path: "/Activities", form: "Available=no",
			want: []string{"{offline}", "{unavailable}"}, lacks: []string{"{available}"},
		},
		{
			name: "list by name", path: "/Activities", form: "FriendlyName=Offline",
			want: []string{"{offline}"}, lacks: []string{"{available}"},
		},
		{
			name: "of a foreign workspace", path: "/v1/Workspaces/{foreign}/Activities",
			status: 404, code: 20404,
		},
	})
}

func TestTaskChannels(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "create", method: "POST", path: "/TaskChannels",
			form:   "FriendlyName=Tickets&UniqueName=tickets&ChannelOptimizedRouting=true",
			status: 201,
			want: []string{
				`"unique_name":"tickets"`, `"friendly_name":"Tickets"`,
				`"channel_optimized_routing":true`,
			},
			events: []string{"task-channel.created"},
			after: func(c *client, _ answer) {
				must(c, "GET", "/v1/Workspaces/{ws}/Workers/{alice}/Channels/tickets", "")
			},
		},
		{
			name: "create without a unique name", method: "POST", path: "/TaskChannels",
			form: "FriendlyName=Tickets", status: 400, code: 20001,
			want: []string{"Missing required parameter UniqueName in the post body"},
		},
		{
			name: "create with a hyphen", method: "POST", path: "/TaskChannels",
			form: "FriendlyName=Tickets&UniqueName=a-b", status: 400, code: 20001,
		},
		{
			name: "create a duplicate", method: "POST", path: "/TaskChannels",
			form: "FriendlyName=Voice&UniqueName=voice", status: 400, code: 20001,
			want: []string{"already exists"},
		},
		{name: "read", path: "/TaskChannels/{voice}", want: []string{`"unique_name":"voice"`}},
		{name: "read by unique name", path: "/TaskChannels/voice", want: []string{`"sid":"{voice}"`}},
		{name: "read an unknown one", path: "/TaskChannels/fax", status: 404, code: 20404},
		{
			name: "update", method: "POST", path: "/TaskChannels/voice",
			form: "FriendlyName=Calls&ChannelOptimizedRouting=1&UniqueName=calls",
			want: []string{
				`"friendly_name":"Calls"`, `"channel_optimized_routing":true`,
				`"unique_name":"voice"`,
			},
			events: []string{"task-channel.updated"},
		},
		{
			name: "delete", method: "DELETE", path: "/TaskChannels/{sms}", status: 204,
			events: []string{"task-channel.deleted"},
		},
		{
			name: "delete the default one", method: "DELETE", path: "/TaskChannels/default",
			status: 400, code: 20001,
		},
		{
			name: "delete one with tasks", method: "DELETE", path: "/TaskChannels/voice",
			before: func(c *client) {
				c.create("task", "/Tasks", "WorkflowSid={workflow}&TaskChannel=voice")
			},
			status: 400, code: 20001, want: []string{"{task}"},
		},
		{
			name: "list", path: "/TaskChannels",
			want: []string{"{default}", "{voice}", "{sms}", "{chat}", "{video}", `"key":"channels"`},
		},
	})
}
