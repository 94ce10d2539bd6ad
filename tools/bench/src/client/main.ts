/**
 * `npm run bench:client`: @mqtt/client as built against MQTT.js and a bare socket, in one run, against a peer that is
 * never the limit, mqttd and Mosquitto. In each round all do the same, the order turns round, and a ratio is taken
 * within the round. Prints one table with what is to be reached.
 */
import { loadavg } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Running } from '../broker/program.ts';
import { machine } from '../report/machine.ts';
import { LOADS, type Load } from './loads.ts';
import { type Outcome, onceTable, trafficTable } from './report.ts';
import { type Contestant, type Result, round } from './round.ts';
import { servers } from './servers.ts';

const USAGE = `npm run bench:client -- [options]
  --rounds N       rounds, 3 unless said
  --seconds N      seconds of each measurement, 1 unless said
  --messages N     messages before the heap is looked at, 1000000 unless said
  --filter TEXT    only loads whose name contains TEXT, e.g. "publish QoS 1", "64 B", heap
  --broker NAME    peer, mqttd or mosquitto; all unless said
  --only NAME      ours, theirs (MQTT.js) or bare (a socket that is no client); all unless said
  --smoke          does it work: one short round of everything
  --json           figures instead of a table
`;

const { values } = parseArgs({
  options: {
    rounds: { type: 'string', default: '3' },
    seconds: { type: 'string', default: '1' },
    messages: { type: 'string', default: '1000000' },
    filter: { type: 'string', default: '' },
    broker: { type: 'string' },
    only: { type: 'string' },
    smoke: { type: 'boolean', default: false },
    json: { type: 'boolean', default: false },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) {
  process.stdout.write(USAGE);
  process.exit(0);
}

const names = values.broker === undefined ? Object.keys(servers) : [values.broker];
const loads = LOADS.filter(({ name }) => name.includes(values.filter));
const contestants = (['ours', 'theirs', 'bare'] as const).filter((name) => name === (values.only ?? name));
const [rounds, seconds, messages] = values.smoke
  ? [1, 0.1, 20_000]
  : ([values.rounds, values.seconds, values.messages].map(Number) as [number, number, number]);
if (
  loads.length === 0 ||
  contestants.length === 0 ||
  names.some((name) => !Object.hasOwn(servers, name)) ||
  !(rounds >= 1 && seconds > 0)
) {
  process.stderr.write(USAGE);
  process.exit(64);
}

const isOnce = ({ kind }: Load): boolean => kind === 'heap' || kind === 'first';

async function play(load: Load, server: Running): Promise<Outcome> {
  const results: Record<Contestant, Result[]> = { ours: [], theirs: [], bare: [] };
  const players = contestants.filter((name) => name !== 'bare' || !isOnce(load));
  for (let at = 0; at < (load.kind === 'heap' ? 1 : load.kind === 'first' ? rounds * 3 : rounds); at += 1) {
    for (const contestant of at % 2 === 0 ? players : players.toReversed()) {
      if (contestant === 'bare' && at > 0) continue; // it is no rival: once tells how low the floor is
      results[contestant].push(await round(contestant, load, server, seconds, messages));
    }
  }
  return { ...results, server: server.name, load, loadAverage: loadavg()[0] ?? Number.NaN };
}

const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (!values.json)
  say(`${machine()}\n${rounds} rounds of ${seconds} s, window 256; the median of each round's ratio`);
const outcomes: Outcome[] = [];
for (const name of names) {
  const broker = servers[name]?.();
  if (broker === undefined) continue;
  if (!values.json) say(broker.configured);
  // The peer sends nothing round.
  const possible = name === 'peer' ? loads.filter(({ kind }) => kind !== 'first') : loads;
  const running = await broker.start({ over: 'tcp', version: 5 });
  try {
    for (const load of possible) outcomes.push(await play(load, running));
  } finally {
    await running.stop();
  }
}
if (values.json) say(JSON.stringify(outcomes));
else {
  const [traffic, once] = [false, true].map((is) => outcomes.filter(({ load }) => isOnce(load) === is));
  if (traffic !== undefined && traffic.length > 0) say(`\n${trafficTable(traffic)}`);
  if (once !== undefined && once.length > 0) say(`\n${onceTable(once)}`);
}
