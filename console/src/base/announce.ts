// What screen readers say. Two live regions are in the page from its load on: one that
// interrupts, for offers, and one that waits, for everything else.

/** Sentences that come together are spoken one after the other, this far apart. */
const pause = 1_500;

/** A region that sentences are put into. */
export interface Region {
  textContent: string | null;
}

/**
 * Speaks sentences through a region, in order. Each stays until the next one; one that is said
 * again is spoken again, for the region is emptied in between.
 */
export class Announcer {
  private readonly waiting: string[] = [];
  private timer: ReturnType<typeof setTimeout> | undefined;

  constructor(private readonly region: () => Region | null) {}

  /** Says a sentence, after those that wait already. */
  say(sentence: string): void {
    if (sentence && this.waiting[this.waiting.length - 1] !== sentence) {
      this.waiting.push(sentence);
    }
    if (this.timer === undefined) {
      this.next();
    }
  }

  private next(): void {
    const sentence = this.waiting.shift();
    const region = this.region();
    if (region) {
      region.textContent = sentence ?? "";
    }
    this.timer = sentence === undefined ? undefined : setTimeout(() => this.next(), pause);
  }
}

const byId = (id: string) => () =>
  typeof document === "undefined" ? null : document.getElementById(id);

/** Interrupts: a new offer, five seconds left. */
export const urgent = new Announcer(byId("say-now"));

/** Waits its turn: everything else. */
export const polite = new Announcer(byId("say"));
