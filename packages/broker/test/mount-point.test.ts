/** Clients behind a mount point: what they publish, subscribe to and receive, and that they cannot leave it [E13]. */

import type { Packet } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';
import { createBroker } from '../src/index.ts';
import { MemoryStore } from '../src/store/index.ts';
import { House, type Wire, type Wishes } from './wire/house.ts';

const terms = { mountPoint: 'a/' };

function inside(house: House, wishes: Wishes = {}): Wire {
  return house.connect({ clientId: 'in', terms, ...wishes });
}

function outside(house: House, topicFilter = '#', wishes: Wishes = {}): Wire {
  const wire = house.connect({ clientId: 'out', ...wishes }).subscribe(topicFilter, 2);
  wire.take();
  return wire;
}

function propertiesOf(packet: Packet | undefined): object {
  return packet !== undefined && 'properties' in packet ? { ...packet.properties } : {};
}

describe.each([4, 5] as const)('version %i through a mount point', (version) => {
  it.each(['x', '/x', '../x', 'a/x'])('[E13] PUBLISH to %s arrives below it, and nowhere else', (topic) => {
    const house = new House();
    const sub = outside(house);
    inside(house, { version }).publish(topic, 'hi', 1);
    expect(sub.takeShort()).toEqual([`PUBLISH a/${topic} hi q1`]);
    expect(house.isWell()).toBe(true);
  });

  it.each([0, 1, 2] as const)(
    'QoS %i: the prefix is taken off on delivery, for RETAIN and packet id too',
    (qos) => {
      const house = new House();
      const sub = inside(house, { version }).subscribe('x/#', 2);
      const other = inside(house, { clientId: 'in2', version: version === 5 ? 4 : 5 }).subscribe('x/y', 2);
      const whole = outside(house);
      house.connect({ clientId: 'pub', version }).publish('a/x/y', 'hi', qos, { retain: true });
      const tail = qos === 0 ? '' : ` q${qos}`;
      expect(sub.takeShort().at(-1)).toBe(`PUBLISH x/y hi${tail}`);
      expect(other.takeShort().at(-1)).toBe(`PUBLISH x/y hi${tail}`);
      expect(whole.takeShort().at(-1)).toBe(`PUBLISH a/x/y hi${tail}`);
    },
  );

  it('[E13] # sees all below it, and neither the level above nor what lies beside', () => {
    const house = new House();
    const sub = inside(house, { version }).subscribe('#', 1);
    const pub = house.connect({ clientId: 'pub' });
    for (const topic of ['a', 'a/', 'b/x', 'ab', 'a/x', 'a//x']) pub.publish(topic, topic);
    expect(sub.takeShort()).toEqual(['SUBACK 1', 'PUBLISH x a/x', 'PUBLISH /x a//x']);
  });

  it('[E13] retained: what lies below it, with its own topic', () => {
    const house = new House();
    const pub = house.connect({ clientId: 'pub' });
    for (const topic of ['a', 'a/x', 'b']) pub.publish(topic, topic, 0, { retain: true });
    expect(inside(house, { version }).subscribe('#', 1).takeShort()).toEqual([
      'SUBACK 1',
      'PUBLISH x a/x retain',
    ]);
  });

  it('[E13] 5.0 [MQTT-4.7.2-1] $SYS is not to be had, published to or forged', () => {
    const house = new House({ sysInterval: 1 });
    const sub = inside(house, { version }).subscribe('$SYS/#', 0);
    sub.subscribe('#', 0);
    house.advance(2000);
    house.connect({ clientId: 'pub' }).publish('a/$SYS/broker/version', 'forged');
    expect(sub.takeShort()).toEqual(['SUBACK 0', 'SUBACK 0']);
    const all = outside(house, 'a/#');
    inside(house, { version }).publish('$SYS/x', 'mine', 1);
    expect(all.takeShort()).toEqual([]);
  });

  it('[E13] a shared subscription is one of the topics below; both sides are of one group', () => {
    const house = new House();
    const pub = house.connect({ clientId: 'pub' });
    const member = inside(house, { version }).subscribe('$share/g/#', 0);
    const whole = house.connect({ clientId: 'out' }).subscribe('$share/g/a/#', 0);
    expect([...house.broker.sessions()].flatMap(({ topicFilters }) => topicFilters)).toEqual([
      '$share/g/a/#',
      '$share/g/a/#',
    ]);
    for (const topic of ['a/1', 'a/2', 'b']) pub.publish(topic, 'hi');
    const got = [...member.takeShort(), ...whole.takeShort()].filter((line) => line.startsWith('PUBLISH'));
    expect(got.sort()).toHaveLength(2);
    expect(got.map((line) => line.replace(' a/', ' '))).toEqual(['PUBLISH 1 hi', 'PUBLISH 2 hi']);
  });

  it('[E13] a will is published below it', () => {
    const house = new House();
    const sub = outside(house);
    inside(house, { version, will: { topic: '../w', qos: 1 } }).cut();
    expect(sub.takeShort()).toEqual(['PUBLISH a/../w will q1']);
  });

  it('UNSUBSCRIBE ends the subscription with the client’s own filter', () => {
    const house = new House();
    const sub = inside(house, { version }).subscribe('x', 0);
    sub.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['x'] });
    house.connect({ clientId: 'pub' }).publish('a/x', 'hi');
    expect(sub.takeShort().map((line) => line.split(' ')[0])).toEqual(['SUBACK', 'UNSUBACK']);
    expect(house.broker.sizes.subscriptions).toBe(0);
  });
});

