/**
 * What encode, Encoder and Writer do around the packets: memory, growing, order. What a packet looks like is the
 * vectors' matter, and what is refused stands in `refusals.test.ts`.
 */
import { describe, expect, it } from 'vitest';
import {
  Encoder,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  takeWritten,
  Writer,
  writePublish,
  writePublishHead,
} from '../src/index.ts';
import { filled } from '../src/testing/vector.ts';

const publish = {
  type: 'PUBLISH',
  topic: 'a/b',
  payload: filled(20),
  qos: 1,
  dup: false,
  packetId: 7,
  retain: false,
} as const;

describe('encode', () => {
  it('never writes again into bytes that it gave away', () => {
    const packets: Packet<5>[] = Array.from({ length: 3000 }, (_, at) => ({
      ...publish,
      payload: filled((at * 37) % 1500),
      packetId: at + 1,
    }));
    const given = packets.map((packet) => encode(packet, 5));
    const copies = given.map((bytes) => bytes.slice());
    for (let at = 0; at < packets.length; at++) encode({ ...publish, topic: 'z/z' }, 5);
    expect(given.every((bytes, at) => Buffer.compare(bytes, copies[at] ?? bytes) === 0)).toBe(true);
  });

  it('gives the right bytes after an error in between', () => {
    const wanted = Array.from(encode(publish, 4));
    expect(() => encode({ ...publish, topic: '\ud800' }, 4)).toThrow();
    expect(Array.from(encode(publish, 4))).toEqual(wanted);
  });

  it('writes long packets of every kind whole, beside short ones', () => {
    const long: readonly Packet<5>[] = [
      { ...publish, payload: filled(100_000) },
      { type: 'UNSUBSCRIBE', packetId: 1, topicFilters: ['x'.repeat(60_000), 'y'.repeat(60_000)] },
      { type: 'SUBACK', packetId: 1, reasonCodes: Array(70_000).fill(0x00) },
      {
        type: 'CONNECT',
        version: 5,
        clientId: 'é'.repeat(30_000),
        cleanStart: true,
        keepAlive: 0,
        password: filled(65_535),
      },
      {
        type: 'DISCONNECT',
        reasonCode: 0x00,
        properties: { userProperties: Array(5000).fill(['name', 'value']) },
      },
    ];
    for (const packet of long) {
      expect(encode({ type: 'PINGREQ' }, 5)).toEqual(Uint8Array.of(0xc0, 0));
      const bytes = encode(packet, 5);
      expect(bytes.length).toBe(encodedLength(packet, 5));
      const target = new Uint8Array(bytes.length);
      encodeInto(packet, 5, target);
      expect(Buffer.compare(bytes, target)).toBe(0);
    }
  });

  it('takes payloads of a Buffer and of a view', () => {
    const pool = filled(100);
    const wanted = encode({ ...publish, payload: pool.slice(10, 30) }, 4);
    expect(encode({ ...publish, payload: pool.subarray(10, 30) }, 4)).toEqual(wanted);
    expect(encode({ ...publish, payload: Buffer.from(pool.slice(10, 30)) }, 4)).toEqual(wanted);
  });
});

describe('Encoder', () => {
  it('gives what was written since the last time, and goes on in another buffer', () => {
    const encoder = new Encoder(4, { size: 0 });
    encoder.write(publish);
    encoder.write({ type: 'PINGREQ' });
    const first = encoder.take();
    const copy = first.slice();
    expect(first.length).toBe(encodedLength(publish, 4) + 2);
    expect(encoder.length).toBe(0);
    encoder.write({ ...publish, topic: 'x/y' });
    expect(first).toEqual(copy);
    expect(encoder.take()).toEqual(encode({ ...publish, topic: 'x/y' }, 4));
    expect(encoder.take()).toEqual(new Uint8Array(0));
  });
});

describe('Writer', () => {
  it('[MQTT-3.3.2-1] writes a head whose length counts the payload that the caller sends from where it lies', () => {
    const head = new Writer(5);
    writePublishHead(head, publish);
    const whole = new Writer(5);
    writePublish(whole, publish);
    expect([...takeWritten(head), ...publish.payload]).toEqual([...takeWritten(whole)]);
  });

  it('makes room for a length that took more bytes than was guessed', () => {
    // The guess counts characters; properties and non-ASCII text push it over the next size of the length.
    for (const size of [90, 100, 120, 126, 16_300, 16_370, 16_383]) {
      const packet = {
        ...publish,
        topic: 'é'.repeat(12),
        payload: filled(size),
        properties: { contentType: 'text/plain' },
      };
      const bytes = encode(packet, 5);
      expect(bytes.length).toBe(encodedLength(packet, 5));
      expect(Buffer.compare(bytes.subarray(-size), filled(size))).toBe(0);
    }
  });
});
