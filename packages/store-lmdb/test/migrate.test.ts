/**
 * A file of version 1, made by the code that wrote that (`fixtures/`), becomes one of today's version: all that was in it
 * is there, whenever the process that migrates it is killed.
 */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { gunzipSync } from 'node:zlib';
import { afterAll, describe, expect, it } from 'vitest';
import { StoreFile } from '../src/file/file.ts';
import { checkStore, compactStore, exportStore, importStore, openStore } from '../src/index.ts';
import { Bench, contents } from './bench.ts';
import { scratch } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);

const fixture = (name: string): Buffer => readFileSync(new URL(`./fixtures/${name}`, import.meta.url));
const LINES = fixture('version-1.txt').toString().trim().split('\n');
const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));

function versionOne(): string {
  const path = folder();
  writeFileSync(join(path, 'store.mdb'), gunzipSync(fixture('version-1.mdb.gz')));
  return path;
}

async function versionOf(path: string): Promise<number> {
  const file = new StoreFile({ path, isSynced: true, isReadOnly: true });
  const { version } = file;
  await file.close();
  return version;
}

/** Kinds of the progress table's records: how many say it of one delivery, how many of several. */
async function progressOf(path: string): Promise<readonly [number, number]> {
  let alone = 0;
  let together = 0;
  for await (const line of exportStore(path)) {
    const { table, value } = JSON.parse(line) as { table?: string; value?: object };
    if (table === 'progress' && value !== undefined) 'sent' in value ? together++ : alone++;
  }
  return [alone, together];
}

async function load(path: string): Promise<readonly string[]> {
  const bench = new Bench(openStore({ path }));
  const { lines } = await contents(bench.store);
  expect(bench.said).toEqual([]);
  await bench.kept();
  await bench.store.close();
  return lines;
}

describe('a file of version 1', () => {
  it('becomes one of version 2 when it is opened, and all is in it', async () => {
    const path = versionOne();
    expect([await versionOf(path), await progressOf(path)]).toEqual([1, [3, 0]]);
    expect(await load(path)).toEqual(LINES);
    expect([await versionOf(path), await progressOf(path)]).toEqual([2, [1, 1]]); // the one that was released
    expect(await load(path)).toEqual(LINES);
    expect((await checkStore(path)).faults).toEqual([]);
  });

  it('goes on: what was sent is released and settled, and leaves nothing behind', async () => {
    const path = versionOne();
    const bench = new Bench(openStore({ path }));
    const { deliveries } = await contents(bench.store);
    for (const keys of deliveries.values()) for (const key of keys) bench.store.settled(key);
    await bench.store.close();
    expect((await checkStore(path)).records).toMatchObject({
      queue: 0,
      progress: 0,
      sessions: 2,
      retained: 1,
    });
  });

  it('is looked at and compacted as it is, and its lines are imported', async () => {
    const path = versionOne();
    expect((await checkStore(path)).faults).toEqual([]);
    await compactStore(path);
    expect(await versionOf(path)).toBe(1);
    const lines: string[] = [];
    for await (const line of exportStore(path)) lines.push(line.replace('"format":2', '"format":1'));
    const copy = folder();
    await importStore(copy, lines);
    expect([await load(path), await load(copy)]).toEqual([LINES, LINES]);
  });

  it('is whole whenever the process is killed that migrates it', async () => {
    let step = 0;
    const seen = new Set<number>();
    for (let isKilled = true; isKilled; step++) {
      const path = versionOne();
      const child = spawn(
        process.execPath,
        ['--conditions=@mqtt/source', '--import=tsx', PROGRAM, 'die', path, `${step}`],
        { stdio: ['pipe', 'pipe', 'inherit'] },
      );
      const ended = once(child, 'exit');
      child.stdout.once('data', () => child.stdin.end()); // it got to the end: there is no such step
      const [, signal] = (await ended) as [number | null, string | null];
      isKilled = signal === 'SIGKILL';
      seen.add(await versionOf(path));
      expect(await load(path)).toEqual(LINES);
      expect(await versionOf(path)).toBe(2);
    }
    expect(step).toBeGreaterThan(5);
    expect(seen).toEqual(new Set([1, 2]));
  }, 120_000);
});
