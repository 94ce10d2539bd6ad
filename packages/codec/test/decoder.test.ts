/**
 * What a Decoder does around the packets: versions, ends, limits, ownership of memory, places, errors that stay. What
 * stands in packets is the vectors' matter.
 */
import { describe, expect, it } from 'vitest';
import {
  ClientDecoder,
  checkReasonCode,
  Decoder,
  encode,
  type Packet,
  ProtocolError,
  type ProtocolVersion,
  readAuth,
  TextCache,
} from '../src/index.ts';
import { join, text } from '../src/testing/vector.ts';
import { connects, read } from './reading.ts';

const publish = {
  type: 'PUBLISH',
  topic: 'a/b',
  payload: text('hi'),
  qos: 0,
  dup: false,
  retain: false,
} as const;

describe('version', () => {
  it.each([3, 4, 5] as const)(
    '[MQTT-3.1.2-2] is %i after a CONNECT of that level, and holds for what follows',
    (version) => {
      const decoder = new Decoder({ role: 'server' });
      expect(decoder.version).toBeUndefined();
      const { packets } = read(decoder, [connects[version], encode(publish, version)]);
      expect(packets.map(({ type }) => type)).toEqual(['CONNECT', 'PUBLISH']);
      expect(decoder.version).toBe(version);
    },
  );

  it('[MQTT-3.1.2-3] is known as well when the rest of CONNECT is refused', () => {
    for (const [bytes, version] of [
      [join('10 0c 00 04 "MQTT" 04 03 00 3c 00 00'), 4],
      [join('10 0d 00 04 "MQTT" 05 03 00 3c 00 00 00'), 5],
      [join('10 0e 00 06 "MQIsdp" 03 03 00 3c 00 00'), 3],
    ] as const) {
      const decoder = new Decoder({ role: 'server' });
      expect(read(decoder, [bytes]).error?.reasonCode).toBe(0x81);
      expect(decoder.version).toBe(version);
    }
  });

  it('[MQTT-3.1.2-2] stays unknown for a level that does not exist', () => {
    const decoder = new Decoder({ role: 'server' });
    expect(read(decoder, [join('10 0c 00 04 "MQTT" 06 02 00 3c 00 00')]).error?.reasonCode).toBe(0x84);
    expect(decoder.version).toBeUndefined();
  });

  it('[A30] decides how the bytes are read: the same ones are a payload in 3.1.1 and properties in 5.0', () => {
    const bytes = join('30 08 00 03 "a/b" 02 01 01');
    const payloads = ([4, 5] as const).map((version) => {
      const [packet] = read(new Decoder({ version }), [bytes]).packets;
      return packet?.type === 'PUBLISH' ? [Array.from(packet.payload), packet.properties] : undefined;
    });
    expect(payloads).toEqual([
      [[2, 1, 1], undefined],
      [[], { payloadFormatIndicator: 1 }],
    ]);
  });

  it('refuses a CONNECT of another version than the one it was told', () => {
    const { error } = read(new Decoder({ version: 4 }), [connects[4], connects[5]]);
    expect([error?.reasonCode, error?.offset]).toEqual([0x84, 0]);
  });
});

describe('role', () => {
  it('without one takes every packet of both ends, and CONNECT twice', () => {
    const all = [connects[5], connects[5], join('20 03 00 00 00 c0 00 d0 00 e0 01 8e e0 01 04 f0 00')];
    const { packets, error } = read(new Decoder(), all);
    expect(error).toBeUndefined();
    expect(packets).toHaveLength(8);
  });

  it('[MQTT-3.1.0-1] of a server wants CONNECT first also where the version is given', () => {
    const { error } = read(new Decoder({ role: 'server', version: 4 }), [join('c0 00')]);
    expect([error?.reasonCode, error?.statement]).toEqual([0x82, 'MQTT-3.1.0-1']);
  });

  it('[A04] refuses on the first byte, before a length came', () => {
    for (const first of ['30', '20', '00', 'f0', 'c0', '62']) {
      expect(read(new Decoder({ role: 'server' }), [join(first)]).error?.offset).toBe(0);
    }
  });
});

