/** What mqttd keeps on disk, as its users see it: over kill -9, twice on one folder, and with `mqttd store`. */
import { spawn } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { connect } from '@mqtt/client';
import { open } from 'lmdb';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { killAll, mqttd, PROGRAM, run } from '../daemon.ts';

const scratch = mkdtempSync(join(tmpdir(), 'mqttd-store-'));
let count = 0;

function folder(): string {
  count++;
  return join(scratch, `data-${count}`);
}

afterEach(killAll);
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

const start = (data: string): ReturnType<typeof mqttd> =>
  mqttd('-p', '0', '--ws-port', 'off', '--data', data);

/** A folder with a session, a message that waits for it, and a retained one, of a broker that was killed. */
async function filled(): Promise<string> {
  const data = folder();
  const daemon = start(data);
  const { mqtt } = await daemon.ready();
  const away = await connect(mqtt, {
    clientId: 'away',
    cleanStart: false,
    properties: { sessionExpiryInterval: 3600 },
  });
  await away.subscribe('a/#', { qos: 2 });
  await away.end();
  const publisher = await connect(mqtt);
  await publisher.publish('a/b', 'waits', { qos: 2 });
  await publisher.publish('r', 'retained', { qos: 1, retain: true });
  await daemon.end('SIGKILL');
  await publisher.end();
  return data;
}

describe('--data', () => {
  it('what was acknowledged is there after kill -9', async () => {
    const { mqtt } = await start(await filled()).ready();
    const texts: string[] = [];
    let heard = (): void => undefined;
    const both = new Promise<void>((resolve) => {
      heard = () => texts.length === 2 && resolve();
    });
    const client = await connect(mqtt, {
      clientId: 'away',
      cleanStart: false,
      properties: { sessionExpiryInterval: 3600 },
      onMessage: (message) => {
        texts.push(message.text());
        heard();
      },
    });
    await client.subscribe('r', { qos: 0 });
    await both;
    expect(texts.sort()).toEqual(['retained', 'waits']);
    await client.end();
  });

  it('a folder that another mqttd has is refused', async () => {
    const data = folder();
    await start(data).ready();
    const { code, stdout, stderr } = await run('-p', '0', '--data', data);
    expect([code, stdout]).toEqual([1, '']);
    expect(stderr).toMatch(/^mqttd: .* is in use by the process .*\n$/);
  });

  it('a newer format is refused, and nothing is changed', async () => {
    const data = await filled();
    const root = open({ path: join(data, 'store.mdb'), noSubdir: true, maxDbs: 16 });
    const meta = root.openDB<string, string>('meta', { encoding: 'string' });
    await meta.put('format', '99');
    await root.close();
    const { code, stderr } = await run('-p', '0', '--data', data);
    expect(code).toBe(1);
    expect(stderr).toContain('has format 99');
  });

  it('a folder that cannot be made is said', async () => {
    const file = join(scratch, 'a-file');
    writeFileSync(file, '');
    const { code, stderr } = await run('-p', '0', '--data', join(file, 'data'));
    expect(code).toBe(1);
    expect(stderr).toContain('choose another folder with --data');
  });
});

describe('mqttd store', () => {
  it('check, dump, compact', async () => {
    const data = await filled();
    const checked = await run('store', 'check', '--data', data);
    expect([checked.code, checked.stderr]).toEqual([0, '']);
    expect(checked.stdout).toMatch(
      /sessions: 1\nsubscriptions: 1\n[\s\S]*queue: 1\nretained: 1\n[\s\S]*every record is sound\n$/,
    );
    expect((await run('store', 'dump', '--data', data)).stdout).toContain('"topicFilter":"a/#"');
    expect((await run('store', 'compact', '--data', data)).stdout).toMatch(
      /: \d+ bytes before, \d+ after\n$/,
    );
  });

  it('export and import', async () => {
    const { stdout: lines } = await run('store', 'export', '--data', await filled());
    const data = folder();
    const child = spawn(process.execPath, [PROGRAM, 'store', 'import', '--data', data], { stdio: 'pipe' });
    child.stdin.end(lines);
    expect(await new Promise((resolve) => child.once('exit', resolve))).toBe(0);
    expect((await run('store', 'export', '--data', data)).stdout).toBe(lines);
  });

  it('says what is not there', async () => {
    const { code, stderr } = await run('store', 'compact', '--data', join(scratch, 'nowhere'));
    expect([code, stderr]).toEqual([
      1,
      expect.stringContaining('store.mdb is not there: no broker has kept anything'),
    ]);
  });
});
