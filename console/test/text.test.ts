import assert from "node:assert/strict";
import { test } from "node:test";
import { text } from "../src/base/text/en.ts";

/** Values that work as numbers and as words, so that they fit every function. */
const values = ["1", "2", "20"].map((each) => new String(each));

/** Every sentence of the catalogue by its path. */
function* sentences(part: unknown, path: string): Generator<[string, string]> {
  if (typeof part === "string") {
    yield [path, part];
  } else if (typeof part === "function") {
    for (const value of values) {
      yield [path, String((part as (...all: unknown[]) => unknown)(value, value, value, value))];
    }
  } else {
    for (const [name, each] of Object.entries(part as object)) {
      yield* sentences(each, `${path}.${name}`);
    }
  }
}

const all = [...sentences(text, "text")];

test("no text is missing", () => {
  for (const [path, sentence] of all) {
    assert.notEqual(sentence.trim(), "", path);
    assert.doesNotMatch(sentence, /undefined|NaN|null|\[object/, path);
  }
});

test("the tone is kept", () => {
  for (const [path, sentence] of all) {
    assert.doesNotMatch(sentence, /!/, `${path} shouts: ${sentence}`);
    assert.doesNotMatch(sentence, /\b(oops|sorry|please|invalid|fatal|illegal)\b/i, `${path}: ${sentence}`);
    assert.doesNotMatch(sentence, /\bresources?\b/i, `${path}: ${sentence}`);
    assert.doesNotMatch(sentence, /\s{2,}|\.\.\.| $/, `${path}: ${sentence}`);
  }
});

test("numbers have the form of their words", () => {
  assert.match(text.offer.arrived("voice", "Billing", 1, "F2"), / 1 second\./);
  assert.equal(
    text.offer.arrived("voice", "Billing", 20, "F2"),
    "New voice offer, Billing, 20 seconds. F2 accepts.",
  );
  assert.equal(text.offer.more(1), "1 more detail");
  assert.equal(text.offer.more(4), "4 more details");
  assert.match(text.activity.openOffers(1, "Break"), /1 open offer\. .* it\?$/);
  assert.match(text.activity.openOffers(2, "Break"), /2 open offers\. .* them\?$/);
});

test("a missed offer says what follows", () => {
  const plain = (sentence: string) => sentence.replace(/[\u2068\u2069]/g, "");
  assert.equal(
    plain(text.offer.missed("14:03", 20, "Offline", false)),
    "You missed an offer at 14:03 (20 s). You are now Offline and get no more offers.",
  );
  assert.equal(
    plain(text.offer.missed("14:03", 20, "Available", true)),
    "You missed an offer at 14:03 (20 s). You are still Available.",
  );
});

test("a lost connection says for how long and which try it is", () => {
  assert.match(text.connection.lostBar(14, 3), /^Connection lost 14 sec ago\..* Try 3…$/);
  assert.match(text.connection.lostBar(200, 9), /^Connection lost 3 min ago\./);
});

test("values of strangers stand apart in direction", () => {
  for (const sentence of [
    text.task.completeTitle("שלום"),
    text.offer.saidEnded("שלום", "Declined."),
    text.activity.changed("שלום"),
  ]) {
    assert.match(sentence, /\u2068שלום\u2069/);
  }
  assert.doesNotMatch(text.offer.fiveLeft("a\u202Eb"), /\u202e/);
});
