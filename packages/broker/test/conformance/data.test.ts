/** Sections 1.5 and 2: strings, numbers, flags and packet ids, on the wire. */
import { describe, expect, it } from 'vitest';
import { House, type Wire } from '../wire/house.ts';
import { kept, type Numbered, packet, record, subscriber, text, VERSIONS } from './recorder.ts';

const ILL_FORMED: readonly (readonly [string, readonly number[]])[] = [
  ['an overlong form', [0xc0, 0x80]],
  ['an overlong form of three bytes', [0xe0, 0x80, 0xaf]],
  ['a high surrogate', [0xed, 0xa0, 0x80]],
  ['a pair of surrogates', [0xed, 0xa0, 0xbd, 0xed, 0xb8, 0x80]],
  ['a continuation byte alone', [0x80]],
  ['a truncated character', [0x61, 0xe2, 0x82]],
  ['a code point above U+10FFFF', [0xf4, 0x90, 0x80, 0x80]],
];
const NULL = [0x61, 0x00, 0x62];

/** Packets that carry `bytes` where a string must be, by the field's name; `opening` goes in place of CONNECT. */
function stringsIn(bytes: readonly number[], version: Numbered): Map<string, Uint8Array> {
  const five = version === 5 ? [0] : [];
  const field = text(bytes);
  const fields = new Map([
    ['topic name', packet(0x30, field, five, '78')],
    ['topic filter of SUBSCRIBE', packet(0x82, '00 01', five, field, [0])],
    ['topic filter of UNSUBSCRIBE', packet(0xa2, '00 01', five, field)],
  ]);
  if (version === 4) return fields;
  const publish = (...property: number[]): Uint8Array => packet(0x30, text('t'), [property.length], property);
  fields.set('content type', publish(0x03, ...field));
  fields.set('response topic', publish(0x08, ...field));
  fields.set('name of a user property', publish(0x26, ...field, ...text('b')));
  fields.set('value of a user property', publish(0x26, ...text('a'), ...field));
  fields.set('reason string', packet(0x40, '00 01 80', [1 + field.length], [0x1f], field));
  return fields;
}

/** CONNECT packets that carry `bytes` where a string must be. */
function stringsInConnect(bytes: readonly number[], version: Numbered): Map<string, Uint8Array> {
  const five = version === 5 ? [0] : [];
  const connect = (flags: number, ...payload: number[][]): Uint8Array =>
    packet(0x10, text('MQTT'), [version, flags, 0, 0], five, payload.flat());
  const field = text(bytes);
  return new Map([
    ['client id', connect(0x02, field)],
    ['will topic', connect(0x06, text('a'), five, field, text('x'))],
    ['user name', connect(0x82, text('a'), field)],
  ]);
}

/** Expects that these bytes end a connection of that version, each with the reason code where there is one. */
function expectClosed(
  version: Numbered,
  fields: ReadonlyMap<string, Uint8Array>,
  what: string,
  reasonCode: number,
): void {
  for (const [name, bytes] of fields) {
    const house = new House();
    const wire = house.connect({ version }).bytes(bytes);
    const answer = version === 5 ? [{ type: 'DISCONNECT', reasonCode }] : [];
    expect(wire.take(), `${what} in the ${name}`).toMatchObject(answer);
    expect(wire.isClosed, `${what} in the ${name}`).toBe(true);
    expect(house.isWell()).toBe(true);
  }
}

function expectRefused(version: Numbered, fields: ReadonlyMap<string, Uint8Array>, what: string): void {
  for (const [name, bytes] of fields) {
    const house = new House();
    const wire = house.open(version).bytes(bytes);
    const answer = version === 5 ? [{ type: 'CONNACK', reasonCode: 0x81 }] : [];
    expect(wire.take(), `${what} in the ${name}`).toMatchObject(answer);
    expect(wire.isClosed, `${what} in the ${name}`).toBe(true);
    expect(house.broker.sizes.sessions).toBe(0);
  }
}

