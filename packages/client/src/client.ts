/**
 * What a user holds: publish, subscribe, unsubscribe, messages, events, state, end. Turns calls into messages and
 * requests and answers into results; everything else is decided in the rooms it is made of.
 */
import type {
  Connack,
  Subscription as Filter,
  NonEmpty,
  Packet,
  Properties,
  ProtocolVersion,
  Suback,
} from '@mqtt/codec';
import { Emitter } from './emitter.ts';
import {
  AbortError,
  type Grant,
  invalid,
  MqttError,
  printable,
  RefusedError,
  SubscribeRefusedError,
  unsendable,
} from './errors.ts';
import { type ConsumeOptions, type Gate, HandlerInbox, LoopInbox, type MessageHandler } from './inbox.ts';
import { Incoming } from './incoming.ts';
import { Lifecycle } from './lifecycle.ts';
import type { ServerLimits } from './limits.ts';
import type { Message } from './message.ts';
import { type Payload, type Settings, toBytes } from './options.ts';
import { sizeOf } from './outbox.ts';
import type { Platform } from './platform.ts';
import { Publisher, type PublishOptions, type PublishResult } from './publisher.ts';
import { Replies, type RequestOptions } from './replies.ts';
import { type Answer, Requests } from './requests.ts';
import type { Turns } from './servers.ts';
import type { ClientState } from './state.ts';
import type { Keeper } from './store.ts';
import { type Call, type FilterOptions, type Subscribed, Subscriptions } from './subscriptions.ts';

/** How topic filters are subscribed; the options are for all filters of the call. */
export interface SubscribeOptions extends FilterOptions, ConsumeOptions {
  /** Called with each message that matches, one after the other. @see MessageHandler */
  readonly onMessage?: MessageHandler | undefined;
  /** 5.0 only. */
  readonly properties?: Properties<'SUBSCRIBE'> | undefined;
  /** Ends the wait for the server's answer, and the subscription with it. */
  readonly signal?: AbortSignal | undefined;
}

/** How topic filters are unsubscribed. */
export interface UnsubscribeOptions {
  /** 5.0 only. */
  readonly properties?: Properties<'UNSUBSCRIBE'> | undefined;
  /** Ends the wait for the server's answer. */
  readonly signal?: AbortSignal | undefined;
}

/** How a client ends. */
export interface EndOptions {
  /** Milliseconds to wait for the acknowledgements of what is in flight or waits; 0: not at all. Default 5,000. */
  readonly timeout?: number | undefined;
  /** 0x04 lets the server publish the will (5.0). Default 0x00: it does not. */
  readonly reasonCode?: 0x00 | 0x04 | undefined;
  /** Of the DISCONNECT; 5.0 only. */
  readonly properties?: Properties<'DISCONNECT'> | undefined;
}

/** Something that is not an error and that nobody waits for. */
export type DebugEvent =
  /** The server acknowledged what nobody sent; ignored. */
  | { readonly type: 'stray'; readonly packet: Packet }
  /** A QoS 0 message found its consumer's inbox full while an answer was awaited; it is gone. */
  | { readonly type: 'dropped'; readonly message: Message };

/** Event -> what its listeners are called with. */
export type ClientEvents = {
  /** The state changed. */
  readonly state: readonly [state: ClientState, previous: ClientState];
  /** Something failed that no promise tells: a handler threw, a lost subscription was refused. */
  readonly error: readonly [error: MqttError];
  readonly debug: readonly [event: DebugEvent];
};

/** An MQTT client. Made by `connect`. */
export class Client {
  readonly #settings: Settings;
  readonly #lifecycle: Lifecycle;
  readonly #publisher: Publisher;
  readonly #requests: Requests;
  readonly #replies: Replies;
  readonly #subscriptions = new Subscriptions();
  readonly #emitter: Emitter<ClientEvents>;
  readonly #platform: Platform;
  readonly #gate: Gate;
  readonly #keeper: Keeper | undefined;
  #full = 0;
  /** The server's new session does not have all filters yet. */
  #owesFilters = false;
  #connack: Connack | undefined;

