/** From connect to ended: first connection, reconnection, states, end. */
import { describe, expect, it } from 'vitest';
import { AbortError } from '../src/features/abort.ts';
import type { ConnectOptions } from '../src/options.ts';
import type { ClientState } from '../src/state.ts';
import { failure, lab, onEachClient, quiet, type Script, standing, status } from './lab.ts';

onEachClient((whole) => {
  describe('connect', () => {
    whole.it('rejects when the server cannot be reached, and says where and why', async () => {
      const { connect, server, clock } = lab();
      server.reachable = false;
      expect(await failure(connect())).toMatchObject({
        code: 'CONNECT_FAILED',
        message: expect.stringMatching(/mqtt:\/\/test:1883 cannot be reached: refused by the test$/),
      });
      expect([server.attempts, clock.pending]).toEqual([1, 0]);
    });

    it('[K13] rejects when no CONNACK comes in time, and gives the link up', async () => {
      const { connect, server, clock } = lab({ CONNECT: () => {} });
      const connecting = failure(connect({ connectTimeout: 5000 }));
      await (await server.peer(0)).first('CONNECT');
      clock.advance(5000);
      expect(await connecting).toMatchObject({
        code: 'CONNECT_TIMEOUT',
        message: expect.stringContaining('no CONNACK'),
      });
      await (await server.peer(0)).over();
      expect(clock.pending).toBe(0);
    });

    it('[K13] rejects when the network does not answer in time, and gives the attempt up', async () => {
      const { connect, server, clock } = lab();
      server.reachable = 'silent';
      const connecting = failure(connect({ connectTimeout: 5000 }));
      await quiet();
      clock.advance(5000);
      expect(await connecting).toMatchObject({
        code: 'CONNECT_TIMEOUT',
        message: expect.stringContaining('not reached'),
      });
      expect([server.given, clock.pending]).toEqual([1, 0]);
    });

    it('rejects when the connection ends before CONNACK', async () => {
      const { connect, server } = lab({ CONNECT: (_, peer) => peer.link.far.close() });
      expect(await failure(connect())).toMatchObject({
        code: 'CONNECT_FAILED',
        message: expect.stringMatching(/closed the connection before CONNACK; is it MQTT/),
      });
      expect(server.attempts).toBe(1);
    });

    it('with reconnect.initial it keeps trying until it is connected', async () => {
      const world = lab();
      world.server.reachable = false;
      const connecting = world.connect({ reconnect: { initial: true } });
      for (let attempt = 1; attempt < 4; attempt += 1) {
        expect(await standing(connecting)).toBe('open');
        world.tick();
      }
      await quiet();
      world.server.reachable = true;
      world.tick();
      expect((await connecting).state.status).toBe('connected');
      expect(world.server.attempts).toBe(5);
    });

    it('with reconnect.initial it still stops on a permanent refusal', async () => {
      const { connect, server } = lab({
        CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x86 }),
      });
      expect(await failure(connect({ reconnect: { initial: true } }))).toMatchObject({ reasonCode: 0x86 });
      expect(server.attempts).toBe(1);
    });

    whole.it('a signal ends it, before or while it tries, and not later', async () => {
      const { connect, server, clock } = lab();
      expect(await failure(connect({ signal: AbortSignal.abort('early') }))).toMatchObject({
        cause: 'early',
      });
      expect(server.attempts).toBe(0);
      server.reachable = 'silent';
      const controller = new AbortController();
      const connecting = failure(connect({ signal: controller.signal }));
      await quiet();
      controller.abort();
      expect(await connecting).toBeInstanceOf(AbortError);
      expect([server.given, clock.pending]).toEqual([1, 0]);
      server.reachable = true;
      const later = new AbortController();
      const client = await connect({ signal: later.signal });
      later.abort();
      expect(client.state.status).toBe('connected');
    });

    it('refuses wrong options and URLs before it tries', async () => {
      const { connect, server } = lab();
      expect(await failure(connect({ clean: true } as object))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(await failure(connect({ will: { topic: '#', payload: '' } }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(server.attempts).toBe(0);
    });

    it.each([
      [
        '[MQTT-3.1.3-7] an empty client id that shall keep its session',
        { version: 4, clientId: '', cleanStart: false },
      ],
      ['properties in 3.1.1', { version: 4, properties: {} }],
      ['properties of the will in 3.1.1', { version: 4, will: { topic: 't', payload: 'p', properties: {} } }],
      [
        'authentication in 3.1.1',
        { version: 4, authentication: { method: 'M', exchange: () => [][Symbol.iterator]() } },
      ],
      ['a property that is out of range', { properties: { sessionExpiryInterval: -1 } }],
      ['a password that is neither text nor bytes', { password: 7 }],
    ])('says INVALID_OPTION before it tries, for what CONNECT cannot say: %s', async (_, options) => {
      const { connect, server, clock } = lab();
      expect(await failure(connect(options as ConnectOptions))).toMatchObject({ code: 'INVALID_OPTION' });
      expect([server.attempts, clock.pending]).toEqual([0, 0]);
    });
  });

  describe('a lost connection', () => {
    it('is mended, with every state and its reason told', async () => {
      const { connect, server, tick } = lab();
      const client = await connect();
      const states: ClientState[] = [];
      client.on('state', (state, previous) => {
        states.push(state);
        expect(previous.status).not.toBe(state.status);
      });
      (await server.peer(0)).cut();
      await status(client, 'waiting');
      tick();
      await status(client, 'connected');
      expect(states).toMatchObject([
        { status: 'waiting', reason: { code: 'CONNECTION_LOST' }, attempt: 1, delay: expect.any(Number) },
        { status: 'connecting', attempt: 2 },
        { status: 'connected', sessionPresent: false },
      ]);
    });

    it('ends the client when reconnect is false', async () => {
      const { connect, server, clock } = lab();
      const client = await connect({ reconnect: false });
      (await server.peer(0)).cut();
      await status(client, 'ended');
      expect(client.state).toMatchObject({ reason: { code: 'CONNECTION_LOST' } });
      expect(clock.pending).toBe(0);
      expect(await failure(client.publish('a', 'x'))).toMatchObject({
        code: 'CLOSED',
        cause: { code: 'CONNECTION_LOST' },
      });
      expect(await failure(client.subscribe('a'))).toMatchObject({ code: 'CLOSED' });
      expect(await failure(client.unsubscribe('a'))).toMatchObject({ code: 'CLOSED' });
      await client.end();
    });

    it('ends the client after the maximum of attempts', async () => {
      const { connect, server, tick } = lab();
      const client = await connect({ reconnect: { maximumAttempts: 3 } });
      server.reachable = false;
      (await server.peer(0)).cut();
      await quiet();
      for (let attempt = 0; attempt < 3; attempt += 1) {
        expect(client.state.status).toBe('waiting');
        tick();
        await quiet();
      }
      expect(client.state).toMatchObject({ status: 'ended', reason: { code: 'CONNECT_FAILED' } });
      expect(server.attempts).toBe(4);
    });

    it('[K10] a passing refusal is tried again with growing delays, never hot', async () => {
      const world = lab({}, () => 0.5);
      const client = await world.connect();
      const delays: number[] = [];
      client.on('state', (state) => {
        if (state.status === 'waiting') delays.push(state.delay);
      });
      world.server.script = {
        CONNECT: (_, peer) => peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0x88 }),
      };
      (await world.server.peer(0)).cut();
      for (let attempt = 0; attempt < 8; attempt += 1) {
        await status(client, 'waiting');
        world.tick();
        await quiet();
      }
      expect(delays).toEqual([500, 1000, 2000, 4000, 8000, 16_000, 30_000, 30_000, 30_000]);
    });

    it('a server that accepts and hangs up at once is not met with a hot loop', async () => {
      const world = lab({}, () => 0.999);
      const client = await world.connect();
      for (let round = 0; round < 6; round += 1) {
        (await world.server.peer(round)).cut();
        await quiet();
        expect(client.state).toMatchObject({
          status: 'waiting',
          delay: Math.floor(0.999 * 1000 * 2 ** round),
        });
        world.tick();
        await status(client, 'connected');
      }
      world.clock.advance(30_000); // stable: the count begins anew
      await quiet();
      (await world.server.peer(6)).cut();
      await quiet();
      expect(client.state).toMatchObject({ delay: 999 });
    });

    it('[MQTT-3.1.2-4] asks for the session back only where it can have outlived the connection', async () => {
      const cases = [
        [{}, true],
        [{ properties: { sessionExpiryInterval: 0 } }, true],
        [{ properties: { sessionExpiryInterval: 60 } }, false],
        [{ cleanStart: false }, false],
        [{ version: 4 }, true],
        [{ version: 4, cleanStart: false }, false],
      ] as const;
      for (const [options, cleanStart] of cases) {
        const world = lab();
        await world.connect(options);
        const first = await world.server.peer(0);
        expect((await first.first('CONNECT')).cleanStart).toBe(!('cleanStart' in options));
        first.cut();
        await quiet();
        world.tick();
        expect((await (await world.server.peer(1)).first('CONNECT')).cleanStart).toBe(cleanStart);
      }
    });
  });

  describe('what CONNACK says', () => {
    const welcome =
      (properties: object): NonNullable<Script['CONNECT']> =>
      (_, peer) =>
        peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0, properties });

    it('[MQTT-3.2.2-16] an assigned client id is the one that the next connection names', async () => {
      const { connect, server, tick } = lab({ CONNECT: welcome({ assignedClientIdentifier: 'given' }) });
      const client = await connect({ clientId: '', properties: { sessionExpiryInterval: 60 } });
      expect(client.clientId).toBe('given');
      (await server.peer(0)).cut();
      await status(client, 'waiting');
      tick();
      const second = await (await server.peer(1)).first('CONNECT');
      expect(second).toMatchObject({ clientId: 'given', cleanStart: false });
      await client.end();
    });

    it('a session expiry of the server replaces our own', async () => {
      for (const [own, given, cleanStart] of [
        [60, 0, true],
        [0, 60, false],
      ] as const) {
        const { connect, server, tick } = lab({ CONNECT: welcome({ sessionExpiryInterval: given }) });
        const client = await connect({ properties: { sessionExpiryInterval: own } });
        (await server.peer(0)).cut();
        await status(client, 'waiting');
        tick();
        expect(await (await server.peer(1)).first('CONNECT')).toMatchObject({ cleanStart });
        await client.end();
      }
    });

    it('[MQTT-3.2.2-21] a keep alive of the server replaces our own; everything it said is in the state', async () => {
      const said = {
        serverKeepAlive: 7,
        receiveMaximum: 3,
        responseInformation: 'r/',
        reasonString: 'hello',
      };
      const { connect, clock, server } = lab({ CONNECT: welcome(said) });
      const client = await connect({ keepAlive: 600 });
      expect(client.state).toMatchObject({
        status: 'connected',
        limits: { keepAlive: 7, receiveMaximum: 3 },
        connack: { properties: said },
      });
      clock.advance(7000);
      await (await server.peer(0)).first('PINGREQ');
      await client.end();
    });
  });

  describe('3.1, which has no Session Present', () => {
    it.each([
      [false, { dup: true }, true],
      [true, { dup: false }, false],
    ])('with cleanStart %s a message in flight comes back as %j', async (cleanStart, again, isSameId) => {
      const world = lab({ PUBLISH: () => {} });
      const client = await world.connect({ version: 3, cleanStart, clientId: 'old' });
      await client.subscribe('a/#', { qos: 1 });
      const published = client.publish('a', 'x', { qos: 2 }).catch(() => {});
      const first = await world.server.peer(0);
      const sent = await first.first('PUBLISH');
      first.cut();
      await quiet();
      world.tick();
      const second = await world.server.peer(1);
      const resent = await second.first('PUBLISH');
      expect(resent).toMatchObject(again);
      expect(resent.packetId === sent.packetId).toBe(isSameId);
      expect((await second.first('SUBSCRIBE')).subscriptions).toMatchObject([{ topicFilter: 'a/#' }]);
      await client.end({ timeout: 0 });
      await published;
    });
  });

  describe('end', () => {
    it('[MQTT-3.14.4-1] [MQTT-3.14.4-2] flushes, sends DISCONNECT last and closes', async () => {
      const { connect, server, clock } = lab();
      const client = await connect();
      const published = [0, 1, 2].map((qos) => client.publish('a', 'x', { qos: qos as 0 | 1 | 2 }));
      const ended = client.end();
      expect(client.state.status).toBe('ending');
      expect(await failure(client.publish('a', 'late'))).toMatchObject({ code: 'CLOSED' });
      await ended;
      await Promise.all(published);
      const peer = await server.peer(0);
      expect(peer.packets.at(-1)).toMatchObject({ type: 'DISCONNECT', reasonCode: 0 });
      expect(peer.all('PUBLISH')).toHaveLength(3);
      expect([peer.isClosed, peer.error, clock.pending]).toEqual([true, undefined, 0]);
      expect(client.state).toEqual({ status: 'ended', reason: undefined });
      await client.end();
    });

    whole.it('can say more: DISCONNECT with the will, with properties', async () => {
      const { connect, server } = lab();
      const client = await connect({ properties: { sessionExpiryInterval: 60 } });
      await client.end({
        reasonCode: 0x04,
        properties: { sessionExpiryInterval: 7, userProperties: [['a', 'b']] },
      });
      expect((await server.peer(0)).packets.at(-1)).toMatchObject({
        type: 'DISCONNECT',
        reasonCode: 0x04,
        properties: { sessionExpiryInterval: 7 },
      });
      const short = await lab().connect();
      expect(await failure(short.end({ properties: { sessionExpiryInterval: 7 } }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      await short.end();
      const older = await lab().connect({ version: 4 });
      expect(await failure(older.end({ reasonCode: 0x04 }))).toMatchObject({ code: 'INVALID_OPTION' });
      await older.end();
    });

    whole.it('waits no longer than its timeout, and rejects what is open', async () => {
      const { connect, clock, server } = lab({ PUBLISH: () => {}, SUBSCRIBE: () => {} });
      const client = await connect();
      const open = Promise.allSettled([
        client.publish('a', 'x', { qos: 1 }),
        client.subscribe('a'),
        client.messages().next(),
      ]);
      const ended = client.end({ timeout: 700 });
      await quiet();
      clock.advance(699);
      expect(await standing(ended)).toBe('open');
      clock.advance(1);
      await ended;
      expect(await open).toMatchObject([
        { reason: { code: 'CLOSED' } },
        { reason: { code: 'CLOSED' } },
        { status: 'fulfilled', value: { done: true } },
      ]);
      expect((await server.peer(0)).packets.at(-1)).toMatchObject({ type: 'DISCONNECT' });
    });

    it('rejects a message between PUBREC and PUBCOMP too', async () => {
      const { connect, server } = lab({ PUBREL: () => {} });
      const client = await connect();
      const open = failure(client.publish('a', 'x', { qos: 2 }));
      await (await server.peer(0)).first('PUBREL');
      await client.end({ timeout: 0 });
      expect(await open).toMatchObject({ code: 'CLOSED' });
    });

    it('ends at once without a connection: while it waits, and while it tries', async () => {
      for (const reachable of [false, 'silent'] as const) {
        const world = lab();
        const client = await world.connect();
        world.server.reachable = reachable;
        (await world.server.peer(0)).cut();
        await status(client, 'waiting');
        if (reachable === 'silent') {
          world.tick();
          await status(client, 'connecting');
        }
        const open = failure(client.publish('a', 'z', { qos: 2 }));
        await client.end();
        expect(await open).toMatchObject({ code: 'CLOSED' });
        expect(client.state.status).toBe('ended');
        await quiet();
        expect(world.clock.pending).toBe(0);
      }
    });

    it('a connection that is lost meanwhile ends it', async () => {
      const { connect, server, clock } = lab({ PUBLISH: () => {} });
      const client = await connect();
      const open = failure(client.publish('a', 'x', { qos: 1 }));
      const ended = client.end();
      await quiet();
      (await server.peer(0)).cut();
      await ended;
      expect(await open).toMatchObject({ code: 'CLOSED' });
      expect(clock.pending).toBe(0);
    });

    it('does not wait for ever for a server that does not close', async () => {
      const { connect, server, clock } = lab();
      const client = await connect();
      (await server.peer(0)).link.far.hold();
      const ended = client.end();
      expect(await standing(ended)).toBe('open');
      clock.advance(2000);
      await ended;
      expect(clock.pending).toBe(0);
    });

    it('may be called by a handler, and by everybody at once', async () => {
      const { connect, server } = lab();
      const client = await connect();
      let ended: Promise<unknown> | undefined;
      client.on('message', () => {
        ended = Promise.all([client.end(), client.end(), client.end({ timeout: 0 })]);
      });
      const peer = await server.peer(0);
      peer.send({
        type: 'PUBLISH',
        topic: 'a',
        payload: new Uint8Array(),
        qos: 0,
        dup: false,
        retain: false,
      });
      await peer.over();
      await ended;
      expect(peer.all('DISCONNECT')).toHaveLength(1);
    });
  });

  describe('listeners', () => {
    it('one that throws stops nobody', async () => {
      const { connect, server, reported, tick } = lab();
      const client = await connect();
      client.on('state', () => {
        throw new Error('mine');
      });
      const seen: string[] = [];
      client.on('state', ({ status: now }) => seen.push(now));
      (await server.peer(0)).cut();
      await status(client, 'waiting');
      tick();
      await status(client, 'connected');
      expect(seen).toEqual(['waiting', 'connecting', 'connected']);
      expect(reported).toHaveLength(3);
    });
  });
});
