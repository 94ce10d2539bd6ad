/**
 * The last retained message of each topic (§3.3.1.3): set, replaced, cleared, and found by a filter.
 * Bounded in messages and bytes. Knows neither who asks nor how a message is sent.
 */
import { matches } from '@mqtt/codec';
import type { Message } from '../message.ts';
import type { RetainedKey } from '../store/facts.ts';
import { LevelTree, ROOT } from './level-tree.ts';
import { type Levels, NONE } from './levels.ts';

/** Where retained messages are kept, when there is such a place. */
export interface RetainedKeeper {
  /** Its key there; 0: it is not kept there. */
  retained(message: Message): RetainedKey;
  cleared(key: RetainedKey): void;
  /** undefined: it cannot be read any more. */
  retainedMessage(key: RetainedKey): Message | undefined;
}

/** How much may be retained. */
export interface RetainedBounds {
  readonly messages: number;
  readonly bytes: number;
  /** Seconds each stays, whatever its own expiry; 0 or none: for ever. */
  readonly expiryInterval?: number | undefined;
}

/** Topics one by one; undefined: it is somebody else's turn. */
export type TopicSearch = Generator<string | undefined, undefined>;

/** Nodes that may still be visited. */
interface Budget {
  left: number;
}

/** Nodes that are visited at once for one subscription: a millisecond. A million topics took the event loop for seconds [F17]. */
const FEW = 2000;
/** Messages that are looked at in one turn. */
const SEARCHED_A_TURN = 2000;

/** Numbers of one retained message, side by side: its key in the store, when it is forgotten (ms of the clock), its size, its node. */
const SLOT = 4;
const KEY = 0;
const UNTIL = 1;
const SIZE = 2;
const NODE = 3;
/** Slots of a page: more of them are one page more, for to copy a million took the event loop 30 ms. */
const PAGE = 1024;
const PAGE_BITS = 10;

/** Retained messages by topic: for one that lies in the store a node and four numbers, so that a million cost 250 MB. */
export class Retained {
  readonly #bounds: RetainedBounds;
  readonly #keeper: RetainedKeeper | undefined;
  /** A node's first number is its slot; 0: nothing is retained there. */
  readonly #tree: LevelTree;
  readonly #pages: Float64Array[] = [];
  #slotCount = 1;
  readonly #free: number[] = [];
  /** Those that lie in memory, by their slot. */
  readonly #messages = new Map<number, Message>();
  #size = 0;
  #bytes = 0;
  #expiring = 0;
  /** The slot that was swept last. */
  #swept = 0;
  /** Called when there is something that expires. */
  onExpiring: () => void = () => undefined;

  /** @param keeper where messages lie instead of in memory @param levels may be shared with what else has topics */
  constructor(bounds: RetainedBounds, keeper?: RetainedKeeper, levels?: Levels) {
    this.#bounds = bounds;
    this.#keeper = keeper;
    this.#tree = new LevelTree(levels);
  }

  /** How many are to be forgotten at some time. */
  get expiring(): number {
    return this.#expiring;
  }

