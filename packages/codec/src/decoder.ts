/**
 * Chunks of any size in, packets in order out: framing, the size limit, who may send what when.
 * Keeps at most one partial packet. What stands inside a packet is `packets/`.
 */
import { ProtocolError, type Rule } from './errors.ts';
import type { Packet, ProtocolVersion } from './packet.ts';
import { readAcknowledgement } from './packets/acknowledge.ts';
import { readConnack } from './packets/connack.ts';
import { readConnect } from './packets/connect.ts';
import { readAuth, readDisconnect } from './packets/disconnect.ts';
import { readPublish } from './packets/publish.ts';
import { readSuback, readUnsuback } from './packets/suback.ts';
import { readSubscribe } from './packets/subscribe.ts';
import { readUnsubscribe } from './packets/unsubscribe.ts';
import { EMPTY, Reader } from './reader.ts';
import { type PacketType, packetTypes } from './tables/packet-types.ts';
import type { TextCache } from './text-cache.ts';
import { MAX_REMAINING_LENGTH } from './writer.ts';

/** How a Decoder reads; all optional. */
export interface DecoderOptions {
  /**
   * Which end this is. 'server' refuses what only servers send, and anything before CONNECT; 'client' the reverse.
   * Without a role every packet is taken, as a proxy or a test wants it.
   */
  readonly role?: 'server' | 'client' | undefined;
  /** Version of the connection; without it, what CONNECT says, and 5 until then. */
  readonly version?: ProtocolVersion | undefined;
  /** Largest packet in bytes, fixed header included; default is the protocol's own limit, 268,435,460. */
  readonly maximumPacketSize?: number | undefined;
  /** true: payloads and other binary values are copies, not views on the chunk. Default false. */
  readonly copy?: boolean | undefined;
  /** Where texts that repeat are kept; give one to many decoders to bound its memory once. Default: one of its own. */
  readonly texts?: TextCache | undefined;
}

/** Packet number -> its row, by name. */
const types: readonly (readonly [PacketType, ...(typeof packetTypes)[PacketType]])[] = /* @__PURE__ */ (() =>
  (Object.keys(packetTypes) as PacketType[]).map((name) => [name, ...packetTypes[name]] as const))();

/** Where a packet that outgrew its chunk is gathered begins at this size, bytes, whatever length it announces [A03]. */
const FIRST_PARTIAL = 1024;

/**
 * Gives packets from a stream of bytes.
 *
 * ```ts
 * decoder.push(chunk);
 * for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) handle(packet);
 * ```
 *
 * Ownership: payloads are views on the chunk that held them, so a chunk must not be written to while they are in use;
 * with `copy` they are copies and the chunk is free as soon as `next` gave undefined.
 */
export class Decoder {
  /** Largest packet in bytes; may be changed between packets. */
  maximumPacketSize: number;
  /** Where the packet lies that `next` gave last: `bytes` from `start` to `end`. Valid until `next` or `push`. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  end = 0;

  private readonly reader: Reader;
  private readonly role: 'server' | 'client' | undefined;
  private isVersionKnown: boolean;
  /** true as well where nobody waits for CONNECT. */
  private isConnectSeen: boolean;
  private error: ProtocolError | undefined;
  /** What was pushed and not yet read, from `pos` on. */
  private chunk: Uint8Array = EMPTY;
  private pos = 0;
  /** The beginning of a packet whose end has not come; `have` of its `size` bytes are here. */
  private partial: Uint8Array | undefined;
  private have = 0;
  private size = 0;

  constructor(options: DecoderOptions = {}) {
    const { role, version, maximumPacketSize = MAX_REMAINING_LENGTH + 5, copy = false, texts } = options;
    this.reader = new Reader(texts);
    this.maximumPacketSize = maximumPacketSize;
    this.role = role;
    this.isConnectSeen = role !== 'server';
    this.isVersionKnown = version !== undefined;
    this.reader.role = role;
    this.reader.copy = copy;
    if (version !== undefined) this.reader.version = version;
  }

  /** The connection's version: as given, or as CONNECT said, also when the rest of that CONNECT was refused. */
  get version(): ProtocolVersion | undefined {
    return this.isVersionKnown ? this.reader.version : undefined;
  }

  /** Bytes that were pushed and did not yet become a packet. */
  get buffered(): number {
    return this.have + this.chunk.length - this.pos;
  }

  /** Adds a chunk. It is read in place; if an earlier one is not drained yet, the rest of that is copied before it. */
  push(chunk: Uint8Array): void {
    if (this.error !== undefined) return; // Nothing behind a fault is read or kept [MQTT-4.13.1-1].
    const left = this.chunk.length - this.pos;
    if (left > 0) {
      const joined = new Uint8Array(left + chunk.length);
      joined.set(this.chunk.subarray(this.pos));
      joined.set(chunk, left);
      this.chunk = joined;
    } else {
      // A plain Uint8Array: with Buffers and their slower views every access below would meet two kinds of array.
      this.chunk = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
    }
    this.pos = 0;
  }

  /**
   * The next packet, or undefined when more bytes are needed.
   * @throws {ProtocolError} for bytes that are not a legal packet (§4.13); from then on always the same one.
   */
  next(): Packet | undefined {
    if (this.error !== undefined) throw this.error;
    try {
      return this.partial === undefined ? this.nextInChunk() : this.nextInPartial(this.partial);
    } catch (error) {
      if (error instanceof ProtocolError) {
        this.error = error;
        this.chunk = this.bytes = EMPTY;
        this.pos = this.have = 0;
        this.partial = undefined;
      }
      throw error;
    }
  }

