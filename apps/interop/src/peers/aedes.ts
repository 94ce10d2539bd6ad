/**
 * aedes, the broker that most JavaScript programs embed, as a process of its own on free loopback ports.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { START_PATIENCE } from './deadline.ts';
import type { Addresses, Broker, Certificates, RunningBroker } from './peer.ts';
import { Program } from './program.ts';

const LAUNCHER = new URL('./aedes-launcher.mjs', import.meta.url);
const READY = /^aedes (\S+) ready (mqtt:\/\/\S+) (ws:\/\/\S+)(?: (mqtts:\/\/\S+) (mqtts:\/\/\S+))?$/;

interface Running {
  readonly program: Program;
  readonly version: string;
  readonly addresses: Addresses;
}

async function run(certificates: Certificates | undefined): Promise<Running> {
  const { ca, server } = certificates ?? {};
  const files = ca === undefined || server === undefined ? [] : [ca, server.cert, server.key];
  const program = new Program(process.execPath, [fileURLToPath(LAUNCHER), ...files]);
  const [, version = '', tcp = '', ws = '', tls, mtls] =
    READY.exec(await program.line(READY, START_PATIENCE)) ?? [];
  const secure = tls === undefined || mtls === undefined ? {} : { tls, mtls };
  return { program, version, addresses: { tcp, ws, ...secure } };
}

async function stop({ program }: Running): Promise<void> {
  const { code, signal } = await program.end('SIGTERM');
  if (code !== 0) throw new Error(`aedes ended with ${signal ?? code}${program.tail}`);
}

/** Starts aedes with its defaults: all in memory, everybody may. */
export async function startAedes(certificates?: Certificates): Promise<RunningBroker> {
  let running = await run(certificates);
  return {
    name: 'aedes',
    version: running.version,
    get addresses() {
      return running.addresses;
    },
    restart: async () => {
      await stop(running);
      running = await run(certificates);
    },
    stop: () => stop(running),
  };
}

/** aedes in the matrix. */
export const aedes: Broker = {
  name: 'aedes',
  isOurs: false,
  versions: ['3.1', '3.1.1'],
  transports: ['tcp', 'tls', 'mtls', 'ws'],
  lacks: {
    durability: 'what it keeps by default ends with the process',
    sharedSubscriptions: 'a filter of $share/ is one like any other to it, as 3.1.1 has it',
  },
  start: (certificates) => startAedes(certificates),
};
