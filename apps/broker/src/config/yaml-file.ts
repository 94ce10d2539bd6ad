/**
 * Reads YAML and remembers where each key and value stands. Answers: what does the text say, and at which line and
 * column? Knows nothing of which keys there should be.
 */
import { isCollection, isMap, isNode, isPair, LineCounter, type Node, parseDocument } from 'yaml';
import type { Origin } from './check.ts';
import type { Fault, Path } from './faults.ts';

/** A text, read. */
export interface Read {
  readonly value: unknown;
  readonly origin: Origin;
  readonly faults: readonly Fault[];
}

/** The node of the key or value at `path`, or of what is nearest above it. */
function nodeAt(root: unknown, path: Path, key: boolean): Node | undefined {
  let node: Node | undefined = isNode(root) ? root : undefined;
  for (const [index, step] of path.entries()) {
    if (!isCollection(node)) return node;
    if (key && index === path.length - 1 && isMap(node)) {
      const pair = node.items.find((item) => isPair(item) && String(item.key) === String(step));
      return isNode(pair?.key) ? pair.key : node;
    }
    const next: unknown = node.get(step, true);
    if (!isNode(next)) return node;
    node = next;
  }
  return node;
}

/** Reads YAML 1.2. Every fault of its syntax is there, with line and column. */
export function readYaml(file: string, text: string): Read {
  const lines = new LineCounter();
  const document = parseDocument(text, { lineCounter: lines, prettyErrors: false, uniqueKeys: true });
  const place = (offset: number): string => {
    const { line, col } = lines.linePos(offset);
    return `${file}:${line}:${col}`;
  };
  const origin: Origin = (path, key = false) => place(nodeAt(document.contents, path, key)?.range?.[0] ?? 0);
  const faults = document.errors.map(({ message, pos }) => ({ where: place(pos[0]), key: '', message }));
  if (faults.length > 0) return { value: undefined, origin, faults };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) ?? {}, origin, faults };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, origin, faults: [{ where: `${file}:1:1`, key: '', message }] };
  }
}
