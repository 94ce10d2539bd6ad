/**
 * Keys of a session's records by what they are of: topic filters, packet ids. Most sessions have a handful: those are a
 * list, which takes a fifth of the memory of a map. Knows no record.
 */

/** The longest list, in entries; beyond it a look-up is worth a map. */
const LONGEST = 16;

/** What a record is of -> its key. */
export class Keys<Of extends string | number> {
  #of: Of[] = [];
  #keys: number[] = [];
  #many: Map<Of, number> | undefined;

  get(of: Of): number | undefined {
    if (this.#many !== undefined) return this.#many.get(of);
    const at = this.#of.indexOf(of);
    return at < 0 ? undefined : this.#keys[at];
  }

  set(of: Of, key: number): void {
    if (this.#many !== undefined) {
      this.#many.set(of, key);
      return;
    }
    const at = this.#of.indexOf(of);
    if (at >= 0) this.#keys[at] = key;
    else if (this.#of.length === 0) {
      this.#of = [of]; // as long as they must be
      this.#keys = [key];
    } else if (this.#of.length < LONGEST) {
      this.#of.push(of);
      this.#keys.push(key);
    } else this.#many = this.#asMap().set(of, key);
  }

  delete(of: Of): void {
    this.#many?.delete(of);
    const at = this.#of.indexOf(of);
    if (at < 0) return;
    this.#of = this.#of.toSpliced(at, 1);
    this.#keys = this.#keys.toSpliced(at, 1);
  }

  /** All keys. */
  values(): Iterable<number> {
    return this.#many?.values() ?? this.#keys;
  }

  #asMap(): Map<Of, number> {
    const many = new Map<Of, number>();
    for (const [at, of] of this.#of.entries()) many.set(of, this.#keys[at] ?? 0);
    this.#of = [];
    this.#keys = [];
    return many;
  }
}
