/** A damaged record is reported and set aside, never served, and nothing behind it is lost; a damaged file is refused. */
import { readFileSync, truncateSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { open } from 'lmdb';
import { afterAll, describe, expect, it } from 'vitest';
import { openStore } from '../src/index.ts';
import { Bench, contents, message, payloadOf, plainly, session } from './bench.ts';
import { scratch } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);

const name = (path: string): string => join(path, 'store.mdb');
const word = (index: number): string => `payload ${String(index).padStart(4, '0')} ${'x'.repeat(40)}`;

/** A store of one session with `count` messages, closed. */
async function filled(count: number): Promise<string> {
  const path = folder();
  const { store } = new Bench(openStore({ path }));
  await contents(store);
  const owner = store.opened(session('a'));
  for (let index = 0; index < count; index++) store.queued(owner, message(word(index)), plainly);
  store.retained(message('kept value', { topic: 'r', retain: true }));
  await store.close();
  return path;
}

/** Flips one bit in every place where `text` stands; how many there were. */
function flip(path: string, text: string, bit = 0): number {
  const bytes = readFileSync(name(path));
  let places = 0;
  for (let at = bytes.indexOf(text); at >= 0; at = bytes.indexOf(text, at + 1)) {
    bytes[at + 3] = (bytes[at + 3] ?? 0) ^ (1 << bit);
    places++;
  }
  writeFileSync(name(path), bytes);
  return places;
}

async function errorOf(path: string): Promise<Error & { readonly code?: string }> {
  try {
    await contents(openStore({ path }));
  } catch (error) {
    if (error instanceof Error) return error;
  }
  throw new Error('it was opened');
}

describe('a flipped bit', () => {
  it('in records is reported for each, none is served, all others are there', async () => {
    const path = await filled(300);
    const bad = [0, 1, 100, 299];
    for (const [bit, index] of bad.entries()) expect(flip(path, word(index), bit)).toBeGreaterThan(0);
    const bench = new Bench(openStore({ path }));
    const { deliveries } = await contents(bench.store);
    const keys = deliveries.get('a') ?? [];
    const read = keys.map((key) => payloadOf(bench.store, key));
    expect(read).toEqual(
      Array.from({ length: 300 }, (_, i) => i)
        .filter((i) => !bad.includes(i))
        .map(word),
    );
    await bench.kept();
    expect(bench.said.filter((what) => what.includes('checksum'))).toHaveLength(bad.length);
    await bench.store.close();
    const again = new Bench(openStore({ path }));
    await contents(again.store);
    await again.store.close();
    expect(again.said).toEqual([]); // they were set aside
  });

  it('is found when the record is read, long after loading', async () => {
    const path = await filled(2);
    const bench = new Bench(openStore({ path }));
    const { deliveries, retained } = await contents(bench.store);
    flip(path, word(1));
    flip(path, 'kept value');
    const [one = 0, two = 0] = deliveries.get('a') ?? [];
    expect(payloadOf(bench.store, two)).toBeUndefined();
    expect(bench.store.retainedMessage(retained.get('r') ?? 0)).toBeUndefined();
    expect(payloadOf(bench.store, one)).toBe(word(0));
    await bench.kept();
    expect(bench.said).toHaveLength(2);
    bench.store.settled(two);
    await bench.store.close();
    const again = new Bench(openStore({ path }));
    expect((await contents(again.store)).deliveries.get('a')).toEqual([one]);
    await again.store.close();
    expect(again.said).toEqual([]);
  });

  it('in a session takes what belongs to it along, and says so', async () => {
    const path = folder();
    const { store } = new Bench(openStore({ path }));
    await contents(store);
    const lost = store.opened(session('the-lost-one'));
    const other = store.opened(session('other'));
    store.queued(lost, message('for the lost one'), plainly);
    store.queued(other, message('for the other'), plainly);
    store.held(lost, 7);
    await store.close();
    flip(path, 'the-lost-one');
    const bench = new Bench(openStore({ path }));
    const { lines } = await contents(bench.store);
    await bench.kept();
    await bench.store.close();
    expect(lines.filter((line) => line.includes('lost'))).toEqual([]);
    expect(lines.some((line) => line.startsWith('other delivery'))).toBe(true);
    expect(bench.said.map((what) => what.replace(/record \d+/, 'record N'))).toEqual([
      'a session (record N): its checksum is wrong',
      'a QoS 2 packet id that a client sent (record N): its session is gone',
      'a queued message (record N): its session is gone',
    ]);
  });

  it('in a message that many share is reported, and their deliveries with it', async () => {
    const path = folder();
    const { store } = new Bench(openStore({ path }));
    await contents(store);
    const many = message('shared by three');
    for (const id of ['a', 'b', 'c']) store.queued(store.opened(session(id)), many, plainly);
    await store.close();
    expect(flip(path, 'shared by three')).toBe(1); // once on disk
    const bench = new Bench(openStore({ path }));
    const { deliveries, sessions } = await contents(bench.store);
    await bench.kept();
    await bench.store.close();
    expect([sessions.size, [...deliveries.values()].flat()]).toEqual([3, []]);
    expect(bench.said).toHaveLength(4);
  });
});

describe('a file that is no store', () => {
  it.each([
    ['garbage', (path: string) => writeFileSync(name(path), Buffer.alloc(100_000, 'no store at all'))],
    ['empty', (path: string) => writeFileSync(name(path), '')],
    ['short', (path: string) => writeFileSync(name(path), 'x')],
  ])('%s: is refused and left as it is', async (_, make) => {
    const path = folder();
    make(path);
    const before = readFileSync(name(path));
    const error = await errorOf(path);
    expect(error).toMatchObject({ name: 'StoreError', code: 'STORE_DAMAGED' });
    expect(error.message).toMatch(/Nothing was changed.*put a copy in its place/);
    expect(readFileSync(name(path)).equals(before)).toBe(true);
  });

  it('cut short: is refused, and says by how much', async () => {
    const path = await filled(16_000);
    truncateSync(name(path), 8192);
    const error = await errorOf(path);
    expect(error).toMatchObject({ code: 'STORE_DAMAGED' });
    expect(error.message).toMatch(/is \d+ of \d+ bytes too short/);
  });

  it.each(['retained', 'queue', 'quarantine'])(
    'without its table %s: is refused and left as it is, not begun anew without it',
    async (table) => {
      const path = await filled(3);
      expect(flip(path, table)).toBeGreaterThan(0);
      const before = readFileSync(name(path));
      const error = await errorOf(path);
      expect(error).toMatchObject({ code: 'STORE_DAMAGED' });
      expect(error.message).toContain(`it has no table ${table}`);
      expect(readFileSync(name(path)).equals(before)).toBe(true);
    },
  );

  it('another program’s lmdb file: is refused', async () => {
    const path = folder();
    const other = open({ path: name(path), noSubdir: true });
    await other.put('their', 'data');
    await other.close();
    expect(await errorOf(path)).toMatchObject({ code: 'STORE_DAMAGED' });
  });

  it('a newer format: is refused with the way out, and left as it is', async () => {
    const path = await filled(1);
    const root = open({ path: name(path), noSubdir: true, encoding: 'binary', overlappingSync: false });
    await root.openDB({ name: 'meta', encoding: 'string' }).put('format', '3');
    await root.close();
    const error = await errorOf(path);
    expect(error).toMatchObject({ code: 'STORE_VERSION' });
    expect(error.message).toMatch(
      /has format 3, this version reads formats up to 2.*Update @mqtt\/store-lmdb/,
    );
  });
});
