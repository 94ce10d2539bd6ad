/**
 * [A31] What a caller may not send: any legal packet with one illegal value in it, of the kind that JavaScript callers
 * make. Refused with a ProtocolError, and nothing is written.
 */
import { inspect as inspectWhole } from 'node:util';
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Encoder,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  type PropertyName,
  ProtocolError,
  type ProtocolVersion,
  properties,
} from '../src/index.ts';
import { arbitraryPacket } from '../src/testing/index.ts';

const notStrings = [0, 1, true, null, {}, [], ['a'], Symbol('s'), new Uint8Array(1)];
const badTexts = [
  '\ud800',
  'a\udc00b',
  '\udc00\ud800',
  'a\0',
  'x'.repeat(65_536),
  'é'.repeat(32_768),
  '世'.repeat(21_846),
];
const notIntegers = ['1', '', null, {}, [], true, Number.NaN, Number.POSITIVE_INFINITY, -1, 1.5, 2n];
const notBytes = [
  'text',
  0,
  null,
  {},
  [1, 2],
  true,
  new Uint16Array(2),
  new DataView(new ArrayBuffer(2)),
  new ArrayBuffer(2),
];
const long = new Uint8Array(65_536);

/** Illegal values of each kind of field. `undefined` only where the field must be there. */
const bad = {
  string: [...notStrings, ...badTexts],
  topic: [...notStrings, ...badTexts, '#', '+', 'a/+', 'a#', ''],
  filter: [...notStrings, ...badTexts, '', 'a#', '#/a', 'a/#/b', '+a', 'a+/b'],
  binary: [...notBytes, long],
  payload: notBytes,
  packetId: [...notIntegers, 0, 65_536, undefined],
  u16: [...notIntegers, 65_536],
  'u16+': [...notIntegers, 65_536, 0],
  u32: [...notIntegers, 0x1_0000_0000],
  'u32+': [...notIntegers, 0x1_0000_0000, 0],
  'varint+': [...notIntegers, 268_435_456, 0],
  bit: [...notIntegers, 2, false],
  flag: [0, 1, 'true', null, {}],
  qos: [...notIntegers, 3, 4, undefined],
  retainHandling: [...notIntegers, 3, 4],
  reasonCode: ['0', null, {}, Number.NaN, -1, 0.5, 0x0f, 0x42, 0xff, 0x100],
  identifiers: [null, 'a', 5, {}, [null], [undefined], [0], ['1'], [268_435_456]],
  pair: [
    ...notStrings.filter((one) => !Array.isArray(one)),
    'a',
    [null],
    ['ab'],
    [['a']],
    [['a', 'b', 'c']],
    [['a', 1]],
    [['\ud800', 'a']],
    [['a', 'a\0']],
  ],
} as const;
type Kind = keyof typeof bad;

const fields: { readonly [name: string]: Kind } = {
  clientId: 'string',
  keepAlive: 'u16',
  topic: 'topic',
  payload: 'payload',
  packetId: 'packetId',
  qos: 'qos',
  topicFilter: 'filter',
  retainHandling: 'retainHandling',
  username: 'string',
  password: 'binary',
  reasonCode: 'reasonCode',
};

/** One illegal change: the packet with it, and what was changed for the report. */
interface Change {
  readonly what: string;
  readonly packet: unknown;
}

/** A value in few characters. */
function inspect(value: unknown): string {
  return inspectWhole(value).slice(0, 60);
}

type Value = { readonly [name: string]: unknown };

/** Every illegal change of one field of `packet` or of what lies in it, as far as `bad` knows how. */
function changes(packet: Value, version: ProtocolVersion): readonly Change[] {
  const list: Change[] = [];
  const change = (what: string, changed: unknown): void => void list.push({ what, packet: changed });
  for (const [name, value] of Object.entries(packet)) {
    const kind = fields[name];
    // `undefined` for a field that is there by choice makes a legal packet.
    if (kind !== undefined && value !== undefined) {
      for (const one of bad[kind]) {
        if (name === 'packetId' && packet.qos === 0) continue;
        if (name === 'topic' && one === '' && packet.type === 'PUBLISH') continue; // Legal with an alias.
        change(`${name} = ${inspect(one)}`, { ...packet, [name]: one });
      }
    }
    if (name === 'properties' && value !== undefined) addProperties(change, packet, value as Value);
    if (name === 'will' && value !== undefined) addWill(change, packet, value as Value, version);
    if (name === 'subscriptions') {
      const [first, ...others] = value as readonly Value[];
      for (const one of changes(first ?? {}, version)) {
        change(`a subscription's ${one.what}`, { ...packet, subscriptions: [...others, one.packet] });
      }
    }
  }
  addWhole(change, packet, version);
  return list;
}

type Add = (what: string, changed: unknown) => void;

