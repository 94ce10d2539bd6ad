/**
 * PUBACK, PUBREC, PUBCOMP, SUBACK, UNSUBACK and CONNACK in the order of what they answer [MQTT-4.6.0-2]
 * [MQTT-4.6.0-3], each when the store has what it promises; without a store, or with one that has it already, at once.
 *
 * | leaves | when this is durable |
 * |---|---|
 * | PUBACK | the message in every kept session and retained value it concerns |
 * | PUBREC | the same, and the packet id |
 * | PUBCOMP | the release of the packet id |
 * | SUBACK, UNSUBACK | the subscription, its removal |
 * | CONNACK | the session record; for Clean Start, the end of the one before |
 */
import type { Packet, ReasonCodeOf } from '@mqtt/codec';
import type { Ticket } from '../store/store.ts';
import type { Peer, Pending } from './peer.ts';
import type { Rooms } from './rooms.ts';

const FIRST_BYTE = { PUBACK: 0x40, PUBREC: 0x50, PUBREL: 0x62, PUBCOMP: 0x70 } as const;

/** What was told until now: facts after it are those that an acknowledgement waits for. 0 without a store. */
export function mark({ keeping }: Rooms): Ticket {
  return keeping === undefined ? 0 : keeping.newest;
}

/** A mark for an answer that waits for everything told so far. */
export const EVERYTHING: Ticket = -1;

/** Answers a PUBLISH once what was told since `since` is kept: PUBACK for QoS 1, PUBREC for QoS 2. */
export function acknowledgePublish(
  peer: Peer,
  qos: 1 | 2,
  packetId: number,
  reasonCode: ReasonCodeOf<'PUBACK'>,
  since: Ticket,
): void {
  const ticket = waitsFor(peer, since);
  if (ticket === 0) sendPublishAnswer(peer, qos, packetId, reasonCode);
  else wait(peer, new PublishAnswer(ticket, qos, packetId, reasonCode));
}

/** Answers a PUBREL once the release is kept. */
export function acknowledgeRelease(peer: Peer, packetId: number, reasonCode: 0 | 0x92, since: Ticket): void {
  const ticket = waitsFor(peer, since);
  if (ticket === 0) sendAcknowledgement(peer, 'PUBCOMP', packetId, reasonCode);
  else wait(peer, new ReleaseAnswer(ticket, packetId, reasonCode));
}

/** Answers SUBSCRIBE or UNSUBSCRIBE once what it changed is kept. */
export function acknowledge(peer: Peer, packet: Packet, since: Ticket): void {
  const weight = 'reasonCodes' in packet ? packet.reasonCodes?.length : undefined;
  whenKept(peer, since, () => peer.send(packet), weight);
}

/** Runs `go` once what was told since `since` is kept, in the order of the other answers. */
export function whenKept(peer: Peer, since: Ticket, go: () => void, weight?: number): void {
  const ticket = waitsFor(peer, since);
  if (ticket === 0) go();
  else wait(peer, { ticket, weight, send: go });
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

/** The store has more now: sends what waited for it; true while something still waits. */
export function releasePending(peer: Peer, durable: Ticket): boolean {
  const { pending } = peer;
  if (pending === undefined) return false;
  let sent = 0;
  peer.guard(() => {
    for (const answer of pending) {
      if (answer.ticket > durable) break;
      sent++;
      peer.pendingWeight -= answer.weight ?? 1;
      answer.send(peer);
    }
  });
  if (peer.phase === 'ended') return false;
  peer.pending = sent === pending.length ? undefined : pending.slice(sent);
  if (peer.isHeldForStore && peer.pendingWeight * 2 <= peer.rooms.limits.maximumPendingReasonCodes) {
    peer.isHeldForStore = false;
    peer.release();
  }
  return peer.pending !== undefined;
}

class PublishAnswer {
  readonly ticket: Ticket;
  readonly #qos: 1 | 2;
  readonly #packetId: number;
  readonly #reasonCode: ReasonCodeOf<'PUBACK'>;

  constructor(ticket: Ticket, qos: 1 | 2, packetId: number, reasonCode: ReasonCodeOf<'PUBACK'>) {
    this.ticket = ticket;
    this.#qos = qos;
    this.#packetId = packetId;
    this.#reasonCode = reasonCode;
  }

  send(peer: Peer): void {
    sendPublishAnswer(peer, this.#qos, this.#packetId, this.#reasonCode);
  }
}

class ReleaseAnswer {
  readonly ticket: Ticket;
  readonly #packetId: number;
  readonly #reasonCode: 0 | 0x92;

  constructor(ticket: Ticket, packetId: number, reasonCode: 0 | 0x92) {
    this.ticket = ticket;
    this.#packetId = packetId;
    this.#reasonCode = reasonCode;
  }

  send(peer: Peer): void {
    sendAcknowledgement(peer, 'PUBCOMP', this.#packetId, this.#reasonCode);
  }
}

function sendPublishAnswer(
  peer: Peer,
  qos: 1 | 2,
  packetId: number,
  reasonCode: ReasonCodeOf<'PUBACK'>,
): void {
  sendAcknowledgement(peer, qos === 1 ? 'PUBACK' : 'PUBREC', packetId, reasonCode);
  if (qos === 1) peer.session?.inbound.settled(packetId, 1);
}

/** The ticket to wait for; 0: none. What tells nothing still waits for the answers before it. */
function waitsFor(peer: Peer, since: Ticket): Ticket {
  const { keeping } = peer.rooms;
  if (keeping === undefined) return 0;
  const { newest } = keeping;
  if (newest > since && !keeping.isDurable(newest)) return newest;
  return peer.pending?.at(-1)?.ticket ?? 0;
}

function wait(peer: Peer, answer: Pending): void {
  if (peer.pending === undefined) {
    peer.pending = [];
    peer.rooms.keeping?.awaitAll(peer);
  }
  peer.pending.push(answer);
  peer.pendingWeight += answer.weight ?? 1;
  const { limits, metrics } = peer.rooms;
  if (peer.isHeldForStore || peer.pendingWeight < limits.maximumPendingReasonCodes) return;
  // A slow store would otherwise let what a client asks for grow in our memory: SUBSCRIBE has no window.
  peer.isHeldForStore = true;
  metrics.clientsHeldForStore++;
  peer.hold();
}
