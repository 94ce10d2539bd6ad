/**
 * Builds the package it is run in: esbuild makes the bundles, tsc the types.
 * Answers: what is in dist? One file per entry of package.json's `exports` (its `@mqtt/source` names the source)
 * and per `bin` (from src/main.ts), and chunks that entries share, so that a class is one class in all of them.
 * Of a library only its own files are bundled; packages stay imports. A program has its packages in it, for it starts
 * in half the time when a few files are read in place of a hundred, and beside it their licences.
 */
import { spawn } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { chmod, rm, writeFile } from 'node:fs/promises';
import { basename, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type BuildOptions, build } from 'esbuild';
import { type Entry, entryPoints, type Manifest } from './entries.ts';
import { licences } from './licences.ts';
import { bundleSelfContained, internalNames } from './self-contained.ts';

/** What a program imports all the same: packages with native addons, and what imports those. */
const APART = ['@mqtt/store-lmdb', '@node-rs/*', 'lmdb'];
/** CommonJS in a bundle asks for Node's own modules with `require`, which ES modules lack. */
const PROGRAM_BANNER = `#!/usr/bin/env node
import { createRequire as requireOf } from 'node:module';
const require = requireOf(import.meta.url);`;
const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

async function bundle(manifest: Manifest): Promise<void> {
  const entries = entryPoints(manifest);
  const shipsSource = manifest.files?.includes('src') === true;
  const options: BuildOptions = {
    outdir: 'dist',
    bundle: true,
    packages: 'external',
    external: ['node:*'],
    format: 'esm',
    platform: 'neutral',
    target: 'es2022',
    sourcemap: true,
    sourcesContent: !shipsSource,
    logLevel: 'warning',
  };
  const together: Entry[] = [];
  for (const entry of entries.library) {
    const names = internalNames(entry);
    if (names === undefined) together.push(entry);
    else await bundleSelfContained(options, entry, names);
  }
  if (together.length > 0) await build({ ...options, entryPoints: together, splitting: true });
  if (entries.programs.length === 0) return;
  // In chunks, so that a program loads what it imports dynamically only when it needs it.
  const { packages: _, ...inside } = options;
  const { metafile } = await build({
    ...inside,
    platform: 'node',
    conditions: ['@mqtt/source'],
    external: [...APART, 'node:*'],
    entryPoints: [...entries.programs],
    splitting: true,
    banner: { js: PROGRAM_BANNER },
    metafile: true,
  });
  await writeFile('dist/LICENSES.txt', licences(Object.keys(metafile.inputs)));
  await Promise.all(entries.programs.map(({ out }) => chmod(`dist/${out}.js`, 0o755)));
}

/** The declarations, by the compiler itself: its diagnostics end the build. */
function declarations(): Promise<void> {
  return new Promise((resolve, reject) => {
    const tsc = join(ROOT, 'node_modules', '.bin', 'tsc');
    const child = spawn(tsc, ['-p', 'tsconfig.build.json'], { stdio: 'inherit' });
    child.on('error', reject);
    child.on('exit', (code) => (code === 0 ? resolve() : reject(new Error(`tsc ended with ${code}`))));
  });
}

try {
  const manifest = JSON.parse(readFileSync('package.json', 'utf8')) as Manifest;
  await rm('dist', { recursive: true, force: true });
  const work = [bundle(manifest)];
  if (manifest.exports !== undefined) work.push(declarations());
  await Promise.all(work);
} catch (error) {
  process.stderr.write(
    `build of ${basename(process.cwd())}: ${error instanceof Error ? error.message : error}\n`,
  );
  process.exit(1);
}
