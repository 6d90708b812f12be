import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callback,
  held,
  idleSid,
  listPayload,
  page,
  record,
  reservationPayload,
  reservationSid,
  response,
  taskPayload,
  taskSid,
  unreachable,
  workerPayload,
  workerSid,
  workerUrl,
} from "./page.ts";
import { newWorker } from "./worker.ts";

const pendingList = ["GET", `/Workers/${workerSid}/Reservations`, { ReservationStatus: "pending" }];
const ownWorker = ["GET", `/Workers/${workerSid}`];
const ownTask = ["GET", `/Tasks/${taskSid}`];

test("connected comes at once, ready when the worker has been read", async () => {
  const worker = newWorker();
  const seen = record(worker, "connected", "ready");
  const answer = held();
  page.answer("GET", workerUrl, answer.reply);
  page.socket.open();
  assert.deepEqual(seen, [["connected", undefined]]);
  await page.settle();
  assert.deepEqual(page.asked, [ownWorker]);
  assert.equal(page.sent[0]?.body.event_type, "ready");

  answer.give(response(200, { payload: workerPayload(), event_type: "ready" }));
  await page.settle();
  assert.deepEqual(seen.map(([name]) => name), ["connected", "ready"]);
  const ready = seen[1]?.[1];
  assert.notEqual(ready, worker, "ready brings another object");
  assert.equal(ready.sid, workerSid);
  assert.equal(ready.friendlyName, "Alice");
  assert.equal(ready.activityName, "Idle");
  assert.equal(ready.available, true);
  for (const method of ["fetch", "update", "delete"]) {
    assert.equal(typeof ready[method], "function", method);
  }
  assert.equal(typeof ready.statistics.fetch, "function");
  assert.equal(worker.friendlyName, "Alice", "the client has the data as well");
  assert.deepEqual(page.asked, [ownWorker, pendingList]);
  assert.ok(page.sent.slice(1).every(({ body }) => body.event_type === undefined));
});

test("pending reservations are announced after every connect, with their tasks", async () => {
  page.pending = [reservationPayload()];
  const worker = newWorker();
  const seen = record(worker, "ready", "reservation.created");
  page.socket.open();
  await page.settle();
  assert.deepEqual(page.asked, [ownWorker, pendingList, ownTask]);
  assert.deepEqual(seen.map(([name]) => name), ["ready", "reservation.created"]);
  const reservation = seen[1]?.[1];
  assert.equal(reservation.sid, reservationSid);
  assert.deepEqual(reservation.task.attributes, { foo: "bar" });
  assert.equal(reservation.task.priority, 1);
  assert.equal(reservation.task.age, 12);

  page.socket.end();
  await page.pass(1000);
  page.socket.open();
  await page.settle();
  assert.deepEqual(
    seen.map(([name]) => name),
    ["ready", "reservation.created", "ready", "reservation.created"],
  );
});

test("a reservation is announced once per connect, by event or by replay", async () => {
  page.pending = [reservationPayload()];
  const worker = newWorker();
  const seen = record(worker, "reservation.created");
  const list = held();
  page.answer("GET", `${workerUrl}/Reservations`, list.reply);
  page.socket.open();
  await page.settle();
  const payload = {
    ...taskPayload(),
    reservation_sid: reservationSid,
    reservation: reservationPayload(),
  };
  page.socket.event("reservation.created", payload);
  list.give(response(200, { payload: listPayload("reservations", page.pending) }));
  await page.settle();
  assert.equal(seen.length, 1, "event first");
  page.socket.event("reservation.created", payload);
  assert.equal(seen.length, 1, "told already");
});

test("a reservation that ended while the replay was read is not announced any more", async () => {
  const worker = newWorker();
  const seen = record(worker, "reservation.created", "reservation.canceled");
  const task = held();
  page.pending = [reservationPayload()];
  page.answer("GET", `/Tasks/${taskSid}`, task.reply);
  page.socket.open();
  await page.settle();
  page.socket.event("reservation.canceled", {
    ...taskPayload(),
    reservation_sid: reservationSid,
    reservation: reservationPayload({ reservation_status: "canceled" }),
  });
  task.give(response(200, { payload: taskPayload() }));
  await page.settle();
  assert.deepEqual(seen.map(([name]) => name), ["reservation.canceled"]);
});

