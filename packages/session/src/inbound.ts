/**
 * The QoS 1 and 2 messages we receive: QoS 2 ids held until PUBREL (§4.3.3), duplicates, and our own Receive Maximum
 * (§4.9). Where is PUBREL handled? In `pubrel` below. Both ends use it; it knows no role, no message and no store.
 *
 * Session State (§4.1), kept across connections: the QoS 2 ids received and not released. Dropped with the connection:
 * how many messages wait for their acknowledgement. A QoS 1 message that was not acknowledged comes again, as new.
 */
import { RestoreError } from './errors.ts';
import { HeldIds } from './held-ids.ts';

/** A set of packet ids. */
interface Held extends Iterable<number> {
  has(id: number): boolean;
  add(id: number): unknown;
  delete(id: number): boolean;
}

/** The receiving half of a session. Nothing here throws for what a peer sends. */
export class InboundFlows {
  /** Our Receive Maximum on this connection. */
  protected window: number;
  /** Messages of this connection that count against it. */
  protected waiting = 0;
  /** QoS 2 ids: Session State is kept as it is; made with the first QoS 2 message. */
  protected ids: Held | undefined;

  /** `receiveMaximum`: what our CONNECT or CONNACK says; 65,535 when it says nothing (§3.1.2.11.3, §3.2.2.3.3). */
  constructor(receiveMaximum = 65_535) {
    this.window = receiveMaximum;
  }

  /**
   * A PUBLISH came. `new`: keep it and hand it on, then answer. `duplicate` (QoS 2 only): answer PUBREC, but not before
   * the first one is kept, and hand on nothing [MQTT-4.3.3-10]. `exceeded`: over our Receive Maximum, end the
   * connection with 0x93 [MQTT-3.3.4-7] [MQTT-3.3.4-9]; nothing is remembered of it.
   * A QoS 2 id is held from here on, so that one whose message is still on its way to a store is a duplicate already.
   */
  publish(packetId: number, qos: 1 | 2): 'new' | 'duplicate' | 'exceeded' {
    if (qos === 2 && this.holds(packetId)) return 'duplicate';
    if (this.waiting >= this.window) return 'exceeded';
    if (qos === 2) this.#hold(packetId);
    this.waiting += 1;
    return 'new';
  }

  /**
   * PUBREL came; its id means a new message from now on [MQTT-4.3.3-12]. `settled`: PUBCOMP 0x00 [MQTT-4.3.3-11].
   * `unknown`: PUBCOMP 0x92 in 5.0, PUBCOMP in 3.x.
   */
  pubrel(packetId: number): 'settled' | 'unknown' {
    if (this.ids?.delete(packetId) !== true) return 'unknown';
    this.#giveBack();
    return 'settled';
  }

  /**
   * We answered a `new` one for good: with PUBACK (QoS 1), or with PUBREC 0x80 or more (QoS 2), after which the id means
   * a new message [MQTT-4.3.2-5] [MQTT-4.3.3-9]. Not for a PUBREC below 0x80: there `pubrel` settles. Not for a QoS 1
   * message of an earlier connection.
   */
  settled(packetId: number, qos: 1 | 2): void {
    if (qos === 1 || this.ids?.delete(packetId) === true) this.#giveBack();
  }

  /** A new Network Connection with this session: nothing of it waits yet, held ids stay held. */
  reconnect(receiveMaximum = 65_535): void {
    this.window = receiveMaximum;
    this.waiting = 0;
  }

  /** Holds these ids, in addition to those held: packet ids that stand there once. */
  restore(held: Iterable<number>): void {
    for (const packetId of held) this.#hold(packetId);
  }

  /** Forgets everything: the session ended. */
  clear(): void {
    this.ids = undefined;
    this.waiting = 0;
  }

  /** Whether a QoS 2 id is held. */
  protected holds(packetId: number): boolean {
    return this.ids?.has(packetId) === true;
  }

  #hold(packetId: number): void {
    this.ids ??= this.holding();
    this.ids.add(packetId);
  }

  /** What holds ids. */
  protected holding(): Held {
    return new Set<number>();
  }

  /** A PUBREL of an earlier connection's message may give back what this connection never took (§4.9): never below 0. */
  #giveBack(): void {
    if (this.waiting > 0) this.waiting -= 1;
  }
}

/** The receiving half with the fastest set of ids; for a bundle, `InboundFlows` is smaller. */
export class Inbound extends InboundFlows {
  /** Our Receive Maximum on this connection. */
  get receiveMaximum(): number {
    return this.window;
  }

  /** Messages of this connection that count against our Receive Maximum: QoS 1 until `settled`, QoS 2 until PUBREL. */
  get inflight(): number {
    return this.waiting;
  }

  /** The QoS 2 ids received and not released, in no order: what a store must know, and what `restore` takes. */
  held(): Iterable<number> {
    return this.ids ?? [];
  }

  protected override holding(): HeldIds {
    return new HeldIds();
  }

  /** @throws {RestoreError} for an id that is out of range or held already; those before it are held. */
  override restore(held: Iterable<number>): void {
    for (const packetId of held) {
      const isValid = Number.isInteger(packetId) && packetId >= 1 && packetId <= 65_535;
      if (!isValid || this.holds(packetId)) throw new RestoreError(packetId);
      super.restore([packetId]);
    }
  }
}
