/// <reference path="./taskrouter.d.ts" />
// The library for pages that are bundled with it. Its types are the documented ones.

import { TaskQueue as TaskQueueClient } from "./client/taskqueue.ts";
import { Worker as WorkerClient } from "./client/worker.ts";
import { Workspace as WorkspaceClient } from "./client/workspace.ts";

/** The three client classes, as `Twilio.TaskRouter` has them: enumerable and constant. */
export const TaskRouter = Object.freeze({
  Worker: WorkerClient,
  Workspace: WorkspaceClient,
  TaskQueue: TaskQueueClient,
}) as unknown as typeof Twilio.TaskRouter;

export const { Worker, Workspace, TaskQueue } = TaskRouter;
