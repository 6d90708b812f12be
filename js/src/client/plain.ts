import type { Behaviour, Session } from "./session.ts";

/** Frames go to user code under the name they came with, as objects where they are resources. */
export function emitAsReceived(session: Session): Behaviour {
  return {
    frame: (type, payload) => session.emit(type, session.api.subject(payload)),
  };
}
