/**
 * Which packet ids one sender has in use, and for what (§2.2.1). PUBLISH, SUBSCRIBE and UNSUBSCRIBE share them.
 * Ids roll forward from 1 to 65,535 and start again at 1, so that an id just freed is the last to come back [F09].
 * Knows no window, no flow and no packet: `use` and `item` are the caller's.
 *
 * A table with the slot `id & mask`, because a Map costs 64-100 ns a flow and this 5-8 ns. An id whose slot is taken is
 * skipped, so the table's size follows what is in use, however long the oldest id stays.
 */

const LAST = 65_535;
const SMALLEST = 8;
/** An empty table keeps at most this many slots. */
const KEPT = 64;

/** The packet ids of one sender. `Item` is whatever the caller keeps with an id. */
export class PacketIds<Item = undefined> {
  /** `use << 16 | id`; 0 is a free slot. */
  #keys: number[] = [];
  /** The order in which ids were taken (or `moveLast` was called): what a resend follows. */
  #turns: number[] = [];
  #items: (Item | undefined)[] = [];
  #mask = -1;
  #last = 0;
  #turn = 0;
  #size = 0;

  /** How many ids are in use. */
  get size(): number {
    return this.#size;
  }

  /**
   * Takes an id that is not in use [MQTT-2.2.1-3] [MQTT-2.2.1-4]: 1 to 65,535, or 0 when all are in use.
   * `use` is a number from 1 to 255 of the caller's choosing.
   */
  allocate(use = 1, item?: Item): number {
    if (this.#size >= LAST) return 0;
    if (this.#size * 2 > this.#mask && this.#mask < LAST) this.#grow();
    const mask = this.#mask;
    const keys = this.#keys;
    let id = this.#last;
    do id = id === LAST ? 1 : id + 1;
    while (keys[id & mask] !== 0);
    this.#last = id;
    this.#put(id, use, item, this.#turn++);
    return id;
  }

  /** Takes this very id, as the newest, e.g. from a store. Returns false when it is in use or not 1 to 65,535. */
  claim(id: number, use = 1, item?: Item): boolean {
    if (!Number.isInteger(id) || id < 1 || id > LAST || this.has(id)) return false;
    while (this.#size * 2 > this.#mask || this.#keys[id & this.#mask] !== 0) this.#grow();
    this.#last = id;
    this.#put(id, use, item, this.#turn++);
    return true;
  }

  /** Whether the id is in use. */
  has(id: number): boolean {
    return this.use(id) !== 0;
  }

  /** What the id is in use for; 0 when it is free or no packet id at all. */
  use(id: number): number {
    const key = this.#keys[id & this.#mask];
    return key !== undefined && (key & LAST) === id ? key >>> 16 : 0;
  }

  /** What is kept with the id. */
  item(id: number): Item | undefined {
    return this.use(id) === 0 ? undefined : this.#items[id & this.#mask];
  }

  /** Changes what an id in use is used for, and keeps its item. */
  reuse(id: number, use: number): void {
    if (this.use(id) !== 0) this.#keys[id & this.#mask] = (use << 16) | id;
  }

  /** Drops the item of an id in use and makes it the newest of all. */
  moveLast(id: number): void {
    if (this.use(id) === 0) return;
    this.#items[id & this.#mask] = undefined;
    this.#turns[id & this.#mask] = this.#turn++;
  }

  /** Gives an id back. Returns false when it was not in use. */
  free(id: number): boolean {
    if (this.use(id) === 0) return false;
    const slot = id & this.#mask;
    this.#keys[slot] = 0;
    this.#items[slot] = undefined;
    this.#size -= 1;
    if (this.#size === 0 && this.#mask >= KEPT) this.#shrink();
    return true;
  }

  /** The ids in use, oldest first. Sorts: for reconnects and stores, not for each message. */
  inOrder(): number[] {
    const ids: number[] = [];
    for (const key of this.#keys) if (key !== 0) ids.push(key & LAST);
    const turn = (id: number): number => this.#turns[id & this.#mask] ?? 0;
    return ids.sort((a, b) => turn(a) - turn(b));
  }

  #put(id: number, use: number, item: Item | undefined, turn: number): void {
    const slot = id & this.#mask;
    this.#keys[slot] = (use << 16) | id;
    this.#items[slot] = item;
    this.#turns[slot] = turn;
    this.#size += 1;
  }

  #shrink(): void {
    this.#keys = [];
    this.#items = [];
    this.#turns = [];
    this.#mask = -1;
  }

  #grow(): void {
    const keys = this.#keys;
    const items = this.#items;
    const turns = this.#turns;
    const slots = this.#mask === -1 ? SMALLEST : (this.#mask + 1) * 2;
    this.#keys = new Array<number>(slots).fill(0);
    this.#items = new Array<Item | undefined>(slots).fill(undefined);
    this.#turns = new Array<number>(slots).fill(0);
    this.#mask = slots - 1;
    this.#size = 0;
    keys.forEach((key, slot) => {
      if (key !== 0) this.#put(key & LAST, key >>> 16, items[slot], turns[slot] ?? 0);
    });
  }
}
