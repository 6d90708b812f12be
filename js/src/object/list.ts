import type { Api } from "./api.ts";
import { optionalCallback, requiredCallback, settle, type Callback } from "../wire/callback.ts";
import { hide, isObject, show, type Payload } from "../wire/names.ts";
import { fetchArguments, queryOf } from "./query.ts";
import type { Resource } from "./resource.ts";
import { updateArguments } from "./resource.ts";
import { statistics, type Statistics } from "./statistics.ts";

/** What sets one collection apart from another. */
export interface ListOptions {
  /** Offer the three statistics of the collection. */
  statistics?: boolean;
  /** Completes the items of each page before user code sees them; may fail the page. */
  prepare?: (items: unknown[]) => Promise<void>;
}

/**
 * A collection of the server and, when it came out of a fetch, one page of it: then it has
 * `data`, `page`, `pageSize`, `hasNext`, `hasPrevious` and, where there is such a page, the
 * methods `next(callback)` and `previous(callback)`.
 *
 * Spec: sdk-v1-api 7.1
 */
export class List {
  declare readonly data: unknown[];
  /** Address of the next page; hidden from user code's loops, as the methods are. */
  declare readonly nextUrl: string | null | undefined;
  declare readonly statistics: Statistics;
  declare readonly realtimeStats: Statistics;
  declare readonly cumulativeStats: Statistics;
  declare private readonly api: Api;
  declare private readonly url: string;
  declare private readonly options: ListOptions;

  constructor(api: Api, url: string, options: ListOptions = {}) {
    hide(this, { api, url, options });
    if (options.statistics) {
      hide(this, statistics(api, url));
    }
  }

  /** `fetch(callback)`, `fetch(params, callback)` for a page or `fetch(sid, callback)` for one. */
  fetch(...args: unknown[]): void {
    const { what, callback } = fetchArguments(args);
    if (typeof what === "string") {
      const found = this.api.get(`${this.url}/${what}`).then((each) => this.api.object(each));
      settle(found, callback, this.api.log);
      return;
    }
    settle(this.load(queryOf(what, "an object or a SID")), callback, this.api.log);
  }

  /** Makes a new member. */
  create(params: unknown, callback?: unknown): void {
    if (!isObject(params)) {
      throw new TypeError("1st argument needs to be an object");
    }
    const done = optionalCallback(callback, 1) as Callback<Resource> | undefined;
    const made = this.api.post(this.url, params).then((payload) => this.api.object(payload));
    settle(made, done as Callback<unknown>, this.api.log);
  }

  /** `update(sid, name, value, [callback])` or `update(sid, params, [callback])`. */
  update(sid: unknown, ...args: unknown[]): void {
    const url = this.member(sid);
    const { params, callback } = updateArguments(args);
    const changed = this.api.post(url, params).then((payload) => this.api.object(payload));
    settle(changed, callback as Callback<unknown> | undefined, this.api.log);
  }

  /** Deletes a member; the callback gets the server's answer as it came. */
  delete(sid: unknown, callback?: unknown): void {
    const done = optionalCallback(callback, 1) as Callback<Payload> | undefined;
    settle(this.api.delete(this.member(sid)), done, this.api.log);
  }

  /** Fetches a page of this collection: its first one, or the one at a URL the server gave. */
  async load(params?: Payload, url: string = this.url): Promise<List> {
    const payload = await this.api.get(url, params);
    const list = new List(this.api, this.url, this.options);
    await list.fill(payload);
    return list;
  }

  /** Makes this list the page that the payload describes. */
  async fill(payload: Payload): Promise<void> {
    const meta = isObject(payload.meta) ? payload.meta : {};
    const named = payload[String(meta.key)];
    const rows = Array.isArray(named) ? named : Object.values(payload).find(Array.isArray);
    const data = (rows || []).map((row) => this.api.object(row));
    if (this.options.prepare) {
      await this.options.prepare(data);
    }
    show(this, "data", data);
    show(this, "page", meta.page);
    show(this, "pageSize", meta.page_size);
    hide(this, { nextUrl: meta.next_page_url });
    this.turn("hasNext", "next", meta.next_page_url);
    this.turn("hasPrevious", "previous", meta.previous_page_url);
  }

  private turn(flag: string, method: string, url: unknown): void {
    const there = typeof url === "string" && url !== "";
    show(this, flag, there);
    if (there) {
      hide(this, {
        [method]: (callback: unknown): void => {
          const done = requiredCallback(callback, 0) as Callback<List>;
          settle(this.load(undefined, url), done, this.api.log);
        },
      });
    }
  }

  private member(sid: unknown): string {
    if (typeof sid !== "string") {
      throw new TypeError("1st argument needs to be a SID");
    }
    return `${this.url}/${sid}`;
  }
}
