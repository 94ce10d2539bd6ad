/**
 * The loads, as data: who publishes to whom, how much, how fast, and what is to be reached against Mosquitto.
 * A new load is a new row here.
 */
import type { Spacing } from './orders.ts';
import { AREA } from './topics.ts';
import type { Transport } from './transports.ts';
import type { QoS, Version } from './wire.ts';

/** What is to be reached against Mosquitto in the same run, each as ours divided by its. */
export interface Targets {
  /** Messages a second: at least. */
  readonly rate?: number;
  /** Broker CPU for each message: at most. */
  readonly cpu?: number;
  /** Messages a second that publishers were acknowledged, no ratio: at least. */
  readonly acknowledged?: number;
  /** Latency at the 99th percentile: at most. */
  readonly p99?: number;
  /** Broker memory for each connection or subscription in KB, no ratio: at most. */
  readonly kilobytesEach?: number;
}

interface Named {
  readonly name: string;
  readonly targets?: Targets;
  readonly over: Transport;
  readonly version: Version;
  /** Part of `--smoke`, with so many connections, areas or the like in place of all. */
  readonly smoke?: number;
  /** Rounds enough for this load, however many are asked for. */
  readonly rounds?: number;
  /** A peer that cannot end this load in reasonable time, and why. */
  readonly without?: { readonly peer: string; readonly why: string };
}

/** Publishers send numbered messages, subscribers count and check them. */
export interface Traffic extends Named {
  readonly kind: 'traffic';
  readonly publishers: number;
  readonly subscribers: number;
  /** one: publisher i to subscriber i. all: one topic for everybody. */
  readonly to: 'one' | 'all';
  /** Subscriptions to one topic, or with wildcards to an area of 1,000. */
  readonly filters: 'topic' | 'area';
  readonly topics: Spacing;
  /** 5.0 with two user properties and a topic alias. */
  readonly usesAlias: boolean;
  readonly qos: QoS;
  readonly payloadBytes: number;
  /**
   * Sessions of subscribers that a broker which keeps things on disk keeps: with the subscribers there, or away until all
   * is published. undefined: clean sessions, and a broker that keeps nothing.
   */
  readonly sessions?: 'online' | 'away';
  /** Unacknowledged messages for each publisher; 0 at QoS 0. */
  readonly window: number;
  /** Messages a second of all publishers together, one message a write; undefined: as fast as back-pressure allows. */
  readonly perSecond?: number;
}

/** Connections that do nothing: the broker's memory for each. */
export interface Idle extends Named {
  readonly kind: 'idle';
  readonly connections: number;
}

/** Connections that come, are acknowledged and go, so many at a time. */
export interface Connects extends Named {
  readonly kind: 'connects';
  readonly connections: number;
  readonly atATime: number;
}

/**
 * A thousand subscriptions for each client, a tenth with wildcards: memory each, then messages to topics that come
 * once each, so that no cache helps.
 */
export interface Subscriptions extends Named {
  readonly kind: 'subscriptions';
  readonly clients: number;
  readonly publishers: number;
  readonly payloadBytes: number;
}

/** A thousand retained messages in each area: memory each, then all are fetched, area after area, with wildcards. */
export interface Retained extends Named {
  readonly kind: 'retained';
  readonly areas: number;
  readonly publishers: number;
  readonly fetchers: number;
  readonly payloadBytes: number;
}

/** mqttd's library in a process of its own, without sockets: memory of subscriptions and time of a match. */
export interface Match extends Named {
  readonly kind: 'match';
  readonly clients: number;
  /** Microseconds in the median, without the cache: at most. */
  readonly microseconds: number;
  /** Memory in MB: at most. */
  readonly megabytes: number;
}

/** A row of the table that is played against brokers. */
export type Load = Traffic | Idle | Connects | Subscriptions | Retained;

const WINDOW = 256;
const SMALL = 64;
const LARGE = 16 * 1024;
const PUBLISHERS = 4;

const bulk = { rate: 8, cpu: 1 / 10 };
const acknowledged = { rate: 6, cpu: 1 / 6 };
const fanOut = { rate: 10, cpu: 1 / 15 };
const paced = { cpu: 1.25, p99: 1.25 };

const kept = { rate: 3, acknowledged: 50_000 };

const plain = { over: 'tcp', version: 4 } as const;

type Shape = Pick<Traffic, 'publishers' | 'subscribers' | 'to' | 'topics'>;
const pairs = (count: number, each = 1): Shape => ({
  publishers: count,
  subscribers: count,
  to: 'one',
  topics: { spacing: AREA, each },
});
const together = (publishers: number, subscribers: number): Shape => ({
  publishers,
  subscribers,
  to: 'all',
  topics: { spacing: 0, each: 1 },
});

function traffic(name: string, shape: Shape, rest: Partial<Omit<Traffic, 'kind' | 'name'>> = {}): Traffic {
  const qos = rest.qos ?? 0;
  const window = qos === 0 ? 0 : WINDOW;
  const usual = { ...plain, qos, window, payloadBytes: SMALL, filters: 'topic', usesAlias: false } as const;
  return { kind: 'traffic', name, ...usual, ...shape, ...rest };
}

