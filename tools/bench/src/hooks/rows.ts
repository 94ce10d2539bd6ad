/** What is compared, as data: a broker with something installed against one with nothing, under the same messages. */
import type { BrokerOptions } from '@mqtt/broker';

/** One line of the table. */
export interface Row {
  readonly name: string;
  readonly options: BrokerOptions;
  /** Topic Alias Maximum of the subscribers; undefined: they say nothing. */
  readonly topicAliasMaximum?: number;
}

/** A load, and the rows measured under it; the first is what the others are held against. */
export interface Bench {
  readonly name: string;
  readonly topics: readonly string[];
  readonly subscribers: number;
  readonly payloadBytes: number;
  readonly rows: readonly Row[];
}

const nothing: Row = { name: 'nothing installed', options: {} };

const hooks: readonly Row[] = [
  nothing,
  { name: 'nothing, a second time', options: { hooks: {}, access: {} } },
  { name: 'onPublish that changes nothing', options: { hooks: { onPublish: () => undefined } } },
  {
    name: 'onPublish that changes the topic',
    options: { hooks: { onPublish: () => ({ change: { topic: 'changed/topic' } }) } },
  },
  { name: 'onDeliver', options: { hooks: { onDeliver: () => undefined } } },
  { name: 'authorizePublish', options: { access: { authorizePublish: () => true } } },
  { name: 'authorizeReceive', options: { access: { authorizeReceive: () => true } } },
];

const aliases: readonly Row[] = [
  nothing,
  { name: 'Topic Alias Maximum 65,535', options: {}, topicAliasMaximum: 65_535 },
];

const deep = (at: number): string => `building/7/floor/3/room/${at}/temperature`;
const many = (count: number): string[] => Array.from({ length: count }, (_, at) => deep(at));

/** All benches. */
export const benches: readonly Bench[] = [
  { name: 'hooks, 1 -> 1, 64 B', topics: ['bench/1'], subscribers: 1, payloadBytes: 64, rows: hooks },
  { name: 'hooks, 1 -> 50, 64 B', topics: ['bench/1'], subscribers: 50, payloadBytes: 64, rows: hooks },
  { name: 'aliases, a short topic', topics: ['bench/1'], subscribers: 1, payloadBytes: 64, rows: aliases },
  { name: 'aliases, a long topic, 64 B', topics: [deep(1)], subscribers: 1, payloadBytes: 64, rows: aliases },
  { name: 'aliases, a long topic, 16 B', topics: [deep(1)], subscribers: 1, payloadBytes: 16, rows: aliases },
  { name: 'aliases, 1 -> 50', topics: [deep(1)], subscribers: 50, payloadBytes: 16, rows: aliases },
  { name: 'aliases, 30 topics in turn', topics: many(30), subscribers: 1, payloadBytes: 16, rows: aliases },
  {
    name: 'aliases, 5,000 topics in turn',
    topics: many(5000),
    subscribers: 1,
    payloadBytes: 16,
    rows: aliases,
  },
];
