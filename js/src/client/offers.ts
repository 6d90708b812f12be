import { List } from "../object/list.ts";
import { attachTask, Reservation } from "../object/reservation.ts";
import { load, type Resource } from "../object/resource.ts";
import { describe } from "../wire/callback.ts";
import { isObject, type Payload } from "../wire/names.ts";
import type { Order } from "./order.ts";
import type { Session } from "./session.ts";

/**
 * The reservations of one worker, each with its task: as events, as lists, and as the replay of
 * what is pending after a connect.
 *
 * An event that carries both objects is told from what it carries. From a server that sends the
 * task alone, both are read first, while later events wait for their turn.
 *
 * Spec: sdk-v1-api 4, 9; event-bridge 9.2, 10
 */
export class Offers {
  /** Tell every event from its payload, however little it carries. */
  skipFetch = false;

  /** Reservations this connect has told of: those are not replayed. */
  private readonly known = new Set<string>();
  private readonly url: string;

  constructor(
    private readonly session: Session,
    private readonly order: Order,
    workerUrl: string,
  ) {
    this.url = `${workerUrl}/Reservations`;
  }

  /** A new connect: everything pending is to be announced again. */
  connected(): void {
    this.known.clear();
  }

  /** Whether a frame is about a reservation, and says about which one. */
  concerns(type: string, payload: unknown): payload is Payload {
    const named = isObject(payload) && typeof payload.reservation_sid === "string";
    return named && type.startsWith("reservation.");
  }

  /** Tells of a reservation event, once what there is to know about it is there. */
  async event(type: string, payload: Payload): Promise<void> {
    const sid = payload.reservation_sid as string;
    if (type === "reservation.created" && this.known.has(sid)) {
      return;
    }
    this.known.add(sid);
    const tell = this.order.turn();
    const reservation = this.carried(payload);
    const complete = isObject(payload.reservation) && payload.reservation.sid === sid;
    if (!complete && !this.skipFetch) {
      await Promise.all([this.refresh(reservation.task), this.refresh(reservation)]);
    }
    tell(() => this.session.emit(type, reservation));
  }

  /** A page of the worker's reservations; fails if no task of the page can be read. */
  list(params: Payload | undefined): Promise<List> {
    return this.read(params, true);
  }

  /**
   * Announces what is pending as if it had just been created, leaving out what this connect has
   * told of already. Returns how many are pending, or undefined if that cannot be known.
   */
  async replay(stillConnected: () => boolean): Promise<number | undefined> {
    let pending = 0;
    try {
      let list: List | undefined = await this.read({ ReservationStatus: "pending" }, false);
      while (list) {
        if (!stillConnected()) {
          return undefined;
        }
        pending += list.data.length;
        (list.data as Reservation[]).forEach((each) => this.announce(each));
        list = list.nextUrl ? await list.load(undefined, list.nextUrl) : undefined;
      }
    } catch (error) {
      this.session.log(`Pending reservations cannot be read: ${describe(error)}`);
      return undefined;
    }
    return pending;
  }

  private announce(reservation: Reservation): void {
    const sid = String(reservation.sid);
    if (!this.known.has(sid)) {
      this.known.add(sid);
      this.order.turn()(() => this.session.emit("reservation.created", reservation));
    }
  }

  private read(params: Payload | undefined, strict: boolean): Promise<List> {
    const prepare = (items: unknown[]) => this.addTasks(items as Reservation[], strict);
    return new List(this.session.api, this.url, { prepare }).load(params);
  }

  /** Reads the task of each; one that fails keeps a handle, if all fail it is an error. */
  private async addTasks(reservations: Reservation[], strict: boolean): Promise<void> {
    const failures = await Promise.all(reservations.map((each) => this.refresh(each.task)));
    if (strict && failures.length && failures.every(Boolean)) {
      throw failures[0];
    }
  }

  /** Reads a resource anew; returns the error if that fails. */
  private async refresh(resource: Resource | undefined): Promise<unknown> {
    if (!resource) {
      return undefined;
    }
    try {
      load(resource, await this.session.api.get(resource.resourceUrl));
      return undefined;
    } catch (error) {
      this.session.log(`${resource.sid} cannot be read: ${describe(error)}`);
      return error;
    }
  }

  /** The reservation as the event carries it: at least its SID and its task. */
  private carried(payload: Payload): Reservation {
    const { reservation, reservation_sid: sid, ...task } = payload;
    const carried = isObject(reservation) ? reservation : {};
    const data = { sid, task_sid: task.sid, ...carried };
    const result = this.session.api.object(data) as Reservation;
    attachTask(result, task);
    return result;
  }
}
