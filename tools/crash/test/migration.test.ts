/** A file of format 1, and mqttd killed while it migrates it, in a short form; that the comparison finds what is missing. */
import { mkdirSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { openStore } from '@mqtt/store-lmdb';
import { afterAll, describe, expect, it } from 'vitest';
import { mqttd } from '../src/broker/program.ts';
import { differences, migrations } from '../src/layers/migration.ts';
import { contentsOf, formatOf, makeOldFile } from '../src/layers/old-file.ts';
import { isHere } from '../src/layers/system.ts';

const folder = mkdtempSync(join(tmpdir(), 'mqtt-migration-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));
const strace = process.platform === 'linux' && isHere('strace');

describe('a file of format 1', () => {
  it('has a record for each message in flight, and says the same after its migration', async () => {
    const [old, made] = [join(folder, 'old'), join(folder, 'made')];
    mkdirSync(old);
    await makeOldFile(old, made, { sessions: 3, sent: 70 });
    const before = await contentsOf(old);
    expect([await formatOf(old), before.size]).toEqual([1, 3 * (1 + 1 + 1 + 1 + 70 + 87)]);
    const store = openStore({ path: old });
    const ignore = (): void => undefined;
    const restored = {
      session: ignore,
      subscription: ignore,
      delivery: ignore,
      held: ignore,
      retained: ignore,
    };
    await store.load({ ...restored, progress: ignore });
    await store.close();
    expect([await formatOf(old), differences(before, await contentsOf(old))]).toEqual([2, []]);
  });

  it('a thing that is gone or new is a finding', () => {
    expect(differences(new Set(['a', 'b']), new Set(['b', 'c']))).toEqual([
      '1 lost, first a',
      '1 invented, first c',
    ]);
  });

  it(strace
    ? 'is whole after mqttd died in its migration, by the clock and in its writes'
    : 'is whole after mqttd died in its migration, by the clock; no strace for its writes', async () => {
    const contents = { sessions: 10, sent: 100 };
    const sum = await migrations({
      program: mqttd(),
      seed: 1,
      rounds: 2,
      seconds: 0,
      contents,
      inCalls: strace,
    });
    expect(sum.findings).toEqual([]);
    expect(sum.deaths).toBeGreaterThan(0);
  }, 240_000);
});
