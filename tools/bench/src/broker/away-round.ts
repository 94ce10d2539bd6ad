/**
 * One round into sessions whose clients are away: they subscribe and leave, all is published and acknowledged, then they
 * come back and must get all of it. What is delivered a second is the coming back, CONNECT included.
 */
import type { Running } from './brokers.ts';
import { copies, type Traffic } from './loads.ts';
import { type Crews, ROUND_MS, type Round, roundOf, watch } from './round.ts';
import { acknowledgedRate } from './traffic-round.ts';
import { cpuMicroseconds } from './usage.ts';

/** `messages` for each publisher. */
export async function awayRound(
  load: Traffic,
  broker: Running,
  { publishing, subscribing }: Crews,
  messages: number,
): Promise<Round> {
  const { publishers, qos, payloadBytes, topics, window, usesAlias } = load;
  const address = { port: broker.port, over: load.over, version: load.version };
  const shared = { topics, qos, payloadBytes };
  const owners = {
    ...shared,
    do: 'subscribers',
    address: { ...address, keepsSession: true },
    to: load.filters,
    publishers,
    keepsTimes: false,
    count: load.subscribers,
  } as const;
  await subscribing.ask(owners, 'open');
  await subscribing.ask({ do: 'close' }, 'closed');
  const sending = { ...shared, address, do: 'publishers', retain: false, usesAlias } as const;
  await publishing.ask({ ...sending, count: publishers, window }, 'open');
  const before = cpuMicroseconds(broker.pid);
  const unwatchSending = watch([publishing]);
  const sent = await publishing.go(messages, ROUND_MS);
  unwatchSending();
  await publishing.ask({ do: 'close' }, 'closed');
  const expected = messages * publishers * copies(load);
  await subscribing.ask({ ...owners, returns: true }, 'open');
  const unwatch = watch([subscribing]);
  const received = await subscribing.go(expected, ROUND_MS);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await subscribing.ask({ do: 'close' }, 'closed');
  const seconds = (received.tally.last - received.tally.first) / 1000;
  return {
    ...roundOf(expected, sent, received, seconds, cpu),
    acknowledgedPerSecond: acknowledgedRate(sent),
  };
}
