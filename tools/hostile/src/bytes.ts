/**
 * Packets by hand: hex, and the few shapes that hex alone would hide. Answers: which bytes does a hostile client send?
 * Checks nothing and uses no codec, so that anything can be written, right or wrong.
 */

/** Bytes as they are, or as hex with any spaces. */
export type Bytes = string | Uint8Array;

/** All parts as one; a string is hex. */
export function bytes(...parts: readonly Bytes[]): Uint8Array {
  return Buffer.concat(
    parts.map((part) => (typeof part === 'string' ? Buffer.from(part.replace(/\s/g, ''), 'hex') : part)),
  );
}

/** A two byte integer (§1.5.2). */
export function u16(value: number): Uint8Array {
  return Uint8Array.of(value >> 8, value & 0xff);
}

/** A four byte integer (§1.5.3). */
export function u32(value: number): Uint8Array {
  return bytes(u16(Math.floor(value / 65_536)), u16(value % 65_536));
}

/** A variable byte integer (§1.5.5). */
export function variable(value: number): Uint8Array {
  const found: number[] = [];
  let rest = value;
  do {
    found.push((rest & 0x7f) | (rest > 0x7f ? 0x80 : 0));
    rest >>= 7;
  } while (rest > 0);
  return Uint8Array.from(found);
}

/** Text, or bytes in its place, behind their length (§1.5.4). */
export function text(value: string | Uint8Array): Uint8Array {
  const found = typeof value === 'string' ? Buffer.from(value) : value;
  return bytes(u16(found.length), found);
}

/** A control packet: its first byte, its true length, its body. */
export function packet(first: number, ...body: readonly Bytes[]): Uint8Array {
  const rest = bytes(...body);
  return bytes(Uint8Array.of(first), variable(rest.length), rest);
}

/** Properties of 5.0 behind their true length; nothing before 5.0. */
function properties(version: Version, given: Bytes = ''): Uint8Array {
  const rest = bytes(given);
  return version === 5 ? bytes(variable(rest.length), rest) : new Uint8Array();
}

/** 3 is MQTT 3.1, 4 is 3.1.1. */
export type Version = 3 | 4 | 5;

/** A CONNECT, as far as it is not the usual one. */
export interface Hello {
  readonly version?: Version;
  readonly id?: string | Uint8Array;
  readonly clean?: boolean;
  readonly keepAlive?: number;
  readonly properties?: Bytes;
  readonly will?: {
    readonly topic: string | Uint8Array;
    readonly payload?: string;
    readonly qos?: number;
    readonly retain?: boolean;
    readonly properties?: Bytes;
  };
  readonly username?: string | Uint8Array;
  readonly password?: string | Uint8Array;
  /** Connect Flags in place of the true ones. */
  readonly flags?: number;
}

/** CONNECT (§3.1). */
export function connect(hello: Hello = {}): Uint8Array {
  const { version = 5, id = '', clean = true, keepAlive = 0, will, username, password } = hello;
  const flags =
    (clean ? 0x02 : 0) |
    (will === undefined ? 0 : 0x04 | ((will.qos ?? 0) << 3) | (will.retain === true ? 0x20 : 0)) |
    (username === undefined ? 0 : 0x80) |
    (password === undefined ? 0 : 0x40);
  return packet(
    0x10,
    text(version === 3 ? 'MQIsdp' : 'MQTT'),
    Uint8Array.of(version, hello.flags ?? flags),
    u16(keepAlive),
    properties(version, hello.properties),
    text(id),
    ...(will === undefined
      ? []
      : [properties(version, will.properties), text(will.topic), text(will.payload ?? '')]),
    ...(username === undefined ? [] : [text(username)]),
    ...(password === undefined ? [] : [text(password)]),
  );
}

/** A PUBLISH, as far as it is not one of QoS 0 without payload. */
export interface Publishing {
  readonly version?: Version;
  readonly qos?: number;
  readonly id?: number;
  readonly payload?: string | Uint8Array;
  readonly properties?: Bytes;
  readonly retain?: boolean;
  readonly dup?: boolean;
}

/** PUBLISH (§3.3). */
export function publish(topic: string | Uint8Array, given: Publishing = {}): Uint8Array {
  const { version = 5, qos = 0, id = 1, payload = '', retain = false, dup = false } = given;
  return packet(
    0x30 | (qos << 1) | (retain ? 1 : 0) | (dup ? 8 : 0),
    text(topic),
    qos === 0 ? '' : u16(id),
    properties(version, given.properties),
    Buffer.from(payload),
  );
}

/** SUBSCRIBE (§3.8) with one options byte for all its filters. */
export function subscribe(
  filters: string | Uint8Array | readonly (string | Uint8Array)[],
  given: {
    readonly version?: Version;
    readonly options?: number;
    readonly id?: number;
    readonly properties?: Bytes;
  } = {},
): Uint8Array {
  const { version = 5, options = 0, id = 1 } = given;
  const all = typeof filters === 'string' || filters instanceof Uint8Array ? [filters] : filters;
  const entries = all.map((filter) => bytes(text(filter), Uint8Array.of(options)));
  return packet(0x82, u16(id), properties(version, given.properties), ...entries);
}

/** UNSUBSCRIBE (§3.10). */
export function unsubscribe(filter: string, version: Version = 5, id = 1): Uint8Array {
  return packet(0xa2, u16(id), properties(version), text(filter));
}

/** A user property (§2.2.2.2). */
export function userProperty(name: string | Uint8Array, value: string | Uint8Array): Uint8Array {
  return bytes('26', text(name), text(value));
}

/** PINGREQ. */
export const PINGREQ = 'c0 00';
/** DISCONNECT 0x00. */
export const DISCONNECT = 'e0 00';

/** `part` so many times. */
export function times(count: number, part: Bytes): Uint8Array {
  const one = bytes(part);
  const all = Buffer.allocUnsafe(one.length * count);
  for (let index = 0; index < count; index++) all.set(one, index * one.length);
  return all;
}

/** A WebSocket frame of a client (RFC 6455 §5.2), masked with zeros; `first` is FIN, RSV and opcode. */
export function frame(payload: Bytes, first = 0x82): Uint8Array {
  const body = bytes(payload);
  const { length } = body;
  const size =
    length < 126
      ? [0x80 | length]
      : length < 65_536
        ? [0xfe, ...u16(length)]
        : [0xff, 0, 0, 0, 0, ...u32(length)];
  return bytes(Uint8Array.of(first, ...size, 0, 0, 0, 0), body);
}
