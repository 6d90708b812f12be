// What this browser remembers of a person's wishes. Nothing here is secret or about tasks.

import { effect, signal, type Signal } from "@preact/signals";

/** Light, dark, or as the system is. */
export type Theme = "system" | "light" | "dark";

/** The wishes, each a signal that is stored when it changes. */
export interface Settings {
  readonly theme: Signal<Theme>;
  readonly sound: Signal<boolean>;
  readonly characterKeys: Signal<boolean>;
}

type Storing = Pick<Storage, "getItem" | "setItem">;

/** Reads the wishes and keeps them stored from now on. */
export function openSettings(storage: () => Storing): Settings {
  const themes: readonly Theme[] = ["system", "light", "dark"];
  const read = (name: string): string | null => {
    try {
      return storage().getItem(`taskrouter.${name}`);
    } catch {
      return null; // storage is blocked: every visit starts afresh
    }
  };
  const keep = <T>(name: string, setting: Signal<T>): Signal<T> => {
    effect(() => {
      const value = String(setting.value);
      try {
        storage().setItem(`taskrouter.${name}`, value);
      } catch {
        // It holds until the page is closed.
      }
    });
    return setting;
  };
  const theme = themes.find((each) => each === read("theme")) ?? "system";
  return {
    theme: keep("theme", signal<Theme>(theme)),
    sound: keep("sound", signal(read("sound") === "true")),
    characterKeys: keep("keys", signal(read("keys") !== "false")),
  };
}
