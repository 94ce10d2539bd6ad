/**
 * What the conformance tests need beside the House: the bytes that came over a wire, both versions in turn, and bytes
 * for packets that no encoder would write. Knows no statement.
 */
import { encodedLength, type Packet, type ProtocolVersion, type QoS } from '@mqtt/codec';
import { type House, hex, type Wire, type Wishes } from '../wire/house.ts';

/** The versions that number their statements, as CONNECT says them. */
export const VERSIONS = [4, 5] as const;
/** One of them. */
export type Numbered = (typeof VERSIONS)[number];

/** Keeps the first 64 bytes that come to `wire`; call the result to have them as text, `20 02 00 00`, and begin again. */
export function record(wire: Wire): () => string {
  const bytes: number[] = [];
  const receive = wire.receive.bind(wire);
  wire.receive = (chunk) => {
    bytes.push(...chunk.subarray(0, Math.max(0, 64 - bytes.length)));
    receive(chunk);
  };
  return () => bytes.splice(0).map(byteText).join(' ');
}

/** A session that outlives its connection, in the words of the version. */
export function kept(version: Numbered, clientId: string, more: Wishes = {}): Wishes {
  const { properties, ...rest } = more;
  const own = version === 5 ? { properties: { sessionExpiryInterval: 1000, ...properties } } : {};
  return { version, clientId, cleanStart: false, ...own, ...rest };
}

/** A packet of any first byte with this body; its length is right. */
export function packet(firstByte: number, ...body: (string | readonly number[])[]): Uint8Array {
  const rest = body.flatMap((part) => (typeof part === 'string' ? [...bytesOf(part)] : part));
  const length: number[] = [];
  for (let left = rest.length; ; ) {
    const low = left % 128;
    left = (left - low) / 128;
    length.push(left > 0 ? low | 0x80 : low);
    if (left === 0) break;
  }
  return Uint8Array.from([firstByte, ...length, ...rest]);
}

/** A string as it stands in a packet: two bytes of length, then its bytes, which may be no UTF-8 at all. */
export function text(value: string | readonly number[]): number[] {
  const bytes = typeof value === 'string' ? [...new TextEncoder().encode(value)] : value;
  return [bytes.length >> 8, bytes.length & 0xff, ...bytes];
}

/** Opens a subscriber on `topicFilter` and takes its SUBACK. */
export function subscriber(house: House, wishes: Wishes, topicFilter: string, qos: QoS = 0): Wire {
  const wire = house.connect(wishes).subscribe(topicFilter, qos);
  wire.take();
  return wire;
}

/** How many bytes a packet of 5.0 took. */
export function sizeOf(packet: Packet): number {
  return encodedLength<ProtocolVersion>(packet, 5);
}

/** The payloads of the PUBLISH packets that came, as text. */
export function payloads(wire: Wire): string[] {
  return wire
    .take()
    .flatMap((packet) => (packet.type === 'PUBLISH' ? [new TextDecoder().decode(packet.payload)] : []));
}

function bytesOf(figures: string): Uint8Array {
  return figures === '' ? new Uint8Array() : hex(figures);
}

function byteText(byte: number): string {
  return byte.toString(16).padStart(2, '0');
}
