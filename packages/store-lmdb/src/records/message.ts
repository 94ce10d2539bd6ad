/**
 * A message as bytes: what a queue record and a retained record hold. The payload comes last, so that everything else
 * can be read without it. Knows no table and no checksum.
 */
import type { KeptMessage } from '@mqtt/broker/store';
import { mostBytes, type Reader, RecordError, type Writer } from './bytes.ts';

/** The properties that are kept with a message or a will. */
export type KeptProperties = NonNullable<KeptMessage['properties']>;

const RETAIN = 0x04;
const PROPERTIES = 0x08;
const PUBLISHER = 0x10;
const EXPIRES = 0x20;
const SOURCE = 0x40;

const FORMAT_INDICATOR = 0x01;
const EXPIRY = 0x02;
const CONTENT_TYPE = 0x04;
const RESPONSE_TOPIC = 0x08;
const CORRELATION = 0x10;
const USER_PROPERTIES = 0x20;

/** Most bytes that `writeMessage` writes. */
export function messageBytes(message: KeptMessage): number {
  const { topic, payload, publisher, source, properties } = message;
  const origin = source === undefined ? 0 : mostBytes(source.identity) + mostBytes(source.listener ?? '');
  return (
    48 + origin + mostBytes(topic) + payload.length + mostBytes(publisher ?? '') + propertiesBytes(properties)
  );
}

/** Writes a message; needs `messageBytes` of room. */
export function writeMessage(writer: Writer, message: KeptMessage): void {
  const { topic, payload, qos, retain, properties, publisher, source } = message;
  const { arrivedAt, expiresAt, size } = message;
  let flags: number = qos;
  if (retain) flags |= RETAIN;
  if (properties !== undefined) flags |= PROPERTIES;
  if (publisher !== undefined) flags |= PUBLISHER;
  if (expiresAt !== undefined) flags |= EXPIRES;
  if (source !== undefined) flags |= SOURCE;
  writer.byte(flags);
  writer.varint(size);
  writer.varint(arrivedAt);
  if (expiresAt !== undefined) writer.varint(expiresAt);
  writer.text(topic);
  if (publisher !== undefined) writer.text(publisher);
  if (source !== undefined) {
    writer.text(source.identity);
    writer.text(source.listener ?? ''); // no listener is called nothing
  }
  if (properties !== undefined) writeProperties(writer, properties);
  writer.raw(payload);
}

/** Reads of a message what is wanted while it lies in the file: a million of them are not to be decoded for it. */
export function readMessageHead(
  reader: Reader,
): Pick<KeptMessage, 'topic' | 'size' | 'arrivedAt' | 'expiresAt'> {
  const flags = reader.byte();
  const size = reader.varint();
  const arrivedAt = reader.varint();
  const expiresAt = flags & EXPIRES ? reader.varint() : undefined;
  return { topic: reader.text(), size, arrivedAt, expiresAt };
}

/** Reads how large a message is. */
export function readMessageSize(reader: Reader): number {
  reader.byte();
  return reader.varint();
}

/** Where the payload of a message that is read goes to. */
export interface Payloads {
  /** A copy. */
  bytes(view: Uint8Array): Uint8Array;
}

/** Reads a message; its payload is a view on the record, or what `payloads` makes of that. */
export function readMessage(reader: Reader, payloads?: Payloads): KeptMessage {
  const flags = reader.byte();
  const qos = flags & 0x03;
  if (qos !== 0 && qos !== 1 && qos !== 2) throw new RecordError('no QoS is 3');
  const size = reader.varint();
  const arrivedAt = reader.varint();
  const expiresAt = flags & EXPIRES ? reader.varint() : undefined;
  const topic = reader.text();
  const publisher = flags & PUBLISHER ? reader.text() : undefined;
  const source = flags & SOURCE ? readSource(reader) : undefined;
  const properties = flags & PROPERTIES ? readProperties(reader) : undefined;
  const retain = (flags & RETAIN) !== 0;
  const view = reader.rest();
  const payload = payloads === undefined ? view : payloads.bytes(view);
  const message = { topic, payload, qos, retain, properties, publisher, arrivedAt, expiresAt, size } as const;
  return source === undefined ? message : { ...message, source };
}

function readSource(reader: Reader): NonNullable<KeptMessage['source']> {
  const identity = reader.text();
  return { identity, listener: reader.text() || undefined };
}

/** Most bytes that `writeProperties` writes. */
export function propertiesBytes(properties: KeptProperties | undefined): number {
  if (properties === undefined) return 0;
  let bytes = 32 + mostBytes(properties.contentType ?? '') + mostBytes(properties.responseTopic ?? '');
  bytes += (properties.correlationData?.length ?? 0) + 8;
  for (const [name, value] of properties.userProperties ?? []) bytes += mostBytes(name) + mostBytes(value);
  return bytes;
}

/** Every property of PUBLISH that is forwarded; an alias or a subscription identifier never is (§3.3.2.3). */
export function writeProperties(writer: Writer, properties: KeptProperties): void {
  const { payloadFormatIndicator, messageExpiryInterval, contentType, responseTopic } = properties;
  const { correlationData, userProperties } = properties;
  let flags = 0;
  if (payloadFormatIndicator !== undefined) flags |= FORMAT_INDICATOR;
  if (messageExpiryInterval !== undefined) flags |= EXPIRY;
  if (contentType !== undefined) flags |= CONTENT_TYPE;
  if (responseTopic !== undefined) flags |= RESPONSE_TOPIC;
  if (correlationData !== undefined) flags |= CORRELATION;
  if (userProperties !== undefined) flags |= USER_PROPERTIES;
  writer.byte(flags);
  if (payloadFormatIndicator !== undefined) writer.byte(payloadFormatIndicator);
  if (messageExpiryInterval !== undefined) writer.varint(messageExpiryInterval);
  if (contentType !== undefined) writer.text(contentType);
  if (responseTopic !== undefined) writer.text(responseTopic);
  if (correlationData !== undefined) writer.bytes(correlationData);
  if (userProperties === undefined) return;
  writer.varint(userProperties.length);
  for (const [name, value] of userProperties) {
    writer.text(name);
    writer.text(value);
  }
}

/** Reads what `writeProperties` wrote. */
export function readProperties(reader: Reader): KeptProperties {
  const flags = reader.byte();
  return {
    ...(flags & FORMAT_INDICATOR ? { payloadFormatIndicator: reader.byte() === 1 ? 1 : 0 } : undefined),
    ...(flags & EXPIRY ? { messageExpiryInterval: reader.varint() } : undefined),
    ...(flags & CONTENT_TYPE ? { contentType: reader.text() } : undefined),
    ...(flags & RESPONSE_TOPIC ? { responseTopic: reader.text() } : undefined),
    ...(flags & CORRELATION ? { correlationData: reader.bytes().slice() } : undefined),
    ...(flags & USER_PROPERTIES ? { userProperties: readPairs(reader) } : undefined),
  };
}

function readPairs(reader: Reader): readonly (readonly [string, string])[] {
  const pairs: (readonly [string, string])[] = [];
  for (let left = reader.varint(); left > 0; left--) pairs.push([reader.text(), reader.text()]);
  return pairs;
}

/** Properties that share no bytes with what was told. */
export function copyOfProperties(properties: KeptProperties | undefined): KeptProperties | undefined {
  if (properties?.correlationData === undefined) return properties;
  return { ...properties, correlationData: new Uint8Array(properties.correlationData) };
}
