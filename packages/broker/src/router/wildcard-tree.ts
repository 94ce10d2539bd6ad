/**
 * What is kept for topic filters with wildcards, and what of it is for a topic name (§4.7). The paths are
 * `level-tree.ts`'s. Knows nothing of what it keeps.
 */
import { endOfLevel, LevelTree, ROOT } from './level-tree.ts';
import { type Levels, NONE } from './levels.ts';

/** Which of a node's two numbers: the place in `#values` of what is kept for the node, and for `#` below it. */
const HERE = 0;
const BELOW = 1;
const DOLLAR = 0x24;

/** A map by topic filter that can be asked for a topic name. */
export class WildcardTree<Value> {
  readonly #tree: LevelTree;
  readonly #values: (Value | undefined)[] = [undefined];
  readonly #free: number[] = [];

  /** @param levels may be shared by trees */
  constructor(levels?: Levels) {
    this.#tree = new LevelTree(levels);
  }

  /** What is kept for exactly this filter. */
  get(topicFilter: string): Value | undefined {
    const node = this.#tree.find(topicFilter, endOf(topicFilter));
    return node === NONE ? undefined : this.at(this.#tree.own(node, whichOf(topicFilter)));
  }

  /** Keeps `value` for a filter, in place of what was kept. */
  set(topicFilter: string, value: Value): void {
    this.put(this.place(topicFilter), value);
  }

  /** Where what is kept for a filter has its place, made when there is none: to be filled with `put`. */
  place(topicFilter: string): number {
    const node = this.#tree.make(topicFilter, endOf(topicFilter));
    const which = whichOf(topicFilter);
    let place = this.#tree.own(node, which);
    if (place === 0) {
      place = this.#free.pop() ?? this.#values.length;
      this.#tree.setOwn(node, which, place);
    }
    return place;
  }

  /** What is kept at a place. */
  at(place: number): Value | undefined {
    return this.#values[place];
  }

  put(place: number, value: Value): void {
    this.#values[place] = value;
  }

  /** Forgets a filter. */
  delete(topicFilter: string): void {
    const node = this.#tree.find(topicFilter, endOf(topicFilter));
    if (node === NONE) return;
    const which = whichOf(topicFilter);
    const place = this.#tree.own(node, which);
    if (place !== 0) {
      this.#values[place] = undefined;
      this.#free.push(place);
      this.#tree.setOwn(node, which, 0);
    }
    this.#tree.prune(node);
  }

  /** Calls `visit` with what is kept for each filter that matches the topic name (§4.7). */
  match(topicName: string, visit: (value: Value) => void): void {
    const tree = this.#tree;
    // [MQTT-4.7.2-1] a wildcard at the first level does not match names that begin with $.
    const isHidden = topicName.charCodeAt(0) === DOLLAR;
    if (!isHidden) this.#visit(ROOT, BELOW, visit);
    let nodes: number[] = [ROOT];
    let next: number[] = [];
    const end = topicName.length;
    for (let from = 0; ; ) {
      const to = endOfLevel(topicName, from, end);
      const level = tree.levels.find(topicName, from, to);
      for (const node of nodes) {
        const named = level === NONE ? NONE : tree.child(node, level);
        if (named !== NONE) this.#arrive(named, to === end, visit, next);
        const any = isHidden && from === 0 ? NONE : tree.plus(node);
        if (any !== NONE) this.#arrive(any, to === end, visit, next);
      }
      if (to === end || next.length === 0) return;
      const done = nodes;
      nodes = next;
      next = done;
      next.length = 0;
      from = to + 1;
    }
  }

  /** `node` matches the level that was just read. */
  #arrive(node: number, isLast: boolean, visit: (value: Value) => void, next: number[]): void {
    this.#visit(node, BELOW, visit); // "a/#" matches "a" and all below it (§4.7.1.2)
    if (isLast) this.#visit(node, HERE, visit);
    else if (this.#tree.first(node) !== NONE) next.push(node);
  }

  #visit(node: number, which: 0 | 1, visit: (value: Value) => void): void {
    const place = this.#tree.own(node, which);
    if (place === 0) return;
    const value = this.#values[place];
    if (value !== undefined) visit(value);
  }
}

/** true for `#` at the end: the filter ends at the level above, and matches that and all below it. */
function endsBelow(topicFilter: string): boolean {
  return topicFilter.charCodeAt(topicFilter.length - 1) === 0x23;
}

/** Where the levels end that make a filter's path: before a last `#`; -1 for `#` alone, which has none. */
function endOf(topicFilter: string): number {
  return endsBelow(topicFilter) ? topicFilter.length - 2 : topicFilter.length;
}

function whichOf(topicFilter: string): 0 | 1 {
  return endsBelow(topicFilter) ? BELOW : HERE;
}
