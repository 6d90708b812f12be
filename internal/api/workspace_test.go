package api_test

import "testing"

func TestWorkspaces(t *testing.T) {
	t.Parallel()
	run(t, newWorld(t), []scenario{
		{
			name: "create multi-tasking", method: "POST", path: "/v1/Workspaces",
			form: "FriendlyName=Support&EventCallbackUrl=https://example.com/e" +
				"&EventsFilter=task.created, task.deleted&PrioritizeQueueOrder=LIFO",
			status: 201,
			want: []string{
				`"friendly_name":"Support"`, `"account_sid":"{account}"`,
				`"event_callback_url":"https://example.com/e"`,
				`"events_filter":"task.created, task.deleted"`, `"multi_task_enabled":true`,
				`"prioritize_queue_order":"LIFO"`, `"default_activity_name":"Offline"`,
				`"timeout_activity_name":"Offline"`,
			},
			after: func(c *client, a answer) {
				c.name("new", a, "sid")
				wantNames(c, "/v1/Workspaces/{new}/Activities", "activities", "friendly_name",
					"Offline", "Available", "Unavailable")
				wantNames(c, "/v1/Workspaces/{new}/TaskChannels", "channels", "unique_name",
					"default", "voice", "sms", "chat", "video")
				wantNames(c, "/v1/Workspaces/{new}/TaskQueues", "task_queues", "friendly_name")
			},
		},
		{
			name: "create single-tasking from template", method: "POST", path: "/v1/Workspaces",
			form:   "FriendlyName=Old&MultiTaskEnabled=false&Template=FIFO",
			status: 201,
			want: []string{
				`"multi_task_enabled":false`, `"event_callback_url":null`, `"events_filter":null`,
				`"prioritize_queue_order":"FIFO"`,
			},
			after: func(c *client, a answer) {
				c.name("new", a, "sid")
				wantNames(c, "/v1/Workspaces/{new}/Activities", "activities", "friendly_name",
					"Offline", "Idle", "Busy", "Reserved")
				wantNames(c, "/v1/Workspaces/{new}/TaskQueues", "task_queues", "friendly_name",
					"Sample Queue")
				wantNames(c, "/v1/Workspaces/{new}/Workflows", "workflows", "friendly_name",
					"Default Fifo Workflow")
			},
		},
		{
			name: "create without a name", method: "POST", path: "/v1/Workspaces",
			form: "Template=FIFO", status: 400, code: 20001,
			want: []string{"Missing required parameter FriendlyName in the post body"},
		},
		{
			name: "create with a name too long", method: "POST", path: "/v1/Workspaces",
			form:   "FriendlyName=0123456789012345678901234567890123456789012345678901234567890123x",
			status: 400, code: 20001, want: []string{"FriendlyName is 65 characters long"},
		},
		{
			name: "create from an unknown template", method: "POST", path: "/v1/Workspaces",
			form: "FriendlyName=a&Template=LIFO", status: 400, code: 20001,
			want: []string{`Template must be NONE or FIFO, not \"LIFO\"`},
		},
		{
			name: "create with a relative callback", method: "POST", path: "/v1/Workspaces",
			form: "FriendlyName=a&EventCallbackUrl=/events", status: 400, code: 20001,
			want: []string{"EventCallbackUrl must be an absolute URL"},
		},
		{
			name: "read", path: "",
			want: []string{
				`"sid":"{ws}"`, `"url":"http://router.test/v1/Workspaces/{ws}"`,
				`"task_channels":"http://router.test/v1/Workspaces/{ws}/TaskChannels"`,
			},
		},
		{
			name: "read with a slash at the end", path: "/", want: []string{`"sid":"{ws}"`},
		},
		{
			name: "read a foreign one", path: "/v1/Workspaces/{foreign}", status: 404, code: 20404,
			want: []string{"The requested resource /Workspaces/{foreign} was not found"},
		},
		{
			name: "read an unknown one", path: "/v1/Workspaces/{no-ws}", status: 404, code: 20404,
			want: []string{"The requested resource /Workspaces/{no-ws} was not found"},
		},
		{
			name: "read what is no SID", path: "/v1/Workspaces/default", status: 404, code: 20404,
		},
		{
			name: "update", method: "POST",
			form: "FriendlyName=Renamed&TimeoutActivitySid={unavailable}" +
				"&DefaultActivitySid={available}",
			want: []string{
				`"friendly_name":"Renamed"`, `"timeout_activity_name":"Unavailable"`,
				`"default_activity_sid":"{available}"`,
			},
			events: []string{"workspace.updated"},
		},
		{
			name: "update nothing", method: "POST", form: "Unknown=1",
			want: []string{`"friendly_name":"Test"`},
		},
		{
			name: "clear the callback", method: "POST", form: "EventCallbackUrl=",
			before: func(c *client) {
				must(c, "POST", "/v1/Workspaces/{ws}", "EventCallbackUrl=https://example.com")
			},
			want:   []string{`"event_callback_url":null`},
			events: []string{"workspace.updated"},
		},
		{
			name: "update to single-tasking", method: "POST", form: "MultiTaskEnabled=false",
			status: 400, code: 20001, want: []string{"can't go back to false"},
		},
		{
			name: "update to an activity of elsewhere", method: "POST",
			form: "DefaultActivitySid={no-activity}", status: 400, code: 20001,
			want: []string{"{no-activity}"},
		},
		{
			name: "update a foreign one", method: "POST", path: "/v1/Workspaces/{foreign}",
			form: "FriendlyName=Mine", status: 404, code: 20404,
		},
		{
			name: "delete", method: "DELETE", before: task, status: 204,
			events: []string{"workspace.deleted"},
			after: func(c *client, _ answer) {
				if a := c.do("GET", "/v1/Workspaces/{ws}/Tasks/{task}", ""); a.status != 404 {
					c.Errorf("a task of a deleted workspace: %d", a.status)
				}
			},
		},
		{
			name: "delete a foreign one", method: "DELETE", path: "/v1/Workspaces/{foreign}",
			status: 404, code: 20404,
		},
		{
			name: "list by name", path: "/v1/Workspaces",
			before: func(c *client) {
				must(c, "POST", "/v1/Workspaces/{ws}", "FriendlyName=Name of {ws}")
			},
			form: "FriendlyName=Name of {ws}",
			want: []string{`"sid":"{ws}"`, `"key":"workspaces"`, `"next_page_url":null`},
		},
		{
			name: "list shows no foreign ones", path: "/v1/Workspaces", form: "PageSize=1000",
			want: []string{"{ws}"}, lacks: []string{"{foreign}"},
		},
	})
}

// wantNames fails unless the list holds exactly these, in this order.
func wantNames(c *client, path, list, key string, want ...string) {
	c.Helper()
	wantValues(c, c.do("GET", path, ""), list, key, want...)
}

func wantValues(c *client, a answer, list, key string, want ...string) {
	c.Helper()
	var got []string
	for _, item := range items(c, a, list) {
		got = append(got, item[key].(string))
	}
	if !equal(got, want) {
		c.Errorf("%s of %s: %q, want %q", key, list, got, want)
	}
}

func equal(a, b []string) bool {
	if len(a) != len(b) {
		return false
	}
	for i := range a {
		if a[i] != b[i] {
			return false
		}
	}
	return true
}
