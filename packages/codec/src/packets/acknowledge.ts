/** PUBACK, PUBREC, PUBREL and PUBCOMP: one shape, four names; both directions, all versions (§3.4 to §3.7). */
import type { Puback, Pubcomp, Pubrec, Pubrel } from '../packet.ts';
import type { Reader } from '../reader.ts';
import { readReason, writeReason } from '../reason-codes.ts';
import { packetTypes } from '../tables/packet-types.ts';
import type { Writer } from '../writer.ts';

type Acknowledgement = Puback | Pubrec | Pubrel | Pubcomp;

/** Reads one of the four. */
export function readAcknowledgement<Type extends Acknowledgement['type']>(
  r: Reader,
  type: Type,
): Extract<Acknowledgement, { type: Type }> {
  return readReason(r, type, r.packetId()) as Extract<Acknowledgement, { type: Type }>;
}

/** Writes one of the four, in its shortest form. */
export function writeAcknowledgement(w: Writer, packet: Acknowledgement): void {
  const [number, flags] = packetTypes[packet.type];
  const body = w.begin((number << 4) | flags);
  w.packetId(packet.packetId);
  writeReason(w, packet);
  w.end(body);
}
