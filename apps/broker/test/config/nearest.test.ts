/** Which word was meant. */
import { describe, expect, it } from 'vitest';
import { nearest, suggestion } from '../../src/config/nearest.ts';

const KNOWN = ['listeners', 'limits', 'log', 'sysInterval', 'maximumPacketSize'];

describe('the nearest known word', () => {
  const table: readonly (readonly [string, string | undefined])[] = [
    ['listener', 'listeners'],
    ['limts', 'limits'],
    ['sys_interval', 'sysInterval'],
    ['MaximumPacketsize', 'maximumPacketSize'],
    ['maximunPakcetSize', 'maximumPacketSize'],
    ['zebra', undefined],
    ['x', undefined],
  ];
  for (const [word, meant] of table)
    it(`${word} -> ${meant}`, () => expect(nearest(word, KNOWN)).toBe(meant));

  it('says which there are when none is near', () => {
    expect(suggestion('zebra', ['b', 'a'])).toBe('; known here: a, b');
  });
});
