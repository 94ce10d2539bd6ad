/**
 * An entry that is one file with everything in it, for pages that count bytes. `src/X.internal.json` beside the entry
 * `src/X.ts` makes it one: a list of the names of properties that nobody outside sees, which become short ones. In it
 * `Y.terse.ts` stands for `Y.ts`, where there is one: the same in fewer words.
 */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { type BuildOptions, build, type Plugin } from 'esbuild';
import type { Entry } from './entries.ts';

/** The names that become short ones; undefined: an entry like any other. */
export function internalNames({ in: source }: Entry): readonly string[] | undefined {
  const file = source.replace(/\.ts$/, '.internal.json');
  return existsSync(file) ? (JSON.parse(readFileSync(file, 'utf8')) as string[]) : undefined;
}

const terse: Plugin = {
  name: 'terse',
  setup({ onResolve }) {
    onResolve({ filter: /^\..*\.ts$/ }, ({ path, resolveDir }) => {
      const file = join(resolveDir, path.replace(/\.ts$/, '.terse.ts'));
      return existsSync(file) ? { path: file } : undefined;
    });
  },
};

/** Bundles the entry with every package that it imports. @throws {Error} when a name of the list is not in it */
export async function bundleSelfContained(
  options: BuildOptions,
  entry: Entry,
  names: readonly string[],
): Promise<void> {
  const { packages: _, ...inside } = options;
  const { mangleCache = {} } = await build({
    ...inside,
    conditions: ['@mqtt/source'],
    entryPoints: [entry],
    mangleProps: new RegExp(`^(${names.join('|')})$`),
    mangleCache: {},
    minifySyntax: true,
    // A field without a value needs no line of its own.
    tsconfigRaw: { compilerOptions: { useDefineForClassFields: false } },
    plugins: [terse],
  });
  const unused = names.filter((name) => !(name in mangleCache));
  if (unused.length > 0) throw new Error(`${entry.in} has no property ${unused.join(', ')}`);
}
