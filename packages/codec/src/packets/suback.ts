/** SUBACK and UNSUBACK: a packet id and reason codes in the order of the filters; all versions (§3.9, §3.11). */
import type { Suback, Unsuback } from '../packet.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import type { ReasonCodeOwner } from '../tables/reason-codes.ts';
import type { Writer } from '../writer.ts';
import { readEntries, writeEntries } from './entries.ts';

type Type = 'SUBACK' | 'UNSUBACK';

/** Reads a SUBACK. */
export function readSuback(r: Reader): Suback {
  return readCodes(r, 'SUBACK') as Suback;
}

/** Reads an UNSUBACK; before 5.0 it has no reason codes. */
export function readUnsuback(r: Reader): Unsuback {
  return readCodes(r, 'UNSUBACK') as Unsuback;
}

function readCodes(r: Reader, type: Type): object {
  // At least one: what is answered had at least one filter.
  const whenNone = hasCodes(r, type) ? rule.cutShort : undefined;
  const [packetId, properties, reasonCodes] = readEntries(r, type, whenNone, () => {
    const code = r.u8();
    checkCode(r, type, code);
    return code;
  });
  return { type, packetId, reasonCodes, properties };
}

function hasCodes({ version }: Reader | Writer, type: Type): boolean {
  return version === 5 || type === 'SUBACK';
}

/** In 3.x the row of the table is `SUBACK3` or `SUBACK4`, and for UNSUBACK there is none. */
function checkCode(rw: Reader | Writer, type: Type, code: number): void {
  const owner = rw.version === 5 ? type : `${type}${rw.version}`;
  rw.checkCode?.(rw, owner as ReasonCodeOwner, code, ruleOf(type));
}

function writeCodes(w: Writer, packet: Suback | Unsuback): void {
  const { type, reasonCodes = [] } = packet;
  const whenNone = hasCodes(w, type) ? ruleOf(type) : undefined;
  writeEntries(w, packet, reasonCodes, whenNone, (_, code) => {
    checkCode(w, type, code);
    w.u8(code);
  });
}

/** Writes a whole SUBACK. */
export const writeSuback: (w: Writer, packet: Suback) => void = writeCodes;

/** Writes a whole UNSUBACK. */
export const writeUnsuback: (w: Writer, packet: Unsuback) => void = writeCodes;

function ruleOf(type: Type): rule.Rule {
  return type === 'SUBACK' ? rule.subackCode : rule.unsubackCode;
}
