// The ring of an offer: two notes, made by the browser, again and again until no offer is open.
//
// Browsers make no sound before the first click on a page, so it has to be turned on by hand, and
// after a reload it waits for a click. Of several tabs one rings: a tab queues for the worker's
// lock once it can make sound, so that a silent tab never holds it.

import { effect, signal, type Signal } from "@preact/signals";

/** Whether this tab rings: it may be switched off, wait for a click, or leave it to another tab. */
export type Ringing = "off" | "locked" | "elsewhere" | "on";

/** The notes, in Hertz and in seconds from the start of each ring. */
const notes = [
  { pitch: 880, at: 0 },
  { pitch: 1174.7, at: 0.22 },
] as const;
const noteLasts = 0.4;
const ringEvery = 2_500;
const loudness = 0.22;

export class Ring {
  readonly state: Signal<Ringing> = signal("off");
  private audio: AudioContext | undefined;
  private timer: ReturnType<typeof setInterval> | undefined;
  private releaseLock: (() => void) | undefined;
  private wanted = false;
  private lockName = "";

  /** Follows the person's wish; name tells workers apart. */
  constructor(private readonly wish: Signal<boolean>) {
    effect(() => {
      if (this.wish.value) {
        this.state.value = "locked";
      } else {
        this.halt();
        this.leave();
        this.state.value = "off";
      }
    });
  }

  /** Which worker it rings for; tabs of the same worker share one ring. */
  nameAfter(workerSid: string): void {
    if (this.lockName !== workerSid) {
      this.leave();
      this.lockName = workerSid;
      this.queue();
    }
  }

  /** Turns sound on; to be called from a click or key press, or browsers refuse. */
  turnOn(): void {
    this.wish.value = true;
    this.unlock(() => this.play());
  }

  /** Turns sound off. */
  turnOff(): void {
    this.wish.value = false;
  }

  /** Takes the chance of a click or key press to make sound possible, if it is wished for. */
  unlock(then = (): void => {}): void {
    if (this.state.value === "locked") {
      this.audio ??= new AudioContext();
      void this.audio.resume().then(() => {
        this.queue();
        then();
      });
    }
  }

  /** Rings from now on until silence is called. */
  start(): void {
    this.wanted = true;
    if (this.timer === undefined && this.state.value === "on") {
      this.play();
      navigator.vibrate?.([200, 100, 200]);
      this.timer = setInterval(() => this.play(), ringEvery);
    }
  }

  /** Stops ringing. */
  silence(): void {
    this.wanted = false;
    this.halt();
  }

  private halt(): void {
    clearInterval(this.timer);
    this.timer = undefined;
  }

  /** Waits for the worker's lock, and rings as long as it has it. */
  private queue(): void {
    if (this.audio?.state !== "running" || !this.lockName || this.releaseLock) {
      return;
    }
    const hold = () => {
      this.state.value = "on";
      if (this.wanted) {
        this.start();
      }
    };
    if (!("locks" in navigator)) {
      hold(); // plain HTTP to another machine: no locks, so every tab rings
      return;
    }
    this.state.value = "elsewhere";
    let over = false;
    const held = new Promise<void>((release) => {
      this.releaseLock = () => {
        over = true;
        release();
      };
    });
    void navigator.locks.request(`taskrouter.ring.${this.lockName}`, () => {
      if (!over) {
        hold();
      }
      return held;
    });
  }

  private leave(): void {
    this.releaseLock?.();
    this.releaseLock = undefined;
  }

  private play(): void {
    const audio = this.audio;
    if (audio?.state !== "running") {
      return;
    }
    for (const { pitch, at } of notes) {
      const begin = audio.currentTime + at;
      const tone = audio.createOscillator();
      const volume = audio.createGain();
      tone.type = "sine";
      tone.frequency.value = pitch;
      volume.gain.setValueAtTime(0, begin);
      volume.gain.linearRampToValueAtTime(loudness, begin + 0.015);
      volume.gain.exponentialRampToValueAtTime(0.001, begin + noteLasts);
      tone.connect(volume).connect(audio.destination);
      tone.start(begin);
      tone.stop(begin + noteLasts);
    }
  }
}
