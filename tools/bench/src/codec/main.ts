/**
 * `npm run bench:codec`: @mqtt/codec, as built, against mqtt-packet in the same run.
 * Every contestant has a process of its own and works only in its turn. Ratios come from neighbours in one round.
 */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { machine } from '../report/machine.ts';
import { agree } from './agree.ts';
import { streamOf } from './peer.ts';
import { codecTable, type Result, result } from './report.ts';
import { benches, measure } from './rows.ts';

const USAGE = `npm run bench:codec -- [options]
  --rounds N       rounds, 9 unless said (at least 3)
  --round-ms N     milliseconds each way works in a round, 120 unless said
  --clock NAME     cpu (unless said): CPU time of the process with all its threads, so that neighbours on the
                   machine matter little and garbage collection counts in full; wall: time that passes
  --filter TEXT    only benches whose name contains TEXT, e.g. decode, encode:, "5.0", mixed
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
    help: { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(64);
}

function wholeNumber(name: string, text: string, least: number): number {
  const value = Number(text);
  return Number.isInteger(value) && value >= least
    ? value
    : refuse(`--${name} must be a whole number from ${least}, not ${text}`);
}

async function bench(): Promise<void> {
  const { clock, filter } = values;
  const rounds = wholeNumber('rounds', values.rounds, 3);
  const roundMs = wholeNumber('round-ms', values['round-ms'], 1);
  if (clock !== 'cpu' && clock !== 'wall') refuse(`--clock is cpu or wall, not ${clock}`);
  const chosen = benches.filter(({ name }) => name.includes(filter));
  if (chosen.length === 0)
    refuse(`no bench contains "${filter}": ${benches.map(({ name }) => name).join('; ')}`);
  const head = `${machine()}\n${rounds} rounds of ${roundMs} ms, ${clock} time`;
  const results: Result[] = [];
  const folder = mkdtempSync(join(tmpdir(), 'mqtt-bench-'));
  const stream = join(folder, 'stream');
  try {
    for (const one of chosen) {
      process.stderr.write(`${one.name} …\n`);
      const bytes = streamOf(one.load);
      agree(one.load, bytes);
      writeFileSync(stream, bytes);
      const rows = await measure(one, stream, { rounds, roundMs, warmUpMs: 4 * roundMs }, clock);
      results.push(...rows.map(result));
    }
  } finally {
    rmSync(folder, { recursive: true });
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ head, results }, null, 2)}\n`);
  else process.stdout.write(`${head}\n\n${codecTable(results)}\n`);
  if (values.strict && results.some(({ reached }) => reached === false)) process.exitCode = 1;
}

if (values.help) process.stdout.write(`${USAGE}\n`);
else await bench();
