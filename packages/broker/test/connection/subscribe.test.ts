/** SUBSCRIBE, UNSUBSCRIBE and what several subscriptions of one client mean together. */
import { describe, expect, it } from 'vitest';
import { House } from '../wire/house.ts';

const options = { noLocal: false, retainAsPublished: false, retainHandling: 0 };

describe('SUBSCRIBE', () => {
  it('5.0 [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.2.1-6] 3.1.1 [MQTT-3.8.4-1] [MQTT-3.8.4-2] [MQTT-2.3.1-7] is answered with SUBACK of its id', () => {
    const house = new House();
    for (const version of [3, 4, 5] as const) {
      const five = version === 5 ? options : {};
      const wire = house.connect({ version, clientId: `v${version}` });
      wire.send({
        type: 'SUBSCRIBE',
        packetId: 4711,
        subscriptions: [{ topicFilter: 'a', qos: 1, ...five }],
      });
      expect(wire.take()).toMatchObject([{ type: 'SUBACK', packetId: 4711, reasonCodes: [1] }]);
    }
  });

  it('5.0 [MQTT-3.8.4-5] [MQTT-3.8.4-6] [MQTT-3.8.4-7] [MQTT-3.9.3-1] [MQTT-3.9.3-2] 3.1.1 [MQTT-3.8.4-4] [MQTT-3.8.4-5] [MQTT-3.9.3-1] [MQTT-3.9.3-2] has a code for each filter, in order', () => {
    const house = new House();
    const five = house.connect({ clientId: 'five' });
    five.bytes(
      '82 1f 00 01 00 00 01 61 00 00 03 62 2f 23 01 00 02 63 23 02 00 05 64 2f 2b 2f 65 00 00 02 2b 78 01',
    );
    expect(five.takeShort()).toEqual(['SUBACK 0 1 0x8f 0 0x8f']);
    const four = house.connect({ version: 4, clientId: 'four' });
    four.bytes(
      '82 1e 00 01 00 01 61 00 00 03 62 2f 23 01 00 02 63 23 02 00 05 64 2f 2b 2f 65 00 00 02 2b 78 01',
    );
    expect(four.takeShort()).toEqual(['SUBACK 0 1 0x80 0 0x80']);
  });

  it('[B09] misplaced wildcards are refused one by one', () => {
    const house = new House();
    for (const [filter, length] of [
      ['61 23', 2],
      ['23 2f 61', 3],
      ['61 2f 23 2f 62', 5],
      ['2b 61', 2],
      ['61 2b 2f 62', 4],
    ] as const) {
      const wire = house.connect({ clientId: 'a' });
      wire.bytes(`82 ${(length + 6).toString(16).padStart(2, '0')} 00 01 00 00 0${length} ${filter} 00`);
      expect(wire.takeShort(), filter).toEqual(['SUBACK 0x8f']);
    }
  });

  it('[B17] 5.0 [MQTT-4.8.2-1] [MQTT-4.8.2-2] malformed shared filters are refused', () => {
    const house = new House();
    for (const topicFilter of [
      '$share',
      '$share/',
      '$share//t',
      '$share/g',
      '$share/g/',
      '$share/+/t',
      '$share/a#/t',
    ]) {
      const bytes = [...new TextEncoder().encode(topicFilter)];
      const body = (version: 4 | 5): Uint8Array => {
        const rest = [0, 1, ...(version === 5 ? [0] : []), 0, bytes.length, ...bytes, 0];
        return Uint8Array.from([0x82, rest.length, ...rest]);
      };
      expect(house.connect({ clientId: 'a' }).bytes(body(5)).takeShort(), topicFilter).toEqual([
        'SUBACK 0x8f',
      ]);
      expect(house.connect({ version: 4, clientId: 'a' }).bytes(body(4)).takeShort(), topicFilter).toEqual([
        'SUBACK 0x80',
      ]);
    }
    expect(house.isWell()).toBe(true);
  });

  it('[B10] [B18] filters are limited in bytes and levels', () => {
    const wire = new House().connect();
    wire
      .subscribe(`t${'/'.repeat(128)}`)
      .subscribe('x'.repeat(4097))
      .subscribe(`t${'/'.repeat(127)}`)
      .subscribe('x'.repeat(4096));
    expect(wire.takeShort()).toEqual(['SUBACK 0x8f', 'SUBACK 0x8f', 'SUBACK 0', 'SUBACK 0']);
  });

  it('[F19] subscriptions are limited, replacing one is not one more', () => {
    const house = new House({ limits: { maximumSubscriptions: 2 } });
    const wire = house.connect().subscribe('a').subscribe('b').subscribe('c').subscribe('b', 1);
    expect(wire.takeShort()).toEqual(['SUBACK 0', 'SUBACK 0', 'SUBACK 0x97', 'SUBACK 1']);
    expect(house.broker.sizes.subscriptions).toBe(2);
  });

  it('[F19] a SUBSCRIBE with thousands of filters is answered exactly', () => {
    const house = new House({ limits: { maximumSubscriptions: 20_000 } });
    const subscriptions = Array.from({ length: 10_000 }, (_, i) => ({
      topicFilter: `t/${i}`,
      qos: i % 3,
      ...options,
    }));
    const [suback] = house.connect().send({ type: 'SUBSCRIBE', packetId: 1, subscriptions }).take();
    expect(suback?.type === 'SUBACK' && suback.reasonCodes).toEqual(subscriptions.map(({ qos }) => qos));
  });

  it('5.0 [MQTT-3.8.4-3] 3.1.1 [MQTT-3.8.4-3] [F20] the same filter replaces the subscription', () => {
    const house = new House();
    const wire = house.connect();
    wire.send({
      type: 'SUBSCRIBE',
      packetId: 1,
      subscriptions: [0, 2, 1].map((qos) => ({ topicFilter: 'a', qos, ...options })),
    });
    expect(wire.takeShort()).toEqual(['SUBACK 0 2 1']);
    house.connect({ clientId: 's' }).publish('a', 'x', 2);
    expect(wire.takeShort()).toEqual(['PUBLISH a x q1']);
    expect(house.broker.sizes.subscriptions).toBe(1);
  });

  it('5.0 [MQTT-3.8.4-8] 3.1.1 [MQTT-3.8.4-6] the QoS is the lower of published and granted', () => {
    const house = new House();
    const qos = [0, 1, 2] as const;
    const wires = qos.map((granted) =>
      house.connect({ version: 4, clientId: `q${granted}` }).subscribe('t', granted),
    );
    for (const wire of wires) wire.take();
    for (const published of qos) {
      house.connect({ clientId: 's' }).publish('t', 'x', published);
      const got = wires.map((wire) => wire.take().map((packet) => packet.type === 'PUBLISH' && packet.qos));
      expect(got).toEqual(qos.map((granted) => [Math.min(granted, published)]));
    }
  });

  it('5.0 [MQTT-3.3.2-3] 3.1.1 [MQTT-3.3.2-3] what comes matches a filter', () => {
    const house = new House();
    const wire = house.connect().subscribe('a/+/c').subscribe('d/#');
    wire.take();
    const sender = house.connect({ clientId: 's' });
    for (const topic of ['a/b/c', 'a/b', 'a/b/c/d', 'a//c', 'd', 'd/e/f', 'dd', 'x'])
      sender.publish(topic, 'x');
    expect(wire.takeShort()).toEqual(['PUBLISH a/b/c x', 'PUBLISH a//c x', 'PUBLISH d x', 'PUBLISH d/e/f x']);
  });

  it('5.0 [MQTT-4.7.2-1] 3.1.1 [MQTT-4.7.2-1] [B16] [B20] wildcards leave $-topics alone, empty levels are levels', () => {
    const house = new House();
    const wire = house.connect().subscribe('#').subscribe('+/a').subscribe('/+');
    wire.take();
    const sender = house.connect({ clientId: 's' });
    sender.publish('/a', 'x').publish('/', 'y').publish('a/', 'z');
    expect(wire.takeShort()).toEqual(['PUBLISH /a x', 'PUBLISH / y', 'PUBLISH a/ z']);
    sender.publish('$SYS/a', 'x', 1);
    expect(wire.take()).toEqual([]);
  });

  it('[E08] [E09] permission is asked for each filter, for shared ones the one inside', () => {
    const asked: string[] = [];
    const access = {
      authorizeSubscribe: (_client: unknown, filter: string) => {
        asked.push(filter);
        return !filter.startsWith('secret');
      },
    };
    const house = new House({ access });
    const wire = house.connect();
    wire.send({
      type: 'SUBSCRIBE',
      packetId: 1,
      subscriptions: ['a', 'secret/#', '$share/g/secret/x'].map((topicFilter) => ({
        topicFilter,
        qos: 1,
        ...options,
      })),
    });
    expect(wire.takeShort()).toEqual(['SUBACK 1 0x87 0x87']);
    expect(asked).toEqual(['a', 'secret/#', 'secret/x']);
    const four = house.connect({ version: 4, clientId: 'four' }).subscribe('secret', 1);
    expect(four.takeShort()).toEqual(['SUBACK 0x80']);
    expect(house.broker.sizes.subscriptions).toBe(1);
  });
});

