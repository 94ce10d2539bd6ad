/** Whoever may stay no longer: what ends of those who are there and of those who are away, and what is not published. */
import { ManualClock } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';
import type { Access, Ending, Expulsion, Hooks, Judge } from '../src/index.ts';
import { MemoryStore } from '../src/store/index.ts';
import { House } from './wire/house.ts';
import { SlowStore } from './wire/slow-store.ts';

const kept = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };
const will = { topic: 'will', properties: { willDelayInterval: 10 } };

/** Judges by client id alone. */
const naming =
  (clientId: string, expulsion: Expulsion = {}): Judge =>
  (client) =>
    client.clientId === clientId ? expulsion : undefined;

describe('expel', () => {
  it('5.0 [C28] [MQTT-3.14.0-1] ends a connection with 0x98, and neither its will nor anything for it is left', async () => {
    const endings: Ending[] = [];
    const hooks: Hooks = { onDisconnect: (_client, ending) => endings.push(ending) };
    const house = new House({ hooks });
    const witness = house.connect({ clientId: 'w' }).subscribe('will');
    const here = house.connect({ clientId: 'here', ...kept, will }).subscribe('t', 1);
    const other = house.connect({ clientId: 'other', ...kept }).subscribe('t', 1);
    for (const wire of [witness, here, other]) wire.take();
    const expelled = await house.broker.expel(naming('here', { endsSession: true, reasonString: 'banned' }));
    expect(expelled).toEqual({ connections: 1, sessions: 1 });
    house.settle();
    expect(here.take()).toEqual([
      { type: 'DISCONNECT', reasonCode: 0x98, properties: { reasonString: 'banned' } },
    ]);
    expect(here.isClosed).toBe(true);
    expect(endings).toEqual([
      { reasonCode: 0x98, statement: undefined, byBroker: true, reasonString: 'banned' },
    ]);
    house.advance(200_000);
    expect(witness.takeShort()).toEqual([]);
    expect([...house.broker.sessions()].map(({ clientId }) => clientId)).toEqual(['w', 'other']);
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    expect(other.takeShort()).toEqual(['PUBLISH t x q1']);
    expect(house.broker.metrics).toMatchObject({
      connectionsExpelled: 1,
      sessionsExpelled: 1,
      willsPublished: 0,
    });
    expect(house.broker.sizes).toMatchObject({ willBytes: 0, subscriptions: 2 });
    expect(house.ask({ clientId: 'here', ...kept }).take()).toMatchObject([{ sessionPresent: false }]);
    expect(house.isWell()).toBe(true);
  });

  it('3.1.1 [C28] closes without a word', async () => {
    const house = new House();
    const here = house.connect({ version: 4, clientId: 'here' });
    await house.broker.expel(naming('here'));
    house.settle();
    expect([here.takeShort(), here.isClosed]).toEqual([[], true]);
  });

  it('5.0 [C28] without `endsSession` the session waits on, and its will is not published', async () => {
    const house = new House();
    const witness = house.connect({ clientId: 'w' }).subscribe('will');
    const here = house.connect({ clientId: 'here', ...kept, will }).subscribe('t', 1);
    for (const wire of [witness, here]) wire.take();
    await house.broker.expel(naming('here', { reasonCode: 0x87 }));
    house.settle();
    expect(here.takeShort()).toEqual(['DISCONNECT 0x87']);
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    house.advance(20_000);
    expect(witness.takeShort()).toEqual([]);
    const back = house.ask({ clientId: 'here', ...kept });
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q1']);
  });

  it('[C28] asks about each client once, there or away, and lets everybody else be', async () => {
    const house = new House();
    house.connect({ clientId: 'away', username: 'ada', ...kept }).disconnect();
    house.connect({ clientId: 'here', username: 'bob' });
    const asked: string[] = [];
    const expelled = await house.broker.expel(({ clientId, username }, isConnected) => {
      asked.push(`${clientId} ${username} ${isConnected}`);
      return undefined;
    });
    expect(asked).toEqual(['here bob true', 'away ada false']);
    expect(expelled).toEqual({ connections: 0, sessions: 0 });
    expect(house.broker.sizes).toMatchObject({ connections: 1, sessions: 2 });
  });

  it.each([
    ['ends', true, 0],
    ['keeps', false, 1],
  ])(
    '[C28] of a client that is away it drops the will, and %s the session as asked, in the store too',
    async (_, endsSession, left) => {
      const store = new MemoryStore();
      const start = (seconds: number): Promise<House> =>
        House.opened({ store }, new ManualClock(7, 1_700_000_000_000 + seconds * 1000));
      const house = await start(0);
      const away = house.connect({ clientId: 'away', ...kept, will }).subscribe('t', 1);
      away.disconnect({ reasonCode: 4 });
      house.connect({ clientId: 's' }).publish('t', 'waits', 1);
      expect(await house.broker.expel(naming('away', { endsSession }))).toEqual({
        connections: 0,
        sessions: 1 - left,
      });
      house.advance(20_000);
      expect(house.broker.metrics.willsPublished).toBe(0);
      const again = await start(30);
      expect(again.broker.metrics.willsPublished).toBe(0);
      expect(again.broker.sizes).toMatchObject({ sessions: left, queuedMessages: left, willBytes: 0 });
    },
  );

  it('5.0 [C28] [F06] what an authorizer still thinks about is refused, and the sender may send it again', async () => {
    let decide = (_isAllowed: boolean): void => undefined;
    const access: Access = {
      authorizePublish: (_client, topic) =>
        topic === 'slow' ? new Promise((resolve) => (decide = resolve)) : true,
    };
    const house = new House({ access });
    const witness = house.connect({ clientId: 'w' }).subscribe('#', 2);
    const here = house.connect({ clientId: 'here', ...kept });
    witness.take();
    here.publish('slow', 'x', 2);
    await house.broker.expel(naming('here'));
    decide(true);
    await house.settled();
    expect(witness.takeShort()).toEqual([]);
    const back = house.connect({ clientId: 'here', ...kept });
    back.publish('slow', 'again', 2, { dup: true });
    decide(true);
    await house.settled();
    expect(back.takeShort()).toEqual(['PUBREC']);
    expect(witness.takeShort()).toEqual(['PUBLISH slow again q2']);
  });

  it('5.0 [MQTT-3.14.0-1] a client whose CONNACK waits for the store is closed without one', async () => {
    const store = new SlowStore();
    const house = await House.opened({ store });
    const held = house.ask({ clientId: 'here', ...kept });
    const judge = naming('here', { endsSession: true });
    expect(await house.broker.expel(judge)).toEqual({ connections: 1, sessions: 1 });
    store.keep();
    house.settle();
    expect([held.takeShort(), held.isClosed]).toEqual([[], true]);
    expect(house.broker.sizes.sessions).toBe(0);
    expect(house.errors).toEqual([]);
  });

  it('refuses texts that cannot be sent, and gives on what the judge throws', async () => {
    const house = new House();
    house.connect({ clientId: 'here' });
    await expect(house.broker.expel(naming('here', { reasonString: 'a\0b' }))).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    const broken = new Error('no');
    await expect(
      house.broker.expel(() => {
        throw broken;
      }),
    ).rejects.toBe(broken);
    expect(house.isWell()).toBe(true);
  });
});
