/**
 * How many passwords are hashed at once: argon2id takes 46 MiB each and a thread, so a crowd that logs in must neither
 * fill the memory nor starve the threads that files and names are read with. Who does not get a place is told so.
 */

/** Runs slow work a few at a time. */
export class HashQueue {
  readonly #atOnce: number;
  readonly #places: number;
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** @param atOnce how many run @param places how many may wait */
  constructor(atOnce = 2, places = 256) {
    this.#atOnce = atOnce;
    this.#places = places;
  }

  /** How many wait. */
  get length(): number {
    return this.#waiting.length;
  }

  /** Runs `work` when there is a place; `busy` at once when too many wait. */
  async run<T>(work: () => Promise<T>): Promise<T | 'busy'> {
    if (this.#running >= this.#atOnce) {
      if (this.#waiting.length >= this.#places) return 'busy';
      await new Promise<void>((resolve) => this.#waiting.push(resolve));
    } else this.#running++;
    try {
      return await work();
    } finally {
      const next = this.#waiting.shift();
      if (next === undefined) this.#running--;
      else next();
    }
  }
}
