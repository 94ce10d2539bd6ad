/**
 * `npm run crash -- --seconds 300 --seed N`: a broker dies again and again under load, and a checker judges what its
 * clients saw. Prints what was done, and for a finding the seed and the file of its history. Exit code 1: something was
 * found.
 */
import { randomInt } from 'node:crypto';
import { mkdirSync } from 'node:fs';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { type Durability, mosquitto, mqttd, type Program, planted } from './broker/program.ts';
import { chapter, type Death, killed, type Outcome } from './chapter.ts';
import { audit } from './layers/audit.ts';
import { clockJumps, failedSync, fullDisk, slowSync, standstill } from './layers/faults.ts';
import { powerCut } from './layers/power-cut.ts';
import { clockLibrary, isHere, withoutDisks } from './layers/system.ts';
import { tollOf } from './rules/toll.ts';
import { senderDeaths } from './sender/deaths.ts';

/** ms that a restart may take, on a machine with other work. */
const MOST_MS = 10_000;
/** ms within which everything that is owed must have come. */
const PATIENCE = 15_000;
const HISTORIES = fileURLToPath(new URL('../.reports/', import.meta.url));
const HELP = `npm run crash -- [--seconds 60] [--seed N] [--deaths 8]

  --seconds N       how long chapters are begun
  --seed N          the first chapter's seed; the next chapter's is one more
  --deaths N        how often the broker dies in a chapter
  --life MS         how long it lives at most between two deaths (900)
  --broker NAME     mqttd (default), mosquitto, mosquitto-1s (autosave_interval 1)
  --durability D    commit (default) or system, for mqttd
  --power           cuts the power in place of kill -9: Linux, root and loop devices
  --audit           does each acknowledgement follow a sync? Linux and strace
  --faults          a full disk, syncs that fail or are slow, a standstill, a clock that jumps
  --sender          kills a publishing client with a store in a file, in place of the broker
  --plant MUTANT    a broker with this fault in its store; see src/broker/mutants.mjs
  --keep-going      count findings instead of ending with the first
`;

