/** DISCONNECT of all versions and AUTH of 5.0: a reason code and properties (§3.14, §3.15). */
import type { Auth, Disconnect } from '../packet.ts';
import type { Reader } from '../reader.ts';
import { readReason, writeReason } from '../reason-codes.ts';
import * as rule from '../rules.ts';
import type { Writer } from '../writer.ts';

/** Reads a DISCONNECT; 3.x has no body. */
export function readDisconnect(r: Reader): Disconnect {
  const packet = readReason(r, 'DISCONNECT');
  if (r.role === 'client' && packet.properties?.sessionExpiryInterval !== undefined)
    r.fail(rule.sessionExpiry); // [MQTT-3.14.2-2]
  return packet;
}

/** Reads an AUTH. Unlike DISCONNECT it has both fields or, where a server says Success, neither (§3.15.2.1). */
export function readAuth(r: Reader): Auth {
  const length = r.end - r.pos;
  if (length === 0 && r.role === 'server') r.fail(rule.wrongSender, r.pos, '3.15.2-1');
  if (length === 1) r.fail(rule.cutShort, r.end);
  const packet = readReason(r, 'AUTH');
  checkMethod(r, packet);
  return packet;
}

/** AUTH without Authentication Method is a Protocol Error (§3.15.2.2.2), but for the form without any field. */
function checkMethod(rw: Reader | Writer, { reasonCode, properties }: Auth): void {
  if ((reasonCode !== 0 || properties) && properties?.authenticationMethod === undefined)
    rw.fail(rule.authenticationMethod);
}

/** Writes a whole DISCONNECT, in its shortest form. */
export function writeDisconnect(w: Writer, packet: Disconnect): void {
  const body = w.begin(0xe0);
  writeReason(w, packet);
  w.end(body);
}

/** Writes a whole AUTH, in its shortest form; there is none before 5.0. */
export function writeAuth(w: Writer, packet: Auth): void {
  if (w.version < 5) w.fail(rule.packetType);
  checkMethod(w, packet);
  const body = w.begin(0xf0);
  writeReason(w, packet);
  w.end(body);
}
