// Calls every endpoint of TaskRouter with the official Node client, unchanged but for its base
// URL, and checks what a user would look at. Ends with 1 at the first surprise.
import assert from "node:assert/strict";
import twilio from "twilio";

const { BASE_URL, ACCOUNT_SID, AUTH_TOKEN } = process.env;
const client = twilio(ACCOUNT_SID, AUTH_TOKEN);
client.taskrouter.baseUrl = BASE_URL;
const v1 = client.taskrouter.v1;

const rejects = (promise, status, code, message) =>
  assert.rejects(promise, (e) => {
    assert.equal(e.status, status, e.message);
    assert.equal(e.code, code);
    assert.match(e.message, message);
    assert.match(e.details.request_id, /^RQ[0-9a-f]{32}$/);
    return true;
  });

// Workspaces.
const workspace = await v1.workspaces.create({ friendlyName: "Node", template: "NONE" });
assert.equal(workspace.accountSid, ACCOUNT_SID);
assert.equal(workspace.multiTaskEnabled, true);
assert.ok(workspace.dateCreated instanceof Date && !Number.isNaN(+workspace.dateCreated));
const ws = v1.workspaces(workspace.sid);
const renamed = await ws.update({ friendlyName: "Node client", prioritizeQueueOrder: "FIFO" });
assert.equal(renamed.friendlyName, "Node client");
assert.equal((await ws.fetch()).friendlyName, "Node client");
assert.deepEqual((await v1.workspaces.list({ friendlyName: "Node client" })).map((w) => w.sid), [
  workspace.sid,
]);

// Activities.
const activities = Object.fromEntries(
  (await ws.activities.list()).map((a) => [a.friendlyName, a.sid]),
);
assert.deepEqual(Object.keys(activities).sort(), ["Available", "Offline", "Unavailable"]);
const lunch = await ws.activities.create({ friendlyName: "Lunch", available: false });
await ws.activities(lunch.sid).update({ friendlyName: "Break" });
assert.equal((await ws.activities(lunch.sid).fetch()).friendlyName, "Break");
assert.equal(await ws.activities(lunch.sid).remove(), true);
await rejects(ws.activities(lunch.sid).fetch(), 404, 20404, /was not found/);

// Task channels.
const channel = await ws.taskChannels.create({ friendlyName: "Tickets", uniqueName: "tickets" });
await ws.taskChannels("tickets").update({ channelOptimizedRouting: true });
assert.equal((await ws.taskChannels(channel.sid).fetch()).channelOptimizedRouting, true);
assert.equal((await ws.taskChannels.list()).length, 6);

// Queues and workflows.
const queue = await ws.taskQueues.create({
  friendlyName: "German", targetWorkers: 'languages HAS "de"', taskOrder: "FIFO",
});
const spare = await ws.taskQueues.create({ friendlyName: "Spare" });
await ws.taskQueues(spare.sid).update({ maxReservedWorkers: 2 });
assert.equal((await ws.taskQueues(spare.sid).fetch()).maxReservedWorkers, 2);
assert.equal((await ws.taskQueues.list({ pageSize: 1 })).length, 2);
assert.equal(await ws.taskQueues(spare.sid).remove(), true);
await rejects(
  ws.taskQueues.create({ friendlyName: "Bad", targetWorkers: "skill-level > 3" }),
  400, 20001, /does not parse/,
);
const configuration = JSON.stringify({
  task_routing: { default_filter: { queue: queue.sid } },
});
const workflow = await ws.workflows.create({ friendlyName: "Everything", configuration });
assert.equal(workflow.configuration, configuration);
await ws.workflows(workflow.sid).update({ taskReservationTimeout: 60, reEvaluateTasks: "true" });
assert.equal((await ws.workflows(workflow.sid).fetch()).taskReservationTimeout, 60);
assert.equal((await ws.workflows.list({ friendlyName: "Everything" })).length, 1);
const gone = await ws.workflows.create({ friendlyName: "Gone", configuration });
assert.equal(await ws.workflows(gone.sid).remove(), true);

// Workers and their channels.
const worker = await ws.workers.create({
  friendlyName: "Ana", activitySid: activities.Available,
  attributes: JSON.stringify({ languages: ["de", "en"] }),
});
const other = await ws.workers.create({ friendlyName: "Ben" });
await rejects(ws.workers.create({ friendlyName: "ana" }), 400, 20001,
  /Worker with the same friendly name already exists/);
assert.equal((await ws.workers(other.sid).update({ friendlyName: "Bea" })).friendlyName, "Bea");
assert.equal((await ws.workers.list({ targetWorkersExpression: 'languages HAS "de"' })).length, 1);
const k = ws.workers(worker.sid);
assert.equal((await k.fetch()).available, true);
const channels = await k.workerChannels.list();
assert.equal(channels.length, 6);
const chat = channels.find((c) => c.taskChannelUniqueName === "chat");
assert.equal((await k.workerChannels(chat.sid).update({ capacity: 3 })).configuredCapacity, 3);
assert.equal((await k.workerChannels(chat.sid).fetch()).availableCapacityPercentage, 100);

