/**
 * The QoS 1 and 2 messages we send until they are settled: the window (§4.9), PUBACK, PUBREC, PUBCOMP (§4.3.2,
 * §4.3.3) and what is sent again after a reconnect (§4.4). Both ends use it; it knows no role, no bytes and no time.
 *
 * Session State (§4.1), kept across connections: messages without PUBACK or PUBREC, and PUBRELs without PUBCOMP.
 * Dropped with the connection: Receive Maximum and send quota (§4.9), and the ids of SUBSCRIBE and UNSUBSCRIBE.
 * When the session itself ends (Clean Start, Session Present 0, expiry): `clear()`, or a new Outbound.
 */
import { RestoreError } from './errors.ts';
import type { Ids } from './ids.ts';
import { PacketIds } from './packet-ids.ts';

/** What a packet id is in use for. UNSENT is added from a reconnect until the packet was sent again. */
const QOS1 = 1;
const QOS2 = 2;
const PUBREL = 3;
const REQUEST = 4;
const UNSENT = 8;

const LAST = 65_535;

/** Who sends the packets of a resend, each with its original packet id [MQTT-4.4.0-1]. */
export interface Resend<Item> {
  /**
   * Send this PUBLISH again, with DUP 1 [MQTT-3.3.1-1]. Return false when the link wants no more after this one: the
   * others stay `unsent` until the next `resend`.
   */
  publish(packetId: number, item: Item, qos: 1 | 2): unknown;
  /** Send this PUBREL again. */
  pubrel(packetId: number): void;
}

/** A flow that is not settled, as a store keeps it. */
export type OutboundFact<Item> =
  | { readonly fact: 'sent'; readonly packetId: number; readonly qos: 1 | 2; readonly item: Item }
  | { readonly fact: 'released'; readonly packetId: number; readonly item?: Item };

/**
 * The sending half of a session. `Item` is whatever the caller keeps for a message; the session never looks inside.
 * Nothing here throws for what a peer sends, and an acknowledgement costs the same however much is in flight.
 */
export class OutboundFlows<Item> {
  readonly #ids: Ids<Item>;
  /** The peer's Receive Maximum on this connection. */
  protected window: number;
  #requests = 0;
  /** PUBLISH packets that must be sent again and are not yet. */
  protected behind = 0;
  /** What still has to be sent again, in order; an id that was settled meanwhile is no longer UNSENT. */
  #resends: number[] | undefined;
  /** Where in `#resends` the next call of `resend` begins; undefined until the first call. */
  #resendFrom: number | undefined;

  /** `receiveMaximum`: what the peer's CONNECT or CONNACK says; 65,535 when it says nothing (§3.1.2.11.3). */
  constructor(ids: Ids<Item>, receiveMaximum: number = LAST) {
    this.#ids = ids;
    this.window = receiveMaximum;
  }

  /** Messages that are not settled: without PUBACK, without PUBREC, or without PUBCOMP. */
  get inflight(): number {
    return this.#ids.size - this.#requests;
  }

  /** Whether `send` would give 0. */
  get full(): boolean {
    return this.behind > 0 || this.inflight >= this.window || this.#ids.size >= LAST;
  }

  /**
   * Takes a message and gives the packet id of its PUBLISH, DUP 0 [MQTT-4.3.2-1] [MQTT-4.3.3-1].
   * 0: the window is full [MQTT-4.9.0-2]; keep the message and send it after the next `settled`.
   */
  send(item: Item, qos: 1 | 2): number {
    return this.full ? 0 : this.#ids.allocate(qos, item);
  }

