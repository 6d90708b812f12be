package browser

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"

	"taskrouter/test/world"
)

// TestSupervisor is a day with one page of the workspace and one of an agent: what the first one
// does reaches the second as events, down to the end of the agent's account.
func TestSupervisor(t *testing.T) {
	t.Parallel()
	s := newStage(t)
	p := s.admin(t)
	ana := world.Worker{World: s.World, Name: "Ana", SID: ask[string](p, `async () => {
		const params = {FriendlyName: "Ana", Attributes: {name: "Ana"}};
		return (await answer((done) => client.workers.create(params, done))).sid;
	}`)}
	a := clients[0].agent(t, s.host, ana)

	p.do(`(sid, activity) => answer((done) =>
		client.workers.update(sid, "ActivitySid", activity, done))`, ana.SID, s.Activity("Available"))
	a.do(`(activity) => next("activity.update", (each) => each.activitySid === activity)`,
		s.Activity("Available"))

	create := `async (workflow) => {
		const params = {WorkflowSid: workflow, Attributes: {to: "Ana", topic: "refund"}};
		globalThis.task = await answer((done) => client.tasks.create(params, done));
		return task.sid;
	}`
	first := ask[string](p, create, s.Workflow)
	a.offered(first, "refund")
	a.accept()
	status := ask[[]string](p, `async () => {
		const assigned = await answer((done) => task.fetch(done));
		const queue = await answer((done) => assigned.queue.fetch(done));
		const before = assigned.assignmentStatus;
		const completed = await answer((done) => assigned.complete(done, "by hand"));
		return [before, queue.friendlyName, completed.assignmentStatus, completed.reason];
	}`)
	if diff := cmp.Diff([]string{"assigned", "Everyone", "completed", "by hand"}, status); diff != "" {
		t.Errorf("the task as the supervisor sees it (-want +got):\n%s", diff)
	}
	a.do(`() => next("reservation.completed", (each) => each.sid === mine.sid)`)

	second := ask[string](p, create, s.Workflow)
	a.offered(second, "refund")
	p.do(`() => answer((done) => task.update(
		{AssignmentStatus: "canceled", Reason: "not needed"}, done))`)
	a.do(`() => next("reservation.canceled", (each) => each.sid === mine.sid)`)

	// Somebody else's page, with a client of its own, sees the same.
	seen := ask[[]string](s.admin(t), `async (first, second) => {
		const statuses = [];
		for (const sid of [first, second]) {
			const task = await answer((done) => client.tasks.fetch(sid, done));
			statuses.push(task.assignmentStatus + ": " + task.reason);
		}
		return statuses;
	}`, first, second)
	if diff := cmp.Diff([]string{"completed: by hand", "canceled: not needed"}, seen); diff != "" {
		t.Errorf("the tasks as another page sees them (-want +got):\n%s", diff)
	}

	p.do(`(sid, activity) => answer((done) =>
		client.workers.update(sid, "ActivitySid", activity, done))`, ana.SID, s.Activity("Offline"))
	p.do(`(sid) => answer((done) => client.workers.delete(sid, done))`, ana.SID)
	gone := ask[struct {
		Code   int
		Reason string
	}](a.page, `async () => {
		const {code, reason} = await next("disconnected");
		return {code, reason};
	}`)
	if gone.Code != 4003 || !strings.Contains(gone.Reason, ana.SID) {
		t.Errorf("the page of the deleted worker hears %+v, want code 4003 and the SID", gone)
	}
}

// TestWorkspaceReconnects kills the server under a page that has two clients: both come back, say
// so, and go on with what they had. Spec: sdk-v1-api 8
func TestWorkspaceReconnects(t *testing.T) {
	t.Parallel()
	site := world.NewSite(t)
	process := site.Start(t)
	w := world.Build(t, site.Endpoint())
	w.NewWorker("Ana", 1)
	p := newHost(t, w.Endpoint).open(t, "/ours")
	p.do(`async (token, queueToken) => {
		client = follow(new Twilio.TaskRouter.Workspace(token, false), "workspace");
		globalThis.queue = follow(new Twilio.TaskRouter.TaskQueue(queueToken, false), "queue");
		await Promise.all([next("ready", () => true, "workspace"), next("ready", () => true, "queue")]);
		globalThis.list = await answer((done) => client.workers.fetch(done));
	}`, w.Token(), w.QueueToken(w.Queue))

	process.Kill()
	p.do(`() => Promise.all([next("disconnected", () => true, "workspace"),
		next("disconnected", () => true, "queue")])`)
	lost := ask[int](p, `async () => (await refusal((done) => list.fetch(done))).code`)
	if lost != 0 {
		t.Errorf("without a server the callback gets code %d, want 0", lost)
	}
	site.Start(t)
	got := ask[[]any](p, `async () => {
		const [workspace, other] = await Promise.all([
			next("ready", () => true, "workspace"), next("ready", () => true, "queue")]);
		const again = await answer((done) => list.fetch(done));
		const ana = await answer((done) => list.data[0].update("FriendlyName", "Anna", done));
		await answer((done) => queue.update("MaxReservedWorkers", "2", done));
		return [workspace.friendlyName, other.friendlyName, again.data.length, ana.friendlyName,
			queue.maxReservedWorkers, count("connected", () => true, "workspace"),
			count("connected", () => true, "queue")];
	}`)
	want := []any{"World", "Everyone", 1.0, "Anna", 2.0, 2.0, 2.0}
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("after the restart (-want +got):\n%s", diff)
	}
}
