import type { Api } from "./api.ts";
import { hide, type Payload } from "../wire/names.ts";
import { Resource } from "./resource.ts";
import { statistics, type Statistics } from "./statistics.ts";

/** A resource with all three kinds of statistics: a task queue, a workflow or a workspace. */
export class MeasuredResource extends Resource {
  declare readonly statistics: Statistics;
  declare readonly realtimeStats: Statistics;
  declare readonly cumulativeStats: Statistics;

  constructor(api: Api, url: string, payload?: Payload) {
    super(api, url, payload);
    hide(this, statistics(api, url));
  }
}
