/**
 * What a user holds: the core of a client with every option: pause, requests, re-authentication, AbortSignals, manual
 * acknowledgement, failover, a store. The core is `core-client.ts`, what options add to its rooms is `features/`.
 */
import {
  type Connack,
  checkReasonCode,
  type Packet,
  type Properties,
  readAuth,
  TextCache,
  type TopicFilter,
  type TopicName,
  writeKnownName,
} from '@mqtt/codec';
import type { Attempt } from './attempt.ts';
import type { ConnectionParts } from './connection.ts';
import {
  CoreClient,
  type CoreEndOptions,
  type CoreSubscribeOptions,
  type CoreUnsubscribeOptions,
} from './core-client.ts';
import { type Grant, invalid, MqttError, unsendable } from './errors.ts';
import { AbortError, watch } from './features/abort.ts';
import { type ConsumeOptions, handlerInbox, loopInbox, type MessageHandler } from './features/consuming.ts';
import { IdentifiedSubscriptions } from './features/identified-subscriptions.ts';
import { KeepingIncoming } from './features/keeping-incoming.ts';
import { KeepingPublisher, type PublishOptions } from './features/keeping-publisher.ts';
import type { LoopInbox } from './features/loop-inbox.ts';
import { ProvingConnection, type ProvingOpening } from './features/proving-connection.ts';
import { SplittingRequests } from './features/splitting-requests.ts';
import type { Inbox } from './inbox.ts';
import type { Destination } from './lifecycle.ts';
import type { Message } from './message.ts';
import type { Settings } from './options.ts';
import { sizeOf } from './outbox.ts';
import { Pending } from './pending.ts';
import type { Platform } from './platform.ts';
import type { PublishResult } from './publisher.ts';
import type { PlainMessage } from './received.ts';
import { Replies, type RequestOptions } from './replies.ts';
import type { Answer, Ask } from './requests.ts';
import { Route, type Turns } from './servers.ts';
import type { Payload } from './settings.ts';
import type { ClientEvents, ClientState } from './state.ts';
import type { Keeper } from './store.ts';
import type { Call } from './subscriptions.ts';

/** How topic filters are subscribed; the options are for all filters of the call. */
export interface SubscribeOptions extends CoreSubscribeOptions<Message>, ConsumeOptions {
  /**
   * Ends the wait for the server's answer, and the subscription with it; later the loops over it, which throw then. A
   * handler stays until `unsubscribe`.
   */
  readonly signal?: AbortSignal | undefined;
}

/** A loop over what is not one subscription. */
export interface LoopOptions {
  /** Ends the loop, which throws then. */
  readonly signal?: AbortSignal | undefined;
}

/** How topic filters are unsubscribed. */
export interface UnsubscribeOptions extends CoreUnsubscribeOptions {
  /** Ends the wait for the server's answer. */
  readonly signal?: AbortSignal | undefined;
}

/**
 * One call of `subscribe`. `await` it for the grants, or `for await` over it for the messages: leaving the loop
 * unsubscribes. Messages are kept for a loop from the moment it begins, and reading the network pauses when too many wait.
 */
export interface Subscribed extends Promise<readonly Grant[]>, AsyncIterable<Message> {}

/** How a client ends. */
export interface EndOptions extends CoreEndOptions {
  /** 0x04 lets the server publish the will (5.0). Default 0x00: it does not. */
  readonly reasonCode?: 0x00 | 0x04 | undefined;
  /** Of the DISCONNECT; 5.0 only. */
  readonly properties?: Properties<'DISCONNECT'> | undefined;
}

/** A state and the one after it, for those who follow at their own speed. */
interface Moment {
  readonly state: ClientState;
  readonly next: Pending<Moment>;
}

/** An MQTT client. Made by `connect`. */
export class Client extends CoreClient<Message> {
  declare protected readonly settings: Settings;
  declare protected readonly platform: Platform;
  readonly #route: Route;
  readonly #replies: Replies;
  readonly #keeper: Keeper | undefined;
  readonly #texts = new TextCache();
  /** Inboxes that have no room. */
  readonly #full = new Set<Inbox>();
  declare protected connection: ProvingConnection | undefined;
  #moment: Moment;
  #connack: Connack | undefined;

