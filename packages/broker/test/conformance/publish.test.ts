/** Section 3.3: PUBLISH, in 5.0 and 3.1.1. Acknowledgements are in `delivery.test.ts`, RETAIN in `retained.test.ts`. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { kept, type Numbered, packet, payloads, record, subscriber, text, VERSIONS } from './recorder.ts';

/** A sender and a receiver of the same version; the receiver is subscribed to `t/#`. */
function pair(version: Numbered, qos: 0 | 1 | 2 = 2): { house: House; sender: Wire; receiver: Wire } {
  const house = new House();
  const receiver = subscriber(house, { version, clientId: 'r' }, 't/#', qos);
  return { house, receiver, sender: house.connect({ version, clientId: 's' }) };
}

describe('the flags', () => {
  it('5.0 [MQTT-3.3.1-1] 3.1.1 [MQTT-3.3.1-1] DUP is 1 when a PUBLISH goes out again, and only then', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const first = subscriber(house, kept(version, 'r'), 't', 2);
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'sent', 1).publish('t', 'sent', 2, { packetId: 2 });
      expect(first.take()).toMatchObject([{ dup: false }, { dup: false }]);
      first.cut();
      sender.publish('t', 'waited', 1);
      const back = house.ask(kept(version, 'r'));
      expect(back.takeShort().slice(1)).toEqual([
        'PUBLISH t sent q1 dup',
        'PUBLISH t sent q2 dup',
        'PUBLISH t waited q1',
      ]);
      back.cut();
      expect(house.ask(kept(version, 'r')).takeShort().slice(1)).toEqual([
        'PUBLISH t sent q1 dup',
        'PUBLISH t sent q2 dup',
        'PUBLISH t waited q1 dup',
      ]);
    }
  });

  it('5.0 [MQTT-3.3.1-2] 3.1.1 [MQTT-3.3.1-2] DUP at QoS 0 is malformed from a client, and never sent to one', () => {
    for (const version of VERSIONS) {
      const { house, sender, receiver } = pair(version, 0);
      sender.publish('t/a', 'x', 1, { dup: true });
      expect(receiver.take()).toMatchObject([{ qos: 0, dup: false }]);
      sender.bytes(packet(0x38, text('t/a'), version === 5 ? [0] : [], '78'));
      expect(sender.isClosed).toBe(true);
      expect([receiver.take(), house.isWell()]).toEqual([[], true]);
    }
  });

  it('5.0 [MQTT-3.3.1-3] 3.1.1 [MQTT-3.3.1-3] DUP of a PUBLISH that came says nothing about the one that goes', () => {
    for (const version of VERSIONS) {
      const { sender, receiver } = pair(version);
      for (const [packetId, dup] of [true, false, true].entries()) {
        sender.publish('t/a', 'x', 1, { packetId: packetId + 1, dup });
        sender.publish('t/a', 'x', 2, { packetId: packetId + 10, dup });
      }
      const sent = receiver.take();
      expect(sent).toHaveLength(6);
      for (const publish of sent) expect(publish).toMatchObject({ dup: false });
    }
  });

  it('5.0 [MQTT-3.3.1-4] 3.1.1 [MQTT-3.3.1-4] QoS 3 closes the connection, with every other flag', () => {
    for (const version of VERSIONS)
      for (const first of [0x36, 0x37, 0x3e, 0x3f]) {
        const { house, sender, receiver } = pair(version);
        sender.bytes(packet(first, text('t/a'), '00 01', version === 5 ? [0] : [], '78'));
        expect(sender.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x81'] : []);
        expect([sender.isClosed, receiver.take(), house.broker.sizes.retained]).toEqual([true, [], 0]);
      }
  });
});

