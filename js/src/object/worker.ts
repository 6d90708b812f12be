import type { Api } from "./api.ts";
import { hide, type Payload } from "../wire/names.ts";
import { Resource } from "./resource.ts";
import { Statistics } from "./statistics.ts";

/** A worker's data with what can be asked about it; the live client is client/worker.ts. */
export class WorkerResource extends Resource {
  declare readonly statistics: Statistics;

  constructor(api: Api, url: string, payload?: Payload) {
    super(api, url, payload);
    hide(this, { statistics: new Statistics(api, `${url}/Statistics`) });
  }
}
