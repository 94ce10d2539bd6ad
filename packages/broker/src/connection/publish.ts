/**
 * A PUBLISH from a client: alias, limits, permission, routing, answer (§3.3). At QoS 0 without hooks it allocates the
 * message and nothing else, and calls straight through to the subscribers. Who they are it does not know.
 */
import type { Properties, Publish, ReasonCodeOf } from '@mqtt/codec';
import type { PublishRefusal } from '../hooks.ts';
import { Message } from '../message.ts';
import { acknowledgePublish, EVERYTHING, mark } from './acknowledgements.ts';
import { isAcceptedBelow } from './mount.ts';
import { type Peer, Violation } from './peer.ts';
import { isText, unservedMessage } from './served.ts';
import { areUserPropertiesWithin } from './user-properties.ts';

/** Why a PUBLISH is not routed; 0 when it is. */
type Refusal = 0 | PublishRefusal;

/** A PUBLISH came. */
export function receivePublish(peer: Peer, packet: Publish): void {
  const { rooms } = peer;
  rooms.metrics.messagesReceived++;
  if (packet.qos === 1) rooms.metrics.messagesReceivedQoS1++;
  else if (packet.qos === 2) rooms.metrics.messagesReceivedQoS2++;
  const properties: Properties<'PUBLISH'> | undefined = packet.properties;
  const unserved = unservedMessage(rooms.features, packet.qos, packet.retain);
  if (unserved !== 0) {
    const statement = unserved === 0x9b ? 'MQTT-3.2.2-11' : 'MQTT-3.2.2-14';
    throw new Violation(unserved, statement, `${unserved === 0x9b ? 'QoS' : 'RETAIN'} that CONNACK excluded`);
  }
  const topic =
    properties?.topicAlias === undefined
      ? packet.topic
      : resolveAlias(peer, packet.topic, properties.topicAlias);
  if (packet.qos > 0) {
    if (isHandledBefore(peer, packet)) return;
  } else if (rooms.overload.level === 3) {
    rooms.metrics.messagesShed++; // its alias, if it set one, holds
    return;
  }
  let refusal: Refusal = 0;
  if (topic !== peer.goodTopic) {
    if (isAcceptedBelow(rooms.mountPoint, topic, rooms.limits)) peer.goodTopic = topic;
    else {
      rooms.metrics.topicsRefused++;
      refusal = 0x90;
    }
  }
  if (
    properties?.userProperties !== undefined &&
    !areUserPropertiesWithin(properties.userProperties, rooms.limits)
  ) {
    rooms.metrics.userPropertiesRefused++;
    refusal = 0x97;
  }
  if (properties?.payloadFormatIndicator === 1 && rooms.validatesText && !isText(packet.payload)) {
    // PUBACK and PUBREC can say so; for QoS 0 only DISCONNECT can (§3.3.2.3.2) [F24].
    if (packet.qos === 0)
      throw new Violation(0x99, 'MQTT-4.13.1-1', 'the payload is not the UTF-8 it is said to be');
    refusal = 0x99;
  }
  if (refusal !== 0) {
    refuse(peer, packet, refusal);
    return;
  }
  const message = makeMessage(peer, packet, topic, properties);
  if (rooms.gate.isGuarded && peer.client !== undefined) {
    // It came whole: what is found out later holds even if the client is gone by then, or QoS 2 would be lost.
    peer.after(rooms.gate.pass(peer.client, message), (passed) => passOn(peer, packet, passed), true);
  } else route(peer, packet, message);
}

function passOn(peer: Peer, packet: Publish, passed: Message | PublishRefusal): void {
  if (typeof passed === 'number') refuse(peer, packet, passed);
  else route(peer, packet, passed);
}

