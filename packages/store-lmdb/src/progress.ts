/**
 * Which deliveries have a packet id, and which record says so: the delivery's own, one of the progress table for it alone,
 * or one for many that were sent one after the other, which is over when the last of them is. Knows no byte of a record.
 */
import type { DeliveryKey } from '@mqtt/broker/store';
import type { Changes } from './changes.ts';
import type { ProgressRecord, SentRecord } from './records/session.ts';

/** Deliveries of one record: with more, one that is never acknowledged would keep a larger record. */
const MOST_TOGETHER = 64;
/** A record's key is told beside a packet id, which is below this. */
const RECORD = 0x1_0000;

type Table = Changes<ProgressRecord | SentRecord>;

/** What is known of deliveries that were sent. */
export class Sent {
  /** Packet id, and RECORD times the key of the record that says so; 0 times when the delivery's own record does. */
  readonly #known = new Map<DeliveryKey, number>();
  /** Records of many -> how many of their deliveries need them. */
  readonly #needed = new Map<number, number>();
  #open: { readonly table: Table; readonly key: number; readonly sent: number[] } | undefined;

  /** The packet id of a delivery; undefined for one that was never sent. */
  packetIdOf(delivery: DeliveryKey): number | undefined {
    const known = this.#known.get(delivery);
    return known === undefined ? undefined : known % RECORD;
  }

  /** It was sent, and its own record, which is not written yet, says so. */
  withItself(delivery: DeliveryKey, packetId: number): void {
    this.#known.set(delivery, packetId);
  }

  /** It was sent: goes into a record with others of the same commit. `newKey` gives a key for one. */
  together(table: Table, delivery: DeliveryKey, packetId: number, newKey: () => number): void {
    let open = this.#open;
    if (open === undefined || open.table !== table || open.sent.length === 2 * MOST_TOGETHER) {
      open = { table, key: newKey(), sent: [] };
      this.#open = open;
      table.put(open.key, { sent: open.sent }, true);
    }
    open.sent.push(delivery, packetId);
    this.restored(delivery, packetId, open.key);
  }

  /** It was released, and its own record is written already: one of the progress table says it. */
  released(table: Table, delivery: DeliveryKey, packetId: number): void {
    const isNew = this.#recordOf(delivery) !== delivery;
    this.#leave(table, delivery);
    table.put(delivery, { packetId, isReleased: true }, isNew);
    this.#known.set(delivery, packetId + delivery * RECORD);
  }

  /** It is over. */
  settled(table: Table, delivery: DeliveryKey): void {
    if (this.#recordOf(delivery) === delivery) table.remove(delivery);
    else this.#leave(table, delivery);
    this.#known.delete(delivery);
  }

  /** The record `record` says that it was sent with `packetId`; 0: its own one does. */
  restored(delivery: DeliveryKey, packetId: number, record: number): void {
    this.#known.set(delivery, packetId + record * RECORD);
    if (record !== 0 && record !== delivery) this.#needed.set(record, (this.#needed.get(record) ?? 0) + 1);
  }

  /** Whether some delivery needs this record. */
  needs(record: number): boolean {
    return this.#needed.has(record) || this.#recordOf(record) === record;
  }

  /** It is over, and nothing is kept any more. */
  forget(delivery: DeliveryKey): void {
    this.#known.delete(delivery);
  }

  #recordOf(delivery: DeliveryKey): number {
    return Math.floor((this.#known.get(delivery) ?? 0) / RECORD);
  }

  /** The record that it shares with others is needed by one less. */
  #leave(table: Table, delivery: DeliveryKey): void {
    const record = this.#recordOf(delivery);
    const needed = this.#needed.get(record);
    if (needed === undefined) return;
    if (needed > 1) {
      this.#needed.set(record, needed - 1);
      return;
    }
    this.#needed.delete(record);
    table.remove(record);
    if (this.#open?.key === record) this.#open = undefined;
  }
}
