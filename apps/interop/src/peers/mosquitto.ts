/**
 * Mosquitto's broker, as Debian packages it: started on free loopback ports, and stopped. TCP and WebSocket; with
 * certificates TLS and mutual TLS too.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { join } from 'node:path';
import { START_PATIENCE } from './deadline.ts';
import { freePorts } from './free-port.ts';
import type { Addresses, Broker, Certificates, RunningBroker } from './peer.ts';
import { findProgram, Program } from './program.ts';

/** What a person types to get it. */
export const HOW_TO_INSTALL =
  'apt-get install mosquitto mosquitto-clients (Debian), brew install mosquitto (macOS)';

const ATTEMPTS = 5;
const READY = /mosquitto version (\S+) running/;

/** Ports of the listeners; those of TLS where there are certificates. */
interface Listening {
  readonly ports: readonly number[];
  readonly certificates?: Certificates | undefined;
}

function configuration({ ports, certificates }: Listening, folder: string): string {
  const [tcp, ws, tls, mtls] = ports;
  return [
    'allow_anonymous true',
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type information',
    `user ${userInfo().username}`, // Started by root it would become somebody who cannot write here.
    'persistence true',
    `persistence_location ${folder}/`,
    `listener ${tcp} 127.0.0.1`,
    `listener ${ws} 127.0.0.1`,
    'protocol websockets',
    'socket_domain ipv4', // without it a WebSocket listener of Mosquitto 2.0.11 listens on every address
    ...(certificates === undefined
      ? []
      : [
          ...[`listener ${tls} 127.0.0.1`, ...tlsLines(certificates)],
          ...[`listener ${mtls} 127.0.0.1`, ...tlsLines(certificates), 'require_certificate true'],
        ]),
    '',
  ].join('\n');
}

function tlsLines({ ca, server }: Certificates): string[] {
  return [`cafile ${ca}`, `certfile ${server.cert}`, `keyfile ${server.key}`];
}

/** What is running, in a folder that stays when it is started again. */
interface Running {
  readonly program: Program;
  readonly listening: Listening;
  readonly version: string;
}

/** Another program that takes a port in between costs another attempt. */
async function run(
  folder: string,
  ports: () => Promise<readonly number[]>,
  certificates: Certificates | undefined,
): Promise<Running> {
  const path = findProgram('mosquitto', HOW_TO_INSTALL);
  for (let attempt = 1; ; attempt += 1) {
    const listening = { ports: await ports(), certificates };
    const file = join(folder, 'mosquitto.conf');
    await writeFile(file, configuration(listening, folder));
    const program = new Program(path, ['-c', file]);
    try {
      const version = READY.exec(await program.line(READY, START_PATIENCE))?.[1] ?? '';
      return { program, listening, version };
    } catch (error) {
      await program.end('SIGKILL');
      if (attempt === ATTEMPTS || !program.tail.includes('Address already in use')) throw error;
    }
  }
}

async function stop({ program }: Running): Promise<void> {
  const { code } = await program.end('SIGTERM');
  if (code !== 0) throw new Error(`mosquitto ended with ${code}${program.tail}`);
}

function addressesOf({ ports: [tcp, ws, tls, mtls], certificates }: Listening): Addresses {
  return {
    tcp: `mqtt://127.0.0.1:${tcp}`,
    ws: `ws://127.0.0.1:${ws}/mqtt`,
    ...(certificates === undefined
      ? {}
      : { tls: `mqtts://127.0.0.1:${tls}`, mtls: `mqtts://127.0.0.1:${mtls}` }),
  };
}

/** Starts Mosquitto, on free ports or `at` these. */
export async function startMosquitto(
  at?: readonly [tcp: number, ws: number],
  certificates?: Certificates,
): Promise<RunningBroker> {
  const folder = await mkdtemp(join(tmpdir(), 'interop-mosquitto-'));
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  const ports = async () => at ?? (await freePorts(certificates === undefined ? 2 : 4));
  let running = await run(folder, ports, certificates).catch(async (error: unknown) => {
    await clear();
    throw error;
  });
  return {
    name: 'mosquitto',
    version: running.version,
    get addresses() {
      return addressesOf(running.listening);
    },
    restart: async () => {
      await stop(running);
      running = await run(folder, ports, certificates);
    },
    stop: async () => {
      await stop(running);
      await clear();
    },
  };
}

/** Debian's Mosquitto in the matrix. */
export const mosquitto: Broker = {
  name: 'mosquitto',
  isOurs: false,
  versions: ['3.1', '3.1.1', '5.0'],
  transports: ['tcp', 'tls', 'mtls', 'ws'],
  lacks: {
    keepsWindow: 'Mosquitto 2.0.11 sends more than the Receive Maximum in about every second run',
  },
  start: (certificates) => startMosquitto(undefined, certificates),
};
