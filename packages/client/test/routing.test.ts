/** Which consumer a message is for: by Subscription Identifier where the server sends one, else by its topic. */
import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { bytes, lab, quiet } from './lab.ts';

const message = (topic: string, ...subscriptionIdentifiers: number[]): Packet => ({
  type: 'PUBLISH',
  topic,
  payload: bytes('x'),
  qos: 0,
  dup: false,
  retain: false,
  properties: subscriptionIdentifiers.length > 0 ? { subscriptionIdentifiers } : undefined,
});

async function subscribed(filters: readonly (string | readonly string[])[], options = {}) {
  const { connect, server } = lab();
  const client = await connect(options);
  const got: string[] = [];
  for (const filter of filters)
    await client.subscribe(filter, { onMessage: ({ topic }) => got.push(`${filter} ${topic}`) });
  const peer = await server.peer(0);
  const send = async (packet: Packet): Promise<string[]> => {
    peer.send(packet);
    await quiet();
    return got.splice(0);
  };
  return { client, peer, send, server };
}

describe('a message', () => {
  it('with a Subscription Identifier goes to that subscription, once a copy', async () => {
    const { peer, send } = await subscribed(['a/+', 'a/#', ['b', 'c/#']]);
    expect(peer.all('SUBSCRIBE').map(({ properties }) => properties)).toEqual([
      { subscriptionIdentifier: 1 },
      { subscriptionIdentifier: 2 },
      { subscriptionIdentifier: 3 },
    ]);
    expect(await send(message('a/x', 1))).toEqual(['a/+ a/x']);
    expect(await send(message('a/x', 2))).toEqual(['a/# a/x']);
    expect(await send(message('a/x', 2, 1))).toEqual(['a/+ a/x', 'a/# a/x']);
    expect(await send(message('c/d', 3))).toEqual(['b,c/# c/d']);
  });

  it('does not show the identifiers that this client chose, but the others', async () => {
    const { client, peer } = await subscribed(['a']);
    const seen: unknown[] = [];
    client.on('message', ({ properties }) => seen.push(properties));
    await client.subscribe('b', { properties: { subscriptionIdentifier: 9 } });
    const contentType = 'text/plain';
    peer.send(message('a', 1));
    peer.send({ ...message('a', 1), properties: { subscriptionIdentifiers: [1], contentType } } as Packet);
    peer.send(message('b', 1, 9));
    peer.send(message('a', 9));
    await quiet();
    expect(seen).toEqual([
      undefined,
      { contentType },
      { subscriptionIdentifiers: [9] },
      { subscriptionIdentifiers: [9] },
    ]);
  });

  it('without one goes wherever a filter matches, as from a server that has none', async () => {
    const { send } = await subscribed(['a/+', 'a/#']);
    expect(await send(message('a/x'))).toEqual(['a/+ a/x', 'a/# a/x']);
  });

  it('with one that means nothing here, as of an earlier process, goes wherever a filter matches', async () => {
    const { send } = await subscribed(['a/+', 'a/#', 'b']);
    expect(await send(message('a/x', 77))).toEqual(['a/+ a/x', 'a/# a/x']);
    expect(await send(message('a/x', 3))).toEqual(['a/+ a/x', 'a/# a/x']); // 3 is b's
  });

  it('reaches every handler of a filter that was subscribed twice, under the last identifier', async () => {
    const { client, send } = await subscribed(['a', 'a', '#']);
    expect(await send(message('a', 2))).toEqual(['a a', 'a a']);
    await client.unsubscribe('a');
    expect(await send(message('a', 2))).toEqual(['# a']);
  });

  it('follows an identifier of the application', async () => {
    const { client, peer, send } = await subscribed(['#']);
    const got: string[] = [];
    const properties = { subscriptionIdentifier: 7 };
    await client.subscribe('a', { properties, onMessage: ({ topic }) => got.push(topic) });
    expect(peer.all('SUBSCRIBE').at(-1)?.properties).toEqual(properties);
    expect(await send(message('a', 7))).toEqual([]);
    expect(got).toEqual(['a']);
  });

  it('[MQTT-4.8.2-1] of a shared subscription is matched without its group', async () => {
    const { send } = await subscribed(['$share/g/a/+', 'a/x']);
    expect(await send(message('a/x', 1))).toEqual(['$share/g/a/+ a/x']);
    expect(await send(message('a/y'))).toEqual(['$share/g/a/+ a/y']);
  });

  it('is found again among more topics than are remembered', async () => {
    const { send } = await subscribed(['a/+', 'a/#']);
    for (const round of ['first', 'again'])
      for (let n = 0; n < 1100; n += 1) {
        expect(await send(message(`a/${n}`, 2)), round).toEqual([`a/# a/${n}`]);
      }
    expect(await send(message('a/0', 1, 2))).toEqual(['a/+ a/0', 'a/# a/0']);
  });

  it('no identifiers in 3.1.1', async () => {
    const { peer } = await subscribed(['a'], { version: 4 });
    expect(peer.all('SUBSCRIBE')[0]).not.toHaveProperty('properties.subscriptionIdentifier');
  });
});

