/** Every directive is in the table, and the page about them is the table's. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { directive, directives } from '../../../src/config/mosquitto/tables/all.ts';
import { reference } from './reference.ts';

describe('the table of directives', () => {
  it('has each name once', () => {
    const names = directives.map(({ name }) => name);
    expect(new Set(names).size).toBe(names.length);
  });

  it('says something of each, and does something for each that is supported', () => {
    for (const { name, answer, says, take } of directives) {
      expect(says, name).not.toBe('');
      expect(take !== undefined, name).toBe(answer === 'supported');
    }
  });

  it('has every directive of the manual page and the example file of 2.0, and those that 2.1 added', () => {
    const file = new URL('../fixtures/mosquitto-directives.txt', import.meta.url);
    const names = readFileSync(file, 'utf8').trim().split('\n');
    expect(names.length).toBeGreaterThan(140);
    expect(names.filter((name) => directive(name) === undefined)).toEqual([]);
  });
});

describe('docs/migrate-from-mosquitto.md', () => {
  it('is made from the table', async () => {
    await expect(reference()).toMatchFileSnapshot('../../../../../docs/migrate-from-mosquitto.md');
  });
});
