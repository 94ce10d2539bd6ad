/** Sections 4.7 and 4.8: topic names, filters, how they match, and shared subscriptions. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { kept, type Numbered, packet, payloads, subscriber, text, VERSIONS } from './recorder.ts';

/** The answer to a SUBSCRIBE for a filter that no encoder would write. */
function suback(version: Numbered, filter: string | readonly number[], house: House = new House()): string[] {
  const wire = house.connect({ version, clientId: 'x' });
  return wire.bytes(packet(0x82, '00 01', version === 5 ? [0] : [], text(filter), [0])).takeShort();
}

const refused = { 4: ['SUBACK 0x80'], 5: ['SUBACK 0x8f'] } as const;

describe('wildcards', () => {
  it('5.0 [MQTT-4.7.0-1] 3.1.1 [MQTT-4.7.1-1] stand in filters, and close the connection in a topic name', () => {
    for (const version of VERSIONS)
      for (const topic of ['a/+', '#', '+', 'a/#/b', 'a+b', '$SYS/#']) {
        const wire = new House().connect({ version });
        wire.bytes(packet(0x30, text(topic), version === 5 ? [0] : [], '78'));
        expect(wire.takeShort(), topic).toEqual(version === 5 ? ['DISCONNECT 0x90'] : []);
        expect(wire.isClosed, topic).toBe(true);
      }
  });

  it('5.0 [MQTT-4.7.1-1] 3.1.1 [MQTT-4.7.1-2] # stands alone or after a separator, and last', () => {
    for (const version of VERSIONS) {
      for (const filter of ['#', 'a/#', '/#', 'a//#', '+/#'])
        expect(suback(version, filter), filter).toEqual(['SUBACK 0']);
      for (const filter of ['a#', '#a', '#/', '#/a', 'a/#/b', 'a/b#', '##', 'a/#b', '+#', 'a/##'])
        expect(suback(version, filter), filter).toEqual(refused[version]);
    }
  });

  it('5.0 [MQTT-4.7.1-2] 3.1.1 [MQTT-4.7.1-3] + fills a whole level', () => {
    for (const version of VERSIONS) {
      for (const filter of ['+', '+/a', 'a/+', 'a/+/b', '+/+', '/+', '+/', '+//+'])
        expect(suback(version, filter), filter).toEqual(['SUBACK 0']);
      for (const filter of ['a+', '+a', 'a/b+', 'a/+b/c', '++', 'a/++/b', '+/a+'])
        expect(suback(version, filter), filter).toEqual(refused[version]);
    }
  });

  it('5.0 [MQTT-4.7.1-1] [MQTT-4.7.1-2] 3.1.1 [MQTT-4.7.1-2] [MQTT-4.7.1-3] match as they should, new messages and retained ones', () => {
    const topics = ['a', 'a/', 'a/b', 'a/b/c', '/', '/a', 'b', 'ab', 'a//c', 'A/b'];
    const matching: readonly (readonly [string, readonly string[]])[] = [
      ['#', topics],
      ['a/#', ['a', 'a/', 'a/b', 'a/b/c', 'a//c']],
      ['+', ['a', 'b', 'ab']],
      ['+/+', ['a/', 'a/b', '/', '/a', 'A/b']],
      ['/+', ['/', '/a']],
      ['a/+', ['a/', 'a/b']],
      ['a/+/c', ['a/b/c', 'a//c']],
      ['+/b/#', ['a/b', 'a/b/c', 'A/b']],
      ['a/b', ['a/b']],
    ];
    for (const version of VERSIONS) {
      const house = new House();
      const wires = matching.map(([filter], n) => subscriber(house, { version, clientId: `n${n}` }, filter));
      const sender = house.connect({ version, clientId: 's' });
      for (const topic of topics) sender.publish(topic, topic, 0, { retain: true });
      matching.forEach(([filter, wanted], n) => {
        expect(payloads(wires[n] as Wire).sort(), filter).toEqual([...wanted].sort());
        const late = house.connect({ version, clientId: 'late' }).subscribe(filter);
        expect(payloads(late).sort(), `${filter} retained`).toEqual([...wanted].sort());
      });
    }
  });

  it('5.0 [MQTT-4.7.2-1] 3.1.1 [MQTT-4.7.2-1] a filter that begins with one does not match a name that begins with $, new or retained', async () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wild = house.connect({ version, clientId: 'wild' });
      for (const filter of ['#', '+/#', '+/a', '+/+', '+/a/#']) wild.subscribe(filter);
      wild.take();
      const direct = subscriber(house, { version, clientId: 'direct' }, '$x/#');
      direct.subscribe('$x/+').take();
      await house.broker.publish('$x/a', 'x', { retain: true });
      await house.broker.publish('x/a', 'plain');
      await house.settled();
      expect(wild.takeShort()).toEqual(['PUBLISH x/a plain']);
      expect(direct.takeShort()).toEqual(['PUBLISH $x/a x']);
      const late = house.connect({ version, clientId: 'late' });
      for (const filter of ['#', '+/a', '+/#']) late.subscribe(filter);
      expect(payloads(late)).toEqual([]);
      expect(payloads(late.subscribe('$x/a'))).toEqual(['x']);
    }
  });
});

