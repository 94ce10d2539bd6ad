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
  const { megabytes, uncached, cached, expected, delivered } = await found(load.clients);
  const subscriptions = load.clients * AREA;
  const p50 = quantile(uncached, 0.5);
  return {
    load: load.name,
    subscriptions,
    megabytes,
    kilobytesEach: (megabytes * 1024) / subscriptions,
    uncached: { p50, p99: quantile(uncached, 0.99) },
    cached: { p50: quantile(cached, 0.5), p99: quantile(cached, 0.99) },
    isSmall: megabytes <= load.megabytes,
    isFast: p50 < load.microseconds,
    lost: expected - delivered,
  };
}

/** As a person reads it. */
export function matchText(report: MatchReport, { megabytes, microseconds }: Match): string {
  const { uncached, cached, lost } = report;
  const verdict = (isReached: boolean): string => (isReached ? 'ok' : 'short');
  const memory = `${figure(report.megabytes)} MB, ${figure(report.kilobytesEach)} KB each`;
  return [
    report.load,
    `  memory: ${memory}, at most ${megabytes} MB: ${verdict(report.isSmall)}`,
    `  a PUBLISH, topic not in the cache: ${figure(uncached.p50)} us in the median, p99 ${figure(uncached.p99)}, below ${microseconds}: ${verdict(report.isFast)}`,
    `  a PUBLISH, topic in the cache: ${figure(cached.p50)} us in the median, p99 ${figure(cached.p99)}`,
    `  ${lost === 0 ? 'all arrived' : `LOST ${lost}`}`,
  ].join('\n');
}
