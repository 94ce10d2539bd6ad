/**
 * What waits for one kept session, as numbers: the store's keys in order and the sizes they are counted with, 12 bytes
 * a message however large it is. Bounded like `queue.ts`. Knows no store: what a key means is the flow's to ask.
 */
import type { DeliveryKey } from '../store/facts.ts';
import type { Totals } from '../totals.ts';
import type { QueueBounds } from './queue.ts';

/** Keys of waiting messages. */
export class KeptQueue {
  readonly #bounds: QueueBounds;
  readonly #totals: Totals;
  #keys: DeliveryKey[] = [];
  #sizes: number[] = [];
  #head = 0;
  #bytes = 0;

  constructor(bounds: QueueBounds, totals: Totals) {
    this.#bounds = bounds;
    this.#totals = totals;
  }

  get length(): number {
    return this.#keys.length - this.#head;
  }

  /** A quarter of a bound is used: publishers of a connected session should slow down. */
  get isHigh(): boolean {
    return this.length * 4 > this.#bounds.messages || this.#bytes * 4 > this.#bounds.bytes;
  }

  /** Less than an eighth of each bound is used: they may go on. */
  get isLow(): boolean {
    return this.length * 8 <= this.#bounds.messages && this.#bytes * 8 <= this.#bounds.bytes;
  }

  /** Whether `size` more bytes are one message too many. */
  isFullFor(size: number): boolean {
    const { messages, bytes, totalMessages, totalBytes } = this.#bounds;
    const { queuedMessages, queuedBytes } = this.#totals;
    return (
      this.length >= messages ||
      this.#bytes + size > bytes ||
      queuedMessages >= totalMessages ||
      queuedBytes + size > totalBytes
    );
  }

  /** Adds one at the end, whatever the bounds say. */
  add(key: DeliveryKey, size: number): void {
    this.#keys.push(key);
    this.#sizes.push(size);
    this.#count(1, size);
  }

  /** The size of the oldest; 0 when there is none. */
  get nextSize(): number {
    return this.#sizes[this.#head] ?? 0;
  }

  /** Takes the oldest out; 0 when there is none. */
  shift(): DeliveryKey {
    const key = this.#keys[this.#head];
    if (key === undefined) return 0;
    this.#count(-1, -(this.#sizes[this.#head] ?? 0));
    this.#head++;
    if (this.#head === this.#keys.length) {
      this.#keys = [];
      this.#sizes = [];
      this.#head = 0;
    } else if (this.#head >= 1024 && this.#head * 2 > this.#keys.length) {
      this.#keys = this.#keys.slice(this.#head);
      this.#sizes = this.#sizes.slice(this.#head);
      this.#head = 0;
    }
    return key;
  }

  #count(messages: number, bytes: number): void {
    this.#bytes += bytes;
    this.#totals.queuedMessages += messages;
    this.#totals.queuedBytes += bytes;
  }
}
