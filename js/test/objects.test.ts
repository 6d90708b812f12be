import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callback,
  idleSid,
  page,
  queueSid,
  record,
  reservationPayload,
  reservationSid,
  taskPayload,
  taskSid,
  workerPayload,
  workerSid,
  workerUrl,
  workflowSid,
  workspaceSid,
  workspaceUrl,
} from "./page.ts";
import { readyWorker } from "./worker.ts";

/** The object an event hands over for a payload. */
async function objectOf(payload: object): Promise<any> {
  const worker = await readyWorker();
  const seen = record(worker, "made.up");
  page.socket.event("made.up", payload);
  return seen[0]?.[1];
}

function visible(object: object): string[] {
  const names: string[] = [];
  for (const name in object) {
    names.push(name);
  }
  return names.sort();
}

test("data are enumerable and read-only; methods and inner workings are hidden", async () => {
  const worker = await objectOf(workerPayload());
  assert.deepEqual(visible(worker), [
    "accountSid",
    "activityName",
    "activitySid",
    "attributes",
    "available",
    "dateCreated",
    "dateStatusChanged",
    "dateUpdated",
    "friendlyName",
    "sid",
    "version",
    "workspace",
    "workspaceSid",
  ]);
  assert.throws(() => {
    worker.friendlyName = "other";
  }, TypeError);
  assert.equal(worker.resourceUrl, workerUrl);
  assert.equal(worker.workspaceUrl, workspaceUrl);
  assert.equal(typeof worker.token, "string");
  assert.equal(typeof worker.apiRequester, "object");
  assert.ok(!JSON.stringify(worker).includes(worker.token));
});

test("a reservation shows its data and its task in for…in, but no action", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "reservation.created");
  page.socket.event("reservation.created", {
    ...taskPayload(),
    reservation_sid: reservationSid,
    reservation: reservationPayload(),
  });
  const reservation = seen[0]?.[1];
  assert.deepEqual(visible(reservation), [
    "accountSid",
    "dateCreated",
    "reservationStatus",
    "sid",
    "task",
    "taskSid",
    "worker",
    "workerName",
    "workerSid",
    "workspace",
    "workspaceSid",
  ]);
  assert.equal({ ...reservation }.task.sid, taskSid, "copies have the task");
});

test("values are turned into what pages expect", async () => {
  const worker = await objectOf(workerPayload());
  assert.deepEqual(worker.attributes, { languages: ["en"], some_key: 1 }, "keys as they are");
  assert.equal(worker.dateCreated.toISOString(), "2025-12-01T10:00:00.000Z");
  assert.equal(worker.dateStatusChanged.toISOString(), "2025-12-01T10:00:00.000Z", "from seconds");
  const task = await objectOf(taskPayload({ date_updated: null, addons: '{"a_b":1}' }));
  assert.equal(task.dateUpdated, null);
  assert.equal(task.taskQueueEnteredDate, "2025-12-31T23:59:00Z");
  assert.deepEqual(task.addons, { a_b: 1 });
  const odd = await objectOf(taskPayload({ attributes: "not JSON", addons: { a_b: 1 } }));
  assert.equal(odd.attributes, "not JSON");
  assert.deepEqual(odd.addons, { a_b: 1 });
});

test("nested objects are renamed at every depth; unknown keys come along", async () => {
  const task = await objectOf(
    taskPayload({ some_thing: { inner_key: [{ deep_key: 1 }] }, plain: 5, url: "x", links: {} }),
  );
  assert.deepEqual(task.someThing, { innerKey: [{ deepKey: 1 }] });
  assert.equal(task.plain, 5);
  assert.equal("url" in task || "links" in task, false);
});

test("a key of the server cannot take a method's place", async () => {
  const task = await objectOf(taskPayload({ complete: true, fetch: 1, token: 3, reload: 4 }));
  assert.equal(typeof task.complete, "function");
  assert.equal(typeof task.fetch, "function");
  assert.equal(typeof task.token, "string");
  assert.equal(task.reload, 4, "names of no public method are free");
});

test("SIDs bring handles that can be fetched", async () => {
  const task = await objectOf(taskPayload());
  page.answer("GET", workspaceUrl, { sid: workspaceSid, friendly_name: "Support" });
  page.answer("GET", `${workspaceUrl}/Workflows/${workflowSid}`, {
    sid: workflowSid,
    configuration: '{"task_routing":{}}',
  });
  page.answer("GET", `${workspaceUrl}/TaskQueues/${queueSid}`, {
    sid: queueSid,
    friendly_name: "Sales",
    reservation_activity_sid: idleSid,
  });
  page.answer("GET", `${workspaceUrl}/Activities/${idleSid}`, {
    sid: idleSid,
    friendly_name: "Idle",
  });
  assert.deepEqual(visible(task.workflow), ["sid"]);
  const { calls, done } = callback();
  for (const name of ["workspace", "workflow", "queue"]) {
    task[name].fetch(done);
  }
  await page.settle();
  assert.deepEqual(calls.map(([error]) => error), [null, null, null]);
  assert.equal(calls[0]?.[1], task.workspace, "fetch fills the handle itself");
  assert.equal(task.workspace.friendlyName, "Support");
  assert.deepEqual(task.workflow.configuration, { task_routing: {} });
  assert.equal(typeof task.workflow.statistics.fetch, "function");
  assert.equal(task.queue.friendlyName, "Sales");
  task.queue.reservationActivity.fetch(done);
  await page.settle();
  assert.equal(task.queue.reservationActivity.friendlyName, "Idle");
  const worker = await objectOf(workerPayload());
  assert.equal(worker.activity, undefined, "activitySid brings none");
});

test("an object's own methods work on it, and hand it back", async () => {
  const worker = await objectOf(workerPayload());
  page.answer("POST", workerUrl, workerPayload({ friendly_name: "Bob" }));
  page.answer("DELETE", workerUrl, { gone: true });
  const { calls, done } = callback();
  worker.fetch(done);
  await page.settle();
  assert.equal(calls[0]?.[1], worker);
  worker.update("FriendlyName", "Bob", done);
  await page.settle();
  assert.equal(calls[1]?.[1], worker);
  assert.equal(worker.friendlyName, "Bob", "redefined by the update");
  worker.delete(done);
  await page.settle();
  assert.deepEqual(calls[2], [null, { gone: true }]);
});

test("statistics are plain objects in camelCase", async () => {
  const worker = await objectOf(workerPayload());
  page.answer("GET", `${workerUrl}/Statistics`, {
    cumulative: { activity_durations: [{ friendly_name: "Idle", avg: 1 }] },
    worker_sid: workerSid,
  });
  const { calls, done } = callback();
  worker.statistics.fetch({ Minutes: "60" }, done);
  worker.statistics.fetch(done);
  await page.settle();
  assert.deepEqual(page.asked, [
    ["GET", `/Workers/${workerSid}/Statistics`, { Minutes: "60" }],
    ["GET", `/Workers/${workerSid}/Statistics`],
  ]);
  assert.deepEqual(calls[0]?.[1], {
    cumulative: { activityDurations: [{ friendlyName: "Idle", avg: 1 }] },
    workerSid,
  });
  assert.throws(() => worker.statistics.fetch(), /function/);
});
