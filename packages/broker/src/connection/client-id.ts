/**
 * Which client ids this broker takes, and those it gives (§3.1.3.1). Whose an id is stands in the registry, not here.
 */
import type { Connect } from '@mqtt/codec';
import { isTellable } from '../access/refusal.ts';
import type { Peer } from './peer.ts';
import { hasControlCharacter, isWithinBytes } from './topics.ts';

/** What 3.1 allows, in characters; more are common, so it is a rule only where it is asked for. */
const LONGEST_IN_31 = 23;

/** Whether the client id of this CONNECT may be used; 0x85 when not. */
export function isClientIdAccepted(peer: Peer, { clientId, cleanStart, version }: Connect): boolean {
  const { limits, handshake } = peer.rooms;
  if (clientId === '') {
    // 3.1 has no empty ids, 3.1.1 with clean session only [MQTT-3.1.3-8].
    return handshake.allowEmptyClientId && version > 3 && (version === 5 || cleanStart);
  }
  if (version === 3 && handshake.limitClientId31 && [...clientId].length > LONGEST_IN_31) return false;
  return isWithinBytes(clientId, limits.maximumClientIdLength) && !hasControlCharacter(clientId);
}

/** Whether a client id that access chose may be used: one that the client itself could have brought, and no empty one. */
export function isChoiceAccepted(peer: Peer, packet: Connect, clientId: string): boolean {
  const isText = isTellable('CONNACK', { assignedClientIdentifier: clientId });
  return clientId !== '' && isText && isClientIdAccepted(peer, { ...packet, clientId });
}

/** 128 random bits, in characters every server must take [MQTT-3.1.3-5], and nobody's yet [MQTT-3.2.2-16]. */
export function newClientId(peer: Peer): string {
  const { random, registry, handshake } = peer.rooms;
  for (;;) {
    let id = handshake.autoClientIdPrefix;
    for (const byte of random(new Uint8Array(16))) id += byte.toString(16).padStart(2, '0');
    if (registry.get(id) === undefined) return id;
  }
}
