/**
 * The broker's report: for each load a line for each broker, and what mqttd is against each peer, round by round.
 */
import { quantile, ratios, type Spread, spread } from '../report/spread.ts';
import { figure, ratio, table } from '../report/table.ts';
import type { Load, Targets } from './loads.ts';
import type { Played } from './play.ts';
import type { Round } from './round.ts';

/** One broker under one load, in figures. */
export interface Line {
  readonly broker: string;
  readonly perSecond: Spread;
  readonly cpuEach: Spread;
  readonly loadCpuEach: Spread;
  /** CPU seconds of the broker in one second. */
  readonly busy: Spread;
  readonly peakMegabytes: number;
  readonly kilobytesEach: Spread;
  readonly acknowledgedPerSecond: Spread;
  readonly latencyMs: { readonly p50: Spread; readonly p99: Spread; readonly p999: Spread };
  readonly expected: number;
  readonly lost: number;
  readonly wrong: number;
  readonly skipped: number;
  readonly twice: number;
  readonly ended: number;
}

/** mqttd divided by a peer in one measure. */
export interface Verdict {
  readonly peer: string;
  readonly measure: 'delivered/s' | 'CPU each' | 'p99' | 'KB each';
  readonly ratio: Spread;
  readonly target: number | undefined;
  readonly reached: boolean | undefined;
}

/** mqttd's own figure against a target that is no ratio. */
export interface Aim {
  readonly measure: 'KB each' | 'acknowledged/s';
  readonly found: Spread;
  readonly target: number;
  readonly reached: boolean;
}

/** All about one load. */
export interface LoadReport {
  readonly load: string;
  readonly aim: Aim | undefined;
  readonly lines: readonly Line[];
  readonly verdicts: readonly Verdict[];
}

const OURS = 'mqttd';
const TARGETS_ARE_AGAINST = 'mosquitto';

const each = (rounds: readonly Round[], pick: (round: Round) => number): number[] => rounds.map(pick);
const total = (rounds: readonly Round[], pick: (round: Round) => number): number =>
  rounds.reduce((sum, round) => sum + pick(round), 0);

function lineOf({ broker, rounds, peakKilobytes }: Played): Line {
  const of = (pick: (round: Round) => number): Spread => spread(each(rounds, pick));
  const latency = (q: number): Spread => of((round) => quantile(round.times, q));
  const expected = total(rounds, (round) => round.expected);
  return {
    broker,
    perSecond: of((round) => round.perSecond),
    cpuEach: of((round) => round.cpuEach),
    loadCpuEach: of((round) => round.loadCpuEach),
    busy: of((round) => (round.cpuEach * round.delivered) / (round.seconds * 1e6)),
    peakMegabytes: peakKilobytes / 1024,
    kilobytesEach: of((round) => round.kilobytesEach),
    acknowledgedPerSecond: of((round) => round.acknowledgedPerSecond),
    latencyMs: { p50: latency(0.5), p99: latency(0.99), p999: latency(0.999) },
    expected,
    lost: expected - total(rounds, (round) => round.delivered),
    wrong: total(rounds, (round) => round.wrong),
    skipped: total(rounds, (round) => round.skipped),
    twice: total(rounds, (round) => round.twice),
    ended: total(rounds, (round) => round.ended),
  };
}

function isPaced(load: Load): boolean {
  return load.kind === 'traffic' && load.perSecond !== undefined;
}

function verdictsOf(load: Load, ours: Played, peer: Played): Verdict[] {
  const targets: Targets = peer.broker === TARGETS_ARE_AGAINST ? (load.targets ?? {}) : {};
  const measures = [
    {
      measure: 'delivered/s',
      // At a set pace everybody delivers the same.
      pick: (round: Round) => (isPaced(load) ? Number.NaN : round.perSecond),
      target: targets.rate,
      atLeast: true,
    },
    { measure: 'CPU each', pick: (round: Round) => round.cpuEach, target: targets.cpu, atLeast: false },
    {
      measure: 'p99',
      pick: (round: Round) => quantile(round.times, 0.99),
      target: targets.p99,
      atLeast: false,
    },
    {
      measure: 'KB each',
      pick: (round: Round) => round.kilobytesEach,
      target: undefined,
      atLeast: false,
    },
  ] as const;
  return measures.flatMap(({ measure, pick, target, atLeast }) => {
    const over = spread(ratios(each(ours.rounds, pick), each(peer.rounds, pick)));
    if (!Number.isFinite(over.median)) return [];
    const reached =
      target === undefined ? undefined : atLeast ? over.median >= target : over.median <= target;
    return [{ peer: peer.broker, measure, ratio: over, target, reached }];
  });
}

