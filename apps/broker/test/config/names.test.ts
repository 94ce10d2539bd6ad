/** Who keeps which name when the list of listeners changes. */
import { describe, expect, it } from 'vitest';
import type { ListenerConfiguration } from '../../src/config/configuration.ts';
import { withNames } from '../../src/config/names.ts';
import { type ListenerSettings, settingsOf } from '../../src/config/settings.ts';

const listeners = (...given: ListenerConfiguration[]): readonly ListenerSettings[] =>
  settingsOf({ listeners: given }, (file) => file).listeners;
const tcp = (port: number, name?: string): ListenerConfiguration => ({ type: 'tcp', port, name });
const unix = (path: string): ListenerConfiguration => ({ type: 'unix', path });

describe('listeners without a name', () => {
  const table: readonly (readonly [string, ListenerConfiguration[], ListenerConfiguration[], string[]])[] = [
    ['stay what they are', [tcp(1), tcp(2)], [tcp(1), tcp(2)], ['tcp-0', 'tcp-1']],
    ['stay what they are when one before them goes', [tcp(1), tcp(2)], [tcp(2)], ['tcp-1']],
    ['when one comes before them', [tcp(1)], [tcp(2), tcp(1)], ['tcp-1', 'tcp-0']],
    ['that move keep their place in the list', [tcp(1), tcp(2)], [tcp(3), tcp(2)], ['tcp-0', 'tcp-1']],
    ['that are new have new names', [tcp(1), tcp(2)], [tcp(2), tcp(3)], ['tcp-1', 'tcp-2']],
    ['at an address of another type are others', [tcp(1)], [{ type: 'ws', port: 1 }], ['ws-0']],
    ['at any port are known by their place', [tcp(0), tcp(0)], [tcp(0), tcp(0)], ['tcp-0', 'tcp-1']],
    ['are Unix sockets by their path', [unix('/a'), unix('/b')], [unix('/b')], ['unix-1']],
    [
      'leave names to those that have one',
      [tcp(1, 'x'), tcp(2)],
      [tcp(1, 'tcp-1'), tcp(2)],
      ['tcp-1', 'tcp-0'],
    ],
  ];
  for (const [what, before, after, names] of table)
    it(what, () => {
      expect(withNames(listeners(...before), listeners(...after)).map(({ name }) => name)).toEqual(names);
    });
});
