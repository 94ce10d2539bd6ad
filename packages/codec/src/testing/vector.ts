/**
 * What a byte vector is, and how the tables in `vectors/` write one: a row is a name, the statement it shows, the
 * bytes, and the packet they mean or the place of the fault. Knows no packet.
 */
import type { ProtocolErrorCode } from '../errors.ts';
import type { Packet, ProtocolVersion } from '../packet.ts';

interface Common {
  readonly name: string;
  /** Id of a normative statement of this version (`MQTT-3.3.1-4`), or of a hostile case (`A05`). */
  readonly statement: string;
  readonly version: ProtocolVersion;
  /** Which end reads; without it, one that takes every packet. */
  readonly role?: 'server' | 'client';
  /** true: these are the first bytes of the connection. Otherwise a server has read a CONNECT before them. */
  readonly first?: true;
  /** The reader's maximum packet size in bytes. */
  readonly maximumPacketSize?: number;
  readonly bytes: Uint8Array;
}

/** Bytes that are a packet. */
export interface ValidVector extends Common {
  readonly packet: Packet;
  /** What the packet is when written again; the same as `bytes` unless the row says otherwise. */
  readonly canonical: Uint8Array;
  /** Reason code with which `encode` refuses this packet, though a decoder must take it. */
  readonly refused?: number;
}

/** Bytes that are none. */
export interface InvalidVector extends Common {
  readonly error: ProtocolErrorCode;
  readonly reasonCode: number;
  /** Bytes from the packet's first byte to the fault. */
  readonly at?: number;
}

/** One named row of bytes. */
export type Vector = ValidVector | InvalidVector;

const codes = {
  129: 'MALFORMED_PACKET',
  130: 'PROTOCOL_ERROR',
  132: 'UNSUPPORTED_PROTOCOL_VERSION',
  144: 'TOPIC_NAME_INVALID',
  148: 'TOPIC_ALIAS_INVALID',
  149: 'PACKET_TOO_LARGE',
} as const;

type Bytes = string | Uint8Array;
type Circumstance = Pick<Common, 'role' | 'first' | 'maximumPacketSize'>;
type ValidRow<V extends ProtocolVersion> = readonly [
  name: string,
  statement: string,
  bytes: Bytes,
  packet: Packet<V>,
  more?: Circumstance & { readonly canonical?: Bytes; readonly refused?: number },
];
type InvalidRow = readonly [
  name: string,
  statement: string,
  bytes: Bytes,
  at: number | undefined,
  more?: Circumstance,
];

/** Rows of bytes and the packet that they are in `version`. */
export function valid<V extends ProtocolVersion>(
  version: V,
  rows: readonly ValidRow<V>[],
): readonly ValidVector[] {
  return rows.map(([name, statement, bytes, packet, { canonical = bytes, ...more } = {}]) => ({
    name,
    statement,
    version,
    bytes: join(bytes),
    packet,
    canonical: join(canonical),
    ...more,
  }));
}

/** Rows of bytes that are refused in `version`, with the offset of the fault. */
export function invalid(
  version: ProtocolVersion,
  reasonCode: keyof typeof codes,
  rows: readonly InvalidRow[],
): readonly InvalidVector[] {
  const error = codes[reasonCode];
  return rows.map(([name, statement, bytes, at, more]) => ({
    name,
    statement,
    version,
    bytes: join(bytes),
    error,
    reasonCode,
    ...(at === undefined ? {} : { at }),
    ...more,
  }));
}

/** Rows of one packet, with its name and version before their own. */
export function named(group: string, vectors: readonly Vector[]): readonly Vector[] {
  const versions = { 3: '3.1', 4: '3.1.1', 5: '5.0' };
  return vectors.map((vector) => ({
    ...vector,
    name: `${group} ${versions[vector.version]}, ${vector.name}`,
  }));
}

/** Pieces as one array of bytes: hex digits in pairs with `"text"` between them (`00 03 "a/b" ff`), or bytes. */
export function join(...pieces: readonly Bytes[]): Uint8Array {
  const parts = pieces.map((piece) => (typeof piece === 'string' ? fromHex(piece) : piece));
  const whole = new Uint8Array(parts.reduce((sum, part) => sum + part.length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

function fromHex(row: string): Uint8Array {
  const bytes: number[] = [];
  for (const [word, quoted] of row.matchAll(/"([^"]*)"|\S+/g)) {
    if (quoted !== undefined) bytes.push(...text(quoted));
    else if (/^[0-9a-f]{2}$/.test(word)) bytes.push(Number.parseInt(word, 16));
    else throw new SyntaxError(`${word} is not a byte, in ${row}`);
  }
  return Uint8Array.from(bytes);
}

/** UTF-8 bytes of a text. */
export function text(value: string): Uint8Array {
  return new TextEncoder().encode(value);
}

/** These bytes. */
export function binary(...bytes: readonly number[]): Uint8Array {
  return Uint8Array.from(bytes);
}

/** `size` bytes: all `byte`, or 0, 1, 2, ... 250 over and over. */
export function filled(size: number, byte?: number): Uint8Array {
  return byte === undefined
    ? Uint8Array.from({ length: size }, (_, at) => at % 251)
    : new Uint8Array(size).fill(byte);
}
