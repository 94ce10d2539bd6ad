/**
 * Whether this process gets to its work in time. The relays of all plays are in it, so where it is late every client and
 * broker of a play seems to be: then no more plays begin. Measures the delay of a timer; knows no play.
 */
import { setTimeout as wait } from 'node:timers/promises';

/** ms between two beats. */
const BETWEEN = 50;
/** ms by which a beat may be late: a tenth of what the most impatient of scenarios allow. */
const LATE = 200;

/** ms by which beats are late on a machine that has little to do. */
const SMALL = 50;

/** Beats until it is stopped. */
export class Pulse {
  readonly #timer: NodeJS.Timeout;
  readonly #waiting: (() => void)[] = [];
  #last: number;
  #isLate = false;
  #late = 0;

  /** @param now ms */
  constructor(now: () => number = () => performance.now()) {
    this.#last = now();
    this.#timer = setInterval(() => this.#beat(now()), BETWEEN);
  }

  /** Resolves at once when the last beat came in time, else with the first that does, or after `most` ms. */
  async calm(most?: number): Promise<void> {
    if (!this.#isLate) return;
    const calm = new Promise<void>((resolve) => this.#waiting.push(resolve));
    await (most === undefined ? calm : Promise.race([calm, wait(most)]));
  }

  /** ms by which all beats together were late until now, small delays apart. */
  get late(): number {
    return this.#late;
  }

  /** Nobody waits any more. */
  stop(): void {
    clearInterval(this.#timer);
    this.#isLate = false;
    for (const resolve of this.#waiting.splice(0)) resolve();
  }

  #beat(now: number): void {
    const late = now - this.#last - BETWEEN;
    this.#isLate = late > LATE;
    if (late > SMALL) this.#late += late;
    this.#last = now;
    // One at a time: what it begins may make the next beat late.
    if (!this.#isLate) this.#waiting.shift()?.();
  }
}
