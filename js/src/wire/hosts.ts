/** Where one client talks to; none ends in a slash. */
export interface Hosts {
  /** Prefix of resource URLs, with the version: https://example.com/v1. */
  api: string;
  /** Origin of the request side of the event bridge. */
  bridge: string;
  /** The same for sockets: wss://example.com. */
  socket: string;
}

/**
 * The origin this script came from. Known only while a classic script runs for the first time,
 * so it is read at once; a module, which cannot tell, falls back to the page's own origin.
 */
const scriptOrigin = ((): string | undefined => {
  const script = typeof document === "undefined" ? null : document.currentScript;
  const source = script && (script as HTMLScriptElement).src;
  return source ? originOf(source) : undefined;
})();

/**
 * The servers of a client. Without addresses it is the server that the script was loaded from;
 * with one address the other follows from it.
 */
export function hosts(apiBaseUrl: unknown, eventBridgeBaseUrl: unknown): Hosts {
  const givenAPI = address(apiBaseUrl);
  const givenBridge = address(eventBridgeBaseUrl);
  const origin = originOf(givenBridge || givenAPI || "") || scriptOrigin || pageOrigin();
  const bridge = (givenBridge || origin || "").replace(/^ws/, "http");
  const api = givenAPI || (origin && `${origin.replace(/^ws/, "http")}/v1`);
  if (!bridge || !api) {
    throw new Error(
      "No server to talk to: load this script from the server, " +
        "or pass apiBaseUrl and eventBridgeBaseUrl",
    );
  }
  // Spec: sdk-v1-api 9: http becomes ws and https becomes wss.
  return { api, bridge, socket: bridge.replace(/^http/, "ws") };
}

function address(value: unknown): string {
  return typeof value === "string" ? value.replace(/\/+$/, "") : "";
}

function pageOrigin(): string | undefined {
  return typeof location === "undefined" ? undefined : originOf(location.href);
}

/** The origin of an address, or undefined where it has none, as file: and data: have. */
function originOf(url: string): string | undefined {
  const found = /^(?:blob:)?((?:https?|wss?):\/\/[^/?#]+)/i.exec(url);
  return found ? found[1] : undefined;
}