describe('topic name and properties', () => {
  it('5.0 [MQTT-3.3.2-1] 3.1.1 [MQTT-3.3.2-1] the topic name is the first field, both ways', () => {
    for (const version of VERSIONS) {
      const { house, sender, receiver } = pair(version);
      const five = version === 5 ? [0] : [];
      const bytes = record(receiver);
      sender.bytes(packet(0x32, text('t/é'), '00 09', five, '78'));
      expect(bytes()).toMatch(/^32 .. 00 04 74 2f c3 a9 00 01 /);
      sender.bytes(packet(0x30, [0, 9], text('t/a')));
      expect([sender.isClosed, receiver.take().length, house.isWell()]).toEqual([true, 1, true]);
    }
  });

  it('5.0 [MQTT-3.3.2-2] [MQTT-4.7.0-1] [MQTT-3.3.2-14] 3.1.1 [MQTT-3.3.2-2] [MQTT-4.7.1-1] a wildcard anywhere in a topic name closes the connection', () => {
    for (const version of VERSIONS)
      for (const topic of ['#', '+', 't/#', 't/+', 'a+', '#a', 't/+/b', 't#']) {
        const { sender, receiver } = pair(version);
        sender.bytes(packet(0x30, text(topic), version === 5 ? [0] : [], '78'));
        expect(sender.takeShort(), topic).toEqual(version === 5 ? ['DISCONNECT 0x90'] : []);
        expect([sender.isClosed, receiver.take()], topic).toEqual([true, []]);
        if (version === 4) continue;
        const answers = pair(5);
        const property = [0x08, ...text(topic)];
        answers.sender.bytes(packet(0x30, text('t/a'), [property.length], property, '78'));
        expect([answers.sender.isClosed, answers.receiver.take()], topic).toEqual([true, []]);
      }
  });

  it('5.0 [MQTT-3.3.2-3] 3.1.1 [MQTT-3.3.2-3] what comes matches a filter, and carries the topic it was published to', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, { version, clientId: 'r' }, 'a/+/c');
      wire.subscribe('x/#').take();
      const sender = house.connect({ version, clientId: 's' });
      for (const topic of [
        'a/b/c',
        'a//c',
        'a/b',
        'a/b/c/d',
        'A/b/c',
        'x',
        'x/',
        'x/y/z',
        'xx',
        '/x',
        'a/b/cc',
      ])
        sender.publish(topic, topic);
      expect(payloads(wire)).toEqual(['a/b/c', 'a//c', 'x', 'x/', 'x/y/z']);
    }
  });

  it('5.0 [MQTT-3.3.2-4] [MQTT-3.3.2-15] [MQTT-3.3.2-16] [MQTT-3.3.2-17] [MQTT-3.3.2-18] [MQTT-3.3.2-20] properties are forwarded as they came: at once, from the queue, as a retained message, through an alias', () => {
    const properties = {
      payloadFormatIndicator: 1,
      contentType: 'a/b',
      responseTopic: 'back',
      correlationData: Uint8Array.of(0, 255, 128),
      userProperties: [
        ['b', '2'],
        ['a', '1'],
        ['b', '2'],
        ['', ''],
      ],
    };
    const house = new House();
    const now = subscriber(house, { clientId: 'now' }, 't', 1);
    subscriber(house, kept(5, 'queue'), 't', 1).cut();
    const sender = house.connect({ clientId: 's' });
    sender.publish('t', 'x', 1, { retain: true, properties: { ...properties, topicAlias: 3 } });
    const later = house.ask(kept(5, 'queue')).take()[1];
    const late = house.connect({ clientId: 'late' }).subscribe('t').take()[1];
    for (const got of [now.take()[0], later, late])
      expect(got?.type === 'PUBLISH' && got.properties).toEqual(properties);
  });

  it('5.0 [MQTT-3.3.2-4] a message without them gets none', () => {
    const { sender, receiver } = pair(5);
    const bytes = record(receiver);
    sender.publish('t/a', 'x');
    expect(bytes()).toBe('30 07 00 03 74 2f 61 00 78');
  });

  it('5.0 [MQTT-3.3.2-5] [MQTT-3.3.2-6] a message that waits expires for each subscriber alone; the others get the seconds that are left', () => {
    const house = new House();
    for (const clientId of ['a', 'b']) subscriber(house, kept(5, clientId), 't', 1).cut();
    const sender = house.connect({ clientId: 's' });
    sender.publish('t', 'ten', 1, { properties: { messageExpiryInterval: 10 } });
    sender.publish('t', 'ever', 1, { packetId: 2 });
    house.advance(4000);
    expect(house.ask(kept(5, 'a')).take().slice(1)).toMatchObject([
      { properties: { messageExpiryInterval: 6 } },
      { properties: undefined },
    ]);
    house.advance(7000);
    expect(house.ask(kept(5, 'b')).takeShort()).toEqual(['CONNACK', 'PUBLISH t ever q1']);
  });

  it('5.0 [MQTT-3.3.2-6] a message that did not wait has its whole interval', () => {
    const { sender, receiver } = pair(5);
    sender.publish('t/a', 'x', 0, { properties: { messageExpiryInterval: 30 } });
    expect(receiver.take()).toMatchObject([{ properties: { messageExpiryInterval: 30 } }]);
  });
});

