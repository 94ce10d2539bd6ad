/**
 * `@mqtt/client`, as a program imports it.
 */
import {
  type Client as Connected,
  type ConnectOptions,
  connect,
  type Message as Received,
  RefusedError,
} from '@mqtt/client';
import { automaticTopicAliases } from '@mqtt/client/topic-aliases';
import { BATCH_PATIENCE, within } from './deadline.ts';
import { tlsOptions } from './door.ts';
import { Inbox } from './inbox.ts';
import type { Client, Door, Message, Publishing, Request, Subscriber, Subscribing, Way } from './peer.ts';

/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;
/** How it comes back, ms. */
const RECONNECT = { minimumDelay: 50, maximumDelay: 500 } as const;

/** Options that every connection of a way has. */
function base(at: Door, way: Way) {
  const tls = tlsOptions(at, way);
  const { ca, cert, key } = tls;
  const buffers = {
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(cert === undefined ? {} : { cert: Buffer.from(cert) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
  };
  return { connectTimeout: 15_000, tls: buffers } as const;
}

/** The version; 5.0 alone has properties. */
function versioned(version: Way['version'], wish?: Subscribing): ConnectOptions {
  if (version !== '5.0') return { version: version === '3.1' ? 3 : 4, ...session(wish) };
  const expiry = wish?.keep === true ? { sessionExpiryInterval: wish.sessionExpiry ?? KEPT } : {};
  const { topicAliasMaximum, will } = wish ?? {};
  const properties = { ...expiry, ...(topicAliasMaximum === undefined ? {} : { topicAliasMaximum }) };
  const delay = will?.delay === undefined ? {} : { properties: { willDelayInterval: will.delay } };
  return {
    version: 5,
    ...session(wish),
    properties,
    ...(will === undefined ? {} : { will: { ...willOf(will), ...delay } }),
  };
}

function session(wish: Subscribing | undefined) {
  if (wish === undefined) return { reconnect: false };
  return {
    clientId: wish.clientId,
    cleanStart: !wish.keep,
    reconnect: wish.reconnect === true ? RECONNECT : false,
    ...(wish.keepAlive === undefined ? {} : { keepAlive: wish.keepAlive }),
    ...(wish.will === undefined ? {} : { will: willOf(wish.will) }),
  };
}

function willOf({ topic, payload, qos, retain }: Message) {
  return { topic, payload, qos, retain };
}

async function publish(at: Door, way: Way, messages: readonly Message[], how: Publishing): Promise<void> {
  const aliases = how.topicAliases === true ? { topicAliases: automaticTopicAliases() } : {};
  const client = await connect(at.url, { ...base(at, way), ...versioned(way.version), ...aliases });
  const sent = messages.map(({ topic, payload, qos, retain, properties }) =>
    client.publish(topic, payload, { qos, retain, ...(properties === undefined ? {} : { properties }) }),
  );
  await within(Promise.all(sent), 'the acknowledgements of @mqtt/client', { patience: BATCH_PATIENCE });
  await client.end();
}

function message({ topic, payload, qos, retain, properties }: Received): Message {
  return { topic, payload, qos, retain, properties };
}

/** Settles when the connection is gone; a client that connects again is `waiting` then. */
function ending(client: Connected): Promise<number | undefined> {
  return new Promise((resolve) => {
    client.on('state', (state) => {
      if (state.status !== 'ended' && state.status !== 'waiting') return;
      resolve(state.reason instanceof RefusedError ? state.reason.reasonCode : undefined);
    });
  });
}

async function subscribe(at: Door, way: Way, wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  const onMessage = (received: Received): void => inbox.put(message(received));
  const client = await connect(at.url, { ...base(at, way), ...versioned(way.version, wish), onMessage });
  const closed = ending(client);
  const granted = await within(
    client.subscribe([...wish.topicFilters], { qos: wish.qos }),
    'SUBACK for @mqtt/client',
  );
  for (const { qos } of granted)
    if (qos !== wish.qos) throw new Error(`@mqtt/client: granted ${qos}, not ${wish.qos}`);
  return {
    next: (patience) => inbox.next(patience),
    closed,
    end: () => client.end(),
    kill: async () => {
      await within(closed, 'the end of @mqtt/client after its network was cut');
      if (wish.reconnect === true) await client.end();
    },
  };
}

async function request(at: Door, way: Way, wish: Request): Promise<Message> {
  const client = await connect(at.url, { ...base(at, way), ...versioned(way.version) });
  const answer = await client.request(wish.topic, wish.payload, { qos: wish.qos, timeout: 10_000 });
  await client.end();
  return message(answer);
}

/** Our client in one protocol version over one transport. */
export function ourClient(version: Way['version'], transport: Way['transport']): Client {
  const way = { version, transport };
  return {
    name: '@mqtt/client',
    way,
    cannot: { endsWithWill: 'its DISCONNECT discards the will' },
    publish: (at, messages, how = {}) => publish(at, way, messages, how),
    subscribe: (at, wish) => subscribe(at, way, wish),
    request: (at, wish) => request(at, way, wish),
  };
}
