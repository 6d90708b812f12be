// Keys of the page. Function keys act everywhere, also while somebody types; single characters
// act only outside fields and open menus, and can be switched off.

/** What a key can do. */
export type Action =
  | "accept"
  | "decline"
  | "activity"
  | "previous"
  | "next"
  | "wrapup"
  | "complete"
  | "details"
  | "raw"
  | "keys";

/** One key and what it does. */
export interface Binding {
  readonly action: Action;
  /** The name of the key as KeyboardEvent.key has it. */
  readonly key: string;
  readonly shift?: boolean;
}

/** All keys, in the order the help shows them. */
export const bindings: readonly Binding[] = [
  { action: "accept", key: "F2" },
  { action: "decline", key: "F2", shift: true },
  { action: "activity", key: "F9" },
  { action: "previous", key: "[" },
  { action: "next", key: "]" },
  { action: "details", key: "1" },
  { action: "raw", key: "2" },
  { action: "wrapup", key: "w" },
  { action: "complete", key: "c" },
  { action: "keys", key: "?" },
];

/** Whether a binding is a single character, which can be switched off. */
export function isCharacter(binding: Binding): boolean {
  return binding.key.length === 1;
}

/** The part of a KeyboardEvent that matters here. */
export interface Press {
  readonly key: string;
  readonly shiftKey: boolean;
  readonly ctrlKey: boolean;
  readonly altKey: boolean;
  readonly metaKey: boolean;
  readonly repeat: boolean;
  readonly defaultPrevented: boolean;
  getModifierState(name: string): boolean;
}

/** Where the page is when a key is pressed. */
export interface Situation {
  /** Somebody types into a field. */
  readonly typing: boolean;
  /** A dialog or menu is open. */
  readonly covered: boolean;
  /** Single characters are switched on. */
  readonly characters: boolean;
}

/** What a key press asks for, or undefined when it is none of ours. */
export function actionOf(press: Press, where: Situation): Action | undefined {
  if (press.defaultPrevented || press.repeat) {
    return undefined;
  }
  // On many layouts [ and ] are typed with AltGr, which browsers report as Ctrl and Alt.
  const composed = press.getModifierState("AltGraph") && press.key.length === 1;
  if ((press.ctrlKey || press.altKey || press.metaKey) && !composed) {
    return undefined;
  }
  const pressed = press.shiftKey ? press.key : unlocked(press.key);
  const found = bindings.find((binding) =>
    isCharacter(binding)
      ? binding.key === pressed
      : binding.key === pressed && Boolean(binding.shift) === press.shiftKey,
  );
  if (!found) {
    return undefined;
  }
  const blocked = isCharacter(found)
    ? where.typing || where.covered || !where.characters
    : where.covered && found.action !== "accept";
  return blocked ? undefined : found.action;
}

/** The key without what Caps Lock does to letters. */
function unlocked(key: string): string {
  return key.length === 1 ? key.toLowerCase() : key;
}

/** The key of an action as people read it: Shift F2. */
export function keyName(action: Action): string {
  const binding = bindings.find((each) => each.action === action);
  return binding ? `${binding.shift ? "Shift " : ""}${binding.key}` : "";
}

/** The key of an action as the aria-keyshortcuts attribute has it: Shift+F2. */
export function keyShortcut(action: Action): string {
  const binding = bindings.find((each) => each.action === action);
  return binding ? `${binding.shift ? "Shift+" : ""}${binding.key}` : "";
}

/** Whether an element takes what is typed. */
export function takesText(element: Element | null): boolean {
  if (!element) {
    return false;
  }
  const name = element.tagName;
  if (name === "INPUT") {
    const type = (element as HTMLInputElement).type;
    return !["button", "checkbox", "radio", "submit", "reset", "range"].includes(type);
  }
  const editable = (element as HTMLElement).isContentEditable;
  return name === "TEXTAREA" || name === "SELECT" || editable === true;
}
