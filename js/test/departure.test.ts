import assert from "node:assert/strict";
import { test } from "node:test";
import { accountSid, makeToken, offlineSid, page, workerSid, workerUrl } from "./page.ts";
import { newWorker, readyWorker } from "./worker.ts";

const given = { disconnectActivitySid: offlineSid };

test("leaving the page sends the disconnect activity once, whatever the browser fires", async () => {
  const token = makeToken();
  await readyWorker({ ...given, token });
  page.leave("pagehide");
  page.leave("unload");
  assert.deepEqual(page.beacons, [
    {
      endpoint: `https://bridge.example.com/v1/wschannels/${accountSid}/${workerSid}`,
      headers: {},
      body: { url: workerUrl, method: "POST", params: { ActivitySid: offlineSid }, token },
    },
  ]);
});

test("many connects make one beacon", async () => {
  await readyWorker(given);
  for (let i = 0; i < 3; i++) {
    page.socket.end();
    await page.pass(1000);
    page.socket.open();
    await page.settle();
  }
  assert.equal(page.listeners.length, 2);
  page.leave("unload");
  assert.equal(page.beacons.length, 1);
});

test("a page that came back and connected again can leave again", async () => {
  await readyWorker(given);
  page.leave("pagehide");
  page.socket.end();
  await page.pass(1000);
  page.socket.open();
  page.leave("pagehide");
  assert.equal(page.beacons.length, 2);
});

test("a browser that takes no beacon gets a request that outlives the page", async () => {
  await readyWorker(given);
  page.beaconWorks = false;
  page.leave("pagehide");
  assert.deepEqual(page.asked, [["POST", `/Workers/${workerSid}`, { ActivitySid: offlineSid }]]);
});

test("nothing is sent without an activity, before a connect, or after the end", async () => {
  await readyWorker();
  newWorker(given);
  page.leave("unload");
  const stopped = await readyWorker(given);
  stopped.disconnect();
  page.leave("unload");
  assert.equal(page.listeners.length, 0);
  await readyWorker(given);
  page.socket.end(4001);
  page.leave("unload");
  assert.deepEqual(page.beacons, []);
});
