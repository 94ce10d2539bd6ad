/**
 * How the tests of this package read bytes: some chunks through a decoder, and what came out as one value to compare.
 * Knows nothing of what should come out.
 */
import {
  Decoder,
  type DecoderOptions,
  type Packet,
  ProtocolError,
  type ProtocolVersion,
} from '../src/index.ts';
import type { Vector } from '../src/testing/index.ts';

/** What a decoder gave for some chunks. */
export interface Outcome {
  readonly packets: readonly Packet[];
  readonly error: ProtocolError | undefined;
}

/** A CONNECT of each version, for decoders that want one first. */
export const connects: { readonly [V in ProtocolVersion]: Uint8Array } = {
  3: Uint8Array.of(0x10, 15, 0, 6, 0x4d, 0x51, 0x49, 0x73, 0x64, 0x70, 3, 2, 0, 60, 0, 1, 0x61),
  4: Uint8Array.of(0x10, 13, 0, 4, 0x4d, 0x51, 0x54, 0x54, 4, 2, 0, 60, 0, 1, 0x61),
  5: Uint8Array.of(0x10, 14, 0, 4, 0x4d, 0x51, 0x54, 0x54, 5, 2, 0, 60, 0, 0, 1, 0x61),
};

/** Pushes each chunk and reads what it completes; ends at the first ProtocolError, and any other error passes. */
export function read(decoder: Pick<Decoder, 'push' | 'next'>, chunks: readonly Uint8Array[]): Outcome {
  const packets: Packet[] = [];
  try {
    for (const chunk of chunks) {
      decoder.push(chunk);
      for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) packets.push(packet);
    }
  } catch (error) {
    if (error instanceof ProtocolError) return { packets, error };
    throw error;
  }
  return { packets, error: undefined };
}

/** A decoder that stands where the vector says: right end, right version, CONNECT behind it. */
export function decoderFor(vector: Vector, options: DecoderOptions = {}): Decoder {
  const { role, version, first, bytes, maximumPacketSize } = vector;
  const isConnect = (bytes[0] ?? 0) >> 4 === 1;
  const afterConnect = role === 'server' && first === undefined;
  const decoder = new Decoder({
    role,
    version: (isConnect && !afterConnect && role !== 'client') || afterConnect ? undefined : version,
    ...options,
  });
  if (afterConnect && !(isConnect && 'packet' in vector)) read(decoder, [connects[version]]);
  if (maximumPacketSize !== undefined) decoder.maximumPacketSize = maximumPacketSize;
  return decoder;
}

/**
 * The packet without what only says that something is absent: `undefined`, and in 3.x the one value that a 5.0 field
 * would have. Two packets that mean the same become equal.
 */
export function meaning(packet: Packet, version: ProtocolVersion): unknown {
  const absent: Record<string, unknown> =
    version === 5 ? {} : { reasonCode: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 };
  const isConnack = packet.type === 'CONNACK';
  return prune(packet, (key, value) => {
    if (value === undefined) return true;
    if (key === 'properties' && typeof value === 'object' && Object.keys(value ?? {}).length === 0)
      return true;
    if (version < 5 && key === 'reasonCodes' && packet.type === 'UNSUBACK') return true;
    return key in absent && absent[key] === value && !(isConnack && key === 'reasonCode');
  });
}

function prune(value: unknown, isAbsent: (key: string, value: unknown) => boolean): unknown {
  if (value instanceof Uint8Array) return `bytes ${Buffer.from(value).toString('latin1')}`;
  if (Array.isArray(value)) return value.map((one) => prune(one, isAbsent));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([key, one]) => !isAbsent(key, one))
      .sort(([a], [b]) => (a < b ? -1 : 1))
      .map(([key, one]) => [key, prune(one, isAbsent)]),
  );
}