describe('names and filters', () => {
  it('5.0 [MQTT-4.7.3-1] 3.1.1 [MQTT-4.7.3-1] have at least one character', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.connect({ version }).bytes(packet(0x30, [0, 0], version === 5 ? [0] : [], '78'));
      expect(wire.isClosed).toBe(true);
      expect(suback(version, '', house)).toEqual(refused[version]);
      expect(house.broker.sizes.subscriptions).toBe(0);
      expect(house.isWell()).toBe(true);
    }
  });

  it('5.0 [MQTT-4.7.3-2] 3.1.1 [MQTT-4.7.3-2] hold no U+0000', () => {
    for (const version of VERSIONS)
      for (const bytes of [[0], [0x61, 0], [0x2f, 0, 0x62]]) {
        const five = version === 5 ? [0] : [];
        for (const wrong of [
          packet(0x30, text(bytes), five, '78'),
          packet(0x82, '00 01', five, text(bytes), [0]),
          packet(0xa2, '00 01', five, text(bytes)),
        ]) {
          const house = new House();
          const wire = house.connect({ version }).bytes(wrong);
          expect(wire.takeShort()).toEqual(version === 5 ? ['DISCONNECT 0x81'] : []);
          expect([wire.isClosed, house.broker.sizes.subscriptions]).toEqual([true, 0]);
        }
      }
  });

  it('5.0 [MQTT-4.7.3-3] 3.1.1 [MQTT-4.7.3-3] of 65,535 bytes are served; the broker never makes a longer one', () => {
    for (const version of VERSIONS) {
      const house = new House({ limits: { maximumTopicLength: 65_535 } });
      const longest = `${'é'.repeat(32_767)}x`;
      const wire = subscriber(house, { version, clientId: 'r' }, longest);
      house.connect({ version, clientId: 's' }).publish(longest, 'x', 0, { retain: true });
      expect(wire.take()).toMatchObject([{ topic: longest }]);
      expect(house.connect({ version, clientId: 'late' }).subscribe(longest).take()).toHaveLength(2);
    }
  });

  it('5.0 [MQTT-4.7.3-4] 3.1.1 [MQTT-4.7.3-4] are compared as they are: case, spaces, forms of a character, and what looks like a path or an expression', () => {
    const names = [
      'a/b',
      'A/b',
      'a/b ',
      ' a/b',
      'a//b',
      'a/./b',
      'a/../b',
      'a/%62',
      'é',
      'e\u0301',
      '\ufb01',
      'fi',
      '\u00c5',
      '\u212b',
      'a.b',
      '\u200da',
      'a\ufffd',
    ];
    for (const version of VERSIONS) {
      const house = new House();
      const wires = names.map((name, n) => subscriber(house, { version, clientId: `n${n}` }, name));
      const sender = house.connect({ version, clientId: 's' });
      for (const name of names) sender.publish(name, name, 1);
      for (const [n, name] of names.entries())
        expect(wires[n]?.takeShort(), name).toEqual([`PUBLISH ${name} ${name}`]);
    }
  });
});

