/**
 * `mosquitto_pub` and `mosquitto_sub`, each in a process of its own; what they do is read from their debug lines.
 */
import { Inbox } from './inbox.ts';
import { HOW_TO_INSTALL } from './mosquitto.ts';
import type { Addresses, Client, Message, Subscriber, Subscribing, Way } from './peer.ts';
import { findProgram, Program } from './program.ts';

const NAMES = { '3.1': 'mqttv31', '3.1.1': 'mqttv311', '5.0': 'mqttv5' } as const;
/** QoS, retain, payload in hexadecimal digits, topic. */
const FORMAT = 'MESSAGE %q %r %x %t';
const MESSAGE = /^MESSAGE ([012]) ([01]) ([0-9a-f]*) (.*)$/;
const NEW_LINE = 10;

function server(at: Addresses, version: Way['version']): string[] {
  const url = new URL(at.tcp);
  return ['-h', url.hostname, '-p', url.port, '-V', NAMES[version]];
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

async function publish(at: Addresses, version: Way['version'], messages: readonly Message[]): Promise<void> {
  const [first] = messages;
  if (first === undefined) return;
  const retain = first.retain ? ['-r'] : [];
  const source = messages.length > 1 ? '-l' : first.payload.length === 0 ? '-n' : '-s';
  const args = [...server(at, version), '-t', first.topic, '-q', String(first.qos), ...retain, source];
  const program = new Program(findProgram('mosquitto_pub', HOW_TO_INSTALL), args);
  program.input(messages.length > 1 ? lines(messages) : first.payload);
  const { code } = await program.ended;
  if (code !== 0 || program.tail !== '') throw new Error(`mosquitto_pub ended with ${code}${program.tail}`);
}

function willOf(will: Message | undefined): string[] {
  if (will === undefined) return [];
  const payload = Buffer.from(will.payload).toString('utf8');
  const retain = will.retain ? ['--will-retain'] : [];
  return ['--will-topic', will.topic, '--will-payload', payload, '--will-qos', String(will.qos), ...retain];
}

function message(match: RegExpExecArray): Message {
  const [, qos, retain, payload = '', topic = ''] = match;
  return {
    topic,
    payload: Buffer.from(payload, 'hex'),
    qos: qos === '2' ? 2 : qos === '1' ? 1 : 0,
    retain: retain === '1',
  };
}

async function subscribe(at: Addresses, version: Way['version'], wish: Subscribing): Promise<Subscriber> {
  const inbox = new Inbox();
  const keep = wish.keep ? ['-c'] : [];
  const wanted = [
    '-i',
    wish.clientId,
    '-t',
    wish.topicFilter,
    '-q',
    String(wish.qos),
    ...keep,
    ...willOf(wish.will),
  ];
  const args = [...server(at, version), ...wanted, '-d', '-F', FORMAT];
  // Into a pipe its debug lines come only when a buffer is full; stdbuf makes it write each at once.
  const stdbuf = findProgram('stdbuf', 'it is part of GNU coreutils');
  const program = new Program(
    stdbuf,
    ['-oL', findProgram('mosquitto_sub', HOW_TO_INSTALL), ...args],
    (line) => {
      const match = MESSAGE.exec(line);
      if (match !== null) inbox.put(message(match));
    },
  );
  try {
    await program.line(/^Subscribed \(mid: \d+\): [012]$/);
  } catch (error) {
    await program.end('SIGKILL');
    throw error;
  }
  return {
    next: (patience) => inbox.next(patience),
    closed: program.ended.then(() => undefined),
    end: async () => {
      const { code, signal } = await program.end('SIGTERM');
      if (code !== 0) throw new Error(`mosquitto_sub ended with ${signal ?? code}${program.tail}`);
    },
    kill: async () => {
      await program.end('SIGKILL');
    },
  };
}

/** Debian's command-line clients in one protocol version. They have no WebSocket. */
export function mosquittoClients(version: Way['version']): Client {
  return {
    name: 'mosquitto_pub/_sub',
    way: { version, transport: 'tcp' },
    showsClose: false,
    keepsWindow: true,
    // On SIGTERM mosquitto_sub sends DISCONNECT 0x04, which 3.x does not have.
    endsWithWill: version === '5.0',
    publish: (at, messages) => publish(at, version, messages),
    subscribe: (at, wish) => subscribe(at, version, wish),
  };
}
