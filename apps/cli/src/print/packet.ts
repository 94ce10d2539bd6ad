/**
 * How a packet reads with `-d`: the words that `mosquitto_pub -d` and `mosquitto_sub -d` have for it. Payloads,
 * passwords and properties are not shown.
 */
import type { Packet } from '@mqtt/codec';

/** Which way a packet goes. */
export type Direction = 'sending' | 'received';

function bit(flag: boolean): number {
  return flag ? 1 : 0;
}

/** What stands in brackets, one for each line; an empty text for none. */
function details(packet: Packet, direction: Direction): readonly string[] {
  switch (packet.type) {
    case 'CONNACK':
      return [`(${packet.reasonCode})`];
    case 'PUBLISH': {
      const { dup, qos, retain, packetId = 0, topic, payload } = packet;
      const flags = `d${bit(dup)}, q${qos}, r${bit(retain)}, m${packetId}`;
      return [`(${flags}, '${topic}', ... (${payload.length} bytes))`];
    }
    case 'SUBSCRIBE':
      return packet.subscriptions.map((one) => {
        const { noLocal = false, retainAsPublished = false, retainHandling = 0 } = one;
        const options = (bit(noLocal) << 2) | (bit(retainAsPublished) << 3) | (retainHandling << 4);
        const shown = options.toString(16).padStart(2, '0');
        return `(Mid: ${packet.packetId}, Topic: ${one.topicFilter}, QoS: ${one.qos}, Options: 0x${shown})`;
      });
    case 'UNSUBSCRIBE':
      return packet.topicFilters.map((filter) => `(Mid: ${packet.packetId}, Topic: ${filter})`);
    case 'PUBACK':
    case 'PUBREC':
    case 'PUBREL':
    case 'PUBCOMP': {
      const { type, packetId, reasonCode = 0 } = packet;
      const isSent = direction === 'sending';
      const hasCode = isSent
        ? type === 'PUBACK' || type === 'PUBREC'
        : type === 'PUBACK' || type === 'PUBCOMP';
      // Mosquitto leaves the code out of the other two; one that is an error is worth a word all the same.
      const code = hasCode || reasonCode >= 0x80;
      if (isSent) return [`(m${packetId}${code ? `, rc${reasonCode}` : ''})`];
      return [`(Mid: ${packetId}${code ? `, RC:${reasonCode}` : ''})`];
    }
    case 'DISCONNECT':
      return direction === 'received' ? [`(${packet.reasonCode ?? 0})`] : [''];
    default:
      return [''];
  }
}

/** A line for each packet; for SUBSCRIBE and UNSUBSCRIBE one for each Topic Filter. */
export function packetLines(packet: Packet, direction: Direction, clientId: string): readonly string[] {
  const start = `Client ${clientId} ${direction} ${packet.type}`;
  return details(packet, direction).map((more) => (more === '' ? start : `${start} ${more}`));
}
