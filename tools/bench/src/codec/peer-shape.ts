/**
 * The same packet in mqtt-packet's words: so that both codecs encode the same thing, and what both decoded can be
 * compared. Knows nothing of measuring.
 */
import { Buffer } from 'node:buffer';
import type { Packet, UserProperty } from '@mqtt/codec';
import type { Packet as PeerPacket } from 'mqtt-packet';

/** A packet as mqtt-packet takes and gives it, seen as plain fields. */
export type PeerFields = Readonly<Record<string, unknown>>;

const bits = new Set(['payloadFormatIndicator']);

function pairs(list: readonly UserProperty[]): Record<string, string | string[]> {
  const object: Record<string, string | string[]> = {};
  for (const [name, value] of list) {
    const before = object[name];
    object[name] = before === undefined ? value : [before, value].flat();
  }
  return object;
}

function properties(from: object | undefined): PeerFields | undefined {
  if (from === undefined) return undefined;
  const entries = Object.entries(from).filter(([, value]) => value !== undefined);
  if (entries.length === 0) return undefined;
  return Object.fromEntries(
    entries.map(([name, value]: [string, unknown]) => {
      if (name === 'userProperties') return [name, pairs(value as readonly UserProperty[])];
      if (name === 'subscriptionIdentifiers') {
        const list = value as readonly number[];
        return ['subscriptionIdentifier', list.length === 1 ? list[0] : list];
      }
      if (bits.has(name)) return [name, value === 1];
      return [name, value instanceof Uint8Array ? buffer(value) : value];
    }),
  );
}

function buffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}

function connect(packet: Extract<Packet, { type: 'CONNECT' }>): PeerFields {
  const { will } = packet;
  return {
    cmd: 'connect',
    protocolId: packet.version === 3 ? 'MQIsdp' : 'MQTT',
    protocolVersion: packet.version,
    clean: packet.cleanStart,
    clientId: packet.clientId,
    keepalive: packet.keepAlive,
    username: packet.username,
    password: packet.password === undefined ? undefined : buffer(packet.password),
    will:
      will === undefined
        ? undefined
        : {
            topic: will.topic,
            payload: buffer(will.payload),
            qos: will.qos,
            retain: will.retain,
            properties: properties(will.properties),
          },
  };
}

function subscriptions(
  packet: Extract<Packet, { type: 'SUBSCRIBE' }>,
  version: number,
): readonly PeerFields[] {
  return packet.subscriptions.map(
    ({ topicFilter: topic, qos, noLocal: nl, retainAsPublished: rap, retainHandling: rh }) =>
      version === 5 ? { topic, qos, nl, rap, rh } : { topic, qos },
  );
}

function fields(packet: Packet, version: number): PeerFields {
  switch (packet.type) {
    case 'CONNECT':
      return connect(packet);
    case 'CONNACK':
      return {
        cmd: 'connack',
        sessionPresent: packet.sessionPresent,
        [version === 5 ? 'reasonCode' : 'returnCode']: packet.reasonCode,
      };
    case 'PUBLISH': {
      const { topic, payload, retain, dup, qos } = packet;
      return {
        cmd: 'publish',
        topic,
        payload: buffer(payload),
        retain,
        dup,
        qos,
        messageId: packet.packetId,
      };
    }
    case 'SUBSCRIBE':
      return { cmd: 'subscribe', messageId: packet.packetId, subscriptions: subscriptions(packet, version) };
    case 'SUBACK':
      return { cmd: 'suback', messageId: packet.packetId, granted: packet.reasonCodes };
    case 'UNSUBSCRIBE':
      return { cmd: 'unsubscribe', messageId: packet.packetId, unsubscriptions: packet.topicFilters };
    case 'UNSUBACK':
      return {
        cmd: 'unsuback',
        messageId: packet.packetId,
        granted: version === 5 ? packet.reasonCodes : undefined,
      };
    case 'PUBACK':
    case 'PUBREC':
    case 'PUBREL':
    case 'PUBCOMP':
      return {
        cmd: packet.type.toLowerCase(),
        messageId: packet.packetId,
        reasonCode: version === 5 ? packet.reasonCode : undefined,
      };
    case 'DISCONNECT':
      return { cmd: 'disconnect', reasonCode: version === 5 ? packet.reasonCode : undefined };
    case 'AUTH':
      return { cmd: 'auth', reasonCode: packet.reasonCode };
    default:
      return { cmd: packet.type.toLowerCase() };
  }
}

/** The packet in mqtt-packet's words, without the fields that hold nothing. */
export function toPeer(packet: Packet, version: number): PeerFields {
  const all = {
    ...fields(packet, version),
    properties: 'properties' in packet ? properties(packet.properties) : undefined,
  };
  return Object.fromEntries(Object.entries(all).filter(([, value]) => value !== undefined));
}

/** The same, for mqtt-packet's own functions, whose types know nothing of fields that hold `undefined`. */
export function toPeerPacket(packet: Packet, version: number): PeerPacket {
  return toPeer(packet, version) as PeerFields & PeerPacket;
}

/** One text for one value: keys in order, bytes as hex, nothing of prototypes. */
export function canonical(value: unknown): string {
  if (value instanceof Uint8Array) return `<${buffer(value).toString('hex')}>`;
  if (Array.isArray(value)) return `[${value.map(canonical).join()}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'undefined';
  const entries = Object.entries(value).filter(([, held]) => held !== undefined);
  entries.sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([name, held]) => `${name}:${canonical(held)}`).join()}}`;
}
