/**
 * Messages in flight are views on the chunks they came in, because most are acknowledged within milliseconds. A client
 * that does not acknowledge must not keep a chunk of 64 KB for each of them: what is still open after a while is copied.
 * Knows when; what is open is the session's to say.
 */
import { Timer, type TimerWheel } from '../timer-wheel.ts';

/** Something with messages in flight. */
export interface Aged {
  /** Copies what is in flight; what it sends later it has to say anew. */
  keepInflight(): void;
}

/** A message in flight for longer than this, in ms, has been copied. */
const AGE = 2000;

/** All sessions with messages in flight. */
export class Aging {
  readonly #wheel: TimerWheel;
  readonly #timer: Timer = new Timer(() => this.#sweep());
  readonly #aged = new Set<Aged>();

  constructor(wheel: TimerWheel) {
    this.#wheel = wheel;
  }

  /** `aged` has something in flight that is not copied: it is looked at once, in time. */
  add(aged: Aged): void {
    if (this.#aged.size === 0) this.#wheel.set(this.#timer, AGE);
    this.#aged.add(aged);
  }

  #sweep(): void {
    const aged = [...this.#aged];
    this.#aged.clear();
    for (const one of aged) one.keepInflight();
  }
}
