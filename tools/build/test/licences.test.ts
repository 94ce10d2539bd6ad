/** What a bundle must ship beside it: the licence of each package in it. */
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import { licences } from '../src/licences.ts';

const folder = mkdtempSync(join(tmpdir(), 'licences-'));
afterAll(() => rmSync(folder, { recursive: true }));

function install(name: string, licence?: string): string {
  const home = join(folder, 'node_modules', name);
  mkdirSync(join(home, 'lib'), { recursive: true });
  writeFileSync(join(home, 'package.json'), JSON.stringify({ name, version: '1.2.3' }));
  if (licence !== undefined) writeFileSync(join(home, 'LICENSE.md'), `${licence}\n`);
  return home;
}

describe('licences', () => {
  it('names each package once, with its version and its licence; our own files ask for none', () => {
    const one = install('one', 'Take it.');
    const two = install('@some/two', 'Take it too.');
    const text = licences(['src/main.ts', `${two}/lib/a.js`, `${one}/lib/a.js`, `${one}/lib/b.js`]);
    expect(text.match(/1\.2\.3/g)).toHaveLength(2);
    expect(text).toContain('@some/two 1.2.3\n\nTake it too.');
    expect(text).toContain('one 1.2.3\n\nTake it.');
  });

  it('refuses a package that has none', () => {
    expect(() => licences([`${install('bare')}/index.js`])).toThrow('bare has no licence to ship');
  });
});