function idle(name: string, connections: number, kilobytesEach: number, over: Transport = 'tcp'): Idle {
  return {
    kind: 'idle',
    name,
    ...plain,
    over,
    connections,
    rounds: 3,
    smoke: 50,
    targets: { kilobytesEach },
  };
}

/** All loads, in the order of the report. */
export const loads: readonly Load[] = [
  traffic('flood QoS 0, 4 -> 4', pairs(4), { targets: bulk, smoke: 4 }),
  traffic('flood QoS 1, 4 -> 4', pairs(4), { qos: 1, targets: acknowledged }),
  traffic('flood QoS 2, 4 -> 4', pairs(4), { qos: 2, targets: acknowledged, smoke: 4 }),
  traffic('flood QoS 0, 50 -> 50', pairs(50), { targets: bulk }),
  traffic('flood QoS 1, 50 -> 50', pairs(50), { qos: 1, targets: acknowledged }),
  traffic('flood QoS 2, 50 -> 50', pairs(50), { qos: 2, targets: acknowledged }),
  traffic('fan-out QoS 0, 1 -> 50', together(1, 50), { targets: fanOut }),
  traffic('fan-out QoS 0, 1 -> 1000', together(1, 1000), { targets: fanOut }),
  traffic('fan-in QoS 0, 50 -> 1', together(50, 1)),
  traffic('wildcard subscribers QoS 0, 4 -> 4, 100 topics each', pairs(4, 100), {
    filters: 'area',
    targets: bulk,
    smoke: 4,
  }),
  traffic('5.0 alias and user properties QoS 0, 4 -> 4', pairs(4), {
    version: 5,
    usesAlias: true,
    targets: bulk,
    smoke: 4,
  }),
  traffic('TLS flood QoS 0, 4 -> 4', pairs(4), { over: 'tls', targets: bulk, smoke: 4 }),
  traffic('WebSocket flood QoS 0, 4 -> 4', pairs(4), { over: 'ws', targets: bulk, smoke: 4 }),
  traffic('16 KB payloads QoS 0, 4 -> 4', pairs(4), { payloadBytes: LARGE }),
  traffic('paced QoS 0, 1000 -> 1000, 20000/s', pairs(1000), { perSecond: 20_000, targets: paced }),
  traffic('paced QoS 0, 100 -> 100, 5000/s', pairs(100), { perSecond: 5_000, targets: paced }),
  traffic('kept sessions QoS 1, 50 -> 50', pairs(50), { qos: 1, sessions: 'online', targets: kept }),
  traffic('kept sessions QoS 2, 50 -> 50', pairs(50), { qos: 2, sessions: 'online', targets: { rate: 3 } }),
  traffic('kept sessions that are away QoS 1, 50 -> 50', pairs(50), {
    qos: 1,
    sessions: 'away',
    targets: { acknowledged: 50_000 },
    smoke: 4,
  }),
  traffic('kept sessions that are away QoS 2, 50 -> 50', pairs(50), { qos: 2, sessions: 'away' }),
  traffic('kept sessions that are away QoS 1, 1 -> 1000', together(1, 1000), { qos: 1, sessions: 'away' }),
  idle('idle, 8000 connections over TCP', 8_000, 6),
  idle('idle, 8000 connections over WebSocket', 8_000, 10, 'ws'),
  idle('idle, 4000 connections over TLS', 4_000, 36, 'tls'),
  {
    kind: 'connects',
    name: 'connects, 50 at a time',
    ...plain,
    connections: 2_000,
    atATime: 50,
    targets: { rate: 0.8 },
    smoke: 100,
  },
  {
    kind: 'subscriptions',
    name: '1000000 subscriptions, a message to each',
    ...plain,
    clients: 1000,
    publishers: PUBLISHERS,
    payloadBytes: SMALL,
    rounds: 3,
    smoke: 2,
    targets: { kilobytesEach: 0.6 },
  },
  {
    kind: 'retained',
    name: '1000000 retained, fetched with wildcards',
    ...plain,
    areas: 1000,
    publishers: PUBLISHERS,
    fetchers: 10,
    payloadBytes: SMALL,
    without: {
      peer: 'aedes',
      why: 'it looks through all retained messages for each SUBSCRIBE with a wildcard',
    },
    rounds: 3,
    smoke: 2,
  },
];

/** What is measured without sockets. */
export const match: Match = {
  kind: 'match',
  name: 'match against 1000000 subscriptions, in process',
  ...plain,
  clients: 1000,
  microseconds: 2,
  megabytes: 600,
  smoke: 4,
};

/** The load of `--smoke`: the same, small and without targets, which nothing so short can miss or reach. */
export function small(load: Load): Load {
  const count = load.smoke ?? 0;
  const { targets: _, without: __, ...rest } = load;
  const name = `${load.name}: only ${count}`;
  switch (rest.kind) {
    case 'traffic':
      return rest;
    case 'idle':
    case 'connects':
      return { ...rest, name, connections: count };
    case 'subscriptions':
      return { ...rest, name, clients: count };
    case 'retained':
      return { ...rest, name, areas: count };
  }
}

/** Deliveries that one message causes. */
export function copies(load: Traffic): number {
  return load.to === 'all' ? load.subscribers : 1;
}
