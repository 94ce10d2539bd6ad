/**
 * Entries that are one file with everything in it: what their list of internal names does, and what stands for what.
 */
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { bundleSelfContained, internalNames } from '../src/self-contained.ts';

describe('an entry with a list of internal names', () => {
  let folder: string;
  const write = (name: string, text: string): void => writeFileSync(join(folder, name), text);

  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'self-contained-'));
    write('words.ts', `export const word: string = 'many words';`);
    write('words.terse.ts', `export const word = 'few';`);
    write('entry.ts', `import { word } from './words.ts'; export const made = { inner: word, outer: word };`);
    write('entry.internal.json', '["inner"]');
    write('plain.ts', 'export const one = 1;');
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  it('is told by the file beside it', () => {
    expect(internalNames({ in: join(folder, 'entry.ts'), out: 'entry' })).toEqual(['inner']);
    expect(internalNames({ in: join(folder, 'plain.ts'), out: 'plain' })).toBeUndefined();
  });

  it('has shorter names, and few words where there are some', async () => {
    const entry = { in: join(folder, 'entry.ts'), out: 'entry' };
    const options = { bundle: true, outdir: join(folder, 'dist'), format: 'esm' } as const;
    await bundleSelfContained(options, entry, ['inner']);
    const text = readFileSync(join(folder, 'dist/entry.js'), 'utf8');
    expect(text).toContain('few');
    expect(text).not.toMatch(/many words|inner/);
    expect(text).toContain('outer');
  });

  it('refuses a name that it does not have', async () => {
    const entry = { in: join(folder, 'entry.ts'), out: 'entry' };
    await expect(bundleSelfContained({ bundle: true, write: false }, entry, ['gone'])).rejects.toThrow(
      /no property gone/,
    );
  });
});