  private nextInChunk(): Packet | undefined {
    const { chunk, pos } = this;
    const available = chunk.length - pos;
    if (available === 0) return undefined;
    const size = this.frameSize(chunk, pos, available);
    if (size > 0 && size <= available) {
      this.pos = pos + size;
      return this.read(chunk, pos, pos + size);
    }
    // The chunk is the caller's again: what is kept of it is a copy. A header alone waits for `push` to join it.
    const start = chunk.slice(pos);
    this.pos = 0;
    if (size === 0) this.chunk = start;
    else {
      this.chunk = EMPTY;
      this.partial = start;
      this.have = available;
      this.size = size;
    }
    return undefined;
  }

  private nextInPartial(partial: Uint8Array): Packet | undefined {
    const { chunk, pos, have, size } = this;
    const end = Math.min(chunk.length, pos + size - have);
    const gathered = have + end - pos;
    let target = partial;
    if (gathered > target.length) {
      // By doubling, and from a small beginning: an announced length alone costs nothing [A03].
      target = new Uint8Array(Math.min(size, Math.max(gathered, target.length * 2, FIRST_PARTIAL)));
      target.set(partial);
    }
    target.set(chunk.subarray(pos, end), have);
    this.pos = end;
    const isWhole = gathered === size;
    this.partial = isWhole ? undefined : target;
    this.have = isWhole ? 0 : gathered;
    return isWhole ? this.read(target, 0, size) : undefined;
  }

  /** Bytes of the packet that begins at `at`, from its fixed header; 0 while that is incomplete (§2.1). */
  private frameSize(b: Uint8Array, at: number, available: number): number {
    this.checkType(b[at] as number);
    let length = 0;
    for (let i = 1; i <= 4; i++) {
      if (i >= available) return 0;
      const byte = b[at + i] as number;
      length |= (byte & 0x7f) << (7 * (i - 1));
      if (byte < 0x80) {
        if (byte === 0 && i > 1) this.fail('variable byte integer', 1); // [MQTT-1.5.5-1]
        const size = 1 + i + length;
        if (size > this.maximumPacketSize)
          this.fail('packet size', 1, this.role === 'server' && this.reader.version === 5 ? '3.2.2-15' : undefined);
        return size;
      }
    }
    return this.fail('variable byte integer', 1);
  }

  /** May this packet come now, from that end, with these flags? Known from the first byte, so refused on it. */
  private checkType(header: number): void {
    const number = header >> 4;
    if (number === 3 && this.isConnectSeen) return;
    const version = this.reader.version;
    if (number === 0 || (number === 15 && version < 5)) this.fail('packet type', 0);
    const role = this.role;
    if (role === 'server') {
      if (number === 1 && this.isConnectSeen) this.fail('second CONNECT', 0); // [MQTT-3.1.0-2]
      if (number !== 1 && !this.isConnectSeen) this.fail('not CONNECT', 0); // [MQTT-3.1.0-1]
    }
    const row = types[number - 1];
    if (row === undefined || number === 3) return;
    const [, , flags, sender] = row;
    if (role !== undefined && sender === role) this.fail('wrong sender', 0);
    if (role === 'client' && number === 14 && version < 5) this.fail('wrong sender', 0);
    const given = header & 15;
    // 3.1 sets DUP on a repeated PUBREL, SUBSCRIBE or UNSUBSCRIBE.
    if (given === flags || (version === 3 && flags === 2 && given === 10)) return;
    const hasOwnStatement = flags === 2 || number === 14 || number === 15;
    this.fail('fixed header flags', 0, hasOwnStatement ? `3.${number}.1-1` : undefined);
  }

  private fail(rule: Rule, offset: number, section?: string): never {
    throw new ProtocolError(rule, this.reader.version, offset, section);
  }

  private read(b: Uint8Array, start: number, end: number): Packet {
    this.bytes = b;
    this.start = start;
    this.end = end;
    const r = this.reader;
    r.bytes = b;
    r.start = start;
    r.end = end;
    let pos = start + 1;
    while ((b[pos++] as number) > 0x7f);
    r.pos = pos;
    const header = b[start] as number;
    const packet = this.body(r, header >> 4, header & 15);
    r.finish();
    return packet;
  }

  private body(r: Reader, number: number, flags: number): Packet {
    switch (number) {
      case 1:
        return this.connect(r);
      case 2:
        return readConnack(r);
      case 3:
        return readPublish(r, flags);
      case 4:
        return readAcknowledgement(r, 'PUBACK');
      case 5:
        return readAcknowledgement(r, 'PUBREC');
      case 6:
        return readAcknowledgement(r, 'PUBREL');
      case 7:
        return readAcknowledgement(r, 'PUBCOMP');
      case 8:
        return readSubscribe(r);
      case 9:
        return readSuback(r);
      case 10:
        return readUnsubscribe(r);
      case 11:
        return readUnsuback(r);
      case 12:
        return { type: 'PINGREQ' };
      case 13:
        return { type: 'PINGRESP' };
      case 14:
        return readDisconnect(r);
      default:
        return readAuth(r);
    }
  }

  /** CONNECT says in which version the connection goes on, unless the caller said so before. */
  private connect(r: Reader): Packet {
    const before = r.version;
    const wasKnown = this.isVersionKnown;
    this.isConnectSeen = true;
    const packet = readConnect(r, () => {
      this.isVersionKnown = true;
    });
    if (wasKnown && packet.version !== before) r.fail('protocol version', r.start);
    return packet;
  }
}
