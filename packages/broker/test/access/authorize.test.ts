/** The access hooks on the wire: everything but a clear yes is no, and order holds while one thinks. */
import { describe, expect, it } from 'vitest';
import type { Access, Publisher } from '../../src/index.ts';
import { MemoryStore } from '../../src/store/index.ts';
import { House } from '../wire/house.ts';

/** A hook that answers so, typed as if it kept its word. */
function answering(answer: () => unknown): never {
  return answer as never;
}

const broken: readonly (readonly [string, () => unknown])[] = [
  [
    'throws',
    () => {
      throw new Error('a hook');
    },
  ],
  ['rejects', () => Promise.reject(new Error('a hook'))],
  ['answers undefined', () => undefined],
  ['answers null', () => null],
  ['answers 1', () => 1],
  ['answers a promise of an object', () => Promise.resolve({})],
];

describe('the one door', () => {
  for (const [name, answer] of broken) {
    it(`[D03] [F23] denies when a hook ${name}`, async () => {
      const connecting = new House({ access: { authenticate: answering(answer) } });
      const wire = connecting.ask();
      await connecting.settled();
      expect(wire.takeShort()).toEqual(['CONNACK 0x86']);

      const house = new House({
        access: { authorizePublish: answering(answer), authorizeSubscribe: answering(answer) },
      });
      const client = house.connect().subscribe('t', 1);
      await house.settled();
      client.publish('t', 'x', 1);
      await house.settled();
      client.publish('t', 'x', 2, { packetId: 2 });
      await house.settled();
      expect(client.takeShort()).toEqual(['SUBACK 0x87', 'PUBACK 0x87', 'PUBREC 0x87']);
      expect(house.broker.metrics.hooksFailed).toBe(3);
      expect(house.broker.metrics.messagesUnauthorised).toBe(2);
    });
  }

  it('[D03] denies when a hook hangs', async () => {
    const house = new House({ access: { authenticate: () => new Promise(() => {}) } });
    const wire = house.ask();
    house.advance(4900);
    await house.settled();
    expect(wire.take()).toEqual([]);
    house.advance(300);
    await house.settled();
    expect(wire.takeShort()).toEqual(['CONNACK 0x86']);
  });

  it('a plain false is a decision, not a failure', () => {
    const house = new House({ access: { authenticate: () => false } });
    expect(house.ask().takeShort()).toEqual(['CONNACK 0x86']);
    expect(house.broker.metrics.hooksFailed).toBe(0);
  });

  it('[E16] 3.1.1 [MQTT-3.3.5-2] an unauthorised message is dropped; 5.0 is told, 3.x is answered as always', () => {
    const house = new House({ access: { authorizePublish: (_client, topic) => topic !== 'no' } });
    const receiver = house.connect({ clientId: 'r' }).subscribe('#', 2);
    receiver.take();
    const five = house.connect({ clientId: 'five' });
    five.publish('no', 'x').publish('no', 'x', 1).publish('no', 'x', 2, { packetId: 2 });
    expect(five.takeShort()).toEqual(['PUBACK 0x87', 'PUBREC 0x87']);
    const four = house.connect({ version: 4, clientId: 'four' });
    four.publish('no', 'x').publish('no', 'x', 1).publish('no', 'x', 2, { packetId: 2 });
    expect(four.takeShort()).toEqual(['PUBACK', 'PUBREC']);
    expect(receiver.take()).toEqual([]);
    expect(house.broker.metrics.messagesUnauthorised).toBe(6);
  });

  it('5.0 [MQTT-4.3.3-9] after a PUBREC of 0x80 or more the id means a new message', () => {
    let isAllowed = false;
    const house = new House({ access: { authorizePublish: () => isAllowed } });
    const receiver = house.connect({ clientId: 'r' }).subscribe('t', 2);
    receiver.take();
    const sender = house.connect({ clientId: 's' }).publish('t', '1', 2, { packetId: 5 });
    isAllowed = true;
    sender.publish('t', '2', 2, { packetId: 5 });
    expect(sender.takeShort()).toEqual(['PUBREC 0x87', 'PUBREC']);
    expect(receiver.takeShort()).toEqual(['PUBLISH t 2 q2']);
  });

  it('[C04] 5.0 [MQTT-3.1.4-6] what is sent behind CONNECT waits for a slow answer, or is dropped with it', async () => {
    for (const isAllowed of [true, false]) {
      let decide: (answer: boolean) => void = () => {};
      const access: Access = {
        authenticate: () =>
          new Promise((resolve) => {
            decide = resolve;
          }),
      };
      const house = new House({ access });
      const wire = house.ask();
      wire.send({ type: 'PINGREQ' }).publish('r', 'x', 1, { retain: true });
      expect(wire.take()).toEqual([]);
      decide(isAllowed);
      await house.settled();
      expect(wire.takeShort()).toEqual(isAllowed ? ['CONNACK', 'PINGRESP', 'PUBACK 0x10'] : ['CONNACK 0x86']);
      expect(house.broker.sizes.retained).toBe(isAllowed ? 1 : 0);
    }
  });

  it('a promise keeps the order of what one client sends', async () => {
    const waiting: (() => void)[] = [];
    const access: Access = {
      authorizePublish: (_client, topic) =>
        topic !== 'slow' ||
        new Promise((resolve) => {
          waiting.push(() => resolve(true));
        }),
    };
    const house = new House({ access });
    const receiver = house.connect({ clientId: 'r' }).subscribe('#', 1);
    receiver.take();
    const sender = house
      .connect({ clientId: 's' })
      .publish('slow', '1', 1)
      .publish('fast', '2', 1, { packetId: 2 });
    await house.settled();
    expect([receiver.take(), sender.take()]).toEqual([[], []]);
    waiting[0]?.();
    await house.settled();
    expect(receiver.takeShort()).toEqual(['PUBLISH slow 1 q1', 'PUBLISH fast 2 q1']);
    expect(sender.takeShort()).toEqual(['PUBACK', 'PUBACK']);
  });

  it('a client that goes while a hook thinks is simply gone', async () => {
    const waiting: (() => void)[] = [];
    const access: Access = {
      authenticate: () =>
        new Promise((resolve) => {
          waiting.push(() => resolve(true));
        }),
    };
    const house = new House({ access });
    const wire = house.ask({ will: { topic: 'will', retain: true } });
    wire.cut();
    waiting[0]?.();
    await house.settled();
    expect(house.broker.sizes).toMatchObject({ connections: 0, sessions: 0, retained: 0 });
    expect(house.errors).toEqual([]);
  });

  it('tells the hooks who asks', () => {
    const seen: unknown[] = [];
    const house = new House({
      access: {
        authenticate: ({ clientId, username, password, version, peer }) => {
          seen.push([clientId, username, password && [...password], version, peer]);
          return 'somebody';
        },
        authorizePublish: ({ identity, username }, topic, qos, retain) => {
          seen.push([identity, username, topic, qos, retain]);
          return true;
        },
      },
    });
    // [B05] a password is bytes
    house
      .connect({ clientId: 'a', username: 'u', password: Uint8Array.of(0xc0, 0, 0xff) })
      .publish('t', 'x', 1, { retain: true });
    expect(seen).toEqual([
      ['a', 'u', [0xc0, 0, 0xff], 5, 'memory:near'],
      ['somebody', 'u', 't', 1, true],
    ]);
  });
});

