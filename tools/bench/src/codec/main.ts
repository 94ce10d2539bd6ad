/**
 * `npm run bench:codec`: @mqtt/codec, as built, against mqtt-packet in the same run.
 * Each bench has a process of its own, so that what one load taught the compiler does not colour the next; within it
 * the contestants alternate. Ratios come from neighbours in one round.
 */
import { spawnSync } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { machine } from '../report/machine.ts';
import { codecTable, type Result, result } from './report.ts';
import { benches, check, measure } from './rows.ts';

const USAGE = `npm run bench:codec -- [options]
  --rounds N       rounds, 9 unless said (at least 3)
  --round-ms N     milliseconds each way works in a round, 120 unless said
  --clock NAME     cpu (unless said): CPU time of the process with all its threads, so that neighbours on the
                   machine matter little and garbage collection counts in full; wall: time that passes
  --filter TEXT    only benches whose name contains TEXT, e.g. decode, "5.0", mixed
  --json           the figures as JSON
  --strict         exit with 1 when a target is not reached`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '9' },
    'round-ms': { type: 'string', default: '120' },
    clock: { type: 'string', default: 'cpu' },
    filter: { type: 'string', default: '' },
    json: { type: 'boolean', default: false },
    strict: { type: 'boolean', default: false },
    bench: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  if (Number.isInteger(value) && value >= least) return value;
  process.stderr.write(`--${name} must be a whole number from ${least}, not ${text}\n${USAGE}\n`);
  process.exit(64);
}

const rounds = wholeNumber('rounds', values.rounds, 3);
const roundMs = wholeNumber('round-ms', values['round-ms'], 1);

/** Milliseconds of CPU that this process has spent, its collector's and compiler's threads included. */
function cpuMs(): number {
  const { user, system } = process.cpuUsage();
  return (user + system) / 1000;
}

const clocks: Readonly<Record<string, () => number>> = { cpu: cpuMs, wall: () => performance.now() };
const clock = Object.hasOwn(clocks, values.clock) ? clocks[values.clock] : undefined;
if (clock === undefined) {
  process.stderr.write(`--clock is cpu or wall, not ${values.clock}\n${USAGE}\n`);
  process.exit(64);
}
const now = clock;

/** In a process of its own: measures one bench and prints its figures as JSON. */
function measureHere(name: string): void {
  const bench = benches.find((candidate) => candidate.name === name);
  if (bench === undefined) throw new Error(`no bench ${name}`);
  const rows = measure(bench, { rounds, roundMs, warmUpMs: 4 * roundMs, now });
  process.stdout.write(JSON.stringify(rows.map(result)));
}

function measureApart(name: string): Result[] {
  const self = fileURLToPath(import.meta.url);
  const args = [...process.execArgv, self, '--bench', name];
  const settings = ['--rounds', `${rounds}`, '--round-ms', `${roundMs}`, '--clock', values.clock];
  const child = spawnSync(process.execPath, [...args, ...settings], {
    encoding: 'utf8',
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  if (child.status !== 0) throw new Error(`bench "${name}" ended with ${child.status ?? child.signal}`);
  return JSON.parse(child.stdout) as Result[];
}

function report(): void {
  const chosen = benches.filter((bench) => bench.name.includes(values.filter));
  if (chosen.length === 0) {
    process.stderr.write(
      `no bench contains "${values.filter}"; there are:\n${benches.map(({ name }) => `  ${name}\n`).join('')}`,
    );
    process.exit(64);
  }
  const results: Result[] = [];
  for (const bench of chosen) {
    if (!values.json) process.stderr.write(`${bench.name} …\n`);
    check(bench);
    results.push(...measureApart(bench.name));
  }
  if (values.json)
    process.stdout.write(
      `${JSON.stringify({ machine: machine(), rounds, roundMs, clock: values.clock, results }, null, 2)}\n`,
    );
  else
    process.stdout.write(
      `${machine()}\n${rounds} rounds of ${roundMs} ms, ${values.clock} time\n\n${codecTable(results)}\n`,
    );
  if (values.strict && results.some((line) => !line.reached)) process.exitCode = 1;
}

if (values.help) process.stdout.write(`${USAGE}\n`);
else if (values.bench !== undefined) measureHere(values.bench);
else report();
