/**
 * What waits for one session: QoS 1 and 2 messages that its window or its absence keeps back, in order.
 * Bounded in messages and bytes; what happens at the bound is the policy's. Knows no packets and no connection.
 */
import type { Overflow } from '../options.ts';
import type { Totals } from '../totals.ts';

/** What a queue may hold. */
export interface QueueBounds {
  readonly messages: number;
  readonly bytes: number;
  readonly overflow: Overflow;
  /** What all queues of a broker may hold together. */
  readonly totalMessages: number;
  readonly totalBytes: number;
  /** What all sessions of a broker may have open and waiting in memory. */
  readonly messagesInMemory: number;
  /** Bytes of what they may have open in memory. */
  readonly totalInflightBytes: number;
}

interface Sized {
  readonly size: number;
}

/** A bounded queue of messages. */
export class Queue<Item extends Sized> {
  readonly #bounds: QueueBounds;
  #items: (Item | undefined)[] = [];
  #head = 0;
  #bytes = 0;
  readonly #totals: Totals;

  constructor(bounds: QueueBounds, totals: Totals) {
    this.#bounds = bounds;
    this.#totals = totals;
  }

  get length(): number {
    return this.#items.length - this.#head;
  }

  /** Bytes that wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** A quarter of a bound, or half of all memory, is used: publishers of a connected session should slow down. */
  get isHigh(): boolean {
    const { messages, bytes, messagesInMemory } = this.#bounds;
    if (this.#totals.messagesInMemory * 2 > messagesInMemory) return true;
    return this.length * 4 > messages || this.#bytes * 4 > bytes;
  }

  /** Less than an eighth of each bound is used: they may go on. */
  get isLow(): boolean {
    return this.length * 8 <= this.#bounds.messages && this.#bytes * 8 <= this.#bounds.bytes;
  }

  /** Adds `item` at the end. Returns what was dropped for it: itself, or older ones. */
  add(item: Item): { readonly isTaken: boolean; readonly dropped: readonly Item[] } {
    let dropped: Item[] | undefined;
    while (this.#isFullFor(item)) {
      const oldest = this.#bounds.overflow === 'drop-oldest' ? this.shift() : undefined;
      dropped ??= [];
      dropped.push(oldest ?? item);
      if (oldest === undefined) return { isTaken: false, dropped };
    }
    this.#items.push(item);
    this.#bytes += item.size;
    this.#totals.queuedMessages++;
    this.#totals.messagesInMemory++;
    this.#totals.queuedBytes += item.size;
    return dropped === undefined ? TAKEN : { isTaken: true, dropped };
  }

  /** The oldest, still in the queue. */
  peek(): Item | undefined {
    return this.#items[this.#head];
  }

  /** Takes the oldest out. */
  shift(): Item | undefined {
    const item = this.#items[this.#head];
    if (item === undefined) return undefined;
    this.#items[this.#head++] = undefined;
    this.#bytes -= item.size;
    this.#totals.queuedMessages--;
    this.#totals.messagesInMemory--;
    this.#totals.queuedBytes -= item.size;
    if (this.#head === this.#items.length) {
      this.#items = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#items.length) {
      this.#items = this.#items.slice(this.#head);
      this.#head = 0;
    }
    return item;
  }

  /** What waits, oldest first. */
  *[Symbol.iterator](): Generator<Item> {
    for (let i = this.#head; i < this.#items.length; i++) {
      const item = this.#items[i];
      if (item !== undefined) yield item;
    }
  }

  #isFullFor(item: Item): boolean {
    const { messages, bytes, totalMessages, totalBytes, messagesInMemory } = this.#bounds;
    const totals = this.#totals;
    return (
      totals.messagesInMemory >= messagesInMemory ||
      this.length >= messages ||
      this.#bytes + item.size > bytes ||
      totals.queuedMessages >= totalMessages ||
      totals.queuedBytes + item.size > totalBytes
    );
  }
}

const TAKEN = { isTaken: true, dropped: [] } as const;
