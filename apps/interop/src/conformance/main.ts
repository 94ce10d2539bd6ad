/**
 * `mqtt-conformance URL`: plays the table of cases against the broker at an address and says where it departs from
 * MQTT 3.1.1 and 5.0. Exit code 0: nowhere; 1: a statement failed; 2: a case did not reach its point; 64: wrong use;
 * 69: nobody answers.
 */
import process from 'node:process';
import { parseArgs } from 'node:util';
import { mainOfClient } from './client/main.ts';
import { makeFiles, numberOf, say, tell, versionsNamed } from './command-line.ts';
import { knownBrokers } from './departures.ts';
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

/** Runs it with the words of a command line; gives the exit code. Wrong use is said on stderr. */
export async function main(words: readonly string[]): Promise<number> {
  try {
    return words.includes('--client')
      ? await mainOfClient(words.filter((word) => word !== '--client'))
      : await mainOfServer(words);
  } catch (error) {
    const text = error instanceof Error ? error.message : String(error);
    process.stderr.write(`${text}\nmqtt-conformance --help\n`);
    return USAGE;
  }
}

async function mainOfServer(words: readonly string[]): Promise<number> {
  const { values, positionals } = parseArgs({
    args: [...words],
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
      help: { type: 'boolean', short: 'h', default: false },
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
  makeFiles(values.json, values.junit);
  const outcomes = await run({
    target,
    versions,
    filter: values.filter,
    parallel,
    onOutcome: progress,
  }).catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return UNAVAILABLE;
  });
  if (typeof outcomes === 'number') return outcomes;
  const rows = survey(outcomes, versions);
  const { known, json, junit } = values;
  const bad = unexpected(outcomes, known);
  return tell({ name: address, binds: 'server', outcomes, rows, bad, known, json, junit });
}

/** One line that grows on a terminal; nothing where the output is a file. */
function progress(_: unknown, done: number, all: number): void {
  if (process.stderr.isTTY) process.stderr.write(`\r${done} of ${all} cases${done === all ? '\n' : ''}`);
}
