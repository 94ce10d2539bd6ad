/** When a message is acknowledged, how many are worked on at once, and how each way of consuming holds the socket. */
import type { Packet, QoS } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { ConsumeOptions } from '../src/features/consuming.ts';
import type { Message } from '../src/message.ts';
import { bytes, type Lab, lab, type Peer, quiet, type Script } from './lab.ts';

const publish = (qos: QoS, packetId: number, topic = 'a', dup = false): Packet =>
  ({
    type: 'PUBLISH',
    topic,
    payload: bytes('x'),
    qos,
    dup,
    retain: false,
    packetId: qos === 0 ? undefined : packetId,
  }) as Packet;

const keeping: Script = {
  CONNECT: ({ cleanStart }, peer) =>
    peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
};

const answers = (peer: Peer) =>
  peer.packets.flatMap((packet) =>
    packet.type === 'PUBACK' || packet.type === 'PUBREC'
      ? [[packet.type, packet.packetId, packet.reasonCode] as const]
      : [],
  );

async function reconnected({ server, tick }: Lab, index: number): Promise<Peer> {
  (await server.peer(index)).cut();
  await quiet();
  tick();
  const peer = await server.peer(index + 1);
  await quiet();
  return peer;
}

/** A subscribed client, what its handler got, and the server's end. */
async function consumer(world: Lab, options: ConsumeOptions, connectOptions = {}) {
  const client = await world.connect({ properties: { sessionExpiryInterval: 60 }, ...connectOptions });
  const got: Message[] = [];
  await client.subscribe('#', { qos: 2, ...options, onMessage: (message) => void got.push(message) });
  return { client, got, peer: await world.server.peer(0) };
}

