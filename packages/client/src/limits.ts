/**
 * What the server said in CONNACK that it takes (§3.2.2.3), and whether a packet stays within it. Asked before
 * anything is sent, so that a fault is an error here and not the end of the connection.
 */
import type { Connack, ProtocolVersion, Publish, QoS, ReasonCode, Subscribe } from '@mqtt/codec';
import { LimitError } from './errors.ts';
import { type ClientPacket, sizeOf } from './outbox.ts';
import * as words from './words.ts';

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

/** What a server that names no limit takes. */
const NO_LIMITS: Omit<ServerLimits, 'keepAlive'> = {
  receiveMaximum: 65_535,
  maximumQoS: 2,
  retainAvailable: true,
  maximumPacketSize: Infinity,
  topicAliasMaximum: 0,
  wildcardSubscriptionAvailable: true,
  subscriptionIdentifiersAvailable: true,
  sharedSubscriptionAvailable: true,
};

/** Reads the limits from a CONNACK. `keepAlive` in seconds, as sent in CONNECT. */
export function limitsOf({ properties = {} }: Connack, keepAlive: number): ServerLimits {
  return { ...NO_LIMITS, ...properties, keepAlive: properties.serverKeepAlive ?? keepAlive } as ServerLimits;
}

/** No PUBLISH without properties is longer than this beside its topic and payload, bytes. */
const PUBLISH_OVERHEAD = 12;

/** @throws LimitError when the server said that it does not take this PUBLISH @throws ProtocolError when it is not legal */
export function checkPublish(limits: ServerLimits, packet: Publish, version: ProtocolVersion): void {
  const { qos, retain, topic, payload, properties } = packet;
  // [MQTT-3.2.2-11] [MQTT-3.2.2-14] [MQTT-3.2.2-17] [MQTT-3.2.2-18]
  if (qos > limits.maximumQoS) throw over(limits, 'maximumQoS', 0x9b);
  if (retain && !limits.retainAvailable) throw over(limits, 'retainAvailable', 0x9a);
  if (properties !== undefined && (properties.topicAlias ?? 0) > limits.topicAliasMaximum)
    throw over(limits, 'topicAliasMaximum', 0x94);
  const most = topic.length * 3 + payload.length + PUBLISH_OVERHEAD;
  if (properties !== undefined || most > limits.maximumPacketSize) checkSize(limits, packet, version);
}

/** @throws LimitError when the server said that it does not take this SUBSCRIBE */
export function checkSubscribe(limits: ServerLimits, { subscriptions, properties }: Subscribe): void {
  for (const { topicFilter } of subscriptions) {
    if (!limits.wildcardSubscriptionAvailable && /[+#]/.test(topicFilter))
      throw over(limits, 'wildcardSubscriptionAvailable', 0xa2);
    if (!limits.sharedSubscriptionAvailable && topicFilter.startsWith('$share/'))
      throw over(limits, 'sharedSubscriptionAvailable', 0x9e);
  }
  if (properties?.subscriptionIdentifier !== undefined && !limits.subscriptionIdentifiersAvailable)
    throw over(limits, 'subscriptionIdentifiersAvailable', 0xa1);
}

/** @throws LimitError when a packet is over the server's Maximum Packet Size [MQTT-3.2.2-15] @throws ProtocolError when it is not legal */
export function checkSize(limits: ServerLimits, packet: ClientPacket, version: ProtocolVersion): void {
  if (limits.maximumPacketSize === Infinity) return;
  const size = sizeOf(packet, version);
  if (size > limits.maximumPacketSize) throw over(limits, 'maximumPacketSize', 0x95, size);
}

function over(
  limits: ServerLimits,
  limit: keyof ServerLimits,
  reasonCode: ReasonCode,
  size?: number,
): LimitError {
  return new LimitError(limit, reasonCode, words.overLimit(limits, limit, size));
}
