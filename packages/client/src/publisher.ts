/**
 * A message on its way out, from `publish` to the acknowledgement its QoS asks for: window, waiting line, resend,
 * what becomes of it when the server loses the session. Lives longer than connections. The flows themselves are
 * `OutboundFlows` of @mqtt/session.
 */
import type { Properties, Puback, Pubcomp, Publish, Pubrec, QoS } from '@mqtt/codec';
import { IdMap, type OutboundFact, OutboundFlows, type Resend } from '@mqtt/session';
import { AbortError, invalid, MqttError, printable, RefusedError, unsendable } from './errors.ts';
import type { Place } from './fifo.ts';
import { checkPublish, type ServerLimits } from './limits.ts';
import { OfflineQueue, type Queueable, queueFull } from './offline-queue.ts';
import type { Settings } from './options.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';
import type { Fact, Keeper, StoredMessage } from './store.ts';

/** Properties of an outgoing message (§3.3.2.3). */
export type PublishProperties = Omit<Properties<'PUBLISH'>, 'subscriptionIdentifiers'>;

/** How a message is published. */
export interface PublishOptions {
  /** Default 0. */
  readonly qos?: QoS | undefined;
  /** The server keeps it for later subscribers (§3.3.1.3). Default false. */
  readonly retain?: boolean | undefined;
  /** 5.0 only. A `topicAlias` is used only when the message leaves at once; the topic always goes with it. */
  readonly properties?: PublishProperties | undefined;
  /** Ends the wait. A message that is in flight stays in flight. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the message is in the store: from then on it is delivered even if this process dies. Needs the option
   * `store` and QoS 1 or 2; without them it is not called.
   */
  readonly onKept?: (() => void) | undefined;
}

/** What the server said to a message. QoS 0 has no answer: reason code 0. */
export interface PublishResult {
  /** 0x00, or 0x10: no matching subscribers. */
  readonly reasonCode: number;
  /** Of the PUBACK or PUBREC; 5.0 only. */
  readonly properties: Properties<'PUBACK'> | Properties<'PUBREC'> | undefined;
}

const DONE: PublishResult = Object.freeze({ reasonCode: 0, properties: undefined });
/** The promise of a QoS 0 message that left at once; one for all of them. */
const SENT = /* @__PURE__ */ Promise.resolve(DONE);

/** One message and its promise; as it is, a PUBLISH packet. */
class Outgoing extends Pending<PublishResult> implements Queueable {
  readonly type: 'PUBLISH' = 'PUBLISH';
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  properties: PublishProperties | undefined;
  dup = false;
  packetId: number | undefined;
  place: Place<Queueable> | undefined;
  /** Its number in the store; 0: it is not there. */
  key = 0;
  /** What PUBREC said. */
  result: PublishResult = DONE;

