/**
 * The QoS 1 and 2 messages we send until they are settled: the window (§4.9), PUBACK, PUBREC, PUBCOMP (§4.3.2,
 * §4.3.3) and what is sent again after a reconnect (§4.4). Both ends use it; it knows no role, no bytes and no time.
 *
 * Session State (§4.1), kept across connections: messages without PUBACK or PUBREC, and PUBRELs without PUBCOMP.
 * Dropped with the connection: Receive Maximum and send quota (§4.9), and the ids of SUBSCRIBE and UNSUBSCRIBE.
 * When the session itself ends (Clean Start, Session Present 0, expiry): take a new Outbound, or `clear()` this one.
 */
import { PacketIds } from './packet-ids.ts';

/** Uses of a packet id. UNSENT is added to the first three from a reconnect until the packet was sent again. */
const QOS1 = 1;
const QOS2 = 2;
const PUBREL = 3;
const REQUEST = 4;
const UNSENT = 8;

/** Who sends the packets of a resend; each with its original packet id, PUBLISH with DUP 1 [MQTT-3.3.1-1]. */
export interface Resend<Item> {
  /** Send this PUBLISH again, with DUP 1. */
  publish(packetId: number, item: Item, qos: 1 | 2): void;
  /** Send this PUBREL again. */
  pubrel(packetId: number): void;
}

/** A flow that is not settled, as a store keeps it. */
export type OutboundFact<Item> =
  | { readonly fact: 'sent'; readonly packetId: number; readonly qos: 1 | 2; readonly item: Item }
  | { readonly fact: 'released'; readonly packetId: number };

/**
 * The sending half of a session. `Item` is whatever the caller keeps for each message; the session never looks inside.
 * Nothing here throws for what a peer sends; each acknowledgement costs the same, however much is in flight.
 */
export class Outbound<Item> {
  #ids: PacketIds<Item> = new PacketIds<Item>();
  #receiveMaximum: number;
  #requests = 0;
  #unsent = 0;
  /** Ids to send again in order, from `#resent` on; those settled meanwhile are skipped. */
  #resends: number[] | undefined;
  #resent = 0;

  /** `receiveMaximum`: what the peer's CONNECT or CONNACK says; 65,535 when it says nothing (§3.1.2.11.3). */
  constructor(receiveMaximum = 65_535) {
    this.#receiveMaximum = receiveMaximum;
  }

  /** The peer's Receive Maximum on this connection: the size of the window. */
  get receiveMaximum(): number {
    return this.#receiveMaximum;
  }

  /** Messages that are not settled: without PUBACK, without PUBREC, or without PUBCOMP. */
  get inflight(): number {
    return this.#ids.size - this.#requests;
  }

  /** PUBLISH packets in flight that still wait to be sent again on this connection: while above 0, `send` gives 0. */
  get unsent(): number {
    return this.#unsent;
  }

  /** Whether `send` would give 0. */
  get full(): boolean {
    return this.#unsent > 0 || this.inflight >= this.#receiveMaximum || this.#ids.size >= 65_535;
  }

  /**
   * Takes a message and gives the packet id to send its PUBLISH with, DUP 0 [MQTT-4.3.2-1] [MQTT-4.3.3-1].
   * 0: the window is full [MQTT-4.9.0-2]; keep the message, and send it after the next `settled`.
   */
  send(item: Item, qos: 1 | 2): number {
    if (this.full) return 0;
    return this.#ids.allocate(qos, item);
  }

