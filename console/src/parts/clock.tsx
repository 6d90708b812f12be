import type { ReadonlySignal } from "@preact/signals";
import { ageText, countdownText, durationAttribute, shareLeft } from "../base/time.ts";
import "./clock.css";

interface AgeProps {
  now: ReadonlySignal<number>;
  since: number;
}

/** How long something has lasted, moving. */
export function Age({ now, since }: AgeProps) {
  const age = now.value - since;
  return (
    <time class="clock" dateTime={durationAttribute(age)}>
      {ageText(age)}
    </time>
  );
}

interface CountdownProps {
  now: ReadonlySignal<number>;
  from: number;
  until: number;
  label: string;
}

/** Seconds from which a countdown looks urgent, and from which it pulses. */
const soon = 10_000;
const last = 5_000;

const radius = 27;
const around = 2 * Math.PI * radius;

/** How long something has left: a ring that empties around the number. */
export function Countdown({ now, from, until, label }: CountdownProps) {
  const left = until - now.value;
  const urgency = left <= last ? "last" : left <= soon ? "soon" : "";
  return (
    <div class={`countdown ${urgency}`} role="timer" aria-label={label}>
      <svg viewBox="0 0 60 60" aria-hidden="true" focusable="false">
        <circle class="track" cx="30" cy="30" r={radius} />
        <circle
          class="rest"
          cx="30"
          cy="30"
          r={radius}
          stroke-dasharray={around.toFixed(2)}
          stroke-dashoffset={((1 - shareLeft(left, until - from)) * around).toFixed(2)}
        />
      </svg>
      <span dir="ltr">{countdownText(left)}</span>
    </div>
  );
}
