/**
 * A first-in-first-out list whose every operation costs the same however long it is: a ring of nodes. Has no limit of
 * its own: who uses it has one.
 */

/** Where an item stands in a list. */
export interface Place<Item> {
  readonly item: Item | undefined;
  next: Place<Item>;
  previous: Place<Item>;
}

/** First in, first out; what is inside can also leave earlier. */
export class Fifo<Item> {
  /** Before the first and behind the last. */
  readonly #end: Place<Item>;
  /** How many items are inside. */
  size = 0;

  constructor() {
    const end = { item: undefined } as Place<Item>;
    end.next = end.previous = end;
    this.#end = end;
  }

  /** Puts an item at the end, or before `next`. */
  push(item: Item, next: Place<Item> = this.#end): Place<Item> {
    const { previous } = next;
    const place = { item, next, previous };
    previous.next = next.previous = place;
    this.size += 1;
    return place;
  }

  /** The place of the oldest item; it has no item when there is none. */
  get first(): Place<Item> {
    return this.#end.next;
  }

  /** The place of the newest item; it has no item when there is none. */
  get last(): Place<Item> {
    return this.#end.previous;
  }

  /** The oldest item, which stays. */
  peek(): Item | undefined {
    return this.first.item;
  }

  /** Takes the item of this place out, once. */
  remove({ next, previous }: Place<Item>): void {
    previous.next = next;
    next.previous = previous;
    this.size -= 1;
  }

  /** Takes the oldest item out. */
  shift(): Item | undefined {
    const { first } = this;
    if (this.size > 0) this.remove(first);
    return first.item;
  }

  /** Takes everything out, oldest first. */
  takeAll(): Item[] {
    const items: Item[] = [];
    while (this.size > 0) items.push(this.shift() as Item);
    return items;
  }
}
