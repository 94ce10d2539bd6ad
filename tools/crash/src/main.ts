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
import { FOUND_BY } from './broker/found-by.ts';
import { type Durability, mosquitto, mqttd, type Program, planted } from './broker/program.ts';
import { killed, type Outcome } from './chapter.ts';
import { Random } from './clients/random.ts';
import { audit } from './layers/audit.ts';
import { killedInCommit } from './layers/commit-kill.ts';
import { FAULTS } from './layers/faults.ts';
import { migrations } from './layers/migration.ts';
import { powerCut } from './layers/power-cut.ts';
import { isHere, withoutDisks } from './layers/system.ts';
import { type Play, play, type Sum } from './play.ts';

/** A planted fault is found sooner with less patience. */
const PLANTED = { mostMs: 2500, patience: 2000 };
const HISTORIES = fileURLToPath(new URL('../.reports/', import.meta.url));
const NO_STRACE = 'strace is not here: apt-get install strace';
const HELP = `npm run crash -- [--seconds 60] [--seed N] [--deaths 8]

  --seconds N       how long chapters are begun
  --seed N          the first chapter's seed; the next chapter's is one more
  --deaths N        how often the broker dies in a chapter
  --life MS         how long it lives at most between two deaths (900)
  --broker NAME     mqttd (default), mosquitto; mosquitto-1s and mosquitto-1c save each second, after each change
  --durability D    commit (default) or system, for mqttd
  --commit          kills it in the middle of its writes and syncs: Linux and strace
  --power           cuts the power in place of kill -9: Linux, root and loop devices
  --audit           does each acknowledgement follow a sync? Linux and strace
  --migrate         kills it while it migrates a file of format 1
  --faults          a full disk, syncs that fail or are slow, a standstill, a clock that jumps
  --nightly         all of these, with the controls that must fail and every planted fault
  --plant MUTANT    a broker with this fault in its store; see src/broker/found-by.ts
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
    commit: { type: 'boolean', default: false },
    power: { type: 'boolean', default: false },
    audit: { type: 'boolean', default: false },
    faults: { type: 'boolean', default: false },
    migrate: { type: 'boolean', default: false },
    nightly: { type: 'boolean', default: false },
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
const seed = values.seed === undefined ? randomInt(2 ** 31) : numberOf('seed', values.seed);
const deaths = numberOf('deaths', values.deaths);
const life = numberOf('life', values.life);
for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, () => process.exit(1));
process.exitCode = (await (values.nightly ? nightly() : once())) ? 0 : 1;

/** What was asked for; true: nothing was found. */
function once(): Promise<boolean> | boolean {
  const program = programOf();
  if (values.audit) return audited(program);
  if (values.faults) return faults(program);
  if (values.migrate) return migrated(program);
  if (values.power) return cut(program);
  if (values.commit) return killedAtWrites(program);
  return kills(program, values.plant === undefined ? {} : PLANTED);
}

/** Every layer; what this machine cannot play is said and counts as not in order. */
async function nightly(): Promise<boolean> {
  const full = mqttd('commit');
  const relaxed = mqttd('system');
  const outcomes: [string, boolean][] = [];
  const layer = async (name: string, run: Promise<boolean> | boolean): Promise<void> => {
    outcomes.push([name, await run]);
  };
  await layer('kill -9', kills(full));
  await layer('death in a commit', killedAtWrites(full));
  await layer('power cuts', cut(full));
  // A file that is damaged for good ends the chapter with an error: that is a loss, too.
  const survives = withoutDisks() !== undefined || (await Promise.resolve(cut(relaxed)).catch(damaged));
  await layer('power cuts, the control that must fail', !survives);
  await layer('the audit', audited(full));
  await layer('the audit, the control that must fail', isHere('strace') && !(await audited(relaxed)));
  await layer('faults', faults(full));
  await layer('death in a migration', migrated(full));
  for (const [mutant, rule] of FOUND_BY) {
    say(`planted: ${mutant}`);
    const isEnough = (broken: ReadonlyMap<string, number>): boolean => broken.has(rule);
    const quietly = { keepsGoing: true, isEnough, onFinding: () => undefined };
    const { broken } = await chapters({ ...PLANTED, ...quietly, program: planted(mutant), seconds: 60 });
    await layer(`${mutant}: ${rule}`, broken.has(rule));
  }
  for (const [name, isInOrder] of outcomes) say(`${isInOrder ? 'in order' : 'NOT IN ORDER'}: ${name}`);
  return outcomes.every(([, isInOrder]) => isInOrder);
}

async function audited(program: Program): Promise<boolean> {
  if (!isHere('strace')) return impossible(NO_STRACE);
  const { syncs, acknowledgements, unsynced } = await audit(program);
  say(`${program.name} (${program.setup}): ${syncs} syncs, ${acknowledgements} acknowledgements`);
  for (const one of unsynced.slice(0, 5)) say(`FOUND without a sync: ${one}`);
  say(`${unsynced.length} acknowledgements without a sync`);
  return unsynced.length === 0 && acknowledgements > 0;
}

function damaged(error: unknown): boolean {
  say(`FOUND ${error instanceof Error ? error.message : String(error)}`);
  return false;
}

async function migrated(program: Program): Promise<boolean> {
  const inCalls = isHere('strace');
  if (!inCalls) say(`killed by the clock only: ${NO_STRACE}`);
  const contents = { sessions: 200, sent: 250 };
  const {
    files,
    deaths: died,
    older,
    migrated: newer,
    undisturbed,
    findings,
  } = await migrations({
    ...{ program, seed, seconds, contents, inCalls },
    rounds: 1,
  });
  say(
    `${files} files of format 1 with ${contents.sessions * contents.sent} messages in flight, from seed ${seed}; a start takes ${Math.round(undisturbed)} ms`,
  );
  say(`${died} deaths: ${older} left format 1, ${newer} today's`);
  for (const what of findings.slice(0, 5)) say(`FOUND ${what}`);
  say(findings.length === 0 ? 'nothing found' : `${findings.length} findings`);
  return findings.length === 0;
}

