/** What a reload changes, what it cannot, and that a part which fails changes nothing. */
import { join } from 'node:path';
import { pino } from 'pino';
import { describe, expect, it } from 'vitest';
import { ConfigurationError, keyOf } from '../src/config/faults.ts';
import { NamedFiles } from '../src/config/files.ts';
import type { Given } from '../src/config/given.ts';
import { type Settings, settingsOf } from '../src/config/settings.ts';
import { differences, type Part, reload } from '../src/reload.ts';
import { Folder } from './config/folder.ts';

const given = (settings: Settings): Given => ({
  settings,
  fault: (path, message) => ({ where: '', key: keyOf(path), message }),
  files: new NamedFiles(),
});
const base = given(settingsOf({}, (file) => file));
const lines: Record<string, unknown>[] = [];
const log = pino({ base: null }, { write: (line: string) => lines.push(JSON.parse(line)) });

describe('differences', () => {
  const table: readonly (readonly [unknown, unknown, ...string[]])[] = [
    [{ a: 1 }, { a: 1 }],
    [{ a: 1 }, { a: 2 }, 'a'],
    [{ a: { b: [1, 2] } }, { a: { b: [1, 3] } }, 'a.b[1]'],
    [{ a: [1] }, { a: [1, 2] }, 'a'],
    [{ a: 1 }, {}, 'a'],
    [{ a: {} }, { a: 1 }, 'a'],
  ];
  for (const [before, after, ...expected] of table)
    it(`${JSON.stringify(before)} -> ${JSON.stringify(after)}`, () =>
      expect(differences(before, after).map(keyOf)).toEqual(expected));
});

describe('a reload', () => {
  const next = given({ ...base.settings, overflow: 'disconnect', sysInterval: 7 });
  const applied: string[] = [];
  const part = (takes: RegExp, name: string): Part => ({
    takes,
    prepare: () => ({
      apply: () => void applied.push(name),
      undo: () => void applied.push(`not ${name}`),
    }),
  });
  const broken: Part = {
    takes: /x/,
    prepare: () => {
      throw new ConfigurationError([{ where: 'passwords', key: '', message: 'is empty' }]);
    },
  };

  it('takes what a part takes, and says what needs a restart', async () => {
    const now = await reload(base, async () => next, [part(/^sysInterval$/, 'sys')], log);
    expect(now.settings).toEqual({ ...base.settings, sysInterval: 7 });
    expect(applied.splice(0)).toEqual(['sys']);
    expect(lines.splice(0)).toMatchObject([{ key: 'overflow', level: 40 }, { changed: ['sysInterval'] }]);
  });

  it('says which files are other ones, gone or new, by what they are for', async () => {
    const folder = new Folder();
    const reads = (...names: string[]): Given => {
      const read = given(base.settings);
      for (const name of names) read.files.text(join(folder.path, name), 'passwords');
      return read;
    };
    for (const name of ['same', 'other', 'gone']) folder.write(name, name);
    const before = reads('same', 'other', 'gone');
    folder.write('other', 'changed');
    folder.write('new', 'new');
    await reload(before, async () => reads('same', 'other', 'new'), [], log);
    const files = ['gone', 'new', 'other'].map((name) => `passwords ${join(folder.path, name)}`);
    expect(lines.splice(0)).toMatchObject([{ changed: [], files }]);
    folder.remove();
  });

  it('in which one part fails changes nothing', async () => {
    const parts = [part(/./, 'one'), part(/./, 'two'), broken, part(/./, 'three')];
    expect(await reload(base, async () => next, parts, log)).toBe(base);
    expect(applied.splice(0)).toEqual(['not two', 'not one']);
    expect(lines.splice(0)).toMatchObject([{ faults: ['passwords: is empty'], level: 50 }]);
  });

  it('of a bad file changes nothing', async () => {
    const bad = async (): Promise<Given> => {
      throw new ConfigurationError([{ where: 'a.yaml:1:1', key: 'x', message: 'no such key' }]);
    };
    expect(await reload(base, bad, [part(/./, 'all')], log)).toBe(base);
    expect(lines.splice(0)).toMatchObject([{ faults: ['a.yaml:1:1: x: no such key'] }]);
  });
});
