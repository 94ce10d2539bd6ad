/**
 * What one client id is owed: its subscriptions, the messages in flight and waiting, and how each is sent.
 * Lives on while its client is away. Delivery flows are `@mqtt/session`'s; this file does what they decide, and
 * `writer.ts` knows the bytes. Knows no router, no socket, no CONNECT.
 */
import type { QoS } from '@mqtt/codec';
import { Inbound, Outbound } from '@mqtt/session';
import type { Client } from '../access/access.ts';
import { DROP_COUNTERS, type DropReason, tell } from '../hooks.ts';
import type { Message } from '../message.ts';
import type { Flushable } from '../outbox.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from '../subscriber.ts';
import type { Aged } from './aging.ts';
import type { Attachment, SessionEnvironment } from './environment.ts';
import { Queue } from './queue.ts';
import type { Replay } from './replay.ts';
import { bytesInflight, grantedQoS, Sending } from './sending.ts';
import { Writer } from './writer.ts';

/** So many waiting messages of a connected client are sent too soon to be worth a copy; the rest are copied. */
const WAITING_AS_VIEWS = 256;

/** Retained messages that one turn may send to one session. */
const REPLAYED_A_TURN = 1000;

/** A session (§4.1). */
export class Session implements Subscriber, Flushable, Aged {
  readonly clientId: string;
  /** Who created it; only the same identity may take it over. */
  readonly identity: string;
  /** Seconds it outlives its connection; 0xFFFFFFFF: for ever (§3.1.2.11.2). */
  expiryInterval = 0;
  readonly #environment: SessionEnvironment;
  /** topic filter -> subscription; most sessions of a large broker only publish, and an empty map is 280 bytes. */
  #subscriptions: Map<string, Subscription> | undefined;
  #attachment: Attachment | undefined;
  /** Who had it last: asked about what is to wait for it, too. */
  #client: Client | undefined;
  #receiveMaximum = 0;
  #writer: Writer | undefined;
  #inbound: Inbound | undefined;
  #outbound: Outbound<Sending> | undefined;
  #queue: Queue<Sending> | undefined;
  #replays: Replay[] | undefined;
  #waiters: (() => void)[] | undefined;
  #isOvertaken = false;
  #isAging = false;
  /** Bytes in flight, at least; see `#isWindowFull`. */
  #inflightBytes = 0;
  /** How many were in flight when their bytes were found to be too many. */
  #crowded = 0;

  constructor(clientId: string, identity: string, environment: SessionEnvironment) {
    this.clientId = clientId;
    this.identity = identity;
    this.#environment = environment;
  }

  get isOnline(): boolean {
    return this.#attachment !== undefined;
  }

  get attachment(): Attachment | undefined {
    return this.#attachment;
  }

  /** The receiving flows; QoS 2 ids outlive connections. */
  get inbound(): Inbound {
    this.#inbound ??= new Inbound(this.#receiveMaximum);
    return this.#inbound;
  }

  /** Messages in flight. */
  get inflight(): number {
    return this.#outbound?.inflight ?? 0;
  }

  /** Messages that wait. */
  get queued(): number {
    return this.#queue?.length ?? 0;
  }

  get load(): number {
    return this.inflight + this.queued;
  }

