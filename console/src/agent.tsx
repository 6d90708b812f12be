// The entry of the agent's page: makes the store, starts it with the token of this tab, and
// renders.

import "./base/tokens.css";
import "./base/base.css";

import { effect } from "@preact/signals";
import { render } from "preact";
import { Worker } from "../../js/src/taskrouter.ts";
import { polite } from "./base/announce.ts";
import { text } from "./base/text/en.ts";
import { Desk, DeskProvider } from "./agent/desk.ts";
import { keepPlace } from "./agent/focus.ts";
import { herald } from "./agent/herald.ts";
import { listenForKeys } from "./agent/keyboard.ts";
import { Page } from "./agent/page.tsx";
import { Ring } from "./agent/ring.ts";
import { AgentStore } from "./store/agent.ts";
import { openSettings } from "./store/settings.ts";
import { forgetToken, rememberedToken, takeToken } from "./store/token.ts";

/** How often a read that failed is tried again. */
const retries = 2;

/** How often clocks move, while an offer runs and otherwise, in milliseconds. */
const fast = 250;
const slow = 1_000;

const settings = openSettings(() => localStorage);
effect(() => {
  const theme = settings.theme.value;
  const root = document.documentElement;
  if (theme === "system") {
    root.removeAttribute("data-theme");
  } else {
    root.setAttribute("data-theme", theme);
  }
});

const store = new AgentStore((token, closeOthers) => {
  const options = { tokenInProtocol: true };
  return new Worker(token, false, null, null, closeOthers, null, retries, null, null, options);
});
const ring = new Ring(settings.sound);
const desk = new Desk(store, settings, ring, () => {
  forgetToken(window);
  store.leave();
  polite.say(text.me.left);
});

effect(() => {
  const timer = setInterval(() => store.tick(), store.openOffers.value.length > 0 ? fast : slow);
  return () => clearInterval(timer);
});
herald(store, ring);
listenForKeys(desk);
keepPlace(desk);

addEventListener("hashchange", () => {
  const token = takeToken(window);
  if (token) {
    store.link.renew(token);
  }
});
addEventListener("online", () => store.link.network(true));
addEventListener("offline", () => store.link.network(false));
document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible") {
    store.tick();
    store.link.retry();
  }
});
for (const gesture of ["pointerdown", "keydown"]) {
  addEventListener(gesture, () => ring.unlock(), { passive: true });
}

const token = takeToken(window) ?? rememberedToken(window);
if (token) {
  store.link.open(token);
}
const root = document.getElementById("app");
if (root) {
  render(
    <DeskProvider value={desk}>
      <Page />
    </DeskProvider>,
    root,
  );
}
