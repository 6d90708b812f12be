// The connection of the page: one client of the SDK, and how it fares, in words a person uses.

import { signal } from "@preact/signals";
import { text } from "../base/text/en.ts";
import type { Connection } from "./model.ts";
import { problemOf, statusOf } from "./problem.ts";
import { endOf } from "./token.ts";

/** A live worker of the SDK. */
export type Client = Twilio.TaskRouter.Worker;

/** Makes a client; closeOthers ends the worker's other sessions. */
export type Connect = (token: string, closeOthers: boolean) => Client;

/** Who wants to know of the client. */
export interface LinkOwner {
  /** A new client, before anything is heard from it. */
  attach(client: Client): void;
  /** The client is connected and was read; comes on every connect. */
  ready(client: Client, worker: Twilio.TaskRouter.WorkerInstance): void;
}

/** How the server ends a socket for good, and for an old token. Spec: event-bridge 2 */
const replaced = 4001;
const tokenExpired = 4002;

/** How long to wait before reading the worker again when that failed on an open socket. */
const readAgainAfter = 5_000;

/**
 * Keeps one client, and says how it stands with the server. The SDK reconnects by itself; what is
 * added here is to find out why it can't, since a browser is not told the status of a refused
 * socket: an ordinary request is, so one is made after each failed attempt.
 */
export class Link {
  readonly state = signal<Connection>({ state: "none" });
  client: Client | undefined;
  private token = "";
  private opened = false;
  /** The client was given up: the server will not have its token. */
  private over = false;
  private readAgain: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly connect: Connect,
    private readonly owner: LinkOwner,
    private readonly clock: () => number,
  ) {}

  /** When the access ends, in milliseconds since 1970; undefined when it does not. */
  get ends(): number | undefined {
    return this.token ? endOf(this.token) : undefined;
  }

  /** Starts with a token. */
  open(token: string, closeOthers = false): void {
    this.drop();
    this.token = token;
    this.state.value = { state: "connecting", since: this.clock() };
    try {
      this.client = this.connect(token, closeOthers);
    } catch (error) {
      const problem = { text: text.access.damaged, original: String(error) };
      this.state.value = { state: "refused", since: this.clock(), problem };
      return;
    }
    this.listen(this.client);
    this.owner.attach(this.client);
  }

  /** Goes on with a new token: in place where that is possible, else with a new client. */
  renew(token: string): void {
    const { state } = this.state.value;
    const client = this.client;
    if (!client || this.over || state === "replaced") {
      this.open(token);
      return;
    }
    try {
      this.token = token;
      client.updateToken(token);
    } catch {
      this.open(token); // it is for another worker, or no token at all
      return;
    }
    if (this.opened) {
      this.state.value = { state: "live", since: this.clock() };
      this.ask(client); // the server learns of a new token by a request with it
    } else if (state === "expired") {
      this.state.value = { state: "connecting", since: this.clock() };
    }
  }

  /** Takes the worker back from the session that replaced this one. */
  takeOver(): void {
    this.open(this.token, true);
  }

  /** Tries now instead of after the wait, which handing in the token again makes the SDK do. */
  retry(): void {
    if (this.client && this.state.value.state === "lost") {
      this.client.updateToken(this.token);
    }
  }

  /** Takes note of whether the device has a network. */
  network(online: boolean): void {
    const now = this.state.value;
    if (now.state === "lost") {
      this.state.value = { ...now, offline: !online };
    }
    if (online) {
      this.retry();
    }
  }

  /** Ends the session and forgets the token. */
  close(): void {
    this.drop();
    this.token = "";
    this.state.value = { state: "none" };
  }

  private listen(client: Client): void {
    const mine = (heard: () => void) => {
      if (this.client === client) {
        heard();
      }
    };
    client.on("connected", () => mine(() => (this.opened = true)));
    client.on("ready", (worker) => mine(() => this.ready(client, worker)));
    client.on("disconnected", ({ code }) => mine(() => this.lost(client, code)));
    client.on("token.expired", () => mine(() => this.expire()));
    client.on("error", ({ response }) => mine(() => this.failed(client, response)));
  }

  private ready(client: Client, worker: Twilio.TaskRouter.WorkerInstance): void {
    clearTimeout(this.readAgain);
    if (this.state.value.state !== "expired") {
      this.state.value = { state: "live", since: this.clock() };
    }
    this.owner.ready(client, worker);
  }

  private lost(client: Client, code: number | undefined): void {
    clearTimeout(this.readAgain);
    this.opened = false;
    const before = this.state.value;
    const since = this.clock();
    if (code === replaced) {
      this.state.value = { state: "replaced", since };
    } else if (code === tokenExpired) {
      this.expire();
    } else if (before.state === "lost") {
      this.state.value = { ...before, tries: before.tries + 1 };
      this.ask(client);
    } else if (before.state === "live" || before.state === "connecting") {
      const offline = typeof navigator !== "undefined" && navigator.onLine === false;
      const tries = before.state === "connecting" ? 1 : 0;
      this.state.value = { state: "lost", since, tries, offline };
      this.ask(client);
    }
  }

  /** Makes a request to learn whether the token is good; the answer itself does not matter. */
  private ask(client: Client): void {
    client.fetch((error) => {
      const { state } = this.state.value;
      if (error && this.client === client && state !== "expired" && state !== "replaced") {
        this.judge(error);
      }
    });
  }

  /** Reading the worker failed after the socket had opened, or the socket had trouble. */
  private failed(client: Client, response: unknown): void {
    const { state } = this.state.value;
    if (!this.opened || state === "live" || this.judge(response)) {
      return;
    }
    clearTimeout(this.readAgain);
    this.readAgain = setTimeout(() => {
      client.fetch((error, worker) => {
        if (this.client !== client || !this.opened) {
          return;
        }
        if (error) {
          this.failed(client, error);
        } else {
          this.ready(client, worker);
        }
      });
    }, readAgainAfter);
  }

  /** Gives up when the server will not have this token however often it is tried. */
  private judge(error: unknown): boolean {
    const status = statusOf(error);
    if (status !== 401 && status !== 403 && status !== 404) {
      return false;
    }
    const ends = this.ends;
    if (status === 401 && ends !== undefined && ends <= this.clock()) {
      this.expire();
    } else {
      const { text: known, original } = problemOf(error, "connect");
      const problem = { text: status === 401 ? text.access.unknown : known, original };
      this.state.value = { state: "refused", since: this.clock(), problem };
    }
    this.over = true;
    this.opened = false;
    this.client?.disconnect();
    return true;
  }

  private expire(): void {
    this.state.value = { state: "expired", since: this.clock() };
  }

  private drop(): void {
    clearTimeout(this.readAgain);
    const client = this.client;
    this.client = undefined;
    this.opened = this.over = false;
    if (client) {
      client.removeAllListeners();
      client.disconnect();
    }
  }
}
