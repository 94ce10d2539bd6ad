/** No room: what was told is held and kept when there is room again. A disk that fails: nothing is durable any more. */
import { execFileSync, spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it, onTestFinished } from 'vitest';
import { Commits } from '../src/commits.ts';
import { StoreFile } from '../src/file/file.ts';
import { openStore } from '../src/index.ts';
import { Sharing } from '../src/sharing.ts';
import { Bench, contents, message, payloadOf, plainly, session } from './bench.ts';
import { scratch, unwrittenAtEnd } from './scratch.ts';

const MIB = 1024 * 1024;
const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));
const { folder, clear } = scratch();
afterAll(clear);

const large = (index: number): Uint8Array => new Uint8Array(8_000).fill(index % 251);

describe('maximumBytes', () => {
  it('makes the store full, and what is settled makes it take more', async () => {
    const path = folder();
    const bench = new Bench(openStore({ path, maximumBytes: 2 * MIB, retryAfter: 5 }));
    const { store } = bench;
    await contents(store);
    const owner = store.opened(session('a'));
    const keys: number[] = [];
    while (!store.isFull) {
      for (let i = 0; i < 10; i++) keys.push(store.queued(owner, message(large(keys.length)), plainly));
      await bench.kept();
    }
    expect(keys.length * 8_000).toBeGreaterThan(MIB);
    expect(bench.said).toEqual(['full true']);
    const one = store.queued(owner, message('told while it is full'), plainly);
    await bench.kept(); // what is told all the same is kept
    for (const key of keys) store.settled(key);
    await bench.until(() => !store.isFull);
    expect(bench.said).toEqual(['full true', 'full false']);
    await store.close();
    const again = new Bench(openStore({ path, maximumBytes: 2 * MIB }));
    expect((await contents(again.store)).deliveries.get('a')).toEqual([one]);
    expect(payloadOf(again.store, one)).toBe('told while it is full');
    await again.store.close();
  });

  it('is looked at when the store is opened', async () => {
    const path = folder();
    const first = new Bench(openStore({ path }));
    await contents(first.store);
    const owner = first.store.opened(session('a'));
    for (let i = 0; i < 300; i++) first.store.queued(owner, message(large(i)), plainly);
    await first.store.close();
    const bench = new Bench(openStore({ path, maximumBytes: MIB }));
    await contents(bench.store);
    expect([bench.store.isFull, bench.said]).toEqual([true, ['full true']]);
    await bench.store.close();
  });

  it.each([
    [{ path: '' }, 'path'],
    [{ path: 'x', maximumBytes: 4096 }, 'maximumBytes'],
    [{ path: 'x', reservedBytes: -1 }, 'reservedBytes'],
    [{ path: 'x', retryAfter: 0 }, 'retryAfter'],
    [{ path: 'x', durability: 'never' as 'commit' }, 'durability'],
  ])('refuses %j', (options, named) => {
    expect(() => openStore(options)).toThrow(named);
  });
});

const canMount = process.platform === 'linux' && process.getuid?.() === 0;

/** Runs `use` in a folder on a disk of its own; where it cannot be mounted, says so. */
async function onDisk(bytes: number, use: (path: string) => Promise<void>): Promise<void> {
  if (!canMount) {
    process.stderr.write('a full disk is not tried here: mounting a small one takes root on Linux\n');
    return;
  }
  const path = folder();
  execFileSync('mount', ['-t', 'tmpfs', '-o', `size=${bytes}`, 'tmpfs', path]);
  try {
    await use(path);
  } finally {
    execFileSync('umount', [path]);
  }
}

