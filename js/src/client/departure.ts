import type { Session } from "./session.ts";

/** The last events of a page. Old browsers know only the second, others may bring both. */
const events = ["pagehide", "unload"];

/**
 * Sets the disconnect activity when the page is left. One request per departure, however many
 * connects the page has made; a page that comes back from the browser's cache and connects
 * again can leave again. A session that another one replaced leaves the worker alone.
 *
 * Spec: event-bridge 5, sdk-v1-api 9
 */
export class Departure {
  private listening = false;
  private left = false;

  constructor(
    private readonly session: Session,
    private readonly workerUrl: string,
    private readonly activitySid: unknown,
  ) {}

  /** The worker is connected, so leaving means something from now on. */
  prepare(): void {
    this.left = false;
    if (this.activitySid && !this.listening) {
      this.listening = true;
      events.forEach((name) => window.addEventListener(name, this.leave));
    }
  }

  /** Takes the listeners off the page. */
  cancel(): void {
    events.forEach((name) => window.removeEventListener(name, this.leave));
  }

  private readonly leave = (): void => {
    if (this.left || this.session.over) {
      return;
    }
    this.left = true;
    this.session.transport.sendLast({
      method: "POST",
      url: this.workerUrl,
      params: { ActivitySid: this.activitySid },
    });
  };
}
