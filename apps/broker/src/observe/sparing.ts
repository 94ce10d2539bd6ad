/**
 * How many lines of the log strangers can cause: so many a second and address, then one line with the number of those
 * left out, so that a flood of broken connections fills no disk [G07]. Time is an argument. Knows no log.
 */

/** Lines a second for one address. */
const MOST = 10;
/** Addresses told apart within a second; all others are one. */
const ADDRESSES = 1000;
const SECOND = 1000;

/** `192.0.2.1:5000` -> `192.0.2.1`. */
function addressOf(peer: string): string {
  const end = peer.lastIndexOf(':');
  return end < 0 ? peer : peer.slice(0, end);
}

/** Decides about one kind of line. */
export class Sparing {
  readonly #now: () => number;
  readonly #leftOut: (lines: number) => void;
  readonly #later: (run: () => void) => void;
  #lines = new Map<string, number>();
  #since = Number.NEGATIVE_INFINITY;
  #count = 0;
  /** One at a time: a flood of hours is told of once a second, too. */
  #isToBeTold = false;

  /** @param now ms @param leftOut told how many lines of a second were left out @param later runs it after a second */
  constructor(
    now: () => number,
    leftOut: (lines: number) => void,
    later: (run: () => void) => void = (run) => void setTimeout(run, SECOND).unref(),
  ) {
    this.#now = now;
    this.#leftOut = leftOut;
    this.#later = later;
  }

  /** Also when nobody comes any more: a flood may be over within its second. */
  readonly #tell = (): void => {
    const lines = this.#count;
    this.#count = 0;
    this.#isToBeTold = false;
    this.#leftOut(lines);
  };

  /** Whether a line about `peer` may be written. */
  allows(peer: string): boolean {
    const now = this.#now();
    if (now - this.#since >= SECOND) {
      this.#since = now;
      this.#lines = new Map();
    }
    const address = addressOf(peer);
    const key = this.#lines.has(address) || this.#lines.size < ADDRESSES ? address : '';
    const lines = (this.#lines.get(key) ?? 0) + 1;
    this.#lines.set(key, lines);
    if (lines <= MOST) return true;
    this.#count++;
    if (this.#isToBeTold) return false;
    this.#isToBeTold = true;
    this.#later(this.#tell);
    return false;
  }
}
