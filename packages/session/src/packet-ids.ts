/**
 * Which packet ids one sender has in use, and for what (§2.2.1). PUBLISH, SUBSCRIBE and UNSUBSCRIBE share them.
 * Ids roll forward from 1 to 65,535 and start again at 1, so that an id just freed is the last to come back [F09].
 * Knows no window, no flow and no packet: `use` and `item` are the caller's.
 *
 * A table with the slot `id & mask`, because a Map costs 65 to 100 ns a flow and the bare table under 10. An id whose
 * slot is taken is passed over, so the table is as large as what is in use, however long the oldest id stays.
 */

import type { Ids } from './ids.ts';

const LAST = 65_535;
const SMALLEST = 8;
/** A table of this many slots or more is given up when it is empty. */
const LARGE = 64;
const BLOCK_BITS = 8;
const BLOCK = 1 << BLOCK_BITS;
/** What stands for an empty table; never written to. */
const NONE: never[] = [];

/** The packet ids of one sender. `Item` is whatever the caller keeps with an id. Nothing is allocated before use. */
export class PacketIds<Item = undefined> implements Ids<Item> {
  /** `use << 16 | id`; 0 is a free slot. */
  #keys: number[] | undefined;
  /** When the id was taken or renewed: what `inOrder` goes by. */
  #turns: number[] = NONE;
  #items: (Item | undefined)[] = NONE;
  #mask = -1;
  #last = 0;
  #turn = 0;
  #size = 0;
  /** In the largest table, which may become full: how many slots are free in each block, so that a search is short. */
  #free: Uint16Array | undefined;

  /** How many ids are in use. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes an id that is not in use [MQTT-2.2.1-3] [MQTT-2.2.1-4]: 1 to 65,535, or 0 when all are.
   * `use` is a number from 1 to 255 of the caller's choosing.
   */
  allocate(use = 1, item?: Item): number {
    if (this.#size >= LAST) return 0;
    const keys = this.#roomy();
    const mask = this.#mask;
    const free = this.#free;
    let id = this.#last;
    do {
      id = id === LAST ? 1 : id + 1;
      if (free !== undefined && free[id >>> BLOCK_BITS] === 0) id |= BLOCK - 1;
    } while (keys[id & mask] !== 0);
    this.#last = id;
    this.#put(keys, id, use, item, this.#turn++);
    return id;
  }

  /** Takes this very id, as the newest, e.g. from a store. False: it is in use, or not 1 to 65,535. */
  claim(id: number, use = 1, item?: Item): boolean {
    if (!Number.isInteger(id) || id < 1 || id > LAST || this.has(id)) return false;
    let keys = this.#roomy();
    while (keys[id & this.#mask] !== 0) keys = this.#grow();
    this.#last = id;
    this.#put(keys, id, use, item, this.#turn++);
    return true;
  }

  /** Whether the id is in use. */
  has(id: number): boolean {
    return this.use(id) !== 0;
  }

  /** What the id is in use for; 0 when it is free, or no packet id at all. */
  use(id: number): number {
    const key = this.#keys?.[id & this.#mask] ?? 0;
    return (key & LAST) === id ? key >>> 16 : 0;
  }

  /** What is kept with the id. */
  item(id: number): Item | undefined {
    return this.use(id) === 0 ? undefined : this.#items[id & this.#mask];
  }

  /** An id in use has another use from now on; it keeps its item and its place in the order. */
  change(id: number, use: number): void {
    if (this.#keys !== undefined && this.has(id)) this.#keys[id & this.#mask] = (use << 16) | id;
  }

  /** An id in use has another use and item from now on, and is the newest of all. */
  renew(id: number, use: number, item?: Item): void {
    if (!this.has(id)) return;
    this.change(id, use);
    this.#items[id & this.#mask] = item;
    this.#turns[id & this.#mask] = this.#turn++;
  }

  /** Gives an id back. False: it was not in use. */
  free(id: number): boolean {
    const keys = this.#keys;
    if (keys === undefined || !this.has(id)) return false;
    const slot = id & this.#mask;
    keys[slot] = 0;
    this.#items[slot] = undefined;
    this.#size -= 1;
    this.#count(slot, 1);
    if (this.#size === 0 && keys.length >= LARGE) this.clear();
    return true;
  }

  /** Gives all ids back; the next one still rolls forward from the last. */
  clear(): void {
    this.#keys = undefined;
    this.#turns = this.#items = NONE;
    this.#free = undefined;
    this.#mask = -1;
    this.#size = 0;
  }

  /** The ids in use, oldest first. Sorts: for reconnects and stores, not for each message. */
  inOrder(): number[] {
    const found: { readonly id: number; readonly turn: number }[] = [];
    this.#keys?.forEach((key, slot) => {
      if (key !== 0) found.push({ id: key & LAST, turn: this.#turns[slot] as number });
    });
    return found.sort((a, b) => a.turn - b.turn).map(({ id }) => id);
  }

  #put(keys: number[], id: number, use: number, item: Item | undefined, turn: number): void {
    const slot = id & this.#mask;
    keys[slot] = (use << 16) | id;
    this.#items[slot] = item;
    this.#turns[slot] = turn;
    this.#size += 1;
    this.#count(slot, -1);
  }

  #count(slot: number, change: 1 | -1): void {
    const free = this.#free;
    if (free !== undefined) free[slot >>> BLOCK_BITS] = (free[slot >>> BLOCK_BITS] as number) + change;
  }

  /** The table, at most half full, so that a free slot is near. */
  #roomy(): number[] {
    const keys = this.#keys;
    return keys === undefined || (this.#size * 2 >= keys.length && keys.length <= LAST) ? this.#grow() : keys;
  }

  #grow(): number[] {
    const before = this.#keys ?? NONE;
    const items = this.#items;
    const turns = this.#turns;
    const slots = before.length === 0 ? SMALLEST : before.length * 2;
    const keys = new Array<number>(slots).fill(0);
    this.#keys = keys;
    this.#items = new Array<Item | undefined>(slots).fill(undefined);
    this.#turns = new Array<number>(slots).fill(0);
    this.#mask = slots - 1;
    this.#size = 0;
    if (slots > LAST) this.#beginCounting();
    before.forEach((key, slot) => {
      if (key !== 0) this.#put(keys, key & LAST, key >>> 16, items[slot], turns[slot] as number);
    });
    return keys;
  }

  /** Slot 0 is no packet id: it counts as taken. */
  #beginCounting(): void {
    this.#free = new Uint16Array((LAST + 1) / BLOCK).fill(BLOCK);
    this.#count(0, -1);
  }
}
