/**
 * Settings from environment variables: `MQTTD_` and the key's way from the top in capitals, `_` between and within
 * words, numbers for places in lists: `MQTTD_LISTENERS_0_PORT`, `MQTTD_LIMITS_MAXIMUM_PACKET_SIZE`.
 * Answers: which key does a variable mean, and what does it say? Knows nothing of files.
 */
import { parse } from 'yaml';
import { isText, outline } from './check.ts';
import type { Fault, Path } from './faults.ts';
import { suggestion } from './nearest.ts';
import { nodesAt, type SchemaNode } from './outline.ts';

const PREFIX = 'MQTTD_';
/** Not a setting: which file to read. */
export const FILE_VARIABLE = 'MQTTD_CONFIG';
/** What Kubernetes sets in every container beside a service called mqttd. */
const SERVICE_LINKS = /^MQTTD_(?:SERVICE_|PORT$|PORT_\d)/;

/** One variable that is a setting. */
export interface Override {
  readonly variable: string;
  readonly path: Path;
  readonly value: unknown;
}

/** The variables of an environment that are settings. */
export function settingVariables(environment: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(environment)
    .filter((name) => name.startsWith(PREFIX) && name !== FILE_VARIABLE && !SERVICE_LINKS.test(name))
    .sort();
}

function capitals(key: string): string {
  return key
    .replace(/QoS/g, 'Qos')
    .replace(/([a-z0-9])([A-Z])/g, '$1_$2')
    .toUpperCase();
}

/** Every way that the rest of a name can be read as, below these nodes. */
function* paths(nodes: readonly SchemaNode[], rest: string, path: Path): Generator<Path> {
  if (rest === '') {
    yield path;
    return;
  }
  const index = /^(\d{1,4})(?:_|$)/.exec(rest);
  for (const node of nodes) {
    if (node.items !== undefined && index?.[1] !== undefined)
      yield* below(node, Number(index[1]), rest.slice(index[0].length), path);
    for (const key of Object.keys(node.properties ?? {})) {
      const name = capitals(key);
      if (rest === name) yield [...path, key];
      else if (rest.startsWith(`${name}_`)) yield* below(node, key, rest.slice(name.length + 1), path);
    }
  }
}

function below(node: SchemaNode, step: string | number, rest: string, path: Path): Generator<Path> {
  return paths(nodesAt(node, [step], undefined), rest, [...path, step]);
}

/** The names of all variables that have no number in them: for suggestions. */
function* names(node: SchemaNode, prefix: string): Generator<string> {
  for (const [key, child] of Object.entries(node.properties ?? {})) {
    const name = `${prefix}_${capitals(key)}`;
    if (child.properties === undefined) yield name;
    yield* names(child, name);
  }
}

function understood(path: Path, text: string): unknown {
  if (isText(path, undefined)) return text;
  try {
    return parse(text);
  } catch {
    return text; // the schema will say what would be right
  }
}

/** What the environment says. */
export function readEnvironment(environment: Readonly<Record<string, string | undefined>>): {
  readonly overrides: readonly Override[];
  readonly faults: readonly Fault[];
} {
  const overrides: Override[] = [];
  const faults: Fault[] = [];
  for (const variable of settingVariables(environment)) {
    const [path] = paths([outline()], variable.slice(PREFIX.length), []);
    if (path === undefined) {
      const message = `means no setting${suggestion(variable, [FILE_VARIABLE, ...names(outline(), 'MQTTD')])}`;
      faults.push({ where: variable, key: '', message });
    } else {
      overrides.push({ variable, path, value: understood(path, environment[variable] ?? '') });
    }
  }
  return { overrides, faults };
}
