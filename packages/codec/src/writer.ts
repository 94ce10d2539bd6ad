/**
 * Writes the wire's data types into a growing buffer, or into one that the caller owns: integers, variable byte
 * integers, UTF-8, binary (§1.5), and the frame around a packet. Knows no packet; refuses what the wire cannot say.
 */
import { ProtocolError } from './errors.ts';
import type { ProtocolVersion } from './packet.ts';
import * as rule from './rules.ts';

const utf8 = /* @__PURE__ */ new TextEncoder();
/** The largest Remaining Length (§2.1.4). */
export const MAX_REMAINING_LENGTH = 0x0fff_ffff;

/** A cursor into `bytes` at `pos`. Packets that were written lie from 0 (or the given offset) to `pos`. */
export class Writer {
  declare bytes: Uint8Array;
  declare pos: number;
  /** Version that packets are written in. */
  declare version: ProtocolVersion;
  /** A writer has no role: it may write what either end sends. */
  declare readonly role?: undefined;
  /** Refuses reason codes that a packet does not have; without it none is refused. */
  declare checkCode: rule.CheckCode | undefined;
  /** Writes the Topic Name of a PUBLISH: `writeKnownName`. Default: none is remembered. */
  declare writeName: ((w: Writer, name: string) => void) | undefined;

  /**
   * @param target where writing begins; default a new buffer. A writer that outgrows it goes on in a new one.
   */
  constructor(version: ProtocolVersion, target: Uint8Array = new Uint8Array(256), offset = 0) {
    this.bytes = target;
    this.pos = offset;
    this.setVersion(version);
  }

  /** Goes on in another version; refuses one that does not exist. */
  setVersion(version: ProtocolVersion): void {
    if (version !== 3 && version !== 4 && version !== 5) throw new ProtocolError(rule.protocolVersion, 5);
    this.version = version;
  }

  /**
   * Throws the ProtocolError of `broken`; `section` in place of the rule's own statement. Takes a place as the Reader
   * does, and forgets it: what is not bytes yet has none.
   */
  fail(broken: rule.Rule, _at?: number, section?: string): never {
    throw new ProtocolError(broken, this.version, undefined, section);
  }

  /** Makes room for `count` more bytes. */
  ensure(count: number): void {
    const needed = this.pos + count;
    if (needed <= this.bytes.length) return;
    const grown = new Uint8Array(Math.max(needed, this.bytes.length * 2));
    grown.set(this.bytes.subarray(0, this.pos));
    this.bytes = grown;
  }

  u8(value: number): void {
    if ((value & 0xff) !== value) this.fail(rule.typeOrRange);
    this.ensure(1);
    this.bytes[this.pos++] = value;
  }

  u16(value: number): void {
    if ((value & 0xffff) !== value) this.fail(rule.typeOrRange);
    this.u8(value >> 8);
    this.u8(value & 0xff);
  }

  u32(value: number): void {
    if (value >>> 0 !== value) this.fail(rule.typeOrRange);
    this.u16(value >>> 16);
    this.u16(value & 0xffff);
  }

  varint(value: number): void {
    if ((value & MAX_REMAINING_LENGTH) !== value) this.fail(rule.typeOrRange);
    let rest = value;
    for (; rest > 0x7f; rest >>>= 7) this.u8((rest & 0x7f) | 0x80);
    this.u8(rest);
  }

  /** A packet identifier: never 0 [MQTT-2.2.1-3]. */
  packetId(id: number): void {
    if (!id || (id & 0xffff) !== id) this.fail(rule.noPacketId);
    this.u16(id);
  }

  /**
   * UTF-8 Encoded String (§1.5.4): well-formed, without U+0000, at most 65,535 bytes. A Topic Name has no wildcards
   * either [MQTT-3.3.2-2], and is looked through only once.
   */
  string(text: string, isTopicName = false): void {
    if (typeof text !== 'string') this.fail(rule.typeOrRange);
    const length = text.length;
    this.ensure(2 + length);
    const b = this.bytes;
    const from = this.pos + 2;
    let at = from;
    for (let i = 0; i < length; i++) {
      const unit = text.charCodeAt(i);
      // Neither U+0000 nor beyond ASCII; neither `#` (0x23) nor `+` (0x2b).
      if ((unit - 1) >>> 0 >= 0x7f || (isTopicName && (unit & 0xf7) === 0x23)) {
        if (isTopicName && /[+#]/.test(text)) this.fail(rule.topicName);
        if (text.includes('\0')) this.fail(rule.nullCharacter); // [MQTT-1.5.4-2]
        if (/\p{Cs}/u.test(text)) this.fail(rule.utf8); // [MQTT-1.5.4-1]
        this.binary(utf8.encode(text));
        return;
      }
      b[at++] = unit;
    }
    if (length > 0xffff) this.fail(rule.tooLong);
    b[from - 2] = length >> 8;
    b[from - 1] = length;
    this.pos = at;
  }

  /** Binary Data (§1.5.6): at most 65,535 bytes. */
  binary(value: Uint8Array): void {
    this.checkBytes(value);
    if (value.length > 0xffff) this.fail(rule.tooLong);
    this.u16(value.length);
    this.raw(value);
  }

  /** Bytes as they are: without a length, and whoever calls has checked that they are bytes. */
  raw(value: Uint8Array): void {
    this.ensure(value.length);
    this.bytes.set(value, this.pos);
    this.pos += value.length;
  }

  /** Refuses what is not an array of bytes; one of another realm is. */
  checkBytes(value: Uint8Array): void {
    if (value?.BYTES_PER_ELEMENT !== 1) this.fail(rule.typeOrRange);
  }

  /** Writes a fixed header, and room for a Remaining Length of one byte; `end` fills it in. Returns where the body begins. */
  begin(header: number): number {
    this.ensure(2);
    this.bytes[this.pos] = header;
    this.pos += 2;
    return this.pos;
  }

  /** Leaves room for a length of one byte, and returns where the bytes begin that it counts. */
  beginLength(): number {
    this.ensure(1);
    return ++this.pos;
  }

  /**
   * Fills in the length before `body`: what lies from there to `pos`, and `more` bytes that the caller adds. A length of
   * more than one byte moves the body, which is some dozen bytes: the payload is not part of it yet.
   */
  end(body: number, more = 0): void {
    const length = this.pos - body + more;
    if (length > MAX_REMAINING_LENGTH) this.fail(rule.packetSize);
    this.bytes[body - 1] = length;
    if (length < 0x80) return;
    let shift = 0;
    for (let rest = length >> 7; rest > 0; rest >>= 7) shift++;
    this.ensure(shift);
    this.bytes.copyWithin(body + shift, body, this.pos);
    const after = this.pos + shift;
    this.pos = body - 1;
    this.varint(length);
    this.pos = after;
  }
}

/**
 * What `writer` has written, as a view that is the caller's; it goes on behind that, or in a new buffer where little is
 * left. A function, so that a bundle that does not need it does not hold it.
 */
export function takeWritten(writer: Writer): Uint8Array {
  const { bytes, pos } = writer;
  const left = bytes.subarray(pos);
  writer.bytes = left.length > 1024 ? left : new Uint8Array(Math.min(bytes.buffer.byteLength, 0x4000));
  writer.pos = 0;
  return bytes.subarray(0, pos);
}
