/** SUBSCRIBE, UNSUBSCRIBE, handlers, loops, and what is subscribed again. */
import { describe, expect, it } from 'vitest';
import { SubscribeRefusedError } from '../src/errors.ts';
import type { Message } from '../src/message.ts';
import {
  bytes,
  failure,
  type Lab,
  lab,
  onEachClient,
  type Peer,
  quiet,
  type Script,
  standing,
  status,
} from './lab.ts';

const message = (topic: string) =>
  ({ type: 'PUBLISH', topic, payload: bytes('x'), qos: 0, dup: false, retain: false }) as const;

async function reconnected({ server, tick }: Lab, index: number): Promise<Peer> {
  (await server.peer(index)).cut();
  await quiet();
  tick();
  const peer = await server.peer(index + 1);
  await quiet();
  return peer;
}

onEachClient((whole) => {
  describe('SUBSCRIBE', () => {
    it('[MQTT-3.9.3-1] gives what was granted for each filter, in order', async () => {
      const { connect, server } = lab({
        SUBSCRIBE: ({ packetId }, peer) => peer.send({ type: 'SUBACK', packetId, reasonCodes: [2, 0, 1] }),
      });
      const client = await connect();
      expect(await client.subscribe(['a', 'b/+', '$share/g/#'], { qos: 2 })).toEqual([
        { topicFilter: 'a', qos: 2, reasonCode: 2 },
        { topicFilter: 'b/+', qos: 0, reasonCode: 0 },
        { topicFilter: '$share/g/#', qos: 1, reasonCode: 1 },
      ]);
      expect((await (await server.peer(0)).first('SUBSCRIBE')).subscriptions).toHaveLength(3);
    });

    it('sends every option', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const properties = { subscriptionIdentifier: 7 };
      await client.subscribe('a', {
        qos: 1,
        noLocal: true,
        retainAsPublished: true,
        retainHandling: 2,
        properties,
      });
      expect(await (await server.peer(0)).first('SUBSCRIBE')).toMatchObject({
        subscriptions: [
          { topicFilter: 'a', qos: 1, noLocal: true, retainAsPublished: true, retainHandling: 2 },
        ],
        properties,
      });
    });

    it.each([
      [5, 0x87],
      [4, 0x80],
    ] as const)('rejects in version %i when one filter is refused, and says which', async (version, code) => {
      const { connect, server } = lab({
        SUBSCRIBE: ({ packetId }, peer) =>
          peer.send({ type: 'SUBACK', packetId, reasonCodes: [1, code] } as never),
      });
      const client = await connect({ version });
      const got: string[] = [];
      const error = await failure(
        client.subscribe(['yes', 'no'], { qos: 1, onMessage: ({ topic }) => got.push(topic) }),
      );
      expect(error).toBeInstanceOf(SubscribeRefusedError);
      expect(error).toMatchObject({
        code: 'SUBSCRIBE_REFUSED',
        reasonCode: code,
        grants: [
          { topicFilter: 'yes', qos: 1, reasonCode: 1 },
          { topicFilter: 'no', qos: undefined, reasonCode: code },
        ],
      });
      expect(String(error)).toContain('refused to subscribe no:');
      const peer = await server.peer(0);
      peer.send(message('yes'));
      peer.send(message('no'));
      await quiet();
      expect(got).toEqual(['yes']);
    });

    it('[MQTT-4.7.1-1] [MQTT-4.7.1-2] [MQTT-4.7.3-1] [MQTT-4.8.2-1] [MQTT-4.8.2-2] [MQTT-3.8.3-2] [MQTT-3.8.3-4] refuses here what is not legal', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const wrong = ['', 'a/#/b', 'a#', 'a+/b', 'a\0', '$share/g', '$share//a', '$share/g+/a'];
      for (const filter of wrong) {
        expect(await failure(client.subscribe(filter))).toMatchObject({ code: 'INVALID_OPTION' });
        expect(await failure(client.unsubscribe(filter))).toMatchObject({ code: 'INVALID_OPTION' });
      }
      expect(await failure(client.subscribe([]))).toMatchObject({ code: 'INVALID_OPTION' });
      expect(await failure(client.subscribe('a', { qos: 3 as never }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect(await failure(client.subscribe('$share/g/a', { noLocal: true }))).toMatchObject({
        code: 'INVALID_OPTION',
      });
      expect((await server.peer(0)).all('SUBSCRIBE')).toHaveLength(0);
      await client.subscribe('a');
    });

    it('refuses options of 5.0 in 3.1.1', async () => {
      const { connect } = lab();
      const client = await connect({ version: 4 });
      for (const options of [
        { noLocal: true },
        { retainAsPublished: true },
        { retainHandling: 1 as const },
        { properties: {} },
      ]) {
        expect(await failure(client.subscribe('a', options))).toMatchObject({ code: 'INVALID_OPTION' });
      }
      await client.subscribe('$share/g'); // a filter like any other before 5.0
    });

    it('honours what CONNACK says of subscriptions', async () => {
      const { connect, server } = lab({
        CONNECT: (_, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: false,
            reasonCode: 0,
            properties: {
              wildcardSubscriptionAvailable: false,
              sharedSubscriptionAvailable: false,
              subscriptionIdentifiersAvailable: false,
              maximumPacketSize: 50,
            },
          }),
      });
      const client = await connect();
      const limits = async (promise: PromiseLike<unknown>) => (await failure(promise)) as { limit: string };
      expect(await limits(client.subscribe('a/#'))).toMatchObject({
        limit: 'wildcardSubscriptionAvailable',
        reasonCode: 0xa2,
      });
      expect(await limits(client.subscribe('$share/g/a'))).toMatchObject({
        limit: 'sharedSubscriptionAvailable',
        reasonCode: 0x9e,
      });
      expect(
        await limits(client.subscribe('a', { properties: { subscriptionIdentifier: 1 } })),
      ).toMatchObject({
        limit: 'subscriptionIdentifiersAvailable',
        reasonCode: 0xa1,
      });
      expect(await limits(client.subscribe('a'.repeat(60)))).toMatchObject({ limit: 'maximumPacketSize' });
      expect(await limits(client.unsubscribe('a'.repeat(60)))).toMatchObject({ limit: 'maximumPacketSize' });
      expect((await server.peer(0)).packets.map(({ type }) => type)).toEqual(['CONNECT']);
      await client.subscribe('a');
    });

    it('[MQTT-2.2.1-3] [MQTT-2.3.1-2] takes packet ids that no message uses', async () => {
      const { connect, server } = lab({ PUBLISH: () => {} });
      const client = await connect();
      client.publish('a', 'x', { qos: 1 }).catch(() => {});
      const subscribed = client.subscribe('a');
      client.publish('a', 'x', { qos: 2 }).catch(() => {});
      await subscribed;
      await client.unsubscribe('a');
      const peer = await server.peer(0);
      const ids = peer.packets.flatMap((packet) =>
        'packetId' in packet && packet.packetId ? [packet.packetId] : [],
      );
      expect(new Set(ids).size).toBe(ids.length);
      await client.end({ timeout: 0 });
    });

    it.each([
      ['zero codes', '90 03 00 01 00'],
      ['too few codes', '90 04 00 01 00 00'],
      ['an id that nobody waits for', '90 04 03 e7 00 00'],
      ['an UNSUBACK', 'b0 05 00 01 00 00 00'],
    ])('[K03] [MQTT-3.8.4-2] [MQTT-3.8.4-6] rejects on a SUBACK with %s', async (_, hex) => {
      const { connect, server } = lab({ SUBSCRIBE: (_packet, peer) => peer.sendHex(hex) });
      const client = await connect();
      const error = await failure(client.subscribe(['a', 'b']));
      expect(error).toMatchObject({ code: 'PROTOCOL_ERROR' });
      await (await server.peer(0)).first('DISCONNECT');
      expect(client.state.status).toBe('waiting');
    });

    it('without a connection it waits for one, and one that was not answered goes again', async () => {
      const world = lab({ SUBSCRIBE: () => {} });
      const client = await world.connect();
      const unanswered = client.subscribe('a');
      await (await world.server.peer(0)).first('SUBSCRIBE');
      (await world.server.peer(0)).cut();
      await status(client, 'waiting');
      const offline = client.subscribe('b', { qos: 1 });
      expect(await standing(offline)).toBe('open');
      world.server.script = {};
      world.tick();
      expect(await unanswered).toMatchObject([{ topicFilter: 'a', qos: 0 }]);
      expect(await offline).toMatchObject([{ topicFilter: 'b', qos: 1 }]);
    });

    whole.it('a signal ends the wait and the subscription', async () => {
      const { connect, server } = lab({ SUBSCRIBE: () => {} });
      const client = await connect();
      const controller = new AbortController();
      const got: Message[] = [];
      const subscribed = client.subscribe('a', { signal: controller.signal, onMessage: (m) => got.push(m) });
      const peer = await server.peer(0);
      const { packetId } = await peer.first('SUBSCRIBE');
      controller.abort();
      expect(await failure(subscribed)).toMatchObject({ name: 'AbortError' });
      expect(await peer.first('UNSUBSCRIBE')).toMatchObject({ topicFilters: ['a'] });
      peer.send({ type: 'SUBACK', packetId, reasonCodes: [0] });
      peer.send(message('a'));
      await quiet();
      expect(got).toEqual([]);
      expect(client.state.status).toBe('connected');
    });
  });

  describe('messages reach', () => {
    it('each handler whose filter matches, once; shared ones by their inner filter; loops and everybody too', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const got: string[] = [];
      const note = (name: string) => (m: Message) => got.push(`${name} ${m.topic}`);
      await client.subscribe(['a/+', 'a/#'], { onMessage: note('plus and hash') });
      await client.subscribe('$share/g/a/b', { onMessage: note('shared') });
      await client.subscribe('c', { onMessage: note('c') });
      const off = client.on('message', note('all'));
      const peer = await server.peer(0);
      peer.send(message('a/b'));
      await quiet();
      expect(got.sort()).toEqual(['all a/b', 'plus and hash a/b', 'shared a/b']);
      off();
      await client.unsubscribe('a/+');
      peer.send(message('a/b'));
      await quiet();
      expect(got).toHaveLength(5);
      await client.unsubscribe('a/#');
      peer.send(message('a/b'));
      await quiet();
      expect(got).toHaveLength(6);
    });

    it('a handler from the moment of the call, also before SUBACK', async () => {
      const { connect } = lab({
        SUBSCRIBE: ({ packetId }, peer) => {
          peer.send({ ...message('a'), retain: true });
          peer.send({ type: 'SUBACK', packetId, reasonCodes: [0] });
        },
      });
      const client = await connect();
      const got: boolean[] = [];
      await client.subscribe('a', { onMessage: ({ retain }) => got.push(retain) });
      expect(got).toEqual([true]);
    });

    whole.it('a loop, one after the other; leaving it unsubscribes', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const got: string[] = [];
      const loop = (async () => {
        for await (const { topic } of client.subscribe('a/+', { qos: 1 })) {
          got.push(topic);
          if (topic === 'a/3') break;
        }
      })();
      const peer = await server.peer(0);
      await peer.first('SUBSCRIBE');
      for (let n = 1; n <= 5; n += 1) peer.send({ ...message(`a/${n}`), qos: 1, packetId: n });
      await loop;
      expect(got).toEqual(['a/1', 'a/2', 'a/3']);
      await peer.first('UNSUBSCRIBE');
      await peer.until(() => peer.all('PUBACK').length === 5);
    });

    whole.it('a loop is acknowledged when the next message is asked for', async () => {
      const { connect, server } = lab();
      const client = await connect();
      const loop = client.subscribe('a')[Symbol.asyncIterator]();
      const peer = await server.peer(0);
      peer.send({ ...message('a'), qos: 1, packetId: 1 });
      expect((await loop.next()).value?.topic).toBe('a');
      await quiet();
      expect(peer.all('PUBACK')).toHaveLength(0);
      const next = loop.next();
      await peer.first('PUBACK');
      await client.end();
      expect(await next).toEqual({ done: true, value: undefined });
    });

    whole.it('a loop stops the reading when it is slow', async () => {
      const { connect, server } = lab();
      const client = await connect({ maximumInboxMessages: 3 });
      const all = client.messages();
      const peer = await server.peer(0);
      for (let n = 0; n < 10; n += 1) peer.send(message(`${n}`));
      await quiet();
      expect(peer.link.near.isReading).toBe(false);
      for (let n = 0; n < 10; n += 1) {
        expect((await all.next()).value?.topic).toBe(`${n}`);
        await quiet();
      }
      expect(peer.link.near.isReading).toBe(true);
      await all.return?.();
      peer.send(message('later'));
      expect(await all.next()).toEqual({ done: true, value: undefined });
    });

    whole.it('a loop is told of a refusal, and of an end with a reason', async () => {
      const { connect, server } = lab({
        SUBSCRIBE: ({ packetId, subscriptions }, peer) =>
          peer.send({
            type: 'SUBACK',
            packetId,
            reasonCodes: [subscriptions[0].topicFilter === 'no' ? 0x87 : 0],
          }),
      });
      const client = await connect({ reconnect: false });
      const loop = async (filter: string) => {
        for await (const m of client.subscribe(filter)) expect(m).toBeUndefined();
      };
      expect(await failure(loop('no'))).toBeInstanceOf(SubscribeRefusedError);
      expect(await failure(loop('#/no'))).toMatchObject({ code: 'INVALID_OPTION' });
      const lost = failure(loop('yes'));
      await quiet();
      (await server.peer(0)).cut();
      expect(await lost).toMatchObject({ code: 'CONNECTION_LOST' });
      expect(await failure(loop('late'))).toMatchObject({ code: 'CLOSED' });
    });
  });

  describe('UNSUBSCRIBE', () => {
    whole.it('[MQTT-3.11.3-1] gives the reason codes and ends handlers and loops', async () => {
      const { connect, server } = lab({
        UNSUBSCRIBE: ({ packetId }, peer) =>
          peer.send({ type: 'UNSUBACK', packetId, reasonCodes: [0, 0x11] }),
      });
      const client = await connect();
      const loop = client.subscribe('a')[Symbol.asyncIterator]();
      const next = loop.next();
      expect(await client.unsubscribe(['a', 'b'])).toEqual([0, 0x11]);
      expect(await next).toEqual({ done: true, value: undefined });
      expect(await (await server.peer(0)).first('UNSUBSCRIBE')).toMatchObject({ topicFilters: ['a', 'b'] });
    });

    it('rejects when it is refused', async () => {
      const { connect } = lab({
        UNSUBSCRIBE: ({ packetId }, peer) => peer.send({ type: 'UNSUBACK', packetId, reasonCodes: [0x87] }),
      });
      const client = await connect();
      expect(await failure(client.unsubscribe('a'))).toMatchObject({
        code: 'UNSUBSCRIBE_REFUSED',
        reasonCode: 0x87,
      });
    });
  });

  describe('after a reconnect', () => {
    const keeping: Script = {
      CONNECT: ({ cleanStart }, peer) =>
        peer.send({ type: 'CONNACK', sessionPresent: !cleanStart, reasonCode: 0 }),
    };

    whole.it('everything is subscribed again, however few messages may wait', async () => {
      const world = lab();
      const client = await world.connect({ maximumQueuedMessages: 1 });
      await client.subscribe('a');
      await client.subscribe('b');
      const peer = await reconnected(world, 0);
      await peer.nth('SUBSCRIBE', 1);
      await client.end({ timeout: 0 });
    });

    it('nothing is subscribed again when the session is present', async () => {
      const world = lab(keeping);
      const client = await world.connect({ properties: { sessionExpiryInterval: 60 } });
      await client.subscribe('a');
      const peer = await reconnected(world, 0);
      await client.publish('x', '', { qos: 1 });
      expect(peer.all('SUBSCRIBE')).toHaveLength(0);
    });

    whole.it.each([false, true])(
      'everything that is wanted is subscribed again when it is not, with its options (identifiers: %s)',
      async (subscriptionIdentifiersAvailable) => {
        const world = lab({
          CONNECT: (_, peer) =>
            peer.send({
              type: 'CONNACK',
              sessionPresent: false,
              reasonCode: 0,
              properties: { subscriptionIdentifiersAvailable },
            }),
        });
        const client = await world.connect();
        await client.subscribe(['a', 'b'], { qos: 1 });
        await client.subscribe('c', { qos: 2, noLocal: true });
        const properties = { userProperties: [['k', 'v']] } as const;
        await client.subscribe('d', { properties });
        await client.subscribe('gone');
        await client.unsubscribe('gone');
        const peer = await reconnected(world, 0);
        const packets = peer.all('SUBSCRIBE');
        const filters = packets.map(({ subscriptions }) =>
          subscriptions.map(({ topicFilter }) => topicFilter),
        );
        // One packet has one identifier, so that calls cannot share it; without identifiers they do.
        if (subscriptionIdentifiersAvailable) expect(filters).toEqual([['a', 'b'], ['c'], ['d']]);
        else expect(filters).toEqual([['a', 'b', 'c'], ['d']]);
        const ids = packets.map((packet) => packet.properties?.subscriptionIdentifier);
        expect(ids).toEqual(subscriptionIdentifiersAvailable ? [1, 2, 3] : [undefined, undefined]);
        const options = packets.map(({ subscriptions }) =>
          subscriptions.map(({ qos, noLocal }) => [qos, noLocal]),
        );
        expect(options.flat()).toEqual([
          [1, false],
          [1, false],
          [2, true],
          [0, false],
        ]);
        expect(packets.at(-1)?.properties).toMatchObject(properties);
      },
    );

    it('before what is published again', async () => {
      const world = lab({ PUBLISH: () => {} });
      const client = await world.connect();
      await client.subscribe('a');
      client.publish('a', 'x', { qos: 1 }).catch(() => {});
      const peer = await reconnected(world, 0);
      expect(peer.packets.map(({ type }) => type)).toEqual(['CONNECT', 'SUBSCRIBE', 'PUBLISH']);
      await client.end({ timeout: 0 });
    });

    whole.it('in packets that fit the Maximum Packet Size', async () => {
      const world = lab({
        CONNECT: (_, peer) => {
          const properties = world.server.peers.length > 1 ? { maximumPacketSize: 400 } : {};
          peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: 0, properties });
        },
      });
      const client = await world.connect();
      await client.subscribe(Array.from({ length: 50 }, (_, index) => `filter/number/${index}`));
      const peer = await reconnected(world, 0);
      const packets = peer.all('SUBSCRIBE');
      expect(packets.length).toBeGreaterThan(1);
      expect(packets.reduce((count, { subscriptions }) => count + subscriptions.length, 0)).toBe(50);
      expect(client.state.status).toBe('connected');
    });

    whole.it('a filter that is refused then is an error event, and its loop ends with it', async () => {
      const world = lab({
        SUBSCRIBE: ({ packetId }, peer) => {
          const code = world.server.peers.length > 1 ? 0x87 : 0;
          peer.send({ type: 'SUBACK', packetId, reasonCodes: [code] });
        },
      });
      const client = await world.connect();
      const errors: unknown[] = [];
      client.on('error', (error) => errors.push(error));
      const loop = client.subscribe('a');
      const next = failure(loop[Symbol.asyncIterator]().next());
      await loop;
      await reconnected(world, 0);
      expect(await next).toBeInstanceOf(SubscribeRefusedError);
      expect(errors).toMatchObject([{ code: 'SUBSCRIBE_REFUSED', reasonCode: 0x87 }]);
    });

    it('a connection that dies before SUBACK leaves the debt to the next one, even if that has the session', async () => {
      const world = lab(keeping);
      const client = await world.connect({ properties: { sessionExpiryInterval: 60 } });
      await client.subscribe('a');
      world.server.script = { SUBSCRIBE: () => {} }; // a new session, and no answer
      const second = await reconnected(world, 0);
      expect(second.all('SUBSCRIBE')).toHaveLength(1);
      world.server.script = keeping;
      const third = await reconnected(world, 1);
      expect(third.all('SUBSCRIBE')).toHaveLength(1);
      const fourth = await reconnected(world, 2);
      expect(fourth.all('SUBSCRIBE')).toHaveLength(0);
    });
  });
});
