/**
 * What options add to messages on their way out: a store that outlives the process, hooks, topic aliases, an overflow
 * policy, AbortSignals. Each flow itself is `publisher.ts`.
 */
import type { Publish } from '@mqtt/codec';
import { type OutboundFact, restoreFlows } from '@mqtt/session';
import type { Clock } from '../clock.ts';
import { invalid, MqttError, unsendable } from '../errors.ts';
import { checkPublish, type ServerLimits } from '../limits.ts';
import { queueFull } from '../offline-queue.ts';
import type { Settings } from '../options.ts';
import type { Outbox } from '../outbox.ts';
import { printable } from '../printable.ts';
import {
  type CorePublishOptions,
  DONE,
  Outgoing,
  Publisher,
  type PublishResult,
  type Way,
} from '../publisher.ts';
import type { Fact, Keeper, StoredMessage } from '../store.ts';
import { AbortError, watch } from './abort.ts';
import { DroppingQueue } from './dropping-queue.ts';

/** How a message is published. */
export interface PublishOptions<ResponseTopic extends string = string>
  extends CorePublishOptions<ResponseTopic> {
  /** Ends the wait. A message that is in flight stays in flight. */
  readonly signal?: AbortSignal | undefined;
  /**
   * Called when the message is in the store: from then on it is delivered even if this process dies. Needs the option
   * `store` and QoS 1 or 2; without them it is not called.
   */
  readonly onKept?: (() => void) | undefined;
}

/** All outgoing messages of a client with every option. */
export class KeepingPublisher extends Publisher {
  readonly #settings: Settings;
  readonly #clock: Clock;
  readonly #keeper: Keeper | undefined;
  readonly #dropping: DroppingQueue<Outgoing>;
  /** The connection of now, also while messages may not leave through it yet. */
  #next: Way | undefined;
  #alias: ((packet: Publish) => Publish) | undefined;
  #lastKey = 0;
  #onKept: (() => void) | undefined;
  /** Told of a message that an earlier process published and that is refused or given up. */
  unheard: (error: MqttError) => void = () => {};

  constructor(settings: Settings, clock: Clock, keeper?: Keeper) {
    const queue = new DroppingQueue<Outgoing>(settings);
    super(settings.version, queue);
    this.#settings = settings;
    this.mostQoS2 = settings.maximumQoS2InFlight;
    this.#clock = clock;
    this.#dropping = queue;
    this.#keeper = keeper;
    if (keeper !== undefined) this.#restore(keeper);
  }

  /** Takes up the messages of an earlier process. */
  #restore({ kept }: Keeper): void {
    const facts: OutboundFact<Outgoing>[] = [];
    for (const { key, packetId, message } of kept.flows) {
      const stored: Partial<StoredMessage> = message ?? {};
      const { topic = '', payload = new Uint8Array(), expiresAt, ...options } = stored;
      const item = new Outgoing(topic, payload, options);
      this.#expire(item, expiresAt);
      item.promise.catch((error: MqttError) => error.code === 'CLOSED' || this.unheard(error));
      item.key = key;
      item.packetId = packetId;
      this.#lastKey = Math.max(this.#lastKey, key);
      if (packetId === undefined) this.queue.add(item);
      else if (message !== undefined) facts.push({ fact: 'sent', packetId, qos: message.qos, item });
      else {
        item.result = DONE;
        facts.push({ fact: 'released', packetId, item });
      }
    }
    restoreFlows(this.ids, facts);
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

  override publish(topic: string, payload: Uint8Array, options: PublishOptions): Promise<PublishResult> {
    try {
      const { version, hooks } = this.#settings;
      let { properties } = options;
      for (const hook of hooks ?? []) {
        const { qos = 0 } = options;
        properties = hook.publish?.({ topic, payload, qos, properties, version }) ?? properties;
      }
      if (properties !== undefined && 'subscriptionIdentifiers' in properties)
        throw invalid('only a server sends subscriptionIdentifiers'); // [MQTT-3.3.4-6]
      if (options.signal?.aborted) throw new AbortError(options.signal);
      const isSame = properties === options.properties;
      return super.publish(topic, payload, isSame ? options : { ...options, properties });
    } catch (error) {
      return Promise.reject(unsendable(error));
    }
  }

