/**
 * Reads from a package.json which files its build must make, and from which sources.
 * Knows nothing of how they are made.
 */

/** The fields of package.json that decide a build. */
export interface Manifest {
  readonly name: string;
  readonly exports?: Readonly<Record<string, Export>>;
  readonly bin?: Readonly<Record<string, string>>;
  readonly files?: readonly string[];
}

/** A value in `exports`: a file or conditions. */
export type Export = string | { readonly [condition: string]: Export };

/** One bundle: its source and its name under dist without `.js`. */
export interface Entry {
  readonly in: string;
  readonly out: string;
}

/** The bundles of a package: what is imported, and what is run. */
export interface Entries {
  readonly library: readonly Entry[];
  readonly programs: readonly Entry[];
}

const PROGRAM_SOURCE = './src/main.ts';
const SOURCE_CONDITION = '@mqtt/source';

function outName(path: string): string {
  const match = /^\.\/dist\/(.+)\.js$/.exec(path);
  if (match?.[1] === undefined) throw new Error(`${path} is not a .js file in ./dist`);
  return match[1];
}

/** Pairs each leaf of the source branch with the leaf that the same conditions reach without `@mqtt/source`. */
function pairs(source: Export, built: Export, found: Entry[]): void {
  if (typeof source === 'string') {
    const target = typeof built === 'string' ? built : built.default;
    if (typeof target !== 'string') throw new Error(`no "default" beside ${source}`);
    found.push({ in: source, out: outName(target) });
    return;
  }
  for (const [condition, branch] of Object.entries(source)) {
    const other = typeof built === 'string' ? built : condition === 'default' ? built : built[condition];
    if (other === undefined) throw new Error(`no "${condition}" for the source condition "${condition}"`);
    pairs(branch, other, found);
  }
}

/** Which bundles a package's manifest asks for. */
export function entryPoints(manifest: Manifest): Entries {
  const library: Entry[] = [];
  for (const [path, value] of Object.entries(manifest.exports ?? {})) {
    if (typeof value === 'string') continue;
    const source = value[SOURCE_CONDITION];
    if (source === undefined) throw new Error(`exports["${path}"] has no "${SOURCE_CONDITION}"`);
    pairs(source, value, library);
  }
  const programs = Object.values(manifest.bin ?? {}).map((path) => ({
    in: PROGRAM_SOURCE,
    out: outName(path),
  }));
  return { library, programs };
}
