import type { Api } from "./api.ts";
import {
  optionalCallback,
  requiredCallback,
  settle,
  type Callback,
} from "../wire/callback.ts";
import { camelCase, hide, isObject, renamed, show, type Payload } from "../wire/names.ts";

/**
 * One object of the server as the page sees it. Its data are enumerable, read-only properties in
 * camelCase; its methods and inner workings do not show up in `for in`. Inner names start with an
 * underscore, so that all others are free for the server's keys and the page's own.
 *
 * Spec: sdk-v1-api 6
 */
export class Resource {
  declare readonly sid: string | undefined;
  declare readonly apiRequester: Api;
  declare readonly resourceUrl: string;
  declare readonly workspaceUrl: string;

  /** Without a payload it is a handle: only the SID is known until fetch has run. */
  constructor(api: Api, resourceUrl: string, payload?: Payload) {
    hide(this, { apiRequester: api, resourceUrl, workspaceUrl: api.workspaceUrl });
    if (payload) {
      load(this, payload);
    }
  }

  /** The token in use: the client's current one. */
  get token(): string {
    return this.apiRequester.tokens.current;
  }

  /** Reads the resource anew into this object and hands it to the callback. */
  fetch(callback?: unknown): void {
    const done = optionalCallback(callback, 0) as Callback<this> | undefined;
    this._reload(this.apiRequester.get(this.resourceUrl), done);
  }

  /** Changes the resource: `update(name, value, [callback])` or `update(params, [callback])`. */
  update(...args: unknown[]): void {
    const { params, callback } = updateArguments(args);
    this._reload(this.apiRequester.post(this.resourceUrl, params), callback as Callback<this>);
  }

  /** Deletes the resource; the callback gets the server's answer as it came. */
  delete(callback?: unknown): void {
    const done = optionalCallback(callback, 0) as Callback<Payload> | undefined;
    settle(this.apiRequester.delete(this.resourceUrl), done, this.apiRequester.log);
  }

  /** Gives the whole client, with every object made from it, a new token. */
  updateToken(token: unknown): void {
    this.apiRequester.tokens.update(token);
  }

  private _reload(answer: Promise<Payload>, callback: Callback<this> | undefined): void {
    const loaded = answer.then((payload) => {
      load(this, payload);
      return this;
    });
    settle(loaded, callback, this.apiRequester.log);
  }
}

/** Keys of the wire that are no data. */
const skipped = new Set(["url", "links", "reservation_sid"]);

/** Keys whose value is JSON text. */
const texts = new Set(["attributes", "addons", "configuration"]);

/** Keys whose value becomes a Date; other dates stay text, as they always were. */
const dates = new Set(["date_created", "date_updated", "date_status_changed"]);

/** Which SIDs of a payload get an object beside them: workspaceSid → workspace. */
const reference = /^((?:workspace|workflow|queue|worker|task)|.+Activity)Sid$/;

/** Puts a payload's data on a resource, over what an earlier payload left there. */
export function load(resource: Resource, payload: Payload): void {
  for (const key of Object.keys(payload)) {
    const name = camelCase(key);
    if (skipped.has(key) || !writable(resource, name)) {
      continue;
    }
    const value = valueOf(key, payload[key]);
    show(resource, name, value);
    const match = reference.exec(name);
    if (match) {
      refer(resource, match[1] as string, value, payload);
    }
  }
}

/** What a payload that is no resource tells: its data, renamed, in a plain object. */
export function plain(payload: unknown): unknown {
  const copy = renamed(payload);
  if (isObject(copy)) {
    skipped.forEach((key) => delete copy[camelCase(key)]);
  }
  return copy;
}

/** A key of the server never hides a method or an inner property. */
function writable(resource: Resource, name: string): boolean {
  const own = Object.getOwnPropertyDescriptor(resource, name);
  return own ? own.configurable === true : !(name in resource);
}

function valueOf(key: string, value: unknown): unknown {
  if (texts.has(key) && typeof value === "string") {
    try {
      return JSON.parse(value);
    } catch {
      return value;
    }
  }
  if (dates.has(key)) {
    if (typeof value === "number") {
      return new Date(value * 1000);
    }
    return typeof value === "string" ? new Date(value) : value;
  }
  return texts.has(key) ? value : renamed(value);
}

/** Defines the handle beside a SID; made on first use, kept while the SID stays the same. */
function refer(resource: Resource, name: string, sid: unknown, payload: Payload): void {
  const api = resource.apiRequester;
  const present = Object.getOwnPropertyDescriptor(resource, name);
  const known = present && (present.value as Resource | undefined);
  if ((known && known.sid === sid) || !writable(resource, name)) {
    return;
  }
  if (typeof sid !== "string" || !api.knows(sid)) {
    Reflect.deleteProperty(resource, name);
    return;
  }
  Object.defineProperty(resource, name, {
    enumerable: true,
    configurable: true,
    get: () => {
      const handle = api.handle(sid, payload);
      show(resource, name, handle);
      return handle;
    },
  });
}

/**
 * The arguments of an update, checked as callers know it. Objects among the values become JSON
 * text in a copy; the caller's own object stays as it is.
 *
 * Spec: sdk-v1-api 3.2
 */
export function updateArguments(args: readonly unknown[]): {
  params: Payload;
  callback: Callback<never> | undefined;
} {
  const [first, second, third] = args;
  if (typeof first === "string") {
    if (typeof second !== "string") {
      throw new TypeError("2nd argument needs to be a string value");
    }
    return { params: { [first]: second }, callback: optionalCallback(third, 2) };
  }
  if (!isObject(first)) {
    throw new TypeError("1st argument needs to be a string or an object");
  }
  const callback = second === undefined ? undefined : requiredCallback(second, 1);
  const params: Payload = {};
  for (const key of Object.keys(first)) {
    const value = first[key];
    const nested = typeof value === "object" && value !== null;
    params[key] = nested ? JSON.stringify(value) : value;
  }
  return { params, callback };
}
