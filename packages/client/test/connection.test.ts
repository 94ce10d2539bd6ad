/** One network connection: CONNECT, CONNACK, keep-alive, and servers that break the protocol. */
import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { connectOn } from '../src/connect.ts';
import { RefusedError } from '../src/errors.ts';
import { bytes, failure, lab, onEachClient, quiet, status } from './lab.ts';

const accept = (properties: Extract<Packet<5>, { type: 'CONNACK' }>['properties'] = {}): Packet<5> => ({
  type: 'CONNACK',
  sessionPresent: false,
  reasonCode: 0,
  properties,
});

onEachClient((whole) => {
  describe('CONNECT', () => {
    it('[MQTT-3.1.0-1] [MQTT-3.1.3-3] is the first packet and carries what the options say', async () => {
      const { connect, server } = lab();
      await connect({
        clientId: 'me',
        cleanStart: false,
        keepAlive: 30,
        username: 'u',
        password: 'p',
        will: { topic: 'w', payload: 'gone', qos: 2, retain: true, properties: { willDelayInterval: 5 } },
        properties: { sessionExpiryInterval: 9, userProperties: [['a', 'b']] },
        maximumPacketSize: 1000,
      });
      const [first] = (await server.peer(0)).packets;
      expect(first).toEqual({
        type: 'CONNECT',
        version: 5,
        clientId: 'me',
        cleanStart: false,
        keepAlive: 30,
        username: 'u',
        password: bytes('p'),
        will: {
          topic: 'w',
          payload: bytes('gone'),
          qos: 2,
          retain: true,
          properties: { willDelayInterval: 5 },
        },
        properties: {
          sessionExpiryInterval: 9,
          userProperties: [['a', 'b']],
          receiveMaximum: 1000,
          maximumPacketSize: 1000,
        },
      });
    });

    it('takes user and password from the URL, and from the options before that', async () => {
      const { platform, server } = lab();
      await connectOn(platform, 'mqtt://u:p@test', {});
      await connectOn(platform, 'mqtt://u:p@test', { password: 'other' });
      await connectOn(platform, 'mqtt://:only@test', {});
      const packets = server.peers.map((peer) => peer.all('CONNECT')[0]);
      expect(packets.map((packet) => [packet?.username, packet?.password])).toEqual([
        ['u', bytes('p')],
        ['u', bytes('other')],
        [undefined, bytes('only')],
      ]);
    });

    it.each([3, 4, 5] as const)('speaks version %i to the end', async (version) => {
      const { connect, server } = lab();
      const client = await connect({ version });
      expect(client.version).toBe(version);
      for (const qos of [0, 1, 2] as const) await client.publish('a', 'x', { qos });
      await client.subscribe('a', { qos: 1 });
      await client.unsubscribe('a');
      await client.end();
      const peer = await server.peer(0);
      expect(peer.version).toBe(version);
      expect(peer.packets.at(-1)).toMatchObject({ type: 'DISCONNECT', reasonCode: 0 });
      await peer.over();
      expect(peer.error).toBeUndefined();
    });
  });

  describe('CONNACK', () => {
    it.each([
      [5, 0x84, /set version to 4/],
      [5, 0x85, /another clientId/],
      [5, 0x86, /username and password/],
      [5, 0x87, /username and password/],
      [5, 0x8a, /who runs the server/],
      [5, 0x9b, /will.qos/],
      [4, 1, /set version/],
      [4, 2, /another clientId/],
      [4, 4, /username and password/],
      [4, 5, /username and password/],
    ] as const)(
      'version %i, code %i: connect rejects and says what to do',
      async (version, reasonCode, advice) => {
        const { connect, server, clock } = lab({
          CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode }),
        });
        const error = await failure(connect({ version }));
        expect(error).toBeInstanceOf(RefusedError);
        expect(error).toMatchObject({
          code: 'CONNECT_REFUSED',
          reasonCode,
          message: expect.stringMatching(advice),
        });
        await quiet();
        expect([server.attempts, clock.pending]).toEqual([1, 0]);
      },
    );

    it('[K14] what the server says cannot forge a log line', async () => {
      const { connect } = lab({
        CONNECT: (_, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: false,
            reasonCode: 0x87,
            properties: { reasonString: 'no\r\nERROR \u001b[2Jroot logged in\u202e' },
          }),
      });
      const error = (await failure(connect())) as RefusedError;
      expect(error.message).toContain('"no\\u{d}\\u{a}ERROR \\u{1b}[2Jroot logged in\\u{202e}"');
      expect(error.message).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    });

    it.each([
      ['reserved flags', '20 03 02 00 00', 'MQTT-3.2.2-1'],
      ['session present after clean start', '20 03 01 00 00', 'MQTT-3.2.2-2'],
      ['a refusal with session present', '20 03 01 87 00', 'MQTT-3.2.2-6'],
      ['a property that is not its own', '20 05 00 00 02 01 01', undefined],
      ['a receive maximum of 0', '20 06 00 00 03 21 00 00', undefined],
    ])('[K02] %s: a typed error, and the connection is closed', async (_, hex, statement) => {
      const { connect, server } = lab({ CONNECT: (_packet, peer) => peer.sendHex(hex) });
      const error = await failure(connect());
      expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
      if (statement !== undefined) expect(error).toMatchObject({ statement });
      await (await server.peer(0)).over();
    });

    whole.it('[K02] an unknown reason code: a typed error, and the connection is closed', async () => {
      const { connect, server } = lab({ CONNECT: (_packet, peer) => peer.sendHex('20 03 00 7f 00') });
      expect(await failure(connect())).toMatchObject({ code: 'PROTOCOL_ERROR', statement: 'MQTT-3.2.2-8' });
      await (await server.peer(0)).over();
    });

    it('[K02] an assigned client id of 64 KiB is cut by nobody: it is used or refused, and nothing breaks', async () => {
      const { connect, server, tick } = lab({
        CONNECT: (_, peer) => peer.send(accept({ assignedClientIdentifier: 'x'.repeat(65_535) })),
      });
      const client = await connect({ clientId: '' });
      (await server.peer(0)).cut();
      await quiet();
      tick();
      expect((await (await server.peer(1)).first('CONNECT')).clientId).toHaveLength(65_535);
      await client.end();
    });

    it('[MQTT-3.2.2-4] takes a session that the server has when the caller asked for it', async () => {
      const { connect } = lab({
        CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: true, reasonCode: 0 }),
      });
      const client = await connect({ cleanStart: false });
      expect(client.state).toMatchObject({ status: 'connected', sessionPresent: true });
    });

    it('gives the limits of the server', async () => {
      const { connect } = lab({
        CONNECT: (_, peer) => peer.send(accept({ receiveMaximum: 5, maximumQoS: 1, serverKeepAlive: 9 })),
      });
      const client = await connect();
      expect(client.state).toMatchObject({
        status: 'connected',
        limits: {
          receiveMaximum: 5,
          maximumQoS: 1,
          keepAlive: 9,
          retainAvailable: true,
          maximumPacketSize: Infinity,
        },
        connack: { reasonCode: 0 },
      });
    });
  });

  describe('a server that breaks the protocol', () => {
    it.each([
      ['PUBLISH', '30 04 00 01 61 00'],
      ['PINGRESP', 'd0 00'],
      ['SUBACK', '90 04 00 01 00 00'],
      ['CONNECT', '10 00'],
      ['DISCONNECT', 'e0 00'],
      ['AUTH', 'f0 00'],
    ])('[K06] [MQTT-3.2.0-1] %s before CONNACK: connect rejects', async (_, hex) => {
      const { connect, server } = lab({ CONNECT: (_packet, peer) => peer.sendHex(hex) });
      expect(await failure(connect())).toMatchObject({ code: 'PROTOCOL_ERROR' });
      await (await server.peer(0)).over();
    });

    it.each([
      ['a second CONNACK', '20 03 00 00 00', 0x82],
      ['CONNECT', '10 0d 00 04 4d 51 54 54 05 02 00 00 00 00 00', 0x82],
      ['SUBSCRIBE', '82 07 00 01 00 00 01 61 00', 0x82],
      ['UNSUBSCRIBE', 'a2 06 00 01 00 00 01 61', 0x82],
      ['PINGREQ', 'c0 00', 0x82],
      ['AUTH that nobody began', 'f0 00', 0x82],
      ['packet type 0', '00 00', 0x81],
      ['QoS 3', '36 06 00 01 61 00 01 00', 0x81],
      ['a string that is not UTF-8', '30 05 00 02 c3 28 00', 0x81],
      ['PUBACK with packet id 0', '40 02 00 00', 0x81],
      ['PUBREL with reserved flags 0', '60 02 00 01', 0x81],
    ])(
      '[K06] %s: DISCONNECT with the reason, close, and the client comes back',
      async (_, hex, reasonCode) => {
        const { connect, server, tick } = lab();
        const client = await connect();
        const peer = await server.peer(0);
        peer.sendHex(hex);
        expect(await peer.first('DISCONNECT')).toMatchObject({ reasonCode });
        await peer.over();
        expect(peer.packets.at(-1)?.type).toBe('DISCONNECT'); // [MQTT-3.14.4-1]
        expect(client.state).toMatchObject({
          status: 'waiting',
          reason: { code: 'PROTOCOL_ERROR', reasonCode },
        });
        tick();
        await status(client, 'connected');
      },
    );

    it('[K06] in 3.1.1 it is closed without a word', async () => {
      const { connect, server } = lab();
      const client = await connect({ version: 4 });
      const peer = await server.peer(0);
      peer.sendHex('e0 00');
      await peer.over();
      expect(peer.packets.map(({ type }) => type)).toEqual(['CONNECT']);
      expect(client.state).toMatchObject({ status: 'waiting', reason: { code: 'PROTOCOL_ERROR' } });
    });

    it('[K07] [MQTT-3.1.2-24] a packet over our Maximum Packet Size: 0x95 before it is buffered', async () => {
      const { connect, server } = lab();
      const client = await connect({ maximumPacketSize: 100 });
      const peer = await server.peer(0);
      expect((await peer.first('CONNECT')).properties).toMatchObject({ maximumPacketSize: 100 });
      peer.sendHex('30 ff ff 7f');
      expect(await peer.first('DISCONNECT')).toMatchObject({ reasonCode: 0x95 });
      expect(client.state).toMatchObject({
        reason: { message: expect.stringMatching(/raise maximumPacketSize/) },
      });
    });

    whole.it('[K05] acknowledgements for nothing are ignored, with a debug event', async () => {
      const { connect, server } = lab({
        PUBREL: ({ packetId, reasonCode }, peer) => {
          if (reasonCode === 0) peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
        },
      });
      const client = await connect();
      const stray: string[] = [];
      client.on('debug', (event) => {
        if (event.type === 'stray') stray.push(event.packet.type);
      });
      const peer = await server.peer(0);
      for (const type of ['PUBACK', 'PUBREC', 'PUBCOMP', 'PUBREL'] as const) {
        peer.send({ type, packetId: 9, reasonCode: 0 });
        peer.send({ type, packetId: 9, reasonCode: 0 });
      }
      await client.publish('a', 'x', { qos: 2 });
      const { packetId = 0 } = await peer.first('PUBLISH');
      peer.send({ type: 'PUBCOMP', packetId, reasonCode: 0 });
      await quiet();
      expect(stray).toEqual([
        ...['PUBACK', 'PUBREC', 'PUBCOMP', 'PUBREL'].flatMap((type) => [type, type]),
        'PUBCOMP',
      ]);
      expect(peer.all('PUBREL').slice(0, 2)).toMatchObject([{ reasonCode: 0x92 }, { reasonCode: 0x92 }]);
      expect(peer.all('PUBCOMP')).toMatchObject([{ reasonCode: 0x92 }, { reasonCode: 0x92 }]);
      expect(client.state.status).toBe('connected');
    });

    it('packets may come in any chunks', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const got: string[] = [];
      client.on('message', (message) => got.push(message.text()));
      const peer = await server.peer(0);
      for (const byte of '30 06 00 01 61 00 68 69 30 06 00 01 61 00 68 6f'.split(' ')) {
        peer.sendHex(byte);
        await quiet();
      }
      expect(got).toEqual(['hi', 'ho']);
    });
  });

  describe('DISCONNECT from the server', () => {
    it('[MQTT-4.13.2-1] closes, tells the reason and comes back', async () => {
      const { connect, server, tick } = lab();
      const client = await connect();
      const peer = await server.peer(0);
      peer.send({ type: 'DISCONNECT', reasonCode: 0x8b, properties: { reasonString: 'bye' } });
      await peer.over();
      expect(client.state).toMatchObject({
        status: 'waiting',
        reason: { code: 'DISCONNECTED', reasonCode: 0x8b, reasonString: 'bye' },
      });
      tick();
      await status(client, 'connected');
    });

    it.each([0x8e, 0x87, 0x9d] as const)('[K10] %i ends the client: no fight', async (reasonCode) => {
      const { connect, server, clock } = lab({ PUBLISH: () => {} });
      const client = await connect();
      const waiting = failure(client.publish('a', 'x', { qos: 1 }));
      const peer = await server.peer(0);
      await peer.first('PUBLISH');
      peer.send({ type: 'DISCONNECT', reasonCode });
      expect(await waiting).toMatchObject({ code: 'CLOSED', cause: { code: 'DISCONNECTED', reasonCode } });
      expect(client.state).toMatchObject({ status: 'ended', reason: { reasonCode } });
      await peer.over();
      expect([server.attempts, clock.pending]).toEqual([1, 0]);
    });

    it('[K08] a Server Reference is told and not followed', async () => {
      const { connect, server } = lab();
      const client = await connect({ username: 'u', password: 'secret' });
      (await server.peer(0)).send({
        type: 'DISCONNECT',
        reasonCode: 0x9c,
        properties: { serverReference: 'evil.example:1883\u0007' },
      });
      await status(client, 'ended');
      expect(client.state).toMatchObject({
        reason: {
          code: 'DISCONNECTED',
          reasonCode: 0x9c,
          message: expect.stringContaining('evil.example:1883\\u{7}; see followRedirects'),
        },
      });
      expect(server.attempts).toBe(1);
    });
  });

  describe('Keep Alive', () => {
    it('[MQTT-3.1.2-20] sends PINGREQ when nothing else was sent, and not more often', async () => {
      const { connect, server, clock } = lab();
      await connect({ keepAlive: 10 });
      const peer = await server.peer(0);
      for (let second = 0; second < 60; second += 1) {
        clock.advance(1000);
        await quiet();
      }
      expect(peer.all('PINGREQ')).toHaveLength(6);
    });

    it('sends none while messages go out and answers come', async () => {
      const { connect, server, clock } = lab();
      const client = await connect({ keepAlive: 10 });
      for (let second = 0; second < 60; second += 5) {
        await client.publish('a', 'x', { qos: 1 });
        clock.advance(5000);
        await quiet();
      }
      expect((await server.peer(0)).all('PINGREQ')).toHaveLength(0);
    });

    it('asks a server that only listens, and notices that it is gone', async () => {
      const { connect, server, clock } = lab({ PINGREQ: () => {} });
      const client = await connect({ keepAlive: 10 });
      const peer = await server.peer(0);
      for (let second = 0; second < 14; second += 1) {
        await client.publish('a', 'x');
        clock.advance(1000);
        await quiet();
      }
      expect(peer.all('PINGREQ').length).toBeGreaterThan(0);
      expect(client.state.status).toBe('connected');
      clock.advance(1000);
      expect(client.state).toMatchObject({ status: 'waiting', reason: { code: 'KEEP_ALIVE_TIMEOUT' } });
    });

    it('[K13] no PINGRESP: the connection is given up after one and a half times the keep alive', async () => {
      const { connect, server, clock } = lab({ PINGREQ: () => {} });
      const client = await connect({ keepAlive: 20 });
      clock.advance(29_999);
      await quiet();
      expect(client.state.status).toBe('connected');
      clock.advance(1);
      expect(client.state).toMatchObject({ status: 'waiting', reason: { code: 'KEEP_ALIVE_TIMEOUT' } });
      await (await server.peer(0)).over();
    });

    it('0 sends nothing and waits for ever', async () => {
      const { connect, server, clock } = lab();
      const client = await connect({ keepAlive: 0 });
      expect(clock.pending).toBe(0);
      clock.advance(1e9);
      expect(client.state.status).toBe('connected');
      expect((await server.peer(0)).all('PINGREQ')).toHaveLength(0);
    });

    whole.it('does not take its own pause in reading for a dead server', async () => {
      const { connect, server, clock } = lab();
      const client = await connect({ keepAlive: 10, maximumInboxMessages: 1 });
      const loop = client.messages();
      const peer = await server.peer(0);
      for (const topic of ['1', '2', '3']) {
        peer.send({ type: 'PUBLISH', topic, payload: bytes(''), qos: 0, dup: false, retain: false });
      }
      await quiet();
      expect(peer.link.near.isReading).toBe(false);
      for (let second = 0; second < 100; second += 1) {
        clock.advance(1000);
        await quiet();
      }
      expect(client.state.status).toBe('connected');
      expect(peer.all('PINGREQ').length).toBeGreaterThan(8); // the server must not take it for dead either
      for (const topic of ['1', '2', '3']) expect((await loop.next()).value?.topic).toBe(topic);
      await quiet();
      clock.advance(9000);
      expect(client.state.status).toBe('connected');
    });

    it('a machine that slept asks once more before it gives the server up, soon', async () => {
      const { platform, server, clock } = lab({ PINGREQ: () => {} });
      let slept = 0;
      const sleepy = {
        ...platform,
        clock: { ...clock, now: () => clock.now() + slept },
      };
      const client = await connectOn(sleepy, 'mqtt://test', { keepAlive: 300 });
      const peer = await server.peer(0);
      slept = 3_600_000;
      clock.advance(300_000);
      await peer.first('PINGREQ');
      await quiet();
      clock.advance(9999);
      expect(client.state.status).toBe('connected');
      clock.advance(1);
      expect(client.state).toMatchObject({ status: 'waiting', reason: { code: 'KEEP_ALIVE_TIMEOUT' } });
    });

    it('[MQTT-3.1.2-20] asks early where timers come late, as in a page that is not seen', async () => {
      for (const [keepAlive, due] of [
        [60, 30],
        [300, 240],
      ] as const) {
        const { platform, server, clock } = lab();
        await connectOn({ ...platform, timerLag: 60_000 }, 'mqtt://test', { keepAlive });
        const peer = await server.peer(0);
        clock.advance(due * 1000 - 1);
        await quiet();
        expect(peer.all('PINGREQ')).toHaveLength(0);
        clock.advance(1);
        await quiet();
        expect(peer.all('PINGREQ')).toHaveLength(1);
      }
    });
  });
});
