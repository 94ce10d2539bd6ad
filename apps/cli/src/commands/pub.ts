/**
 * `mqtt pub`: publishes what it is given and ends when the server has acknowledged all of it.
 */
import { type Client, MqttError, type PublishOptions } from '@mqtt/client';
import { EXIT, exitCodeOf, UsageError } from '../exit-codes.ts';
import type { PubWords } from '../words/command-line.ts';
import { toConnection, withWindow } from '../words/connection.ts';
import type { Given } from '../words/properties.ts';
import { pause, type World } from '../world.ts';
import { checkTopicName, openAt, voiceOf } from './open.ts';
import { payloadOf, type Source } from './payload.ts';

/** Messages of `-l` that may wait for their acknowledgement, unless -M says how many. */
const WINDOW = 1000;

/** Publishes; gives the exit status. @throws UsageError, MqttError */
export async function pub(words: PubWords, given: Given, world: World): Promise<number> {
  const connection = withWindow(await toConnection(words, given, world), words.maxInflight);
  const topic = words.topic ?? connection.topic;
  if (topic === undefined) throw new UsageError('no topic: give -t, or a topic in the URL of -L');
  checkTopicName('-t', topic);
  const { repeat, stdinLine } = words;
  if (repeat !== undefined && stdinLine === true) throw new UsageError('--repeat and -l: one of them');
  const source = await payloadOf(words, world);
  const voice = voiceOf(words, world);
  const { client } = await openAt(connection, voice);
  const release = world.onInterrupt(() => void client.end({ timeout: 0 }));
  try {
    await send(client, topic, source, words, optionsOf(words, given), world);
    await client.end(given.disconnect === undefined ? {} : { properties: given.disconnect });
    return EXIT.done;
  } catch (error) {
    await client.end({ timeout: 0 });
    if (!(error instanceof MqttError)) throw error;
    voice.warn(error.message);
    return exitCodeOf(error);
  } finally {
    release();
  }
}

function optionsOf({ qos, retain = false }: PubWords, { publish }: Given): PublishOptions {
  return { qos, retain, ...(publish !== undefined && { properties: publish }) };
}

async function send(
  client: Client,
  topic: string,
  source: Source,
  { repeat = 1, repeatDelay = 0, maxInflight = WINDOW }: PubWords,
  options: PublishOptions,
  { clock }: World,
): Promise<void> {
  if (source.is === 'lines') return sendLines(client, topic, source.lines(), options, maxInflight);
  for (let count = 1; count <= repeat; count++) {
    await client.publish(topic, source.payload, options);
    if (repeatDelay > 0 && count < repeat) await pause(clock, repeatDelay * 1000);
  }
}

/** Lines go out as they come, no faster than the server takes them. */
async function sendLines(
  client: Client,
  topic: string,
  lines: AsyncIterable<string>,
  options: PublishOptions,
  window: number,
): Promise<void> {
  const open = new Set<Promise<unknown>>();
  let failure: unknown;
  for await (const line of lines) {
    if (failure !== undefined) break;
    const sent = client.publish(topic, line, options).catch((error: unknown) => {
      failure ??= error;
    });
    open.add(sent);
    void sent.then(() => open.delete(sent));
    if (open.size >= window || options.qos === 0) await Promise.race(open);
  }
  await Promise.all(open);
  if (failure !== undefined) throw failure;
}
