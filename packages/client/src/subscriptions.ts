/**
 * Which Topic Filters this client wants, who consumes their messages, and what to subscribe again when the server
 * lost the session. A message goes to every consumer whose filter matches. Knows no packet ids and no connection.
 */
import { matches, type Properties, type QoS, type Subscribe, type Subscription } from '@mqtt/codec';
import type { MqttError } from './errors.ts';
import type { Inbox } from './inbox.ts';
import type { Message } from './message.ts';
import type { Ticket } from './ticket.ts';

/** A filter that is wanted, or that was asked for and is not answered. */
interface Wanted {
  subscription: Subscription<5>;
  properties: Properties<'SUBSCRIBE'> | undefined;
  /** SUBACK said yes, at least once. */
  granted: boolean;
  /** Calls of `subscribe` that want it; with none left it is unsubscribed. */
  owners: number;
  readonly inboxes: Set<Inbox>;
}

/** Routes found lately; forgotten whenever the filters change. */
const CACHED_TOPICS = 1000;

/** Bytes of a SUBSCRIBE that is made of many filters, and of one beside its filters when it has no properties. */
const LARGEST_SUBSCRIBE = 65_536;
const SUBSCRIBE_OVERHEAD = 16;

/** Filters and consumers of one client. */
export class Subscriptions {
  readonly #wanted = new Map<string, Wanted>();
  /** Consumers of everything. */
  readonly #all = new Set<Inbox>();
  readonly #routes = new Map<string, readonly Inbox[]>();

  /** Wants a filter, once more. */
  want(subscription: Subscription<5>, properties: Properties<'SUBSCRIBE'> | undefined): void {
    const known = this.#wanted.get(subscription.topicFilter);
    if (known === undefined) {
      const inboxes = new Set<Inbox>();
      this.#wanted.set(subscription.topicFilter, {
        subscription,
        properties,
        granted: false,
        owners: 1,
        inboxes,
      });
    } else {
      known.owners += 1;
      // The server replaces the subscription [MQTT-3.8.4-3], so this is what a lost session has to be given again.
      known.subscription = subscription;
      known.properties = properties;
    }
  }

  /**
   * One less wants a filter, and `inboxes` are its consumers no more; one that is left with no filter ends, with
   * `error` if there is one. true: nobody wants the filter any more, and the server may be told.
   */
  release(topicFilter: string, inboxes: Iterable<Inbox>, error?: MqttError): boolean {
    const known = this.#wanted.get(topicFilter);
    if (known === undefined) return false;
    this.#routes.clear();
    for (const inbox of inboxes) {
      known.inboxes.delete(inbox);
      if (!this.#has(inbox)) inbox.close(error);
    }
    known.owners -= 1;
    if (known.owners > 0) return false;
    this.remove(topicFilter, error);
    return true;
  }

  /** SUBACK granted a filter. */
  granted(topicFilter: string): void {
    const known = this.#wanted.get(topicFilter);
    if (known !== undefined) known.granted = true;
  }

  /** Nobody wants a filter any more. Its consumers end, with `error` if there is one. */
  remove(topicFilter: string, error?: MqttError): void {
    const known = this.#wanted.get(topicFilter);
    if (known === undefined) return;
    this.#wanted.delete(topicFilter);
    this.#routes.clear();
    for (const inbox of known.inboxes) if (!this.#has(inbox)) inbox.close(error);
  }

  /** Adds a consumer to a filter, or to everything. false: the filter is not wanted any more. */
  add(inbox: Inbox, topicFilter?: string): boolean {
    const inboxes = topicFilter === undefined ? this.#all : this.#wanted.get(topicFilter)?.inboxes;
    inboxes?.add(inbox);
    this.#routes.clear();
    return inboxes !== undefined;
  }

  /** Takes a consumer away, wherever it is. */
  drop(inbox: Inbox): void {
    this.#all.delete(inbox);
    for (const { inboxes } of this.#wanted.values()) inboxes.delete(inbox);
    this.#routes.clear();
  }

  #has(inbox: Inbox): boolean {
    if (this.#all.has(inbox)) return true;
    for (const { inboxes } of this.#wanted.values()) if (inboxes.has(inbox)) return true;
    return false;
  }

  /** Hands a message to every consumer whose filter matches, each once. */
  deliver(message: Message, ticket: Ticket | undefined): void {
    const { topic } = message;
    let route = this.#routes.get(topic);
    if (route === undefined) {
      route = this.#route(topic);
      if (this.#routes.size >= CACHED_TOPICS) this.#routes.clear();
      this.#routes.set(topic, route);
    }
    for (const inbox of route) inbox.accept(message, ticket);
  }

  #route(topic: string): Inbox[] {
    const found = new Set(this.#all);
    for (const [topicFilter, { inboxes }] of this.#wanted) {
      if (inboxes.size > 0 && matches(topicFilter, topic)) for (const inbox of inboxes) found.add(inbox);
    }
    return [...found];
  }

  /**
   * What a new session must be given: filters with the same properties together (§3.8.2.1), in packets of at most
   * `maximumPacketSize` bytes where the filters allow it.
   */
  resubscribe(maximumPacketSize: number): Omit<Subscribe, 'packetId'>[] {
    const packets: Omit<Subscribe, 'packetId'>[] = [];
    const most = Math.min(maximumPacketSize, LARGEST_SUBSCRIBE) - SUBSCRIBE_OVERHEAD;
    let group: [Subscription<5>, ...Subscription<5>[]] | undefined;
    let shared: Properties<'SUBSCRIBE'> | undefined;
    let size = 0;
    for (const { subscription, properties, granted } of this.#wanted.values()) {
      if (!granted) continue;
      size += subscription.topicFilter.length * 3 + 3;
      if (group !== undefined && properties === shared && size <= most) {
        group.push(subscription);
        continue;
      }
      group = [subscription];
      shared = properties;
      size = subscription.topicFilter.length * 3 + 3;
      packets.push({ type: 'SUBSCRIBE', subscriptions: group, properties });
    }
    return packets;
  }

  /** The client ends: every consumer ends, iterators with `error`. */
  close(error?: MqttError): void {
    const inboxes = new Set(this.#all);
    for (const wanted of this.#wanted.values()) for (const inbox of wanted.inboxes) inboxes.add(inbox);
    this.#wanted.clear();
    this.#all.clear();
    this.#routes.clear();
    for (const inbox of inboxes) inbox.close(error);
  }
}

/** Subscription Options with every default filled in (§3.8.3.1). */
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
