/**
 * Makes a fresh clone ready with Node and npm alone: the packages of the lockfile, once.
 * Answers: is node_modules what the lockfile says? A stamp in node_modules holds the hash of everything that decides
 * it, so that a second run costs one hash. Writes to stderr only: stdout belongs to the program that runs next.
 */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';

/** The repository's top folder. */
export const ROOT = fileURLToPath(new URL('../../..', import.meta.url));

const STAMP = join(ROOT, 'node_modules', '.bootstrap');
const OLDEST_NODE = [20, 19];

/**
 * A line for the person at the terminal; never on stdout.
 * @param {string} line
 */
export function say(line) {
  process.stderr.write(`${line}\n`);
}

/** The environment in which every tool of the repository runs: its own programs first. */
export function environment() {
  return {
    ...process.env,
    PATH: [join(ROOT, 'node_modules', '.bin'), process.env.PATH].join(delimiter),
    TURBO_TELEMETRY_DISABLED: '1',
    TURBO_NO_UPDATE_NOTIFIER: '1',
    DO_NOT_TRACK: '1',
  };
}

function refuseOldNode() {
  const [major = 0, minor = 0] = process.versions.node.split('.').map(Number);
  const [oldMajor = 0, oldMinor = 0] = OLDEST_NODE;
  if (major > oldMajor || (major === oldMajor && minor >= oldMinor)) return;
  say(`Node ${process.versions.node} is too old: ${OLDEST_NODE.join('.')} or newer is needed`);
  process.exit(1);
}

/** Every file whose change asks for a new install. */
function manifests() {
  const paths = ['pnpm-lock.yaml', 'pnpm-workspace.yaml', 'package.json'];
  for (const group of ['packages', 'apps', 'tools']) {
    for (const name of readdirSync(join(ROOT, group)).sort()) paths.push(join(group, name, 'package.json'));
  }
  return paths.map((path) => join(ROOT, path)).filter((path) => existsSync(path));
}

function fingerprint() {
  const hash = createHash('sha256').update(`${process.platform} ${process.arch}\n`);
  for (const path of manifests()) hash.update(path.slice(ROOT.length)).update(readFileSync(path));
  return hash.digest('hex');
}

function isInstalled() {
  return existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
}

/** Installs what the lockfile names, unless that is already there. Ends the process when it cannot. */
export function bootstrap() {
  refuseOldNode();
  if (isInstalled()) return;
  say('installing packages …');
  const { packageManager } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8'));
  const args = [
    '--yes',
    packageManager,
    'install',
    '--reporter=append-only',
    '--config.confirm-modules-purge=false',
  ];
  if (process.env.CI === 'true') args.push('--frozen-lockfile');
  const install = spawnSync('npx', args, {
    cwd: ROOT,
    encoding: 'utf8',
    shell: process.platform === 'win32',
  });
  if (install.status !== 0) {
    say(`${install.stdout ?? ''}${install.stderr ?? ''}${install.error?.message ?? ''}`);
    say('the packages could not be installed');
    process.exit(1);
  }
  writeFileSync(STAMP, fingerprint());
}
