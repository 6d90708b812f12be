import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accountSid,
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
  taskSid,
  workerPayload,
  workerSid,
  workflowSid,
  workspaceSid,
  workspaceUrl,
} from "./page.ts";
import { endless, newWorkspace, readyWorkspace } from "./plain.ts";

const workflow = { sid: workflowSid, friendly_name: "All", configuration: '{"task_routing":{}}' };

/** What a workspace has: name, path, key of its list, a member. */
const collections: Array<[string, string, string, Record<string, unknown>]> = [
  ["activities", "Activities", "activities", { sid: idleSid, friendly_name: "Idle" }],
  ["workflows", "Workflows", "workflows", workflow],
  ["workers", "Workers", "workers", workerPayload()],
  ["taskqueues", "TaskQueues", "task_queues", { sid: queueSid, friendly_name: "Sales" }],
  ["tasks", "Tasks", "tasks", taskPayload()],
];

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
  assert.equal(typeof ready.workers.fetch, "function");
  assert.equal(workspace.friendlyName, "Support");
  page.socket.refuse();
  assert.deepEqual(seen.slice(2).map(([name]) => name), ["error", "disconnected"]);
  await page.pass(1000);
  assert.equal(page.sockets.length, 2);
});

test("ready comes again after every connect, with what is true then", async () => {
  const workspace = await readyWorkspace();
  const seen = record(workspace, "ready");
  page.answer("GET", workspaceUrl, { sid: workspaceSid, friendly_name: "Renamed" });
  page.socket.end();
  await page.pass(1000);
  page.socket.open();
  await page.settle();
  assert.equal(seen[0]?.[1].friendlyName, "Renamed");
  assert.equal(workspace.friendlyName, "Renamed");
});

for (const [name, path, key, row] of collections) {
  const sid = String(row.sid);
  test(`${name} are listed, read, made, changed and deleted`, async () => {
    const list = ((await readyWorkspace()) as any)[name];
    page.answer("GET", `${workspaceUrl}/${path}`, listPayload(key, [row]));
    page.answer("GET", `${workspaceUrl}/${path}/${sid}`, row);
    page.answer("POST", `${workspaceUrl}/${path}`, row);
    page.answer("POST", `${workspaceUrl}/${path}/${sid}`, row);
    page.answer("DELETE", `${workspaceUrl}/${path}/${sid}`, {});
    const { calls, done } = callback();
    for (const call of [
      () => list.fetch(done),
      () => list.fetch({ PageSize: 5 }, done),
      () => list.fetch(sid, done),
      () => list.create({ FriendlyName: "x", Attributes: { a: 1 } }, done),
      () => list.update(sid, "FriendlyName", "y", done),
      () => list.update(sid, { FriendlyName: "y", Attributes: { a: 1 } }, done),
      () => list.delete(sid, done),
    ]) {
      call();
      await page.settle();
    }
    assert.deepEqual(page.asked, [
      ["GET", `/${path}`],
      ["GET", `/${path}`, { PageSize: 5 }],
      ["GET", `/${path}/${sid}`],
      ["POST", `/${path}`, { FriendlyName: "x", Attributes: { a: 1 } }],
      ["POST", `/${path}/${sid}`, { FriendlyName: "y" }],
      ["POST", `/${path}/${sid}`, { FriendlyName: "y", Attributes: '{"a":1}' }],
      ["DELETE", `/${path}/${sid}`],
    ]);
    assert.ok(calls.every(([error]) => error === null));
    assert.equal(calls[0]?.[1].data[0].sid, sid);
    assert.ok([2, 3, 4, 5].every((each) => calls[each]?.[1].sid === sid));
    assert.deepEqual(calls[6]?.[1], {});
  });

  test(`each of the ${name} changes and deletes itself`, async () => {
    const list = ((await readyWorkspace()) as any)[name];
    page.answer("GET", `${workspaceUrl}/${path}`, listPayload(key, [row]));
    page.answer("POST", `${workspaceUrl}/${path}/${sid}`, { ...row, friendly_name: "Renamed" });
    page.answer("GET", `${workspaceUrl}/${path}/${sid}`, { ...row, friendly_name: "Read" });
    page.answer("DELETE", `${workspaceUrl}/${path}/${sid}`, {});
    const { calls, done } = callback();
    list.fetch(done);
    await page.settle();
    const member = calls[0]?.[1].data[0];
    member.update({ FriendlyName: "Renamed" }, done);
    await page.settle();
    assert.equal(calls[1]?.[1], member);
    assert.equal(member.friendlyName, "Renamed");
    member.fetch(done);
    await page.settle();
    assert.equal(member.friendlyName, "Read");
    member.delete(done);
    await page.settle();
    assert.deepEqual(calls[3], [null, {}]);
    assert.deepEqual(page.asked.slice(1), [
      ["POST", `/${path}/${sid}`, { FriendlyName: "Renamed" }],
      ["GET", `/${path}/${sid}`],
      ["DELETE", `/${path}/${sid}`],
    ]);
  });
}

