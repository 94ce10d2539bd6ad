/**
 * How @mqtt/codec is measured: the built package, used as its README shows.
 */
import type { Buffer } from 'node:buffer';
import { Decoder, Encoder, encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import type { Contestant } from './contest.ts';
import type { Load } from './loads.ts';

const FULL_BUFFER_BYTES = 64 * 1024;

/** All packets that @mqtt/codec finds in the chunks. */
export function decodeAll(chunks: readonly Uint8Array[], version: ProtocolVersion): Packet[] {
  const found: Packet[] = [];
  const decoder = new Decoder({ version });
  for (const chunk of chunks) {
    decoder.push(chunk);
    for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) found.push(packet);
  }
  return found;
}

function weigh(packet: Packet): number {
  if (packet.type !== 'PUBLISH') return packet.type.length;
  const { topic, payload } = packet;
  return topic.charCodeAt(topic.length - 1) + (payload[0] ?? 0) + payload.length;
}

/** Decoder: push a chunk, take packets until there is none. */
export function decode(chunks: readonly Buffer[], version: ProtocolVersion): Contestant {
  const decoder = new Decoder({ version });
  return {
    pass() {
      let packets = 0;
      let weight = 0;
      for (const chunk of chunks) {
        decoder.push(chunk);
        for (let packet = decoder.next(); packet !== undefined; packet = decoder.next()) {
          packets++;
          weight = (weight + weigh(packet)) | 0;
        }
      }
      return { packets, weight };
    },
  };
}

/** encode(): one Uint8Array for each packet. */
export function encodeEach(load: Load): Contestant {
  const { packets, version } = load;
  return {
    pass() {
      let weight = 0;
      for (const packet of packets) weight += encode(packet, version).length;
      return { packets: packets.length, weight };
    },
  };
}

/** Encoder: many packets into one buffer, taken away whenever 64 KB are together. */
export function encodeMany(load: Load): Contestant {
  const { packets, version } = load;
  const encoder = new Encoder(version);
  return {
    pass() {
      let weight = 0;
      for (const packet of packets) {
        encoder.write(packet);
        if (encoder.length >= FULL_BUFFER_BYTES) weight += encoder.take().length;
      }
      weight += encoder.take().length;
      return { packets: packets.length, weight };
    },
  };
}
