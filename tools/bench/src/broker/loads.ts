/**
 * The loads, as data: who publishes to whom, how much, how fast, and what is to be reached against Mosquitto.
 * A new load is a new row here.
 */
import type { QoS } from './wire.ts';

/** What is to be reached against Mosquitto in the same run, each as ours divided by its. */
export interface Targets {
  /** Messages a second: at least. */
  readonly rate?: number;
  /** Broker CPU for each message: at most. */
  readonly cpu?: number;
  /** Latency at the 99th percentile: at most. */
  readonly p99?: number;
  /** Broker memory for each connection in KB, no ratio: at most. */
  readonly kilobytesEach?: number;
}

interface Named {
  readonly name: string;
  readonly targets?: Targets;
  /** Connections that every broker must be able to hold; the load is left out where the machine's limit is lower. */
  readonly smoke?: boolean;
}

/** Publishers send numbered messages, subscribers count and check them. */
export interface Traffic extends Named {
  readonly kind: 'traffic';
  readonly publishers: number;
  readonly subscribers: number;
  /** one: publisher i to subscriber i. all: one topic for everybody. */
  readonly to: 'one' | 'all';
  readonly qos: QoS;
  readonly payloadBytes: number;
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

/** A row of the table. */
export type Load = Traffic | Idle | Connects;

const WINDOW = 256;
const SMALL = 64;
const LARGE = 16 * 1024;

const bulk = { rate: 8, cpu: 1 / 10 };
const acknowledged = { rate: 6, cpu: 1 / 6 };
const fanOut = { rate: 10, cpu: 1 / 15 };
const paced = { cpu: 1.25, p99: 1.25 };

type Shape = Pick<Traffic, 'publishers' | 'subscribers' | 'to'>;
const pairs = (count: number): Shape => ({ publishers: count, subscribers: count, to: 'one' });

function traffic(name: string, shape: Shape, rest: Partial<Omit<Traffic, 'kind' | 'name'>> = {}): Traffic {
  const qos = rest.qos ?? 0;
  const window = qos === 0 ? 0 : WINDOW;
  return { kind: 'traffic', name, ...shape, qos, payloadBytes: SMALL, window, ...rest };
}

/** All loads, in the order of the report. */
export const loads: readonly Load[] = [
  traffic('flood QoS 0, 4 -> 4', pairs(4), { targets: bulk, smoke: true }),
  traffic('flood QoS 1, 4 -> 4', pairs(4), { qos: 1, targets: acknowledged }),
  traffic('flood QoS 2, 4 -> 4', pairs(4), { qos: 2, targets: acknowledged }),
  traffic('flood QoS 0, 50 -> 50', pairs(50), { targets: bulk }),
  traffic('flood QoS 1, 50 -> 50', pairs(50), { qos: 1, targets: acknowledged }),
  traffic('flood QoS 2, 50 -> 50', pairs(50), { qos: 2, targets: acknowledged }),
  traffic('fan-out QoS 0, 1 -> 50', { publishers: 1, subscribers: 50, to: 'all' }, { targets: fanOut }),
  traffic('fan-out QoS 0, 1 -> 1000', { publishers: 1, subscribers: 1000, to: 'all' }, { targets: fanOut }),
  traffic('fan-in QoS 0, 50 -> 1', { publishers: 50, subscribers: 1, to: 'all' }),
  traffic('16 KB payloads QoS 0, 4 -> 4', pairs(4), { payloadBytes: LARGE }),
  traffic('paced QoS 0, 1000 -> 1000, 20000/s', pairs(1000), { perSecond: 20_000, targets: paced }),
  traffic('paced QoS 0, 100 -> 100, 5000/s', pairs(100), { perSecond: 5_000, targets: paced }),
  { kind: 'idle', name: 'idle, 8000 connections', connections: 8_000, targets: { kilobytesEach: 6 } },
  {
    kind: 'connects',
    name: 'connects, 50 at a time',
    connections: 2_000,
    atATime: 50,
    targets: { rate: 0.8 },
  },
];

/** A topic of 27 bytes, as a plant would name it. */
export function topic(number: number): string {
  return `bench/f1/unit/${String(number).padStart(4, '0')}/pressure`;
}

/** Deliveries that one message causes. */
export function copies(load: Traffic): number {
  return load.to === 'all' ? load.subscribers : 1;
}
