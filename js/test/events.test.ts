import assert from "node:assert/strict";
import { test } from "node:test";
import {
  held,
  page,
  record,
  reservationPayload,
  reservationSid,
  reservationUrl,
  response,
  taskPayload,
  taskSid,
  taskUrl,
  workerPayload,
  workerSid,
} from "./page.ts";
import { readyWorker } from "./worker.ts";

/** A reservation event as this project's server sends it: both objects are in it. */
const complete = (status: string, sid = reservationSid) => ({
  ...taskPayload(),
  reservation_sid: sid,
  reservation: reservationPayload({ sid, reservation_status: status }),
});

/** A reservation event as the hosted service sends it: a task, and the reservation's SID. */
const partial = (changes = {}) => ({ ...taskPayload(changes), reservation_sid: reservationSid });

test("worker and channel events carry objects under names without worker.", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "activity.update", "attributes.update", "capacity.update");
  const channel = { sid: `WC${"c".repeat(32)}`, worker_sid: workerSid, configured_capacity: 3 };
  page.socket.event("worker.activity.update", workerPayload({ activity_name: "Break" }));
  page.socket.event("worker.attributes.update", workerPayload({ attributes: '{"a":1}' }));
  page.socket.event("worker.capacity.update", channel);
  assert.deepEqual(seen.map(([name]) => name), [
    "activity.update",
    "attributes.update",
    "capacity.update",
  ]);
  const [activity, attributes, capacity] = seen.map(([, argument]) => argument);
  assert.equal(activity.activityName, "Break");
  assert.equal(typeof activity.update, "function");
  assert.notEqual(activity, worker);
  assert.deepEqual(attributes.attributes, { a: 1 });
  assert.equal(capacity.configuredCapacity, 3);
  assert.equal(capacity.worker.sid, workerSid);
});

test("every event passes through: tasks as objects, the unknown as it came", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "task.updated", "made.up", "init", "odd.sid", "empty");
  const raw = { some_key: [1], nested: { a_b: 1 } };
  page.socket.event("task.updated", taskPayload());
  page.socket.event("made.up", raw);
  page.socket.event("init", { channel_id: workerSid });
  page.socket.event("odd.sid", { sid: "ZZ1" });
  page.socket.event("empty", null);
  page.socket.raw('{"event_type":"empty"}');
  assert.equal(seen[0]?.[1].assignmentStatus, "reserved");
  assert.equal(typeof seen[0]?.[1].complete, "function");
  assert.deepEqual(seen[1]?.[1], raw);
  assert.deepEqual(seen.slice(3), [
    ["odd.sid", { sid: "ZZ1" }],
    ["empty", null],
    ["empty", undefined],
  ]);
});

test("a complete reservation event is told at once, without a request", async () => {
  const worker = await readyWorker();
  const names = ["created", "accepted", "rejected", "timeout", "canceled", "rescinded"];
  const events = [...names, "completed", "wrapup"].map((name) => `reservation.${name}`);
  const seen = record(worker, ...events);
  for (const name of events) {
    page.socket.event(name, complete(name));
  }
  assert.deepEqual(seen.map(([name]) => name), events);
  assert.deepEqual(page.sent, []);
  for (const [name, reservation] of seen) {
    assert.equal(reservation.sid, reservationSid);
    assert.equal(reservation.reservationStatus, name);
    assert.equal(reservation.task.sid, taskSid);
    assert.deepEqual(reservation.task.attributes, { foo: "bar" });
    assert.equal(reservation.task.reservation, undefined, "no reservation inside its task");
    assert.equal(typeof reservation.accept, "function");
  }
});

test("a reservation of an event can be acted on", async () => {
  const worker = await readyWorker();
  page.answer("POST", reservationUrl, reservationPayload({ reservation_status: "accepted" }));
  worker.on("reservation.created", (reservation) => reservation.accept());
  page.socket.event("reservation.created", complete("pending"));
  await page.settle();
  assert.deepEqual(page.asked, [
    [
      "POST",
      `/Tasks/${taskSid}/Reservations/${reservationSid}`,
      { ReservationStatus: "accepted" },
    ],
    ["GET", `/Tasks/${taskSid}`],
  ]);
});

test("for a server that sends the task alone, task and reservation are read", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "reservation.created");
  page.answer("GET", taskUrl, taskPayload({ age: 99 }));
  page.socket.event("reservation.created", partial());
  assert.equal(seen.length, 0);
  await page.settle();
  assert.deepEqual(page.asked.map(([, url]) => url).sort(), [
    `/Tasks/${taskSid}`,
    `/Tasks/${taskSid}/Reservations/${reservationSid}`,
  ]);
  assert.equal(seen[0]?.[1].task.age, 99);
  assert.equal(seen[0]?.[1].reservationStatus, "pending");
});

test("events keep their order although some have to wait", async () => {
  const worker = await readyWorker();
  const events = ["reservation.created", "activity.update", "reservation.accepted", "made.up"];
  const seen = record(worker, ...events);
  const first = held();
  page.answer("GET", reservationUrl, first.reply);
  page.socket.event("reservation.created", partial());
  page.socket.event("worker.activity.update", workerPayload());
  page.answer("GET", reservationUrl, reservationPayload());
  page.socket.event("reservation.accepted", partial());
  page.socket.event("made.up", {});
  await page.settle();
  assert.equal(seen.length, 0);
  first.give(response(200, { payload: reservationPayload() }));
  await page.settle();
  assert.deepEqual(seen.map(([name]) => name), events);
});

test("what cannot be read is taken from the event", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "reservation.canceled");
  page.answer("GET", taskUrl, () => response(404, {}));
  page.answer("GET", reservationUrl, () => response(404, {}));
  page.socket.event("reservation.canceled", partial({ age: 44 }));
  await page.settle();
  assert.equal(seen[0]?.[1].sid, reservationSid);
  assert.equal(seen[0]?.[1].task.age, 44);
});

test("setSkipFetchReservation can be switched at any time", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "reservation.accepted");
  worker.setSkipFetchReservation(true);
  page.socket.event("reservation.accepted", partial({ age: 55 }));
  assert.equal(seen[0]?.[1].sid, reservationSid);
  assert.equal(seen[0]?.[1].task.age, 55);
  assert.deepEqual(page.sent, []);
  worker.setSkipFetchReservation(false);
  page.socket.event("reservation.accepted", partial());
  await page.settle();
  assert.equal(page.sent.length, 2);
  assert.equal(seen.length, 2);
});

test("a listener that throws stops neither later events nor the socket", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "after");
  worker.on("made.up", () => {
    throw new Error("page's fault");
  });
  page.socket.event("made.up", {});
  page.socket.event("after", {});
  assert.equal(seen.length, 1);
  await assert.rejects(page.pass(0), /page's fault/);
});

test("an update is answered to its callback, and its event still comes", async () => {
  const worker = await readyWorker();
  const order: string[] = [];
  page.answer("POST", /Workers/, workerPayload());
  worker.on("activity.update", () => order.push("event"));
  worker.update("ActivitySid", "WAx", () => order.push("callback"));
  await page.settle();
  page.socket.event("worker.activity.update", workerPayload());
  assert.deepEqual(order, ["callback", "event"]);
});
