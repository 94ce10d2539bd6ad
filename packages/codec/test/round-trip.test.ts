/**
 * Any legal packet of any version, there and back again, in any chunks. What is legal the arbitraries say.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import {
  Decoder,
  Encoder,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  type ProtocolVersion,
} from '../src/index.ts';
import { arbitraryChunks, arbitraryPacket } from '../src/testing/index.ts';
import { meaning, read } from './reading.ts';

const versions: readonly ProtocolVersion[] = [3, 4, 5];

/** The wire order of one CONNECT would end the stream, so a stream has none; the decoder is told the version. */
function arbitraryStream<V extends ProtocolVersion>(version: V): fc.Arbitrary<readonly Packet<V>[]> {
  return fc.array(arbitraryPacket(version), { minLength: 1, maxLength: 12 });
}

function together<V extends ProtocolVersion>(packets: readonly Packet<V>[], version: V): Uint8Array {
  const encoder = new Encoder(version, { size: 1 });
  for (const packet of packets) encoder.write(packet);
  expect(encoder.length).toBe(packets.reduce((sum, packet) => sum + encodedLength(packet, version), 0));
  return encoder.take();
}

describe.each(versions)('version %i', (version) => {
  it('decodes what it encodes, and encodes it to the same bytes again', () => {
    fc.assert(
      fc.property(arbitraryPacket(version), (packet) => {
        const bytes = encode(packet, version);
        const { packets, error } = read(new Decoder({ version }), [bytes]);
        expect(error).toBeUndefined();
        expect(packets.map((one) => meaning(one, version))).toEqual([meaning(packet, version)]);
        // An empty list of properties may take a byte that no list at all does without.
        const hasEmpty = 'properties' in packet && Object.keys(packet.properties ?? { some: 1 }).length === 0;
        for (const again of packets)
          if (!hasEmpty) expect(Buffer.compare(encode(again, version), bytes)).toBe(0);
      }),
      { numRuns: 1500 },
    );
  });

  it('says the length that encode has, and writes the same into a buffer and nothing beside it', () => {
    fc.assert(
      fc.property(arbitraryPacket(version), fc.nat(9), (packet, offset) => {
        const bytes = encode(packet, version);
        expect(encodedLength(packet, version)).toBe(bytes.length);
        const target = new Uint8Array(offset + bytes.length + 9).fill(0x55);
        expect(encodeInto(packet, version, target, offset)).toBe(bytes.length);
        expect(Buffer.compare(target.subarray(offset, offset + bytes.length), bytes)).toBe(0);
        expect(target.subarray(0, offset).every((byte) => byte === 0x55)).toBe(true);
        expect(target.subarray(offset + bytes.length).every((byte) => byte === 0x55)).toBe(true);
      }),
      { numRuns: 400 },
    );
  });

  it('[A07] gives the same packets whatever the chunks, as views and as copies', () => {
    fc.assert(
      fc.property(
        arbitraryStream(version).chain((packets) => {
          const bytes = together(packets, version);
          return fc.tuple(fc.constant(packets), arbitraryChunks(bytes));
        }),
        fc.boolean(),
        ([packets, chunks], copy) => {
          const wanted = packets.map((packet) => meaning(packet, version));
          const { packets: got, error } = read(new Decoder({ version, copy }), chunks);
          if (copy) for (const chunk of chunks) chunk.fill(0xaa);
          expect(error).toBeUndefined();
          expect(got.map((packet) => meaning(packet, version))).toEqual(wanted);
        },
      ),
      { numRuns: 400 },
    );
  });

  it('gives the same packets when everything is pushed before the first is read', () => {
    fc.assert(
      fc.property(
        arbitraryStream(version).chain((packets) =>
          fc.tuple(fc.constant(packets), arbitraryChunks(together(packets, version))),
        ),
        ([packets, chunks]) => {
          const decoder = new Decoder({ version });
          for (const chunk of chunks) decoder.push(chunk);
          const { packets: got } = read(decoder, []);
          const rest = read(decoder, [new Uint8Array(0)]);
          expect([...got, ...rest.packets].map((packet) => meaning(packet, version))).toEqual(
            packets.map((packet) => meaning(packet, version)),
          );
          expect(decoder.buffered).toBe(0);
        },
      ),
      { numRuns: 200 },
    );
  });

  it('says where each packet lies, so that its bytes can go on as they came', () => {
    fc.assert(
      fc.property(
        arbitraryStream(version).chain((packets) =>
          fc.tuple(fc.constant(packets), arbitraryChunks(together(packets, version))),
        ),
        ([packets, chunks]) => {
          const decoder = new Decoder({ version });
          const places: Uint8Array[] = [];
          for (const chunk of chunks) {
            decoder.push(chunk);
            while (decoder.next() !== undefined) places.push(decoder.bytes.slice(decoder.start, decoder.end));
          }
          const wanted = packets.map((packet) => Buffer.from(encode(packet, version)).toString('hex'));
          expect(places.map((place) => Buffer.from(place).toString('hex'))).toEqual(wanted);
        },
      ),
      { numRuns: 200 },
    );
  });
});