  constructor(topic: string, payload: Uint8Array, { qos = 0, retain = false, properties }: PublishOptions) {
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
interface Way {
  readonly outbox: Outbox;
  readonly limits: ServerLimits;
  readonly alias: ((packet: Publish) => Publish) | undefined;
}

/** All outgoing messages of a client. */
export class Publisher {
  readonly #settings: Settings;
  /** Also gives SUBSCRIBE and UNSUBSCRIBE their packet ids. */
  readonly outbound: OutboundFlows<Outgoing> = new OutboundFlows(new IdMap());
  readonly #queue: OfflineQueue<Outgoing>;
  /** PUBREC came, PUBCOMP has not. */
  readonly #released = new Map<number, Outgoing>();
  readonly #keeper: Keeper | undefined;
  #lastKey = 0;
  /** What the last `attach` gave. */
  #next: Way | undefined;
  /** The same, when messages may leave through it. */
  #way: Way | undefined;
  #closed: MqttError | undefined;
  #whenIdle: (() => void) | undefined;

  /** `unheard` is told of a message that an earlier process published and that is refused or given up. */
  constructor(settings: Settings, keeper?: Keeper, unheard: (error: MqttError) => void = () => {}) {
    this.#settings = settings;
    this.#queue = new OfflineQueue(settings);
    this.#keeper = keeper;
    if (keeper !== undefined) this.#restore(keeper, unheard);
  }

  /** Takes up the messages of an earlier process. */
  #restore({ kept }: Keeper, unheard: (error: MqttError) => void): void {
    const facts: OutboundFact<Outgoing>[] = [];
    for (const { key, packetId, message } of kept.flows) {
      const { topic = '', payload = new Uint8Array(), ...options }: Partial<StoredMessage> = message ?? {};
      const item = new Outgoing(topic, payload, options);
      item.promise.catch((error: MqttError) => error.code === 'CLOSED' || unheard(error));
      item.key = key;
      item.packetId = packetId;
      this.#lastKey = Math.max(this.#lastKey, key);
      if (packetId === undefined) this.#queue.add(item);
      else if (message !== undefined) facts.push({ fact: 'sent', packetId, qos: message.qos, item });
      else {
        facts.push({ fact: 'released', packetId });
        this.#released.set(packetId, item);
      }
    }
    this.outbound.restore(facts);
  }

  /** Runs `then` when the store has `fact`, and at once without a store; but only if the connection is the same. */
  #keep(fact: Fact | undefined, then: (way: Way) => void): void {
    const way = this.#next;
    const run = (): void => {
      if (way !== undefined && way === this.#next) then(way);
    };
    if (this.#keeper === undefined) run();
    else this.#keeper.tell(fact, run);
  }

  /** Messages that wait for an acknowledgement from the server. */
  get inflight(): number {
    return this.outbound.inflight;
  }

  /** Nothing is in flight and nothing waits. */
  get idle(): boolean {
    return this.outbound.inflight === 0 && this.#queue.size === 0;
  }

  /** Resolves when the QoS is fulfilled: 0 handed to the network, 1 PUBACK, 2 PUBCOMP. */
  publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<PublishResult> {
    try {
      if (this.#closed !== undefined) throw this.#closed;
      const { qos = 0, retain = false, signal } = options;
      let { properties } = options;
      const { version, hooks } = this.#settings;
      if (hooks !== undefined) {
        for (const hook of hooks)
          properties = hook.publish?.({ topic, payload, qos, properties, version }) ?? properties;
      }
      if (properties !== undefined && 'subscriptionIdentifiers' in properties)
        throw invalid('only a server sends subscriptionIdentifiers'); // [MQTT-3.3.4-6]
      const way = this.#way;
      if (way !== undefined && qos === 0 && !way.outbox.congested && signal === undefined) {
        const packetId = undefined;
        this.#write(way, { type: 'PUBLISH', topic, payload, qos, dup: false, retain, packetId, properties });
        return SENT;
      }
      if (signal?.aborted) throw new AbortError(signal);
      const item = new Outgoing(topic, payload, { qos, retain, properties });
      this.#accept(item, options.onKept);
      // Watched only now: what was not accepted has had its answer.
      if (signal !== undefined && item.open)
        item.watch(signal, () => this.#queue.remove(item) && this.#settle(item, DONE));
      return item.promise;
    } catch (error) {
      return Promise.reject(unsendable('the message', error));
    }
  }

  /** Sends what may leave now, keeps what may not. */
  #accept(item: Outgoing, onKept: (() => void) | undefined): void {
    const { qos } = item;
    const way = this.#way;
    if (qos !== 0 && qos !== 1 && qos !== 2) throw invalid('qos must be 0, 1 or 2');
    const keeper = qos === 0 ? undefined : this.#keeper;
    // Not before those of its QoS that wait [MQTT-4.6.0-1], not while the network is full or the window is.
    const leaves =
      way !== undefined &&
      !way.outbox.congested &&
      this.#queue.peek(qos && 1) === undefined &&
      (qos === 0 || !this.outbound.full);
    if (way === undefined && qos === 0 && !this.#settings.queueQoS0)
      throw new MqttError('NOT_CONNECTED', 'not connected, and queueQoS0 is false');
    if (!leaves || keeper !== undefined) {
      item.forgetAlias();
      this.#check(item);
    }
    if (!leaves) for (const dropped of this.#queue.push(item)) this.#settle(dropped, queueFull());
    if (keeper !== undefined) {
      const { topic, payload, retain, properties } = item;
      item.key = ++this.#lastKey;
      const message = { topic, payload, qos: qos as 1 | 2, retain, properties };
      keeper.tell({ fact: 'queued', key: item.key, message }, onKept);
    }
    if (leaves) this.#send(way, item);
  }

  /** As far as it can be checked before it leaves. @throws ProtocolError or LimitError */
  #check(item: Outgoing): void {
    item.packetId = item.qos === 0 ? undefined : 1; // as many bytes as the one it will get
    const packet = item as Publish;
    sizeOf(packet, this.#settings.version);
    if (this.#way !== undefined) checkPublish(this.#way.limits, packet, this.#settings.version);
  }

  /** @throws ProtocolError or LimitError; then the item is not in flight */
  #send(way: Way, item: Outgoing): void {
    const { qos, key } = item;
    if (qos === 0) {
      this.#write(way, item as Publish);
      item.resolve(DONE);
      return;
    }
    const packetId = this.outbound.send(item, qos);
    item.packetId = packetId;
    if (key !== 0) {
      // The next process must know this id, or it would give it to another message. `#check` has let it pass.
      this.#keep({ fact: 'sent', key, packetId }, () => this.#write(way, item as Publish));
      return;
    }
    try {
      this.#write(way, item as Publish);
    } catch (error) {
      this.outbound.discard(packetId);
      throw error;
    }
  }

  /** @throws ProtocolError or LimitError; then nothing is sent */
  #write({ outbox, limits, alias }: Way, packet: Publish): void {
    checkPublish(limits, packet, this.#settings.version);
    outbox.write(alias === undefined || packet.dup ? packet : alias(packet));
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
    const item = this.outbound.item(packetId) ?? this.#released.get(packetId);
    const verdict = this.outbound.pubrec(packetId, reasonCode);
    const result = { reasonCode, properties };
    if (verdict === 'settled') {
      this.#released.delete(packetId);
      this.#answered(item, result); // no PUBREL follows [K09]
    } else if (verdict === 'release' && item !== undefined) {
      if (!this.#released.has(packetId)) item.result = result;
      this.#released.set(packetId, item);
      const fact = item.key === 0 ? undefined : ({ fact: 'released', key: item.key } as const);
      this.#keep(fact, ({ outbox }) => outbox.write({ type: 'PUBREL', packetId, reasonCode: 0 })); // [MQTT-4.3.3-4]
    } else if (this.#settings.version === 5 && reasonCode < 0x80)
      this.#way?.outbox.write({ type: 'PUBREL', packetId, reasonCode: 0x92 });
    return verdict !== 'unknown';
  }

  /** PUBCOMP came; with 0x92 too the flow is over: the server had completed it before. false: for no PUBREL. */
  pubcomp({ packetId }: Pubcomp): boolean {
    if (this.outbound.pubcomp(packetId) === 'unknown') return false;
    const item = this.#released.get(packetId);
    this.#released.delete(packetId);
    this.#answered(item, item?.result ?? DONE);
    return true;
  }

  #answered(item: Outgoing | undefined, result: PublishResult): void {
    if (item !== undefined)
      this.#settle(item, result.reasonCode < 0x80 ? result : refused(item.topic, result));
    this.#advance();
  }

  /** This is what becomes of a message, and what the store need not keep any more. */
  #settle(item: Outgoing, outcome: PublishResult | MqttError): void {
    if (item.key !== 0) this.#keeper?.tell({ fact: 'settled', key: item.key });
    if (outcome instanceof MqttError) item.reject(outcome);
    else item.resolve(outcome);
  }

  /**
   * A connection is ready: what is in flight will be sent again, or begins anew. `start` sends that and what waits;
   * with a store not before that has what came until now.
   */
  attach(outbox: Outbox, limits: ServerLimits, sessionPresent: boolean, clientId: string): void {
    this.#next = { outbox, limits, alias: this.#settings.topicAliases?.connection(limits) };
    if (!sessionPresent) this.#sessionLost();
    this.outbound.reconnect(limits.receiveMaximum);
    this.#keep({ fact: 'session', clientId, isNew: !sessionPresent }, (way) => {
      this.#way = way;
      if (this.#keeper !== undefined) this.#advance();
    });
  }

  /** Sends what may leave. */
  start(): void {
    this.#advance();
  }

  /** The connection is gone. What is in flight stays so. */
  detach(): void {
    this.#way = this.#next = undefined;
  }

  /** [MQTT-3.2.2-5]: the flows are forgotten; messages whose promise is open begin again, in order [MQTT-4.6.0-1]. */
  #sessionLost(): void {
    const [items, released] = this.#takeFlows();
    for (const item of released) this.#settle(item, sessionLost());
    for (const item of items.reverse()) {
      item.dup = false;
      if (this.#settings.onSessionLost === 'reject' || !item.open) this.#settle(item, sessionLost());
      else this.#queue.add(item, true);
    }
  }

  /** What is sent and what is released; nothing is in flight after it. */
  #takeFlows(): [sent: Outgoing[], released: Outgoing[]] {
    const sent = [...this.outbound.facts()].flatMap((fact) => (fact.fact === 'sent' ? fact.item : []));
    const released = [...this.#released.values()];
    this.outbound.clear();
    this.#released.clear();
    return [sent, released];
  }

  readonly #resend: Resend<Outgoing> = {
    publish: (packetId, item) => {
      item.dup = true; // [MQTT-3.3.1-1]
      item.forgetAlias();
      try {
        if (this.#way !== undefined) this.#write(this.#way, item as Publish);
      } catch (error) {
        this.#settle(item, unsendable('the message', error)); // this connection's limits are lower than those it was accepted under
        this.outbound.discard(packetId);
      }
    },
    pubrel: (packetId) => this.#way?.outbox.write({ type: 'PUBREL', packetId, reasonCode: 0 }),
  };

  /** Sends whatever may leave by now. */
  #advance(): void {
    const way = this.#way;
    if (way === undefined) return;
    this.outbound.resend(this.#resend);
    for (const line of [0, 1] as const) {
      while (!way.outbox.congested && (line === 0 || !this.outbound.full)) {
        const item = this.#queue.peek(line);
        if (item === undefined) break;
        this.#queue.remove(item);
        try {
          if (item.key !== 0) this.#check(item);
          this.#send(way, item);
        } catch (error) {
          this.#settle(item, unsendable('the message', error));
        }
      }
    }
    if (this.idle) this.#whenIdle?.();
  }

  /** Calls `run` once, when nothing is in flight and nothing waits. */
  whenIdle(run: () => void): void {
    this.#whenIdle = () => {
      this.#whenIdle = undefined;
      run();
    };
    if (this.idle) this.#whenIdle();
  }

  /**
   * The client ends: nothing new is accepted, and every open promise rejects. `settleNow` false: only the first. What
   * is in the store stays there.
   */
  close(error: MqttError, settleNow: boolean): void {
    this.#closed = error;
    if (!settleNow) return;
    this.detach();
    for (const item of [...this.#takeFlows().flat(), ...this.#queue.takeAll()]) item.reject(error);
    this.#whenIdle?.();
  }
}

function refused(topic: string, { reasonCode, properties }: PublishResult): RefusedError {
  const what = `the server refused the message to ${printable(topic)}`;
  return new RefusedError('PUBLISH_REFUSED', what, reasonCode, properties);
}

/** Whether the server has the message is unknown; to publish it again may be twice. */
function sessionLost(): MqttError {
  return new MqttError('SESSION_LOST', 'the server lost the session with this message in flight');
}
