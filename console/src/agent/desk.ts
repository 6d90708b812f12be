// What the parts of the agent's page share: the store, the person's wishes, and what is open.

import { computed, signal, type ReadonlySignal, type Signal } from "@preact/signals";
import { createContext } from "preact";
import { useContext } from "preact/hooks";
import type { AgentStore } from "../store/agent.ts";
import type { Assignment } from "../store/model.ts";
import type { Settings } from "../store/settings.ts";
import type { Ring } from "./ring.ts";

/** Ways to look at a task. */
export type View = "details" | "raw";

/** A dialog that is open. */
export type Asking =
  | { readonly what: "complete" | "wrapup"; readonly sid: string }
  | { readonly what: "activity"; readonly activitySid: string }
  | { readonly what: "keys" };

/** The page's state besides what the server knows. */
export class Desk {
  /** The reservation that was opened; the one shown may be another when it is gone. */
  readonly opened = signal<string | undefined>(undefined);
  readonly view: Signal<View> = signal("details");
  readonly asking = signal<Asking | undefined>(undefined);
  /** What the panel shows: what was opened, else the first task, else the first offer. */
  readonly shown: ReadonlySignal<Assignment | undefined>;

  constructor(
    readonly store: AgentStore,
    readonly settings: Settings,
    readonly ring: Ring,
    /** Forgets the token of this tab. */
    readonly forget: () => void,
  ) {
    this.shown = computed(() => {
      const opened = this.opened.value;
      const chosen = opened === undefined ? undefined : store.held.value.get(opened);
      return chosen ?? store.tasks.value[0] ?? store.openOffers.value[0];
    });
  }

  /**
   * Opens a reservation in the panel. Where the panel takes the place of the lists that is a step
   * forward: focus goes along, and the browser's way back leads to the lists again.
   */
  open(sid: string): void {
    this.opened.value = sid;
    if (narrow()) {
      if (openedIn(history.state) === undefined) {
        history.pushState({ opened: sid }, "");
      } else {
        history.replaceState({ opened: sid }, "");
      }
      requestAnimationFrame(() => document.getElementById(panelHeading)?.focus());
    }
  }

  /** Goes back from the panel to the lists. */
  back(): void {
    if (openedIn(history.state) !== undefined) {
      history.back();
    } else {
      this.opened.value = undefined;
    }
  }

  /** Opens the task before or after the shown one, in the order of the list. */
  step(by: 1 | -1): void {
    const all = this.store.tasks.value;
    if (all.length > 0) {
      const at = all.findIndex((each) => each.sid === this.shown.value?.sid);
      const from = at < 0 && by < 0 ? 0 : at;
      this.open((all[(from + by + all.length) % all.length] as Assignment).sid);
    }
  }
}

/** The heading of the panel. */
export const panelHeading = "panel-heading";

/** What was open at a step of the browser's history. */
export function openedIn(state: unknown): string | undefined {
  return (state as { opened?: string } | null)?.opened;
}

/** Whether the panel takes the place of the lists; the styles of the page say the same. */
export function narrow(): boolean {
  return matchMedia("(width < 60rem)").matches;
}

const Context = createContext<Desk | undefined>(undefined);

/** Hands the desk to everything inside. */
export const DeskProvider = Context.Provider;

/** The desk of the page. */
export function useDesk(): Desk {
  const desk = useContext(Context);
  if (!desk) {
    throw new Error("useDesk is called outside of a DeskProvider");
  }
  return desk;
}
