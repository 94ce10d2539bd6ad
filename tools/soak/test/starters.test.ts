/** Who started the soak, and that one of them is gone. */
import { expect, it } from 'vitest';
import { type Started, startersOf } from '../src/starters.ts';

const processes = (...rows: (readonly [pid: number, parent: number, words: string])[]) => {
  const all = new Map(
    rows.map(([pid, parent, words]) => [pid, { parent, words: words.split(' ') }] as const),
  );
  return (pid: number): Started | undefined => all.get(pid);
};

it('are npm and all between it and us, but not the shell that npm was called from', () => {
  const find = processes(
    [10, 1, 'bash'],
    [11, 10, 'npm run soak'],
    [12, 11, 'sh -c node tools/run/src/main.mjs soak'],
    [13, 12, '/usr/bin/node tools/run/src/main.mjs soak'],
    [14, 13, 'node node_modules/.bin/tsx src/main.ts'],
  );
  expect(startersOf(14, find)).toEqual([13, 12, 11]);
});

it('are fewer when npm was killed: the first behind it belongs to nobody', () => {
  const find = processes([12, 1, 'sh -c node main.mjs'], [13, 12, 'node main.mjs'], [14, 13, 'node tsx']);
  expect(startersOf(14, find)).toEqual([13, 12]);
});
