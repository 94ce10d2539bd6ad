/**
 * `npm run interop`: every client against every broker, in every way both have; the matrix on the terminal, and reports.
 * Exit code 0: nothing departs that is not known. 1: something does. 64: wrong use.
 */
import { availableParallelism, loadavg } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { parseArgs } from 'node:util';
import { brokers } from '../brokers.ts';
import { clients, TRANSPORTS, VERSIONS } from '../clients.ts';
import { faultNamed, faults } from '../faulty-broker/all.ts';
import { faultyBroker } from '../faulty-broker/faulty-broker.ts';
import type { Broker } from '../peers/peer.ts';
import { killPrograms } from '../peers/program.ts';
import { scenarios } from '../scenarios/all.ts';
import { isBad, type Outcome } from './outcome.ts';
import { type Choice, type Plan, planOf, title } from './plan.ts';
import { isGood } from './report.ts';
import { writeReports } from './reports.ts';
import { run } from './run.ts';
import { tableOf } from './table.ts';
import { failureText, knownText, matrixText, notPlayedText, sumText } from './terminal.ts';

const HELP = `npm run interop -- [options]

Plays every scenario by every client against every broker, in every version and over every transport that both have.
Starts and stops the brokers itself, on free loopback ports.

  --client TEXT         clients whose name holds this text: ${[...new Set(clients.map(({ name }) => name))].join(', ')}
  --broker TEXT         brokers: ${brokers.map(({ name }) => name).join('; ')}
  --scenario TEXT       scenarios whose name holds this text, or that show this statement: will, MQTT-3.1.2-24
  --version V           ${VERSIONS.join(', ')}
  --transport T         ${TRANSPORTS.join(', ')}
  --all                 every scenario over every transport; else those over all that a transport can change
  --parallel N          plays at a time; 12 unless said. One whose programs are dear to start (mqtt) counts as three
  --patience MS         how long a message may take; 15000 unless said
  --broker faulty       the test broker of this harness: mqttd, with --fault NAME broken on purpose; --fault list
  --verbose             known departures with what passed, too
  --list                says what would be played, and what not, and why
  --json F, --junit F, --html F   where the reports go; .reports/interop.json, .xml and .html unless said

Exit code 0: nothing failed that is not known. 1: something did. 64: wrong use.
`;
const USAGE = 64;
const REPORTS = fileURLToPath(new URL('../../../../.reports', import.meta.url));

function optionsOf(words: readonly string[]) {
  const text = { type: 'string' } as const;
  const flag = { type: 'boolean', default: false } as const;
  return parseArgs({
    args: [...words],
    options: {
      client: text,
      broker: text,
      scenario: text,
      version: text,
      transport: text,
      all: flag,
      fault: text,
      parallel: { type: 'string', default: '12' },
      patience: { type: 'string', default: '15000' },
      verbose: flag,
      list: flag,
      json: { type: 'string', default: join(REPORTS, 'interop.json') },
      junit: { type: 'string', default: join(REPORTS, 'interop.xml') },
      html: { type: 'string', default: join(REPORTS, 'interop.html') },
      help: { ...flag, short: 'h' },
    },
  }).values;
}

type Options = ReturnType<typeof optionsOf>;

function choiceOf({ client, broker, scenario, version, transport, all }: Options): Choice {
  return {
    client,
    broker,
    scenario,
    version: oneOf('version', version, VERSIONS),
    transport: oneOf('transport', transport, TRANSPORTS),
    isAll: all,
  };
}

/** The test broker is there for who asks for it, and for nobody else. */
function brokersOf({ broker, fault }: Options): readonly Broker[] {
  if (broker !== 'faulty' && fault !== undefined) throw new Error('--fault is for --broker faulty');
  if (broker !== 'faulty') return brokers;
  return [faultyBroker(fault === undefined ? undefined : faultNamed(fault))];
}

