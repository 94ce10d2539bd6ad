/** Two processes and one folder; a process that is killed in the middle of commits. */
import { type ChildProcess, spawn } from 'node:child_process';
import { chmodSync, statSync } from 'node:fs';
import { join } from 'node:path';

import process from 'node:process';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, afterEach, describe, expect, it } from 'vitest';
import { openStore } from '../src/index.ts';
import { Bench, contents, payloadOf } from './bench.ts';
import { scratch } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);
const running = new Set<ChildProcess>();
afterEach(() => {
  for (const child of running) child.kill('SIGKILL');
});

const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));

interface Child {
  readonly process: ChildProcess;
  readonly lines: AsyncIterator<string>;
}

function start(...args: string[]): Child {
  const child = spawn(process.execPath, ['--conditions=@mqtt/source', '--import=tsx', PROGRAM, ...args], {
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  running.add(child);
  child.once('exit', () => running.delete(child));
  return { process: child, lines: createInterface({ input: child.stdout })[Symbol.asyncIterator]() };
}

async function line({ lines }: Child): Promise<string> {
  const { value, done } = await lines.next();
  return done === true ? 'gone' : value;
}

async function killed(child: Child): Promise<string[]> {
  // Its pipe closes a moment before the kernel has it dead.
  const exited = new Promise((resolve) => child.process.once('exit', resolve));
  child.process.kill('SIGKILL');
  const rest: string[] = [];
  for (let one = await line(child); one !== 'gone'; one = await line(child)) rest.push(one);
  await exited;
  return rest;
}

describe('a folder', () => {
  it('[G16] has files that nobody else reads, in a folder that others read too; modes that are there stay', async () => {
    const path = folder();
    chmodSync(path, 0o755);
    const modes = (): number[] =>
      ['store.mdb', 'store.mdb-lock'].map((name) => statSync(join(path, name)).mode & 0o777);
    const first = openStore({ path });
    await contents(first);
    expect(modes()).toEqual([0o600, 0o600]);
    await first.close();
    chmodSync(join(path, 'store.mdb'), 0o640);
    const second = openStore({ path });
    await contents(second);
    expect(modes()[0]).toBe(0o640);
    await second.close();
  });

  it('is one broker’s: a second process is refused, until the first one is killed', async () => {
    const path = folder();
    const first = start('hold', path);
    expect(await line(first)).toBe('open');
    const refused = start('hold', path);
    expect(await line(refused)).toBe('STORE_IN_USE');
    const here = openStore({ path });
    await expect(contents(here)).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await killed(first);
    await contents(here);
    await here.close();
  });

  it('is won by one of many that start at once', async () => {
    const path = folder();
    const answers = await Promise.all(Array.from({ length: 4 }, () => line(start('hold', path))));
    expect(answers.sort()).toEqual(['STORE_IN_USE', 'STORE_IN_USE', 'STORE_IN_USE', 'open']);
  });

  it('is one store’s within a process too', async () => {
    const path = folder();
    const first = openStore({ path });
    await contents(first);
    await expect(contents(openStore({ path }))).rejects.toMatchObject({ code: 'STORE_IN_USE' });
    await first.close();
    const second = openStore({ path });
    await contents(second);
    await second.close();
  });
});

describe('kill -9', () => {
  it('loses nothing that was durable, and leaves a beginning of what was told', async () => {
    const path = folder();
    const kept = new Map<string, string>();
    for (let round = 1; round <= 4; round++) {
      const child = start('tell', path, `r${round}`);
      expect(await line(child)).toBe('open');
      let durable = 0;
      const enough = 20 * round ** 2;
      while (durable < enough) durable = Number(await line(child));
      durable = Number((await killed(child)).at(-1) ?? durable);

      const bench = new Bench(openStore({ path }));
      const { deliveries } = await contents(bench.store);
      const keys = deliveries.get(`r${round}`) ?? [];
      const numbers = keys.map((key) => Number(payloadOf(bench.store, key)?.split(' ')[0]));
      const newest = numbers.at(-1) ?? -1;
      expect(newest).toBeGreaterThanOrEqual(durable - 1);
      expect(numbers).toEqual(
        Array.from({ length: Math.min(50, newest + 1) }, (_, i) => newest + 1 - Math.min(50, newest + 1) + i),
      );
      for (const [name, before] of kept) expect(`${deliveries.get(name)}`).toBe(before);
      kept.set(`r${round}`, `${keys}`);
      expect(bench.said).toEqual([]);
      await bench.store.close();
    }
  }, 60_000);
});
