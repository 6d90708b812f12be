import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { AgentStore } from "../src/store/agent.ts";
import { failure, fakeConnect, settled, start, workerData, type FakeClient } from "./worker.ts";

function page(token = "token") {
  const { connect, clients } = fakeConnect();
  const time = { now: start };
  const store = new AgentStore(connect, () => time.now);
  store.link.open(token);
  const state = () => store.link.state.value.state;
  return { store, link: store.link, clients, client: clients[0] as FakeClient, state, time };
}

async function livePage() {
  const made = page();
  made.client.emit("connected");
  made.client.emit("ready", workerData());
  await settled();
  assert.equal(made.state(), "live");
  return made;
}

/** A token that ends at a moment. */
function ending(at: number): string {
  return `h.${Buffer.from(JSON.stringify({ exp: at / 1000 })).toString("base64url")}.s`;
}

test("being connected is not enough to be live", () => {
  const { client, state } = page();
  assert.equal(state(), "connecting");
  client.emit("connected");
  assert.equal(state(), "connecting");
  client.emit("ready", workerData());
  assert.equal(state(), "live");
});

test("tries are counted until the connection is back", async () => {
  const { link, client, state, time } = await livePage();
  client.emit("disconnected", { code: 1006 });
  time.now += 3_000;
  client.emit("disconnected", { code: 1006 });
  client.emit("disconnected", {});
  assert.deepEqual(link.state.value, { state: "lost", since: start, tries: 2, offline: false });
  client.emit("connected");
  client.emit("ready", workerData());
  assert.equal(state(), "live");
});

test("trying now hands the token to the SDK again", async () => {
  const { link, client } = await livePage();
  link.retry();
  assert.deepEqual(client.tokens, ["token"], "nothing to try while it is live");
  client.emit("disconnected", { code: 1006 });
  link.retry();
  link.network(false);
  assert.equal(link.state.value.state === "lost" && link.state.value.offline, true);
  link.network(true);
  assert.deepEqual(client.tokens, ["token", "token", "token"]);
});

test("a server that is away is not taken for one that refuses", async () => {
  const { client, state } = await livePage();
  client.emit("disconnected", { code: 1006 });
  client.next("fetch").done(failure(0), null);
  assert.equal(state(), "lost");
  client.emit("disconnected", { code: 1006 });
  client.next("fetch").done(failure(503), null);
  assert.equal(state(), "lost");
});

test("a link that the server does not know is given up, with the reason", () => {
  const { link, client, state } = page();
  client.emit("disconnected", { code: 1006 });
  client.next("fetch").done(failure(401, "Authenticate", 20003), null);
  assert.equal(state(), "refused");
  assert.equal(client.disconnected, true);
  const now = link.state.value;
  assert.ok(now.state === "refused");
  assert.match(now.problem.text, /does not accept this link/);
  assert.equal(now.problem.original, "Authenticate · HTTP 401 · code 20003");
});

test("a link that ended is told apart from one that never worked", () => {
  const { client, state } = page(ending(start - 1_000));
  client.emit("disconnected", { code: 1006 });
  client.next("fetch").done(failure(401), null);
  assert.equal(state(), "expired");
});

test("a damaged link is said to be one", () => {
  const { link, state } = page("damaged");
  assert.equal(state(), "refused");
  assert.match(link.state.value.state === "refused" ? link.state.value.problem.text : "", /damaged/);
});

test("another session that takes over pauses the page, and can be replaced again", async () => {
  const { link, clients, client, state } = await livePage();
  client.emit("disconnected", { code: 4001 });
  assert.equal(state(), "replaced");
  link.takeOver();
  assert.equal(clients.length, 2);
  assert.equal(clients[1]?.closeOthers, true);
  assert.equal(client.disconnected, true);
  assert.equal(state(), "connecting");
});

test("after the end of the access nothing is sent, and a new link goes on in place", async () => {
  const { store, link, clients, client, state } = await livePage();
  client.emit("token.expired");
  client.emit("disconnected", { code: 4002 });
  assert.equal(state(), "expired");
  assert.equal(store.usable.value, false);
  client.emit("disconnected", { code: 1006 });
  assert.equal(state(), "expired");
  link.renew("token2");
  assert.deepEqual(client.tokens, ["token", "token2"]);
  assert.equal(clients.length, 1);
  assert.equal(state(), "connecting");
  client.emit("connected");
  client.emit("ready", workerData());
  assert.equal(state(), "live");
});

test("a new link in time goes unnoticed, and tells the server", async () => {
  const { link, client, state } = await livePage();
  link.renew("token2");
  assert.equal(state(), "live");
  client.next("fetch");
});

test("a link of another worker starts anew", async () => {
  const { store, link, clients, client } = await livePage();
  client.emit("reservation.created", client.reservation("WR1", "pending"));
  link.renew("other");
  assert.equal(client.disconnected, true);
  const second = clients[1] as FakeClient;
  second.emit("connected");
  second.emit("ready", workerData({ sid: "WK2", friendlyName: "Ben" }));
  await settled();
  assert.equal(store.worker.value?.name, "Ben");
  assert.equal(store.held.value.size, 0, "nothing of the other worker is left");
});

test("a link that was given up can be followed by a good one", () => {
  const { link, clients, client, state } = page();
  client.emit("disconnected", { code: 1006 });
  client.next("fetch").done(failure(403), null);
  assert.equal(state(), "refused");
  link.renew("token2");
  assert.equal(clients.length, 2);
  assert.equal(state(), "connecting");
});

test("a worker that cannot be read at first is read again", async (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const { store, client, state } = page();
  client.emit("connected");
  client.emit("error", { response: failure(503), message: "Not ready" });
  assert.equal(state(), "connecting");
  mock.timers.tick(5_000);
  client.next("fetch").done(null, workerData());
  assert.equal(state(), "live");
  assert.equal(store.worker.value?.name, "Ana");
});
