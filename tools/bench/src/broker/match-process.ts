/**
 * A process with @mqtt/broker and a million subscriptions, on links that are no sockets: how much memory they take, and
 * how long one PUBLISH takes whose topic no cache knows, against one whose topic it knows. Then the tree alone, from the
 * sources, because it has no door. Says the figures to its parent.
 */
import { Buffer } from 'node:buffer';
import process from 'node:process';
import { setImmediate as turn } from 'node:timers/promises';
import { createBroker } from '@mqtt/broker';
// tidy-allow packages: what is measured alone here is no part of what the package offers
import { SubscriptionTree } from '../../../../packages/broker/src/router/subscription-tree.ts';
import { payloadOf, setNumber } from './payload.ts';
import { AREA, setTopic, topic, topicOf, unitFilters } from './topics.ts';
import { connect, publish, subscribe } from './wire.ts';

/** What was found. Times in microseconds: one for each message. */
export interface Found {
  readonly megabytes: number;
  /** The tree alone: who gets this topic? */
  readonly matched: readonly number[];
  readonly uncached: readonly number[];
  readonly cached: readonly number[];
  readonly expected: number;
  readonly delivered: number;
}

const PAYLOAD_BYTES = 64;
const FILTERS = 100;
const MESSAGES = 200_000;
/** Messages between two turns of the event loop. */
const A_TURN = 100;
const KNOWN_TOPICS = 100;
const MEGABYTE = 2 ** 20;

const broker = createBroker();
let written = 0;

type Receiver = ReturnType<typeof broker.accept>;

function open(name: string): Receiver {
  const link = {
    peer: name,
    write: (bytes: Uint8Array) => {
      written += bytes.length;
      return true;
    },
    hold: () => {},
    resume: () => {},
    close: () => {},
    abort: () => {},
  };
  const receiver = broker.accept(link);
  receiver.receive(connect(name));
  return receiver;
}

async function subscribeAll(clients: number): Promise<void> {
  for (let client = 0; client < clients; client++) {
    const receiver = open(`m${client}`);
    const filters = unitFilters(client);
    for (let at = 0; at < filters.length; at += FILTERS) {
      receiver.receive(subscribe(1, filters.slice(at, at + FILTERS), 0));
    }
    await turn();
  }
}

/** Publishes MESSAGES, each to the topic that `indexOf` says; the microseconds of each. */
async function time(publisher: Receiver, indexOf: (number: number) => number): Promise<Float64Array> {
  const frame = publish(topic(0), 0, payloadOf(0, PAYLOAD_BYTES));
  const topicAt = frame.length - PAYLOAD_BYTES - topic(0).length;
  const times = new Float64Array(MESSAGES);
  for (let number = 0; number < MESSAGES; number++) {
    const chunk = Uint8Array.from(frame);
    setTopic(chunk, topicAt, indexOf(number));
    setNumber(chunk, chunk.length - PAYLOAD_BYTES, number);
    const before = performance.now();
    publisher.receive(chunk);
    times[number] = (performance.now() - before) * 1000;
    if (number % A_TURN === 0) await turn();
  }
  await turn();
  return times;
}

async function find(clients: number): Promise<Found> {
  const before = process.memoryUsage.rss();
  await subscribeAll(clients);
  const megabytes = (process.memoryUsage.rss() - before) / MEGABYTE;
  const publisher = open('publisher');
  await turn();
  const all = { first: 0, each: clients * AREA };
  await time(publisher, (number) => topicOf(all, number)); // until the code is compiled
  written = 0;
  const uncached = await time(publisher, (number) => topicOf(all, number));
  const cached = await time(publisher, (number) => topicOf(all, number % KNOWN_TOPICS));
  const frameBytes = publish(topic(0), 0, payloadOf(0, PAYLOAD_BYTES)).length;
  const tree = timeTree(clients);
  const delivered = written / frameBytes + tree.found;
  const expected = 3 * MESSAGES;
  return {
    megabytes,
    matched: [...tree.times],
    uncached: [...uncached],
    cached: [...cached],
    expected,
    delivered,
  };
}

/** MESSAGES matches of a topic each, in a tree with the same subscriptions; the microseconds of each. */
function timeTree(clients: number): { readonly times: Float64Array; readonly found: number } {
  const tree = new SubscriptionTree();
  for (let client = 0; client < clients; client++) {
    const subscriber = {
      isOnline: true,
      load: 0,
      deliver: () => 1 as const,
      wouldWait: () => false,
      whenReady: () => {},
      overtake: () => {},
    };
    for (const filter of unitFilters(client)) {
      const topicFilter = Buffer.from(filter).toString(); // one piece, as a decoder makes it
      const options = { qos: 0, noLocal: false, retainAsPublished: false, identifiers: undefined } as const;
      tree.add(topicFilter, subscriber, { subscriber, topicFilter, ...options });
    }
  }
  const all = { first: 0, each: clients * AREA };
  const times = new Float64Array(MESSAGES);
  let found = 0;
  for (let number = -MESSAGES; number < MESSAGES; number++) {
    const name = Buffer.from(topic(topicOf(all, number + MESSAGES))).toString();
    const before = performance.now();
    tree.match(name, () => found++);
    if (number >= 0) times[number] = (performance.now() - before) * 1000;
    else found = 0; // until the code is compiled
  }
  return { times, found };
}

const found = await find(Number(process.argv[2]));
process.send?.(found, () => process.exit(0));