/** Every fault that this machine can play, and which it cannot. */
async function faults(program: Program): Promise<boolean> {
  let wrong = 0;
  for (const { name, missing, play: playFault } of FAULTS) {
    const why = missing();
    const found = why === undefined ? await playFault(program) : undefined;
    say(`${name}: ${why === undefined ? (found ?? 'in order') : `NOT RUN: ${why}`}`);
    if (found !== undefined) wrong++;
  }
  return wrong === 0;
}

function cut(program: Program): Promise<boolean> | boolean {
  const why = withoutDisks();
  return why === undefined
    ? kills(program, { death: powerCut })
    : impossible(`no power can be cut here: ${why}`);
}

function killedAtWrites(program: Program): Promise<boolean> | boolean {
  if (!isHere('strace')) return impossible(NO_STRACE);
  return kills(program, { before: (one) => killedInCommit(new Random(one), deaths) });
}

async function kills(program: Program, more: Partial<Play> = {}): Promise<boolean> {
  say(`${program.name} (${program.setup}), ${seconds} s from seed ${seed}`);
  const sum = await chapters({ program, seconds, ...more });
  const { lost, broken } = sum;
  say(
    `${sum.chapters} chapters, ${sum.deaths} deaths, ${sum.acknowledged} acknowledged, ${sum.delivered} delivered, slowest restart ${sum.slowest} ms`,
  );
  say(
    `${lost.sessions} of ${lost.resumed + lost.sessions} sessions that were to go on were gone, ${lost.deliveries} acknowledged deliveries lost`,
  );
  for (const [rule, count] of broken) say(`BROKEN ${rule}: ${count}`);
  if (broken.size === 0) say('nothing found');
  return broken.size === 0;
}

function chapters(more: Pick<Play, 'program' | 'seconds'> & Partial<Play>): Promise<Sum> {
  const keepsGoing = values['keep-going'];
  return play({ seed, deaths, life, death: killed, keepsGoing, onFinding: report, ...more });
}

function impossible(why: string): boolean {
  say(`NOT RUN: ${why}`);
  return false;
}

function report({ findings, recorder, tail, seed: one }: Outcome): void {
  mkdirSync(HISTORIES, { recursive: true });
  const file = `${HISTORIES}history-${one}.jsonl`;
  recorder.save(file);
  for (const { rule, at, what } of findings.slice(0, 5)) say(`FOUND ${rule}, event ${at}: ${what}`);
  if (findings.length > 5) say(`and ${findings.length - 5} more`);
  if (tail !== '') say(`the broker said: ${tail}`);
  say(`seed ${one}; the history: ${file}`);
}

function programOf(): Program {
  const durability: Durability = values.durability === 'system' ? 'system' : 'commit';
  if (values.plant !== undefined) return planted(values.plant, durability);
  if (values.broker === 'mqttd') return mqttd(durability);
  if (values.broker === 'mosquitto') return mosquitto(1800);
  if (values.broker === 'mosquitto-1s') return mosquitto(1);
  if (values.broker === 'mosquitto-1c') return mosquitto(1, true);
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
