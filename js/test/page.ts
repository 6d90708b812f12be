// A page without a browser: sockets, requests and time are played by the test.

import { afterEach, beforeEach, mock } from "node:test";
import "../src/taskrouter.ts";

export const accountSid = `AC${"0".repeat(32)}`;
export const workspaceSid = `WS${"1".repeat(32)}`;
export const workerSid = `WK${"2".repeat(32)}`;
export const queueSid = `WQ${"3".repeat(32)}`;
export const workflowSid = `WW${"4".repeat(32)}`;
export const taskSid = `WT${"5".repeat(32)}`;
export const reservationSid = `WR${"6".repeat(32)}`;
export const idleSid = `WA${"7".repeat(32)}`;
export const offlineSid = `WA${"8".repeat(32)}`;

export const apiBase = "https://api.example.com/v1";
export const bridgeBase = "https://bridge.example.com";
export const workspaceUrl = `${apiBase}/Workspaces/${workspaceSid}`;
export const workerUrl = `${workspaceUrl}/Workers/${workerSid}`;
export const taskUrl = `${workspaceUrl}/Tasks/${taskSid}`;
export const reservationUrl = `${taskUrl}/Reservations/${reservationSid}`;

/** The time every test starts at. */
export const start = Date.parse("2026-01-01T00:00:00Z");

export type Json = Record<string, any>;

/** A token as the server would mint it; nobody here checks its signature. */
export function makeToken(changes: Json = {}): string {
  const claims = {
    account_sid: accountSid,
    workspace_sid: workspaceSid,
    channel: workerSid,
    worker_sid: workerSid,
    exp: start / 1000 + 3600,
    ...changes,
  };
  const encode = (value: unknown) => Buffer.from(JSON.stringify(value)).toString("base64url");
  return [encode({ alg: "HS256", typ: "JWT" }), encode(claims), "signature"].join(".");
}

export function workerPayload(changes: Json = {}): Json {
  return {
    sid: workerSid,
    account_sid: accountSid,
    workspace_sid: workspaceSid,
    friendly_name: "Alice",
    activity_sid: idleSid,
    activity_name: "Idle",
    available: true,
    attributes: '{"languages":["en"],"some_key":1}',
    date_created: "2025-12-01T10:00:00Z",
    date_updated: "2025-12-02T10:00:00Z",
    date_status_changed: 1764583200,
    version: 4,
    url: workerUrl,
    links: { activity: "…" },
    ...changes,
  };
}

export function taskPayload(changes: Json = {}): Json {
  return {
    sid: taskSid,
    account_sid: accountSid,
    workspace_sid: workspaceSid,
    age: 12,
    assignment_status: "reserved",
    attributes: '{"foo":"bar"}',
    addons: "{}",
    priority: 1,
    reason: null,
    task_queue_sid: queueSid,
    queue_sid: queueSid,
    workflow_sid: workflowSid,
    task_queue_entered_date: "2025-12-31T23:59:00Z",
    date_created: "2025-12-31T23:59:00Z",
    ...changes,
  };
}

export function reservationPayload(changes: Json = {}): Json {
  return {
    sid: reservationSid,
    account_sid: accountSid,
    workspace_sid: workspaceSid,
    task_sid: taskSid,
    worker_sid: workerSid,
    worker_name: "Alice",
    reservation_status: "pending",
    date_created: "2025-12-31T23:59:30Z",
    ...changes,
  };
}

/** A page of a list, as the REST API gives it. */
export function listPayload(key: string, rows: Json[], meta: Json = {}): Json {
  return {
    meta: { key, page: 0, page_size: 50, next_page_url: null, previous_page_url: null, ...meta },
    [key]: rows,
  };
}

/** A request as it arrived at the bridge. */
export interface Sent {
  endpoint: string;
  headers: Json;
  body: Json;
}

type Reply = Json | (() => Promise<FakeResponse> | FakeResponse);

interface FakeResponse {
  ok: boolean;
  status: number;
  statusText: string;
  text(): Promise<string>;
}

/** An answer with any status and text. */
export function response(status: number, body: unknown, statusText = ""): FakeResponse {
  const text = typeof body === "string" ? body : JSON.stringify(body);
  const ok = status >= 200 && status < 300;
  return { ok, status, statusText, text: async () => text };
}

/** One socket the page opened; the test is its server. */
export class FakeSocket {
  onopen: ((event: Json) => void) | null = null;
  onmessage: ((event: Json) => void) | null = null;
  onerror: ((event: Json) => void) | null = null;
  onclose: ((event: Json) => void) | null = null;
  closed = false;

  constructor(
    readonly url: string,
    readonly protocols?: string[],
  ) {
    if (page.refuseSockets) {
      throw new SyntaxError("bad address");
    }
    page.sockets.push(this);
  }

  close(): void {
    this.closed = true;
  }

  open(): void {
    this.onopen?.({ type: "open" });
  }

  raw(data: unknown): void {
    this.onmessage?.({ type: "message", data });
  }

  event(type: string, payload: unknown): void {
    this.raw(JSON.stringify({ event_type: type, payload }));
  }

  end(code = 1006, reason = ""): void {
    this.onclose?.({ type: "close", code, reason });
  }

  /** How a browser reports a handshake that was refused. */
  refuse(): void {
    this.onerror?.({ type: "error" });
    this.end(1006);
  }
}

