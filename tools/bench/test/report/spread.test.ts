/** Medians, ratios and quantiles: a wrong one would make every table a lie. */
import { describe, expect, it } from 'vitest';
import { quantile, ratios, spread } from '../../src/report/spread.ts';

describe('spread', () => {
  it('takes the middle of an odd series and the mean of the two middles of an even one', () => {
    expect(spread([5, 1, 9])).toEqual({ median: 5, min: 1, max: 9 });
    expect(spread([4, 1, 3, 2])).toEqual({ median: 2.5, min: 1, max: 4 });
  });

  it('has no answer for nothing', () => {
    expect(() => spread([])).toThrow(RangeError);
  });
});

describe('ratios', () => {
  it('divides round by round, so that a slow minute cancels out', () => {
    expect(ratios([10, 5], [2, 1])).toEqual([5, 5]);
  });

  it('refuses series of different length', () => {
    expect(() => ratios([1], [1, 2])).toThrow(RangeError);
  });
});

describe('quantile', () => {
  it('gives the value below which that share lies', () => {
    const samples = Array.from({ length: 1000 }, (_, i) => 999 - i);
    expect([quantile(samples, 0.5), quantile(samples, 0.99), quantile(samples, 0.999)]).toEqual([
      500, 990, 999,
    ]);
    expect(quantile([], 0.5)).toBeNaN();
  });
});
