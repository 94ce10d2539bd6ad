/** Topic aliases that the broker gives a client: never more than allowed, never without their topic having been said. */
import type { Packet } from '@mqtt/codec';
import { InboundAliases } from '@mqtt/session';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { House, type Wire, type Wishes } from '../wire/house.ts';

const LONG = 'building/7/floor/3/room/1/temperature';

/** What came as topic and alias: `topic=1` announces, `=1` uses. */
function aliasesOf(packets: readonly Packet[]): string[] {
  return packets.map((packet) => {
    if (packet.type !== 'PUBLISH') return packet.type;
    const alias =
      packet.properties !== undefined && 'topicAlias' in packet.properties
        ? packet.properties.topicAlias
        : '';
    return `${packet.topic}=${alias ?? ''}`;
  });
}

function allowing(topicAliasMaximum: number | undefined, more: Wishes = {}): Wishes {
  return { clientId: 'sub', ...more, properties: { topicAliasMaximum, ...more.properties } };
}

function subscribed(house: House, wishes: Wishes, qos: 0 | 1 | 2 = 0): Wire {
  const wire = house.connect(wishes).subscribe('#', qos);
  wire.take();
  return wire;
}

describe('5.0 topic aliases towards a client', () => {
  it('[MQTT-3.3.2-8] [MQTT-3.3.2-11] a topic that comes again gets one: said with the topic first, then alone', () => {
    const house = new House();
    const sub = subscribed(house, allowing(10));
    const pub = house.connect({ clientId: 'pub' });
    for (const text of ['1', '2', '3', '4']) pub.publish(LONG, text);
    const got = sub.take();
    expect(aliasesOf(got)).toEqual([`${LONG}=`, `${LONG}=1`, '=1', '=1']);
    const payloads = got.map((packet) =>
      new TextDecoder().decode('payload' in packet ? packet.payload : undefined),
    );
    expect(payloads).toEqual(['1', '2', '3', '4']);
  });

  it.each([undefined, 0])('[MQTT-3.1.2-27] Topic Alias Maximum %s: none is sent', (maximum) => {
    const house = new House();
    const sub = subscribed(house, allowing(maximum));
    const pub = house.connect({ clientId: 'pub' });
    for (let i = 0; i < 5; i++) pub.publish(LONG, 'x');
    expect(aliasesOf(sub.take())).toEqual(Array(5).fill(`${LONG}=`));
  });

  it('none is sent to 3.1.1, nor with maximumOutboundTopicAliases 0', () => {
    const house = new House({ limits: { maximumOutboundTopicAliases: 0 } });
    const subs = [subscribed(house, allowing(9)), subscribed(house, { clientId: 'three', version: 4 })];
    const pub = house.connect({ clientId: 'pub' });
    for (let i = 0; i < 5; i++) pub.publish(LONG, 'x');
    for (const sub of subs) expect(aliasesOf(sub.take())).toEqual(Array(5).fill(`${LONG}=`));
  });

  it('none for a topic that is short, or small beside its payload, or that never comes again', () => {
    const house = new House();
    const sub = subscribed(house, allowing(10));
    const pub = house.connect({ clientId: 'pub' });
    for (let i = 0; i < 5; i++) pub.publish('short/topic', 'x').publish(LONG, 'x'.repeat(100));
    for (let i = 0; i < 200; i++) pub.publish(`${LONG}/${i}`, 'x');
    expect(aliasesOf(sub.take()).filter((text) => !text.endsWith('='))).toEqual([]);
  });

  it('[MQTT-3.3.2-7] after a reconnect the aliases of the old connection are gone; what is sent again says its topic', () => {
    const house = new House();
    const kept = allowing(10, {
      cleanStart: false,
      properties: { sessionExpiryInterval: 99, topicAliasMaximum: 10 },
    });
    const sub = subscribed(house, kept, 1);
    const pub = house.connect({ clientId: 'pub' });
    for (let i = 1; i <= 3; i++) pub.publish(LONG, 'x', 1, { packetId: i });
    expect(aliasesOf(sub.take())).toEqual([`${LONG}=`, `${LONG}=1`, '=1']);
    sub.link.cut();
    house.settle();
    const again = house.ask({ ...kept, properties: { sessionExpiryInterval: 99 } });
    expect(aliasesOf(again.take()).slice(1)).toEqual(Array(3).fill(`${LONG}=`));
    again.link.cut();
    house.settle();
    const third = house.ask(kept);
    expect(aliasesOf(third.take()).slice(1)).toEqual([`${LONG}=`, `${LONG}=1`, '=1']);
  });

  it('[MQTT-3.1.2-24] none where saying it would make the packet larger than the client takes', () => {
    const house = new House();
    const size = 2 + 2 + LONG.length + 1 + 1;
    const sub = subscribed(
      house,
      allowing(10, { properties: { topicAliasMaximum: 10, maximumPacketSize: size + 4 } }),
    );
    const pub = house.connect({ clientId: 'pub' });
    for (let i = 0; i < 4; i++) pub.publish(LONG, 'x');
    expect(aliasesOf(sub.take())).toEqual(Array(4).fill(`${LONG}=`));
  });

  it('lie beside every other property, packet id, DUP, RETAIN and identifier', () => {
    const house = new House();
    const sub = house
      .connect(allowing(10))
      .subscribe('#', 2, { retainAsPublished: true }, { subscriptionIdentifier: 200 });
    sub.take();
    const pub = house.connect({ clientId: 'pub' });
    const properties = {
      contentType: 'a',
      userProperties: [['k', 'v'.repeat(10)]],
      messageExpiryInterval: 9,
    };
    for (let i = 1; i <= 3; i++) pub.publish(LONG, 'x', 1, { packetId: i, retain: true, properties });
    const got = sub.take();
    expect(aliasesOf(got)).toEqual([`${LONG}=`, `${LONG}=1`, '=1']);
    for (const [i, packet] of got.entries()) {
      expect(packet).toMatchObject({ qos: 1, retain: true, dup: false, packetId: i + 1 });
      expect(packet).toHaveProperty(
        'properties',
        expect.objectContaining({ ...properties, subscriptionIdentifiers: [200] }),
      );
    }
  });

  it('what all subscribers share stays whole: one with aliases beside one without, at every QoS', () => {
    const house = new House();
    const wishes: Wishes[] = [
      allowing(5),
      { clientId: 'plain' },
      { clientId: 'three', version: 4 },
      allowing(1, { clientId: 'one' }),
    ];
    const subs = wishes.flatMap((wish, i) =>
      ([0, 1, 2] as const).map((qos) => subscribed(house, { ...wish, clientId: `${i}-${qos}` }, qos)),
    );
    const pub = house.connect({ clientId: 'pub' });
    const expected: string[] = [];
    for (let i = 1; i <= 12; i++) {
      const topic = `${LONG}/${i % 3}`;
      pub.publish(topic, `${i}`, (i % 3) as 0 | 1 | 2, i % 3 === 0 ? {} : { packetId: i });
      expected.push(`${topic} ${i}`);
    }
    for (const sub of subs) expect(heard(sub.take())).toEqual(expected);
  });

  it('[MQTT-3.1.2-26] [MQTT-3.3.2-9] whatever comes, the client knows each alias, within its maximum, and hears the right topics', () => {
    const topics = fc.array(fc.integer({ min: 0, max: 30 }), { minLength: 50, maxLength: 400 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 6 }),
        topics,
        fc.constantFrom<0 | 1 | 2>(0, 1, 2),
        (maximum, order, qos) => {
          const house = new House({ limits: { maximumInflight: 1000, receiveMaximum: 1000 } });
          const sub = subscribed(house, allowing(maximum), qos);
          const pub = house.connect({ clientId: 'pub' });
          const expected = order.map((at, i) => `${LONG}/${at} ${i}`);
          pub.send(
            ...order.map((at, i) => {
              const payload = new TextEncoder().encode(`${i}`);
              const id = qos === 0 ? {} : { packetId: i + 1 };
              return {
                type: 'PUBLISH',
                topic: `${LONG}/${at}`,
                payload,
                qos,
                dup: false,
                retain: false,
                ...id,
              };
            }),
          );
          expect(heard(sub.take(), maximum)).toEqual(expected);
        },
      ),
      { numRuns: 60 },
    );
  });

  it('the bytes are exactly those of the specification', () => {
    const house = new House();
    const sub = subscribed(house, allowing(300), 1);
    const seen: Uint8Array[] = [];
    const { receive } = sub;
    sub.receive = (chunk) => {
      seen.push(chunk.slice());
      receive.call(sub, chunk);
    };
    const pub = house.connect({ clientId: 'pub' });
    for (let i = 1; i <= 3; i++) pub.publish(LONG, 'x', 1, { packetId: i });
    expect(Array.from(seen[2] ?? [])).toEqual([0x32, 0x09, 0, 0, 0, 3, 3, 0x23, 0, 1, 0x78]);
  });
});

/** Topic and payload of each PUBLISH, as a client with these aliases understands them. */
function heard(packets: readonly Packet[], maximum = 65_535): string[] {
  const aliases = new InboundAliases(maximum);
  return packets.flatMap((packet) => {
    if (packet.type !== 'PUBLISH') return [];
    const { properties } = packet;
    const alias = properties !== undefined && 'topicAlias' in properties ? properties.topicAlias : undefined;
    return [`${aliases.resolve(packet.topic, alias)} ${new TextDecoder().decode(packet.payload)}`];
  });
}