  /** Internal: use `connect`. */
  constructor(turns: Turns, settings: Settings, platform: Platform, keeper?: Keeper) {
    this.#settings = settings;
    const { version, onMessage } = settings;
    this.#platform = platform;
    this.#emitter = new Emitter(platform.report);
    this.#keeper = keeper;
    this.#publisher = new Publisher(settings, keeper, (error) => this.#failed(error));
    this.#requests = new Requests(version, this.#publisher.outbound, settings.maximumQueuedMessages);
    this.#replies = new Replies(platform.clock, platform.random);
    const { receiveMaximum = 65_535, topicAliasMaximum = 0 } = settings.properties ?? {};
    const incoming = new Incoming(
      version,
      receiveMaximum,
      topicAliasMaximum,
      (message) => {
        platform.observer?.message(this, message);
        this.#subscriptions.deliver(message);
      },
      keeper,
    );
    this.#gate = {
      settings,
      pace: (isFull) => {
        this.#full += isFull ? 1 : -1;
        this.#lifecycle.pace();
      },
      dropped: (message) => this.#emitter.emit('debug', { type: 'dropped', message }),
      failed: (error) => this.#failed(error),
    };
    const rooms = {
      publisher: this.#publisher,
      requests: this.#requests,
      incoming,
      isFull: () => this.#full > 0,
    };
    this.#lifecycle = new Lifecycle(
      { turns, settings, rooms, ...platform },
      {
        state: (state, previous) => {
          if (state.status === 'connected') this.#connack = state.connack;
          platform.observer?.state(this, state, previous);
          this.#emitter.emit('state', state, previous);
        },
        connected: (limits, isNewSession) => this.#connected(limits, isNewSession),
        ended: (reason) => this.#ended(reason),
        stray: (packet) => this.#emitter.emit('debug', { type: 'stray', packet }),
      },
    );
    if (onMessage !== undefined) this.on('message', onMessage);
    if (keeper !== undefined) {
      keeper.failed = (error) => {
        this.#publisher.close(error, true);
        this.#lifecycle.stop(error);
      };
    }
  }

  /** Internal: use `connect`. Rejects when `signal` is aborted before the first connection. */
  start(signal: AbortSignal | undefined): Promise<void> {
    const started = this.#lifecycle.start();
    if (signal === undefined) return started;
    const abort = (): void => this.#lifecycle.stop(new AbortError(signal));
    signal.addEventListener('abort', abort, { once: true });
    return started.finally(() => signal.removeEventListener('abort', abort));
  }

  /** What this client is doing, and why. */
  get state(): ClientState {
    return this.#lifecycle.state;
  }

  /** `state` now and after each change, for `for await`; ends when the client has ended. Each call begins anew. */
  states(): AsyncGenerator<ClientState, void, void> {
    return this.#lifecycle.states();
  }

  /**
   * Lets the connection go, with DISCONNECT, and tries none until `resume()`. Promises stay open, `publish` queues; a
   * session lives on for its `sessionExpiryInterval`. To slow down what comes in, await in handlers instead.
   */
  pause(): void {
    this.#lifecycle.pause();
  }

  /** Connects now: after `pause()`, or when the next attempt is still waited for (the network is back). */
  resume(): void {
    this.#lifecycle.resume();
  }

  /**
   * Authenticates again on this connection, as an expiring token needs it (§4.12.1). The option `authentication` makes
   * the exchange. A server that refuses ends the connection.
   * @throws RefusedError DISCONNECTED @throws MqttError AUTHENTICATION_FAILED, NOT_CONNECTED, INVALID_OPTION, CONNECTION_LOST
   */
  reauthenticate(): Promise<void> {
    return this.#lifecycle.reauthenticate();
  }

  /** The Client Identifier: the option, or what the server assigned. */
  get clientId(): string {
    return this.#lifecycle.clientId;
  }

  /** 5 (5.0), 4 (3.1.1) or 3 (3.1). */
  get version(): ProtocolVersion {
    return this.#settings.version;
  }

  /**
   * Publishes a message (§3.3). Resolves when its QoS is fulfilled: 0 handed to the network, 1 PUBACK, 2 PUBCOMP.
   * Without a connection it waits for one. Of QoS 0, `await` it to go no faster than the network.
   * @throws RefusedError PUBLISH_REFUSED @throws LimitError @throws MqttError QUEUE_FULL, NOT_CONNECTED, SESSION_LOST,
   * ABORTED, CLOSED, INVALID_OPTION
   */
  publish(topic: string, payload: Payload, options: PublishOptions = {}): Promise<PublishResult> {
    if (typeof payload !== 'string' && !(payload instanceof Uint8Array)) {
      return Promise.reject(invalid('the payload must be a string or a Uint8Array'));
    }
    this.#platform.observer?.publish(this, topic, payload, options);
    const result = this.#publisher.publish(topic, toBytes(payload), options);
    if (this.#full > 0) this.#lifecycle.pace();
    return result;
  }

  /**
   * Subscribes to topic filters (§3.8). `await` gives what was granted for each filter; `for await` gives the
   * messages. Subscribed again by itself when the server loses the session.
   * @throws SubscribeRefusedError when at least one filter was refused @throws LimitError @throws MqttError ABORTED,
   * CLOSED, INVALID_OPTION, PROTOCOL_ERROR
   */
  subscribe(topicFilters: string | readonly string[], options: SubscribeOptions = {}): Subscribed {
    const { onMessage, properties } = options;
    const entries = listOf(topicFilters).map((topicFilter) => toFilter(topicFilter, options));
    const inbox = onMessage && new HandlerInbox(this.#gate, onMessage, options);
    const call = this.#subscriptions.open(entries, properties);
    if (inbox) this.#subscriptions.add(inbox, call);
    const grants = this.#subscribe(call, entries, options);
    const iterate = (): AsyncIterator<Message, undefined> => {
      const loop = new LoopInbox(this.#gate, options, () => {
        if (this.#subscriptions.drop(loop, call)) this.#release(call);
      });
      this.#subscriptions.add(loop, call);
      grants.then(
        () => call.filters.size > 0 || loop.close(),
        (error: MqttError) => loop.close(error), // the loop throws it
      );
      return loop;
    };
    return Object.assign(grants, { [Symbol.asyncIterator]: iterate });
  }

  async #subscribe(
    call: Call,
    entries: readonly Filter<5>[],
    { signal, concurrency = 1 }: SubscribeOptions,
  ): Promise<readonly Grant[]> {
    const filters = entries.map(({ topicFilter }) => topicFilter);
    const { id, properties } = call;
    try {
      if (!(concurrency >= 1)) throw invalid('concurrency must be 1 or more');
      const answer = await this.#ask({ type: 'SUBSCRIBE', entries, properties, id, signal });
      return this.#grants(filters, answer, (filter, error) =>
        this.#subscriptions.leave(call, [filter], error),
      );
    } catch (error) {
      const { code } = error as MqttError;
      if (code === 'ABORTED') this.#release(call);
      else if (code !== 'SUBSCRIBE_REFUSED') this.#subscriptions.leave(call, filters, error as MqttError);
      throw error;
    }
  }

  /** Sends a request; while the server owes an answer, the network is read. */
  #ask(ask: Parameters<Requests['send']>[0]): Promise<Answer> {
    const answer = this.#requests.send(ask);
    if (this.#full > 0) this.#lifecycle.pace();
    return answer;
  }

  /** What SUBACK grants [MQTT-3.9.3-1]. Each refused filter goes to `refused`, with the error that is then thrown. */
  #grants(
    filters: readonly string[],
    { reasonCodes, properties }: Answer,
    refused: (topicFilter: string, error: MqttError) => void,
  ): Grant[] {
    const grants = filters.map((topicFilter, index) => toGrant(topicFilter, reasonCodes[index] ?? 0x80));
    const worst = grants.find(({ qos }) => qos === undefined);
    const error =
      worst && new SubscribeRefusedError(grants, worst.reasonCode, properties as Suback['properties']);
    for (const { topicFilter, qos } of grants) {
      if (error !== undefined && qos === undefined) refused(topicFilter, error);
      else this.#subscriptions.granted(topicFilter);
    }
    if (error !== undefined) throw error;
    return grants;
  }

  /** A call is over; filters that nobody wants any more are unsubscribed, and nobody waits for the answer. */
  #release(call: Call): void {
    const entries = this.#subscriptions.leave(call, call.filters);
    if (entries.length > 0) this.#requests.send({ type: 'UNSUBSCRIBE', entries }).catch(() => {});
  }

  /**
   * Unsubscribes topic filters (§3.10), whoever subscribed them. Their handlers are not called again, their loops end.
   * Gives the reason code of each filter in order; nothing in 3.x.
   * @throws RefusedError UNSUBSCRIBE_REFUSED @throws MqttError ABORTED, CLOSED, INVALID_OPTION, PROTOCOL_ERROR
   */
  async unsubscribe(
    topicFilters: string | readonly string[],
    options: UnsubscribeOptions = {},
  ): Promise<readonly number[]> {
    const filters = listOf(topicFilters);
    const sent = this.#ask({ ...options, type: 'UNSUBSCRIBE', entries: filters });
    for (const filter of filters) this.#subscriptions.remove(filter);
    const { reasonCodes, properties } = await sent;
    const refused = reasonCodes.find((code) => code >= 0x80);
    if (refused === undefined) return reasonCodes;
    throw new RefusedError(
      'UNSUBSCRIBE_REFUSED',
      `the server refused to unsubscribe ${filters.map(printable).join(', ')}`,
      refused,
      properties,
    );
  }

  /**
   * Publishes a request and resolves with its answer (§4.10): the other end publishes it to the message's Response Topic
   * with its Correlation Data, as `respond` does. The Response Topic is this client's own, and is subscribed once; it is
   * below the server's Response Information when `requestResponseInformation` asked for it. 5.0 only.
   * @throws MqttError REQUEST_TIMEOUT, and as `publish` and `subscribe`; PUBLISH_REFUSED with 0x10 too (no matching
   * subscribers; QoS 1 and 2)
   */
  request(topic: string, payload: Payload, options: RequestOptions = {}): Promise<Message> {
    return this.#replies.request(this, topic, payload, options);
  }

  /** Internal: the last CONNACK. */
  get connack(): Connack | undefined {
    return this.#connack;
  }

  /** Every message, whatever filter brought it, for `for await`. Messages are kept from this call on. */
  messages(options: ConsumeOptions = {}): AsyncIterableIterator<Message> {
    const loop = new LoopInbox(this.#gate, options, () => this.#subscriptions.drop(loop));
    if (this.state.status === 'ended') loop.close();
    else this.#subscriptions.add(loop);
    return loop;
  }

  /**
   * Listens: `message` to every message, `state` to changes of state, `error` to failures that no promise tells,
   * `debug` to what is merely odd. Returns what ends the listening.
   */
  on(event: 'message', handler: MessageHandler): () => void;
  on<Name extends keyof ClientEvents>(
    event: Name,
    listener: (...args: ClientEvents[Name]) => void,
  ): () => void;
  on(event: 'message' | keyof ClientEvents, listener: (...args: never) => unknown): () => void {
    if (event !== 'message')
      return this.#emitter.on(event, listener as (...args: readonly unknown[]) => void);
    const inbox = new HandlerInbox(this.#gate, listener as MessageHandler);
    this.#subscriptions.add(inbox);
    return () => {
      this.#subscriptions.drop(inbox);
      inbox.close();
    };
  }

  /**
   * Ends for good: waits for what is in flight, sends DISCONNECT (§3.14), closes the network connection and settles
   * every promise that is open. Without a connection it waits for nothing. Calling it again waits for the same end.
   * What a store keeps stays there for the next process.
   */
  end(options: EndOptions = {}): Promise<void> {
    const { timeout = 5000, reasonCode = 0, properties } = options;
    if (this.version < 5 && (reasonCode !== 0 || properties !== undefined)) {
      return Promise.reject(invalid('reasonCode and properties of end need version 5'));
    }
    const { sessionExpiryInterval: own = 0 } = this.#settings.properties ?? {};
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
      return Promise.reject(unsendable('DISCONNECT', error));
    }
    const { state } = this;
    // [MQTT-3.14.2-3] [MQTT-3.14.2-4]: the texts stay at home when they are too long for the server.
    const isTooLong = state.status === 'connected' && size > state.limits.maximumPacketSize;
    const { reasonString: _, userProperties: __, ...needed } = properties ?? {};
    this.#publisher.close(new MqttError('CLOSED', 'the client was ended'), false);
    return this.#lifecycle
      .end(isTooLong ? { ...packet, properties: needed } : packet, timeout)
      .then(() => this.#keeper?.close());
  }

  /** A new session is given every filter that was granted before. */
  #connected({ subscriptionIdentifiersAvailable }: ServerLimits, isNewSession: boolean): void {
    this.#owesFilters ||= isNewSession;
    if (!this.#owesFilters) return;
    const groups = this.#subscriptions.groups(this.version === 5 && subscriptionIdentifiersAvailable);
    const answers = groups.map(async ({ id, properties, subscriptions }) => {
      const filters = subscriptions.map(({ topicFilter }) => topicFilter);
      const ask = {
        type: 'SUBSCRIBE',
        entries: subscriptions,
        properties,
        id,
        once: true,
      } as const;
      const answer = await this.#requests.send(ask);
      try {
        this.#grants(filters, answer, (filter, error) => this.#subscriptions.remove(filter, error));
      } catch (error) {
        this.#failed(error as MqttError);
      }
    });
    // A connection that is lost before all answers are here leaves the debt to the next one.
    Promise.all(answers).then(
      () => {
        this.#owesFilters = false;
      },
      () => {},
    );
  }

  #failed(error: MqttError): void {
    this.#platform.observer?.error(this, error);
    if (this.#emitter.has('error')) this.#emitter.emit('error', error);
    else this.#platform.report(error);
  }

  #ended(reason: MqttError | undefined): void {
    const words = reason === undefined ? 'the client was ended' : `the client has ended: ${reason.message}`;
    const error = new MqttError('CLOSED', words, { cause: reason });
    this.#publisher.close(error, true);
    this.#requests.close(error);
    this.#replies.close(error);
    this.#subscriptions.close(reason);
    this.#emitter.clear();
    this.#keeper?.close();
  }
}

function toGrant(topicFilter: string, reasonCode: number): Grant {
  const qos = reasonCode === 0 || reasonCode === 1 || reasonCode === 2 ? reasonCode : undefined;
  return { topicFilter, qos, reasonCode };
}

/** An empty list becomes a filter that is not legal: at least one is needed [MQTT-3.8.3-2] [MQTT-3.10.3-2]. */
function listOf(topicFilters: string | readonly string[]): NonEmpty<string> {
  const [first = '', ...others] = typeof topicFilters === 'string' ? [topicFilters] : topicFilters;
  return [first, ...others];
}

function toFilter(topicFilter: string, options: FilterOptions): Filter<5> {
  const { qos = 0, noLocal = false, retainAsPublished = false, retainHandling = 0 } = options;
  return { topicFilter, qos, noLocal, retainAsPublished, retainHandling };
}