describe('acknowledged by hand', () => {
  it('[MQTT-4.6.0-2] [MQTT-4.6.0-3] in the order of arrival, whatever order the application has', async () => {
    const { got, peer } = await consumer(lab(), { acknowledge: 'manual' });
    peer.send(publish(1, 1));
    peer.send(publish(2, 2));
    peer.send(publish(0, 0));
    peer.send(publish(1, 3));
    await quiet();
    expect(got).toHaveLength(4);
    got[3]?.acknowledge();
    got[2]?.acknowledge();
    got[1]?.acknowledge();
    await quiet();
    expect(answers(peer)).toEqual([]);
    got[0]?.acknowledge();
    await peer.nth('PUBACK', 1);
    expect(answers(peer)).toEqual([
      ['PUBACK', 1, 0],
      ['PUBREC', 2, 0],
      ['PUBACK', 3, 0],
    ]);
    got[0]?.acknowledge(); // again: nothing
    await quiet();
    expect(answers(peer)).toHaveLength(3);
  });

  it('[MQTT-4.3.2-4] [MQTT-4.3.3-9] with a reason code, after which a QoS 2 id means a new message', async () => {
    const { got, peer } = await consumer(lab(), { acknowledge: 'manual' });
    peer.send(publish(1, 1));
    peer.send(publish(2, 2));
    await quiet();
    got[0]?.acknowledge(0x99);
    got[1]?.acknowledge(0x97);
    await peer.first('PUBREC');
    expect(answers(peer)).toEqual([
      ['PUBACK', 1, 0x99],
      ['PUBREC', 2, 0x97],
    ]);
    peer.send(publish(2, 2, 'new'));
    await quiet();
    expect(got.map(({ topic }) => topic)).toEqual(['a', 'a', 'new']);
  });

  it('[MQTT-3.4.2-1] [MQTT-3.5.2-1] refuses reason codes that the packet cannot have, and any in 3.1.1', async () => {
    const { got, peer } = await consumer(lab(), { acknowledge: 'manual' });
    peer.send(publish(1, 1));
    await quiet();
    expect(() => got[0]?.acknowledge(0x8e as never)).toThrow('PUBACK cannot be sent');
    got[0]?.acknowledge();
    await peer.first('PUBACK');
    const old = await consumer(lab(), { acknowledge: 'manual' }, { version: 4, properties: undefined });
    old.peer.send(publish(2, 1));
    await quiet();
    expect(() => old.got[0]?.acknowledge(0x80)).toThrow('PUBREC cannot be sent');
    old.got[0]?.acknowledge();
    await old.peer.first('PUBREC');
  });

  it('[MQTT-4.4.0-1] [MQTT-4.3.3-10] not on another connection; a QoS 2 message that comes again is not delivered again', async () => {
    const world = lab(keeping);
    const { got } = await consumer(world, { acknowledge: 'manual' });
    const first = await world.server.peer(0);
    first.send(publish(1, 1, 'one'));
    first.send(publish(2, 2, 'two'));
    await quiet();
    const next = await reconnected(world, 0);
    got[0]?.acknowledge();
    await quiet();
    expect(answers(next)).toEqual([]);
    next.send(publish(1, 1, 'one', true));
    next.send(publish(2, 2, 'two', true));
    await quiet();
    expect(got.map(({ topic }) => topic)).toEqual(['one', 'two', 'one']);
    got[1]?.acknowledge(0x83);
    got[2]?.acknowledge();
    await next.first('PUBREC');
    expect(answers(next)).toEqual([
      ['PUBACK', 1, 0],
      ['PUBREC', 2, 0x83],
    ]);
  });

  it('a refusal that did not leave before the connection was lost leaves on the next one', async () => {
    const world = lab(keeping);
    const { got } = await consumer(world, { acknowledge: 'manual' });
    const first = await world.server.peer(0);
    first.send(publish(1, 1, 'blocks'));
    first.send(publish(2, 2, 'refused'));
    await quiet();
    got[1]?.acknowledge(0x80);
    const next = await reconnected(world, 0);
    next.send(publish(2, 2, 'refused', true));
    await next.first('PUBREC');
    expect(answers(next)).toEqual([['PUBREC', 2, 0x80]]);
  });

  it('a loop may go on before it acknowledges', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const loop = client.subscribe('#', { qos: 1, acknowledge: 'manual' })[Symbol.asyncIterator]();
    const peer = await server.peer(0);
    peer.send(publish(1, 1));
    peer.send(publish(1, 2));
    const [one, two] = [(await loop.next()).value, (await loop.next()).value];
    await quiet();
    expect(answers(peer)).toEqual([]);
    two?.acknowledge();
    one?.acknowledge();
    await peer.nth('PUBACK', 1);
    await client.end();
  });

  it('the option of connect is for every consumer', async () => {
    const { connect, server } = lab();
    const got: Message[] = [];
    await connect({ acknowledge: 'manual', onMessage: (message) => void got.push(message) });
    const peer = await server.peer(0);
    peer.send(publish(1, 1));
    await quiet();
    expect(answers(peer)).toEqual([]);
    got[0]?.acknowledge();
    await peer.first('PUBACK');
  });

  it('waits for the automatic consumers too, and what its handler never saw does not wait', async () => {
    const { connect, server } = lab();
    const client = await connect();
    const got: Message[] = [];
    let finish = (): void => {};
    client.on(
      'message',
      () =>
        new Promise<void>((resolve) => {
          finish = resolve;
        }),
    );
    await client.subscribe('a', { acknowledge: 'manual', onMessage: (message) => void got.push(message) });
    const unread = client.subscribe('b', { acknowledge: 'manual' })[Symbol.asyncIterator]();
    const peer = await server.peer(0);
    peer.send(publish(1, 1));
    await quiet();
    got[0]?.acknowledge();
    await quiet();
    expect(answers(peer)).toEqual([]);
    finish();
    await peer.first('PUBACK');
    peer.send(publish(1, 2, 'b'));
    await quiet();
    finish();
    await unread.return?.();
    await peer.nth('PUBACK', 1);
  });

  it('[K11] a handler that throws first is reported, and may acknowledge still', async () => {
    const { connect, server, reported } = lab();
    const client = await connect();
    const got: Message[] = [];
    await client.subscribe('a', {
      acknowledge: 'manual',
      onMessage: (message) => {
        got.push(message);
        throw new Error('no');
      },
    });
    const peer = await server.peer(0);
    peer.send(publish(1, 1));
    await quiet();
    expect([answers(peer), reported]).toMatchObject([[], [{ code: 'HANDLER_FAILED' }]]);
    got[0]?.acknowledge(0x80);
    await peer.first('PUBACK');
  });
});

