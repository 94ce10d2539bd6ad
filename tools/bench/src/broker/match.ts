/**
 * The load without sockets: starts the process that holds the subscriptions, and says whether it is small and fast
 * enough. Peers have no such door; how they match stands in the load over sockets.
 */
import { fork } from 'node:child_process';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { quantile } from '../report/spread.ts';
import { figure } from '../report/table.ts';
import type { Match } from './loads.ts';
import type { Found } from './match-process.ts';
import { AREA } from './topics.ts';

/** What mqttd's library did, in figures. */
export interface MatchReport {
  readonly load: string;
  readonly subscriptions: number;
  readonly megabytes: number;
  readonly kilobytesEach: number;
  /** Microseconds of one match in the tree. */
  readonly matched: { readonly p50: number; readonly p99: number };
  /** Microseconds of one PUBLISH, from its bytes to the subscriber's, whose topic no cache knows. */
  readonly uncached: { readonly p50: number; readonly p99: number };
  readonly cached: { readonly p50: number; readonly p99: number };
  readonly isSmall: boolean;
  readonly isFast: boolean;
  readonly lost: number;
}

function found(clients: number): Promise<Found> {
  return new Promise((resolve, reject) => {
    const file = fileURLToPath(new URL('./match-process.ts', import.meta.url));
    const child = fork(file, [String(clients)], { execArgv: process.execArgv });
    child.once('message', (said: Found) => resolve(said));
    child.once('exit', (code) => reject(new Error(`the process with the subscriptions ended with ${code}`)));
  });
}

/** Plays the load. */
export async function playMatch(load: Match): Promise<MatchReport> {
  const { megabytes, matched, uncached, cached, expected, delivered } = await found(load.clients);
  const subscriptions = load.clients * AREA;
  const middle = (times: readonly number[]): MatchReport['matched'] => ({
    p50: quantile(times, 0.5),
    p99: quantile(times, 0.99),
  });
  return {
    load: load.name,
    subscriptions,
    megabytes,
    kilobytesEach: (megabytes * 1024) / subscriptions,
    matched: middle(matched),
    uncached: middle(uncached),
    cached: middle(cached),
    isSmall: megabytes <= load.megabytes,
    isFast: quantile(matched, 0.5) < load.microseconds,
    lost: expected - delivered,
  };
}

/** As a person reads it. */
export function matchText(report: MatchReport, { megabytes, microseconds }: Match): string {
  const { matched, uncached, cached, lost } = report;
  const times = ({ p50, p99 }: MatchReport['matched']): string =>
    `${figure(p50)} us in the median, p99 ${figure(p99)}`;
  const verdict = (isReached: boolean): string => (isReached ? 'ok' : 'short');
  const memory = `${figure(report.megabytes)} MB, ${figure(report.kilobytesEach)} KB each`;
  return [
    report.load,
    `  memory: ${memory}, at most ${megabytes} MB: ${verdict(report.isSmall)}`,
    `  a match, without the cache: ${times(matched)}, below ${microseconds}: ${verdict(report.isFast)}`,
    `  a PUBLISH, topic not in the cache: ${times(uncached)}`,
    `  a PUBLISH, topic in the cache: ${times(cached)}`,
    `  ${lost === 0 ? 'all arrived' : `LOST ${lost}`}`,
  ].join('\n');
}
