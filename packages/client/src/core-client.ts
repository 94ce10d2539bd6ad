/**
 * What a user of the small client holds, and what the whole one (`client.ts`) is built on: publish, subscribe,
 * unsubscribe, events, state, end. Turns calls into messages and requests and answers into results; everything else is
 * decided in the rooms it is made of.
 */
import type {
  Subscription as Filter,
  NonEmpty,
  Properties,
  QoS,
  Suback,
  TopicFilter,
  TopicName,
} from '@mqtt/codec';
import { Emitter } from './emitter.ts';
import { type Grant, MqttError, RefusedError, SubscribeRefusedError } from './errors.ts';
import { type CoreHandler, type Gate, Inbox } from './inbox.ts';
import { Lifecycle } from './lifecycle.ts';
import type { ServerLimits } from './limits.ts';
import type { CorePlatform } from './platform.ts';
import type { CorePublishOptions, PublishResult } from './publisher.ts';
import type { PlainMessage } from './received.ts';
import type { Answer, Ask } from './requests.ts';
import type { Rooms } from './rooms.ts';
import { type CoreOptions, type CoreSettings, type Payload, toBytes } from './settings.ts';
import type { ClientEvents, ClientState, CoreEvents } from './state.ts';
import type { Call, FilterOptions } from './subscriptions.ts';
import * as words from './words.ts';

/** How topic filters are subscribed by any client; the options are for all filters of the call. */
export interface CoreSubscribeOptions<Message = PlainMessage> extends FilterOptions {
  /** Called with each message that matches, one after the other. @see CoreHandler */
  readonly onMessage?: CoreHandler<Message> | undefined;
  /** 5.0 only. */
  readonly properties?: Properties<'SUBSCRIBE'> | undefined;
}

/** How topic filters are unsubscribed by any client. */
export interface CoreUnsubscribeOptions {
  /** 5.0 only. */
  readonly properties?: Properties<'UNSUBSCRIBE'> | undefined;
}

/** How any client ends. */
export interface CoreEndOptions {
  /** Milliseconds to wait for the acknowledgements of what is in flight or waits; 0: not at all. Default 5,000. */
  readonly timeout?: number | undefined;
}

/** An MQTT client. Made by `connect`. */
export class CoreClient<Message = PlainMessage> extends Lifecycle {
  declare protected readonly emitter: Emitter<ClientEvents>;
  declare protected readonly gate: Gate;
  /** The server's new session does not have all filters yet. */
  #owesFilters = false;

  /** Internal: use `connect`. */
  constructor(
    settings: CoreSettings,
    platform: CorePlatform,
    rooms: Rooms,
    onMessage: CoreOptions<Message>['onMessage'],
  ) {
    super(settings, platform, rooms);
    this.emitter = new Emitter(platform.report);
    this.gate = {
      maximumInboxMessages: settings.maximumInboxMessages,
      failed: (error) => this.failed(error),
    };
    if (onMessage !== undefined) this.on('message', onMessage);
  }

  /**
   * Publishes a message (§3.3). Resolves when its QoS is fulfilled: 0 handed to the network, 1 PUBACK, 2 PUBCOMP.
   * Without a connection it waits for one. Of QoS 0, `await` it to go no faster than the network.
   * @throws RefusedError PUBLISH_REFUSED @throws LimitError @throws MqttError QUEUE_FULL, SESSION_LOST, CLOSED,
   * INVALID_OPTION
   */
  publish<Topic extends string, ResponseTopic extends string = string>(
    topic: TopicName<Topic>,
    payload: Payload,
    options: CorePublishOptions<ResponseTopic> = {},
  ): Promise<PublishResult> {
    return this.rooms.publisher.publish(topic, toBytes(payload), options);
  }

  /**
   * Subscribes to topic filters (§3.8). Gives what was granted for each filter. Subscribed again by itself when the
   * server loses the session.
   * @throws SubscribeRefusedError when at least one filter was refused @throws LimitError @throws MqttError CLOSED,
   * INVALID_OPTION, PROTOCOL_ERROR
   */
  subscribe<Filter extends string>(
    topicFilters: TopicFilter<Filter> | readonly TopicFilter<Filter>[],
    options: CoreSubscribeOptions<Message> = {},
  ): Promise<readonly Grant[]> {
    return this.begin(topicFilters, options)[1];
  }

  /** Sends a SUBSCRIBE. */
  protected begin(
    topicFilters: string | readonly string[],
    options: CoreSubscribeOptions<Message>,
  ): [call: Call, grants: Promise<readonly Grant[]>] {
    const { subscriptions } = this.rooms;
    const { onMessage, properties } = options;
    const entries = listOf(topicFilters).map((topicFilter) => toFilter(topicFilter, options));
    const inbox = onMessage && this.handler(onMessage, options);
    const call = subscriptions.open(entries, properties);
    if (inbox) subscriptions.add(inbox, call.inboxes);
    return [call, this.#subscribe(call, entries, options)];
  }

  async #subscribe(
    call: Call,
    entries: readonly Filter<5>[],
    options: CoreSubscribeOptions<never>,
  ): Promise<readonly Grant[]> {
    const filters = entries.map(({ topicFilter }) => topicFilter);
    const { subscriptions } = this.rooms;
    try {
      const answer = await this.ask({ ...options, ...call, type: 'SUBSCRIBE', entries });
      return this.#grants(filters, answer, (filter, error) => subscriptions.leave(call, [filter], error));
    } catch (error) {
      this.refused(call, filters, error as MqttError);
      throw error;
    }
  }

