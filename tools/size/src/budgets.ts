/**
 * What an import may cost in a user's bundle, as one table: bytes after minifying and gzip.
 * To raise a budget, say in the commit what the bytes buy.
 */

/** An import a user writes, and the most it may add to a bundle. */
export interface Budget {
  readonly name: string;
  /** The module a user would write; every import it keeps is used. */
  readonly source: string;
  /** Bytes, minified and gzipped (level 9). */
  readonly most: number;
}

const use = (names: string, from: string): string => `export { ${names} } from '${from}';`;

const program = (entry: string): string => `import { connect } from '${entry}';
export async function run(url) {
  const client = await connect(url);
  await client.subscribe('a/#', { onMessage: (message) => console.log(message.topic, message.text()) });
  await client.publish('a/b', 'c', { qos: 1 });
}`;

/** The same with others' clients, for comparison: what is printed and not held. */
export const PEERS: readonly Omit<Budget, 'most'>[] = [
  {
    name: 'MQTT.js',
    source: `import mqtt from 'mqtt';
export async function run(url) {
  const client = await mqtt.connectAsync(url);
  client.on('message', (topic, payload) => console.log(topic, payload.toString()));
  await client.subscribeAsync('a/#');
  await client.publishAsync('a/b', 'c', { qos: 1 });
}`,
  },
  {
    name: 'paho-mqtt (3.1.1 only)',
    source: `import { Client, Message } from 'paho-mqtt';
export function run(url) {
  const client = new Client(url, 'id');
  client.onMessageArrived = (message) => console.log(message.destinationName, message.payloadString);
  client.connect({
    onSuccess() {
      client.subscribe('a/#');
      const message = new Message('c');
      message.destinationName = 'a/b';
      client.send(message);
    },
  });
}`,
  },
  {
    name: 'u8-mqtt (no QoS 2, no validation)',
    source: `import mqtt_client from 'u8-mqtt';
export async function run(url) {
  const client = mqtt_client().with_websock(url).with_autoreconnect();
  await client.connect();
  client.subscribe_topic('a/:rest', (packet, params) => console.log(params, packet.utf8()));
  await client.publish({ topic: 'a/b', payload: 'c', qos: 1 });
}`,
  },
];

/** Every budget that `npm run check` holds. */
export const BUDGETS: readonly Budget[] = [
  {
    name: 'codec: encode and decode, all versions',
    source: use('encode, Decoder', '@mqtt/codec'),
    most: 7168,
  },
  { name: 'codec: decode only', source: use('Decoder', '@mqtt/codec'), most: 5632 },
  { name: 'codec: encode only', source: use('encode', '@mqtt/codec'), most: 5120 },
  { name: 'codec: write PUBLISH only', source: use('Writer, writePublish', '@mqtt/codec'), most: 3072 },
  { name: 'codec: topics only', source: use('matches, isTopicFilter', '@mqtt/codec/topics'), most: 640 },
  {
    name: 'client/small: connect, publish, subscribe',
    source: program('@mqtt/client/small'),
    most: 14_336,
  },
  {
    name: 'client: the same, with every option',
    source: program('@mqtt/client'),
    most: 25_344,
  },
  { name: 'codec: the error class only', source: use('ProtocolError', '@mqtt/codec'), most: 1152 },
];
