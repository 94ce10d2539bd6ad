/**
 * CONNECT: everything in it is checked before any session is touched [C17] [C18]; then takeover, session, CONNACK, and
 * what waited (§3.1.4). Who it is says the door; the AUTH packets of that stand in `authenticate.ts`.
 */
import {
  type Connack,
  type Connect,
  encodedLength,
  type Properties,
  type ProtocolVersion,
  type ReasonCodeOf,
} from '@mqtt/codec';
import { InboundAliases } from '@mqtt/session';
import type { Acceptance, Client, Credentials, ExchangeSuccess } from '../access/access.ts';
import { isTellable } from '../access/refusal.ts';
import { announced } from '../features.ts';
import { tell } from '../hooks.ts';
import type { StoredWill } from '../schedule.ts';
import { keepSession } from '../session/record.ts';
import type { Session } from '../session/session.ts';
import { mark, whenKept } from './acknowledgements.ts';
import { beginAuthentication } from './authenticate.ts';
import { isChoiceAccepted, isClientIdAccepted, newClientId } from './client-id.ts';
import { type Details, finish, linger } from './disconnect.ts';
import { isAcceptedBelow } from './mount.ts';
import type { Outcome, Peer } from './peer.ts';
import { isNoText, unservedMessage } from './served.ts';
import { hasControlCharacter } from './topics.ts';
import { areUserPropertiesWithin } from './user-properties.ts';
import { storedWill, willOf } from './will.ts';

type RefusalCode = Exclude<ReasonCodeOf<'CONNACK'>, 0>;

/** 5.0 reason code -> 3.x return code; what has none ends without CONNACK (3.1.1 [MQTT-3.2.2-6]). */
const returnCodes = new Map<number, 1 | 2 | 3 | 4 | 5>([
  [0x84, 1],
  [0x85, 2],
  [0x88, 3],
  [0x9c, 3],
  [0x9d, 3],
  [0x89, 3],
  [0x97, 3],
  [0x9f, 3],
  [0x86, 4],
  [0x87, 5],
  [0x8a, 5],
  [0x8c, 5],
]);

/** A CONNECT came. */
export function receiveConnect(peer: Peer, packet: Connect): void {
  peer.phase = 'asked';
  peer.version = packet.version;
  const properties: Properties<'CONNECT'> | undefined = packet.properties;
  peer.maximumPacketSize = properties?.maximumPacketSize ?? Number.POSITIVE_INFINITY;
  const { maximumOutboundTopicAliases } = peer.rooms.limits;
  peer.topicAliasMaximum = Math.min(properties?.topicAliasMaximum ?? 0, maximumOutboundTopicAliases);
  peer.wantsProblemInformation = properties?.requestProblemInformation ?? true;
  const clientId = packet.clientId === '' ? newClientId(peer) : packet.clientId;
  peer.caller = { clientId, username: packet.username };
  const refusal = peer.refusal ?? check(peer, packet);
  if (refusal !== 0) {
    refuse(peer, refusal);
    return;
  }
  const credentials = credentialsOf(peer, packet, clientId);
  if (properties?.authenticationMethod === undefined) {
    peer.after(peer.rooms.door.authenticate(credentials), (answer) => {
      if ('reasonCode' in answer) refuseFor(peer, answer);
      else enter(peer, packet, credentials, answer);
    });
  } else {
    beginAuthentication(peer, credentials, properties, (outcome) => {
      if (outcome.reasonCode !== 0) refuseFor(peer, outcome);
      else enter(peer, packet, credentials, outcome, outcome.authenticationData);
    });
  }
}

/** It is known who comes, and under which client id; no session was looked for yet. */
function enter(
  peer: Peer,
  packet: Connect,
  credentials: Credentials,
  { identity, clientId = credentials.clientId, attributes }: Acceptance,
  data?: Uint8Array,
): void {
  if (clientId !== credentials.clientId && !isChoiceAccepted(peer, packet, clientId)) refuse(peer, 0x85);
  else authorizeWill(peer, packet, clientOf(peer, { ...credentials, clientId }, identity, attributes), data);
}

