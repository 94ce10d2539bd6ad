/**
 * `npm run bench:store`: how many durable messages a second against plain lmdb, how long a large store takes to load, and
 * whether the file stays within bounds. Ends with 1 when a bound that the store promises is broken.
 */
import { fork } from 'node:child_process';
import { once } from 'node:events';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { fileSystem, syncRate } from '../report/disk.ts';
import { machine } from '../report/machine.ts';
import { figure, ratio, table } from '../report/table.ts';
import { type ChurnReport, churn } from './churn.ts';
import { hasTerminal, type StartReport, startDaemon } from './daemon.ts';
import { type Contents, fill, loadBroker, loadStore, type RestartReport } from './restart.ts';
import { inFolder } from './stores.ts';
import { throughput } from './throughput.ts';

const USAGE = `npm run bench:store -- [options]
  --smoke       a hundredth of everything: does all of it work?
  --rounds N    rounds of each batch, 5 unless said (1 with --smoke)
  --seconds N   seconds of one round, 2 unless said (0.2 with --smoke)
  --only PART   throughput, restart, daemon or churn`;

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    only: { type: 'string', default: '' },
    load: { type: 'string' },
    into: { type: 'string', default: 'store' },
    help: { type: 'boolean', default: false },
  },
});
const rounds = Number(values.rounds ?? (values.smoke ? 1 : 5));
const seconds = Number(values.seconds ?? (values.smoke ? 0.2 : 2));
const share = values.smoke ? 0.01 : 1;

const LARGE: Contents = {
  sessions: 100_000 * share,
  subscriptions: 1_000_000 * share,
  queued: 1_000_000 * share,
  retained: 1_000_000 * share,
};
const WAITING: Contents = {
  sessions: 1000 * share,
  subscriptions: 1000 * share,
  queued: 500_000 * share,
  retained: 0,
};
/** The least ratio to plain lmdb, the longest load (s), the most a file may be of what was live at once. */
const PROMISED = { ratio: 0.7, seconds: 20, file: 3 };

const mib = (bytes: number): string => `${figure(bytes / 2 ** 20)} MiB`;
const broken: string[] = [];

function promise(isKept: boolean, what: string): void {
  if (!isKept) broken.push(what);
}

async function showThroughput(): Promise<void> {
  const [on, syncs] = await inFolder(async (path) => [fileSystem(path), syncRate(path, seconds)] as const);
  const rows: string[][] = [];
  for (const batch of [1, 32, 256, 1024]) {
    const { ours, plain, ratio: of } = await throughput({ batch, rounds, seconds });
    rows.push([`${batch}`, figure(ours.median), figure(plain.median), ratio(of)]);
    promise(of.median >= PROMISED.ratio, `batches of ${batch}: less than ${PROMISED.ratio} of plain lmdb`);
  }
  process.stdout.write(`\nthis disk, ${on}: ${figure(syncs)} appends of 4 KiB with fdatasync a second\n`);
  process.stdout.write(`${table(['messages a commit', 'store/s', 'plain lmdb/s', 'ratio'], rows)}\n`);
}

/** What of it is loaded: the store alone, or a broker with it. */
const LOADS = { store: loadStore, broker: loadBroker } as const;
type Load = keyof typeof LOADS;

/** In a process of its own, whose memory is nobody else's. */
async function loadApart(which: Load, path: string): Promise<RestartReport> {
  const child = fork(fileURLToPath(import.meta.url), ['--load', path, '--into', which]);
  const [report] = await once(child, 'message');
  return report as RestartReport;
}

async function showRestart(path: string): Promise<void> {
  await fill(path, LARGE);
  for (const which of ['store', 'broker'] as const) {
    const report = await loadApart(which, path);
    showLoad(which, LARGE, report);
    const { took } = report;
    promise(took < PROMISED.seconds * 1000, `loading the ${which} took longer than ${PROMISED.seconds} s`);
  }
}

