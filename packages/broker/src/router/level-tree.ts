/**
 * Topics or filters as a tree of numbers: a node for each level, edges in tables. With 100,000 filters a step is
 * one look into memory where a map in each node needs five, and a node costs 64 bytes in place of 300. Nothing here
 * recurses on what a client sent, and levels are compared as they are [MQTT-4.7.3-4]. Knows nothing of what hangs at a
 * node: two numbers of each are the owner's.
 */
import { Levels, NONE, PLUS } from './levels.ts';

/** The node above all levels. */
export const ROOT = 1;
/** Numbers of one node, side by side so that a visit is one look into memory. */
const NODE = 8;
/** Of a node that is free: the next free one. */
const PARENT = 0;
const LEVEL = 1;
/** The node below it that came first; its PREVIOUS is the one that came last. */
const FIRST = 2;
const NEXT = 3;
const PREVIOUS = 4;
/** The node below it for `+`. */
const PLUS_NODE = 5;
const OWN = 6;
/** Numbers of one edge: node, level, node below, and one that fills a power of two. */
const EDGE = 4;
const FIRST_NODES = 64;
/** Tables of edges: chosen by the top bits of what also says the place in the table. */
const TABLES = 64;
const TABLE_SHIFT = 26;
const FIRST_EDGES = 4;

/** Paths of levels. */
export class LevelTree {
  readonly levels: Levels;
  #nodes: Int32Array = new Int32Array(FIRST_NODES * NODE);
  #nodeCount = ROOT + 1;
  #freeNode = NONE;
  /**
   * Edges to levels that are no `+`: tables with open addressing, each at most half full. They are many so that none is
   * large when it has to grow: with one, a million topics stopped the event loop for half a second.
   */
  readonly #tables: Int32Array[] = Array.from({ length: TABLES }, () => new Int32Array(FIRST_EDGES * EDGE));
  readonly #edgeCounts: number[] = new Array<number>(TABLES).fill(0);
  readonly #nodeFactor: number;
  readonly #levelFactor: number;

  /** @param levels may be shared by trees */
  constructor(levels: Levels = new Levels()) {
    this.levels = levels;
    [this.#nodeFactor, this.#levelFactor] = levels.factors;
  }

  /** What the owner keeps at a node, 0 at first; `which` is 0 or 1. */
  own(node: number, which: 0 | 1): number {
    return this.#nodes[node * NODE + OWN + which] as number;
  }

  setOwn(node: number, which: 0 | 1, value: number): void {
    this.#nodes[node * NODE + OWN + which] = value;
  }

  /** The node below `node` for a level; `NONE` when there is none. */
  child(node: number, level: number): number {
    const mixed = this.#mix(node, level);
    const edges = this.#tables[mixed >>> TABLE_SHIFT] as Int32Array;
    const mask = edges.length - 1;
    for (let at = (mixed * EDGE) & mask; ; at = (at + EDGE) & mask) {
      const child = edges[at + 2] as number;
      if (child === NONE || (edges[at] === node && edges[at + 1] === level)) return child;
    }
  }

  /** The node below `node` for `+`. */
  plus(node: number): number {
    return this.#nodes[node * NODE + PLUS_NODE] as number;
  }

  /** The first node below `node`, in the order in which they came; the next one beside it. */
  first(node: number): number {
    return this.#nodes[node * NODE + FIRST] as number;
  }

  next(node: number): number {
    return this.#nodes[node * NODE + NEXT] as number;
  }

  /** The text of a node's level. */
  text(node: number): string {
    return this.levels.text(this.#nodes[node * NODE + LEVEL] as number);
  }

  /** All levels down to `node`, parted by `/`. */
  path(node: number): string {
    let path = this.text(node);
    for (let up = this.#parent(node); up !== ROOT; up = this.#parent(up)) path = `${this.text(up)}/${path}`;
    return path;
  }

  /** The node of the levels that stand in `text` before `end`; `NONE` when there is none. */
  find(text: string, end: number): number {
    let node = ROOT;
    for (let from = 0; from <= end && node !== NONE; ) {
      const to = endOfLevel(text, from, end);
      node = isPlus(text, from, to) ? this.plus(node) : this.#named(node, text, from, to);
      from = to + 1;
    }
    return node;
  }

  /** The same, made where it is not there. */
  make(text: string, end: number): number {
    let node = ROOT;
    for (let from = 0; from <= end; ) {
      const to = endOfLevel(text, from, end);
      const isAny = isPlus(text, from, to);
      const found = isAny ? this.plus(node) : this.#named(node, text, from, to);
      node = found === NONE ? this.#add(node, isAny ? PLUS : this.levels.take(text, from, to)) : found;
      from = to + 1;
    }
    return node;
  }

  /** Removes `node` and what is above it, as far as nothing is below and the owner has nothing there. */
  prune(from: number): void {
    const nodes = this.#nodes;
    let node = from;
    while (node !== ROOT && this.first(node) === NONE && this.own(node, 0) === 0 && this.own(node, 1) === 0) {
      const parent = this.#parent(node);
      const level = nodes[node * NODE + LEVEL] as number;
      if (level === PLUS) nodes[parent * NODE + PLUS_NODE] = NONE;
      else this.#removeEdge(parent, level);
      this.#unlink(parent, node);
      this.levels.leave(level);
      nodes.fill(0, node * NODE, (node + 1) * NODE);
      nodes[node * NODE + PARENT] = this.#freeNode;
      this.#freeNode = node;
      node = parent;
    }
  }

  #parent(node: number): number {
    return this.#nodes[node * NODE + PARENT] as number;
  }

  #named(node: number, text: string, from: number, to: number): number {
    const level = this.levels.find(text, from, to);
    return level === NONE ? NONE : this.child(node, level);
  }

  #add(parent: number, level: number): number {
    const node = this.#takeNode();
    const nodes = this.#nodes;
    const at = node * NODE;
    nodes[at + PARENT] = parent;
    nodes[at + LEVEL] = level;
    const first = nodes[parent * NODE + FIRST] as number;
    if (first === NONE) {
      nodes[parent * NODE + FIRST] = node;
      nodes[at + PREVIOUS] = node;
    } else {
      const last = nodes[first * NODE + PREVIOUS] as number;
      nodes[last * NODE + NEXT] = node;
      nodes[at + PREVIOUS] = last;
      nodes[first * NODE + PREVIOUS] = node;
    }
    if (level === PLUS) nodes[parent * NODE + PLUS_NODE] = node;
    else this.#addEdge(parent, level, node);
    return node;
  }

