/** Any facts, in any order, in commits of any size: after a restart the store has what the store in memory has. */
import { MemoryStore, type Store } from '@mqtt/broker/store';
import fc from 'fast-check';
import { afterAll, describe, expect, it, vi } from 'vitest';
import { StoreFile } from '../src/file/file.ts';
import { checkStore, openStore } from '../src/index.ts';
import { Bench, contents, message, session } from './bench.ts';
import { scratch } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);

const text = fc.string({ unit: 'grapheme', maxLength: 12 });
const bytes = fc.uint8Array({ maxLength: 300 });
const qos = fc.constantFrom<(0 | 1 | 2)[]>(0, 1, 2);
const time = fc.maxSafeNat();
const properties = fc.record(
  {
    payloadFormatIndicator: fc.constantFrom<(0 | 1)[]>(0, 1),
    messageExpiryInterval: fc.nat(0xffff_ffff),
    contentType: text,
    responseTopic: text,
    correlationData: bytes,
    userProperties: fc.array(fc.tuple(text, text), { maxLength: 3 }),
  },
  { requiredKeys: [] },
);
const none = { nil: undefined } as const;
const messages = fc.record({
  topic: text,
  payload: bytes,
  qos,
  retain: fc.boolean(),
  properties: fc.option(properties, none),
  publisher: fc.option(text, none),
  arrivedAt: time,
  expiresAt: fc.option(time, none),
  size: fc.nat(),
});
const sessions = fc.record({
  clientId: text,
  identity: text,
  expiryInterval: fc.nat(0xffff_ffff),
  awaySince: fc.option(time, none),
  client: fc.record({
    username: fc.option(text, none),
    version: fc.constantFrom<(3 | 4 | 5)[]>(3, 4, 5),
    peer: text,
  }),
  will: fc.option(
    fc.record({
      topic: text,
      payload: bytes,
      qos,
      retain: fc.boolean(),
      properties: fc.option(properties, none),
      delay: fc.nat(0xffff_ffff),
    }),
    none,
  ),
});
const deliveries = fc.record({
  qos: fc.constantFrom<(1 | 2)[]>(1, 2),
  retain: fc.boolean(),
  identifiers: fc.option(fc.array(fc.integer({ min: 1, max: 268_435_455 }), { maxLength: 3 }), none),
  share: fc.option(text, none),
});
const subscriptions = fc.record({
  topicFilter: fc.constantFrom('a', 'b/#', '$share/g/+'),
  qos,
  noLocal: fc.boolean(),
  retainAsPublished: fc.boolean(),
  identifier: fc.option(fc.integer({ min: 1, max: 268_435_455 }), none),
});
const pick = fc.nat();
const packetId = fc.integer({ min: 1, max: 65_535 });

const facts = fc.oneof(
  { weight: 2, arbitrary: fc.record({ fact: fc.constant('opened' as const), session: sessions }) },
  { weight: 1, arbitrary: fc.record({ fact: fc.constant('changed' as const), pick, session: sessions }) },
  { weight: 1, arbitrary: fc.record({ fact: fc.constant('ended' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({ fact: fc.constant('subscribed' as const), pick, subscription: subscriptions }),
  },
  {
    weight: 1,
    arbitrary: fc.record({ fact: fc.constant('unsubscribed' as const), pick, subscription: subscriptions }),
  },
  {
    weight: 6,
    arbitrary: fc.record({
      fact: fc.constant('queued' as const),
      picks: fc.array(pick, { minLength: 1, maxLength: 4 }),
      message: messages,
      delivery: deliveries,
    }),
  },
  { weight: 4, arbitrary: fc.record({ fact: fc.constant('sent' as const), pick, packetId }) },
  { weight: 3, arbitrary: fc.record({ fact: fc.constant('settled' as const), pick }) },
  {
    weight: 2,
    arbitrary: fc.record({
      fact: fc.constant('held' as const),
      pick,
      packetId: fc.integer({ min: 1, max: 3 }),
    }),
  },
  { weight: 2, arbitrary: fc.record({ fact: fc.constant('retained' as const), message: messages }) },
  { weight: 1, arbitrary: fc.record({ fact: fc.constant('cleared' as const), pick }) },
  { weight: 2, arbitrary: fc.record({ fact: fc.constant('commit' as const) }) },
  { weight: 1, arbitrary: fc.record({ fact: fc.constant('turn' as const) }) },
);
type Fact = typeof facts extends fc.Arbitrary<infer T> ? T : never;

/** What a broker knows of its store: keys, and what may be told next. */
class Teller {
  readonly #bench: Bench;
  readonly #sessions: number[] = [];
  readonly #owed: { key: number; session: number; state: 'queued' | 'sent' | 'released' }[] = [];
  readonly #held = new Set<string>();
  readonly #retained: number[] = [];
  #made = 0;

  constructor(bench: Bench) {
    this.#bench = bench;
  }

  async tell(fact: Fact): Promise<void> {
    const { store } = this.#bench;
    if (fact.fact === 'commit') await this.#bench.kept();
    else if (fact.fact === 'turn') await new Promise(setImmediate);
    else if (fact.fact === 'opened') {
      // Client ids that are the same would make lines that cannot be told apart.
      this.#sessions.push(
        store.opened({ ...fact.session, clientId: `${++this.#made} ${fact.session.clientId}` }),
      );
    } else if (fact.fact === 'retained') {
      this.#retained.push(
        store.retained({ ...fact.message, topic: `${++this.#made} ${fact.message.topic}` }),
      );
    } else if (fact.fact === 'cleared') {
      const [key] = this.#retained.splice(fact.pick % Math.max(1, this.#retained.length), 1);
      if (key !== undefined) store.cleared(key);
    } else if (fact.fact === 'sent' || fact.fact === 'settled') this.#progress(store, fact);
    else if (this.#sessions.length > 0) this.#ofSession(store, fact);
  }

  #progress(store: Store, fact: Extract<Fact, { fact: 'sent' | 'settled' }>): void {
    const at = fact.pick % Math.max(1, this.#owed.length);
    const owed = this.#owed[at];
    if (owed === undefined) return;
    if (fact.fact === 'settled') {
      this.#owed.splice(at, 1);
      store.settled(owed.key);
    } else if (owed.state === 'queued') {
      store.sent(owed.key, fact.packetId);
      owed.state = 'sent';
    } else if (owed.state === 'sent') {
      store.released(owed.key);
      owed.state = 'released';
    }
  }

  #ofSession(
    store: Store,
    fact: Extract<Fact, { fact: 'changed' | 'ended' | 'subscribed' | 'unsubscribed' | 'queued' | 'held' }>,
  ): void {
    const at = ('pick' in fact ? fact.pick : 0) % this.#sessions.length;
    const key = this.#sessions[at] ?? 0;
    if (fact.fact === 'changed') store.changed(key, { ...fact.session, clientId: `${++this.#made}` });
    if (fact.fact === 'subscribed') store.subscribed(key, fact.subscription);
    if (fact.fact === 'unsubscribed') store.unsubscribed(key, fact.subscription.topicFilter);
    if (fact.fact === 'queued') {
      for (const pick of fact.picks) {
        const session = this.#sessions[pick % this.#sessions.length] ?? 0;
        this.#owed.push({
          key: store.queued(session, fact.message, fact.delivery),
          session,
          state: 'queued',
        });
      }
    }
    if (fact.fact === 'held') {
      const name = `${key} ${fact.packetId}`;
      if (this.#held.delete(name)) store.unheld(key, fact.packetId);
      else {
        this.#held.add(name);
        store.held(key, fact.packetId);
      }
    }
    if (fact.fact === 'ended') {
      for (let i = this.#owed.length - 1; i >= 0; i--) {
        const owed = this.#owed[i];
        if (owed?.session !== key) continue;
        this.#owed.splice(i, 1);
        store.settled(owed.key);
      }
      this.#sessions.splice(at, 1);
      store.ended(key);
    }
  }
}