describe('many filters', () => {
  it.each(['subscribe', 'unsubscribe'] as const)(
    '5.0 [MQTT-3.2.2-15] %s: in packets that fit the Maximum Packet Size, one answer',
    async (what) => {
      const { connect, server } = lab({
        CONNECT: (_, peer) =>
          peer.send({
            type: 'CONNACK',
            sessionPresent: false,
            reasonCode: 0,
            properties: { maximumPacketSize: 300 },
          }),
        SUBSCRIBE: ({ packetId, subscriptions }, peer) => {
          const codes = subscriptions.map(
            ({ topicFilter }) => (Number(topicFilter.slice(7)) % 3) as 0 | 1 | 2,
          );
          peer.send({ type: 'SUBACK', packetId, reasonCodes: codes });
        },
        UNSUBSCRIBE: ({ packetId, topicFilters }, peer) =>
          peer.send({
            type: 'UNSUBACK',
            packetId,
            reasonCodes: topicFilters.map((filter) => (Number(filter.slice(7)) % 2 ? 0x11 : 0)),
          }),
      });
      const client = await connect();
      const filters = Array.from({ length: 500 }, (_, index) => `filter/${index}`);
      const peer = await server.peer(0);
      if (what === 'subscribe') {
        const grants = await client.subscribe(filters, { qos: 2 });
        expect(grants.map(({ qos }) => qos)).toEqual(filters.map((_, index) => index % 3));
        expect(peer.all('SUBSCRIBE').length).toBeGreaterThan(10);
      } else {
        expect(await client.unsubscribe(filters)).toEqual(filters.map((_, index) => (index % 2 ? 0x11 : 0)));
        expect(peer.all('UNSUBSCRIBE').length).toBeGreaterThan(10);
      }
    },
  );

  it('what a lost connection answered in part is asked again whole', async () => {
    let answering = 2;
    const world = lab({
      CONNECT: (_, peer) =>
        peer.send({
          type: 'CONNACK',
          sessionPresent: false,
          reasonCode: 0,
          properties: { maximumPacketSize: 100 },
        }),
      SUBSCRIBE: ({ packetId, subscriptions }, peer) => {
        if (answering > 0)
          peer.send({ type: 'SUBACK', packetId, reasonCodes: subscriptions.map(() => 0 as const) });
        answering -= 1;
      },
    });
    const client = await world.connect();
    const filters = Array.from({ length: 40 }, (_, index) => `filter/${index}`);
    const grants = client.subscribe(filters);
    await quiet();
    (await world.server.peer(0)).cut();
    await quiet();
    answering = Infinity;
    world.tick();
    expect(await grants).toHaveLength(40);
    const packets = (await world.server.peer(1)).all('SUBSCRIBE');
    const again = packets.map(({ subscriptions }) => subscriptions.map(({ topicFilter }) => topicFilter));
    expect(again.flat()).toEqual(filters);
  });
});

it('two calls for one filter: leaving one leaves the other', async () => {
  const { connect, server } = lab();
  const client = await connect();
  const got: string[] = [];
  await client.subscribe('a', { onMessage: ({ topic }) => got.push(topic) });
  const loop = client.subscribe('a')[Symbol.asyncIterator]();
  await loop.return?.();
  const peer = await server.peer(0);
  peer.send(message('a'));
  await quiet();
  expect(got).toEqual(['a']);
  expect(peer.all('UNSUBSCRIBE')).toHaveLength(0);
});
