/**
 * What one client id is owed: its subscriptions, the messages in flight and waiting, and how each is sent.
 * Lives on while its client is away. Delivery flows are `@mqtt/session`'s; this file does what they decide, and
 * `writer.ts` knows the bytes. Knows no router, no socket, no CONNECT.
 */
import type { QoS } from '@mqtt/codec';
import { Inbound } from '@mqtt/session';
import type { Client } from '../access/access.ts';
import { DROP_COUNTERS, type DropReason, tell } from '../hooks.ts';
import type { Message } from '../message.ts';
import type { Flushable } from '../outbox.ts';
import { type Delivery, deliveries, type Subscriber, type Subscription } from '../subscriber.ts';
import type { Aged } from './aging.ts';
import { CountedOutbound } from './counted-outbound.ts';
import type { Attachment, SessionEnvironment } from './environment.ts';
import { KeptFlow } from './kept-flow.ts';
import { Queue } from './queue.ts';
import type { SessionRecord } from './record.ts';
import { LATER, REPLAYED_A_TURN, type Replay, Replays } from './replay.ts';
import { grantedQoS, Sending } from './sending.ts';
import { SubscriptionSet } from './subscription-set.ts';
import type { Undecided } from './undecided.ts';
import { Writer } from './writer.ts';

/** So many waiting messages of a connected client are sent too soon to be worth a copy; the rest are copied. */
const WAITING_AS_VIEWS = 256;

/** A session (§4.1). */
export class Session implements Subscriber, Flushable, Aged {
  readonly clientId: string;
  /** Who created it; only the same identity may take it over. */
  readonly identity: string;
  /** What all its topics begin with, and its client does not see; '' for nothing. */
  readonly mountPoint: string;
  /** Seconds it outlives its connection; 0xFFFFFFFF: for ever (§3.1.2.11.2). */
  expiryInterval = 0;
  /** Its will, while it is counted: `schedule.ts` does. */
  heldWill: { readonly bytes: number } | undefined;
  /** What it sent and is not answered, though its connection may be another one by then; most sessions have none. */
  undecided: Undecided | undefined;
  readonly #environment: SessionEnvironment;
  /** Most sessions of a large broker only publish. */
  #subscriptions: SubscriptionSet | undefined;
  #attachment: Attachment | undefined;
  /** Who had it last: asked about what is to wait for it, too. */
  #client: Client | undefined;
  #receiveMaximum = 0;
  #writer: Writer | undefined;
  #inbound: Inbound | undefined;
  #outbound: CountedOutbound | undefined;
  #queue: Queue<Sending> | undefined;
  #replays: Replays | undefined;
  #waiters: (() => void)[] | undefined;
  /** What the store is told of it; undefined for a session that ends with its connection or with the process. */
  #record: SessionRecord | undefined;
  /** In place of `#outbound` and `#queue` where there is a record of more than a will. */
  #flow: KeptFlow | undefined;
  #isOvertaken = false;
  #isAging = false;

  constructor(clientId: string, identity: string, environment: SessionEnvironment, mountPoint = '') {
    this.clientId = clientId;
    this.identity = identity;
    this.mountPoint = mountPoint;
    this.#environment = environment;
  }

  get isOnline(): boolean {
    return this.#attachment !== undefined;
  }

  get attachment(): Attachment | undefined {
    return this.#attachment;
  }

  /** Who has it, or had it last. */
  get client(): Client | undefined {
    return this.#client;
  }

  get record(): SessionRecord | undefined {
    return this.#record;
  }

  get isKept(): boolean {
    return this.#flow !== undefined;
  }

  /** From now on the store is told of it; before its first message. */
  keep(record: SessionRecord): KeptFlow | undefined {
    this.#record = record;
    if (record.isKept) this.#flow = new KeptFlow(this, record.keeping, record.key, this.#environment);
    return this.#flow;
  }

