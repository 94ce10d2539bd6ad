/** `@mqtt/client` under Deno and Bun, over TCP and WebSocket, as their users import it. */
import { existsSync } from 'node:fs';
import { createRequire } from 'node:module';
import { dirname, join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Program } from '../src/peers/program.ts';
import { type SteadyBroker, steadyBrokers } from '../src/platforms/steady.ts';
import { checks } from '../src/platforms/suite.ts';

const PROGRAM = fileURLToPath(new URL('../src/platforms/program.ts', import.meta.url));
const { resolve } = createRequire(import.meta.url);

/** The program itself: its package's own starter needs an install script, which is not run. */
function binary(name: string, platforms: readonly string[], file: string): string {
  const from = createRequire(resolve(`${name}/package.json`));
  for (const platform of platforms) {
    try {
      const path = join(dirname(from.resolve(`${platform}/package.json`)), file);
      if (existsSync(path)) return path;
    } catch {
      // of another platform
    }
  }
  throw new Error(`${name} has no program for ${process.platform} ${process.arch}`);
}

const { arch, platform } = process;
const runtimes = {
  deno: [
    binary('deno', [`@deno/${platform}-${arch}-glibc`, `@deno/${platform}-${arch}`], 'deno'),
    ['run', '--allow-all', '--no-lock', '--node-modules-dir=manual', PROGRAM],
  ],
  bun: [
    binary('bun', [`@oven/bun-${platform}-${arch === 'arm64' ? 'aarch64' : arch}`], 'bin/bun'),
    ['run', PROGRAM],
  ],
} as const;

describe.each(['deno', 'bun'] as const)('%s', (name) => {
  let broker: SteadyBroker;
  beforeAll(async () => {
    const start = steadyBrokers.mqttd;
    if (start === undefined) throw new Error('no broker');
    broker = await start();
  });
  afterAll(() => broker?.stop());

  it.each(['tcp', 'ws'] as const)('over %s: everything that a page can do', async (transport) => {
    const [path, words] = runtimes[name];
    const url = broker.addresses[transport];
    const lines: string[] = [];
    const program = new Program(path, [...words, url], (line) => lines.push(line));
    await program.line(/^restart /);
    await broker.restart();
    program.input(new TextEncoder().encode('done\n'));
    await program.line(/^survived /);
    expect((await program.ended).code).toBe(0);
    for (const check of Object.keys(checks)) expect(lines).toContain(`ok ${url} ${check}`);
  });
});
