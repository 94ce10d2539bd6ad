/**
 * `mosquitto_pub`, `mosquitto_sub` and `mosquitto_rr`, each in a process of its own; what they do is read from their debug lines.
 */
import { Inbox } from './inbox.ts';
import { HOW_TO_INSTALL } from './mosquitto.ts';
import type {
  Ability,
  Client,
  Door,
  Message,
  MessageProperties,
  Request,
  Subscriber,
  Subscribing,
  Way,
} from './peer.ts';
import { findProgram, Program } from './program.ts';
import type { Ending } from './started.ts';

const NAMES = { '3.1': 'mqttv31', '3.1.1': 'mqttv311', '5.0': 'mqttv5' } as const;
/** Seconds that a kept session outlives its connection. */
const KEPT = 3600;
/** For `-F`, which our command has too: QoS, retain, payload in hexadecimal digits, properties, topic. */
export const FORMAT: string = ['MESSAGE', '%q', '%r', '%x', '%E', '%F', '%C', '%R', '%D', '%P', '%t'].join(
  '\t',
);
const NEW_LINE = 10;

function server(at: Door, { version, transport }: Way): string[] {
  const url = new URL(at.url);
  const words = ['-h', url.hostname, '-p', url.port, '-V', NAMES[version]];
  if (transport === 'tcp') return words;
  if (at.certificates === undefined) throw new Error(`a door without certificates for ${transport}`);
  const { ca, client } = at.certificates;
  words.push('--cafile', ca);
  if (transport === 'mtls') words.push('--cert', client.cert, '--key', client.key);
  return words;
}

/** The messages as lines of one stdin, for `-l`. @throws {Error} for what lines cannot carry */
function lines(messages: readonly Message[]): Uint8Array {
  const [first] = messages;
  for (const { topic, qos, retain, payload } of messages) {
    const same = topic === first?.topic && qos === first.qos && retain === first.retain;
    if (!same || payload.length === 0 || payload.includes(NEW_LINE))
      throw new Error('mosquitto_pub -l: one line each, same topic');
  }
  return Buffer.concat(messages.flatMap(({ payload }) => [payload, Uint8Array.of(NEW_LINE)]));
}

/** Properties as `-D publish` takes them. */
function propertiesOf(properties: MessageProperties | undefined): string[] {
  const { userProperties = [], correlationData, ...others } = properties ?? {};
  const named = {
    'message-expiry-interval': others.messageExpiryInterval,
    'content-type': others.contentType,
    'payload-format-indicator': others.payloadFormatIndicator,
    'response-topic': others.responseTopic,
    'correlation-data':
      correlationData === undefined ? undefined : Buffer.from(correlationData).toString('utf8'),
  };
  return [
    ...Object.entries(named).flatMap(([name, value]) =>
      value === undefined ? [] : ['-D', 'publish', name, String(value)],
    ),
    ...userProperties.flatMap((pair) => ['-D', 'publish', 'user-property', ...pair]),
  ];
}

async function publish(at: Door, way: Way, messages: readonly Message[], alias: boolean): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const retain = first.retain ? ['-r'] : [];
  const source = messages.length > 1 ? '-l' : first.payload.length === 0 ? '-n' : '-s';
  const more = [...propertiesOf(first.properties), ...(alias ? ['-D', 'publish', 'topic-alias', '1'] : [])];
  const args = [...server(at, way), '-t', first.topic, '-q', String(first.qos), ...retain, ...more, source];
  const program = new Program(findProgram('mosquitto_pub', HOW_TO_INSTALL), args);
  program.input(messages.length > 1 ? lines(messages) : first.payload);
  const { code } = await program.ended;
  if (code !== 0 || program.tail !== '') throw new Error(`mosquitto_pub ended with ${code}${program.tail}`);
}

function willOf(will: Subscribing['will']): string[] {
  if (will === undefined) return [];
  const payload = Buffer.from(will.payload).toString('utf8');
  const retain = will.retain ? ['--will-retain'] : [];
  const delay = will.delay === undefined ? [] : ['-D', 'will', 'will-delay-interval', String(will.delay)];
  return [
    ...['--will-topic', will.topic, '--will-payload', payload, '--will-qos', String(will.qos)],
    ...retain,
    ...delay,
  ];
}

/** User properties are printed as `name:value name:value`. */
function userProperties(text: string): (readonly [string, string])[] {
  return text
    .split(' ')
    .filter((pair) => pair !== '')
    .map((pair) => {
      const [name = '', ...value] = pair.split(':');
      return [name, value.join(':')] as const;
    });
}

