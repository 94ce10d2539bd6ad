/**
 * What every client store does, whatever it keeps facts in. A store of your own passes when `clientStoreSuite` does,
 * called in a test file with what opens your store.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Fact, Keeper, Store, StoredMessage } from '../src/store.ts';
import { StoredState } from '../src/stores/state.ts';

const SERVER = 'mqtt://broker:1883';

/** One place where things are kept. */
export interface StorePlace {
  /** A store of this place, as another process would make it. */
  store(): Store;
  remove(): Promise<void>;
}

const message = (text: string, qos: 1 | 2 = 1): StoredMessage => ({
  topic: `t/${text}`,
  payload: new TextEncoder().encode(text),
  qos,
  retain: false,
  properties: undefined,
});

const everything: StoredMessage = {
  topic: 'räume/🌡/#no wildcard'.replace('#', ''),
  payload: Uint8Array.from({ length: 1_000_000 }, (_, index) => index % 251),
  qos: 2,
  retain: true,
  properties: {
    payloadFormatIndicator: 1,
    messageExpiryInterval: 4_294_967_295,
    contentType: 'text/plain',
    responseTopic: 'answers/here',
    correlationData: Uint8Array.of(0, 255, 7),
    userProperties: [
      ['b', '1'],
      ['a', '2'],
      ['b', '1'],
    ],
  },
};

const key = fc.integer({ min: 1, max: 8 });
const packetId = fc.integer({ min: 1, max: 65_535 });
const anyFact: fc.Arbitrary<Fact> = fc.oneof(
  {
    weight: 1,
    arbitrary: fc.record({ fact: fc.constant('session'), clientId: fc.constant('c'), isNew: fc.boolean() }),
  },
  {
    weight: 4,
    arbitrary: fc.record({
      fact: fc.constant('queued'),
      key: key,
      message: fc
        .tuple(
          fc.string({ minLength: 1, maxLength: 3 }).filter((text) => /^\w+$/.test(text)),
          fc.constantFrom(1 as const, 2 as const),
        )
        .map(([text, qos]) => message(text, qos)),
    }),
  },
  { weight: 3, arbitrary: fc.record({ fact: fc.constant('sent'), key, packetId }) },
  { weight: 2, arbitrary: fc.record({ fact: fc.constantFrom('released', 'settled'), key }) },
  { weight: 2, arbitrary: fc.record({ fact: fc.constantFrom('held', 'unheld'), packetId: key }) },
) as fc.Arbitrary<Fact>;

/** Keys in a client only grow, and a message is released once it was sent. */
function possible(facts: readonly Fact[]): Fact[] {
  const state = new StoredState();
  let last = 0;
  const given: Fact[] = [];
  for (const fact of facts) {
    const flows = state.kept().flows;
    let next: Fact = fact;
    if (fact.fact === 'queued') next = { ...fact, key: ++last };
    else if ('key' in fact) {
      const flow = flows[fact.key % Math.max(1, flows.length)];
      if (flow === undefined || (fact.fact === 'released' && flow.packetId === undefined)) continue;
      if (fact.fact === 'sent' && flow.packetId !== undefined) continue;
      next = { ...fact, key: flow.key };
    }
    state.apply(next);
    given.push(next);
  }
  return given;
}

const kept = (keeper: Keeper, ...facts: Fact[]): Promise<void> =>
  new Promise((resolve, reject) => {
    keeper.failed = reject;
    for (const fact of facts) keeper.tell(fact);
    keeper.tell(undefined, resolve);
  });

