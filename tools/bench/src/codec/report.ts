/**
 * The codec's report: a line for each comparison, with the ratio, its spread and whether it reaches its target.
 */
import { ratios, type Spread, spread } from '../report/spread.ts';
import { figure, ratio, table } from '../report/table.ts';
import type { Row } from './rows.ts';

const MILLION = 1_000_000;

/** One comparison in figures: millions of packets a second, and ours divided by the peer's, round by round. */
export interface Result {
  readonly name: string;
  readonly ours: { readonly way: string; readonly millionPerSecond: Spread };
  readonly peer: { readonly way: string; readonly millionPerSecond: Spread };
  readonly ratio: Spread;
  readonly target: number | undefined;
  readonly reached: boolean | undefined;
}

/** Figures of one comparison. */
export function result(row: Row): Result {
  const side = ({ name, perSecond }: Row['ours']): Result['ours'] => ({
    way: name,
    millionPerSecond: spread(perSecond.map((value) => value / MILLION)),
  });
  const over = spread(ratios(row.ours.perSecond, row.peer.perSecond));
  const { name, target } = row;
  return {
    name,
    ours: side(row.ours),
    peer: side(row.peer),
    ratio: over,
    target,
    reached: target === undefined ? undefined : over.median >= target,
  };
}

/** The table a person reads. */
export function codecTable(results: readonly Result[]): string {
  const heading = ['load', 'ours', 'M/s', 'mqtt-packet', 'M/s', 'ratio [min..max]', 'target', ''];
  const rows = results.map((line) => [
    line.name,
    line.ours.way,
    figure(line.ours.millionPerSecond.median),
    line.peer.way,
    figure(line.peer.millionPerSecond.median),
    ratio(line.ratio),
    line.target === undefined ? '-' : `${line.target}x`,
    line.reached === undefined ? '' : line.reached ? 'ok' : 'short',
  ]);
  return table(heading, rows);
}
