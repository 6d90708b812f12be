/**
 * What callbacks get as their first argument when a request failed.
 *
 * `code` is the HTTP status, or 0 when no answer came; `message` is the server's own text. As in
 * TaskRouter.js v1 neither is enumerable. Additions: it is a real `Error`, and the server's
 * finer error number, its page of explanation and its details for programs are kept.
 */
export class RequestError extends Error {
  /** HTTP status of the answer; 0 when there was none. */
  declare readonly code: number;
  /** The API's own error number, such as 20404, when the answer had one. */
  declare readonly apiCode: number | undefined;
  /** Address of a page about that error, when the answer had one. */
  declare readonly moreInfo: string | undefined;
  /** Where in the request the mistake is and what would do, when the answer said so. */
  declare readonly details: unknown;

  constructor(
    code: number,
    message: string,
    apiCode?: number,
    moreInfo?: string,
    details?: unknown,
  ) {
    super(message);
    const hidden = { name: "RequestError", code, apiCode, moreInfo, details };
    for (const [key, value] of Object.entries(hidden)) {
      Object.defineProperty(this, key, { value, writable: true, configurable: true });
    }
  }
}
