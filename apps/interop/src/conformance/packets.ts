/** Short words for the packets of a case: what is not said has its plainest value. Data in, data out. */
import type { NonEmpty, Properties, QoS, ReasonCodeOf, Subscription } from '@mqtt/codec';
import type { Draft, Expected, Hello, Kept, Piece } from './case.ts';

const utf8 = new TextEncoder();

/** CONNECT as `hello`: a new session, no keep alive, no will. The client id is needed where no connection gives one. */
export function connect(hello: Hello & { readonly clientId: string }): Draft {
  const { will, ...rest } = hello;
  const plain = { type: 'CONNECT', version: 5, cleanStart: true, keepAlive: 0 } as const;
  if (will === undefined) return { ...plain, ...rest };
  return { ...plain, ...rest, will: { payload: new Uint8Array(), qos: 0, retain: false, ...will } };
}

/** What stands in a PUBLISH beside topic and payload. */
interface PublishFields {
  readonly qos?: QoS;
  readonly packetId?: number | Kept;
  readonly retain?: boolean;
  readonly dup?: boolean;
  readonly properties?: Properties<'PUBLISH'>;
}

/** PUBLISH; QoS 1 and 2 with packet id 1 unless it is said. */
export function publish(topic: string, payload: string, fields: PublishFields = {}): Draft {
  const { qos = 0, packetId = 1, retain = false, dup = false, properties } = fields;
  const head = { type: 'PUBLISH', topic, payload: utf8.encode(payload), retain, properties } as const;
  return qos === 0 ? { ...head, qos, dup: false } : { ...head, qos, dup, packetId };
}

type Filter = string | (Partial<Subscription<5>> & { readonly topicFilter: string });

/** SUBSCRIBE; a filter alone asks for QoS 0. */
export function subscribe(
  packetId: number,
  filters: NonEmpty<Filter>,
  properties?: Properties<'SUBSCRIBE'>,
): Draft {
  const [first, ...more] = filters;
  return {
    type: 'SUBSCRIBE',
    packetId,
    subscriptions: [subscription(first), ...more.map(subscription)],
    properties,
  };
}

function subscription(filter: Filter): Subscription<5> {
  const plain = { qos: 0, noLocal: false, retainAsPublished: false, retainHandling: 0 } as const;
  return typeof filter === 'string' ? { ...plain, topicFilter: filter } : { ...plain, ...filter };
}

/** UNSUBSCRIBE. */
export function unsubscribe(packetId: number, topicFilters: NonEmpty<string>): Draft {
  return { type: 'UNSUBSCRIBE', packetId, topicFilters };
}

/** PUBACK. */
export function puback(packetId: number | Kept, reasonCode: ReasonCodeOf<'PUBACK'> = 0): Draft {
  return { type: 'PUBACK', packetId, reasonCode };
}

/** PUBREC. */
export function pubrec(packetId: number | Kept, reasonCode: ReasonCodeOf<'PUBREC'> = 0): Draft {
  return { type: 'PUBREC', packetId, reasonCode };
}

/** PUBREL. */
export function pubrel(packetId: number | Kept): Draft {
  return { type: 'PUBREL', packetId, reasonCode: 0 };
}

/** PUBCOMP. */
export function pubcomp(packetId: number | Kept): Draft {
  return { type: 'PUBCOMP', packetId, reasonCode: 0 };
}

/** DISCONNECT. */
export function disconnect(
  reasonCode: ReasonCodeOf<'DISCONNECT_CLIENT'> = 0,
  properties?: Properties<'DISCONNECT'>,
): Draft {
  return { type: 'DISCONNECT', reasonCode, properties };
}

/** PINGREQ. */
export const PINGREQ: Draft = { type: 'PINGREQ' };
/** PINGRESP. */
export const PINGRESP: Expected = { type: 'PINGRESP' };

/** Bytes that are no legal packet, and what they would say. */
export function raw(hex: string, meaning: string): Piece {
  return { hex: hex.replaceAll(' ', ''), meaning };
}

/** A legal packet with another first byte: type and flags. */
export function withFirstByte(firstByte: number, packet: Draft): Piece {
  return { packet, firstByte };
}

/** An accepting CONNACK. */
export function accepted(sessionPresent?: boolean): Expected {
  const code = { type: 'CONNACK', reasonCode: 0, returnCode: 0 } as const;
  return sessionPresent === undefined ? code : { ...code, sessionPresent };
}

/** CONNACK that refuses: with any of these, or with any at all. */
export function refused(returnCodes?: readonly number[], codes?: readonly number[]): Expected {
  return {
    type: 'CONNACK',
    sessionPresent: false,
    returnCode: returnCodes === undefined ? { atLeast: 1 } : { oneOf: returnCodes },
    reasonCode: codes === undefined ? { atLeast: 0x80 } : { oneOf: codes },
  };
}

/** CONNECT in its bytes: what a legal packet cannot say. Flags and fields as hexadecimal digits. */
export function rawConnect(
  meaning: string,
  {
    name = 'MQTT',
    level,
    flags,
    fields,
  }: { name?: string; level: number; flags: string; fields: readonly string[] },
): Piece {
  const body = [field(name), hexByte(level), flags, '0000', ...(level === 5 ? ['00'] : []), ...fields].join(
    '',
  );
  return raw(`10${hexByte(body.length / 2)}${body}`, `CONNECT ${meaning}`);
}

/** Any packet in its bytes, behind its first byte and its length; at most 127 bytes. */
export function rawPacket(firstByte: string, meaning: string, ...parts: readonly string[]): Piece {
  const body = parts.join('').replaceAll(' ', '');
  return raw(`${firstByte}${hexByte(body.length / 2)}${body}`, meaning);
}

/** A text with its length before it, as hexadecimal digits. */
export function field(text: string): string {
  const bytes = utf8.encode(text);
  return hexByte(bytes.length >> 8) + hexByte(bytes.length) + [...bytes].map(hexByte).join('');
}

function hexByte(value: number): string {
  return (value & 0xff).toString(16).padStart(2, '0');
}

/** PUBLISH that must come. */
export function message(topic: string, payload: string, fields: Omit<Expected, 'type'> = {}): Expected {
  return { type: 'PUBLISH', topic, payload, ...fields };
}

/** Clean Session 0; in 5.0 with a session that outlives its connection by a minute. */
export const KEPT: Hello = { cleanStart: false, properties: { sessionExpiryInterval: 60 } };
