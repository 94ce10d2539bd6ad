/**
 * The schema as something to look things up in: which keys there are at a path, and what would be right there, in
 * words. Walks the JSON Schema, so that there is one source of both. Knows nothing of where a value came from.
 */
import type { Path } from './faults.ts';

/** A node of a JSON Schema, as far as we look at it. */
export interface SchemaNode {
  readonly type?: string;
  readonly const?: unknown;
  readonly enum?: readonly unknown[];
  readonly properties?: Readonly<Record<string, SchemaNode>>;
  readonly additionalProperties?: SchemaNode | boolean;
  readonly items?: SchemaNode;
  readonly anyOf?: readonly SchemaNode[];
  readonly oneOf?: readonly SchemaNode[];
  readonly minimum?: number;
  readonly maximum?: number;
  readonly maxLength?: number;
  readonly minItems?: number;
  readonly pattern?: string;
  readonly format?: string;
  /** Ours: of what a number is a number. */
  readonly unit?: string;
}

function branches(node: SchemaNode): readonly SchemaNode[] {
  return node.oneOf ?? node.anyOf ?? [node];
}

/** The branches that a value chooses by its `type`; all of them when it has none. */
function chosen(node: SchemaNode, value: unknown): readonly SchemaNode[] {
  const all = branches(node);
  if (typeof value !== 'object' || value === null || !('type' in value)) return all;
  const fit = all.filter(({ properties }) => properties?.type?.const === value.type);
  return fit.length > 0 ? fit : all;
}

function child(node: SchemaNode, step: string | number): SchemaNode | undefined {
  if (typeof step === 'number') return node.items;
  const own = Object.hasOwn(node.properties ?? {}, step) ? node.properties?.[step] : undefined;
  return own ?? (typeof node.additionalProperties === 'object' ? node.additionalProperties : undefined);
}

/** The nodes that may stand at `path`, given the whole value. */
export function nodesAt(root: SchemaNode, path: Path, whole: unknown): readonly SchemaNode[] {
  let nodes: readonly SchemaNode[] = [root];
  let value = whole;
  for (const step of path) {
    nodes = nodes
      .flatMap((node) => chosen(node, value))
      .flatMap((node) => child(node, step) ?? [])
      .filter((node) => node !== undefined);
    value = typeof value === 'object' && value !== null ? Reflect.get(value, step) : undefined;
  }
  return nodes.flatMap((node) => chosen(node, value));
}

/** The keys that may stand at `path`. */
export function keysAt(root: SchemaNode, path: Path, whole: unknown): readonly string[] {
  return [...new Set(nodesAt(root, path, whole).flatMap(({ properties }) => Object.keys(properties ?? {})))];
}

/** The values of `type` with which `key` may stand in the map at `path`. */
export function typesWith(root: SchemaNode, path: Path, whole: unknown, key: string): readonly string[] {
  const step = path.at(-1);
  if (step === undefined) return [];
  return nodesAt(root, path.slice(0, -1), whole)
    .flatMap((node) => child(node, step) ?? [])
    .flatMap(branches)
    .filter(({ properties = {} }) => Object.hasOwn(properties, key))
    .flatMap(({ properties }) =>
      properties?.type?.const === undefined ? [] : [String(properties.type.const)],
    );
}

function mapInWords({ properties = {} }: SchemaNode): string {
  const { type } = properties;
  if (type?.const !== undefined) return `{ type: ${String(type.const)}, ... }`;
  const keys = Object.keys(properties);
  return keys.length === 0 || keys.length > 12 ? 'a map of keys and values' : `a map with ${keys.join(', ')}`;
}

function oneInWords(node: SchemaNode): string {
  if (node.const !== undefined) return String(node.const);
  if (node.enum !== undefined) return `one of ${node.enum.map(String).join(', ')}`;
  switch (node.type) {
    case 'integer':
    case 'number':
      return `a whole number${node.unit === undefined ? '' : ` of ${node.unit}`} from ${node.minimum ?? 0} to ${node.maximum ?? 'any'}`;
    case 'boolean':
      return 'true or false';
    case 'array':
      return node.minItems === undefined
        ? 'a list'
        : 'a list that is not empty, of lines that begin with "- "';
    case 'object':
      return mapInWords(node);
    default:
      if (node.format === 'uri') return 'an http or https URL';
      if (node.maxLength !== undefined) return `text of at most ${node.maxLength} characters`;
      return 'text that is not empty';
  }
}

/** What would be right at `path`. */
export function inWords(root: SchemaNode, path: Path, whole: unknown): string {
  const words = [...new Set(nodesAt(root, path, whole).map(oneInWords))];
  const plain = words.filter((word) => !word.includes(' '));
  if (plain.length > 1 && plain.length === words.length) return `one of ${plain.join(', ')}`;
  return words.join(', or ');
}

/** A value as a person wrote it, short. */
export function shown(value: unknown): string {
  if (value === undefined) return 'missing';
  const written = JSON.stringify(value) ?? typeof value;
  return written.length > 60 ? `${written.slice(0, 57)}...` : written;
}
