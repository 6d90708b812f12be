import { WorkspaceResource } from "../object/workspace.ts";
import { hide } from "../wire/names.ts";
import { withEvents } from "./emitter.ts";
import { Session } from "./session.ts";
import { emitAsReceived } from "./plain.ts";

/**
 * A live workspace: its collections and statistics, and the events of its own connection.
 *
 * Spec: sdk-v1-api 2, 7
 */
export class Workspace extends withEvents(WorkspaceResource) {
  declare private readonly _session: Session;

  constructor(
    token: unknown,
    debug?: unknown,
    region?: unknown,
    maxRetries?: unknown,
    apiBaseUrl?: unknown,
    eventBridgeBaseUrl?: unknown,
    options?: unknown,
  ) {
    const session = new Session({
      token,
      debug,
      region,
      maxRetries,
      apiBaseUrl,
      eventBridgeBaseUrl,
      options,
    });
    super(session.api, session.api.workspaceUrl);
    hide(this, { _session: session });
    session.start(this, emitAsReceived(session));
  }

  /** Addition: closes the connection for good. */
  disconnect(): void {
    this._session.stop();
  }
}