describe('a full disk (tried as root on Linux only)', () => {
  it('holds what was told, says so, and keeps it when there is room', async () => {
    await onDisk(8 * MIB, async (path) => {
      const filler = join(path, 'filler');
      writeFileSync(filler, Buffer.alloc(5 * MIB));
      const bench = new Bench(openStore({ path, reservedBytes: MIB / 4, retryAfter: 20 }));
      const { store } = bench;
      await contents(store);
      const owner = store.opened(session('a'));
      const keys: number[] = [];
      const tell = (): void => {
        for (let i = 0; i < 50; i++) keys.push(store.queued(owner, message(large(keys.length)), plainly));
      };
      tell();
      await bench.kept();
      const before = store.durable;
      for (let i = 0; i < 10; i++) tell(); // 4 MB in one turn: more than there is
      await bench.until(() => store.isFull);
      expect([store.durable, bench.said]).toEqual([before, ['full true']]);
      const settled = keys.splice(0, 20);
      for (const key of settled) store.settled(key); // facts go on meanwhile
      expect(store.delivery(keys[300] ?? 0)?.message.payload).toEqual(large(320));
      rmSync(filler);
      await bench.kept();
      await bench.until(() => !store.isFull);
      expect(bench.said).toEqual(['full true', 'full false']);
      await store.close();
      const again = new Bench(openStore({ path, reservedBytes: MIB / 4 }));
      expect((await contents(again.store)).deliveries.get('a')).toEqual(keys);
      await again.store.close();
    });
  });

  it('that another program fills up is noticed with the next commit, which is still kept', async () => {
    await onDisk(8 * MIB, async (path) => {
      const bench = new Bench(openStore({ path, reservedBytes: 2 * MIB, retryAfter: 20 }));
      const { store } = bench;
      await contents(store);
      const owner = store.opened(session('a'));
      await bench.kept();
      const filler = join(path, 'filler');
      writeFileSync(filler, Buffer.alloc(7 * MIB));
      store.queued(owner, message('small'), plainly);
      await bench.kept();
      expect(store.isFull).toBe(true);
      rmSync(filler);
      await bench.until(() => !store.isFull);
      await store.close();
    });
  });

  it.each([0, 3])('at the start says so, and nothing is lost (%i pages never written)', async (pages) => {
    await onDisk(4 * MIB, async (path) => {
      const bench = new Bench(openStore({ path, reservedBytes: MIB / 4 }));
      await contents(bench.store);
      const owner = bench.store.opened(session('a'));
      const kept = bench.store.queued(owner, message('durable'), plainly);
      await bench.kept();
      await bench.store.close();
      const name = join(path, 'store.mdb');
      if (pages > 0) writeFileSync(name, unwrittenAtEnd(readFileSync(name), pages));
      const filler = join(path, 'filler');
      expect(() => writeFileSync(filler, Buffer.alloc(4 * MIB))).toThrow('ENOSPC');
      const full = openStore({ path, reservedBytes: MIB / 4 });
      await expect(contents(full)).rejects.toMatchObject({
        code: 'STORE_FULL',
        message: `there is no room on the disk of ${name}: free some, and start again. Nothing is lost.`,
      });
      rmSync(filler);
      const again = new Bench(openStore({ path, reservedBytes: MIB / 4 }));
      expect((await contents(again.store)).deliveries.get('a')).toEqual([kept]);
      await again.store.close();
    });
  });

  it('that stays full: closing says that something is lost, and all that was durable is there', async () => {
    await onDisk(4 * MIB, async (path) => {
      const bench = new Bench(openStore({ path, reservedBytes: MIB / 4, retryAfter: 20 }));
      const { store } = bench;
      await contents(store);
      const owner = store.opened(session('a'));
      const kept = store.queued(owner, message('durable'), plainly);
      await bench.kept();
      for (let i = 0; i < 800; i++) store.queued(owner, message(large(i)), plainly);
      await bench.until(() => store.isFull);
      await expect(store.close()).rejects.toMatchObject({ code: 'STORE_FULL' });
      const again = new Bench(openStore({ path, reservedBytes: MIB / 4 }));
      expect((await contents(again.store)).deliveries.get('a')).toEqual([kept]);
      await again.store.close();
    });
  });
});

describe('a limit of the size of files', () => {
  it.each([0, 1000])(
    'is like a full disk: the process lives on, and goes on when there is room (%i)',
    async (odd) => {
      if (process.platform !== 'linux') return;
      const path = folder();
      const limited = [`ulimit -f ${(8 * MIB + 512 * odd) / 512} && exec "$@"`, 'sh', process.execPath];
      const words = ['--conditions=@mqtt/source', '--import=tsx', PROGRAM, 'fill', path, 'a'];
      const child = spawn('sh', ['-c', ...limited, ...words], { stdio: ['pipe', 'pipe', 'inherit'] });
      onTestFinished(() => void child.kill('SIGKILL'));
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
      });
      const [code, signal] = (await once(child, 'exit')) as [number | null, string | null];
      expect([code, signal, said]).toEqual([0, null, 'open\nfull true\nfull true, full false, 100 left\n']);
      const again = new Bench(openStore({ path }));
      expect((await contents(again.store)).deliveries.get('a')).toHaveLength(100);
      expect(again.said).toEqual([]);
      await again.store.close();
    },
    60_000,
  );
});

describe('a disk that fails', () => {
  it('or a folder that is removed: failed() once, nothing is told to be kept in a file that nobody will find', async () => {
    const path = folder();
    const bench = new Bench(openStore({ path }));
    await contents(bench.store);
    const owner = bench.store.opened(session('a'));
    await bench.kept();
    const { durable } = bench.store;
    rmSync(path, { recursive: true });
    bench.store.queued(owner, message('told too late'), plainly);
    await bench.until(() => bench.failure !== undefined);
    expect([bench.store.durable, bench.said, bench.failure]).toEqual([
      durable,
      ['failed'],
      expect.objectContaining({ code: 'STORE_FAILED', message: expect.stringContaining('ENOENT') }),
    ]);
    await expect(bench.store.close()).rejects.toMatchObject({ code: 'STORE_FAILED' });
  });

  it('is never written again: failed() once, nothing durable after it, close says so', async () => {
    const path = folder();
    const file = new StoreFile({ path, isSynced: true, isReadOnly: false });
    const said: string[] = [];
    let failed = (): void => {};
    const failure = new Promise<void>((go) => {
      failed = go;
    });
    const watcher = {
      durable: () => void said.push('durable'),
      full: (isFull: boolean) => void said.push(`full ${isFull}`),
      failed: (error: Error) => {
        said.push(error.message);
        failed();
      },
      damaged: () => {},
    };
    const options = { maximumBytes: undefined, reservedBytes: 0, retryAfter: 5 };
    const commits = new Commits(file, new Sharing(), watcher, options);
    let tries = 0;
    file.commit = () => {
      tries++;
      return Promise.reject(Object.assign(new Error('Input/output error'), { code: 5 }));
    };
    commits.pending.held.put(1, { session: 1, packetId: 1 }, true);
    commits.told(1);
    await failure;
    commits.told(2);
    await expect(commits.finish()).rejects.toMatchObject({ code: 'STORE_FAILED' });
    await file.close();
    expect([tries, commits.durable, said.length]).toEqual([1, 0, 1]);
    expect(said[0]).toMatch(
      /could not be written: Input\/output error.*everything acknowledged before is there/,
    );
  });
});