  /** Its client before the restart. */
  restoreClient(client: Client): void {
    this.#client = client;
  }

  /** The receiving flows; QoS 2 ids outlive connections. */
  get inbound(): Inbound {
    this.#inbound ??= new Inbound(this.#receiveMaximum);
    return this.#inbound;
  }

  /** Messages in flight. */
  get inflight(): number {
    return this.#flow?.inflight ?? this.#outbound?.inflight ?? 0;
  }

  /** Messages that wait. */
  get queued(): number {
    return (this.#flow?.queued ?? 0) + (this.#queue?.length ?? 0);
  }

  get load(): number {
    return this.inflight + this.queued;
  }

  wouldWait(qos: QoS): boolean {
    const writer = this.#writer;
    if (writer === undefined || writer.outbox.isBlocked) return true;
    if (qos === 0) return false;
    return this.#flow?.wouldWait ?? (this.#queue !== undefined || this.#outbound?.full === true);
  }

  /** Its subscriptions; topic filters as the client wrote them, `$share/...` included. */
  subscriptions(): Iterable<Subscription> {
    return this.#subscriptions?.values() ?? [];
  }

  get subscriptionCount(): number {
    return this.#subscriptions?.size ?? 0;
  }

  /** Its subscription to exactly this filter. */
  subscriptionTo(topicFilter: string): Subscription | undefined {
    return this.#subscriptions?.get(topicFilter);
  }

  /** Whether it is subscribed to exactly this filter. */
  isSubscribed(topicFilter: string): boolean {
    return this.#subscriptions?.get(topicFilter) !== undefined;
  }

  /** Notes a subscription, in place of one to the same filter. Routing is the caller's. */
  subscribed(subscription: Subscription): void {
    this.#subscriptions ??= new SubscriptionSet();
    this.#subscriptions.set(subscription);
    if (this.#flow !== undefined && subscription.topicFilter.startsWith('$share/'))
      this.#flow.hasShared = true;
  }

  /** Forgets a subscription; false when there was none. */
  unsubscribed(topicFilter: string): boolean {
    return this.#subscriptions?.delete(topicFilter) ?? false;
  }

  /** A connection will take the session once the store knows: it may be taken over meanwhile, and is sent nothing. */
  reserve(attachment: Attachment): void {
    this.#attachment = attachment;
  }

  /** A connection takes the session. Call `resume` when CONNACK is written. */
  attach(attachment: Attachment, receiveMaximum: number): void {
    this.#attachment = attachment;
    this.#client = attachment.client;
    this.#writer = new Writer(attachment, this.#environment, this.mountPoint);
    this.#receiveMaximum = receiveMaximum;
    this.#inbound?.reconnect(receiveMaximum);
    this.#outbound?.reconnect(attachment.receiveMaximum);
    this.#flow?.attach(this.#writer, attachment.receiveMaximum);
  }

  /** Sends again what was open, in order and with DUP [MQTT-4.4.0-1], then what waited. */
  resume(): void {
    this.#resend();
    this.#flow?.resume();
    this.pump();
  }

  /** The connection is gone. What stays must not hold its chunks. */
  detach(): void {
    // QoS 1 and 2 are owed to a client that is away too [MQTT-3.3.1-9], within the bound of what may wait.
    this.#replays?.shorten(this.#environment.bounds.messages - this.queued);
    this.#attachment = undefined;
    this.#writer = undefined;
    this.#flow?.detach();
    this.keepInflight();
    this.#release();
  }

  /** Copies what is in flight, and what waits, out of the chunks it came in. */
  keepInflight(): void {
    this.#isAging = false;
    this.#flow?.keepInflight();
    if (this.#queue !== undefined) for (const { message } of this.#queue) message.keep();
    if (this.#outbound === undefined) return;
    for (const fact of this.#outbound.facts()) if (fact.fact === 'sent') fact.item.message.keep();
  }

  deliver(message: Message, subscription: Subscription): Delivery {
    if (this.#environment.door.guardsReceive && !this.mayReceive(message))
      return this.drop('unauthorised', message);
    const { features } = this.#environment;
    const qos = features.upgradeOutgoingQoS ? subscription.qos : grantedQoS(message, subscription);
    if (qos === 0) return this.#deliverQoS0(message, subscription);
    if (this.#flow === undefined) return this.#deliverOpen(message, subscription, qos);
    const delivery = this.#flow.deliver(message, subscription, qos);
    if (this.#flow.isAwaiting) this.#age();
    return delivery === deliveries.behind ? this.#behindOr(deliveries.taken) : delivery;
  }

  /** The queue is full and the policy is to disconnect. */
  overflowed(): void {
    this.#attachment?.overflowed();
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
    if (this.#flow !== undefined) yield* this.#flow.end();
    if (this.#outbound !== undefined) {
      for (const fact of this.#outbound.facts()) {
        if (fact.fact === 'sent' && fact.qos === 1 && fact.item.isShared) yield fact.item;
      }
      this.#outbound.uncount();
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
    this.#replays ??= new Replays(this.clientId);
    this.#replays.add(replay);
    this.flush();
  }

  /** A subscription ended: none of its retained messages follows [MQTT-3.10.4-2]. */
  endReplay(topicFilter: string): void {
    this.#replays?.end(topicFilter);
  }

  /** A turn begins: retained messages go on. */
  flush(): void {
    if (this.#replays !== undefined) this.#continueReplays(this.#replays);
  }

  /** The outbox takes bytes again. */
  ready(): void {
    this.pump();
    if (this.#isReady()) this.#release();
  }

  /** PUBACK came. */
  puback(packetId: number): void {
    const isSettled = this.#flow?.puback(packetId) ?? this.#outbound?.puback(packetId) === 'settled';
    if (isSettled) this.#settled();
  }

  /** PUBREC came: true when PUBREL must follow now; undefined when no such message is open. */
  pubrec(packetId: number, reasonCode: number): boolean | undefined {
    const verdict =
      this.#flow?.pubrec(packetId, reasonCode) ?? this.#outbound?.pubrec(packetId, reasonCode) ?? 'unknown';
    if (verdict === 'settled') this.#settled();
    return verdict === 'unknown' ? undefined : verdict === 'release' || verdict === 'now';
  }

  /** PUBCOMP came. */
  pubcomp(packetId: number): void {
    const isSettled = this.#flow?.pubcomp(packetId) ?? this.#outbound?.pubcomp(packetId) === 'settled';
    if (isSettled) this.#settled();
  }

  /** Sends what waits, as far as window and link allow. */
  pump(): void {
    const queue = this.#queue;
    const writer = this.#writer;
    if (writer === undefined || writer.outbox.isEnded) return;
    this.#flow?.pump();
    if (queue === undefined) {
      if (!this.#isWaiting) this.flush();
      return;
    }
    const outbound = this.#outboundOf();
    for (let sending = queue.peek(); sending !== undefined; sending = queue.peek()) {
      const { message, qos, size } = sending;
      if ((qos > 0 && this.#isWindowFull(outbound, size)) || writer.outbox.isFull(size)) break;
      queue.shift();
      if (message.expiresAt <= this.#environment.now())
        this.drop('expired', message); // [MQTT-3.3.2-5]
      else if (!this.mayReceive(message))
        this.drop('unauthorised', message); // the right may be gone by now [E05]
      else if (qos === 0) this.#sendQoS0(writer, sending);
      else this.#send(writer, outbound, sending, qos);
    }
    if (queue.length > 0) return;
    this.#queue = undefined;
    if (!this.#isWaiting) this.flush();
  }

  /** Live messages go first: as long as any wait, retained ones do. */
  #continueReplays(replays: Replays): void {
    for (let left = REPLAYED_A_TURN; left > 0; left--) {
      const message = replays.next();
      if (message === LATER) break;
      const { subscription } = replays;
      if (message === undefined || subscription === undefined) {
        this.#replays = undefined;
        return;
      }
      this.deliver(message, subscription);
      if (this.#writer === undefined || this.#writer.outbox.isBlocked || this.#isWaiting) return;
    }
    this.#environment.turn.add(this);
  }

  /** Whether messages wait in its queue. */
  get #isWaiting(): boolean {
    return this.#queue !== undefined || (this.#flow !== undefined && this.#flow.queued > 0);
  }

  #settled(): void {
    const outbound = this.#outbound;
    if (outbound !== undefined && outbound.unsent > 0) this.#resend();
    else if (this.#flow?.hasUnsent) this.#flow.resume();
    if (!this.#isWaiting && this.#replays === undefined) return;
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
    if (writer === undefined) return this.drop('offline', message);
    const refused = writer.writeQoS0(message, subscription);
    if (refused === 'too-large') return this.drop(refused, message); // [MQTT-3.1.2-25]
    const delivery = refused === undefined ? deliveries.taken : this.drop(refused, message);
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
    if (writer !== undefined) this.#countWaiting(sending.size);
    return this.#enqueue(sending);
  }

  #countWaiting(size: number): void {
    const { metrics } = this.#environment;
    if (this.#outbound?.full) metrics.messagesAwaitingWindow++;
    else if (this.#outbound?.isCrowded(size)) metrics.messagesAwaitingBytes++;
  }

  #enqueue(sending: Sending): Delivery {
    const { bounds, totals } = this.#environment;
    this.#queue ??= new Queue<Sending>(bounds, totals);
    const queue = this.#queue;
    if (this.#attachment === undefined || queue.length >= WAITING_AS_VIEWS) sending.message.keep();
    else this.#age();
    const { isTaken, dropped } = queue.add(sending);
    for (const { message } of dropped) this.drop('overflow', message);
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

  /** Whether `size` more bytes must wait, by the window of §4.9 or by one of our bounds. */
  #isWindowFull(outbound: CountedOutbound, size: number): boolean {
    return outbound.full || outbound.isCrowded(size);
  }

  #sendQoS0(writer: Writer, { message, subscription }: Sending): void {
    const refused = writer.writeQoS0(message, subscription);
    if (refused !== undefined) this.drop(refused, message);
  }

  #send(writer: Writer, outbound: CountedOutbound, sending: Sending, qos: 1 | 2): void {
    const packetId = outbound.send(sending, qos);
    this.#age();
    this.#write(writer, outbound, packetId, sending, false);
  }

  #write(writer: Writer, outbound: CountedOutbound, packetId: number, sending: Sending, dup: boolean): void {
    if (writer.writeOpen(packetId, sending, dup)) return;
    this.drop('too-large', sending.message); // [MQTT-3.1.2-25]
    outbound.discard(packetId);
  }

  /** Asked for each delivery, and again for one that waited. */
  mayReceive(message: Message): boolean {
    const { door } = this.#environment;
    return !door.guardsReceive || (this.#client !== undefined && door.receive(this.#client, message));
  }

  /** Counts and tells that a message does not reach it. */
  drop(why: DropReason, message: Message): typeof deliveries.none {
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

  #outboundOf(): CountedOutbound {
    this.#outbound ??= new CountedOutbound(this.#environment, this.#attachment?.receiveMaximum ?? 1);
    return this.#outbound;
  }

  #isReady(): boolean {
    if (this.#writer?.outbox.isBlocked) return false;
    if (this.#attachment === undefined) return true;
    return this.#flow?.isLow !== false && this.#queue?.isLow !== false;
  }

  #release(): void {
    const waiters = this.#waiters;
    this.#waiters = undefined;
    this.#isOvertaken = false;
    if (waiters) for (const resume of waiters) resume();
  }
}
