/**
 * Checks a value against the schema and says all that is wrong with it: where it was said, which key, what would be
 * right. Answers: is this a configuration? Knows nothing of files; who gives the value says where its parts come from.
 */
import type { z } from 'zod';
import type { Configuration } from './configuration.ts';
import { type Fault, keyOf, type Path } from './faults.ts';
import { suggestion } from './nearest.ts';
import { inWords, keysAt, nodesAt, type SchemaNode, shown, typesWith } from './outline.ts';
import { jsonSchema, schema } from './schema.ts';

/** Where the value or, when `key` is so, the key at `path` was written. */
export type Origin = (path: Path, key?: boolean) => string;

let known: SchemaNode | undefined;

/** The schema as something to look things up in. */
export function outline(): SchemaNode {
  known ??= jsonSchema() as SchemaNode;
  return known;
}

/** What stands at `path`. */
export function valueAt(value: unknown, path: Path): unknown {
  let found = value;
  for (const step of path) {
    if (typeof found !== 'object' || found === null) return undefined;
    found = Reflect.get(found, step);
  }
  return found;
}

function isSecret(path: Path): boolean {
  return path.some((step) => SECRETS.has(String(step)));
}

/** Keys whose values are never shown. */
export const SECRETS: ReadonlySet<string> = new Set(['passphrase', 'headers']);

/** What is said of a key that is not known here, but perhaps at another `type`. */
function noSuchKey(key: string, keys: readonly string[], types: readonly string[]): string {
  if (types.length === 0) return `no such key${suggestion(key, keys)}`;
  return `no such key with this type; those with it: ${types.join(', ')}`;
}

function faultsOf(issue: z.core.$ZodIssue, value: unknown, origin: Origin): readonly Fault[] {
  const path = issue.path.filter((step) => typeof step !== 'symbol');
  if (issue.code === 'unrecognized_keys') {
    const keys = keysAt(outline(), path, value);
    return issue.keys.map((key) => ({
      where: origin([...path, key], true),
      key: keyOf([...path, key]),
      message: noSuchKey(key, keys, typesWith(outline(), path, value, key)),
    }));
  }
  const found = valueAt(value, path);
  const right = inWords(outline(), path, value);
  if (found === undefined) {
    const message = `is missing; it must be ${right}`;
    return [{ where: origin(path.slice(0, -1)), key: keyOf(path), message }];
  }
  const own = issue.code === 'invalid_format' && issue.format === 'regex' ? issue.message : undefined;
  const not = isSecret(path) ? '' : `, not ${shown(found)}`;
  return [{ where: origin(path), key: keyOf(path), message: `${own ?? `must be ${right}`}${not}` }];
}

/** The configuration, or all that is wrong with it. */
export function check(
  value: unknown,
  origin: Origin,
): { readonly configuration: Configuration; readonly faults: readonly Fault[] } {
  const result = schema.safeParse(value ?? {});
  if (result.success) return { configuration: result.data, faults: [] };
  return {
    configuration: {},
    faults: result.error.issues
      .flatMap((issue) => faultsOf(issue, value, origin))
      .sort((one, other) => one.where.localeCompare(other.where, 'en', { numeric: true })),
  };
}

/** Whether what stands at `path` is plain text, so that a variable's value is taken as it is. */
export function isText(path: Path, value: unknown): boolean {
  const nodes = nodesAt(outline(), path, value);
  return nodes.length > 0 && nodes.every((node) => node.type === 'string');
}