/** Retained, then everyone who subscribed, then the answer. */
function route(peer: Peer, packet: Publish, message: Message): void {
  const { router, metrics, keeping, wheel } = peer.rooms;
  if (keeping?.isFull && isForStore(peer, message)) {
    metrics.storeRefused++;
    if (message.qos === 0) {
      if (!peer.rooms.features.upgradeOutgoingQoS) router.publish(message); // it is not retained, and nobody keeps it
    } else if (peer.version === 5) refuse(peer, packet, 0x97);
    else peer.after(keeping.room(), () => route(peer, packet, message), true); // 3.x has no way to say no
    return;
  }
  const since = mark(peer.rooms);
  let reasonCode: ReasonCodeOf<'PUBACK'> = 0;
  if (message.retain && !router.retained.set(message, wheel.now)) {
    metrics.retainedRefused++;
    if (peer.version === 5 && packet.qos > 0) reasonCode = 0x97;
  }
  router.publish(message);
  if (packet.qos > 0 && packet.packetId !== undefined) {
    if (reasonCode === 0 && peer.version === 5 && router.taken === 0) reasonCode = 0x10;
    if (packet.qos === 2 && reasonCode < 0x80) peer.session?.record?.held(packet.packetId);
    acknowledgePublish(peer, packet.qos, packet.packetId, reasonCode, since);
  }
  // Most of those who get it fall behind: the publisher waits for them. One slow among many does not hold it.
  if (router.behind * 2 > router.taken && router.slowest !== undefined) {
    peer.waitFor(router.slowest);
  }
  if (keeping?.isBehind) peer.after(keeping.caughtUp(), () => {});
}

/** Whether the store would have to keep something of it. */
function isForStore({ rooms, session }: Peer, { topic, qos, retain }: Message): boolean {
  if (rooms.features.upgradeOutgoingQoS && qos === 0) return retain || rooms.router.isKept(topic, 1);
  return retain || (qos === 2 && session?.isKept === true) || rooms.router.isKept(topic, qos);
}

/** Not routed. QoS 0 is dropped; 5.0 says why in its answer, 3.x is answered as if it were taken [MQTT-3.3.5-2]. */
function refuse(peer: Peer, packet: Publish, reasonCode: Exclude<Refusal, 0>): void {
  if (packet.qos > 0 && packet.packetId !== undefined) {
    acknowledgePublish(
      peer,
      packet.qos,
      packet.packetId,
      peer.version === 5 ? reasonCode : 0,
      mark(peer.rooms),
    );
  }
}

/** QoS 1 and 2: the window, and QoS 2 messages that came before. */
function isHandledBefore(peer: Peer, packet: Publish): boolean {
  const { session } = peer;
  if (session === undefined || packet.qos === 0) return true;
  const verdict = session.inbound.publish(packet.packetId, packet.qos);
  if (verdict === 'new') return false;
  if (verdict === 'exceeded') {
    peer.rooms.metrics.receiveMaximumExceeded++;
    throw new Violation(0x93, 'MQTT-3.3.4-7', 'more open messages than Receive Maximum');
  }
  acknowledgePublish(peer, packet.qos, packet.packetId, 0, EVERYTHING); // [MQTT-4.3.3-10]
  return true;
}

function resolveAlias(peer: Peer, topic: string, alias: number): string {
  const resolved = peer.aliases?.resolve(topic, alias) ?? 0x94;
  if (typeof resolved === 'string') return resolved;
  throw resolved === 0x94
    ? new Violation(0x94, 'MQTT-3.3.2-9', 'topic alias above Topic Alias Maximum')
    : new Violation(0x82, 'MQTT-3.3.2-7', 'topic alias that was never set on this connection');
}

/** The message, forwarded as the bytes it came in unless they hold what is between this client and us, or not its whole topic. */
function makeMessage(
  peer: Peer,
  packet: Publish,
  topic: string,
  properties: Properties<'PUBLISH'> | undefined,
): Message {
  const { decoder, session, rooms } = peer;
  const { payload, qos, retain } = packet;
  const now = properties?.messageExpiryInterval === undefined ? 0 : rooms.wheel.now;
  if (properties?.topicAlias !== undefined || rooms.mountPoint !== '') {
    const { topicAlias, ...forwarded } = properties ?? {};
    const whole = rooms.mountPoint + topic;
    return new Message({ topic: whole, payload, qos, retain, properties: forwarded }, session?.clientId, now);
  }
  // 3.1 lets a QoS 0 PUBLISH carry DUP; no other version may see it [MQTT-3.3.1-2].
  const isPlain = qos > 0 || ((decoder.bytes[decoder.start] ?? 0) & 0x08) === 0;
  return new Message(packet, session?.clientId, now, isPlain ? decoder : undefined, peer.version === 5);
}
