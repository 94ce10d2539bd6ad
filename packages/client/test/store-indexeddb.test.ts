/** The store in IndexedDB, under Node with an IndexedDB in memory: the suite, and what only a browser does. */
import 'fake-indexeddb/auto'; // idb asks what it is given whether it is the platform's
import { IDBDatabase, IDBFactory } from 'fake-indexeddb';
import { describe, expect, it } from 'vitest';
import { indexedDbStore } from '../src/stores/indexeddb.ts';
import { storeSuite } from '../src/testing/index.ts';
import { failure } from './lab.ts';

/** Web Locks of one origin, as far as a store uses them. */
function webLocks(): Pick<LockManager, 'request'> {
  const taken = new Set<string>();
  const request = async (
    name: string,
    _options: LockOptions,
    run: (lock: Lock | null) => unknown,
  ): Promise<unknown> => {
    if (taken.has(name)) return run(null);
    taken.add(name);
    try {
      return await run({ name, mode: 'exclusive' });
    } finally {
      taken.delete(name);
    }
  };
  return { request: request as LockManager['request'] };
}

function origin() {
  const locks = webLocks();
  const indexedDB = new IDBFactory();
  return {
    indexedDB,
    locks,
    store: (name?: string) => indexedDbStore({ indexedDB, locks, name }),
    // The locks of a page that is gone are free.
    afterDeath: () => indexedDbStore({ indexedDB, locks: webLocks() }),
  };
}

describe('a store in IndexedDB does what every store does', () => {
  for (const { name, run } of storeSuite(origin)) it(name, run);
});

const message = {
  topic: 'a',
  payload: new Uint8Array(3),
  qos: 1,
  retain: false,
  properties: undefined,
} as const;

describe('a store in IndexedDB', () => {
  it('is one for each server, unless it has a name: then it refuses another server’s messages', async () => {
    const here = origin();
    const first = await here.store().open('wss://one/', {});
    const second = await here.store().open('wss://two/', {});
    await Promise.all([first.close(), second.close()]);
    const named = await here.store('mine').open('wss://one/', {});
    named.tell({ fact: 'session', clientId: 'c', isNew: true });
    named.tell({ fact: 'queued', key: 1, message });
    await named.close();
    expect(await failure(here.store('mine').open('wss://two/', {}))).toMatchObject({
      code: 'STORE_FAILED',
      message: /holds messages for wss:\/\/one\//,
    });
    await (await here.store('mine').open('wss://one/', {})).close();
  });

  it('keeps the bytes of a payload, not the buffer that they lie in', async () => {
    const here = origin();
    const keeper = await here.store().open('wss://one/', {});
    const large = new Uint8Array(100_000).fill(7);
    keeper.tell({ fact: 'queued', key: 1, message: { ...message, payload: large.subarray(5, 8) } });
    await keeper.close();
    const next = await here.store().open('wss://one/', {});
    const payload = next.kept.flows[0]?.message?.payload;
    expect([payload?.length, payload?.buffer.byteLength]).toEqual([3, 3]);
    await next.close();
  });

  it('says when the browser keeps nothing more', async () => {
    const here = origin();
    const keeper = await here.store().open('wss://one/', {});
    const failed = new Promise((resolve) => {
      keeper.failed = resolve;
    });
    let isKept = false;
    // What cannot be cloned stands for a write that fails.
    const broken = { ...message, topic: (() => {}) as never };
    keeper.tell({ fact: 'queued', key: 1, message: broken }, () => {
      isKept = true;
    });
    expect(await failed).toMatchObject({ code: 'STORE_FAILED' });
    expect(isKept).toBe(false);
    await keeper.close();
    await (await here.store().open('wss://one/', {})).close();
  });

  it('asks the platform for a flush when it shall outlive a loss of power', async () => {
    const { indexedDB } = origin();
    const asked: unknown[] = [];
    for (const outlives of ['process', 'power'] as const) {
      const keeper = await indexedDbStore({ indexedDB, outlives, name: outlives }).open('', {});
      const { transaction } = IDBDatabase.prototype;
      IDBDatabase.prototype.transaction = function (...args) {
        asked.push(args[2]);
        return transaction.apply(this, args);
      };
      await new Promise<void>((resolve) => keeper.tell({ fact: 'held', packetId: 1 }, resolve));
      IDBDatabase.prototype.transaction = transaction;
      await keeper.close();
    }
    expect(asked).toEqual([{ durability: 'relaxed' }, { durability: 'strict' }]);
  });
});
