/**
 * Which subscriptions match a topic. Filters without wildcards are a map, because nine of ten are such; the others a
 * tree by level. Knows subscriptions by subscriber and filter only; the codec's `matches` is its oracle in the tests.
 */
import type { Subscriber, Subscription } from '../subscriber.ts';
import type { Levels } from './levels.ts';
import { WildcardTree } from './wildcard-tree.ts';

/** One subscription stands for itself; several are a map by subscriber. */
type Members = Subscription | Map<Subscriber, Subscription>;

/** The subscriptions of a broker. */
export class SubscriptionTree {
  readonly #exact = new Map<string, Members>();
  readonly #wild: WildcardTree<Members>;
  #size = 0;

  /** @param levels may be shared with what else has topics */
  constructor(levels?: Levels) {
    this.#wild = new WildcardTree<Members>(levels);
  }

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds or replaces the subscription of `subscriber` to `topicFilter` [MQTT-3.8.4-3]. */
  add(topicFilter: string, subscriber: Subscriber, subscription: Subscription): void {
    if (hasWildcard(topicFilter)) {
      const place = this.#wild.place(topicFilter);
      this.#wild.put(place, this.#join(this.#wild.at(place), subscriber, subscription));
      return;
    }
    const before = this.#exact.get(topicFilter);
    const members = this.#join(before, subscriber, subscription);
    if (members !== before) this.#exact.set(topicFilter, members);
  }

  /** Removes the subscription of `subscriber` to exactly this filter [MQTT-3.10.4-1]; false when there was none. */
  remove(topicFilter: string, subscriber: Subscriber): boolean {
    const size = this.#size;
    const filters = this.#filtersLike(topicFilter);
    const before = filters.get(topicFilter);
    const members = this.#leave(before, subscriber);
    if (members === undefined) filters.delete(topicFilter);
    else if (members !== before) filters.set(topicFilter, members);
    return this.#size < size;
  }

  /** Calls `visit` for each subscription whose filter matches the topic name (§4.7). */
  match(topicName: string, visit: (subscription: Subscription) => void): void {
    each(this.#exact.get(topicName), visit);
    this.#wild.match(topicName, (members) => each(members, visit));
  }

  #filtersLike(topicFilter: string): Map<string, Members> | WildcardTree<Members> {
    return hasWildcard(topicFilter) ? this.#wild : this.#exact;
  }

  #join(members: Members | undefined, subscriber: Subscriber, subscription: Subscription): Members {
    if (members === undefined || (!(members instanceof Map) && members.subscriber === subscriber)) {
      if (members === undefined) this.#size++;
      return subscription;
    }
    const map = members instanceof Map ? members : new Map([[members.subscriber, members]]);
    const before = map.size;
    map.set(subscriber, subscription);
    this.#size += map.size - before;
    return map;
  }

  #leave(members: Members | undefined, subscriber: Subscriber): Members | undefined {
    if (members === undefined) return undefined;
    if (!(members instanceof Map)) {
      if (members.subscriber !== subscriber) return members;
      this.#size--;
      return undefined;
    }
    if (members.delete(subscriber)) this.#size--;
    if (members.size > 1) return members;
    for (const last of members.values()) return last;
    return undefined;
  }
}

/** true when the filter has `+` or `#`. */
export function hasWildcard(topicFilter: string): boolean {
  return topicFilter.includes('+') || topicFilter.includes('#');
}

function each(members: Members | undefined, visit: (subscription: Subscription) => void): void {
  if (members === undefined) return;
  if (members instanceof Map) for (const subscription of members.values()) visit(subscription);
  else visit(members);
}
