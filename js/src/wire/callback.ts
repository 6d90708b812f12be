// The one way results reach user code: callback(error, result), or nobody when none was given.

import { RequestError } from "./error.ts";
import type { Log } from "./log.ts";

/** Called once per request: `(null, result)` or `(error, null)`. */
export type Callback<T = unknown> = (error: unknown, result: T | null) => void;

/** Runs user code. What it throws becomes an uncaught error of the page, not a fault in here. */
export function runUserCode(code: () => void): void {
  try {
    code();
  } catch (thrown) {
    setTimeout(() => {
      throw thrown;
    }, 0);
  }
}

/** Hands the outcome to the callback exactly once; without one a failure is only logged. */
export function settle<T>(outcome: Promise<T>, callback: Callback<T> | undefined, log: Log): void {
  outcome.then(
    (result) => callback && runUserCode(() => callback(null, result)),
    (error: unknown) => {
      if (callback) {
        runUserCode(() => callback(error, null));
      } else {
        log(`Request failed: ${describe(error)}`);
      }
    },
  );
}

/** One line about a failure, for logs and `error` events. */
export function describe(error: unknown): string {
  if (error instanceof RequestError) {
    return `${error.message} (${error.code})`;
  }
  return error instanceof Error ? error.message : String(error);
}

const ordinals = ["1st", "2nd", "3rd", "4th"];

/** The callback at a position, which may be left out or null. Throws for anything else. */
export function optionalCallback(value: unknown, index: number): Callback<never> | undefined {
  return value === null || value === undefined ? undefined : requiredCallback(value, index);
}

/** The callback at a position. Throws when there is none. */
export function requiredCallback(value: unknown, index: number): Callback<never> {
  if (typeof value !== "function") {
    throw new TypeError(`${ordinals[index]} argument needs to be a function`);
  }
  return value as Callback<never>;
}

/**
 * Positional arguments apart from their callback: the last function, wherever it stands. The
 * other values keep their positions, so `reject(callback)` has no activity and no lost callback.
 */
export function splitCallback(args: readonly unknown[]): {
  values: unknown[];
  callback: Callback<never> | undefined;
} {
  let callback: Callback<never> | undefined;
  const values = args.map((value) => {
    if (typeof value !== "function") {
      return value;
    }
    callback = value as Callback<never>;
    return undefined;
  });
  return { values, callback };
}
