import type { ButtonHTMLAttributes, ComponentChildren, JSX } from "preact";
import { useRef } from "preact/hooks";
import { Check } from "../base/icons.tsx";
import { Popover } from "./popover.tsx";
import "./menu.css";

/** One thing to choose. */
export interface MenuItem {
  id: string;
  label: string;
  hint?: string | undefined;
  /** A sign before the words. */
  sign?: ComponentChildren;
  /** One of several, and whether it is the present one. */
  checked?: boolean;
  choose: () => void;
}

/** Things to choose that belong together. */
export interface MenuSection {
  heading?: string;
  items: readonly MenuItem[];
}

interface MenuProps {
  label: string;
  sections: readonly MenuSection[];
  trigger: (attributes: ButtonHTMLAttributes) => JSX.Element;
}

/** How long typed letters count as one word. */
const typingPause = 700;

/** A menu: arrows, Home and End move; letters jump to what begins with them. */
export function Menu({ label, sections, trigger }: MenuProps) {
  const typed = useRef({ word: "", at: 0 });
  return (
    <Popover
      label={label}
      role="menu"
      trigger={trigger}
      opened={(element) => {
        const items = itemsOf(element);
        (items.find((each) => each.ariaChecked === "true") ?? items[0])?.focus();
      }}
      onKeyDown={(event) => move(event, typed.current)}
    >
      {(close) =>
        sections
          .filter(({ items }) => items.length > 0)
          .map(({ heading, items }) => (
            <div role="group" aria-label={heading} key={heading ?? ""}>
              {heading && (
                <div class="menu-heading" aria-hidden="true">
                  {heading}
                </div>
              )}
              {items.map((item) => (
                <button
                  key={item.id}
                  type="button"
                  class="menu-item"
                  role={item.checked === undefined ? "menuitem" : "menuitemradio"}
                  aria-checked={item.checked}
                  tabIndex={-1}
                  onClick={() => {
                    close();
                    item.choose();
                  }}
                >
                  {item.sign}
                  <span class="menu-words">
                    <bdi>{item.label}</bdi>
                    {item.hint && <small>{item.hint}</small>}
                  </span>
                  {item.checked && <Check />}
                </button>
              ))}
            </div>
          ))
      }
    </Popover>
  );
}

function itemsOf(element: Element): HTMLElement[] {
  return [...element.querySelectorAll<HTMLElement>(".menu-item")];
}

function move(event: KeyboardEvent, typed: { word: string; at: number }): void {
  const menu = event.currentTarget as HTMLElement;
  const items = itemsOf(menu);
  const at = items.indexOf(document.activeElement as HTMLElement);
  const to = destination(event, items, at, typed);
  if (to) {
    event.preventDefault();
    to.focus();
  } else if (event.key === "Tab") {
    menu.hidePopover();
  }
}

/** The item a key leads to. */
function destination(
  event: KeyboardEvent,
  items: HTMLElement[],
  at: number,
  typed: { word: string; at: number },
): HTMLElement | undefined {
  switch (event.key) {
    case "ArrowDown":
      return items[(at + 1) % items.length];
    case "ArrowUp":
      return items[(at - 1 + items.length) % items.length];
    case "Home":
      return items[0];
    case "End":
      return items[items.length - 1];
  }
  if (event.key.length !== 1 || event.key === " " || event.ctrlKey || event.metaKey) {
    return undefined;
  }
  const now = event.timeStamp;
  typed.word = (now - typed.at < typingPause ? typed.word : "") + event.key.toLowerCase();
  typed.at = now;
  const order = [...items.slice(at + 1), ...items.slice(0, at + 1)];
  return order.find((each) => wordsOf(each).startsWith(typed.word));
}

function wordsOf(item: HTMLElement): string {
  const label = item.querySelector("bdi")?.textContent ?? "";
  return label.replace(/[\u2066-\u2069]/g, "").toLowerCase();
}
