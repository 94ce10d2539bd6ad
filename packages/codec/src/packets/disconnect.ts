/** DISCONNECT of all versions and AUTH of 5.0: a reason code and properties, both left out when they say nothing (§3.14, §3.15). */
import type { Auth, Disconnect } from '../packet.ts';
import { readProperties, writeProperties } from '../properties.ts';
import type { Reader } from '../reader.ts';
import { isLegal } from '../reason-codes.ts';
import { packetTypes } from '../tables/packet-types.ts';
import type { Writer } from '../writer.ts';

type Type = 'DISCONNECT' | 'AUTH';

/** Reads a DISCONNECT. 3.x has no body; in 5.0 no byte means 0x00 and one byte no properties (§3.14.2.1). */
export function readDisconnect(r: Reader): Disconnect {
  return readReason(r, 'DISCONNECT') as Disconnect;
}

/** Reads an AUTH; no body means Success (§3.15.2.1). */
export function readAuth(r: Reader): Auth {
  return readReason(r, 'AUTH') as Auth;
}

function readReason(r: Reader, type: Type): Disconnect | Auth {
  if (r.version < 5 || r.pos === r.end) return { type, reasonCode: 0, properties: undefined } as Disconnect;
  const at = r.pos;
  const reasonCode = r.u8();
  const fromClient = isLegal(`${type}_CLIENT`, reasonCode);
  const fromServer = isLegal(`${type}_SERVER`, reasonCode);
  if (!fromClient && !fromServer) r.fail('code', at, statementOf(type));
  if (r.role === 'server' ? !fromClient : r.role === 'client' && !fromServer)
    r.fail('sender', at, statementOf(type));
  const properties = r.pos < r.end ? readProperties(r, type) : undefined;
  if (r.role === 'client' && type === 'DISCONNECT' && properties && 'sessionExpiryInterval' in properties) {
    r.fail('expiry', at + 1); // [MQTT-3.14.2-2]
  }
  return { type, reasonCode, properties } as Disconnect;
}

/** Writes a whole DISCONNECT, in its shortest form. */
export function writeDisconnect(w: Writer, packet: Disconnect): void {
  writeReason(w, packet);
}

/** Writes a whole AUTH, in its shortest form. */
export function writeAuth(w: Writer, packet: Auth): void {
  if (w.version < 5) w.fail('type');
  writeReason(w, packet);
}

function writeReason(w: Writer, { type, reasonCode = 0, properties }: Disconnect | Auth): void {
  const body = w.begin(packetTypes[type][0] << 4);
  if (w.version === 5) {
    if (!isLegal(`${type}_CLIENT`, reasonCode) && !isLegal(`${type}_SERVER`, reasonCode))
      w.fail('code', statementOf(type));
    if (reasonCode !== 0 || properties) {
      w.u8(reasonCode);
      if (properties) writeProperties(w, type, properties);
    }
  } else {
    if (reasonCode !== 0) w.fail('code');
    if (properties) w.fail('misplaced');
  }
  w.end(body);
}

/** [MQTT-3.14.2-1], [MQTT-3.15.2-1]. */
function statementOf(type: Type): string {
  return `3.${packetTypes[type][0]}.2-1`;
}
