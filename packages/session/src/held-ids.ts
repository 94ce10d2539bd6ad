/**
 * A set of packet ids that the peer chose: the QoS 2 ids held until PUBREL. Few cost little, all 65,535 cost 8 KiB [F05]
 * (a Set would grow to 2 MB). Knows nothing of flows.
 */

/** Above this many ids a bitmap is smaller than a Set. */
const FEW = 128;

/** A set of packet ids, 1 to 65,535. */
export class HeldIds implements Iterable<number> {
  #few: Set<number> | undefined = new Set<number>();
  #bits: Uint32Array | undefined;
  #size = 0;

  /** How many ids are held. */
  get size(): number {
    return this.#size;
  }

  /** Whether the id is held. */
  has(id: number): boolean {
    if (this.#few !== undefined) return this.#few.has(id);
    return (((this.#bits?.[id >>> 5] ?? 0) >>> (id & 31)) & 1) === 1;
  }

  /** Holds the id. */
  add(id: number): void {
  }

  /** Lets the id go. Returns false when it was not held. */
  delete(id: number): boolean {
    return false;
  }

  /** The ids, in no order. */
  *[Symbol.iterator](): Iterator<number> {
  }
}
