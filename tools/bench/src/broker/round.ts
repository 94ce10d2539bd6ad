/**
 * One round: one load against one broker that runs, from opening the connections to closing them.
 * Ends when all that is expected has come, or when nothing has moved for a while: then the rest is lost.
 */
import type { Running } from './brokers.ts';
import { now } from './clock.ts';
import type { Crew, Report } from './crew.ts';
import { type Connects, copies, type Idle, type Load, type Traffic, topic } from './loads.ts';
import { cpuMicroseconds, residentKilobytes } from './usage.ts';

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
  readonly kilobytesEach: number;
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
const ROUND_MS = 120_000;
const SETTLE_MS = 1_500;

const wait = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

/** Stops crews that have not moved for STALL_MS. */
function watch(crews: readonly Crew[]): () => void {
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

async function trafficRound(load: Traffic, broker: Running, crews: Crews, messages: number): Promise<Round> {
  const { publishing, subscribing } = crews;
  const { publishers, qos, payloadBytes } = load;
  const topics = Array.from({ length: load.to === 'one' ? publishers : 1 }, (_, i) => topic(i));
  const shared = { port: broker.port, topics, qos, payloadBytes };
  const keepsTimes = load.perSecond !== undefined;
  const subscribers = {
    ...shared,
    do: 'subscribers',
    count: load.subscribers,
    publishers,
    keepsTimes,
  } as const;
  await subscribing.ask(subscribers, 'open');
  const { window, perSecond } = load;
  const pace = perSecond === undefined ? {} : { perSecond };
  await publishing.ask({ ...shared, ...pace, do: 'publishers', count: publishers, window }, 'open');
  const perSubscriber = load.to === 'one' ? messages : messages * publishers;
  const before = cpuMicroseconds(broker.pid);
  const unwatch = watch([publishing, subscribing]);
  const receiving = subscribing.go(perSubscriber, ROUND_MS);
  const [sent, received] = await Promise.all([publishing.go(messages, ROUND_MS), receiving]);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await Promise.all([publishing.ask({ do: 'close' }, 'closed'), subscribing.ask({ do: 'close' }, 'closed')]);
  const seconds = (received.tally.last - sent.tally.first) / 1000;
  return roundOf(messages * publishers * copies(load), sent, received, seconds, cpu);
}

function roundOf(expected: number, sent: Report, received: Report, seconds: number, cpu: number): Round {
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
    times,
  };
}

async function idleRound(load: Idle, broker: Running, { publishing }: Crews): Promise<Round> {
  const before = residentKilobytes(broker.pid);
  await publishing.ask({ do: 'idle', port: broker.port, count: load.connections }, 'open');
  await wait(SETTLE_MS);
  const grown = residentKilobytes(broker.pid) - before;
  const going = publishing.go(0, ROUND_MS);
  publishing.tell({ do: 'stop' });
  const report = await going;
  await publishing.ask({ do: 'close' }, 'closed');
  const round = roundOf(load.connections, report, report, Number.NaN, Number.NaN);
  return { ...round, ended: report.tally.ended, kilobytesEach: grown / load.connections };
}

async function connectsRound(
  load: Connects,
  broker: Running,
  { publishing }: Crews,
  count: number,
): Promise<Round> {
  await publishing.ask({ do: 'connects', port: broker.port, count, atATime: load.atATime }, 'open');
  const before = cpuMicroseconds(broker.pid);
  const unwatch = watch([publishing]);
  const report = await publishing.go(count, ROUND_MS);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await publishing.ask({ do: 'close' }, 'closed');
  const round = roundOf(count, report, report, (report.tally.last - report.tally.first) / 1000, cpu);
  return { ...round, ended: report.tally.ended };
}

/** `messages` for each publisher; connections for the loads of connections. */
export function playRound(load: Load, broker: Running, crews: Crews, messages: number): Promise<Round> {
  switch (load.kind) {
    case 'traffic':
      return trafficRound(load, broker, crews, messages);
    case 'idle':
      return idleRound(load, broker, crews);
    case 'connects':
      return connectsRound(load, broker, crews, messages);
  }
}
