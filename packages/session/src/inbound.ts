/**
 * The QoS 1 and 2 messages we receive: QoS 2 ids held until PUBREL (§4.3.3), duplicates, and our own Receive Maximum
 * (§4.9). Where is PUBREL handled? In `pubrel` below. Both ends use it; it knows no role, no message and no store.
 *
 * Session State (§4.1), kept across connections: the QoS 2 ids received and not released. Dropped with the connection:
 * how many messages wait for their acknowledgement. A QoS 1 message that was not acknowledged comes again, as new.
 */
import { HeldIds } from './held-ids.ts';

/** The receiving half of a session. */
export class Inbound {
  #receiveMaximum: number;
  #inflight = 0;
  #held: HeldIds | undefined;

  /** `receiveMaximum`: what our CONNECT or CONNACK says; 65,535 when it says nothing (§3.1.2.11.3, §3.2.2.3.3). */
  constructor(receiveMaximum = 65_535) {
    this.#receiveMaximum = receiveMaximum;
  }
  /** Our Receive Maximum on this connection. */
  get receiveMaximum(): number {
    return this.#receiveMaximum;
  }
  /** Messages of this connection that count against our Receive Maximum. */
  get inflight(): number {
    return this.#inflight;
  }

  /**
   * A PUBLISH came. `new`: hand it on, then answer. `duplicate`: only QoS 2; answer PUBREC and hand on nothing
   * [MQTT-4.3.3-10], but not before the first one is kept. `exceeded`: more than our Receive Maximum (0x93).
   * An id is held from here, not from PUBREC: what the caller still stores is a duplicate already.
   */
  publish(packetId: number, qos: 1 | 2): 'new' | 'duplicate' | 'exceeded' {
    if (qos === 2 && this.#held?.has(packetId)) return 'duplicate';
    if (this.#inflight >= this.#receiveMaximum) return 'exceeded';
    if (qos === 2) (this.#held ??= new HeldIds()).add(packetId);
    this.#inflight += 1;
    return 'new';
  }

  /**
   * PUBREL came: the id means a new message from now on [MQTT-4.3.3-12]. `settled`: PUBCOMP 0x00 [MQTT-4.3.3-11].
   * `unknown`: PUBCOMP 0x92 (5.0) or PUBCOMP (3.x).
   */
  pubrel(packetId: number): 'settled' | 'unknown' {
    if (this.#held?.delete(packetId) !== true) return 'unknown';
    this.#return();
    return 'settled';
  }

  /**
   * We answered for good: PUBACK was sent (QoS 1), or PUBREC with 0x80 or more (QoS 2), after which the id means a new
   * message [MQTT-4.3.2-5] [MQTT-4.3.3-9]. Not for a PUBREC below 0x80: there `pubrel` settles.
   */
  settled(packetId: number, qos: 1 | 2): void {
    if (qos === 1 || this.#held?.delete(packetId) === true) this.#return();
  }

  /** A new Network Connection with this session: nothing of it waits yet, held ids stay held. */
  reconnect(receiveMaximum = 65_535): void {
    this.#receiveMaximum = receiveMaximum;
    this.#inflight = 0;
  }

  /** The QoS 2 ids received and not released, in no order: what a store must know, and what `restore` takes. */
  held(): Iterable<number> {
    return this.#held ?? [];
  }

  /** Holds these ids again. */
  restore(held: Iterable<number>): void {
    for (const packetId of held) (this.#held ??= new HeldIds()).add(packetId);
  }

  /** Forgets the held ids: the session ended. */
  clear(): void {
    this.#held = undefined;
    this.#inflight = 0;
  }

  /** §4.9: a PUBREL sent again may return quota that this connection never took, so it stays at 0. */
  #return(): void {
    if (this.#inflight > 0) this.#inflight -= 1;
  }
}
