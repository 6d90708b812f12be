// How what is held changes when something is heard. Pure functions: what is held and what came
// in, to what is held then.

import type { Assignment, Held, TaskData } from "./model.ts";
import { isOver } from "./model.ts";

/** How long a card that ended stays, with the word why. */
export const endedOfferStays = 8_000;

/** How long a completed task stays. */
export const completedStays = 60_000;

/** Takes in the state of one reservation; older versions than the one held are passed over. */
export function receive(held: Held, heard: Assignment, now: number): Held {
  const known = held.get(heard.sid);
  if (known && (heard.version < known.version || isOver(known.status))) {
    return held;
  }
  if (!known && isOver(heard.status)) {
    return held;
  }
  const same = known?.status === heard.status;
  const next: Assignment = {
    ...heard,
    since: same ? known.since : heard.since,
    busy: same ? known.busy : undefined,
    problem: same ? known.problem : undefined,
    leavesAt: leaving(heard.status, now),
  };
  return new Map(held).set(heard.sid, next);
}

function leaving(status: Assignment["status"], now: number): number | undefined {
  if (!isOver(status)) {
    return undefined;
  }
  return now + (status === "completed" ? completedStays : endedOfferStays);
}

/**
 * Takes in the complete list of open reservations. Those that are held and not in it have ended
 * unseen. A reservation that an event told of while the list was on its way stays as the event
 * left it, for the list may be older.
 */
export function reconcile(
  held: Held,
  list: readonly Assignment[],
  touched: ReadonlySet<string>,
  now: number,
): Held {
  let next = held;
  const listed = new Set(list.map((each) => each.sid));
  for (const each of held.values()) {
    if (!listed.has(each.sid) && !touched.has(each.sid) && !isOver(each.status)) {
      const leavesAt = now + endedOfferStays;
      const over = { status: "gone", busy: undefined, problem: undefined, leavesAt } as const;
      next = amend(next, each.sid, over);
    }
  }
  for (const each of list) {
    if (!touched.has(each.sid)) {
      next = receive(next, each, now);
    }
  }
  return next;
}

/** Changes one that is held, if it is still there. */
export function amend(held: Held, sid: string, change: Partial<Assignment>): Held {
  const known = held.get(sid);
  return known ? new Map(held).set(sid, { ...known, ...change }) : held;
}

/** Takes in what a task looks like now. */
export function refresh(held: Held, task: TaskData): Held {
  let next = held;
  for (const each of held.values()) {
    if (each.task.sid === task.sid) {
      next = amend(next, each.sid, { task });
    }
  }
  return next;
}

/** Takes away what has been over for long enough. */
export function sweep(held: Held, now: number): Held {
  const staying = [...held].filter(([, each]) => !each.leavesAt || each.leavesAt > now);
  return staying.length === held.size ? held : new Map(staying);
}

/** The offers, soonest end first; those that ended keep their place until they leave. */
export function offersIn(held: Held): Assignment[] {
  return [...held.values()]
    .filter((each) => !isWork(each))
    .sort((a, b) => a.expiresAt - b.expiresAt || (a.sid < b.sid ? -1 : 1));
}

/** The tasks that were taken, in the order of their offers. */
export function tasksIn(held: Held): Assignment[] {
  return [...held.values()]
    .filter(isWork)
    .sort((a, b) => a.offeredAt - b.offeredAt || (a.sid < b.sid ? -1 : 1));
}

function isWork(each: Assignment): boolean {
  return each.status === "accepted" || each.status === "wrapping" || each.status === "completed";
}
