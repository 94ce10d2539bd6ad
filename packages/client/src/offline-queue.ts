/**
 * Messages that `publish` accepted and that cannot leave yet: no connection, the server's window is full, or the
 * network is slower than the caller. Bounded in messages and bytes.
 * Knows no packet and no connection.
 */
import { MqttError } from './errors.ts';
import { Fifo, type Place } from './fifo.ts';
import * as words from './words.ts';

/** What a queue needs to know of a message. */
export interface Queueable {
  readonly payload: Uint8Array;
  readonly qos: 0 | 1 | 2;
  /** Where it waits; the queue's own. */
  place?: Place<Queueable> | undefined;
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
  protected readonly lines: readonly [Fifo<Queueable>, Fifo<Queueable>] = [new Fifo(), new Fifo()];
  /** Payload bytes that wait. */
  bytes = 0;

  constructor(limits: QueueLimits) {
    this.#limits = limits;
  }

  /** How many messages wait. */
  get size(): number {
    return this.lines[0].size + this.lines[1].size;
  }

  /** Whether there is room for one more. */
  protected hasRoom({ payload }: Item): boolean {
    const { maximumQueuedMessages, maximumQueuedBytes } = this.#limits;
    return this.size < maximumQueuedMessages && this.bytes + payload.length <= maximumQueuedBytes;
  }

  /** Puts a message at the end of its line. @throws MqttError QUEUE_FULL */
  push(item: Item): void {
    if (!this.hasRoom(item)) throw queueFull();
    this.add(item);
  }

  /** Puts a message into its line whatever the bound: at the end, or before all others. */
  add(item: Item, isFirst = false): void {
    const line = this.lines[item.qos && 1];
    item.place = line.push(item, isFirst ? line.first : undefined);
    this.bytes += item.payload.length;
  }

  /** The first message of QoS 0, or the first of QoS 1 and 2; it stays. */
  peek(line: 0 | 1): Item | undefined {
    return this.lines[line].first.item as Item | undefined;
  }

  /** Takes a message out. false: it did not wait. */
  remove(item: Item): boolean {
    if (!item.place) return false;
    this.lines[item.qos && 1].remove(item.place);
    item.place = undefined;
    this.bytes -= item.payload.length;
    return true;
  }

  /** Takes everything out, each line in its order. */
  takeAll(): Item[] {
    this.bytes = 0;
    return this.lines.flatMap((line) => line.takeAll() as Item[]);
  }
}

/** There was no room, for the message or for it to stay. */
export function queueFull(): MqttError {
  return new MqttError('QUEUE_FULL', words.queueFull);
}