describe('overlapping subscriptions', () => {
  it('5.0 [MQTT-3.3.4-2] 3.1.1 [MQTT-3.3.5-1] give one message, at the highest QoS', () => {
    const house = new House();
    for (const version of [3, 4, 5] as const) {
      const wire = house
        .connect({ version, clientId: `v${version}` })
        .subscribe('a/#', 0)
        .subscribe('a/+', 2)
        .subscribe('a/b', 1);
      wire.take();
      house.connect({ clientId: 's' }).publish('a/b', 'x', 2);
      expect(wire.takeShort()).toEqual(['PUBLISH a/b x q2']);
    }
  });

  it('5.0 [MQTT-3.3.4-3] [MQTT-3.3.4-4] with the identifiers of all that match', () => {
    const house = new House();
    const wire = house.connect();
    wire.subscribe('a/#', 0, {}, { subscriptionIdentifier: 1 });
    wire.subscribe('a/+', 1, {}, { subscriptionIdentifier: 268_435_455 });
    wire.subscribe('a/b', 1).subscribe('x', 1, {}, { subscriptionIdentifier: 9 });
    wire.take();
    const sender = house.connect({ clientId: 's' });
    for (const qos of [0, 1] as const) {
      sender.publish('a/b', 'x', qos);
      const [packet] = wire.take();
      const identifiers = packet?.type === 'PUBLISH' ? packet.properties?.subscriptionIdentifiers : undefined;
      expect([...(identifiers ?? [])].sort((a, b) => a - b)).toEqual([1, 268_435_455]);
    }
  });

  it('5.0 [MQTT-3.8.3-3] No Local keeps a client from its own messages, except through a subscription without it', () => {
    const house = new House();
    const wire = house
      .connect({ clientId: 'a' })
      .subscribe('t/#', 1, { noLocal: true }, { subscriptionIdentifier: 1 });
    wire.take();
    wire.publish('t/x', 'own', 1);
    expect(wire.takeShort()).toEqual(['PUBACK 0x10']);
    house.connect({ clientId: 'b' }).publish('t/x', 'other');
    expect(wire.takeShort()).toEqual(['PUBLISH t/x other']);
    wire.subscribe('t/x', 0, {}, { subscriptionIdentifier: 2 });
    wire.take();
    wire.publish('t/x', 'own', 1);
    expect(wire.take()[0]).toMatchObject({ qos: 0, properties: { subscriptionIdentifiers: [2] } });
  });

  it('5.0 [MQTT-3.8.3-4] [F16] No Local on a shared subscription is a protocol error', () => {
    const wire = new House().connect().bytes('82 10 00 01 00 00 0a 24 73 68 61 72 65 2f 67 2f 74 04');
    expect(wire.takeShort()).toEqual(['DISCONNECT 0x82']);
  });

  it('[F15] identifier 0, two of them, or one in a PUBLISH are protocol errors', () => {
    const house = new House();
    for (const bytes of [
      '82 09 00 01 02 0b 00 00 01 61 00',
      '82 0b 00 01 04 0b 01 0b 02 00 01 61 00',
      '30 06 00 01 61 02 0b 01',
    ]) {
      expect(house.connect({ clientId: 'a' }).bytes(bytes).takeShort(), bytes).toEqual(['DISCONNECT 0x82']);
    }
  });
});

