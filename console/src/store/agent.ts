// The one store of the agent's page. It is fed by the SDK's events; components read its signals
// and call its commands, and nothing else on the page talks to the network.

import { batch, computed, signal } from "@preact/signals";
import { ServerClock } from "../base/time.ts";
import { amend, offersIn, receive, reconcile, refresh, sweep, tasksIn } from "./fold.ts";
import { completedStays, endedOfferStays } from "./fold.ts";
import { Link, type Client, type Connect } from "./link.ts";
import type {
  ActivityData, Assignment, ChannelData, Command, Held, Missed, Problem, Status, WorkerData,
} from "./model.ts";
import { problemOf, statusOf } from "./problem.ts";
import {
  ageOf, readActivities, readChannel, readReservation, readTask, readWorker,
} from "./read.ts";

/** The status that an event leaves a reservation in. */
const statusAfter: ReadonlyMap<string, Status> = new Map([
  ["created", "pending"],
  ["accepted", "accepted"],
  ["rejected", "rejected"],
  ["timeout", "timeout"],
  ["canceled", "canceled"],
  ["rescinded", "rescinded"],
  ["wrapup", "wrapping"],
  ["completed", "completed"],
]);

/** A problem of the page as a whole, with what may be tried again. */
export interface Trouble {
  readonly problem: Problem;
  readonly again: (() => void) | undefined;
}

type Reservation = Twilio.TaskRouter.Reservation;
type Task = Twilio.TaskRouter.Task;
type Answer<T> = Twilio.TaskRouter.Callback<T>;

/**
 * What is known about the worker, and what can be done.
 *
 * Nothing is shown before the server has said it: a command makes its card busy, and the answer
 * or the event that follows changes it.
 */
export class AgentStore {
  readonly link: Link;
  readonly worker = signal<WorkerData | undefined>(undefined);
  readonly activities = signal<readonly ActivityData[]>([]);
  readonly channels = signal<ReadonlyMap<string, ChannelData>>(new Map());
  readonly held = signal<Held>(new Map());
  /** Whether the worker's reservations have been read at least once. */
  readonly loaded = signal(false);
  /** The activity that was asked for and is not confirmed yet. */
  readonly changing = signal<ActivityData | undefined>(undefined);
  readonly missed = signal<Missed | undefined>(undefined);
  readonly trouble = signal<Trouble | undefined>(undefined);
  /** Now, on the page's clock; moved by tick. */
  readonly now = signal(0);

  /** Now on the server's clock, in whole ticks: what ages and countdowns are reckoned with. */
  readonly serverNow = computed(() => this.now.value + this.server.difference);
  readonly offers = computed(() => offersIn(this.held.value));
  readonly openOffers = computed(() => this.offers.value.filter(isPending));
  readonly tasks = computed(() => tasksIn(this.held.value));
  /** Whether commands can be sent. */
  readonly usable = computed(() => {
    const { state } = this.link.state.value;
    return state === "live" || state === "lost" || state === "connecting";
  });

  private readonly server: ServerClock;
  /** Reservations that events told of since the list was last asked for. */
  private touched = new Set<string>();
  private loads = 0;
  private lastAvailable = "";

  constructor(connect: Connect, private readonly clock: () => number = Date.now) {
    this.server = new ServerClock(clock);
    this.link = new Link(connect, this, clock);
    this.now.value = clock();
  }

  /** Moves time on: clocks, and cards that have been over for long enough. */
  tick(): void {
    const now = this.clock();
    batch(() => {
      this.now.value = now;
      this.held.value = sweep(this.held.value, now);
    });
  }

  // What is heard.

  /** Listens to a new client. */
  attach(client: Client): void {
    const on = <T>(event: string, heard: (subject: T) => void) =>
      client.on(event, (subject: T) => {
        if (this.link.client === client) {
          batch(() => heard(subject));
        }
      });
    for (const [name, status] of statusAfter) {
      on(`reservation.${name}`, (reservation: Reservation) => this.hear(reservation, status));
    }
    for (const name of ["updated", "canceled", "completed", "wrapup"]) {
      on(`task.${name}`, (task: Task) => {
        this.held.value = refresh(this.held.value, readTask(task, "", this.server.now()));
      });
    }
    for (const name of ["activity.update", "attributes.update"]) {
      on(name, (worker: Twilio.TaskRouter.WorkerInstance) => this.know(worker));
    }
    for (const name of ["capacity.update", "channel.availability.update"]) {
      on(name, (channel: Twilio.TaskRouter.WorkerChannel) => {
        const read = readChannel(channel);
        this.channels.value = new Map(this.channels.value).set(read.name, read);
      });
    }
  }

