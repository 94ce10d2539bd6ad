/**
 * aedes, the broker that most JavaScript programs embed, as a process of its own on free loopback ports.
 */
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import type { RunningBroker } from './peer.ts';
import { Program } from './program.ts';

const LAUNCHER = new URL('./aedes-launcher.mjs', import.meta.url);
const READY = /^aedes (\S+) ready (mqtt:\/\/\S+) (ws:\/\/\S+)$/;

/** Starts aedes with its defaults: all in memory, everybody may. */
export async function startAedes(): Promise<RunningBroker> {
  const program = new Program(process.execPath, [fileURLToPath(LAUNCHER)]);
  const [, version = '', tcp = '', ws = ''] = READY.exec(await program.line(READY)) ?? [];
  return {
    name: 'aedes',
    version,
    addresses: { tcp, ws },
    stop: async () => {
      const { code, signal } = await program.end('SIGTERM');
      if (code !== 0) throw new Error(`aedes ended with ${signal ?? code}${program.tail}`);
    },
  };
}
