/**
 * A message on its way out, from `publish` to the acknowledgement its QoS asks for: window, waiting line, resend,
 * what becomes of it when the server loses the session. Lives longer than connections. The flows themselves are
 * `OutboundFlows` of @mqtt/session; what a store and other options add is `features/keeping-publisher.ts`.
 */
import type {
  Properties,
  ProtocolVersion,
  Puback,
  Pubcomp,
  Publish,
  Pubrec,
  QoS,
  TopicName,
} from '@mqtt/codec';
import { IdMap, OutboundFlows, type Resend } from '@mqtt/session';
import { invalid, MqttError, RefusedError, unsendable } from './errors.ts';
import type { Place } from './fifo.ts';
import { checkPublish, type ServerLimits } from './limits.ts';
import type { OfflineQueue, Queueable } from './offline-queue.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';
import * as words from './words.ts';

/** Properties of an outgoing message (§3.3.2.3). */
export interface PublishProperties<ResponseTopic extends string = string>
  extends Omit<Properties<'PUBLISH'>, 'subscriptionIdentifiers' | 'responseTopic'> {
  /** A Topic Name (§3.3.2.3.5). */
  readonly responseTopic?: TopicName<ResponseTopic> | undefined;
}

/** How a message is published by any client. */
export interface CorePublishOptions<ResponseTopic extends string = string> {
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** The server keeps it for later subscribers (§3.3.1.3). Default false. */
  readonly retain?: boolean | undefined;
  /** 5.0 only. A `topicAlias` is used only when the message leaves at once; the topic always goes with it. */
  readonly properties?: PublishProperties<ResponseTopic> | undefined;
}

/** What the server said to a message. QoS 0 has no answer: reason code 0. */
export interface PublishResult {
  /** 0x00, or 0x10: no matching subscribers. */
  readonly reasonCode: number;
  /** Of the PUBACK or PUBREC; 5.0 only. */
  readonly properties: Properties<'PUBACK'> | Properties<'PUBREC'> | undefined;
}

/** What is said where the server says nothing. */
export const DONE: PublishResult = Object.freeze({ reasonCode: 0, properties: undefined });
/** The promise of a QoS 0 message that left at once; one for all of them. */
const SENT = /* @__PURE__ */ Promise.resolve(DONE);

/** One message and its promise; as it is, a PUBLISH packet. */
export class Outgoing extends Pending<PublishResult> implements Queueable {
  readonly type: 'PUBLISH' = 'PUBLISH';
  declare readonly topic: string;
  declare readonly payload: Uint8Array;
  declare readonly qos: QoS;
  declare readonly retain: boolean;
  properties: PublishProperties | undefined;
  dup = false;
  packetId: number | undefined;
  place: Place<Queueable> | undefined;
  /** Its number in a store; a message that is in none has none. */
  declare key: number | undefined;
  /** `Clock.now()` from which it is of no use; only where it has a Message Expiry Interval. */
  declare expires: number | undefined;
  /** What PUBREC said; from then on it is released. */
  result: PublishResult | undefined;

  constructor(
    topic: string,
    payload: Uint8Array,
    { qos = 0, retain = false, properties }: CorePublishOptions,
  ) {
    super();
    this.topic = topic;
    this.payload = payload;
    this.qos = qos;
    this.retain = retain;
    this.properties = properties;
  }

  /** From now on it may leave through another connection, where an alias means something else [MQTT-3.3.2-7]. */
  forgetAlias(): void {
    if (this.properties?.topicAlias !== undefined)
      this.properties = { ...this.properties, topicAlias: undefined };
  }
}

/** The connection that messages leave through. */
export interface Way {
  readonly outbox: Outbox;
  readonly limits: ServerLimits;
}