const { values } = parseArgs({
  options: {
    seconds: { type: 'string', default: '60' },
    seed: { type: 'string' },
    deaths: { type: 'string', default: '8' },
    life: { type: 'string', default: '900' },
    broker: { type: 'string', default: 'mqttd' },
    durability: { type: 'string', default: 'commit' },
    power: { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    sender: { type: 'boolean', default: false },
    plant: { type: 'string' },
    'keep-going': { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(HELP);
  process.exit(0);
}

const seconds = numberOf('seconds', values.seconds);
const first = values.seed === undefined ? randomInt(2 ** 31) : numberOf('seed', values.seed);
const deaths = numberOf('deaths', values.deaths);
const life = numberOf('life', values.life);
const program = programOf();
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = values.audit
  ? await audited()
  : values.faults
    ? await faults()
    : values.sender
      ? await senders()
      : await run();

async function senders(): Promise<number> {
  const until = performance.now() + seconds * 1000;
  const sum = { deaths: 0, kept: 0, arrived: 0 };
  for (let seed = first; seed === first || performance.now() < until; seed++) {
    const { findings, kept, arrived } = await senderDeaths({ program, seed, deaths });
    sum.deaths += deaths;
    sum.kept += kept;
    sum.arrived += arrived;
    for (const finding of findings.slice(0, 5)) say(`FOUND with seed ${seed}: ${finding}`);
    if (findings.length > 0) return 1;
  }
  say(`${sum.deaths} deaths of a sender, ${sum.kept} messages kept, ${sum.arrived} arrived; nothing found`);
  return 0;
}

async function audited(): Promise<number> {
  if (!isHere('strace')) return impossible('strace is not here: apt-get install strace');
  const { syncs, acknowledgements, unsynced } = await audit(program);
  say(`${program.name} (${program.setup}): ${syncs} syncs, ${acknowledgements} acknowledgements`);
  for (const one of unsynced.slice(0, 5)) say(`FOUND without a sync: ${one}`);
  say(`${unsynced.length} acknowledgements without a sync`);
  return unsynced.length === 0 && acknowledgements > 0 ? 0 : 1;
}

/** Every fault that this machine can play, and which it cannot. */
async function faults(): Promise<number> {
  const strace = isHere('strace') ? undefined : 'strace is not here';
  const library = clockLibrary();
  const clock = library === undefined ? 'libfaketime is not here: apt-get install faketime' : undefined;
  const all: readonly (readonly [string, string | undefined, () => Promise<string | undefined>])[] = [
    ['a sync that fails', strace, () => failedSync(program)],
    ['slow syncs', strace, () => slowSync(program)],
    ['a full disk', withoutDisks(), () => fullDisk(program)],
    ['a standstill beyond keep-alive', undefined, () => standstill(program)],
    ['a clock that jumps', clock, () => clockJumps(program, library ?? '')],
  ];
  let wrong = 0;
  for (const [name, why, play] of all) {
    const found = why === undefined ? await play() : undefined;
    say(`${name}: ${why === undefined ? (found ?? 'in order') : `NOT RUN: ${why}`}`);
    if (found !== undefined) wrong++;
  }
  return wrong === 0 ? 0 : 1;
}

function impossible(why: string): number {
  say(`NOT RUN: ${why}`);
  return 1;
}

async function run(): Promise<number> {
  const why = values.power ? withoutDisks() : undefined;
  if (why !== undefined) return impossible(`no power can be cut here: ${why}`);
  const until = performance.now() + seconds * 1000;
  const sum = { chapters: 0, deaths: 0, acknowledged: 0, delivered: 0, slowest: 0 };
  const lost = { sessions: 0, deliveries: 0, resumed: 0 };
  const broken = new Map<string, number>();
  say(`${program.name} (${program.setup}), ${seconds} s from seed ${first}`);
  for (let seed = first; seed === first || performance.now() < until; seed++) {
    const death: Death = values.power ? powerCut() : killed();
    const outcome = await chapter({
      program,
      seed,
      deaths,
      death,
      mostMs: MOST_MS,
      patience: PATIENCE,
      life,
    });
    sum.chapters++;
    sum.deaths += outcome.deaths;
    sum.acknowledged += outcome.acknowledged;
    sum.delivered += outcome.delivered;
    sum.slowest = Math.max(sum.slowest, outcome.slowest);
    const toll = tollOf(outcome.recorder.events);
    lost.sessions += toll.sessions;
    lost.deliveries += toll.deliveries;
    lost.resumed += toll.resumed;
    for (const { rule } of outcome.findings) broken.set(rule, (broken.get(rule) ?? 0) + 1);
    if (outcome.findings.length === 0) continue;
    report(outcome, seed);
    if (!values['keep-going']) break;
  }
  say(
    `${sum.chapters} chapters, ${sum.deaths} deaths, ${sum.acknowledged} acknowledged, ${sum.delivered} delivered, slowest restart ${sum.slowest} ms`,
  );
  say(
    `${lost.sessions} of ${lost.resumed + lost.sessions} sessions that were to go on were gone, ${lost.deliveries} acknowledged deliveries lost`,
  );
  for (const [rule, count] of broken) say(`BROKEN ${rule}: ${count}`);
  if (broken.size === 0) say('nothing found');
  return broken.size === 0 ? 0 : 1;
}

function report({ findings, recorder, tail }: Outcome, seed: number): void {
  mkdirSync(HISTORIES, { recursive: true });
  const file = `${HISTORIES}history-${seed}.jsonl`;
  recorder.save(file);
  for (const { rule, at, what } of findings.slice(0, 5)) say(`FOUND ${rule}, event ${at}: ${what}`);
  if (findings.length > 5) say(`and ${findings.length - 5} more`);
  if (tail !== '') say(`the broker said: ${tail}`);
  say(`seed ${seed}; the history: ${file}`);
}

function programOf(): Program {
  const durability: Durability = values.durability === 'system' ? 'system' : 'commit';
  if (values.plant !== undefined) return planted(values.plant, durability);
  if (values.broker === 'mqttd') return mqttd(durability);
  if (values.broker === 'mosquitto') return mosquitto(1800);
  if (values.broker === 'mosquitto-1s') return mosquitto(1);
  process.stderr.write(`crash: there is no broker ${values.broker}\n${HELP}`);
  process.exit(64);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (Number.isInteger(number) && number >= 0) return number;
  process.stderr.write(`crash: --${name} is a whole number, not ${text}\n`);
  process.exit(64);
}

function say(text: string): void {
  process.stdout.write(`crash: ${text}\n`);
}
