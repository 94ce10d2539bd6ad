/**
 * Connects for a command, and says on stderr what happens to the connection: with `-d` all, each packet too, with
 * `--quiet` nothing.
 */
import { type Client, connect, type MessageHandler, type Transport } from '@mqtt/client';
import { nodeTransport } from '@mqtt/client/node-transport';
import { isTopicFilter, isTopicName } from '@mqtt/codec';
import { UsageError } from '../exit-codes.ts';
import { watched } from '../watched.ts';
import type { Connection, ConnectionWords } from '../words/connection.ts';
import type { World } from '../world.ts';

/** A line for a person. */
export type Say = (text: string) => void;

/** What a command may say. */
export interface Voice {
  /** Something is wrong; not with `--quiet`. */
  readonly warn: Say;
  /** Only with `--debug`. */
  readonly debug: Say;
  /** Whether `debug` says anything. */
  readonly isDebug: boolean;
}

/** The voice of a command. */
export function voiceOf(words: ConnectionWords, { stderr }: World): Voice {
  const say: Say = (text) => void stderr.write(`mqtt: ${text}\n`);
  const silent: Say = () => undefined;
  const isDebug = words.debug === true && words.quiet !== true;
  return { warn: words.quiet === true ? silent : say, debug: isDebug ? say : silent, isDebug };
}

/** A connected client and what the URL said beside the server. */
export interface Opened {
  readonly client: Client;
  readonly topic: string | undefined;
}

/** Connects; the first failure is thrown, later losses are mended and told. */
export async function openAt(
  { url, topic, options: given }: Connection,
  voice: Voice,
  onMessage?: MessageHandler,
): Promise<Opened> {
  const transport = (): Transport => watched(nodeTransport(given), given.version ?? 5, voice.debug);
  const options = voice.isDebug ? { ...given, transport: transport() } : given;
  const client = await connect(url, onMessage === undefined ? options : { ...options, onMessage });
  voice.debug(`connected as ${JSON.stringify(client.clientId)}`);
  client.on('state', (state) => {
    if (state.status === 'waiting')
      voice.warn(`${state.reason.message}; again in ${(state.delay / 1000).toFixed(1)} s`);
    else if (state.status === 'connected') voice.warn('connected again');
    else voice.debug(state.status);
  });
  client.on('error', (error) => voice.warn(error.message));
  return { client, topic };
}

/** Resolves when the client is over, with what ended it against our will. */
export function whenOver(client: Client): Promise<Error | undefined> {
  if (client.state.status === 'ended') return Promise.resolve(client.state.reason);
  return new Promise((resolve) => {
    client.on('state', (state) => {
      if (state.status === 'ended') resolve(state.reason);
    });
  });
}

/** @throws UsageError when a message cannot be published to it */
export function checkTopicName(option: string, topic: string): void {
  if (!isTopicName(topic))
    throw new UsageError(
      `${option} ${JSON.stringify(topic)}: not a topic name; it cannot be empty or hold + or #`,
    );
}

/** @throws UsageError when it cannot be subscribed */
export function checkTopicFilter(option: string, filter: string): void {
  if (isTopicFilter(filter)) return;
  const rule = 'not a topic filter; # is the last level or nowhere, + is a whole level';
  throw new UsageError(`${option} ${JSON.stringify(filter)}: ${rule}`);
}