  protected override accept(item: Outgoing, { signal, onKept }: PublishOptions): void {
    if (this.way === undefined && item.qos === 0 && !this.#settings.queueQoS0)
      throw new MqttError('NOT_CONNECTED', 'not connected, and queueQoS0 is false');
    this.#onKept = onKept;
    super.accept(item);
    // Watched only now: what was not accepted has had its answer.
    if (signal !== undefined && item.open)
      watch(item, signal, () => {
        if (this.queue.remove(item)) this.#forget(item);
      });
  }

  /**
   * From now on the Message Expiry Interval runs (§3.3.2.3.3), as it does in a server. `expiresAt`: it began in an
   * earlier process; when the wall clock was set back since, the message has its whole interval at most.
   */
  #expire(item: Outgoing, expiresAt = Number.POSITIVE_INFINITY): void {
    const { messageExpiryInterval } = item.properties ?? {};
    if (messageExpiryInterval === undefined) return;
    const left = Math.min(messageExpiryInterval * 1000, expiresAt - this.#clock.wallTime());
    item.expires = this.#clock.now() + left;
  }

  protected override enqueue(item: Outgoing): void {
    this.#expire(item);
    for (const dropped of this.#dropping.makeRoom(item)) this.settle(dropped, queueFull());
    super.enqueue(item);
    this.#store(item);
  }

  /** Tells the store of a message that is new to it. */
  #store(item: Outgoing): void {
    const { topic, payload, qos, retain, properties, expires } = item;
    if (this.#keeper === undefined || qos === 0 || item.key !== undefined) return;
    const key = ++this.#lastKey;
    item.key = key;
    const expiresAt =
      expires === undefined ? undefined : Math.round(expires - this.#clock.now() + this.#clock.wallTime());
    const message: StoredMessage = { topic, payload, qos, retain, properties, expiresAt };
    this.#keeper.tell({ fact: 'queued', key, message }, this.#onKept);
  }

  /** What is left of the Message Expiry Interval goes along, `least` seconds at least. */
  #age(item: Outgoing, expires: number, least: number): number {
    const { messageExpiryInterval: whole = 0 } = item.properties ?? {};
    const left = Math.ceil((expires - this.#clock.now()) / 1000);
    const messageExpiryInterval = Math.max(least, Math.min(whole, left));
    if (messageExpiryInterval !== whole) item.properties = { ...item.properties, messageExpiryInterval };
    return left;
  }

  /** @throws MqttError MESSAGE_EXPIRED */
  protected override send(way: Way, item: Outgoing): void {
    if (item.expires === undefined) this.#expire(item);
    else if (this.#age(item, item.expires, 0) <= 0) {
      const what = `the message to ${printable(item.topic)} expired before it could leave`;
      throw new MqttError('MESSAGE_EXPIRED', what);
    }
    if (this.#keeper !== undefined && item.qos > 0) {
      this.check(item);
      this.#store(item);
    }
    super.send(way, item);
  }

  /** The next process must know this id, or it would give it to another message. `check` has let the message pass. */
  protected override begin(way: Way, item: Outgoing, packetId: number): void {
    const { key } = item;
    if (key === undefined) super.begin(way, item, packetId);
    else this.#keep({ fact: 'sent', key, packetId }, () => this.write(way, item as Publish));
  }

  protected override write(way: Way, packet: Publish): void {
    // What may be with the server already is sent again though it expired [MQTT-4.4.0-1]; 0 s mean "never" to some.
    if (packet.dup && packet instanceof Outgoing && packet.expires !== undefined)
      this.#age(packet, packet.expires, 1);
    const alias = this.#alias;
    if (alias === undefined || packet.dup) {
      super.write(way, packet);
      return;
    }
    checkPublish(way.limits, packet, this.version);
    way.outbox.write(alias(packet));
  }

  protected override release(packetId: number, item: Outgoing): void {
    const fact = item.key === undefined ? undefined : ({ fact: 'released', key: item.key } as const);
    this.#keep(fact, ({ outbox }) => outbox.write({ type: 'PUBREL', packetId, reasonCode: 0 }));
  }

  /** The store need not keep it any more. */
  #forget({ key }: Outgoing): void {
    if (key !== undefined) this.#keeper?.tell({ fact: 'settled', key });
  }

  protected override settle(item: Outgoing, outcome: PublishResult | MqttError): void {
    this.#forget(item);
    super.settle(item, outcome);
  }

  /** With a store, nothing leaves before that has what came until now. */
  override attach(outbox: Outbox, limits: ServerLimits, sessionPresent: boolean, clientId: string): void {
    this.#alias = this.#settings.topicAliases?.connection(limits);
    super.attach(outbox, limits, sessionPresent, clientId);
    this.#next = this.way;
    if (this.#keeper === undefined) return;
    this.way = undefined;
    this.#keep({ fact: 'session', clientId, isNew: !sessionPresent }, (way) => {
      this.way = way;
      this.advance();
    });
  }

  override detach(): void {
    super.detach();
    this.#next = undefined;
  }

  protected override mayRepeat(item: Outgoing): boolean {
    return this.#settings.onSessionLost === 'publish' && item.open;
  }
}
