/**
 * What the server said in CONNACK that it takes (§3.2.2.3), and whether a packet stays within it. Asked before
 * anything is sent, so that a fault is an error here and not the end of the connection.
 */
import {
  type Connack,
  encodedLength,
  type ProtocolVersion,
  type Publish,
  parseShare,
  type QoS,
  type Subscribe,
} from '@mqtt/codec';
import { LimitError } from './errors.ts';

/** The server's limits on this connection; in 3.x the most that the protocol allows. */
export interface ServerLimits {
  /** QoS 1 and 2 messages that may be in flight to the server. */
  readonly receiveMaximum: number;
  readonly maximumQoS: QoS;
  readonly retainAvailable: boolean;
  /** Bytes; Infinity when the server named none. */
  readonly maximumPacketSize: number;
  readonly topicAliasMaximum: number;
  readonly wildcardSubscriptionAvailable: boolean;
  readonly subscriptionIdentifiersAvailable: boolean;
  readonly sharedSubscriptionAvailable: boolean;
  /** Seconds; the server's word if it gave one, else this client's [MQTT-3.2.2-21]. */
  readonly keepAlive: number;
}

/** Reads the limits from a CONNACK. `keepAlive` in seconds, as sent in CONNECT. */
export function limitsOf({ properties: given = {} }: Connack, keepAlive: number): ServerLimits {
  return {
    receiveMaximum: given.receiveMaximum ?? 65_535,
    maximumQoS: given.maximumQoS ?? 2,
    retainAvailable: given.retainAvailable ?? true,
    maximumPacketSize: given.maximumPacketSize ?? Infinity,
    topicAliasMaximum: given.topicAliasMaximum ?? 0,
    wildcardSubscriptionAvailable: given.wildcardSubscriptionAvailable ?? true,
    subscriptionIdentifiersAvailable: given.subscriptionIdentifiersAvailable ?? true,
    sharedSubscriptionAvailable: given.sharedSubscriptionAvailable ?? true,
    keepAlive: given.serverKeepAlive ?? keepAlive,
  };
}

/** No PUBLISH without properties is longer than this beside its topic and payload, bytes. */
const PUBLISH_OVERHEAD = 12;

/** @throws LimitError when the server said that it does not take this PUBLISH @throws ProtocolError when it is not legal */
export function checkPublish(limits: ServerLimits, packet: Publish, version: ProtocolVersion): void {
  // [MQTT-3.2.2-11]
  if (packet.qos > limits.maximumQoS) {
    throw new LimitError('maximumQoS', 0x9b, `the server takes QoS ${limits.maximumQoS} at most; lower qos`);
  }
  // [MQTT-3.2.2-14]
  if (packet.retain && !limits.retainAvailable) {
    throw new LimitError('retainAvailable', 0x9a, 'the server keeps no retained messages; leave retain out');
  }
  const alias = packet.properties?.topicAlias;
  // [MQTT-3.2.2-17] [MQTT-3.2.2-18]
  if (alias !== undefined && alias > limits.topicAliasMaximum) {
    const most = limits.topicAliasMaximum;
    throw new LimitError(
      'topicAliasMaximum',
      0x94,
      `the server takes topic aliases up to ${most}; lower topicAlias`,
    );
  }
  if (limits.maximumPacketSize === Infinity) return;
  const most = packet.topic.length * 3 + packet.payload.length + PUBLISH_OVERHEAD;
  if (packet.properties === undefined && most <= limits.maximumPacketSize) return;
  checkSize(limits, encodedLength(packet, version));
}

/** @throws LimitError when the server said that it does not take this SUBSCRIBE @throws ProtocolError when it is not legal */
export function checkSubscribe(limits: ServerLimits, packet: Subscribe, version: ProtocolVersion): void {
  for (const { topicFilter } of packet.subscriptions) {
    if (!limits.wildcardSubscriptionAvailable && /[+#]/.test(topicFilter)) {
      throw new LimitError(
        'wildcardSubscriptionAvailable',
        0xa2,
        `the server takes no wildcards: ${topicFilter}`,
      );
    }
    if (!limits.sharedSubscriptionAvailable && parseShare(topicFilter) !== undefined) {
      throw new LimitError(
        'sharedSubscriptionAvailable',
        0x9e,
        `the server shares no subscriptions: ${topicFilter}`,
      );
    }
  }
  if (packet.properties?.subscriptionIdentifier !== undefined && !limits.subscriptionIdentifiersAvailable) {
    throw new LimitError(
      'subscriptionIdentifiersAvailable',
      0xa1,
      'the server takes no subscription identifiers',
    );
  }
  checkSize(limits, encodedLength(packet, version));
}

/** @throws LimitError when a packet of this many bytes is over the server's Maximum Packet Size [MQTT-3.2.2-15] */
export function checkSize(limits: ServerLimits, size: number): void {
  if (size <= limits.maximumPacketSize) return;
  const most = limits.maximumPacketSize;
  throw new LimitError(
    'maximumPacketSize',
    0x95,
    `the packet has ${size} bytes, the server takes ${most} at most`,
  );
}