  /** Reads everything there is about the worker; comes on every connect. */
  ready(client: Client, worker: Twilio.TaskRouter.WorkerInstance): void {
    batch(() => {
      if (this.worker.value && this.worker.value.sid !== worker.sid) {
        this.forget();
      }
      this.know(worker);
    });
    client.activities.fetch({ PageSize: "100" }, (error, list) => {
      if (!error && this.link.client === client) {
        this.activities.value = readActivities(list.data);
      }
    });
    // Tokens without the right to read channels are common: then the page shows no capacity.
    client.fetchChannels((error, list) => {
      if (!error && this.link.client === client) {
        const read = list.data.map(readChannel);
        this.channels.value = new Map(read.map((each) => [each.name, each]));
      }
    });
    void this.load(client);
  }

  /**
   * Reads all open reservations and makes the page agree with them. They are asked for in the
   * order in which a reservation moves, so one that moves meanwhile is found at least once.
   */
  private async load(client: Client): Promise<void> {
    const load = ++this.loads;
    this.touched = new Set();
    try {
      const found = new Map<string, Assignment>();
      for (const status of ["pending", "accepted", "wrapping"] as const) {
        for (const each of await listed(client, status)) {
          this.observe(each);
          const read = readReservation(each, this.server.now(), status);
          found.set(read.sid, read);
        }
        if (load !== this.loads) {
          return;
        }
      }
      batch(() => {
        const list = [...found.values()];
        this.held.value = reconcile(this.held.value, list, this.touched, this.clock());
        this.loaded.value = true;
        this.trouble.value = undefined;
      });
    } catch (error) {
      if (load === this.loads && this.link.client === client) {
        this.report(error, "load", () => void this.load(client));
      }
    }
  }

  private hear(reservation: Reservation, status: Status): void {
    this.observe(reservation);
    const heard = readReservation(reservation, this.server.now(), status);
    const known = this.held.value.get(heard.sid);
    this.touched.add(heard.sid);
    this.held.value = receive(this.held.value, heard, this.clock());
    if (heard.status === "timeout" && known?.status === "pending") {
      const seconds = Math.round((heard.expiresAt - heard.offeredAt) / 1000);
      this.missed.value = { at: this.clock(), seconds };
    }
  }

  private know(worker: Twilio.TaskRouter.WorkerInstance): void {
    const before = this.worker.value;
    const now = readWorker(worker, this.server.now());
    this.worker.value = now;
    if (now.available) {
      this.lastAvailable = now.activitySid;
      if (before && before.activitySid !== now.activitySid) {
        this.missed.value = undefined;
      }
    }
  }

  private observe(reservation: Reservation): void {
    const age = ageOf(reservation.task);
    if (age) {
      this.server.observe(age.createdAt, age.seconds);
    }
  }

  // What can be done.

  /** Takes an offer. */
  accept(sid: string): void {
    this.command<Reservation>(sid, "accept", (each, done) => each.source.accept(done));
  }

  /** Declines an offer, and goes to an activity if one is named. */
  decline(sid: string, activitySid?: string): void {
    this.command<Reservation>(sid, "decline", (each, done) =>
      activitySid ? each.source.reject(activitySid, done) : each.source.reject(done),
    );
  }

  /** Ends the conversation of a task; its worker still has something to note down. */
  wrapUp(sid: string): void {
    this.command<Task>(sid, "wrapup", (each, done) => {
      this.link.client?.updateTask(each.task.sid, { AssignmentStatus: "wrapping" }, done);
    });
  }

  /** Ends a task. */
  complete(sid: string, reason?: string): void {
    this.command<Task>(sid, "complete", (each, done) => {
      this.link.client?.completeTask(each.task.sid, done, reason || undefined);
    });
  }

