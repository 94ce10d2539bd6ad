/**
 * What one session that no store keeps has in flight, with its bytes counted for it and for all sessions together.
 * Windows and packet ids are `@mqtt/session`'s. Knows no connection and no queue.
 */
import { Outbound } from '@mqtt/session';
import type { Totals } from '../totals.ts';
import type { QueueBounds } from './queue.ts';
import type { Sending } from './sending.ts';

/** What all sessions of a broker share. */
interface Shared {
  readonly bounds: QueueBounds;
  readonly totals: Totals;
  /** Bytes that may be in flight to one client; one message always may. */
  readonly inflightBytes: number;
}

/** The sending flows of one session. */
export class CountedOutbound extends Outbound<Sending> {
  readonly #shared: Shared;
  /** Bytes in flight; a QoS 2 message after PUBREC has none any more. */
  #bytes = 0;

  constructor(shared: Shared, receiveMaximum: number) {
    super(receiveMaximum);
    this.#shared = shared;
  }

  /** Whether a bound of bytes or messages in flight, to this client or to all, keeps `size` more back; one may always go. */
  isCrowded(size: number): boolean {
    if (this.#bytes === 0) return false;
    const { inflightBytes, bounds, totals } = this.#shared;
    if (this.#bytes + size > inflightBytes || totals.inflightBytes + size > bounds.totalInflightBytes)
      return true;
    return totals.messagesInMemory >= bounds.messagesInMemory;
  }

  override send(sending: Sending, qos: 1 | 2): number {
    const packetId = super.send(sending, qos);
    if (packetId > 0) this.#count(1, sending.size);
    return packetId;
  }

  override puback(packetId: number): 'settled' | 'unknown' {
    const sending = this.item(packetId);
    return this.#left(sending, super.puback(packetId));
  }

  override pubrec(packetId: number, reasonCode?: number): 'release' | 'settled' | 'unknown' {
    const sending = this.item(packetId);
    return this.#left(sending, super.pubrec(packetId, reasonCode));
  }

  override discard(packetId: number): 'settled' | 'unknown' {
    const sending = this.item(packetId);
    return this.#left(sending, super.discard(packetId));
  }

  /** The session ends: nothing of it counts any more. */
  uncount(): void {
    for (const fact of this.facts()) if (fact.fact === 'sent') this.#count(-1, fact.item.size);
  }

  #left<Verdict extends string>(sending: Sending | undefined, verdict: Verdict): Verdict {
    if (sending !== undefined && verdict !== 'unknown') this.#count(-1, sending.size);
    return verdict;
  }

  #count(change: 1 | -1, size: number): void {
    const { totals } = this.#shared;
    this.#bytes += change * size;
    totals.inflightBytes += change * size;
    totals.messagesInMemory += change;
  }
}
