/**
 * Which Topic Filters this client wants, who consumes their messages, and what to subscribe again when the server
 * lost the session. A message goes to the consumers of the subscriptions whose filter matches; identifiers are
 * `features/identified-subscriptions.ts`. Knows no packet ids and no connection.
 */
import { matches, type Properties, type QoS, type Subscription } from '@mqtt/codec';
import type { MqttError } from './errors.ts';
import type { Inbox } from './inbox.ts';
import type { ServerLimits } from './limits.ts';
import type { Received } from './received.ts';

/** Subscription Options, all optional (§3.8.3.1). */
export interface FilterOptions {
  /** The highest QoS of messages to receive. Default 0. */
  readonly qos?: QoS | undefined;
  /** 5.0 only: not what this client publishes itself. Default false. */
  readonly noLocal?: boolean | undefined;
  /** 5.0 only: keep the RETAIN flag as it was published. Default false. */
  readonly retainAsPublished?: boolean | undefined;
  /** 5.0 only: retained messages 0 always, 1 only for a new subscription, 2 never. Default 0. */
  readonly retainHandling?: 0 | 1 | 2 | undefined;
}

/** One call of `subscribe` as it is kept: what it still wants, and who consumes that. */
export interface Call {
  /** As given by the user. */
  readonly properties: Properties<'SUBSCRIBE'> | undefined;
  readonly filters: Set<string>;
  readonly inboxes: Set<Inbox>;
  /** Tells the server's messages apart (§3.8.2.1.2), where somebody gives it. */
  id?: number;
}

/** What one SUBSCRIBE, or several, must ask for, and with what of the call. */
export interface Group {
  readonly call: Call;
  readonly subscriptions: [Subscription<5>, ...Subscription<5>[]];
}

/** A filter that is wanted, or that was asked for and is not answered. */
export interface Wanted {
  /** As it was last subscribed: the server replaces what it had [MQTT-3.8.4-3]. */
  readonly subscription: Subscription<5>;
  readonly last: Call;
  readonly calls: Set<Call>;
  /** SUBACK said yes, at least once. */
  granted: boolean;
}

/** Filters and consumers of one client. */
export class Subscriptions {
  protected readonly wanted: Map<string, Wanted> = new Map();
  /** Consumers of everything. */
  protected readonly all: Set<Inbox> = new Set();

  /** A call of `subscribe`. */
  open(subscriptions: readonly Subscription<5>[], properties: Properties<'SUBSCRIBE'> | undefined): Call {
    const filters = new Set(subscriptions.map(({ topicFilter }) => topicFilter));
    const call: Call = { properties, filters, inboxes: new Set() };
    for (const subscription of subscriptions) {
      const { topicFilter } = subscription;
      const { calls = new Set<Call>(), granted = false } = this.wanted.get(topicFilter) ?? {};
      this.wanted.set(topicFilter, { subscription, last: call, calls: calls.add(call), granted });
    }
    this.changed();
    return call;
  }

  /** SUBACK granted a filter. */
  granted(topicFilter: string): void {
    const wanted = this.wanted.get(topicFilter);
    if (wanted !== undefined) wanted.granted = true;
  }

  /**
   * A call wants these filters no more; one that is left with none ends its consumers, with `error` if there is one.
   * Gives the filters that nobody wants any more.
   */
  leave(call: Call, topicFilters: Iterable<string>, error?: MqttError): string[] {
    this.changed();
    const unwanted: string[] = [];
    for (const topicFilter of topicFilters) {
      call.filters.delete(topicFilter);
      const calls = this.wanted.get(topicFilter)?.calls;
      calls?.delete(call);
      if (calls?.size === 0 && this.wanted.delete(topicFilter)) unwanted.push(topicFilter);
    }
    if (call.filters.size === 0) for (const inbox of call.inboxes) inbox.close(error);
    return unwanted;
  }

  /** Nobody wants a filter any more. */
  remove(topicFilter: string, error?: MqttError): void {
    for (const call of this.wanted.get(topicFilter)?.calls ?? []) this.leave(call, [topicFilter], error);
  }

  /** Adds a consumer to a call, or to everything. */
  add(inbox: Inbox, inboxes: Set<Inbox> = this.all): void {
    inboxes.add(inbox);
    this.changed();
  }

  /** Takes a consumer away. true: it was the last one. */
  drop(inbox: Inbox, inboxes: Set<Inbox> = this.all): boolean {
    inboxes.delete(inbox);
    this.changed();
    return inboxes.size === 0;
  }

  /** Filters or consumers are not what they were. */
  protected changed(): void {}

  /** Hands a message to every consumer it is for, each once. */
  deliver(message: Received): void {
    for (const inbox of this.route(message)) inbox.accept(message);
  }

  /** Whom a message is for. */
  protected route({ topic }: Received): readonly Inbox[] {
    return this.consumers(this.matching(topic));
  }

  protected matching(topic: string): Wanted[] {
    return [...this.wanted.values()].filter(({ subscription }) => matches(subscription.topicFilter, topic));
  }

  /** Who consumes what these filters bring, or everything. */
  protected consumers(wanted: readonly Wanted[]): readonly Inbox[] {
    const route = new Set(this.all);
    for (const { calls } of wanted)
      for (const { inboxes } of calls) for (const inbox of inboxes) route.add(inbox);
    return [...route];
  }

  /** What a new session must be given, in as few groups as `areAlike` allows. */
  groups(limits: ServerLimits): Group[] {
    const groups: Group[] = [];
    for (const { subscription, last, granted } of this.wanted.values()) {
      const group = groups.at(-1);
      if (!granted) continue;
      if (group !== undefined && this.areAlike(group.call, last, limits))
        group.subscriptions.push(subscription);
      else groups.push({ call: last, subscriptions: [subscription] });
    }
    return groups;
  }

  /** Whether one SUBSCRIBE can stand for two calls. */
  protected areAlike(one: Call, other: Call, _limits: ServerLimits): boolean {
    return one.properties === other.properties;
  }

  /** The client ends: every consumer ends, loops with `error`. */
  close(error?: MqttError): void {
    for (const inbox of this.consumers([...this.wanted.values()])) inbox.close(error);
    this.wanted.clear();
    this.all.clear();
    this.changed();
  }
}