function oneOf<T extends string>(name: string, text: string | undefined, all: readonly T[]): T | undefined {
  if (text === undefined) return undefined;
  const found = all.find((one) => one === text || one === `${text}.0`);
  if (found === undefined) throw new Error(`--${name} ${text}: one of ${all.join(', ')}`);
  return found;
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} ${text}: a number from 1 on`);
  return number;
}

function say(text: string): void {
  if (text !== '') process.stdout.write(`${text}\n`);
}

/** Plays between two lines of progress where the output is a file. */
const LINE_EVERY = 250;

function firstLine(text: string): string {
  return text.split('\n', 1)[0] ?? '';
}

/** One line that changes on a terminal; a line now and then, and for each failure, where the output is a file. */
function progressOf(all: number): (outcome: Outcome) => void {
  const began = performance.now();
  let done = 0;
  let bad = 0;
  return (outcome) => {
    done += 1;
    if (isBad(outcome)) bad += 1;
    const { broker, reader } = outcome.play;
    const sum = `${done} of ${all}, ${bad} failed`;
    if (!process.stderr.isTTY) {
      if (isBad(outcome))
        process.stderr.write(
          `failed: ${broker.name} | ${title(outcome.play)}: ${firstLine(outcome.reason)}\n`,
        );
      const seconds = Math.round((performance.now() - began) / 1000);
      if (done % LINE_EVERY === 0) process.stderr.write(`${sum}, ${seconds} s\n`);
      return;
    }
    const text = `${sum} | ${reader.name} ${reader.way.version} ${reader.way.transport} | ${broker.name}`;
    process.stderr.write(`\r\u001b[K${text.slice(0, (process.stderr.columns ?? 80) - 1)}`);
    if (done === all) process.stderr.write('\r\u001b[K');
  };
}

/** On what it ran: times, and what hangs on them, mean little without. */
function machineText(): string {
  return `${availableParallelism()} processors, load average ${loadavg()[0]?.toFixed(1)} at the end`;
}

function list({ plays, notPlayed }: Plan): void {
  for (const play of plays) say(`${play.broker.name} | ${title(play)}`);
  for (const one of notPlayed) say(`not played: ${one.broker.name} | ${title(one)}: ${one.why}`);
  say(`${plays.length} to play, ${notPlayed.length} not`);
}

async function main(): Promise<number> {
  const options = optionsOf(process.argv.slice(2));
  if (options.help) {
    say(HELP.trimEnd());
    return 0;
  }
  if (options.fault === 'list') {
    for (const { name, what } of faults) say(`${name.padEnd(24)} ${what}`);
    return 0;
  }
  const plan = planOf({ clients, brokers: brokersOf(options), scenarios }, choiceOf(options));
  if (plan.plays.length + plan.notPlayed.length === 0)
    throw new Error('nothing is called so; --list says what there is');
  if (options.list) {
    list(plan);
    return 0;
  }
  const report = await run({
    plan,
    parallel: numberOf('parallel', options.parallel),
    patience: numberOf('patience', options.patience),
    onOutcome: progressOf(plan.plays.length),
  });
  const { json, junit, html } = options;
  writeReports(report, { json, junit, html });
  const { outcomes } = report;
  const table = tableOf(report);
  for (const one of outcomes)
    if (isBad(one) || (options.verbose && one.verdict === 'known')) say(`${failureText(one)}\n`);
  say(`${matrixText(table)}\n`);
  say(knownText(outcomes));
  say(notPlayedText(table));
  say(`${sumText(report)}; ${machineText()}`);
  for (const trouble of report.troubles) say(trouble);
  return isGood(report) ? 0 : 1;
}

for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.once(signal, () => {
    killPrograms();
    process.exit(1);
  });
}
try {
  process.exitCode = await main();
} catch (error) {
  const text = error instanceof Error ? error.message : String(error);
  process.stderr.write(`${text}\nnpm run interop -- --help\n`);
  process.exitCode = USAGE;
} finally {
  killPrograms();
}
