import type { Api } from "./api.ts";
import { List } from "./list.ts";
import { MeasuredResource } from "./measured.ts";
import { hide, type Payload } from "../wire/names.ts";

/** A workspace with its collections. */
export class WorkspaceResource extends MeasuredResource {
  declare readonly activities: List;
  declare readonly workflows: List;
  declare readonly workers: List;
  declare readonly taskqueues: List;
  declare readonly tasks: List;

  constructor(api: Api, url: string, payload?: Payload) {
    super(api, url, payload);
    hide(this, {
      activities: new List(api, `${url}/Activities`),
      workflows: new List(api, `${url}/Workflows`),
      workers: new List(api, `${url}/Workers`, { statistics: true }),
      taskqueues: new List(api, `${url}/TaskQueues`, { statistics: true }),
      tasks: new List(api, `${url}/Tasks`),
    });
  }
}
