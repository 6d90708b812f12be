import { MeasuredResource } from "../object/measured.ts";
import { plainClient } from "./plain.ts";

/**
 * A live task queue: its data and statistics, and the events of its own connection.
 *
 * Spec: sdk-v1-api 2, 7.2
 */
export class TaskQueue extends plainClient(
  MeasuredResource,
  (channel) => `/TaskQueues/${channel}`,
) {}
