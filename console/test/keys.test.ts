import assert from "node:assert/strict";
import { test } from "node:test";
import { actionOf, bindings, keyName, keyShortcut, type Press, type Situation } from "../src/base/keys.ts";
import { text } from "../src/base/text/en.ts";

function press(key: string, changes: Partial<Press> & { altGraph?: boolean } = {}): Press {
  return {
    key,
    shiftKey: false,
    ctrlKey: false,
    altKey: false,
    metaKey: false,
    repeat: false,
    defaultPrevented: false,
    getModifierState: (name) => name === "AltGraph" && changes.altGraph === true,
    ...changes,
  };
}

const free: Situation = { typing: false, covered: false, characters: true };

test("keys do what the help says", () => {
  const cases: Array<{ name: string; press: Press; where?: Partial<Situation>; want: string | undefined }> = [
    { name: "accept", press: press("F2"), want: "accept" },
    { name: "decline", press: press("F2", { shiftKey: true }), want: "decline" },
    { name: "activity list", press: press("F9"), want: "activity" },
    { name: "next task", press: press("]"), want: "next" },
    { name: "help needs Shift on most layouts", press: press("?", { shiftKey: true }), want: "keys" },
    { name: "Caps Lock", press: press("C"), want: "complete" },
    { name: "Shift and a letter is something else", press: press("C", { shiftKey: true }), want: undefined },
    {
      name: "AltGr types a bracket",
      press: press("[", { ctrlKey: true, altKey: true, altGraph: true }),
      want: "previous",
    },
    { name: "Ctrl belongs to the browser", press: press("c", { ctrlKey: true }), want: undefined },
    { name: "Alt F2 belongs to the system", press: press("F2", { altKey: true }), want: undefined },
    { name: "held down", press: press("F2", { repeat: true }), want: undefined },
    { name: "somebody else's", press: press("c", { defaultPrevented: true }), want: undefined },
    { name: "accept while typing", press: press("F2"), where: { typing: true }, want: "accept" },
    { name: "a letter while typing", press: press("c"), where: { typing: true }, want: undefined },
    { name: "accept above a dialog", press: press("F2"), where: { covered: true }, want: "accept" },
    { name: "activities below a dialog", press: press("F9"), where: { covered: true }, want: undefined },
    { name: "a letter in a menu", press: press("w"), where: { covered: true }, want: undefined },
    { name: "letters switched off", press: press("w"), where: { characters: false }, want: undefined },
    { name: "F-keys stay", press: press("F2"), where: { characters: false }, want: "accept" },
    { name: "none of ours", press: press("x"), want: undefined },
  ];
  for (const { name, press: pressed, where, want } of cases) {
    assert.equal(actionOf(pressed, { ...free, ...where }), want, name);
  }
});

test("every key is explained, and none has two meanings", () => {
  const names = bindings.map(({ action }) => keyName(action));
  assert.equal(new Set(names).size, names.length);
  for (const { action } of bindings) {
    assert.ok(text.keys.actions[action], action);
  }
  assert.equal(keyName("decline"), "Shift F2");
  assert.equal(keyShortcut("decline"), "Shift+F2");
});
