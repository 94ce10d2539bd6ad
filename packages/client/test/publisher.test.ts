/** Messages on their way out: flows, window, waiting, resend, lost sessions. */
import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { RefusedError } from '../src/errors.ts';
import type { ConnectOptions } from '../src/options.ts';
import { failure, type Lab, lab, onEachClient, quiet, type Script, standing, status } from './lab.ts';

const kept: ConnectOptions = { properties: { sessionExpiryInterval: 3600 } };

/** A server that keeps the session: the second connection has it. */
const keeping: Script = {
  CONNECT: ({ cleanStart }, peer) =>
    peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
};

/** Loses connection `index` and gives the next. */
async function again({ server, tick }: Lab, index: number) {
  (await server.peer(index)).cut();
  await quiet();
  tick();
  const peer = await server.peer(index + 1);
  await quiet();
  return peer;
}

const topics = (packets: readonly Extract<Packet, { type: 'PUBLISH' }>[]) =>
  packets.map(({ topic, qos, dup, packetId }) => [topic, qos, dup, packetId]);

onEachClient((whole) => {
  describe('PUBLISH', () => {
    it('[MQTT-4.3.1-1] [MQTT-2.2.1-2] QoS 0: no packet id, DUP 0, resolves when it is handed to the network', async () => {
      const { connect, server } = lab();
      const client = await connect();
      expect(await client.publish('a/b', 'hi')).toEqual({ reasonCode: 0, properties: undefined });
      expect(await (await server.peer(0)).first('PUBLISH')).toMatchObject({
        topic: 'a/b',
        payload: new Uint8Array([104, 105]),
        qos: 0,
        dup: false,
        retain: false,
        packetId: undefined,
      });
    });

    it('3.x: 20 of QoS 2 are in flight at a time, in order: no server says its window', async () => {
      const open = { now: 0, most: 0 };
      const { connect, server } = lab({
        PUBLISH: ({ packetId = 0 }, peer) => {
          open.now += 1;
          open.most = Math.max(open.most, open.now);
          void quiet().then(() => peer.send({ type: 'PUBREC', packetId, reasonCode: 0 }));
        },
        PUBREL: ({ packetId }, peer) => {
          open.now -= 1;
          peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
        },
      });
      const client = await connect({ version: 4, properties: undefined });
      const names = Array.from({ length: 45 }, (_, n) => `${n}`);
      await Promise.all(names.map((name) => client.publish(name, '', { qos: 2 })));
      expect(open).toEqual({ now: 0, most: 20 });
      expect((await server.peer(0)).all('PUBLISH').map(({ topic }) => topic)).toEqual(names);
    });

    it('[MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.2-3] QoS 1: an unused id, DUP 0, open until PUBACK', async () => {
      const { connect, server } = lab({ PUBLISH: () => {} });
      const client = await connect();
      const first = client.publish('a', '1', { qos: 1 });
      const second = client.publish('a', '2', { qos: 1, retain: true });
      const peer = await server.peer(0);
      await peer.nth('PUBLISH', 1);
      const [a, b] = peer.all('PUBLISH');
      expect([a?.dup, b?.dup, b?.retain]).toEqual([false, false, true]);
      expect(a?.packetId).not.toBe(b?.packetId);
      expect(await standing(first)).toBe('open');
      const properties = { reasonString: 'nobody', userProperties: [['k', 'v']] as const };
      peer.send({ type: 'PUBACK', packetId: b?.packetId ?? 0, reasonCode: 0x10, properties });
      expect(await second).toMatchObject({ reasonCode: 0x10, properties });
      expect(await standing(first)).toBe('open');
      peer.send({ type: 'PUBACK', packetId: a?.packetId ?? 0, reasonCode: 0 });
      expect(await first).toEqual({ reasonCode: 0, properties: undefined });
    });

    it('[MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5] QoS 2: PUBREL with the id, open until PUBCOMP', async () => {
      const { connect, server } = lab({ PUBLISH: () => {}, PUBREL: () => {} });
      const client = await connect();
      const published = client.publish('a', 'x', { qos: 2 });
      const peer = await server.peer(0);
      const { packetId = 0, dup } = await peer.first('PUBLISH');
      expect(dup).toBe(false);
      peer.send({ type: 'PUBREC', packetId, reasonCode: 0x10 });
      expect(await peer.first('PUBREL')).toMatchObject({ packetId, reasonCode: 0 });
      expect(await standing(published)).toBe('open');
      peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
      expect(await published).toMatchObject({ reasonCode: 0x10 });
    });

    it('[MQTT-4.6.0-4] PUBRELs leave in the order of their PUBRECs', async () => {
      const { connect, server } = lab({ PUBLISH: () => {} });
      const client = await connect();
      const all = [1, 2, 3].map((n) => client.publish('a', `${n}`, { qos: 2 }));
      const peer = await server.peer(0);
      await peer.nth('PUBLISH', 2);
      const ids = peer.all('PUBLISH').map(({ packetId = 0 }) => packetId);
      const order = [ids[2], ids[0], ids[1]] as number[];
      for (const packetId of order) peer.send({ type: 'PUBREC', packetId, reasonCode: 0 });
      await Promise.all(all);
      expect(peer.all('PUBREL').map(({ packetId }) => packetId)).toEqual(order);
    });

    it.each([
      ['PUBACK', 1],
      ['PUBREC', 2],
    ] as const)(
      '[K09] [MQTT-4.4.0-2] %s 0x87 rejects with the code, and no PUBREL follows',
      async (type, qos) => {
        const { connect, server } = lab({
          PUBLISH: ({ packetId = 0 }, peer) =>
            peer.send({
              type,
              packetId,
              reasonCode: 0x87,
              properties: { reasonString: 'not\u001b[31m you' },
            }),
        });
        const client = await connect();
        const error = await failure(client.publish('secret', 'x', { qos }));
        expect(error).toBeInstanceOf(RefusedError);
        expect(error).toMatchObject({
          code: 'PUBLISH_REFUSED',
          reasonCode: 0x87,
          reasonString: 'not\\u{1b}[31m you',
        });
        expect(String(error)).toContain('secret: 0x87');
        await quiet();
        expect((await server.peer(0)).all('PUBREL')).toHaveLength(0);
      },
    );

    it('[MQTT-3.3.4-8] [MQTT-4.9.0-3] a full window holds no other packet back', async () => {
      const { connect, server } = lab({
        CONNECT: (_, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: false,
            reasonCode: 0,
            properties: { receiveMaximum: 1 },
          }),
        PUBLISH: () => {},
      });
      const client = await connect();
      const waiting = [client.publish('a', '1', { qos: 1 }), client.publish('a', '2', { qos: 2 })];
      await client.subscribe('b');
      await client.publish('c', 'now');
      const peer = await server.peer(0);
      peer.send({
        type: 'PUBLISH',
        topic: 'b',
        payload: new Uint8Array(),
        qos: 1,
        packetId: 7,
        dup: false,
        retain: false,
      });
      await peer.first('PUBACK');
      expect(topics(peer.all('PUBLISH')).map(([topic, qos]) => [topic, qos])).toEqual([
        ['a', 1],
        ['c', 0],
      ]);
      const settled = Promise.allSettled(waiting);
      await client.end({ timeout: 0 });
      await settled;
    });

    whole.it(
      '[MQTT-3.3.2-2] [MQTT-3.3.2-14] [MQTT-3.3.4-6] [MQTT-4.7.3-1] [MQTT-1.5.4-2] refuses here what can not be sent, and stays connected',
      async () => {
        const { connect, server } = lab();
        const client = await connect();
        const wrong = [
          client.publish('a/+' as string, 'x'),
          client.publish('' as string, 'x', { qos: 1 }),
          client.publish('a\0', 'x', { qos: 2 }),
          client.publish('a', 7 as never),
          client.publish('a', 'x', { qos: 3 as never }),
          client.publish('a', 'x', { properties: { responseTopic: '#' as string } }),
          client.publish('a', 'x', { qos: 1, properties: { subscriptionIdentifiers: [1] } as never }),
        ];
        const errors = await Promise.all(wrong.map(failure));
        expect(errors.map((error) => (error as { code: string }).code)).toEqual(
          Array(7).fill('INVALID_OPTION'),
        );
        expect((await server.peer(0)).all('PUBLISH')).toHaveLength(0);
        await client.publish('a', 'x', { qos: 1 });
        expect(client.state.status).toBe('connected');
      },
    );

    it('[MQTT-3.2.2-17] [MQTT-3.2.2-18] sends no topic alias above the maximum of the server', async () => {
      const { connect, server } = lab({
        CONNECT: (_, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: false,
            reasonCode: 0,
            properties: { topicAliasMaximum: 3 },
          }),
      });
      const client = await connect();
      for (const qos of [0, 1] as const) {
        const error = await failure(client.publish('a', 'x', { qos, properties: { topicAlias: 4 } }));
        expect(error).toMatchObject({ code: 'LIMIT_EXCEEDED', limit: 'topicAliasMaximum', reasonCode: 0x94 });
      }
      await client.publish('a', 'x', { properties: { topicAlias: 3 } });
      expect(await (await server.peer(0)).first('PUBLISH')).toMatchObject({
        topic: 'a',
        properties: { topicAlias: 3 },
      });
    });

    it('properties need 5.0', async () => {
      const { connect } = lab();
      const client = await connect({ version: 4 });
      for (const qos of [0, 1] as const) {
        expect(
          await failure(client.publish('a', 'x', { qos, properties: { contentType: 't' } })),
        ).toMatchObject({
          code: 'INVALID_OPTION',
        });
      }
    });

    it('a payload of 1 MB and one of nothing arrive as they are', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const large = Uint8Array.from({ length: 1_048_576 }, (_, index) => index % 251);
      await client.publish('large', large, { qos: 2 });
      await client.publish('empty', '', { qos: 1 });
      const [first, second] = (await server.peer(0)).all('PUBLISH');
      expect(Buffer.compare(first?.payload ?? new Uint8Array(), large)).toBe(0);
      expect(second?.payload).toHaveLength(0);
    });
  });

  describe('a message without a connection', () => {
    it('waits, and leaves in order when there is one', async () => {
      const world = lab();
      const client = await world.connect();
      (await world.server.peer(0)).cut();
      await status(client, 'waiting');
      const all = [0, 1, 2, 1].map((qos, index) =>
        client.publish(`t${index}`, 'x', { qos: qos as 0 | 1 | 2 }),
      );
      world.tick();
      await Promise.all(all);
      const sent = (await world.server.peer(1)).all('PUBLISH');
      expect(sent.filter(({ qos }) => qos > 0).map(({ topic }) => topic)).toEqual(['t1', 't2', 't3']);
      expect(sent.every(({ dup }) => !dup)).toBe(true);
    });

    whole.it('is refused at once when it can never be sent, or when too many wait', async () => {
      const world = lab();
      const client = await world.connect({ maximumQueuedMessages: 2, queueQoS0: false });
      (await world.server.peer(0)).cut();
      await status(client, 'waiting');
      expect(await failure(client.publish('#' as string, 'x', { qos: 1 }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(await failure(client.publish('a', 'x'))).toMatchObject({ code: 'NOT_CONNECTED' });
      const waiting = [client.publish('a', '1', { qos: 1 }), client.publish('a', '2', { qos: 1 })];
      expect(await failure(client.publish('a', '3', { qos: 1 }))).toMatchObject({ code: 'QUEUE_FULL' });
      world.tick();
      await Promise.all(waiting);
      await client.publish('a', '4', { qos: 1 });
    });

    it('is checked again by the limits of the next connection', async () => {
      const world = lab({
        CONNECT: (_, peer) => {
          const properties =
            world.server.peers.length > 1 ? { maximumQoS: 0 as const, maximumPacketSize: 30 } : {};
          peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0, properties });
        },
      });
      const client = await world.connect();
      (await world.server.peer(0)).cut();
      await status(client, 'waiting');
      const errors = [
        failure(client.publish('a', 'x', { qos: 1 })),
        failure(client.publish('a', 'x'.repeat(40))),
      ];
      world.tick();
      expect(await Promise.all(errors)).toMatchObject([
        { limit: 'maximumQoS' },
        { limit: 'maximumPacketSize' },
      ]);
    });
  });

  describe('a message in flight when the connection is lost', () => {
    it('[MQTT-4.4.0-1] [MQTT-4.6.0-1] [MQTT-3.3.1-1] is sent again with DUP, its id and in order, when the session is present', async () => {
      const world = lab({ ...keeping, PUBLISH: () => {} });
      const client = await world.connect(kept);
      const all = [1, 2, 1, 2].map((qos, index) => client.publish(`t${index}`, 'x', { qos: qos as 1 | 2 }));
      const first = await world.server.peer(0);
      await first.nth('PUBLISH', 3);
      first.send({ type: 'PUBACK', packetId: first.all('PUBLISH')[0]?.packetId ?? 0, reasonCode: 0 });
      await all[0];
      const sent = first.all('PUBLISH').slice(1);
      const second = await again(world, 0);
      expect((await second.first('CONNECT')).cleanStart).toBe(false);
      expect(topics(second.all('PUBLISH'))).toEqual(
        sent.map(({ topic, qos, packetId }) => [topic, qos, true, packetId]),
      );
      world.server.script = keeping;
      for (const { packetId = 0, qos } of sent) {
        second.send({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0 });
      }
      await Promise.all(all);
    });

    it('[MQTT-4.3.3-6] is not sent again after PUBREC; its PUBREL is', async () => {
      const world = lab({ ...keeping, PUBREL: () => {} });
      const client = await world.connect(kept);
      const published = client.publish('a', 'x', { qos: 2 });
      const first = await world.server.peer(0);
      const { packetId } = await first.first('PUBREL');
      world.server.script = keeping;
      const second = await again(world, 0);
      expect(second.all('PUBLISH')).toHaveLength(0);
      expect(second.all('PUBREL')).toMatchObject([{ packetId }]);
      await published;
    });

    it('[MQTT-3.3.2-7] goes again without the topic alias of the lost connection', async () => {
      const world = lab({
        CONNECT: ({ cleanStart }, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: !cleanStart,
            reasonCode: 0,
            properties: world.server.peers.length === 1 ? { topicAliasMaximum: 5 } : {},
          }),
        PUBLISH: () => {},
      });
      const client = await world.connect(kept);
      const published = client.publish('a', 'x', { qos: 1, properties: { topicAlias: 5, contentType: 't' } });
      await (await world.server.peer(0)).first('PUBLISH');
      const second = await again(world, 0);
      const { properties, packetId = 0 } = await second.first('PUBLISH');
      expect(properties).toEqual({ contentType: 't' });
      second.send({ type: 'PUBACK', packetId, reasonCode: 0 });
      await published;
    });

    it('goes again only as far as the new window, and before anything new', async () => {
      const world = lab({
        CONNECT: ({ cleanStart }, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: !cleanStart,
            reasonCode: 0,
            properties: cleanStart ? {} : { receiveMaximum: 2 },
          }),
        PUBLISH: () => {},
      });
      const client = await world.connect(kept);
      const all = [0, 1, 2].map((n) => client.publish(`t${n}`, 'x', { qos: 1 }));
      await (await world.server.peer(0)).nth('PUBLISH', 2);
      const second = await again(world, 0);
      all.push(client.publish('new', 'x', { qos: 1 }));
      await quiet();
      expect(topics(second.all('PUBLISH')).map(([topic]) => topic)).toEqual(['t0', 't1']);
      for (let sent = 0; sent < 4; sent += 1) {
        second.send({
          type: 'PUBACK',
          packetId: (await second.nth('PUBLISH', sent)).packetId ?? 0,
          reasonCode: 0,
        });
      }
      await Promise.all(all);
      expect(topics(second.all('PUBLISH')).map(([topic, , dup]) => [topic, dup])).toEqual([
        ['t0', true],
        ['t1', true],
        ['t2', true],
        ['new', false],
      ]);
    });

    whole.it(
      '[MQTT-3.2.2-5] is published again as new, before what waits, when the server lost the session',
      async () => {
        const world = lab({ PUBLISH: () => {} });
        const client = await world.connect(kept);
        const controller = new AbortController();
        const all = [client.publish('t0', 'x', { qos: 1 }), client.publish('t1', 'x', { qos: 2 })];
        const aborted = failure(client.publish('gone', 'x', { qos: 1, signal: controller.signal }));
        await (await world.server.peer(0)).nth('PUBLISH', 2);
        controller.abort();
        await aborted;
        (await world.server.peer(0)).cut();
        await status(client, 'waiting');
        all.push(client.publish('t2', 'x', { qos: 1 }));
        world.server.script = {};
        world.tick();
        await Promise.all(all);
        const second = await world.server.peer(1);
        expect(topics(second.all('PUBLISH')).map(([topic, qos, dup]) => [topic, qos, dup])).toEqual([
          ['t0', 1, false],
          ['t1', 2, false],
          ['t2', 1, false],
        ]);
      },
    );

    whole.it(
      'rejects with SESSION_LOST after PUBREC, and always with the option, when the server lost the session',
      async () => {
        for (const onSessionLost of ['publish', 'reject'] as const) {
          const world = lab({
            PUBLISH: ({ qos, packetId = 0 }, peer) => {
              if (qos === 2) peer.send({ type: 'PUBREC', packetId, reasonCode: 0 });
            },
            PUBREL: () => {},
          });
          const client = await world.connect({ ...kept, onSessionLost });
          const one = Promise.allSettled([client.publish('one', 'x', { qos: 1 })]);
          const two = failure(client.publish('two', 'x', { qos: 2 }));
          await (await world.server.peer(0)).first('PUBREL');
          world.server.script = {};
          const second = await again(world, 0);
          expect(await two).toMatchObject({ code: 'SESSION_LOST' });
          expect(await one).toMatchObject([
            onSessionLost === 'publish' ? { status: 'fulfilled' } : { reason: { code: 'SESSION_LOST' } },
          ]);
          expect(second.all('PUBLISH')).toHaveLength(onSessionLost === 'publish' ? 1 : 0);
        }
      },
    );

    it('is given up when the next connection takes less than it needs, and holds nothing back', async () => {
      const world = lab({
        CONNECT: ({ cleanStart }, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: !cleanStart,
            reasonCode: 0,
            properties: cleanStart ? {} : { maximumPacketSize: 40, receiveMaximum: 1 },
          }),
        PUBLISH: () => {},
      });
      const client = await world.connect(kept);
      const large = failure(client.publish('large', new Uint8Array(100), { qos: 2 }));
      const small = client.publish('small', 'x', { qos: 1 });
      await (await world.server.peer(0)).nth('PUBLISH', 1);
      const second = await again(world, 0);
      expect(await large).toMatchObject({ limit: 'maximumPacketSize' });
      second.send({ type: 'PUBACK', packetId: (await second.first('PUBLISH')).packetId ?? 0, reasonCode: 0 });
      await small;
      expect(topics(second.all('PUBLISH'))[0]?.[0]).toBe('small');
    });
  });

  describe('back-pressure on publish', () => {
    it('QoS 0 waits for the network when the network is slower, and the wait is bounded', async () => {
      const { connect, server } = lab();
      const client = await connect({ maximumQueuedMessages: 5 });
      const peer = await server.peer(0);
      peer.link.far.hold();
      const payload = new Uint8Array(8000);
      let first: Promise<unknown> | undefined;
      let error: unknown;
      let sent = 0;
      for (; error === undefined && sent < 1000; sent += 1) {
        const published = client.publish('a', payload);
        published.catch((reason: unknown) => {
          error = reason;
        });
        if ((await standing(published)) === 'open') first ??= published;
      }
      expect(error).toMatchObject({ code: 'QUEUE_FULL' });
      expect(sent).toBeLessThan(30);
      peer.link.far.resume();
      await first;
      await peer.until(() => peer.all('PUBLISH').length === sent - 1);
    });
  });
});
