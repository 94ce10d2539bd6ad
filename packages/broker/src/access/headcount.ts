/**
 * How many of something each identity has: connections, sessions. One identity must not take the place of all others
 * [C19]. Costs nothing while there is no maximum. Knows nothing of what is counted.
 */

/** A count for each identity, and the most it may be. */
export class Headcount {
  readonly #counts = new Map<string, number>();
  #maximum: number;

  /** @param maximum 0: any number, and nothing is counted */
  constructor(maximum: number) {
    this.#maximum = maximum;
  }

  /** Another maximum. `identities`: whose they are that there are now, one for each. */
  change(maximum: number, identities: Iterable<string>): void {
    this.#maximum = maximum;
    this.#counts.clear();
    if (maximum > 0) for (const identity of identities) this.add(identity);
  }

  /** Whether `identity` has as many as it may have. */
  isFull(identity: string): boolean {
    return this.#maximum > 0 && (this.#counts.get(identity) ?? 0) >= this.#maximum;
  }

  /** One more. */
  add(identity: string): void {
    if (this.#maximum > 0) this.#counts.set(identity, (this.#counts.get(identity) ?? 0) + 1);
  }

  /** One less. */
  remove(identity: string): void {
    const left = (this.#counts.get(identity) ?? 0) - 1;
    if (left > 0) this.#counts.set(identity, left);
    else this.#counts.delete(identity);
  }
}
