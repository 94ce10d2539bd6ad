/** What a person reads: figures with as many digits as they deserve, in columns. */
import { describe, expect, it } from 'vitest';
import { figure, ratio, table } from '../../src/report/table.ts';

describe('figure', () => {
  it.each([
    [0.0421, '0.042'],
    [5.678, '5.68'],
    [56.78, '56.8'],
    [1420895.4, '1420895'],
    [Number.NaN, '-'],
  ])('%d is %s', (value, text) => {
    expect(figure(value)).toBe(text);
  });
});

describe('table', () => {
  it('puts the first column to the left and figures to the right', () => {
    expect(
      table(
        ['load', 'M/s'],
        [
          ['a', '10.5'],
          ['longer', '9'],
        ],
      ),
    ).toBe('load     M/s\n------  ----\na       10.5\nlonger     9');
  });

  it('shows a ratio with its spread', () => {
    expect(ratio({ median: 10.4, min: 9.8, max: 11 })).toBe('10.4x [9.80..11.0]');
  });
});
