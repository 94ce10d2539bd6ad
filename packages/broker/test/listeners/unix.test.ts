/** Unix sockets: the file, who may open it, and what stands in its place before. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdtempSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { type Broker, type BrokerOptions, createBroker } from '../../src/index.ts';
import { CONNACK, hello, Raw } from './raw.ts';

const folder = mkdtempSync(join(tmpdir(), 'mqtt-unix-'));
const brokers: Broker[] = [];
let count = 0;

const freshPath = (): string => join(folder, `s${count++}`);

function create(options: BrokerOptions = {}): Broker {
  const broker = createBroker(options);
  brokers.push(broker);
  return broker;
}

afterEach(async () => {
  for (const broker of brokers.splice(0)) await broker.close({ drain: 1000 });
});
afterAll(() => rmSync(folder, { recursive: true }));

const modeOf = (path: string): number => statSync(path).mode & 0o777;

describe('Unix socket', () => {
  it('serves MQTT to this user only, says where, and takes its file with it', async () => {
    const path = freshPath();
    const peers: string[] = [];
    const broker = create({ hooks: { onConnect: ({ peer }) => peers.push(peer) } });
    const before = process.umask();
    const { url, port } = await broker.listen({ type: 'unix', path });
    expect(process.umask()).toBe(before);
    expect({ url, port }).toEqual({ url: `mqtt+unix://${path}`, port: 0 });
    expect(modeOf(path)).toBe(0o600);
    expect(await new Raw({ path }).send(hello()).hex(4)).toBe(CONNACK);
    expect(peers).toEqual(['unix']);
    await broker.close({ drain: 1000 });
    expect(existsSync(path)).toBe(false);
  });

  it('has the mode that is asked for, whatever the umask', async () => {
    const before = process.umask(0o077);
    const path = freshPath();
    try {
      await create().listen({ type: 'unix', path, mode: 0o666 });
    } finally {
      process.umask(before);
    }
    expect(modeOf(path)).toBe(0o666);
  });

  it('replaces a socket that nobody answers at', async () => {
    const path = freshPath();
    const bind = `require('net').createServer().listen(${JSON.stringify(path)}, () => process.kill(process.pid, 'SIGKILL'))`;
    expect(() => execFileSync(process.execPath, ['-e', bind], { stdio: 'pipe' })).toThrow();
    expect(existsSync(path)).toBe(true);
    await create().listen({ type: 'unix', path });
    expect(await new Raw({ path }).send(hello()).hex(4)).toBe(CONNACK);
    expect(modeOf(path)).toBe(0o600);
  });

  it('leaves one alone that is alive, and a file that is no socket', async () => {
    const path = freshPath();
    const other = createServer().listen(path);
    await once(other, 'listening');
    const attempt = create().listen({ type: 'unix', path });
    await expect(attempt).rejects.toMatchObject({
      name: 'BrokerError',
      code: 'LISTEN_FAILED',
      message: `cannot listen on ${path}: another process listens there`,
    });
    expect(existsSync(path)).toBe(true);
    other.close();
    const file = freshPath();
    writeFileSync(file, 'mine');
    await expect(create().listen({ type: 'unix', path: file })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      message: expect.stringContaining('is no socket'),
    });
    expect(statSync(file).size).toBe(4);
  });

  it('says what is wrong with a path', async () => {
    const wrong: [object, string][] = [
      [{ path: join(folder, 'x'.repeat(120)) }, 'too long'],
      [{ path: '' }, 'path is missing'],
      [{}, 'path is missing'],
      [{ path: '\0abstract' }, 'NUL'],
      [{ path: freshPath(), mode: 0o1777 }, 'mode must be'],
      [{ path: freshPath(), port: 1883 }, 'no option port'],
      [{ path: freshPath(), backlog: 0 }, 'backlog must be'],
    ];
    for (const [options, message] of wrong) {
      await expect(create().listen({ type: 'unix', ...options } as never)).rejects.toMatchObject({
        code: 'INVALID_OPTION',
        message: expect.stringContaining(message),
      });
    }
    await expect(create().listen({ type: 'unix', path: join(folder, 'none', 's') })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
    });
  });
});
