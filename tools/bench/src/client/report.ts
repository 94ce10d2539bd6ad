/**
 * The table of `bench:client`: a row for each load and server, what is to be reached, and whether it was. Knows figures,
 * not how they were made.
 */
import { ratios, type Spread, spread } from '../report/spread.ts';
import { figure, ratio, table } from '../report/table.ts';
import { type Load, targetOf } from './loads.ts';
import type { Contestant, Result } from './round.ts';

/** All contestants' results of one load, by rounds; the bare socket's are none where it has no part. */
export interface Outcome extends Readonly<Record<Contestant, Result[]>> {
  readonly server: string;
  readonly load: Load;
  /** Load average of the machine, when it was over. */
  readonly loadAverage: number;
}

/** Bytes of heap that may come and go without a reason in the messages. */
const FLAT = 1_048_576;

type Compared = 'perSecond' | 'cpuEach' | 'firstMs';

/** How many times better than MQTT.js. */
function better(outcome: Outcome, of: Compared): Spread {
  const [over, under] = of === 'perSecond' ? (['ours', 'theirs'] as const) : (['theirs', 'ours'] as const);
  const series = (who: Contestant): number[] => outcome[who].map((result) => result[of] ?? Number.NaN);
  return spread(ratios(series(over), series(under)));
}

function middle(results: readonly Result[], of: keyof Result): number {
  return results.length === 0 ? Number.NaN : spread(results.map((result) => result[of] ?? Number.NaN)).median;
}

/** Whether what was asked for was reached: by messages a second, and by CPU for each message. */
function verdict(outcome: Outcome): string {
  const target = targetOf(outcome.load);
  const byRate = better(outcome, 'perSecond').median >= target;
  const byCpu = better(outcome, 'cpuEach').median >= target;
  if (byRate && byCpu) return 'met';
  return byCpu ? 'CPU met' : byRate ? 'rate met' : 'short';
}

const HEADING = [
  '',
  'ours/s',
  'MQTT.js/s',
  'bare/s',
  'ratio',
  'us ours',
  'MQTT.js',
  'bare',
  'ratio',
  'target',
  '',
  'reads ours',
  'MQTT.js',
  'writes ours',
  'MQTT.js',
  'busy, ours',
  'MQTT.js',
  'load',
];

function trafficRow(outcome: Outcome): string[] {
  const { ours, theirs, bare } = outcome;
  const cells = (of: keyof Result, ...whose: readonly (readonly Result[])[]): string[] =>
    whose.map((results) => figure(middle(results, of)));
  return [
    ...cells('perSecond', ours, theirs, bare),
    ratio(better(outcome, 'perSecond')),
    ...cells('cpuEach', ours, theirs, bare),
    ratio(better(outcome, 'cpuEach')),
    `${targetOf(outcome.load)}x`,
    verdict(outcome),
    ...cells('readsEach', ours, theirs),
    ...cells('writesEach', ours, theirs),
    ...[ours, theirs].map((results) => `${Math.round(middle(results, 'serverBusy') * 100)} %`),
  ];
}

const nameOf = ({ server, load }: Outcome): string => `${server}: ${load.name}`;

/** Traffic: rates, CPU in microseconds for each message, system calls for each message, how busy the server was. */
export function trafficTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => [
    nameOf(outcome),
    ...trafficRow(outcome),
    outcome.loadAverage.toFixed(1),
  ]);
  return table(HEADING, rows);
}

/** Heap and time to first message. */
export function onceTable(outcomes: readonly Outcome[]): string {
  const rows = outcomes.map((outcome) => {
    const { load, ours, theirs } = outcome;
    const [of, unit, by] =
      load.kind === 'heap' ? (['heapGrown', 'MB', 2 ** 20] as const) : (['firstMs', 'ms', 1] as const);
    const cells = [ours, theirs].map((results) => `${figure(middle(results, of) / by)} ${unit}`);
    const isMet =
      load.kind === 'heap' ? middle(ours, of) < FLAT : better(outcome, 'firstMs').median >= targetOf(load);
    return [
      nameOf(outcome),
      ...cells,
      load.kind === 'heap' ? 'flat' : "at most MQTT.js's",
      isMet ? 'met' : 'short',
      outcome.loadAverage.toFixed(1),
    ];
  });
  return table(['', 'ours', 'MQTT.js', 'target', '', 'load'], rows);
}