describe('MQTT 5.0: shared subscriptions', () => {
  it('[MQTT-4.8.2-1] [MQTT-4.8.2-2] $share/, a name without /, + or #, /, and a filter; anything else is refused', () => {
    for (const filter of [
      '$share/g/t',
      '$share/g/#',
      '$share/a b/+/t',
      '$share/é/t',
      '$share/g//',
      '$share/$share/t',
    ])
      expect(suback(5, filter), filter).toEqual(['SUBACK 0']);
    for (const filter of [
      '$share/',
      '$share//t',
      '$share/g',
      '$share/g/',
      '$share/+/t',
      '$share/#',
      '$share/a#b/t',
      '$share/a+/t',
      '$share/g/t#',
      '$share/g/a/#/b',
    ])
      expect(suback(5, filter), filter).toEqual(['SUBACK 0x8f']);
  });

  it('[MQTT-4.8.2-1] each message goes to one member, and a topic of that spelling is not a group', () => {
    const house = new House();
    const members = ['a', 'b', 'c'].map((clientId) => subscriber(house, { clientId }, '$share/g/t', 1));
    const lookalike = subscriber(house, { clientId: 'd' }, '$shared/g/t');
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 9; n++) sender.publish('t', `${n}`, 1, { packetId: n });
    const got = members.flatMap(payloads);
    expect(got.map(Number).sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8, 9]);
    expect(payloads(lookalike)).toEqual([]);
  });

  it('[MQTT-4.8.2-3] each member gets it at the QoS that it was granted', () => {
    const house = new House();
    const members = ([0, 1, 2] as const).map((qos) =>
      subscriber(house, { clientId: `q${qos}` }, '$share/g/t', qos),
    );
    const sender = house.connect({ clientId: 's' });
    for (let n = 1; n <= 9; n++) sender.publish('t', `${n}`, 2, { packetId: n });
    members.forEach((member, qos) => {
      const sent = member.take();
      expect(sent.length).toBeGreaterThan(0);
      for (const publish of sent) expect(publish).toMatchObject({ qos });
    });
  });

  /** Two members with sessions, a QoS 2 message, and who of them has it. */
  function sent(): { house: House; has: Wire; other: Wire; clientId: string } {
    const house = new House();
    const wires = ['a', 'b'].map((clientId) => subscriber(house, kept(5, clientId), '$share/g/t', 2));
    house.connect({ clientId: 's' }).publish('t', 'x', 2);
    const at = wires.findIndex((wire) => wire.received.length > 0);
    const [has, other] = [wires[at], wires[1 - at]];
    if (has === undefined || other === undefined) throw new Error('nobody has it');
    expect(other.take()).toEqual([]);
    return { house, has, other, clientId: at === 0 ? 'a' : 'b' };
  }

  it('[MQTT-4.8.2-4] a QoS 2 delivery that was cut is completed with the same member', () => {
    const { house, has, other, clientId } = sent();
    has.cut();
    house.advance(60_000);
    const back = house.ask(kept(5, clientId));
    expect(back.takeShort()).toEqual(['CONNACK', 'PUBLISH t x q2 dup']);
    back.send({ type: 'PUBREC', packetId: 1, reasonCode: 0 });
    expect(back.takeShort()).toEqual(['PUBREL']);
    expect(other.take()).toEqual([]);
  });

  it('[MQTT-4.8.2-5] when its session ends first, by time or by a clean start, nobody else gets it', () => {
    for (const isExpired of [true, false]) {
      const { house, has, other, clientId } = sent();
      has.cut();
      if (isExpired) house.advance(2_000_000);
      else house.connect({ clientId, cleanStart: true });
      expect(house.broker.sizes.subscriptions).toBe(1);
      expect(other.take()).toEqual([]);
    }
  });

  it('[MQTT-4.8.2-6] a message that a member refuses goes to nobody else', () => {
    for (const reasonCode of [0x80, 0x97]) {
      const { has, other } = sent();
      has.send({ type: 'PUBREC', packetId: 1, reasonCode });
      expect(has.takeShort()).toEqual(['PUBLISH t x q2']);
      expect(other.take()).toEqual([]);
    }
  });
});
