// What the page knows, as plain data that never changes in place: signals hold the latest.

/** Where a reservation stands; gone means it ended while the page could not see why. */
export type Status =
  | "pending"
  | "accepted"
  | "wrapping"
  | "completed"
  | "rejected"
  | "timeout"
  | "canceled"
  | "rescinded"
  | "gone";

/** A command that was sent and has no answer yet. */
export type Command = "accept" | "decline" | "wrapup" | "complete";

/** What went wrong, in the page's words and in the server's. */
export interface Problem {
  /** A sentence for the agent. */
  readonly text: string;
  /** What the server said, with its codes; shown on asking. */
  readonly original: string;
}

/** A task, as far as the page shows it. */
export interface TaskData {
  readonly sid: string;
  /** A few words on what it is about. */
  readonly title: string;
  readonly attributes: unknown;
  readonly channel: string;
  readonly queue: string | undefined;
  readonly workflow: string | undefined;
  readonly priority: number;
  readonly reason: string | undefined;
  /** When it was made, on the server's clock. */
  readonly createdAt: number;
}

/** A reservation of this worker with its task: an offer first, then work, then over. */
export interface Assignment {
  readonly sid: string;
  readonly status: Status;
  readonly version: number;
  readonly task: TaskData;
  /** When the offer was made, and when it ends, on the server's clock. */
  readonly offeredAt: number;
  readonly expiresAt: number;
  /** When it took its status, on the server's clock. */
  readonly since: number;
  /** When it leaves the page, on the page's clock; only set once it is over. */
  readonly leavesAt: number | undefined;
  readonly busy: Command | undefined;
  readonly problem: Problem | undefined;
  /** The SDK's object, for commands. */
  readonly source: Twilio.TaskRouter.Reservation;
}

/** All reservations on the page, by SID. */
export type Held = ReadonlyMap<string, Assignment>;

/** The worker. */
export interface WorkerData {
  readonly sid: string;
  readonly workspaceSid: string;
  readonly name: string;
  readonly activitySid: string;
  readonly activityName: string;
  readonly available: boolean;
  /** When its activity changed, on the server's clock. */
  readonly activeSince: number;
}

/** What a worker can be doing. */
export interface ActivityData {
  readonly sid: string;
  readonly name: string;
  readonly available: boolean;
}

/** How many tasks of a kind the worker takes. */
export interface ChannelData {
  readonly name: string;
  readonly capacity: number;
  readonly available: boolean;
}

/** An offer that this worker let run out. */
export interface Missed {
  readonly at: number;
  /** How long it was open. */
  readonly seconds: number;
}

/** How the page stands with the server. */
export type Connection =
  | { readonly state: "none" }
  | { readonly state: "connecting"; readonly since: number }
  | { readonly state: "live"; readonly since: number }
  | {
      readonly state: "lost";
      readonly since: number;
      /** How many tries have failed. */
      readonly tries: number;
      /** The device has no network. */
      readonly offline: boolean;
    }
  | { readonly state: "replaced"; readonly since: number }
  | { readonly state: "expired"; readonly since: number }
  | { readonly state: "refused"; readonly since: number; readonly problem: Problem };

/** Whether a status is one after which nothing follows. */
export function isOver(status: Status): boolean {
  return status !== "pending" && status !== "accepted" && status !== "wrapping";
}
