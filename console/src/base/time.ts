// Clocks: how ages and countdowns read, and what time it is on the server.

const minute = 60;
const hour = 60 * minute;
const day = 24 * hour;

function two(value: number): string {
  return String(value).padStart(2, "0");
}

/** Whole seconds of a span; a negative one counts as none. */
function whole(milliseconds: number): number {
  return Number.isFinite(milliseconds) ? Math.max(0, Math.floor(milliseconds / 1000)) : 0;
}

/**
 * How long something has lasted: 06:12, from an hour on 1:05 h, from a day on 2 d 3 h. The unit
 * keeps an hour and five minutes apart from a minute and five seconds.
 */
export function ageText(milliseconds: number): string {
  const seconds = whole(milliseconds);
  if (seconds < hour) {
    return `${two(Math.floor(seconds / minute))}:${two(seconds % minute)}`;
  }
  if (seconds < day) {
    return `${Math.floor(seconds / hour)}:${two(Math.floor((seconds % hour) / minute))} h`;
  }
  return `${Math.floor(seconds / day)} d ${Math.floor((seconds % day) / hour)} h`;
}

/**
 * How long something has left: 0:17. A begun second counts as one, so that 0:00 means over and
 * a fresh offer of 20 seconds reads 0:20.
 */
export function countdownText(milliseconds: number): string {
  const seconds = Math.ceil(Math.max(0, milliseconds) / 1000) || 0;
  if (seconds < hour) {
    return `${Math.floor(seconds / minute)}:${two(seconds % minute)}`;
  }
  return ageText(seconds * 1000);
}

/** The share of a time that is left, from 1 to 0. */
export function shareLeft(left: number, total: number): number {
  return total > 0 ? Math.min(1, Math.max(0, left / total)) : 0;
}

/** Time of day on this page's clock: 14:03. */
export function timeOfDay(at: number, locale?: string): string {
  const form = { hour: "2-digit", minute: "2-digit", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(locale, form).format(at);
}

/** Date and time in full, for what is shown on asking. */
export function dateAndTime(at: number, locale?: string): string {
  const form = { dateStyle: "medium", timeStyle: "medium", hourCycle: "h23" } as const;
  return new Intl.DateTimeFormat(locale, form).format(at);
}

/** A span in the machine's form, for the datetime attribute: PT372S. */
export function durationAttribute(milliseconds: number): string {
  return `PT${whole(milliseconds)}S`;
}

/** A difference that is not worth a correction: dates of the wire are whole seconds. */
const tolerance = 3_000;

/**
 * The server's time as far as the page can tell. A task comes with the second it was made and its
 * age by the server's clock; the sum is the server's now, a second low on average since both are
 * cut. A page whose clock is wrong still shows the right countdowns.
 */
export class ServerClock {
  private offset = 0;

  constructor(private readonly clock: () => number = Date.now) {}

  /** Takes the server's now from a task that was just read. */
  observe(createdAt: number, ageSeconds: number): void {
    const offset = createdAt + ageSeconds * 1000 + 1000 - this.clock();
    if (Number.isFinite(offset)) {
      this.offset = Math.abs(offset) > tolerance ? offset : 0;
    }
  }

  /** What to add to the page's time to get the server's. */
  get difference(): number {
    return this.offset;
  }

  /** Now, on the server. */
  now(): number {
    return this.clock() + this.offset;
  }
}
