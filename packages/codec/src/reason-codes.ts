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
import { type ReasonCodeOwner, reasonCodes } from './tables/reason-codes.ts';
import type { Writer } from './writer.ts';

const codesOf: { readonly [owner: string]: readonly number[] | undefined } = reasonCodes;

/** The packets that end in a reason code and properties. */
type WithReason = Exclude<
  PropertyOwner,
  'CONNECT' | 'CONNACK' | 'PUBLISH' | `${string}SUB${string}` | 'WILL'
>;

/**
 * Refuses a reason code that is none of `owner`, which breaks the rule `broken`, or is for the other end to send;
 * `section` in place of the rule's own statement.
 */
export function checkReasonCode(
  rw: Reader | Writer,
  owner: ReasonCodeOwner | WithReason,
  code: number,
  broken: rule.Rule,
  section?: string,
): void {
  const { role } = rw;
  const fromClient = isLegal(owner, 'CLIENT', code);
  const fromServer = isLegal(owner, 'SERVER', code);
  if ((fromClient && role !== 'client') || (fromServer && role !== 'server')) return;
  rw.fail(fromClient || fromServer ? rule.wrongSender : broken, rw.pos - 1, section);
}

function isLegal(owner: string, sender: string, code: number): boolean | undefined {
  return (codesOf[owner] ?? codesOf[`${owner}_${sender}`])?.includes(code);
}

function checkReason(rw: Reader | Writer, type: WithReason, code: number): void {
  // Most packets end here; the texts below cost more than the rest of the packet.
  if (codesOf[type]?.includes(code)) return;
  checkReasonCode(rw, type, code, rule.reasonCode, `3.${packetTypes[type][0]}.2-1`);
}

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
    checkReason(r, type, reasonCode);
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
  if (w.version === 5) checkReason(w, type, reasonCode);
  else if (reasonCode !== 0) w.fail(rule.reasonCode);
  if (reasonCode !== 0 || (properties && w.version === 5)) w.u8(reasonCode);
  if (properties) writeProperties(w, type, properties);
}
