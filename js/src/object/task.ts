import type { Callback } from "../wire/callback.ts";
import { settle, splitCallback } from "../wire/callback.ts";
import { load, Resource } from "./resource.ts";

/** A task; `workflow`, `workspace` and, where the server names it so, `queue` are handles. */
export class Task extends Resource {
  /** Completes the task: `complete([callback], [reason])`. The callback gets this task. */
  complete(...args: unknown[]): void {
    const api = this.apiRequester;
    const { values, callback } = splitCallback(args);
    const reason = values.find((value) => value !== undefined && value !== null);
    const completed = api
      .post(this.resourceUrl, { AssignmentStatus: "completed", Reason: reason })
      .then((payload) => {
        load(this, payload);
        return this;
      });
    settle(completed, callback as Callback<this> | undefined, api.log);
  }
}
