import type { Resource } from "../object/resource.ts";
import { hide } from "../wire/names.ts";
import { withEvents } from "./emitter.ts";
import { Session } from "./session.ts";

// The compiler wants any[] here of a class that is mixed into.
type Kind = new (...args: any[]) => Resource;

/**
 * Makes a live client of a kind of object, which is at a path below its workspace. Its
 * constructor takes `(token, [debug], [region], [maxRetries], [apiBaseUrl],
 * [eventBridgeBaseUrl], [options])`. Frames go to user code under the name they came with, as
 * objects where they are resources.
 *
 * Spec: sdk-v1-api 2, 7.2
 */
export function plainClient<Base extends Kind>(base: Base, path: (channel: string) => string) {
  return class Plain extends withEvents(base) {
    declare readonly _session: Session;

    constructor(...args: any[]) {
      const [token, debug, region, maxRetries, apiBaseUrl, eventBridgeBaseUrl, options] = args;
      const session = new Session({
        token,
        debug,
        region,
        maxRetries,
        apiBaseUrl,
        eventBridgeBaseUrl,
        options,
      });
      const { api, claims } = session;
      super(api, api.workspaceUrl + path(claims.channel));
      hide(this, { _session: session });
      session.start(this, {
        frame: (type, payload) => session.emit(type, api.subject(payload)),
      });
    }

    /** Addition: closes the connection for good. */
    disconnect(): void {
      this._session.stop();
    }
  };
}
