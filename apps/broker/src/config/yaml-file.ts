/**
 * Reads YAML and remembers where each key and value stands. Answers: what does the text say, and at which line and
 * column? Knows nothing of which keys there should be.
 */
import {
  isCollection,
  isMap,
  isNode,
  isPair,
  LineCounter,
  type Node,
  parseDocument,
  type YAMLParseError,
} from 'yaml';
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

/** The parser's codes, in words that say what would be right. */
const WORDS: Readonly<Record<string, string>> = {
  TAB_AS_INDENT: 'a tab cannot indent: use spaces',
  DUPLICATE_KEY: 'this key is there already: keep one of them',
  BAD_INDENT: 'is indented otherwise than its neighbours: keys of one map begin in one column',
  BLOCK_AS_IMPLICIT_KEY:
    'is indented deeper than the key before it, which has a value: keys of one map begin in one column',
  MULTILINE_IMPLICIT_KEY: 'a key is followed by a colon and a space, on its own line',
  MISSING_CHAR: 'something is not closed or not parted: look for a missing ], }, colon, comma or quote',
  BAD_ALIAS: 'an alias (*name) needs an anchor (&name) before it; text that begins with * stands in quotes',
  UNEXPECTED_TOKEN: 'does not belong here: text with special characters stands in quotes',
  MULTIPLE_DOCS: 'a second document begins here: a configuration is one',
};

/** What is wrong, one fault a line: what follows from it says nothing new. */
function syntaxFaults(
  errors: readonly YAMLParseError[],
  place: (offset: number) => string,
): readonly Fault[] {
  const lines = new Set<string>();
  return errors.flatMap(({ code, message, pos }) => {
    const where = place(pos[0]);
    const line = where.slice(0, where.lastIndexOf(':'));
    if (lines.has(line)) return [];
    lines.add(line);
    // What is open at the end of a [ or { is told as indentation.
    const words = WORDS[message.startsWith('Flow ') ? 'MISSING_CHAR' : code];
    return [{ where, key: '', message: words ?? message }];
  });
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
  const faults = syntaxFaults(document.errors, place);
  if (faults.length > 0) return { value: undefined, origin, faults };
  try {
    return { value: document.toJS({ maxAliasCount: 100 }) ?? {}, origin, faults };
  } catch (error) {
    const message = error instanceof Error ? error.message : String(error);
    return { value: undefined, origin, faults: [{ where: `${file}:1:1`, key: '', message }] };
  }
}
