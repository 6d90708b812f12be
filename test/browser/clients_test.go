package browser

import (
	"testing"

	"taskrouter/test/world"
)

// A client is one of the two scripts that a page may load.
type client struct {
	name string
	path string // of the host
	// Functions of JavaScript:
	connect  string // makes the client
	back     string // waits until it is back after its socket was lost
	complete string // completes the accepted task and returns its status
	// replays says that a client that is back tells again of what it is offered.
	replays bool
}

// clients are ours and the vendor's of version 1.1, which says nothing of a lost socket and opens
// no other: its pages make another client. It has no completeTask either.
var clients = []client{{
	name: "ours", path: "/ours", replays: true,
	connect: `(token) => { worker = follow(new Twilio.TaskRouter.Worker(token)); }`,
	back: `async () => {
		const {message} = await next("disconnected");
		if (message !== "Websocket disconnected due to lost connectivity") {
			throw new Error(message);
		}
		await next("ready");
		if (count("connected") !== 2) {
			throw new Error("connected " + count("connected") + " times");
		}
	}`,
	complete: `async () => {
		const task = await answer((done) => worker.completeTask(mine.task.sid, done, "done"));
		return task.assignmentStatus;
	}`,
}, {
	name: "vendor", path: "/vendor",
	connect: `(token, base) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, base + "/v1", base));
	}`,
	back: `async (token, base) => {
		worker = follow(new Twilio.TaskRouter.Worker(token, base + "/v1", base));
		await next("ready");
	}`,
	complete: `async () => {
		const change = {AssignmentStatus: "completed", Reason: "done"};
		const task = await answer((done) => mine.task.update(change, done));
		return task.assignmentStatus;
	}`,
}}

// An agent is a page in which a worker's client runs.
type agent struct {
	*page
	client client
	worker world.Worker
	token  string
}

// agent opens the page of a worker with this client, and waits until it is ready.
func (c client) agent(t *testing.T, h *host, k world.Worker) *agent {
	t.Helper()
	if c.path == "/vendor" {
		installed(t, vendorClient)
	}
	p := &agent{page: h.open(t, c.path), client: c, worker: k, token: k.Token()}
	p.do(c.connect, p.token, h.router.URL)
	ready := ask[struct{ Sid, Name, Activity string }](p.page, `async () => {
		const {sid, friendlyName, activityName} = await next("ready");
		return {sid, name: friendlyName, activity: activityName};
	}`)
	if ready.Sid != k.SID || ready.Name != k.Name || ready.Activity != "Offline" {
		t.Errorf("ready came with %+v, want worker %s, %s, Offline", ready, k.SID, k.Name)
	}
	return p
}

// become changes the activity in the page, and waits for callback and event.
func (a *agent) become(activity string) {
	a.t.Helper()
	got := ask[[]string](a.page, `async (sid) => {
		const updated = await answer((done) => worker.update("ActivitySid", sid, done));
		const told = await next("activity.update", (each) => each.activitySid === sid);
		return [updated.activityName, told.activityName];
	}`, a.worker.World.Activity(activity))
	for _, name := range got {
		if name != activity {
			a.t.Errorf("callback and event say that the activity is %q, want %q", got, activity)
		}
	}
}

// offered waits until the task is offered to the page, which keeps the reservation as mine, and
// checks what it is told about the task.
func (a *agent) offered(task, topic string) {
	a.t.Helper()
	got := ask[struct {
		Status, Topic string
		Priority, Age *int
	}](a.page, `async (task) => {
		mine = await next("reservation.created", (each) => each.task.sid === task);
		const {attributes, priority, age} = mine.task;
		return {status: mine.reservationStatus, topic: attributes.topic, priority, age};
	}`, task)
	if got.Status != "pending" || got.Topic != topic || got.Priority == nil || got.Age == nil {
		a.t.Errorf("the page is offered %+v, want a pending reservation about %s with the "+
			"task's priority and age", got, topic)
	}
}

// accept accepts what the page has been offered, and waits for callback and event.
func (a *agent) accept() {
	a.t.Helper()
	got := ask[[]string](a.page, `async () => {
		const accepted = await answer((done) => mine.accept(done));
		const told = await next("reservation.accepted", (each) => each.sid === mine.sid);
		return [accepted.reservationStatus, told.reservationStatus, accepted.task.assignmentStatus];
	}`)
	if got[0] != "accepted" || got[1] != "accepted" || got[2] != "assigned" {
		a.t.Errorf("after accept callback, event and task are %v", got)
	}
}

// complete completes the task that the page has accepted.
func (a *agent) complete() {
	a.t.Helper()
	if status := ask[string](a.page, a.client.complete); status != "completed" {
		a.t.Errorf("the completed task is %s", status)
	}
}

// TestBothClients is the promise to pages written for the hosted service: two agents, one with
// the vendor's client and one with ours, do their work, and a server that is killed and started
// again in between loses nothing of it.
func TestBothClients(t *testing.T) {
	site := world.NewSite(t)
	process := site.Start(t)
	w := world.Build(t, site.Endpoint())
	h := newHost(t, w.Endpoint)
	restart := func() {
		process.Kill()
		process = site.Start(t)
	}
	for i, first := range clients {
		second := clients[1-i]
		t.Run(first.name+" first", func(t *testing.T) {
			a := first.agent(t, h, w.NewWorker("Ana with "+first.name, 2))
			b := second.agent(t, h, w.NewWorker("Ben with "+second.name, 1))
			a.become("Available")
			b.become("Available")

			refund := w.NewTask(`{"topic":"refund"}`)
			a.offered(refund, "refund")
			a.do(`async (away) => {
				const rejected = await answer((done) => mine.reject(away, done));
				await next("reservation.rejected", (each) => each.sid === rejected.sid);
				await next("activity.update", (each) => each.activitySid === away);
			}`, w.Activity("Unavailable"))
			b.offered(refund, "refund")
			b.accept()

			a.become("Available")
			invoice := w.NewTask(`{"topic":"invoice"}`)
			a.offered(invoice, "invoice")

			restart()
			for _, each := range []*agent{a, b} {
				each.do(each.client.back, each.token, w.URL)
			}
			if first.replays {
				a.offered(invoice, "invoice")
			}
			a.accept()
			a.complete()
			b.complete()
			for _, task := range []string{refund, invoice} {
				got := world.Must(w.API.FetchTask(w.Workspace, task))(t)
				if *got.AssignmentStatus != "completed" || *got.Reason != "done" {
					t.Errorf("task %s is %s, reason %q, want completed, done", task,
						*got.AssignmentStatus, *got.Reason)
				}
			}
			a.become("Offline")
			b.become("Offline")
		})
	}
}
