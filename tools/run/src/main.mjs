/**
 * What `npm start`, `npm test` and the other root scripts do. Each bootstraps first, then calls turbo, which does
 * only what has changed. Runs on a bare Node: nothing but Node's own modules may be imported here.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { pathToFileURL } from 'node:url';
import { bootstrap, environment, ROOT, say } from './bootstrap.mjs';
import { peersPresent } from './peers.mjs';
import { countTests, failedTasks, forgetReports } from './summary.mjs';

const CHECKS = ['lint', 'typecheck', 'tidy', 'conformance', 'knip', 'package-lint', 'size'];

/** Show every failure, not the first only; what needs a failed build is not tried. */
const KEEP_GOING = ['--continue=dependencies-successful', '--log-order=grouped', '--concurrency=3'];
/** Longest a whole run may take, ms: a suite that hangs fails instead. */
const LONGEST_RUN = 19 * 60_000;

/**
 * Runs a program of node_modules/.bin to its end.
 * @param {string} program
 * @param {readonly string[]} args
 * @param {import('node:child_process').SpawnSyncOptions} options
 */
function run(program, args, options = {}) {
  const child = spawnSync(join(ROOT, 'node_modules', '.bin', program), args, {
    cwd: ROOT,
    env: environment(),
    stdio: 'inherit',
    shell: process.platform === 'win32',
    ...options,
  });
  if (child.error) say(String(child.error));
  return child;
}

/** @param {string[]} args */
function turbo(...args) {
  return run('turbo', ['run', ...args], { timeout: LONGEST_RUN }).status ?? 1;
}

/**
 * Builds in silence; shows turbo's output only when it fails.
 * @param {string} name
 */
function buildQuietly(name) {
  const args = ['run', 'build', `--filter=${name}`, '--output-logs=errors-only', '--log-order=grouped'];
  const child = run('turbo', args, { stdio: ['ignore', 'pipe', 'pipe'], encoding: 'utf8' });
  if (child.status === 0) return;
  say(`${child.stdout}${child.stderr}`);
  process.exit(1);
}

/**
 * Becomes mqttd: same process, so that signals, exit code and stdout are mqttd's own.
 * @param {string[]} args
 */
async function start(args) {
  buildQuietly('mqttd');
  const program = join(ROOT, 'apps', 'broker', 'dist', 'mqttd.js');
  process.argv.splice(1, Infinity, program, ...args);
  await import(pathToFileURL(program).href);
}

/**
 * Runs the suites of every package and prints `N passed, N failed` as the last line.
 * @param {string[]} suites the tasks whose tests are counted
 * @param {string[]} tasks what is run beside them
 */
function test(suites, tasks = []) {
  const isCi = process.env.CI === 'true';
  const withPeers = !suites.includes('test') || peersPresent();
  if (!withPeers && isCi) process.exit(1);
  forgetReports(suites);
  const left = withPeers ? [] : ['apps/interop'];
  const filters = withPeers ? [] : ['--filter=!@mqtt/interop'];
  const status = turbo(...tasks, ...suites, ...filters, ...KEEP_GOING, '--summarize');
  const sum = countTests(suites, left);
  const broken = failedTasks().filter((id) => !suites.some((suite) => id.endsWith(`#${suite}`)));
  for (const failure of sum.failures) say(`failed: ${failure}`);
  for (const id of broken) say(`failed: ${id}`);
  for (const report of sum.missing) say(`no test report: ${report}`);
  for (const folder of left) say(`not run: ${folder}`);
  if (sum.skipped > 0) say(`${sum.skipped} tests did not run; under CI that is a failure`);
  const known = sum.failed + sum.missing.length + broken.length;
  const isBroken = status !== 0 || (sum.skipped > 0 && isCi);
  const failed = isBroken && known === 0 ? 1 : known;
  const skipped = sum.skipped > 0 ? `, ${sum.skipped} skipped` : '';
  process.stdout.write(`${sum.passed} passed, ${failed} failed${skipped}\n`);
  process.exit(failed > 0 ? 1 : 0);
}

