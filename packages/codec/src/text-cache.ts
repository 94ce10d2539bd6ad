/**
 * Which text these bytes say, if they were read before. Topics, content types and property names repeat, and comparing
 * bytes costs a fraction of decoding them. Knows nothing of packets; bounded by the number of its texts.
 */

/** Lengths that are kept, in bytes: from one word of four bytes to sixteen. */
const SHORTEST = 4;
const LONGEST = 64;

/** A text and the bytes it was made of. */
interface Entry {
  readonly text: string;
  readonly bytes: Uint8Array;
}

/**
 * Texts by their bytes. One cache may serve many decoders, as a broker wants it: what it may use of memory is then
 * bounded once, at about 300 bytes for each of `maximumTexts`.
 */
export class TextCache {
  readonly #maximumTexts: number;
  /** Begun anew, never cleared: what that keeps in memory stands in `topic-names.ts`. */
  #entries = new Map<number, Entry>();
  /** Of the bytes that `find` was asked for last; -1 for a length that is not kept. */
  #hash = -1;

  /** @param maximumTexts how many texts are kept at most, default 1,024 */
  constructor(maximumTexts = 1024) {
    this.#maximumTexts = maximumTexts;
  }

  /** The text of `b` from `from` to `end`, or undefined when it is not known. */
  find(b: Uint8Array, from: number, end: number): string | undefined {
    const length = end - from;
    this.#hash = -1;
    if (length < SHORTEST || length > LONGEST) return undefined;
    // The last word may overlap the one before.
    const last = end - 4;
    let hash = wordAt(b, last);
    for (let at = from; at < last; at += 4) hash = Math.imul(hash, 0x9e37_79b1) ^ wordAt(b, at);
    hash &= 0x0fff_ffff; // A small integer in every engine.
    this.#hash = hash;
    const entry = this.#entries.get(hash);
    if (entry?.bytes.length !== length) return undefined;
    for (let at = 0; at < length; at++) if (entry.bytes[at] !== b[from + at]) return undefined;
    return entry.text;
  }

  /**
   * Keeps `text`, what the bytes from `from` to `end` say that `find` did not know a moment ago. A full cache
   * begins anew.
   */
  add(text: string, b: Uint8Array, from: number, end: number): void {
    if (this.#hash < 0) return;
    if (this.#entries.size >= this.#maximumTexts) this.#entries = new Map();
    this.#entries.set(this.#hash, { text, bytes: b.slice(from, end) });
  }
}

function wordAt(b: Uint8Array, at: number): number {
  return (
    ((b[at] as number) << 24) |
    ((b[at + 1] as number) << 16) |
    ((b[at + 2] as number) << 8) |
    (b[at + 3] as number)
  );
}
