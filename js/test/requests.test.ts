import assert from "node:assert/strict";
import { test } from "node:test";
import {
  accountSid,
  callback,
  makeToken,
  page,
  reservationPayload,
  response,
  silence,
  taskPayload,
  taskSid,
  taskUrl,
  unreachable,
  workerPayload,
  workerSid,
  workerUrl,
  workspaceUrl,
} from "./page.ts";
import { readyWorker } from "./worker.ts";

test("a request is one simple POST with an envelope", async () => {
  const token = makeToken();
  const worker = await readyWorker({ token });
  page.answer("POST", workerUrl, workerPayload());
  worker.update("FriendlyName", "Bob");
  await page.settle();
  assert.deepEqual(page.sent, [
    {
      endpoint: `https://bridge.example.com/v1/wschannels/${accountSid}/${workerSid}`,
      headers: { "Content-Type": "text/plain;charset=UTF-8" },
      body: { url: workerUrl, method: "POST", params: { FriendlyName: "Bob" }, token },
    },
  ]);
});

test("a failure has the status as code and the server's own words", async () => {
  const worker = await readyWorker();
  const body = { code: 20001, message: "No such activity WAx", more_info: "https://x/20001" };
  const cases: Array<[string, number, unknown, string, string, number?, string?]> = [
    ["API error", 400, body, "", "No such activity WAx", 20001, "https://x/20001"],
    ["no body", 403, "", "Forbidden", "Forbidden"],
    ["HTML", 502, "<html>", "Bad Gateway", "Bad Gateway"],
    ["nothing", 503, "", "", "HTTP status 503"],
    ["500", 500, { message: "sorry" }, "", "sorry"],
  ];
  for (const [name, status, answer, reason, message, apiCode, moreInfo] of cases) {
    page.answer("POST", workerUrl, () => response(status, answer, reason));
    const { calls, done } = callback();
    worker.update("ActivitySid", "WAx", done);
    await page.settle();
    assert.equal(calls.length, 1, name);
    const [error, result] = calls[0] as [any, any];
    assert.equal(result, null, name);
    assert.equal(error.code, status, name);
    assert.equal(error.message, message, name);
    assert.equal(error.apiCode, apiCode, name);
    assert.equal(error.moreInfo, moreInfo, name);
    assert.ok(error instanceof Error, name);
    assert.deepEqual(Object.keys(error), [], "hidden from enumeration");
  }
});

test("any 2xx is a success, even one without a body", async () => {
  const worker = await readyWorker();
  for (const [status, body] of [
    [200, { payload: taskPayload() }],
    [201, { payload: taskPayload() }],
    [204, ""],
    [200, "{}"],
  ] as const) {
    page.answer("POST", taskUrl, () => response(status, body));
    const { calls, done } = callback();
    worker.updateTask(taskSid, { Priority: "15" }, done);
    await page.settle();
    assert.equal(calls.length, 1);
    assert.equal(calls[0]?.[0], null, String(status));
  }
  page.answer("POST", taskUrl, () => response(200, "<html>"));
  const { calls, done } = callback();
  worker.updateTask(taskSid, {}, done);
  await page.settle();
  assert.match(calls[0]?.[0].message, /not JSON/);
});

test("no answer within 5 s, or no network, reaches the callback with code 0", async () => {
  const worker = await readyWorker();
  const { calls, done } = callback();
  page.answer("POST", workerUrl, silence);
  worker.update("ActivitySid", "WAx", done);
  await page.pass(4999);
  assert.equal(calls.length, 0);
  await page.pass(1);
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.[0].code, 0);
  assert.match(calls[0]?.[0].message, /No answer within 5 s; .* may have been carried out/);

  page.answer("POST", workerUrl, unreachable);
  worker.update("ActivitySid", "WAx", done);
  await page.settle();
  assert.equal(calls[1]?.[0].code, 0);
  assert.match(calls[1]?.[0].message, /cannot be reached/);
});

test("reads are repeated up to maxRetries, with growing waits", async () => {
  const worker = await readyWorker({ maxRetries: 3 });
  for (const failing of [unreachable, () => response(500, {}), () => response(429, {})]) {
    const { calls, done } = callback();
    page.sent.length = 0;
    page.answer("GET", `${workspaceUrl}/Activities`, failing);
    worker.activities.fetch(done);
    await page.settle();
    for (const [index, wait] of [500, 1000, 2000].entries()) {
      assert.equal(page.sent.length, index + 1);
      await page.pass(wait - 1);
      assert.equal(page.sent.length, index + 1);
      await page.pass(1);
    }
    assert.equal(page.sent.length, 4);
    assert.equal(calls.length, 1);
    assert.notEqual(calls[0]?.[0], null);
  }
});

