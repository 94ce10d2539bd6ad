/**
 * `mqtt sub`: subscribes and prints what comes, until it is told to end: Ctrl-C, `-C`, `-W`, `-E`, `--retained-only`.
 * Which messages are printed is `wanted.ts`, what is printed `print/`.
 */
import { type Client, type Message, MqttError, SubscribeRefusedError } from '@mqtt/client';
import { EXIT, exitCodeOf, UsageError } from '../exit-codes.ts';
import { withoutIdentifiers } from '../print/printed.ts';
import { printerOf } from '../print/printer.ts';
import { TopicTree } from '../print/tree.ts';
import type { SubWords } from '../words/command-line.ts';
import { toConnection } from '../words/connection.ts';
import type { Given } from '../words/properties.ts';
import { type World, write } from '../world.ts';
import { checkTopicFilter, openAt, type Voice, voiceOf, whenOver } from './open.ts';
import { Wanted } from './wanted.ts';

/** What takes the messages that are wanted. */
interface Sink {
  readonly take: (message: Message) => void | Promise<void>;
  readonly close: () => void;
}

/** Subscribes and prints; gives the exit status. @throws UsageError, MqttError */
export async function sub(words: SubWords, given: Given, world: World): Promise<number> {
  const connection = await toConnection(words, given, world);
  const filters = words.topic ?? (connection.topic === undefined ? [] : [connection.topic]);
  if (filters.length === 0 && words.unsubscribe === undefined)
    throw new UsageError('no topic filter: give -t, or a topic in the URL of -L');
  for (const filter of filters) checkTopicFilter('-t', filter);
  for (const filter of words.filterOut ?? []) checkTopicFilter('-T', filter);
  for (const filter of words.unsubscribe ?? []) checkTopicFilter('-U', filter);
  const needs5 = words.noLocal ?? words.retainAsPublished ?? words.retainHandling;
  if (words.protocolVersion < 5 && needs5)
    throw new UsageError('--no-local, --retain-as-published and --retain-handling need version 5: -V 5');
  const voice = voiceOf(words, world);
  const stop = new Stop();
  const sink = words.tree === true ? treeSink(world) : lineSink(words, given, world, voice);
  const wanted = new Wanted(words, world.random);
  const release = world.onInterrupt(() => stop.now(EXIT.done));
  world.stdout.on('close', () => stop.now(EXIT.done));
  const held: { client?: Client } = {};
  const onMessage = (message: Message): void | Promise<void> => {
    if (stop.code !== undefined) return undefined;
    const verdict = wanted.judge(message);
    if (verdict.clear) void held.client?.publish(message.topic, '', { retain: true }).catch(() => {});
    if (verdict.end === 'before') stop.now(EXIT.done);
    if (!verdict.print) return undefined;
    const taken = sink.take(message);
    if (verdict.end === 'after') stop.now(EXIT.done);
    return taken;
  };
  try {
    const { client } = await openAt(connection, voice, onMessage);
    held.client = client;
    return await listen(client, filters, words, given, stop, voice, world);
  } finally {
    release();
    sink.close();
  }
}

async function listen(
  client: Client,
  filters: readonly string[],
  words: SubWords,
  given: Given,
  stop: Stop,
  voice: Voice,
  { clock }: World,
): Promise<number> {
  const { timeout, exitAfterSuback } = words;
  const cancel = timeout === undefined ? () => {} : clock.after(timeout * 1000, () => stop.now(EXIT.timeout));
  void whenOver(client).then((reason) => {
    if (reason === undefined) return;
    voice.warn(reason.message);
    stop.now(exitCodeOf(reason));
  });
  try {
    await subscribe(client, filters, words, given, voice);
    if (exitAfterSuback === true) stop.now(EXIT.done);
    const code = await stop.asked;
    await client.end(given.disconnect === undefined ? {} : { properties: given.disconnect });
    return code;
  } catch (error) {
    await client.end({ timeout: 0 });
    if (stop.code !== undefined) return stop.code;
    if (!(error instanceof MqttError)) throw error;
    voice.warn(error.message);
    return exitCodeOf(error);
  } finally {
    cancel();
  }
}

/** A filter that is refused beside others is told; when all are, it is an error. */
async function subscribe(
  client: Client,
  filters: readonly string[],
  { qos, noLocal, retainAsPublished, retainHandling, unsubscribe, protocolVersion }: SubWords,
  given: Given,
  voice: Voice,
): Promise<void> {
  const v5 = protocolVersion === 5 && {
    noLocal: noLocal === true,
    retainAsPublished: retainAsPublished === true,
    retainHandling: retainHandling ?? 0,
    ...(given.subscribe !== undefined && { properties: given.subscribe }),
  };
  if (filters.length > 0) {
    try {
      const grants = await client.subscribe(filters, { qos, ...v5 });
      for (const { topicFilter, qos: granted } of grants)
        voice.debug(`subscribed ${topicFilter}, QoS ${granted}`);
    } catch (error) {
      const isAll =
        !(error instanceof SubscribeRefusedError) || error.grants.every((one) => one.qos === undefined);
      if (isAll) throw error;
      voice.warn(error.message);
    }
  }
  if (unsubscribe !== undefined)
    await client.unsubscribe(unsubscribe, given.unsubscribe && { properties: given.unsubscribe });
}

/** The end, asked for once. */
class Stop {
  code: number | undefined;
  readonly asked: Promise<number>;
  #resolve: (code: number) => void = () => {};

  constructor() {
    this.asked = new Promise((resolve) => {
      this.#resolve = resolve;
    });
  }

  now(code: number): void {
    this.code ??= code;
    this.#resolve(this.code);
  }
}

function lineSink(words: SubWords, given: Given, { stdout, clock }: World, voice: Voice): Sink {
  const asked = given.subscribe?.subscriptionIdentifier !== undefined;
  const print = printerOf(words, stdout.isTTY === true);
  return {
    take: (message) => {
      try {
        return write(stdout, print(asked ? message : withoutIdentifiers(message), clock.microseconds()));
      } catch (error) {
        if (!(error instanceof SyntaxError)) throw error;
        voice.warn(`the payload is not JSON on topic ${JSON.stringify(message.topic)}`);
        return undefined;
      }
    },
    close: () => {},
  };
}

function treeSink({ stdout, clock }: World): Sink {
  if (stdout.isTTY !== true) throw new UsageError('--tree draws on a terminal; stdout is none');
  const tree = new TopicTree();
  // The other screen, without a cursor; what stood before comes back at the end.
  stdout.write('\x1b[?1049h\x1b[?25l');
  let cancel = (): void => {};
  const draw = (): void => {
    const columns = stdout.columns || 80; // 0 where nobody knows the size
    const rows = stdout.rows || 24;
    const lines = tree.draw(clock.now(), columns, rows);
    stdout.write(`\x1b[H${lines.map((line) => `${line}\x1b[K`).join('\r\n')}\x1b[J`);
    cancel = clock.after(250, draw);
  };
  draw();
  return {
    take: (message) => tree.add(message, clock.now()),
    close: () => {
      cancel();
      stdout.write('\x1b[?25h\x1b[?1049l');
    },
  };
}