describe('a retained message whose publisher may publish it no more', () => {
  const allowed = new Set(['t', 'will']);
  const asked: Publisher[] = [];
  const access: Access = {
    authorizePublish: () => true,
    authorizeRetained: (publisher, topic) => {
      asked.push(publisher);
      return allowed.has(topic);
    },
  };

  it.each([undefined, new MemoryStore()])(
    '[E04] is delivered to nobody, over a restart too',
    async (store) => {
      asked.length = 0;
      const options = { access, store };
      const house = await House.opened(options);
      const sender = house.connect({ clientId: 's', will: { topic: 'will', retain: true } });
      sender.publish('t', 'x', 1, { retain: true }).publish('u', 'y', 1, { packetId: 2, retain: true });
      sender.cut();
      await house.broker.publish('own', 'z', { retain: true });
      const again = store === undefined ? house : await House.opened(options);
      const reader = again.connect({ clientId: 'r' }).subscribe('#');
      expect(reader.takeShort().sort()).toEqual([
        'PUBLISH own z retain',
        'PUBLISH t x retain',
        'PUBLISH will will retain',
        'SUBACK 0',
      ]);
      expect(asked).toContainEqual({ clientId: 's', identity: '', listener: undefined });
      expect(again.broker.metrics.deliveriesUnauthorised).toBe(1);
    },
  );

  it('[E04] [D03] nor where the hook throws', async () => {
    const house = new House({
      access: {
        authorizeRetained: answering(() => {
          throw new Error('a hook');
        }),
      },
    });
    house.connect({ clientId: 's' }).publish('t', 'x', 1, { retain: true });
    expect(house.connect({ clientId: 'r' }).subscribe('#').takeShort()).toEqual(['SUBACK 0']);
    expect(house.broker.metrics.hooksFailed).toBe(1);
  });
});