/** All outgoing messages of a client. */
export class Publisher {
  /** Also gives SUBSCRIBE and UNSUBSCRIBE their packet ids. */
  declare readonly outbound: OutboundFlows<Outgoing>;
  protected readonly ids: IdMap<Outgoing> = new IdMap();
  declare protected readonly version: ProtocolVersion;
  declare protected readonly queue: OfflineQueue<Outgoing>;
  /** Where messages may leave now. */
  protected way: Way | undefined;
  /** QoS 2 messages in flight at a time where no server says its Receive Maximum: so many Mosquitto takes and loses none. */
  protected mostQoS2 = 20;
  /** Names of reason codes, where bytes are cheap. */
  names: words.Names;
  #closed: MqttError | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(version: ProtocolVersion, queue: OfflineQueue<Outgoing>) {
    this.version = version;
    this.queue = queue;
    this.outbound = new OutboundFlows(this.ids);
  }

  /** Resolves when the QoS is fulfilled: 0 handed to the network, 1 PUBACK, 2 PUBCOMP. */
  publish(topic: string, payload: Uint8Array, options: CorePublishOptions): Promise<PublishResult> {
    try {
      if (this.#closed) throw this.#closed;
      const { way } = this;
      const { qos = 0, retain = false, properties } = options;
      if (qos === 0 && way?.outbox.congested === false) {
        const packetId = undefined;
        this.write(way, { type: 'PUBLISH', topic, payload, qos, dup: false, retain, packetId, properties });
        return SENT;
      }
      const item = new Outgoing(topic, payload, options);
      this.accept(item, options);
      return item.promise;
    } catch (error) {
      return Promise.reject(unsendable(error));
    }
  }

  /** Sends what may leave now, keeps what may not. */
  protected accept(item: Outgoing, _options?: CorePublishOptions): void {
    const { qos } = item;
    if (![0, 1, 2].includes(qos)) throw invalid(words.badQoS);
    const way = this.leaving(qos);
    if (way) this.send(way, item);
    else {
      this.check(item);
      this.enqueue(item);
    }
  }

  /** Keeps a message that cannot leave yet. @throws MqttError QUEUE_FULL */
  protected enqueue(item: Outgoing): void {
    this.queue.push(item);
  }

  /** Where a message of this QoS leaves, if it may now. */
  protected leaving(qos: QoS): Way | undefined {
    // Not before those of its QoS that wait [MQTT-4.6.0-1].
    return this.queue.peek(qos && 1) || this.#full(qos) ? undefined : this.way;
  }

  /** Whether one more message of this QoS is more than the network or the server takes now. */
  #full(qos: QoS): unknown {
    const { way, outbound } = this;
    const isOver = qos > 1 && this.version < 5 && outbound.inflight >= this.mostQoS2;
    return isOver || way?.outbox.congested || (qos && outbound.full);
  }

  /** As far as it can be checked before it leaves. @throws ProtocolError or LimitError */
  protected check(item: Outgoing): void {
    item.forgetAlias();
    item.packetId = item.qos ? 1 : undefined; // as many bytes as the one it will get
    const packet = item as Publish;
    sizeOf(packet, this.version);
    if (this.way) checkPublish(this.way.limits, packet, this.version);
  }

  /** @throws ProtocolError or LimitError; then the item is not in flight */
  protected send(way: Way, item: Outgoing): void {
    const { qos } = item;
    if (qos === 0) {
      this.write(way, item as Publish);
      item.resolve(DONE);
      return;
    }
    const packetId = this.outbound.send(item, qos);
    item.packetId = packetId;
    try {
      this.begin(way, item, packetId);
    } catch (error) {
      this.outbound.discard(packetId);
      throw error;
    }
  }

  /** Sends the first packet of a flow. @throws ProtocolError or LimitError */
  protected begin(way: Way, item: Outgoing, _packetId: number): void {
    this.write(way, item as Publish);
  }

  /** @throws ProtocolError or LimitError; then nothing is sent */
  protected write({ outbox, limits }: Way, packet: Publish): void {
    checkPublish(limits, packet, this.version);
    outbox.write(packet);
  }

  /** PUBACK came. false: for no message in flight. */
  puback({ packetId, reasonCode = 0, properties }: Puback): boolean {
    const item = this.outbound.item(packetId);
    if (this.outbound.puback(packetId) === 'unknown') return false;
    this.#answered(item, { reasonCode, properties });
    return true;
  }

  /** PUBREC came. false: for no message in flight. */
  pubrec({ packetId, reasonCode = 0, properties }: Pubrec): boolean {
    const { outbound } = this;
    const item = outbound.item(packetId);
    const verdict = outbound.pubrec(packetId, reasonCode, item);
    const result = { reasonCode, properties };
    if (verdict === 'settled') {
      this.#answered(item, result); // no PUBREL follows [K09]
    } else if (verdict === 'release' && item) {
      item.result ??= result;
      this.release(packetId, item);
    } else if (this.version === 5 && reasonCode < 0x80) this.pubrel(packetId, 0x92);
    return verdict !== 'unknown';
  }

  /** Answers PUBREC. */
  protected release(packetId: number, _item: Outgoing): void {
    this.pubrel(packetId); // [MQTT-4.3.3-4]
  }

  protected pubrel(packetId: number, reasonCode: 0 | 0x92 = 0): void {
    this.way?.outbox.write({ type: 'PUBREL', packetId, reasonCode });
  }

  /** PUBCOMP came; with 0x92 too the flow is over: the server had completed it before. false: for no PUBREL. */
  pubcomp({ packetId }: Pubcomp): boolean {
    const item = this.outbound.item(packetId);
    if (this.outbound.pubcomp(packetId) === 'unknown') return false;
    this.#answered(item, item?.result ?? DONE);
    return true;
  }

  #answered(item: Outgoing | undefined, result: PublishResult): void {
    const { reasonCode, properties } = result;
    if (item)
      this.settle(
        item,
        reasonCode < 0x80
          ? result
          : new RefusedError(
              'PUBLISH_REFUSED',
              words.publishRefused(item),
              reasonCode,
              properties,
              this.names,
            ),
      );
    this.advance();
  }

  /** This is what becomes of a message. */
  protected settle(item: Outgoing, outcome: PublishResult | MqttError): void {
    if (outcome instanceof MqttError) item.reject(outcome);
    else item.resolve(outcome);
  }

  /** A connection is ready: what is in flight will be sent again, or begins anew. `advance` sends that and what waits. */
  attach(outbox: Outbox, limits: ServerLimits, sessionPresent: boolean, _clientId: string): void {
    this.way = { outbox, limits };
    if (!sessionPresent) this.#sessionLost();
    this.outbound.reconnect(limits.receiveMaximum);
  }

  /** The connection is gone. What is in flight stays so. */
  detach(): void {
    this.way = undefined;
  }

  /** [MQTT-3.2.2-5]: the flows are forgotten; messages whose promise is open begin again, in order [MQTT-4.6.0-1]. */
  #sessionLost(): void {
    for (const item of this.#takeFlows().reverse()) {
      item.dup = false;
      if (!item.result && this.mayRepeat(item)) this.queue.add(item, true);
      else this.settle(item, new MqttError('SESSION_LOST', words.sessionLost));
    }
  }

  /** Whether a message whose flow the server lost is published anew. */
  protected mayRepeat(_item: Outgoing): boolean {
    return true;
  }

  /** What is in flight, and is not any more; a request among its ids has no item. */
  #takeFlows(): Outgoing[] {
    const { outbound, ids } = this;
    const items = ids.inOrder().flatMap((packetId) => ids.item(packetId) ?? []);
    outbound.clear();
    return items;
  }

  readonly #resend: Resend<Outgoing> = {
    publish: (packetId, item) => {
      item.dup = true; // [MQTT-3.3.1-1]
      item.forgetAlias();
      try {
        if (this.way) this.write(this.way, item as Publish);
      } catch (error) {
        this.settle(item, unsendable(error)); // this connection's limits are lower than those it was accepted under
        this.outbound.discard(packetId);
      }
    },
    pubrel: (packetId) => this.pubrel(packetId),
  };

  /** Sends whatever may leave by now. */
  advance(): void {
    const { way, queue, outbound } = this;
    if (!way) return;
    outbound.resend(this.#resend);
    for (const line of [0, 1] as const) {
      for (;;) {
        const item = queue.peek(line);
        if (!item || this.#full(item.qos)) break;
        queue.remove(item);
        try {
          this.send(way, item);
        } catch (error) {
          this.settle(item, unsendable(error));
        }
      }
    }
    this.#tellIdle();
  }

  /** Calls `run` once, when nothing is in flight and nothing waits. */
  whenIdle(run: () => void): void {
    this.#whenIdle = run;
    this.#tellIdle();
  }

  #tellIdle(): void {
    const run = this.#whenIdle;
    if (this.outbound.inflight + this.queue.size) return;
    this.#whenIdle = undefined;
    run?.();
  }

  /**
   * The client ends: nothing new is accepted, and every open promise rejects. `settleNow` false: only the first. What
   * is in a store stays there.
   */
  close(error: MqttError, settleNow: boolean): void {
    this.#closed = error;
    if (!settleNow) return;
    this.detach();
    for (const item of [...this.#takeFlows(), ...this.queue.takeAll()]) item.reject(error);
    this.#tellIdle();
  }
}
