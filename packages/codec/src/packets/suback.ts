/** SUBACK and UNSUBACK: a packet id and reason codes in the order of the filters; all versions (§3.9, §3.11). */
import type { Suback, Unsuback } from '../packet.ts';
import { readProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import { checkReasonCode } from '../reason-codes.ts';
import type { Writer } from '../writer.ts';
import { writeEntries } from './entries.ts';

/** Reads a SUBACK. */
export function readSuback(r: Reader): Suback {
  return readCodes(r, 'SUBACK') as Suback;
}

/** Reads an UNSUBACK; before 5.0 it has no reason codes. */
export function readUnsuback(r: Reader): Unsuback {
  return readCodes(r, 'UNSUBACK') as Unsuback;
}

function readCodes(r: Reader, type: 'SUBACK' | 'UNSUBACK'): object {
  const packetId = r.packetId();
  const properties = readProperties(r, type);
  const reasonCodes: number[] = [];
  // At least one: what is answered had at least one filter.
  if (hasCodes(r, type))
    do {
      const code = r.u8();
      checkCode(r, type, code);
      reasonCodes.push(code);
    } while (r.pos < r.end);
  return { type, packetId, reasonCodes, properties };
}

function hasCodes({ version }: Reader | Writer, type: 'SUBACK' | 'UNSUBACK'): boolean {
  return version === 5 || type === 'SUBACK';
}

function checkCode(rw: Reader | Writer, type: 'SUBACK' | 'UNSUBACK', code: number): void {
  const owner = rw.version === 5 ? type : rw.version === 4 ? 'SUBACK4' : 'SUBACK3';
  checkReasonCode(rw, owner, code, type === 'SUBACK' ? '3.9.3-2' : '3.11.3-2');
}

/** Writes a whole SUBACK. */
export function writeSuback(w: Writer, packet: Suback): void {
  writeCodes(w, 0x90, packet);
}

/** Writes a whole UNSUBACK. */
export function writeUnsuback(w: Writer, packet: Unsuback): void {
  writeCodes(w, 0xb0, packet);
}

function writeCodes(w: Writer, header: number, packet: Suback | Unsuback): void {
  const { type, reasonCodes = [] } = packet;
  // None where they are needed is as wrong as one that does not exist; the reverse as well.
  if (hasCodes(w, type) !== reasonCodes.length > 0) checkCode(w, type, -1);
  writeEntries(w, header, packet, reasonCodes, (code) => {
    checkCode(w, type, code);
    w.u8(code);
  });
}