function aimOf(load: Load, ours: Played): Aim | undefined {
  const { kilobytesEach: most, acknowledged: least } = load.targets ?? {};
  if (most !== undefined) {
    const found = spread(each(ours.rounds, (round) => round.kilobytesEach));
    return { measure: 'KB each', found, target: most, reached: found.median <= most };
  }
  if (least === undefined) return undefined;
  const found = spread(each(ours.rounds, (round) => round.acknowledgedPerSecond));
  return { measure: 'acknowledged/s', found, target: least, reached: found.median >= least };
}

/** Figures of one load. */
export function reportOf(load: Load, played: readonly Played[]): LoadReport {
  const ours = played.find(({ broker }) => broker === OURS);
  const peers = played.filter(({ broker }) => broker !== OURS);
  return {
    load: load.name,
    aim: ours === undefined ? undefined : aimOf(load, ours),
    lines: played.map(lineOf),
    verdicts: ours === undefined ? [] : peers.flatMap((peer) => verdictsOf(load, ours, peer)),
  };
}

function verdictText({ peer, measure, ratio: over, target, reached }: Verdict): string {
  const bound = measure === 'delivered/s' ? 'at least' : 'at most';
  const aim = target === undefined ? '' : `, ${bound} ${figure(target)}x: ${reached ? 'ok' : 'short'}`;
  return `  ${OURS} / ${peer}, ${measure}: ${ratio(over)}${aim}`;
}

function aimText({ measure, found: { median, min, max }, target, reached }: Aim): string {
  const found = `${figure(median)} ${measure} [${figure(min)}..${figure(max)}]`;
  const bound = measure === 'KB each' ? 'at most' : 'at least';
  return `  ${OURS}: ${found}, ${bound} ${figure(target)}: ${reached ? 'ok' : 'short'}`;
}

function loss({ lost, wrong, skipped, twice, ended, expected }: Line): string {
  const faults = [
    lost === 0 ? '' : `LOST ${lost} (${figure((lost * 100) / expected)} %, ${skipped} overtaken)`,
    wrong === 0 ? '' : `WRONG ${wrong}`,
    twice === 0 ? '' : `again ${twice}`,
    ended === 0 ? '' : `ENDED ${ended}`,
  ].filter((fault) => fault !== '');
  return faults.length === 0 ? `all ${expected}` : faults.join(', ');
}

/** The table of one load, as a person reads it. */
export function loadText({ load, aim, lines, verdicts }: LoadReport): string {
  const hasLatency = lines.some(({ latencyMs }) => Number.isFinite(latencyMs.p50.median));
  const isIdle = lines.some(({ kilobytesEach }) => Number.isFinite(kilobytesEach.median));
  const isKept = lines.some(({ acknowledgedPerSecond }) => Number.isFinite(acknowledgedPerSecond.median));
  const keptHeads = isKept ? ['acknowledged/s'] : [];
  const latencyHeads = hasLatency ? ['p50 ms', 'p99 ms', 'p99.9 ms'] : [];
  const idleHeads = isIdle ? ['KB each'] : [];
  const cpuHeads = ['broker us each', 'busy', 'load us each'];
  const heading = [
    load,
    'delivered/s',
    ...keptHeads,
    ...cpuHeads,
    ...latencyHeads,
    ...idleHeads,
    'peak MB',
    'arrived',
  ];
  const rows = lines.map((line) => [
    line.broker,
    figure(line.perSecond.median),
    ...(isKept ? [figure(line.acknowledgedPerSecond.median)] : []),
    figure(line.cpuEach.median),
    Number.isFinite(line.busy.median) ? `${Math.round(line.busy.median * 100)} %` : '-',
    figure(line.loadCpuEach.median),
    ...(hasLatency ? Object.values(line.latencyMs).map(({ median }) => figure(median)) : []),
    ...(isIdle ? [figure(line.kilobytesEach.median)] : []),
    figure(line.peakMegabytes),
    loss(line),
  ]);
  const aims = aim === undefined ? [] : [aimText(aim)];
  return [table(heading, rows), ...verdicts.map(verdictText), ...aims].join('\n');
}

/**
 * Did mqttd deliver everything once, in order, and keep every connection? What a peer loses stands in its line only: on a
 * busy machine Mosquitto loses some of a flood at QoS 0.
 */
export function isFaultless(reports: readonly LoadReport[]): boolean {
  const lines = reports.flatMap((report) => report.lines.filter(({ broker }) => broker === OURS));
  return lines.every(
    ({ lost, wrong, twice, ended }) => lost === 0 && wrong === 0 && twice === 0 && ended === 0,
  );
}
