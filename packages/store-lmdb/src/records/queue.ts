/**
 * The records of the queue as bytes: a delivery that holds its message, a delivery that names the record of a message it
 * shares with others, and such a message. Knows no table and no checksum.
 */
import type { Delivery, DeliveryKey, KeptMessage, SessionKey } from '@mqtt/broker/store';
import { mostBytes, type Reader, RecordError, type Writer } from './bytes.ts';
import { messageBytes, type Payloads, readMessage, readMessageSize, writeMessage } from './message.ts';
import { type ProgressRecord, SMALL_BYTES } from './session.ts';

const MESSAGE = 1;
const WHOLE = 2;
const SHARED = 3;

const QOS_2 = 0x01;
const RETAIN = 0x02;
const IDENTIFIERS = 0x04;
const SHARE = 0x08;
const SENT = 0x10;
const RELEASED = 0x20;

/** What a record of the queue says of a delivery. */
export interface Head extends Delivery {
  readonly session: SessionKey;
  readonly progress: ProgressRecord | undefined;
}

/** Where a delivery's message is. */
export type Body = { readonly message: KeptMessage } | { readonly key: DeliveryKey; readonly size: number };

/** A record of the queue, read. */
export type QueueRecord =
  | { readonly kind: 'message'; readonly message: KeptMessage }
  | { readonly kind: 'delivery'; readonly head: Head; readonly body: Body };

/** Most bytes that `writeMessageRecord` writes. */
export function messageRecordBytes(message: KeptMessage): number {
  return 1 + messageBytes(message);
}

/** Writes a message that deliveries share; needs `messageRecordBytes` of room. */
export function writeMessageRecord(writer: Writer, message: KeptMessage): void {
  writer.byte(MESSAGE);
  writeMessage(writer, message);
}

/** Most bytes that `writeDelivery` writes. */
export function deliveryBytes({ identifiers, share }: Head, body: Body): number {
  const head = SMALL_BYTES + 32 + (identifiers?.length ?? 0) * 8 + mostBytes(share ?? '');
  return 'message' in body ? head + messageBytes(body.message) : head;
}

/** Writes a delivery; needs `deliveryBytes` of room. */
export function writeDelivery(writer: Writer, head: Head, body: Body): void {
  const { session, qos, retain, identifiers, share, progress } = head;
  let flags = qos === 2 ? QOS_2 : 0;
  if (retain) flags |= RETAIN;
  if (identifiers !== undefined) flags |= IDENTIFIERS;
  if (share !== undefined) flags |= SHARE;
  if (progress !== undefined) flags |= progress.isReleased ? RELEASED : SENT;
  writer.byte('message' in body ? WHOLE : SHARED);
  writer.byte(flags);
  writer.varint(session);
  if (progress !== undefined) writer.varint(progress.packetId);
  if (identifiers !== undefined) {
    writer.varint(identifiers.length);
    for (const identifier of identifiers) writer.varint(identifier);
  }
  if (share !== undefined) writer.text(share);
  if ('message' in body) {
    writeMessage(writer, body.message);
  } else {
    writer.varint(body.key);
    writer.varint(body.size);
  }
}

/** Reads a record of the queue; a payload is a view on it. */
export function readQueueRecord(reader: Reader): QueueRecord {
  const kind = reader.byte();
  if (kind === MESSAGE) return { kind: 'message', message: readMessage(reader) };
  if (kind !== WHOLE && kind !== SHARED) throw new RecordError(`no record of the queue begins with ${kind}`);
  const head = readHead(reader);
  if (kind === WHOLE) return { kind: 'delivery', head, body: { message: readMessage(reader) } };
  return { kind: 'delivery', head, body: { key: reader.varint(), size: reader.varint() } };
}

/** A delivery and its message, or the key of the record that has that. */
export interface Found extends Delivery {
  readonly message: KeptMessage | undefined;
  readonly key: DeliveryKey | undefined;
}

/** Reads a delivery that is wanted; undefined for the record of a message. */
export function readDelivery(reader: Reader, payloads: Payloads): Found | undefined {
  const kind = reader.byte();
  if (kind === MESSAGE) return undefined;
  if (kind !== WHOLE && kind !== SHARED) throw new RecordError(`no record of the queue begins with ${kind}`);
  const flags = reader.byte();
  reader.varint();
  if (flags & (SENT | RELEASED)) reader.varint();
  const identifiers = flags & IDENTIFIERS ? readIdentifiers(reader) : undefined;
  const share = flags & SHARE ? reader.text() : undefined;
  const message = kind === WHOLE ? readMessage(reader, payloads) : undefined;
  const key = kind === SHARED ? reader.varint() : undefined;
  return { qos: flags & QOS_2 ? 2 : 1, retain: (flags & RETAIN) !== 0, identifiers, share, message, key };
}

/** Reads a message that deliveries share; undefined for another record. */
export function readSharedMessage(reader: Reader, payloads: Payloads): KeptMessage | undefined {
  return reader.byte() === MESSAGE ? readMessage(reader, payloads) : undefined;
}

/** Of a delivery's record, all but its message. */
export interface QueueHead {
  readonly head: Head;
  /** Of its message. */
  readonly size: number;
  /** Where its message is when it shares that. */
  readonly sharedKey: DeliveryKey | undefined;
}

/** Reads a delivery without its message; undefined for the record of a message. */
export function readQueueHead(reader: Reader): QueueHead | undefined {
  const kind = reader.byte();
  if (kind === MESSAGE) return undefined;
  if (kind !== WHOLE && kind !== SHARED) throw new RecordError(`no record of the queue begins with ${kind}`);
  const head = readHead(reader);
  if (kind === WHOLE) return { head, size: readMessageSize(reader), sharedKey: undefined };
  const sharedKey = reader.varint();
  return { head, size: reader.varint(), sharedKey };
}

function readHead(reader: Reader): Head {
  const flags = reader.byte();
  const session = reader.varint();
  const isReleased = (flags & RELEASED) !== 0;
  const progress = flags & (SENT | RELEASED) ? { packetId: reader.varint(), isReleased } : undefined;
  const identifiers = flags & IDENTIFIERS ? readIdentifiers(reader) : undefined;
  const share = flags & SHARE ? reader.text() : undefined;
  const retain = (flags & RETAIN) !== 0;
  return { session, qos: flags & QOS_2 ? 2 : 1, retain, identifiers, share, progress };
}

function readIdentifiers(reader: Reader): readonly number[] {
  const identifiers: number[] = [];
  for (let left = reader.varint(); left > 0; left--) identifiers.push(reader.varint());
  return identifiers;
}
