/**
 * Do both codecs mean the same, before either is timed? Both decode the stream to what was put in, and what
 * @mqtt/codec encodes is read by mqtt-packet as the same packets in as many bytes.
 */
import { Buffer } from 'node:buffer';
import { Encoder, encode, encodedLength } from '@mqtt/codec';
import { chunksOf, type Load } from './loads.ts';
import { decodeAll } from './ours.ts';
import { decodeAll as peerDecodeAll } from './peer.ts';
import { canonical, type PeerFields, toPeer } from './peer-shape.ts';

/** What mqtt-packet gives beside what was encoded: its own bookkeeping and defaults. */
function only(names: readonly string[], packet: object): PeerFields {
  return Object.fromEntries(Object.entries(packet).filter(([name]) => names.includes(name)));
}

function same(what: string, expected: readonly PeerFields[], found: readonly object[]): void {
  if (found.length !== expected.length)
    throw new Error(`${what}: ${found.length} packets, not ${expected.length}`);
  expected.forEach((packet, i) => {
    const other = only(Object.keys(packet), found[i] ?? {});
    if (canonical(packet) !== canonical(other)) {
      throw new Error(`${what}: packet ${i} is ${canonical(other)}, not ${canonical(packet)}`);
    }
  });
}

/** Throws with the first difference. */
export function agree(load: Load, stream: Buffer): void {
  const chunks = chunksOf(stream);
  const { packets, version } = load;
  const expected = packets.map((packet) => toPeer(packet, version));
  same('mqtt-packet decodes', expected, peerDecodeAll(chunks, version));
  same(
    '@mqtt/codec decodes',
    expected,
    decodeAll(chunks, version).map((packet) => toPeer(packet, version)),
  );
  const single = Buffer.concat(packets.map((packet) => encode(packet, version)));
  const encoder = new Encoder(version);
  for (const packet of packets) encoder.write(packet);
  const length = packets.reduce((sum, packet) => sum + encodedLength(packet, version), 0);
  if (!single.equals(encoder.take())) throw new Error('encode() and Encoder differ');
  if (single.length !== length) throw new Error('encodedLength() and encode() differ');
  same('mqtt-packet reads what @mqtt/codec encodes', expected, peerDecodeAll([single], version));
}
