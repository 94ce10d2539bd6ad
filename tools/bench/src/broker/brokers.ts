/**
 * How each broker is started, and with which settings: the same rights, no persistence, no logs, no Nagle delay.
 * The report prints `configured` word for word.
 */
import { spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { type Certificate, certificate } from './certificate.ts';
import { freePort } from './free-port.ts';
import { NotOffered, type Running, run } from './program.ts';
import type { Transport } from './transports.ts';
import type { Version } from './wire.ts';

export type { Running } from './program.ts';

/** How a broker is to be spoken to. */
export interface Speech {
  readonly over: Transport;
  readonly version: Version;
  /** Set: sessions are kept, on disk. */
  readonly sessions?: 'online' | 'away';
}

/** A broker that can be started. */
export interface Broker {
  readonly name: string;
  /** Name and version, and all settings that matter. */
  readonly configured: string;
  /** Starts it with one listener. @throws {NotOffered} */
  start(speech: Speech): Promise<Running>;
}

/** A broker that lives so long has found nothing wrong with its settings. */
const TRIAL_MS = 500;

/** Windows of 256 messages must fit, and no message may be dropped because a queue is short. */
const MOSQUITTO_SETTINGS = [
  'allow_anonymous true',
  'set_tcp_nodelay true',
  'max_queued_messages 0',
  'max_inflight_messages 256',
  'sys_interval 0',
  'log_dest none',
  'connection_messages false',
];

function fileOf(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier));
}

/** What Mosquitto keeps sessions with: a file that it writes when it ends, and every 30 minutes, as it does by default. */
const MOSQUITTO_KEEPS = ['persistence true', 'autosave_interval 1800'];

/** No message may be dropped because a queue is short. */
const MQTTD_QUEUES = {
  maximumQueuedMessages: 100_000_000,
  maximumQueuedBytes: 2 ** 40,
  maximumTotalQueuedMessages: 1_000_000_000,
  maximumTotalQueuedBytes: 2 ** 40,
};

/** A configuration file in a folder of its own. */
async function configuration(
  name: string,
  text: string,
): Promise<{ file: string; folder: string; remove(): Promise<void> }> {
  const folder = await mkdtemp(join(tmpdir(), 'mqtt-bench-'));
  const file = join(folder, name);
  await writeFile(file, text);
  return { file, folder, remove: () => rm(folder, { recursive: true, force: true }) };
}

/** `mqttd` of this repository, as built, or another build of it. */
function mqttd(build?: string): Broker {
  const name = 'mqttd';
  const program = build ?? fileOf('mqttd/dist/mqttd.js');
  if (!existsSync(program)) throw new Error(`mqttd is not built: ${program}`);
  const where = build ?? 'apps/broker/dist';
  const node = `Node ${process.versions.node}`;
  return {
    name,
    configured: `mqttd (${where}) on ${node}: -p PORT --ws-port off --data :memory:, for kept sessions a folder and no bound of queues; a TLS listener by a file`,
    async start({ over, sessions }) {
      const port = await freePort();
      if (sessions !== undefined) return keepingMqttd(program, port);
      if (over !== 'tls') {
        const ports =
          over === 'ws' ? ['-p', '0', '--ws-port', `${port}`] : ['-p', `${port}`, '--ws-port', 'off'];
        return run(name, port, process.execPath, [program, ...ports, '--data', ':memory:']);
      }
      const listener = { type: 'tls', host: '127.0.0.1', port, tls: certificate() };
      const { file, remove } = await configuration('mqttd.yaml', JSON.stringify({ listeners: [listener] }));
      const running = await run(name, port, process.execPath, [program, '-c', file, '--data', ':memory:']);
      return { ...running, stop: () => running.stop().then(remove) };
    },
  };
}

/** mqttd with a folder, in which its queues may be as long as Mosquitto's. */
async function keepingMqttd(program: string, port: number): Promise<Running> {
  const listeners = [{ type: 'tcp', host: '127.0.0.1', port }];
  const text = JSON.stringify({ listeners, limits: MQTTD_QUEUES });
  const { file, folder, remove } = await configuration('mqttd.yaml', text);
  const data = join(folder, 'data');
  const running = await run('mqttd', port, process.execPath, [program, '-c', file, '--data', data]);
  return { ...running, stop: () => running.stop().then(remove) };
}

