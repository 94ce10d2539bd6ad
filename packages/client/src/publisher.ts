/**
 * A message on its way out, from `publish` to the acknowledgement its QoS asks for: window, waiting line, resend,
 * what becomes of it when the server loses the session. Lives longer than connections. The flows themselves are
 * `Outbound` of @mqtt/session.
 */
import type { Properties, ProtocolVersion, Puback, Pubcomp, Publish, Pubrec, QoS } from '@mqtt/codec';
import { Outbound, type Resend } from '@mqtt/session';
import { invalid, MqttError, printable, RefusedError, unsendable } from './errors.ts';
import { Fifo } from './fifo.ts';
import { checkPublish, type ServerLimits } from './limits.ts';
import { OfflineQueue, type Queueable } from './offline-queue.ts';
import type { Settings } from './options.ts';
import { type Outbox, sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';

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
}

/** What the server said to a message. QoS 0 has no answer: reason code 0. */
export interface PublishResult {
  /** 0x00, or 0x10: no matching subscribers. */
  readonly reasonCode: number;
  /** Of the PUBACK or PUBREC; 5.0 only. */
  readonly properties: Properties<'PUBACK'> | Properties<'PUBREC'> | undefined;
}

const DONE: PublishResult = Object.freeze({ reasonCode: 0, properties: undefined });

/** What a message consists of beside its properties. */
interface Parts {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
}

/** One message and its promise. */
class Outgoing extends Pending<PublishResult> implements Queueable {
  readonly topic: string;
  readonly payload: Uint8Array;
  readonly qos: QoS;
  readonly retain: boolean;
  /** Without topic alias: an alias means something on one connection only [MQTT-3.3.2-7]. */
  readonly properties: Properties<'PUBLISH'> | undefined;
  queued = false;

  constructor(topic: string, payload: Uint8Array, options: PublishOptions) {
    super();
    this.topic = topic;
    this.payload = payload;
    this.qos = options.qos ?? 0;
    this.retain = options.retain ?? false;
    this.properties = withoutAlias(options.properties);
  }
}

/** PUBREC came, PUBCOMP has not. */
interface Released {
  readonly item: Outgoing | undefined;
  readonly result: PublishResult;
}

/** The connection that messages leave through. */
interface Way {
  readonly outbox: Outbox;
  readonly limits: ServerLimits;
}

/** All outgoing messages of a client. */
export class Publisher {
  readonly #version: ProtocolVersion;
  readonly #settings: Settings;
  /** Also gives SUBSCRIBE and UNSUBSCRIBE their packet ids. */
  readonly outbound: Outbound<Outgoing>;
  readonly #queue: OfflineQueue<Outgoing>;
  readonly #released = new Map<number, Released>();
  /** Lost with a session and to be published as new: before what waits in the queue. */
  readonly #again = new Fifo<Outgoing>();
  #way: Way | undefined;
  #closed: MqttError | undefined;
  #whenIdle: (() => void) | undefined;

  constructor(settings: Settings) {
    this.#version = settings.version;
    this.#settings = settings;
    this.outbound = new Outbound();
    this.#queue = new OfflineQueue(settings);
  }

  /** Messages that wait for an acknowledgement from the server. */
  get inflight(): number {
    return this.outbound.inflight;
  }

  /** Nothing is in flight and nothing waits. */
  get idle(): boolean {
    return this.outbound.inflight === 0 && this.#queue.size === 0 && this.#again.size === 0;
  }

