/** docs/security.md is made from the cases; `-u` writes it anew. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';
import { all } from '../src/cases/all.ts';
import { COMMAND, document, missing } from '../src/document.ts';
import { setups } from '../src/setups.ts';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
/** Columns of a table, without its head. */
function rowsOf(path: string): readonly (readonly string[])[] {
  const lines = readFileSync(join(ROOT, path), 'utf8').trim().split('\n').slice(1);
  return lines.map((line) => line.split('\t'));
}

const own = rowsOf('tools/hostile/own-cases.tsv');
const ids = [...rowsOf('tools/spec/cases.tsv'), ...own].map(([id = '']) => id);

describe('the cases', () => {
  it('are those of the list: each has rows', () => {
    expect(missing(ids, all)).toEqual([]);
    expect(all.map(({ id }) => id).filter((id) => !ids.includes(id))).toEqual([]);
  });

  it('of our own are what their table says', () => {
    const titles = new Map(all.map(({ id, title }) => [id, title]));
    for (const [id = '', title] of own) expect(titles.get(id), id).toBe(title);
  });

  it('are tried on a setup that there is, at least once each', () => {
    for (const { id, on = 'plain', tries } of all) {
      expect(setups[on], id).toBeDefined();
      expect(tries.length, id).toBeGreaterThan(0);
    }
  });
});

describe('docs/security.md', () => {
  it(`is as the cases and tests are: ${COMMAND}`, async () => {
    await expect(document(ids, all)).toMatchFileSnapshot('../../../docs/security.md');
  });
});
