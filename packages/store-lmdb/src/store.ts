/**
 * The durable store: takes facts, gives keys and tickets, reads messages when they are wanted. What is told goes into
 * `Changes`, and from there to disk with `Commits`. Knows no byte of a record.
 */
import { setTimeout as pause } from 'node:timers/promises';
import type {
  Delivery,
  DeliveryKey,
  KeptDelivery,
  KeptMessage,
  KeptSession,
  KeptSubscription,
  KeptWill,
  Restored,
  RetainedKey,
  SessionKey,
  Store,
  StoreWatcher,
  Ticket,
} from '@mqtt/broker/store';
import { type CommitOptions, Commits } from './commits.ts';
import { Copies } from './copies.ts';
import { OwnedError, StoreError } from './errors.ts';
import { isEnding } from './file/ending.ts';
import { StoreFile } from './file/file.ts';
import { damaged } from './file/header.ts';
import { RECORD_NAMES, TABLE_NUMBERS, type TableName } from './file/tables.ts';
import { Keys } from './keys.ts';
import { type Entry, type Index, Loading, newEntry } from './load.ts';
import { migrate } from './migrate.ts';
import { Sent } from './progress.ts';
import { type Reader, RecordError } from './records/bytes.ts';
import { verified } from './records/checksum.ts';
import { copyOfProperties, readMessage } from './records/message.ts';
import { type Found, readDelivery, readSharedMessage } from './records/queue.ts';
import type { SessionRecord } from './records/session.ts';
import { Sharing } from './sharing.ts';

/** How a store is opened, with every default filled in. */
export interface StoreSettings extends CommitOptions {
  readonly path: string;
  readonly isSynced: boolean;
  /** Told of the process that is waited for, when it has the folder and is ending. */
  readonly onWait?: ((pid: number) => void) | undefined;
}

/** ms that a process which is ending is waited for, and between two looks. */
const PATIENCE = 2000;
const LOOK = 50;

const NOBODY: StoreWatcher = { durable: () => {}, full: () => {}, failed: () => {}, damaged: () => {} };

