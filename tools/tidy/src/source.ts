/**
 * A source file, parsed once for all rules: its syntax tree, comments and imports (types too), and what line is where.
 * Knows no rule and no disk.
 */
import { type Comment, type Program, parseSync } from 'oxc-parser';

/** A node of the syntax tree (ESTree with TypeScript's nodes), as far as rules look at it. */
export interface SyntaxNode {
  readonly type: string;
  readonly start: number;
  readonly end: number;
  readonly [field: string]: unknown;
}

/** An import, re-export, dynamic import or `import()` type. */
export interface Import {
  readonly specifier: string;
  readonly line: number;
}

/** A parsed file. */
export interface SourceFile {
  /** From the repository's top, with `/`. */
  readonly path: string;
  readonly text: string;
  readonly lines: readonly string[];
  readonly program: Program;
  readonly comments: readonly Comment[];
  readonly imports: readonly Import[];
  /** 1-based line of an offset. */
  lineAt(offset: number): number;
}

/** A file that does not parse. */
export class SyntaxFault extends Error {
  readonly path: string;
  constructor(path: string, message: string) {
    super(`${path}: ${message}`);
    this.path = path;
  }
}

/** True for a value that is a syntax node. */
export function isNode(value: unknown): value is SyntaxNode {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

/** Calls `visit` for every node under `root`, parents first, with the chain of its ancestors (nearest last). */
export function walk(
  root: unknown,
  visit: (node: SyntaxNode, ancestors: readonly SyntaxNode[]) => void,
): void {
  const ancestors: SyntaxNode[] = [];
  const step = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) step(item);
      return;
    }
    if (!isNode(value)) return;
    visit(value, ancestors);
    ancestors.push(value);
    for (const key of Object.keys(value)) if (key !== 'parent') step(value[key]);
    ancestors.pop();
  };
  step(root);
}

function lineStarts(text: string): number[] {
  const starts = [0];
  for (let i = text.indexOf('\n'); i !== -1; i = text.indexOf('\n', i + 1)) starts.push(i + 1);
  return starts;
}

function lineFinder(text: string): (offset: number) => number {
  const starts = lineStarts(text);
  return (offset) => {
    let low = 0;
    let high = starts.length - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if ((starts[middle] ?? 0) <= offset) low = middle;
      else high = middle - 1;
    }
    return low + 1;
  };
}

const IMPORTING = new Set([
  'ImportDeclaration',
  'ExportNamedDeclaration',
  'ExportAllDeclaration',
  'ImportExpression',
  'TSImportType',
  'TSExternalModuleReference',
]);

function specifierOf(node: SyntaxNode): string | undefined {
  const place = node.source ?? node.expression;
  if (!isNode(place)) return undefined;
  const literal = isNode(place.literal) ? place.literal : place;
  return typeof literal.value === 'string' ? literal.value : undefined;
}

/** Parses one file; throws SyntaxFault when it is not TypeScript. */
export function parseSource(path: string, text: string): SourceFile {
  const lang = path.endsWith('.mjs') ? 'js' : 'ts';
  const { program, comments, errors } = parseSync(path, text, { lang, sourceType: 'module' });
  const first = errors[0];
  if (first !== undefined) throw new SyntaxFault(path, first.message);
  const lineAt = lineFinder(text);
  const imports: Import[] = [];
  walk(program, (node) => {
    if (!IMPORTING.has(node.type)) return;
    const specifier = specifierOf(node);
    if (specifier !== undefined) imports.push({ specifier, line: lineAt(node.start) });
  });
  return { path, text, lines: text.split('\n'), program, comments, imports, lineAt };
}
