/**
 * `@mqtt/client` in a page, behind the line protocol: the test hands lines to `globalThis.perform`, and takes the lines
 * that come back from the function `report` that it gave the page. Serves any number of connections.
 */
import { type Client, type ConnectOptions, connect, type Message, RefusedError } from '@mqtt/client';
import { automaticTopicAliases } from '@mqtt/client/topic-aliases';
import type {
  Answer,
  ConnectOrder,
  LineEvent,
  LineMessage,
  LineProperties,
  Order,
} from '../line-protocol.ts';

declare global {
  /** Takes a line of the protocol. */
  var perform: (line: string) => void;
  /** Given by the test: takes a line of the protocol. */
  var report: (line: string) => Promise<void>;
}

type Given = Order & { readonly id: number; readonly client: string };

/** A connection, and the topics behind the aliases that orders use: the library finds aliases of its own. */
interface Connection {
  readonly client: Client;
  readonly topics: Map<number, string>;
}

const connections = new Map<string, Connection>();

function write(line: object): void {
  void globalThis.report(JSON.stringify(line));
}

function bytesOf(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

function base64(bytes: Uint8Array): string {
  let text = '';
  // Arguments are limited: a megabyte goes in pieces.
  for (let at = 0; at < bytes.length; at += 8192)
    text += String.fromCharCode(...bytes.subarray(at, at + 8192));
  return btoa(text);
}

function propertiesOf({ correlationData: data, ...others }: LineProperties) {
  return data === undefined ? others : { ...others, correlationData: bytesOf(data) };
}

function lineMessage({ topic, payload, qos, retain, properties = {} }: Message): LineMessage {
  const { userProperties, messageExpiryInterval, contentType, payloadFormatIndicator, responseTopic } =
    properties;
  const { correlationData: data } = properties;
  return {
    topic,
    payload: base64(payload),
    qos,
    retain,
    properties: {
      userProperties,
      messageExpiryInterval,
      contentType,
      payloadFormatIndicator,
      responseTopic,
      correlationData: data === undefined ? undefined : base64(data),
    },
  };
}

function optionsOf(order: ConnectOrder): ConnectOptions {
  const { clientId, cleanStart, keepAlive, will, username, password } = order;
  const { sessionExpiryInterval, receiveMaximum, topicAliasMaximum } = order;
  const base = {
    clientId,
    cleanStart,
    keepAlive,
    username,
    password,
    connectTimeout: 15_000,
    reconnect: order.reconnect ? { minimumDelay: 50, maximumDelay: 500 } : (false as const),
  };
  const message = will && {
    topic: will.topic,
    payload: bytesOf(will.payload),
    qos: will.qos,
    retain: will.retain,
  };
  if (order.version !== '5.0') return { ...base, will: message, version: order.version === '3.1' ? 3 : 4 };
  const delay = { ...propertiesOf(will?.properties ?? {}), willDelayInterval: will?.delay };
  return {
    ...base,
    version: 5,
    will: message && { ...message, properties: delay },
    properties: { sessionExpiryInterval, receiveMaximum, topicAliasMaximum },
    topicAliases: automaticTopicAliases(),
  };
}

function over(name: string, client: Client, isKept: boolean): void {
  client.on('state', (state) => {
    if (state.status !== 'ended' || isKept || !connections.delete(name)) return;
    const { reason } = state;
    const code = reason instanceof RefusedError ? { reasonCode: reason.reasonCode } : {};
    const event: LineEvent = { event: 'closed', ...code };
    write({ client: name, ...event });
  });
}

async function open(name: string, order: ConnectOrder): Promise<Answer> {
  const client = await connect(order.url, {
    ...optionsOf(order),
    onMessage: (message) => write({ client: name, event: 'message', message: lineMessage(message) }),
  });
  connections.set(name, { client, topics: new Map() });
  over(name, client, order.reconnect);
  const { state } = client;
  return { sessionPresent: state.status === 'connected' && state.sessionPresent };
}

/** The topic of a message, or the one that its alias stands for. */
function topicOf({ topic, topicAlias = 0 }: LineMessage, topics: Map<number, string>): string {
  if (topic !== '') topics.set(topicAlias, topic);
  return topic === '' ? (topics.get(topicAlias) ?? '') : topic;
}

async function publish({ client, topics }: Connection, messages: readonly LineMessage[]): Promise<void> {
  const sent = messages.map((message) => {
    const { payload, qos, retain, properties } = message;
    const options = {
      qos,
      retain,
      ...(properties === undefined ? {} : { properties: propertiesOf(properties) }),
    };
    return client.publish(topicOf(message, topics), bytesOf(payload), options);
  });
  await Promise.all(sent);
}

async function done(order: Given): Promise<Answer> {
  if (order.do === 'connect') return open(order.client, order);
  const connection = connections.get(order.client);
  if (connection === undefined) {
    if (order.do === 'drop') return {};
    throw new Error('there is no such connection');
  }
  const { client } = connection;
  switch (order.do) {
    case 'subscribe': {
      const grants = await client.subscribe([...order.topicFilters], { qos: order.qos });
      return { reasonCodes: grants.map(({ reasonCode }) => reasonCode) };
    }
    case 'unsubscribe':
      await client.unsubscribe(order.topicFilter);
      return {};
    case 'publish':
      await publish(connection, order.messages);
      return {};
    case 'disconnect':
    case 'drop':
      connections.delete(order.client);
      await client.end(order.do === 'drop' ? { timeout: 0 } : {});
      return {};
  }
}

globalThis.perform = (text) => {
  const order = JSON.parse(text) as Given;
  done(order).then(
    (answer) => write({ id: order.id, ...answer }),
    (error: unknown) => write({ id: order.id, error: String(error) }),
  );
};
write({ ready: { name: '@mqtt/client (browser)', version: navigator.userAgent } });