describe('strings', () => {
  it('5.0 [MQTT-1.5.4-1] [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-3.3.2-1] [MQTT-3.3.2-13] [MQTT-3.3.2-19] 3.1.1 [MQTT-1.5.3-1] [MQTT-3.8.3-1] [MQTT-3.10.3-1] [MQTT-3.3.2-1] ill-formed UTF-8 closes the connection, in every field', () => {
    for (const version of VERSIONS)
      for (const [what, bytes] of ILL_FORMED) expectClosed(version, stringsIn(bytes, version), what, 0x81);
  });

  it('5.0 [MQTT-1.5.4-1] [MQTT-3.1.3-4] [MQTT-3.1.3-11] [MQTT-3.1.3-12] 3.1.1 [MQTT-1.5.3-1] [MQTT-3.1.3-4] [MQTT-3.1.3-10] [MQTT-3.1.3-11] ill-formed UTF-8 in CONNECT is refused', () => {
    for (const version of VERSIONS)
      for (const [what, bytes] of ILL_FORMED) expectRefused(version, stringsInConnect(bytes, version), what);
  });

  it('5.0 [MQTT-1.5.4-2] [MQTT-4.7.3-2] 3.1.1 [MQTT-1.5.3-2] [MQTT-4.7.3-2] U+0000 closes the connection, in every field', () => {
    for (const version of VERSIONS) {
      expectClosed(version, stringsIn(NULL, version), 'U+0000', 0x81);
      expectRefused(version, stringsInConnect(NULL, version), 'U+0000');
    }
  });

  it('5.0 [MQTT-1.5.7-1] both halves of a user property are strings like any other', () => {
    for (const bytes of [...ILL_FORMED.map(([, ill]) => ill), NULL]) {
      const fields = [...stringsIn(bytes, 5)].filter(([name]) => name.includes('user property'));
      expect(fields).toHaveLength(2);
      expectClosed(5, new Map(fields), 'a bad string', 0x81);
    }
  });

  it('5.0 [MQTT-1.5.4-3] 3.1.1 [MQTT-1.5.3-3] EF BB BF stays where it is, and tells topics and clients apart', () => {
    const mark = '\ufeff';
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, { version, clientId: 'r' }, `${mark}t`);
      const sender = house.connect({ version, clientId: 's' });
      sender.publish('t', 'without').publish(`${mark}t`, 'with').publish(`t${mark}`, 'behind');
      expect(wire.takeShort()).toEqual([`PUBLISH ${mark}t with`]);
      house.connect({ version, clientId: `${mark}s` });
      expect(sender.isClosed).toBe(false);
    }
  });

  it('5.0 [MQTT-1.5.4-3] a byte order mark in a property goes on to the subscriber', () => {
    const house = new House();
    const wire = subscriber(house, { clientId: 'r' }, 't');
    const properties = { contentType: '\ufeffx', userProperties: [['\ufeff', '\ufeff\ufeff']] };
    house.connect({ clientId: 's' }).publish('t', 'x', 0, { properties });
    expect(wire.take()).toMatchObject([{ properties }]);
  });
});

describe('variable byte integers', () => {
  it('5.0 [MQTT-1.5.5-1] longer than needed is malformed: remaining length, property length, identifier', () => {
    for (const bytes of [
      'c0 80 00',
      '30 85 00 00 01 74 00 78',
      '30 06 00 01 74 80 00 78',
      '82 0a 00 01 03 0b 81 00 00 01 74 00',
    ]) {
      const wire = new House().connect().bytes(bytes);
      expect(wire.takeShort(), bytes).toEqual(['DISCONNECT 0x81']);
      expect(wire.isClosed, bytes).toBe(true);
    }
  });

  it('5.0 [MQTT-1.5.5-1] the broker writes the shortest form at each border', () => {
    const house = new House({ limits: { maximumOutgoingBytes: 16_000_000, maximumPacketSize: 3_000_000 } });
    const wire = subscriber(house, { clientId: 'r' }, 't');
    const bytes = record(wire);
    const sender = house.connect({ clientId: 's' });
    // PUBLISH to `t` without properties: 4 bytes before the payload.
    for (const [length, figures] of [
      [127, '7f'],
      [128, '80 01'],
      [16_383, 'ff 7f'],
      [16_384, '80 80 01'],
      [2_097_151, 'ff ff 7f'],
      [2_097_152, '80 80 80 01'],
    ] as const) {
      sender.publish('t', new Uint8Array(length - 4));
      expect(bytes().slice(0, 24), `${length} bytes`).toBe(
        `30 ${figures} 00 01 74 00 00 00 00 00`.slice(0, 24),
      );
    }
  });
});

