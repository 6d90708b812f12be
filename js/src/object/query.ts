// The arguments of everything that reads lists and figures.

import { requiredCallback, type Callback } from "../wire/callback.ts";
import { isObject, type Payload } from "../wire/names.ts";

/** Takes `(callback)` and `(what, callback)` apart. Throws when there is no callback. */
export function fetchArguments(args: readonly unknown[]): {
  what: unknown;
  callback: Callback<unknown>;
} {
  const at = typeof args[0] === "function" ? 0 : 1;
  const callback = requiredCallback(args[at], at) as Callback<unknown>;
  return { what: at === 1 ? args[0] : undefined, callback };
}

/** The parameters of a query, none for null or nothing. Throws for what is no object. */
export function queryOf(what: unknown, allowed: string): Payload | undefined {
  if (what === null || what === undefined) {
    return undefined;
  }
  if (!isObject(what)) {
    throw new TypeError(`1st argument needs to be a function, ${allowed}`);
  }
  return what;
}
