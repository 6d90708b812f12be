import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callback,
  page,
  record,
  reservationPayload,
  reservationSid,
  reservationUrl,
  response,
  taskPayload,
  taskSid,
  taskUrl,
} from "./page.ts";
import { readyWorker } from "./worker.ts";

/** A reservation as reservation.created hands it over. */
async function offered(): Promise<any> {
  const worker = await readyWorker();
  const seen = record(worker, "reservation.created");
  page.socket.event("reservation.created", {
    ...taskPayload(),
    reservation_sid: reservationSid,
    reservation: reservationPayload(),
  });
  page.answer("POST", reservationUrl, reservationPayload({ reservation_status: "accepted" }));
  page.answer("POST", taskUrl, taskPayload({ assignment_status: "completed", reason: "done" }));
  return seen[0]?.[1];
}

const instruction = (name: string, rest: Record<string, unknown> = {}) => ({
  Instruction: name,
  ...rest,
});

const called = "callback";
const url = "http://example.com/twiml";

// Each row: what user code calls, with "callback" where it has its function, and what is sent.
const forms: Array<[name: string, method: string, args: unknown[], params: object]> = [
  ["accept", "accept", [], { ReservationStatus: "accepted" }],
  ["accept, heard", "accept", [called], { ReservationStatus: "accepted" }],
  ["reject", "reject", [], { ReservationStatus: "rejected" }],
  ["reject, heard, as documented", "reject", [called], { ReservationStatus: "rejected" }],
  [
    "reject to an activity",
    "reject",
    ["WAx"],
    { ReservationStatus: "rejected", WorkerActivitySid: "WAx" },
  ],
  [
    "reject to an activity, heard",
    "reject",
    ["WAx", called],
    { ReservationStatus: "rejected", WorkerActivitySid: "WAx" },
  ],
  [
    "reject with null",
    "reject",
    [null, called],
    { ReservationStatus: "rejected", WorkerActivitySid: null },
  ],
  ["dequeue", "dequeue", [], instruction("dequeue")],
  ["dequeue, heard first", "dequeue", [called], instruction("dequeue")],
  [
    "dequeue, eight arguments",
    "dequeue",
    ["1800", "WAx", "record-from-answer", "30", url, "initiated,answered", "client:joey", called],
    instruction("dequeue", {
      DequeueFrom: "1800",
      DequeuePostWorkActivitySid: "WAx",
      DequeueRecord: "record-from-answer",
      DequeueTimeout: "30",
      DequeueStatusCallbackUrl: url,
      DequeueStatusCallbackEvent: "initiated,answered",
      DequeueTo: "client:joey",
    }),
  ],
  [
    "dequeue, seven arguments, as documented",
    "dequeue",
    ["1800", "WAx", "record-from-answer", "30", url, "client:joey", called],
    instruction("dequeue", {
      DequeueFrom: "1800",
      DequeuePostWorkActivitySid: "WAx",
      DequeueRecord: "record-from-answer",
      DequeueTimeout: "30",
      DequeueStatusCallbackUrl: url,
      DequeueTo: "client:joey",
    }),
  ],
  [
    "dequeue, six arguments with a number",
    "dequeue",
    [null, null, null, null, null, "+15551234"],
    instruction("dequeue", {
      DequeueFrom: null,
      DequeuePostWorkActivitySid: null,
      DequeueRecord: null,
      DequeueTimeout: null,
      DequeueStatusCallbackUrl: null,
      DequeueTo: "+15551234",
    }),
  ],
  [
    "dequeue, events without to",
    "dequeue",
    ["1800", null, null, null, url, "answered", called],
    instruction("dequeue", {
      DequeueFrom: "1800",
      DequeuePostWorkActivitySid: null,
      DequeueRecord: null,
      DequeueTimeout: null,
      DequeueStatusCallbackUrl: url,
      DequeueStatusCallbackEvent: "answered",
    }),
  ],
  [
    "call, seven arguments",
    "call",
    ["1800", url, "http://status", "true", "record-from-answer", "client:joey", called],
    instruction("call", {
      CallFrom: "1800",
      CallUrl: url,
      CallStatusCallbackUrl: "http://status",
      CallAccept: "true",
      CallRecord: "record-from-answer",
      CallTo: "client:joey",
    }),
  ],
  [
    "call, four arguments",
    "call",
    ["1800", url, null, "true"],
    instruction("call", {
      CallFrom: "1800",
      CallUrl: url,
      CallStatusCallbackUrl: null,
      CallAccept: "true",
    }),
  ],
  [
    "call with a boolean",
    "call",
    ["1800", url, undefined, true],
    instruction("call", { CallFrom: "1800", CallUrl: url, CallAccept: true }),
  ],
  [
    "redirect",
    "redirect",
    ["CAx", url, "true", called],
    instruction("redirect", { RedirectCallSid: "CAx", RedirectUrl: url, RedirectAccept: "true" }),
  ],
  [
    "redirect, heard in the third place",
    "redirect",
    ["CAx", url, called],
    instruction("redirect", { RedirectCallSid: "CAx", RedirectUrl: url }),
  ],
  ["conference", "conference", [], instruction("conference")],
  ["conference, heard", "conference", [called], instruction("conference")],
  [
    "conference, five arguments",
    "conference",
    ["1800", "WAx", "30", "client:joey", called],
    instruction("conference", {
      From: "1800",
      PostWorkActivitySid: "WAx",
      Timeout: "30",
      To: "client:joey",
    }),
  ],
  [
    "conference, options alone",
    "conference",
    [null, null, null, null, null, { From: "1900", Record: "true", List: ["start", "end"] }],
    instruction("conference", {
      From: "1900",
      PostWorkActivitySid: null,
      Timeout: null,
      To: null,
      Record: "true",
      List: ["start", "end"],
    }),
  ],
  [
    "conference, options after the callback",
    "conference",
    ["1800", null, null, null, called, { EndConferenceOnExit: "true" }],
    instruction("conference", {
      From: "1800",
      PostWorkActivitySid: null,
      Timeout: null,
      To: null,
      EndConferenceOnExit: "true",
    }),
  ],
];

