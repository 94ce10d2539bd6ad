/**
 * The last retained message of each topic (§3.3.1.3): set, replaced, cleared, and found by a filter.
 * Bounded in messages and bytes. Knows neither who asks nor how a message is sent.
 */
import type { Message } from '../message.ts';
import type { RetainedKey } from '../store/facts.ts';

/** Where retained messages are kept, when there is such a place. */
export interface RetainedKeeper {
  /** Its key there; 0: it is not kept there. */
  retained(message: Message): RetainedKey;
  cleared(key: RetainedKey): void;
  /** undefined: it cannot be read any more. */
  retainedMessage(key: RetainedKey): Message | undefined;
}

/** A message that lies in the store: what the tree must know of it. A million of them cost no payloads. */
class Filed {
  readonly key: RetainedKey;
  readonly size: number;

  constructor(key: RetainedKey, size: number) {
    this.key = key;
    this.size = size;
  }
}

interface Node {
  readonly level: string;
  readonly parent: Node | undefined;
  children: Map<string, Node> | undefined;
  message: Message | Filed | undefined;
  /** When it is forgotten, in ms of the broker's clock. */
  until: number;
}

/** How much may be retained. */
export interface RetainedBounds {
  readonly messages: number;
  readonly bytes: number;
  /** Seconds each stays, whatever its own expiry; 0 or none: for ever. */
  readonly expiryInterval?: number | undefined;
}

/** Retained messages by topic. */
export class Retained {
  readonly #bounds: RetainedBounds;
  readonly #root: Node = { level: '', parent: undefined, children: undefined, message: undefined, until: 0 };
  readonly #keeper: RetainedKeeper | undefined;
  #size = 0;
  #bytes = 0;

  /** @param keeper where messages lie instead of in memory */
  constructor(bounds: RetainedBounds, keeper?: RetainedKeeper) {
    this.#bounds = bounds;
    this.#keeper = keeper;
  }

  /** How many topics have a retained message. */
  get size(): number {
    return this.#size;
  }

  /** Bytes of all retained messages. */
  get bytes(): number {
    return this.#bytes;
  }

