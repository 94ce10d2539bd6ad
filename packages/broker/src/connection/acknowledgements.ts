/**
 * PUBACK, PUBREC, SUBACK and UNSUBACK in the order of what they answer [MQTT-4.6.0-2] [MQTT-4.6.0-3], each released
 * when the store has what it promises. With the memory store that is at once, in the same turn.
 *
 * | leaves | when this is durable |
 * |---|---|
 * | PUBACK | the message in every kept session and retained value it concerns |
 * | PUBREC | the same, and the packet id |
 * | PUBCOMP | the release of the packet id |
 * | SUBACK, UNSUBACK | the subscription, its removal |
 */
import type { Packet, ReasonCodeOf } from '@mqtt/codec';
import type { Peer } from './peer.ts';

const FIRST_BYTE = { PUBACK: 0x40, PUBREC: 0x50, PUBREL: 0x62, PUBCOMP: 0x70 } as const;

/** Answers a PUBLISH once it is kept: PUBACK for QoS 1, PUBREC for QoS 2. */
export function acknowledgePublish(
  peer: Peer,
  qos: 1 | 2,
  packetId: number,
  reasonCode: ReasonCodeOf<'PUBACK'>,
): void {
  const { store } = peer.rooms;
  if (peer.pending === undefined && store.newest <= store.durable)
    sendPublishAnswer(peer, qos, packetId, reasonCode);
  else wait(peer, () => sendPublishAnswer(peer, qos, packetId, reasonCode));
}

/** Answers a PUBREL once the release is kept. */
export function acknowledgeRelease(peer: Peer, packetId: number, reasonCode: 0 | 0x92): void {
  const { store } = peer.rooms;
  const send = (): void => sendAcknowledgement(peer, 'PUBCOMP', packetId, reasonCode);
  if (peer.pending === undefined && store.newest <= store.durable) send();
  else wait(peer, send);
}

/** Answers SUBSCRIBE or UNSUBSCRIBE once what it changed is kept. */
export function acknowledge(peer: Peer, packet: Packet): void {
  const { store } = peer.rooms;
  if (peer.pending === undefined && store.newest <= store.durable) peer.send(packet);
  else wait(peer, () => peer.send(packet));
}

/** Sends one of the four acknowledgements; 3.x has no reason code, and 5.0 leaves 0x00 out (§3.4.2.1). */
export function sendAcknowledgement(
  peer: Peer,
  type: 'PUBACK' | 'PUBREC' | 'PUBREL' | 'PUBCOMP',
  packetId: number,
  reasonCode: number,
): void {
  if (reasonCode === 0 || peer.version < 5) peer.outbox.acknowledge(FIRST_BYTE[type], packetId);
  else peer.send({ type, packetId, reasonCode } as Packet);
}

/** The store has more now: sends what waited for it. */
export function releasePending(peer: Peer): void {
  const { store } = peer.rooms;
  const { pending } = peer;
  if (pending === undefined) return;
  let sent = 0;
  for (const { ticket, send } of pending) {
    if (ticket > store.durable) break;
    send();
    sent++;
  }
  peer.pending = sent === pending.length ? undefined : pending.slice(sent);
}

function sendPublishAnswer(
  peer: Peer,
  qos: 1 | 2,
  packetId: number,
  reasonCode: ReasonCodeOf<'PUBACK'>,
): void {
  sendAcknowledgement(peer, qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode);
  if (qos === 1 || reasonCode >= 0x80) peer.session?.inbound.settled(packetId, qos);
}

function wait(peer: Peer, send: () => void): void {
  peer.pending ??= [];
  peer.pending.push({ ticket: peer.rooms.store.newest, send });
}
