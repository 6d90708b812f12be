import type { ComponentChildren } from "preact";
import { Bad, Bell, Good, Half, Off, Wait, Work, type Icon } from "../base/icons.tsx";
import "./badge.css";

/** How something stands. Each has a colour and a shape, and a word always beside them. */
export type Standing = "good" | "wait" | "offer" | "work" | "wrap" | "bad" | "off";

const signs: Record<Standing, Icon> = {
  good: Good,
  wait: Wait,
  offer: Bell,
  work: Work,
  wrap: Half,
  bad: Bad,
  off: Off,
};

/** The shape of a standing, in its colour. */
export function Sign({ of, size = 16 }: { of: Standing; size?: number }) {
  const Shape = signs[of];
  return (
    <span class={`sign ${of}`}>
      <Shape size={size} />
    </span>
  );
}

/** A standing in a word. */
export function Badge({ of, children }: { of: Standing; children: ComponentChildren }) {
  const Shape = signs[of];
  return (
    <span class={`badge ${of}`}>
      <Shape size={14} />
      {children}
    </span>
  );
}
