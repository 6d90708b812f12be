// Where a person's place on the page goes when what they stood on moves: a card that was accepted
// becomes a row of the list. Focus is never taken from anywhere else.

import { effect } from "@preact/signals";
import { takesText } from "../base/keys.ts";
import type { Status } from "../store/model.ts";
import { narrow, type Desk } from "./desk.ts";
import { rowId } from "./tasks.tsx";

/** Starts to look after focus, and opens a task that was just accepted. */
export function keepPlace(desk: Desk): void {
  let known: ReadonlyMap<string, Status> = new Map();
  effect(() => {
    const held = desk.store.held.value;
    for (const { sid, status } of held.values()) {
      const before = known.get(sid);
      if (before !== undefined && before !== status) {
        moved(sid);
        if (status === "accepted" && !narrow() && !takesText(document.activeElement)) {
          desk.opened.value = sid;
        }
      }
    }
    known = new Map([...held.values()].map((each) => [each.sid, each.status]));
  });
}

/** Follows one that changed, if focus was on it and is lost by the next frame but one. */
function moved(sid: string): void {
  const place = document.activeElement?.closest<HTMLElement>("[data-sid]");
  if (place?.dataset.sid !== sid) {
    return;
  }
  requestAnimationFrame(() =>
    requestAnimationFrame(() => {
      if (document.activeElement === document.body) {
        const to = document.getElementById(rowId(sid)) ?? document.getElementById("offers");
        to?.focus();
      }
    }),
  );
}