describe('MQTT 5.0: topic aliases', () => {
  const aliased = (topicAlias: number): object => ({ properties: { topicAlias } });

  it('[MQTT-3.3.2-7] end with their connection, though the session lives on', () => {
    const house = new House();
    const wire = house.connect(kept(5, 'a')).publish('t', 'x', 0, aliased(1)).publish('', 'y', 0, aliased(1));
    expect(wire.isClosed).toBe(false);
    wire.cut();
    const back = house.connect(kept(5, 'a')).publish('', 'z', 0, aliased(1));
    expect([back.takeShort(), back.isClosed]).toEqual([['DISCONNECT 0x82'], true]);
  });

  it('[MQTT-3.3.2-8] [MQTT-3.3.2-9] [MQTT-3.2.2-17] 0, and any above what CONNACK allows, closes with 0x94', () => {
    const house = new House({ limits: { topicAliasMaximum: 5 } });
    const receiver = subscriber(house, { clientId: 'r' }, 't');
    for (const alias of [0, 6, 65_535]) {
      const property = [0x23, alias >> 8, alias & 0xff];
      const wire = house.connect({ clientId: 'a' }).bytes(packet(0x30, text('t'), [3], property, '78'));
      expect([wire.takeShort(), wire.isClosed], `${alias}`).toEqual([['DISCONNECT 0x94'], true]);
    }
    expect(receiver.take()).toEqual([]);
  });

  it('[MQTT-3.2.2-18] any at all, where CONNACK allows none', () => {
    const house = new House({ limits: { topicAliasMaximum: 0 } });
    const wire = house.connect().publish('t', 'x', 0, aliased(1));
    expect([wire.takeShort(), wire.isClosed]).toEqual([['DISCONNECT 0x94'], true]);
  });

  it('[MQTT-3.3.2-12] every one from 1 to what CONNACK allows is taken, and may be set anew', () => {
    const house = new House({ limits: { topicAliasMaximum: 300 } });
    const receiver = subscriber(house, { clientId: 'r' }, 't/#');
    const wire = house.ask({ clientId: 'a' });
    expect(wire.take()).toMatchObject([{ properties: { topicAliasMaximum: 300 } }]);
    for (let alias = 1; alias <= 300; alias++) wire.publish(`t/${alias}`, 'set', 0, aliased(alias));
    receiver.take();
    for (let alias = 300; alias >= 1; alias--) {
      wire.publish('', 'used', 0, aliased(alias));
      expect(receiver.takeShort()).toEqual([`PUBLISH t/${alias} used`]);
    }
    wire.publish('t/new', 'set', 0, aliased(7)).publish('', 'used', 0, aliased(7));
    expect(receiver.takeShort()).toEqual(['PUBLISH t/new set', 'PUBLISH t/new used']);
  });

  it('[MQTT-3.1.2-26] [MQTT-3.1.2-27] [MQTT-3.3.2-11] the broker keeps to what CONNECT allows, a few or none, and what it sends can be resolved', () => {
    for (const topicAliasMaximum of [undefined, 0, 2]) {
      const house = new House();
      const properties = topicAliasMaximum === undefined ? {} : { topicAliasMaximum };
      const receiver = subscriber(house, { clientId: 'r', properties }, 't/#', 1);
      const sender = house.connect({ clientId: 's' });
      for (let n = 0; n < 400; n++) {
        const topic = `t/${n % 4}`;
        const packetId = n % 2 === 0 ? undefined : 1;
        sender.publish(topic, topic, n % 2 === 0 ? 0 : 1, { packetId, ...aliased((n % 50) + 1) });
        if (packetId !== undefined) receiver.send({ type: 'PUBACK', packetId: (n + 1) / 2, reasonCode: 0 });
      }
      const known = new Map<number, string>();
      const got = receiver.take().filter((sent) => sent.type === 'PUBLISH');
      expect(got).toHaveLength(400);
      for (const { topic, payload, properties: sent } of got) {
        const alias = sent?.topicAlias ?? 0;
        expect(alias).toBeLessThanOrEqual(topicAliasMaximum ?? 0);
        if (alias > 0 && topic !== '') known.set(alias, topic);
        expect(topic === '' ? known.get(alias) : topic).toBe(new TextDecoder().decode(payload));
      }
    }
  });
});

