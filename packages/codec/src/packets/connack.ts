/** CONNACK, both directions, all versions (§3.2). */
import type { Connack } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import * as rule from '../rules.ts';
import type { Writer } from '../writer.ts';

/** Reads a CONNACK. 3.1 has no acknowledge flags: its first byte means nothing. */
export function readConnack(r: Reader): Connack {
  const at = r.pos;
  const byte = r.u8();
  const flags = r.version === 3 ? 0 : byte;
  if (flags > 1) r.fail(rule.acknowledgeFlags, at); // [MQTT-3.2.2-1]
  const sessionPresent = flags === 1;
  const reasonCode = r.u8();
  check(r, sessionPresent, reasonCode, at);
  const properties = readProperties(r, 'CONNACK');
  return { type: 'CONNACK', sessionPresent, reasonCode, properties } as Connack;
}

function check(rw: Reader | Writer, sessionPresent: boolean, reasonCode: number, at?: number): void {
  rw.checkCode?.(rw, rw.version === 5 ? 'CONNACK' : 'CONNACK3', reasonCode, rule.connackCode);
  if (sessionPresent && (reasonCode !== 0 || rw.version === 3)) rw.fail(rule.sessionPresent, at); // [MQTT-3.2.2-6]
}

/** Writes a whole CONNACK. */
export function writeConnack(w: Writer, { sessionPresent, reasonCode, properties }: Connack): void {
  check(w, sessionPresent, reasonCode);
  const body = w.begin(0x20);
  w.u8(sessionPresent ? 1 : 0);
  w.u8(reasonCode);
  writeProperties(w, 'CONNACK', properties);
  w.end(body);
}
