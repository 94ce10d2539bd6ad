/**
 * What was kept, handed over record by record without holding up the event loop. A record that is damaged, or whose
 * session or message is gone, is reported and set aside. Knows no facts that are told later.
 */
import { setImmediate } from 'node:timers/promises';
import type { DeliveryKey, Progress, Restored, SessionKey } from '@mqtt/broker/store';
import { entriesOf, type StoreFile } from './file/file.ts';
import { RECORD_NAMES, TABLES, type TableName } from './file/tables.ts';
import { Keys } from './keys.ts';
import type { Sent } from './progress.ts';
import { type Reader, RecordError } from './records/bytes.ts';
import { verified } from './records/checksum.ts';
import { readMessageHead } from './records/message.ts';
import { type Head, readQueueHead } from './records/queue.ts';
import {
  type ProgressRecord,
  readHeld,
  readProgress,
  readSession,
  readSubscription,
} from './records/session.ts';
import type { Sharing } from './sharing.ts';

/** Longest that one stretch of reading lasts, ms. */
const STRETCH = 8;
/** Records between two looks at the clock; large ones take longer, so it is few. */
const STRIDE = 32;
/** How many times `progress` is called, about. */
const REPORTS = 200;

/** What of a session the store itself remembers. */
export interface Entry {
  /** Topic filter -> key of its record. */
  subscriptions: Keys<string> | undefined;
  /** Packet id -> key of its record. */
  held: Keys<number> | undefined;
}

/** A session without anything: most have no packet id that is held. */
export function newEntry(): Entry {
  return { subscriptions: undefined, held: undefined };
}

/** What is remembered of all records. */
export interface Index {
  readonly sessions: Map<SessionKey, Entry>;
  readonly sent: Sent;
  readonly sharing: Sharing;
  /** The largest key that was ever given. */
  newest: number;
}

/** A record that is to be set aside. */
export type SetAside = (table: TableName, key: number, record: Uint8Array, what: string) => void;

/** Reads a file into an index and a `Restored`. */
export class Loading {
  readonly #file: StoreFile;
  readonly #index: Index;
  readonly #restored: Restored;
  readonly #setAside: SetAside;
  /** What the progress table says of deliveries, and in which record. */
  readonly #progress = new Map<DeliveryKey, ProgressRecord & { readonly record: number }>();
  readonly #records: number[] = [];
  /** Messages that deliveries may share -> whether one does. */
  readonly #messages = new Map<DeliveryKey, boolean>();
  readonly #total: number;
  #until = performance.now() + STRETCH;
  #done = 0;
  #reported = 0;

  constructor(file: StoreFile, index: Index, restored: Restored, setAside: SetAside) {
    this.#file = file;
    this.#index = index;
    this.#restored = restored;
    this.#setAside = setAside;
    this.#total = TABLES.reduce((sum, table) => sum + entriesOf(file.tables[table]), 0);
  }

