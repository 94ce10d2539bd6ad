/**
 * Which statements the names of a file's tests mention, and of which version: `it('5.0 [MQTT-3.1.0-2] 3.1.1
 * [MQTT-3.1.0-2] …')`, or the version in the `describe` around it, or no version where only one has that id. Rows of
 * tables count, because their first column is a test's name. Knows neither the table nor what a test is worth.
 */
import { parseSync } from 'oxc-parser';

/** A statement's id in the name of a test. */
export interface Mention {
  readonly id: string;
  /** `3.1` numbers none of its own and proves nothing for 3.1.1; undefined: the name does not say. */
  readonly version: string | undefined;
  readonly line: number;
}

/** A file of tests. */
export interface TestFile {
  /** From the repository's top, with `/`. */
  readonly path: string;
  readonly text: string;
}

interface Node {
  readonly type: string;
  readonly start: number;
  readonly [field: string]: unknown;
}

const WORD = /(?<![\w.-])(5\.0|3\.1\.1|3\.1)(?![\w.-])|\[(MQTT-[\d.]+-\d+)\]/g;

/** Every mention, in the order of the file. A file that does not parse mentions nothing: other checks say so. */
export function mentionsOf({ path, text }: TestFile): Mention[] {
  const mentions: Mention[] = [];
  const visit = (value: unknown, version: string | undefined): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item, version);
      return;
    }
    if (!isNode(value) || isExpectation(value)) return;
    const literal = textOf(value);
    if (literal !== undefined) mentions.push(...read(literal, version, () => lineAt(text, value.start)));
    const inside = describedVersion(value) ?? version;
    for (const field of Object.values(value)) visit(field, inside);
  };
  visit(parseSync(path, text).program, undefined);
  return mentions;
}

/** The one version that a name is about; undefined when it is about none or several. */
export function versionOf(name: string): string | undefined {
  const versions = new Set([...name.matchAll(WORD)].flatMap(([, version]) => version ?? []));
  return versions.size === 1 ? [...versions][0] : undefined;
}

function read(name: string, around: string | undefined, line: () => number): Mention[] {
  let version = around;
  const mentions: Mention[] = [];
  for (const [, word, id] of name.matchAll(WORD)) {
    if (word !== undefined) version = word;
    else if (id !== undefined) mentions.push({ id, version, line: line() });
  }
  return mentions;
}

/** true for `expect(…)` and what follows it: what a test expects is no test's name. */
function isExpectation(node: Node): boolean {
  return node.type === 'CallExpression' && calleeName(node.callee) === 'expect';
}

/** The version in the name of this `describe(…)`; undefined for any other node. */
function describedVersion(node: Node): string | undefined {
  if (node.type !== 'CallExpression' || calleeName(node.callee) !== 'describe') return undefined;
  const [first] = node.arguments as unknown[];
  const name = isNode(first) ? (textOf(first) ?? templateText(first)) : undefined;
  return name === undefined ? undefined : versionOf(name);
}

/** `describe` of `describe(`, `describe.each(rows)(`. */
function calleeName(callee: unknown): unknown {
  if (!isNode(callee)) return undefined;
  if (callee.type === 'Identifier') return callee.name;
  if (callee.type === 'MemberExpression') return calleeName(callee.object);
  if (callee.type === 'CallExpression') return calleeName(callee.callee);
  return undefined;
}

function textOf(node: Node): string | undefined {
  if (node.type === 'Literal' && typeof node.value === 'string') return node.value;
  return node.type === 'TemplateElement' ? (node.value as { raw: string }).raw : undefined;
}

function templateText(node: Node): string | undefined {
  if (node.type !== 'TemplateLiteral') return undefined;
  return (node.quasis as Node[]).map((quasi) => textOf(quasi) ?? '').join(' ');
}

function isNode(value: unknown): value is Node {
  return (
    typeof value === 'object' && value !== null && typeof (value as { type?: unknown }).type === 'string'
  );
}

function lineAt(text: string, offset: number): number {
  return text.slice(0, offset).split('\n').length;
}
