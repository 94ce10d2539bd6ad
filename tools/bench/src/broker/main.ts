/**
 * `npm run bench:broker`: mqttd against Mosquitto and aedes, in interleaved rounds of one run.
 * Ends with 1 when mqttd lost, changed or repeated a message or ended a connection.
 */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import process from 'node:process';
import { parseArgs } from 'node:util';
import { fileSystem, syncRate } from '../report/disk.ts';
import { machine } from '../report/machine.ts';
import { figure } from '../report/table.ts';
import { type Broker, brokers } from './brokers.ts';
import { Crew } from './crew.ts';
import { loads, match, small } from './loads.ts';
import { type MatchReport, matchText, playMatch } from './match.ts';
import { play } from './play.ts';
import { isFaultless, type LoadReport, loadText, reportOf } from './report.ts';

const USAGE = `npm run bench:broker -- [options]
  --smoke          one short round of each kind of load against Mosquitto, in well under a minute: does all of it work?
  --filter TEXT    only loads whose name contains TEXT, e.g. "QoS 1", paced, idle
  --rounds N       rounds, 5 unless said (1 with --smoke); loads that fill a broker anew play 3 at most
  --seconds N      seconds of one round, 2 unless said (0.2 with --smoke)
  --peers NAMES    of mosquitto,aedes,relay; the first two unless said (mosquitto with --smoke);
                   relay is no broker, but the floor for Node: for --filter paced
  --mqttd FILE     another build of mqttd, in place of apps/broker/dist/mqttd.js
  --json           the figures as JSON`;

const { values } = parseArgs({
  options: {
    smoke: { type: 'boolean', default: false },
    filter: { type: 'string', default: '' },
    rounds: { type: 'string' },
    seconds: { type: 'string' },
    peers: { type: 'string' },
    mqttd: { type: 'string' },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

function refuse(why: string): never {
  process.stderr.write(`${why}\n${USAGE}\n`);
  process.exit(64);
}

function atLeast(name: string, text: string, least: number): number {
  const value = Number(text);
  return value >= least ? value : refuse(`--${name} must be at least ${least}, not ${text}`);
}

function chosenBrokers(): Broker[] {
  const peers = (values.peers ?? (values.smoke ? 'mosquitto' : 'mosquitto,aedes')).split(',');
  const ours = values.mqttd === undefined ? undefined : resolve(values.mqttd);
  return ['mqttd', ...peers].map((name) => {
    const make = Object.hasOwn(brokers, name) ? brokers[name] : undefined;
    return make === undefined
      ? refuse(`--peers knows ${Object.keys(brokers).join(', ')}, not ${name}`)
      : make(name === 'mqttd' ? ours : undefined);
  });
}

function smallMatch(): typeof match {
  return values.smoke ? { ...match, clients: match.smoke ?? match.clients } : match;
}

/** The disk that kept sessions are on. */
async function diskText(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'mqtt-bench-'));
  try {
    const syncs = figure(syncRate(folder, 1));
    return `kept sessions on ${fileSystem(folder)}: ${syncs} appends of 4 KiB with fdatasync a second`;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function bench(): Promise<void> {
  const rounds = Math.round(atLeast('rounds', values.rounds ?? (values.smoke ? '1' : '5'), 1));
  const seconds = atLeast('seconds', values.seconds ?? (values.smoke ? '0.2' : '2'), 0.1);
  const chosen = loads
    .filter(({ name, smoke }) => name.includes(values.filter) && (smoke !== undefined || !values.smoke))
    .map((load) => (values.smoke ? small(load) : load));
  const inProcess = match.name.includes(values.filter) ? [smallMatch()] : [];
  if (chosen.length + inProcess.length === 0)
    refuse(`no load contains "${values.filter}": ${[...loads, match].map(({ name }) => name).join('; ')}`);
  const all = chosenBrokers();
  const hasKept = chosen.some((load) => load.kind === 'traffic' && load.sessions !== undefined);
  const on = hasKept ? [await diskText()] : [];
  const head = [
    machine(),
    ...on,
    ...all.map(({ configured }) => configured),
    `${rounds} rounds of ${seconds} s`,
  ];
  if (!values.json) process.stdout.write(`${head.join('\n')}\n`);
  const crews = { publishing: new Crew(), subscribing: new Crew() };
  const tell = (line: string): void => void process.stderr.write(`${line}\n`);
  const reports: LoadReport[] = [];
  try {
    for (const load of chosen) {
      const report = reportOf(load, await play(load, all, crews, { rounds, seconds }, tell));
      reports.push(report);
      if (!values.json) process.stdout.write(`\n${loadText(report)}\n`);
    }
  } finally {
    crews.publishing.end();
    crews.subscribing.end();
  }
  const matches: MatchReport[] = [];
  for (const load of inProcess) {
    tell(load.name);
    const report = await playMatch(load);
    matches.push(report);
    if (!values.json) process.stdout.write(`\n${matchText(report, load)}\n`);
  }
  if (values.json) process.stdout.write(`${JSON.stringify({ head, reports, matches }, null, 2)}\n`);
  if (!isFaultless(reports) || matches.some(({ lost }) => lost !== 0)) {
    process.stderr.write('mqttd lost, changed or repeated messages, or ended connections: see its lines\n');
    process.exitCode = 1;
  }
}

if (values.help) process.stdout.write(`${USAGE}\n`);
else await bench();
