import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { makeToken, page, record, start } from "./page.ts";
import { newWorker, readyWorker } from "./worker.ts";

/** Waits without and with a socket: the n-th attempt comes exactly after the wait. */
async function expectAttemptAfter(wait: number): Promise<void> {
  const before = page.sockets.length;
  await page.pass(wait - 1);
  assert.equal(page.sockets.length, before, `too early for a wait of ${wait} ms`);
  await page.pass(1);
  assert.equal(page.sockets.length, before + 1, `nothing after ${wait} ms`);
}

test("it reconnects for ever, after 1, 3, 7, 15, 30, 30 s, and starts over once open", async () => {
  const worker = newWorker({ token: makeToken({ exp: undefined }) });
  const seen = record(worker, "disconnected", "error");
  for (const wait of [1000, 3000, 7000, 15000, 30000, 30000]) {
    page.socket.refuse();
    await expectAttemptAfter(wait);
  }
  assert.equal(seen.length, 12, "an error and a disconnected for each refusal");
  assert.match(seen[0]?.[1].message, /./);
  assert.equal(seen[0]?.[1].response.type, "error");
  assert.equal(seen[1]?.[1].message, "Websocket disconnected due to lost connectivity");
  page.socket.open();
  page.socket.end();
  await expectAttemptAfter(1000);
});

test("waits are spread by half their length either way", async () => {
  for (const [random, wait] of [
    [0, 500],
    [0.999999, 1500],
  ] as const) {
    newWorker();
    mock.method(Math, "random", () => random);
    page.socket.end();
    await expectAttemptAfter(wait);
  }
});

test("each attempt uses the current token", async () => {
  const worker = newWorker();
  const token = makeToken({ exp: start / 1000 + 7200 });
  page.socket.open();
  worker.updateToken(token);
  page.socket.end();
  await page.pass(1000);
  assert.ok(page.socket.url.includes(token));
});

test("60 s of silence end the socket; it is closed and never heard again", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "disconnected", "error", "odd");
  const silent = page.socket;
  await page.pass(59_000);
  silent.raw(" ");
  await page.pass(59_000);
  silent.event("odd", {});
  await page.pass(59_999);
  assert.equal(silent.closed, false);
  await page.pass(1);
  assert.equal(silent.closed, true);
  assert.deepEqual(seen.map(([name]) => name), ["odd", "disconnected"]);

  silent.end();
  silent.event("odd", {});
  await page.pass(1000);
  assert.equal(page.sockets.length, 2, "one new socket, not two");
  assert.equal(seen.length, 2);
});

test("a handshake that never ends is given up as well", async () => {
  const seen = record(newWorker(), "disconnected");
  await page.pass(60_000);
  assert.equal(page.socket.closed, true);
  assert.equal(seen.length, 1);
});

test("a blank frame is no event, an unreadable one is an error and nothing more", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "error", "fine");
  const frames = [" ", "", "\n", "{", "[]", "null", '{"event_type":5}', new Blob([])];
  frames.forEach((frame) => page.socket.raw(frame));
  page.socket.event("fine", {});
  assert.deepEqual(
    seen.map(([name]) => name),
    ["error", "error", "error", "error", "error", "fine"],
  );
  assert.equal(seen[0]?.[1].response.data, "{");
  assert.match(seen[0]?.[1].message, /cannot be read/);
});

test("an error without a listener throws nowhere", async () => {
  await readyWorker();
  page.socket.raw("nonsense");
  page.socket.refuse();
  await page.pass(0);
});

test("close code 4001 is the end: another session took over", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "disconnected");
  page.socket.end(4001, "replaced by another session");
  await page.pass(600_000);
  worker.updateToken(makeToken());
  await page.pass(600_000);
  assert.equal(page.sockets.length, 1);
  assert.equal(seen[0]?.[1].code, 4001);
  assert.equal(seen[0]?.[1].reason, "replaced by another session");
});

test("disconnect closes the socket for good and is told once", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "disconnected", "odd", "token.expired");
  const socket = page.socket;
  worker.disconnect();
  worker.disconnect();
  assert.equal(socket.closed, true);
  assert.deepEqual(seen.map(([name]) => name), ["disconnected"]);
  socket.event("odd", {});
  socket.end();
  await page.pass(4_000_000);
  worker.updateToken(makeToken());
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
  assert.deepEqual(seen.map(([name]) => name), ["disconnected"]);
});

test("disconnect ends a wait for the next attempt too", async () => {
  const worker = newWorker();
  page.socket.refuse();
  worker.disconnect();
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
});

test("a listener of disconnected may disconnect", async () => {
  const worker = await readyWorker();
  worker.on("disconnected", () => worker.disconnect());
  page.socket.end();
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
});

test("an address that stops working later is an error and another attempt, no exception", async () => {
  const worker = newWorker();
  const seen = record(worker, "error", "disconnected");
  page.refuseSockets = true;
  page.socket.end();
  await page.pass(1000);
  assert.deepEqual(seen.map(([name]) => name), ["disconnected", "error", "disconnected"]);
  page.refuseSockets = false;
  await page.pass(3000);
  assert.equal(page.sockets.length, 2);
});
