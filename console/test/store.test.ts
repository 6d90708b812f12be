import assert from "node:assert/strict";
import { test } from "node:test";
import { AgentStore } from "../src/store/agent.ts";
import type { ActivityData } from "../src/store/model.ts";
import { failure, fakeConnect, settled, start, workerData, type FakeClient } from "./worker.ts";

/** A page that is connected and has read what there is. */
async function page(prepare = (_client: FakeClient): void => {}) {
  const time = { now: start };
  const { connect, clients } = fakeConnect();
  const store = new AgentStore(connect, () => time.now);
  store.link.open("token");
  const client = clients[0] as FakeClient;
  prepare(client);
  client.emit("connected");
  client.emit("ready", workerData());
  await settled();
  const pass = (milliseconds: number) => {
    time.now += milliseconds;
    store.tick();
  };
  return { store, client, clients, pass };
}

const statuses = (store: AgentStore) =>
  Object.fromEntries([...store.held.value].map(([sid, each]) => [sid, each.status]));

test("opening the page shows what is true, whatever the number of list pages", async () => {
  const { store } = await page((client) => {
    client.reservations = [
      client.reservation("WR1", "pending"),
      client.reservation("WR2", "pending"),
      client.reservation("WR3", "accepted"),
      client.reservation("WR4", "wrapping"),
    ];
  });
  assert.equal(store.loaded.value, true);
  assert.deepEqual(store.offers.value.map((each) => each.sid), ["WR1", "WR2"]);
  assert.deepEqual(store.tasks.value.map((each) => each.sid), ["WR3", "WR4"]);
  assert.equal(store.worker.value?.name, "Ana");
  assert.deepEqual(store.activities.value.map((each) => each.name), ["Available", "Offline", "Break"]);
  assert.equal(store.channels.value.get("voice")?.capacity, 1);
});

test("a token without the right to read channels opens the page all the same", async () => {
  const { store } = await page((client) => {
    client.channelsError = failure(403);
  });
  assert.equal(store.loaded.value, true);
  assert.equal(store.channels.value.size, 0);
  assert.equal(store.trouble.value, undefined);
});

test("an offer is accepted when the server has said so, and not before", async () => {
  const { store, client } = await page();
  client.emit("reservation.created", client.reservation("WR1", "pending"));
  store.accept("WR1");
  store.accept("WR1");
  assert.equal(client.orders.length, 1, "one order for two clicks");
  assert.equal(store.held.value.get("WR1")?.busy, "accept");
  assert.equal(store.tasks.value.length, 0);

  client.next("accept").done(null, client.reservation("WR1", "accepted", { version: 1 }));
  assert.deepEqual(store.tasks.value.map((each) => [each.sid, each.busy]), [["WR1", undefined]]);
  client.emit("reservation.accepted", client.reservation("WR1", "accepted", { version: 1 }));
  assert.equal(store.tasks.value.length, 1);
});

test("an event that overtakes the answer wins", async () => {
  const { store, client } = await page();
  client.emit("reservation.created", client.reservation("WR1", "pending"));
  store.accept("WR1");
  const { done } = client.next("accept");
  client.emit("reservation.wrapup", client.reservation("WR1", "wrapping", { version: 2 }));
  done(null, client.reservation("WR1", "accepted", { version: 1 }));
  assert.deepEqual(statuses(store), { WR1: "wrapping" });
  assert.equal(store.held.value.get("WR1")?.busy, undefined);
});

test("accepting too late shows who was faster", async () => {
  const { store, client, pass } = await page();
  client.emit("reservation.created", client.reservation("WR1", "pending"));
  store.accept("WR1");
  client.next("accept").done(failure(410, "reservation WR1 is rescinded"), null);
  const problem = store.held.value.get("WR1")?.problem;
  assert.equal(problem?.text, "Another worker took this task first. Nothing changed for you.");
  assert.equal(problem?.original, "reservation WR1 is rescinded · HTTP 410");

  client.next("reservation.fetch").done(null, client.reservation("WR1", "rescinded", { version: 1 }));
  assert.deepEqual(statuses(store), { WR1: "rescinded" });
  assert.deepEqual(store.openOffers.value, []);
  pass(8_001);
  assert.deepEqual(statuses(store), {});
});

