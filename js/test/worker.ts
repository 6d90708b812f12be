import { Worker } from "../src/taskrouter.ts";
import { apiBase, bridgeBase, makeToken, page } from "./page.ts";

/** What a test says about its worker; the rest are the defaults of a page. */
export interface WorkerArguments {
  token?: string;
  debug?: boolean | string;
  connectActivitySid?: string;
  disconnectActivitySid?: string;
  closeExistingSessions?: boolean | string;
  region?: string;
  maxRetries?: number;
  options?: { tokenInProtocol?: boolean };
}

/** A worker whose socket is on its way. */
export function newWorker(given: WorkerArguments = {}): Twilio.TaskRouter.Worker {
  return new Worker(
    given.token ?? makeToken(),
    given.debug,
    given.connectActivitySid,
    given.disconnectActivitySid,
    given.closeExistingSessions,
    given.region,
    given.maxRetries,
    apiBase,
    bridgeBase,
    given.options,
  );
}

/** A worker that is connected and ready; what that took is forgotten. */
export async function readyWorker(given: WorkerArguments = {}): Promise<Twilio.TaskRouter.Worker> {
  const worker = newWorker(given);
  page.socket.open();
  await page.settle();
  page.sent.length = 0;
  page.lines.length = 0;
  return worker;
}
