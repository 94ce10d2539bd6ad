/** Topic aliases that are given by themselves. */
import { encodedLength, type Packet } from '@mqtt/codec';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { automaticTopicAliases } from '../src/topic-aliases.ts';
import { failure, lab, quiet, type Script } from './lab.ts';

type Published = Extract<Packet<5>, { type: 'PUBLISH' }>;

const server = (topicAliasMaximum: number, more: Script = {}, maximumPacketSize?: number): Script => ({
  CONNECT: ({ cleanStart }, peer) =>
    peer.send({
      type: 'CONNACK',
      sessionPresent: !cleanStart,
      reasonCode: 0,
      properties: { topicAliasMaximum, ...(maximumPacketSize && { maximumPacketSize }) },
    }),
  ...more,
});

const sent = (packets: readonly Packet[]): [string, number | undefined][] =>
  packets.map((packet) => {
    const { topic, properties } = packet as Published;
    return [topic, properties?.topicAlias];
  });

/** What a server understands; it breaks when an alias means nothing. */
function understood(packets: readonly Packet[], maximum: number): string[] {
  const topics = new Map<number, string>();
  return packets.map((packet) => {
    const { topic, properties } = packet as Published;
    const alias = properties?.topicAlias;
    if (alias === undefined) return topic;
    expect(alias).toBeGreaterThan(0);
    expect(alias).toBeLessThanOrEqual(maximum);
    if (topic !== '') topics.set(alias, topic);
    return topics.get(alias) ?? `nothing for ${alias}`;
  });
}

describe('automaticTopicAliases', () => {
  it('[MQTT-3.2.2-17] sends a topic once on a connection, then its alias, the least recently used one anew', async () => {
    const world = lab(server(2));
    const client = await world.connect({ topicAliases: automaticTopicAliases() });
    for (const topic of ['a/long', 'b/long', 'a/long', 'c/long', 'a/long', 'b/long'])
      await client.publish(topic, 'x', { qos: 1 });
    const peer = await world.server.peer(0);
    expect(sent(peer.all('PUBLISH'))).toEqual([
      ['a/long', 1],
      ['b/long', 2],
      ['', 1],
      ['c/long', 2],
      ['', 1],
      ['b/long', 2],
    ]);
  });

  it('[MQTT-3.2.2-18] gives none where the server takes none, and in 3.1.1', async () => {
    for (const [version, maximum] of [
      [5, 0],
      [4, 9],
    ] as const) {
      const script: Script = version === 5 ? server(maximum) : {};
      const world = lab(script);
      const client = await world.connect({ version, topicAliases: automaticTopicAliases() });
      for (let n = 0; n < 2; n += 1) await client.publish('a/b', 'x');
      await quiet();
      const publishes = (await world.server.peer(0)).all('PUBLISH');
      expect(sent(publishes)).toEqual([
        ['a/b', undefined],
        ['a/b', undefined],
      ]);
    }
  });

  it('[MQTT-3.3.2-7] forgets with the connection, and sends again without alias', async () => {
    const world = lab(server(9, { PUBLISH: () => {} }));
    const client = await world.connect({
      topicAliases: automaticTopicAliases(),
      properties: { sessionExpiryInterval: 60 },
    });
    const all = [1, 2].map(() => client.publish('a/b', 'x', { qos: 1 }));
    await (await world.server.peer(0)).nth('PUBLISH', 1);
    (await world.server.peer(0)).cut();
    await quiet();
    world.server.script = server(9);
    world.tick();
    await Promise.all(all);
    await client.publish('a/b', 'y', { qos: 1 });
    await client.publish('a/b', 'z', { qos: 1 });
    const again = (await world.server.peer(1)).all('PUBLISH');
    expect(sent(again)).toEqual([
      ['a/b', undefined],
      ['a/b', undefined],
      ['a/b', 1],
      ['', 1],
    ]);
  });

  it('[MQTT-3.2.2-15] is not what makes a packet too large, and learns nothing from what cannot be sent', async () => {
    const topic = 't'.repeat(40);
    const world = lab(server(9, {}, 60));
    const client = await world.connect({ topicAliases: automaticTopicAliases() });
    await client.publish(topic, new Uint8Array(60 - 2 - 42 - 1));
    expect(
      await failure(client.publish(topic, 'x', { properties: { contentType: '\ud800' } })),
    ).toMatchObject({ code: 'INVALID_OPTION' });
    await client.publish(topic, 'x');
    await client.publish(topic, 'x');
    expect(await failure(client.publish(topic, 'x', { properties: { topicAlias: 1 } }))).toMatchObject({
      code: 'INVALID_OPTION',
    });
    await quiet();
    expect(sent((await world.server.peer(0)).all('PUBLISH'))).toEqual([
      [topic, undefined],
      [topic, 1],
      ['', 1],
    ]);
  });

  it('means what was published, whatever is published', async () => {
    const topic = fc.integer({ min: 0, max: 9 }).map((n) => `sensors/room/${n}`);
    await fc.assert(
      fc.asyncProperty(fc.array(topic), fc.integer({ min: 0, max: 6 }), async (topics, maximum) => {
        const world = lab(server(maximum));
        const client = await world.connect({ topicAliases: automaticTopicAliases({ maximum: 4 }) });
        for (const one of topics) void client.publish(one, 'x');
        await client.end();
        const publishes = (await world.server.peer(0)).all('PUBLISH');
        expect(understood(publishes, Math.min(4, maximum))).toEqual(topics);
      }),
      { numRuns: 50 },
    );
  });

  it('saves a third of the bytes of small messages', async () => {
    const topics = Array.from({ length: 20 }, (_, n) => `factory/hall-3/machine-${n}/temperature`);
    const bytesOf = async (options: object): Promise<number> => {
      const world = lab(server(64));
      const client = await world.connect(options);
      for (let n = 0; n < 2000; n += 1) void client.publish(topics[n % 20] ?? '', 'x'.repeat(48));
      await client.end();
      const publishes = (await world.server.peer(0)).all('PUBLISH');
      return publishes.reduce((sum, packet) => sum + encodedLength(packet, 5), 0);
    };
    const [without, withThem] = [await bytesOf({}), await bytesOf({ topicAliases: automaticTopicAliases() })];
    expect(withThem / without).toBeLessThan(0.67);
  });
});