describe('5.0 through a mount point', () => {
  it('[E13] [MQTT-3.3.2-9] topic aliases both ways stand for the client’s own topic', () => {
    const house = new House();
    const sub = outside(house);
    const client = inside(house, { properties: { topicAliasMaximum: 5 } });
    client.publish('x', '1', 0, { properties: { topicAlias: 1 } });
    client.publish('', '2', 0, { properties: { topicAlias: 1 } });
    expect(sub.takeShort()).toEqual(['PUBLISH a/x 1', 'PUBLISH a/x 2']);
    client.subscribe('quite/a/long/topic', 0).take();
    const pub = house.connect({ clientId: 'pub' });
    for (let n = 0; n < 3; n++) pub.publish('a/quite/a/long/topic', `${n}`);
    const got = client.take();
    expect(got.map((packet) => 'topic' in packet && packet.topic)).toEqual([
      'quite/a/long/topic',
      'quite/a/long/topic',
      '',
    ]);
    expect(propertiesOf(got[2])).toMatchObject({ topicAlias: 1 });
  });

  it('[MQTT-3.3.2-15] the Response Topic is left as it is, both ways', () => {
    const house = new House();
    const sub = outside(house);
    const client = inside(house);
    client.publish('x', '1', 0, { properties: { responseTopic: 'a/reply' } });
    expect(propertiesOf(sub.take()[0])).toMatchObject({ responseTopic: 'a/reply' });
    client.subscribe('y').take();
    sub.publish('a/y', '1', 0, { properties: { responseTopic: 'a/reply' } });
    expect(propertiesOf(client.take()[0])).toMatchObject({ responseTopic: 'a/reply' });
  });

  it('[MQTT-3.3.4-3] subscription identifiers and expiry: the client’s own bytes have its own topic too', () => {
    const house = new House();
    const client = inside(house).subscribe('x', 1, {}, { subscriptionIdentifier: 3 });
    client.take();
    house.connect({ clientId: 'pub' }).publish('a/x', 'hi', 1, { properties: { messageExpiryInterval: 9 } });
    const [got] = client.take();
    expect(got).toMatchObject({ topic: 'x' });
    expect(propertiesOf(got)).toMatchObject({ subscriptionIdentifiers: [3], messageExpiryInterval: 9 });
  });

  it('[B10] [B18] the whole topic keeps to the limits', () => {
    const house = new House({ limits: { maximumTopicLength: 4, maximumTopicLevels: 3 } });
    const client = inside(house);
    expect(client.publish('abc', 'x', 1).takeShort()).toEqual(['PUBACK 0x90']);
    expect(client.publish('/', 'x', 1).takeShort()).toEqual(['PUBACK 0x10']);
    expect(client.publish('//', 'x', 1).takeShort()).toEqual(['PUBACK 0x90']);
    expect(client.subscribe('abc').takeShort()).toEqual(['SUBACK 0x8f']);
    expect(house.ask({ clientId: 'w', terms, will: { topic: 'abc' } }).takeShort()).toEqual(['CONNACK 0x90']);
  });
});

