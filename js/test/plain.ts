import { TaskQueue, Workspace } from "../src/taskrouter.ts";
import {
  apiBase,
  bridgeBase,
  idleSid,
  makeToken,
  page,
  queueSid,
  start,
  workspaceSid,
  workspaceUrl,
} from "./page.ts";

/** A token that outlives any test. */
export const endless = { exp: start / 1000 + 36_000 };

/** A workspace whose socket is on its way. */
export function newWorkspace(token = makeToken({ channel: workspaceSid, ...endless })) {
  page.answer("GET", workspaceUrl, {
    sid: workspaceSid,
    friendly_name: "Support",
    default_activity_sid: idleSid,
    multi_task_enabled: true,
  });
  return new Workspace(token, true, null, 0, apiBase, bridgeBase);
}

/** A workspace that is connected and ready; what that took is forgotten. */
export async function readyWorkspace() {
  const workspace = newWorkspace();
  page.socket.open();
  await page.settle();
  page.sent.length = 0;
  return workspace;
}

/** A task queue whose socket is on its way. */
export function newQueue() {
  page.answer("GET", `${workspaceUrl}/TaskQueues/${queueSid}`, {
    sid: queueSid,
    friendly_name: "Sales",
    target_workers: "1==1",
    max_reserved_workers: 1,
  });
  const token = makeToken({ channel: queueSid, taskqueue_sid: queueSid });
  return new TaskQueue(token, true, undefined, undefined, apiBase, bridgeBase);
}
