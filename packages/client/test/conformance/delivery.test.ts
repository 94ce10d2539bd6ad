/** QoS flows, resends, order and sessions of a whole client, in both versions. */
import type { Packet, QoS } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import type { ConnectOptions } from '../../src/options.ts';
import {
  bytes,
  failure,
  type Lab,
  lab,
  onEachClient,
  type Peer,
  quiet,
  type Script,
  status,
} from '../lab.ts';

const message = (qos: QoS, packetId: number, dup = false): Packet =>
  ({
    type: 'PUBLISH',
    topic: 't',
    payload: bytes('x'),
    qos,
    dup,
    retain: false,
    packetId: qos > 0 ? packetId : undefined,
  }) as Packet;

const idsOf = (peer: Peer, type: 'PUBLISH' | 'PUBREL' | 'PUBACK' | 'PUBREC' | 'PUBCOMP') =>
  peer.all(type).map(({ packetId }) => packetId);

/** A server that keeps the session when it is asked to. */
const keeping: Script = {
  CONNECT: ({ cleanStart }, peer) =>
    peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
};

const kept = (version: 4 | 5): ConnectOptions =>
  version === 4
    ? { version, clientId: 'c', cleanStart: false }
    : { clientId: 'c', cleanStart: false, properties: { sessionExpiryInterval: 60 } };

async function reconnected({ server, tick }: Lab): Promise<Peer> {
  const index = server.peers.length;
  server.peers.at(-1)?.cut();
  await quiet();
  tick();
  const peer = await server.peer(index);
  await quiet();
  return peer;
}

/** A client whose first server has no session yet, and whose next ones have it. */
async function begun(version: 4 | 5, script: Script) {
  const world = lab({
    ...script,
    CONNECT: (_, peer) =>
      peer.send({ type: 'CONNACK', sessionPresent: world.server.peers.length > 1, reasonCode: 0 }),
  });
  const client = await world.connect(kept(version));
  return { world, client, peer: await world.server.peer(0) };
}