/** What the hooks see of a CONNECT before it is answered. */
function credentialsOf(peer: Peer, packet: Connect, clientId: string): Credentials {
  const { username, password, version, cleanStart, keepAlive } = packet;
  const properties: Properties<'CONNECT'> | undefined = packet.properties;
  const { userProperties = [] } = properties ?? {};
  const { origin } = peer.link;
  return {
    clientId,
    username,
    password,
    version,
    peer: peer.link.peer,
    listener: origin?.listener,
    certificate: origin?.certificate,
    pskIdentity: origin?.pskIdentity,
    cleanStart,
    keepAlive,
    userProperties,
  };
}

/** What they see of the client from then on: no password. */
function clientOf(
  { rooms }: Peer,
  credentials: Credentials,
  identity: string,
  attributes: Client['attributes'],
): Client {
  const { clientId, username, version, peer, listener, certificate, pskIdentity } = credentials;
  const mountPoint = rooms.mountPoint === '' ? undefined : rooms.mountPoint;
  const proofs = { certificate, pskIdentity, identity, ...(attributes === undefined ? {} : { attributes }) };
  return { clientId, username, version, peer, listener, mountPoint, ...proofs };
}

/** Refuses a CONNECT as a hook said. */
function refuseFor(peer: Peer, { reasonCode, ...details }: Exclude<Outcome, ExchangeSuccess>): void {
  refuse(peer, reasonCode, undefined, details);
}

/** Refuses a CONNECT, or bytes that were to be one: CONNACK with the reason, then a close [MQTT-3.2.2-7]. */
export function refuse(peer: Peer, reasonCode: RefusalCode, statement?: string, details?: Details): void {
  peer.rooms.metrics.connectsRefused++;
  const returnCode = returnCodes.get(reasonCode);
  if (peer.version === 5) {
    peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode, properties: details }); // [MQTT-3.2.2-6]
  } else if (returnCode !== undefined) {
    peer.send({ type: 'CONNACK', sessionPresent: false, reasonCode: returnCode });
  }
  finish(peer, { reasonCode, statement, byBroker: true });
  peer.outbox.end();
  linger(peer);
}

/** What can be said without asking anybody; 0 when nothing speaks against it. */
function check(peer: Peer, packet: Connect): RefusalCode | 0 {
  const { limits, metrics, mountPoint } = peer.rooms;
  const { will, username } = packet;
  const properties: Properties<'CONNECT'> | undefined = packet.properties;
  const willProperties: Properties<'WILL'> | undefined = will?.properties;
  if (peer.rooms.overload.level >= 2) {
    metrics.connectsShed++;
    return 0x89;
  }
  if (!peer.rooms.handshake.protocolVersions.includes(packet.version)) return 0x84; // [MQTT-3.1.2-2]
  if (!isClientIdAccepted(peer, packet)) return 0x85; // [MQTT-3.1.3-8]
  if (username !== undefined && hasControlCharacter(username)) return 0x86;
  const isWithin =
    areUserPropertiesWithin(properties?.userProperties, limits) &&
    areUserPropertiesWithin(willProperties?.userProperties, limits);
  if (!isWithin) {
    metrics.userPropertiesRefused++;
    return 0x97;
  }
  if (will !== undefined && !isAcceptedBelow(mountPoint, will.topic, limits)) {
    metrics.topicsRefused++;
    return 0x90;
  }
  return will === undefined ? 0 : checkWill(peer, will, willProperties);
}

/** What is not served is not served in a will [MQTT-3.2.2-12] [MQTT-3.2.2-13]; nor is text that is none (§3.2.2.2). */
function checkWill(
  { rooms }: Peer,
  { qos, retain, payload }: NonNullable<Connect['will']>,
  properties: Properties<'WILL'> | undefined,
): 0 | 0x83 | 0x99 | 0x9a | 0x9b {
  const { maximumPayloadSize } = rooms.limits;
  if (maximumPayloadSize > 0 && payload.length > maximumPayloadSize) {
    rooms.metrics.payloadsRefused++;
    return 0x83;
  }
  if (properties?.payloadFormatIndicator === 1 && isNoText(rooms.features, payload)) return 0x99;
  return unservedMessage(rooms.features, qos, retain);
}

