/** The command line laid over a configuration. */
import { describe, expect, it } from 'vitest';
import type { Configuration } from '../../src/config/configuration.ts';
import { overlay, type Words } from '../../src/config/words.ts';

const places = (words: Words, given: Configuration = {}): readonly string[] =>
  (overlay(given, words).configuration.listeners ?? []).map(
    ({ type, host, port }) => `${type} ${host} ${port}`,
  );

describe('without a configuration', () => {
  const table: readonly (readonly [Words, ...string[]])[] = [
    [{}, 'tcp 127.0.0.1 1883', 'ws 127.0.0.1 8083'],
    [{ port: 1884 }, 'tcp 127.0.0.1 1884', 'ws 127.0.0.1 8083'],
    [{ port: 0 }, 'tcp 127.0.0.1 0', 'ws 127.0.0.1 0'],
    [{ port: 0, wsPort: 8083 }, 'tcp 127.0.0.1 0', 'ws 127.0.0.1 8083'],
    [{ wsPort: 'off' }, 'tcp 127.0.0.1 1883'],
    [{ wsPort: 0 }, 'tcp 127.0.0.1 1883', 'ws 127.0.0.1 0'],
  ];
  for (const [words, ...expected] of table)
    it(JSON.stringify(words), () => expect(places(words)).toEqual(expected));
});

describe('over a configuration', () => {
  const given: Configuration = {
    listeners: [
      { type: 'tls', host: '::', port: 8883, tls: { cert: 'a', key: 'b' } },
      { type: 'tcp', host: '::', port: 1 },
      { type: 'tcp', host: '::1', port: 2 },
    ],
  };
  it('-p is the first of type tcp', () => {
    expect(places({ port: 0 }, given)).toEqual(['tls :: 8883', 'tcp :: 0', 'tcp ::1 2']);
  });
  it('what is not there is added, on loopback', () => {
    expect(places({ wsPort: 5 }, given).at(-1)).toBe('ws 127.0.0.1 5');
    expect(places({ port: 5 }, { listeners: [{ type: 'ws' }] }).at(-1)).toBe('tcp 127.0.0.1 5');
  });
  it('says which listener each was before', () => {
    const web: Configuration = { listeners: [{ type: 'ws' }, { type: 'tcp' }] };
    expect(overlay(web, { wsPort: 'off' }).cameFrom).toEqual([1]);
  });
});
