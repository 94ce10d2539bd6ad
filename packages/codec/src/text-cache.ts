/**
 * Which text these bytes say, if they were read before. Topics, content types and property names repeat, and comparing
 * bytes costs a fraction of decoding them. Knows nothing of packets; bounded by the number of its texts.
 */

/** Lengths that are kept, in bytes: from one word of four bytes to sixteen. */
const SHORTEST = 4;
const LONGEST = 64;

/** A text and the bytes it was made of, to be read four at a time. */
interface Entry {
  readonly text: string;
  readonly words: DataView;
}

/**
 * Texts by their bytes. One cache may serve many decoders, as a broker wants it: what it may use of memory is then
 * bounded once, at about 300 bytes for each of `maximumTexts`.
 */
export class TextCache {
  readonly #maximumTexts: number;
  readonly #entries = new Map<number, Entry>();
  /** Of the bytes that `find` was asked for last; -1 for a length that is not kept. */
  #hash = -1;

  /** @param maximumTexts how many texts are kept at most, default 1,024 */
  constructor(maximumTexts = 1024) {
    this.#maximumTexts = maximumTexts;
  }

  /** The text of `b` from `from` to `end`, or undefined when it is not known. */
  find(b: DataView, from: number, end: number): string | undefined {
    const length = end - from;
    this.#hash = -1;
    if (length < SHORTEST || length > LONGEST) return undefined;
    // The last word may overlap the one before.
    const last = end - 4;
    let hash = b.getInt32(last);
    for (let at = from; at < last; at += 4) hash = Math.imul(hash, 0x9e37_79b1) ^ b.getInt32(at);
    hash &= 0x0fff_ffff; // A small integer in every engine.
    this.#hash = hash;
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    const { words } = entry;
    if (words.byteLength !== length || words.getInt32(length - 4) !== b.getInt32(last)) return undefined;
    for (let at = from; at < last; at += 4)
      if (words.getInt32(at - from) !== b.getInt32(at)) return undefined;
    return entry.text;
  }

  /**
   * Keeps `text`, what the bytes from `from` to `end` say that `find` did not know a moment ago. A full cache
   * begins anew.
   */
  add(text: string, b: DataView, from: number, end: number): void {
    const entries = this.#entries;
    if (this.#hash < 0) return;
    if (entries.size >= this.#maximumTexts) entries.clear();
    const { buffer, byteOffset } = b;
    entries.set(this.#hash, { text, words: new DataView(buffer.slice(byteOffset + from, byteOffset + end)) });
  }
}
