/**
 * What a user holds: publish, subscribe, unsubscribe, messages, events, state, end. Turns calls into messages and
 * requests and answers into results; everything else is decided in the rooms it is made of.
 */
import type {
  Subscription as Filter,
  NonEmpty,
  Packet,
  Properties,
  ProtocolVersion,
  Suback,
  Subscribe,
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
} from './errors.ts';
import { type Gate, HandlerInbox, type Inbox, IteratorInbox, type MessageHandler } from './inbox.ts';
import { Incoming } from './incoming.ts';
import { Lifecycle } from './lifecycle.ts';
import type { ServerLimits } from './limits.ts';
import type { Message } from './message.ts';
import { type Payload, type Settings, toBytes } from './options.ts';
import type { Platform } from './platform.ts';
import { Publisher, type PublishOptions, type PublishResult } from './publisher.ts';
import { Requests } from './requests.ts';
import type { Turns } from './servers.ts';
import type { ClientState } from './state.ts';
import { Subscription } from './subscription.ts';
import { type FilterOptions, Subscriptions } from './subscriptions.ts';

/** How topic filters are subscribed; the options are for all filters of the call. */
export interface SubscribeOptions extends FilterOptions {
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
  readonly #subscriptions = new Subscriptions();
  readonly #emitter: Emitter<ClientEvents>;
  readonly #gate: Gate;
  #full = 0;
  /** The server's new session does not have all filters yet. */
  #owesFilters = false;

