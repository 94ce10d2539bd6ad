/**
 * MQTT packets framed by hand, and found again in a stream: all the protocol that the load processes know.
 * On purpose without a codec, ours or another's: what generates the load must not be what is measured.
 */
import { Buffer } from 'node:buffer';

/** Quality of service of a load. */
export type QoS = 0 | 1 | 2;
/** 3.1.1 or 5.0. */
export type Version = 4 | 5;

/** First bytes of the packets that a load process meets; PUBLISH has its QoS in bits 1 and 2. */
export const CONNACK = 0x20;
export const PUBLISH = 0x30;
export const PUBACK = 0x40;
export const PUBREC = 0x50;
export const PUBREL = 0x62;
export const PUBCOMP = 0x70;
export const SUBACK = 0x90;
export const PINGRESP = 0xd0;
const CONNECT = 0x10;
const SUBSCRIBE = 0x82;

/** Bytes of every PUBACK, PUBREC, PUBREL and PUBCOMP without a reason. */
export const ACKNOWLEDGEMENT_BYTES = 4;
/** DISCONNECT, the same in 3.1.1 and 5.0. */
export const DISCONNECT: Uint8Array = Uint8Array.of(0xe0, 0);
export const PINGREQ: Uint8Array = Uint8Array.of(0xc0, 0);

/** Aliases that a subscriber of 5.0 lets the broker use. */
const TOPIC_ALIAS_MAXIMUM = 16;
const USER_PROPERTIES = [
  ['source', 'plant-7/line-3'],
  ['unit', 'kPa'],
] as const;

function text(value: string): Buffer {
  const bytes = Buffer.from(value);
  return Buffer.concat([Buffer.from([bytes.length >> 8, bytes.length & 0xff]), bytes]);
}

function packet(first: number, ...parts: readonly Uint8Array[]): Buffer {
  const body = Buffer.concat(parts);
  const length: number[] = [];
  let rest = body.length;
  do {
    length.push(rest > 0x7f ? (rest & 0x7f) | 0x80 : rest);
    rest >>>= 7;
  } while (rest > 0);
  return Buffer.concat([Buffer.from([first, ...length]), body]);
}

function properties(version: Version, ...given: readonly Uint8Array[]): Uint8Array[] {
  const bytes = Buffer.concat(given);
  if (bytes.length > 0x7f) throw new RangeError('the properties of a load are shorter than 128 bytes');
  return version === 5 ? [Buffer.of(bytes.length), bytes] : [];
}

/** CONNECT: no keep alive, no will, no user; 5.0 allows topic aliases. Clean session, unless 3.1.1 wants it kept. */
export function connect(clientId: string, version: Version = 4, keepsSession = false): Buffer {
  if (keepsSession && version === 5) throw new RangeError('sessions are kept with 3.1.1 only');
  const aliases = Buffer.of(0x22, 0, TOPIC_ALIAS_MAXIMUM);
  return packet(
    CONNECT,
    text('MQTT'),
    Buffer.of(version, keepsSession ? 0 : 2, 0, 0),
    ...properties(version, aliases),
    text(clientId),
  );
}

/** SUBSCRIBE to some filters. */
export function subscribe(
  packetId: number,
  topicFilters: readonly string[],
  qos: QoS,
  version: Version = 4,
): Buffer {
  const filters = topicFilters.flatMap((filter) => [text(filter), Buffer.of(qos)]);
  return packet(SUBSCRIBE, Buffer.of(packetId >> 8, packetId & 0xff), ...properties(version), ...filters);
}

/** What a PUBLISH has besides topic, QoS and payload. */
export interface Extras {
  readonly version?: Version;
  readonly retain?: boolean;
  /** 5.0: two user properties, and this topic alias. */
  readonly alias?: number;
}

/** A PUBLISH with packet id 0 and the payload; both are written over where they lie. */
export function publish(
  topicName: string,
  qos: QoS,
  payload: Uint8Array,
  { version = 4, retain = false, alias }: Extras = {},
): Buffer {
  const id = Buffer.from(qos === 0 ? [] : [0, 0]);
  const users = USER_PROPERTIES.map(([name, value]) =>
    Buffer.concat([Buffer.of(0x26), text(name), text(value)]),
  );
  const given = alias === undefined ? [] : [Buffer.of(0x23, alias >> 8, alias & 0xff), ...users];
  const first = PUBLISH | (qos << 1) | (retain ? 1 : 0);
  return packet(first, text(topicName), id, ...properties(version, ...given), payload);
}

/** Who is told of each packet: `bytes[at]` is its first byte, its body lies from `body` to `end`. */
export interface PacketSink {
  packet(bytes: Uint8Array, at: number, body: number, end: number): void;
}

/** A reading buffer: packets that have come whole go to the sink, the rest waits at the buffer's beginning. */
export class Incoming {
  readonly #bytes: Uint8Array;
  readonly #sink: PacketSink;
  #have = 0;

  /** `size` in bytes must hold the largest packet. */
  constructor(size: number, sink: PacketSink) {
    this.#bytes = new Uint8Array(size);
    this.#sink = sink;
  }

  /** Where the socket may read to next. */
  space(): Uint8Array {
    return this.#bytes.subarray(this.#have);
  }

  /** Bytes that were read elsewhere. */
  take(bytes: Uint8Array): void {
    for (let at = 0; at < bytes.length; ) {
      const space = this.space();
      const part = bytes.subarray(at, at + space.length);
      space.set(part);
      this.received(part.length);
      at += part.length;
    }
  }

  /** `count` more bytes were read. */
  received(count: number): void {
    const bytes = this.#bytes;
    const have = this.#have + count;
    let at = 0;
    while (at + 2 <= have) {
      let body = at + 1;
      let length = 0;
      let shift = 0;
      let byte = 0x80;
      while (byte > 0x7f && body < have) {
        byte = bytes[body++] ?? 0;
        length |= (byte & 0x7f) << shift;
        shift += 7;
      }
      if (byte > 0x7f || body + length > have) break;
      this.#sink.packet(bytes, at, body, body + length);
      at = body + length;
    }
    if (at > 0) bytes.copyWithin(0, at, have);
    this.#have = have - at;
    if (this.#have === bytes.length) throw new RangeError(`a packet larger than ${bytes.length} bytes`);
  }
}