describe('UNSUBSCRIBE', () => {
  it('5.0 [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] [MQTT-3.11.3-1] [MQTT-3.11.3-2] has a code for each filter, in order', () => {
    const wire = new House().connect().subscribe('a').subscribe('b/#');
    wire.take();
    wire.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['x', 'b/#', 'a', 'a'] });
    expect(wire.take()).toMatchObject([{ type: 'UNSUBACK', packetId: 9, reasonCodes: [0x11, 0, 0, 0x11] }]);
  });

  it('3.1.1 [MQTT-3.10.4-4] [MQTT-3.10.4-5] [MQTT-3.10.4-6] is answered, also when nothing matched', () => {
    const wire = new House()
      .connect({ version: 4 })
      .send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['x', 'y'] });
    expect(wire.take()).toMatchObject([{ type: 'UNSUBACK', packetId: 9 }]);
  });

  it('5.0 [MQTT-3.10.4-1] [MQTT-3.10.4-2] 3.1.1 [MQTT-3.10.4-1] [MQTT-3.10.4-2] [E09] ends exactly that filter', () => {
    const house = new House();
    const wire = house.connect().subscribe('a/+').subscribe('a/b').subscribe('$share/g/a/b');
    wire.take();
    wire.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['a/+', 'a/#'] });
    const sender = house.connect({ clientId: 's' }).publish('a/b', '1').publish('a/c', '2');
    expect(wire.takeShort()).toEqual(['UNSUBACK 0 0x11', 'PUBLISH a/b 1', 'PUBLISH a/b 1']);
    wire.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['a/b'] });
    sender.publish('a/b', '3');
    expect(wire.takeShort()).toEqual(['UNSUBACK 0', 'PUBLISH a/b 3']);
    wire.send({ type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['$share/g/a/b'] });
    sender.publish('a/b', '4');
    expect(wire.takeShort()).toEqual(['UNSUBACK 0']);
  });

  it('5.0 [MQTT-3.10.4-3] 3.1.1 [MQTT-3.10.4-3] [F10] what has begun is completed', () => {
    const house = new House();
    const wire = house.connect().subscribe('a', 2);
    house.connect({ clientId: 's' }).publish('a', 'x', 2);
    wire.take();
    wire.send(
      { type: 'UNSUBSCRIBE', packetId: 9, topicFilters: ['a'] },
      { type: 'PUBREC', packetId: 1, reasonCode: 0 },
    );
    expect(wire.takeShort()).toEqual(['UNSUBACK 0', 'PUBREL']);
  });

  it('[F21] churn leaves nothing behind', () => {
    const house = new House();
    const wire = house.connect();
    const subscribe = {
      type: 'SUBSCRIBE',
      packetId: 1,
      subscriptions: ['a/b', 'a/+/c', '$share/g/x'].map((topicFilter) => ({
        topicFilter,
        qos: 0,
        ...options,
      })),
    };
    for (let i = 0; i < 200; i++)
      wire.send(subscribe, {
        type: 'UNSUBSCRIBE',
        packetId: 2,
        topicFilters: ['a/b', 'a/+/c', '$share/g/x'],
      });
    expect(house.broker.sizes.subscriptions).toBe(0);
  });
});
