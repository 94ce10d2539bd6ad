/**
 * A PUBLISH from a client: alias, limits, permission, routing, answer (§3.3). At QoS 0 without hooks it allocates the
 * message and nothing else, and calls straight through to the subscribers. Who they are it does not know.
 */
import type { Properties, Publish, ReasonCodeOf } from '@mqtt/codec';
import type { Answer } from '../access/access.ts';
import type { PublishRefusal } from '../hooks.ts';
import { Message } from '../message.ts';
import type { Session } from '../session/session.ts';
import { Undecided } from '../session/undecided.ts';
import type { Ticket } from '../store/store.ts';
import { acknowledgePublish, EVERYTHING, mark } from './acknowledgements.ts';
import { isAcceptedBelow } from './mount.ts';
import { type Peer, Violation } from './peer.ts';
import { isNoText, unservedMessage } from './served.ts';
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
  if (properties?.payloadFormatIndicator === 1 && isNoText(rooms.features, packet.payload)) {
    // PUBACK and PUBREC can say so; for QoS 0 only DISCONNECT can (§3.3.2.3.2) [F24].
    if (packet.qos === 0)
      throw new Violation(0x99, 'MQTT-4.13.1-1', 'the payload is not the UTF-8 it is said to be');
    refusal = 0x99;
  }
  const { maximumPayloadSize } = rooms.limits;
  if (maximumPayloadSize > 0 && packet.payload.length > maximumPayloadSize) {
    rooms.metrics.payloadsRefused++;
    refusal = 0x83;
  }
  if (refusal !== 0) {
    refuse(peer, packet, refusal, peer.session);
    return;
  }
  const message = makeMessage(peer, packet, topic, properties);
  if (rooms.gate.isGuarded && peer.client !== undefined) {
    const { session } = peer;
    later(peer, packet, session, rooms.gate.pass(peer.client, message), (passed) => {
      if (typeof passed === 'number') refuse(peer, packet, passed, session);
      else if (peer.isExpelled) refuse(peer, packet, 0x87, session);
      else route(peer, packet, passed, session);
    });
  } else route(peer, packet, message, peer.session);
}

/** It came whole: what is found out later holds even if the client is gone by then, or QoS 2 would be lost. */
function later<T>(
  peer: Peer,
  packet: Publish,
  session: Session | undefined,
  answer: Answer<T>,
  go: (value: T) => void,
): void {
  const { client, rooms } = peer;
  if (!(answer instanceof Promise) || client === undefined) {
    peer.after(answer, go, true);
    return;
  }
  if (packet.qos === 2 && session !== undefined) {
    session.undecided ??= new Undecided();
    session.undecided.add(packet.packetId);
  }
  const settle = (value: T): void => {
    close();
    go(value);
  };
  peer.after(answer, settle, true);
  const close = rooms.gate.opened(client, answer); // after `after`: whoever waits for it waits for `go` too
}

/** Retained, then everyone who subscribed, then the answer. `session`: of the client, which may be gone. */
function route(peer: Peer, packet: Publish, message: Message, session: Session | undefined): void {
  const { router, metrics, keeping, wheel } = peer.rooms;
  if (keeping?.isFull && isForStore(peer, message, session)) {
    metrics.storeRefused++;
    if (message.qos === 0) {
      if (!peer.rooms.features.upgradeOutgoingQoS) router.publish(message); // it is not retained, and nobody keeps it
    } else if (peer.version === 5) refuse(peer, packet, 0x97, session);
    // 3.x has no way to say no.
    else
      later(peer, packet, session, keeping.room(), () => {
        if (peer.isExpelled) refuse(peer, packet, 0x87, session);
        else route(peer, packet, message, session);
      });
    return;
  }
  if (message.retain && peer.client !== undefined) message.source = peer.rooms.door.originOf(peer.client);
  const since = mark(peer.rooms);
  let reasonCode: ReasonCodeOf<'PUBACK'> = 0;
  if (message.retain && !router.retained.set(message, wheel.now)) {
    metrics.retainedRefused++;
    if (peer.version === 5 && packet.qos > 0) reasonCode = 0x97;
  }
  router.publish(message);
  if (packet.qos > 0 && packet.packetId !== undefined) {
    if (reasonCode === 0 && peer.version === 5 && router.taken === 0) reasonCode = 0x10;
    if (packet.qos === 2 && reasonCode < 0x80 && (peer.session === session || isThere(peer, session)))
      session?.record?.held(packet.packetId);
    answer(peer, packet, reasonCode, since, session);
  }
  // Most of those who get it fall behind: the publisher waits for them. One slow among many does not hold it.
  if (router.behind * 2 > router.taken && router.slowest !== undefined) {
    peer.waitFor(router.slowest);
  }
  if (keeping?.isBehind) peer.after(keeping.caughtUp(), () => {});
}