  /** Internal: use `connect`. */
  constructor(turns: Turns, settings: Settings, platform: Platform, keeper?: Keeper) {
    const { version, maximumQueuedMessages, onMessage } = settings;
    const publisher = new KeepingPublisher(settings, platform.clock, keeper);
    publisher.names = platform.reasonCodeNames;
    const subscriptions = new IdentifiedSubscriptions(version);
    const incoming = new KeepingIncoming(settings, subscriptions, keeper);
    const requests = new SplittingRequests(version, publisher.outbound, maximumQueuedMessages);
    super(settings, platform, { publisher, subscriptions, incoming, requests }, onMessage);
    const { observer } = platform;
    this.gate.pace = (inbox) => this.#paceFor(inbox);
    this.gate.dropped = (message) =>
      this.emitter.emit('debug', { type: 'dropped', message: message as Message });
    if (observer !== undefined) subscriptions.observe = (message) => observer.message(this, message);
    publisher.unheard = (error) => this.failed(error);
    this.#route = new Route(turns, settings);
    this.#replies = new Replies(platform.clock, platform.random);
    this.#moment = momentOf(this.state);
    this.#keeper = keeper;
    if (keeper !== undefined) {
      keeper.failed = (error) => {
        publisher.close(error, true);
        this.stop(error);
      };
    }
  }

  /** Internal: use `connect`. Rejects when `signal` is aborted before the first connection. */
  override start(signal?: AbortSignal): Promise<void> {
    const started = super.start();
    if (signal === undefined) return started;
    const abort = (): void => this.stop(new AbortError(signal));
    signal.addEventListener('abort', abort, { once: true });
    return started.finally(() => signal.removeEventListener('abort', abort));
  }

  /** Internal: the last CONNACK. */
  get connack(): Connack | undefined {
    return this.#connack;
  }