  /** Resolves when the QoS is fulfilled: 0 handed to the network, 1 PUBACK, 2 PUBCOMP. */
  publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<PublishResult> {
    if (this.#closed !== undefined) return Promise.reject(this.#closed);
    if (options.properties !== undefined && 'subscriptionIdentifiers' in options.properties) {
      return Promise.reject(invalid('only a server sends subscriptionIdentifiers')); // [MQTT-3.3.4-6]
    }
    const way = this.#way;
    const isQoS0 = (options.qos ?? 0) === 0;
    try {
      if (way !== undefined && isQoS0 && !way.outbox.congested && options.signal === undefined) {
        const { retain = false, properties } = options;
        this.#write(way, { topic, payload, qos: 0, retain }, undefined, false, properties);
        return Promise.resolve(DONE);
      }
      const item = new Outgoing(topic, payload, options);
      const { signal } = options;
      if (signal !== undefined) item.watch(signal, () => item.queued && this.#queue.closed(item));
      if (item.open) this.#accept(item, options.properties);
      return item.promise;
    } catch (error) {
      return Promise.reject(unsendable('the message', error));
    }
  }

  /** Sends what may leave now, keeps what may not. */
  #accept(item: Outgoing, properties: PublishProperties | undefined): void {
    const way = this.#way;
    if (item.qos !== 0 && item.qos !== 1 && item.qos !== 2) throw invalid('qos must be 0, 1 or 2');
    if (way !== undefined && this.#mayLeave(way, item)) {
      this.#send(way, item, properties);
      return;
    }
    if (way === undefined && item.qos === 0 && !this.#settings.queueQoS0) {
      throw new MqttError('NOT_CONNECTED', 'not connected, and queueQoS0 is false; publish when connected');
    }
    this.#check(item);
    this.#queue.push(item);
    item.queued = true;
  }

  /** Not before those of its QoS that wait [MQTT-4.6.0-1], not while the network is full or the window is. */
  #mayLeave(way: Way, item: Outgoing): boolean {
    if (item.qos === 0) return !way.outbox.congested && this.#queue.peek('atMostOnce') === undefined;
    return (
      !way.outbox.congested &&
      !this.outbound.full &&
      this.#again.size === 0 &&
      this.#queue.peek('acknowledged') === undefined
    );
  }

  /** What must wait is checked now, as far as it can be, so that `publish` says it and not a later connection. */
  #check({ topic, payload, qos, retain, properties }: Outgoing): void {
    const packetId = qos === 0 ? undefined : 1; // as many bytes as the one it will get
    const packet = {
      type: 'PUBLISH',
      topic,
      payload,
      qos,
      dup: false,
      retain,
      packetId,
      properties,
    } as Publish;
    sizeOf(packet, this.#version);
    if (this.#way !== undefined) checkPublish(this.#way.limits, packet, this.#version);
  }

  /** @throws ProtocolError or LimitError; then the item is not in flight */
  #send(way: Way, item: Outgoing, properties: PublishProperties | undefined): void {
    const packetId = item.qos === 0 ? undefined : this.outbound.send(item, item.qos);
    try {
      this.#write(way, item, packetId, false, properties);
    } catch (error) {
      if (packetId !== undefined) this.outbound.discard(packetId);
      throw error;
    }
    if (packetId === undefined) item.resolve(DONE);
  }

