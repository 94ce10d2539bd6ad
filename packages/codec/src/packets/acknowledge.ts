/** PUBACK, PUBREC, PUBREL and PUBCOMP: one shape, four names; both directions, all versions (§3.4 to §3.7). */
import type { Puback, Pubcomp, Pubrec, Pubrel } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import { checkReasonCode, readReasonCode } from '../reason-codes.ts';
import { packetTypes } from '../tables/packet-types.ts';
import type { Writer } from '../writer.ts';

type Acknowledgement = Puback | Pubrec | Pubrel | Pubcomp;

/** Reads one of the four. Two bytes mean Success, three no properties (§3.4.2.1). */
export function readAcknowledgement<Type extends Acknowledgement['type']>(
  r: Reader,
  type: Type,
): Extract<Acknowledgement, { type: Type }> {
  const packetId = r.packetId();
  const isLong = r.version === 5 && r.pos < r.end;
  const reasonCode = isLong ? readReasonCode(r, type, statementOf(type)) : 0;
  const properties = isLong && r.pos < r.end ? readProperties(r, type) : undefined;
  return { type, packetId, reasonCode, properties } as Extract<Acknowledgement, { type: Type }>;
}

/** Writes one of the four, in its shortest form. */
export function writeAcknowledgement(
  w: Writer,
  { type, packetId, reasonCode = 0, properties }: Acknowledgement,
): void {
  const [number, flags] = packetTypes[type];
  const body = w.begin((number << 4) | flags);
  w.packetId(packetId);
  if (w.version === 5) {
    if (reasonCode !== 0 || properties) {
      checkReasonCode(w, type, reasonCode, statementOf(type));
      w.u8(reasonCode);
      if (properties) writeProperties(w, type, properties);
    }
  } else {
    if (reasonCode !== 0) w.fail('code');
    if (properties) w.fail('misplaced');
  }
  w.end(body);
}

/** [MQTT-3.4.2-1], [MQTT-3.5.2-1], [MQTT-3.6.2-1], [MQTT-3.7.2-1]: the section's number is the packet's. */
function statementOf(type: Acknowledgement['type']): string {
  return `3.${packetTypes[type][0]}.2-1`;
}
