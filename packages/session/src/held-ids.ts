/**
 * A set of packet ids that the peer chose: the QoS 2 ids held until PUBREL. A few cost a small Set, all 65,535 cost
 * 8 KiB, where a Set would grow to more than 1 MiB [F05]. Knows nothing of flows.
 */

const LAST = 65_535;
/** From here on a bitmap is smaller than a Set. */
const MANY = 256;

/** A set of packet ids, 1 to 65,535. Nothing is allocated while it is empty. */
export class HeldIds implements Iterable<number> {
  #few: Set<number> | undefined;
  #many: Uint32Array | undefined;
  #size = 0;

  /** How many ids are held. */
  get size(): number {
    return this.#size;
  }

  /** Whether the id is held. */
  has(id: number): boolean {
    const many = this.#many;
    if (many === undefined) return this.#few?.has(id) === true;
    return (((many[id >>> 5] as number) >>> (id & 31)) & 1) === 1;
  }

  /** Holds an id. False: it is held already. */
  add(id: number): boolean {
    if (this.has(id)) return false;
    this.#size += 1;
    if (this.#many === undefined && this.#size <= MANY) {
      this.#few ??= new Set<number>();
      this.#few.add(id);
      return true;
    }
    this.#many ??= this.#spread();
    this.#many[id >>> 5] = (this.#many[id >>> 5] as number) | (1 << (id & 31));
    return true;
  }

  /** Lets an id go. False: it was not held. */
  delete(id: number): boolean {
    if (!this.has(id)) return false;
    this.#size -= 1;
    if (this.#many === undefined) this.#few?.delete(id);
    else this.#many[id >>> 5] = (this.#many[id >>> 5] as number) & ~(1 << (id & 31));
    if (this.#size === 0) this.#many = undefined;
    return true;
  }

  /** The ids, in no order. */
  *[Symbol.iterator](): Generator<number, void> {
    if (this.#many === undefined) yield* this.#few ?? [];
    else for (let id = 1; id <= LAST; id++) if (this.has(id)) yield id;
  }

  #spread(): Uint32Array {
    const many = new Uint32Array((LAST + 1) / 32);
    for (const id of this.#few ?? []) many[id >>> 5] = (many[id >>> 5] as number) | (1 << (id & 31));
    this.#few = undefined;
    return many;
  }
}