/** Tells the same facts to a store on disk, of which some commits fail, and to one in memory; compares after a restart. */
async function compare(list: Fact[], failures: boolean[], reservedBytes: number): Promise<void> {
  const path = folder();
  const bench = new Bench(openStore({ path, durability: 'system', reservedBytes, retryAfter: 1 }));
  const model = new Bench(new MemoryStore());
  for (const { store } of [bench, model]) await contents(store);
  const commit = StoreFile.prototype.commit;
  const failing = vi.spyOn(StoreFile.prototype, 'commit').mockImplementation(async function (
    this: StoreFile,
    write: () => void,
  ) {
    if (failures.pop() === true) throw Object.assign(new Error('Input/output error'), { code: 5 });
    await commit.call(this, write);
  });
  const tellers = [new Teller(bench), new Teller(model)];
  for (const fact of list) for (const teller of tellers) await teller.tell(fact);
  await bench.kept();
  failing.mockRestore();
  await bench.store.close();
  const again = new Bench(openStore({ path, durability: 'system' }));
  const back = await contents(again.store);
  await again.store.close();
  expect(back.lines).toEqual((await contents(model.store)).lines);
  expect([...bench.said, ...again.said].filter((what) => !what.startsWith('full'))).toEqual([]);
  expect(await checkStore(path)).toMatchObject({ faults: [], setAside: 0 });
  clear();
}

const lists = fc.array(facts, { maxLength: 60, size: 'max' });

describe('any facts', () => {
  it('are there after a restart, as the store in memory has them', async () => {
    await fc.assert(
      fc.asyncProperty(lists, (list) => compare(list, [], 0)),
      { numRuns: 100 },
    );
  }, 60_000);

  it('are there when commits found no room and were made again, with what was told meanwhile', async () => {
    // So much is reserved that each failed commit is one for want of room.
    await fc.assert(
      fc.asyncProperty(lists, fc.array(fc.boolean(), { minLength: 1, maxLength: 12 }), (list, failures) =>
        compare(list, [...failures], 2 ** 50),
      ),
      { numRuns: 100 },
    );
  }, 60_000);

  it('that are over leave the file as small as an empty one', async () => {
    const path = folder();
    const bench = new Bench(openStore({ path, durability: 'system' }));
    await contents(bench.store);
    const empty = openLive(bench);
    const { store } = bench;
    const owners = Array.from({ length: 20 }, (_, i) => store.opened(session(`s${i}`)));
    for (let round = 0; round < 5; round++) {
      const keys: number[] = [];
      for (let i = 0; i < 200; i++) {
        const one = message(`message ${i}`);
        for (const owner of owners)
          keys.push(
            store.queued(owner, one, { qos: 1, retain: false, identifiers: undefined, share: undefined }),
          );
      }
      await bench.kept();
      for (const key of keys) store.settled(key);
      await bench.kept();
    }
    for (const owner of owners) store.ended(owner);
    await bench.kept();
    expect(openLive(bench)).toBeLessThanOrEqual(empty + 2 * 4096);
    await store.close();
  });
});

function openLive({ store }: Bench): number {
  return 'liveBytes' in store && typeof store.liveBytes === 'number' ? store.liveBytes : Number.NaN;
}
