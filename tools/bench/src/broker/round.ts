/**
 * What one round shows, and when it ends: when all that is expected has come, or when nothing has moved for a while:
 * then the rest is lost. Knows no load and no broker.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { now } from './clock.ts';
import type { Crew, Report } from './crew.ts';

/** What one round showed. NaN where the load has no such figure. */
export interface Round {
  /** Deliveries expected and come; connections for the loads of connections. */
  readonly expected: number;
  readonly delivered: number;
  readonly twice: number;
  readonly wrong: number;
  readonly skipped: number;
  /** Connections that the broker ended. */
  readonly ended: number;
  readonly seconds: number;
  readonly perSecond: number;
  /** Broker CPU for each delivery, microseconds, and the load processes' own. */
  readonly cpuEach: number;
  readonly loadCpuEach: number;
  /** Broker memory for each connection, subscription or retained message. */
  readonly kilobytesEach: number;
  /** Messages a second that publishers were acknowledged, where sessions are kept. */
  readonly acknowledgedPerSecond: number;
  readonly times: readonly number[];
}

/** The two load processes. */
export interface Crews {
  readonly publishing: Crew;
  readonly subscribing: Crew;
}

/** Longer than the kernel waits before it repeats a SYN, twice. */
const STALL_MS = 5_000;
const POLL_MS = 200;
/** Longest that one round may take. */
export const ROUND_MS = 120_000;

const SETTLE_MS = 1_500;
const FEW = 4_000;

/** Lets a broker come to rest before its memory is read; with a few of anything there is nothing to read. */
export function settle(count: number): Promise<void> {
  return count < FEW ? Promise.resolve() : sleep(SETTLE_MS);
}

/** Stops crews that have not moved for STALL_MS. */
export function watch(crews: readonly Crew[]): () => void {
  let before = -1;
  let since = now();
  const timer = setInterval(() => {
    const moved = crews.reduce((sum, crew) => sum + crew.moved, 0);
    if (moved !== before) {
      before = moved;
      since = now();
    } else if (now() - since > STALL_MS) for (const crew of crews) crew.tell({ do: 'stop' });
  }, POLL_MS);
  return () => clearInterval(timer);
}

/** A round from what the crews counted; `cpu` is the broker's in microseconds. */
export function roundOf(
  expected: number,
  sent: Report,
  received: Report,
  seconds: number,
  cpu: number,
): Round {
  const { messages: delivered, twice, wrong, skipped, times } = received.tally;
  return {
    expected,
    delivered,
    twice,
    wrong,
    skipped,
    ended: sent.tally.ended + received.tally.ended,
    seconds,
    perSecond: delivered / seconds,
    cpuEach: cpu / delivered,
    loadCpuEach: (sent.cpuMicroseconds + received.cpuMicroseconds) / delivered,
    kilobytesEach: Number.NaN,
    acknowledgedPerSecond: Number.NaN,
    times,
  };
}
