import { jittered } from "./transport.ts";
import type { Log } from "./log.ts";
import type { TokenHolder } from "./token.ts";

/** Where to connect, built anew for each attempt. */
export interface Address {
  url: string;
  /** Subprotocols to offer; none when undefined. */
  protocols?: string[] | undefined;
}

/** Why a socket ended; no code when the client gave it up itself. */
export interface Ending {
  code?: number;
  reason?: string;
}

/** What a connection tells its owner. */
export interface Observer {
  opened(): void;
  /** A text frame that is more than a heartbeat. */
  received(text: string, event: MessageEvent): void;
  closed(ending: Ending): void;
  failed(event: unknown, message: string): void;
}

// Spec: event-bridge 2: how the server ends a socket for an old token, and for good.
const tokenExpired = 4002;
const forGood: Record<number, string> = {
  4001: "Another session took over",
  4003: "The worker, task queue or workspace has been deleted",
};

/** Waits before the first, second, … attempt to reconnect; the last one repeats. */
const waits = [1_000, 3_000, 7_000, 15_000, 30_000];

/** Silence that counts as a dead line. The server sends a blank frame every 15 s. */
const silence = 60_000;

/**
 * One socket at a time, kept up: whatever ends it, another one follows, after 1, 3, 7, 15, 30,
 * 30 … seconds give or take. It stays down when the server says that another session took over
 * or that there is nothing left to connect to, after stop, and while the token is used up; a new
 * token brings it back.
 *
 * Spec: event-bridge 3, sdk-v1-api 8
 */
export class Connection {
  private socket: WebSocket | undefined;
  private openedWith = "";
  private attempts = 0;
  private stopped = false;
  private retryTimer: ReturnType<typeof setTimeout> | undefined;
  private silenceTimer: ReturnType<typeof setTimeout> | undefined;

  constructor(
    private readonly address: () => Address,
    private readonly tokens: TokenHolder,
    private readonly observer: Observer,
    private readonly log: Log,
  ) {}

  /** Whether no socket will be opened any more. */
  get over(): boolean {
    return this.stopped;
  }

  /** Opens a socket. Throws what the browser throws for an address it cannot use. */
  open(): void {
    const { url, protocols } = this.address();
    this.openedWith = this.tokens.current;
    const socket = protocols ? new WebSocket(url, protocols) : new WebSocket(url);
    this.socket = socket;
    this.listenForSilence();
    socket.onopen = () => {
      this.attempts = 0;
      this.log(`Websocket opened: ${url.replace(this.openedWith, "***")}`);
      this.listenForSilence();
      this.observer.opened();
    };
    socket.onmessage = (event: MessageEvent) => {
      this.listenForSilence();
      if (typeof event.data !== "string") {
        this.observer.failed(event, "The server sent a frame that is not text");
      } else if (event.data.trim() !== "") {
        this.observer.received(event.data, event);
      }
    };
    socket.onerror = (event) => this.observer.failed(event, "Websocket error");
    socket.onclose = (event) => {
      this.log(`Websocket closed (${event.code}${event.reason ? `: ${event.reason}` : ""})`);
      this.lost({ code: event.code, reason: event.reason });
    };
  }

  /** Closes the socket and stays closed. Tells whether a socket was there to close. */
  stop(): boolean {
    this.stopped = true;
    clearTimeout(this.retryTimer);
    const socket = this.socket;
    this.drop();
    return socket !== undefined;
  }

  /** Connects now instead of after the wait: a new token has come. */
  resume(): void {
    if (!this.socket && !this.stopped) {
      this.attempt();
    }
  }

  private attempt(): void {
    clearTimeout(this.retryTimer);
    try {
      this.open();
    } catch (error) {
      this.observer.failed(error, "Websocket cannot be opened");
      this.lost({});
    }
  }

  private lost(ending: Ending): void {
    this.drop();
    this.observer.closed(ending);
    const why = ending.code && forGood[ending.code];
    if (why) {
      this.log(`${why}; not reconnecting`);
      this.stopped = true;
    }
    if (ending.code === tokenExpired && this.openedWith === this.tokens.current) {
      this.tokens.expire();
    }
    // Listeners have run by now: one of them may have renewed the token or stopped the client.
    if (!this.stopped && !this.socket) {
      this.retryLater();
    }
  }

  private retryLater(): void {
    if (this.tokens.expired) {
      this.log("The token has expired; reconnecting waits for updateToken");
      return;
    }
    const wait = waits[Math.min(this.attempts, waits.length - 1)] as number;
    this.attempts++;
    clearTimeout(this.retryTimer);
    this.retryTimer = setTimeout(() => {
      if (this.tokens.expired) {
        this.retryLater();
      } else {
        this.attempt();
      }
    }, jittered(wait));
  }

  /** Lets go of the socket: whatever it still does, nobody hears of it. */
  private drop(): void {
    clearTimeout(this.silenceTimer);
    const socket = this.socket;
    this.socket = undefined;
    if (socket) {
      socket.onopen = socket.onmessage = socket.onerror = socket.onclose = null;
      socket.close();
    }
  }

  private listenForSilence(): void {
    clearTimeout(this.silenceTimer);
    this.silenceTimer = setTimeout(() => {
      this.log(`Nothing heard for ${silence / 1000} s; closing the websocket`);
      this.lost({});
    }, silence);
  }
}
