/**
 * A store in IndexedDB, for pages and workers: a batch of facts is one transaction. Written against the platform
 * itself, which takes 60 lines here, so that a page needs no package for it. Who else has it open? Web Locks say.
 */
import type { Fact, Kept, Store, StoredMessage } from '../store.ts';
import { durable, type OpenBackend } from './keeping.ts';

/** How a store in IndexedDB is kept. */
export interface IndexedDbStoreOptions {
  /** Name of the database; one client each. Default: `mqtt-client` and the server's URL. */
  readonly name?: string | undefined;
  /**
   * What a kept message outlives: `process` (page, worker, browser) or `power` (each batch is flushed to the disk
   * before it counts as kept, which costs a phone more). Default `process`.
   */
  readonly outlives?: 'process' | 'power' | undefined;
  /** Default: the platform's. */
  readonly indexedDB?: IDBFactory | undefined;
  /** Default: the platform's. Where there are none, nothing keeps two pages from opening the same store. */
  readonly locks?: Pick<LockManager, 'request'> | undefined;
}

/** Object stores: of messages by key, of packet ids by key, of when it was released by key, of ids, of the session. */
const PARTS = ['messages', 'sent', 'released', 'held', 'session'] as const;

/**
 * Keeps QoS 1 and 2 messages and the session in IndexedDB, so that the next page goes on where this one was closed.
 *
 * `connect(url, { store: indexedDbStore() })` rejects with STORE_FAILED when another page has it open, when the browser
 * refuses storage, or when it holds the messages of another server or client id.
 */
export function indexedDbStore(options: IndexedDbStoreOptions = {}): Store {
  const { outlives = 'process', indexedDB = globalThis.indexedDB } = options;
  const { locks = globalThis.navigator?.locks } = options;
  return durable({
    async open(server) {
      const { name = `mqtt-client ${server}` } = options;
      const release = await exclusive(locks, name);
      try {
        const request = indexedDB.open(name, 1);
        request.onupgradeneeded = () => {
          for (const part of PARTS) request.result.createObjectStore(part);
        };
        const database = await done(request);
        const log = new Database(database, outlives === 'power' ? 'strict' : 'relaxed', server, release);
        await log.load();
        return log;
      } catch (error) {
        await release();
        throw error;
      }
    },
  });
}

/** Takes the lock of this name and gives what lets it go. @throws Error when another page has it */
function exclusive(
  locks: Pick<LockManager, 'request'> | undefined,
  name: string,
): Promise<() => Promise<void>> {
  if (locks === undefined) return Promise.resolve(async () => {});
  return new Promise((resolve, reject) => {
    const held = locks.request(name, { ifAvailable: true }, (lock) => {
      if (lock === null) throw new Error(`another page or client uses ${name}; give this one another name`);
      return new Promise<void>((letGo) => {
        resolve(async () => {
          letGo();
          await held;
        });
      });
    });
    held.catch(reject);
  });
}

function done<Result>(request: IDBRequest<Result>): Promise<Result> {
  return new Promise((resolve, reject) => {
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

class Database implements OpenBackend {
  readonly #database: IDBDatabase;
  readonly #durability: IDBTransactionDurability;
  readonly #server: string;
  readonly #release: () => Promise<void>;
  kept: Kept = { clientId: undefined, flows: [], held: [] };
  #turn = 0;

  constructor(
    database: IDBDatabase,
    durability: IDBTransactionDurability,
    server: string,
    release: () => Promise<void>,
  ) {
    this.#database = database;
    this.#durability = durability;
    this.#server = server;
    this.#release = release;
  }

  /** @throws Error when the messages are for another server */
  async load(): Promise<void> {
    const transaction = this.#database.transaction(PARTS);
    const all = async <Value>(part: (typeof PARTS)[number]): Promise<Map<number, Value>> => {
      const store = transaction.objectStore(part);
      const [keys, values] = await Promise.all([done(store.getAllKeys()), done(store.getAll())]);
      return new Map(keys.map((key, at) => [key as number, values[at]]));
    };
    const [messages, sent, released, held, session] = await Promise.all([
      all<StoredMessage>('messages'),
      all<number>('sent'),
      all<number>('released'),
      all('held'),
      all<{ clientId: string; server: string }>('session'),
    ]);
    const { clientId, server = this.#server } = session.get(0) ?? {};
    if (server !== this.#server && messages.size + released.size > 0) {
      this.#database.close();
      throw new Error(`it holds messages for ${server}; give each server its own name`);
    }
    const turns = [...released].sort(([, a], [, b]) => a - b);
    this.#turn = turns.at(-1)?.[1] ?? 0;
    const flows = [
      ...[...messages].map(([key, message]) => ({ key, packetId: sent.get(key), message })),
      ...turns.map(([key]) => ({ key, packetId: sent.get(key), message: undefined })),
    ];
    this.kept = { clientId, flows, held: [...held.keys()] };
  }

  write(facts: readonly Fact[]): Promise<void> {
    return new Promise((resolve, reject) => {
      const options = { durability: this.#durability };
      const transaction = this.#database.transaction(PARTS, 'readwrite', options);
      const part = (name: (typeof PARTS)[number]): IDBObjectStore => transaction.objectStore(name);
      transaction.oncomplete = () => resolve();
      transaction.onabort = () => reject(transaction.error);
      for (const fact of facts) this.#write(part, fact);
      transaction.commit?.();
    });
  }

  #write(part: (name: (typeof PARTS)[number]) => IDBObjectStore, fact: Fact): void {
    switch (fact.fact) {
      case 'session':
        part('session').put({ clientId: fact.clientId, server: this.#server }, 0);
        if (fact.isNew) for (const name of ['sent', 'released', 'held'] as const) part(name).clear();
        break;
      case 'queued':
        // A view would be kept with everything it looks at.
        part('messages').put({ ...fact.message, payload: fact.message.payload.slice() }, fact.key);
        break;
      case 'sent':
        part('sent').put(fact.packetId, fact.key);
        break;
      case 'released':
        part('messages').delete(fact.key);
        part('released').put(++this.#turn, fact.key);
        break;
      case 'settled':
        for (const name of ['messages', 'sent', 'released'] as const) part(name).delete(fact.key);
        break;
      case 'held':
        part('held').put(1, fact.packetId);
        break;
      case 'unheld':
        part('held').delete(fact.packetId);
    }
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.#release();
  }
}
