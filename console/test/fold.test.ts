import assert from "node:assert/strict";
import { test } from "node:test";
import { offersIn, receive, reconcile, sweep, tasksIn } from "../src/store/fold.ts";
import { isOver, type Assignment, type Held, type Status } from "../src/store/model.ts";

const task = {
  sid: "WT1", title: "", attributes: {}, channel: "voice", queue: undefined,
  workflow: undefined, priority: 0, reason: undefined, createdAt: 0,
};

function assignment(sid: string, status: Status, version: number): Assignment {
  const source = {} as Assignment["source"];
  return {
    sid, status, version, task, offeredAt: 0, expiresAt: 0, since: version,
    leavesAt: undefined, busy: undefined, problem: undefined, source,
  };
}

/** Every life that a reservation can have, each state with its version. */
const lives: Status[][] = [
  ["pending", "accepted", "wrapping", "completed"],
  ["pending", "accepted", "completed"],
  ["pending", "rejected"],
  ["pending", "timeout"],
  ["pending", "canceled"],
  ["pending", "rescinded"],
];

/** A row of numbers that is the same in each run. */
function random(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_103_515_245 + 12_345) % 2 ** 31;
    return state / 2 ** 31;
  };
}

test("a list and the events around it end at the same state as the events alone", () => {
  for (let seed = 1; seed <= 300; seed++) {
    const next = random(seed);
    const life = lives[Math.floor(next() * lives.length)] as Status[];
    const story = life.map((status, version) => assignment("WR1", status, version));
    const reached = Math.floor(next() * story.length);

    // Events may be lost while the page is away, but none after the list was asked for.
    let held: Held = new Map();
    story.slice(0, reached).forEach((each) => {
      if (next() < 0.7) {
        held = receive(held, each, 0);
      }
    });
    const asked = story[Math.floor(next() * (reached + 1))] as Assignment;
    const touched = new Set<string>();
    const list = isOver(asked.status) ? [] : [asked];
    const before = Math.floor(next() * (story.length - asked.version));
    const later = story.slice(asked.version + 1);
    later.forEach((each, index) => {
      if (index === before) {
        held = reconcile(held, list, touched, 0);
      }
      held = receive(held, each, 0);
      touched.add(each.sid);
    });
    if (before >= later.length) {
      held = reconcile(held, list, touched, 0);
    }

    const last = story[story.length - 1] as Assignment;
    const shown = held.get("WR1")?.status;
    const unseen = shown === undefined || shown === "gone";
    assert.ok(shown === last.status || (unseen && isOver(last.status)), `seed ${seed}: ${shown}`);
  }
});

test("an older version changes nothing", () => {
  const held = receive(new Map(), assignment("WR1", "accepted", 2), 0);
  assert.equal(receive(held, assignment("WR1", "pending", 1), 0), held);
});

test("what was over before the page knew of it is not shown", () => {
  assert.equal(receive(new Map(), assignment("WR1", "timeout", 1), 0).size, 0);
});

test("cards that are over leave in time, others never", () => {
  let held: Held = new Map();
  for (const sid of ["WR1", "WR2", "WR3"]) {
    held = receive(held, assignment(sid, "pending", 0), 0);
  }
  held = receive(held, assignment("WR1", "rescinded", 1), 1_000);
  held = receive(held, assignment("WR2", "completed", 2), 1_000);
  assert.deepEqual([...sweep(held, 9_000).keys()], ["WR2", "WR3"]);
  assert.deepEqual([...sweep(held, 61_000).keys()], ["WR3"]);
  assert.equal(sweep(held, 2_000), held, "nothing changes as long as nothing leaves");
});

test("offers and tasks are told apart", () => {
  let held: Held = new Map();
  for (const [sid, status] of [
    ["WR1", "pending"], ["WR2", "accepted"], ["WR3", "wrapping"],
  ] as const) {
    held = receive(held, assignment(sid, status, 0), 0);
  }
  assert.deepEqual(offersIn(held).map((each) => each.sid), ["WR1"]);
  assert.deepEqual(tasksIn(held).map((each) => each.sid), ["WR2", "WR3"]);
});