function addProperties(change: Add, packet: Value, bag: Value): void {
  const own = (name: string, value: unknown): void =>
    change(`properties.${name} = ${inspect(value)}`, {
      ...packet,
      properties: { ...bag, [name]: value },
    });
  for (const name of Object.keys(bag) as PropertyName[]) {
    if (bag[name] === undefined) continue;
    const [, kind] = properties[name];
    const values: readonly unknown[] = name === 'subscriptionIdentifiers' ? bad.identifiers : bad[kind];
    for (const value of values) own(name, value);
  }
  own('payloadFormat', 1);
  own('__proto', 'x');
  own('toString', 'x');
  const isWill = 'topic' in packet && packet.type === undefined;
  for (const [name, [, kind, packets]] of Object.entries(properties)) {
    if (packets.split(' ').includes(isWill ? 'WILL' : String(packet.type))) continue;
    own(
      name,
      { string: 'x', topic: 'x', binary: new Uint8Array(1), flag: true, pair: [['a', 'b']] }[
        kind as string
      ] ?? 1,
    );
  }
}

function addWill(change: Add, packet: Value, will: Value, version: ProtocolVersion): void {
  for (const one of changes(will, version)) change(`will.${one.what}`, { ...packet, will: one.packet });
  change('a will message of 65,536 bytes', { ...packet, will: { ...will, payload: long } });
  change('will = {}', { ...packet, will: {} });
}

/** Changes of a packet as a whole, and what one version has and another has not. */
function addWhole(change: Add, packet: Value, version: ProtocolVersion): void {
  const { type } = packet;
  if (type === 'SUBSCRIBE')
    for (const one of [[], undefined, null, 'a', {}])
      change(`subscriptions = ${inspect(one)}`, { ...packet, subscriptions: one });
  if (type === 'UNSUBSCRIBE') {
    for (const one of [[], undefined, null, 'a', {}, ...bad.filter.map((filter) => [filter])])
      change(`topicFilters = ${inspect(one)}`, { ...packet, topicFilters: one });
  }
  if (type === 'SUBACK' || (type === 'UNSUBACK' && version === 5)) {
    for (const one of [[], undefined, null, 'a', {}, ...bad.reasonCode.map((code) => [code])])
      change(`reasonCodes = ${inspect(one)}`, { ...packet, reasonCodes: one });
  }
  if (type === 'PUBLISH' && packet.qos === 0) {
    change('DUP at QoS 0', { ...packet, dup: true });
    change('a packet id at QoS 0', { ...packet, packetId: 1 });
  }
  if (type === 'CONNECT')
    for (const one of [0, 1, 2, 6, '5', undefined, version === 5 ? 4 : 5])
      change(`version = ${inspect(one)}`, { ...packet, version: one });
  if (type === 'AUTH') change('no authentication method', { ...packet, reasonCode: 0x18, properties: {} });
  if (type === 'CONNACK')
    change('session present in a refusal', {
      ...packet,
      sessionPresent: true,
      reasonCode: version === 5 ? 0x87 : 5,
    });
  if (version < 5 && typeof type === 'string' && !type.startsWith('PING')) {
    change('properties before 5.0', { ...packet, properties: { userProperties: [['a', 'b']] } });
    if (/^PUB(ACK|RE|CO)|^DISC/.test(type))
      change('a reason code before 5.0', { ...packet, reasonCode: 0x80 });
  }
  if (version < 5 && 'topicFilter' in packet) {
    change('No Local before 5.0', { ...packet, noLocal: true });
    change('Retain As Published before 5.0', { ...packet, retainAsPublished: true });
    change('Retain Handling before 5.0', { ...packet, retainHandling: 1 });
  }
  for (const one of ['', 'publish', 'RESERVED', 3, null, undefined])
    if (type !== undefined) change(`type = ${inspect(one)}`, { ...packet, type: one });
}

function expectRefused(what: string, act: () => unknown): ProtocolError {
  let result: unknown;
  try {
    result = act();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw new Error(`${what}: ${String(error)}`, { cause: error });
  }
  throw new Error(`${what}: was encoded as ${String(result)}`);
}

describe.each([3, 4, 5] as const)('[A31] version %i', (version) => {
  it('refuses every packet with one illegal value, the same way everywhere, and writes nothing', () => {
    const ping: Packet = { type: 'PINGREQ' };
    const target = new Uint8Array(200_000);
    let count = 0;
    fc.assert(
      fc.property(arbitraryPacket(version), fc.nat(), (packet, seed) => {
        const all = changes(packet, version);
        // Some of each packet's changes; over the run every one is met.
        for (let at = seed % 7; at < all.length; at += 7) {
          const { what, packet: illegal } = all[at] as { what: string; packet: Packet<typeof version> };
          const report = `${packet.type} with ${what}`;
          const { statement, code, offset } = expectRefused(report, () => encode(illegal, version));
          expect(offset).toBeUndefined();
          const again = expectRefused(report, () => encodedLength(illegal, version));
          const into = expectRefused(report, () => encodeInto(illegal, version, target));
          const encoder = new Encoder(version, { size: 4 });
          encoder.write(ping);
          const written = expectRefused(report, () => encoder.write(illegal));
          expect(encoder.length).toBe(2);
          encoder.write(ping);
          expect(Array.from(encoder.take())).toEqual([0xc0, 0, 0xc0, 0]);
          expect([again.statement, into.statement, written.statement, again.code]).toEqual([
            statement,
            statement,
            statement,
            code,
          ]);
          count++;
        }
      }),
      { numRuns: 300 },
    );
    expect(count).toBeGreaterThan(500);
  });
});

