/**
 * `mqtt-conformance URL`: plays the table of cases against the broker at an address and says where it departs from
 * MQTT 3.1.1 and 5.0. Exit code 0: nowhere; 1: a statement failed; 2: a case did not reach its point; 64: wrong use;
 * 69: nobody answers.
 */
import { writeFileSync } from 'node:fs';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Version } from './case.ts';
import { mainOfClient } from './client/main.ts';
import { knownBrokers } from './departures.ts';
import { failureText, summaryText } from './report.ts';
import { jsonText, junitText } from './reports-for-machines.ts';
import { newRunName, playsOf, run } from './run.ts';
import { statementsOf } from './statements.ts';
import { survey, unexpected } from './survey.ts';
import { addressOf } from './transports.ts';

const HELP = `mqtt-conformance URL [options]

Plays scripted exchanges against the broker at URL (mqtt://, mqtts://, ws://, wss://) and counts the normative
statements of MQTT 3.1.1 and 5.0 that it keeps. Names it uses are of this run alone.

  --version 3.1.1|5.0   one version (5 and 4 are understood too); both unless said
  --filter TEXT         statements whose id, or cases whose name, holds this text: MQTT-3.1.2-24, MQTT-3.3, retained
  --user, --password    for a broker that wants them, and for SCRAM-SHA-256
  --ws URL              the same broker over WebSocket, for the statements about that
  --json FILE           everything, for programs; exchanges of what did not pass
  --junit FILE          JUnit's XML, a test a case
  --known BROKER        departures of ${knownBrokers.join(', ')} that are known do not count for the exit code
  --parallel N          cases at a time; 8 unless said
  --patience MS         how long an answer may take; 2000 unless said
  --list                says what would be played
  --client              plays the server against a client: mqtt-conformance --client --help

Exit code 0: no departure. 1: a statement failed. 2: a case did not reach its point. 64: wrong use. 69: nobody answers.
`;
const USAGE = 64;
const UNAVAILABLE = 69;

async function main(): Promise<number> {
  const words = process.argv.slice(2);
  if (words.includes('--client')) return mainOfClient(words.filter((word) => word !== '--client'));
  return mainOfServer();
}

async function mainOfServer(): Promise<number> {
  const { values, positionals } = parseArgs({
    allowPositionals: true,
    options: {
      version: { type: 'string' },
      filter: { type: 'string' },
      user: { type: 'string' },
      ws: { type: 'string' },
      password: { type: 'string' },
      json: { type: 'string' },
      junit: { type: 'string' },
      known: { type: 'string' },
      parallel: { type: 'string', default: '8' },
      patience: { type: 'string', default: '2000' },
      list: { type: 'boolean', default: false },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return say(HELP, 0);
  const versions = versionsNamed(values.version);
  if (values.known !== undefined && !knownBrokers.includes(values.known))
    throw new Error(`--known ${values.known}: known are ${knownBrokers.join(', ')}`);
  const plays = playsOf(versions, values.filter);
  if (plays.length === 0) throw new Error(`--filter ${values.filter}: no statement and no case holds this`);
  if (values.list) {
    const lines = plays.map(
      ({ case: one, version }) =>
        `${version} ${statementsOf(one.statements, version).join(' ')}: ${one.name}`,
    );
    return say(`${lines.join('\n')}\n`, 0);
  }
  const [address, ...more] = positionals;
  if (address === undefined || more.length > 0)
    throw new Error('one URL: mqtt-conformance mqtt://127.0.0.1:1883');
  const url = addressOf(address);
  const credentials = { username: values.user, password: values.password };
  const webSocket = values.ws === undefined ? undefined : addressOf(values.ws);
  const patience = numberOf('patience', values.patience);
  const target = { url, webSocket, credentials, patience, run: newRunName() };
  const parallel = numberOf('parallel', values.parallel);
  const outcomes = await run({
    target,
    versions,
    filter: values.filter,
    parallel,
    onOutcome: progress,
  }).catch((error: unknown) =>
    say(`${error instanceof Error ? error.message : String(error)}\n`, UNAVAILABLE),
  );
  if (typeof outcomes === 'number') return outcomes;
  const rows = survey(outcomes, versions);
  for (const one of outcomes)
    if (one.verdict === 'failed' || one.verdict === 'not reached')
      say(`\n${failureText(one, values.known)}\n`, 0);
  if (values.json !== undefined) writeFileSync(values.json, jsonText(address, rows, outcomes, values.known));
  if (values.junit !== undefined) writeFileSync(values.junit, junitText(outcomes));
  say(`\n${address}, statements that bind a server\n${summaryText(rows)}\n`, 0);
  const bad = unexpected(outcomes, values.known);
  return bad.some(({ verdict }) => verdict === 'failed') ? 1 : bad.length > 0 ? 2 : 0;
}

/** One line that grows on a terminal; nothing where the output is a file. */
function progress(_: unknown, done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} cases${done === all ? '\n' : ''}`);
}

function versionsNamed(text: string | undefined): Version[] {
  if (text === undefined) return ['3.1.1', '5.0'];
  if (['3.1.1', '311', '4'].includes(text)) return ['3.1.1'];
  if (['5.0', '5'].includes(text)) return ['5.0'];
  throw new Error(`--version ${text}: 3.1.1 or 5.0`);
}

function numberOf(name: string, text: string): number {
  const number = Number(text);
  if (!Number.isInteger(number) || number < 1) throw new Error(`--${name} ${text}: a number from 1 on`);
  return number;
}

function say(text: string, code: number): number {
  process.stdout.write(text);
  return code;
}

process.exitCode = await main().catch((error: unknown) => {
  process.stderr.write(
    `${error instanceof Error ? error.message : String(error)}\nmqtt-conformance --help\n`,
  );
  return USAGE;
});