describe('the fixed header', () => {
  /** First byte and a body that is right but for the flags. */
  function packetsOf(version: Numbered): Map<string, readonly [number, string]> {
    const five = version === 5 ? ' 00' : '';
    const connect = `00 04 4d 51 54 54 0${version} 02 00 00${five} 00 01 61`;
    return new Map([
      ['CONNECT', [0x10, connect]],
      ['PUBACK', [0x40, '00 01']],
      ['PUBREC', [0x50, '00 01']],
      ['PUBREL', [0x62, '00 01']],
      ['PUBCOMP', [0x70, '00 01']],
      ['SUBSCRIBE', [0x82, `00 01${five} 00 01 74 00`]],
      ['UNSUBSCRIBE', [0xa2, `00 01${five} 00 01 74`]],
      ['PINGREQ', [0xc0, '']],
      ['DISCONNECT', [0xe0, '']],
      ...(version === 5 ? [['AUTH', [0xf0, '']] as const] : []),
    ]);
  }

  /** What each packet is answered with, by its flags. */
  function expectFlags(version: Numbered, answer: readonly string[]): void {
    for (const [type, [right, body]] of packetsOf(version)) {
      const isFirst = type === 'CONNECT';
      for (let flags = 0; flags < 16; flags++) {
        const first = (right & 0xf0) | flags;
        const wire = isFirst ? new House().open(version) : new House().connect({ version });
        wire.bytes(packet(first, body));
        const got = wire.takeShort();
        if (first === right) {
          expect(got, `${type} ${flags}`).not.toEqual(['DISCONNECT 0x81']);
          expect(wire.isClosed, `${type} ${flags}`).toBe(type === 'DISCONNECT' || type === 'AUTH');
        } else {
          expect(got, `${type} ${flags}`).toEqual(isFirst ? [] : answer);
          expect(wire.isClosed, `${type} ${flags}`).toBe(true);
        }
      }
    }
  }

  it('5.0 [MQTT-2.1.3-1] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] [MQTT-3.15.1-1] flags other than the listed ones are malformed, in each packet', () => {
    expectFlags(5, ['DISCONNECT 0x81']);
  });

  it('3.1.1 [MQTT-2.2.2-1] [MQTT-2.2.2-2] [MQTT-3.6.1-1] [MQTT-3.8.1-1] [MQTT-3.10.1-1] [MQTT-3.14.1-1] flags other than the listed ones close the connection, in each packet', () => {
    expectFlags(4, []);
  });

  it('5.0 [MQTT-2.1.3-1] 3.1.1 [MQTT-2.2.2-1] the broker sets them so in all it sends', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.open(version);
      const bytes = record(wire);
      const first = (act: () => unknown): string => {
        act();
        return bytes().slice(0, 2);
      };
      const five = version === 5 ? [0] : [];
      const connect = packet(0x10, text('MQTT'), [version, 2, 0, 0], five, text('a'));
      expect(first(() => wire.bytes(connect))).toBe('20');
      expect(first(() => wire.subscribe('t', 2))).toBe('90');
      expect(first(() => wire.bytes('c0 00'))).toBe('d0');
      const sender = house.connect({ clientId: 's' });
      expect(first(() => sender.publish('t', 'x', 2, { packetId: 9 }))).toBe('34');
      expect(first(() => wire.bytes('50 02 00 01'))).toBe('62');
      expect(first(() => wire.bytes('70 02 00 01'))).toBe('');
      expect(first(() => wire.publish('u', 'x', 1))).toBe('40');
      expect(first(() => wire.publish('u', 'x', 2))).toBe('50');
      expect(first(() => wire.bytes('62 02 00 01'))).toBe('70');
      expect(first(() => wire.send({ type: 'UNSUBSCRIBE', packetId: 3, topicFilters: ['t'] }))).toBe('b0');
      if (version === 5) expect(first(() => wire.bytes('00 00'))).toBe('e0');
    }
  });
});

