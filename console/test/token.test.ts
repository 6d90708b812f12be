import assert from "node:assert/strict";
import { test } from "node:test";
import { endOf, forgetToken, rememberedToken, takeToken, tokenIn, type Place } from "../src/store/token.ts";

/** A tab at an address, with its storage and the address it ends up with. */
function tab(hash: string, blocked = false) {
  const stored = new Map<string, string>();
  const guard = <T>(what: () => T): T => {
    if (blocked) {
      throw new Error("storage is blocked");
    }
    return what();
  };
  const shown = { url: `/agent/?x=1${hash}` };
  const place: Place = {
    location: { hash, pathname: "/agent/", search: "?x=1" },
    history: { replaceState: (_data, _unused, url) => void (shown.url = url) },
    sessionStorage: {
      getItem: (key) => guard(() => stored.get(key) ?? null),
      setItem: (key, value) => guard(() => void stored.set(key, value)),
      removeItem: (key) => guard(() => void stored.delete(key)),
    },
  };
  return { place, shown, stored };
}

test("a token leaves the address and stays with the tab", () => {
  const { place, shown } = tab("#token=a.b.c");
  assert.equal(takeToken(place), "a.b.c");
  assert.equal(shown.url, "/agent/?x=1");
  assert.equal(rememberedToken(place), "a.b.c");
  forgetToken(place);
  assert.equal(rememberedToken(place), undefined);
});

test("an address without a token is left alone", () => {
  for (const hash of ["", "#", "#offers", "#token="]) {
    const { place, shown, stored } = tab(hash);
    assert.equal(takeToken(place), undefined, hash);
    assert.equal(shown.url, `/agent/?x=1${hash}`);
    assert.equal(stored.size, 0);
  }
});

test("a browser that blocks storage still opens the page", () => {
  const { place, shown } = tab("#token=a.b.c", true);
  assert.equal(takeToken(place), "a.b.c");
  assert.equal(shown.url, "/agent/?x=1");
  assert.equal(rememberedToken(place), undefined);
  forgetToken(place);
});

test("the token may stand among other things", () => {
  assert.equal(tokenIn("#x=1&token=a.b.c"), "a.b.c");
});

test("the end of a token is read, and a token that is none has no end", () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
  assert.equal(endOf(token({ exp: 1_800_000_000 })), 1_800_000_000_000);
  assert.equal(endOf(token({})), undefined);
  assert.equal(endOf(token({ exp: "soon" })), undefined);
  assert.equal(endOf("no token"), undefined);
});
