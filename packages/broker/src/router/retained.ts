/**
 * The last retained message of each topic (§3.3.1.3): set, replaced, cleared, and found by a filter.
 * Bounded in messages and bytes. Knows neither who asks nor how a message is sent.
 */
import type { Message } from '../message.ts';

interface Node {
  readonly level: string;
  readonly parent: Node | undefined;
  children: Map<string, Node> | undefined;
  message: Message | undefined;
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
  #size = 0;
  #bytes = 0;

  constructor(bounds: RetainedBounds) {
    this.#bounds = bounds;
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
    node.message = message.keep();
    const { expiryInterval = 0 } = this.#bounds;
    node.until =
      expiryInterval === 0 ? message.expiresAt : Math.min(message.expiresAt, now + expiryInterval * 1000);
    return true;
  }

  /** Forgets the retained message of `topic`; false when there was none. */
  delete(topic: string): boolean {
    const node = this.#find(topic);
    if (node?.message === undefined) return false;
    this.#size--;
    this.#bytes -= node.message.size;
    node.message = undefined;
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
    if (node?.message === undefined || node.until > now) return node?.message;
    this.delete(topic);
    return undefined;
  }

  /** Every retained message whose topic matches the filter (§4.7), found level by level; expired ones are removed. */
  match(topicFilter: string, now: number): Message[] {
    const found: Message[] = [];
    const expired: string[] = [];
    const collect = (node: Node): void => {
      const { message } = node;
      if (message === undefined) return;
      if (node.until > now) found.push(message);
      else expired.push(message.topic);
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

  /** Every retained message. */
  *[Symbol.iterator](): Generator<Message> {
    const stack: Node[] = [this.#root];
    for (let node = stack.pop(); node !== undefined; node = stack.pop()) {
      if (node.message !== undefined) yield node.message;
      if (node.children) for (const child of node.children.values()) stack.push(child);
    }
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
