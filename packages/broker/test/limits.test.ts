/** docs/limits.md is the table of `options.ts`, written out; `npx vitest run test/limits.test.ts -u` writes it anew. */
import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import { counters, limits } from '../src/index.ts';

const readme = new URL('../README.md', import.meta.url);

function number(value: number): string {
  return value.toLocaleString('en-GB');
}

function document(): string {
  const rows = Object.entries(limits).map(([name, [standard, least, most, unit, counter, meaning]]) => {
    return `| \`${name}\` | ${number(standard)} | ${number(least)} to ${number(most)} | ${unit} | ${meaning} | \`${counter}\` |`;
  });
  const used = new Set<string>(Object.values(limits).map(([, , , , counter]) => counter));
  const meanings = Object.entries(counters)
    .filter(([name]) => used.has(name))
    .map(([name, meaning]) => `| \`${name}\` | ${meaning} |`);
  return `${[
    '# Limits of the broker',
    '',
    'Everything a client can make grow, generated from `packages/broker/src/options.ts`. Each is an option of',
    '`createBroker({ limits })`; what there is of it now stands in `broker.sizes`, how often a limit was reached in',
    '`broker.metrics`, under the counter named here.',
    '',
    '| limit | default | possible | unit | what it bounds, and what happens there | counter |',
    '|---|---|---|---|---|---|',
    ...rows,
    '',
    '## Counters',
    '',
    '| counter | one more means |',
    '|---|---|',
    ...meanings,
  ].join('\n')}\n`;
}

describe('docs/limits.md', () => {
  it('is the table of limits as it is now', async () => {
    await expect(document()).toMatchFileSnapshot('../../../docs/limits.md');
  });

  it('is linked from the README', () => {
    expect(readFileSync(readme, 'utf8')).toContain('docs/limits.md');
  });
});
