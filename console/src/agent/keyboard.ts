// Keys of the agent's page: from a key press to what the desk or a button does.

import { actionOf, takesText, type Action } from "../base/keys.ts";
import { activityButton } from "./activity.tsx";
import type { Desk } from "./desk.ts";
import { firstDecline } from "./offers.tsx";

/** Starts to listen. */
export function listenForKeys(desk: Desk): void {
  document.addEventListener("keydown", (event) => {
    const action = actionOf(event, {
      typing: takesText(event.target as Element | null),
      covered: document.querySelector("dialog[open], :popover-open") !== null,
      characters: desk.settings.characterKeys.value,
    });
    if (action && act(desk, action)) {
      event.preventDefault();
    }
  });
}

/** Does what a key asks for; tells whether there was something to do. */
function act(desk: Desk, action: Action): boolean {
  const { store, asking, shown } = desk;
  const offer = store.openOffers.value[0];
  const task = shown.value;
  switch (action) {
    case "accept":
      if (offer) {
        store.accept(offer.sid);
      }
      return true; // also without an offer: the browser's own F2 would surprise
    case "decline":
      press(firstDecline);
      return true;
    case "activity":
      press(activityButton);
      return true;
    case "previous":
      desk.step(-1);
      return true;
    case "next":
      desk.step(1);
      return true;
    case "details":
    case "raw":
      desk.view.value = action;
      return true;
    case "wrapup":
      if (!task || task.status !== "accepted" || task.busy) {
        return false;
      }
      asking.value = { what: "wrapup", sid: task.sid };
      return true;
    case "complete":
      if (!task || (task.status !== "accepted" && task.status !== "wrapping") || task.busy) {
        return false;
      }
      asking.value = { what: "complete", sid: task.sid };
      return true;
    case "keys":
      asking.value = { what: "keys" };
      return true;
  }
}

function press(id: string): void {
  document.getElementById(id)?.click();
}