  /**
   * `state` now and after each change, for `for await`; ends when the client has ended. Each call begins anew.
   * @throws MqttError ABORTED
   */
  async *states({ signal }: LoopOptions = {}): AsyncGenerator<ClientState, void, void> {
    let coming = Promise.resolve(this.#moment);
    for (;;) {
      const turn = new Pending<Moment>();
      coming.then((moment) => turn.resolve(moment));
      if (signal !== undefined) watch(turn, signal);
      const { state, next } = await turn.promise;
      yield state;
      if (state.status === 'ended') return;
      coming = next.promise;
    }
  }

  /**
   * Lets the connection go, with DISCONNECT, and tries none until `resume()`. Promises stay open, `publish` queues; a
   * session lives on for its `sessionExpiryInterval`. To slow down what comes in, await in handlers instead.
   */
  pause(): void {
    if (/^(paused|end)/.test(this.state.status)) return;
    const connection = this.detach(undefined);
    this.enter({ status: 'paused' });
    connection?.disconnect({ type: 'DISCONNECT', reasonCode: 0 });
  }

  /** Connects now: after `pause()`, or when the next attempt is still waited for (the network is back). */
  resume(): void {
    if (!/^(paused|waiting)$/.test(this.state.status)) return;
    this.forgetFailures();
    this.connectNow(undefined);
  }

  /**
   * Authenticates again on this connection, as an expiring token needs it (§4.12.1). The option `authentication` makes
   * the exchange. A server that refuses ends the connection.
   * @throws RefusedError DISCONNECTED @throws MqttError AUTHENTICATION_FAILED, NOT_CONNECTED, INVALID_OPTION, CONNECTION_LOST
   */
  async reauthenticate(): Promise<void> {
    const { authentication } = this.settings;
    if (authentication === undefined) throw invalid('reauthenticate needs the option authentication');
    if (this.connection === undefined || this.state.status !== 'connected')
      throw new MqttError('NOT_CONNECTED', 'not connected; each new connection authenticates anew');
    const { attempt } = this.#route;
    await this.connection.reauthenticate((signal) =>
      authentication.exchange({ attempt, reason: undefined, signal }),
    );
  }

  protected override open(parts: ConnectionParts): ProvingConnection {
    const stray = (packet: Packet): unknown => this.emitter.emit('debug', { type: 'stray', packet });
    const isFull = (): boolean => this.#full.size > 0;
    const reading = { texts: this.#texts, checkCode: checkReasonCode, readAuth };
    return new ProvingConnection({ ...parts, reading, writeName: writeKnownName, isFull }, stray);
  }

  protected override async destination(attempt: Attempt): Promise<Destination> {
    const { settings } = this;
    const server = await this.#route.next(attempt);
    const given = await settings.credentials?.(attempt);
    const username = given?.username ?? settings.username ?? server.username;
    const password = given?.password ?? settings.password ?? server.password;
    if (this.version < 5 && username === undefined && password !== undefined)
      throw new MqttError('INVALID_OPTION', 'a password without a username needs version 5', {
        statement: 'MQTT-3.1.2-22',
      });
    return { endpoint: server.endpoint, username, password };
  }

  protected override async opening(attempt: Attempt): Promise<ProvingOpening> {
    const opening = await super.opening(attempt);
    const { authentication } = this.settings;
    const exchange = authentication?.exchange(attempt);
    const connect: typeof opening.connect = { ...opening.connect };
    if (exchange !== undefined) {
      const { value } = await exchange.next();
      Object.assign(connect, {
        properties: {
          ...connect.properties,
          authenticationMethod: authentication?.method,
          authenticationData: value,
        },
      });
      this.checkConnect(connect);
    }
    return { ...opening, connect, exchange };
  }

  protected override decide(reason: MqttError, connectedFor: number): void {
    super.decide(reason, connectedFor, this.#route.failed(reason, connectedFor));
  }

  /**
   * Publishes a message (§3.3). Resolves when its QoS is fulfilled: 0 handed to the network, 1 PUBACK, 2 PUBCOMP.
   * Without a connection it waits for one. Of QoS 0, `await` it to go no faster than the network.
   * @throws RefusedError PUBLISH_REFUSED @throws LimitError @throws MqttError QUEUE_FULL, NOT_CONNECTED, SESSION_LOST,
   * ABORTED, CLOSED, INVALID_OPTION
   */
  override publish<Topic extends string, ResponseTopic extends string = string>(
    topic: TopicName<Topic>,
    payload: Payload,
    options: PublishOptions<ResponseTopic> = {},
  ): Promise<PublishResult> {
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
      return Promise.reject(invalid('the payload must be a string or a Uint8Array'));
    }
    this.platform.observer?.publish(this, topic, payload, options);
    const result = super.publish(topic, payload, options);
    this.#pace();
    return result;
  }

  /**
   * Subscribes to topic filters (§3.8). `await` gives what was granted for each filter; `for await` gives the
   * messages. Subscribed again by itself when the server loses the session.
   * @throws SubscribeRefusedError when at least one filter was refused @throws LimitError @throws MqttError ABORTED,
   * CLOSED, INVALID_OPTION, PROTOCOL_ERROR
   */
  override subscribe<Filter extends string>(
    topicFilters: TopicFilter<Filter> | readonly TopicFilter<Filter>[],
    options: SubscribeOptions = {},
  ): Subscribed {
    const { subscriptions } = this.rooms;
    const [call, grants] = this.begin(topicFilters, options);
    const { inboxes } = call;
    const iterate = (): AsyncIterator<Message, undefined> => {
      const loop = loopInbox(this.gate, this.settings, options, () => {
        if (subscriptions.drop(loop, inboxes)) this.#release(call);
      });
      subscriptions.add(loop, inboxes);
      grants.then(
        () => call.filters.size > 0 || loop.close(),
        (error: MqttError) => loop.close(error), // the loop throws it
      );
      if (options.signal !== undefined) loop.watch(options.signal);
      return loop as AsyncIterator<unknown> as AsyncIterator<Message, undefined>;
    };
    return Object.assign(grants, { [Symbol.asyncIterator]: iterate });
  }

  /** A call is over; filters that nobody wants any more are unsubscribed, and nobody waits for the answer. */
  #release(call: Call): void {
    const { subscriptions, requests } = this.rooms;
    const entries = subscriptions.leave(call, call.filters);
    if (entries.length > 0) requests.send({ type: 'UNSUBSCRIBE', entries }).catch(() => {});
  }

  protected override ask(ask: Ask): Promise<Answer> {
    const answer = super.ask(ask);
    this.#pace();
    return answer;
  }

  /** While the server owes an answer, the network is read. */
  #pace(): void {
    if (this.#full.size > 0) this.connection?.pace();
  }

  /** Full at the limit, and until half of it has gone, so that reading does not flicker. */
  #paceFor(inbox: Inbox): void {
    const { maximumInboxMessages: limit } = this.settings;
    const wasFull = this.#full.has(inbox);
    const isFull = inbox.size >= (wasFull ? limit / 2 : limit);
    if (isFull === wasFull) return;
    if (isFull) this.#full.add(inbox);
    else this.#full.delete(inbox);
    this.connection?.pace();
  }

  /** When it was aborted, what the server may have granted is given back. */
  protected override refused(call: Call, filters: readonly string[], error: MqttError): void {
    if (error.code === 'ABORTED') this.#release(call);
    else super.refused(call, filters, error);
  }

  protected override handler(handler: MessageHandler, options: ConsumeOptions): Inbox {
    return handlerInbox(this.gate, this.settings, handler, options);
  }

