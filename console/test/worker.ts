// A client of the SDK as the store sees it, played by the test: it hears what the store asks for
// and answers when the test says so.

import type { Client, Connect } from "../src/store/link.ts";

type Json = Record<string, any>;
type Done = (error: unknown, result?: unknown) => void;

/** Where every test's clock starts, on both sides. */
export const start = Date.UTC(2026, 0, 1, 12);

/** An order of the store that waits for its answer. */
export interface Order {
  what: string;
  args: unknown[];
  done: Done;
}

/** What a failed request looks like to user code. */
export function failure(code: number, message = "The server's own words", apiCode?: number) {
  return Object.assign(new Error(message), { code, apiCode });
}

/** A client that is played. */
export class FakeClient {
  readonly orders: Order[] = [];
  readonly tokens: string[];
  disconnected = false;
  /** What list requests answer: reservations by status, activities, channels. */
  reservations: Json[] = [];
  listError: unknown = null;
  channelsError: unknown = null;
  readonly activityList: Json[] = [
    { sid: "WA1", friendlyName: "Available", available: true },
    { sid: "WA2", friendlyName: "Offline", available: false },
    { sid: "WA3", friendlyName: "Break", available: false },
  ];
  private readonly listeners = new Map<string, Array<(...args: any[]) => void>>();

  constructor(token: string, readonly closeOthers: boolean) {
    this.tokens = [token];
  }

  readonly activities = {
    fetch: (_params: unknown, done: Done) => done(null, { data: this.activityList }),
  };

  on(event: string, listener: (...args: any[]) => void): this {
    this.listeners.set(event, [...(this.listeners.get(event) ?? []), listener]);
    return this;
  }

  emit(event: string, ...args: unknown[]): void {
    (this.listeners.get(event) ?? []).forEach((each) => each(...args));
  }

  removeAllListeners(): this {
    this.listeners.clear();
    return this;
  }

  disconnect(): void {
    this.disconnected = true;
  }

  updateToken(token: string): void {
    if (token === "other") {
      throw new Error("The new token is for another worker");
    }
    this.tokens.push(token);
  }

  fetchChannels(done: Done): void {
    const data = [{ taskChannelUniqueName: "voice", configuredCapacity: 1, available: true }];
    this.channelsError ? done(this.channelsError, null) : done(null, { data });
  }

  /** Two pages of one reservation each when there are two of a status. */
  fetchReservations(done: Done, params: Json): void {
    if (this.listError) {
      done(this.listError, null);
      return;
    }
    const data = this.reservations.filter((each) => each.reservationStatus === params.ReservationStatus);
    const page = (at: number): Json => ({
      data: data.slice(at, at + 1),
      ...(at + 1 < data.length && { next: (then: Done) => then(null, page(at + 1)) }),
    });
    done(null, page(0));
  }

  fetch = this.order("fetch");
  update = this.order("update");
  updateTask = this.order("updateTask");
  completeTask = (sid: unknown, done: Done, reason: unknown): void => {
    this.orders.push({ what: "completeTask", args: [sid, reason], done });
  };

  /** The oldest order without an answer, which has to be of this kind. */
  next(what: string): Order {
    const order = this.orders.shift();
    if (order?.what !== what) {
      throw new Error(`expected the order ${what}, got ${order?.what ?? "none"}`);
    }
    return order;
  }

  /** A reservation with its task; what is done with it are orders too. */
  reservation(sid: string, status: string, changes: Json = {}): any {
    const { task, ...rest } = changes;
    return {
      sid,
      taskSid: `WT${sid.slice(2)}`,
      reservationStatus: status,
      version: 0,
      dateCreated: new Date(start),
      dateUpdated: new Date(start),
      dateExpires: new Date(start + 20_000).toISOString(),
      reservationTimeout: 20,
      task: {
        sid: `WT${sid.slice(2)}`,
        attributes: { title: `Task of ${sid}` },
        taskChannelUniqueName: "voice",
        taskQueueFriendlyName: "Billing",
        priority: 0,
        age: 0,
        dateCreated: new Date(start),
        ...task,
      },
      accept: this.order("accept"),
      reject: this.order("reject"),
      fetch: this.order("reservation.fetch"),
      ...rest,
    };
  }

  private order(what: string) {
    return (...all: unknown[]): void => {
      const done = all.find((each) => typeof each === "function") as Done;
      this.orders.push({ what, args: all.filter((each) => each !== done), done });
    };
  }
}

/** The worker as ready and update events carry it. */
export function workerData(changes: Json = {}): any {
  return {
    sid: "WK1",
    workspaceSid: "WS1",
    friendlyName: "Ana",
    activitySid: "WA1",
    activityName: "Available",
    available: true,
    dateStatusChanged: new Date(start),
    ...changes,
  };
}

/** A way to connect that hands out played clients and remembers them. */
export function fakeConnect(): { connect: Connect; clients: FakeClient[] } {
  const clients: FakeClient[] = [];
  const connect: Connect = (token, closeOthers) => {
    if (token === "damaged") {
      throw new Error("A capability token has three segments; this one has 1");
    }
    const client = new FakeClient(token, closeOthers);
    clients.push(client);
    return client as unknown as Client;
  };
  return { connect, clients };
}

/** Lets promises that are settled take effect. */
export function settled(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
