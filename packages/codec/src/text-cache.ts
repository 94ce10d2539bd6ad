/**
 * Which text these bytes say, if they were read before. Topics, content types and property names repeat, and comparing
 * bytes costs a fraction of decoding them. Knows nothing of packets; bounded by its number of slots.
 */

/** Longest text that is kept, in words of four bytes; the shortest has one word. */
const WIDTH = 16;
/** In how many slots, one after the other, a text may lie; a power of two. */
const PLACES = 4;

/**
 * Texts by their bytes. One cache may serve many decoders, as a broker wants it: what it may use of memory is then
 * bounded once, at about 200 bytes for each of `maximumSlots`.
 */
export class TextCache {
  readonly #maximumSlots: number;
  #texts: (string | undefined)[] = new Array(16);
  /** The bytes of each slot's text, four to a word: the last four first, which may overlap the ones before. */
  #words = new Int32Array(16 * WIDTH);
  /** Texts that were kept since the slots are as many as they are. */
  #count = 0;
  /** The first place of the text that `find` was asked for last. */
  #place = 0;

  /** @param maximumSlots how many texts are kept at most; a power of two, default 1,024 */
  constructor(maximumSlots = 1024) {
    this.#maximumSlots = maximumSlots;
  }

  /** The text of `b` from `from` to `end`, or undefined when it is not known. */
  find(b: DataView, from: number, end: number): string | undefined {
    const length = end - from;
    if (length < 4 || length > WIDTH * 4) return undefined;
    const last = end - 4;
    let hash = length ^ b.getInt32(last, true);
    for (let at = from; at < last; at += 4) hash = Math.imul(hash, 0x9e37_79b1) ^ b.getInt32(at, true);
    hash = Math.imul(hash ^ (hash >>> 15), 0x85eb_ca6b);
    hash ^= hash >>> 15;
    this.#place = hash;
    const texts = this.#texts;
    for (let i = 0; i < PLACES; i++) {
      const slot = (hash + i) & (texts.length - 1);
      const text = texts[slot];
      if (text === undefined) return undefined;
      if (text.length === length && holds(this.#words, slot * WIDTH, b, from, last)) return text;
    }
    return undefined;
  }

  /**
   * Keeps `text`, the text of the bytes from `from` on that `find` did not know a moment ago. It must be ASCII, so that
   * its length is that of its bytes. A cache that is a quarter full grows, and is filled anew.
   */
  add(text: string, b: DataView, from: number): void {
    const { length } = text;
    if (length < 4 || length > WIDTH * 4) return;
    const slots = this.#texts.length;
    if (this.#count++ * 4 >= slots && slots < this.#maximumSlots) {
      this.#texts = new Array(slots * 2);
      this.#words = new Int32Array(slots * 2 * WIDTH);
      this.#count = 1;
    }
    const texts = this.#texts;
    const words = this.#words;
    const place = this.#place;
    let slot = 0;
    let i = 0;
    do slot = (place + i) & (texts.length - 1);
    while (texts[slot] !== undefined && ++i < PLACES);
    if (i === PLACES) slot = (place + (this.#count % PLACES)) & (texts.length - 1);
    texts[slot] = text;
    const last = from + length - 4;
    let word = slot * WIDTH;
    words[word] = b.getInt32(last, true);
    for (let at = from; at < last; at += 4) words[++word] = b.getInt32(at, true);
  }
}

/** Are the words from `word` on the bytes of `b` from `from` to four after `last`? */
function holds(words: Int32Array, word: number, b: DataView, from: number, last: number): boolean {
  if (words[word] !== b.getInt32(last, true)) return false;
  let i = word;
  for (let at = from; at < last; at += 4) if (words[++i] !== b.getInt32(at, true)) return false;
  return true;
}
