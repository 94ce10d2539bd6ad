/** Messages on their way in: acknowledgements in order, duplicates, aliases, our own limits, back-pressure. */
import type { Packet, QoS } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { Message } from '../src/message.ts';
import { bytes, type Lab, lab, onEachClient, type Peer, quiet, status } from './lab.ts';

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

/** A handler whose promises the test settles. */
function slow() {
  const running: {
    readonly message: Message;
    readonly finish: () => void;
    readonly fail: (error: unknown) => void;
  }[] = [];
  const handler = (message: Message): Promise<void> =>
    new Promise((resolve, reject) => running.push({ message, finish: resolve, fail: reject }));
  return { running, handler };
}

const answers = (peer: Peer) =>
  peer.packets.filter(({ type }) => type === 'PUBACK' || type === 'PUBREC' || type === 'PUBCOMP');

async function reconnected({ server, tick }: Lab, index: number): Promise<Peer> {
  (await server.peer(index)).cut();
  await quiet();
  tick();
  const peer = await server.peer(index + 1);
  await quiet();
  return peer;
}

onEachClient((whole) => {
  describe('an incoming PUBLISH', () => {
    it('[MQTT-4.3.2-4] [MQTT-4.3.3-8] [MQTT-4.3.3-11] [MQTT-3.3.4-1] is acknowledged as its QoS asks', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const got: [string, number][] = [];
      client.on('message', ({ topic, qos }) => got.push([topic, qos]));
      const peer = await server.peer(0);
      for (const qos of [0, 1, 2] as const) peer.send(publish(qos, 10 + qos, `t${qos}`));
      await peer.first('PUBCOMP');
      expect(got).toEqual([
        ['t0', 0],
        ['t1', 1],
        ['t2', 2],
      ]);
      expect(answers(peer)).toMatchObject([
        { type: 'PUBACK', packetId: 11, reasonCode: 0 },
        { type: 'PUBREC', packetId: 12, reasonCode: 0 },
        { type: 'PUBCOMP', packetId: 12, reasonCode: 0 },
      ]);
    });

    it('[MQTT-3.1.2-5] reaches onMessage of connect when a kept session sends it right after CONNACK', async () => {
      const got: string[] = [];
      const { connect, server, reported } = lab({
        CONNECT: (_, peer) => {
          peer.send({ type: 'CONNACK', sessionPresent: true, reasonCode: 0 });
          peer.send(publish(1, 1, 'waited'));
          peer.send(publish(2, 2, 'waited too'));
        },
      });
      const client = await connect({
        version: 4,
        cleanStart: false,
        onMessage: ({ topic }) => void got.push(topic),
      });
      const peer = await server.peer(0);
      await peer.first('PUBCOMP');
      peer.send(publish(0, 0, 'later'));
      await quiet();
      expect(got).toEqual(['waited', 'waited too', 'later']);
      expect([client.state.status, reported]).toEqual(['connected', []]);
    });

    it('[MQTT-4.5.0-2] is acknowledged though nobody wants it', async () => {
      const { connect, server } = lab();
      await connect({ version: 4 });
      const peer = await server.peer(0);
      peer.send(publish(1, 1));
      await peer.first('PUBACK');
    });

    it('carries everything: topic, flags, properties in order', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const got: Message[] = [];
      client.on('message', (message) => got.push(message));
      const properties = {
        contentType: 'application/json',
        correlationData: bytes('id'),
        userProperties: [
          ['a', '1'],
          ['b', '2'],
          ['a', '3'],
        ],
      } as const;
      const peer = await server.peer(0);
      const packet = {
        type: 'PUBLISH',
        topic: 'é/😀',
        payload: bytes('{"n":1}'),
        qos: 1,
        packetId: 3,
        properties,
      } as const;
      peer.send({ ...packet, dup: true, retain: true });
      await peer.first('PUBACK');
      const [message] = got;
      expect(message).toMatchObject({ topic: 'é/😀', qos: 1, retain: true, dup: true });
      expect(message?.properties?.userProperties).toEqual(properties.userProperties);
      expect(message?.json()).toEqual({ n: 1 });
    });

    it('[MQTT-1.5.4-3] text() keeps U+FEFF and throws for what is not UTF-8', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const got: Message[] = [];
      client.on('message', (message) => got.push(message));
      const peer = await server.peer(0);
      peer.sendHex('30 08 00 01 61 00 ef bb bf 41');
      peer.sendHex('30 05 00 01 61 00 ff');
      await quiet();
      expect(got[0]?.text()).toBe('\ufeffA');
      expect(() => got[1]?.text()).toThrow(TypeError);
    });

    it('[MQTT-4.6.0-2] [MQTT-4.6.0-3] acknowledgements leave in the order of arrival, whoever finishes first', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const [one, two] = [slow(), slow()];
      await client.subscribe('one', { qos: 2, onMessage: one.handler });
      await client.subscribe('two', { qos: 2, onMessage: two.handler });
      const peer = await server.peer(0);
      peer.send(publish(1, 1, 'one'));
      peer.send(publish(2, 2, 'two'));
      peer.send(publish(1, 3, 'nobody'));
      await quiet();
      two.running[0]?.finish();
      await quiet();
      expect(answers(peer)).toEqual([]);
      one.running[0]?.finish();
      await peer.nth('PUBACK', 1);
      expect(answers(peer).slice(0, 3)).toMatchObject([
        { type: 'PUBACK', packetId: 1 },
        { type: 'PUBREC', packetId: 2 },
        { type: 'PUBACK', packetId: 3 },
      ]);
    });

    it('[MQTT-4.3.3-10] a duplicate of QoS 2 is delivered once and answered with PUBREC, also on the next connection', async () => {
      const world = lab({
        CONNECT: ({ cleanStart }, peer) =>
          peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
        PUBREC: () => {},
      });
      const client = await world.connect({ properties: { sessionExpiryInterval: 60 } });
      const got: Message[] = [];
      client.on('message', (message) => got.push(message));
      const peer = await world.server.peer(0);
      peer.send(publish(2, 5));
      peer.send(publish(2, 5, 'a', true));
      await peer.nth('PUBREC', 1);
      const next = await reconnected(world, 0);
      next.send(publish(2, 5, 'a', true));
      await next.first('PUBREC');
      expect(got).toHaveLength(1);
      next.send({ type: 'PUBREL', packetId: 5, reasonCode: 0 });
      expect(await next.first('PUBCOMP')).toMatchObject({ packetId: 5, reasonCode: 0 });
      next.send(publish(2, 5)); // [MQTT-4.3.3-12]: a new message
      await quiet();
      expect(got).toHaveLength(2);
    });

    it('a duplicate of QoS 2 whose first is still with a handler is answered when that has finished', async () => {
      const world = lab({
        CONNECT: ({ cleanStart }, peer) =>
          peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
      });
      const client = await world.connect({ properties: { sessionExpiryInterval: 60 } });
      const { running, handler } = slow();
      client.on('message', handler);
      (await world.server.peer(0)).send(publish(2, 5));
      await quiet();
      const next = await reconnected(world, 0);
      next.send(publish(2, 5, 'a', true));
      next.send(publish(2, 5, 'a', true));
      await quiet();
      expect(next.all('PUBREC')).toHaveLength(0);
      running[0]?.finish();
      await next.first('PUBREC');
      await next.first('PUBCOMP');
      expect(running).toHaveLength(1);
      expect(next.all('PUBREC')).toHaveLength(1);
    });

    it('an acknowledgement that was not sent dies with its connection', async () => {
      const world = lab({
        CONNECT: ({ cleanStart }, peer) =>
          peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
      });
      const client = await world.connect({ properties: { sessionExpiryInterval: 60 } });
      const { running, handler } = slow();
      client.on('message', handler);
      const first = await world.server.peer(0);
      first.send(publish(1, 1));
      first.send(publish(1, 2));
      await quiet();
      const next = await reconnected(world, 0);
      next.send(publish(1, 9, 'new'));
      await quiet();
      running[0]?.finish();
      await quiet();
      running[1]?.finish();
      await quiet();
      expect(answers(next)).toEqual([]);
      running[2]?.finish();
      expect(await next.first('PUBACK')).toMatchObject({ packetId: 9 });
    });

    it('[K11] a handler that throws or rejects is reported, the message counts as done, the client lives', async () => {
      const { connect, server, reported } = lab();
      const client = await connect();
      const errors: unknown[] = [];
      const off = client.on('error', (error) => errors.push(error));
      const throwing = client.on('message', () => {
        throw new Error('no');
      });
      const peer = await server.peer(0);
      peer.send(publish(1, 1));
      await peer.first('PUBACK');
      throwing();
      client.on('message', () => Promise.reject('rejected'));
      peer.send(publish(2, 2));
      await peer.first('PUBREC');
      expect(errors).toMatchObject([
        { code: 'HANDLER_FAILED', message: 'a message handler failed: no' },
        { code: 'HANDLER_FAILED', cause: 'rejected' },
      ]);
      off();
      peer.send(publish(1, 3));
      await peer.nth('PUBACK', 1);
      expect(reported).toMatchObject([{ code: 'HANDLER_FAILED' }]);
      expect(client.state.status).toBe('connected');
    });

    whole.it(
      '[MQTT-3.3.2-10] [MQTT-3.3.2-7] topic aliases within our maximum work, on one connection',
      async () => {
        const world = lab();
        const client = await world.connect({ properties: { topicAliasMaximum: 2 } });
        const got: string[] = [];
        client.on('message', ({ topic }) => got.push(topic));
        const peer = await world.server.peer(0);
        const empty = { type: 'PUBLISH', payload: bytes(''), qos: 0, dup: false, retain: false } as const;
        peer.send({ ...empty, topic: 'long/topic', properties: { topicAlias: 2 } });
        peer.send({ ...empty, topic: '', properties: { topicAlias: 2 } });
        await quiet();
        expect(got).toEqual(['long/topic', 'long/topic']);
        const next = await reconnected(world, 0);
        next.send({ ...empty, topic: '', properties: { topicAlias: 2 } });
        expect(await next.first('DISCONNECT')).toMatchObject({ reasonCode: 0x82 });
      },
    );

    it('[K01] [MQTT-3.1.2-26] [MQTT-3.1.2-27] an alias above our maximum ends the connection with 0x94, and it comes back', async () => {
      const world = lab();
      const client = await world.connect();
      const peer = await world.server.peer(0);
      peer.send({
        type: 'PUBLISH',
        topic: 'a',
        payload: bytes(''),
        qos: 0,
        dup: false,
        retain: false,
        properties: { topicAlias: 1 },
      });
      expect(await peer.first('DISCONNECT')).toMatchObject({ reasonCode: 0x94 });
      await peer.over();
      expect(client.state).toMatchObject({
        status: 'waiting',
        reason: { code: 'PROTOCOL_ERROR', reasonCode: 0x94 },
      });
      world.tick();
      await status(client, 'connected');
    });

    it('[K04] [MQTT-3.3.4-9] more than our Receive Maximum ends the connection with 0x93', async () => {
      const { connect, server } = lab();
      const client = await connect({ properties: { receiveMaximum: 2 } });
      expect((await (await server.peer(0)).first('CONNECT')).properties).toMatchObject({ receiveMaximum: 2 });
      const { handler } = slow();
      client.on('message', handler);
      const peer = await server.peer(0);
      for (const packetId of [1, 2, 3]) peer.send(publish(packetId === 2 ? 2 : 1, packetId));
      expect(await peer.first('DISCONNECT')).toMatchObject({ reasonCode: 0x93 });
      expect(client.state).toMatchObject({ reason: { reasonCode: 0x93, statement: 'MQTT-3.3.4-9' } });
    });
  });

  describe('back-pressure', () => {
    whole.it.each([0, 1, 2] as const)(
      '[K04] QoS %i faster than the handler: the link is not read until there is room',
      async (qos) => {
        const { connect, server } = lab();
        const client = await connect({ maximumInboxMessages: 4, version: 4 });
        const { running, handler } = slow();
        client.on('message', handler);
        const peer = await server.peer(0);
        for (let packetId = 1; packetId <= 20; packetId += 1)
          peer.send(publish(qos, packetId, `t${packetId}`));
        await quiet();
        expect(peer.link.near.isReading).toBe(false);
        expect(running).toHaveLength(1);
        for (let done = 0; done < 20; done += 1) {
          running[done]?.finish();
          await quiet();
        }
        expect(running.map(({ message }) => message.topic)).toEqual(
          Array.from({ length: 20 }, (_, index) => `t${index + 1}`),
        );
        expect(peer.link.near.isReading).toBe(true);
      },
    );

    whole.it('a handler that waits for an acknowledgement gets it, however full its inbox is', async () => {
      const { connect, server } = lab();
      const client = await connect({ maximumInboxMessages: 2 });
      const done: string[] = [];
      const dropped: string[] = [];
      client.on('debug', (event) => {
        if (event.type === 'dropped') dropped.push(event.message.topic);
      });
      await client.subscribe('in/#', {
        onMessage: async ({ topic }) => {
          await client.publish(`out/${topic}`, '', { qos: 2 });
          await client.subscribe(`more/${topic}`);
          done.push(topic);
        },
      });
      const peer = await server.peer(0);
      for (let n = 0; n < 50; n += 1) peer.send(publish(n % 2 === 0 ? 1 : 0, n + 1, `in/${n}`));
      await peer.until(() => peer.all('PUBACK').length === 25);
      await quiet();
      expect(done.length + dropped.length).toBe(50);
      for (let n = 0; n < 50; n += 2) expect(done).toContain(`in/${n}`);
      expect(peer.link.near.isReading).toBe(true);
    });

    it('one slow filter does not hold another one up while there is room', async () => {
      const { connect, server } = lab();
      const client = await connect({ maximumInboxMessages: 10 });
      const { handler } = slow();
      const fast: string[] = [];
      await client.subscribe('slow', { onMessage: handler });
      await client.subscribe('fast', { onMessage: ({ topic }) => fast.push(topic) });
      const peer = await server.peer(0);
      for (let n = 0; n < 9; n += 1) {
        peer.send(publish(0, 0, 'slow'));
        peer.send(publish(0, 0, 'fast'));
      }
      await quiet();
      expect(fast).toHaveLength(9);
    });
  });
});