describe('memory', () => {
  it('gives payloads as views on the chunk, or as copies', () => {
    for (const copy of [false, true]) {
      const chunk = join('30 07 00 03 "a/b" "hi"');
      const [packet] = read(new Decoder({ version: 4, copy }), [chunk]).packets;
      if (packet?.type !== 'PUBLISH') throw new Error('no PUBLISH');
      expect(packet.payload.buffer === chunk.buffer).toBe(!copy);
      chunk.fill(0x7a);
      expect(Buffer.from(packet.payload).toString()).toBe(copy ? 'hi' : 'zz');
    }
  });

  it('copies, given a number, payloads that would keep more than so many times their size of memory', () => {
    const chunk = join('30 07 00 03 "a/b" "hi"');
    const kept = chunk.buffer.byteLength / 2;
    for (const [copy, isView] of [
      [kept, true],
      [kept - 0.5, false],
    ] as const) {
      const [packet] = read(new Decoder({ version: 4, copy }), [chunk]).packets;
      if (packet?.type !== 'PUBLISH') throw new Error('no PUBLISH');
      expect(packet.payload.buffer === chunk.buffer).toBe(isView);
      expect(Buffer.from(packet.payload).toString()).toBe('hi');
    }
  });

  it('copies passwords, correlation data and will payloads too where copies are asked for', () => {
    const chunk = join(
      '10 00 00 04 "MQTT" 05 c6 00 00 08 15 00 01 "m" 16 00 01 "d"',
      '00 01 "c" 05 09 00 02 "cd" 00 01 "w" 00 02 "wp" 00 01 "u" 00 02 "pw"',
    );
    chunk[1] = chunk.length - 2;
    const [packet] = read(new Decoder({ copy: true }), [chunk]).packets;
    chunk.fill(0);
    if (packet?.type !== 'CONNECT' || packet.version !== 5) throw new Error('no CONNECT');
    const { properties, will, password } = packet;
    const texts = [
      properties?.authenticationData,
      will?.properties?.correlationData,
      will?.payload,
      password,
    ];
    expect(texts.map((bytes) => Buffer.from(bytes ?? []).toString())).toEqual(['d', 'cd', 'wp', 'pw']);
  });

  it('gives a payload that came in pieces as bytes of its own, so that the chunks are free', () => {
    const bytes = join('30 07 00 03 "a/b" "hi"');
    const [first, second] = [bytes.slice(0, 8), bytes.slice(8)];
    const decoder = new Decoder({ version: 4 });
    const { packets } = read(decoder, [first, second]);
    first.fill(0);
    second.fill(0);
    expect(packets).toMatchObject([{ payload: text('hi') }]);
  });

  it('[A07] copies of a chunk only the end of the packet that began before, and reads the rest where it lies', () => {
    const packet = join('30 07 00 03 "a/b" "hi"');
    for (const cut of [1, 2, 3, 8]) {
      const decoder = new Decoder({ version: 4 });
      expect(read(decoder, [packet.slice(0, cut)]).packets).toEqual([]);
      const chunk = new Uint8Array([...packet.slice(cut), ...packet, ...packet.slice(0, cut)]);
      const { packets } = read(decoder, [chunk]);
      const inPlace = packets.map((one) => one.type === 'PUBLISH' && one.payload.buffer === chunk.buffer);
      expect(inPlace).toEqual([false, true]);
      expect(decoder.buffered).toBe(cut);
      expect(decoder.bytes.buffer).not.toBe(chunk.buffer);
      chunk.fill(0);
      expect(read(decoder, [packet.slice(cut)]).packets).toMatchObject([{ payload: text('hi') }]);
    }
  });

  it('[A07] takes chunk upon chunk while nobody reads, and gives their packets in order', () => {
    const decoder = new Decoder({ version: 4 });
    const packets = Array.from({ length: 50 }, (_, n) =>
      join(`30 06 00 01 "t" "${String(n).padStart(3, '0')}"`),
    );
    const bytes = new Uint8Array(packets.flatMap((packet) => [...packet]));
    for (let at = 0; at < bytes.length - 7; at += 7) decoder.push(bytes.slice(at, at + 7));
    const last = bytes.slice(decoder.buffered);
    const got = read(decoder, [last]).packets.map((packet) =>
      packet.type === 'PUBLISH' ? Number(Buffer.from(packet.payload).toString()) : -1,
    );
    expect(got).toEqual(packets.map((_, n) => n));
  });

  it('takes a Buffer and a view into a larger buffer', () => {
    const pool = new Uint8Array(100).fill(0xff);
    const bytes = join('30 07 00 03 "a/b" "hi"');
    pool.set(bytes, 50);
    const chunks = [Buffer.from(bytes), pool.subarray(50, 50 + bytes.length)];
    for (const chunk of chunks) {
      const [packet] = read(new Decoder({ version: 4 }), [chunk]).packets;
      if (packet?.type !== 'PUBLISH') throw new Error('no PUBLISH');
      expect(packet.payload.constructor).toBe(Uint8Array);
      expect(packet.payload).toEqual(text('hi'));
    }
  });

  it('counts what it has and has not yet read', () => {
    const decoder = new Decoder({ version: 4 });
    expect(decoder.buffered).toBe(0);
    decoder.push(join('c0 00 c0 00 30 07 00'));
    expect(decoder.buffered).toBe(7);
    decoder.next();
    expect(decoder.buffered).toBe(5);
    decoder.next();
    expect(decoder.next()).toBeUndefined();
    expect(decoder.buffered).toBe(3);
    decoder.push(join('03 "a/b" "hi" c0'));
    expect(decoder.next()?.type).toBe('PUBLISH');
    expect(decoder.buffered).toBe(1);
    expect(decoder.next()).toBeUndefined();
    decoder.push(join('00'));
    expect(decoder.next()?.type).toBe('PINGREQ');
    expect(decoder.buffered).toBe(0);
  });

  it('lets go of a chunk that is read to its end', () => {
    const decoder = new Decoder({ version: 4 });
    decoder.push(join('30 07 00 03 "a/b" "hi"'));
    expect(decoder.next()?.type).toBe('PUBLISH');
    expect(decoder.bytes).toHaveLength(9);
    expect(decoder.next()).toBeUndefined();
    expect(decoder.bytes).toHaveLength(0);
    expect(decoder.buffered).toBe(0);
  });

  it('waits where it stopped when the caller pauses, whatever is pushed meanwhile', () => {
    const decoder = new Decoder({ version: 4 });
    decoder.push(join('c0 00 d0 00'));
    expect(decoder.next()?.type).toBe('PINGREQ');
    decoder.push(join('e0'));
    decoder.push(new Uint8Array(0));
    decoder.push(join('00'));
    expect([decoder.next()?.type, decoder.next()?.type, decoder.next()]).toEqual([
      'PINGRESP',
      'DISCONNECT',
      undefined,
    ]);
  });
});