describe('encode', () => {
  const publish = {
    type: 'PUBLISH',
    topic: 'a',
    payload: new Uint8Array(2),
    qos: 0,
    dup: false,
    retain: false,
  } as const;

  it.each([0, 2, 6, '5', undefined])('refuses version %s', (version) => {
    encode({ type: 'PINGREQ' }, 5);
    expect(expectRefused('version', () => encode<5>(publish, version as never)).reasonCode).toBe(0x84);
    expect(expectRefused('version', () => encodedLength<5>(publish, version as never)).reasonCode).toBe(0x84);
    expect(expectRefused('version', () => new Encoder(version as never)).reasonCode).toBe(0x84);
    expect(
      expectRefused('version', () => encodeInto<5>(publish, version as never, new Uint8Array(9))).reasonCode,
    ).toBe(0x84);
  });

  it('[A18] refuses AUTH before 5.0', () => {
    const auth = { type: 'AUTH', reasonCode: 0 } as never;
    for (const version of [3, 4] as const)
      expect(expectRefused('AUTH', () => encode(auth, version)).reasonCode).toBe(0x81);
  });

  it('[MQTT-3.1.2-22] refuses a password without a user name before 5.0', () => {
    const connect = {
      type: 'CONNECT',
      version: 4,
      clientId: 'a',
      cleanStart: true,
      keepAlive: 0,
      password: new Uint8Array(1),
    };
    expect(expectRefused('password', () => encode(connect as never, 4)).statement).toBe('MQTT-3.1.2-22');
  });

  it('[MQTT-3.8.3-4] refuses No Local on a shared filter', () => {
    const option = {
      topicFilter: '$share/g/t',
      qos: 0,
      noLocal: true,
      retainAsPublished: false,
      retainHandling: 0,
    } as const;
    const error = expectRefused('No Local', () =>
      encode({ type: 'SUBSCRIBE', packetId: 1, subscriptions: [option] }, 5),
    );
    expect([error.statement, error.reasonCode]).toEqual(['MQTT-3.8.3-4', 0x82]);
  });

  it.each([
    '$share',
    '$share/',
    '$share//t',
    '$share/g',
    '$share/g/',
    '$share/+/t',
    '$share/a#/t',
    '$share/g/a#',
  ])(
    '[B17] refuses the filter %s in 5.0 and takes it as a plain one in 3.1.1 where that is valid',
    (topicFilter) => {
      const error = expectRefused(topicFilter, () =>
        encode({ type: 'UNSUBSCRIBE', packetId: 1, topicFilters: [topicFilter] }, 5),
      );
      expect(error.reasonCode).toBe(0x8f);
    },
  );

  it('[MQTT-3.3.2-8] refuses topic alias 0, and an empty topic without an alias', () => {
    const zero = expectRefused('alias', () => encode({ ...publish, properties: { topicAlias: 0 } }, 5));
    expect([zero.statement, zero.code]).toEqual(['MQTT-3.3.2-8', 'TOPIC_ALIAS_INVALID']);
    expect(expectRefused('topic', () => encode({ ...publish, topic: '' }, 5)).reasonCode).toBe(0x82);
    expect(expectRefused('topic', () => encode({ ...publish, topic: '' }, 4)).reasonCode).toBe(0x81);
  });

  it('[MQTT-3.1.2-24] an encoder refuses a packet over the limit of the peer, and takes one of exactly that size', () => {
    const encoder = new Encoder(4, { maximumPacketSize: 7, size: 1 });
    encoder.write(publish);
    const error = expectRefused('size', () => encoder.write({ ...publish, payload: new Uint8Array(3) }));
    expect(error.code).toBe('PACKET_TOO_LARGE');
    encoder.maximumPacketSize = 8;
    encoder.write({ ...publish, payload: new Uint8Array(3) });
    expect(encoder.take().length).toBe(15);
  });

  it('encodeInto says when the buffer ends too soon, whatever the place', () => {
    const length = encodedLength(publish, 4);
    for (let room = 0; room < length; room++) {
      const error = expectRefused('room', () => encodeInto(publish, 4, new Uint8Array(room)));
      expect(error.code).toBe('BUFFER_TOO_SMALL');
      expect(expectRefused('room', () => encodeInto(publish, 4, new Uint8Array(20), 20 - room)).code).toBe(
        'BUFFER_TOO_SMALL',
      );
    }
    expect(encodeInto(publish, 4, new Uint8Array(length))).toBe(length);
  });

  it('refuses a packet over the largest Remaining Length', () => {
    const payload = new Uint8Array(268_435_456);
    expect(expectRefused('size', () => encodedLength({ ...publish, payload }, 4)).code).toBe(
      'PACKET_TOO_LARGE',
    );
  });
});
