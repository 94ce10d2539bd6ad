/** Chance under a seed. */
import { seededRandom } from '@mqtt/session/testing';
import { describe, expect, it } from 'vitest';

describe('seeded random', () => {
  it('gives the same numbers for the same seed, others for another', () => {
    const numbers = (seed: number): number[] => Array.from({ length: 20 }, seededRandom(seed));
    expect(numbers(7)).toEqual(numbers(7));
    expect(numbers(7)).not.toEqual(numbers(8));
  });

  it.each([0, 1, -1, 0x2545_f491, 1e12])('gives numbers from 0 to below 1, evenly, for seed %d', (seed) => {
    const random = seededRandom(seed);
    const tenths = new Array<number>(10).fill(0);
    for (let i = 0; i < 20_000; i++) {
      const tenth = Math.floor(random() * 10);
      tenths[tenth] = (tenths[tenth] ?? Number.NaN) + 1;
    }
    expect(tenths).toHaveLength(10);
    for (const count of tenths) expect(Math.abs(count - 2000)).toBeLessThan(250);
  });
});
