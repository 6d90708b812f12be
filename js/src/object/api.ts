import type { Log } from "../wire/log.ts";
import { List } from "./list.ts";
import { isObject, type Payload } from "../wire/names.ts";
import { MeasuredResource } from "./measured.ts";
import { Reservation } from "./reservation.ts";
import { plain, Resource } from "./resource.ts";
import { Task } from "./task.ts";
import type { TokenHolder } from "../wire/token.ts";
import type { Transport } from "../wire/transport.ts";
import { WorkerResource } from "./worker.ts";
import { WorkspaceResource } from "./workspace.ts";

type Kind = new (api: Api, url: string, payload?: Payload) => Resource;

/** Class and place below the workspace of each kind of object, by the first letters of its SID. */
const kinds: Record<string, [Kind, (sid: string, payload: Payload) => string]> = {
  WS: [WorkspaceResource, () => ""],
  WA: [Resource, (sid) => `/Activities/${sid}`],
  WK: [WorkerResource, (sid) => `/Workers/${sid}`],
  WC: [Resource, (sid, payload) => `/Workers/${payload.worker_sid}/Channels/${sid}`],
  WQ: [MeasuredResource, (sid) => `/TaskQueues/${sid}`],
  WW: [MeasuredResource, (sid) => `/Workflows/${sid}`],
  WT: [Task, (sid) => `/Tasks/${sid}`],
  WR: [Reservation, (sid, payload) => `/Tasks/${payload.task_sid}/Reservations/${sid}`],
};

/**
 * One workspace as a client sees it: sends requests below its URL, and makes objects of answers.
 * All objects of a client share one Api, and through it one token.
 *
 * Spec: event-bridge 7.2, 15
 */
export class Api {
  constructor(
    private readonly transport: Transport,
    readonly tokens: TokenHolder,
    /** URL of the workspace, without a slash at its end. */
    readonly workspaceUrl: string,
    readonly log: Log,
  ) {}

  /** Reads a resource or a page of a list. */
  get(url: string, params?: Payload): Promise<Payload> {
    return this.transport.send({ url, method: "GET", params });
  }

  /** Creates or changes a resource. */
  post(url: string, params: Payload): Promise<Payload> {
    return this.transport.send({ url, method: "POST", params });
  }

  /** Deletes a resource. */
  delete(url: string): Promise<Payload> {
    return this.transport.send({ url, method: "DELETE" });
  }

  /** Whether a SID is of a kind there are objects for. */
  knows(sid: unknown): boolean {
    return typeof sid === "string" && kinds[sid.slice(0, 2)] !== undefined;
  }

  /** The object that a payload describes; what is no resource comes back renamed, but plain. */
  object(payload: unknown): unknown {
    if (!isObject(payload) || !this.knows(payload.sid)) {
      return plain(payload);
    }
    return this.make(payload.sid as string, payload, payload);
  }

  /** What an event is about: an object where its payload is a resource, else the payload. */
  subject(payload: unknown): unknown {
    return isObject(payload) && this.knows(payload.sid) ? this.object(payload) : payload;
  }

  /** An object of which only the SID is known, named by the payload of another one. */
  handle(sid: string, owner: Payload): Resource {
    return this.make(sid, owner, { sid });
  }

  /** The answer of a statistics request: one set of figures, or a page of them. */
  async figures(payload: Payload): Promise<unknown> {
    if (!isObject(payload.meta)) {
      return plain(payload);
    }
    const list = new List(this, String(payload.meta.url || "").replace(/\?.*/, ""));
    await list.fill(payload);
    return list;
  }

  private make(sid: string, owner: Payload, payload: Payload): Resource {
    const [kind, path] = kinds[sid.slice(0, 2)] as (typeof kinds)[string];
    return new kind(this, this.workspaceUrl + path(sid, owner), payload);
  }
}