  /** Internal: use `connect`. */
  constructor(turns: Turns, settings: Settings, platform: Platform) {
    this.#settings = settings;
    const { version } = settings;
    this.#emitter = new Emitter((error) => platform.report(error));
    this.#publisher = new Publisher(settings);
    this.#requests = new Requests(version, this.#publisher.outbound, settings.maximumQueuedMessages);
    const { receiveMaximum = 65_535, topicAliasMaximum = 0 } = settings.properties ?? {};
    const incoming = new Incoming(version, receiveMaximum, topicAliasMaximum, (message, ticket) =>
      this.#subscriptions.deliver(message, ticket),
    );
    this.#gate = {
      pace: (isFull) => {
        this.#full += isFull ? 1 : -1;
        this.#lifecycle.pace();
      },
      dropped: (message) => this.#emitter.emit('debug', { type: 'dropped', message }),
      failed: (error) => this.#report(error, platform),
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
        state: (state, previous) => this.#emitter.emit('state', state, previous),
        connected: (limits, isNewSession) => this.#connected(limits, isNewSession, platform),
        ended: (reason) => this.#ended(reason),
        stray: (packet) => this.#emitter.emit('debug', { type: 'stray', packet }),
      },
    );
    const { onMessage, maximumInboxMessages } = settings;
    if (onMessage !== undefined)
      this.#subscriptions.add(new HandlerInbox(onMessage, maximumInboxMessages, this.#gate));
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
  subscribe(topicFilters: string | readonly string[], options: SubscribeOptions = {}): Subscription {
    const { onMessage, properties, signal } = options;
    const { maximumInboxMessages } = this.#settings;
    const filters = listOf(topicFilters);
    const [first, ...others] = filters;
    const subscriptions = [
      toFilter(first, options),
      ...others.map((filter) => toFilter(filter, options)),
    ] as const;
    for (const filter of subscriptions) this.#subscriptions.want(filter, properties);
    const inboxes: Inbox[] = [];
    const add = (inbox: Inbox): boolean => {
      inboxes.push(inbox);
      return filters.map((filter) => this.#subscriptions.add(inbox, filter)).includes(true);
    };
    if (onMessage !== undefined) add(new HandlerInbox(onMessage, maximumInboxMessages, this.#gate));
    const grants = this.#subscribe(
      { type: 'SUBSCRIBE', subscriptions, properties },
      filters,
      inboxes,
      signal,
    );
    let left = onMessage !== undefined;
    return new Subscription(grants, () => {
      const inbox = new IteratorInbox(maximumInboxMessages, this.#gate, () => {
        if (left) this.#subscriptions.drop(inbox);
        else this.#release(filters, [inbox]);
        left = true;
      });
      const isWanted = add(inbox);
      grants.then(
        () => isWanted || inbox.close(),
        (error: MqttError) => inbox.close(error), // the loop throws it
      );
      return inbox;
    });
  }

  async #subscribe(
    packet: Omit<Subscribe<5>, 'packetId'>,
    filters: readonly string[],
    inboxes: readonly Inbox[],
    signal: AbortSignal | undefined,
  ): Promise<readonly Grant[]> {
    try {
      const sent = this.#requests.send(packet, { signal, aborted: () => this.#release(filters, inboxes) });
      if (this.#full > 0) this.#lifecycle.pace();
      const suback = (await sent) as Suback;
      return this.#grants(filters, suback, (filter, error) =>
        this.#subscriptions.release(filter, inboxes, error),
      );
    } catch (thrown) {
      const error = thrown as MqttError;
      if (error.code !== 'ABORTED' && error.code !== 'SUBSCRIBE_REFUSED') {
        for (const filter of filters) this.#subscriptions.release(filter, inboxes, error);
      }
      throw error;
    }
  }

  /** What SUBACK grants [MQTT-3.9.3-1]. Each refused filter goes to `refused`, with the error that is then thrown. */
  #grants(
    filters: readonly string[],
    { reasonCodes, properties }: Suback,
    refused: (topicFilter: string, error: MqttError) => void,
  ): Grant[] {
    const grants = filters.map((topicFilter, index) => toGrant(topicFilter, reasonCodes[index] ?? 0x80));
    const worst = grants.find(({ qos }) => qos === undefined);
    const error = worst && new SubscribeRefusedError(grants, worst.reasonCode, properties);
    for (const { topicFilter, qos } of grants) {
      if (error !== undefined && qos === undefined) refused(topicFilter, error);
      else this.#subscriptions.granted(topicFilter);
    }
    if (error !== undefined) throw error;
    return grants;
  }

  /** Filters that nobody wants any more are unsubscribed, and nobody waits for the answer. */
  #release(filters: readonly string[], inboxes: readonly Inbox[]): void {
    const [first, ...others] = filters.filter((filter) => this.#subscriptions.release(filter, inboxes));
    if (first === undefined) return;
    this.#requests.send({ type: 'UNSUBSCRIBE', topicFilters: [first, ...others] }).catch(() => {});
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
    const { properties, signal } = options;
    const sent = this.#requests.send({ type: 'UNSUBSCRIBE', topicFilters: filters, properties }, { signal });
    for (const filter of filters) this.#subscriptions.remove(filter);
    if (this.#full > 0) this.#lifecycle.pace();
    const { reasonCodes = [], properties: answer } = await sent;
    const refused = reasonCodes.find((code) => code >= 0x80);
    if (refused === undefined) return reasonCodes;
    throw new RefusedError(
      'UNSUBSCRIBE_REFUSED',
      `the server refused to unsubscribe ${filters.map(printable).join(', ')}`,
      refused,
      answer,
    );
  }

  /** Every message, whatever filter brought it, for `for await`. Messages are kept from this call on. */
  messages(): AsyncIterableIterator<Message> {
    const { maximumInboxMessages } = this.#settings;
    const inbox = new IteratorInbox(maximumInboxMessages, this.#gate, () => this.#subscriptions.drop(inbox));
    if (this.state.status === 'ended') inbox.close();
    else this.#subscriptions.add(inbox);
    return inbox;
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
    const inbox = new HandlerInbox(
      listener as MessageHandler,
      this.#settings.maximumInboxMessages,
      this.#gate,
    );
    this.#subscriptions.add(inbox);
    return () => {
      this.#subscriptions.drop(inbox);
      inbox.close();
    };
  }

  /**
   * Ends for good: waits for what is in flight, sends DISCONNECT (§3.14), closes the network connection and settles
   * every promise that is open. Without a connection it waits for nothing. Calling it again waits for the same end.
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
    this.#publisher.close(new MqttError('CLOSED', 'the client was ended'), false);
    return this.#lifecycle.end({ type: 'DISCONNECT', reasonCode, properties }, timeout);
  }

  #connected(limits: ServerLimits, isNewSession: boolean, platform: Platform): void {
    this.#owesFilters ||= isNewSession;
    if (!this.#owesFilters) return;
    const packets = this.#subscriptions.resubscribe(limits.maximumPacketSize);
    const answers = packets.map(async (packet) => {
      const suback = (await this.#requests.send(packet, { once: true })) as Suback;
      const filters = packet.subscriptions.map(({ topicFilter }) => topicFilter);
      try {
        this.#grants(filters, suback, (filter, error) => this.#subscriptions.remove(filter, error));
      } catch (error) {
        this.#report(error as MqttError, platform);
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

  #report(error: MqttError, platform: Platform): void {
    if (this.#emitter.has('error')) this.#emitter.emit('error', error);
    else platform.report(error);
  }

  #ended(reason: MqttError | undefined): void {
    const words = reason === undefined ? 'the client was ended' : `the client has ended: ${reason.message}`;
    const error = new MqttError('CLOSED', words, { cause: reason });
    this.#publisher.close(error, true);
    this.#requests.close(error);
    this.#subscriptions.close(reason);
    this.#emitter.clear();
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
