/**
 * From a message to everyone who gets it: retained store, match cache, tree, subscribers.
 * Overlapping subscriptions of one subscriber become one delivery at their highest QoS, with all their identifiers
 * [MQTT-3.3.4-2] [MQTT-3.3.4-4]; 3.x gets the same [MQTT-3.3.5-1]. Knows no sessions, packets or sockets.
 */
import { parseShare, type QoS } from '@mqtt/codec';
import type { Message } from '../message.ts';
import { deliveries, type Subscriber, type Subscription } from '../subscriber.ts';
import type { Levels } from './levels.ts';
import { MatchCache, type Route } from './match-cache.ts';
import type { Retained } from './retained.ts';
import { SharedGroup } from './shared-groups.ts';
import type { Strategy } from './strategies.ts';
import { hasWildcard, SubscriptionTree } from './subscription-tree.ts';

/** Routes messages. */
export class Router {
  readonly retained: Retained;
  readonly #tree: SubscriptionTree;
  readonly #cache = new MatchCache();
  readonly #groups = new Map<string, SharedGroup>();
  #lastTopic = '';
  #lastRoute: Route = { subscriptions: [], generation: -1 };
  #sharedSize = 0;
  readonly #strategy: Strategy;

  /** After `publish`: how many subscribers took the message, and how many of them fall behind. */
  taken = 0;
  behind = 0;
  /** After `publish`: one of those who fall behind; wait for it to hold the publisher back. */
  slowest: Subscriber | undefined;

  /** @param strategy how shared subscriptions choose among their members @param levels of all topics and filters */
  constructor(retained: Retained, strategy: Strategy, levels: Levels) {
    this.#tree = new SubscriptionTree(levels);
    this.#strategy = strategy;
    this.retained = retained;
  }

  /** How many subscriptions there are, shared ones included. */
  get subscriptionCount(): number {
    return this.#tree.size - this.#groups.size + this.#sharedSize;
  }

  /** Delivers `message` to everyone who subscribed; retained messages are the caller's to keep. */
  publish(message: Message): void {
    let taken = 0;
    let behind = 0;
    const { publisher } = message;
    for (const subscription of this.#route(message.topic).subscriptions) {
      let granted = subscription;
      if (subscription.noLocal && subscription.subscriber.clientId === publisher && publisher !== undefined) {
        if (subscription.own === undefined) continue; // [MQTT-3.8.3-3]
        granted = subscription.own;
      }
      const delivery = granted.subscriber.deliver(message, granted);
      if (delivery === deliveries.none) continue;
      taken++;
      if (delivery === deliveries.behind) {
        behind++;
        this.slowest = granted.subscriber;
      }
    }
    this.taken = taken;
    this.behind = behind;
  }

  /** Whether somebody gets a message of this topic and QoS whose session is kept. */
  isKept(topic: string, qos: QoS): boolean {
    if (qos === 0) return false;
    return this.#route(topic).subscriptions.some(
      (subscription) => subscription.qos > 0 && subscription.subscriber.isKept === true,
    );
  }

  /** Gives a message of a shared subscription to whoever is left in its group. */
  redeliver(topicFilter: string, message: Message): void {
    this.#groups.get(topicFilter)?.deliver(message);
  }

  /** Adds or replaces a subscription. */
  subscribe(subscription: Subscription): void {
    const { topicFilter, subscriber } = subscription;
    const share = parseShare(topicFilter);
    if (share === undefined) {
      this.#tree.add(topicFilter, subscriber, subscription);
      this.#forget(topicFilter);
      return;
    }
    let group = this.#groups.get(topicFilter);
    if (group === undefined) {
      group = new SharedGroup(topicFilter, this.#strategy);
      this.#groups.set(topicFilter, group);
      this.#tree.add(share.topicFilter, group, group.subscription);
      this.#forget(share.topicFilter);
    }
    const before = group.size;
    group.join(subscription);
    this.#sharedSize += group.size - before;
  }

  /** Ends a subscription; false when there was none. */
  unsubscribe(topicFilter: string, subscriber: Subscriber): boolean {
    const share = parseShare(topicFilter);
    if (share === undefined) {
      const isGone = this.#tree.remove(topicFilter, subscriber);
      if (isGone) this.#forget(topicFilter);
      return isGone;
    }
    const group = this.#groups.get(topicFilter);
    if (group === undefined || !group.leave(subscriber)) return false;
    this.#sharedSize--;
    if (group.size === 0) {
      this.#groups.delete(topicFilter);
      this.#tree.remove(share.topicFilter, group);
      this.#forget(share.topicFilter);
    }
    return true;
  }

  #route(topic: string): Route {
    // A flood repeats its topic, and the decoder then gives the very same string.
    if (topic === this.#lastTopic && this.#cache.holds(this.#lastRoute)) return this.#lastRoute;
    const route = this.#cache.get(topic) ?? this.#cache.set(topic, this.#collect(topic));
    this.#lastTopic = topic;
    this.#lastRoute = route;
    return route;
  }

  #collect(topic: string): Subscription[] {
    const found: Subscription[] = [];
    this.#tree.match(topic, (subscription) => found.push(subscription));
    if (found.length < 2) return found;
    const bySubscriber = new Map<Subscriber, Subscription[]>();
    for (const subscription of found) {
      const same = bySubscriber.get(subscription.subscriber);
      if (same === undefined) bySubscriber.set(subscription.subscriber, [subscription]);
      else same.push(subscription);
    }
    if (bySubscriber.size === found.length) return found;
    const merged: Subscription[] = [];
    for (const same of bySubscriber.values()) merged.push(mergeAll(same));
    return merged;
  }

  #forget(topicFilter: string): void {
    if (hasWildcard(topicFilter)) this.#cache.forgetAll();
    else this.#cache.forget(topicFilter);
  }
}

/** Several subscriptions of one subscriber as one; what No Local forbids the publisher itself stands in `own`. */
function mergeAll(same: readonly Subscription[]): Subscription {
  const [first] = same;
  if (first === undefined || same.length === 1) return first ?? failEmpty();
  const others = same.filter(({ noLocal }) => !noLocal);
  const [firstOther] = others;
  const merged = merge(same, first);
  if (others.length === same.length) return merged;
  const own = firstOther === undefined ? undefined : merge(others, firstOther);
  return { ...merged, noLocal: true, own };
}

function merge(same: readonly Subscription[], first: Subscription): Subscription {
  let qos: QoS = 0;
  const identifiers: number[] = [];
  for (const subscription of same) {
    if (subscription.qos > qos) qos = subscription.qos;
    if (subscription.identifiers) identifiers.push(...subscription.identifiers);
  }
  return {
    subscriber: first.subscriber,
    topicFilter: first.topicFilter,
    qos,
    noLocal: false,
    retainAsPublished: same.some(({ retainAsPublished }) => retainAsPublished),
    identifiers: identifiers.length > 0 ? identifiers : undefined,
  };
}

function failEmpty(): never {
  throw new RangeError('nothing to merge');
}