  /** Asks for another activity. */
  setActivity(activity: ActivityData): void {
    const client = this.link.client;
    if (!client || !this.usable.value || this.changing.value) {
      return;
    }
    this.changing.value = activity;
    client.update("ActivitySid", activity.sid, (error, worker) => {
      batch(() => {
        this.changing.value = undefined;
        if (error) {
          this.report(error, "activity", () => this.setActivity(activity));
        } else if (this.link.client === client) {
          this.trouble.value = undefined;
          this.know(worker);
        }
      });
    });
  }

  /** The activity to go to for taking offers again: the last such one, else the first. */
  availableActivity(): ActivityData | undefined {
    const all = this.activities.value.filter((each) => each.available);
    return all.find((each) => each.sid === this.lastAvailable) ?? all[0];
  }

  /** Takes a card's problem off, once it was read. */
  dismiss(sid: string): void {
    this.held.value = amend(this.held.value, sid, { problem: undefined });
  }

  /** Ends the session on this page and forgets what was shown. */
  leave(): void {
    batch(() => {
      this.link.close();
      this.forget();
      this.worker.value = undefined;
    });
  }

  private forget(): void {
    this.loads++;
    this.held.value = new Map();
    this.channels.value = new Map();
    this.missed.value = undefined;
    this.trouble.value = undefined;
    this.loaded.value = false;
    this.lastAvailable = "";
  }

  private command<T>(
    sid: string,
    command: Command,
    send: (each: Assignment, done: Answer<T>) => void,
  ): void {
    const each = this.held.value.get(sid);
    if (!each || each.busy || !this.usable.value) {
      return;
    }
    this.held.value = amend(this.held.value, sid, { busy: command, problem: undefined });
    send(each, (error, result) => {
      batch(() => {
        if (error) {
          this.refused(sid, command, error);
        } else {
          this.done(sid, command, result);
        }
      });
    });
  }

  /** The answer to a command says what is true now; the event that follows will say the same. */
  private done(sid: string, command: Command, result: unknown): void {
    const busy = undefined;
    this.touched.add(sid);
    switch (command) {
      case "accept":
        this.hear(result as Reservation, "accepted");
        break;
      case "decline":
        this.hear(result as Reservation, "rejected");
        break;
      case "wrapup":
        this.ended(sid, { busy, status: "wrapping", since: this.server.now() });
        return;
      case "complete":
        this.ended(sid, { busy, status: "completed", leavesAt: this.clock() + completedStays });
        return;
    }
    this.held.value = amend(this.held.value, sid, { busy });
  }

  /** Changes one that is not over yet: an event may have told of its end before the answer. */
  private ended(sid: string, change: Partial<Assignment>): void {
    const known = this.held.value.get(sid);
    if (known && known.leavesAt === undefined) {
      this.held.value = amend(this.held.value, sid, change);
    }
  }

  /** Shows why a command failed, and reads the reservation anew: it may be over. */
  private refused(sid: string, command: Command, error: unknown): void {
    const problem = problemOf(error, command);
    this.held.value = amend(this.held.value, sid, { busy: undefined, problem });
    this.held.value.get(sid)?.source.fetch((failure, fresh) => {
      batch(() => {
        if (!failure) {
          this.hear(fresh, "gone");
        } else if (statusOf(failure) === 404) {
          const leavesAt = this.clock() + endedOfferStays;
          this.ended(sid, { status: "gone", leavesAt });
        }
      });
    });
  }

  private report(error: unknown, doing: "activity" | "load", again: () => void): void {
    this.trouble.value = { problem: problemOf(error, doing), again };
  }
}

function isPending(each: Assignment): boolean {
  return each.status === "pending";
}

/** All pages of the worker's reservations in a status. */
async function listed(client: Client, status: string): Promise<Reservation[]> {
  const all: Reservation[] = [];
  let turn: ((done: Answer<Twilio.TaskRouter.List<Reservation>>) => void) | undefined = (done) =>
    client.fetchReservations(done, { ReservationStatus: status });
  while (turn) {
    const ask: NonNullable<typeof turn> = turn;
    const page = await new Promise<Twilio.TaskRouter.List<Reservation>>((resolve, reject) =>
      ask((error, list) => (error ? reject(error) : resolve(list))),
    );
    all.push(...page.data);
    turn = page.next ? (done) => page.next?.(done) : undefined;
  }
  return all;
}