/** Whether the store would have to keep something of it. */
function isForStore({ rooms }: Peer, { topic, qos, retain }: Message, session: Session | undefined): boolean {
  if (rooms.features.upgradeOutgoingQoS && qos === 0) return retain || rooms.router.isKept(topic, 1);
  return retain || (qos === 2 && session?.isKept === true) || rooms.router.isKept(topic, qos);
}

/** Not routed. QoS 0 is dropped; 5.0 says why in its answer, 3.x is answered as if it were taken [MQTT-3.3.5-2]. */
function refuse(
  peer: Peer,
  packet: Publish,
  reasonCode: Exclude<Refusal, 0>,
  session: Session | undefined,
): void {
  if (packet.qos > 0) answer(peer, packet, peer.version === 5 ? reasonCode : 0, mark(peer.rooms), session);
}

/** Answers the client on the connection the message came on, and on the next one, where it may have sent it again. */
function answer(
  peer: Peer,
  { qos, packetId }: Publish,
  reasonCode: ReasonCodeOf<'PUBACK'>,
  since: Ticket,
  session: Session | undefined,
): void {
  if (qos === 0 || packetId === undefined) return;
  // Its PUBREC may wait for others and be lost with the connection: sent again, it is a new message [MQTT-4.3.3-9].
  if (qos === 2 && reasonCode >= 0x80) session?.inbound.settled(packetId, 2);
  if (peer.phase !== 'ended') acknowledgePublish(peer, qos, packetId, reasonCode, since);
  if (qos === 2) session?.undecided?.decide(packetId, reasonCode);
}

/** Whether the session of a client that is gone is there still. */
function isThere({ rooms }: Peer, session: Session | undefined): boolean {
  return session !== undefined && rooms.registry.get(session.clientId) === session;
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
  const { packetId } = packet;
  const repeat = (reasonCode: number): void => {
    if (peer.phase === 'ended') return;
    acknowledgePublish(peer, 2, packetId, reasonCode as ReasonCodeOf<'PUBREC'>, EVERYTHING); // [MQTT-4.3.3-10]
  };
  // The first one came on a connection that was lost, and nobody knows yet whether it is taken: it is waited for.
  const isWaiting = session.undecided?.whenDecided(packetId, (reasonCode) => {
    peer.guard(() => repeat(reasonCode));
    peer.release();
  });
  if (isWaiting) peer.hold();
  else repeat(0);
  return true;
}

function resolveAlias(peer: Peer, topic: string, alias: number): string {
  const resolved = peer.aliases?.resolve(topic, alias) ?? 0x94;
  if (typeof resolved === 'string') return resolved;
  if (resolved === 0x94) {
    peer.rooms.metrics.topicAliasesExceeded++;
    throw new Violation(0x94, 'MQTT-3.3.2-9', 'topic alias above Topic Alias Maximum');
  }
  throw new Violation(0x82, 'MQTT-3.3.2-7', 'topic alias that was never set on this connection');
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
