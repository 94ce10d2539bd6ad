/** What the README says of errors is said of every one. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const read = (path: string): string => readFileSync(new URL(path, import.meta.url), 'utf8');

describe('the README', () => {
  it('says to every error code what to do', () => {
    const [, union = ''] = /type MqttErrorCode =\n([\s\S]*?);\n/.exec(read('../src/errors.ts')) ?? [];
    const codes = [...union.matchAll(/^ {2}\| '(\w+)'/gm)].map(([, code]) => code);
    expect(codes.length).toBeGreaterThan(20);
    const [, table = ''] = read('../README.md').split('## Errors');
    expect(codes.filter((code) => !table.includes(`\`${code}\``))).toEqual([]);
  });
});