  /**
   * Unsubscribes topic filters (§3.10), whoever subscribed them. Their handlers are not called again, their loops end.
   * Gives the reason code of each filter in order; nothing in 3.x.
   * @throws RefusedError UNSUBSCRIBE_REFUSED @throws MqttError ABORTED, CLOSED, INVALID_OPTION, PROTOCOL_ERROR
   */
  override unsubscribe<Filter extends string>(
    topicFilters: TopicFilter<Filter> | readonly TopicFilter<Filter>[],
    options: UnsubscribeOptions = {},
  ): Promise<readonly number[]> {
    return super.unsubscribe(topicFilters, options);
  }

  /**
   * Publishes a request and resolves with its answer (§4.10): the other end publishes it to the message's Response Topic
   * with its Correlation Data, as `respond` does. The Response Topic is this client's own, and is subscribed once; it is
   * below the server's Response Information when `requestResponseInformation` asked for it. 5.0 only.
   * @throws MqttError REQUEST_TIMEOUT, and as `publish` and `subscribe`; PUBLISH_REFUSED with 0x10 too (no matching
   * subscribers; QoS 1 and 2)
   */
  request<Topic extends string, ResponseTopic extends string = string>(
    topic: TopicName<Topic>,
    payload: Payload,
    options: RequestOptions<ResponseTopic> = {},
  ): Promise<Message> {
    return this.#replies.request(this, topic, payload, options);
  }

  /**
   * Every message, whatever filter brought it, for `for await`. Messages are kept from this call on.
   * @throws MqttError ABORTED
   */
  messages(options: ConsumeOptions & LoopOptions = {}): AsyncIterableIterator<Message> {
    const { subscriptions } = this.rooms;
    const loop: LoopInbox = loopInbox(this.gate, this.settings, options, () => subscriptions.drop(loop));
    if (this.state.status === 'ended') loop.close();
    else subscriptions.add(loop);
    if (options.signal !== undefined) loop.watch(options.signal);
    return loop as AsyncIterableIterator<PlainMessage> as AsyncIterableIterator<Message>;
  }

  /**
   * Ends for good: waits for what is in flight, sends DISCONNECT (§3.14), closes the network connection and settles
   * every promise that is open. Without a connection it waits for nothing. Calling it again waits for the same end.
   * What a store keeps stays there for the next process.
   */
  override end(options: EndOptions = {}): Promise<void> {
    const { timeout = 5000, reasonCode = 0, properties } = options;
    if (this.version < 5 && (reasonCode !== 0 || properties !== undefined)) {
      return Promise.reject(invalid('reasonCode and properties of end need version 5'));
    }
    const { sessionExpiryInterval: own = 0 } = this.settings.properties ?? {};
    if (own === 0 && (properties?.sessionExpiryInterval ?? 0) > 0) {
      return Promise.reject(invalid('sessionExpiryInterval of end needs one above 0 at connect')); // §3.14.2.2.2
    }
    if (reasonCode !== 0 && reasonCode !== 4)
      return Promise.reject(invalid('reasonCode of end must be 0 or 4'));
    const packet = { type: 'DISCONNECT', reasonCode, properties } as const;
    let size: number;
    try {
      size = sizeOf(packet, this.version);
    } catch (error) {
      return Promise.reject(unsendable(error, 'DISCONNECT'));
    }
    const { state } = this;
    // [MQTT-3.14.2-3] [MQTT-3.14.2-4]: the texts stay at home when they are too long for the server.
    const isTooLong = state.status === 'connected' && size > state.limits.maximumPacketSize;
    const { reasonString: _, userProperties: __, ...needed } = properties ?? {};
    this.refuseMore();
    return this.finish(timeout, isTooLong ? { ...packet, properties: needed } : packet).then(() =>
      this.#keeper?.close(),
    );
  }

  /**
   * Listens: `message` to every message, `state` to changes of state, `error` to failures that no promise tells,
   * `debug` to what is merely odd. Returns what ends the listening.
   */
  override on(event: 'message', handler: MessageHandler): () => void;
  override on<Name extends keyof ClientEvents>(
    event: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): () => void;
  override on(event: string, listener: (...args: never) => unknown): () => void {
    return super.on(event as 'state', listener as () => void);
  }

  protected override failed(error: MqttError): void {
    this.platform.observer?.error(this, error);
    super.failed(error);
  }

  protected override entered(state: ClientState, previous: ClientState): void {
    const moment = momentOf(state);
    this.#moment.next.resolve(moment);
    this.#moment = moment;
    if (state.status === 'connected') this.#connack = state.connack;
    this.platform.observer?.state(this, state, previous);
    super.entered(state, previous);
  }

  protected override settle(error: MqttError): void {
    super.settle(error);
    this.#replies.close(error);
  }

  protected override over(reason: MqttError | undefined): void {
    super.over(reason);
    this.#keeper?.close();
  }
}

function momentOf(state: ClientState): Moment {
  return { state, next: new Pending() };
}
