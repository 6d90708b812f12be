// Tells of what happens to those who do not look at the page: by a sentence for screen readers,
// by the title and icon of the tab, and by the ring. Focus is never moved.

import { effect } from "@preact/signals";
import { polite, urgent } from "../base/announce.ts";
import { keyName } from "../base/keys.ts";
import { text } from "../base/text/en.ts";
import { countdownText } from "../base/time.ts";
import type { AgentStore } from "../store/agent.ts";
import type { Assignment, Connection, Status } from "../store/model.ts";
import type { Ring } from "./ring.ts";

/** Time left at which an offer is told of again. */
const again = 5_000;

/** Starts to tell of what the store hears. */
export function herald(store: AgentStore, ring: Ring): void {
  tellOfOffers(store);
  tellOfConnection(store);
  tellOfActivity(store);
  effect(() => {
    if (store.openOffers.value.length > 0) {
      ring.start();
    } else {
      ring.silence();
    }
  });
  effect(() => {
    const sid = store.worker.value?.sid;
    if (sid) {
      ring.nameAfter(sid);
    }
  });
  effect(() => {
    document.title = titleOf(store);
  });
  effect(() => {
    setIcon(store.openOffers.value.length > 0);
  });
}

function tellOfOffers(store: AgentStore): void {
  let known: ReadonlyMap<string, Status> = new Map();
  const reminded = new Set<string>();
  effect(() => {
    const held = store.held.value;
    for (const each of held.values()) {
      const before = known.get(each.sid);
      if (before !== each.status) {
        tellOfChange(store, each, before);
      }
    }
    known = new Map([...held.values()].map((each) => [each.sid, each.status]));
  });
  effect(() => {
    const now = store.serverNow.value;
    for (const offer of store.openOffers.value) {
      const left = offer.expiresAt - now;
      const long = offer.expiresAt - offer.offeredAt > 2 * again;
      if (long && left > 0 && left <= again && !reminded.has(offer.sid)) {
        reminded.add(offer.sid);
        urgent.say(text.offer.fiveLeft(offer.task.title));
      }
    }
  });
}

function tellOfChange(store: AgentStore, each: Assignment, before: Status | undefined): void {
  const { title, channel, queue } = each.task;
  if (each.status === "pending") {
    const seconds = Math.max(0, Math.round((each.expiresAt - store.serverNow.peek()) / 1000));
    urgent.say(text.offer.arrived(channel, queue ?? title, seconds, keyName("accept")));
  } else if (before === undefined) {
    return; // it was like that when the page was opened
  } else if (each.status === "accepted") {
    polite.say(text.offer.saidAccepted(title));
  } else if (each.status === "wrapping") {
    polite.say(text.task.saidWrapping(title));
  } else if (before !== "pending") {
    const { saidCompleted, saidGone } = text.task;
    polite.say(each.status === "completed" ? saidCompleted(title) : saidGone(title));
  } else {
    polite.say(text.offer.saidEnded(title, text.offer.ended[each.status]));
  }
}

function tellOfConnection(store: AgentStore): void {
  let before: Connection["state"] = "none";
  effect(() => {
    const { state } = store.link.state.value;
    if (state !== before) {
      if (state === "lost") {
        polite.say(text.connection.saidLost);
      } else if (state === "live" && before === "lost") {
        polite.say(text.connection.saidLive);
      } else if (state === "expired") {
        polite.say(text.access.expiredTitle);
      } else if (state === "replaced") {
        polite.say(text.access.replaced);
      }
    }
    before = state;
  });
  effect(() => {
    const trouble = store.trouble.value;
    if (trouble) {
      polite.say(trouble.problem.text);
    }
  });
  let problems = new Set<string>();
  effect(() => {
    const now = new Set<string>();
    for (const { sid, problem } of store.held.value.values()) {
      if (problem) {
        const key = sid + problem.text;
        now.add(key);
        if (!problems.has(key)) {
          polite.say(problem.text);
        }
      }
    }
    problems = now;
  });
}

function tellOfActivity(store: AgentStore): void {
  let before: string | undefined;
  effect(() => {
    const name = store.worker.value?.activityName;
    if (before !== undefined && name !== undefined && name !== before) {
      polite.say(text.activity.changed(name));
    }
    before = name;
  });
}

/** The title of the tab: the offer that ends soonest, else who one is. */
export function titleOf(store: AgentStore): string {
  const open = store.openOffers.value;
  const first = open[0];
  if (first) {
    const left = countdownText(first.expiresAt - store.serverNow.value);
    return text.page.offerTitle(open.length, left, first.task.queue ?? first.task.title);
  }
  const worker = store.worker.value;
  return worker ? text.page.title(worker.name, worker.activityName) : text.page.name;
}

/** The icon of the tab, with a dot while an offer is open. */
function setIcon(offered: boolean): void {
  const dot = offered ? "<circle cx='24' cy='8' r='8' fill='%23b3261e'/>" : "";
  const link =
    document.querySelector<HTMLLinkElement>("link[rel=icon]") ??
    document.head.appendChild(Object.assign(document.createElement("link"), { rel: "icon" }));
  link.href =
    "data:image/svg+xml,<svg xmlns='http://www.w3.org/2000/svg' viewBox='0 0 32 32'>" +
    "<rect width='32' height='32' rx='8' fill='%230b5cad'/><path d='M9 16h9m-4-5 5 5-5 5' " +
    "fill='none' stroke='%23fff' stroke-width='3' stroke-linecap='round' " +
    `stroke-linejoin='round'/>${dot}</svg>`;
}
