/**
 * A session, a subscription, a QoS 2 packet id and a delivery's progress as bytes. Knows no table and no checksum.
 */
import type { KeptSession, KeptSubscription, KeptWill, SessionKey } from '@mqtt/broker/store';
import { mostBytes, type Reader, RecordError, type Writer } from './bytes.ts';
import { propertiesBytes, readProperties, writeProperties } from './message.ts';

const AWAY = 0x01;
const WILL = 0x02;

const WILL_RETAIN = 0x04;
const WILL_PROPERTIES = 0x08;

const NO_LOCAL = 0x04;
const RETAIN_AS_PUBLISHED = 0x08;
const IDENTIFIER = 0x10;

/** A session and its client as JSON, because a store keeps whatever stands in that. */
export interface SessionRecord {
  readonly session: KeptSession;
  readonly client: string;
}

/** Most bytes that `writeSession` writes. */
export function sessionBytes({ session, client }: SessionRecord): number {
  const { clientId, identity, will } = session;
  const rest =
    will === undefined ? 0 : mostBytes(will.topic) + will.payload.length + propertiesBytes(will.properties);
  return 64 + mostBytes(clientId) + mostBytes(identity) + mostBytes(client) + rest;
}

/** Writes a session; needs `sessionBytes` of room. */
export function writeSession(writer: Writer, { session, client }: SessionRecord): void {
  const { clientId, identity, expiryInterval, awaySince, will } = session;
  writer.byte((awaySince === undefined ? 0 : AWAY) | (will === undefined ? 0 : WILL));
  writer.text(clientId);
  writer.text(identity);
  writer.varint(expiryInterval);
  if (awaySince !== undefined) writer.varint(awaySince);
  writer.text(client);
  if (will !== undefined) writeWill(writer, will);
}

/** Reads what `writeSession` wrote. */
export function readSession(reader: Reader): KeptSession {
  const flags = reader.byte();
  return {
    clientId: reader.text(),
    identity: reader.text(),
    expiryInterval: reader.varint(),
    awaySince: flags & AWAY ? reader.varint() : undefined,
    client: readClient(reader),
    will: flags & WILL ? readWill(reader) : undefined,
  };
}

function readClient(reader: Reader): KeptSession['client'] {
  try {
    return JSON.parse(reader.text()) as KeptSession['client'];
  } catch (error) {
    throw new RecordError('its client is not JSON', { cause: error });
  }
}

function writeWill(writer: Writer, { topic, payload, qos, retain, properties, delay }: KeptWill): void {
  writer.byte(qos | (retain ? WILL_RETAIN : 0) | (properties === undefined ? 0 : WILL_PROPERTIES));
  writer.varint(delay);
  writer.text(topic);
  if (properties !== undefined) writeProperties(writer, properties);
  writer.raw(payload);
}

function readWill(reader: Reader): KeptWill {
  const flags = reader.byte();
  const delay = reader.varint();
  const topic = reader.text();
  const properties = flags & WILL_PROPERTIES ? readProperties(reader) : undefined;
  const retain = (flags & WILL_RETAIN) !== 0;
  return { topic, payload: reader.rest().slice(), qos: readQos(flags), retain, properties, delay };
}

/** A subscription and whose it is. */
export interface SubscriptionRecord {
  readonly session: SessionKey;
  readonly subscription: KeptSubscription;
}

/** Most bytes that `writeSubscription` writes. */
export function subscriptionBytes({ subscription }: SubscriptionRecord): number {
  return 32 + mostBytes(subscription.topicFilter);
}

/** Writes a subscription; needs `subscriptionBytes` of room. */
export function writeSubscription(writer: Writer, { session, subscription }: SubscriptionRecord): void {
  const { topicFilter, qos, noLocal, retainAsPublished, identifier } = subscription;
  let flags: number = qos;
  if (noLocal) flags |= NO_LOCAL;
  if (retainAsPublished) flags |= RETAIN_AS_PUBLISHED;
  if (identifier !== undefined) flags |= IDENTIFIER;
  writer.varint(session);
  writer.byte(flags);
  if (identifier !== undefined) writer.varint(identifier);
  writer.text(topicFilter);
}

/** Reads what `writeSubscription` wrote. */
export function readSubscription(reader: Reader): SubscriptionRecord {
  const session = reader.varint();
  const flags = reader.byte();
  const identifier = flags & IDENTIFIER ? reader.varint() : undefined;
  const subscription: KeptSubscription = {
    topicFilter: reader.text(),
    qos: readQos(flags),
    noLocal: (flags & NO_LOCAL) !== 0,
    retainAsPublished: (flags & RETAIN_AS_PUBLISHED) !== 0,
    identifier,
  };
  return { session, subscription };
}

/** A QoS 2 packet id that a session's client sent. */
export interface HeldRecord {
  readonly session: SessionKey;
  readonly packetId: number;
}

/** Most bytes that `writeHeld` writes. */
export const SMALL_BYTES = 24;

/** Writes a packet id; needs `SMALL_BYTES` of room. */
export function writeHeld(writer: Writer, { session, packetId }: HeldRecord): void {
  writer.varint(session);
  writer.varint(packetId);
}

/** Reads what `writeHeld` wrote. */
export function readHeld(reader: Reader): HeldRecord {
  return { session: reader.varint(), packetId: reader.varint() };
}

/** How far a delivery is, once it has a packet id. */
export interface ProgressRecord {
  readonly packetId: number;
  readonly isReleased: boolean;
}

/** Deliveries that were sent one after the other, of any sessions: with a record each, a session that comes back is three times slower. */
export interface SentRecord {
  /** Key and packet id in turn. */
  readonly sent: readonly number[];
}

const SENT = 1;
const RELEASED = 2;
const SENT_TOGETHER = 3;

/** Most bytes that `writeProgress` writes. */
export function progressBytes(progress: ProgressRecord | SentRecord): number {
  return 'sent' in progress ? SMALL_BYTES + progress.sent.length * 8 : SMALL_BYTES;
}

/** Writes a progress; needs `progressBytes` of room. */
export function writeProgress(writer: Writer, progress: ProgressRecord | SentRecord): void {
  if ('sent' in progress) {
    writer.byte(SENT_TOGETHER);
    writer.varint(progress.sent.length / 2);
    for (const number of progress.sent) writer.varint(number);
    return;
  }
  writer.byte(progress.isReleased ? RELEASED : SENT);
  writer.varint(progress.packetId);
}

/** Reads what `writeProgress` wrote. */
export function readProgress(reader: Reader): ProgressRecord | SentRecord {
  const state = reader.byte();
  if (state === SENT_TOGETHER) {
    const sent: number[] = [];
    for (let left = reader.varint(); left > 0; left--) sent.push(reader.varint(), reader.varint());
    return { sent };
  }
  if (state !== SENT && state !== RELEASED) throw new RecordError(`no delivery is in state ${state}`);
  return { isReleased: state === RELEASED, packetId: reader.varint() };
}

function readQos(flags: number): 0 | 1 | 2 {
  const qos = flags & 0x03;
  if (qos === 0 || qos === 1 || qos === 2) return qos;
  throw new RecordError('no QoS is 3');
}