onEachClient((whole) => {
  describe('as a sender', () => {
    it('3.1.1 [MQTT-4.3.2-1] [MQTT-2.3.1-2] [MQTT-2.3.1-3] 5.0 [MQTT-4.3.2-1] [MQTT-4.3.2-2] [MQTT-4.3.2-3] QoS 1: a free id, no DUP, open until PUBACK, then the id is free', async () => {
      for (const version of [4, 5] as const) {
        const { client, peer } = await begun(version, { PUBLISH: () => {} });
        const sent = [client.publish('a', '1', { qos: 1 }), client.publish('a', '2', { qos: 1 })];
        const [one, two] = [await peer.first('PUBLISH'), await peer.nth('PUBLISH', 1)];
        expect([one, two]).toMatchObject([
          { qos: 1, dup: false },
          { qos: 1, dup: false },
        ]);
        expect(one.packetId).not.toBe(two.packetId);
        for (const { packetId = 0 } of [two, one]) peer.send({ type: 'PUBACK', packetId, reasonCode: 0 });
        await Promise.all(sent);
        const third = client.publish('a', '3', { qos: 1 });
        const { packetId = 0 } = await peer.nth('PUBLISH', 2);
        expect(packetId).toBeGreaterThan(0);
        peer.send({ type: 'PUBACK', packetId, reasonCode: 0 });
        await third;
      }
    });

    it('3.1.1 [MQTT-4.3.3-1] [MQTT-2.3.1-6] 5.0 [MQTT-4.3.3-1] [MQTT-4.3.3-2] [MQTT-4.3.3-3] [MQTT-4.3.3-4] [MQTT-4.3.3-5] [MQTT-4.3.3-6] [MQTT-2.2.1-5] QoS 2: PUBREL with its id after PUBREC, open until PUBCOMP, the PUBLISH never again', async () => {
      for (const version of [4, 5] as const) {
        const { world, client, peer } = await begun(version, { PUBREL: () => {} });
        const sent = client.publish('a', 'x', { qos: 2 });
        const { packetId, dup, qos } = await peer.first('PUBLISH');
        expect([dup, qos]).toEqual([false, 2]);
        expect(await peer.first('PUBREL')).toMatchObject({ packetId });
        world.server.script = {
          ...world.server.script,
          PUBREL: ({ packetId: id }, to) => to.send({ type: 'PUBCOMP', packetId: id, reasonCode: 0 }),
        };
        const next = await reconnected(world);
        await sent;
        expect(idsOf(next, 'PUBREL')).toEqual([packetId]);
        expect(idsOf(next, 'PUBLISH')).toEqual([]);
      }
    });

    it('3.1.1 [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-2.3.1-3] [MQTT-4.6.0-1] [MQTT-4.6.0-4] 5.0 [MQTT-4.4.0-1] [MQTT-3.3.1-1] [MQTT-3.3.1-3] [MQTT-4.6.0-1] [MQTT-4.6.0-4] what is open goes again with its id, DUP and order when the session goes on, and at no other time', async () => {
      for (const version of [4, 5] as const) {
        const { world, client, peer } = await begun(version, { PUBLISH: () => {}, PUBREL: () => {} });
        for (const qos of [1, 2, 1, 2, 2] as const) client.publish('a', `${qos}`, { qos }).catch(() => {});
        const ids = (await peer.nth('PUBLISH', 4)) && idsOf(peer, 'PUBLISH');
        const [, second = 0, , fourth = 0] = ids;
        peer.send({ type: 'PUBREC', packetId: fourth, reasonCode: 0 });
        peer.send({ type: 'PUBREC', packetId: second, reasonCode: 0 });
        await peer.nth('PUBREL', 1);
        expect(idsOf(peer, 'PUBREL')).toEqual([fourth, second]);
        const next = await reconnected(world);
        expect(idsOf(next, 'PUBLISH')).toEqual([ids[0], ids[2], ids[4]]);
        expect(next.all('PUBLISH').every(({ dup }) => dup)).toBe(true);
        expect(idsOf(next, 'PUBREL')).toEqual([fourth, second]);
        world.clock.advance(30_000);
        await quiet();
        expect(next.all('PUBLISH')).toHaveLength(3);
        await client.end({ timeout: 0 });
      }
    });

    it('5.0 [MQTT-4.3.3-7] a QoS 2 message that was sent does not expire', async () => {
      const { world, client, peer } = await begun(5, { PUBLISH: () => {} });
      const sent = client.publish('a', 'x', { qos: 2, properties: { messageExpiryInterval: 1 } });
      await peer.first('PUBLISH');
      world.clock.advance(5000);
      const next = await reconnected(world);
      expect(next.all('PUBLISH')).toMatchObject([{ dup: true, properties: { messageExpiryInterval: 1 } }]);
      world.server.script = {};
      next.send({ type: 'PUBREC', packetId: next.all('PUBLISH')[0]?.packetId ?? 0, reasonCode: 0 });
      await sent;
    });

    it('5.0 [MQTT-4.4.0-2] a reason code of 0x80 or above settles the message', async () => {
      const { world, client } = await begun(5, {
        PUBLISH: ({ packetId = 0, qos }, to) =>
          to.send({ type: qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode: 0x97 }),
      });
      for (const qos of [1, 2] as const)
        expect(await failure(client.publish('a', 'x', { qos }))).toMatchObject({ code: 'PUBLISH_REFUSED' });
      const next = await reconnected(world);
      expect(next.packets.map(({ type }) => type)).toEqual(['CONNECT']);
    });
  });

  describe('as a receiver', () => {
    it('3.1.1 [MQTT-4.3.2-2] [MQTT-3.3.4-1] [MQTT-2.3.1-6] 5.0 [MQTT-4.3.2-4] [MQTT-4.3.2-5] [MQTT-3.3.4-1] [MQTT-2.2.1-5] QoS 1: PUBACK with its id, after which the id is a new message, DUP or not', async () => {
      for (const version of [4, 5] as const) {
        const { client, peer } = await begun(version, {});
        const got: boolean[] = [];
        client.on('message', ({ dup }) => got.push(dup));
        for (const dup of [false, true, false]) peer.send(message(1, 7, dup));
        await peer.nth('PUBACK', 2);
        expect(idsOf(peer, 'PUBACK')).toEqual([7, 7, 7]);
        expect(got).toEqual([false, true, false]);
      }
    });

    it('3.1.1 [MQTT-4.3.3-2] [MQTT-3.3.4-1] 5.0 [MQTT-4.3.3-8] [MQTT-4.3.3-10] [MQTT-4.3.3-11] [MQTT-4.3.3-12] [MQTT-4.3.3-13] QoS 2: PUBREC, one delivery until PUBREL, PUBCOMP, then the id is a new message', async () => {
      for (const version of [4, 5] as const) {
        const { world, client, peer } = await begun(version, { PUBREC: () => {} });
        let got = 0;
        client.on('message', () => {
          got += 1;
        });
        peer.send({
          ...message(2, 9),
          ...(version === 5 && { properties: { messageExpiryInterval: 1 } }),
        } as Packet);
        peer.send(message(2, 9, true));
        await peer.nth('PUBREC', 1);
        world.clock.advance(5000); // the message has expired; the exchange goes on
        const next = await reconnected(world);
        next.send(message(2, 9, true));
        await next.first('PUBREC');
        expect(got).toBe(1);
        next.send({ type: 'PUBREL', packetId: 9, reasonCode: 0 });
        expect(await next.first('PUBCOMP')).toMatchObject({ packetId: 9 });
        next.send(message(2, 9));
        await next.nth('PUBREC', 1);
        expect(got).toBe(2);
      }
    });

    whole.it(
      '3.1.1 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.5.0-2] 5.0 [MQTT-4.6.0-2] [MQTT-4.6.0-3] [MQTT-4.5.0-2] acknowledgements in the order of arrival, consumed or not',
      async () => {
        for (const version of [4, 5] as const) {
          const { client, peer } = await begun(version, { PUBREC: () => {} });
          const finish: (() => void)[] = [];
          await client.subscribe('t', {
            concurrency: 9,
            onMessage: () => new Promise<void>((done) => finish.push(done)),
          });
          for (const [qos, id] of [
            [1, 1],
            [2, 2],
            [1, 3],
            [2, 4],
          ] as const)
            peer.send(message(qos, id));
          peer.send({ ...message(1, 5), topic: 'nobody' } as Packet);
          await quiet();
          for (const done of finish.reverse()) done();
          await peer.nth('PUBACK', 2);
          expect(idsOf(peer, 'PUBACK')).toEqual([1, 3, 5]);
          expect(idsOf(peer, 'PUBREC')).toEqual([2, 4]);
        }
      },
    );

    whole.it(
      '5.0 [MQTT-3.4.2-1] [MQTT-3.5.2-1] [MQTT-3.6.2-1] [MQTT-3.7.2-1] [MQTT-3.4.2-2] [MQTT-3.4.2-3] [MQTT-3.5.2-2] [MQTT-3.5.2-3] [MQTT-3.6.2-2] [MQTT-3.6.2-3] [MQTT-3.7.2-2] [MQTT-3.7.2-3] acknowledgements have reason codes of their own and never a text, so that they fit every server',
      async () => {
        const world = lab({
          CONNECT: (_, peer) =>
            peer.send({
              type: 'CONNACK',
              sessionPresent: false,
              reasonCode: 0,
              properties: { maximumPacketSize: 12 },
            }),
          PUBREC: () => {},
        });
        const client = await world.connect();
        await client.subscribe('t', {
          acknowledge: 'manual',
          onMessage: (m) => m.acknowledge(m.qos === 1 ? 0x97 : 0),
        });
        const peer = await world.server.peer(0);
        peer.send(message(1, 1));
        peer.send(message(2, 2));
        await peer.first('PUBREC');
        peer.send({ type: 'PUBREL', packetId: 2, reasonCode: 0 });
        peer.send({ type: 'PUBREL', packetId: 77, reasonCode: 0 }); // for no message
        peer.send({ type: 'PUBREC', packetId: 78, reasonCode: 0 });
        await client.publish('a', 'x', { qos: 2 });
        await peer.nth('PUBCOMP', 1);
        const acknowledgements = peer.packets.filter(({ type }) => /^PUB(ACK|REC|REL|COMP)$/.test(type));
        expect(acknowledgements).toMatchObject([
          { type: 'PUBACK', reasonCode: 0x97 },
          { type: 'PUBREC', reasonCode: 0 },
          { type: 'PUBCOMP', reasonCode: 0 },
          { type: 'PUBCOMP', reasonCode: 0x92 },
          { type: 'PUBREL', reasonCode: 0x92 },
          { type: 'PUBREL', reasonCode: 0 },
        ]);
        for (const { properties } of acknowledgements as { properties?: object }[])
          expect(properties ?? {}).toEqual({});
      },
    );
  });

  describe('a session', () => {
    it('3.1.1 [MQTT-3.1.2-4] [MQTT-3.1.3-2] [MQTT-4.1.0-1] [MQTT-4.1.0-2] 5.0 [MQTT-3.1.2-23] [MQTT-3.1.3-2] [MQTT-4.1.0-1] is asked back under the same client id, and is kept here as long', async () => {
      for (const version of [4, 5] as const) {
        const { world, client, peer } = await begun(version, { PUBLISH: () => {} });
        const sent = client.publish('a', 'x', { qos: 1 });
        const { packetId = 0 } = await peer.first('PUBLISH');
        for (let n = 0; n < 3; n += 1) {
          const next = await reconnected(world);
          expect(await next.first('CONNECT')).toMatchObject({ clientId: 'c', cleanStart: false });
          expect(idsOf(next, 'PUBLISH')).toEqual([packetId]);
        }
        world.server.peers.at(-1)?.send({ type: 'PUBACK', packetId, reasonCode: 0 });
        await sent;
      }
    });

    whole.it(
      '3.1.1 [MQTT-3.1.2-6] 5.0 [MQTT-3.1.2-4] [MQTT-3.2.2-5] that the server has not is forgotten here too: nothing of it goes on',
      async () => {
        for (const version of [4, 5] as const) {
          const world = lab({ ...keeping, PUBLISH: () => {}, PUBREL: () => {}, PUBREC: () => {} });
          const client = await world.connect({ version, onSessionLost: 'reject' } as ConnectOptions);
          let got = 0;
          client.on('message', () => {
            got += 1;
          });
          const peer = await world.server.peer(0);
          expect((await peer.first('CONNECT')).cleanStart).toBe(true);
          const lost = failure(client.publish('a', 'x', { qos: 1 }));
          peer.send(message(2, 4));
          await peer.first('PUBREC');
          const next = await reconnected(world);
          expect(await lost).toMatchObject({ code: 'SESSION_LOST' });
          next.send(message(2, 4, true)); // a new message: the id means nothing any more
          await next.first('PUBREC');
          expect([got, next.all('PUBLISH').length]).toEqual([2, 0]);
        }
      },
    );

    it('3.1.1 [MQTT-3.14.4-1] [MQTT-3.14.4-2] 5.0 [MQTT-3.14.4-1] [MQTT-3.14.4-2] [MQTT-3.14.2-1] [MQTT-3.14.1-1] ends with DISCONNECT, after which nothing is sent and the connection is closed', async () => {
      for (const version of [4, 5] as const) {
        const { client, peer } = await begun(version, {});
        const ended = client.end();
        client.publish('a', 'late', { qos: 0 }).catch(() => {});
        await ended;
        await peer.over();
        expect(peer.packets.map(({ type }) => type)).toEqual(['CONNECT', 'DISCONNECT']);
        expect(peer.error).toBeUndefined();
      }
    });

    it('3.1.1 [MQTT-3.1.2-23] 5.0 [MQTT-3.1.2-20] a connection that has nothing to send sends PINGREQ within the keep alive', async () => {
      for (const version of [4, 5] as const) {
        const world = lab();
        const client = await world.connect({ version, keepAlive: 10 });
        const peer = await world.server.peer(0);
        for (let n = 0; n < 3; n += 1) {
          world.clock.advance(10_000);
          await quiet();
        }
        expect(peer.all('PINGREQ').length).toBeGreaterThanOrEqual(3);
        await status(client, 'connected');
      }
    });

    it('5.0 [MQTT-4.9.0-1] [MQTT-4.9.0-2] [MQTT-4.9.0-3] [MQTT-3.3.4-7] [MQTT-3.3.4-8] the send quota begins at Receive Maximum, and holds PUBLISH alone', async () => {
      const world = lab({
        CONNECT: (_, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: false,
            reasonCode: 0,
            properties: { receiveMaximum: 2 },
          }),
        PUBLISH: () => {},
      });
      const client = await world.connect();
      const peer = await world.server.peer(0);
      for (const qos of [1, 2, 1] as const) client.publish('a', 'x', { qos }).catch(() => {});
      await client.subscribe('b');
      peer.send(message(1, 1));
      await peer.first('PUBACK');
      expect(peer.all('PUBLISH')).toHaveLength(2);
      const [packetId = 0] = idsOf(peer, 'PUBLISH');
      peer.send({ type: 'PUBACK', packetId, reasonCode: 0 });
      await peer.nth('PUBLISH', 2);
      await client.end({ timeout: 0 });
    });
  });
});
