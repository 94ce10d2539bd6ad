/**
 * What mqttd tells Prometheus: every counter of the broker, what it holds now, each bound beside it, and how the process
 * does. The names come from the broker's own tables, so a counter that is added there is here.
 */
import {
  type Broker,
  type CounterName,
  counters,
  type LimitName,
  type Limits,
  limits,
  type Sizes,
} from '@mqtt/broker';
import { type Family, gauge, snakeCase } from './prometheus.ts';

/** How the process does, read when it is asked for. */
export interface ProcessReadings {
  /** Seconds since 1970. */
  readonly startedAt: number;
  /** Seconds of both user and system. */
  readonly cpu: number;
  /** Bytes. */
  readonly rss: number;
  readonly heapUsed: number;
  readonly heapLimit: number;
  /** Seconds that the event loop was late since the last reading: quantile -> delay. */
  readonly eventLoopDelay: Readonly<Record<'0.5' | '0.99' | '1', number>>;
}

const SIZES: Readonly<Record<keyof Sizes, string>> = {
  connections: 'network connections',
  sessions: 'sessions, connected or not',
  subscriptions: 'subscriptions of all sessions',
  retained: 'retained messages',
  retainedBytes: 'bytes of retained messages',
  queuedMessages: 'QoS 1 and 2 messages that wait in all sessions',
  queuedBytes: 'bytes that wait in all sessions',
  inflightBytes: 'bytes of open messages to clients whose sessions no store keeps',
  messagesInMemory: 'open messages, and those that wait in sessions no store keeps',
  willBytes: 'bytes of the wills of all clients',
  outgoingBytes: 'bytes that wait for connections that do not take them',
  bytesBeforeConnect: 'bytes of connections that are not accepted yet',
  receivedBytes: 'bytes of clients that are not handled yet',
  overload: 'how overloaded the process is, 0 to 3',
};

/** Everything, now. `bounds` are the limits as they are set. */
export function* families(
  broker: Pick<Broker, 'metrics' | 'sizes'>,
  bounds: Limits,
  readings: ProcessReadings,
  own: Iterable<Family>,
  version: string,
): Generator<Family> {
  yield gauge('mqttd_info', 'which mqttd this is', [{ labels: { version }, value: 1 }]);
  for (const name of Object.keys(counters) as CounterName[]) {
    const samples = [{ value: broker.metrics[name] }];
    yield { name: `mqttd_${snakeCase(name)}_total`, type: 'counter', help: counters[name], samples };
  }
  const { sizes } = broker;
  for (const name of Object.keys(SIZES) as (keyof Sizes)[]) {
    yield gauge(`mqttd_${snakeCase(name)}`, SIZES[name], [{ value: sizes[name] }]);
  }
  for (const name of Object.keys(limits) as LimitName[]) {
    const [, , , unit, , meaning] = limits[name];
    yield gauge(`mqttd_limit_${snakeCase(name)}`, `${meaning} (${unit})`, [{ value: bounds[name] }]);
  }
  yield* messagesByQoS(broker.metrics);
  yield* own;
  yield* processFamilies(readings);
}

function* processFamilies(readings: ProcessReadings): Generator<Family> {
  const { startedAt, cpu, rss, heapUsed, heapLimit, eventLoopDelay } = readings;
  yield gauge('process_start_time_seconds', 'when mqttd was started, since 1970', [{ value: startedAt }]);
  yield {
    name: 'process_cpu_seconds_total',
    type: 'counter',
    help: 'CPU time of mqttd, user and system',
    samples: [{ value: cpu }],
  };
  yield gauge('process_resident_memory_bytes', 'resident memory of mqttd', [{ value: rss }]);
  yield gauge('nodejs_heap_size_used_bytes', 'heap in use', [{ value: heapUsed }]);
  yield gauge('nodejs_heap_size_limit_bytes', 'heap that V8 may use', [{ value: heapLimit }]);
  yield gauge(
    'mqttd_event_loop_delay_seconds',
    'how late the event loop was since the last scrape, by quantile',
    Object.entries(eventLoopDelay).map(([quantile, value]) => ({ labels: { quantile }, value })),
  );
}

/** QoS 0 is not counted by itself, so that it costs nothing: it is what is left. */
function* messagesByQoS(metrics: Broker['metrics']): Generator<Family> {
  const samples = (['Received', 'Sent'] as const).flatMap((way) => {
    const [one, two] = [metrics[`messages${way}QoS1`], metrics[`messages${way}QoS2`]];
    const values = [metrics[`messages${way}`] - one - two, one, two];
    const direction = way.toLowerCase();
    return values.map((value, qos) => ({ labels: { direction, qos: String(qos) }, value }));
  });
  yield {
    name: 'mqttd_messages_total',
    type: 'counter',
    help: 'PUBLISH packets by direction and QoS',
    samples,
  };
}
