/**
 * What the codecs are measured on: the packets, as data.
 * A load is a list of packets of one version; each bench makes of it what it needs, bytes or objects.
 * Everything varies from a fixed seed, so that two runs measure the same bytes.
 */
import { Buffer } from 'node:buffer';
import type { Packet, ProtocolVersion, Publish } from '@mqtt/codec';
import { mixed5, mixed311 } from './mixed.ts';

/** A list of packets and what is to be reached on it, as a ratio to mqtt-packet. */
export interface Load {
  readonly name: string;
  readonly version: ProtocolVersion;
  readonly packets: readonly Packet[];
  readonly targets: { readonly decode: number; readonly encode: number };
}

const PAYLOAD_BYTES = 32;
/** Enough for chunks that end within packets, few enough to stay in the processor's cache as fresh packets would. */
const PACKETS = 2_000;
const TARGETS = { decode: 10, encode: 5 };
const MIXED_TARGETS = { decode: 5, encode: 5 };

/** Numbers from 0 up to a bound, the same ones in every run (a linear congruential generator). */
export function dice(seed: number): (bound: number) => number {
  let state = seed >>> 0;
  return (bound) => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return Math.floor((state / 2 ** 32) * bound);
  };
}

/** Topics of 27 bytes, as a plant would name them: strings that a program makes once and uses again and again. */
const topics: readonly string[] = Array.from(
  { length: 100 },
  (_, number) => `bench/f1/unit/${String(number).padStart(4, '0')}/pressure`,
);

function topicOf(roll: (bound: number) => number, count: number): string {
  return topics[roll(count)] ?? '';
}

function payload(roll: (bound: number) => number): Uint8Array {
  return Uint8Array.from({ length: PAYLOAD_BYTES }, () => roll(256));
}

// The packets are plain literals: objects made with a spread each get a hidden class of their own in V8, and the bench
// would measure property look-ups.
function publish3(qos: 0 | 1, count: number): readonly Publish<4>[] {
  const roll = dice(311 + qos);
  const next = (): { topic: string; payload: Uint8Array } => ({
    topic: topicOf(roll, count),
    payload: payload(roll),
  });
  if (qos === 0) {
    return Array.from({ length: PACKETS }, (): Publish<4> => {
      const { topic, payload } = next();
      return { type: 'PUBLISH', topic, payload, retain: false, dup: false, qos: 0 };
    });
  }
  return Array.from({ length: PACKETS }, (_, i): Publish<4> => {
    const { topic, payload } = next();
    return { type: 'PUBLISH', topic, payload, retain: false, dup: false, qos: 1, packetId: 1 + (i % 65_535) };
  });
}

function publish5(count: number): readonly Publish<5>[] {
  const roll = dice(500);
  return Array.from(
    { length: PACKETS },
    (_, i): Publish<5> => ({
      type: 'PUBLISH',
      topic: topicOf(roll, count),
      payload: payload(roll),
      retain: false,
      dup: false,
      qos: 1,
      packetId: 1 + (i % 65_535),
      properties: {
        messageExpiryInterval: 60 + roll(3_600),
        contentType: 'application/json',
        userProperties: [['gateway', `gw-${10 + roll(90)}`]],
      },
    }),
  );
}

/** All loads, in the order of the report. */
export const loads: readonly Load[] = [
  { name: 'PUBLISH 3.1.1 QoS 0, 100 topics', version: 4, packets: publish3(0, 100), targets: TARGETS },
  { name: 'PUBLISH 3.1.1 QoS 0, 1 topic', version: 4, packets: publish3(0, 1), targets: TARGETS },
  { name: 'PUBLISH 3.1.1 QoS 1, 100 topics', version: 4, packets: publish3(1, 100), targets: TARGETS },
  { name: 'PUBLISH 3.1.1 QoS 1, 1 topic', version: 4, packets: publish3(1, 1), targets: TARGETS },
  {
    name: 'PUBLISH 5.0 QoS 1, 3 properties, 100 topics',
    version: 5,
    packets: publish5(100),
    targets: TARGETS,
  },
  { name: 'PUBLISH 5.0 QoS 1, 3 properties, 1 topic', version: 5, packets: publish5(1), targets: TARGETS },
  { name: 'mixed 3.1.1, all packets', version: 4, packets: mixed311(dice(4), 200), targets: MIXED_TARGETS },
  { name: 'mixed 5.0, all packets', version: 5, packets: mixed5(dice(5), 200), targets: MIXED_TARGETS },
];

/** The load of that name; an Error when there is none. */
export function loadOf(name: string): Load {
  const found = loads.find((load) => load.name === name);
  if (found === undefined) throw new Error(`no load ${name}`);
  return found;
}

const CHUNK_BYTES = 64 * 1024;

/** A stream as a socket gives it: big chunks that end anywhere in a packet. */
export function chunksOf(stream: Buffer): Buffer[] {
  const chunks: Buffer[] = [];
  for (let at = 0; at < stream.length; at += CHUNK_BYTES) {
    chunks.push(Buffer.from(stream.subarray(at, at + CHUNK_BYTES)));
  }
  return chunks;
}
