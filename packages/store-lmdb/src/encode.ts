/**
 * Makes a transaction of what is pending: every removal, every record as bytes with its checksum. Decides whether a
 * delivery holds its message or shares it. Knows no commit and no room.
 */
import type { DeliveryKey } from '@mqtt/broker/store';
import type { Body, Owed, Pending } from './changes.ts';
import type { StoreFile, Table } from './file/file.ts';
import type { TableName } from './file/tables.ts';
import { type Chunks, mostBytes, Writer } from './records/bytes.ts';
import { CHECKSUM_BYTES, checksum } from './records/checksum.ts';
import { messageBytes, writeMessage } from './records/message.ts';
import {
  deliveryBytes,
  messageRecordBytes,
  type QueueRecord,
  writeDelivery,
  writeMessageRecord,
} from './records/queue.ts';
import {
  progressBytes,
  SMALL_BYTES,
  sessionBytes,
  subscriptionBytes,
  writeHeld,
  writeProgress,
  writeSession,
  writeSubscription,
} from './records/session.ts';
import type { Sharing } from './sharing.ts';

/** One transaction: made whole before any of it is handed to lmdb, which could not take half of it back. */
export class Encoding {
  /** Bytes of all records. */
  bytes = 0;
  readonly #file: StoreFile;
  readonly #chunks: Chunks;
  readonly #writer: Writer;
  readonly #removals: (readonly [Table, ReadonlySet<number>])[] = [];
  readonly #tables: Table[] = [];
  readonly #keys: number[] = [];
  readonly #records: Uint8Array[] = [];

  constructor(file: StoreFile, chunks: Chunks) {
    this.#file = file;
    this.#chunks = chunks;
    this.#writer = new Writer(chunks);
  }

  /** Whether there is nothing to write: all that was told is over already. */
  get isEmpty(): boolean {
    return this.#records.length === 0 && this.#removals.length === 0;
  }

  /** The memory of the records may be used again: lmdb has them. */
  done(): void {
    this.#chunks.giveBack(this.#writer.used);
  }

  /** Hands all of it to lmdb; to be called inside `file.commit`. */
  write(): void {
    for (const [table, keys] of this.#removals) for (const key of keys) void table.remove(key);
    for (const [index, record] of this.#records.entries()) {
      const key = this.#keys[index];
      if (key !== undefined) void this.#tables[index]?.put(key, record);
    }
  }

  encode(pending: Pending, sharing: Sharing): void {
    this.#each('sessions', pending.sessions, sessionBytes, writeSession);
    this.#each('subscriptions', pending.subscriptions, subscriptionBytes, writeSubscription);
    this.#each('held', pending.held, () => SMALL_BYTES, writeHeld);
    this.#each('progress', pending.progress, progressBytes, writeProgress);
    this.#each('retained', pending.retained, messageBytes, writeMessage);
    this.#queue(pending, sharing);
    this.#quarantine(pending);
  }

  /** A record of the queue as it stands, with the keys that are in it. */
  queueRecord(key: DeliveryKey, record: QueueRecord): void {
    if (record.kind === 'message') {
      this.#writer.begin(messageRecordBytes(record.message) + CHECKSUM_BYTES);
      writeMessageRecord(this.#writer, record.message);
    } else {
      this.#writer.begin(deliveryBytes(record.head, record.body) + CHECKSUM_BYTES);
      writeDelivery(this.#writer, record.head, record.body);
    }
    this.#put(this.#file.tables.queue, 'queue', key);
  }

  #each<T>(
    table: TableName,
    { puts, removals }: { readonly puts: ReadonlyMap<number, T>; readonly removals: ReadonlySet<number> },
    bytes: (value: T) => number,
    write: (writer: Writer, value: T) => void,
  ): void {
    const into = this.#file.tables[table];
    this.#remove(into, removals);
    for (const [key, value] of puts) {
      this.#writer.begin(bytes(value) + CHECKSUM_BYTES);
      write(this.#writer, value);
      this.#put(into, table, key);
    }
  }

  #queue({ queue }: Pending, sharing: Sharing): void {
    const into = this.#file.tables.queue;
    const written = new Set<Body>();
    this.#remove(into, queue.removals);
    for (const [key, owed] of queue.puts) {
      const { body } = owed;
      if (body.references > 1 && !written.has(body)) {
        written.add(body);
        this.#writer.begin(messageRecordBytes(body.message) + CHECKSUM_BYTES);
        writeMessageRecord(this.#writer, body.message);
        this.#put(into, 'queue', body.key);
      }
      this.#delivery(into, key, owed, sharing);
    }
  }

  #delivery(into: Table, key: DeliveryKey, owed: Owed, sharing: Sharing): void {
    const { message, key: messageKey, references } = owed.body;
    const isAlone = references === 1;
    const where = isAlone ? { message } : { key: messageKey, size: message.size };
    if (isAlone) sharing.release(key);
    else sharing.add(key, messageKey);
    this.#writer.begin(deliveryBytes(owed, where) + CHECKSUM_BYTES);
    writeDelivery(this.#writer, owed, where);
    this.#put(into, 'queue', key);
  }

  /** As it was found: with the number of its table, its key and what was said of it, without a checksum. */
  #quarantine({ quarantine }: Pending): void {
    const into = this.#file.quarantine;
    for (const [key, { table, key: was, record, what }] of quarantine.puts) {
      this.#writer.begin(SMALL_BYTES + mostBytes(what) + record.length);
      this.#writer.byte(table);
      this.#writer.varint(was);
      this.#writer.text(what);
      this.#writer.raw(record);
      this.#keep(into, key, this.#writer.end());
    }
  }

  #put(into: Table, table: TableName, key: number): void {
    this.#writer.u32(checksum(table, key, this.#writer.end()));
    this.#keep(into, key, this.#writer.end());
  }

  #keep(into: Table, key: number, record: Uint8Array): void {
    this.bytes += record.length;
    this.#tables.push(into);
    this.#keys.push(key);
    this.#records.push(record);
  }

  #remove(from: Table, keys: ReadonlySet<number>): void {
    if (keys.size > 0) this.#removals.push([from, keys]);
  }
}
