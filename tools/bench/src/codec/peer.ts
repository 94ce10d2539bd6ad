/**
 * How mqtt-packet 9 is measured: the ways its users have, each at its best.
 * One parser for the whole stream, fed with big chunks; one options object; packets as plain objects made before.
 */
import { Buffer } from 'node:buffer';
import { EventEmitter } from 'node:events';
import { generate, type Packet as PeerPacket, parser, writeToStream } from 'mqtt-packet';
import type { Contestant } from './contest.ts';
import type { Load } from './loads.ts';
import { toPeerPacket } from './peer-shape.ts';

/** As for Encoder: a batch that is worth a write. */
const FULL_BUFFER_BYTES = 64 * 1024;

/** Where writeToStream writes: as little of a stream as it accepts. */
abstract class Sink extends EventEmitter {
  readonly writable = true;

  abstract write(chunk: Uint8Array | string): boolean;

  end(): this {
    return this;
  }

  destroy(error: Error): void {
    throw error;
  }
}

/** Counts bytes, as the cheapest stream that exists would. */
class Nowhere extends Sink {
  bytes = 0;

  write(chunk: Uint8Array | string): boolean {
    this.bytes += chunk.length;
    return true;
  }
}

/** Joins the pieces in one buffer, as whoever sends them must in the end. */
class Joined extends Sink {
  readonly #buffer = Buffer.allocUnsafe(2 * FULL_BUFFER_BYTES);
  length = 0;

  write(chunk: Uint8Array | string): boolean {
    if (typeof chunk === 'string') this.length += this.#buffer.write(chunk, this.length);
    else {
      this.#buffer.set(chunk, this.length);
      this.length += chunk.length;
    }
    return true;
  }

  /** The bytes so far, which are then the caller's. */
  take(): Buffer {
    const taken = Buffer.from(this.#buffer.subarray(0, this.length));
    this.length = 0;
    return taken;
  }
}

/** The packets of a load as bytes. */
export function streamOf(load: Load): Buffer {
  const options = { protocolVersion: load.version };
  return Buffer.concat(load.packets.map((packet) => generate(toPeerPacket(packet, load.version), options)));
}

/** All packets that mqtt-packet finds in the chunks. */
export function decodeAll(chunks: readonly Buffer[], version: number): PeerPacket[] {
  const found: PeerPacket[] = [];
  const decoder = parser({ protocolVersion: version });
  decoder.on('packet', (packet) => found.push(packet));
  decoder.on('error', (error) => {
    throw error;
  });
  for (const chunk of chunks) decoder.parse(chunk);
  return found;
}

function weigh(packet: PeerPacket): number {
  if (packet.cmd !== 'publish') return packet.cmd.length;
  const { topic, payload } = packet;
  const first = typeof payload === 'string' ? payload.charCodeAt(0) : (payload[0] ?? 0);
  return topic.charCodeAt(topic.length - 1) + first + payload.length;
}

/** parser(): one for ever, as MQTT.js and aedes use it. */
export function decode(chunks: readonly Buffer[], version: number): Contestant {
  const decoder = parser({ protocolVersion: version });
  let packets = 0;
  let weight = 0;
  decoder.on('packet', (packet) => {
    packets++;
    weight = (weight + weigh(packet)) | 0;
  });
  decoder.on('error', (error) => {
    throw error;
  });
  return {
    pass() {
      packets = 0;
      weight = 0;
      for (const chunk of chunks) decoder.parse(chunk);
      return { packets, weight };
    },
  };
}

/** generate(): one Buffer for each packet. */
export function encodeEach(load: Load): Contestant {
  const options = { protocolVersion: load.version };
  const packets = load.packets.map((packet) => toPeerPacket(packet, load.version));
  return {
    pass() {
      let weight = 0;
      for (const packet of packets) weight += generate(packet, options).length;
      return { packets: packets.length, weight };
    },
  };
}

/** writeToStream() into one buffer, taken away whenever 64 KB are together: what Encoder does. */
export function encodeMany(load: Load): Contestant {
  const options = { protocolVersion: load.version };
  const packets = load.packets.map((packet) => toPeerPacket(packet, load.version));
  const joined = new Joined();
  return {
    pass() {
      let weight = 0;
      for (const packet of packets) {
        writeToStream(packet, joined, options);
        if (joined.length >= FULL_BUFFER_BYTES) weight += joined.take().length;
      }
      weight += joined.take().length;
      return { packets: packets.length, weight };
    },
  };
}

/** writeToStream() into a stream that forgets: no bytes are joined, which is less than an encoder has to do. */
export function encodeNowhere(load: Load): Contestant {
  const options = { protocolVersion: load.version };
  const packets = load.packets.map((packet) => toPeerPacket(packet, load.version));
  const nowhere = new Nowhere();
  return {
    pass() {
      nowhere.bytes = 0;
      for (const packet of packets) writeToStream(packet, nowhere, options);
      return { packets: packets.length, weight: nowhere.bytes };
    },
  };
}