describe('a session behind a mount point', () => {
  const kept = { cleanStart: false, properties: { sessionExpiryInterval: 100 } };

  it('gets what waited for it, with its own topics', () => {
    const house = new House();
    const client = inside(house, kept).subscribe('x', 1);
    client.cut();
    house.connect({ clientId: 'pub' }).publish('a/x', 'later', 1);
    const back = house.ask({ clientId: 'in', terms, ...kept });
    expect(back.received[0]).toMatchObject({ type: 'CONNACK', sessionPresent: true });
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH x later q1']);
  });

  it('[E13] begins anew through another listener, or through none, and its messages go nowhere', () => {
    for (const other of [{ mountPoint: 'b/' }, undefined]) {
      const house = new House();
      inside(house, kept).subscribe('x', 1).cut();
      house.connect({ clientId: 'pub' }).publish('a/x', 'later', 1);
      const back = house.ask({ clientId: 'in', ...kept, terms: other });
      expect(back.take()).toMatchObject([{ type: 'CONNACK', reasonCode: 0, sessionPresent: false }]);
      expect(house.broker.sizes.subscriptions).toBe(0);
    }
  });

  it('is what it was after a restart', async () => {
    const store = new MemoryStore();
    const before = await House.opened({ store });
    const client = inside(before, kept);
    await before.settled();
    client.subscribe('x', 1);
    await before.settled();
    client.cut();
    void before.broker.publish('a/x', 'later', { qos: 1 });
    await before.settled();
    const after = await House.opened({ store });
    const back = after.ask({ clientId: 'in', terms, ...kept });
    await after.settled();
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH x later q1']);
  });
});

describe('the program behind it all', () => {
  it('hooks and access see whole topics, and the mount point of the client', () => {
    const seen: string[] = [];
    const note = (what: string, topic: string): true => {
      seen.push(`${what} ${topic}`);
      return true;
    };
    const house = new House({
      access: {
        authorizePublish: ({ mountPoint }, topic) => note(`publish ${mountPoint}`, topic),
        authorizeSubscribe: ({ mountPoint }, filter) => note(`subscribe ${mountPoint}`, filter),
        authorizeReceive: ({ mountPoint }, topic) => note(`receive ${mountPoint}`, topic),
      },
      hooks: { onDeliver: (_client, topic) => void note('deliver', topic) },
    });
    inside(house, { will: { topic: 'w' } })
      .subscribe('$share/g/x')
      .publish('x', 'hi');
    expect(seen).toEqual([
      'publish a/ a/w',
      'subscribe a/ a/x',
      'publish a/ a/x',
      'receive a/ a/x',
      'deliver a/x',
    ]);
  });

  it('one encoding serves all who get a message through the same mount point', () => {
    const house = new House();
    const clients = [1, 2, 3].map((n) => inside(house, { clientId: `in${n}` }).subscribe('x', 0));
    const chunks = clients.map(({ link }) => {
      const seen: ArrayBufferLike[] = [];
      const write = link.far.write.bind(link.far);
      link.far.write = (bytes) => {
        seen.push(bytes.buffer);
        return write(bytes);
      };
      return seen;
    });
    house.connect({ clientId: 'pub' }).publish('a/x', new Uint8Array(32_768));
    const large = chunks.map((seen) => seen.find(({ byteLength }) => byteLength > 32_768));
    expect(large[0]).toBeDefined();
    expect(new Set(large).size).toBe(1);
  });

  it.each(['a', '$SYS/', 'a/#/', '+/', 'a\0/'])('a mount point %j is refused', async (mountPoint) => {
    const broker = createBroker();
    await expect(broker.listen({ type: 'tcp', port: 0, mountPoint })).rejects.toMatchObject({
      code: 'INVALID_OPTION',
    });
    await broker.close();
  });
});
