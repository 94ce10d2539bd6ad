/**
 * Topic filters with wildcards, as a tree of numbers: what is kept for each filter, and which of them match a topic.
 * Levels and nodes are numbers, and all edges lie in one table: with 100,000 filters a step is one look into memory
 * where a map in each node needs five, and matching takes a quarter of the time. Nothing here recurses on what a client
 * sent, and levels are compared as they are [MQTT-4.7.3-4]. Knows nothing of what it keeps.
 */

const ROOT = 1;
/** No node, no level. */
const NONE = 0;
/** The level of a node below `+`; real levels begin above it. */
const PLUS = 1;
/** Numbers of one edge: node, level, node below, and one that fills a power of two. */
const EDGE = 4;
/** Numbers of one node, side by side so that a visit is one look into memory; half of them fill a power of two. */
const NODE = 8;
/** Of a node that is free: the next free one. */
const PARENT = 0;
const LEVEL = 1;
/** Nodes right below it. */
const CHILDREN = 2;
/** The node below it for `+`. */
const PLUS_NODE = 3;
/** 1 when something is kept for a filter that ends with `#` below it. */
const HAS_BELOW = 4;
const FIRST_SIZE = 64;
const DOLLAR = 0x24;

/** What edges are spread with where nobody means harm: tests. */
const NO_SALT: Uint8Array = new Uint8Array(8);

/** A map by topic filter that can be asked for a topic name. */
export class WildcardTree<Value> {
  /** Texts of levels that filters have, and their numbers. */
  readonly #levels = new Map<string, number>();
  readonly #texts: string[] = ['', '+'];
  /** How many nodes have the level. */
  readonly #uses: number[] = [0, 0];
  readonly #freeLevels: number[] = [];

  #tree: Int32Array = new Int32Array(FIRST_SIZE * NODE);
  readonly #here: (Value | undefined)[] = [undefined, undefined];
  readonly #below: (Value | undefined)[] = [undefined, undefined];
  #nodes = ROOT + 1;
  #freeNode = NONE;

  // Edges to levels that are no `+`: a table with open addressing, at most half full.
  #edges: Int32Array = new Int32Array(FIRST_SIZE * EDGE);
  #edgeCount = 0;
  /** Odd, and of no client's knowledge: filters made to fall into one place of the table would make every match slow. */
  readonly #nodeFactor: number;
  readonly #levelFactor: number;

  /** @param salt eight random bytes */
  constructor(salt: Uint8Array = NO_SALT) {
    const words = new DataView(salt.buffer, salt.byteOffset, salt.byteLength);
    this.#nodeFactor = (words.getInt32(0) ^ 0x9e3779b1) | 1;
    this.#levelFactor = (words.getInt32(4) ^ 0x85ebca6b) | 1;
  }

  /** What is kept for exactly this filter. */
  get(topicFilter: string): Value | undefined {
    const node = this.#find(topicFilter);
    if (node === NONE) return undefined;
    return endsBelow(topicFilter) ? this.#below[node] : this.#here[node];
  }

  /** Keeps `value` for a filter, in place of what was kept. */
  set(topicFilter: string, value: Value): void {
    const node = this.#make(topicFilter);
    if (endsBelow(topicFilter)) {
      this.#below[node] = value;
      this.#tree[node * NODE + HAS_BELOW] = 1;
    } else this.#here[node] = value;
  }

  /** Forgets a filter. */
  delete(topicFilter: string): void {
    const node = this.#find(topicFilter);
    if (node === NONE) return;
    if (endsBelow(topicFilter)) {
      this.#below[node] = undefined;
      this.#tree[node * NODE + HAS_BELOW] = 0;
    } else this.#here[node] = undefined;
    this.#prune(node);
  }

  /** Calls `visit` with what is kept for each filter that matches the topic name (§4.7). */
  match(topicName: string, visit: (value: Value) => void): void {
    // [MQTT-4.7.2-1] a wildcard at the first level does not match names that begin with $.
    const isHidden = topicName.charCodeAt(0) === DOLLAR;
    if (!isHidden) visitOne(this.#below[ROOT], visit);
    let nodes: number[] = [ROOT];
    let next: number[] = [];
    for (let start = 0; ; ) {
      const slash = topicName.indexOf('/', start);
      const isLast = slash < 0;
      const level = this.#levels.get(isLast ? topicName.slice(start) : topicName.slice(start, slash));
      for (const node of nodes) {
        const named = level === undefined ? NONE : this.#child(node, level);
        if (named !== NONE) this.#arrive(named, isLast, visit, next);
        const any = isHidden && start === 0 ? NONE : (this.#tree[node * NODE + PLUS_NODE] as number);
        if (any !== NONE) this.#arrive(any, isLast, visit, next);
      }
      if (isLast || next.length === 0) return;
      const done = nodes;
      nodes = next;
      next = done;
      next.length = 0;
      start = slash + 1;
    }
  }

  /** `node` matches the level that was just read. */
  #arrive(node: number, isLast: boolean, visit: (value: Value) => void, next: number[]): void {
    const tree = this.#tree;
    // "a/#" matches "a" and all below it (§4.7.1.2)
    if (tree[node * NODE + HAS_BELOW] !== 0) visitOne(this.#below[node], visit);
    if (isLast) visitOne(this.#here[node], visit);
    else if (tree[node * NODE + CHILDREN] !== 0) next.push(node);
  }

  #find(topicFilter: string): number {
    let node = ROOT;
    for (const text of levelsOf(topicFilter)) {
      node = this.#childByText(node, text);
      if (node === NONE) return NONE;
    }
    return node;
  }

  #childByText(node: number, text: string): number {
    if (text === '+') return this.#tree[node * NODE + PLUS_NODE] as number;
    const level = this.#levels.get(text);
    return level === undefined ? NONE : this.#child(node, level);
  }

  #make(topicFilter: string): number {
    let node = ROOT;
    for (const text of levelsOf(topicFilter)) {
      const found = this.#childByText(node, text);
      node = found === NONE ? this.#addNode(node, text) : found;
    }
    return node;
  }