  /**
   * A message with RETAIN came: keeps it in place of the earlier one [MQTT-3.3.1-5], or removes that when the payload
   * is empty [MQTT-3.3.1-6] [MQTT-3.3.1-7]. false: a bound is reached, and nothing changed. `now` in ms of the clock.
   */
  set(message: Message, now: number): boolean {
    if (message.payload.length === 0) {
      this.delete(message.topic);
      return true;
    }
    const found = this.#find(message.topic);
    const old = found?.message;
    const size = message.size;
    const isNew = old === undefined ? 1 : 0;
    if (this.#size + isNew > this.#bounds.messages) return false;
    if (this.#bytes + size - (old?.size ?? 0) > this.#bounds.bytes) return false;
    const node = found ?? this.#make(message.topic);
    this.#size += isNew;
    this.#bytes += size - (old?.size ?? 0);
    const key = this.#keeper?.retained(message) ?? 0;
    this.#clear(node);
    node.message = key === 0 ? message.keep() : new Filed(key, size);
    node.until = this.#untilOf(message.expiresAt, now);
    return true;
  }

  /** Forgets the retained message of `topic`; false when there was none. */
  delete(topic: string): boolean {
    const node = this.#find(topic);
    if (node?.message === undefined) return false;
    this.#size--;
    this.#bytes -= node.message.size;
    this.#clear(node);
    let empty: Node | undefined = node;
    while (empty?.parent !== undefined && empty.message === undefined && !empty.children?.size) {
      empty.parent.children?.delete(empty.level);
      empty = empty.parent;
    }
    return true;
  }

  /** The retained message of exactly this topic, expired ones removed. */
  get(topic: string, now: number): Message | undefined {
    const node = this.#find(topic);
    if (node?.message === undefined) return undefined;
    const message = node.until > now ? this.#read(node.message) : undefined;
    if (message === undefined) this.delete(topic);
    return message;
  }

  /** Every retained message whose topic matches the filter (§4.7); expired ones are removed. */
  match(topicFilter: string, now: number): Message[] {
    const found: Message[] = [];
    for (const topic of this.topics(topicFilter, now)) {
      const message = this.get(topic, now);
      if (message !== undefined) found.push(message);
    }
    return found;
  }

  /** Their topics, found level by level, without reading a message. */
  topics(topicFilter: string, now: number): string[] {
    const found: string[] = [];
    const expired: string[] = [];
    const collect = (node: Node): void => {
      if (node.message !== undefined) (node.until > now ? found : expired).push(topicOf(node));
    };
    let nodes: Node[] = [this.#root];
    const levels = topicFilter.split('/');
    for (let depth = 0; depth < levels.length; depth++) {
      const level = levels[depth] ?? '';
      if (level === '#') {
        for (const node of nodes) collectAll(node, depth === 0, collect);
        nodes = [];
        break;
      }
      nodes = level === '+' ? nodes.flatMap((node) => childrenOf(node, depth === 0)) : named(nodes, level);
    }
    for (const node of nodes) collect(node);
    for (const topic of expired) this.delete(topic);
    return found;
  }

  /** Takes what was kept, whatever the bounds say; it is `now` that a time of its own to be forgotten begins. */
  restore(key: RetainedKey, topic: string, size: number, expiresAt: number, now: number): void {
    const node = this.#make(topic);
    if (node.message === undefined) this.#size++;
    this.#bytes += size - (node.message?.size ?? 0);
    this.#clear(node);
    node.message = new Filed(key, size);
    node.until = this.#untilOf(expiresAt, now);
  }

  /** Every retained message. */
  *[Symbol.iterator](): Generator<Message> {
    const stack: Node[] = [this.#root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      const message = node.message === undefined ? undefined : this.#read(node.message);
      if (message !== undefined) yield message;
      if (node.children) for (const child of node.children.values()) stack.push(child);
    }
  }

  #untilOf(expiresAt: number, now: number): number {
    const { expiryInterval = 0 } = this.#bounds;
    return expiryInterval === 0 ? expiresAt : Math.min(expiresAt, now + expiryInterval * 1000);
  }

  #read(held: Message | Filed): Message | undefined {
    return held instanceof Filed ? this.#keeper?.retainedMessage(held.key) : held;
  }

  #clear(node: Node): void {
    if (node.message instanceof Filed) this.#keeper?.cleared(node.message.key);
    node.message = undefined;
  }

  #find(topic: string): Node | undefined {
    let node: Node | undefined = this.#root;
    for (const level of topic.split('/')) {
      node = node.children?.get(level);
      if (node === undefined) return undefined;
    }
    return node;
  }

  #make(topic: string): Node {
    let node = this.#root;
    for (const level of topic.split('/')) {
      node.children ??= new Map();
      let child = node.children.get(level);
      if (child === undefined) {
        child = { level, parent: node, children: undefined, message: undefined, until: 0 };
        node.children.set(level, child);
      }
      node = child;
    }
    return node;
  }
}

function topicOf(node: Node): string {
  let topic = node.level;
  for (let up = node.parent; up?.parent !== undefined; up = up.parent) topic = `${up.level}/${topic}`;
  return topic;
}

function named(nodes: readonly Node[], level: string): Node[] {
  const found: Node[] = [];
  for (const node of nodes) {
    const child = node.children?.get(level);
    if (child !== undefined) found.push(child);
  }
  return found;
}

/** The children a wildcard matches: at the first level none that begin with $ [MQTT-4.7.2-1]. */
function childrenOf(node: Node, isFirst: boolean): Node[] {
  const children = node.children === undefined ? [] : [...node.children.values()];
  return isFirst ? children.filter(({ level }) => level.charCodeAt(0) !== 0x24) : children;
}

/** `#` matches the level above it too (§4.7.1.2); the root is no level. */
function collectAll(top: Node, isFirst: boolean, collect: (node: Node) => void): void {
  collect(top);
  const stack = childrenOf(top, isFirst);
  for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
    collect(node);
    if (node.children) for (const child of node.children.values()) stack.push(child);
  }
}
