/**
 * Is this reason code legal in this packet, from this end (§2.4)? Asked when reading and when writing; the answer is
 * the table's. With it the form that six packets share: a reason code and properties, both left out when they say
 * nothing.
 */
import type { Packet } from './packet.ts';
import { readProperties, writeProperties } from './properties.ts';
import type { Reader } from './reader.ts';
import * as rule from './rules.ts';
import { packetTypes } from './tables/packet-types.ts';
import type { PropertyOwner } from './tables/properties.ts';
import { reasonCodes } from './tables/reason-codes.ts';
import type { Writer } from './writer.ts';

const codesOf: { readonly [owner: string]: readonly number[] | undefined } = reasonCodes;

/** The packets that end in a reason code and properties. */
type WithReason = Exclude<
  PropertyOwner,
  'CONNECT' | 'CONNACK' | 'PUBLISH' | `${string}SUB${string}` | 'WILL'
>;

/**
 * Refuses a reason code that is none of `owner`, or is for the other end to send. It breaks the rule `broken`, or
 * without one the statement that a packet which ends in a reason code has for it.
 */
export const checkReasonCode: rule.CheckCode = (rw, owner, code, broken) => {
  // Most packets end here; the texts below cost more than the rest of the packet.
  if (codesOf[owner]?.includes(code)) return;
  const { role } = rw;
  const fromClient = codesOf[`${owner}_CLIENT`]?.includes(code);
  const fromServer = codesOf[`${owner}_SERVER`]?.includes(code);
  if ((fromClient && role !== 'client') || (fromServer && role !== 'server')) return;
  const at = rw.pos - 1;
  if (broken) rw.fail(broken, at);
  const section = `3.${packetTypes[owner as WithReason][0]}.2-1`;
  rw.fail(fromClient || fromServer ? rule.wrongSender : rule.reasonCode, at, section);
};

/** Reads what is left of a packet: no byte means Success, one byte no properties (§3.4.2.1, §3.14.2.1). */
export function readReason<Type extends WithReason>(
  r: Reader,
  type: Type,
  packetId?: number,
): Packet & { type: Type } {
  let reasonCode = 0;
  let properties: object | undefined;
  if (r.version === 5 && r.pos < r.end) {
    reasonCode = r.u8();
    r.checkCode?.(r, type, reasonCode);
    if (r.pos < r.end) properties = readProperties(r, type);
  }
  return (
    packetId === undefined ? { type, reasonCode, properties } : { type, packetId, reasonCode, properties }
  ) as Packet & {
    type: Type;
  };
}

/** Writes the same in its shortest form; before 5.0 nothing, and refuses what it cannot say. */
export function writeReason(w: Writer, packet: Packet & { type: WithReason }): void {
  const { type, reasonCode = 0, properties } = packet;
  if (w.version === 5) w.checkCode?.(w, type, reasonCode);
  else if (reasonCode !== 0) w.fail(rule.reasonCode);
  if (reasonCode !== 0 || (properties && w.version === 5)) w.u8(reasonCode);
  if (properties) writeProperties(w, type, properties);
}