/** Keeps facts in an lmdb file. */
export class LmdbStore implements Store {
  readonly #settings: StoreSettings;
  readonly #copies = new Copies();
  readonly #index: Index = { sessions: new Map(), sent: new Sent(), sharing: new Sharing(), newest: 0 };
  readonly #readDelivery = (reader: Reader): Found | undefined => readDelivery(reader, this.#copies);
  readonly #readMessage = (reader: Reader): KeptMessage | undefined =>
    readSharedMessage(reader, this.#copies);
  readonly #readRetained = (reader: Reader): KeptMessage => readMessage(reader, this.#copies);
  #watcher: StoreWatcher = NOBODY;
  #file: StoreFile | undefined;
  #commits: Commits | undefined;
  #newest: Ticket = 0;

  constructor(settings: StoreSettings) {
    this.#settings = settings;
  }

  get newest(): Ticket {
    return this.#newest;
  }

  get durable(): Ticket {
    return this.#commits?.durable ?? 0;
  }

  get isFull(): boolean {
    return this.#commits?.isFull ?? false;
  }

  /** Bytes that records take on disk, free pages left out; 0 before `load`. */
  get liveBytes(): number {
    return this.#file?.liveBytes ?? 0;
  }

  /** Bytes of the file, free pages included; 0 before `load`. */
  get fileBytes(): number {
    return this.#file?.bytes ?? 0;
  }

  watch(watcher: StoreWatcher): void {
    this.#watcher = watcher;
  }

  async load(restored: Restored): Promise<void> {
    if (this.#file !== undefined)
      throw new StoreError('STORE_IN_USE', `${this.#file.name} is loaded already.`);
    const file = await this.#opened();
    const commits = new Commits(file, this.#index.sharing, this.#watcher, this.#settings);
    this.#file = file;
    this.#commits = commits; // what is handed over may be read at once
    try {
      migrate(file);
      this.#index.newest = file.newestKey;
      let isSound = true;
      const loading = new Loading(file, this.#index, restored, (...damage) => {
        isSound = false;
        this.#setAside(...damage);
      });
      const orphans = await loading.run();
      for (const [table, key] of orphans) commits.pending[table].removals.add(key);
      if (orphans.length > 0 || !isSound) this.#told();
      commits.begin();
    } catch (error) {
      this.#file = undefined;
      this.#commits = undefined;
      await file.close();
      if (error instanceof StoreError || !isFromLmdb(error)) throw error;
      throw damaged(file.name, error.message, error);
    }
  }

  /** Its file, as soon as a process that had it and is ending has ended. */
  async #opened(): Promise<StoreFile> {
    const { path, isSynced, onWait } = this.#settings;
    for (let waited = 0; ; waited += LOOK) {
      try {
        return new StoreFile({ path, isSynced, isReadOnly: false });
      } catch (error) {
        const isOver = waited >= PATIENCE || !(error instanceof OwnedError) || !isEnding(error.owner);
        if (isOver) throw error;
        if (waited === 0) onWait?.(error.owner);
        await pause(LOOK);
      }
    }
  }

  opened(session: KeptSession): SessionKey {
    const commits = this.#open();
    const key = this.#nextKey();
    this.#index.sessions.set(key, newEntry());
    if (this.#told()) commits.pending.sessions.put(key, recordOf(session), true);
    return key;
  }

  changed(session: SessionKey, state: KeptSession): void {
    if (this.#told()) this.#open().pending.sessions.put(session, recordOf(state), false);
  }

  ended(session: SessionKey): void {
    const { subscriptions, held } = this.#entry(session);
    this.#index.sessions.delete(session);
    if (!this.#told()) return;
    const { pending } = this.#open();
    pending.sessions.remove(session);
    for (const key of subscriptions?.values() ?? []) pending.subscriptions.remove(key);
    for (const key of held?.values() ?? []) pending.held.remove(key);
  }

  subscribed(session: SessionKey, subscription: KeptSubscription): void {
    this.unsubscribed(session, subscription.topicFilter);
    const key = this.#nextKey();
    const entry = this.#entry(session);
    entry.subscriptions ??= new Keys();
    entry.subscriptions.set(subscription.topicFilter, key);
    if (this.#told()) this.#open().pending.subscriptions.put(key, { session, subscription }, true);
  }

  unsubscribed(session: SessionKey, topicFilter: string): void {
    const { subscriptions } = this.#entry(session);
    const key = subscriptions?.get(topicFilter);
    if (this.#told() && key !== undefined) this.#open().pending.subscriptions.remove(key);
    subscriptions?.delete(topicFilter);
  }

  queued(session: SessionKey, message: KeptMessage, delivery: Delivery): DeliveryKey {
    const { pending } = this.#open();
    let body = pending.bodyOf(message);
    if (body === undefined) {
      // Before its deliveries, so that loading has seen it when it comes to them.
      body = { message: this.#copies.of(message), key: this.#nextKey(), references: 0 };
      pending.remember(message, body);
    }
    const key = this.#nextKey();
    if (!this.#told()) return key;
    body.references++;
    const { qos, retain, identifiers, share } = delivery;
    pending.queue.put(key, { session, qos, retain, identifiers, share, body, progress: undefined }, true);
    return key;
  }

  sent(delivery: DeliveryKey, packetId: number): void {
    const { sent } = this.#index;
    const owed = this.#told() ? this.#open().pending.owed(delivery) : undefined;
    if (owed !== undefined) owed.progress = { packetId, isReleased: false };
    if (owed !== undefined || this.#open().failure !== undefined) sent.withItself(delivery, packetId);
    else sent.together(this.#open().pending.progress, delivery, packetId, this.#newKey);
  }

  released(delivery: DeliveryKey): void {
    const { sent } = this.#index;
    const packetId = sent.packetIdOf(delivery);
    if (packetId === undefined) throw new RangeError(`delivery ${delivery} was never sent`);
    if (!this.#told()) return;
    const { pending } = this.#open();
    const owed = pending.owed(delivery);
    if (owed !== undefined) owed.progress = { packetId, isReleased: true };
    else sent.released(pending.progress, delivery, packetId);
  }

  settled(delivery: DeliveryKey): void {
    const { sent, sharing } = this.#index;
    if (!this.#told()) {
      sent.forget(delivery);
      return;
    }
    const { pending } = this.#open();
    sent.settled(pending.progress, delivery);
    if (pending.settle(delivery)) {
      sharing.release(delivery);
      return;
    }
    pending.queue.remove(delivery);
    const message = sharing.release(delivery);
    if (message !== undefined) pending.queue.remove(message);
  }

  delivery(delivery: DeliveryKey): KeptDelivery | undefined {
    const { pending, flying } = this.#open();
    const owed = pending.owed(delivery) ?? flying?.owed(delivery);
    if (owed !== undefined) return keptOf(owed, owed.body.message);
    const found = this.#read('queue', delivery, this.#readDelivery);
    if (found === undefined || found.key === undefined) return hasMessage(found) ? found : undefined;
    const message = this.#read('queue', found.key, this.#readMessage);
    return message && keptOf(found, message);
  }

  held(session: SessionKey, packetId: number): void {
    const entry = this.#entry(session);
    if (entry.held?.get(packetId) !== undefined) {
      this.#told();
      return;
    }
    const key = this.#nextKey();
    entry.held ??= new Keys();
    entry.held.set(packetId, key);
    if (this.#told()) this.#open().pending.held.put(key, { session, packetId }, true);
  }

  unheld(session: SessionKey, packetId: number): void {
    const { held } = this.#entry(session);
    const key = held?.get(packetId);
    if (this.#told() && key !== undefined) this.#open().pending.held.remove(key);
    held?.delete(packetId);
  }

  retained(message: KeptMessage): RetainedKey {
    const key = this.#nextKey();
    if (this.#told()) this.#open().pending.retained.put(key, this.#copies.of(message), true);
    return key;
  }

  cleared(retained: RetainedKey): void {
    if (this.#told()) this.#open().pending.retained.remove(retained);
  }

  retainedMessage(retained: RetainedKey): KeptMessage | undefined {
    const { pending, flying } = this.#open();
    const message = pending.message(retained) ?? flying?.message(retained);
    if (message !== undefined) return message;
    return this.#read('retained', retained, this.#readRetained);
  }

  /** @throws {StoreError} STORE_FULL, STORE_FAILED: what is lost stands in the message */
  async close(): Promise<void> {
    const file = this.#file;
    if (file === undefined) return;
    try {
      await this.#commits?.finish();
    } finally {
      this.#file = undefined;
      await file.close();
    }
  }

  #open(): Commits {
    if (this.#commits === undefined || this.#file === undefined)
      throw new StoreError(
        'STORE_CLOSED',
        'The store is not open: await load() first, tell nothing after close().',
      );
    return this.#commits;
  }

  /** One fact more; false when it will not be kept, because the disk failed. */
  #told(): boolean {
    const commits = this.#open();
    this.#newest++;
    if (commits.failure !== undefined) return false;
    commits.told(this.#newest);
    return true;
  }

  readonly #newKey = (): number => this.#nextKey();

  #nextKey(): number {
    this.#index.newest++;
    return this.#index.newest;
  }

  #entry(session: SessionKey): Entry {
    const entry = this.#index.sessions.get(session);
    if (entry === undefined) throw new RangeError(`session ${session} is not open`);
    return entry;
  }

  /** A record of the file, as long as it is sound; its bytes are a view until the next read: who keeps them copies. */
  #read<T>(table: TableName, key: number, read: (reader: Reader) => T): T | undefined {
    const { pending, flying } = this.#open();
    if (pending[table].removals.has(key) || flying?.[table].removals.has(key) === true) return undefined;
    const record = this.#file?.view(table, key);
    if (record === undefined) return undefined;
    const reader = verified(table, key, record);
    const what = `${RECORD_NAMES[table]} (record ${key})`;
    try {
      if (reader !== undefined) return read(reader);
      this.#setAside(table, key, record, `${what}: its checksum is wrong`);
    } catch (error) {
      if (!(error instanceof RecordError)) throw error;
      this.#setAside(table, key, record, `${what}: ${error.message}`);
    }
    this.#told();
    return undefined;
  }

  /** Moves a record out of the way and says so, after the turn in which it was found. */
  #setAside(table: TableName, key: number, record: Uint8Array, what: string): void {
    const { pending } = this.#open();
    pending[table].removals.add(key);
    pending.quarantine.put(
      this.#nextKey(),
      { table: TABLE_NUMBERS[table], key, record: new Uint8Array(record), what },
      true,
    );
    queueMicrotask(() => this.#watcher.damaged(what));
  }
}

function recordOf(session: KeptSession): SessionRecord {
  const { clientId, identity, expiryInterval, awaySince, client, will } = session;
  const kept = { clientId, identity, expiryInterval, awaySince, client, will: will && copyOfWill(will) };
  return { session: kept, client: JSON.stringify(client) };
}

function copyOfWill(will: KeptWill): KeptWill {
  return { ...will, payload: new Uint8Array(will.payload), properties: copyOfProperties(will.properties) };
}

function keptOf({ qos, retain, identifiers, share }: Delivery, message: KeptMessage): KeptDelivery {
  return { qos, retain, identifiers, share, message };
}

function hasMessage(found: Found | undefined): found is Found & KeptDelivery {
  return found?.message !== undefined;
}

/** An error that lmdb made of a code of its own, e.g. MDB_CORRUPTED. */
function isFromLmdb(error: unknown): error is Error {
  return error instanceof Error && 'code' in error && typeof error.code === 'number';
}
