// The token of this tab. It comes in the fragment of a link, which browsers never send to a
// server; it is taken out of the address at once and kept for this tab only.

const key = "taskrouter.token";

/** What the page needs of a browser's window. */
export interface Place {
  readonly location: { readonly hash: string; readonly pathname: string; readonly search: string };
  readonly history: { replaceState(data: unknown, unused: string, url: string): void };
  readonly sessionStorage: Pick<Storage, "getItem" | "setItem" | "removeItem">;
}

/** The token of a link's fragment, or undefined. */
export function tokenIn(hash: string): string | undefined {
  return new URLSearchParams(hash.replace(/^#/, "")).get("token") || undefined;
}

/** The token of the address, which is taken out of it and remembered for this tab. */
export function takeToken(place: Place): string | undefined {
  const token = tokenIn(place.location.hash);
  if (token) {
    place.history.replaceState(null, "", place.location.pathname + place.location.search);
    attempt(() => place.sessionStorage.setItem(key, token));
  }
  return token;
}

/** The token this tab had before a reload. */
export function rememberedToken(place: Place): string | undefined {
  return attempt(() => place.sessionStorage.getItem(key)) ?? undefined;
}

/** Forgets the token of this tab. */
export function forgetToken(place: Place): void {
  attempt(() => place.sessionStorage.removeItem(key));
}

/** When a token ends, in milliseconds since 1970, or undefined if it does not say. */
export function endOf(token: string): number | undefined {
  return attempt(() => {
    const payload = (token.split(".")[1] ?? "").replace(/-/g, "+").replace(/_/g, "/");
    const exp = (JSON.parse(atob(payload)) as { exp?: unknown }).exp;
    return typeof exp === "number" ? exp * 1000 : undefined;
  });
}

/** The result, or undefined where the browser refuses: storage may be blocked. */
function attempt<T>(what: () => T): T | undefined {
  try {
    return what();
  } catch {
    return undefined;
  }
}
