import assert from "node:assert/strict";
import { test } from "node:test";
import {
  callback,
  listPayload,
  makeToken,
  page,
  record,
  reservationPayload,
  response,
  start,
  workerSid,
  workspaceUrl,
} from "./page.ts";
import { newWorker, readyWorker } from "./worker.ts";

const day = 86_400_000;
const endingIn = (milliseconds: number) => makeToken({ exp: (start + milliseconds) / 1000 });

test("token.expired comes 5 s before the end, once", async () => {
  const worker = newWorker({ token: endingIn(60_000) });
  const seen = record(worker, "token.expired");
  await page.pass(54_999);
  assert.equal(seen.length, 0);
  await page.pass(1);
  assert.equal(seen.length, 1);
  await page.pass(600_000);
  assert.equal(seen.length, 1);
});

test("a token for weeks does not overflow the browser's timer", async () => {
  const worker = newWorker({ token: endingIn(60 * day) });
  const seen = record(worker, "token.expired");
  for (let passed = 0; passed < 59; passed++) {
    await page.pass(day);
  }
  assert.equal(seen.length, 0);
  await page.pass(day - 5_001);
  assert.equal(seen.length, 0);
  await page.pass(1);
  assert.equal(seen.length, 1);
});

test("a token without an end never expires", async () => {
  const worker = newWorker({ token: makeToken({ exp: undefined }) });
  const seen = record(worker, "token.expired");
  await page.pass(100 * day);
  assert.equal(seen.length, 0);
});

test("updateToken moves the end, and makes no request", async () => {
  const worker = await readyWorker({ token: endingIn(60_000) });
  const seen = record(worker, "token.expired");
  worker.updateToken(endingIn(120_000));
  assert.equal(page.sent.length, 0);
  await page.pass(114_999);
  assert.equal(seen.length, 0);
  await page.pass(1);
  assert.equal(seen.length, 1);
});

test("a token that does not fit is refused and the old one stays", () => {
  const token = makeToken();
  const worker = newWorker({ token });
  assert.throws(() => worker.updateToken("abc"), /three segments/);
  const other = makeToken({ channel: `WK${"9".repeat(32)}` });
  assert.throws(() => worker.updateToken(other), { message: new RegExp(`this client.*${workerSid}`) });
  assert.equal(worker.token, token);
});

test("everything made from the client sees a new token at once", async () => {
  page.pending = [reservationPayload()];
  const worker = newWorker({ token: endingIn(60_000) });
  const seen = record(worker, "reservation.created", "ready");
  page.answer("GET", `${workspaceUrl}/Activities`, () =>
    response(200, {
      payload: listPayload("activities", [], { next_page_url: `${workspaceUrl}/Activities?Page=1` }),
    }),
  );
  page.socket.open();
  const { calls, done } = callback();
  worker.activities.fetch(done);
  await page.settle();
  const reservation = seen.find(([name]) => name === "reservation.created")?.[1];
  const ready = seen.find(([name]) => name === "ready")?.[1];

  const token = endingIn(600_000);
  reservation.updateToken(token);
  page.sent.length = 0;
  reservation.accept();
  reservation.task.complete();
  ready.statistics.fetch(done);
  calls[0]?.[1].next(done);
  worker.activities.fetch(done);
  worker.fetchChannels(done);
  await page.settle();
  assert.equal(page.sent.length >= 6, true);
  assert.ok(page.sent.every(({ body }) => body.token === token));
  assert.equal(worker.token, token);
});

test("reconnecting pauses while the token is used up, and updateToken ends the pause", async () => {
  const worker = await readyWorker({ token: endingIn(60_000) });
  await page.pass(55_000);
  page.socket.end();
  await page.pass(600_000);
  assert.equal(page.sockets.length, 1);
  worker.updateToken(endingIn(1_000_000));
  assert.equal(page.sockets.length, 2, "at once");
});

test("a token that ends during the wait for another attempt pauses as well", async () => {
  const worker = newWorker({ token: endingIn(7_000) });
  page.socket.refuse();
  await page.pass(1000);
  assert.equal(page.sockets.length, 2);
  page.socket.refuse();
  await page.pass(600_000);
  assert.equal(page.sockets.length, 2);
  worker.updateToken(makeToken());
  assert.equal(page.sockets.length, 3);
});

test("a new token is tried at once instead of after the wait", async () => {
  const worker = newWorker();
  page.socket.refuse();
  worker.updateToken(makeToken({ exp: start / 1000 + 9999 }));
  assert.equal(page.sockets.length, 2);
  await page.pass(30_000);
  assert.equal(page.sockets.length, 2, "the planned attempt is off");
});

test("the server's word that the token has ended counts, and is told", async () => {
  const worker = await readyWorker();
  const seen = record(worker, "disconnected", "token.expired");
  page.socket.end(4002, "token expired");
  await page.pass(60_000);
  assert.equal(page.sockets.length, 1);
  assert.deepEqual(seen.map(([name]) => name), ["disconnected", "token.expired"]);
  await page.pass(3_600_000);
  assert.equal(seen.length, 2, "not told again by the timer");
});

test("renewing inside token.expired keeps the client going", async () => {
  const worker = await readyWorker();
  worker.on("token.expired", () => worker.updateToken(makeToken({ exp: start / 1000 + 9999 })));
  page.socket.end(4002);
  assert.equal(page.sockets.length, 2);
  page.socket.open();
  await page.pass(5_000);
  assert.equal(page.sockets.length, 2);
});

test("a socket that ends with its old token is replaced with the new one", async () => {
  const worker = await readyWorker({ token: endingIn(60_000) });
  const seen = record(worker, "token.expired");
  worker.updateToken(endingIn(600_000));
  page.socket.end(4002);
  await page.pass(1000);
  assert.equal(page.sockets.length, 2);
  assert.equal(seen.length, 0);
});
