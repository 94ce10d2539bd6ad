/**
 * `mqtt request`: publishes a request with the topic where the answer is to come, waits for it and prints it. In 5.0
 * correlation data says which answer is ours; in 3.x the first message on the response topic is.
 */
import { type Message, MqttError } from '@mqtt/client';
import { EXIT, exitCodeOf, UsageError } from '../exit-codes.ts';
import { withoutIdentifiers } from '../print/printed.ts';
import { printerOf } from '../print/printer.ts';
import type { RequestWords } from '../words/command-line.ts';
import { toConnection } from '../words/connection.ts';
import type { Given } from '../words/properties.ts';
import { type World, write } from '../world.ts';
import { checkTopicName, openAt, voiceOf, whenOver } from './open.ts';
import { payloadOf } from './payload.ts';

function isSame(one: Uint8Array | undefined, other: Uint8Array): boolean {
  return one?.length === other.length && one.every((byte, at) => byte === other[at]);
}

/** Asks; gives the exit status. @throws UsageError, MqttError */
export async function request(words: RequestWords, given: Given, world: World): Promise<number> {
  const connection = await toConnection(words, given, world);
  const topic = words.topic ?? connection.topic;
  if (topic === undefined) throw new UsageError('no topic: give -t, or a topic in the URL of -L');
  checkTopicName('-t', topic);
  if (words.responseTopic !== undefined) checkTopicName('-e', words.responseTopic);
  const isV5 = words.protocolVersion === 5;
  if (!isV5 && words.responseTopic === undefined)
    throw new UsageError('-V 311 knows no response topics: give -e, where the other side answers');
  const source = await payloadOf(words, world);
  if (source.is === 'lines') throw new UsageError('one request, one payload: -m, -f, -s or -n');
  const print = printerOf(words, world.stdout.isTTY === true);
  const voice = voiceOf(words, world);
  const correlationData = new TextEncoder().encode(`${Math.floor(world.random() * 2 ** 52).toString(36)}`);
  const own = (given.publish?.correlationData as Uint8Array | undefined) ?? correlationData;
  const { client } = await openAt(connection, voice);
  const responseTopic = words.responseTopic ?? `response/${client.clientId}`;
  const answer = new Promise<Message | Error | 'timeout' | 'interrupted'>((resolve) => {
    client.on('message', (message) => {
      if (message.topic !== responseTopic || message.retain) return;
      if (!isV5 || isSame(message.properties?.correlationData, own)) resolve(message);
      else voice.debug('an answer to somebody else, ignored');
    });
    world.clock.after(words.timeout * 1000, () => resolve('timeout'));
    world.onInterrupt(() => resolve('interrupted'));
    void whenOver(client).then((reason) => reason && resolve(reason));
  });
  try {
    const { qos, retain = false } = words;
    await client.subscribe(responseTopic, { qos });
    voice.debug(`subscribed ${responseTopic}`);
    const properties = { ...given.publish, responseTopic, correlationData: own };
    await client.publish(topic, source.payload, { qos, retain, ...(isV5 && { properties }) });
    const got = await answer;
    if (got instanceof Error) throw got;
    if (typeof got !== 'string')
      await write(world.stdout, print(withoutIdentifiers(got), world.clock.microseconds()));
    else if (got === 'timeout') voice.warn(`no answer within ${words.timeout} s`);
    await client.end();
    return got === 'timeout' ? EXIT.timeout : got === 'interrupted' ? EXIT.failed : EXIT.done;
  } catch (error) {
    await client.end({ timeout: 0 });
    if (!(error instanceof MqttError)) throw error;
    voice.warn(error.message);
    return exitCodeOf(error);
  }
}