  /** PUBACK came. `settled` whatever its reason code [MQTT-4.4.0-2]; `unknown` also for the id of a QoS 2 message. */
  puback(packetId: number): 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    if ((use & ~UNSENT) !== QOS1) return 'unknown';
    return this.#settle(packetId, use);
  }

  /**
   * PUBREC came. `release`: send PUBREL, now and each time it comes again [MQTT-4.3.3-4]; the item is dropped.
   * `settled`: its reason code is 0x80 or more, no PUBREL follows [MQTT-4.4.0-2]. 3.x has no reason code: 0.
   */
  pubrec(packetId: number, reasonCode = 0): 'release' | 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    const kind = use & ~UNSENT;
    if (kind !== QOS2 && kind !== PUBREL) return 'unknown';
    if (reasonCode >= 0x80) return this.#settle(packetId, use);
    if (kind === QOS2) {
      if (use !== kind) this.#unsent -= 1;
      this.#ids.reuse(packetId, PUBREL);
      this.#ids.moveLast(packetId);
    }
    return 'release';
  }

  /** PUBCOMP came, with any reason code. `unknown` also when no PUBREL was sent for the id. */
  pubcomp(packetId: number): 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    if ((use & ~UNSENT) !== PUBREL) return 'unknown';
    return this.#settle(packetId, use);
  }

  /** The message in flight with this id; undefined once PUBREC released it or the flow is settled. */
  item(packetId: number): Item | undefined {
    return this.#ids.item(packetId);
  }

  /**
   * Ends the flow of a message that cannot be sent again, e.g. above the new connection's Maximum Packet Size, as if
   * it had completed [MQTT-3.1.2-25]. May be called from within `resend`.
   */
  discard(packetId: number): 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    if (use === 0 || use === REQUEST) return 'unknown';
    return this.#settle(packetId, use);
  }

  /** A packet id for SUBSCRIBE or UNSUBSCRIBE, from the same ids; 0 when all are in use [MQTT-2.2.1-3]. */
  allocate(): number {
    const packetId = this.#ids.allocate(REQUEST);
    if (packetId !== 0) this.#requests += 1;
    return packetId;
  }

  /** SUBACK or UNSUBACK came: gives the id back. False: no such request waits. */
  free(packetId: number): boolean {
    if (this.#ids.use(packetId) !== REQUEST) return false;
    this.#requests -= 1;
    return this.#ids.free(packetId);
  }

  /**
   * A new Network Connection with this session: everything in flight waits to be sent again, the window is the new
   * `receiveMaximum`, ids of SUBSCRIBE and UNSUBSCRIBE are free. Call `resend` next, before anything is sent.
   */
  reconnect(receiveMaximum = 65_535): void {
    this.#receiveMaximum = receiveMaximum;
    this.#unsent = 0;
    this.#resent = 0;
    const resends: number[] = [];
    for (const packetId of this.#ids.inOrder()) {
      const use = this.#ids.use(packetId);
      if (use === REQUEST) {
        this.free(packetId);
        continue;
      }
      if ((use & ~UNSENT) !== PUBREL) this.#unsent += 1;
      this.#ids.reuse(packetId, use | UNSENT);
      resends.push(packetId);
    }
    this.#resends = resends.length > 0 ? resends : undefined;
  }

  /**
   * After `reconnect`: what must be sent again, each where it was first sent, so PUBLISH in the order of PUBLISH
   * [MQTT-4.4.0-1] [MQTT-4.6.0-1] and PUBREL in the order of PUBREC [MQTT-4.6.0-4]. PUBLISH packets beyond the window
   * stay behind (`unsent`): call again after each `settled` while `unsent` is above 0. PUBRELs never wait
   * [MQTT-4.9.0-3].
   */
  resend(sink: Resend<Item>): void {
    const resends = this.#resends;
    if (resends === undefined) return;
    const first = this.#resent === 0;
    let kept = 0;
    let at = this.#resent;
    for (; at < resends.length; at++) {
      const packetId = resends[at] ?? 0;
      const use = this.#ids.use(packetId);
      if ((use & UNSENT) === 0) continue;
      if (use === (PUBREL | UNSENT)) {
        this.#ids.reuse(packetId, PUBREL);
        sink.pubrel(packetId);
      } else if (this.inflight - this.#unsent < this.#receiveMaximum) {
        this.#sendAgain(packetId, use & ~UNSENT, sink);
      } else if (first) {
        resends[kept++] = packetId;
      } else break;
    }
  }

  /** The flows that are not settled, oldest first: what a store must know, and what `restore` takes. */
  *facts(): IterableIterator<OutboundFact<Item>> {
  }

  /** Puts flows back in the order of `facts()`. Then `reconnect` and `resend`. */
  restore(facts: Iterable<OutboundFact<Item>>): void {
  }

  /** Forgets every flow: the session ended. Ids go on rolling forward. */
  clear(): void {
  }
}