test("the connect activity is set when nothing is pending, and only then", async () => {
  page.answer("POST", workerUrl, workerPayload({ activity_name: "Idle" }));
  newWorker({ connectActivitySid: idleSid });
  page.socket.open();
  await page.settle();
  const set = ["POST", `/Workers/${workerSid}`, { ActivitySid: idleSid }];
  assert.deepEqual(page.asked, [ownWorker, pendingList, set]);

  page.sent.length = 0;
  page.pending = [reservationPayload()];
  page.socket.end();
  await page.pass(1000);
  page.socket.open();
  await page.settle();
  assert.deepEqual(page.asked, [ownWorker, pendingList, ownTask]);
});

test("the connect activity stays unset when pending reservations cannot be known", async () => {
  page.answer("GET", `${workerUrl}/Reservations`, () => response(403, { message: "no" }));
  newWorker({ connectActivitySid: idleSid });
  page.socket.open();
  await page.settle();
  assert.deepEqual(page.asked, [ownWorker, pendingList]);
});

test("one unreadable task does not silence the others", async () => {
  const otherTask = `WT${"a".repeat(32)}`;
  const otherReservation = `WR${"b".repeat(32)}`;
  page.pending = [
    reservationPayload({ sid: otherReservation, task_sid: otherTask }),
    reservationPayload(),
  ];
  const worker = newWorker();
  const seen = record(worker, "reservation.created");
  page.socket.open();
  await page.settle();
  assert.deepEqual(seen.map(([, each]) => each.sid), [otherReservation, reservationSid]);
  assert.equal(seen[0]?.[1].task.sid, otherTask);
  assert.equal(seen[0]?.[1].task.attributes, undefined);
  assert.deepEqual(seen[1]?.[1].task.attributes, { foo: "bar" });
});

test("pending reservations of further pages are announced too", async () => {
  const other = `WR${"b".repeat(32)}`;
  page.pending = [reservationPayload()];
  page.answer("GET", `${workerUrl}/Reservations`, () =>
    response(200, {
      payload: listPayload("reservations", page.pending, {
        next_page_url: `${workerUrl}/Reservations?Page=1`,
      }),
    }),
  );
  page.answer("GET", `${workerUrl}/Reservations?Page=1`, () =>
    response(200, { payload: listPayload("reservations", [reservationPayload({ sid: other })]) }),
  );
  const seen = record(newWorker(), "reservation.created");
  page.socket.open();
  await page.settle();
  assert.deepEqual(seen.map(([, each]) => each.sid), [reservationSid, other]);
});

test("a failing read after the connect is repeated, then told as an error", async () => {
  const worker = newWorker();
  const seen = record(worker, "ready", "error");
  page.answer("GET", workerUrl, unreachable);
  page.socket.open();
  await page.pass(500);
  await page.pass(1000);
  assert.equal(page.sent.length, 3);
  assert.equal(seen.length, 0);
  await page.pass(2000);
  assert.equal(page.sent.length, 4);
  assert.deepEqual(seen.map(([name]) => name), ["error"]);
  assert.equal(seen[0]?.[1].response.code, 0);
  assert.match(seen[0]?.[1].message, /cannot be reached/);
});

test("an answer that belongs to an earlier connect makes no second ready", async () => {
  const worker = newWorker();
  const seen = record(worker, "ready");
  const late = held();
  page.answer("GET", workerUrl, late.reply);
  page.socket.open();
  await page.settle();
  page.socket.end();
  page.answer("GET", workerUrl, workerPayload());
  await page.pass(1000);
  page.socket.open();
  await page.settle();
  late.give(response(200, { payload: workerPayload() }));
  await page.settle();
  assert.equal(seen.length, 1);
});

test("updates keep the client's own data fresh", async () => {
  const worker = newWorker();
  page.socket.open();
  await page.settle();
  page.socket.event("worker.activity.update", workerPayload({ activity_name: "Break" }));
  assert.equal(worker.activityName, "Break");

  page.answer("POST", workerUrl, workerPayload({ activity_name: "Offline" }));
  const { calls, done } = callback();
  worker.update("ActivitySid", "WAx", done);
  await page.settle();
  assert.deepEqual(calls, [[null, worker]]);
  assert.equal(worker.activityName, "Offline");
});
