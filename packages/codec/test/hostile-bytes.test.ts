/**
 * Bytes that nobody meant as packets: random, damaged, cut, repeated. Always packets or exactly one ProtocolError, in
 * bounded time and memory. What each fault is called is the vectors' matter.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Decoder,
  type DecoderOptions,
  Encoder,
  encode,
  ProtocolError,
  type ProtocolVersion,
} from '../src/index.ts';
import { arbitraryChunks, arbitraryDamage, arbitraryPacket, vectors } from '../src/testing/index.ts';
import { connects, decoderFor, meaning, read } from './reading.ts';
import { published, seeds } from './seeds.ts';

const LIMIT = 70_000;
const ends: readonly DecoderOptions[] = [
  { maximumPacketSize: LIMIT },
  { maximumPacketSize: LIMIT, version: 3 },
  { maximumPacketSize: LIMIT, version: 4 },
  { maximumPacketSize: LIMIT, version: 5 },
  { maximumPacketSize: LIMIT, role: 'server' },
  { maximumPacketSize: LIMIT, role: 'client', version: 4 },
  { maximumPacketSize: LIMIT, role: 'client', version: 5, copy: true },
];

/** Reads the chunks and fails on anything but packets and one ProtocolError that stays; says what came out. */
function survive(options: DecoderOptions, chunks: readonly Uint8Array[]): string {
  const decoder = new Decoder(options);
  let pushed = 0;
  let count = 0;
  for (const chunk of chunks) {
    pushed += chunk.length;
    decoder.push(chunk);
    try {
      while (decoder.next() !== undefined) count++;
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      checkError(decoder, error, pushed);
      return `${count} packets, then ${error.message}`;
    }
    const { buffered, bytes } = decoder;
    if (buffered > Math.min(pushed, LIMIT)) throw new Error(`${buffered} of ${pushed} bytes kept`);
    if (buffered > 0 && bytes.length > 2 * buffered) throw new Error(`${bytes.length} bytes for ${buffered}`);
  }
  return `${count} packets`;
}

function checkError(decoder: Decoder, error: ProtocolError, pushed: number): void {
  const { code, statement, offset, reasonCode } = error;
  if (!/^MQTT-\d\.\d+\.\d+-\d+$/.test(statement)) throw new Error(`${statement} is no statement`);
  if (!/^[A-Z_]+$/.test(code) || reasonCode < 0x80) throw new Error(`${code} ${reasonCode} is no error`);
  if (offset === undefined || offset < 0 || offset > pushed) throw new Error(`offset ${offset} of ${pushed}`);
  decoder.push(connects[5]);
  let second: unknown;
  try {
    decoder.next();
  } catch (again) {
    second = again;
  }
  // Plain comparisons: this runs some hundred thousand times.
  if (second !== error) throw new Error('another error, or none, the second time');
  if (decoder.buffered !== 0) throw new Error(`${decoder.buffered} bytes kept after an error`);
}

/** The same from whole bytes and from pieces, at every kind of end. */
function surviveEverywhere(bytes: Uint8Array, chunks: readonly Uint8Array[]): void {
  for (const options of ends) {
    const [inPieces, inOne] = [survive(options, chunks), survive(options, [bytes])];
    if (inPieces !== inOne) throw new Error(`in pieces: ${inPieces}; in one: ${inOne}`);
  }
}

const headed = fc
  .tuple(
    fc.constantFrom(0x10, 0x20, 0x30, 0x32, 0x3d, 0x40, 0x62, 0x82, 0x90, 0xa2, 0xb0, 0xc0, 0xe0, 0xf0),
    fc.uint8Array({ maxLength: 127 }),
  )
  .map(([header, body]) => Uint8Array.of(header, body.length, ...body));

describe('random bytes', () => {
  it('[A29] are packets or one error, whatever the chunks', () => {
    const bytes = fc.uint8Array({ maxLength: 300 });
    const some = fc.oneof(
      bytes,
      fc.array(headed, { maxLength: 5 }).map((list) => Uint8Array.from(list.flatMap((one) => [...one]))),
    );
    fc.assert(
      fc.property(
        some.chain((one) => fc.tuple(fc.constant(one), arbitraryChunks(one))),
        ([one, chunks]) => surviveEverywhere(one, chunks),
      ),
      { numRuns: 2000 },
    );
  });

  it('[A29] behind a CONNECT are packets or one error', () => {
    fc.assert(
      fc.property(
        fc.constantFrom<ProtocolVersion[]>(3, 4, 5),
        fc.array(headed, { maxLength: 8 }),
        (version, list) => {
          survive({ role: 'server', maximumPacketSize: LIMIT }, [connects[version], ...list]);
        },
      ),
      { numRuns: 2000 },
    );
  });
});

