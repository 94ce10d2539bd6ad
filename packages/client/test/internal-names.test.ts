/**
 * `src/index.small.internal.json`: the names that the small client's build makes shorter. A name that a user or the
 * platform knows would break in silence: none of the list may be one.
 */
import { readFileSync } from 'node:fs';
import { properties } from '@mqtt/codec';
import { describe, expect, it } from 'vitest';

const source = (name: string): string => readFileSync(new URL(`../src/${name}`, import.meta.url), 'utf8');
const internal = JSON.parse(source('index.small.internal.json')) as readonly string[];

/** What the entry exports, and what a state holds: file -> names. */
const exported: (readonly [string, readonly string[]])[] = [['limits.ts', ['ServerLimits']]];
for (const [, names = '', file = ''] of source('index.small.ts').matchAll(
  /export (?:type )?\{([^}]*)\} from '\.\/(.*)';/g,
))
  exported.push([file, names.match(/\b[A-Z]\w+/g) ?? []]);

/** Members that somebody outside sees of an interface, a type or a class. */
function membersOf(file: string, name: string): readonly string[] {
  const lines = `${source(file)}\n`
    .replaceAll(/^ .*(?:protected|private|#).*$/gm, '')
    .replaceAll(/\n+(?= )/g, '\n');
  const [block = ''] =
    new RegExp(`^export (?:type|interface|class) ${name}\\b[^]*?\\n(?=\\n)`, 'm').exec(lines) ?? [];
  const found = block.matchAll(/readonly (\w+)|^ {2}(?:(?:get|async|override) )*(\w+)(?=[(<])/gm);
  return [...found].map(([, field, method]) => field ?? method ?? '').filter((one) => one !== 'constructor');
}

describe('the internal names of the small client', () => {
  it('are none that a user sees', () => {
    const members = exported.flatMap(([file, names]) => names.flatMap((name) => membersOf(file, name)));
    // The search finds what it must: of options, states, messages, errors, classes.
    for (const name of [
      'keepAlive',
      'minimumDelay',
      'sessionPresent',
      'wildcardSubscriptionAvailable',
      'topic',
    ])
      expect(members).toContain(name);
    for (const name of [
      'json',
      'grants',
      'reasonString',
      'publish',
      'unsubscribe',
      'retainHandling',
      'timeout',
    ])
      expect(members).toContain(name);
    const seen = new Set([...members, ...Object.keys(properties)]);
    expect(internal.filter((name) => seen.has(name))).toEqual([]);
  });

  it('are none that the platform has', () => {
    const globals = [
      Math,
      Promise,
      Map,
      Set,
      Array,
      String,
      Number,
      Object,
      JSON,
      Symbol,
      RegExp,
      Error,
    ].concat([
      Uint8Array,
      ArrayBuffer,
      TextDecoder,
      TextEncoder,
      AbortController,
      AbortSignal,
      EventTarget,
    ] as never);
    const owners: unknown[] = [performance, console, globalThis];
    for (const one of globals) owners.push(one, (one as { prototype?: unknown }).prototype);
    const known = new Set(['send', 'close', 'readyState', 'bufferedAmount', 'binaryType', 'once', 'cause']);
    for (let one of owners)
      for (; one instanceof Object; one = Object.getPrototypeOf(one))
        for (const name of Object.getOwnPropertyNames(one)) known.add(name);
    expect(internal.filter((name) => known.has(name))).toEqual([]);
  });
});
