/**
 * A store in IndexedDB, for pages and workers: a batch of facts is one transaction. Who else has it open? Web Locks say.
 */
import { type DBSchema, type IDBPDatabase, type IDBPTransaction, wrap } from 'idb';
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

/** The object stores. */
interface Parts extends DBSchema {
  messages: { key: number; value: StoredMessage };
  /** Packet ids by the keys of messages. */
  sent: { key: number; value: number };
  /** By the keys of messages: which release it was. */
  released: { key: number; value: number };
  /** By packet id. */
  held: { key: number; value: 1 };
  session: { key: 0; value: { readonly clientId: string; readonly server: string } };
}

type Part = 'messages' | 'sent' | 'released' | 'held' | 'session';
type Writing = IDBPTransaction<Parts, Part[], 'readwrite'>;

const PARTS: Part[] = ['messages', 'sent', 'released', 'held', 'session'];

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
        const database = (await wrap(request)) as IDBPDatabase<Parts>;
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

class Database implements OpenBackend {
  readonly #database: IDBPDatabase<Parts>;
  readonly #durability: IDBTransactionDurability;
  readonly #server: string;
  readonly #release: () => Promise<void>;
  kept: Kept = { clientId: undefined, flows: [], held: [] };
  #turn = 0;

  constructor(
    database: IDBPDatabase<Parts>,
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
    const all = async <Name extends 'messages' | 'sent' | 'released'>(
      name: Name,
    ): Promise<[number, Parts[Name]['value']][]> => {
      const part = transaction.objectStore(name);
      const [keys, values] = await Promise.all([part.getAllKeys(), part.getAll()]);
      return keys.map((key, at) => [key, values[at] as Parts[Name]['value']]);
    };
    const [messages, sent, released, held, session] = await Promise.all([
      all('messages'),
      all('sent'),
      all('released'),
      transaction.objectStore('held').getAllKeys(),
      transaction.objectStore('session').get(0),
    ]);
    const packetIds = new Map(sent);
    const { clientId, server = this.#server } = session ?? {};
    if (server !== this.#server && messages.length + released.length > 0) {
      this.#database.close();
      throw new Error(`it holds messages for ${server}; give each server its own name`);
    }
    const turns = released.sort(([, a], [, b]) => a - b);
    this.#turn = turns.at(-1)?.[1] ?? 0;
    const flows = [
      ...messages.map(([key, message]) => ({ key, packetId: packetIds.get(key), message })),
      ...turns.map(([key]) => ({ key, packetId: packetIds.get(key), message: undefined })),
    ];
    this.kept = { clientId, flows, held };
  }

  async write(facts: readonly Fact[]): Promise<void> {
    const options = { durability: this.#durability };
    const transaction = this.#database.transaction(PARTS, 'readwrite', options);
    const outcomes: Promise<unknown>[] = [transaction.done];
    try {
      for (const fact of facts) outcomes.push(...this.#write(transaction, fact));
      transaction.commit();
    } catch (error) {
      transaction.abort(); // nothing of a batch is kept when one fact cannot be
      await Promise.allSettled(outcomes);
      throw error;
    }
    await Promise.all(outcomes);
  }

  #write(transaction: Writing, fact: Fact): Promise<unknown>[] {
    const part = <Name extends Part>(name: Name) => transaction.objectStore(name);
    switch (fact.fact) {
      case 'session': {
        const put = part('session').put({ clientId: fact.clientId, server: this.#server }, 0);
        if (!fact.isNew) return [put];
        return [put, part('sent').clear(), part('released').clear(), part('held').clear()];
      }
      case 'queued':
        // A view would be kept with everything it looks at.
        return [part('messages').put({ ...fact.message, payload: fact.message.payload.slice() }, fact.key)];
      case 'sent':
        return [part('sent').put(fact.packetId, fact.key)];
      case 'released':
        return [part('messages').delete(fact.key), part('released').put(++this.#turn, fact.key)];
      case 'settled':
        return (['messages', 'sent', 'released'] as const).map((name) => part(name).delete(fact.key));
      case 'held':
        return [part('held').put(1, fact.packetId)];
      case 'unheld':
        return [part('held').delete(fact.packetId)];
    }
  }

  async close(): Promise<void> {
    this.#database.close();
    await this.#release();
  }
}
