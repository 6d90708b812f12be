import { describe, settle, splitCallback, type Callback } from "../wire/callback.ts";
import { isObject, show, type Payload } from "../wire/names.ts";
import { load, Resource } from "./resource.ts";
import type { Task } from "./task.ts";

/** An argument that names whom to reach: a client, a SIP address or a phone number. */
const contact = /^(client:|sips?:|\+\d)/i;

/**
 * An offer of a task to a worker. Each action is one order on the reservation, after which its
 * task is read anew; then the callback gets this same reservation.
 *
 * Arguments are positional. Left-out ones are not sent, null is sent as null, and the last
 * function is the callback wherever it stands.
 *
 * Spec: sdk-v1-api 5
 */
export class Reservation extends Resource {
  declare readonly task: Task | undefined;

  /** `accept([callback])` */
  accept(...args: unknown[]): void {
    this._act({ ReservationStatus: "accepted" }, [], args);
  }

  /** `reject([activitySid], [callback])` */
  reject(...args: unknown[]): void {
    this._act({ ReservationStatus: "rejected" }, ["WorkerActivitySid"], args);
  }

  /** `dequeue([from], [postWorkActivitySid], [record], [timeout], [statusCallbackUrl],
   * [statusCallbackEvents], [to], [callback])`; also without statusCallbackEvents. */
  dequeue(...args: unknown[]): void {
    const events = args[5];
    const rest = args.slice(6).filter((value) => typeof value !== "function" && value != null);
    if (typeof events === "string" && contact.test(events) && rest.length === 0) {
      // Spec: sdk-v1-api 9: the documented call has seven arguments for eight places.
      args = [...args.slice(0, 5), undefined, events, ...args.slice(6)];
    }
    const names = [
      "DequeueFrom",
      "DequeuePostWorkActivitySid",
      "DequeueRecord",
      "DequeueTimeout",
      "DequeueStatusCallbackUrl",
      "DequeueStatusCallbackEvent",
      "DequeueTo",
    ];
    this._act({ Instruction: "dequeue" }, names, args);
  }

  /** `call(from, url, [statusCallbackUrl], [accept], [record], [to], [callback])` */
  call(...args: unknown[]): void {
    const names = [
      "CallFrom",
      "CallUrl",
      "CallStatusCallbackUrl",
      "CallAccept",
      "CallRecord",
      "CallTo",
    ];
    this._act({ Instruction: "call" }, names, args);
  }

  /** `redirect(callSid, url, [accept], [callback])` */
  redirect(...args: unknown[]): void {
    const names = ["RedirectCallSid", "RedirectUrl", "RedirectAccept"];
    this._act({ Instruction: "redirect" }, names, args);
  }

  /** `conference([from], [postWorkActivitySid], [timeout], [to], [callback], [options])`; the
   * options are in the API's own spelling and win over the positions. */
  conference(...args: unknown[]): void {
    const names = ["From", "PostWorkActivitySid", "Timeout", "To"];
    const positions = args.map((value) => (isObject(value) ? undefined : value));
    this._act({ Instruction: "conference" }, names, positions, args.find(isObject));
  }

  private _act(order: Payload, names: string[], args: unknown[], options?: Payload): void {
    const { values, callback } = splitCallback(args);
    const params = { ...order };
    names.forEach((name, index) => {
      params[name] = values[index];
    });
    const done = this._carryOut({ ...params, ...options });
    settle(done, callback as Callback<this> | undefined, this.apiRequester.log);
  }

  private async _carryOut(params: Payload): Promise<this> {
    const api = this.apiRequester;
    load(this, await api.post(this.resourceUrl, params));
    const task = this.task;
    if (task) {
      try {
        load(task, await api.get(task.resourceUrl));
      } catch (error) {
        // The order was carried out: that is what the callback has to hear.
        api.log(`Task ${task.sid} cannot be read: ${describe(error)}`);
      }
    }
    return this;
  }
}

/** Puts the task's data on a reservation. */
export function attachTask(reservation: Reservation, payload: Payload): void {
  show(reservation, "task", reservation.apiRequester.object(payload));
}
