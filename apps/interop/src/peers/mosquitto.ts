/**
 * Mosquitto's broker, as Debian packages it: started on free loopback ports, TCP and WebSocket, and stopped.
 */
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { freePorts } from './free-port.ts';
import type { RunningBroker } from './peer.ts';
import { findProgram, Program } from './program.ts';

/** What a person types to get it. */
export const HOW_TO_INSTALL =
  'apt-get install mosquitto mosquitto-clients (Debian), brew install mosquitto (macOS)';

const ATTEMPTS = 5;
const READY = /mosquitto version (\S+) running/;

function configuration(tcp: number, ws: number): string {
  return [
    'allow_anonymous true',
    'log_dest stderr',
    'log_type error',
    'log_type warning',
    'log_type information',
    `listener ${tcp} 127.0.0.1`,
    `listener ${ws} 127.0.0.1`,
    'protocol websockets',
    '',
  ].join('\n');
}

/** Starts Mosquitto, on free ports or `at` these; another program that takes one in between costs another attempt. */
export async function startMosquitto(
  attempt = 1,
  at?: readonly [tcp: number, ws: number],
): Promise<RunningBroker> {
  const path = findProgram('mosquitto', HOW_TO_INSTALL);
  const [tcp = 0, ws = 0] = at ?? (await freePorts(2));
  const folder = await mkdtemp(join(tmpdir(), 'interop-mosquitto-'));
  const file = join(folder, 'mosquitto.conf');
  await writeFile(file, configuration(tcp, ws));
  const program = new Program(path, ['-c', file]);
  const clear = (): Promise<void> => rm(folder, { recursive: true, force: true });
  let version = '';
  try {
    version = READY.exec(await program.line(READY))?.[1] ?? '';
  } catch (error) {
    await program.end('SIGKILL');
    await clear();
    if (attempt < ATTEMPTS && program.tail.includes('Address already in use'))
      return startMosquitto(attempt + 1, at);
    throw error;
  }
  return {
    name: 'mosquitto',
    version,
    addresses: { tcp: `mqtt://127.0.0.1:${tcp}`, ws: `ws://127.0.0.1:${ws}/mqtt` },
    stop: async () => {
      const { code } = await program.end('SIGTERM');
      await clear();
      if (code !== 0) throw new Error(`mosquitto ended with ${code}${program.tail}`);
    },
  };
}
