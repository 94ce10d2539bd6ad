/** One round of messages: subscribers, publishers, all that is sent must arrive. */
import type { Running } from './brokers.ts';
import type { Report } from './crew.ts';
import { copies, type Traffic } from './loads.ts';
import { type Crews, ROUND_MS, type Round, roundOf, watch } from './round.ts';
import { cpuMicroseconds } from './usage.ts';

/** Messages a second that were settled with their publishers. */
export function acknowledgedRate({ tally: { messages, first, last } }: Report): number {
  return (messages / (last - first)) * 1000;
}

/** `messages` for each publisher. */
export async function trafficRound(
  load: Traffic,
  broker: Running,
  crews: Crews,
  messages: number,
): Promise<Round> {
  const { publishing, subscribing } = crews;
  const { publishers, qos, payloadBytes, topics, window, perSecond, usesAlias } = load;
  const address = { port: broker.port, over: load.over, version: load.version };
  const own = { ...address, keepsSession: load.sessions !== undefined };
  const shared = { topics, qos, payloadBytes };
  const keepsTimes = perSecond !== undefined;
  const subscribers = {
    ...shared,
    address: own,
    do: 'subscribers',
    to: load.filters,
    publishers,
    keepsTimes,
  } as const;
  await subscribing.ask({ ...subscribers, count: load.subscribers }, 'open');
  const pace = perSecond === undefined ? {} : { perSecond };
  const sending = { ...shared, ...pace, address, do: 'publishers', retain: false, usesAlias } as const;
  await publishing.ask({ ...sending, count: publishers, window }, 'open');
  const expected = messages * publishers * copies(load);
  const before = cpuMicroseconds(broker.pid);
  const unwatch = watch([publishing, subscribing]);
  const receiving = subscribing.go(expected, ROUND_MS);
  const [sent, received] = await Promise.all([publishing.go(messages, ROUND_MS), receiving]);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await Promise.all([publishing.ask({ do: 'close' }, 'closed'), subscribing.ask({ do: 'close' }, 'closed')]);
  const seconds = (received.tally.last - sent.tally.first) / 1000;
  const round = roundOf(expected, sent, received, seconds, cpu);
  return load.sessions === undefined ? round : { ...round, acknowledgedPerSecond: acknowledgedRate(sent) };
}
