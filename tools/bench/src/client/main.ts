/**
 * `npm run bench:client`: @mqtt/client as built against MQTT.js, in one run, against a peer that is never the limit, mqttd and Mosquitto. In each round
 * both do the same, the order turns round, and a ratio is taken within the round. Prints a table and the targets missed.
 */
import { loadavg } from 'node:os';
import process from 'node:process';
import { parseArgs } from 'node:util';
import type { Running } from '../broker/program.ts';
import { machine } from '../report/machine.ts';
import { ratios, type Spread, spread } from '../report/spread.ts';
import { figure, ratio, table } from '../report/table.ts';
import { LOADS, type Load, targetOf } from './loads.ts';
import { type Contestant, type Result, round } from './round.ts';
import { servers } from './servers.ts';

const USAGE = `npm run bench:client -- [options]
  --rounds N       rounds, 3 unless said
  --seconds N      seconds of each measurement, 1 unless said
  --messages N     messages before the heap is looked at, 1000000 unless said
  --filter TEXT    only loads whose name contains TEXT, e.g. "publish QoS 1", "64 B", heap
  --broker NAME    peer, mqttd or mosquitto; all unless said
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
const [rounds, seconds, messages] = values.smoke
  ? [1, 0.1, 20_000]
  : ([values.rounds, values.seconds, values.messages].map(Number) as [number, number, number]);
if (
  loads.length === 0 ||
  names.some((name) => !Object.hasOwn(servers, name)) ||
  !(rounds >= 1 && seconds > 0)
) {
  process.stderr.write(USAGE);
  process.exit(64);
}

/** Both contestants' results of one load, by rounds. */
interface Outcome {
  readonly load: Load;
  readonly ours: Result[];
  readonly theirs: Result[];
}

async function play(load: Load, server: Running): Promise<Outcome> {
  const outcome: Outcome = { load, ours: [], theirs: [] };
  const once = load.kind === 'heap' || load.kind === 'first';
  for (let at = 0; at < (load.kind === 'heap' ? 1 : once ? rounds * 3 : rounds); at += 1) {
    const order: readonly Contestant[] = at % 2 === 0 ? ['ours', 'theirs'] : ['theirs', 'ours'];
    for (const contestant of order)
      outcome[contestant].push(await round(contestant, load, server, seconds, messages));
  }
  return outcome;
}

/** How many times better than MQTT.js. */
function better(outcome: Outcome, of: 'perSecond' | 'cpuEach' | 'firstMs'): Spread {
  const [over, under] = of === 'perSecond' ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const);
  const series = (who: Contestant): number[] => outcome[who].map((result) => result[of] ?? Number.NaN);
  return spread(ratios(series(over), series(under)));
}

const middle = (results: readonly Result[], of: keyof Result): number =>
  spread(results.map((result) => result[of] ?? Number.NaN)).median;

function rowOf(outcome: Outcome): string[] {
  const { load, ours, theirs } = outcome;
  if (load.kind === 'heap') {
    const grown = (results: readonly Result[]): string =>
      `${figure(middle(results, 'heapGrown') / 2 ** 20)} MB`;
    return [`${load.name}, grown by`, grown(ours), grown(theirs)];
  }
  if (load.kind === 'first') {
    const ms = (results: readonly Result[]): string => `${figure(middle(results, 'firstMs'))} ms`;
    return [load.name, ms(ours), ms(theirs), ratio(better(outcome, 'firstMs'))];
  }
  return [
    load.name,
    figure(middle(ours, 'perSecond')),
    figure(middle(theirs, 'perSecond')),
    ratio(better(outcome, 'perSecond')),
    figure(middle(ours, 'cpuEach')),
    figure(middle(theirs, 'cpuEach')),
    ratio(better(outcome, 'cpuEach')),
    ...[ours, theirs].map((results) => `${Math.round(middle(results, 'serverBusy') * 100)} %`),
  ];
}

/** By CPU, for it is the client's own; messages per second end where the broker or the machine does. */
function missed(outcome: Outcome): string | undefined {
  const { load } = outcome;
  if (load.kind === 'heap') return undefined;
  const { median } = better(outcome, load.kind === 'first' ? 'firstMs' : 'cpuEach');
  const target = targetOf(load);
  return median >= target ? undefined : `${load.name}: ${figure(median)}x, ${target}x is the target`;
}

const HEADING = [
  '',
  'ours/s',
  'MQTT.js/s',
  'ratio',
  'ours CPU us',
  'MQTT.js CPU us',
  'ratio',
  'server busy, ours',
  'MQTT.js',
];
const say = (text: string): void => void process.stdout.write(`${text}\n`);

if (!values.json)
  say(`${machine()}\n${rounds} rounds of ${seconds} s, window 256; the median of each round's ratio`);
const report: Record<string, readonly Outcome[]> = {};
for (const name of names) {
  const broker = servers[name]?.();
  if (broker === undefined) continue;
  // The peer sends nothing round.
  const possible = name === 'peer' ? loads.filter(({ kind }) => kind !== 'first') : loads;
  const running = await broker.start({ over: 'tcp', version: 5 });
  const outcomes: Outcome[] = [];
  try {
    for (const load of possible) outcomes.push(await play(load, running));
  } finally {
    await running.stop();
  }
  report[name] = outcomes;
  if (values.json) continue;
  say(
    `\n${broker.configured}; load average ${loadavg()[0]?.toFixed(1)}\n${table(HEADING, outcomes.map(rowOf))}`,
  );
  for (const line of outcomes.flatMap((outcome) => missed(outcome) ?? [])) say(`CPU target missed: ${line}`);
}
if (values.json) say(JSON.stringify(report));
