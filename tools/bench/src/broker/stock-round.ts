/**
 * One round in which a broker holds very many of something: subscriptions, or retained messages. Their memory each,
 * with a fresh broker, and how fast they are found.
 */
import type { Running } from './brokers.ts';
import type { Retained, Subscriptions } from './loads.ts';
import { type Crews, ROUND_MS, type Round, roundOf, settle, watch } from './round.ts';
import { AREA } from './topics.ts';
import { cpuMicroseconds, residentKilobytes } from './usage.ts';

/** Every topic gets one message, and has one subscription. */
export async function subscriptionsRound(load: Subscriptions, broker: Running, crews: Crews): Promise<Round> {
  const { publishing, subscribing } = crews;
  const { clients, publishers, payloadBytes } = load;
  const address = { port: broker.port, over: load.over, version: load.version };
  const all = clients * AREA;
  const each = all / publishers;
  const shared = { address, qos: 0, payloadBytes, topics: { spacing: each, each } } as const;
  const memory = residentKilobytes(broker.pid);
  const subscribers = { ...shared, do: 'subscribers', to: 'units', publishers, keepsTimes: false } as const;
  await subscribing.ask({ ...subscribers, count: clients }, 'open');
  await settle(all);
  const grown = residentKilobytes(broker.pid) - memory;
  const sending = { ...shared, do: 'publishers', retain: false, usesAlias: false, window: 0 } as const;
  await publishing.ask({ ...sending, count: publishers }, 'open');
  const before = cpuMicroseconds(broker.pid);
  const unwatch = watch([publishing, subscribing]);
  const receiving = subscribing.go(all, ROUND_MS);
  const [sent, received] = await Promise.all([publishing.go(each, ROUND_MS), receiving]);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await Promise.all([publishing.ask({ do: 'close' }, 'closed'), subscribing.ask({ do: 'close' }, 'closed')]);
  const seconds = (received.tally.last - sent.tally.first) / 1000;
  return { ...roundOf(all, sent, received, seconds, cpu), kilobytesEach: grown / all };
}

/** Every topic gets a retained message, then all are fetched. */
export async function retainedRound(load: Retained, broker: Running, crews: Crews): Promise<Round> {
  const { publishing, subscribing } = crews;
  const { areas, publishers, payloadBytes } = load;
  const address = { port: broker.port, over: load.over, version: load.version };
  const all = areas * AREA;
  const each = all / publishers;
  const shared = { address, payloadBytes, topics: { spacing: each, each } } as const;
  const memory = residentKilobytes(broker.pid);
  const sending = { ...shared, do: 'publishers', qos: 0, retain: true, usesAlias: false, window: 0 } as const;
  await publishing.ask({ ...sending, count: publishers }, 'open');
  const unwatchFilling = watch([publishing]);
  const filled = await publishing.go(each, ROUND_MS);
  unwatchFilling();
  await publishing.ask({ do: 'close' }, 'closed');
  await settle(all);
  const grown = residentKilobytes(broker.pid) - memory;
  await subscribing.ask({ ...shared, do: 'fetchers', publishers, count: load.fetchers }, 'open');
  const before = cpuMicroseconds(broker.pid);
  const unwatch = watch([subscribing]);
  const fetched = await subscribing.go(areas, ROUND_MS);
  unwatch();
  const cpu = cpuMicroseconds(broker.pid) - before;
  await subscribing.ask({ do: 'close' }, 'closed');
  const seconds = (fetched.tally.last - fetched.tally.first) / 1000;
  const nothing = { tally: { ...filled.tally, ended: filled.tally.ended }, cpuMicroseconds: 0 };
  return { ...roundOf(all, nothing, fetched, seconds, cpu), kilobytesEach: grown / all };
}