test("members carry what their kind has", async () => {
  const workspace = await readyWorkspace();
  for (const [, path, key, row] of collections) {
    page.answer("GET", `${workspaceUrl}/${path}`, listPayload(key, [row]));
  }
  const { calls, done } = callback();
  workspace.workflows.fetch(done);
  await page.settle();
  workspace.tasks.fetch(done);
  await page.settle();
  assert.deepEqual(calls[0]?.[1].data[0].configuration, { task_routing: {} });
  const task = calls[1]?.[1].data[0];
  assert.equal(task.queue.sid, queueSid);
  assert.equal(task.workflow.sid, workflowSid);
  page.answer("POST", `${workspaceUrl}/Tasks/${taskSid}`, taskPayload());
  task.complete(done, "done");
  await page.settle();
  assert.deepEqual(page.asked[2], [
    "POST",
    `/Tasks/${taskSid}`,
    { AssignmentStatus: "completed", Reason: "done" },
  ]);
  assert.equal(calls[2]?.[1], task);
});

test("a refusal tells code and message, and to programs what is wrong", async () => {
  const workspace = await readyWorkspace();
  page.answer("POST", `${workspaceUrl}/TaskQueues`, () =>
    response(400, {
      code: 20001,
      message: "TargetWorkers is no expression",
      more_info: "https://…/20001",
      status: 400,
      details: { pointer: "/TargetWorkers", column: 3, request_id: "RQ1" },
    }),
  );
  page.answer("DELETE", /./, () => response(403, { code: 20403, message: "not allowed" }));
  const { calls, done } = callback();
  workspace.taskqueues.create({ TargetWorkers: "1=" }, done);
  await page.settle();
  workspace.workers.delete(workerSid, done);
  await page.settle();
  const [mistaken, forbidden] = [calls[0]?.[0], calls[1]?.[0]];
  assert.equal(mistaken.code, 400);
  assert.equal(mistaken.apiCode, 20001);
  assert.equal(mistaken.message, "TargetWorkers is no expression");
  assert.deepEqual(mistaken.details, { pointer: "/TargetWorkers", column: 3, requestId: "RQ1" });
  assert.deepEqual(Object.keys(mistaken), []);
  assert.equal(forbidden.code, 403);
  assert.equal(forbidden.message, "not allowed");
  assert.equal(forbidden.details, undefined);
  assert.deepEqual([calls[0]?.[1], calls[1]?.[1]], [null, null]);
});

test("frames pass on under the server's names", async () => {
  const workspace = newWorkspace();
  const seen = record(workspace, "worker.activity.update", "task.created");
  page.socket.open();
  page.socket.event("worker.activity.update", workerPayload());
  page.socket.event("task.created", taskPayload());
  assert.deepEqual(seen.map(([name]) => name), ["worker.activity.update", "task.created"]);
  assert.equal(typeof seen[0]?.[1].update, "function");
});

test("a new token serves lists and members handed out before", async () => {
  const workspace = await readyWorkspace();
  page.answer("GET", `${workspaceUrl}/Workers`, listPayload("workers", [workerPayload()]));
  const { calls, done } = callback();
  workspace.workers.fetch(done);
  await page.settle();
  const token = makeToken({ channel: workspaceSid, exp: start / 1000 + 99_999 });
  workspace.updateToken(token);
  assert.equal(workspace.token, token);
  calls[0]?.[1].data[0].fetch(done);
  calls[0]?.[1].fetch(done);
  workspace.statistics.fetch(done);
  await page.settle();
  assert.ok(page.sent.slice(1).every(({ body }) => body.token === token));
  assert.equal(page.sent.length, 4);
});

test("disconnect ends it for good, and requests still work", async () => {
  const workspace = await readyWorkspace();
  page.answer("POST", workspaceUrl, () => response(400, { message: "bad" }));
  workspace.disconnect();
  const { calls, done } = callback();
  workspace.update("FriendlyName", "x", done);
  await page.settle();
  assert.equal(calls[0]?.[0].message, "bad");
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
});

test("of a workspace that is gone nothing more is asked", async () => {
  const workspace = newWorkspace(makeToken({ channel: workspaceSid, ...endless }));
  const seen = record(workspace, "disconnected");
  page.socket.open();
  page.socket.end(4003, "workspace WS… has been deleted");
  assert.equal(seen[0]?.[1].code, 4003);
  assert.equal(seen[0]?.[1].reason, "workspace WS… has been deleted");
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
});
