/**
 * How each broker is started, and with which settings: the same rights, no persistence, no logs, no Nagle delay.
 * The report prints `configured` word for word.
 */
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import process from 'node:process';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { freePort } from './free-port.ts';

/** A broker that runs. */
export interface Running {
  readonly name: string;
  readonly port: number;
  readonly pid: number;
  stop(): Promise<void>;
}

/** A broker that can be started. */
export interface Broker {
  readonly name: string;
  /** Name and version, and all settings that matter. */
  readonly configured: string;
  start(): Promise<Running>;
}

const START_MS = 10_000;
const STOP_MS = 5_000;
const POLL_MS = 20;
/** Of what a broker says on stderr, this much is kept for the error. */
const SAID_CHARACTERS = 2_000;

/** Windows of 256 messages must fit, and no message may be dropped because a queue is short. */
const MOSQUITTO_SETTINGS = [
  'allow_anonymous true',
  'persistence false',
  'set_tcp_nodelay true',
  'max_queued_messages 0',
  'max_inflight_messages 256',
  'sys_interval 0',
  'log_dest none',
  'connection_messages false',
];

function answers(port: number): Promise<boolean> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port });
    socket.on('connect', () => {
      socket.destroy();
      resolve(true);
    });
    socket.on('error', () => resolve(false));
  });
}

function stopped(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return Promise.resolve();
  return new Promise((resolve) => {
    const kill = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
    child.once('exit', () => {
      clearTimeout(kill);
      resolve();
    });
    child.kill('SIGTERM');
  });
}

/** Starts a program and waits until its port answers. */
async function run(name: string, port: number, program: string, args: readonly string[]): Promise<Running> {
  const child = spawn(program, args, { stdio: ['ignore', 'ignore', 'pipe'] });
  let said = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    said = (said + text).slice(-SAID_CHARACTERS);
  });
  const end = (): void => void child.kill('SIGKILL');
  process.once('exit', end);
  let failure = '';
  child.once('error', (error) => {
    failure = error.message;
  });
  const deadline = performance.now() + START_MS;
  while (!(await answers(port))) {
    if (child.exitCode !== null) failure = `ended with ${child.exitCode}`;
    if (performance.now() > deadline) failure = `did not listen within ${START_MS} ms`;
    if (failure !== '') {
      child.kill('SIGKILL');
      throw new Error(`${name}: ${failure}\n${said}`);
    }
    await sleep(POLL_MS);
  }
  const died = (code: number | null, signal: string | null): void => {
    process.stderr.write(`${name} ended with ${code ?? signal}\n${said}\n`);
  };
  child.once('exit', died);
  const stop = async (): Promise<void> => {
    process.off('exit', end);
    child.off('exit', died);
    await stopped(child);
  };
  return { name, port, pid: child.pid ?? 0, stop };
}

function fileOf(specifier: string): string {
  return fileURLToPath(import.meta.resolve(specifier));
}

/** `mqttd` of this repository, as built, or another build of it. */
function mqttd(build?: string): Broker {
  const name = 'mqttd';
  const program = build ?? fileOf('mqttd/dist/mqttd.js');
  if (!existsSync(program)) throw new Error(`mqttd is not built: ${program}`);
  return {
    name,
    configured: `mqttd (${build ?? 'apps/broker/dist'}) on Node ${process.versions.node}: -p PORT --ws-port off --data :memory:`,
    async start() {
      const port = await freePort();
      return run(name, port, process.execPath, [
        program,
        '-p',
        String(port),
        '--ws-port',
        'off',
        '--data',
        ':memory:',
      ]);
    },
  };
}

function aedes(): Broker {
  const name = 'aedes';
  return {
    name,
    configured: `aedes 1.2.0 on Node ${process.versions.node}: its defaults, memory persistence, noDelay true`,
    async start() {
      const port = await freePort();
      const launcher = fileURLToPath(new URL('./aedes-launcher.mjs', import.meta.url));
      return run(name, port, process.execPath, [launcher, String(port)]);
    },
  };
}

/** Debian's folder for daemons is not on everybody's path. */
function mosquittoProgram(): string {
  const debian = '/usr/sbin/mosquitto';
  return existsSync(debian) ? debian : 'mosquitto';
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
    configured: `mosquitto ${version}: listener PORT 127.0.0.1; ${MOSQUITTO_SETTINGS.join('; ')}`,
    async start() {
      const port = await freePort();
      const folder = await mkdtemp(join(tmpdir(), 'mqtt-bench-'));
      const file = join(folder, 'mosquitto.conf');
      const user = process.getuid?.() === 0 ? ['user root'] : [];
      const lines = [`listener ${port} 127.0.0.1`, ...user, ...MOSQUITTO_SETTINGS];
      await writeFile(file, `${lines.join('\n')}\n`);
      const running = await run(name, port, program, ['-c', file]);
      return {
        ...running,
        async stop() {
          await running.stop();
          await rm(folder, { recursive: true, force: true });
        },
      };
    },
  };
}

/** Every broker by its name; each throws with what to do when it cannot be started here. */
export const brokers: Readonly<Record<string, (build?: string) => Broker>> = { mqttd, mosquitto, aedes };