test("a refused order leaves the card as it was, with the reason", async () => {
  const { store, client } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "accepted")];
  });
  store.complete("WR1", "solved");
  const { args, done } = client.next("completeTask");
  assert.deepEqual(args, ["WT1", "solved"]);
  done(failure(503), null);
  const each = store.held.value.get("WR1");
  assert.equal(each?.status, "accepted");
  assert.equal(each?.busy, undefined);
  assert.match(each?.problem?.text ?? "", /can't complete the task right now/);
  client.next("reservation.fetch").done(failure(0), null);
  assert.ok(store.held.value.get("WR1")?.problem, "the reason stays until it is read");
  store.dismiss("WR1");
  assert.equal(store.held.value.get("WR1")?.problem, undefined);
});

test("a task that no longer exists leaves", async () => {
  const { store, client } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "accepted")];
  });
  store.wrapUp("WR1");
  client.next("updateTask").done(failure(404), null);
  client.next("reservation.fetch").done(failure(404), null);
  assert.deepEqual(statuses(store), { WR1: "gone" });
});

test("declining can take the worker to another activity", async () => {
  const { store, client } = await page();
  client.emit("reservation.created", client.reservation("WR1", "pending"));
  client.emit("reservation.created", client.reservation("WR2", "pending"));
  store.decline("WR1");
  assert.deepEqual(client.next("reject").args, []);
  store.decline("WR2", "WA3");
  const { args, done } = client.next("reject");
  assert.deepEqual(args, ["WA3"]);
  done(null, client.reservation("WR2", "rejected", { version: 1 }));
  assert.deepEqual(statuses(store), { WR1: "pending", WR2: "rejected" });
});

test("a task goes through wrap-up to its end, and stays a while", async () => {
  const { store, client, pass } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "accepted")];
  });
  store.wrapUp("WR1");
  const { args, done } = client.next("updateTask");
  assert.deepEqual(args, ["WT1", { AssignmentStatus: "wrapping" }]);
  pass(5_000);
  done(null, { sid: "WT1", assignmentStatus: "wrapping" });
  assert.deepEqual(statuses(store), { WR1: "wrapping" });
  assert.equal(store.held.value.get("WR1")?.since, start + 5_000);

  store.complete("WR1");
  assert.deepEqual(client.next("completeTask").args, ["WT1", undefined]);
  client.emit("reservation.completed", client.reservation("WR1", "completed", { version: 3 }));
  assert.deepEqual(statuses(store), { WR1: "completed" });
  pass(59_000);
  assert.equal(store.tasks.value.length, 1);
  pass(1_001);
  assert.equal(store.tasks.value.length, 0);
});

test("each way an offer can end is told", async () => {
  for (const [event, status] of [
    ["reservation.rescinded", "rescinded"],
    ["reservation.canceled", "canceled"],
    ["reservation.timeout", "timeout"],
    ["reservation.rejected", "rejected"],
  ] as const) {
    const { store, client } = await page();
    client.emit("reservation.created", client.reservation("WR1", "pending"));
    client.emit(event, client.reservation("WR1", status, { version: 1 }));
    assert.deepEqual(statuses(store), { WR1: status });
    client.emit("reservation.created", client.reservation("WR1", "pending"));
    assert.deepEqual(statuses(store), { WR1: status }, "an old event does not bring it back");
  }
});

test("an offer that ran out is missed until the worker takes offers again", async () => {
  const { store, client, pass } = await page();
  client.emit("reservation.created", client.reservation("WR1", "pending"));
  pass(20_000);
  client.emit("reservation.timeout", client.reservation("WR1", "timeout", { version: 1 }));
  assert.deepEqual(store.missed.value, { at: start + 20_000, seconds: 20 });
  const offline = { activitySid: "WA2", activityName: "Offline", available: false };
  client.emit("activity.update", workerData(offline));
  assert.ok(store.missed.value);
  assert.equal(store.availableActivity()?.sid, "WA1");
  client.emit("activity.update", workerData());
  assert.equal(store.missed.value, undefined);
});

test("a reconnect makes the page agree with the server", async () => {
  const { store, client } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "pending"), fake.reservation("WR2", "accepted")];
  });
  client.emit("disconnected", { code: 1006 });
  client.reservations = [
    client.reservation("WR2", "wrapping", { version: 2 }),
    client.reservation("WR3", "accepted"),
  ];
  client.emit("connected");
  client.emit("ready", workerData());
  await settled();
  assert.deepEqual(statuses(store), { WR1: "gone", WR2: "wrapping", WR3: "accepted" });
});