// A task's whole life.
const task = await ws.tasks.create({
  workflowSid: workflow.sid, taskChannel: "chat", priority: 3,
  attributes: JSON.stringify({ topic: "Ümläut \"quoted\"" }),
});
assert.equal(task.assignmentStatus, "pending");
assert.equal(JSON.parse(task.attributes).topic, 'Ümläut "quoted"');
const t = ws.tasks(task.sid);
assert.equal((await t.fetch()).assignmentStatus, "reserved");
assert.equal((await ws.tasks.list({ assignmentStatus: ["pending", "reserved"] })).length, 1);
const [offer] = await t.reservations.list({ reservationStatus: "pending" });
assert.equal(offer.workerName, "Ana");
assert.equal((await t.reservations(offer.sid).fetch()).sid, offer.sid);
assert.equal((await k.reservations.list())[0].sid, offer.sid);
assert.equal((await k.reservations(offer.sid).fetch()).taskSid, task.sid);
await rejects(t.update({ assignmentStatus: "completed" }), 400, 20001,
  /^Cannot complete task WT.* because it is not currently assigned\./);
const accepted = await k.reservations(offer.sid).update({ reservationStatus: "accepted" });
assert.equal(accepted.reservationStatus, "accepted");
const wrapping = await t.reservations(offer.sid).update({ reservationStatus: "wrapping" });
assert.equal(wrapping.reservationStatus, "wrapping");
const done = await t.update({ assignmentStatus: "completed", reason: "solved" });
assert.equal(done.reason, "solved");
await rejects(t.update({ priority: 4, ifMatch: '"0"' }), 412, 20412, /version/);
assert.equal(await t.remove(), true);

// Events.
const events = await ws.events.list({ minutes: 5, limit: 200 });
const types = events.map((e) => e.eventType);
for (const type of ["task.created", "reservation.created", "reservation.accepted",
  "task.wrapup", "task.completed", "task.deleted", "worker.created"]) {
  assert.ok(types.includes(type), `${type} is not among ${types}`);
}
const event = await ws.events(events[0].sid).fetch();
assert.equal(event.sid, events[0].sid);
assert.equal(event.eventData.workspace_name, "Node client");

// Statistics.
const window = { minutes: 15, taskChannel: "chat", splitByWaitTime: "5,30" };
const all = await ws.statistics().fetch(window);
assert.equal(all.cumulative.tasks_created, 1);
assert.equal(all.realtime.total_workers, 2);
const counted = await ws.cumulativeStatistics().fetch(window);
assert.equal(counted.tasksCompleted, 1);
assert.equal(counted.reservationsAccepted, 1);
assert.deepEqual(counted.splitByWaitTime["5"].below, { tasks_canceled: 0, reservations_accepted: 1 });
assert.equal((await ws.realTimeStatistics().fetch()).totalTasks, 0);
assert.equal((await ws.workers.statistics().fetch()).realtime.total_workers, 2);
assert.equal((await ws.workers.cumulativeStatistics().fetch()).reservationsAccepted, 1);
assert.equal((await ws.workers.realTimeStatistics().fetch()).totalWorkers, 2);
assert.equal((await k.statistics().fetch()).cumulative.reservations_accepted, 1);
const q = ws.taskQueues(queue.sid);
assert.equal((await q.statistics().fetch()).cumulative.tasks_entered, 1);
assert.equal((await q.cumulativeStatistics().fetch()).tasksEntered, 1);
assert.equal((await q.realTimeStatistics().fetch()).totalEligibleWorkers, 1);
assert.equal((await ws.taskQueues.statistics.list()).length, 1);
const bulk = await ws.taskQueues.bulkRealTimeStatistics.create({ QueueSids: [queue.sid] });
assert.equal(bulk.taskQueueResponseCount, 1);
assert.equal(bulk.taskQueueData[0].total_available_workers, 1);
const w = ws.workflows(workflow.sid);
assert.equal((await w.statistics().fetch()).cumulative.tasks_entered, 1);
assert.equal((await w.cumulativeStatistics().fetch()).tasksCompleted, 1);
assert.equal((await w.realTimeStatistics().fetch()).totalTasks, 0);

// The end.
assert.equal(await ws.taskChannels(channel.sid).remove(), true);
assert.equal(await ws.workers(other.sid).remove(), true);
assert.equal(await ws.remove(), true);
await rejects(ws.fetch(), 404, 20404, /\/Workspaces\/WS/);