/** Arguments that start aedes. */
function launch(port: number, over: Transport): string[] {
  const file = fileURLToPath(new URL('./aedes-launcher.mjs', import.meta.url));
  const secure = over === 'tls' ? certificate() : undefined;
  return [file, String(port), over, ...(secure === undefined ? [] : [secure.key, secure.cert])];
}

function aedes(): Broker {
  const name = 'aedes';
  return {
    name,
    configured: `aedes 1.2.0 on Node ${process.versions.node}: its defaults, memory persistence, noDelay true; WebSocket with ws`,
    async start({ over, version, sessions }) {
      if (sessions !== undefined) throw new NotOffered('aedes keeps nothing without an outside database');
      if (version === 5) throw new NotOffered('aedes speaks no MQTT 5.0');
      const port = await freePort();
      return run(name, port, process.execPath, launch(port, over));
    },
  };
}

/** No broker, but what Node itself costs: read, frame, write. For 3.1.1 at QoS 0 without wildcards. */
function relay(): Broker {
  const name = 'relay';
  return {
    name,
    configured: `a bare relay on Node ${process.versions.node}: frames PUBLISH, noDelay true; 3.1.1 at QoS 0 over TCP, exact topics`,
    async start({ over, version, sessions }) {
      if (sessions !== undefined) throw new NotOffered('the relay keeps nothing');
      if (version === 5 || over !== 'tcp') throw new NotOffered('the relay speaks 3.1.1 over TCP only');
      const port = await freePort();
      const file = fileURLToPath(new URL('./relay-launcher.mjs', import.meta.url));
      return run(name, port, process.execPath, [file, String(port)]);
    },
  };
}

/** Debian's folder for daemons is not on everybody's path. */
function mosquittoProgram(): string {
  const debian = '/usr/sbin/mosquitto';
  return existsSync(debian) ? debian : 'mosquitto';
}

function mosquittoListener(port: number, over: Transport): string[] {
  const secure = (of: Certificate): string[] => [`keyfile ${of.key}`, `certfile ${of.cert}`];
  const listener = `listener ${port} 127.0.0.1`;
  return [
    listener,
    ...(over === 'tls' ? secure(certificate()) : []),
    ...(over === 'ws' ? ['protocol websockets', 'socket_domain ipv4'] : []),
  ];
}

function mosquitto(): Broker {
  const name = 'mosquitto';
  const program = mosquittoProgram();
  const help = spawnSync(program, ['-h'], { encoding: 'utf8' });
  if (help.error !== undefined) {
    throw new Error(
      'mosquitto is not here: apt-get install mosquitto (Debian), brew install mosquitto (macOS)',
    );
  }
  const version = /version (\S+)/.exec(help.stdout)?.[1] ?? 'of unknown version';
  return {
    name,
    configured: `mosquitto ${version}: listener PORT 127.0.0.1; ${MOSQUITTO_SETTINGS.join('; ')}; persistence false, for kept sessions ${MOSQUITTO_KEEPS.join('; ')}: kill -9 then loses all of them`,
    async start({ over, sessions }) {
      const port = await freePort();
      const user = process.getuid?.() === 0 ? ['user root'] : [];
      const lines = [...mosquittoListener(port, over), ...user, ...MOSQUITTO_SETTINGS];
      const { file, folder, remove } = await configuration('mosquitto.conf', '');
      lines.push(...(sessions === undefined ? ['persistence false'] : MOSQUITTO_KEEPS));
      await writeFile(file, `${[...lines, `persistence_location ${folder}/`].join('\n')}\n`);
      if (over === 'ws' && spawnSync(program, ['-c', file], { timeout: TRIAL_MS }).status !== null) {
        await remove(); // Debian builds it without libwebsockets: it then ends at once
        throw new NotOffered(`mosquitto ${version} here has no WebSocket`);
      }
      const running = await run(name, port, program, ['-c', file]);
      return { ...running, stop: () => running.stop().then(remove) };
    },
  };
}

/** Every broker by its name; each throws with what to do when it cannot be started here. */
export const brokers: Readonly<Record<string, (build?: string) => Broker>> = {
  mqttd,
  mosquitto,
  aedes,
  relay,
};