/** The suite. `place` makes a new, empty place. */
export function clientStoreSuite(name: string, place: () => Promise<StorePlace>): void {
  const within = async (run: (place: StorePlace) => Promise<void>): Promise<void> => {
    const here = await place();
    try {
      await run(here);
    } finally {
      await here.remove();
    }
  };
  const after = async (here: StorePlace, ...facts: Fact[]): Promise<Keeper['kept']> => {
    const first = await here.store().open(SERVER, {});
    await kept(first, ...facts);
    await first.close();
    const second = await here.store().open(SERVER, {});
    await second.close();
    return second.kept;
  };

  describe(`${name}: what every client store does`, () => {
    it('begins with nothing', () =>
      within(async (here) => {
        const keeper = await here.store().open(SERVER, { properties: { receiveMaximum: 7 } });
        expect(keeper.kept).toEqual({ clientId: undefined, flows: [], held: [] });
        expect(keeper.resumed).toMatchObject({
          cleanStart: true,
          properties: { sessionExpiryInterval: 604_800, receiveMaximum: 7 },
        });
        await keeper.close();
      }));

    it('keeps messages with everything that belongs to them', () =>
      within(async (here) => {
        const { flows } = await after(
          here,
          { fact: 'queued', key: 1, message: everything },
          { fact: 'queued', key: 2, message: { ...message(''), topic: 'empty' } },
        );
        expect(flows[0]?.message?.payload.every((byte, index) => byte === index % 251)).toBe(true);
        const small = ({ payload: _, ...others }: StoredMessage) => others;
        expect(flows.map(({ message: one }) => one && small(one))).toEqual([
          small(everything),
          { ...small(message('')), topic: 'empty' },
        ]);
        expect(flows[1]?.message?.payload).toHaveLength(0);
      }));

    it('[MQTT-4.1.0-1] keeps what was sent, released and held, and forgets what was settled', () =>
      within(async (here) => {
        const left = await after(
          here,
          { fact: 'session', clientId: 'c', isNew: true },
          ...[1, 2, 3, 4].map((one): Fact => ({ fact: 'queued', key: one, message: message(`${one}`, 2) })),
          ...[1, 2, 3].map((one): Fact => ({ fact: 'sent', key: one, packetId: 70 + one })),
          { fact: 'released', key: 2 },
          { fact: 'released', key: 1 },
          { fact: 'settled', key: 3 },
          { fact: 'held', packetId: 65_535 },
          { fact: 'held', packetId: 1 },
          { fact: 'unheld', packetId: 1 },
        );
        expect(left).toEqual({
          clientId: 'c',
          flows: expect.arrayContaining([
            { key: 4, packetId: undefined, message: message('4', 2) },
            { key: 1, packetId: 71, message: undefined },
            { key: 2, packetId: 72, message: undefined },
          ]),
          held: [65_535],
        });
        const released = left.flows.filter(({ message: one }) => one === undefined);
        expect(released.map(({ key: one }) => one)).toEqual([2, 1]); // PUBREL in the order of PUBREC
      }));

    it('[MQTT-3.2.2-5] a new session keeps the messages and forgets what packet ids meant', () =>
      within(async (here) => {
        const left = await after(
          here,
          { fact: 'queued', key: 1, message: message('1') },
          { fact: 'sent', key: 1, packetId: 1 },
          { fact: 'queued', key: 2, message: message('2', 2) },
          { fact: 'sent', key: 2, packetId: 2 },
          { fact: 'released', key: 2 },
          { fact: 'held', packetId: 9 },
          { fact: 'session', clientId: 'c', isNew: true },
        );
        expect(left).toEqual({
          clientId: 'c',
          flows: [{ key: 1, packetId: undefined, message: message('1') }],
          held: [],
        });
      }));

    it('says what is kept in the order in which it was told', () =>
      within(async (here) => {
        const keeper = await here.store().open(SERVER, {});
        const said: number[] = [];
        for (let one = 1; one <= 300; one += 1) {
          keeper.tell({ fact: 'queued', key: one, message: message('x') }, () => said.push(one));
          if (one % 100 === 0) await kept(keeper);
        }
        expect(said).toEqual(Array.from({ length: 300 }, (_, index) => index + 1));
        await keeper.close();
      }));

    it('comes to the same as its facts, however often it is opened', async () => {
      const inOrder = ({ clientId, flows, held }: Keeper['kept']) => ({
        clientId,
        waiting: flows.filter((flow) => flow.message !== undefined),
        released: flows.filter((flow) => flow.message === undefined),
        held: [...held].sort((one, other) => one - other),
      });
      const someFacts = fc.array(anyFact, { maxLength: 60 });
      await fc.assert(
        fc.asyncProperty(someFacts, fc.integer({ min: 1, max: 20 }), (any, size) =>
          within(async (here) => {
            const model = new StoredState();
            const facts = possible(any);
            for (let at = 0; at < facts.length + size; at += size) {
              const part = facts.slice(at, at + size);
              const keeper = await here.store().open(SERVER, {});
              expect(inOrder(keeper.kept)).toEqual(inOrder(model.kept()));
              await kept(keeper, ...part);
              for (const fact of part) model.apply(fact);
              await keeper.close();
            }
          }),
        ),
        { numRuns: 25 },
      );
    });

    it('is one client’s at a time, and the next one’s after close', () =>
      within(async (here) => {
        const first = await here.store().open(SERVER, {});
        await expect(here.store().open(SERVER, {})).rejects.toMatchObject({ code: 'STORE_FAILED' });
        first.tell({ fact: 'queued', key: 1, message: message('told before close') });
        await first.close();
        const second = await here.store().open(SERVER, {});
        expect(second.kept.flows).toHaveLength(1);
        await second.close();
      }));

    it('takes up the session of the client that it holds, and gives its messages to no other', () =>
      within(async (here) => {
        await after(
          here,
          { fact: 'session', clientId: 'assigned', isNew: true },
          { fact: 'queued', key: 1, message: message('1') },
        );
        const again = await here.store().open(SERVER, {});
        expect(again.resumed).toMatchObject({ clientId: 'assigned', cleanStart: false });
        await again.close();
        const four = await here.store().open(SERVER, { version: 4 });
        expect(four.resumed).toMatchObject({ clientId: 'assigned', cleanStart: false });
        expect(four.resumed.properties).toBeUndefined();
        await four.close();
        const another = here.store().open(SERVER, { clientId: 'another' });
        await expect(another).rejects.toMatchObject({ code: 'STORE_FAILED', message: /"assigned"/ });
      }));
  });
}