/** Everything; in CI the suites on Node 24 in the same run, so that no core waits for the last suite of the first. */
function testAll() {
  const suites = process.env.CI === 'true' ? ['test', 'test:node24'] : ['test'];
  test(suites, ['build', ...CHECKS]);
}

/**
 * @param {string} script
 * @param {string[]} args
 */
function bench(script, args) {
  buildQuietly('@mqtt/bench^...');
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/bench', 'run', script, ...args]).status ?? 1);
}

/** @param {string[]} args */
function binary(args) {
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/binary', 'run', 'binary', ...args]).status ?? 1);
}

/** @param {string[]} args */
function fuzz(args) {
  buildQuietly('@mqtt/fuzz^...');
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/fuzz', 'run', 'fuzz', ...args]).status ?? 1);
}

/** @param {string[]} args */
function crash(args) {
  buildQuietly('@mqtt/crash^...');
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/crash', 'run', 'crash', ...args]).status ?? 1);
}

/** @param {string[]} args */
function soak(args) {
  buildQuietly('@mqtt/soak^...');
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/soak', 'run', 'soak', ...args]).status ?? 1);
}

/** @param {string[]} args */
function hostile(args) {
  buildQuietly('@mqtt/hostile^...');
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/hostile', 'run', 'full', ...args]).status ?? 1);
}

/**
 * A program of mqtt-conformance, with exit codes of its own.
 * @param {string} file
 * @param {string[]} args
 */
function conformance(file, args) {
  buildQuietly('@mqtt/interop^...');
  process.exit(run('tsx', [`apps/interop/src/${file}`, ...args]).status ?? 1);
}

/**
 * Every client against every broker.
 * @param {string[]} args
 */
function interop(args) {
  peersPresent(); // It says itself which peer is missing.
  buildQuietly('@mqtt/interop^...');
  process.exit(run('tsx', ['apps/interop/src/matrix/main.ts', ...args]).status ?? 1);
}

/** What an import costs in a bundle, and what others' clients do. */
function size() {
  buildQuietly('@mqtt/size^...');
  process.exit(run('pnpm', ['--silent', '--filter', '@mqtt/size', 'run', 'size']).status ?? 1);
}

/**
 * Puts right what a program can: the form of sources, and what is generated.
 * @param {string[]} args
 */
function fix(args) {
  const formatted = run('biome', ['check', '--write', ...(args.length > 0 ? args : ['.'])]).status ?? 1;
  const written = args.length > 0 ? 0 : (run('tsx', ['tools/spec/src/main.ts']).status ?? 1);
  process.exit(formatted || written);
}

/** @type {Record<string, (args: string[]) => unknown>} */
const COMMANDS = {
  start,
  build: (args) => process.exit(turbo('build', ...args)),
  check: (args) => process.exit(turbo(...CHECKS, ...KEEP_GOING, ...args)),
  fix,
  test: testAll,
  'test:node24': () => test(['test:node24']),
  'build:binary': binary,
  fuzz,
  crash,
  soak,
  hostile,
  interop,
  'conformance:run': (args) => conformance('main.ts', args),
  'conformance:peers': (args) => {
    peersPresent(); // It says itself which peer is missing.
    conformance('conformance/compare.ts', args);
  },
  size,
  'bench:codec': (args) => bench('codec', args),
  'bench:store': (args) => bench('store', args),
  'bench:hooks': (args) => bench('hooks', args),
  'bench:client': (args) => bench('client', args),
  'bench:broker': (args) => {
    peersPresent(); // The bench itself says which peer it cannot do without.
    bench('broker', args);
  },
};

const [name = '', ...args] = process.argv.slice(2);
const command = Object.hasOwn(COMMANDS, name) ? COMMANDS[name] : undefined;
if (command === undefined) {
  say(`unknown command ${name}; one of: ${Object.keys(COMMANDS).join(', ')}`);
  process.exit(64);
}
if (!existsSync(join(ROOT, 'pnpm-lock.yaml'))) {
  say('pnpm-lock.yaml is not here: this is not a complete clone');
  process.exit(1);
}
bootstrap();
await command(args);
