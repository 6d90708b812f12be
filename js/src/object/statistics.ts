import type { Api } from "./api.ts";
import { settle } from "../wire/callback.ts";
import { hide, type Payload } from "../wire/names.ts";
import { fetchArguments, queryOf } from "./query.ts";

/**
 * Figures of a worker, queue, workflow, workspace or collection. An answer is a plain object with
 * camelCase names; nothing of it stays here.
 *
 * Spec: sdk-v1-api 7.3
 */
export class Statistics {
  declare private readonly api: Api;
  declare private readonly url: string;

  constructor(api: Api, url: string) {
    hide(this, { api, url });
  }

  /** `fetch(callback)` or `fetch(params, callback)`; params such as `{"Minutes": "60"}`. */
  fetch(...args: unknown[]): void {
    const { what, callback } = fetchArguments(args);
    const params = queryOf(what, "an object");
    const figures = this.api.get(this.url, params).then((payload) => this.api.figures(payload));
    settle(figures, callback, this.api.log);
  }
}

/** The three kinds of figures below a URL, under the names that objects offer them. */
export function statistics(api: Api, url: string): Payload {
  return {
    statistics: new Statistics(api, `${url}/Statistics`),
    realtimeStats: new Statistics(api, `${url}/RealTimeStatistics`),
    cumulativeStats: new Statistics(api, `${url}/CumulativeStatistics`),
  };
}