describe('maximumPacketSize', () => {
  it('[A05] may change between packets: small before CONNECT, larger after', () => {
    const decoder = new Decoder({ role: 'server', maximumPacketSize: 20 });
    const big = encode({ ...publish, payload: new Uint8Array(100) }, 4);
    decoder.push(connects[4]);
    expect(decoder.next()?.type).toBe('CONNECT');
    decoder.maximumPacketSize = big.length;
    decoder.push(big);
    expect(decoder.next()?.type).toBe('PUBLISH');
    decoder.maximumPacketSize = big.length - 1;
    decoder.push(big);
    expect(() => decoder.next()).toThrow(ProtocolError);
  });

  it('[MQTT-3.2.2-15] counts the fixed header', () => {
    for (const size of [126, 128, 16_384]) {
      const bytes = encode({ ...publish, payload: new Uint8Array(size) }, 4);
      expect(
        read(new Decoder({ version: 4, maximumPacketSize: bytes.length }), [bytes]).packets,
      ).toHaveLength(1);
      const { error } = read(new Decoder({ version: 4, maximumPacketSize: bytes.length - 1 }), [
        bytes.subarray(0, 5),
      ]);
      expect([error?.code, error?.offset]).toEqual(['PACKET_TOO_LARGE', 1]);
    }
  });
});