  /** Hands everything over; keys of records that nothing needs any more. */
  async run(): Promise<readonly (readonly [TableName, number])[]> {
    const orphans: (readonly [TableName, number])[] = [];
    await this.#each('sessions', (key, reader) => this.#session(key, reader));
    await this.#each('subscriptions', (key, reader) => this.#subscription(key, reader));
    await this.#each('held', (key, reader) => this.#held(key, reader));
    await this.#each('progress', (key, reader) => this.#sent(key, reader));
    await this.#each('queue', (key, reader) => this.#queue(key, reader));
    await this.#each('retained', (key, reader) => {
      const { topic, size, expiresAt, arrivedAt } = readMessageHead(reader);
      this.#restored.retained(key, topic, size, expiresAt, arrivedAt);
    });
    for (const [key, isShared] of this.#messages) if (!isShared) orphans.push(['queue', key]);
    for (const key of this.#records) if (!this.#index.sent.needs(key)) orphans.push(['progress', key]);
    this.#restored.progress(this.#total, this.#total);
    return orphans;
  }

  /** Calls `take` for each sound record; it throws when what is in the record makes no sense. */
  async #each(table: TableName, take: (key: number, reader: Reader) => void): Promise<void> {
    let from = 0;
    for (let isOver = false; !isOver; ) {
      isOver = true;
      let count = 0;
      this.#file.scan(table, from, (key, record) => {
        this.#take(table, key, record, take);
        from = key + 1;
        if (++count % STRIDE !== 0 || performance.now() < this.#until) return true;
        isOver = false;
        return false;
      });
      this.#report();
      if (isOver) continue;
      await setImmediate();
      this.#until = performance.now() + STRETCH;
    }
  }

  #take(
    table: TableName,
    key: number,
    record: Uint8Array,
    take: (key: number, reader: Reader) => void,
  ): void {
    this.#done++;
    const reader = verified(table, key, record);
    if (reader === undefined) {
      this.#setAside(table, key, record, `${RECORD_NAMES[table]} (record ${key}): its checksum is wrong`);
      return;
    }
    try {
      take(key, reader);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#setAside(table, key, record, `${RECORD_NAMES[table]} (record ${key}): ${error.message}`);
    }
  }

  #report(): void {
    if (this.#done - this.#reported < this.#total / REPORTS) return;
    this.#reported = this.#done;
    this.#restored.progress(this.#done, Math.max(this.#total, this.#done));
  }

  #session(key: number, reader: Reader): void {
    const session = readSession(reader);
    this.#index.sessions.set(key, newEntry());
    this.#restored.session(key, session);
  }

  #subscription(key: number, reader: Reader): void {
    const { session, subscription } = readSubscription(reader);
    const entry = this.#entry(session);
    entry.subscriptions ??= new Keys();
    entry.subscriptions.set(subscription.topicFilter, key);
    this.#restored.subscription(session, subscription);
  }

  #held(key: number, reader: Reader): void {
    const { session, packetId } = readHeld(reader);
    const entry = this.#entry(session);
    entry.held ??= new Keys();
    entry.held.set(packetId, key);
    this.#restored.held(session, packetId);
  }

  /** A delivery's own record is the newer one: one that it shares with others says no more than that it was sent. */
  #sent(key: number, reader: Reader): void {
    const progress = readProgress(reader);
    this.#records.push(key);
    if (!('sent' in progress)) {
      this.#progress.set(key, { ...progress, record: key });
      return;
    }
    const { sent } = progress;
    for (let at = 0; at + 1 < sent.length; at += 2) {
      const [delivery = 0, packetId = 0] = sent.slice(at, at + 2);
      if (this.#progress.get(delivery)?.record === delivery) continue;
      this.#progress.set(delivery, { packetId, isReleased: false, record: key });
    }
  }

  #queue(key: number, reader: Reader): void {
    const record = readQueueHead(reader);
    if (record === undefined) {
      this.#messages.set(key, false);
      return;
    }
    const { head, size, sharedKey } = record;
    this.#entry(head.session);
    if (sharedKey !== undefined) {
      if (!this.#messages.has(sharedKey))
        throw new RecordError('the message that it shares with others is gone');
      this.#messages.set(sharedKey, true);
      this.#index.sharing.add(key, sharedKey);
    }
    this.#restored.delivery(head.session, key, head.qos, size, this.#progressOf(key, head));
  }

  /** The progress table has what came after the delivery's own record. */
  #progressOf(key: DeliveryKey, head: Head): Progress {
    const later = this.#progress.get(key);
    const progress = later ?? head.progress;
    if (progress === undefined) return { state: 'queued' };
    const { packetId, isReleased } = progress;
    this.#index.sent.restored(key, packetId, later?.record ?? 0);
    return { state: isReleased ? 'released' : 'sent', packetId };
  }

  #entry(session: SessionKey): Entry {
    const entry = this.#index.sessions.get(session);
    if (entry === undefined) throw new RecordError('its session is gone');
    return entry;
  }
}
