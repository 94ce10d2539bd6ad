/**
 * Which text these bytes say, if they were read before. Topics, content types and property names repeat, and comparing
 * bytes costs a fraction of decoding them. Knows nothing of packets; bounded by the number of its texts.
 */

/** Lengths that are kept, in bytes: from one word of four bytes to sixteen. */
const SHORTEST = 4;
const LONGEST = 64;

/** A text, and the bytes it was made of as words: the last four first, which may overlap the ones before. */
interface Entry {
  readonly text: string;
  readonly length: number;
  readonly words: Int32Array;
}

/**
 * Texts by their bytes. One cache may serve many decoders, as a broker wants it: what it may use of memory is then
 * bounded once, at about 300 bytes for each of `maximumTexts`.
 */
export class TextCache {
  readonly #maximumTexts: number;
  readonly #entries = new Map<number, Entry>();
  /** Of the bytes that `find` was asked for last. */
  #hash = 0;
  /** Texts for which there was no room. */
  #refused = 0;

  /** @param maximumTexts how many texts are kept at most, default 1,024 */
  constructor(maximumTexts = 1024) {
    this.#maximumTexts = maximumTexts;
  }

  /** The text of `b` from `from` to `end`, or undefined when it is not known. */
  find(b: DataView, from: number, end: number): string | undefined {
    const length = end - from;
    if (length < SHORTEST || length > LONGEST) return undefined;
    const last = end - 4;
    let hash = b.getInt32(last, true);
    for (let at = from; at < last; at += 4) hash = Math.imul(hash, 0x9e37_79b1) ^ b.getInt32(at, true);
    hash &= 0x0fff_ffff; // A small integer in every engine.
    this.#hash = hash;
    const entry = this.#entries.get(hash);
    if (entry === undefined) return undefined;
    const { words } = entry;
    if (entry.length !== length || words[0] !== b.getInt32(last, true)) return undefined;
    let i = 1;
    for (let at = from; at < last; at += 4) if (words[i++] !== b.getInt32(at, true)) return undefined;
    return entry.text;
  }

  /**
   * Keeps `text`, what the bytes from `from` to `end` say that `find` did not know a moment ago. A full cache takes no
   * more, until it refused so many that it keeps the wrong ones; then it begins anew.
   */
  add(text: string, b: DataView, from: number, end: number): void {
    const length = end - from;
    if (length < SHORTEST || length > LONGEST) return;
    const entries = this.#entries;
    if (entries.size >= this.#maximumTexts) {
      if (++this.#refused % 4096 !== 0) return;
      entries.clear();
    }
    const last = end - 4;
    const words = new Int32Array(LONGEST / 4);
    words[0] = b.getInt32(last, true);
    let i = 1;
    for (let at = from; at < last; at += 4) words[i++] = b.getInt32(at, true);
    entries.set(this.#hash, { text, length, words });
  }
}