test("an event that comes while the list is read is not undone by the list", async () => {
  const { store, client } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "accepted")];
  });
  client.emit("ready", workerData());
  client.emit("reservation.created", client.reservation("WR9", "pending"));
  client.emit("reservation.completed", client.reservation("WR1", "completed", { version: 5 }));
  await settled();
  assert.deepEqual(statuses(store), { WR1: "completed", WR9: "pending" });
});

test("a list that cannot be read is said, and can be tried again", async () => {
  const { store, client } = await page((fake) => {
    fake.listError = failure(500, "The server failed");
  });
  assert.equal(store.loaded.value, false);
  assert.match(store.trouble.value?.problem.text ?? "", /can't list your tasks right now/);
  client.listError = null;
  store.trouble.value?.again?.();
  await settled();
  assert.equal(store.loaded.value, true);
  assert.equal(store.trouble.value, undefined);
});

test("an activity is taken when the server has said so", async () => {
  const { store, client } = await page();
  const [, , rest] = store.activities.value as ActivityData[];
  store.setActivity(rest as ActivityData);
  assert.equal(store.changing.value?.name, "Break");
  assert.equal(store.worker.value?.activityName, "Available");
  const first = client.next("update");
  assert.deepEqual(first.args, ["ActivitySid", "WA3"]);
  first.done(failure(403, "not allowed"), null);
  assert.equal(store.changing.value, undefined);
  assert.match(store.trouble.value?.problem.text ?? "", /does not allow changing your activity/);

  store.trouble.value?.again?.();
  const now = { activitySid: "WA3", activityName: "Break", available: false };
  client.next("update").done(null, workerData(now));
  assert.equal(store.worker.value?.activityName, "Break");
  assert.equal(store.trouble.value, undefined);
});

test("the sooner of two offers stands first", async () => {
  const { store, client } = await page();
  const later = { dateExpires: new Date(start + 60_000).toISOString() };
  client.emit("reservation.created", client.reservation("WR1", "pending", later));
  client.emit("reservation.created", client.reservation("WR2", "pending"));
  assert.deepEqual(store.openOffers.value.map((each) => each.sid), ["WR2", "WR1"]);
});

test("an offer whose server does not say when it ends gets the usual time", async () => {
  const { store, client } = await page();
  const bare = { dateExpires: undefined, reservationTimeout: undefined };
  client.emit("reservation.created", client.reservation("WR1", "pending", bare));
  client.emit("reservation.created", client.reservation("WR2", "pending", { dateExpires: undefined }));
  assert.equal(store.held.value.get("WR1")?.expiresAt, start + 120_000);
  assert.equal(store.held.value.get("WR2")?.expiresAt, start + 20_000);
});

test("a countdown is right on a page whose clock is not", async () => {
  const { store, client } = await page();
  const ahead = 10 * 60_000;
  client.emit(
    "reservation.created",
    client.reservation("WR1", "pending", {
      dateCreated: new Date(start + ahead),
      dateExpires: new Date(start + ahead + 20_000).toISOString(),
      task: { dateCreated: new Date(start + ahead - 30_000), age: 30 },
    }),
  );
  store.tick();
  const left = (store.held.value.get("WR1")?.expiresAt ?? 0) - store.serverNow.value;
  assert.ok(left > 18_000 && left <= 20_000, `${left} ms`);
});

test("what a task looks like follows its events", async () => {
  const { store, client } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "accepted")];
  });
  client.emit("task.updated", { sid: "WT1", attributes: { title: "Better" }, priority: 7 });
  const task = store.held.value.get("WR1")?.task;
  assert.equal(task?.title, "Better");
  assert.equal(task?.priority, 7);
});

test("capacity follows its events", async () => {
  const { store, client } = await page();
  client.emit("capacity.update", { taskChannelUniqueName: "voice", configuredCapacity: 3, available: true });
  assert.equal(store.channels.value.get("voice")?.capacity, 3);
  client.emit("channel.availability.update", { taskChannelUniqueName: "chat", available: false });
  assert.equal(store.channels.value.get("chat")?.available, false);
});

test("leaving forgets everything", async () => {
  const { store, client } = await page((fake) => {
    fake.reservations = [fake.reservation("WR1", "accepted")];
  });
  store.leave();
  assert.equal(client.disconnected, true);
  assert.equal(store.link.state.value.state, "none");
  assert.equal(store.worker.value, undefined);
  assert.equal(store.held.value.size, 0);
  client.emit("reservation.created", client.reservation("WR2", "pending"));
  assert.equal(store.held.value.size, 0, "the old client is not listened to");
});
