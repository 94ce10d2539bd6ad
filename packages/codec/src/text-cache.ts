/**
 * Which text these bytes say, if they were read before. Topics, content types and property names repeat, and comparing
 * bytes costs a fraction of decoding them. Knows nothing of packets; bounded by its number of slots.
 */

/** Longest text that is kept, in words of four bytes. */
const WIDTH = 16;

/**
 * Texts by their bytes. One cache may serve many decoders, as a broker wants it: what it may use of memory is then
 * bounded once, at about 200 bytes for each of `maximumSlots`.
 */
export class TextCache {
  private readonly maximumSlots: number;
  private texts: (string | undefined)[] = new Array(8);
  /** The bytes of each slot's text, four to a word. */
  private words = new Int32Array(8 * WIDTH);
  /** The words that `find` was asked for last, and the slot that is theirs. */
  private readonly wanted = new Int32Array(WIDTH);
  private slot = 0;

  /** @param maximumSlots how many texts are kept at most; a power of two, default 1,024 */
  constructor(maximumSlots = 1024) {
    this.maximumSlots = maximumSlots;
  }

  /** The text of `b` from `from` to `end`, or undefined when it is not known. */
  find(b: Uint8Array, from: number, end: number): string | undefined {
    const length = end - from;
    if (length > WIDTH * 4) return undefined;
    const { wanted } = this;
    let hash = length;
    let count = 0;
    for (let at = from; at < end; at += 4) {
      let word =
        (b[at] as number) |
        ((b[at + 1] as number) << 8) |
        ((b[at + 2] as number) << 16) |
        ((b[at + 3] as number) << 24);
      if (end - at < 4) word &= (1 << ((end - at) * 8)) - 1;
      wanted[count++] = word;
      hash = Math.imul(hash ^ word ^ (hash >>> 15), 0x9e37_79b1);
    }
    const slot = (hash ^ (hash >>> 15)) & (this.texts.length - 1);
    this.slot = slot;
    if (this.holds(slot, length, count)) return this.texts[slot];
    return this.holds(slot ^ 1, length, count) ? this.texts[slot ^ 1] : undefined;
  }

  private holds(slot: number, length: number, count: number): boolean {
    const text = this.texts[slot];
    if (text === undefined || text.length !== length) return false;
    const { words, wanted } = this;
    const start = slot * WIDTH;
    let i = 0;
    while (i < count && words[start + i] === wanted[i]) i++;
    return i === count;
  }

  /**
   * Keeps `text`, the text of the bytes that `find` did not know a moment ago. It must be ASCII, so that its length is
   * that of its bytes. Each text may lie in two slots; when both are taken there will be more slots, filled anew.
   */
  add(text: string): void {
    const { texts, words, slot } = this;
    if (text.length > WIDTH * 4) return;
    const other = slot ^ 1;
    if (texts[slot] !== undefined && texts[other] !== undefined && texts.length < this.maximumSlots) {
      const slots = texts.length * 2;
      this.texts = new Array(slots);
      this.words = new Int32Array(slots * WIDTH);
      return;
    }
    texts[other] = texts[slot];
    words.copyWithin(other * WIDTH, slot * WIDTH, (slot + 1) * WIDTH);
    texts[slot] = text;
    words.set(this.wanted, slot * WIDTH);
  }
}
