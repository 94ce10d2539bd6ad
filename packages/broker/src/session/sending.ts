/**
 * One message on its way to one session: at which QoS, and as which bytes when they are like nobody else's because of
 * subscription identifiers or of seconds that have passed. Knows no window, no queue and no connection.
 */
import { encode, type Properties, type QoS } from '@mqtt/codec';
import { layouts, type Message } from '../message.ts';
import type { Subscription } from '../subscriber.ts';

/** A message that one session is owed; at QoS 0 only where that waits too. */
export class Sending {
  readonly message: Message;
  readonly qos: QoS;
  readonly retain: boolean;
  readonly subscription: Subscription;

  constructor(message: Message, qos: QoS, retain: boolean, subscription: Subscription) {
    this.message = message;
    this.qos = qos;
    this.retain = retain;
    this.subscription = subscription;
  }

  /** Bytes it is counted with while it waits. */
  get size(): number {
    return this.message.size;
  }

  /** Whether it came through a shared subscription (§4.8.2). */
  get isShared(): boolean {
    return this.subscription.topicFilter.startsWith('$share/');
  }
}

/** Something that knows the time in ms. */
interface Timed {
  readonly now: () => number;
}

/** The lower of published and granted [MQTT-3.8.4-8]. */
export function grantedQoS(message: Message, subscription: Subscription): QoS {
  if (message.qos < subscription.qos) return message.qos;
  return subscription.qos;
}

/** Whether the bytes for this session are like nobody else's: its identifiers, or seconds that have passed. */
export function isPersonal(
  message: Message,
  identifiers: readonly number[] | undefined,
  layout: number,
  clock: Timed,
): boolean {
  if ((layout & layouts.five) === 0) return false;
  if (identifiers !== undefined) return true;
  return message.expiresAt !== Number.POSITIVE_INFINITY && clock.now() - message.arrivedAt >= 1000;
}

/** Those bytes, for 5.0, without the first `cut` characters of the topic. */
export function encodePersonal(
  message: Message,
  qos: QoS,
  packetId: number,
  retain: boolean,
  dup: boolean,
  subscriptionIdentifiers: readonly number[] | undefined,
  clock: Timed,
  cut: number,
): Uint8Array {
  const own: { -readonly [N in keyof Properties<'PUBLISH'>]: Properties<'PUBLISH'>[N] } = {};
  if (subscriptionIdentifiers !== undefined) own.subscriptionIdentifiers = subscriptionIdentifiers;
  if (message.expiresAt !== Number.POSITIVE_INFINITY) {
    own.messageExpiryInterval = message.secondsLeft(clock.now()); // [MQTT-3.3.2-6]
  }
  const packet = message.packet(qos, packetId, retain, dup, own);
  return encode<5>(cut > 0 ? { ...packet, topic: packet.topic.slice(cut) } : packet, 5);
}
