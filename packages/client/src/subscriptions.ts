/**
 * Which Topic Filters this client wants, who consumes their messages, and what to subscribe again when the server
 * lost the session. A message goes to the consumers of the subscriptions that it names (5.0), else to those whose
 * filter matches. Knows no packet ids and no connection.
 */
import { matches, type NonEmpty, type Properties, type QoS, type Subscription } from '@mqtt/codec';
import type { Grant, MqttError } from './errors.ts';
import type { Inbox } from './inbox.ts';
import type { Message, Received } from './message.ts';

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

/**
 * One call of `subscribe`. `await` it for the grants, or `for await` over it for the messages: leaving the loop
 * unsubscribes. Messages are kept for a loop from the moment it begins, and reading the network pauses when too many wait.
 */
export interface Subscribed extends Promise<readonly Grant[]>, AsyncIterable<Message> {}

/** One call of `subscribe` as it is kept: what it still wants, and who consumes that. */
export interface Call {
  /** Tells the server's messages apart (§3.8.2.1.2), where the server can. */
  readonly id: number;
  /** As given by the user. */
  readonly properties: Properties<'SUBSCRIBE'> | undefined;
  readonly filters: Set<string>;
  readonly inboxes: Set<Inbox>;
}

/** What one SUBSCRIBE, or several, must ask for. */
export interface Group extends Pick<Call, 'id' | 'properties'> {
  readonly subscriptions: NonEmpty<Subscription<5>>;
}

/** A filter that is wanted, or that was asked for and is not answered. */
interface Wanted {
  /** As it was last subscribed: the server replaces what it had [MQTT-3.8.4-3]. */
  readonly subscription: Subscription<5>;
  readonly last: Call;
  readonly calls: Set<Call>;
  /** SUBACK said yes, at least once. */
  granted: boolean;
}

/** Routes found lately; forgotten whenever filters or consumers change. */
const CACHED_ROUTES = 1000;

/** Filters and consumers of one client. */
export class Subscriptions {
  readonly #wanted = new Map<string, Wanted>();
  /** Consumers of everything. */
  readonly #all = new Set<Inbox>();
  /** By identifier, then by topic. */
  readonly #routes = new Map<number | string | undefined, Map<string, readonly Inbox[]>>();
  #cached = 0;
  #lastId = 0;

  /** A call of `subscribe`. */
  open(subscriptions: readonly Subscription<5>[], properties: Properties<'SUBSCRIBE'> | undefined): Call {
    const filters = new Set(subscriptions.map(({ topicFilter }) => topicFilter));
    this.#lastId += 1;
    const id = properties?.subscriptionIdentifier ?? this.#lastId;
    const call: Call = { id, properties, filters, inboxes: new Set() };
    for (const subscription of subscriptions) {
      const { topicFilter } = subscription;
      const { calls = new Set<Call>(), granted = false } = this.#wanted.get(topicFilter) ?? {};
      this.#wanted.set(topicFilter, { subscription, last: call, calls: calls.add(call), granted });
    }
    this.#forget();
    return call;
  }

  /** SUBACK granted a filter. */
  granted(topicFilter: string): void {
    const wanted = this.#wanted.get(topicFilter);
    if (wanted !== undefined) wanted.granted = true;
  }

  /**
   * A call wants these filters no more; one that is left with none ends its consumers, with `error` if there is one.
   * Gives the filters that nobody wants any more.
   */
  leave(call: Call, topicFilters: Iterable<string>, error?: MqttError): string[] {
    this.#forget();
    const unwanted: string[] = [];
    for (const topicFilter of topicFilters) {
      call.filters.delete(topicFilter);
      const calls = this.#wanted.get(topicFilter)?.calls;
      calls?.delete(call);
      if (calls?.size === 0 && this.#wanted.delete(topicFilter)) unwanted.push(topicFilter);
    }
    if (call.filters.size === 0) for (const inbox of call.inboxes) inbox.close(error);
    return unwanted;
  }

  /** Nobody wants a filter any more. */
  remove(topicFilter: string, error?: MqttError): void {
    for (const call of this.#wanted.get(topicFilter)?.calls ?? []) this.leave(call, [topicFilter], error);
  }

  /** Adds a consumer to a call, or to everything. */
  add(inbox: Inbox, call?: Call): void {
    const inboxes = call?.inboxes ?? this.#all;
    inboxes.add(inbox);
    this.#forget();
  }

  /** Takes a consumer away. true: it was the last one. */
  drop(inbox: Inbox, call?: Call): boolean {
    const inboxes = call?.inboxes ?? this.#all;
    inboxes.delete(inbox);
    this.#forget();
    return inboxes.size === 0;
  }

  #forget(): void {
    this.#routes.clear();
    this.#cached = 0;
  }

  /** Hands a message to every consumer it is for, each once. */
  deliver(message: Received): void {
    const { topic } = message;
    const ids = message.properties?.subscriptionIdentifiers;
    // One identifier, as nearly every message of 5.0 has, costs no text: joined ones take 200 ns.
    const key = ids === undefined || ids.length === 1 ? ids?.[0] : ids.join();
    let route = this.#routes.get(key)?.get(topic);
    if (route === undefined) {
      if (this.#cached >= CACHED_ROUTES) this.#forget();
      this.#cached += 1;
      route = this.#route(topic, ids);
      const routes = this.#routes.get(key) ?? new Map<string, readonly Inbox[]>();
      this.#routes.set(key, routes.set(topic, route));
    }
    for (const inbox of route) inbox.accept(message);
  }

  /** Identifiers that mean nothing here are of an earlier process, or of a subscription that was just replaced. */
  #route(topic: string, ids: readonly number[] = []): readonly Inbox[] {
    const route = new Set(this.#all);
    const matching = [...this.#wanted.values()].filter(({ subscription }) =>
      matches(subscription.topicFilter, topic),
    );
    const named = matching.filter(({ last }) => ids.includes(last.id));
    for (const { calls } of named.length > 0 ? named : matching)
      for (const { inboxes } of calls) for (const inbox of inboxes) route.add(inbox);
    return [...route];
  }

  /** What a new session must be given; filters with the same properties together, and of one call where those have ids. */
  groups(withIds: boolean): Group[] {
    const groups: (Group & { subscriptions: [Subscription<5>, ...Subscription<5>[]] })[] = [];
    for (const { subscription, last, granted } of this.#wanted.values()) {
      if (!granted) continue;
      const { id, properties } = last;
      const group = groups.at(-1);
      if (group !== undefined && group.properties === properties && (!withIds || group.id === id))
        group.subscriptions.push(subscription);
      else groups.push({ id, properties, subscriptions: [subscription] });
    }
    return groups;
  }

  /** The client ends: every consumer ends, loops with `error`. */
  close(error?: MqttError): void {
    for (const { calls } of this.#wanted.values())
      for (const call of calls) for (const inbox of call.inboxes) inbox.close(error);
    for (const inbox of this.#all) inbox.close(error);
    this.#wanted.clear();
    this.#all.clear();
    this.#forget();
  }
}
