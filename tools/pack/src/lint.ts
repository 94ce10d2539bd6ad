/**
 * Lints every published package as it would be published: its manifest, publint, and attw for its types (ESM only).
 * Prints one line a package and what is wrong; exit code 1 when anything is.
 */
import { execFile, execFileSync } from 'node:child_process';
import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { promisify } from 'node:util';
import { publint } from 'publint';
import { formatMessage } from 'publint/utils';
import { manifestFaults } from './manifest-faults.ts';
import { emptyFolder, type Manifest, type Published, pack, publishedPackages, ROOT } from './packed.ts';

const run = promisify(execFile);

function tarText(tarball: string, path: string): string {
  return execFileSync('tar', ['-xzOf', tarball, `package/${path}`], { encoding: 'utf8' });
}

function tarPaths(tarball: string): string[] {
  const out = execFileSync('tar', ['-tzf', tarball], { encoding: 'utf8' });
  return out
    .split('\n')
    .filter((path) => path !== '')
    .map((path) => path.replace(/^package\//, ''));
}

async function attwFaults(tarball: string): Promise<string[]> {
  const attw = join(ROOT, 'node_modules', '.bin', 'attw');
  try {
    await run(attw, [tarball, '--profile', 'esm-only', '--format', 'ascii', '--no-color', '--no-emoji']);
    return [];
  } catch (error) {
    const { stdout = '', message } = error as { stdout?: string; message: string };
    return [`attw: ${stdout === '' ? message : stdout}`];
  }
}

async function faultsOf(one: Published, folder: string): Promise<string[]> {
  const tarball = pack(one, folder);
  const bytes = readFileSync(tarball);
  const buffer = bytes.buffer.slice(bytes.byteOffset, bytes.byteOffset + bytes.byteLength);
  const { messages, pkg } = await publint({ pack: { tarball: buffer }, strict: true });
  const published = JSON.parse(tarText(tarball, 'package.json')) as Manifest;
  return [
    ...manifestFaults(published, tarPaths(tarball)),
    ...messages.map((message) => `publint: ${formatMessage(message, pkg) ?? message.code}`),
    ...(published.exports === undefined ? [] : await attwFaults(tarball)),
  ];
}

const folder = emptyFolder();
try {
  const all = publishedPackages();
  const results = await Promise.all(all.map(async (one) => ({ one, faults: await faultsOf(one, folder) })));
  for (const { one, faults } of results) {
    process.stdout.write(`${one.manifest.name}: ${faults.length === 0 ? 'ok' : `${faults.length} faults`}\n`);
    for (const fault of faults) process.stdout.write(`    ${fault}\n`);
    if (faults.length > 0) process.exitCode = 1;
  }
} finally {
  rmSync(folder, { recursive: true, force: true });
}
