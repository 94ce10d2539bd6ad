/** The README's table of Mosquitto's options: what it says is taken is taken, what it says is refused is refused by name. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { shell } from './shell.ts';

const readme = readFileSync(new URL('../README.md', import.meta.url), 'utf8');
const rows = readme.split('\n').filter((line) => /^\| .*`-/.test(line) && line.split('|').length === 6);

function optionsOf(at: number, isRefused: boolean): string[] {
  return rows
    .filter((row) => row.startsWith('| refused') === isRefused)
    .flatMap((row) => {
      const cells = row.split('|').slice(2);
      return [...(cells[row.includes('the same') ? 0 : at] ?? '').matchAll(/`(--?[\w-]+)`/g)];
    })
    .map(([, option]) => option ?? '');
}

describe.each([
  ['pub', 0],
  ['sub', 1],
  ['request', 2],
] as const)('mqtt %s', (command, at) => {
  it('takes the options that the README says it takes', async () => {
    const { out } = await shell([command, '--help']);
    const taken = [...out.matchAll(/^ +(?:(-\w), )?(--[\w-]+)/gm)].flatMap(([, short, long]) => [
      short,
      long,
    ]);
    // -D is read before the others, for it takes two words or three.
    const options = optionsOf(at, false).filter((option) => option !== '-D');
    expect(options.length).toBeGreaterThan(40);
    expect(options.filter((option) => !taken.includes(option))).toEqual([]);
    expect(out).toContain('-D packet property value');
  });

  it.each(optionsOf(at, true))('refuses %s by name', async (option) => {
    const { code, err } = await shell([command, '-t', 'a', option, 'x']);
    expect({ code, err }).toEqual({ code: 64, err: expect.stringContaining('not supported') });
    expect(err).toContain(option);
  });
});
