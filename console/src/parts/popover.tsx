import type { ButtonHTMLAttributes, ComponentChildren, JSX } from "preact";
import { useId, useRef } from "preact/hooks";
import "./popover.css";

interface PopoverProps {
  /** What the popover is, for those who hear it. */
  label: string;
  role?: "dialog" | "menu";
  /** Makes the button that opens it; the attributes given have to be on it. */
  trigger: (attributes: ButtonHTMLAttributes) => JSX.Element;
  /** Called when it has opened, with the element. */
  opened?: (element: HTMLElement) => void;
  onKeyDown?: (event: KeyboardEvent) => void;
  /** Makes the content; close takes the popover away and focus back to the button. */
  children: (close: () => void) => ComponentChildren;
}

/**
 * Something that opens beside a button, above everything else: the browser's own popover, so
 * Escape and a click outside close it and focus goes back to the button.
 */
export function Popover(props: PopoverProps) {
  const { label, role = "dialog", trigger, opened, onKeyDown, children } = props;
  const id = useId();
  const box = useRef<HTMLDivElement>(null);
  const attributes: ButtonHTMLAttributes = {
    popovertarget: id,
    "aria-haspopup": role,
    "aria-controls": id,
  };
  return (
    <>
      {trigger(attributes)}
      <div
        ref={box}
        id={id}
        class="popover"
        popover="auto"
        role={role}
        aria-label={label}
        onKeyDown={onKeyDown}
        onToggle={(event) => {
          const element = event.currentTarget;
          const button = buttonOf(element);
          const open = (event as unknown as ToggleEvent).newState === "open";
          button?.setAttribute("aria-expanded", String(open));
          if (open && button) {
            place(element, button);
            opened?.(element);
          }
        }}
      >
        {children(() => box.current?.hidePopover())}
      </div>
    </>
  );
}

function buttonOf(element: HTMLElement): Element | null {
  return document.querySelector(`[popovertarget="${element.id}"]`);
}

/** Puts the popover below its button, or above where there is more room, and into the window. */
function place(element: HTMLElement, button: Element): void {
  const gap = 4;
  const at = button.getBoundingClientRect();
  const { innerWidth: width, innerHeight: height } = window;
  const turned = getComputedStyle(element).direction === "rtl";
  const start = turned ? width - at.right : at.left;
  const roomBelow = height - at.bottom - 2 * gap;
  const up = roomBelow < Math.min(element.scrollHeight, 240) && at.top > roomBelow;
  const style = element.style;
  style.setProperty("--at-least", `${at.width}px`);
  style.setProperty("--room", `${up ? at.top - 2 * gap : roomBelow}px`);
  style.setProperty("--below", up ? "auto" : `${at.bottom + gap}px`);
  style.setProperty("--above", up ? `${height - at.top + gap}px` : "auto");
  const along = Math.max(gap, Math.min(start, width - element.offsetWidth - gap));
  style.setProperty("--along", `${along}px`);
}