describe('damaged packets', () => {
  it.each([3, 4, 5] as const)(
    '[A29] of version %i are packets or one error, whatever the chunks',
    (version) => {
      const damaged = fc
        .array(arbitraryPacket(version), { minLength: 1, maxLength: 4 })
        .map((packets) => {
          const encoder = new Encoder(version);
          for (const packet of packets) encoder.write(packet);
          return encoder.take();
        })
        .chain((bytes) => arbitraryDamage(bytes))
        .chain((bytes) => fc.tuple(fc.constant(bytes), arbitraryChunks(bytes)));
      fc.assert(
        fc.property(damaged, ([bytes, chunks]) => surviveEverywhere(bytes, chunks)),
        { numRuns: 500 },
      );
    },
  );

  it('are never read as something that could not be written again', () => {
    const row = fc.constantFrom(...vectors.filter(({ bytes }) => bytes.length < 2000));
    fc.assert(
      fc.property(
        row.chain((vector) => fc.tuple(fc.constant(vector), arbitraryDamage(vector.bytes))),
        ([vector, bytes]) => {
          const decoder = decoderFor({ ...vector, bytes });
          const { packets } = read(decoder, [bytes]);
          for (const packet of packets) {
            const version = packet.type === 'CONNECT' ? packet.version : (decoder.version ?? vector.version);
            let again: Uint8Array;
            try {
              again = encode(packet, version);
            } catch (error) {
              // What a decoder leaves to the server: the form of filters, and empty client ids.
              if (
                error instanceof ProtocolError &&
                (packet.type.endsWith('SUBSCRIBE') || packet.type === 'CONNECT')
              )
                return;
              throw error;
            }
            const once = read(new Decoder({ version }), [again]);
            expect(once.packets.map((one) => meaning(one, version))).toEqual([meaning(packet, version)]);
          }
        },
      ),
      { numRuns: 3000 },
    );
  });
});

describe('seeds', () => {
  const corpus = published('fuzz-seeds.json');

  it(`[A29] of this repository, as they are and edited, are packets or one error`, () => {
    for (const seed of seeds) {
      const bytes = Uint8Array.from(Buffer.from(seed, 'hex'));
      surviveEverywhere(
        bytes,
        Array.from(bytes, (byte) => Uint8Array.of(byte)),
      );
      fc.assert(
        fc.property(arbitraryDamage(bytes), (damaged) => surviveEverywhere(damaged, [damaged])),
        { numRuns: 40 },
      );
    }
  });

  it(`[A29] published, as they are and edited, are packets or one error`, ({ annotate, skip }) => {
    if (corpus.text === undefined) {
      // Reported as skipped with this reason: it must not count as passed.
      skip(
        `the published seeds are not at ${corpus.place}; set MQTT_SHARED to the folder that holds vectors/`,
      );
      return;
    }
    const { seeds: flows } = JSON.parse(corpus.text) as { seeds: readonly { hex: string }[] };
    void annotate(`${flows.length} published flows from ${corpus.place}`);
    expect(flows.length).toBeGreaterThan(500);
    for (const { hex } of flows) {
      const bytes = Uint8Array.from(Buffer.from(hex, 'hex'));
      surviveEverywhere(bytes, [bytes.slice(0, bytes.length >> 1), bytes.slice(bytes.length >> 1)]);
      fc.assert(
        fc.property(arbitraryDamage(bytes), (damaged) => surviveEverywhere(damaged, [damaged])),
        { numRuns: 4 },
      );
    }
  });
});

/** Bytes of packet `bytes` with its body cut to `length`, and the Remaining Length to match. */
function shortened(bytes: Uint8Array, length: number): Uint8Array {
  let body = 1;
  while ((bytes[body] ?? 0) > 0x7f) body++;
  return Uint8Array.of(bytes[0] ?? 0, length, ...bytes.slice(body + 1, body + 1 + length));
}