/** A line of `FORMAT`; undefined for any other. */
export function messageOf(line: string): Message | undefined {
  const [
    word,
    qos,
    retain,
    payload = '',
    expiry,
    indicator,
    contentType,
    responseTopic,
    data,
    pairs = '',
    ...topic
  ] = line.split('\t');
  if (word !== 'MESSAGE') return undefined;
  return {
    topic: topic.join('\t'),
    payload: Buffer.from(payload, 'hex'),
    qos: qos === '2' ? 2 : qos === '1' ? 1 : 0,
    retain: retain === '1',
    properties: {
      userProperties: userProperties(pairs),
      ...(expiry ? { messageExpiryInterval: Number(expiry) } : {}),
      ...(indicator ? { payloadFormatIndicator: indicator === '1' ? 1 : 0 } : {}),
      ...(contentType ? { contentType } : {}),
      ...(responseTopic ? { responseTopic } : {}),
      ...(data ? { correlationData: Buffer.from(data) } : {}),
    },
  };
}

function wanted({ version }: Way, wish: Subscribing): string[] {
  const expiry = wish.keep && version === '5.0' ? ['-x', String(wish.sessionExpiry ?? KEPT)] : [];
  const alias =
    wish.topicAliasMaximum === undefined
      ? []
      : ['-D', 'connect', 'topic-alias-maximum', String(wish.topicAliasMaximum)];
  return [
    ...['-i', wish.clientId, '-q', String(wish.qos)],
    ...wish.topicFilters.flatMap((filter) => ['-t', filter]),
    ...(wish.keep ? ['-c'] : []),
    ...expiry,
    ...(wish.keepAlive === undefined ? [] : ['-k', String(wish.keepAlive)]),
    ...alias,
    ...willOf(wish.will),
  ];
}

async function subscribe(at: Door, way: Way, wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  const args = [...server(at, way), ...wanted(way, wish), '-d', '-F', FORMAT];
  // Into a pipe its debug lines come only when a buffer is full; stdbuf makes it write each at once.
  const stdbuf = findProgram('stdbuf', 'it is part of GNU coreutils');
  const program = new Program(
    stdbuf,
    ['-oL', findProgram('mosquitto_sub', HOW_TO_INSTALL), ...args],
    (line) => {
      const message = messageOf(line);
      if (message !== undefined) inbox.put(message);
    },
  );
  try {
    await program.line(/^Subscribed \(mid: \d+\): [012](, [012])*$/);
  } catch (error) {
    await program.end('SIGKILL');
    throw error;
  }
  const over = ({ code, signal }: Ending): Error =>
    new Error(`mosquitto_sub ended with ${signal ?? code}${program.tail}`);
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

/** By mosquitto_rr. Its `-s` sends nothing in 2.0.11, and Correlation Data it has only if it is told. */
async function request(at: Door, way: Way, wish: Request): Promise<Message> {
  const { topic, payload, responseTopic, qos } = wish;
  const what = [
    '-t',
    topic,
    '-e',
    responseTopic,
    '-q',
    String(qos),
    '-m',
    Buffer.from(payload).toString('utf8'),
  ];
  const data = ['-D', 'publish', 'correlation-data', `for ${topic}`];
  const path = findProgram('mosquitto_rr', HOW_TO_INSTALL);
  const program = new Program(path, [...server(at, way), ...what, ...data, '-F', FORMAT]);
  const answer = messageOf(await program.line(/^MESSAGE\t/));
  const { code } = await program.ended;
  if (code !== 0 || answer === undefined) throw new Error(`mosquitto_rr ended with ${code}${program.tail}`);
  return answer;
}

/** What the programs do not do, in a version. */
function cannot(version: Way['version']): Client['cannot'] {
  const always: Partial<Record<Ability, string>> = {
    showsClose: 'mosquitto_sub hides the end of its connection and connects again',
    publishesManyTopics: 'mosquitto_pub publishes to one topic',
  };
  // On SIGTERM mosquitto_sub sends DISCONNECT 0x04, which 3.x does not have.
  return version === '5.0'
    ? { ...always, endsWithoutWill: 'mosquitto_sub ends with DISCONNECT 0x04' }
    : { ...always, endsWithWill: 'DISCONNECT has no reason code in 3.x' };
}

/** Debian's command-line clients in one protocol version. They have no WebSocket. */
export function mosquittoClients(version: Way['version'], transport: 'tcp' | 'tls' | 'mtls'): Client {
  const way = { version, transport };
  return {
    name: 'mosquitto_pub/_sub/_rr',
    way,
    cannot: cannot(version),
    publish: (at, messages, how = {}) => publish(at, way, messages, how.topicAliases === true),
    subscribe: (at, wish) => subscribe(at, way, wish),
    request: (at, wish) => request(at, way, wish),
  };
}