for (const [name, method, args, params] of forms) {
  test(`reservation.${method}: ${name}`, async () => {
    const reservation = await offered();
    const { calls, done } = callback();
    const heard = args.includes(called);
    const given = args.map((arg) => (arg === called ? done : arg));
    assert.equal(reservation[method](...given), undefined);
    await page.settle();
    assert.deepEqual(page.asked, [
      ["POST", `/Tasks/${taskSid}/Reservations/${reservationSid}`, params],
      ["GET", `/Tasks/${taskSid}`],
    ]);
    if (heard) {
      assert.deepEqual(calls, [[null, reservation]]);
    }
  });
}

test("the callback of an action finds the reservation and its task renewed", async () => {
  const reservation = await offered();
  page.answer("GET", taskUrl, taskPayload({ assignment_status: "assigned" }));
  const task = reservation.task;
  const { calls, done } = callback();
  reservation.accept(done);
  await page.settle();
  assert.equal(calls[0]?.[1].reservationStatus, "accepted");
  assert.equal(calls[0]?.[1].task.assignmentStatus, "assigned");
  assert.equal(reservation.task, task);
});

test("an action that was carried out is told although its task cannot be read", async () => {
  const reservation = await offered();
  page.answer("GET", taskUrl, () => response(404, {}));
  const { calls, done } = callback();
  reservation.accept(done);
  await page.settle();
  assert.deepEqual(calls, [[null, reservation]]);
});

test("a refused action is told with its error and asks nothing further", async () => {
  const reservation = await offered();
  page.answer("POST", reservationUrl, () => response(400, { code: 40003, message: "not pending" }));
  const { calls, done } = callback();
  reservation.accept(done);
  await page.settle();
  assert.equal(calls.length, 1);
  assert.equal(calls[0]?.[0].code, 400);
  assert.equal(calls[0]?.[0].apiCode, 40003);
  assert.equal(calls[0]?.[1], null);
  assert.equal(page.sent.length, 1);
});

test("a task is completed in every documented way", async () => {
  const reservation = await offered();
  const { calls, done } = callback();
  const completed = { AssignmentStatus: "completed" };
  reservation.task.complete();
  reservation.task.complete(done);
  reservation.task.complete(done, "done");
  reservation.task.complete(null, "done");
  reservation.task.complete("done", done);
  await page.settle();
  assert.deepEqual(
    page.asked,
    [completed, completed, ...Array(3).fill({ ...completed, Reason: "done" })].map((params) => [
      "POST",
      `/Tasks/${taskSid}`,
      params,
    ]),
  );
  assert.equal(calls.length, 3);
  assert.ok(calls.every(([error, task]) => error === null && task === reservation.task));
  assert.equal(reservation.task.assignmentStatus, "completed");
});