  #unlink(parent: number, node: number): void {
    const nodes = this.#nodes;
    const first = nodes[parent * NODE + FIRST] as number;
    const next = nodes[node * NODE + NEXT] as number;
    const previous = nodes[node * NODE + PREVIOUS] as number;
    if (node === first) nodes[parent * NODE + FIRST] = next;
    else nodes[previous * NODE + NEXT] = next;
    if (next !== NONE) nodes[next * NODE + PREVIOUS] = previous;
    else if (node !== first) nodes[first * NODE + PREVIOUS] = previous;
  }

  #takeNode(): number {
    const free = this.#freeNode;
    if (free !== NONE) {
      this.#freeNode = this.#nodes[free * NODE + PARENT] as number;
      return free;
    }
    const node = this.#nodeCount++;
    if (node * NODE === this.#nodes.length) {
      const larger = new Int32Array(this.#nodes.length * 2);
      larger.set(this.#nodes);
      this.#nodes = larger;
    }
    return node;
  }

  /** In which table and where an edge belongs. Both numbers are small and in rows: the products spread them. */
  #mix(node: number, level: number): number {
    const mixed = Math.imul(node, this.#nodeFactor) + Math.imul(level, this.#levelFactor);
    return mixed ^ (mixed >>> 15);
  }

  #addEdge(node: number, level: number, child: number): void {
    const which = this.#mix(node, level) >>> TABLE_SHIFT;
    const count = (this.#edgeCounts[which] as number) + 1;
    this.#edgeCounts[which] = count;
    const before = this.#tables[which] as Int32Array;
    if (count * EDGE * 2 > before.length) {
      this.#tables[which] = new Int32Array(before.length * 2);
      for (let at = 0; at < before.length; at += EDGE) {
        const moved = before[at + 2] as number;
        if (moved !== NONE) this.#putEdge(before[at] as number, before[at + 1] as number, moved);
      }
    }
    this.#putEdge(node, level, child);
  }

  #putEdge(node: number, level: number, child: number): void {
    const mixed = this.#mix(node, level);
    const edges = this.#tables[mixed >>> TABLE_SHIFT] as Int32Array;
    const mask = edges.length - 1;
    let at = (mixed * EDGE) & mask;
    while (edges[at + 2] !== NONE) at = (at + EDGE) & mask;
    edges[at] = node;
    edges[at + 1] = level;
    edges[at + 2] = child;
  }

  /** Takes an edge out and moves up those behind it that would no longer be found. */
  #removeEdge(node: number, level: number): void {
    const mixed = this.#mix(node, level);
    const edges = this.#tables[mixed >>> TABLE_SHIFT] as Int32Array;
    const mask = edges.length - 1;
    let hole = (mixed * EDGE) & mask;
    while (edges[hole] !== node || edges[hole + 1] !== level) hole = (hole + EDGE) & mask;
    for (let at = (hole + EDGE) & mask; edges[at + 2] !== NONE; at = (at + EDGE) & mask) {
      const home = (this.#mix(edges[at] as number, edges[at + 1] as number) * EDGE) & mask;
      if (((at - home) & mask) < ((at - hole) & mask)) continue;
      edges.copyWithin(hole, at, at + EDGE);
      hole = at;
    }
    edges.fill(NONE, hole, hole + EDGE);
    this.#edgeCounts[mixed >>> TABLE_SHIFT] = (this.#edgeCounts[mixed >>> TABLE_SHIFT] as number) - 1;
  }
}

/** Where the level that begins at `from` ends. */
export function endOfLevel(text: string, from: number, end: number): number {
  const slash = text.indexOf('/', from);
  return slash < 0 || slash > end ? end : slash;
}

function isPlus(text: string, from: number, to: number): boolean {
  return to - from === 1 && text.charCodeAt(from) === 0x2b;
}