describe('overlapping subscriptions', () => {
  it('5.0 [MQTT-3.3.4-2] 3.1.1 [MQTT-3.3.5-1] the message comes at the highest QoS that matches, in whatever order they were made', () => {
    for (const version of VERSIONS)
      for (const order of [
        [0, 1, 2],
        [2, 1, 0],
        [1, 0, 2],
      ] as const) {
        const house = new House();
        const wire = house.connect({ version, clientId: 'r' });
        for (const [n, filter] of ['a/b', 'a/+', '#'].entries()) wire.subscribe(filter, order[n] ?? 0);
        wire.take();
        const sender = house.connect({ version, clientId: 's' });
        for (const qos of [0, 1, 2] as const) {
          sender.publish('a/b', 'x', qos, { packetId: qos === 0 ? undefined : qos });
          expect(wire.take().map((sent) => sent.type === 'PUBLISH' && sent.qos)).toEqual([qos]);
        }
      }
  });

  it('5.0 [MQTT-3.3.4-3] [MQTT-3.3.4-4] one copy has the identifiers of all that match and have one', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'r' });
    for (const [filter, subscriptionIdentifier] of [
      ['a/b', 1],
      ['a/+', 200],
      ['#', 268_435_455],
      ['a/c', 4],
    ] as const)
      wire.subscribe(filter, 1, {}, { subscriptionIdentifier });
    wire.subscribe('+/b', 1).take();
    const sender = house.connect({ clientId: 's' });
    for (const qos of [0, 1, 2] as const) {
      sender.publish('a/b', 'x', qos, { packetId: qos === 0 ? undefined : qos });
      const found = wire
        .take()
        .map((sent) => sent.type === 'PUBLISH' && sent.properties?.subscriptionIdentifiers);
      expect(found).toHaveLength(1);
      expect([...(found[0] || [])].sort((a, b) => a - b)).toEqual([1, 200, 268_435_455]);
    }
  });

  it('5.0 [MQTT-3.3.4-5] several copies have each their own: a plain and a shared subscription of one client', () => {
    const house = new House();
    const wire = house.connect({ clientId: 'r' });
    wire.subscribe('a/b', 1, {}, { subscriptionIdentifier: 1 });
    wire.subscribe('$share/g/a/b', 1, {}, { subscriptionIdentifier: 2 });
    wire.take();
    house.connect({ clientId: 's' }).publish('a/b', 'x', 1);
    const found = wire
      .take()
      .map((sent) => sent.type === 'PUBLISH' && sent.properties?.subscriptionIdentifiers);
    expect(found.sort()).toEqual([[1], [2]]);
  });

  it('5.0 [MQTT-3.3.4-6] a Subscription Identifier from a client is a protocol error', () => {
    const { sender, receiver } = pair(5);
    sender.bytes('30 08 00 03 74 2f 61 02 0b 01');
    expect([sender.takeShort(), sender.isClosed, receiver.take()]).toEqual([['DISCONNECT 0x82'], true, []]);
  });
});

describe('permission', () => {
  it('3.1.1 [MQTT-3.3.5-2] a message without it is acknowledged as any, or the connection is closed; nobody gets it', () => {
    const house = new House({ access: { authorizePublish: (_client, topic) => topic !== 'secret' } });
    const receiver = subscriber(house, { version: 4, clientId: 'r' }, '#', 2);
    const sender = house.connect({ version: 4, clientId: 's' });
    sender.publish('secret', 'x', 1).publish('secret', 'x', 2, { packetId: 2 }).publish('secret', 'x');
    sender.send({ type: 'PUBREL', packetId: 2 });
    expect(sender.takeShort()).toEqual(['PUBACK', 'PUBREC', 'PUBCOMP']);
    expect(receiver.take()).toEqual([]);
  });
});
