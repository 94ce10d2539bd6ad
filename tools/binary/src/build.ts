/**
 * Makes mqttd one file: esbuild bundles it with all its packages, Node's single-executable support puts the bundle and
 * the native addons into a copy of the Node that runs this. The file runs on machines of the same kind without Node.
 */
import { execFile } from 'node:child_process';
import { chmod, copyFile, mkdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { addonPlugin, addonsOf, evalPlugin } from './addons.ts';

const run = promisify(execFile);

/** postject has no types of its own. */
interface Postject {
  readonly inject: (
    file: string,
    resource: string,
    data: Buffer,
    options: { readonly sentinelFuse: string; readonly machoSegmentName?: string },
  ) => Promise<void>;
}
const { inject } = createRequire(import.meta.url)('postject') as Postject;

/** What Node looks for to know that a program was put into it. */
const FUSE = 'NODE_SEA_FUSE_fce680ab2cc467b6e072b8b5df1996b2';

/** Builds the executable into `folder`; returns its path. */
export async function buildBinary(folder: string): Promise<string> {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const addons = addonsOf(manifest);
  await mkdir(folder, { recursive: true });
  const [bundle, blob, config] = ['mqttd.cjs', 'mqttd.blob', 'sea.json'].map((name) =>
    join(folder, name),
  ) as [string, string, string];
  await build({
    entryPoints: [join(dirname(manifest), 'src', 'main.ts')],
    outfile: bundle,
    bundle: true,
    platform: 'node',
    format: 'cjs',
    target: 'node20',
    conditions: ['@mqtt/source'],
    minify: true,
    keepNames: true,
    // A module's own address is the executable's.
    define: { 'import.meta.url': 'programUrl' },
    banner: { js: "const programUrl = require('node:url').pathToFileURL(process.execPath).href;" },
    plugins: [addonPlugin(addons), evalPlugin],
    logLevel: 'error',
  });
  const assets = Object.fromEntries(addons);
  await writeFile(
    config,
    JSON.stringify({ main: bundle, output: blob, disableExperimentalSEAWarning: true, assets }),
  );
  await run(process.execPath, ['--experimental-sea-config', config]);
  const program = join(folder, process.platform === 'win32' ? 'mqttd.exe' : 'mqttd');
  await copyFile(process.execPath, program);
  await chmod(program, 0o755);
  const resource = await readFile(blob);
  const inMacho = process.platform === 'darwin' ? { machoSegmentName: 'NODE_SEA' } : {};
  await inject(program, 'NODE_SEA_BLOB', resource, { sentinelFuse: FUSE, ...inMacho });
  await Promise.all([bundle, blob, config].map((path) => rm(path)));
  return program;
}
