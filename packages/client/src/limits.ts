/**
 * What the server said in CONNACK that it takes (§3.2.2.3), and whether a packet stays within it. Asked before
 * anything is sent, so that a fault is an error here and not the end of the connection.
 */
import type { Connack, ProtocolVersion, Publish, QoS, ReasonCode, Subscribe } from '@mqtt/codec';
import { LimitError } from './errors.ts';
import { type ClientPacket, sizeOf } from './outbox.ts';

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
  const { qos, retain, topic, payload, properties } = packet;
  const { maximumQoS, topicAliasMaximum } = limits;
  const alias = properties?.topicAlias ?? 0;
  // [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-17] [MQTT-3.2.2-18]
  if (qos > maximumQoS) throw over('maximumQoS', 0x9b, `QoS ${maximumQoS} at most`);
  if (retain && !limits.retainAvailable) throw over('retainAvailable', 0x9a, 'no retained messages');
  if (alias > topicAliasMaximum)
    throw over('topicAliasMaximum', 0x94, `topic aliases up to ${topicAliasMaximum}`);
  const most = topic.length * 3 + payload.length + PUBLISH_OVERHEAD;
  if (properties !== undefined || most > limits.maximumPacketSize) checkSize(limits, packet, version);
}

/** @throws LimitError when the server said that it does not take this SUBSCRIBE */
export function checkSubscribe(limits: ServerLimits, { subscriptions, properties }: Subscribe): void {
  for (const { topicFilter } of subscriptions) {
    if (!limits.wildcardSubscriptionAvailable && /[+#]/.test(topicFilter)) {
      throw over('wildcardSubscriptionAvailable', 0xa2, 'no wildcards in filters');
    }
    if (!limits.sharedSubscriptionAvailable && topicFilter.startsWith('$share/')) {
      throw over('sharedSubscriptionAvailable', 0x9e, 'no shared subscriptions');
    }
  }
  if (properties?.subscriptionIdentifier !== undefined && !limits.subscriptionIdentifiersAvailable) {
    throw over('subscriptionIdentifiersAvailable', 0xa1, 'no subscription identifiers');
  }
}

/** @throws LimitError when a packet is over the server's Maximum Packet Size [MQTT-3.2.2-15] @throws ProtocolError when it is not legal */
export function checkSize(
  { maximumPacketSize }: ServerLimits,
  packet: ClientPacket,
  version: ProtocolVersion,
): void {
  if (maximumPacketSize === Infinity) return;
  const size = sizeOf(packet, version);
  if (size > maximumPacketSize)
    throw over('maximumPacketSize', 0x95, `${maximumPacketSize} bytes at most, the packet has ${size} bytes`);
}

function over(limit: keyof ServerLimits, reasonCode: ReasonCode, what: string): LimitError {
  return new LimitError(limit, reasonCode, `not sent: the server takes ${what}`);
}
