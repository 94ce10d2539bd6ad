/** The executable on a machine that has no Node: an empty PATH and an empty environment. */
import { type ChildProcess, spawn } from 'node:child_process';
import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { connect } from '@mqtt/client';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { buildBinary } from '../src/build.ts';

let folder = '';
let program = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'binary-'));
  program = await buildBinary(join(folder, 'built'));
}, 120_000);
afterAll(() => rm(folder, { recursive: true, force: true }));

interface Run {
  readonly child: ChildProcess;
  readonly line: Promise<string>;
  readonly code: Promise<number | null>;
}

function run(...args: string[]): Run {
  const child = spawn(program, args, {
    env: { PATH: '', TMPDIR: folder },
    cwd: folder,
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  const line = new Promise<string>((resolve) =>
    createInterface({ input: child.stdout }).once('line', resolve),
  );
  const code = new Promise<number | null>((resolve) => child.once('exit', resolve));
  return { child, line, code };
}

describe('the executable', () => {
  it('is one file', async () => {
    expect(await readdir(join(folder, 'built'))).toHaveLength(1);
  });

  it('says its version and what it takes', async () => {
    const version = run('--version');
    expect(await version.line).toMatch(/^\d+\.\d+\.\d+/);
    expect(await version.code).toBe(0);
    expect(await run('--nonsense').code).toBe(64);
  });

  it('keeps what it was given, and says nothing but its log', async () => {
    const publish = run('-p', '0', '--data', 'kept');
    const [, first = ''] = /^mqttd ready (\S+)/.exec(await publish.line) ?? [];
    const before = await connect(first);
    await before.publish('kept', 'still here', { qos: 1, retain: true });
    await before.end();
    publish.child.kill('SIGTERM');
    expect(await publish.code).toBe(0);

    const again = run('-p', '0', '--data', 'kept');
    const said: string[] = [];
    again.child.stderr?.setEncoding('utf8').on('data', (text: string) => said.push(text));
    const [, url = ''] = /^mqttd ready (\S+)/.exec(await again.line) ?? [];
    const client = await connect(url);
    const received = new Promise<string>((resolve) => {
      void client.subscribe('kept', { onMessage: (message) => resolve(message.text()) });
    });
    expect(await received).toBe('still here');
    await client.end();
    again.child.kill('SIGTERM');
    expect(await again.code).toBe(0);
    for (const line of said.join('').trimEnd().split('\n')) expect(() => JSON.parse(line)).not.toThrow();
  });

  it('is a broker', async () => {
    const broker = run('-p', '0', '--data', ':memory:');
    const [, url = ''] = /^mqttd ready (\S+)/.exec(await broker.line) ?? [];
    const client = await connect(url);
    const received = new Promise<string>((resolve) => {
      void client
        .subscribe('a/#', { qos: 2, onMessage: (message) => resolve(message.text()) })
        .then(() => client.publish('a/b', 'hello', { qos: 2 }));
    });
    expect(await received).toBe('hello');
    await client.end();
    broker.child.kill('SIGTERM');
    expect(await broker.code).toBe(0);
  });
});
