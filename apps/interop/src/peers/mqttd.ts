/**
 * Our broker as users run it: the built program in a process of its own, on ports that it chooses itself.
 */
import { existsSync, readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { START_PATIENCE } from './deadline.ts';
import type { RunningBroker } from './peer.ts';
import { Program } from './program.ts';

const READY = /^mqttd ready (mqtt:\/\/\S+) (ws:\/\/\S+)$/;

/** The program that package.json names as `mqttd`. @throws {Error} when it is not built */
export function mqttdPath(): string {
  const manifest = createRequire(import.meta.url).resolve('mqttd/package.json');
  const { bin } = JSON.parse(readFileSync(manifest, 'utf8')) as { bin: { mqttd: string } };
  const path = join(dirname(manifest), bin.mqttd);
  if (!existsSync(path)) throw new Error(`mqttd is not built (${path}): npm run build`);
  return path;
}

/** Starts mqttd with more words on its command line, if any; `base` is what stands before them. */
export async function startMqttd(
  words: readonly string[] = [],
  base: readonly string[] = ['-p', '0', '--data', ':memory:'],
): Promise<RunningBroker> {
  const program = new Program(process.execPath, [mqttdPath(), ...base, ...words]);
  const [, tcp = '', ws = ''] = READY.exec(await program.line(READY, START_PATIENCE)) ?? [];
  return {
    name: 'mqttd',
    addresses: { tcp, ws },
    stop: async () => {
      const { code, signal } = await program.end('SIGTERM');
      if (code !== 0) throw new Error(`mqttd ended with ${signal ?? code}${program.tail}`);
    },
  };
}
