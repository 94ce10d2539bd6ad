/**
 * The cache of texts that repeat: what it finds is what the bytes say, never the text of other bytes, and it stays as
 * large as it was told.
 */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { Decoder, encode, TextCache } from '../src/index.ts';
import { arbitraryPacket } from '../src/testing/index.ts';
import { text } from '../src/testing/vector.ts';
import { meaning, read } from './reading.ts';

/** Looks `value` up with other bytes around it, and adds it when it is not there. */
function ask(cache: TextCache, value: string, around: number): string | undefined {
  const bytes = text(value);
  const padded = new Uint8Array(around + bytes.length + 5).fill(0x61);
  padded.set(bytes, around);
  const found = cache.find(padded, around, around + bytes.length);
  if (found === undefined) cache.add(value, padded, around, around + bytes.length);
  return found;
}

describe('TextCache', () => {
  it('[B06] finds a text or nothing, never another one', () => {
    // Texts that differ in one character, in length, or in their order alone.
    const near = fc.oneof(
      fc.string({ unit: fc.constantFrom('a', 'b'), maxLength: 10 }),
      fc.string({ unit: fc.constantFrom('a', '/', '\u0001', '\u007f'), minLength: 55, maxLength: 70 }),
      fc.tuple(fc.nat(70), fc.nat(70)).map(([length, at]) => `${'a'.repeat(at)}b${'a'.repeat(length)}`),
    );
    fc.assert(
      fc.property(
        fc.array(fc.tuple(near, fc.nat(9)), { maxLength: 300 }),
        fc.constantFrom(1, 16, 32, 1024),
        (all, slots) => {
          const cache = new TextCache(slots);
          for (const [value, around] of all) {
            const found = ask(cache, value, around);
            if (found !== undefined && found !== value)
              throw new Error(`${JSON.stringify(found)} for ${JSON.stringify(value)}`);
          }
        },
      ),
      { numRuns: 300 },
    );
  });

  it('finds again what it kept, as long as there is room', () => {
    const cache = new TextCache();
    const topics = Array.from({ length: 100 }, (_, at) => `sensors/${at}/temperature`);
    for (let round = 0; round < 5; round++) for (const topic of topics) ask(cache, topic, 0);
    expect(topics.filter((topic) => ask(cache, topic, 3) === topic).length).toBeGreaterThan(90);
  });

  it('[B19] takes a hundred thousand different texts in the memory of a few', () => {
    const cache = new TextCache(64);
    const before = process.memoryUsage().arrayBuffers;
    for (let at = 0; at < 100_000; at++) ask(cache, `topic/${at}`, at % 4);
    expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(20_000_000);
    expect(ask(cache, 'topic/0', 0)).toBeUndefined();
  });

  it('gives the packets that decoders without a common cache give', () => {
    const texts = new TextCache(16);
    fc.assert(
      fc.property(fc.array(arbitraryPacket(5), { maxLength: 8 }), (packets) => {
        const chunks = packets.map((packet) => encode(packet, 5));
        const shared = read(new Decoder({ version: 5, texts }), chunks);
        expect(shared.error).toBeUndefined();
        expect(shared.packets.map((packet) => meaning(packet, 5))).toEqual(
          packets.map((packet) => meaning(packet, 5)),
        );
      }),
      { numRuns: 300 },
    );
  });
});
