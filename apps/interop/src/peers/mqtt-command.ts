/**
 * Our command `mqtt`, the built program, each order in a process of its own: `pub`, `sub` and `request`. What they do is
 * read from what they print.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { Inbox } from './inbox.ts';
import { FORMAT, messageOf } from './mosquitto-clients.ts';
import type {
  Client,
  Door,
  Message,
  MessageProperties,
  Request,
  Subscriber,
  Subscribing,
  Transport,
  Version,
  Way,
} from './peer.ts';
import { Program } from './program.ts';
import type { Ending } from './started.ts';

const NUMBERS = { '3.1': '31', '3.1.1': '311', '5.0': '5' } as const;
/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;
/** ms for a process of Node to start and to be answered, on a machine that is busy with others. */
const PATIENCE = 30_000;
const NEW_LINE = 10;

/** The program that package.json names as `mqtt`. @throws {Error} when it is not built */
function commandPath(): string {
  const manifest = createRequire(import.meta.url).resolve('@mqtt/cli/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqtt: string } };
  const path = join(dirname(manifest), bin.mqtt);
  if (!existsSync(path)) throw new Error(`mqtt is not built (${path}): npm run build`);
  return path;
}

function start(words: readonly string[], onLine?: (line: string) => void): Program {
  return new Program(process.execPath, [commandPath(), ...words], onLine);
}

function server({ url, certificates }: Door, { version, transport }: Way): string[] {
  const words = ['-L', url, '-V', NUMBERS[version]];
  if (transport !== 'tls' && transport !== 'mtls') return words;
  if (certificates === undefined) throw new Error(`a door without certificates for ${transport}`);
  const { ca, client } = certificates;
  words.push('--cafile', ca);
  if (transport === 'mtls') words.push('--cert', client.cert, '--key', client.key);
  return words;
}

/** Properties as `-D publish` takes them. */
function propertiesOf({ userProperties = [], ...others }: MessageProperties = {}): string[] {
  const { correlationData: data } = others;
  const named = {
    'message-expiry-interval': others.messageExpiryInterval,
    'content-type': others.contentType,
    'payload-format-indicator': others.payloadFormatIndicator,
    'response-topic': others.responseTopic,
    'correlation-data': data === undefined ? undefined : Buffer.from(data).toString('utf8'),
  };
  return [
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : ['-D', 'publish', name, String(value)],
    ),
    ...userProperties.flatMap((pair) => ['-D', 'publish', 'user-property', ...pair]),
  ];
}

/** The messages as lines of one stdin, for `-l`. @throws {Error} for what lines cannot carry */
function lines(messages: readonly Message[]): Uint8Array {
  for (const { payload } of messages)
    if (payload.length === 0 || payload.includes(NEW_LINE)) throw new Error('mqtt pub -l: one line each');
  return Buffer.concat(messages.flatMap(({ payload }) => [payload, Uint8Array.of(NEW_LINE)]));
}

async function publish(at: Door, way: Way, messages: readonly Message[]): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const { topic, qos, retain, properties, payload } = first;
  const source = messages.length > 1 ? '-l' : payload.length === 0 ? '-n' : '-s';
  const what = [
    '-t',
    topic,
    '-q',
    String(qos),
    ...(retain ? ['-r'] : []),
    ...propertiesOf(properties),
    source,
  ];
  const program = start(['pub', ...server(at, way), ...what]);
  program.input(messages.length > 1 ? lines(messages) : payload);
  const { code } = await program.ended;
  if (code !== 0 || program.tail !== '') throw new Error(`mqtt pub ended with ${code}${program.tail}`);
}

function willOf(will: Subscribing['will']): string[] {
  if (will === undefined) return [];
  const { topic, payload, qos, retain, delay } = will;
  return [
    ...['--will-topic', topic, '--will-payload', Buffer.from(payload).toString('utf8')],
    ...['--will-qos', String(qos), ...(retain ? ['--will-retain'] : [])],
    ...(delay === undefined ? [] : ['-D', 'will', 'will-delay-interval', String(delay)]),
  ];
}

function sessionOf({ version }: Way, wish: Subscribing): string[] {
  const expiry = wish.keep && version === '5.0' ? ['-x', String(wish.sessionExpiry ?? KEPT)] : [];
  const { keepAlive, topicAliasMaximum } = wish;
  return [
    ...['-i', wish.clientId, ...(wish.keep ? ['-c'] : []), ...expiry],
    ...(keepAlive === undefined ? [] : ['-k', String(keepAlive)]),
    ...(topicAliasMaximum === undefined
      ? []
      : ['-D', 'connect', 'topic-alias-maximum', String(topicAliasMaximum)]),
    ...willOf(wish.will),
  ];
}

/** A SUBACK for every filter. @throws {Error} when it ends before */
async function subscribed(program: Program, { topicFilters, qos }: Subscribing): Promise<void> {
  for (const filter of topicFilters) {
    const start = `mqtt: subscribed ${filter}, QoS `;
    const line = await program.line(new RegExp(`^${start.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}`), PATIENCE);
    if (line !== start + qos) throw new Error(`${line.slice(start.length)} was granted, not ${qos}`);
  }
}

async function subscribe(at: Door, way: Way, wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  const filters = wish.topicFilters.flatMap((filter) => ['-t', filter]);
  const words = ['sub', ...server(at, way), ...sessionOf(way, wish), ...filters];
  const program = start([...words, '-q', String(wish.qos), '-d', '-F', FORMAT], (line) => {
    const message = messageOf(line);
    if (message !== undefined) inbox.put(message);
  });
  try {
    await subscribed(program, wish);
  } catch (error) {
    await program.end('SIGKILL');
    throw error;
  }
  const over = ({ code, signal }: Ending): Error =>
    new Error(`mqtt sub ended with ${signal ?? code}${program.tail}`);
  program.ended.then(
    (ending) => inbox.end(over(ending)),
    (error: Error) => inbox.end(error),
  );
  return {
    next: (patience) => inbox.next(patience),
    closed: program.ended.then(() => undefined),
    end: async () => {
      const ending = await program.end('SIGTERM');
      if (ending.code !== 0) throw over(ending);
    },
    kill: async () => {
      await program.end('SIGKILL');
    },
  };
}

async function request(at: Door, way: Way, wish: Request): Promise<Message> {
  const what = ['-t', wish.topic, '-e', wish.responseTopic, '-q', String(wish.qos), '-s', '-F', FORMAT];
  const program = start(['request', ...server(at, way), ...what]);
  program.input(wish.payload);
  const answer = messageOf(await program.line(/^MESSAGE\t/, PATIENCE));
  const { code } = await program.ended;
  if (code !== 0 || answer === undefined) throw new Error(`mqtt request ended with ${code}${program.tail}`);
  return answer;
}

/** The command `mqtt` in one protocol version over one transport. */
export function mqttCommand(version: Version, transport: Transport): Client {
  const way = { version, transport };
  return {
    name: 'mqtt (our command)',
    way,
    isDear: true,
    cannot: {
      showsClose: 'mqtt sub connects again by itself',
      publishesManyTopics: 'mqtt pub publishes to one topic',
      sendsTopicAliases: 'mqtt pub has no option for it',
      endsWithWill: 'its DISCONNECT discards the will',
    },
    publish: (at, messages) => publish(at, way, messages),
    subscribe: (at, wish) => subscribe(at, way, wish),
    request: (at, wish) => request(at, way, wish),
  };
}
