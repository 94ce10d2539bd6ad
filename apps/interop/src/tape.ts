/**
 * What passed a relay, as packets: MQTT as it is, or out of WebSocket frames; with times, words and bytes. What cannot
 * be decoded is said and shown as bytes. Judges nothing.
 */
import { Decoder, type Packet, ProtocolError, type ProtocolVersion } from '@mqtt/codec';
import { hexOf, packetShown } from './conformance/show.ts';
import type { Line } from './conformance/wire.ts';
import type { Tape } from './network.ts';
import type { Passed } from './peers/relay.ts';

/** A packet that passed. */
export interface PassedPacket {
  readonly way: '->' | '<-';
  readonly packet: Packet;
}

const VERSIONS: Readonly<Record<string, ProtocolVersion>> = { '3.1': 3, '3.1.1': 4, '5.0': 5 };
const END_OF_HEAD = '\r\n\r\n';
const CONTINUATION = 0;
const BINARY = 2;

/** Takes the payloads of binary frames out of one direction of a WebSocket connection (RFC 6455, section 5.2). */
class Frames {
  #rest = Buffer.alloc(0);
  #isOpen = false;

  push(bytes: Uint8Array): Uint8Array {
    this.#rest = Buffer.concat([this.#rest, bytes]);
    if (!this.#isOpen) {
      const end = this.#rest.indexOf(END_OF_HEAD);
      if (end === -1) return new Uint8Array();
      this.#rest = this.#rest.subarray(end + END_OF_HEAD.length);
      this.#isOpen = true;
    }
    const payloads: Uint8Array[] = [];
    for (let one = this.#next(); one !== undefined; one = this.#next()) payloads.push(one);
    return Buffer.concat(payloads);
  }

  /** The next frame's payload, empty where it carries no data; undefined when there is no whole frame. */
  #next(): Uint8Array | undefined {
    const [first, second] = this.#rest;
    if (first === undefined || second === undefined) return undefined;
    const short = second & 0x7f;
    const wide = short === 126 ? 2 : short === 127 ? 8 : 0;
    const masked = (second & 0x80) !== 0;
    const start = 2 + wide + (masked ? 4 : 0);
    if (this.#rest.length < start) return undefined;
    const length =
      wide === 0 ? short : wide === 2 ? this.#rest.readUInt16BE(2) : Number(this.#rest.readBigUInt64BE(2));
    if (this.#rest.length < start + length) return undefined;
    const payload = Uint8Array.from(this.#rest.subarray(start, start + length));
    if (masked) {
      const mask = this.#rest.subarray(start - 4, start);
      for (let index = 0; index < payload.length; index += 1)
        payload[index] = (payload[index] ?? 0) ^ (mask[index % 4] ?? 0);
    }
    this.#rest = this.#rest.subarray(start + length);
    const opcode = first & 0x0f;
    return opcode === BINARY || opcode === CONTINUATION ? payload : new Uint8Array();
  }
}

/** One direction of one connection. */
class Reader {
  readonly #decoder: Decoder;
  readonly #frames: Frames | undefined;
  #isLost = false;

  constructor(way: '->' | '<-', version: ProtocolVersion, isWebSocket: boolean) {
    // What a client sent is read as a server would read it, and takes its version from CONNECT.
    this.#decoder = new Decoder(
      way === '->' ? { role: 'server', copy: true } : { role: 'client', version, copy: true },
    );
    this.#frames = isWebSocket ? new Frames() : undefined;
  }

  /** Every packet that is whole now. */
  *read(piece: Uint8Array): Generator<{ packet?: Packet; meaning: string; hex: string }> {
    const bytes = this.#frames === undefined ? piece : this.#frames.push(piece);
    if (bytes.length === 0) return;
    if (this.#isLost) {
      yield { meaning: 'bytes after what is illegal', hex: hexOf(bytes) };
      return;
    }
    this.#decoder.push(bytes);
    try {
      for (let packet = this.#decoder.next(); packet !== undefined; packet = this.#decoder.next()) {
        const { bytes: all, start, end } = this.#decoder;
        yield { packet, meaning: packetShown(packet), hex: hexOf(all.subarray(start, end)) };
      }
    } catch (error) {
      if (!(error instanceof ProtocolError)) throw error;
      this.#isLost = true;
      yield { meaning: `illegal: ${error.message}`, hex: hexOf(bytes) };
    }
  }
}

function* readTape(tape: Tape): Generator<{ passed: Passed; packet?: Packet; meaning: string; hex: string }> {
  const readers = new Map<string, Reader>();
  const version = VERSIONS[tape.way.version] ?? 4;
  for (const passed of tape.relay.record) {
    if (passed.way === '--') {
      yield { passed, meaning: passed.who ?? '', hex: '' };
      continue;
    }
    if (!tape.isReadable) continue;
    const key = `${passed.connection}${passed.way}`;
    const reader = readers.get(key) ?? new Reader(passed.way, version, tape.way.transport === 'ws');
    readers.set(key, reader);
    for (const found of reader.read(passed.bytes)) yield { passed, ...found };
  }
}

/** Every packet that passed, in order. */
export function packetsOf(tape: Tape): PassedPacket[] {
  return [...readTape(tape)].flatMap(({ passed: { way }, packet }) =>
    packet === undefined || way === '--' ? [] : [{ way, packet }],
  );
}

/** All tapes of a play as one exchange, in the order of time. */
export function exchangeOf(tapes: readonly Tape[]): Line[] {
  return tapes
    .flatMap((tape) =>
      [...readTape(tape)].map(({ passed, meaning, hex }) => ({
        at: Math.round(tape.began + passed.at),
        on: passed.connection === 1 ? tape.name : `${tape.name} (${passed.connection})`,
        what: passed.way,
        meaning,
        hex,
      })),
    )
    .sort((a, b) => a.at - b.at);
}