/** A will is a PUBLISH to come: permitted now or refused now [E01]. */
function authorizeWill(peer: Peer, packet: Connect, client: Client, data?: Uint8Array): void {
  const { will } = packet;
  const { door, mountPoint } = peer.rooms;
  const allowed = will === undefined || door.publish(client, mountPoint + will.topic, will.qos, will.retain);
  peer.after(allowed, (isAllowed) => {
    if (isAllowed) accept(peer, packet, client, data);
    else refuse(peer, 0x87);
  });
}

/** Takes over, resumes or makes the session, and says so. */
function accept(peer: Peer, packet: Connect, client: Client, data?: Uint8Array): void {
  const { registry, schedule, limits, metrics, connectionsOf, keeping, mountPoint } = peer.rooms;
  const { clientId, identity } = client;
  const refusal = registry.refuses(clientId, identity);
  if (refusal !== undefined) {
    refuse(peer, refusal === 'other-identity' ? 0x85 : 0x97);
    return;
  }
  // Whom it takes over makes room for it.
  if (registry.get(clientId)?.attachment === undefined && connectionsOf.isFull(identity)) {
    refuse(peer, 0x97);
    return;
  }
  const keepAlive = grantedKeepAlive(packet.keepAlive, limits.maximumKeepAlive);
  const answer = connack(peer, packet, client, keepAlive, data);
  // Without CONNACK nothing else may be sent [MQTT-3.2.0-1]: the client must take a packet as large as that.
  if (encodedLength<ProtocolVersion>(answer, peer.version) > peer.maximumPacketSize) {
    refuse(peer, 0x83);
    return;
  }
  const expiryInterval = grantedExpiry(packet, limits.maximumSessionExpiry);
  if (expiryInterval > 0 && keeping?.isFull) {
    metrics.storeRefused++;
    refuse(peer, 0x97);
    return;
  }
  const will = willOf(packet, mountPoint);
  const stored = will && storedWill(peer.rooms, client, will);
  if (stored !== undefined && !isWillWithin(peer, stored, registry.get(clientId))) {
    metrics.willsRefused++;
    refuse(peer, 0x97);
    return;
  }
  const since = mark(peer.rooms);
  registry.get(clientId)?.attachment?.takenOver(); // [MQTT-3.1.4-3]; may end the session
  const before = registry.get(clientId);
  // A session is one of its mount point: from another, none of it could be seen.
  const isAnew = packet.cleanStart || before?.mountPoint !== mountPoint;
  if (before !== undefined && isAnew) schedule.endSession(before); // [MQTT-3.1.2-4]
  const resumed = isAnew ? undefined : before;
  const session = resumed ?? registry.create(clientId, identity, mountPoint);
  schedule.attached(session, stored);
  session.expiryInterval = expiryInterval;
  peer.client = client;
  peer.caller = undefined;
  peer.session = session;
  peer.will = stored;
  if (keeping !== undefined) keepSession(keeping, session, client, will);
  const properties: Properties<'CONNECT'> | undefined = packet.properties;
  peer.receiveMaximum = Math.min(properties?.receiveMaximum ?? 65_535, limits.maximumInflight);
  if (peer.version === 5) peer.aliases = new InboundAliases(limits.topicAliasMaximum);
  // 3.1 has no Session Present.
  const told = { ...answer, sessionPresent: resumed !== undefined && peer.version > 3 } as Connack;
  const welcome = (): void => begin(peer, packet, client, session, told, resumed !== undefined);
  if (mark(peer.rooms) === since) welcome();
  else {
    session.reserve(peer); // nothing may come before CONNACK: until then it is sent nothing, and nothing of it is read
    peer.hold();
    whenKept(peer, since, () => {
      welcome();
      peer.release();
    });
  }
}

/** Whether there is room for one more will, in place of the one that its session has. */
function isWillWithin({ rooms }: Peer, { bytes }: StoredWill, before: Session | undefined): boolean {
  const { totals, limits } = rooms;
  return totals.willBytes - (before?.heldWill?.bytes ?? 0) + bytes <= limits.maximumWillBytes;
}

