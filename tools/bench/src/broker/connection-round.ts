/** One round in which connections alone count: their memory, or how fast they come and go. */
import type { Running } from './brokers.ts';
import type { Connects, Idle } from './loads.ts';
import { type Crews, ROUND_MS, type Round, roundOf, settle, watch } from './round.ts';
import type { Address } from './transports.ts';
import { cpuMicroseconds, residentKilobytes } from './usage.ts';

function addressOf({ over, version }: Idle | Connects, { port }: Running): Address {
  return { port, over, version };
}

/** Memory of the broker for each connection that does nothing. */
export async function idleRound(load: Idle, broker: Running, { publishing }: Crews): Promise<Round> {
  const before = residentKilobytes(broker.pid);
  await publishing.ask({ do: 'idle', address: addressOf(load, broker), count: load.connections }, 'open');
  await settle(load.connections);
  const grown = residentKilobytes(broker.pid) - before;
  const going = publishing.go(0, ROUND_MS);
  publishing.tell({ do: 'stop' });
  const report = await going;
  await publishing.ask({ do: 'close' }, 'closed');
  const round = roundOf(load.connections, report, report, Number.NaN, Number.NaN);
  return { ...round, ended: report.tally.ended, kilobytesEach: grown / load.connections };
}

/** Connections made and closed. */
export async function connectsRound(
  load: Connects,
  broker: Running,
  { publishing }: Crews,
  count: number,
): Promise<Round> {
  await publishing.ask(
    { do: 'connects', address: addressOf(load, broker), count, atATime: load.atATime },
    'open',
  );
  const before = cpuMicroseconds(broker.pid);
  const unwatch = watch([publishing]);
  const report = await publishing.go(count, ROUND_MS);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await publishing.ask({ do: 'close' }, 'closed');
  const round = roundOf(count, report, report, (report.tally.last - report.tally.first) / 1000, cpu);
  return { ...round, ended: report.tally.ended };
}
