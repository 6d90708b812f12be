import assert from "node:assert/strict";
import { test } from "node:test";
import { page } from "./page.ts";
import { newWorker } from "./worker.ts";

test("listeners run in order, with the emitter as this, and calls can be chained", () => {
  const worker = newWorker();
  const order: string[] = [];
  const result = worker
    .on("x", function (this: unknown, a: number, b: number) {
      assert.equal(this, worker);
      order.push(`first ${a} ${b}`);
    })
    .addListener("x", () => order.push("second"));
  assert.equal(result, worker);
  assert.equal(worker.emit("x", 1, 2), true);
  assert.equal(worker.emit("y"), false);
  assert.deepEqual(order, ["first 1 2", "second"]);
});

test("once listens once, and can be taken off before", () => {
  const worker = newWorker();
  let calls = 0;
  const listener = () => calls++;
  worker.once("x", listener);
  assert.deepEqual(worker.listeners("x"), [listener]);
  worker.emit("x");
  worker.emit("x");
  worker.once("x", listener).removeListener("x", listener);
  worker.emit("x");
  assert.equal(calls, 1);
  assert.deepEqual(worker.listeners("x"), []);
});

test("removing takes the latest registration, and all of an event or of everything", () => {
  const worker = newWorker();
  const calls: string[] = [];
  const a = () => calls.push("a");
  const b = () => calls.push("b");
  worker.on("x", a).on("x", b).on("x", a).removeListener("x", a);
  worker.emit("x");
  assert.deepEqual(calls, ["a", "b"]);
  worker.on("y", a).removeAllListeners("x");
  assert.equal(worker.emit("x"), false);
  assert.equal(worker.emit("y"), true);
  worker.removeAllListeners();
  assert.equal(worker.emit("y"), false);
});

test("changes during an event count from the next one on", () => {
  const worker = newWorker();
  const calls: string[] = [];
  const late = () => calls.push("late");
  worker.on("x", () => {
    worker.removeListener("x", late).on("x", () => calls.push("new"));
  });
  worker.on("x", late);
  worker.emit("x");
  assert.deepEqual(calls, ["late"]);
  worker.emit("x");
  assert.deepEqual(calls, ["late", "new"]);
});

test("more than ten listeners of one event are warned about once, unless allowed", () => {
  const worker = newWorker();
  for (let i = 0; i < 13; i++) {
    worker.on("x", () => {});
  }
  assert.equal(page.warnings.length, 1);
  worker.setMaxListeners(0);
  for (let i = 0; i < 13; i++) {
    worker.on("y", () => {});
  }
  assert.equal(page.warnings.length, 1);
  assert.throws(() => worker.setMaxListeners(-1), TypeError);
});

test("what is no listener is refused", () => {
  const worker = newWorker() as any;
  assert.throws(() => worker.on("x"), TypeError);
  assert.throws(() => worker.once("x", 5), TypeError);
  assert.equal(worker.off, undefined);
});

test("registrations can be listened to", () => {
  const worker = newWorker();
  const seen: unknown[] = [];
  const listener = () => {};
  worker.on("newListener", (event, added) => seen.push(["new", event, added]));
  worker.on("removeListener", (event, removed) => seen.push(["gone", event, removed]));
  worker.once("x", listener);
  worker.removeListener("x", listener);
  assert.deepEqual(seen.slice(1), [
    ["new", "x", listener],
    ["gone", "x", listener],
  ]);
});

test("two workers on one page do not hear each other", () => {
  const one = newWorker();
  const other = newWorker();
  let calls = 0;
  one.on("x", () => calls++);
  other.emit("x");
  assert.equal(calls, 0);
});