  /** PUBACK came. `settled` whatever its reason code [MQTT-4.4.0-2]. `unknown` also for the id of a QoS 2 message. */
  puback(packetId: number): 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    return (use & ~UNSENT) === QOS1 ? this.#settle(packetId, use) : 'unknown';
  }

  /**
   * PUBREC came. `release`: send PUBREL, each time it comes [MQTT-4.3.3-4]; the message is dropped, what is left is the id
   * and, for who needs it until PUBCOMP, the item `kept` in its place.
   * `settled`: its reason code is 0x80 or more and no PUBREL follows [MQTT-4.4.0-2] [K09]. 3.x: leave the code out.
   */
  pubrec(packetId: number, reasonCode = 0, kept?: Item): 'release' | 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    const flow = use & ~UNSENT;
    if (flow !== QOS2 && flow !== PUBREL) return 'unknown';
    if (reasonCode >= 0x80) return this.#settle(packetId, use);
    if (flow === QOS2) {
      if (use !== flow) this.behind -= 1;
      this.#ids.renew(packetId, PUBREL, kept);
    }
    return 'release';
  }

  /** PUBCOMP came, with any reason code. `unknown` also when no PUBREL was sent for the id [F07]. */
  pubcomp(packetId: number): 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    return (use & ~UNSENT) === PUBREL ? this.#settle(packetId, use) : 'unknown';
  }

  /** The message in flight with this id; once it is released what `pubrec` was told to keep. */
  item(packetId: number): Item | undefined {
    return this.#ids.item(packetId);
  }

  /**
   * Ends the flow of a message that cannot be sent again, e.g. above the new connection's Maximum Packet Size, as if
   * it had completed [MQTT-3.1.2-25]. May be called from within `resend`.
   */
  discard(packetId: number): 'settled' | 'unknown' {
    const use = this.#ids.use(packetId);
    return use === 0 || use === REQUEST ? 'unknown' : this.#settle(packetId, use);
  }

  /** A packet id for SUBSCRIBE or UNSUBSCRIBE, from the same 65,535 [MQTT-2.2.1-3]; 0 when all are in use. */
  allocate(): number {
    const packetId = this.#ids.allocate(REQUEST);
    if (packetId !== 0) this.#requests += 1;
    return packetId;
  }

  /** SUBACK or UNSUBACK came: its id may be used again. False: no such request waits [K03]. */
  free(packetId: number): boolean {
    if (this.#ids.use(packetId) !== REQUEST) return false;
    this.#requests -= 1;
    return this.#ids.free(packetId);
  }

  /**
   * A new Network Connection with this session: what is in flight waits to be sent again, the window is the new
   * `receiveMaximum`, ids of SUBSCRIBE and UNSUBSCRIBE are free. Then call `resend`, before anything else is sent.
   */
  reconnect(receiveMaximum: number = LAST): void {
    const ids = this.#ids;
    const resends: number[] = [];
    this.window = receiveMaximum;
    this.behind = 0;
    for (const packetId of ids.inOrder()) {
      const flow = ids.use(packetId) & ~UNSENT;
      if (flow === REQUEST) {
        this.free(packetId);
        continue;
      }
      if (flow !== PUBREL) this.behind += 1;
      ids.change(packetId, flow | UNSENT);
      resends.push(packetId);
    }
    this.#resends = resends;
    this.#resendFrom = undefined;
  }

  /**
   * After `reconnect`: what must be sent again, each packet in the order it was first sent, so PUBLISH in the order of
   * PUBLISH [MQTT-4.6.0-1] and PUBREL in the order of PUBREC [MQTT-4.6.0-4]. A PUBLISH beyond the window stays behind
   * (`unsent`): while that is above 0, call again after each `settled`, and when the link has drained. A PUBREL never waits [MQTT-4.9.0-3], and its
   * message counts in the window until PUBCOMP [MQTT-3.3.4-7] [MQTT-3.3.4-9].
   */
  resend(sink: Resend<Item>): void {
    const resends = this.#resends;
    if (resends === undefined) return;
    const isFirst = this.#resendFrom === undefined;
    let isWanted = true;
    let behind = 0;
    let at = this.#resendFrom ?? 0;
    for (; at < resends.length; at++) {
      const packetId = resends[at] as number;
      const use = this.#ids.use(packetId);
      if ((use & UNSENT) === 0) continue;
      const hasRoom = isWanted && this.inflight - this.behind < this.window;
      if (hasRoom || use === (PUBREL | UNSENT)) {
        isWanted = this.#sendAgain(packetId, use & ~UNSENT, sink) && isWanted;
      } else if (isFirst) resends[behind++] = packetId;
      else break;
    }
    if (isFirst) resends.length = behind;
    this.#resendFrom = isFirst ? 0 : at;
    if (this.behind === 0) this.#resends = undefined;
  }

  /** Forgets everything: the session ended. Packet ids still roll forward from the last. */
  clear(): void {
    this.#ids.clear();
    this.#requests = this.behind = 0;
    this.#resends = undefined;
  }

  #settle(packetId: number, use: number): 'settled' {
    if (use === (QOS1 | UNSENT) || use === (QOS2 | UNSENT)) this.behind -= 1;
    this.#ids.free(packetId);
    return 'settled';
  }

  /** False: the link wants no more. */
  #sendAgain(packetId: number, flow: number, sink: Resend<Item>): boolean {
    this.#ids.change(packetId, flow);
    if (flow === PUBREL) {
      sink.pubrel(packetId);
      return true;
    }
    this.behind -= 1;
    return sink.publish(packetId, this.#ids.item(packetId) as Item, flow as 1 | 2) !== false;
  }
}

/**
 * Takes flows in the order of `Outbound.facts()` into a table of ids, in addition to those it has. Then
 * `reconnect` and `resend`. Apart, because most clients have no store.
 * @throws {RestoreError} for an id that is out of range or in use; those before it are taken.
 */
export function restoreFlows<Item>(ids: Ids<Item>, facts: Iterable<OutboundFact<Item>>): void {
  for (const fact of facts) {
    const isTaken =
      fact.fact === 'released'
        ? ids.claim(fact.packetId, PUBREL, fact.item)
        : ids.claim(fact.packetId, fact.qos, fact.item);
    if (!isTaken) throw new RestoreError(fact.packetId);
  }
}

/** The sending half with the fastest table of ids; for a bundle, `OutboundFlows` with an `IdMap` is smaller. */
export class Outbound<Item> extends OutboundFlows<Item> {
  readonly #table: Ids<Item>;

  constructor(receiveMaximum?: number) {
    const table = new PacketIds<Item>();
    super(table, receiveMaximum);
    this.#table = table;
  }

  /** The peer's Receive Maximum on this connection: the size of the window. */
  get receiveMaximum(): number {
    return this.window;
  }

  /** PUBLISH packets that must be sent again on this connection and are not yet: while above 0, `send` gives 0. */
  get unsent(): number {
    return this.behind;
  }

  /** The flows that are not settled, oldest first: what a store must know, and what `restore` takes. */
  *facts(): Generator<OutboundFact<Item>, void> {
    for (const packetId of this.#table.inOrder()) {
      const flow = this.#table.use(packetId) & ~UNSENT;
      if (flow === PUBREL) yield { fact: 'released', packetId };
      else if (flow !== REQUEST) {
        yield { fact: 'sent', packetId, qos: flow as 1 | 2, item: this.#table.item(packetId) as Item };
      }
    }
  }

  /** `restoreFlows`, into this one's table. @throws {RestoreError} */
  restore(facts: Iterable<OutboundFact<Item>>): void {
    restoreFlows(this.#table, facts);
  }
}