  #addNode(parent: number, text: string): number {
    const level = text === '+' ? PLUS : this.#levelOf(text);
    const node = this.#takeNode();
    const tree = this.#tree;
    tree[node * NODE + PARENT] = parent;
    tree[node * NODE + LEVEL] = level;
    tree[parent * NODE + CHILDREN] = (tree[parent * NODE + CHILDREN] as number) + 1;
    this.#uses[level] = (this.#uses[level] as number) + 1;
    if (level === PLUS) tree[parent * NODE + PLUS_NODE] = node;
    else this.#addEdge(parent, level, node);
    return node;
  }

  #takeNode(): number {
    const free = this.#freeNode;
    if (free !== NONE) {
      this.#freeNode = this.#tree[free * NODE + PARENT] as number;
      return free;
    }
    const node = this.#nodes++;
    if (node * NODE === this.#tree.length) {
      const larger = new Int32Array(this.#tree.length * 2);
      larger.set(this.#tree);
      this.#tree = larger;
    }
    this.#here.push(undefined);
    this.#below.push(undefined);
    return node;
  }

  #levelOf(text: string): number {
    const known = this.#levels.get(text);
    if (known !== undefined) return known;
    const level = this.#freeLevels.pop() ?? this.#texts.length;
    this.#texts[level] = text;
    this.#uses[level] = 0;
    this.#levels.set(text, level);
    return level;
  }

  /** Removes `node` and what is above it as far as nothing hangs there. */
  #prune(from: number): void {
    const tree = this.#tree;
    let node = from;
    while (
      node !== ROOT &&
      tree[node * NODE + CHILDREN] === 0 &&
      this.#here[node] === undefined &&
      this.#below[node] === undefined
    ) {
      const parent = tree[node * NODE + PARENT] as number;
      const level = tree[node * NODE + LEVEL] as number;
      if (level === PLUS) tree[parent * NODE + PLUS_NODE] = NONE;
      else this.#removeEdge(parent, level);
      tree[parent * NODE + CHILDREN] = (tree[parent * NODE + CHILDREN] as number) - 1;
      this.#leaveLevel(level);
      tree[node * NODE + PARENT] = this.#freeNode;
      this.#freeNode = node;
      node = parent;
    }
  }

  #leaveLevel(level: number): void {
    const uses = (this.#uses[level] as number) - 1;
    this.#uses[level] = uses;
    if (uses > 0 || level === PLUS) return;
    this.#levels.delete(this.#texts[level] as string);
    this.#texts[level] = '';
    this.#freeLevels.push(level);
  }

  /** Where in a table an edge belongs. Both numbers are small and in rows: the products spread them. */
  #slotOf(node: number, level: number, mask: number): number {
    const mixed = Math.imul(node, this.#nodeFactor) + Math.imul(level, this.#levelFactor);
    return ((mixed ^ (mixed >>> 15)) * EDGE) & mask;
  }

  #child(node: number, level: number): number {
    const edges = this.#edges;
    const mask = edges.length - 1;
    for (let at = this.#slotOf(node, level, mask); ; at = (at + EDGE) & mask) {
      const child = edges[at + 2] as number;
      if (child === NONE || (edges[at] === node && edges[at + 1] === level)) return child;
    }
  }

  #addEdge(node: number, level: number, child: number): void {
    if (++this.#edgeCount * EDGE * 2 > this.#edges.length) this.#growEdges();
    this.#putEdge(node, level, child);
  }

  #growEdges(): void {
    const before = this.#edges;
    this.#edges = new Int32Array(before.length * 2);
    for (let at = 0; at < before.length; at += EDGE) {
      const child = before[at + 2] as number;
      if (child !== NONE) this.#putEdge(before[at] as number, before[at + 1] as number, child);
    }
  }

  #putEdge(node: number, level: number, child: number): void {
    const edges = this.#edges;
    const mask = edges.length - 1;
    let at = this.#slotOf(node, level, mask);
    while (edges[at + 2] !== NONE) at = (at + EDGE) & mask;
    edges[at] = node;
    edges[at + 1] = level;
    edges[at + 2] = child;
  }

  /** Takes an edge out and moves up those behind it that would no longer be found. */
  #removeEdge(node: number, level: number): void {
    const edges = this.#edges;
    const mask = edges.length - 1;
    let hole = this.#slotOf(node, level, mask);
    while (edges[hole] !== node || edges[hole + 1] !== level) hole = (hole + EDGE) & mask;
    for (let at = (hole + EDGE) & mask; edges[at + 2] !== NONE; at = (at + EDGE) & mask) {
      const home = this.#slotOf(edges[at] as number, edges[at + 1] as number, mask);
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      edges.copyWithin(hole, at, at + EDGE);
      hole = at;
    }
    edges.fill(NONE, hole, hole + EDGE);
    this.#edgeCount--;
  }
}

/** true for `#` at the end: the filter ends at the level above, and matches that and all below it. */
function endsBelow(topicFilter: string): boolean {
  return topicFilter.charCodeAt(topicFilter.length - 1) === 0x23;
}

/** Levels that make a filter's path in the tree: without a last `#`. */
function levelsOf(topicFilter: string): string[] {
  const levels = topicFilter.split('/');
  if (endsBelow(topicFilter)) levels.pop();
  return levels;
}

function visitOne<Value>(value: Value | undefined, visit: (value: Value) => void): void {
  if (value !== undefined) visit(value);
}
