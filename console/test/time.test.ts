import assert from "node:assert/strict";
import { test } from "node:test";
import {
  ageText, countdownText, durationAttribute, ServerClock, shareLeft, timeOfDay,
} from "../src/base/time.ts";

const second = 1_000;
const minute = 60 * second;
const hour = 60 * minute;

test("an age reads as minutes, then hours, then days", () => {
  const cases: Array<[number, string]> = [
    [-5 * second, "00:00"],
    [0, "00:00"],
    [999, "00:00"],
    [61 * second, "01:01"],
    [hour - 1, "59:59"],
    [hour, "1:00 h"],
    [hour + 5 * minute, "1:05 h"],
    [24 * hour, "1 d 0 h"],
    [51 * hour, "2 d 3 h"],
    [NaN, "00:00"],
  ];
  for (const [age, want] of cases) {
    assert.equal(ageText(age), want, `${age} ms`);
  }
});

test("an hour and five minutes do not read like a minute and five seconds", () => {
  assert.notEqual(ageText(hour + 5 * minute), ageText(minute + 5 * second));
});

test("a countdown counts the begun second and ends at 0:00", () => {
  const cases: Array<[number, string]> = [
    [20 * second, "0:20"],
    [19_001, "0:20"],
    [1, "0:01"],
    [0, "0:00"],
    [-3 * second, "0:00"],
    [2 * minute, "2:00"],
    [2 * hour, "2:00 h"],
    [NaN, "0:00"],
  ];
  for (const [left, want] of cases) {
    assert.equal(countdownText(left), want, `${left} ms`);
  }
});

test("the share that is left stays between all and nothing", () => {
  assert.equal(shareLeft(5, 20), 0.25);
  assert.equal(shareLeft(30, 20), 1);
  assert.equal(shareLeft(-1, 20), 0);
  assert.equal(shareLeft(5, 0), 0);
});

test("times of day have 24 hours", () => {
  assert.match(timeOfDay(Date.UTC(2026, 0, 1, 14, 3), "en"), /^\d\d:03$/);
  assert.equal(durationAttribute(372_900), "PT372S");
});

test("a page whose clock is wrong follows the server", () => {
  const here = Date.UTC(2026, 0, 1, 12);
  const cases: Array<{ name: string; ahead: number; want: number }> = [
    { name: "right", ahead: 0, want: 0 },
    { name: "rounding of seconds is no difference", ahead: -1_900, want: 0 },
    { name: "ten minutes behind", ahead: 10 * minute, want: 10 * minute },
    { name: "an hour ahead", ahead: -hour, want: -hour },
  ];
  for (const { name, ahead, want } of cases) {
    const clock = new ServerClock(() => here);
    // What the server says about a task that is 42 s old, with its seconds cut.
    clock.observe(here + ahead - 42 * second - 500, 42);
    assert.ok(Math.abs(clock.difference - want) <= 1_000, `${name}: ${clock.difference}`);
    assert.equal(clock.now(), here + clock.difference);
  }
});
