/**
 * What happens at the bound of an `OfflineQueue`, by option: the new message is refused, or one that waits has to go.
 */
import { OfflineQueue, type Queueable, type QueueLimits, queueFull } from '../offline-queue.ts';

/** Bounds, and who has to go when there is no room: the new one, the one that waits longest, or shortest. */
export interface DroppingLimits extends QueueLimits {
  readonly queueOverflow: 'reject' | 'drop-oldest' | 'drop-newest';
}

/** A queue that makes room. */
export class DroppingQueue<Item extends Queueable> extends OfflineQueue<Item> {
  readonly #limits: DroppingLimits;

  constructor(limits: DroppingLimits) {
    super(limits);
    this.#limits = limits;
  }

  /** Gives up what must go for `item`, QoS 0 before the others, and gives it. @throws MqttError QUEUE_FULL */
  makeRoom(item: Item): Item[] {
    const { maximumQueuedBytes, queueOverflow } = this.#limits;
    const dropped: Item[] = [];
    while (!this.hasRoom(item)) {
      const line = this.lines[0].size > 0 ? this.lines[0] : this.lines[1];
      const last = queueOverflow === 'drop-oldest' ? line.first.item : line.last.item;
      if (queueOverflow === 'reject' || item.payload.length > maximumQueuedBytes || last === undefined)
        throw queueFull();
      this.remove(last as Item);
      dropped.push(last as Item);
    }
    return dropped;
  }
}
