import type { Task } from "../object/task.ts";
import { List } from "../object/list.ts";
import { load } from "../object/resource.ts";
import { WorkerResource } from "../object/worker.ts";
import {
  describe,
  optionalCallback,
  requiredCallback,
  settle,
  splitCallback,
  type Callback,
} from "../wire/callback.ts";
import { hide, isObject, type Payload } from "../wire/names.ts";
import { Departure } from "./departure.ts";
import { withEvents } from "./emitter.ts";
import { Offers } from "./offers.ts";
import { Order } from "./order.ts";
import { Session, type Behaviour } from "./session.ts";

/**
 * A live worker: the client of an agent's page. It keeps a connection to the server, tells the
 * page what happens to the worker and its reservations, and carries out what the page decides.
 *
 * Spec: sdk-v1-api 3
 */
export class Worker extends withEvents(WorkerResource) {
  declare readonly activities: List;
  declare readonly workerSid: string;
  declare private readonly _session: Session;
  declare private readonly _order: Order;
  declare private readonly _offers: Offers;
  declare private readonly _departure: Departure;

  constructor(
    token: unknown,
    debug?: unknown,
    connectActivitySid?: unknown,
    disconnectActivitySid?: unknown,
    closeExistingSessions?: unknown,
    region?: unknown,
    maxRetries?: unknown,
    apiBaseUrl?: unknown,
    eventBridgeBaseUrl?: unknown,
    options?: unknown,
  ) {
    const session = new Session({
      token,
      debug,
      region,
      maxRetries,
      apiBaseUrl,
      eventBridgeBaseUrl,
      closeExistingSessions,
      disconnectActivitySid,
      options,
    });
    const { api, claims } = session;
    const workerSid = claims.channel;
    const url = `${api.workspaceUrl}/Workers/${workerSid}`;
    super(api, url);
    const order = new Order();
    hide(this, {
      _session: session,
      _order: order,
      _offers: new Offers(session, order, url),
      _departure: new Departure(session, url, disconnectActivitySid),
      activities: new List(api, `${api.workspaceUrl}/Activities`),
    });
    const given = {
      workerSid,
      connectActivitySid,
      disconnectActivitySid,
      closeExistingSessions,
      debug,
    };
    for (const [name, value] of Object.entries(given)) {
      Object.defineProperty(this, name, { value, enumerable: true });
    }
    Object.defineProperty(this, "token", { get: () => api.tokens.current, enumerable: true });
    session.start(this, this._behaviour(connectActivitySid));
  }

  /** Lists the worker's reservations, each with its task: `fetchReservations(cb, [params])`. */
  fetchReservations(callback: unknown, params?: unknown): void {
    const done = requiredCallback(callback, 0) as Callback<List>;
    const query = isObject(params) ? params : undefined;
    settle(this._offers.list(query), done, this._session.log);
  }

  /** Lists the worker's channels. */
  fetchChannels(callback: unknown): void {
    new List(this.apiRequester, `${this.resourceUrl}/Channels`).fetch(callback);
  }

  /** Changes a task of the workspace; the callback gets it. */
  updateTask(taskSid: unknown, params: unknown, callback?: unknown): void {
    if (typeof taskSid !== "string") {
      throw new TypeError("1st argument needs to be a SID");
    }
    if (!isObject(params)) {
      throw new TypeError("2nd argument needs to be an object");
    }
    this._changeTask(taskSid, params, optionalCallback(callback, 2));
  }

  /** Completes a task: `completeTask(taskSid, [callback], [reason])`. */
  completeTask(taskSid: unknown, ...args: unknown[]): void {
    if (typeof taskSid !== "string") {
      throw new TypeError("1st argument needs to be a SID");
    }
    const { values, callback } = splitCallback(args);
    const reason = values.find((value) => value !== undefined && value !== null);
    this._changeTask(taskSid, { AssignmentStatus: "completed", Reason: reason }, callback);
  }

  /** Deprecated: activities.fetch does the same. */
  fetchActivityList(callback: unknown): void {
    this._session.log("fetchActivityList is deprecated; use activities.fetch");
    this.activities.fetch(callback);
  }

  /** Deprecated: update("ActivitySid", …) does the same. */
  updateActivity(activitySid: unknown, callback?: unknown): void {
    this._session.log('updateActivity is deprecated; use update("ActivitySid", …)');
    this.update("ActivitySid", activitySid, callback);
  }

  /** Whether reservation events carry what came with them instead of what a request would give. */
  setSkipFetchReservation(skip: unknown): void {
    this._offers.skipFetch = Boolean(skip);
  }

  /** Addition: closes the connection for good, and takes the listeners off the page. */
  disconnect(): void {
    this._departure.cancel();
    this._session.stop();
  }

  private _behaviour(connectActivitySid: unknown): Behaviour {
    return {
      opened: () => {
        this._offers.connected();
        this._departure.prepare();
      },
      frame: (type, payload) => this._frame(type, payload),
      ready: async (stillConnected) => {
        const pending = await this._offers.replay(stillConnected);
        if (pending === 0 && connectActivitySid && stillConnected()) {
          await this._becomeActive(connectActivitySid);
        }
      },
    };
  }

  private _frame(type: string, payload: unknown): void {
    if (this._offers.concerns(type, payload)) {
      void this._offers.event(type, payload);
      return;
    }
    this._order.turn()(() => {
      if (isObject(payload) && payload.sid === this.workerSid) {
        load(this, payload);
      }
      this._session.emit(type.replace(/^worker\./, ""), this.apiRequester.subject(payload));
    });
  }

  private async _becomeActive(activitySid: unknown): Promise<void> {
    try {
      load(this, await this.apiRequester.post(this.resourceUrl, { ActivitySid: activitySid }));
    } catch (error) {
      this._session.log(`The connect activity cannot be set: ${describe(error)}`);
    }
  }

  private _changeTask(sid: string, params: Payload, callback: Callback<never> | undefined): void {
    const api = this.apiRequester;
    const changed = api
      .post(`${this.workspaceUrl}/Tasks/${sid}`, params)
      .then((payload) => api.object(payload) as Task);
    settle(changed, callback as Callback<Task> | undefined, api.log);
  }
}
