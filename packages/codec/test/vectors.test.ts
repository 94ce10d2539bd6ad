/**
 * Every byte vector, both ways: decoded whole, split anywhere and byte by byte, with and without copies; encoded,
 * measured and encoded into a buffer. The rows are in `src/testing/vectors`; nothing is expected here.
 */
import { describe, expect, it } from 'vitest';
import {
  type Decoder,
  Encoder,
  encode,
  encodedLength,
  encodeInto,
  type Packet,
  ProtocolError,
} from '../src/index.ts';
import {
  generatedVectors,
  type InvalidVector,
  type ValidVector,
  type Vector,
  vectors,
} from '../src/testing/index.ts';
import { decoderFor, meaning, read } from './reading.ts';

/** Whole; cut in two at every place, or at some of a long row; byte by byte unless it is megabytes. */
function* chunkings(bytes: Uint8Array): Generator<readonly Uint8Array[]> {
  yield [bytes];
  const step = bytes.length > 300 ? Math.ceil(bytes.length / 20) : 1;
  for (let at = 1; at < bytes.length; at += step) yield [bytes.slice(0, at), bytes.slice(at)];
  if (bytes.length < 100_000) yield Array.from(bytes, (byte) => Uint8Array.of(byte));
}

function checkValid(vector: ValidVector): void {
  const { bytes, version } = vector;
  const wanted = [meaning(vector.packet, version)];
  const text = JSON.stringify(wanted);
  const check = (decoder: Decoder, chunks: readonly Uint8Array[]): readonly Packet[] => {
    const { packets, error } = read(decoder, chunks);
    if (error !== undefined) throw error;
    const got = packets.map((packet) => meaning(packet, version));
    // A comparison of texts first: this runs some hundred thousand times.
    if (JSON.stringify(got) !== text) expect(got).toEqual(wanted);
    return packets;
  };
  for (const chunks of chunkings(bytes)) check(decoderFor(vector), chunks);
  const chunk = bytes.slice();
  const packets = check(decoderFor(vector, { copy: true }), [chunk]);
  chunk.fill(0xaa);
  expect(packets.map((packet) => meaning(packet, version))).toEqual(wanted);
  for (const packet of [vector.packet, ...packets]) checkEncoding(vector, packet);
}

function checkEncoding({ version, canonical, refused }: ValidVector, packet: ValidVector['packet']): void {
  if (refused !== undefined) {
    const error = refusal(() => encode(packet, version));
    expect(error.reasonCode).toBe(refused);
    expect(refusal(() => encodedLength(packet, version)).statement).toBe(error.statement);
    expect(refusal(() => encodeInto(packet, version, new Uint8Array(500))).statement).toBe(error.statement);
    return;
  }
  expectBytes(encode(packet, version), canonical);
  expect(encodedLength(packet, version)).toBe(canonical.length);
  const target = new Uint8Array(canonical.length + 5).fill(0xaa);
  expect(encodeInto(packet, version, target, 3)).toBe(canonical.length);
  expectBytes(target.subarray(3, -2), canonical);
  expect([target[0], target[1], target[2], target.at(-2), target.at(-1)]).toEqual(Array(5).fill(0xaa));
  const encoder = new Encoder(version);
  encoder.write(packet);
  expectBytes(encoder.take(), canonical);
}

/** The same bytes; in hex, because a diff of typed arrays of megabytes takes a minute. */
function expectBytes(actual: Uint8Array, wanted: Uint8Array): void {
  if (Buffer.compare(actual, wanted) !== 0)
    expect(Buffer.from(actual).toString('hex')).toBe(Buffer.from(wanted).toString('hex'));
}

function refusal(act: () => unknown): ProtocolError {
  try {
    act();
  } catch (error) {
    if (error instanceof ProtocolError) return error;
    throw error;
  }
  throw new Error('was not refused');
}

function checkInvalid(vector: InvalidVector): void {
  let first: ProtocolError | undefined;
  for (const chunks of chunkings(vector.bytes)) {
    const decoder = decoderFor(vector);
    const { packets, error } = read(decoder, chunks);
    if (error === undefined || packets.length > 0)
      throw new Error(`gave ${packets.length} packets and ${error}`);
    // The same error whatever the chunks, and for ever, whatever comes after it.
    decoder.push(Uint8Array.of(0xc0, 0));
    if (refusal(() => decoder.next()) !== error) throw new Error('another error the second time');
    first ??= error;
    if (error.message !== first.message) expect(error.message).toBe(first.message);
  }
  if (first === undefined) throw new Error('no bytes');
  const { code, reasonCode, statement, offset, message } = first;
  expect({ error: code, reasonCode, at: offset }).toEqual({
    error: vector.error,
    reasonCode: vector.reasonCode,
    at: vector.at ?? offset,
  });
  expect(message).toContain(statement);
  if (vector.statement.startsWith('MQTT-')) expect(statement).toBe(vector.statement);
}

describe.each([
  { title: 'written by hand', rows: vectors },
  { title: 'made from the tables', rows: generatedVectors() },
])('vectors $title', ({ rows }) => {
  for (const vector of rows) {
    it(`[${vector.statement}] ${vector.name}`, () => {
      if ('packet' in vector) checkValid(vector);
      else checkInvalid(vector);
    });
  }
});

describe('the table of vectors', () => {
  it('has at least 400 rows written by hand, valid and invalid, of every version', () => {
    const count = (isCounted: (vector: Vector) => boolean): number => vectors.filter(isCounted).length;
    expect(vectors.length).toBeGreaterThanOrEqual(400);
    for (const version of [3, 4, 5]) {
      expect(count((vector) => vector.version === version && 'packet' in vector)).toBeGreaterThan(30);
      expect(count((vector) => vector.version === version && 'error' in vector)).toBeGreaterThan(30);
    }
  });

  it('names every row once', () => {
    const names = [...vectors, ...generatedVectors()].map(({ name }) => name);
    expect(names.filter((name, at) => names.indexOf(name) !== at)).toEqual([]);
  });
});
