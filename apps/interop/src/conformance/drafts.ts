/**
 * A case's pieces as bytes of a version, with this play's names and packet ids. What a version lacks is left out here
 * and nowhere else.
 */
import { encode, type Packet } from '@mqtt/codec';
import type { Draft, Hello, Kept, Piece } from './case.ts';
import type { Known } from './match.ts';
import { connect } from './packets.ts';
import { packetShown } from './show.ts';

/** Bytes to send and what they mean. */
export interface Bytes {
  readonly bytes: Uint8Array;
  readonly meaning: string;
}

/** User name and password of a whole run. */
export interface Credentials {
  readonly username?: string | undefined;
  readonly password?: string | undefined;
}

/** What is sent for a piece. */
export function bytesOf(piece: Piece, known: Known, credentials: Credentials): Bytes {
  if ('hex' in piece) return { bytes: new Uint8Array(Buffer.from(piece.hex, 'hex')), meaning: piece.meaning };
  if ('firstByte' in piece) {
    const { bytes, meaning } = bytesOf(piece.packet, known, credentials);
    const changed = bytes.slice();
    changed[0] = piece.firstByte;
    return { bytes: changed, meaning: `${meaning}, first byte 0x${piece.firstByte.toString(16)}` };
  }
  const packet = packetOf(piece, known, credentials);
  const bytes = known.version === '5.0' ? encode(packet as Packet<5>, 5) : encode(packet as Packet<4>, 4);
  return { bytes, meaning: packetShown(packet) };
}

/** CONNECT of a connection. */
export function connectOf(hello: Hello, name: string): Draft {
  return connect({ clientId: name, ...hello });
}

function packetOf(draft: Draft, known: Known, credentials: Credentials): Packet {
  const { version, names } = known;
  switch (draft.type) {
    case 'CONNECT': {
      const { username, password } = credentials;
      const login =
        username === undefined || draft.username !== undefined || draft.password !== undefined
          ? {}
          : { username, password: password === undefined ? undefined : new TextEncoder().encode(password) };
      const will =
        draft.will === undefined ? undefined : { ...draft.will, topic: names.topic(draft.will.topic) };
      const clientId = names.clientId(draft.clientId);
      const packet = { ...draft, ...login, clientId, will };
      if (version === '5.0') return packet;
      const three = will === undefined ? undefined : { ...will, properties: undefined };
      return { ...packet, version: 4, properties: undefined, will: three } as Packet<4>;
    }
    case 'PUBLISH': {
      const { properties } = draft;
      const response = properties?.responseTopic;
      const named =
        response === undefined ? properties : { ...properties, responseTopic: names.topic(response) };
      const packet = { ...draft, topic: names.topic(draft.topic), properties: named };
      return plain(
        packet.qos === 0 ? packet : { ...packet, packetId: idOf(packet.packetId, known) },
        version,
      );
    }
    case 'SUBSCRIBE': {
      const subscriptions = draft.subscriptions.map((one) =>
        version === '5.0'
          ? { ...one, topicFilter: names.topic(one.topicFilter) }
          : { topicFilter: names.topic(one.topicFilter), qos: one.qos },
      );
      return plain({ ...draft, subscriptions, packetId: idOf(draft.packetId, known) }, version);
    }
    case 'UNSUBSCRIBE': {
      const topicFilters = draft.topicFilters.map((filter) => names.topic(filter));
      return plain({ ...draft, topicFilters, packetId: idOf(draft.packetId, known) }, version);
    }
    default:
      return plain(
        'packetId' in draft ? { ...draft, packetId: idOf(draft.packetId, known) } : draft,
        version,
      );
  }
}

/** The same without what 3.1.1 lacks. */
function plain(packet: object, version: Known['version']): Packet {
  if (version === '5.0') return packet as Packet;
  const { properties: _, reasonCode, ...three } = packet as Record<string, unknown>;
  if (three.type === 'CONNACK') return { ...three, reasonCode } as object as Packet;
  const { reasonCodes: __, ...unsuback } = three;
  return (three.type === 'UNSUBACK' ? unsuback : three) as object as Packet;
}

function idOf(id: number | Kept | undefined, { kept }: Known): number {
  if (typeof id === 'number') return id;
  const value = id === undefined ? undefined : kept.get(id.kept);
  if (typeof value !== 'number') throw new Error(`nothing is kept as ${id?.kept}`);
  return value;
}
