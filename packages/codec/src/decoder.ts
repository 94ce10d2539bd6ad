/**
 * Chunks of any size in, packets in order out: framing, the size limit, who may send what when.
 * Keeps at most one partial packet. What stands inside a packet is `packets/`.
 */
import { checkHeader, types } from './header.ts';
import type { Packet, ProtocolVersion } from './packet.ts';
import { readPublish } from './packets/publish.ts';
import { EMPTY, Reader } from './reader.ts';
import { allReaders, clientReaders, type PacketReaders } from './readers.ts';
import { checkReasonCode } from './reason-codes.ts';
import * as rule from './rules.ts';
import { TextCache } from './text-cache.ts';
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
  /**
   * true: payloads and other binary values are copies, not views on the chunk. A number: those that would keep more than so
   * many times their size of memory, which is the chunk's whole `buffer`. Default false.
   */
  readonly copy?: boolean | number | undefined;
  /** Where texts that repeat are kept; give one to many decoders to bound its memory once. Default: one of its own. */
  readonly texts?: TextCache | undefined;
}

/** How a ClientDecoder reads; all optional. */
export interface ClientDecoderOptions extends DecoderOptions {
  /** `checkReasonCode` refuses reason codes that a packet does not have (§2.4). Default: any is taken. */
  readonly checkCode?: rule.CheckCode | undefined;
  /** `readAuth` reads AUTH, for clients that authenticate so (§4.12). Default: AUTH is refused. */
  readonly readAuth?: ((r: Reader) => Packet) | undefined;
}

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
abstract class PacketDecoder {
  readonly #readers: PacketReaders;
  /** Largest packet in bytes; may be changed between packets. */
  declare maximumPacketSize: number;
  /** Where the packet lies that `next` gave last: `bytes` from `start` to `end`. Valid until `next` or `push`. */
  bytes: Uint8Array = EMPTY;
  start = 0;
  /** What was pushed and not yet read begins here too. */
  end = 0;

  readonly #reader: Reader;
  /** Where the bytes that can be read end. */
  #limit = 0;
  /** The chunk behind them: of it only what ends the packet that began before is copied, the rest is read in place. */
  #behind: Uint8Array = EMPTY;
  /** true as well where nobody waits for CONNECT. */
  #isConnectSeen: boolean;
  #error: unknown;

  constructor(
    { role, version, maximumPacketSize = MAX_REMAINING_LENGTH + 5, copy, texts }: DecoderOptions,
    readers: PacketReaders,
    checkCode: rule.CheckCode | undefined,
  ) {
    this.#readers = readers;
    this.maximumPacketSize = maximumPacketSize;
    this.#isConnectSeen = role !== 'server';
    const r = new Reader(texts);
    this.#reader = r;
    r.role = role;
    r.checkCode = checkCode;
    r.copy = copy;
    r.version = version ?? 5;
    r.isVersionKnown = version !== undefined;
  }

  /** The connection's version: as given, or as CONNECT said, also when the rest of that CONNECT was refused. */
  get version(): ProtocolVersion | undefined {
    return this.#reader.isVersionKnown ? this.#reader.version : undefined;
  }

  /** Bytes that were pushed and did not yet become a packet. */
  get buffered(): number {
    return this.#limit - this.end + this.#behind.length;
  }

  /** Adds a chunk. It is read in place, but for the end of a packet that began before, and that is copied behind it. */
  push(chunk: Uint8Array): void {
    if (this.#error) return; // Nothing behind a fault is read or kept [MQTT-4.13.1-1].
    if (this.#behind.length > 0) this.#append(Infinity);
    // A plain Uint8Array: with Buffers and their slower views every access below would meet two kinds of array.
    this.#behind = new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.length);
  }

  /** Makes of the chunk behind `most` bytes readable: copied to those that are, or all in place where none are. */
  #append(most: number): void {
    const left = this.#limit - this.end;
    const added = this.#behind.subarray(0, left > 0 ? most : undefined);
    const { length } = added;
    this.#behind = this.#behind.subarray(length);
    if (left > 0) {
      if (this.#limit + length > this.bytes.length) {
        // By doubling, and from what is here: a length that is only announced costs nothing [A03].
        const grown = new Uint8Array(left + Math.max(left, length));
        grown.set(this.bytes.subarray(this.end, this.#limit));
        this.#hold(grown, left);
      }
      this.bytes.set(added, this.#limit);
      this.#limit += length;
    } else this.#hold(added, length);
  }

  /**
   * The next packet, or undefined when more bytes are needed.
   * @throws {ProtocolError} for bytes that are not a legal packet (§4.13); from then on always the same one.
   */
  next(): Packet | undefined {
    if (this.#error) throw this.#error;
    try {
      const r = this.#reader;
      const { bytes, end: start } = this;
      const limit = this.#limit;
      // Beyond what is here, until the fixed header says better.
      let end = limit + 1;
      if (start < limit) {
        r.start = start;
        r.pos = start + 1;
        r.end = limit;
        checkHeader(r, bytes[start] as number, this.#isConnectSeen);
        // Is the Remaining Length here, its last byte at `at`? What it is, and whether it is one, `varint` says.
        let at = start + 1;
        while (at < start + 4 && (bytes[at] as number) > 0x7f) at++;
        if (at < limit) {
          end = r.varint() + r.pos;
          if (end - start > this.maximumPacketSize)
            r.fail(
              rule.packetSize,
              start + 1,
              r.role === 'server' && r.version === 5 ? '3.2.2-15' : undefined,
            );
        }
      }
      if (end <= limit) {
        this.start = start;
        this.end = r.end = end;
        const packet = this.#body(r, bytes[start] as number);
        if (r.pos !== end) r.fail(rule.trailingBytes); // nothing may follow the last field
        return packet;
      }
      if (this.#behind.length > 0) {
        this.#append(end - limit);
        return this.next();
      }
      // The chunk is the caller's again, and nothing here refers to it: what is kept is a copy, or nothing.
      if (start > 0 || limit === bytes.length) {
        this.#hold(start < limit ? bytes.slice(start, limit) : EMPTY, limit - start);
      }
      return undefined;
    } catch (error) {
      this.#behind = EMPTY;
      this.#hold(EMPTY, 0);
      this.#error = error;
      throw error;
    }
  }

  /** From here on the bytes that were pushed and not yet read are the first `limit` of `bytes`. */
  #hold(bytes: Uint8Array, limit: number): void {
    this.bytes = this.#reader.bytes = bytes;
    this.start = this.end = 0;
    this.#limit = limit;
  }

  #body(r: Reader, header: number): Packet {
    const number = header >> 4;
    if (number === 3) return readPublish(r, header & 15);
    if (number === 1) this.#isConnectSeen = true;
    const read = this.#readers[number - 1] as (r: Reader, type: string | undefined) => Packet;
    return read(r, types[number - 1]?.[0]);
  }
}

/** Takes every packet that its role allows. */
export class Decoder extends PacketDecoder {
  constructor(options: DecoderOptions = {}) {
    super({ texts: new TextCache(), ...options }, allReaders, checkReasonCode);
  }
}

/**
 * Takes what servers send, and weighs less in a bundle; only with `role: 'client'`. What it does beyond that it is given:
 * `texts`, `checkCode`, `readAuth`.
 */
export class ClientDecoder extends PacketDecoder {
  constructor(options: ClientDecoderOptions = {}) {
    super(options, [...clientReaders, options.readAuth ?? refuse], options.checkCode);
  }
}

function refuse(r: Reader): never {
  return r.fail(rule.wrongSender, r.start);
}