  /** @throws ProtocolError or LimitError; then nothing is sent */
  #write(
    { outbox, limits }: Way,
    { topic, payload, qos, retain }: Parts,
    packetId: number | undefined,
    dup: boolean,
    properties: PublishProperties | undefined,
  ): void {
    const packet = { type: 'PUBLISH', topic, payload, qos, dup, retain, packetId, properties } as Publish;
    checkPublish(limits, packet, this.#version);
    outbox.write(packet);
  }

  /** PUBACK came. false: for no message in flight. */
  puback({ packetId, reasonCode = 0, properties }: Puback): boolean {
    const item = this.outbound.item(packetId);
    if (this.outbound.puback(packetId) === 'unknown') return false;
    settle(item, { reasonCode, properties });
    this.#advance();
    return true;
  }

  /** PUBREC came. false: for no message in flight. */
  pubrec({ packetId, reasonCode = 0, properties }: Pubrec): boolean {
    const item = this.outbound.item(packetId);
    const verdict = this.outbound.pubrec(packetId, reasonCode);
    if (verdict === 'release') {
      if (!this.#released.has(packetId))
        this.#released.set(packetId, { item, result: { reasonCode, properties } });
      this.#way?.outbox.write({ type: 'PUBREL', packetId, reasonCode: 0 }); // [MQTT-4.3.3-4]
      return true;
    }
    if (verdict === 'settled') {
      settle(item ?? this.#released.get(packetId)?.item, { reasonCode, properties }); // no PUBREL follows [K09]
      this.#released.delete(packetId);
      this.#advance();
      return true;
    }
    if (this.#version === 5 && reasonCode < 0x80)
      this.#way?.outbox.write({ type: 'PUBREL', packetId, reasonCode: 0x92 });
    return false;
  }

  /** PUBCOMP came; with 0x92 too the flow is over: the server had completed it before. false: for no PUBREL. */
  pubcomp({ packetId }: Pubcomp): boolean {
    if (this.outbound.pubcomp(packetId) === 'unknown') return false;
    const released = this.#released.get(packetId);
    this.#released.delete(packetId);
    if (released?.item !== undefined) settle(released.item, released.result);
    this.#advance();
    return true;
  }

  /** A connection is ready. Sends again what is in flight, or prepares it to begin anew; `start` sends what waits. */
  attach(outbox: Outbox, limits: ServerLimits, sessionPresent: boolean): void {
    this.#way = { outbox, limits };
    if (!sessionPresent) this.#sessionLost();
    this.outbound.reconnect(limits.receiveMaximum);
    this.outbound.resend(this.#resend);
  }

  /** Sends what waits. */
  start(): void {
    this.#advance();
  }

  /** The connection is gone. What is in flight stays so. */
  detach(): void {
    this.#way = undefined;
  }

  /** [MQTT-3.2.2-5]: the flows are forgotten; messages whose promise is open begin again, in order [MQTT-4.6.0-1]. */
  #sessionLost(): void {
    const items: Outgoing[] = [];
    for (const fact of this.outbound.facts()) if (fact.fact === 'sent') items.push(fact.item);
    this.outbound.clear();
    for (const { item } of this.#released.values()) item?.reject(sessionLost());
    this.#released.clear();
    const waiting = this.#again.takeAll();
    for (const item of [...items, ...waiting]) {
      if (this.#settings.onSessionLost === 'reject') item.reject(sessionLost());
      else if (item.open) this.#again.push(item);
    }
  }

  readonly #resend: Resend<Outgoing> = {
    publish: (packetId, item) => {
      const way = this.#way;
      if (way === undefined) return;
      try {
        this.#write(way, item, packetId, true, item.properties); // [MQTT-3.3.1-1]
      } catch (error) {
        item.reject(unsendable('the message', error)); // this connection's limits are lower than those it was accepted under
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
    while (!way.outbox.congested) {
      const item = this.#queue.peek('atMostOnce');
      if (item === undefined) break;
      this.#queue.shift('atMostOnce');
      this.#release(way, item);
    }
    while (!way.outbox.congested && !this.outbound.full) {
      const again = this.#again.shift();
      const item = again ?? this.#queue.peek('acknowledged');
      if (item === undefined) break;
      if (again === undefined) this.#queue.shift('acknowledged');
      if (item.open) this.#release(way, item);
    }
    if (this.idle) this.#whenIdle?.();
  }

  #release(way: Way, item: Outgoing): void {
    item.queued = false;
    try {
      this.#send(way, item, item.properties);
    } catch (error) {
      item.reject(unsendable('the message', error));
    }
  }

  /** Calls `run` once, when nothing is in flight and nothing waits. */
  whenIdle(run: () => void): void {
    this.#whenIdle = () => {
      this.#whenIdle = undefined;
      run();
    };
    if (this.idle) this.#whenIdle();
  }

  /** The client ends: nothing new is accepted, and every open promise rejects. `settleNow` false: only the first. */
  close(error: MqttError, settleNow: boolean): void {
    this.#closed = error;
    if (!settleNow) return;
    this.#way = undefined;
    for (const fact of this.outbound.facts()) if (fact.fact === 'sent') fact.item.reject(error);
    for (const { item } of this.#released.values()) item?.reject(error);
    for (const item of [...this.#again.takeAll(), ...this.#queue.takeAll()]) item.reject(error);
    this.outbound.clear();
    this.#released.clear();
    this.#whenIdle?.();
  }
}

function settle(item: Outgoing | undefined, result: PublishResult): void {
  if (item === undefined || !item.open) return;
  if (result.reasonCode < 0x80) {
    item.resolve(result);
    return;
  }
  const what = `the server refused the message to ${printable(item.topic)}`;
  item.reject(new RefusedError('PUBLISH_REFUSED', what, result.reasonCode, result.properties));
}

function sessionLost(): MqttError {
  return new MqttError(
    'SESSION_LOST',
    'the server lost the session while this message was in flight, so whether it was delivered is unknown; publish it again if twice is better than never',
  );
}

function withoutAlias(properties: PublishProperties | undefined): Properties<'PUBLISH'> | undefined {
  if (properties?.topicAlias === undefined) return properties;
  const { topicAlias: _, ...others } = properties;
  return others;
}