describe('what it gives', () => {
  it('has every field of its packet, in 3.x as in 5.0', () => {
    const rows: readonly (readonly [ProtocolVersion, string, Packet])[] = [
      [4, '40 02 00 01', { type: 'PUBACK', packetId: 1, reasonCode: 0, properties: undefined }],
      [4, 'e0 00', { type: 'DISCONNECT', reasonCode: 0, properties: undefined }],
      [4, 'b0 02 00 01', { type: 'UNSUBACK', packetId: 1, reasonCodes: [], properties: undefined }],
      [5, 'e0 00', { type: 'DISCONNECT', reasonCode: 0, properties: undefined }],
      [5, '40 02 00 01', { type: 'PUBACK', packetId: 1, reasonCode: 0, properties: undefined }],
      [5, '20 03 00 00 00', { type: 'CONNACK', sessionPresent: false, reasonCode: 0, properties: undefined }],
    ];
    for (const [version, bytes, packet] of rows) {
      expect(read(new Decoder({ version }), [join(bytes)]).packets).toStrictEqual([packet]);
    }
    const [subscribe] = read(new Decoder({ version: 4 }), [join('82 06 00 01 00 01 "a" 01')]).packets;
    expect(subscribe).toMatchObject({
      subscriptions: [
        { topicFilter: 'a', qos: 1, noLocal: false, retainAsPublished: false, retainHandling: 0 },
      ],
    });
    const [message] = read(new Decoder({ version: 4 }), [join('30 03 00 01 "a"')]).packets;
    expect(Object.keys(message ?? {}).sort()).toEqual([
      'dup',
      'packetId',
      'payload',
      'properties',
      'qos',
      'retain',
      'topic',
      'type',
    ]);
  });

  it('[B14] has no property that the bytes did not carry', () => {
    const [packet] = read(new Decoder({ version: 5 }), [
      join('30 18 00 01 "a" 14 26 00 09 "__proto__" 00 06 "hacked"'),
    ]).packets;
    if (packet?.type !== 'PUBLISH') throw new Error('no PUBLISH');
    expect(packet.properties?.userProperties).toEqual([['__proto__', 'hacked']]);
    expect(Reflect.get({}, 'hacked')).toBeUndefined();
  });

  it('[MQTT-3.3.2-2] knows a wildcard in a topic name also when the same text was a filter before', () => {
    const texts = new TextCache();
    const subscribe = read(new Decoder({ version: 4, texts }), [join('82 08 00 01 00 03 "a/#" 00')]);
    expect(subscribe.packets).toHaveLength(1);
    for (let again = 0; again < 3; again++) {
      const { error } = read(new Decoder({ version: 4, texts }), [join('30 05 00 03 "a/#"')]);
      expect(error?.reasonCode).toBe(0x90);
    }
  });

  it('[MQTT-1.5.4-2] knows U+0000 and broken UTF-8 also beside texts that it has read before', () => {
    const texts = new TextCache(8);
    for (let round = 0; round < 3; round++) {
      for (const topic of [
        '"abc"',
        '"ab" 00',
        '"ab"',
        '"ab" ff',
        '"abc" 00',
        '"abcd"',
        '"abcd" 00 00 00',
        '"abcde"',
      ]) {
        const name = join(topic);
        const { packets, error } = read(new Decoder({ version: 4, texts }), [
          Uint8Array.of(0x30, name.length + 2, 0, name.length, ...name),
        ]);
        const isText = /^[a-z]+$/.test(Buffer.from(name).toString('latin1'));
        expect(packets).toHaveLength(isText ? 1 : 0);
        expect(error?.code).toBe(isText ? undefined : 'MALFORMED_PACKET');
        if (isText) expect(packets).toMatchObject([{ topic: Buffer.from(name).toString() }]);
      }
    }
  });
});