test("a repeated read that succeeds is a success", async () => {
  const worker = await readyWorker({ maxRetries: 1 });
  const { calls, done } = callback();
  page.answer("GET", workerUrl, () => response(503, {}));
  worker.fetch(done);
  await page.settle();
  page.answer("GET", workerUrl, workerPayload({ friendly_name: "Bob" }));
  await page.pass(500);
  assert.equal(calls[0]?.[0], null);
  assert.equal(worker.friendlyName, "Bob");
});

test("what must not be repeated is not: orders, refusals, anything without maxRetries", async () => {
  const cases: Array<[string, number, string, string, any]> = [
    ["order", 3, "POST", workerUrl, unreachable],
    ["deletion", 3, "DELETE", workerUrl, () => response(503, {})],
    ["refusal", 3, "GET", workerUrl, () => response(403, {})],
    ["default", 0, "GET", workerUrl, unreachable],
  ];
  for (const [name, maxRetries, method, url, reply] of cases) {
    const worker = await readyWorker({ maxRetries });
    page.answer(method, url, reply);
    const { calls, done } = callback();
    page.sent.length = 0;
    if (method === "POST") {
      worker.update({ FriendlyName: "x" }, done);
    } else if (method === "DELETE") {
      worker.delete(done);
    } else {
      worker.fetch(done);
    }
    await page.pass(60_000);
    assert.equal(calls.length, 1, name);
    assert.equal(page.sent.filter(({ body }) => body.url === url).length, 1, name);
    worker.disconnect();
    page.answer("GET", workerUrl, workerPayload());
  }
});

test("a failure that nobody asked about is only logged", async () => {
  const worker = await readyWorker();
  page.answer("POST", workerUrl, () => response(400, { message: "bad" }));
  worker.update("FriendlyName", "x");
  await page.pass(0);
  assert.ok(page.lines.some((line) => line.includes("bad (400)")));
});

