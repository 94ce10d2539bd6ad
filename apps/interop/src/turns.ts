/**
 * So many at a time of what keeps a processor busy; whoever is in a hurry goes before those who wait. Knows nothing of
 * what is done in a turn.
 */

/** A turn's end; a second call does nothing. */
export type EndTurn = () => void;

/** Gives turns. */
export class Turns {
  #free: number;
  readonly #hurried: (() => void)[] = [];
  readonly #others: (() => void)[] = [];

  /** @param atOnce turns at a time, from 1 on */
  constructor(atOnce: number) {
    this.#free = atOnce;
  }

  /** Resolves when it is the caller's turn, in the order of asking but for those in a hurry. */
  async take(isHurried = false): Promise<EndTurn> {
    if (this.#free > 0) this.#free -= 1;
    else await new Promise<void>((go) => (isHurried ? this.#hurried : this.#others).push(go));
    let isOver = false;
    return () => {
      if (isOver) return;
      isOver = true;
      const next = this.#hurried.shift() ?? this.#others.shift();
      if (next === undefined) this.#free += 1;
      else next();
    };
  }
}