describe('errors', () => {
  it('[MQTT-4.13.1-1] are one, for ever, and say code, reason code, statement and place', () => {
    const decoder = new Decoder({ version: 5 });
    decoder.push(join('c0 00 32 08 00 03 "a/b" 00 00 00'));
    expect(decoder.next()?.type).toBe('PINGREQ');
    let first: unknown;
    for (let again = 0; again < 3; again++) {
      try {
        decoder.next();
        throw new Error('was not refused');
      } catch (error) {
        first ??= error;
        expect(error).toBe(first);
      }
      decoder.push(join('c0 00'));
    }
    expect(first).toBeInstanceOf(ProtocolError);
    expect(first).toMatchObject({
      name: 'ProtocolError',
      code: 'MALFORMED_PACKET',
      reasonCode: 0x81,
      statement: 'MQTT-2.2.1-3',
      offset: 7,
    });
    expect(String(first)).toBe('ProtocolError: MALFORMED_PACKET: packetId [MQTT-2.2.1-3] at byte 7');
  });
});

describe('ClientDecoder', () => {
  const fromServer: readonly Packet<5>[] = [
    { type: 'CONNACK', sessionPresent: true, reasonCode: 0, properties: { receiveMaximum: 7 } },
    publish,
    { type: 'PUBACK', packetId: 1, reasonCode: 0 },
    { type: 'PUBREC', packetId: 1, reasonCode: 0x10 },
    { type: 'PUBREL', packetId: 1, reasonCode: 0 },
    { type: 'PUBCOMP', packetId: 1, reasonCode: 0 },
    { type: 'SUBACK', packetId: 2, reasonCodes: [1, 0x87] },
    { type: 'UNSUBACK', packetId: 3, reasonCodes: [0x11] },
    { type: 'PINGRESP' },
    { type: 'AUTH', reasonCode: 0x18, properties: { authenticationMethod: 'm' } },
    { type: 'DISCONNECT', reasonCode: 0x8e },
  ];
  const options = { role: 'client', version: 5 } as const;

  it('reads what servers send as Decoder does', () => {
    const bytes = fromServer.map((packet) => encode(packet, 5));
    const { packets, error } = read(
      new ClientDecoder({ ...options, checkCode: checkReasonCode, readAuth }),
      bytes,
    );
    expect(error).toBeUndefined();
    expect(packets).toEqual(read(new Decoder(options), bytes).packets);
    expect(packets.map(({ type }) => type)).toEqual(fromServer.map(({ type }) => type));
  });

  it('takes any reason code, and no AUTH, unless it is given what checks and reads them', () => {
    const { packets } = read(new ClientDecoder(options), [join('40 03 00 01 7f')]);
    expect(packets).toMatchObject([{ type: 'PUBACK', reasonCode: 0x7f }]);
    const auth = encode({ type: 'AUTH', reasonCode: 0x18, properties: { authenticationMethod: 'm' } }, 5);
    expect(read(new ClientDecoder(options), [auth]).error).toMatchObject({ code: 'PROTOCOL_ERROR' });
  });

  it.each([
    ['CONNECT', connects[5]],
    ['SUBSCRIBE', join('82 07 00 01 00 00 01 "a" 00')],
    ['UNSUBSCRIBE', join('a2 06 00 01 00 00 01 "a"')],
    ['PINGREQ', join('c0 00')],
  ])('refuses %s, which only clients send, with the error of Decoder', (_type, bytes) => {
    const { error } = read(new ClientDecoder({ ...options, checkCode: checkReasonCode, readAuth }), [bytes]);
    expect(error).toBeInstanceOf(ProtocolError);
    expect(error).toEqual(read(new Decoder(options), [bytes]).error);
  });
});