  /** Forgets what is over among the next `most` slots: called again and again, it comes by every one. */
  sweep(now: number, most: number): void {
    for (let left = Math.min(most, this.#slotCount - 1); left > 0; left--) {
      this.#swept = this.#swept + 1 < this.#slotCount ? this.#swept + 1 : 1;
      if (this.#sizeOf(this.#swept) === 0 || !this.#isOver(this.#swept, now)) continue;
      this.delete(this.#tree.path(this.#of(this.#swept, NODE)));
    }
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
    const { topic, size } = message;
    if (message.payload.length === 0) {
      this.delete(topic);
      return true;
    }
    const old = this.#slotOf(topic);
    if (this.#size + (old === 0 ? 1 : 0) > this.#bounds.messages) return false;
    if (this.#bytes + size - this.#sizeOf(old) > this.#bounds.bytes) return false;
    const key = this.#keeper?.retained(message) ?? 0;
    const slot = this.#put(topic, key, size, this.#untilOf(message.expiresAt, now));
    if (key === 0) this.#messages.set(slot, message.keep());
    return true;
  }

  /** Forgets the retained message of `topic`; false when there was none. */
  delete(topic: string): boolean {
    const node = this.#tree.find(topic, topic.length);
    const slot = node === NONE ? 0 : this.#tree.own(node, 0);
    if (slot === 0) return false;
    this.#size--;
    this.#clear(slot);
    this.#free.push(slot);
    this.#tree.setOwn(node, 0, 0);
    this.#tree.prune(node);
    return true;
  }

  /** The retained message of exactly this topic, expired ones removed. */
  get(topic: string, now: number): Message | undefined {
    const slot = this.#slotOf(topic);
    if (slot === 0) return undefined;
    const message = this.#isOver(slot, now) ? undefined : this.#read(slot);
    if (message === undefined) this.delete(topic);
    return message;
  }

  /**
   * The topics that match the filter (§4.7), for somebody who takes them one by one: all at once where the filter leads to few places, else a search
   * through everything, in turns. A topic that is retained all along is found once.
   */
  search(topicFilter: string, now: () => number): readonly string[] | TopicSearch {
    return this.#few(topicFilter, now()) ?? this.#searchAll(topicFilter, now);
  }

  *#searchAll(topicFilter: string, now: () => number): TopicSearch {
    for (let slot = 1; slot < this.#slotCount; slot++) {
      if (slot % SEARCHED_A_TURN === 0) yield undefined;
      if (this.#sizeOf(slot) === 0 || this.#isOver(slot, now())) continue;
      const topic = this.#tree.path(this.#of(slot, NODE));
      if (matches(topicFilter, topic)) yield topic;
    }
  }

  /** Found level by level, without reading a message; expired ones are removed. undefined: more than `FEW` nodes are on the way. */
  #few(topicFilter: string, now: number): string[] | undefined {
    const found: string[] = [];
    const budget = { left: FEW };
    const expired: string[] = [];
    const collect = (node: number): void => {
      const slot = this.#tree.own(node, 0);
      if (slot !== 0) (this.#isOver(slot, now) ? expired : found).push(this.#tree.path(node));
    };
    let nodes: number[] = [ROOT];
    const levels = topicFilter.split('/');
    for (let depth = 0; depth < levels.length; depth++) {
      const level = levels[depth] ?? '';
      if (level === '#') {
        for (const node of nodes) this.#collectAll(node, depth === 0, collect, budget);
        nodes = [];
        break;
      }
      nodes = level === '+' ? this.#below(nodes, depth === 0, budget) : this.#named(nodes, level);
      if (budget.left < 0) return undefined;
    }
    if (budget.left < 0) return undefined;
    for (const node of nodes) collect(node);
    for (const topic of expired) this.delete(topic);
    return found;
  }

  /** Takes what was kept, whatever the bounds say; the time that each may stay began at `since`. */
  restore(key: RetainedKey, topic: string, size: number, expiresAt: number, since: number): void {
    this.#put(topic, key, size, this.#untilOf(expiresAt, since));
  }

  /** Every retained message; what comes and goes meanwhile may be among them or not. */
  *[Symbol.iterator](): Generator<Message> {
    for (let slot = 1; slot < this.#slotCount; slot++) {
      const message = this.#sizeOf(slot) === 0 ? undefined : this.#read(slot);
      if (message !== undefined) yield message;
    }
  }

  #untilOf(expiresAt: number, now: number): number {
    const { expiryInterval = 0 } = this.#bounds;
    return expiryInterval === 0 ? expiresAt : Math.min(expiresAt, now + expiryInterval * 1000);
  }

  /** In place of what was retained for the topic; its slot. */
  #put(topic: string, key: RetainedKey, size: number, until: number): number {
    const node = this.#tree.make(topic, topic.length);
    let slot = this.#tree.own(node, 0);
    if (slot === 0) {
      slot = this.#takeSlot();
      this.#tree.setOwn(node, 0, slot);
      this.#size++;
    } else this.#clear(slot);
    this.#set(slot, KEY, key);
    this.#set(slot, UNTIL, until);
    this.#set(slot, SIZE, size);
    this.#set(slot, NODE, node);
    this.#bytes += size;
    if (until < Number.POSITIVE_INFINITY) {
      this.#expiring++;
      this.onExpiring();
    }
    return slot;
  }

  #takeSlot(): number {
    const slot = this.#free.pop() ?? this.#slotCount++;
    if (slot >= this.#pages.length * PAGE) this.#pages.push(new Float64Array(PAGE * SLOT));
    return slot;
  }

  /** What is in the slot is over. */
  #clear(slot: number): void {
    const key = this.#of(slot, KEY);
    if (key === 0) this.#messages.delete(slot);
    else this.#keeper?.cleared(key);
    this.#bytes -= this.#sizeOf(slot);
    if (this.#of(slot, UNTIL) < Number.POSITIVE_INFINITY) this.#expiring--;
    for (let field = 0; field < SLOT; field++) this.#set(slot, field, 0);
  }

  #read(slot: number): Message | undefined {
    const key = this.#of(slot, KEY);
    return key === 0 ? this.#messages.get(slot) : this.#keeper?.retainedMessage(key);
  }

  #of(slot: number, field: number): number {
    return this.#pages[slot >> PAGE_BITS]?.[(slot & (PAGE - 1)) * SLOT + field] ?? 0;
  }

  #set(slot: number, field: number, value: number): void {
    (this.#pages[slot >> PAGE_BITS] as Float64Array)[(slot & (PAGE - 1)) * SLOT + field] = value;
  }

  /** 0 where nothing is. */
  #sizeOf(slot: number): number {
    return this.#of(slot, SIZE);
  }

  #isOver(slot: number, now: number): boolean {
    return this.#of(slot, UNTIL) <= now;
  }

  #slotOf(topic: string): number {
    const node = this.#tree.find(topic, topic.length);
    return node === NONE ? 0 : this.#tree.own(node, 0);
  }

  #named(nodes: readonly number[], text: string): number[] {
    const level = this.#tree.levels.find(text, 0, text.length);
    if (level === NONE) return [];
    return nodes.map((node) => this.#tree.child(node, level)).filter((node) => node !== NONE);
  }

  /** The nodes a wildcard matches: at the first level none that begin with $ [MQTT-4.7.2-1]. */
  #below(nodes: readonly number[], isFirst: boolean, budget: Budget): number[] {
    const tree = this.#tree;
    const found: number[] = [];
    for (const above of nodes) {
      for (let node = tree.first(above); node !== NONE; node = tree.next(node)) {
        if (--budget.left < 0) return found;
        if (!isFirst || tree.text(node).charCodeAt(0) !== 0x24) found.push(node);
      }
    }
    return found;
  }

  /** `#` matches the level above it too (§4.7.1.2); the root is no level. */
  #collectAll(top: number, isFirst: boolean, collect: (node: number) => void, budget: Budget): void {
    const tree = this.#tree;
    if (top !== ROOT) collect(top);
    const stack = this.#below([top], isFirst, budget);
    for (let node = stack.pop(); node !== undefined && budget.left >= 0; node = stack.pop()) {
      budget.left--;
      collect(node);
      for (let next = tree.first(node); next !== NONE; next = tree.next(next)) stack.push(next);
    }
  }
}