class Page {
  sockets: FakeSocket[] = [];
  sent: Sent[] = [];
  beacons: Sent[] = [];
  lines: string[] = [];
  warnings: string[] = [];
  listeners: Array<[string, () => void]> = [];
  refuseSockets = false;
  beaconWorks = true;
  /** Rows of the worker's list of pending reservations. */
  pending: Json[] = [];
  private replies: Array<[method: string, url: RegExp, reply: Reply]> = [];

  get socket(): FakeSocket {
    return this.sockets[this.sockets.length - 1] as FakeSocket;
  }

  /** What was asked for, without the tokens: method, URL below the workspace, parameters. */
  get asked(): unknown[][] {
    return this.sent.map(({ body }) => {
      const url = String(body.url).replace(workspaceUrl, "");
      return body.params === undefined ? [body.method, url] : [body.method, url, body.params];
    });
  }

  /** Answers requests whose URL fits; later rules go before earlier ones. */
  answer(method: string, url: RegExp | string, reply: Reply): void {
    const pattern = typeof url === "string" ? new RegExp(`${url.replace(/[?.]/g, "\\$&")}$`) : url;
    this.replies.unshift([method, pattern, reply]);
  }

  /** Lets time pass, and everything happen that is due by then. */
  async pass(milliseconds: number): Promise<void> {
    await this.settle();
    mock.timers.tick(milliseconds);
    await this.settle();
  }

  /** Lets everything happen that waits for no timer. */
  async settle(): Promise<void> {
    for (let i = 0; i < 20; i++) {
      await new Promise((resolve) => setImmediate(resolve));
    }
  }

  leave(event: string): void {
    for (const [name, listener] of [...this.listeners]) {
      if (name === event) {
        listener();
      }
    }
  }

  async fetch(endpoint: string, options: Json): Promise<FakeResponse> {
    const body = JSON.parse(options.body);
    this.sent.push({ endpoint, headers: options.headers ?? {}, body });
    const found = this.replies.find(
      ([method, url]) => method === body.method && url.test(body.url),
    );
    const reply = found?.[2] ?? (() => response(404, { code: 20404, message: "not found" }));
    const aborted = new Promise<never>((_, reject) => {
      options.signal?.addEventListener("abort", () => reject(new Error("aborted")));
    });
    if (typeof reply === "function") {
      return Promise.race([reply(), aborted]);
    }
    return response(200, { payload: reply, event_type: body.event_type });
  }

  install(): void {
    const define = (name: string, value: unknown) =>
      Object.defineProperty(globalThis, name, { value, configurable: true, writable: true });
    define("WebSocket", FakeSocket);
    define("fetch", (endpoint: string, options: Json) => this.fetch(endpoint, options));
    define("navigator", {
      sendBeacon: (endpoint: string, body: string) => {
        if (this.beaconWorks) {
          this.beacons.push({ endpoint, headers: {}, body: JSON.parse(body) });
        }
        return this.beaconWorks;
      },
    });
    define("window", {
      addEventListener: (name: string, listener: () => void) => {
        const there = this.listeners.some(([n, l]) => n === name && l === listener);
        if (!there) {
          this.listeners.push([name, listener]);
        }
      },
      removeEventListener: (name: string, listener: () => void) => {
        this.listeners = this.listeners.filter(([n, l]) => n !== name || l !== listener);
      },
    });
    mock.method(console, "log", (line: string) => this.lines.push(String(line)));
    mock.method(console, "warn", (line: string) => this.warnings.push(String(line)));
    mock.method(Math, "random", () => 0.5);
    mock.timers.enable({ apis: ["setTimeout", "Date"], now: start });
    overflowTimers();

    this.answer("GET", workerUrl, workerPayload());
    this.answer("GET", `${workerUrl}/Reservations`, () =>
      response(200, { payload: listPayload("reservations", this.pending) }),
    );
    this.answer("GET", taskUrl, taskPayload());
    this.answer("GET", reservationUrl, reservationPayload());
  }
}

/** Browsers hold a wait in 32 bits: a longer one ends at once. */
function overflowTimers(): void {
  const wait = globalThis.setTimeout;
  const limited = (code: () => void, milliseconds: number) =>
    wait(code, milliseconds > 2 ** 31 - 1 ? 0 : milliseconds);
  globalThis.setTimeout = limited as typeof setTimeout;
}

export let page: Page;

beforeEach(() => {
  page = new Page();
  page.install();
});

afterEach(() => {
  mock.timers.reset();
  mock.restoreAll();
});

/** A reply that comes when the test says so. */
export function held(): { reply: () => Promise<FakeResponse>; give: (r: FakeResponse) => void } {
  let give: (r: FakeResponse) => void = () => {};
  const promise = new Promise<FakeResponse>((resolve) => (give = resolve));
  return { reply: () => promise, give: (r) => give(r) };
}

/** A reply that never comes. */
export const silence = () => new Promise<FakeResponse>(() => {});

/** A reply that the network loses. */
export const unreachable = () => Promise.reject(new TypeError("Failed to fetch"));

/** Collects the arguments of an event's first parameter. */
export function record(
  emitter: { on(event: string, listener: (...args: any[]) => void): unknown },
  ...events: string[]
): Array<[string, any]> {
  const seen: Array<[string, any]> = [];
  for (const name of events) {
    emitter.on(name, (argument: any) => seen.push([name, argument]));
  }
  return seen;
}

/** A callback and what it was called with. */
export function callback(): { calls: Array<[any, any]>; done: (error: any, result: any) => void } {
  const calls: Array<[any, any]> = [];
  return { calls, done: (error, result) => calls.push([error, result]) };
}
