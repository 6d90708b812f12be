import assert from "node:assert/strict";
import { mock, test } from "node:test";
import { Announcer, type Region } from "../src/base/announce.ts";

test("sentences are spoken one after the other and then go", (t) => {
  mock.timers.enable({ apis: ["setTimeout"] });
  t.after(() => mock.timers.reset());
  const region: Region = { textContent: "" };
  const announcer = new Announcer(() => region);

  announcer.say("New voice offer.");
  announcer.say("New chat offer.");
  assert.equal(region.textContent, "New voice offer.");
  mock.timers.tick(1_500);
  assert.equal(region.textContent, "New chat offer.");
  mock.timers.tick(1_500);
  assert.equal(region.textContent, "");
  announcer.say("New chat offer.");
  assert.equal(region.textContent, "New chat offer.");
});

test("without a page nothing is said and nothing breaks", () => {
  new Announcer(() => null).say("");
});
