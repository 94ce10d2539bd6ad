/**
 * Which packet begins with this byte, and whether it may (§2.1.2, §2.1.3). Knows nothing of what a packet holds.
 */
import type { Reader } from './reader.ts';
import * as rule from './rules.ts';
import { type PacketType, packetTypes } from './tables/packet-types.ts';

/** Packet number - 1 -> name and row. */
export const types: readonly (readonly [string, (typeof packetTypes)[PacketType]])[] =
  /* @__PURE__ */ Object.entries(packetTypes);

/** May this packet come now, from that end, with these flags? Known from the first byte, so refused on it. */
export function checkHeader(r: Reader, header: number, isConnectSeen: boolean): void {
  const number = header >> 4;
  if (number === 3 && isConnectSeen) return;
  const given = header & 15;
  const row = types[number - 1];
  if (!row || (number === 15 && r.version < 5)) r.fail(rule.packetType, r.start);
  if (r.role === 'server' && (number === 1) === isConnectSeen)
    r.fail(number === 1 ? rule.secondConnect : rule.notConnect, r.start); // [MQTT-3.1.0-1] [MQTT-3.1.0-2]
  if (number === 3) return;
  const [, [, flags, sender]] = row;
  if (sender === r.role || (r.role === 'client' && number === 14 && r.version < 5))
    r.fail(rule.wrongSender, r.start);
  // 3.1 sets DUP on a repeated PUBREL, SUBSCRIBE or UNSUBSCRIBE.
  if (given === flags || (r.version === 3 && flags === 2 && given === 10)) return;
  r.fail(rule.fixedHeaderFlags, r.start, flags === 2 || number > 13 ? `3.${number}.1-1` : undefined);
}