describe('every valid vector', () => {
  const rows = vectors.filter(
    (vector) => 'packet' in vector && vector.bytes.length < 128 && vector.maximumPacketSize === undefined,
  );

  it('[A09] cut at any byte, with its length to match, is another packet or an error, and never waits', () => {
    for (const vector of rows) {
      const whole = (vector.bytes[1] ?? 0) & 0x7f;
      for (let length = 0; length < whole; length++) {
        const bytes = shortened(vector.bytes, length);
        const decoder = decoderFor({ ...vector, bytes });
        const { packets, error } = read(decoder, [bytes]);
        expect(packets.length + (error === undefined ? 0 : 1), vector.name).toBe(1);
        expect(decoder.buffered).toBe(0);
        const [packet] = packets;
        // A packet of other bytes is never the same packet, but for the short forms of one.
        if (
          packet !== undefined &&
          length < whole &&
          !/bytes?$|fields|and no properties/.test(vector.name) &&
          'packet' in vector
        ) {
          const isSame =
            JSON.stringify(meaning(packet, vector.version)) ===
            JSON.stringify(meaning(vector.packet, vector.version));
          expect(isSame && 'canonical' in vector && vector.canonical === vector.bytes, vector.name).toBe(
            false,
          );
        }
      }
    }
  });

  it('[A26] with a byte more, and its length to match, is an error unless its last field has no end', () => {
    for (const vector of rows) {
      if (!('packet' in vector)) continue;
      const { type } = vector.packet;
      // Payloads and lists take more bytes; of the others none may.
      const takesMore = ['PUBLISH', 'SUBACK', 'UNSUBACK', 'SUBSCRIBE', 'UNSUBSCRIBE'].includes(type);
      const hasShortForm = vector.version === 5 && /^(PUB|DISCONNECT|AUTH)/.test(type);
      if (takesMore || hasShortForm) continue;
      const bytes = Uint8Array.of(
        vector.bytes[0] ?? 0,
        (vector.bytes[1] ?? 0) + 1,
        ...vector.bytes.slice(2),
        0,
      );
      const { packets, error } = read(decoderFor({ ...vector, bytes }), [bytes]);
      // 3.1 takes what is left for a user name that its flags announce.
      if (vector.version === 3 && type === 'CONNECT' && packets.length === 1) continue;
      expect(error?.code, vector.name).toBe('MALFORMED_PACKET');
    }
  });
});

describe('size', () => {
  const hungry = Uint8Array.of(0x10, 0xff, 0xff, 0xff, 0x7f, ...new Uint8Array(100));

  it('[A03] 1000 decoders that were announced 256 MB hold less than 2 MB', () => {
    const before = process.memoryUsage().arrayBuffers;
    const decoders = Array.from({ length: 1000 }, () => new Decoder());
    for (const decoder of decoders) {
      decoder.push(hungry);
      decoder.next();
    }
    const held = process.memoryUsage().arrayBuffers - before;
    expect(decoders.reduce((sum, decoder) => sum + decoder.buffered, 0)).toBe(105_000);
    expect(held).toBeLessThan(8_000_000);
  });

  it('[A05] a packet over the limit is refused at its header, with nothing kept', () => {
    const decoder = new Decoder({ version: 4, maximumPacketSize: 1000 });
    decoder.push(Uint8Array.of(0x30, 0xe6, 0x07));
    expect(() => decoder.next()).toThrow('PACKET_TOO_LARGE');
    expect(decoder.buffered).toBe(0);
  });

  it('[A07] a PUBLISH of 1 MiB comes byte by byte, once, in time that grows with its length alone', () => {
    const size = 1 << 20;
    const bytes = encode(
      {
        type: 'PUBLISH',
        topic: 'a',
        payload: new Uint8Array(size).fill(7),
        qos: 0,
        dup: false,
        retain: false,
      },
      4,
    );
    const decoder = new Decoder({ version: 4 });
    const one = new Uint8Array(1);
    let count = 0;
    // With work that grows as the square, this takes minutes and the test's time limit ends it.
    for (const byte of bytes) {
      one[0] = byte;
      decoder.push(one);
      const packet = decoder.next();
      if (packet?.type === 'PUBLISH') {
        count++;
        expect(Buffer.compare(packet.payload, new Uint8Array(size).fill(7))).toBe(0);
      }
    }
    expect(count).toBe(1);
  });

  it('[A08] gives what stood before a malformed packet, and nothing of what stands behind it', () => {
    const good = encode(
      { type: 'PUBLISH', topic: 'a', payload: new Uint8Array(3), qos: 0, dup: false, retain: false },
      4,
    );
    const chunk = new Uint8Array(1000 * good.length + 2);
    for (let at = 0; at < 1000; at++) chunk.set(good, at * good.length + (at < 500 ? 0 : 2));
    chunk.set([0xc1, 0x00], 500 * good.length);
    const { packets, error } = read(new Decoder({ version: 4 }), [chunk]);
    expect(packets).toHaveLength(500);
    expect(error?.reasonCode).toBe(0x81);
  });
});
