/**
 * The QoS 1 and 2 messages of one kept session: each is told to the store before it is sent, and what waits is a number
 * until it is wanted. A PUBLISH leaves when it is durable that it was sent, PUBREL when it is that it was released: a
 * crash may then repeat, but never forgets which packet id meant which message. Windows are `@mqtt/session`'s.
 */
import { Outbound } from '@mqtt/session';
import type { DropReason } from '../hooks.ts';
import type { Departure, Keeping } from '../keeping.ts';
import type { Message } from '../message.ts';
import type { Metrics } from '../metrics.ts';
import type { DeliveryKey, Progress, SessionKey } from '../store/facts.ts';
import type { Ticket } from '../store/store.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from '../subscriber.ts';
import type { Totals } from '../totals.ts';
import { KeptQueue } from './kept-queue.ts';
import type { QueueBounds } from './queue.ts';
import { Sending } from './sending.ts';
import type { Writer } from './writer.ts';

/** The session, as its flow sees it. */
export interface FlowOwner extends Subscriber {
  /** Counts and tells that a message does not reach it. */
  drop(why: DropReason, message: Message): void;
  /** Its right may be gone by now [E05]. */
  mayReceive(message: Message): boolean;
  /** The queue is full and the policy is to disconnect. */
  overflowed(): void;
}

/** What all flows of a broker share. */
interface Shared {
  readonly metrics: Metrics;
  readonly bounds: QueueBounds;
  readonly totals: Totals;
  /** Bytes that may be in flight to one client; one message always may. */
  readonly inflightBytes: number;
  readonly now: () => number;
}

/** One message in flight: its key, and where it is to be sent once the store has it. */
class Owed implements Departure {
  readonly flow: KeptFlow;
  readonly key: DeliveryKey;
  readonly size: number;
  packetId: number;
  /** Of the newest fact about it. */
  ticket: Ticket;
  /** PUBREC came: PUBREL is what is sent. */
  isReleased = false;
  /** It left at least once, as far as can be known. */
  wasSent = false;
  /** It is in line. */
  isAwaited = false;
  /** The connection it is to leave on; another, or none, by then: it does not. */
  writer: Writer | undefined;
  /** Only from when it was told until it left; later it is read again. */
  sending: Sending | undefined;

  constructor(flow: KeptFlow, key: DeliveryKey, size: number, packetId: number, ticket: Ticket) {
    this.flow = flow;
    this.key = key;
    this.size = size;
    this.packetId = packetId;
    this.ticket = ticket;
    this.writer = undefined;
    this.sending = undefined;
  }

  depart(): void {
    this.flow.depart(this);
  }
}

/** What one kept session is owed. */
export class KeptFlow {
  readonly #owner: FlowOwner;
  readonly #keeping: Keeping;
  readonly #session: SessionKey;
  readonly #shared: Shared;
  readonly #outbound = new Outbound<Owed>();
  readonly #queue: KeptQueue;
  /** Those after PUBREC, by packet id; made with the first, because an empty map is 200 bytes. */
  #released: Map<number, Owed> | undefined;
  #writer: Writer | undefined;
  #inflightBytes = 0;
  #awaited = 0;
  /** It is, or was, in a shared subscription: what it leaves behind may go to others. */
  hasShared = false;

  constructor(owner: FlowOwner, keeping: Keeping, session: SessionKey, shared: Shared) {
    this.#owner = owner;
    this.#keeping = keeping;
    this.#session = session;
    this.#shared = shared;
    this.#queue = new KeptQueue(shared.bounds, shared.totals);
  }

  get inflight(): number {
    return this.#outbound.inflight;
  }

  get queued(): number {
    return this.#queue.length;
  }

  /** Something has to be sent again and was not yet. */
  get hasUnsent(): boolean {
    return this.#outbound.unsent > 0;
  }

  /** Whether a message given to it now would have to wait for others. */
  get wouldWait(): boolean {
    return this.#queue.length > 0 || this.#outbound.full;
  }

  /** Something waits for the store. */
  get isAwaiting(): boolean {
    return this.#awaited > 0;
  }

  get isLow(): boolean {
    return this.#queue.isLow;
  }

