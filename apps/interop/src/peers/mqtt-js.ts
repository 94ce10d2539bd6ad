/**
 * MQTT.js, the client most JavaScript programs use today.
 */
import { connect, connectAsync, type IClientOptions, type IPublishPacket, type MqttClient } from 'mqtt';
import { BATCH_PATIENCE, within } from './deadline.ts';
import { tlsOptions } from './door.ts';
import { Inbox } from './inbox.ts';
import type {
  Client,
  Door,
  Message,
  MessageProperties,
  Publishing,
  Subscriber,
  Subscribing,
  Way,
} from './peer.ts';
import { requestBySubscribing } from './request.ts';

const LEVELS = { '3.1': 3, '3.1.1': 4, '5.0': 5 } as const;
/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;
/** ms until it connects again. */
const SOON = 200;

function optionsFor(at: Door, way: Way): IClientOptions {
  const protocol = way.version === '3.1' ? { protocolId: 'MQIsdp' as const } : {};
  const { ca, cert, key } = tlsOptions(at, way);
  return {
    ...protocol,
    ...(ca === undefined ? {} : { ca: Buffer.from(ca) }),
    ...(cert === undefined ? {} : { cert: Buffer.from(cert) }),
    ...(key === undefined ? {} : { key: Buffer.from(key) }),
    protocolVersion: LEVELS[way.version],
    reconnectPeriod: 0,
    connectTimeout: 15_000,
    // RabbitMQ would take up its offer to compress, and what passes could not be read.
    ...(way.transport === 'ws' ? { wsOptions: { perMessageDeflate: false } } : {}),
  };
}

/** Properties as MQTT.js takes them: user properties as an object, several of one name as a list. */
function propertiesOf(properties: MessageProperties | undefined): IPublishPacket['properties'] {
  if (properties === undefined) return {};
  const { userProperties = [], payloadFormatIndicator, correlationData } = properties;
  const { messageExpiryInterval, contentType, responseTopic } = properties;
  const named: Record<string, string | string[]> = {};
  for (const [name, value] of userProperties) {
    const before = named[name];
    named[name] = before === undefined ? value : [...(typeof before === 'string' ? [before] : before), value];
  }
  return {
    ...(messageExpiryInterval === undefined ? {} : { messageExpiryInterval }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(userProperties.length > 0 ? { userProperties: named } : {}),
    ...(payloadFormatIndicator === undefined ? {} : { payloadFormatIndicator: payloadFormatIndicator === 1 }),
    ...(correlationData === undefined ? {} : { correlationData: Buffer.from(correlationData) }),
  };
}

function shownProperties(properties: IPublishPacket['properties']): MessageProperties {
  if (properties === undefined) return {};
  const { userProperties = {}, payloadFormatIndicator, correlationData } = properties;
  const { messageExpiryInterval, contentType, responseTopic } = properties;
  return {
    userProperties: Object.entries(userProperties).flatMap(([name, values]) =>
      [values].flat().map((value) => [name, value] as const),
    ),
    ...(messageExpiryInterval === undefined ? {} : { messageExpiryInterval }),
    ...(contentType === undefined ? {} : { contentType }),
    ...(payloadFormatIndicator === undefined
      ? {}
      : { payloadFormatIndicator: payloadFormatIndicator ? 1 : 0 }),
    ...(responseTopic === undefined ? {} : { responseTopic }),
    ...(correlationData === undefined ? {} : { correlationData }),
  };
}

async function publish(at: Door, way: Way, messages: readonly Message[], how: Publishing): Promise<void> {
  const aliases = how.topicAliases === true ? { autoUseTopicAlias: true, autoAssignTopicAlias: true } : {};
  const client = await connectAsync(at.url, { ...optionsFor(at, way), ...aliases });
  const is5 = way.version === '5.0';
  const sent = messages.map(({ topic, payload, qos, retain, properties }) =>
    client.publishAsync(topic, Buffer.from(payload), {
      qos,
      retain,
      ...(is5 ? { properties: propertiesOf(properties) } : {}),
    }),
  );
  await within(Promise.all(sent), 'the acknowledgements of MQTT.js', { patience: BATCH_PATIENCE });
  await client.endAsync();
}

function connectOptions(at: Door, way: Way, wish: Subscribing): IClientOptions {
  const is5 = way.version === '5.0';
  const { topicAliasMaximum, sessionExpiry = KEPT, keepAlive } = wish;
  const properties = {
    ...(wish.keep ? { sessionExpiryInterval: sessionExpiry } : {}),
    ...(topicAliasMaximum === undefined ? {} : { topicAliasMaximum }),
  };
  return {
    ...optionsFor(at, way),
    clientId: wish.clientId,
    clean: !wish.keep,
    ...(keepAlive === undefined ? {} : { keepalive: keepAlive }),
    ...(wish.will === undefined ? {} : { will: willOf(wish.will) }),
    ...(is5 ? { properties } : {}),
    ...(wish.reconnect === true ? { reconnectPeriod: SOON } : {}),
  };
}

function willOf({ topic, payload, qos, retain, delay }: NonNullable<Subscribing['will']>) {
  const properties = delay === undefined ? {} : { properties: { willDelayInterval: delay } };
  return { topic, payload: Buffer.from(payload), qos, retain, ...properties };
}

/** Settles when the connection is gone; with the reason code of the broker's DISCONNECT, if there was one. */
function ending(client: MqttClient): Promise<number | undefined> {
  return new Promise((resolve) => {
    let reasonCode: number | undefined;
    client.on('disconnect', (packet) => {
      reasonCode = packet.reasonCode;
    });
    client.on('close', () => resolve(reasonCode));
  });
}

async function subscribe(at: Door, way: Way, wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  // Messages of a resumed session follow CONNACK at once: the listeners stand before the connection does.
  const client = connect(at.url, connectOptions(at, way, wish));
  client.on('message', (topic, payload, { qos, retain, properties }) =>
    inbox.put({ topic, payload, qos, retain, properties: shownProperties(properties) }),
  );
  const closed = ending(client);
  await within(
    new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      client.once('close', () => reject(new Error('MQTT.js: the connection was closed before CONNACK')));
    }),
    'CONNACK for MQTT.js',
  ).catch((error: unknown) => {
    client.end(true);
    throw error;
  });
  client.on('error', () => undefined);
  const granted = await within(
    client.subscribeAsync([...wish.topicFilters], { qos: wish.qos }),
    'SUBACK for MQTT.js',
  );
  for (const { qos } of granted)
    if (qos !== wish.qos) throw new Error(`MQTT.js: granted ${qos}, not ${wish.qos}`);
  return {
    next: (patience) => inbox.next(patience),
    closed,
    end: () => client.endAsync(),
    kill: async () => {
      client.end(true);
      await within(closed, 'the end of MQTT.js after its network was cut');
    },
  };
}

/** MQTT.js in one protocol version over one transport. */
export function mqttJs(version: Way['version'], transport: Way['transport']): Client {
  const way = { version, transport };
  const client: Client = {
    name: 'MQTT.js',
    way,
    cannot: {
      keepsWindow: 'MQTT.js sends all it is given, whatever the Receive Maximum',
      endsWithWill: 'its DISCONNECT discards the will',
      ordersUserProperties: 'MQTT.js holds user properties as an object, by their names',
    },
    publish: (at, messages, how = {}) => publish(at, way, messages, how),
    subscribe: (at, wish) => subscribe(at, way, wish),
    request: (at, wish) => requestBySubscribing(client, at, wish),
  };
  return client;
}
