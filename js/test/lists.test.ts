import assert from "node:assert/strict";
import { test } from "node:test";
import { callback, idleSid, listPayload, page, workspaceUrl } from "./page.ts";
import { readyWorker } from "./worker.ts";

const activities = `${workspaceUrl}/Activities`;
const idle = { sid: idleSid, friendly_name: "Idle", available: true };
const busy = { sid: `WA${"9".repeat(32)}`, friendly_name: "Busy", available: false };

async function fetched(): Promise<{ worker: Twilio.TaskRouter.Worker; list: any }> {
  const worker = await readyWorker();
  page.answer(
    "GET",
    activities,
    listPayload("activities", [idle], { page: 0, next_page_url: `${activities}?Page=1` }),
  );
  page.answer(
    "GET",
    `${activities}?Page=1`,
    listPayload("activities", [busy], { page: 1, previous_page_url: activities }),
  );
  const { calls, done } = callback();
  worker.activities.fetch(done);
  await page.settle();
  assert.equal(calls[0]?.[0], null);
  page.sent.length = 0;
  return { worker, list: calls[0]?.[1] };
}

test("a list has its data and says where it stands", async () => {
  const { list } = await fetched();
  assert.equal(list.data.length, 1);
  assert.equal(list.data[0].friendlyName, "Idle");
  assert.equal(list.page, 0);
  assert.equal(list.pageSize, 50);
  assert.equal(list.hasNext, true);
  assert.equal(list.hasPrevious, false);
  assert.equal("previous" in list, false);
  assert.deepEqual(Object.keys(list), ["data", "page", "pageSize", "hasNext", "hasPrevious"]);
});

test("next and previous turn pages by the server's own addresses", async () => {
  const { list } = await fetched();
  const { calls, done } = callback();
  list.next(done);
  await page.settle();
  const second = calls[0]?.[1];
  assert.deepEqual(page.asked, [["GET", "/Activities?Page=1"]]);
  assert.equal(second.data[0].friendlyName, "Busy");
  assert.equal(second.hasNext, false);
  assert.equal("next" in second, false);
  second.previous(done);
  await page.settle();
  assert.equal(calls[1]?.[1].data[0].friendlyName, "Idle");
  assert.throws(() => list.next(), /function/);
});

test("fetch takes parameters or a SID", async () => {
  const { worker, list } = await fetched();
  page.answer("GET", `${activities}/${idleSid}`, idle);
  const { calls, done } = callback();
  worker.activities.fetch({ Available: "true" }, done);
  await page.settle();
  list.fetch(idleSid, done);
  await page.settle();
  assert.deepEqual(page.asked, [
    ["GET", "/Activities", { Available: "true" }],
    ["GET", `/Activities/${idleSid}`],
  ]);
  assert.equal(calls[1]?.[1].friendlyName, "Idle");
});

test("members are made, changed and deleted; objects in create stay objects", async () => {
  const { worker } = await fetched();
  page.answer("POST", activities, busy);
  page.answer("POST", `${activities}/${idleSid}`, { ...idle, friendly_name: "Free" });
  page.answer("DELETE", `${activities}/${idleSid}`, {});
  const { calls, done } = callback();
  worker.activities.create({ FriendlyName: "Busy", Extra: { a: 1 } }, done);
  await page.settle();
  worker.activities.update(idleSid, "FriendlyName", "Free", done);
  await page.settle();
  worker.activities.update(idleSid, { FriendlyName: "Free", Extra: { a: 1 } }, done);
  await page.settle();
  worker.activities.delete(idleSid, done);
  await page.settle();
  assert.deepEqual(page.asked, [
    ["POST", "/Activities", { FriendlyName: "Busy", Extra: { a: 1 } }],
    ["POST", `/Activities/${idleSid}`, { FriendlyName: "Free" }],
    ["POST", `/Activities/${idleSid}`, { FriendlyName: "Free", Extra: '{"a":1}' }],
    ["DELETE", `/Activities/${idleSid}`],
  ]);
  assert.equal(calls[0]?.[1].friendlyName, "Busy");
  assert.equal(calls[2]?.[1].friendlyName, "Free");
  assert.deepEqual(calls[3], [null, {}]);
});

test("wrong arguments throw before anything is sent", async () => {
  const { worker } = await fetched();
  const list = worker.activities as any;
  assert.throws(() => list.fetch(), /function/);
  assert.throws(() => list.fetch({}), /2nd argument needs to be a function/);
  assert.throws(() => list.fetch(idleSid), /2nd argument needs to be a function/);
  assert.throws(() => list.fetch(5, () => {}), /1st argument/);
  assert.throws(() => list.create("x", () => {}), /1st argument needs to be an object/);
  assert.throws(() => list.create({}, 5), /2nd argument/);
  assert.throws(() => list.update(5, {}), /1st argument needs to be a SID/);
  assert.throws(() => list.update(idleSid, "FriendlyName", 5), {
    message: "2nd argument needs to be a string value",
  });
  assert.throws(() => list.delete(), /1st argument needs to be a SID/);
  assert.equal(page.sent.length, 0);
});
