/** The table of MQTT.js's defects in docs/migrate-from-mqttjs.md: each has the test that it names. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';

const guide = new URL('../../../docs/migrate-from-mqttjs.md', import.meta.url);
const [, table = ''] = readFileSync(guide, 'utf8').split('## Defects that do not come along');
const rows = [...table.matchAll(/^\| ([A-F]\d?) \| .* \| .*\]\(([^)]+)\)/gm)];

describe('the defects of MQTT.js', () => {
  it('are all in the table', () => {
    expect(rows.map(([, id]) => id)).toEqual(['A1', 'A2', 'A3', 'A4', 'A5', 'B1', 'B2', 'C', 'D', 'E', 'F']);
  });

  it.each(rows.map(([, id = '', path = '']) => [id, path] as const))('%s is tested in %s', (id, path) => {
    const text = readFileSync(new URL(path, guide), 'utf8');
    if (path.endsWith('.test.ts')) expect(text).toMatch(new RegExp(`^ {2}it\\('${id} `, 'm'));
    else for (const linter of ['publint', 'attw']) expect(text).toContain(`${linter}: `);
  });
});
