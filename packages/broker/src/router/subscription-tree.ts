/**
 * Which subscriptions match a topic. Filters without wildcards are a map, because nine of ten are such; the others a
 * tree by level. Nothing here recurses on what a client sent, and levels are compared as they are [MQTT-4.7.3-4].
 * Knows subscriptions by subscriber and filter only; the codec's `matches` is its oracle in the tests.
 */
import type { Subscriber, Subscription } from '../subscriber.ts';

/** One subscription stands for itself; several are a map by subscriber. */
type Members = Subscription | Map<Subscriber, Subscription>;

interface Node {
  readonly level: string;
  readonly parent: Node | undefined;
  children: Map<string, Node> | undefined;
  /** Subscriptions whose filter ends here. */
  here: Members | undefined;
  /** Subscriptions whose filter ends with `#` below here. */
  below: Members | undefined;
}

/** The subscriptions of a broker. */
export class SubscriptionTree {
  readonly #exact = new Map<string, Members>();
  readonly #root: Node = makeNode('', undefined);
  #size = 0;

  /** How many subscriptions there are. */
  get size(): number {
    return this.#size;
  }

  /** Adds or replaces the subscription of `subscriber` to `topicFilter` [MQTT-3.8.4-3]. */
  add(topicFilter: string, subscriber: Subscriber, subscription: Subscription): void {
    if (!hasWildcard(topicFilter)) {
      this.#exact.set(topicFilter, this.#join(this.#exact.get(topicFilter), subscriber, subscription));
      return;
    }
    const levels = topicFilter.split('/');
    const isBelow = levels.at(-1) === '#';
    if (isBelow) levels.pop();
    let node = this.#root;
    for (const level of levels) node = childOf(node, level);
    if (isBelow) node.below = this.#join(node.below, subscriber, subscription);
    else node.here = this.#join(node.here, subscriber, subscription);
  }

  /** Removes the subscription of `subscriber` to exactly this filter [MQTT-3.10.4-1]; false when there was none. */
  remove(topicFilter: string, subscriber: Subscriber): boolean {
    const before = this.#size;
    if (!hasWildcard(topicFilter)) {
      const members = this.#leave(this.#exact.get(topicFilter), subscriber);
      if (members === undefined) this.#exact.delete(topicFilter);
      else this.#exact.set(topicFilter, members);
      return this.#size < before;
    }
    const levels = topicFilter.split('/');
    const isBelow = levels.at(-1) === '#';
    if (isBelow) levels.pop();
    let node: Node | undefined = this.#root;
    for (const level of levels) node = node?.children?.get(level);
    if (node === undefined) return false;
    if (isBelow) node.below = this.#leave(node.below, subscriber);
    else node.here = this.#leave(node.here, subscriber);
    prune(node);
    return this.#size < before;
  }

  /** Calls `visit` for each subscription whose filter matches the topic name (§4.7). */
  match(topicName: string, visit: (subscription: Subscription) => void): void {
    each(this.#exact.get(topicName), visit);
    const root = this.#root;
    if (root.children === undefined && root.below === undefined) return;
    // [MQTT-4.7.2-1] a wildcard at the first level does not match names that begin with $.
    const isHidden = topicName.charCodeAt(0) === 0x24;
    if (!isHidden) each(root.below, visit);
    let nodes: Node[] = [root];
    const levels = topicName.split('/');
    for (let depth = 0; depth < levels.length && nodes.length > 0; depth++) {
      const level = levels[depth] ?? '';
      const isLast = depth === levels.length - 1;
      const next: Node[] = [];
      for (const node of nodes) {
        const named = node.children?.get(level);
        if (named !== undefined) take(named, isLast, visit, next);
        const any = isHidden && depth === 0 ? undefined : node.children?.get('+');
        if (any !== undefined) take(any, isLast, visit, next);
      }
      nodes = next;
    }
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

function makeNode(level: string, parent: Node | undefined): Node {
  return { level, parent, children: undefined, here: undefined, below: undefined };
}

function childOf(node: Node, level: string): Node {
  node.children ??= new Map();
  let child = node.children.get(level);
  if (child === undefined) {
    child = makeNode(level, node);
    node.children.set(level, child);
  }
  return child;
}

/** `node` matches the level that was just read. */
function take(node: Node, isLast: boolean, visit: (subscription: Subscription) => void, next: Node[]): void {
  each(node.below, visit); // "a/#" matches "a" and all below it (§4.7.1.2)
  if (isLast) each(node.here, visit);
  else if (node.children !== undefined) next.push(node);
}

function each(members: Members | undefined, visit: (subscription: Subscription) => void): void {
  if (members === undefined) return;
  if (members instanceof Map) for (const subscription of members.values()) visit(subscription);
  else visit(members);
}

/** Removes `node` and what is above it as far as nothing hangs there. */
function prune(node: Node): void {
  let empty: Node | undefined = node;
  while (
    empty?.parent !== undefined &&
    empty.here === undefined &&
    empty.below === undefined &&
    !empty.children?.size
  ) {
    empty.parent.children?.delete(empty.level);
    empty = empty.parent;
  }
}