/** mqttd itself, from its exec: without a terminal, and with one that shows how far it is. */
async function showDaemon(path: string): Promise<void> {
  await fill(path, LARGE);
  for (const onTerminal of hasTerminal() ? [false, true] : [false])
    showStart(await startDaemon(path, onTerminal));
}

function showStart({ ready, readyz, message, processor, waited, peak, own, shown }: StartReport): void {
  const seconds = (ms: number): string => `${figure(ms / 1000)} s`;
  process.stdout.write(
    `\nmqttd${shown.length > 0 ? ' on a terminal' : ''}: ready ${seconds(ready)} after its exec, of which it waited ${seconds(waited)} ` +
      `for a processor (used: ${seconds(processor)}, all threads); /readyz ${seconds(readyz)}, a client has its first kept message ` +
      `${seconds(message)}; memory at most ${figure(peak)} MiB with what is mapped of the file, its own ${figure(own)} MiB\n`,
  );
  const [first, second, ...rest] = shown;
  if (first !== undefined && second !== undefined)
    process.stdout.write(
      `the terminal showed, over itself:\n  ${[first, second, `(${rest.length - 2} more)`, ...rest.slice(-2)].join('\n  ')}\n`,
    );
  promise(ready - waited < PROMISED.seconds * 1000, `mqttd was not ready within ${PROMISED.seconds} s`);
}

async function showWaiting(path: string): Promise<void> {
  await fill(path, WAITING);
  showLoad('broker', WAITING, await loadApart('broker', path));
}

function showLoad(which: Load, contents: Contents, report: RestartReport): void {
  const { took, processor, longestWait, before, after, mapped, fileBytes, records } = report;
  const what = Object.entries(contents).filter(([, count]) => count > 0);
  process.stdout.write(
    `\n${which}: ${records} records (${what.map(([name, count]) => `${count} ${name}`).join(', ')}), ${mib(fileBytes)}:\n` +
      `loaded in ${figure(took / 1000)} s (${figure(processor / 1000)} s of processor), longest wait of the event loop ${figure(longestWait)} ms, ` +
      `memory ${figure(before)} -> ${figure(after)} MiB, and ${figure(mapped)} MiB of the file that the kernel may drop\n`,
  );
}

async function showChurn(path: string): Promise<void> {
  const all = { messages: 1_000_000 * share, sessions: 1000, waiting: 100_000 * share };
  const report: ChurnReport = await churn(path, all);
  const { liveBefore, liveMost, liveAfter, fileAfterFirst, fileAfter } = report;
  process.stdout.write(
    `\n${all.messages} messages through ${all.sessions} sessions, ${all.waiting} waiting at once: ` +
      `live ${mib(liveBefore)} -> ${mib(liveMost)} -> ${mib(liveAfter)}, ` +
      `file ${mib(fileAfterFirst)} after the first tenth, ${mib(fileAfter)} at the end\n`,
  );
  promise(liveAfter < liveBefore + 2 ** 17, 'what is live did not return');
  promise(fileAfter < liveMost * PROMISED.file, `the file grew beyond ${PROMISED.file} times what was live`);
}

async function main(): Promise<void> {
  process.stdout.write(`${machine()}\n`);
  const isChosen = (part: string): boolean => values.only === '' || values.only === part;
  if (isChosen('throughput')) await showThroughput();
  if (isChosen('restart')) {
    await inFolder(showWaiting);
    await inFolder(showRestart);
  }
  if (isChosen('daemon')) await inFolder(showDaemon);
  if (isChosen('churn')) await inFolder(showChurn);
  for (const what of broken) process.stderr.write(`${what}\n`);
  if (broken.length > 0 && !values.smoke) process.exitCode = 1;
}

if (values.help) process.stdout.write(`${USAGE}\n`);
else if (values.load !== undefined)
  process.send?.(await LOADS[values.into === 'broker' ? 'broker' : 'store'](values.load));
else await main();