/** The session's record is kept: CONNACK, and what waited. */
function begin(
  peer: Peer,
  packet: Connect,
  client: Client,
  session: Session,
  connack: Connack,
  isResumed: boolean,
): void {
  const { limits, metrics, hooks, connectionsOf } = peer.rooms;
  peer.send(connack);
  peer.phase = 'connected';
  peer.decoder.maximumPacketSize = limits.maximumPacketSize;
  const keepAlive = grantedKeepAlive(packet.keepAlive, limits.maximumKeepAlive);
  startKeepAlive(peer, peer.version === 5 ? keepAlive : packet.keepAlive);
  if (peer.version === 5 && keepAlive !== packet.keepAlive) metrics.keepAlivesShortened++;
  metrics.connectsAccepted++;
  connectionsOf.add(client.identity);
  session.attach(peer, peer.version === 5 ? limits.receiveMaximum : limits.maximumReceived3);
  tell(metrics, hooks.onConnect, client, isResumed);
  session.resume();
}

/** CONNACK 0x00 for a new session, with what 5.0 clients must know of us (§3.2.2.3). */
function connack(
  peer: Peer,
  packet: Connect,
  client: Client,
  keepAlive: number,
  authenticationData: Uint8Array | undefined,
): Connack {
  if (peer.version < 5) return { type: 'CONNACK', sessionPresent: false, reasonCode: 0 };
  const { limits, features } = peer.rooms;
  const properties: Properties<'CONNECT'> | undefined = packet.properties;
  const wanted = properties?.sessionExpiryInterval ?? 0;
  return {
    type: 'CONNACK',
    sessionPresent: false,
    reasonCode: 0,
    properties: {
      ...(wanted > limits.maximumSessionExpiry ? { sessionExpiryInterval: limits.maximumSessionExpiry } : {}),
      ...(packet.clientId === '' ? { assignedClientIdentifier: client.clientId } : {}), // [MQTT-3.1.3-7]
      ...(keepAlive === packet.keepAlive ? {} : { serverKeepAlive: keepAlive }),
      receiveMaximum: limits.receiveMaximum,
      maximumPacketSize: limits.maximumPacketSize,
      topicAliasMaximum: limits.topicAliasMaximum,
      // [MQTT-4.12.0-5]; without a method in CONNECT neither [MQTT-4.12.0-6]
      authenticationMethod: peer.authentication?.method,
      authenticationData,
      ...announced(features),
      ...responseInformation(peer, client, properties?.requestResponseInformation),
    },
  };
}

/** Response Information, for a client that asked [MQTT-3.1.2-28]. Telling nothing is always right (§3.1.2.11.6). */
function responseInformation(
  peer: Peer,
  client: Client,
  isWanted: boolean | undefined,
): { readonly responseInformation: string } | undefined {
  const { handshake, metrics } = peer.rooms;
  if (isWanted !== true || handshake.responseInformation === undefined) return undefined;
  try {
    const told = { responseInformation: handshake.responseInformation(client) };
    if (told.responseInformation === undefined) return undefined;
    if (isTellable('CONNACK', told)) return told as { readonly responseInformation: string };
  } catch {
    // counted as any answer that cannot be told
  }
  metrics.hooksFailed++;
  return undefined;
}

function grantedExpiry(packet: Connect, most: number): number {
  const properties: Properties<'CONNECT'> | undefined = packet.properties;
  if (packet.version === 5) return Math.min(properties?.sessionExpiryInterval ?? 0, most);
  return packet.cleanStart ? 0 : most;
}

function grantedKeepAlive(wanted: number, most: number): number {
  return most > 0 && (wanted === 0 || wanted > most) ? most : wanted;
}

/** The deadline moves when it comes, not with every packet. */
function startKeepAlive(peer: Peer, keepAlive: number): void {
  const { wheel } = peer.rooms;
  peer.silence = keepAlive * 1500; // [MQTT-3.1.2-22]
  peer.lastReceived = wheel.now;
  if (peer.silence > 0) wheel.set(peer.timer, peer.silence);
  else wheel.clear(peer.timer);
}