  /** What was kept comes back, oldest first. false: its packet id is in use already, so it cannot be. */
  restore(key: DeliveryKey, size: number, qos: 1 | 2, progress: Progress): boolean {
    if (progress.state === 'queued') {
      this.#queue.add(key, size);
      return true;
    }
    const { packetId } = progress;
    if (this.#outbound.item(packetId) !== undefined || this.#released?.has(packetId)) return false;
    const owed = new Owed(this, key, size, packetId, 0);
    owed.wasSent = true;
    this.#shared.totals.messagesInMemory++;
    if (progress.state === 'released') {
      owed.isReleased = true;
      this.#releasedOf().set(packetId, owed);
      this.#outbound.restore([{ fact: 'released', packetId }]);
    } else {
      this.#inflightBytes += size;
      this.#outbound.restore([{ fact: 'sent', packetId, qos, item: owed }]);
    }
    return true;
  }

  /** A connection has the session; then `resume`. */
  attach(writer: Writer, receiveMaximum: number): void {
    this.#writer = writer;
    this.#outbound.reconnect(receiveMaximum);
  }

  /** It is gone; what waited for the store does not leave on it. */
  detach(): void {
    this.#writer = undefined;
    for (const fact of this.#outbound.facts()) if (fact.fact === 'sent') fact.item.sending = undefined;
  }

  /** What waits for the store does not hold its chunk for long. */
  keepInflight(): void {
    for (const fact of this.#outbound.facts()) if (fact.fact === 'sent') fact.item.sending?.message.keep();
  }

  /** Takes a message at QoS 1 or 2: tells of it, and sends it as soon as window, link and store allow. */
  deliver(message: Message, subscription: Subscription, qos: 1 | 2): Delivery {
    const writer = this.#writer;
    const { size } = message;
    const isNext = writer !== undefined && this.#queue.length === 0 && !writer.outbox.isFull(size);
    const leaves = isNext && !this.#isWindowFull(size);
    if (!leaves && writer !== undefined) this.#countWaiting(size);
    if (!leaves && !this.#makeRoom(size)) {
      this.#owner.drop('overflow', message);
      if (this.#shared.bounds.overflow === 'disconnect') this.#owner.overflowed();
      return deliveries.none;
    }
    const retain = message.retain && subscription.retainAsPublished;
    const { identifiers, topicFilter } = subscription;
    const share = topicFilter.startsWith('$share/') ? topicFilter : undefined;
    const key = this.#keeping.queued(this.#session, message, { qos, retain, identifiers, share });
    if (leaves) {
      this.#send(writer, key, new Sending(message, qos, retain, subscription), size);
      return writer.outbox.isBlocked ? deliveries.behind : deliveries.taken;
    }
    this.#queue.add(key, size);
    return this.#owner.isOnline && this.#queue.isHigh ? deliveries.behind : deliveries.taken;
  }

  /** Sends again what was open, in order and with DUP [MQTT-4.4.0-1]. */
  resume(): void {
    const writer = this.#writer;
    if (writer === undefined) return;
    this.#outbound.resend({
      publish: (_packetId, owed) => {
        this.#leave(writer, owed);
      },
      pubrel: (packetId) => {
        const owed = this.#released?.get(packetId);
        if (owed !== undefined) this.#leave(writer, owed);
      },
    });
  }

  /** Sends what waits, as far as window and link allow. */
  pump(): void {
    const writer = this.#writer;
    if (writer === undefined || writer.outbox.isEnded) return;
    while (this.#queue.length > 0) {
      const size = this.#queue.nextSize;
      if (this.#isWindowFull(size) || writer.outbox.isFull(size)) return;
      const key = this.#queue.shift();
      const sending = this.#read(key);
      if (sending === undefined) continue;
      if (sending.message.expiresAt <= this.#shared.now())
        this.#dropTold('expired', key, sending); // [MQTT-3.3.2-5]
      else if (!this.#owner.mayReceive(sending.message)) this.#dropTold('unauthorised', key, sending);
      else this.#send(writer, key, sending, size);
    }
  }

  /** PUBACK came: true when something was settled. */
  puback(packetId: number): boolean {
    const owed = this.#outbound.item(packetId);
    if (owed === undefined || this.#outbound.puback(packetId) !== 'settled') return false;
    this.#settle(owed);
    return true;
  }

  /** PUBREC came. `now`: send PUBREL; `later`: it leaves when its release is kept; `settled`, `unknown`: none follows. */
  pubrec(packetId: number, reasonCode: number): 'now' | 'later' | 'settled' | 'unknown' {
    const owed = this.#outbound.item(packetId) ?? this.#released?.get(packetId);
    const verdict = this.#outbound.pubrec(packetId, reasonCode);
    if (owed === undefined || verdict === 'unknown') return 'unknown';
    if (verdict === 'settled') {
      this.#settle(owed);
      return 'settled';
    }
    if (!owed.isReleased) {
      owed.isReleased = true;
      owed.sending = undefined;
      this.#inflightBytes -= owed.size;
      this.#releasedOf().set(packetId, owed);
      this.#keeping.store.released(owed.key);
      owed.ticket = this.#keeping.newest;
    }
    if (this.#keeping.isDurable(owed.ticket)) return 'now';
    if (this.#writer !== undefined) this.#await(this.#writer, owed);
    return 'later';
  }

  /** PUBCOMP came: true when something was settled. */
  pubcomp(packetId: number): boolean {
    const owed = this.#released?.get(packetId);
    if (owed === undefined || this.#outbound.pubcomp(packetId) !== 'settled') return false;
    this.#settle(owed);
    return true;
  }

  /** The store has it: it leaves, unless its connection is gone. */
  depart(owed: Owed): void {
    owed.isAwaited = false;
    this.#awaited--;
    const { writer } = owed;
    owed.writer = undefined;
    if (writer === undefined || writer !== this.#writer || writer.outbox.isEnded) return;
    if (!this.#leave(writer, owed)) this.pump(); // its place in the window is free, and no answer will come
  }

  /** The session ends: everything is settled; what others of a shared subscription may get is given back (§4.8.2). */
  end(): Sending[] {
    const left: Sending[] = [];
    const { store } = this.#keeping;
    for (const fact of [...this.#outbound.facts()]) {
      const owed = fact.fact === 'sent' ? fact.item : this.#released?.get(fact.packetId);
      if (owed === undefined) continue;
      this.#shared.totals.messagesInMemory--;
      const isOthers = this.hasShared && fact.fact === 'sent' && fact.qos === 1;
      const sending = isOthers ? this.#read(owed.key) : undefined;
      if (sending?.isShared) left.push(sending);
      if (!isOthers || sending !== undefined) store.settled(owed.key);
      owed.writer = undefined;
    }
    while (this.#queue.length > 0) {
      const key = this.#queue.shift();
      const sending = this.hasShared ? this.#read(key) : undefined;
      if (sending?.isShared) left.push(sending);
      if (!this.hasShared || sending !== undefined) store.settled(key);
    }
    this.#outbound.clear();
    this.#released?.clear();
    return left;
  }

  #releasedOf(): Map<number, Owed> {
    this.#released ??= new Map();
    return this.#released;
  }

  /** Room for one more in the queue; false: the new one is dropped. */
  #makeRoom(size: number): boolean {
    while (this.#queue.isFullFor(size)) {
      if (this.#shared.bounds.overflow !== 'drop-oldest' || this.#queue.length === 0) return false;
      const key = this.#queue.shift();
      const oldest = this.#read(key);
      if (oldest !== undefined) this.#dropTold('overflow', key, oldest);
    }
    return true;
  }

  #isWindowFull(size: number): boolean {
    if (this.#outbound.full) return true;
    if (this.#inflightBytes === 0) return false;
    const { inflightBytes, bounds, totals } = this.#shared;
    return this.#inflightBytes + size > inflightBytes || totals.messagesInMemory >= bounds.messagesInMemory;
  }

  #countWaiting(size: number): void {
    const { metrics } = this.#shared;
    if (this.#outbound.full) metrics.messagesAwaitingWindow++;
    else if (this.#isWindowFull(size)) metrics.messagesAwaitingBytes++;
  }

  /** What `queued` was told; undefined: its record is damaged, and it is over. */
  #read(key: DeliveryKey): Sending | undefined {
    const kept = this.#keeping.delivery(key);
    if (kept === undefined) return undefined;
    const { qos, retain, identifiers } = kept;
    const message = this.#keeping.messageOf(kept.message);
    const topicFilter = kept.share ?? message.topic;
    const subscriber = this.#owner;
    return new Sending(message, qos, retain, {
      subscriber,
      topicFilter,
      qos,
      noLocal: false,
      retainAsPublished: retain,
      identifiers,
    });
  }

  #send(writer: Writer, key: DeliveryKey, sending: Sending, size: number): void {
    const owed = new Owed(this, key, size, 0, 0);
    owed.packetId = this.#outbound.send(owed, sending.qos === 2 ? 2 : 1); // never 0: the window has room
    this.#inflightBytes += size;
    this.#shared.totals.messagesInMemory++;
    owed.sending = sending;
    this.#keeping.store.sent(key, owed.packetId);
    owed.ticket = this.#keeping.newest;
    this.#leave(writer, owed);
  }

  /** PUBLISH or PUBREL leaves on `writer`, now or when it is kept. false: it cannot, and is over. */
  #leave(writer: Writer, owed: Owed): boolean {
    if (!this.#keeping.isDurable(owed.ticket)) {
      this.#await(writer, owed);
      return true;
    }
    if (owed.isReleased) {
      writer.outbox.acknowledge(0x62, owed.packetId);
      return true;
    }
    const sending = owed.sending ?? this.#read(owed.key);
    owed.sending = undefined;
    const dup = owed.wasSent;
    owed.wasSent = true;
    if (sending !== undefined && writer.writeOpen(owed.packetId, sending, dup)) return true;
    this.#outbound.discard(owed.packetId);
    this.#inflightBytes -= owed.size;
    this.#shared.totals.messagesInMemory--;
    if (sending !== undefined) this.#dropTold('too-large', owed.key, sending); // [MQTT-3.1.2-25]
    return false;
  }

  #await(writer: Writer, owed: Owed): void {
    owed.writer = writer;
    if (owed.isAwaited) return;
    owed.isAwaited = true;
    this.#awaited++;
    this.#keeping.await(owed);
  }

  #settle(owed: Owed): void {
    owed.writer = undefined;
    owed.sending = undefined;
    if (owed.isReleased) this.#released?.delete(owed.packetId);
    else this.#inflightBytes -= owed.size;
    this.#shared.totals.messagesInMemory--;
    this.#keeping.store.settled(owed.key);
  }

  #dropTold(why: DropReason, key: DeliveryKey, { message }: Sending): void {
    this.#keeping.store.settled(key);
    this.#owner.drop(why, message);
  }
}