  wouldWait(qos: QoS): boolean {
    const writer = this.#writer;
    if (writer === undefined || writer.outbox.isBlocked) return true;
    return qos > 0 && (this.#queue !== undefined || this.#outbound?.full === true);
  }

  /** Its subscriptions; topic filters as the client wrote them, `$share/...` included. */
  subscriptions(): Iterable<Subscription> {
    return this.#subscriptions?.values() ?? [];
  }

  get subscriptionCount(): number {
    return this.#subscriptions?.size ?? 0;
  }

  /** Whether it is subscribed to exactly this filter. */
  isSubscribed(topicFilter: string): boolean {
    return this.#subscriptions?.has(topicFilter) ?? false;
  }

  /** Notes a subscription, in place of one to the same filter. Routing is the caller's. */
  subscribed(subscription: Subscription): void {
    this.#subscriptions ??= new Map();
    this.#subscriptions.set(subscription.topicFilter, subscription);
  }

  /** Forgets a subscription; false when there was none. */
  unsubscribed(topicFilter: string): boolean {
    return this.#subscriptions?.delete(topicFilter) ?? false;
  }

  /** A connection takes the session. Call `resume` when CONNACK is written. */
  attach(attachment: Attachment, receiveMaximum: number): void {
    this.#attachment = attachment;
    this.#client = attachment.client;
    this.#writer = new Writer(attachment, this.#environment);
    this.#receiveMaximum = receiveMaximum;
    this.#inbound?.reconnect(receiveMaximum);
    this.#outbound?.reconnect(attachment.receiveMaximum);
  }

  /** Sends again what was open, in order and with DUP [MQTT-4.4.0-1], then what waited. */
  resume(): void {
    this.#resend();
    this.pump();
  }

  /** The connection is gone. What stays must not hold its chunks. */
  detach(): void {
    this.#replays = this.#owedReplays();
    this.#attachment = undefined;
    this.#writer = undefined;
    this.keepInflight();
    this.#release();
  }

  /** Copies what is in flight, and what waits, out of the chunks it came in. */
  keepInflight(): void {
    this.#isAging = false;
    if (this.#queue !== undefined) for (const { message } of this.#queue) message.keep();
    if (this.#outbound === undefined) return;
    for (const fact of this.#outbound.facts()) if (fact.fact === 'sent') fact.item.message.keep();
  }

  deliver(message: Message, subscription: Subscription): Delivery {
    if (this.#environment.door.guardsReceive && !this.#mayReceive(message))
      return this.#drop('unauthorised', message);
    const { features } = this.#environment;
    const qos = features.upgradeOutgoingQoS ? subscription.qos : grantedQoS(message, subscription);
    return qos === 0
      ? this.#deliverQoS0(message, subscription)
      : this.#deliverOpen(message, subscription, qos);
  }

  /** Publishers have waited long enough: they are not held back for this session until it is ready again. */
  overtake(): void {
    this.#isOvertaken = true;
  }

  /**
   * Messages of shared subscriptions that this session, which ends, leaves to the rest of each group (§4.8.2): those
   * that wait, and QoS 1 without PUBACK. A QoS 2 delivery that has begun goes to nobody else.
   */
  *leftToOthers(): Iterable<Sending> {
    if (this.#outbound !== undefined) {
      for (const fact of this.#outbound.facts()) {
        if (fact.fact === 'sent' && fact.qos === 1 && fact.item.isShared) yield fact.item;
      }
    }
    for (let sending = this.#queue?.shift(); sending !== undefined; sending = this.#queue?.shift()) {
      if (sending.isShared) yield sending;
    }
  }

  /** Calls `resume` once when this session no longer falls behind. */
  whenReady(resume: () => void): void {
    if (this.#isReady()) resume();
    else if (this.#waiters === undefined) this.#waiters = [resume];
    else this.#waiters.push(resume);
  }

  /** Sends the retained messages of a new subscription, as fast as the client takes them. */
  replay(replay: Replay): void {
    if (this.#replays === undefined) this.#replays = [replay];
    else this.#replays.push(replay);
    this.flush();
  }

  /** A subscription ended: none of its retained messages follows [MQTT-3.10.4-2]. */
  endReplay(topicFilter: string): void {
    if (this.#replays === undefined) return;
    const left = this.#replays.filter(({ subscription }) => subscription.topicFilter !== topicFilter);
    this.#replays = left.length > 0 ? left : undefined;
  }

  /** A turn begins: retained messages go on. */
  flush(): void {
    if (this.#replays !== undefined) this.#continueReplays();
  }

  /** The outbox takes bytes again. */
  ready(): void {
    this.pump();
    if (this.#isReady()) this.#release();
  }

  /** PUBACK came. */
  puback(packetId: number): void {
    if (this.#outbound?.puback(packetId) === 'settled') this.#settled();
  }

  /** PUBREC came: true when PUBREL must follow; undefined when no such message is open. */
  pubrec(packetId: number, reasonCode: number): boolean | undefined {
    const verdict = this.#outbound?.pubrec(packetId, reasonCode) ?? 'unknown';
    if (verdict === 'settled') this.#settled();
    return verdict === 'unknown' ? undefined : verdict === 'release';
  }

  /** PUBCOMP came. */
  pubcomp(packetId: number): void {
    if (this.#outbound?.pubcomp(packetId) === 'settled') this.#settled();
  }

  /** Sends what waits, as far as window and link allow. */
  pump(): void {
    const queue = this.#queue;
    const writer = this.#writer;
    if (writer === undefined || writer.outbox.isEnded) return;
    if (queue === undefined) {
      this.flush();
      return;
    }
    const outbound = this.#outboundOf();
    for (let sending = queue.peek(); sending !== undefined; sending = queue.peek()) {
      const { message, qos, size } = sending;
      if ((qos > 0 && this.#isWindowFull(outbound, size)) || writer.outbox.isFull(size)) break;
      queue.shift();
      if (message.expiresAt <= this.#environment.now())
        this.#drop('expired', message); // [MQTT-3.3.2-5]
      else if (!this.#mayReceive(message))
        this.#drop('unauthorised', message); // the right may be gone by now [E05]
      else if (qos === 0) this.#sendQoS0(writer, sending);
      else this.#send(writer, outbound, sending, qos);
    }
    if (queue.length > 0) return;
    this.#queue = undefined;
    this.flush();
  }

  /** QoS 1 and 2 are owed to a client that is away too [MQTT-3.3.1-9], within the bound of what may wait. */
  #owedReplays(): Replay[] | undefined {
    let room = this.#environment.bounds.messages - this.queued;
    const owed = this.#replays?.filter((replay) => {
      if (replay.subscription.qos === 0) return false;
      const left = replay.shorten(room);
      room -= left;
      return left > 0;
    });
    return owed !== undefined && owed.length > 0 ? owed : undefined;
  }

  /** No Local, of whichever session the client published in [MQTT-3.8.3-3]. */
  #isOwn({ publisher }: Message, { noLocal }: Subscription): boolean {
    return noLocal && publisher === this.clientId;
  }

  /** Live messages go first: as long as any wait, retained ones do. */
  #continueReplays(): void {
    let left = REPLAYED_A_TURN;
    for (let replay = this.#replays?.[0]; replay !== undefined; replay = this.#replays?.[0]) {
      for (let message = replay.next(); message !== undefined; message = replay.next()) {
        if (this.#isOwn(message, replay.subscription)) continue;
        this.deliver(message, replay.subscription);
        if (this.#writer === undefined || this.#writer.outbox.isBlocked || this.#queue !== undefined) return;
        if (--left === 0) {
          this.#environment.turn.add(this);
          return;
        }
      }
      this.#replays?.shift();
      if (this.#replays?.length === 0) this.#replays = undefined;
    }
  }

  #settled(): void {
    const outbound = this.#outbound;
    if (outbound !== undefined && outbound.unsent > 0) this.#resend();
    if (this.#queue === undefined && this.#replays === undefined) return;
    this.pump();
    if ((this.#waiters !== undefined || this.#isOvertaken) && this.#isReady()) this.#release();
  }

  #deliverQoS0(message: Message, subscription: Subscription): Delivery {
    const writer = this.#writer;
    if ((writer === undefined || this.#queue !== undefined) && this.#environment.features.queueQoS0) {
      // Behind what waits already, or it would overtake QoS 0 that does.
      const retain = message.retain && subscription.retainAsPublished;
      return this.#enqueue(new Sending(message, 0, retain, subscription));
    }
    if (writer === undefined) return this.#drop('offline', message);
    const refused = writer.writeQoS0(message, subscription);
    if (refused === 'too-large') return this.#drop(refused, message); // [MQTT-3.1.2-25]
    const delivery = refused === undefined ? deliveries.taken : this.#drop(refused, message);
    return writer.outbox.isBlocked ? this.#behindOr(delivery) : delivery;
  }

  #deliverOpen(message: Message, subscription: Subscription, qos: 1 | 2): Delivery {
    const retain = message.retain && subscription.retainAsPublished;
    const sending = new Sending(message, qos, retain, subscription);
    const writer = this.#writer;
    if (writer !== undefined && this.#queue === undefined && !writer.outbox.isFull(sending.size)) {
      const outbound = this.#outboundOf();
      if (!this.#isWindowFull(outbound, sending.size)) {
        this.#send(writer, outbound, sending, qos);
        return writer.outbox.isBlocked ? this.#behindOr(deliveries.taken) : deliveries.taken;
      }
    }
    return this.#enqueue(sending);
  }

  #enqueue(sending: Sending): Delivery {
    const { bounds, totals } = this.#environment;
    this.#queue ??= new Queue<Sending>(bounds, totals);
    const queue = this.#queue;
    if (this.#attachment === undefined || queue.length >= WAITING_AS_VIEWS) sending.message.keep();
    else this.#age();
    const { isTaken, dropped } = queue.add(sending);
    for (const { message } of dropped) this.#drop('overflow', message);
    if (!isTaken && bounds.overflow === 'disconnect') this.#attachment?.overflowed();
    const delivery = isTaken ? deliveries.taken : deliveries.none;
    return this.#attachment !== undefined && queue.isHigh ? this.#behindOr(delivery) : delivery;
  }

  #age(): void {
    if (this.#isAging) return;
    this.#isAging = true;
    this.#environment.aging.add(this);
  }

  #behindOr(otherwise: Delivery): Delivery {
    return this.#isOvertaken ? otherwise : deliveries.behind;
  }

  /**
   * Whether `size` more bytes must wait, by the window of §4.9 or by our bound in bytes. What was acknowledged is taken
   * off the sum only when the bound is reached, and then when an eighth has left: cheaper than with each PUBACK.
   */
  #isWindowFull(outbound: Outbound<Sending>, size: number): boolean {
    const { inflightBytes } = this.#environment;
    if (outbound.full) return true;
    if (this.#inflightBytes + size <= inflightBytes) return false;
    const { inflight } = outbound;
    if (inflight * 8 > this.#crowded * 7 && this.#crowded > 0) return true;
    this.#inflightBytes = bytesInflight(outbound);
    const isFull = this.#inflightBytes > 0 && this.#inflightBytes + size > inflightBytes;
    this.#crowded = isFull ? inflight : 0;
    return isFull;
  }

  #sendQoS0(writer: Writer, { message, subscription }: Sending): void {
    const refused = writer.writeQoS0(message, subscription);
    if (refused !== undefined) this.#drop(refused, message);
  }

  #send(writer: Writer, outbound: Outbound<Sending>, sending: Sending, qos: 1 | 2): void {
    const packetId = outbound.send(sending, qos);
    this.#inflightBytes += sending.size;
    this.#age();
    this.#write(writer, outbound, packetId, sending, false);
  }

  #write(
    writer: Writer,
    outbound: Outbound<Sending>,
    packetId: number,
    sending: Sending,
    dup: boolean,
  ): void {
    if (writer.writeOpen(packetId, sending, dup)) return;
    this.#drop('too-large', sending.message); // [MQTT-3.1.2-25]
    outbound.discard(packetId);
  }

  #mayReceive(message: Message): boolean {
    const { door } = this.#environment;
    return !door.guardsReceive || (this.#client !== undefined && door.receive(this.#client, message.topic));
  }

  #drop(why: DropReason, message: Message): typeof deliveries.none {
    const { metrics, hooks } = this.#environment;
    metrics[DROP_COUNTERS[why]]++;
    tell(metrics, hooks.onDrop, this.clientId, message.topic, why);
    return deliveries.none;
  }

  #resend(): void {
    const writer = this.#writer;
    const outbound = this.#outbound;
    if (writer === undefined || outbound === undefined) return;
    outbound.resend({
      publish: (packetId, sending) => this.#write(writer, outbound, packetId, sending, true),
      pubrel: (packetId) => writer.outbox.acknowledge(0x62, packetId),
    });
  }

  #outboundOf(): Outbound<Sending> {
    this.#outbound ??= new Outbound<Sending>(this.#attachment?.receiveMaximum ?? 1);
    return this.#outbound;
  }

  #isReady(): boolean {
    if (this.#writer?.outbox.isBlocked) return false;
    return this.#queue === undefined || this.#queue.isLow || this.#attachment === undefined;
  }

  #release(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    this.#isOvertaken = false;
    if (waiters) for (const resume of waiters) resume();
  }
}
