/** The store in a file: the suite, and what only a file can suffer. */
import { spawnSync } from 'node:child_process';
import { copyFile, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import type { Fact, Keeper } from '../src/store.ts';
import { fileStore } from '../src/stores/file.ts';
import { storeSuite } from '../src/testing/index.ts';

const SERVER = 'mqtt://broker:1883';

async function place() {
  const folder = await mkdtemp(join(tmpdir(), 'mqtt-client-store-'));
  const path = join(folder, 'deep', 'out.store');
  return {
    path,
    store: () => fileStore({ path, outlives: 'process' }),
    afterDeath: async () => {
      const left = join(folder, 'left.store');
      await copyFile(path, left);
      return fileStore({ path: left });
    },
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

describe('a store file does what every store does', () => {
  for (const { name, run } of storeSuite(place)) it(name, run);
});

const queued = (key: number, payload = new Uint8Array(10)): Fact => ({
  fact: 'queued',
  key,
  message: { topic: 'a', payload, qos: 1, retain: false, properties: undefined },
});

async function tell(keeper: Keeper, facts: readonly Fact[]): Promise<void> {
  await new Promise<void>((resolve, reject) => {
    keeper.failed = reject;
    for (const fact of facts) keeper.tell(fact);
    keeper.tell(undefined, resolve);
  });
}

async function withPlace(run: (here: Awaited<ReturnType<typeof place>>) => Promise<void>): Promise<void> {
  const here = await place();
  try {
    await run(here);
  } finally {
    await here.remove();
  }
}

/** A file with two messages, and where the second one's frame begins. */
async function twoFrames(here: Awaited<ReturnType<typeof place>>) {
  const keeper = await here.store().open(SERVER, {});
  await tell(keeper, [queued(1)]);
  const { size } = await stat(here.path);
  await tell(keeper, [queued(2)]);
  await keeper.close();
  return { bytes: await readFile(here.path), second: size };
}

describe('a store file', () => {
  it('that ends within its last write, at any byte, holds all before that', () =>
    withPlace(async (here) => {
      const { bytes, second } = await twoFrames(here);
      for (let length = second; length <= bytes.length; length += 1) {
        await writeFile(here.path, bytes.subarray(0, length));
        const keeper = await here.store().open(SERVER, {});
        const keys = keeper.kept.flows.map(({ key }) => key);
        expect(keys, `${length} of ${bytes.length} bytes`).toEqual(length === bytes.length ? [1, 2] : [1]);
        await tell(keeper, [queued(3)]);
        await keeper.close();
        const next = await here.store().open(SERVER, {});
        expect(next.kept.flows.map(({ key }) => key)).toEqual([...keys, 3]);
        await next.close();
      }
    }));

  it('whose last write has wrong bytes holds all before that', () =>
    withPlace(async (here) => {
      const { bytes, second } = await twoFrames(here);
      for (let at = second; at < bytes.length; at += 1) {
        const wrong = Buffer.from(bytes);
        wrong.writeUInt8(wrong.readUInt8(at) ^ 0x55, at);
        await writeFile(here.path, wrong);
        const keeper = await here.store().open(SERVER, {});
        expect(keeper.kept.flows.map(({ key }) => key)).toEqual([1]);
        await keeper.close();
      }
    }));

  it('that is damaged before its end is refused, for what was kept would be lost in silence', () =>
    withPlace(async (here) => {
      const { bytes, second } = await twoFrames(here);
      bytes.writeUInt8(bytes.readUInt8(second - 3) ^ 1, second - 3);
      await writeFile(here.path, bytes);
      const opening = here.store().open(SERVER, {});
      await expect(opening).rejects.toMatchObject({ code: 'STORE_FAILED', message: /damaged at byte/ });
      expect(await readFile(here.path)).toEqual(bytes);
    }));

  it('that is another file is refused and left as it is', () =>
    withPlace(async (here) => {
      await (await here.store().open(SERVER, {})).close();
      await writeFile(here.path, 'precious text');
      await expect(here.store().open(SERVER, {})).rejects.toThrow(/no client store/);
      expect(await readFile(here.path, 'utf8')).toBe('precious text');
    }));

  it('with messages for another server is refused; without, it is taken', () =>
    withPlace(async (here) => {
      const keeper = await here.store().open(SERVER, {});
      await tell(keeper, [queued(1)]);
      await keeper.close();
      await expect(here.store().open('mqtt://elsewhere', {})).rejects.toThrow(
        /holds messages for mqtt:\/\/broker/,
      );
      const again = await here.store().open(SERVER, {});
      await tell(again, [{ fact: 'settled', key: 1 }]);
      await again.close();
      await (await here.store().open('mqtt://elsewhere', {})).close();
    }));

  it('does not grow with what is settled', () =>
    withPlace(async (here) => {
      const keeper = await here.store().open(SERVER, {});
      await tell(keeper, [queued(1)]);
      for (let round = 0; round < 60; round += 1) {
        const facts: Fact[] = [];
        for (let one = 0; one < 20; one += 1) {
          const key = 2 + round * 20 + one;
          facts.push(queued(key, new Uint8Array(5_000)), { fact: 'settled', key });
        }
        await tell(keeper, facts);
      }
      expect((await stat(here.path)).size).toBeLessThan(1_300_000);
      await keeper.close();
      const next = await here.store().open(SERVER, {});
      expect(next.kept.flows.map(({ key }) => key)).toEqual([1]);
      await next.close();
    }));

  it('is nobody else’s to read', () =>
    withPlace(async (here) => {
      await (await here.store().open(SERVER, {})).close();
      expect((await stat(here.path)).mode & 0o077).toBe(0);
    }));

  it('is free again when its process is dead, and when another process has its id now', () =>
    withPlace(async (here) => {
      await (await here.store().open(SERVER, {})).close();
      const dead = spawnSync(process.execPath, ['-e', 'process.stdout.write(String(process.pid))']);
      for (const owner of [`${dead.stdout} x/1`, `${process.ppid} x/1`, `${process.pid} x/1`, '']) {
        await writeFile(`${here.path}.lock`, owner);
        await (await here.store().open(SERVER, {})).close();
      }
    }));

  it('a disk that fails is told, once, and the lock goes all the same', () =>
    withPlace(async (here) => {
      const keeper = await here.store().open(SERVER, {});
      const errors: unknown[] = [];
      let isKept = false;
      const failed = new Promise<void>((resolve) => {
        keeper.failed = (error) => {
          errors.push(error);
          resolve();
        };
      });
      // A key that no file can hold stands for a write that fails.
      keeper.tell(queued(2 ** 52), () => {
        isKept = true;
      });
      await failed;
      keeper.tell(queued(3), () => {
        isKept = true;
      });
      await keeper.close();
      expect(errors).toMatchObject([{ code: 'STORE_FAILED' }]);
      expect(isKept).toBe(false);
      await (await here.store().open(SERVER, {})).close();
    }));
});
