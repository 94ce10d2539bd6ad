/** What can be done with a store's file while no broker has it: check, dump, export, import, compact. */
import { readdirSync, readFileSync, statSync, truncateSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it, onTestFinished, vi } from 'vitest';
import { checkStore, compactStore, dumpStore, exportStore, importStore, openStore } from '../src/index.ts';
import { Bench, contents, message, plainly, session } from './bench.ts';
import { scratch, unwrittenAtEnd } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);

/** A store with one of everything, closed; a message of its own, one for two sessions. */
async function filled(extra = 0): Promise<string> {
  const path = folder();
  const bench = new Bench(openStore({ path }));
  const { store } = bench;
  await contents(store);
  const will = {
    topic: 'w',
    payload: new Uint8Array([1]),
    qos: 1,
    retain: false,
    properties: undefined,
    delay: 1,
  } as const;
  const a = store.opened(session('a', { will }));
  const b = store.opened(session('b', { awaySince: 5 }));
  store.subscribed(a, { topicFilter: 'x/#', qos: 1, noLocal: true, retainAsPublished: false, identifier: 9 });
  store.held(a, 3);
  const properties = { correlationData: new Uint8Array([255, 0]), userProperties: [['k', 'v']] } as const;
  const both = message('for two', { properties });
  const early = store.queued(a, both, { ...plainly, qos: 2, identifiers: [9] });
  store.queued(b, both, plainly);
  store.queued(b, message(new Uint8Array([0xff, 0xfe])), { ...plainly, share: '$share/g/x' });
  store.retained(message('kept', { topic: 'r', retain: true }));
  await bench.kept();
  store.sent(early, 77);
  const more = Array.from({ length: extra }, () => store.queued(b, message('y'.repeat(500)), plainly));
  await bench.kept();
  for (const key of more) store.settled(key);
  await store.close();
  return path;
}

async function linesOf(store: Awaited<ReturnType<typeof openStore>>): Promise<readonly string[]> {
  const { lines } = await contents(store);
  await store.close();
  return lines;
}

async function all(lines: AsyncIterable<string>): Promise<string[]> {
  const list: string[] = [];
  for await (const line of lines) list.push(line);
  return list;
}

describe('checkStore', () => {
  it('counts what is there, while a broker has it too', async () => {
    const path = await filled();
    const store = openStore({ path });
    await contents(store);
    const report = await checkStore(path);
    await store.close();
    expect(report).toMatchObject({
      records: { sessions: 2, subscriptions: 1, held: 1, progress: 1, queue: 4, retained: 1 },
      faults: [],
      setAside: 0,
    });
    expect(report.liveBytes).toBeGreaterThan(0);
    expect(report.fileBytes).toBeGreaterThanOrEqual(report.liveBytes);
  });

  it('names what is damaged and what refers to it, and changes nothing', async () => {
    const path = await filled();
    const name = join(path, 'store.mdb');
    const bytes = readFileSync(name);
    for (let at = bytes.indexOf('for two'); at >= 0; at = bytes.indexOf('for two', at + 1)) bytes[at] = 0;
    writeFileSync(name, bytes);
    const { faults } = await checkStore(path);
    expect(faults.map((fault) => fault.replace(/\d+/, 'N'))).toEqual([
      'a queued message (record N): its checksum is wrong',
      'a queued message (record N): the message that it shares with others is gone',
      'a queued message (record N): the message that it shares with others is gone',
    ]);
    expect(readFileSync(name).equals(bytes)).toBe(true);
    await linesOf(openStore({ path }));
    expect(await checkStore(path)).toMatchObject({ faults: [], setAside: 3 });
  });

  it.each([4096, 8192, 20_000])(
    'says of a file that lacks its last %i bytes what is wrong, and leaves it so',
    async (cut) => {
      const path = await filled(100);
      const name = join(path, 'store.mdb');
      truncateSync(name, statSync(name).size - cut);
      const bytes = readFileSync(name);
      vi.stubEnv('TMPDIR', folder()); // others make and remove copies in the usual one
      onTestFinished(() => void vi.unstubAllEnvs());
      const checked = checkStore(path);
      await expect(checked).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
      await expect(checked).rejects.toThrow(`it is ${cut} bytes shorter than it says of itself`);
      await expect(all(dumpStore(path))).rejects.toMatchObject({ code: 'STORE_DAMAGED' });
      expect(readFileSync(name).equals(bytes)).toBe(true);
      expect(readdirSync(tmpdir())).toEqual([]);
    },
  );

  it('takes a file whose last pages were never written for what it is, and leaves it so', async () => {
    const path = await filled();
    const name = join(path, 'store.mdb');
    const bytes = unwrittenAtEnd(readFileSync(name), 3);
    writeFileSync(name, bytes);
    expect(await checkStore(path)).toMatchObject({ faults: [], fileBytes: bytes.length });
    expect(readFileSync(name).equals(bytes)).toBe(true);
    await linesOf(openStore({ path })); // and a broker makes it as long as it says
    expect(statSync(name).size).toBeGreaterThan(bytes.length);
  });

  it('refuses a folder without a store', async () => {
    await expect(checkStore(folder())).rejects.toMatchObject({ code: 'STORE_MISSING' });
    await expect(compactStore(folder())).rejects.toMatchObject({ code: 'STORE_MISSING' });
  });
});

describe('lines', () => {
  it('dumped show text as text', async () => {
    const lines = await all(dumpStore(await filled()));
    expect(lines).toHaveLength(10);
    expect(lines.filter((line) => line.includes('"payload":"for two"'))).toHaveLength(1);
    expect(lines.some((line) => line.includes('{"base64":"//4="}'))).toBe(true);
  });

  it('exported make the same store when they are imported', async () => {
    const path = await filled();
    const copy = folder();
    expect(await importStore(copy, exportStore(path))).toBe(10);
    expect(await linesOf(openStore({ path: copy }))).toEqual(await linesOf(openStore({ path })));
    expect(await checkStore(copy)).toMatchObject({ faults: [] });
  });

  it.each([
    ['nothing', []],
    ['no JSON', ['{']],
    ['another format', ['{"format":3}']],
    ['no record', ['{"format":1}', '{"table":"else","key":1,"value":{}}']],
  ])('are refused: %s', async (_, lines) => {
    await expect(importStore(folder(), lines)).rejects.toMatchObject({ code: 'STORE_IMPORT' });
  });

  it('that end with an error make no store', async () => {
    const path = folder();
    const lines = [...(await all(exportStore(await filled()))), 'no JSON'];
    await expect(importStore(path, lines)).rejects.toMatchObject({ code: 'STORE_IMPORT' });
    expect(readdirSync(path)).toEqual([]);
  });

  it('are not imported over what is there', async () => {
    const path = await filled();
    const lines = await all(exportStore(path));
    await expect(importStore(path, lines)).rejects.toMatchObject({ code: 'STORE_IMPORT' });
  });
});

describe('compactStore', () => {
  it('makes the file as small as what is in it, and loses nothing', async () => {
    const path = await filled(2000);
    const before = await linesOf(openStore({ path }));
    const sizes = await compactStore(path);
    expect(sizes.before).toBeGreaterThan(1_000_000);
    expect(sizes.after).toBeLessThan(200_000);
    expect(await linesOf(openStore({ path }))).toEqual(before);
    expect((await compactStore(path)).after).toBeLessThan(200_000);
  });

  it('is refused while a broker has the store', async () => {
    const path = await filled();
    const store = openStore({ path });
    await contents(store);
    await expect(compactStore(path)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await store.close();
  });
});
