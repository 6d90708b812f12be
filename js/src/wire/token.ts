import { isObject } from "./names.ts";

/** What a capability token says, as far as this library reads it. */
export interface Claims {
  accountSid: string;
  workspaceSid: string;
  /** The worker, queue or workspace whose channel the token opens. */
  channel: string;
  /** End of life in milliseconds since 1970; Infinity without one. */
  expires: number;
}

/** token.expired comes this long before the end, so that a page can still renew. */
const warning = 5_000;

/** The longest wait a browser timer can hold; a longer one would fire at once. */
const longestTimer = 2 ** 31 - 1;

/**
 * Reads a token without verifying it: that is the server's business. Throws when it is not a
 * capability token at all; an expired one is fine.
 *
 * Spec: sdk-v1-api 2, capability-tokens 1
 */
export function readToken(token: unknown): Claims {
  if (typeof token !== "string" || token === "") {
    throw new Error("A capability token is needed");
  }
  const segments = token.split(".");
  if (segments.length !== 3) {
    throw new Error(`A capability token has three segments; this one has ${segments.length}`);
  }
  let claims: unknown;
  try {
    claims = JSON.parse(decodeText(segments[1] as string));
  } catch {
    throw new Error("The payload of the capability token is not JSON");
  }
  const claim = (name: string): string => {
    const value = isObject(claims) ? claims[name] : undefined;
    if (typeof value !== "string" || value === "") {
      throw new Error(`The capability token has no ${name}`);
    }
    return value;
  };
  const exp = Number((claims as { exp?: unknown }).exp ?? NaN);
  return {
    accountSid: claim("account_sid"),
    workspaceSid: claim("workspace_sid"),
    channel: claim("channel"),
    expires: isFinite(exp) ? exp * 1000 : Infinity,
  };
}

/** base64url to text, read as UTF-8. */
function decodeText(segment: string): string {
  const binary = atob(segment.replace(/-/g, "+").replace(/_/g, "/"));
  return new TextDecoder().decode(Uint8Array.from(binary, (char) => char.charCodeAt(0)));
}

/**
 * The current token of one client, shared by everything made from that client: requests,
 * reconnects and every object handed out see a new token at once.
 *
 * Spec: sdk-v1-api 9
 */
export class TokenHolder {
  /** Called once per token, 5 s before it ends; never from inside a call of user code. */
  onExpired = (): void => {};
  /** Called after a new token was taken. */
  onUpdated = (): void => {};

  private text: string;
  private read: Claims;
  private timer: ReturnType<typeof setTimeout> | undefined;
  private ended = false;
  private watching = false;

  constructor(token: unknown) {
    this.read = readToken(token);
    this.text = token as string;
  }

  get current(): string {
    return this.text;
  }

  get claims(): Claims {
    return this.read;
  }

  /** Whether the token is used up: by its claim and the page's clock, or by the server's word. */
  get expired(): boolean {
    return this.ended || this.timeLeft() <= 0;
  }

  /** Takes a new token for the same channel. Throws and keeps the old one if it does not fit. */
  update(token: unknown): void {
    const claims = readToken(token);
    for (const name of ["accountSid", "workspaceSid", "channel"] as const) {
      if (claims[name] !== this.read[name]) {
        throw new Error(
          `The new token is for ${name} ${claims[name]}, this client is for ${this.read[name]}; ` +
            "make a new client for it",
        );
      }
    }
    this.text = token as string;
    this.read = claims;
    this.ended = false;
    if (this.watching) {
      this.watch();
    }
    this.onUpdated();
  }

  /** Starts, or moves, the timer behind onExpired. */
  watch(): void {
    this.stop();
    this.watching = true;
    const left = this.timeLeft();
    if (left < Infinity) {
      // A wait of weeks is made of several timers, and each one looks at the clock again.
      const wait = Math.min(Math.max(left, 0), longestTimer);
      this.timer = setTimeout(() => (this.timeLeft() > 0 ? this.watch() : this.expire()), wait);
    }
  }

  /** Ends the watch. */
  stop(): void {
    clearTimeout(this.timer);
    this.watching = false;
  }

  /** Says that the token has ended, whatever the page's clock thinks. */
  expire(): void {
    clearTimeout(this.timer);
    if (!this.ended) {
      this.ended = true;
      this.onExpired();
    }
  }

  private timeLeft(): number {
    return this.read.expires - warning - Date.now();
  }
}
