/** SUBACK and UNSUBACK: a packet id and reason codes in the order of the filters; all versions (§3.9, §3.11). */
import type { Suback, Unsuback } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import { checkReasonCode } from '../reason-codes.ts';
import type { ReasonCodeOwner } from '../tables/reason-codes.ts';
import type { Writer } from '../writer.ts';

/** Reads a SUBACK. */
export function readSuback(r: Reader): Suback {
  const packetId = r.packetId();
  const properties = readProperties(r, 'SUBACK');
  const reasonCodes = readCodes(r, subackOwner(r), '3.9.3-2');
  return { type: 'SUBACK', packetId, reasonCodes, properties } as Suback;
}

/** Reads an UNSUBACK; before 5.0 it has no reason codes. */
export function readUnsuback(r: Reader): Unsuback {
  const packetId = r.packetId();
  const properties = readProperties(r, 'UNSUBACK');
  const reasonCodes = r.version === 5 ? readCodes(r, 'UNSUBACK', '3.11.3-2') : [];
  return { type: 'UNSUBACK', packetId, reasonCodes, properties } as Unsuback;
}

/** At least one: the SUBSCRIBE that is answered had at least one filter. */
function readCodes(r: Reader, owner: ReasonCodeOwner, statement: string): number[] {
  const codes: number[] = [];
  do {
    const code = r.u8();
    checkReasonCode(r, owner, code, statement);
    codes.push(code);
  } while (r.pos < r.end);
  return codes;
}

function subackOwner({ version }: Reader | Writer): 'SUBACK' | 'SUBACK3' | 'SUBACK4' {
  return version === 5 ? 'SUBACK' : version === 4 ? 'SUBACK4' : 'SUBACK3';
}

/** Writes a whole SUBACK. */
export function writeSuback(w: Writer, packet: Suback): void {
  const body = writeStart(w, 0x90, packet);
  writeCodes(w, subackOwner(w), packet.reasonCodes, '3.9.3-2');
  w.end(body);
}

/** Writes a whole UNSUBACK. */
export function writeUnsuback(w: Writer, packet: Unsuback): void {
  const body = writeStart(w, 0xb0, packet);
  if (w.version === 5) writeCodes(w, 'UNSUBACK', packet.reasonCodes, '3.11.3-2');
  else if (packet.reasonCodes?.length) w.fail('reason code');
  w.end(body);
}

function writeStart(w: Writer, header: number, packet: Suback | Unsuback): number {
  const body = w.begin(header);
  w.packetId(packet.packetId);
  writeProperties(w, packet.type, packet.properties);
  return body;
}

function writeCodes(
  w: Writer,
  owner: ReasonCodeOwner,
  codes: readonly number[] | undefined,
  statement: string,
): void {
  if (!Array.isArray(codes) || codes.length === 0)
    w.fail('reason code', w.version === 5 ? statement : undefined);
  for (const code of codes as readonly number[]) {
    checkReasonCode(w, owner, code, statement);
    w.u8(code);
  }
}
