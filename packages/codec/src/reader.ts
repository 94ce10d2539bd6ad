/**
 * Reads the wire's data types from one packet's bytes: integers, variable byte integers, UTF-8, binary (§1.5).
 * Knows no packet. Every fault is a ProtocolError with its place.
 */
import { ProtocolError, type Rule } from './errors.ts';
import type { ProtocolVersion } from './packet.ts';
import { TextCache } from './text-cache.ts';

const utf8 = /* @__PURE__ */ new TextDecoder('utf-8', { fatal: true, ignoreBOM: true }); // [MQTT-1.5.4-3]
const { fromCharCode } = String;
/** The payload of every packet that has none. */
export const EMPTY: Uint8Array = /* @__PURE__ */ new Uint8Array(0);

/** A cursor over one packet. `start`, `pos` and `end` are offsets in `bytes`; reading past `end` is a fault. */
export class Reader {
  bytes: Uint8Array = EMPTY;
  start = 0;
  pos = 0;
  end = 0;
  /** Version that the packet is read in; 5 until CONNECT says otherwise. */
  version: ProtocolVersion = 5;
  /** Which end reads: 'server' refuses what only servers send, and the reverse; undefined takes all. */
  role: 'server' | 'client' | undefined;
  /** true: binary values are copies; false: views on `bytes`. */
  copy = false;
  /** Texts that were read before: well-formed, without U+0000 and wildcards. */
  texts: TextCache;

  private viewedBytes = EMPTY;
  private dataView = new DataView(EMPTY.buffer);

  constructor(texts: TextCache = new TextCache()) {
    this.texts = texts;
  }

  /** Throws the ProtocolError of `rule` at `at`; `section` in place of the rule's own statement. */
  fail(rule: Rule, at: number = this.pos, section?: string): never {
    throw new ProtocolError(rule, this.version, at - this.start, section);
  }

  u8(): number {
    if (this.pos >= this.end) this.fail('cut short');
    return this.bytes[this.pos++] as number;
  }

  u16(): number {
    const at = this.pos;
    if (at + 2 > this.end) this.fail('cut short');
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
        if (byte === 0 && shift > 0) this.fail('variable byte integer', at);
        return value;
      }
    }
    return this.fail('variable byte integer', at);
  }

  /** A packet identifier: never 0 [MQTT-2.2.1-3]. */
  packetId(): number {
    const id = this.u16();
    if (id === 0) this.fail('packet id', this.pos - 2);
    return id;
  }

  /** Steps over a two-byte length and the value behind it, and returns where the value begins. */
  private skipValue(): number {
    const length = this.u16();
    const from = this.pos;
    if (from + length > this.end) this.fail('cut short', from - 2);
    this.pos = from + length;
    return from;
  }

  /** `bytes`, to be read in words: made when the first text of a chunk is read. */
  private words(): DataView {
    const { bytes } = this;
    if (this.viewedBytes !== bytes) {
      this.viewedBytes = bytes;
      this.dataView = new DataView(bytes.buffer, bytes.byteOffset, bytes.length);
    }
    return this.dataView;
  }

  /** UTF-8 Encoded String (§1.5.4): well-formed, without U+0000. */
  string(): string {
    const from = this.skipValue();
    return this.texts.find(this.words(), from, this.pos) ?? this.text(from, this.pos);
  }

  /** The Topic Name of a PUBLISH or a will: no wildcard [MQTT-3.3.2-2]. */
  topicName(): string {
    const from = this.skipValue();
    const known = this.texts.find(this.words(), from, this.pos);
    if (known !== undefined) return known;
    const topic = this.text(from, this.pos);
    if (/[+#]/.test(topic)) this.fail('topic name', from);
    return topic;
  }

  private text(from: number, end: number): string {
    const b = this.bytes;
    let text = '';
    let at = from;
    // A short ASCII text is built faster than a view and TextDecoder; up to some 12 bytes (measured, Node 20).
    if (end - from < 13)
      while (at < end && ((b[at] as number) - 1) >>> 0 < 0x7f) text += fromCharCode(b[at++] as number);
    if (at < end) {
      try {
        text = utf8.decode(b.subarray(from, end));
      } catch {
        this.fail('UTF-8', from); // [MQTT-1.5.4-1]
      }
      if (text.includes('\0')) this.fail('U+0000', from); // [MQTT-1.5.4-2]
    }
    // As many characters as bytes is ASCII. What is kept needs no check when it is found again.
    if (text.length === end - from && !/[+#]/.test(text)) this.texts.add(text, this.words(), from);
    return text;
  }

  /** Binary Data (§1.5.6). */
  binary(): Uint8Array {
    const from = this.skipValue();
    return this.view(from, this.pos);
  }

  /** Everything up to the packet's end. */
  rest(): Uint8Array {
    const from = this.pos;
    this.pos = this.end;
    return this.view(from, this.end);
  }

  /** Bytes `from` to `end`: a plain Uint8Array also where the chunk is a Buffer, whose subarray is slower. */
  view(from: number, end: number): Uint8Array {
    if (from === end) return EMPTY;
    const b = this.bytes;
    const view = b.subarray(from, end);
    return this.copy ? view.slice() : view;
  }

  /** Nothing may follow the last field. */
  finish(): void {
    if (this.pos !== this.end) this.fail('trailing bytes');
  }
}
