/**
 * Messages that `publish` accepted and that cannot leave yet: no connection, the server's window is full, or the
 * network is slower than the caller. Bounded in messages and bytes; what comes over the bound is refused, because
 * what was accepted is a promise. Knows no packet and no connection.
 */
import { MqttError } from './errors.ts';
import { Fifo } from './fifo.ts';

/** What a queue needs to know of a message. */
export interface Queueable {
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** Its promise is not settled; what is settled while it waits leaves the queue. */
  readonly open: boolean;
}

/** Bounds of an `OfflineQueue`. */
export interface QueueLimits {
  readonly maximumQueuedMessages: number;
  /** Payload bytes. */
  readonly maximumQueuedBytes: number;
}

/** Two lines, one bound: QoS 0 need not wait for the window that QoS 1 and 2 wait for (§4.6 orders within a QoS). */
export class OfflineQueue<Item extends Queueable> {
  readonly #limits: QueueLimits;
  readonly #lines: readonly [atMostOnce: Fifo<Item>, acknowledged: Fifo<Item>] = [new Fifo(), new Fifo()];
  #messages = 0;
  #bytes = 0;
  #dead = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** How many open messages wait. */
  get size(): number {
    return this.#messages;
  }

  /** How many payload bytes wait. */
  get bytes(): number {
    return this.#bytes;
  }

  /** Puts a message at the end of its line. @throws MqttError QUEUE_FULL */
  push(item: Item): void {
    const { maximumQueuedMessages, maximumQueuedBytes } = this.#limits;
    if (this.#messages >= maximumQueuedMessages || this.#bytes + item.payload.length > maximumQueuedBytes) {
      throw new MqttError(
        'QUEUE_FULL',
        `${this.#messages} messages of ${this.#bytes} bytes wait to be sent already; await publish, or raise maximumQueuedMessages or maximumQueuedBytes`,
      );
    }
    this.#lines[item.qos === 0 ? 0 : 1].push(item);
    this.#messages += 1;
    this.#bytes += item.payload.length;
  }

  /** The first open message of a line, which stays. */
  peek(line: 'atMostOnce' | 'acknowledged'): Item | undefined {
    const fifo = this.#lines[line === 'atMostOnce' ? 0 : 1];
    for (;;) {
      const item = fifo.peek();
      if (item === undefined || item.open) return item;
      fifo.shift();
      this.#dead -= 1;
    }
  }

  /** Takes out what `peek` gave. */
  shift(line: 'atMostOnce' | 'acknowledged'): void {
    const item = this.#lines[line === 'atMostOnce' ? 0 : 1].shift();
    if (item !== undefined) this.#forget(item);
  }

  /** Says that `item`, which waits here, is open no longer. */
  closed(item: Item): void {
    this.#forget(item);
    this.#dead += 1;
    if (this.#dead < 64 || this.#dead < this.#messages) return;
    for (const line of this.#lines) line.filter((waiting) => waiting.open);
    this.#dead = 0;
  }

  /** Takes everything out, each line in its order. */
  takeAll(): Item[] {
    const items = this.#lines.flatMap((line) => line.takeAll()).filter((item) => item.open);
    this.#messages = 0;
    this.#bytes = 0;
    this.#dead = 0;
    return items;
  }

  #forget(item: Item): void {
    this.#messages -= 1;
    this.#bytes -= item.payload.length;
  }
}
