/**
 * Texts of topic levels as small numbers, each text once however many topics and filters have it. A level is found in
 * the topic where it stands, without a string of its own: with a million topics that is half the cost of a look-up.
 * Knows no topic and no filter.
 */

/** No level. */
export const NONE = 0;
/** The level that no text has: `+` of a filter. */
export const PLUS = 1;
const FIRST_SIZE = 64;
/** Tables of levels: chosen by the top bits of the hash, whose low bits say the place in the table. */
const TABLES = 64;
const TABLE_SHIFT = 26;
const FIRST_LEVELS = 4;

/** What hashes are spread with where nobody means harm: tests. */
const NO_SALT: Uint8Array = new Uint8Array(8);

/** Levels and their numbers. */
export class Levels {
  /** Odd, and of no client's knowledge: texts made to fall into one place of a table would make every match slow. */
  readonly factors: readonly [number, number];
  readonly #seed: number;
  readonly #factor: number;
  readonly #texts: string[] = ['', '+'];
  /** How many nodes have the level. */
  readonly #uses: number[] = [0, 0];
  #hashes: Int32Array = new Int32Array(FIRST_SIZE);
  readonly #free: number[] = [];
  /**
   * Numbers of levels by the hash of their text: open addressing, each at most half full. Many tables, so that none is
   * large when it has to grow: with one, half a million levels stopped the event loop for 80 ms [F17].
   */
  readonly #tables: Int32Array[] = Array.from({ length: TABLES }, () => new Int32Array(FIRST_LEVELS));
  readonly #counts: number[] = new Array<number>(TABLES).fill(0);

  /** @param salt eight random bytes */
  constructor(salt: Uint8Array = NO_SALT) {
    const words = new DataView(salt.buffer, salt.byteOffset, salt.byteLength);
    this.#seed = (words.getInt32(0) ^ 0x9e3779b1) | 1;
    this.#factor = (words.getInt32(4) ^ 0x85ebca6b) | 1;
    this.factors = [this.#seed, this.#factor];
  }

  /** The text of a level. */
  text(level: number): string {
    return this.#texts[level] as string;
  }

  /** The level that stands in `topic` from `from` to `to`; `NONE` when no node has it. */
  find(topic: string, from: number, to: number): number {
    return this.#found(this.#hash(topic, from, to), topic, from, to);
  }

  /** The same; one more node has it, so that it is there. */
  take(topic: string, from: number, to: number): number {
    const hash = this.#hash(topic, from, to);
    const known = this.#found(hash, topic, from, to);
    if (known !== NONE) {
      this.#uses[known] = (this.#uses[known] as number) + 1;
      return known;
    }
    const level = this.#free.pop() ?? this.#texts.length;
    if (level === this.#hashes.length) {
      const larger = new Int32Array(level * 2);
      larger.set(this.#hashes);
      this.#hashes = larger;
    }
    this.#texts[level] = topic.slice(from, to);
    this.#uses[level] = 1;
    this.#hashes[level] = hash;
    const which = hash >>> TABLE_SHIFT;
    const count = (this.#counts[which] as number) + 1;
    this.#counts[which] = count;
    if (count * 2 > this.#tableOf(hash).length) this.#grow(which);
    this.#put(level);
    return level;
  }

  /** One node less has it. */
  leave(level: number): void {
    if (level === PLUS) return;
    const uses = (this.#uses[level] as number) - 1;
    this.#uses[level] = uses;
    if (uses > 0) return;
    this.#remove(level);
    this.#texts[level] = '';
    this.#free.push(level);
  }

  #found(hash: number, topic: string, from: number, to: number): number {
    const table = this.#tableOf(hash);
    const mask = table.length - 1;
    for (let at = hash & mask; ; at = (at + 1) & mask) {
      const level = table[at] as number;
      if (level === NONE || (this.#hashes[level] === hash && this.#is(level, topic, from, to))) return level;
    }
  }

  /** Each step spreads what came before over all bits, so that no two texts meet whatever the factors are. */
  #hash(topic: string, from: number, to: number): number {
    const factor = this.#factor;
    let hash = this.#seed;
    for (let i = from; i < to; i++) {
      hash = Math.imul(hash ^ topic.charCodeAt(i), factor);
      hash ^= hash >>> 15;
    }
    return hash;
  }

  #is(level: number, topic: string, from: number, to: number): boolean {
    const text = this.#texts[level] as string;
    if (text.length !== to - from) return false;
    for (let i = 0; i < text.length; i++) if (text.charCodeAt(i) !== topic.charCodeAt(from + i)) return false;
    return true;
  }

  #tableOf(hash: number): Int32Array {
    return this.#tables[hash >>> TABLE_SHIFT] as Int32Array;
  }

  #grow(which: number): void {
    const before = this.#tables[which] as Int32Array;
    this.#tables[which] = new Int32Array(before.length * 2);
    for (const level of before) if (level !== NONE) this.#put(level);
  }

  #put(level: number): void {
    const hash = this.#hashes[level] as number;
    const table = this.#tableOf(hash);
    const mask = table.length - 1;
    let at = hash & mask;
    while (table[at] !== NONE) at = (at + 1) & mask;
    table[at] = level;
  }

  /** Takes a level out and moves up those behind it that would no longer be found. */
  #remove(level: number): void {
    const hash = this.#hashes[level] as number;
    const table = this.#tableOf(hash);
    const mask = table.length - 1;
    let hole = hash & mask;
    while (table[hole] !== level) hole = (hole + 1) & mask;
    for (let at = (hole + 1) & mask; table[at] !== NONE; at = (at + 1) & mask) {
      const home = (this.#hashes[table[at] as number] as number) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      table[hole] = table[at] as number;
      hole = at;
    }
    table[hole] = NONE;
    this.#counts[hash >>> TABLE_SHIFT] = (this.#counts[hash >>> TABLE_SHIFT] as number) - 1;
  }
}