describe('packet ids and properties', () => {
  it('5.0 [MQTT-2.2.1-2] 3.1.1 [MQTT-2.3.1-5] a QoS 0 PUBLISH goes out without a packet id', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, { version, clientId: 'r' }, 't', 2);
      const bytes = record(wire);
      house.connect({ clientId: 's' }).publish('t', 'x');
      expect(bytes()).toBe(version === 5 ? '30 05 00 01 74 00 78' : '30 04 00 01 74 78');
    }
  });

  it('5.0 [MQTT-2.2.1-3] 3.1.1 [MQTT-2.3.1-1] a request with packet id 0 closes the connection', () => {
    for (const version of VERSIONS) {
      const five = version === 5 ? [0] : [];
      const requests = new Map([
        ['SUBSCRIBE', packet(0x82, '00 00', five, text('t'), [0])],
        ['UNSUBSCRIBE', packet(0xa2, '00 00', five, text('t'))],
        ['PUBLISH QoS 1', packet(0x32, text('t'), '00 00', five, '78')],
        ['PUBLISH QoS 2', packet(0x34, text('t'), '00 00', five, '78')],
      ]);
      expectClosed(version, requests, 'packet id 0', 0x81);
    }
  });

  it('5.0 [MQTT-2.2.1-4] [MQTT-4.3.2-1] [MQTT-4.3.3-1] 3.1.1 [MQTT-2.3.1-4] [MQTT-2.3.1-1] a new PUBLISH gets an id that is not 0 and of no open one, far beyond 65,535 of them', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = subscriber(house, { version, clientId: 'r' }, 't', 1);
      const sender = house.connect({ clientId: 's' });
      const stays = subscriberIds(wire, sender);
      expect(stays).toEqual([1, 2, 3]);
      const open = new Set(stays);
      for (let n = 0; n < (version === 4 ? 66_000 : 1000); n += 50) {
        for (let i = 1; i <= 50; i++) sender.end.write(packet(0x32, text('t'), [0, i], [0], '78'));
        house.settle();
        const ids = wire.take().map((sent) => (sent.type === 'PUBLISH' ? (sent.packetId ?? 0) : -1));
        expect(ids).toHaveLength(50);
        if (ids.some((id) => id < 1 || open.has(id)) || new Set(ids).size < 50)
          expect(ids).toEqual('unused ids');
        for (const id of ids) wire.end.write(Uint8Array.of(0x40, 2, id >> 8, id & 0xff));
        sender.take();
      }
    }
  });

  it('5.0 [MQTT-2.2.1-5] 3.1.1 [MQTT-2.3.1-6] every acknowledgement carries the id of its PUBLISH, both ways', () => {
    for (const version of VERSIONS) {
      const house = new House();
      const wire = house.connect({ version, clientId: 'a' });
      const bytes = record(wire);
      wire.publish('t', 'x', 1, { packetId: 0x1234 });
      expect(bytes().slice(6)).toMatch(/^12 34/);
      wire.publish('t', 'x', 2, { packetId: 0x5678 });
      expect(bytes().slice(6)).toMatch(/^56 78/);
      wire.bytes('62 02 56 78');
      expect(bytes().slice(6)).toMatch(/^56 78/);
      const receiver = subscriber(house, { version, clientId: 'b' }, 'u', 2);
      for (const n of [1, 2, 3]) wire.publish('u', 'x', 2, { packetId: n });
      receiver.take();
      receiver.bytes('50 02 00 02');
      expect(receiver.take()).toMatchObject([{ type: 'PUBREL', packetId: 2 }]);
    }
  });

  it('5.0 [MQTT-2.2.1-6] 3.1.1 [MQTT-2.3.1-7] SUBACK and UNSUBACK carry the id of their request', () => {
    for (const version of VERSIONS) {
      const five = version === 5 ? { noLocal: false, retainAsPublished: false, retainHandling: 0 } : {};
      const wire = new House().connect({ version });
      for (const packetId of [1, 4711, 65_535]) {
        wire.send({ type: 'SUBSCRIBE', packetId, subscriptions: [{ topicFilter: 't', qos: 0, ...five }] });
        wire.send({ type: 'UNSUBSCRIBE', packetId, topicFilters: ['t'] });
        expect(wire.take()).toMatchObject([
          { type: 'SUBACK', packetId },
          { type: 'UNSUBACK', packetId },
        ]);
      }
    }
  });

  it('5.0 [MQTT-2.2.2-1] a packet without properties has a property length of 0', () => {
    const house = new House({ access: { authenticate: ({ username }) => username !== 'bad' } });
    const refused = house.open();
    const refusal = record(refused);
    refused.bytes(packet(0x10, text('MQTT'), [5, 0x82, 0, 0, 0], text('a'), text('bad')));
    expect(refusal()).toBe('20 03 00 86 00');
    const wire = house.connect();
    const bytes = record(wire);
    wire.subscribe('t', 1);
    expect(bytes()).toBe('90 04 00 07 00 01');
    house.connect({ clientId: 's' }).publish('t', 'x', 1);
    expect(bytes()).toBe('32 07 00 01 74 00 01 00 78');
    wire.send({ type: 'UNSUBSCRIBE', packetId: 7, topicFilters: ['t'] });
    expect(bytes()).toBe('b0 04 00 07 00 00');
  });

  it('3.1.1 [MQTT-2.3.1-4] ids of a kept session that are still open are not given again', () => {
    const house = new House();
    const wire = subscriber(house, kept(4, 'r'), 't', 1);
    const sender = house.connect({ version: 4, clientId: 's' }).publish('t', '1', 1);
    wire.cut();
    const back = house.connect(kept(4, 'r'));
    sender.publish('t', '2', 1, { packetId: 2 });
    const ids = back.take().map((sent) => sent.type === 'PUBLISH' && sent.packetId);
    expect(new Set(ids).size).toBe(ids.length);
  });
});

/** Lets three messages stay open at `wire`; their ids. */
function subscriberIds(wire: Wire, sender: Wire): number[] {
  for (const n of [1, 2, 3]) sender.publish('t', 'stays', 1, { packetId: n });
  return wire.take().map((sent) => (sent.type === 'PUBLISH' ? (sent.packetId ?? 0) : 0));
}
