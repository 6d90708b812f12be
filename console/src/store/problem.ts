// From errors of the SDK to sentences. The server's own words are kept beside them.

import { text } from "../base/text/en.ts";
import type { Command, Problem } from "./model.ts";

/** What was being done when it went wrong. */
export type Doing = Command | "activity" | "load" | "connect";

/** The part of the SDK's error that is read here. */
interface Failure {
  readonly code?: unknown;
  readonly apiCode?: unknown;
  readonly message?: unknown;
}

/** The HTTP status of a failure; 0 when no answer came. */
export function statusOf(error: unknown): number {
  const code = (error as Failure | null)?.code;
  return typeof code === "number" ? code : 0;
}

/** A failure in words. */
export function problemOf(error: unknown, doing: Doing): Problem {
  return { text: sentence(statusOf(error), doing), original: original(error) };
}

function sentence(status: number, doing: Doing): string {
  const say = text.problem;
  switch (true) {
    case status === 0:
      return say.unanswered[doing];
    case status === 401:
      return say.ended;
    case status === 403:
      return say.forbidden[doing];
    case status === 404:
      return say.absent[doing];
    case status === 410:
      return say.taken;
    case status === 412:
      return say.changed;
    case status === 429:
      return say.tooMany;
    case status >= 500:
      return say.unable[doing];
    default:
      return say.refused[doing];
  }
}

/** The server's message and numbers on one line. */
function original(error: unknown): string {
  const { message, apiCode } = (error ?? {}) as Failure;
  const parts = [String(message ?? error)];
  const status = statusOf(error);
  if (status) {
    parts.push(`HTTP ${status}`);
  }
  if (typeof apiCode === "number") {
    parts.push(`code ${apiCode}`);
  }
  return parts.join(" · ");
}
