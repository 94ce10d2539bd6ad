/** What the cache of texts promises: the right text or none, for any bytes, within its bound. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { TextCache } from '../src/text-cache.ts';

const ascii = (text: string): Uint8Array => Uint8Array.from(text, (character) => character.charCodeAt(0));
const view = (b: Uint8Array): DataView => new DataView(b.buffer, b.byteOffset, b.length);

/** What a reader does: asks, and tells when it had to decode. */
function read(cache: TextCache, text: string, offset = 0): string | undefined {
  const bytes = view(ascii('x'.repeat(offset) + text));
  const found = cache.find(bytes, offset, offset + text.length);
  if (found === undefined) cache.add(text, bytes, offset);
  return found;
}

const anyAscii = fc.string({
  unit: fc.integer({ min: 1, max: 126 }).map((code) => String.fromCharCode(code)),
  maxLength: 70,
});

describe('TextCache', () => {
  it('knows a text from its second reading on, wherever it lies', () => {
    const cache = new TextCache();
    expect(read(cache, 'plant/7/pressure')).toBeUndefined();
    expect(read(cache, 'plant/7/pressure', 3)).toBe('plant/7/pressure');
  });

  it('gives each of many texts back, or none, never another', () => {
    fc.assert(
      fc.property(fc.array(anyAscii, { maxLength: 200 }), fc.constantFrom(16, 64, 1024), (texts, slots) => {
        const cache = new TextCache(slots);
        for (const text of [...texts, ...texts]) expect(read(cache, text) ?? text).toBe(text);
      }),
    );
  });

  it.each([4, 5, 6, 7, 8, 27, 63, 64])('tells texts of %i bytes apart that differ in one byte', (length) => {
    const cache = new TextCache();
    const text = 'a'.repeat(length);
    read(cache, text);
    for (let at = 0; at < length; at++) {
      const other = `${text.slice(0, at)}b${text.slice(at + 1)}`;
      expect(read(cache, other)).not.toBe(text);
    }
    read(cache, text);
    expect(read(cache, text)).toBe(text);
  });

  it('remembers hundreds of topics of one plant at once', () => {
    const cache = new TextCache();
    const topics = Array.from({ length: 200 }, (_, i) => `bench/f1/unit/${i}/pressure`);
    for (let round = 0; round < 5; round++) for (const topic of topics) read(cache, topic);
    expect(topics.filter((topic) => read(cache, topic) === topic).length).toBeGreaterThan(190);
  });

  it('leaves out what is shorter than 4 bytes or longer than 64', () => {
    const cache = new TextCache();
    for (const text of ['', 'abc', 'a'.repeat(65)]) {
      read(cache, text);
      expect(read(cache, text)).toBeUndefined();
    }
  });
});
