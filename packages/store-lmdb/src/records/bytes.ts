/**
 * Numbers, texts and bytes in a record: written into chunks that are used again from commit to commit, read from one
 * value. A number is a varint (seven bits a byte, low first) of up to 2^53; a text is its length in bytes and UTF-8.
 * Knows no record.
 */
import { Buffer } from 'node:buffer';

const CHUNK = 256 * 1024;
const MOST_KEPT = 4;
const LONGEST_VARINT = 8;
/** Characters of a text that is written one by one; its length is one byte. */
const SHORT = 64;

/** Takes chunks for one commit and gives them back when that is over. */
export class Chunks {
  #free: Buffer[] = [];

  take(bytes: number): Buffer {
    if (bytes > CHUNK) return Buffer.allocUnsafeSlow(bytes);
    return this.#free.pop() ?? Buffer.allocUnsafeSlow(CHUNK);
  }

  giveBack(chunks: readonly Buffer[]): void {
    for (const chunk of chunks) {
      if (chunk.length === CHUNK && this.#free.length < MOST_KEPT) this.#free.push(chunk);
    }
  }
}

/** Writes records one after the other; each lies in one piece. */
export class Writer {
  /** What the records written so far lie in. */
  readonly used: Buffer[] = [];
  readonly #chunks: Chunks;
  #chunk: Buffer = Buffer.alloc(0);
  #start = 0;
  #at = 0;

  constructor(chunks: Chunks) {
    this.#chunks = chunks;
  }

  /** Begins a record of at most `bytes`. */
  begin(bytes: number): void {
    if (this.#at + bytes > this.#chunk.length) {
      this.#chunk = this.#chunks.take(bytes);
      this.used.push(this.#chunk);
      this.#at = 0;
    }
    this.#start = this.#at;
  }

  /** The record written since `begin`. */
  end(): Buffer {
    return this.#chunk.subarray(this.#start, this.#at);
  }

  byte(value: number): void {
    this.#chunk[this.#at++] = value;
  }

  u32(value: number): void {
    this.#at = this.#chunk.writeUInt32LE(value >>> 0, this.#at);
  }

  varint(value: number): void {
    let rest = value;
    while (rest >= 0x80) {
      this.#chunk[this.#at++] = (rest % 0x80) | 0x80;
      rest = Math.floor(rest / 0x80);
    }
    this.#chunk[this.#at++] = rest;
  }

  text(value: string): void {
    if (this.#short(value)) return;
    const bytes = Buffer.byteLength(value);
    this.varint(bytes);
    this.#at += this.#chunk.write(value, this.#at, bytes, 'utf8');
  }

  /** A short text of ASCII only, as most are: two native calls less. false: it is another, and nothing was written. */
  #short(value: string): boolean {
    const { length } = value;
    if (length > SHORT) return false;
    const chunk = this.#chunk;
    const from = this.#at + 1;
    for (let i = 0; i < length; i++) {
      const code = value.charCodeAt(i);
      if (code > 0x7f) return false;
      chunk[from + i] = code;
    }
    chunk[this.#at] = length;
    this.#at = from + length;
    return true;
  }

  bytes(value: Uint8Array): void {
    this.varint(value.length);
    this.raw(value);
  }

  /** Bytes without their length: what ends a record. */
  raw(value: Uint8Array): void {
    this.#chunk.set(value, this.#at);
    this.#at += value.length;
  }
}

/** Most bytes that `text` takes. */
export function mostBytes(text: string): number {
  return text.length * 3 + LONGEST_VARINT;
}

/** A record ends before what should be in it does, or holds what no record holds. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
}

/** Reads one record; no view is made but for the bytes that are asked for. */
export class Reader {
  readonly #record: Buffer;
  readonly #end: number;
  #at = 0;

  /** `end`: how many bytes of the record are to be read. */
  constructor(record: Uint8Array, end: number = record.length) {
    const { buffer, byteOffset, byteLength } = record;
    this.#record = record instanceof Buffer ? record : Buffer.from(buffer, byteOffset, byteLength);
    this.#end = end;
  }

  byte(): number {
    const value = this.#record[this.#at];
    if (value === undefined || this.#at >= this.#end) throw new RecordError('the record is too short');
    this.#at++;
    return value;
  }

  varint(): number {
    let value = this.byte();
    if (value < 0x80) return value;
    value &= 0x7f;
    let factor = 0x80;
    for (let i = 1; i < LONGEST_VARINT; i++) {
      const byte = this.byte();
      value += (byte & 0x7f) * factor;
      if (byte < 0x80) return value;
      factor *= 0x80;
    }
    throw new RecordError('a number has no end');
  }

  text(): string {
    const length = this.varint();
    const from = this.#skip(length);
    return this.#record.toString('utf8', from, from + length);
  }

  /** A view: who keeps it copies it. */
  bytes(): Uint8Array {
    return this.#view(this.varint());
  }

  /** All that is left, as a view. */
  rest(): Uint8Array {
    return this.#view(this.#end - this.#at);
  }

  /** Never a Buffer: whoever takes a part of it with `slice` wants a copy. */
  #view(length: number): Uint8Array {
    const from = this.#skip(length);
    return new Uint8Array(this.#record.buffer, this.#record.byteOffset + from, length);
  }

  #skip(length: number): number {
    const from = this.#at;
    this.#at += length;
    if (this.#at > this.#end) throw new RecordError('the record is too short');
    return from;
  }
}
