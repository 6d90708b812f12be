import { RequestError } from "./error.ts";
import { isObject, renamed, type Payload } from "./names.ts";
import type { Log } from "./log.ts";
import type { TokenHolder } from "./token.ts";

/** One request on a resource. */
export interface Request {
  method: "GET" | "POST" | "DELETE";
  /** Absolute URL of the resource, on the API host. */
  url: string;
  params?: Payload | undefined;
  /** Set to "ready" on the first request after a connect, and on no other. */
  eventType?: string;
  /** How often to try again, if it may be tried again; the client's own number when left out. */
  retries?: number;
}

/** A request without an answer counts as failed after this time. */
const timeout = 5_000;

/** First wait before another try; doubled for each further one up to the longest. */
const firstWait = 500;
const longestWait = 8_000;

/**
 * The request side of the event bridge: each request is one POST with an envelope. It is sent as
 * text so that the browser needs no preflight.
 *
 * Every call of send ends, in a payload or a RequestError. GETs are tried again when the network
 * or the server fails. Other methods never are: the bridge cannot tell a repeated order from a
 * second one, and an unanswered order may well have been carried out.
 *
 * Spec: event-bridge 4, sdk-v1-api 9
 */
export class Transport {
  constructor(
    private readonly endpoint: string,
    private readonly tokens: TokenHolder,
    private readonly maxRetries: number,
    private readonly log: Log,
  ) {}

  /** Carries out the request. */
  async send(request: Request): Promise<Payload> {
    const retries = request.method === "GET" ? (request.retries ?? this.maxRetries) : 0;
    for (let attempt = 0; ; attempt++) {
      try {
        return await this.attempt(request);
      } catch (error) {
        if (attempt >= retries || !isTransient(error)) {
          throw error;
        }
        const wait = jittered(Math.min(firstWait * 2 ** attempt, longestWait));
        this.log(`Request failed, trying again (${attempt + 1} of ${retries})`);
        await new Promise((resolve) => setTimeout(resolve, wait));
      }
    }
  }

  /** Sends the request while the page is going away; nobody reads the answer. */
  sendLast(request: Request): void {
    const body = this.envelope(request);
    if (navigator.sendBeacon && navigator.sendBeacon(this.endpoint, body)) {
      return;
    }
    const options = { method: "POST", body, keepalive: true, credentials: "omit" } as const;
    fetch(this.endpoint, options).catch(() => {});
  }

  private envelope(request: Request): string {
    return JSON.stringify({
      url: request.url,
      method: request.method,
      params: request.params,
      token: this.tokens.current,
      event_type: request.eventType,
    });
  }

  private async attempt(request: Request): Promise<Payload> {
    const abort = new AbortController();
    const timer = setTimeout(() => abort.abort(), timeout);
    let response: Response;
    let text: string;
    try {
      response = await fetch(this.endpoint, {
        method: "POST",
        headers: { "Content-Type": "text/plain;charset=UTF-8" },
        body: this.envelope(request),
        credentials: "omit",
        signal: abort.signal,
      });
      text = await response.text();
    } catch {
      throw unanswered(request, abort.signal.aborted);
    } finally {
      clearTimeout(timer);
    }
    return unwrap(response, text);
  }
}

/** The value, give or take half of it, so that many clients do not come back at one moment. */
export function jittered(milliseconds: number): number {
  return Math.round(milliseconds * (0.5 + Math.random()));
}

function unanswered(request: Request, timedOut: boolean): RequestError {
  const cause = timedOut ? `No answer within ${timeout / 1000} s` : "The server cannot be reached";
  const doubt = request.method === "GET" ? "" : "; the request may have been carried out";
  return new RequestError(0, cause + doubt);
}

/** The payload of a good answer; throws what a bad one says. */
function unwrap(response: Response, text: string): Payload {
  let body: unknown;
  let readable = true;
  try {
    body = text.trim() === "" ? {} : JSON.parse(text);
  } catch {
    readable = false;
  }
  const answer = isObject(body) ? body : {};
  if (!response.ok) {
    // HTTP/2 has no reason phrase, so the text has to come from the body.
    const message = answer.message || response.statusText || `HTTP status ${response.status}`;
    const apiCode = typeof answer.code === "number" ? answer.code : undefined;
    const moreInfo = typeof answer.more_info === "string" ? answer.more_info : undefined;
    const details = renamed(answer.details);
    throw new RequestError(response.status, String(message), apiCode, moreInfo, details);
  }
  if (!readable) {
    throw new RequestError(response.status, "The server's answer is not JSON");
  }
  return isObject(answer.payload) ? answer.payload : {};
}

/** Whether the same request may succeed a little later. */
function isTransient(error: unknown): boolean {
  const code = error instanceof RequestError ? error.code : -1;
  return code === 0 || code === 429 || code >= 500;
}
