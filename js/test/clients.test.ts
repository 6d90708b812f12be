import assert from "node:assert/strict";
import { test } from "node:test";
import { TaskQueue, Workspace } from "../src/taskrouter.ts";
import {
  accountSid,
  apiBase,
  bridgeBase,
  callback,
  idleSid,
  listPayload,
  makeToken,
  page,
  queueSid,
  record,
  response,
  start,
  taskPayload,
  workerPayload,
  workspaceSid,
  workspaceUrl,
} from "./page.ts";

const endless = { exp: start / 1000 + 36_000 };

function newWorkspace(token = makeToken({ channel: workspaceSid, ...endless })) {
  page.answer("GET", workspaceUrl, {
    sid: workspaceSid,
    friendly_name: "Support",
    default_activity_sid: idleSid,
    multi_task_enabled: true,
  });
  return new Workspace(token, true, null, 0, apiBase, bridgeBase);
}

function newQueue() {
  page.answer("GET", `${workspaceUrl}/TaskQueues/${queueSid}`, {
    sid: queueSid,
    friendly_name: "Sales",
    target_workers: "1==1",
    max_reserved_workers: 1,
  });
  const token = makeToken({ channel: queueSid, taskqueue_sid: queueSid });
  return new TaskQueue(token, true, undefined, undefined, apiBase, bridgeBase);
}

test("a workspace connects to its own channel and is ready with its data", async () => {
  const workspace = newWorkspace();
  const seen = record(workspace, "connected", "ready", "disconnected", "error");
  const path = `/v1/wschannels/${accountSid}/${workspaceSid}`;
  assert.ok(page.socket.url.startsWith(`wss://bridge.example.com${path}?token=`));
  page.socket.open();
  await page.settle();
  assert.deepEqual(page.asked, [["GET", ""]]);
  assert.equal(page.sent[0]?.body.event_type, "ready");
  assert.deepEqual(seen.map(([name]) => name), ["connected", "ready"]);
  const ready = seen[1]?.[1];
  assert.notEqual(ready, workspace);
  assert.equal(ready.friendlyName, "Support");
  assert.equal(ready.defaultActivity.sid, idleSid);
  assert.equal(workspace.friendlyName, "Support");
  page.socket.refuse();
  assert.deepEqual(seen.slice(2).map(([name]) => name), ["error", "disconnected"]);
  await page.pass(1000);
  assert.equal(page.sockets.length, 2);
});

test("a workspace has its collections and figures", async () => {
  const workspace = newWorkspace() as any;
  const collections: Array<[string, string, string]> = [
    ["activities", "Activities", "activities"],
    ["workflows", "Workflows", "workflows"],
    ["workers", "Workers", "workers"],
    ["taskqueues", "TaskQueues", "task_queues"],
    ["tasks", "Tasks", "tasks"],
  ];
  for (const [name, path, key] of collections) {
    const row = name === "tasks" ? taskPayload() : workerPayload();
    page.answer("GET", `${workspaceUrl}/${path}`, listPayload(key, [row]));
    const { calls, done } = callback();
    workspace[name].fetch(done);
    await page.settle();
    assert.equal(calls[0]?.[1].data[0].sid, row.sid, name);
    const measured = name === "workers" || name === "taskqueues";
    assert.equal(typeof workspace[name].realtimeStats, measured ? "object" : "undefined", name);
  }
  const figures: Array<[any, string, string]> = [
    [workspace, "", "workspace"],
    [workspace.workers, "/Workers", "workers"],
    [workspace.taskqueues, "/TaskQueues", "queues"],
  ];
  for (const [owner, path, name] of figures) {
    for (const [property, kind] of [
      ["statistics", "Statistics"],
      ["realtimeStats", "RealTimeStatistics"],
      ["cumulativeStats", "CumulativeStatistics"],
    ] as const) {
      page.answer("GET", `${workspaceUrl}${path}/${kind}`, { total_tasks: 7 });
      const { calls, done } = callback();
      owner[property].fetch({ Minutes: 5 }, done);
      await page.settle();
      assert.deepEqual(calls[0], [null, { totalTasks: 7 }], `${name} ${property}`);
    }
  }
});

test("figures of several queues come as a list", async () => {
  const workspace = newWorkspace();
  const row = { task_queue_sid: queueSid, realtime: { total_tasks: 1 } };
  page.answer(
    "GET",
    `${workspaceUrl}/TaskQueues/Statistics`,
    listPayload("task_queues_statistics", [row]),
  );
  const { calls, done } = callback();
  workspace.taskqueues.statistics.fetch(done);
  await page.settle();
  assert.deepEqual(calls[0]?.[1].data, [{ taskQueueSid: queueSid, realtime: { totalTasks: 1 } }]);
  assert.equal(calls[0]?.[1].hasNext, false);
});

test("members of collections are full objects", async () => {
  const workspace = newWorkspace();
  page.answer("GET", `${workspaceUrl}/Workers`, listPayload("workers", [workerPayload()]));
  page.answer("POST", /Workers\/WK/, workerPayload({ friendly_name: "Bob" }));
  const { calls, done } = callback();
  workspace.workers.fetch({ Available: "true" }, done);
  await page.settle();
  const worker = calls[0]?.[1].data[0];
  worker.update("FriendlyName", "Bob", done);
  await page.settle();
  assert.equal(worker.friendlyName, "Bob");
  workspace.workers.delete(worker.sid, done);
  await page.settle();
  assert.equal(calls[2]?.[0].code, 404);
});

test("a task queue is ready with its data and has its figures", async () => {
  const queue = newQueue();
  const seen = record(queue, "connected", "ready", "token.expired");
  page.socket.open();
  await page.settle();
  assert.deepEqual(page.asked, [["GET", `/TaskQueues/${queueSid}`]]);
  assert.equal(seen[1]?.[1].targetWorkers, "1==1");
  assert.equal(queue.maxReservedWorkers, 1);
  page.answer("GET", /RealTimeStatistics/, { total_tasks: 2 });
  const { calls, done } = callback();
  queue.realtimeStats.fetch(done);
  await page.settle();
  assert.deepEqual(calls[0], [null, { totalTasks: 2 }]);
  await page.pass(3_595_000);
  assert.equal(seen.filter(([name]) => name === "token.expired").length, 1);
});

test("these clients pass events on under the server's names", async () => {
  const workspace = newWorkspace();
  const seen = record(workspace, "worker.activity.update", "task.created");
  page.socket.open();
  page.socket.event("worker.activity.update", workerPayload());
  page.socket.event("task.created", taskPayload());
  assert.deepEqual(seen.map(([name]) => name), ["worker.activity.update", "task.created"]);
  assert.equal(typeof seen[0]?.[1].update, "function");
});

test("they renew their token, disconnect and retry as a worker does", async () => {
  const workspace = newWorkspace();
  const token = makeToken({ channel: workspaceSid, exp: start / 1000 + 99_999 });
  workspace.updateToken(token);
  assert.equal(workspace.token, token);
  page.answer("POST", workspaceUrl, () => response(400, { message: "bad" }));
  const { calls, done } = callback();
  workspace.update("FriendlyName", "x", done);
  await page.settle();
  assert.equal(calls[0]?.[0].message, "bad");
  workspace.disconnect();
  const queue = newQueue();
  queue.disconnect();
  await page.pass(60_000);
  assert.equal(page.sockets.length, 2);
});
