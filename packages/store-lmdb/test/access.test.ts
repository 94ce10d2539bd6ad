/** Whose the files are: what an administrator does with them leaves nothing that the broker's user may not open. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { chmodSync, chownSync, readdirSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import process from 'node:process';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { checkStore, compactStore, exportStore, importStore, openStore } from '../src/index.ts';
import { Bench, contents, session } from './bench.ts';
import { scratch } from './scratch.ts';

const { folder, clear } = scratch();
afterAll(clear);

const PROGRAM = fileURLToPath(new URL('./child.ts', import.meta.url));
const isRoot = process.getuid?.() === 0;
/** As root: another user, whose store it is. */
const USER = isRoot ? 65_534 : (process.getuid?.() ?? 0);

async function filled(): Promise<string> {
  const path = folder();
  const bench = new Bench(openStore({ path }));
  await contents(bench.store);
  bench.store.opened(session('a'));
  await bench.kept();
  await bench.store.close();
  return path;
}

/** Gives a folder and all in it to the broker's user. */
function give(path: string): void {
  if (!isRoot) return;
  for (const name of ['', ...readdirSync(path)]) chownSync(join(path, name), USER, USER);
}

/** Owner and rights of each file. */
function rightsOf(path: string): Record<string, readonly [number, number]> {
  const rights = (name: string): readonly [number, number] => {
    const { uid, mode } = statSync(join(path, name));
    return [uid, mode & 0o777];
  };
  return Object.fromEntries(readdirSync(path).map((name) => [name, rights(name)]));
}

const OWN = { 'store.mdb': [USER, 0o600], 'store.mdb-lock': [USER, 0o600] };

describe('the files', () => {
  it('stay their owner’s alone, whoever looks at them', async () => {
    const path = await filled();
    rmSync(join(path, 'store.mdb-lock'));
    give(path);
    await checkStore(path);
    expect(rightsOf(path)).toEqual(OWN);
  });

  it('stay their owner’s alone over compaction and import', async () => {
    const path = await filled();
    give(path);
    await compactStore(path);
    expect(rightsOf(path)).toEqual(OWN);
    const copy = folder();
    give(copy);
    await importStore(copy, exportStore(path));
    expect(rightsOf(copy)['store.mdb']).toEqual([USER, 0o600]);
  });

  it.each(['store.mdb', 'store.mdb-lock'])(
    'a %s of somebody else is said to be that, the process lives',
    async (name) => {
      const path = await filled();
      chmodSync(path, 0o755);
      chmodSync(join(path, name), 0);
      const words = ['--conditions=@mqtt/source', '--import=tsx', PROGRAM, 'hold', path];
      const user = isRoot ? { uid: USER, gid: USER } : {};
      const child = spawn(process.execPath, words, { stdio: ['pipe', 'pipe', 'inherit'], ...user });
      let said = '';
      child.stdout.on('data', (chunk) => {
        said += String(chunk);
      });
      const [code, signal] = await once(child, 'exit');
      expect([code, signal, said]).toEqual([1, null, 'STORE_DENIED\n']);
    },
  );
});
