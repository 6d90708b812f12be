import assert from "node:assert/strict";
import { test } from "node:test";
import { accountSid, callback, page, queueSid, record, workspaceUrl } from "./page.ts";
import { newQueue } from "./plain.ts";

const queueUrl = `${workspaceUrl}/TaskQueues/${queueSid}`;

test("a task queue connects to its own channel and is ready with its data", async () => {
  const queue = newQueue();
  const seen = record(queue, "connected", "ready", "token.expired");
  assert.ok(page.socket.url.includes(`/v1/wschannels/${accountSid}/${queueSid}?token=`));
  page.socket.open();
  await page.settle();
  assert.deepEqual(page.asked, [["GET", `/TaskQueues/${queueSid}`]]);
  assert.deepEqual(seen.map(([name]) => name), ["connected", "ready"]);
  assert.equal(seen[1]?.[1].targetWorkers, "1==1");
  assert.notEqual(seen[1]?.[1], queue);
  assert.equal(queue.maxReservedWorkers, 1);
  await page.pass(3_595_000);
  assert.equal(seen.filter(([name]) => name === "token.expired").length, 1);
});

test("it reads, changes and deletes itself", async () => {
  const queue = newQueue();
  page.answer("POST", queueUrl, { sid: queueSid, friendly_name: "Sales", max_reserved_workers: 3 });
  page.answer("DELETE", queueUrl, {});
  const { calls, done } = callback();
  queue.fetch(done);
  await page.settle();
  queue.update("MaxReservedWorkers", "3", done);
  await page.settle();
  queue.delete(done);
  await page.settle();
  assert.equal(calls[0]?.[1], queue);
  assert.equal(queue.maxReservedWorkers, 3);
  assert.deepEqual(calls[2], [null, {}]);
  assert.deepEqual(page.asked, [
    ["GET", `/TaskQueues/${queueSid}`],
    ["POST", `/TaskQueues/${queueSid}`, { MaxReservedWorkers: "3" }],
    ["DELETE", `/TaskQueues/${queueSid}`],
  ]);
});

test("disconnect ends it for good", async () => {
  const queue = newQueue();
  page.socket.open();
  queue.disconnect();
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
});
