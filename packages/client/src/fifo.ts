/**
 * A first-in-first-out list whose `shift` costs the same however long it is. Has no limit of its own: who uses it
 * has one.
 */

/** First in, first out. */
export class Fifo<Item> {
  #items: (Item | undefined)[] = [];
  #head = 0;

  /** How many items are inside. */
  get size(): number {
    return this.#items.length - this.#head;
  }

  push(item: Item): void {
    this.#items.push(item);
  }

  /** The oldest item, which stays. */
  peek(): Item | undefined {
    return this.#items[this.#head];
  }

  /** Takes the oldest item out. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (this.#head >= this.#items.length) return undefined;
    this.#items[this.#head] = undefined;
    this.#head += 1;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 >= this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** Takes everything out, oldest first. */
  takeAll(): Item[] {
    const items = this.#items.slice(this.#head) as Item[];
    this.#items = [];
    this.#head = 0;
    return items;
  }

  /** Drops every item that `keep` refuses. */
  filter(keep: (item: Item) => boolean): void {
    this.#items = this.takeAll().filter(keep);
  }
}
