/**
 * MQTT.js, the client most JavaScript programs use today.
 */
import { connect, connectAsync, type IClientOptions, type MqttClient } from 'mqtt';
import { within } from './deadline.ts';
import { Inbox } from './inbox.ts';
import type { Addresses, Client, Message, Subscriber, Subscribing, Way } from './peer.ts';

const LEVELS = { '3.1': 3, '3.1.1': 4, '5.0': 5 } as const;
/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;

function optionsFor(version: Way['version']): IClientOptions {
  const protocol = version === '3.1' ? { protocolId: 'MQIsdp' as const } : {};
  return { ...protocol, protocolVersion: LEVELS[version], reconnectPeriod: 0, connectTimeout: 5000 };
}

async function publish(at: Addresses, way: Way, messages: readonly Message[]): Promise<void> {
  const client = await connectAsync(at[way.transport], optionsFor(way.version));
  const sent = messages.map(({ topic, payload, qos, retain }) =>
    client.publishAsync(topic, Buffer.from(payload), { qos, retain }),
  );
  await within(Promise.all(sent), 'the acknowledgements of MQTT.js');
  await client.endAsync();
}

function connectOptions(way: Way, wish: Subscribing): IClientOptions {
  const will =
    wish.will === undefined ? {} : { will: { ...wish.will, payload: Buffer.from(wish.will.payload) } };
  const expiry = way.version === '5.0' && wish.keep ? { properties: { sessionExpiryInterval: KEPT } } : {};
  return { ...optionsFor(way.version), clientId: wish.clientId, clean: !wish.keep, ...will, ...expiry };
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

async function subscribe(at: Addresses, way: Way, wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  // Messages of a resumed session follow CONNACK at once: the listeners stand before the connection does.
  const client = connect(at[way.transport], connectOptions(way, wish));
  client.on('message', (topic, payload, { qos, retain }) => inbox.put({ topic, payload, qos, retain }));
  const closed = ending(client);
  await within(
    new Promise<void>((resolve, reject) => {
      client.once('connect', () => resolve());
      client.once('error', reject);
      client.once('close', () => reject(new Error('MQTT.js: the connection was closed before CONNACK')));
    }),
    'CONNACK for MQTT.js',
  );
  client.on('error', () => undefined);
  const granted = await within(
    client.subscribeAsync(wish.topicFilter, { qos: wish.qos }),
    'SUBACK for MQTT.js',
  );
  if (granted[0]?.qos !== wish.qos) throw new Error(`MQTT.js: granted ${granted[0]?.qos}, not ${wish.qos}`);
  return {
    next: (patience) => inbox.next(patience),
    closed,
    end: () => client.endAsync(),
    kill: async () => {
      client.stream.destroy();
      await closed;
    },
  };
}

/** MQTT.js in one protocol version over one transport. */
export function mqttJs(version: Way['version'], transport: Way['transport']): Client {
  const way = { version, transport };
  return {
    name: 'MQTT.js',
    way,
    showsClose: true,
    keepsWindow: false,
    endsWithWill: false,
    publish: (at, messages) => publish(at, way, messages),
    subscribe: (at, wish) => subscribe(at, way, wish),
  };
}
