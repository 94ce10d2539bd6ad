/**
 * What one hostile client does: packets of a valid session, some damaged, cut into chunks anywhere, over TCP or in
 * WebSocket frames, with one of three ends. Made under a seed; the same seed makes the same attacks. Knows no sockets.
 */
import { type Connect, encode, type Packet, type ProtocolVersion } from '@mqtt/codec';
import { arbitraryChunks, arbitraryDamage, arbitraryPacket } from '@mqtt/codec/testing';
import fc from 'fast-check';

/** `fin`: closes its side in order. `reset`: cuts. `stay`: waits for the broker, and cuts when it is called off. */
export type End = 'fin' | 'reset' | 'stay';

/** One hostile client. */
export interface Attack {
  readonly transport: 'tcp' | 'ws';
  /** Bytes in the order and the pieces in which they are sent. */
  readonly chunks: readonly Uint8Array[];
  readonly end: End;
}

const versions = fc.constantFrom<ProtocolVersion>(3, 4, 5);

/** A CONNECT that is mostly taken, with client ids that often meet, so that sessions are resumed and taken over. */
function hello(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const will = fc.option(
    fc.record({
      topic: fc.constantFrom('a', 'a/b', 'w'),
      payload: fc.uint8Array({ maxLength: 20 }),
      qos: fc.constantFrom<0 | 1 | 2>(0, 1, 2),
      retain: fc.boolean(),
    }),
    { nil: undefined, freq: 2 },
  );
  return fc
    .record({
      clientId: fc.constantFrom('a', 'b', 'c', 'd'),
      cleanStart: fc.boolean(),
      keepAlive: fc.nat(9),
      will,
    })
    .map((fields) => ({ type: 'CONNECT', version, ...fields }) as Connect);
}

/** What lively clients do: the same few topics, so that messages meet subscriptions, queues and retained messages. */
function lively(version: ProtocolVersion): fc.Arbitrary<Packet> {
  const packetId = fc.integer({ min: 1, max: 9 });
  const topic = fc.constantFrom('a', 'a/b', 'a/b/c', 'w');
  const payload = fc.uint8Array({ maxLength: 300 });
  const retain = fc.boolean();
  const publish = fc.oneof(
    fc.record({ topic, payload, retain }).map((one) => ({ type: 'PUBLISH', qos: 0, dup: false, ...one })),
    fc
      .record({ topic, payload, retain, packetId, qos: fc.constantFrom(1, 2), dup: fc.boolean() })
      .map((one) => ({ type: 'PUBLISH', ...one })),
  );
  const topicFilter = fc.constantFrom('a', 'a/#', '+/b', '#', '$share/g/a/#', '$SYS/#');
  const subscribe = fc.record({ packetId, topicFilter, qos: fc.constantFrom(0, 1, 2) }).map((one) => ({
    type: 'SUBSCRIBE',
    packetId: one.packetId,
    subscriptions: [{ topicFilter: one.topicFilter, qos: one.qos }],
  }));
  const answer = fc
    .record({ packetId, type: fc.constantFrom('PUBACK', 'PUBREC', 'PUBREL', 'PUBCOMP') })
    .map((one) => (version === 5 ? { ...one, reasonCode: 0 } : one));
  return fc.oneof(publish, publish, subscribe, answer).map((packet) => packet as Packet);
}

const stream: fc.Arbitrary<Uint8Array> = versions.chain((version) => {
  const bytesOf = (packet: Packet): Uint8Array => encode<ProtocolVersion>(packet, version);
  const any = arbitraryPacket(version).map((packet) => packet as Packet);
  const packet = fc
    .oneof({ weight: 3, arbitrary: lively(version) }, { weight: 1, arbitrary: any })
    .map(bytesOf);
  const piece = fc.oneof(
    { weight: 12, arbitrary: packet },
    { weight: 1, arbitrary: packet.chain(arbitraryDamage) },
    { weight: 1, arbitrary: fc.uint8Array({ maxLength: 40 }) },
  );
  const first = fc.oneof(
    { weight: 8, arbitrary: hello(version).map(bytesOf) },
    { weight: 1, arbitrary: hello(version).map(bytesOf).chain(arbitraryDamage) },
    { weight: 1, arbitrary: packet },
  );
  return fc
    .tuple(first, fc.array(piece, { maxLength: 30 }))
    .map(([head, pieces]) => joined([head, ...pieces]));
});

const attack: fc.Arbitrary<Attack> = fc
  .record({
    bytes: stream,
    transport: fc.constantFrom<'tcp' | 'ws'>('tcp', 'tcp', 'ws'),
    end: fc.constantFrom<End>('fin', 'reset', 'stay'),
  })
  .chain(({ bytes, transport, end }) => {
    const whole = fc.constant<readonly Uint8Array[]>([bytes]);
    const carried = transport === 'tcp' ? whole : framed(bytes);
    return carried
      .chain((frames) =>
        fc.oneof(
          whole.map(() => frames),
          arbitraryChunks(joined(frames)),
        ),
      )
      .map((chunks) => ({ transport, end, chunks }));
  });

/** `bytes` as masked WebSocket frames (RFC 6455 §5.2), cut anywhere; one in eight is damaged. */
function framed(bytes: Uint8Array): fc.Arbitrary<readonly Uint8Array[]> {
  const frames = arbitraryChunks(bytes).map((parts) =>
    parts.filter(({ length }) => length < 65_536).map(frame),
  );
  return fc.oneof(
    { weight: 7, arbitrary: frames },
    { weight: 1, arbitrary: frames.chain((whole) => arbitraryDamage(joined(whole)).map((one) => [one])) },
  );
}

/** One binary frame, masked with zeros: a mask is a mask. */
export function frame(payload: Uint8Array): Uint8Array {
  const { length } = payload;
  const head = length < 126 ? [0x82, 0x80 | length] : [0x82, 0xfe, length >> 8, length & 0xff];
  return joined([Uint8Array.from([...head, 0, 0, 0, 0]), payload]);
}

/** All parts as one. */
export function joined(parts: readonly Uint8Array[]): Uint8Array {
  const whole = new Uint8Array(parts.reduce((sum, { length }) => sum + length, 0));
  let at = 0;
  for (const part of parts) {
    whole.set(part, at);
    at += part.length;
  }
  return whole;
}

/** `count` attacks of this seed. */
export function attacks(seed: number, count: number): readonly Attack[] {
  return fc.sample(attack, { seed, numRuns: count });
}
