// The built script, as a page loads it: what it sets, and what it leaves alone.

import assert from "node:assert/strict";
import { readFileSync } from "node:fs";
import { test } from "node:test";
import vm from "node:vm";
import { makeToken } from "./page.ts";

const script = readFileSync("js/dist/taskrouter.min.js", "utf8");

/** Loads the script into a page of its own. */
function load(globals: Record<string, unknown> = {}): any {
  const page: Record<string, unknown> = {
    console: { log() {}, warn() {} },
    atob,
    TextDecoder,
    setTimeout: () => 0,
    clearTimeout() {},
    location: { href: "https://page.example.com/agent.html" },
    WebSocket: class {
      constructor(url: string) {
        page.opened = url;
      }
      close() {}
    },
    ...globals,
  };
  page.window = page;
  vm.createContext(page);
  vm.runInContext(script, page);
  return page;
}

test("it makes window.Twilio, a function, when there is none", () => {
  const page = load();
  assert.equal(typeof page.Twilio, "function");
  assert.deepEqual(Object.keys(page.Twilio.TaskRouter), ["Worker", "Workspace", "TaskQueue"]);
  for (const name of ["Worker", "Workspace", "TaskQueue"]) {
    const property = Object.getOwnPropertyDescriptor(page.Twilio.TaskRouter, name);
    assert.equal(property?.writable, false, `${name} is constant`);
    assert.equal(property?.enumerable, true);
  }
});

test("it keeps what other libraries put on window.Twilio", () => {
  const asObject = { Device: 1 };
  const asFunction = Object.assign(() => {}, { Device: 2 });
  for (const Twilio of [asObject, asFunction]) {
    const page = load({ Twilio });
    assert.equal(page.Twilio, Twilio);
    assert.ok(page.Twilio.Device);
    assert.equal(typeof page.Twilio.TaskRouter.Worker, "function");
  }
});

test("it sets nothing else on the page", () => {
  const before = Object.keys(load({ define: Object.assign(() => {}, { amd: {} }) }));
  const after = Object.keys(load());
  assert.deepEqual(
    after.filter((name) => !before.includes(name)),
    ["Twilio"],
  );
});

test("with an AMD loader it is an anonymous module and no global", () => {
  const modules: unknown[][] = [];
  const define = Object.assign((...args: unknown[]) => modules.push(args), { amd: {} });
  const page = load({ define });
  assert.equal(page.Twilio, undefined);
  assert.equal(modules.length, 1);
  assert.equal((modules[0]?.[0] as unknown[]).length, 0);
  const taskRouter = (modules[0]?.[1] as () => any)();
  assert.deepEqual(Object.keys(taskRouter), ["Worker", "Workspace", "TaskQueue"]);
});

test("a define that is no AMD loader changes nothing", () => {
  assert.equal(typeof load({ define: () => {} }).Twilio.TaskRouter.Worker, "function");
});

test("without addresses it talks to the server the script came from, else to the page's", () => {
  const src = "https://tr.example.com:8443/js/taskrouter/v1.21/taskrouter.min.js";
  const cases: Array<[string, Record<string, unknown>, string]> = [
    ["script", { document: { currentScript: { src } } }, "wss://tr.example.com:8443"],
    ["inline", { document: { currentScript: { src: "" } } }, "wss://page.example.com"],
    ["module", { document: { currentScript: null } }, "wss://page.example.com"],
    ["plain", { location: { href: "http://127.0.0.1:8080/x" } }, "ws://127.0.0.1:8080"],
  ];
  for (const [name, globals, want] of cases) {
    const page = load(globals);
    new page.Twilio.TaskRouter.Worker(makeToken());
    assert.ok(page.opened.startsWith(`${want}/v1/wschannels/AC`), `${name}: ${page.opened}`);
  }
});

test("a page from a file needs addresses", () => {
  const page = load({ location: { href: "file:///tmp/agent.html" } });
  assert.throws(() => new page.Twilio.TaskRouter.Worker(makeToken()), /pass apiBaseUrl/);
});

test("it loads twice without harm", () => {
  const page = load();
  const { Twilio } = page;
  vm.runInContext(script, page);
  assert.equal(page.Twilio, Twilio);
});