  /** A SUBSCRIBE came to nothing; what the server refused has left already. */
  protected refused(call: Call, filters: readonly string[], error: MqttError): void {
    if (error.code !== 'SUBSCRIBE_REFUSED') this.rooms.subscriptions.leave(call, filters, error);
  }

  /** A handler's inbox. */
  protected handler(handler: CoreHandler<Message>, _options: object): Inbox {
    return new Inbox(this.gate, handler as CoreHandler<unknown>);
  }

  /** Sends a request. */
  protected ask(ask: Ask): Promise<Answer> {
    return this.rooms.requests.send(ask);
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
      worst &&
      new SubscribeRefusedError(
        grants,
        worst.reasonCode,
        properties as Suback['properties'],
        this.platform.reasonCodeNames,
      );
    for (const { topicFilter, qos } of grants) {
      if (error !== undefined && qos === undefined) refused(topicFilter, error);
      else this.rooms.subscriptions.granted(topicFilter);
    }
    if (error !== undefined) throw error;
    return grants;
  }

  /**
   * Unsubscribes topic filters (§3.10), whoever subscribed them. Their handlers are not called again, their loops end.
   * Gives the reason code of each filter in order; nothing in 3.x.
   * @throws RefusedError UNSUBSCRIBE_REFUSED @throws MqttError CLOSED, INVALID_OPTION, PROTOCOL_ERROR
   */
  async unsubscribe<Filter extends string>(
    topicFilters: TopicFilter<Filter> | readonly TopicFilter<Filter>[],
    options: CoreUnsubscribeOptions = {},
  ): Promise<readonly number[]> {
    const filters = listOf(topicFilters);
    const sent = this.ask({ ...options, type: 'UNSUBSCRIBE', entries: filters });
    for (const filter of filters) this.rooms.subscriptions.remove(filter);
    const { reasonCodes, properties } = await sent;
    const refused = reasonCodes.find((code) => code >= 0x80);
    if (refused === undefined) return reasonCodes;
    throw new RefusedError(
      'UNSUBSCRIBE_REFUSED',
      words.unsubscribeRefused(filters),
      refused,
      properties,
      this.platform.reasonCodeNames,
    );
  }

  /**
   * Listens: `message` to every message, `state` to changes of state, `error` to failures that no promise tells.
   * Returns what ends the listening.
   */
  on(event: 'message', handler: CoreHandler<Message>): () => void;
  on<Name extends keyof CoreEvents>(event: Name, listener: (...args: CoreEvents[Name]) => void): () => void;
  on(event: 'message' | keyof CoreEvents, listener: (...args: never) => unknown): () => void {
    if (event !== 'message') return this.emitter.on(event, listener as (...args: readonly unknown[]) => void);
    const { subscriptions } = this.rooms;
    const inbox = this.handler(listener as CoreHandler<unknown>, {});
    subscriptions.add(inbox);
    return () => {
      subscriptions.drop(inbox);
      inbox.close();
    };
  }

  /**
   * Ends for good: waits for what is in flight, sends DISCONNECT (§3.14), closes the network connection and settles
   * every promise that is open. Without a connection it waits for nothing. Calling it again waits for the same end.
   */
  end({ timeout = 5000 }: CoreEndOptions = {}): Promise<void> {
    this.refuseMore();
    return this.finish(timeout);
  }

  /** Nothing new is accepted. */
  protected refuseMore(): void {
    this.rooms.publisher.close(new MqttError('CLOSED', words.ended), false);
  }

  /** A new session is given every filter that was granted before. */
  protected connected(limits: ServerLimits, isNewSession: boolean): void {
    this.#owesFilters ||= isNewSession;
    if (!this.#owesFilters) return;
    const { subscriptions, requests } = this.rooms;
    const answers = subscriptions.groups(limits).map(async ({ call, subscriptions: entries }) => {
      const filters = entries.map(({ topicFilter }) => topicFilter);
      const answer = await requests.send({ ...call, type: 'SUBSCRIBE', entries, once: true });
      try {
        this.#grants(filters, answer, (filter, error) => subscriptions.remove(filter, error));
      } catch (error) {
        this.failed(error as MqttError);
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

  protected failed(error: MqttError): void {
    if (!this.emitter.emit('error', error)) this.platform.report(error);
  }

  protected entered(state: ClientState, previous: ClientState): void {
    this.emitter.emit('state', state, previous);
  }

  protected over(reason: MqttError | undefined): void {
    const error = new MqttError('CLOSED', words.afterEnd(reason), { cause: reason });
    this.settle(error);
    this.rooms.subscriptions.close(reason);
    this.emitter.clear();
  }

  /** Every promise that is open rejects. */
  protected settle(error: MqttError): void {
    this.rooms.publisher.close(error, true);
    this.rooms.requests.close(error);
  }
}

function toGrant(topicFilter: string, reasonCode: number): Grant {
  const qos = reasonCode < 3 ? (reasonCode as QoS) : undefined;
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
