import assert from "node:assert/strict";
import { test } from "node:test";
import { Worker } from "../src/taskrouter.ts";
import {
  accountSid,
  apiBase,
  bridgeBase,
  makeToken,
  offlineSid,
  page,
  workerSid,
  workerUrl,
} from "./page.ts";
import { newWorker } from "./worker.ts";

test("a constructor refuses what is no capability token", () => {
  const encoded = (text: string) => Buffer.from(text).toString("base64url");
  const cases: Array<[name: string, token: unknown, message: RegExp]> = [
    ["none", undefined, /capability token is needed/],
    ["null", null, /capability token is needed/],
    ["empty", "", /capability token is needed/],
    ["one segment", "abc", /three segments; this one has 1/],
    ["four segments", "a.b.c.d", /three segments; this one has 4/],
    ["not base64", "a.%%%.c", /not JSON/],
    ["not JSON", `a.${encoded("hello")}.c`, /not JSON/],
    ["JSON, but null", `a.${encoded("null")}.c`, /no account_sid|null/],
    ["no account", makeToken({ account_sid: undefined }), /no account_sid/],
    ["no channel", makeToken({ channel: undefined }), /no channel/],
    ["no workspace", makeToken({ workspace_sid: undefined }), /no workspace_sid/],
  ];
  for (const [name, token, message] of cases) {
    assert.throws(() => new Worker(token as string), { message }, name);
  }
  assert.equal(page.sockets.length, 0, "no socket for a token that cannot be right");
});

test("a constructor throws what the browser says about an impossible address", () => {
  page.refuseSockets = true;
  assert.throws(() => newWorker(), SyntaxError);
});

test("a constructor without any server to talk to says what to do", () => {
  assert.throws(() => new Worker(makeToken()), { message: /pass apiBaseUrl and eventBridgeBaseUrl/ });
});

test("the socket is opened by the constructor, with everything the server is to know", () => {
  const token = makeToken();
  const path = `/v1/wschannels/${accountSid}/${workerSid}`;
  const cases: Array<[name: string, given: Parameters<typeof newWorker>[0], query: string]> = [
    ["plain", {}, `?token=${token}&closeExistingSessions=false`],
    ["close others", { closeExistingSessions: true }, `?token=${token}&closeExistingSessions=true`],
    ["as text", { closeExistingSessions: "true" }, `?token=${token}&closeExistingSessions=true`],
    ["text false", { closeExistingSessions: "false" }, `?token=${token}&closeExistingSessions=false`],
    [
      "disconnect activity",
      { disconnectActivitySid: offlineSid },
      `?token=${token}&closeExistingSessions=false&disconnectActivitySid=${offlineSid}`,
    ],
    ["region", { region: "ie1-ix" }, `?token=${token}&closeExistingSessions=false`],
  ];
  for (const [name, given, query] of cases) {
    newWorker({ ...given, token });
    assert.equal(page.socket.url, `wss://bridge.example.com${path}${query}`, name);
    assert.equal(page.socket.protocols, undefined, name);
  }
});

test("the token can go into the subprotocol instead of the address", () => {
  const token = makeToken();
  newWorker({ token, options: { tokenInProtocol: true } });
  assert.equal(page.socket.url.includes(token), false);
  assert.match(page.socket.url, /\?closeExistingSessions=false$/);
  assert.deepEqual(page.socket.protocols, ["taskrouter.v1", `taskrouter.token.${token}`]);
});

test("server addresses follow from what is given", async () => {
  const cases: Array<[name: string, api: any, bridge: any, socket: string, url: string]> = [
    ["both", `${apiBase}/`, `${bridgeBase}/`, "wss://bridge.example.com", apiBase],
    ["plain http", "http://a:1/v1", "http://b:2", "ws://b:2", "http://a:1/v1"],
    ["bridge only", null, "http://b:2", "ws://b:2", "http://b:2/v1"],
    ["API only", "https://a/v1", undefined, "wss://a", "https://a/v1"],
    ["socket scheme", null, "wss://b", "wss://b", "https://b/v1"],
  ];
  for (const [name, api, bridge, socket, url] of cases) {
    page.sent.length = 0;
    const nothing = undefined;
    new Worker(makeToken(), false, null, null, null, null, null, api, bridge, nothing);
    assert.ok(page.socket.url.startsWith(`${socket}/v1/wschannels/`), `${name}: ${page.socket.url}`);
    page.socket.open();
    await page.settle();
    assert.ok(String(page.sent[0]?.body.url).startsWith(`${url}/Workspaces/`), name);
    assert.ok(page.sent[0]?.endpoint.startsWith(socket.replace("ws", "http")), name);
  }
});

test("nothing is emitted while the constructor runs, not even for an expired token", async () => {
  const worker = newWorker({ token: makeToken({ exp: 1 }) });
  let expired = 0;
  worker.on("token.expired", () => expired++);
  await page.pass(0);
  assert.equal(expired, 1);
});

test("arguments stay visible on the worker, methods do not", () => {
  const token = makeToken();
  const worker = newWorker({ token, debug: false, disconnectActivitySid: offlineSid });
  const visible: string[] = [];
  for (const name in worker) {
    visible.push(name);
  }
  assert.deepEqual(visible.sort(), [
    "closeExistingSessions",
    "connectActivitySid",
    "debug",
    "disconnectActivitySid",
    "token",
    "workerSid",
  ]);
  assert.equal(worker.token, token);
  assert.equal(worker.workerSid, workerSid);
  assert.equal(worker.disconnectActivitySid, offlineSid);
  assert.equal((worker as any).resourceUrl, workerUrl);
  assert.equal(worker.sid, undefined, "data come with the first ready");
});

test("a token is read as UTF-8, and the channel names the worker", () => {
  const worker = newWorker({ token: makeToken({ friendly_name: "Zoë 🙂", worker_sid: undefined }) });
  assert.equal(worker.workerSid, workerSid);
});

test("the console gets no token, and nothing at all without debugging", async () => {
  const token = makeToken();
  for (const debug of [undefined, true, "true", null]) {
    page.lines.length = 0;
    newWorker({ token, debug: debug as boolean });
    page.socket.open();
    page.socket.event("reservation.odd", {});
    page.socket.end(1006);
    assert.ok(page.lines.length >= 3, String(debug));
    assert.ok(page.lines.some((line) => line.includes("Websocket opened: wss://")));
    assert.ok(page.lines.some((line) => line.includes("[reservation.odd]")));
    assert.ok(!page.lines.some((line) => line.includes(token)), "token in the log");
  }
  for (const debug of [false, "false"]) {
    page.lines.length = 0;
    const worker = newWorker({ token, debug });
    page.socket.open();
    page.socket.raw("nonsense");
    page.socket.refuse();
    worker.updateActivity(offlineSid);
    await page.settle();
    assert.deepEqual(page.lines, []);
  }
});