describe('at most N at once', () => {
  it.each([0, 1, 2] as const)(
    '[MQTT-4.6.0-2] QoS %i: begun in order, ended in any, acknowledged in order',
    async (qos) => {
      const { connect, server } = lab();
      const client = await connect();
      const running: { readonly topic: string; readonly finish: () => void }[] = [];
      await client.subscribe('#', {
        qos: 2,
        concurrency: 3,
        onMessage: ({ topic }) => new Promise<void>((finish) => running.push({ topic, finish })),
      });
      const peer = await server.peer(0);
      for (let n = 1; n <= 6; n += 1) peer.send(publish(qos, n, `t${n}`));
      await quiet();
      expect(running.map(({ topic }) => topic)).toEqual(['t1', 't2', 't3']);
      running[2]?.finish();
      running[1]?.finish();
      await quiet();
      expect(running.map(({ topic }) => topic)).toEqual(['t1', 't2', 't3', 't4', 't5']);
      expect(answers(peer)).toEqual([]);
      running[0]?.finish();
      await quiet();
      expect(answers(peer).map(([, packetId]) => packetId)).toEqual(qos === 0 ? [] : [1, 2, 3]);
      expect(running).toHaveLength(6);
    },
  );

  it('refuses what is not a number of messages', async () => {
    const { connect } = lab();
    const client = await connect();
    await expect(client.subscribe('a', { concurrency: 0, onMessage: () => {} })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await expect(connect({ concurrency: 0 })).rejects.toMatchObject({ code: 'INVALID_OPTION' });
  });

  it('what a handler makes the client read while it runs does not overtake what waits', async () => {
    const { connect, server } = lab();
    const client = await connect({ maximumInboxMessages: 2 });
    const got: string[] = [];
    let finish = (): void => {};
    await client.subscribe('#', {
      concurrency: 2,
      onMessage: ({ topic }) => {
        got.push(topic);
        client.publish('out', '', { qos: 1 }).catch(() => {}); // an answer is owed: reading goes on
        return got.length <= 2
          ? new Promise<void>((resolve) => {
              finish = resolve;
            })
          : undefined;
      },
    });
    const peer = await server.peer(0);
    for (let n = 1; n <= 8; n += 1) peer.send(publish(1, n, `${n}`));
    await quiet();
    finish();
    await peer.until(() => got.length === 8);
    expect(got).toEqual(['1', '2', '3', '4', '5', '6', '7', '8']);
  });
});

describe('back-pressure holds for', () => {
  const ways: Record<
    string,
    (client: Awaited<ReturnType<Lab['connect']>>) => () => Promise<unknown> | undefined
  > = {
    'a handler of a filter': (client) => {
      const waiting: (() => void)[] = [];
      client.subscribe('#', { onMessage: () => new Promise<void>((resolve) => waiting.push(resolve)) });
      return () => Promise.resolve(waiting.shift()?.());
    },
    'a handler of several at once': (client) => {
      const waiting: (() => void)[] = [];
      const onMessage = () => new Promise<void>((resolve) => waiting.push(resolve));
      client.subscribe('#', { concurrency: 2, onMessage });
      return () => Promise.resolve(waiting.shift()?.());
    },
    'client.on': (client) => {
      const waiting: (() => void)[] = [];
      client.on('message', () => new Promise<void>((resolve) => waiting.push(resolve)));
      return () => Promise.resolve(waiting.shift()?.());
    },
    'a loop over a subscription': (client) => {
      const loop = client.subscribe('#')[Symbol.asyncIterator]();
      return () => loop.next();
    },
    'client.messages': (client) => {
      const loop = client.messages();
      return () => loop.next();
    },
  };
  it.each(Object.keys(ways))('[K04] %s', async (name) => {
    const { connect, server } = lab();
    const client = await connect({ maximumInboxMessages: 4 });
    const step = ways[name]?.(client);
    await quiet();
    const peer = await server.peer(0);
    for (let n = 0; n < 20; n += 1) peer.send(publish(0, 0, `${n}`));
    await quiet();
    expect(peer.link.near.isReading).toBe(false);
    for (let n = 0; n < 20; n += 1) {
      await step?.();
      await quiet();
    }
    expect(peer.link.near.isReading).toBe(true);
  });
});
