package api_test

import (
	"regexp"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// A refusal is a request that is answered with an error and changes nothing. Braces hold names.
type refusal struct {
	name   string
	method string // POST if empty
	path   string // below the workspace; a path that starts with /v1 is whole
	form   string
	header []string // pairs

	status  int    // 400 if zero
	code    int    // what the status says if zero
	pointer string // the place that the error points at
	want    string // part of the message
}

// codes are the codes of the statuses that refuse.
var codes = map[int]int{400: 20001, 404: 20404, 410: 20001, 412: 20412}

// refuse makes the requests and holds that each is refused as it says, that no event tells of it
// and that everything reads as before.
func refuse(t *testing.T, w *world, before func(*client), list []refusal) {
	t.Helper()
	c := w.client(t)
	if before != nil {
		before(c)
		c.quiet()
	}
	was := c.everything()
	for _, r := range list {
		t.Run(r.name, func(t *testing.T) {
			c := *c
			c.TB = t
			s := scenario{
				method: r.method, path: r.path, form: r.form, header: r.header,
				status: r.status, code: r.code, want: []string{r.want},
			}
			if s.method == "" {
				s.method = "POST"
			}
			if s.status == 0 {
				s.status = 400
			}
			if s.code == 0 {
				s.code = codes[s.status]
			}
			if r.pointer != "" {
				s.want = append(s.want, `"details":{"pointer":"`+r.pointer+`"`)
			}
			s.check(&c)
			if now := c.everything(); now != was {
				t.Errorf("it changed something (-before +after):\n%s", cmp.Diff(was, now))
				was = now
			}
		})
	}
}

// aging is what reads differently with time alone.
var aging = regexp.MustCompile(`"age":\d+,`)

// everything is what can be read of the workspace.
func (c *client) everything() string {
	c.Helper()
	var b strings.Builder
	b.WriteString(must(c, "GET", "/v1/Workspaces/{ws}", "").body)
	for _, list := range []string{
		"Activities", "Workers", "TaskChannels", "TaskQueues", "Workflows", "Tasks",
		"Workers/{alice}/Channels", "Workers/{alice}/Reservations", "Alerts",
	} {
		b.WriteString(must(c, "GET", "/v1/Workspaces/{ws}/"+list, "PageSize=1000").body)
	}
	return aging.ReplaceAllString(b.String(), "")
}

// foreign makes things in a workspace of another account, and in another one of this account:
// {their-worker}, {next-worker}, and so on.
func foreign(c *client) {
	c.Helper()
	task(c)
	c.name("next", must(c, "POST", "/v1/Workspaces", "FriendlyName=Next"), "sid")
	for name, kind := range map[string]string{
		"their": "{foreign}", "next": "{next}",
	} {
		user := account
		if name == "their" {
			user = otherAccount
		}
		make := func(what, path, form string) {
			c.name(name+"-"+what, c.as(user, "POST", "/v1/Workspaces/"+kind+path, form), "sid")
		}
		make("worker", "/Workers", "FriendlyName=X")
		make("queue", "/TaskQueues", "FriendlyName=X")
		make("activity", "/Activities", "FriendlyName=X")
		make("workflow", "/Workflows", `FriendlyName=X&Configuration=`+
			`{"task_routing":{"default_filter":{"queue":"{`+name+`-queue}"}}}`)
		make("channel", "/TaskChannels", "FriendlyName=X&UniqueName=x")
		make("task", "/Tasks", "WorkflowSid={"+name+"-workflow}")
	}
}

// long is text that is longer than any name may be.
var long = strings.Repeat("ä", 65)

func TestBadWorkspaces(t *testing.T) {
	t.Parallel()
	const ws = "/v1/Workspaces/{ws}"
	refuse(t, newWorld(t), foreign, []refusal{
		{name: "no name", path: "/v1/Workspaces", form: "Template=NONE", pointer: "/FriendlyName", want: "Missing required parameter FriendlyName in the post body"},
		{name: "empty name", path: "/v1/Workspaces", form: "FriendlyName=", pointer: "/FriendlyName", want: "Missing required parameter FriendlyName"},
		{name: "long name", path: "/v1/Workspaces", form: "FriendlyName=" + long, pointer: "/FriendlyName", want: "65 characters long; at most 64"},
		{name: "name in small letters", path: "/v1/Workspaces", form: "friendlyname=a", pointer: "/FriendlyName", want: "Missing"},
		{name: "the first of two names counts", path: "/v1/Workspaces", form: "FriendlyName=" + long + "&FriendlyName=a", pointer: "/FriendlyName", want: "65 characters"},
		{name: "unknown template", path: "/v1/Workspaces", form: "FriendlyName=a&Template=LIFO", pointer: "/Template", want: "Template must be"},
		{name: "URL without a scheme", path: "/v1/Workspaces", form: "FriendlyName=a&EventCallbackUrl=example.com", pointer: "/EventCallbackUrl", want: "absolute URL"},
		{name: "URL of a file", path: ws, form: "EventCallbackUrl=file:///etc/passwd", pointer: "/EventCallbackUrl", want: "http or https"},
		{name: "long URL", path: ws, form: "EventCallbackUrl=https://example.com/" + strings.Repeat("x", 4096), pointer: "/EventCallbackUrl", want: "at most 4096"},
		{name: "long filter", path: ws, form: "EventsFilter=" + strings.Repeat("x,", 2049), pointer: "/EventsFilter", want: "at most 4096"},
		{name: "empty name in an update", path: ws, form: "FriendlyName=", pointer: "/FriendlyName", want: "is empty"},
		{name: "unknown order", path: ws, form: "PrioritizeQueueOrder=RANDOM", pointer: "/PrioritizeQueueOrder", want: "FIFO or LIFO"},
		{name: "back to single tasks", path: ws, form: "MultiTaskEnabled=false", pointer: "/MultiTaskEnabled", want: "can't go back to false"},
		{name: "activity of nothing", path: ws, form: "DefaultActivitySid={no-activity}", pointer: "/DefaultActivitySid", want: "is no activity of workspace {ws}"},
		{name: "activity of another account", path: ws, form: "TimeoutActivitySid={their-activity}", pointer: "/TimeoutActivitySid", want: "is no activity of workspace {ws}"},
		{name: "activity of another workspace", path: ws, form: "DefaultActivitySid={next-activity}", pointer: "/DefaultActivitySid", want: "is no activity"},
		{name: "a worker as activity", path: ws, form: "DefaultActivitySid={alice}", pointer: "/DefaultActivitySid", want: "must be a SID, WA and 32"},
		{name: "half a name beside a mistake", path: ws, form: "FriendlyName=Other&DefaultActivitySid=x", pointer: "/DefaultActivitySid", want: "must be a SID"},
		{name: "of another account", path: "/v1/Workspaces/{foreign}", form: "FriendlyName=a", status: 404, want: "/Workspaces/{foreign} was not found"},
		{name: "deletion of another account's", method: "DELETE", path: "/v1/Workspaces/{foreign}", status: 404},
		{name: "deletion of nothing", method: "DELETE", path: "/v1/Workspaces/{no-ws}", status: 404},
		{name: "a page by its number", method: "GET", path: "/v1/Workspaces", form: "Page=3", code: 40153, pointer: "/Page"},
		{name: "a page of none", method: "GET", path: "/v1/Workspaces", form: "PageSize=0", pointer: "/PageSize", want: "from 1 to 1000"},
		{name: "a page too large", method: "GET", path: "/v1/Workspaces", form: "PageSize=1001", pointer: "/PageSize"},
		{name: "a token of another list", method: "GET", path: "/v1/Workspaces", form: "PageToken=PA{alice}", pointer: "/PageToken"},
	})
}

func TestBadActivities(t *testing.T) {
	t.Parallel()
	refuse(t, newWorld(t), foreign, []refusal{
		{name: "no name", path: "/Activities", pointer: "/FriendlyName", want: "Missing required parameter FriendlyName"},
		{name: "long name", path: "/Activities", form: "FriendlyName=" + long, pointer: "/FriendlyName", want: "at most 64"},
		{name: "taken name", path: "/Activities", form: "FriendlyName=Available", pointer: "/FriendlyName", want: "already exists: {available}"},
		{name: "taken name in an update", path: "/Activities/{offline}", form: "FriendlyName=Available", pointer: "/FriendlyName", want: "{available}"},
		{name: "empty name in an update", path: "/Activities/{offline}", form: "FriendlyName=", pointer: "/FriendlyName"},
		{name: "update of nothing", path: "/Activities/{no-activity}", form: "FriendlyName=a", status: 404},
		{name: "update of another account's", path: "/Activities/{their-activity}", form: "FriendlyName=a", status: 404},
		{name: "deletion of another workspace's", method: "DELETE", path: "/Activities/{next-activity}", status: 404},
		{name: "deletion of one with workers", method: "DELETE", path: "/Activities/{available}", want: `\"Available\" ({available}) can't be deleted`},
		{name: "deletion of the default", method: "DELETE", path: "/Activities/{offline}", want: "({offline}) can't be deleted"},
		{name: "list with a token of another", method: "GET", path: "/Activities", form: "PageToken=PA{queue}", pointer: "/PageToken"},
	})
}

func TestBadWorkers(t *testing.T) {
	t.Parallel()
	const alice = "/Workers/{alice}"
	refuse(t, newWorld(t), foreign, []refusal{
		{name: "no name", path: "/Workers", form: "Attributes={}", pointer: "/FriendlyName", want: "Missing required parameter FriendlyName"},
		{name: "long name", path: "/Workers", form: "FriendlyName=" + long, pointer: "/FriendlyName"},
		{name: "taken name", path: "/Workers", form: "FriendlyName=ALICE", pointer: "/FriendlyName", want: "already exists: {alice}"},
		{name: "attributes that are no JSON", path: "/Workers", form: "FriendlyName=a&Attributes={", pointer: "/Attributes"},
		{name: "attributes that are a list", path: "/Workers", form: "FriendlyName=a&Attributes=[]", pointer: "/Attributes"},
		{name: "two objects", path: "/Workers", form: "FriendlyName=a&Attributes={}{}", pointer: "/Attributes"},
		{name: "long attributes", path: alice, form: `Attributes={"a":"` + strings.Repeat("x", 4096) + `"}`, pointer: "/Attributes", want: "4104 characters long, white space counted; at most 4096"},
		{name: "deep attributes", path: alice, form: `Attributes={"a":` + strings.Repeat("[", 2000) + strings.Repeat("]", 2000) + "}", pointer: "/Attributes"},
		{name: "activity of another account", path: "/Workers", form: "FriendlyName=a&ActivitySid={their-activity}", pointer: "/ActivitySid", want: "is no activity of workspace {ws}"},
		{name: "activity that is none", path: alice, form: "ActivitySid=Available", pointer: "/ActivitySid", want: "must be a SID"},
		{name: "rejecting without an activity", path: alice, form: "RejectPendingReservations=true", pointer: "/RejectPendingReservations"},
		{name: "a good name beside a wrong activity", path: alice, form: "FriendlyName=Al&ActivitySid={no-activity}", pointer: "/ActivitySid"},
		{name: "stale version", path: alice, form: "FriendlyName=Al", header: []string{"If-Match", `"0"`}, status: 412, want: "worker {alice} is at version 1, the request was made for version 0; read it again"},
		{name: "version of the future", path: alice, form: "FriendlyName=Al", header: []string{"If-Match", `"99"`}, status: 412},
		{name: "version that is none", path: alice, form: "FriendlyName=Al", header: []string{"If-Match", "yes"}, status: 412, want: "names no version"},
		{name: "negative version", path: alice, form: "FriendlyName=Al", header: []string{"If-Match", `"-1"`}, status: 412},
		{name: "two versions", path: alice, form: "FriendlyName=Al", header: []string{"If-Match", `"1", "2"`}, status: 412},
		{name: "long version", path: alice, form: "FriendlyName=Al", header: []string{"If-Match", strings.Repeat("9", 10_000)}, status: 412, want: "99… names no version"},
		{name: "stale deletion", method: "DELETE", path: alice, header: []string{"If-Match", `"0"`}, status: 412},
		{name: "deletion while something is offered", method: "DELETE", path: alice, want: "worker {alice} can't be deleted: reservation {reservation} of task {task} is pending; end it first"},
		{name: "deletion of another account's", method: "DELETE", path: "/Workers/{their-worker}", status: 404},
		{name: "update of another workspace's", path: "/Workers/{next-worker}", form: "FriendlyName=a", status: 404},
		{name: "list with an expression that does not parse", method: "GET", path: "/Workers", form: "TargetWorkersExpression=a ==", pointer: "/TargetWorkersExpression"},
		{name: "list by a queue that is none", method: "GET", path: "/Workers", form: "TaskQueueSid={alice}", pointer: "/TaskQueueSid"},
		{name: "list in an order that is none", method: "GET", path: "/Workers", form: "Ordering=Age:asc", pointer: "/Ordering"},
		{name: "list in no direction", method: "GET", path: "/Workers", form: "Ordering=DateStatusChanged:up", pointer: "/Ordering"},
		{name: "explanation of nothing", method: "GET", path: "/Workers/{no-worker}/Explanation", status: 404},
		{name: "explanation of another account's", method: "GET", path: "/Workers/{their-worker}/Explanation", status: 404},
	})
}

func TestBadChannels(t *testing.T) {
	t.Parallel()
	refuse(t, newWorld(t), foreign, []refusal{
		{name: "nothing", path: "/TaskChannels", pointer: "/FriendlyName", want: "Missing"},
		{name: "no unique name", path: "/TaskChannels", form: "FriendlyName=a", pointer: "/UniqueName", want: "Missing"},
		{name: "hyphen", path: "/TaskChannels", form: "FriendlyName=a-b&UniqueName=a", pointer: "/FriendlyName", want: "hyphen"},
		{name: "taken unique name", path: "/TaskChannels", form: "FriendlyName=a&UniqueName=default", pointer: "/UniqueName", want: "already exists: {default}"},
		{name: "unique name with a blank", path: "/TaskChannels", form: "FriendlyName=a&UniqueName=a b", pointer: "/UniqueName"},
		{name: "unique name like a SID", path: "/TaskChannels", form: "FriendlyName=a&UniqueName={no-channel}", pointer: "/UniqueName"},
		{name: "long unique name", path: "/TaskChannels", form: "FriendlyName=a&UniqueName=" + strings.Repeat("x", 65), pointer: "/UniqueName", want: "at most 64"},
		{name: "hyphen in an update", path: "/TaskChannels/default", form: "FriendlyName=a-b", pointer: "/FriendlyName"},
		{name: "deletion of the default", method: "DELETE", path: "/TaskChannels/default", want: `task channel \"default\" ({default}) can't be deleted`},
		{name: "deletion of another workspace's", method: "DELETE", path: "/TaskChannels/{next-channel}", status: 404},
		{name: "deletion of one that is not here", method: "DELETE", path: "/TaskChannels/x", status: 404},
		{name: "worker's capacity as a word", path: "/Workers/{alice}/Channels/default", form: "Capacity=many", pointer: "/Capacity", want: "must be a whole number from 0"},
		{name: "worker's capacity below zero", path: "/Workers/{alice}/Channels/default", form: "Capacity=-1", pointer: "/Capacity"},
		{name: "worker's capacity beyond numbers", path: "/Workers/{alice}/Channels/default", form: "Capacity=99999999999999999999", pointer: "/Capacity"},
		{name: "worker's channel of nothing", path: "/Workers/{alice}/Channels/x", form: "Capacity=1", status: 404},
		{name: "channel of another account's worker", path: "/Workers/{their-worker}/Channels/default", form: "Capacity=1", status: 404},
	})
}

func TestBadTaskQueues(t *testing.T) {
	t.Parallel()
	const queue = "/TaskQueues/{queue}"
	refuse(t, newWorld(t), foreign, []refusal{
		{name: "no name", path: "/TaskQueues", pointer: "/FriendlyName", want: "Missing"},
		{name: "long name", path: "/TaskQueues", form: "FriendlyName=" + long, pointer: "/FriendlyName"},
		{name: "taken name", path: "/TaskQueues", form: "FriendlyName=Everyone", pointer: "/FriendlyName", want: "already exists: {queue}"},
		{name: "expression that does not parse", path: queue, form: "TargetWorkers=a ==", pointer: "/TargetWorkers", want: "TargetWorkers does not parse"},
		{name: "expression that nests too deep", path: queue, form: "TargetWorkers=" + strings.Repeat("(", 10_000) + "a==1" + strings.Repeat(")", 10_000), pointer: "/TargetWorkers", want: "deeper than 64 levels"},
		{name: "expression too long", path: queue, form: "TargetWorkers=a==1" + strings.Repeat(" OR a==1", 10_000), pointer: "/TargetWorkers", want: "at most 65536"},
		{name: "no workers at a time", path: queue, form: "MaxReservedWorkers=0", pointer: "/MaxReservedWorkers", want: "from 1 to 50"},
		{name: "unknown order", path: queue, form: "TaskOrder=FILO", pointer: "/TaskOrder", want: "FIFO or LIFO"},
		{name: "activity of another account", path: queue, form: "ReservationActivitySid={their-activity}", pointer: "/ReservationActivitySid", want: "is no activity of workspace {ws}"},
		{name: "activity of another workspace", path: queue, form: "AssignmentActivitySid={next-activity}", pointer: "/AssignmentActivitySid"},
		{name: "update of another account's", path: "/TaskQueues/{their-queue}", form: "FriendlyName=a", status: 404},
		{name: "deletion of one with tasks", method: "DELETE", path: queue, want: `task queue \"Everyone\" ({queue}) can't be deleted: workflow \"First\" ({workflow}) routes to it; change the workflow first`},
		{name: "deletion of another workspace's", method: "DELETE", path: "/TaskQueues/{next-queue}", status: 404},
		{name: "list by a worker that is none", method: "GET", path: "/TaskQueues", form: "WorkerSid=me", pointer: "/WorkerSid"},
		{name: "list by attributes that are none", method: "GET", path: "/TaskQueues", form: "EvaluateWorkerAttributes=[", pointer: "/EvaluateWorkerAttributes"},
	})
}