test("an exception of a callback surfaces as the page's own, and disturbs nothing", async () => {
  const worker = await readyWorker();
  page.answer("POST", workerUrl, workerPayload());
  let calls = 0;
  worker.update("FriendlyName", "x", () => {
    calls++;
    throw new Error("page's fault");
  });
  await page.settle();
  await assert.rejects(page.pass(1), /page's fault/);
  assert.equal(calls, 1, "not called again with an error");
});

test("update checks its arguments with the known words, and returns nothing", async () => {
  const worker = await readyWorker();
  const anyWorker = worker as any;
  const second = "2nd argument needs to be a string value";
  assert.throws(() => anyWorker.update("ActivitySid"), { message: second });
  assert.throws(() => anyWorker.update("ActivitySid", 5), { message: second });
  assert.throws(() => anyWorker.update("ActivitySid", () => {}), { message: second });
  for (const wrong of [undefined, null, 5, true, () => {}, []]) {
    assert.throws(() => anyWorker.update(wrong), /1st argument/);
  }
  for (const wrong of [null, 5, "x", {}]) {
    assert.throws(() => anyWorker.update({}, wrong), /2nd argument needs to be a function/);
  }
  assert.throws(() => anyWorker.update("a", "b", 5), /3rd argument/);
  assert.equal(page.sent.length, 0);
  page.answer("POST", workerUrl, workerPayload());
  assert.equal(worker.update("FriendlyName", "x"), undefined);
  await page.settle();
});

test("nested objects of an update become JSON text, in a copy", async () => {
  const worker = await readyWorker();
  page.answer("POST", workerUrl, workerPayload());
  const params = Object.assign(Object.create(null), {
    Attributes: { languages: ["en"] },
    List: [1],
    FriendlyName: "Bob",
    Nothing: null,
  });
  worker.update(params);
  await page.settle();
  assert.deepEqual(page.sent[0]?.body.params, {
    Attributes: '{"languages":["en"]}',
    List: "[1]",
    FriendlyName: "Bob",
    Nothing: null,
  });
  assert.deepEqual(params.Attributes, { languages: ["en"] });
});

test("tasks are changed and completed by SID", async () => {
  const worker = await readyWorker();
  page.answer("POST", taskUrl, taskPayload({ assignment_status: "completed" }));
  const { calls, done } = callback();
  const path = `/Tasks/${taskSid}`;
  const completed = { AssignmentStatus: "completed" };
  worker.updateTask(taskSid, { Priority: "15", Attributes: { a: 1 } }, done);
  worker.completeTask(taskSid, done);
  worker.completeTask(taskSid, done, "resolved");
  worker.completeTask(taskSid);
  worker.completeTask(taskSid, null as any, "resolved");
  await page.settle();
  assert.deepEqual(page.asked, [
    ["POST", path, { Priority: "15", Attributes: { a: 1 } }],
    ["POST", path, completed],
    ["POST", path, { ...completed, Reason: "resolved" }],
    ["POST", path, completed],
    ["POST", path, { ...completed, Reason: "resolved" }],
  ]);
  assert.equal(calls.length, 3);
  assert.ok(calls.every(([error, task]) => error === null && task.sid === taskSid));
  assert.equal(calls[2]?.[1].assignmentStatus, "completed");
  assert.throws(() => worker.updateTask(5 as any, {}), /1st argument/);
  assert.throws(() => worker.updateTask(taskSid, "x" as any), /2nd argument/);
  assert.throws(() => worker.completeTask(undefined as any), /1st argument/);
});

test("reservations are listed with their tasks", async () => {
  const worker = await readyWorker();
  page.pending = [reservationPayload()];
  const { calls, done } = callback();
  const path = `/Workers/${workerSid}/Reservations`;
  worker.fetchReservations(done);
  worker.fetchReservations(done, { ReservationStatus: "pending" });
  await page.settle();
  assert.deepEqual(page.asked.slice(0, 2), [
    ["GET", path],
    ["GET", path, { ReservationStatus: "pending" }],
  ]);
  const list = calls[0]?.[1];
  assert.equal(list.data[0].task.priority, 1);
  assert.equal(typeof list.data[0].accept, "function");
  assert.throws(() => (worker as any).fetchReservations(), /function/);
});

test("a list of reservations comes back although a task is unreadable, unless all are", async () => {
  const worker = await readyWorker();
  const { calls, done } = callback();
  const other = reservationPayload({ sid: `WR${"b".repeat(32)}`, task_sid: `WT${"a".repeat(32)}` });
  page.pending = [other, reservationPayload()];
  worker.fetchReservations(done);
  await page.settle();
  assert.equal(calls[0]?.[0], null);
  assert.deepEqual(
    calls[0]?.[1].data.map((each: any) => each.task.priority),
    [undefined, 1],
  );
  page.pending = [other];
  worker.fetchReservations(done);
  await page.settle();
  assert.equal(calls[1]?.[0].code, 404);
  assert.equal(calls[1]?.[1], null);
});

test("channels and the deprecated methods", async () => {
  const worker = await readyWorker();
  const channel = {
    sid: `WC${"c".repeat(32)}`,
    worker_sid: workerSid,
    task_channel_unique_name: "voice",
    configured_capacity: 1,
    available: true,
  };
  page.answer("GET", `${workerUrl}/Channels`, {
    meta: { key: "channels", page: 0, page_size: 50 },
    channels: [channel],
  });
  page.answer("GET", `${workspaceUrl}/Activities`, { meta: { key: "activities" }, activities: [] });
  page.answer("POST", workerUrl, workerPayload());
  const { calls, done } = callback();
  worker.fetchChannels(done);
  await page.settle();
  worker.fetchActivityList(done);
  await page.settle();
  worker.updateActivity("WAx", done);
  await page.settle();
  assert.deepEqual(page.asked, [
    ["GET", `/Workers/${workerSid}/Channels`],
    ["GET", "/Activities"],
    ["POST", `/Workers/${workerSid}`, { ActivitySid: "WAx" }],
  ]);
  assert.equal(calls[0]?.[1].data[0].taskChannelUniqueName, "voice");
  assert.equal(calls[0]?.[1].data[0].available, true);
  assert.deepEqual(calls[1]?.[1].data, []);
  assert.equal(calls[2]?.[1], worker);
  assert.equal(page.lines.filter((line) => line.includes("deprecated")).length, 2);
});
