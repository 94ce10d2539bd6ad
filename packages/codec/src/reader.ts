/**
 * Reads the wire's data types from one packet's bytes: integers, variable byte integers, UTF-8, binary (§1.5).
 * Knows no packet. Every fault is a ProtocolError with its place.
 */
import { ProtocolError } from './errors.ts';
import type { ProtocolVersion } from './packet.ts';
import * as rule from './rules.ts';
import type { TextCache } from './text-cache.ts';

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // [MQTT-1.5.4-3]
/** The payload of every packet that has none. */
export const EMPTY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** A cursor over one packet. `start`, `pos` and `end` are offsets in `bytes`; reading past `end` is a fault. */
export class Reader {
  start = 0;
  pos = 0;
  end = 0;
  /** Version that the packet is read in; 5 until CONNECT says otherwise. */
  declare version: ProtocolVersion;
  /** true: `version` is what CONNECT said, or the caller; a CONNECT of another one is refused. */
  declare isVersionKnown: boolean | undefined;
  /** Which end reads: 'server' refuses what only servers send, and the reverse; undefined takes all. */
  declare role: 'server' | 'client' | undefined;
  /** true: binary values are copies; a number: those less than its part of the memory of `bytes`; the others are views. */
  declare copy: boolean | number | undefined;
  /** Texts that were read before: well-formed, without U+0000 and wildcards. */
  declare texts: TextCache | undefined;
  /** Refuses reason codes that a packet does not have; without it none is refused. */
  declare checkCode: rule.CheckCode | undefined;

  /** What holds the packet. */
  bytes: Uint8Array = EMPTY;

  constructor(texts?: TextCache) {
    this.texts = texts;
  }

  /** Throws the ProtocolError of `broken` at `at`; `section` in place of the rule's own statement. */
  fail(broken: rule.Rule, at: number = this.pos, section?: string): never {
    throw new ProtocolError(broken, this.version, at - this.start, section);
  }

  u8(): number {
    if (this.pos >= this.end) this.fail(rule.cutShort);
    return this.bytes[this.pos++] as number;
  }

  u16(): number {
    const at = this.pos;
    if (at + 2 > this.end) this.fail(rule.cutShort);
    this.pos = at + 2;
    return ((this.bytes[at] as number) << 8) | (this.bytes[at + 1] as number);
  }

  u32(): number {
    return this.u16() * 0x10000 + this.u16();
  }

  /** Variable Byte Integer (§1.5.5): at most four bytes and none more than needed [MQTT-1.5.5-1]. */
  varint(): number {
    const at = this.pos;
    let value = 0;
    for (let shift = 0; shift < 28; shift += 7) {
      const byte = this.u8();
      value |= (byte & 0x7f) << shift;
      if (byte < 0x80) {
        if (byte === 0 && shift > 0) break;
        return value;
      }
    }
    return this.fail(rule.variableByteInteger, at);
  }

  /** A packet identifier: never 0 [MQTT-2.2.1-3]. */
  packetId(): number {
    return this.u16() || this.fail(rule.noPacketId, this.pos - 2);
  }

  /** UTF-8 Encoded String (§1.5.4): well-formed, without U+0000; a Topic Name without wildcards either [MQTT-3.3.2-2]. */
  string(isTopicName = false): string {
    const from = skipValue(this);
    return this.texts?.find(this.bytes, from - 2, this.pos) ?? newText(this, from, isTopicName);
  }

  /** Binary Data (§1.5.6). */
  binary(): Uint8Array {
    return this.view(skipValue(this));
  }

  /** Everything up to the packet's end. */
  rest(): Uint8Array {
    const from = this.pos;
    this.pos = this.end;
    return this.view(from);
  }

  /** Bytes `from` to where the reader is: a plain Uint8Array also where the chunk is a Buffer, whose subarray is slower. */
  view(from: number): Uint8Array {
    const { bytes, copy, pos: end } = this;
    if (from === end) return EMPTY;
    // `slice` alone takes 60 ns less than a view and its copy.
    return copy && (end - from) * (copy as number) < bytes.buffer.byteLength
      ? bytes.slice(from, end)
      : bytes.subarray(from, end);
  }
}

/** Steps over a two-byte length and the value behind it, and returns where the value begins. */
function skipValue(r: Reader): number {
  const length = r.u16();
  const from = r.pos;
  r.pos += length;
  if (r.pos > r.end) r.fail(rule.cutShort, from - 2);
  return from;
}

/** The text from `from` to where the reader is; the cache did not know it. */
function newText(r: Reader, from: number, isTopicName: boolean): string {
  const { bytes, pos } = r;
  let text = '';
  if (from < pos) {
    try {
      text = utf8.decode(bytes.subarray(from, pos));
    } catch {
      r.fail(rule.utf8, from); // [MQTT-1.5.4-1]
    }
    if (text.includes('\0')) r.fail(rule.nullCharacter, from); // [MQTT-1.5.4-2]
  }
  // As many characters as bytes is ASCII. What is kept needs no check when it is found again.
  if (/[+#]/.test(text)) {
    if (isTopicName) r.fail(rule.topicName, from);
  } else if (text.length === pos - from) r.texts?.add(text, bytes, from - 2, pos);
  return text;
}
