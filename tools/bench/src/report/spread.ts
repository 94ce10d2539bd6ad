/**
 * What several rounds of one measurement say together: the median and how far the rounds lie apart.
 * Knows nothing of what was measured.
 */

/** The middle and the ends of a series. */
export interface Spread {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** Median, smallest and largest value; a RangeError for an empty series, which has none of them. */
export function spread(values: readonly number[]): Spread {
  const sorted = [...values].sort((a, b) => a - b);
  const min = sorted[0];
  const max = sorted[sorted.length - 1];
  const upper = sorted[sorted.length >> 1];
  const lower = sorted[(sorted.length - 1) >> 1];
  if (min === undefined || max === undefined || upper === undefined || lower === undefined) {
    throw new RangeError('a series without values has no median');
  }
  return { median: (lower + upper) / 2, min, max };
}

/** Each value divided by the one of the same round: drift of the machine between rounds cancels out. */
export function ratios(over: readonly number[], under: readonly number[]): number[] {
  if (over.length !== under.length) throw new RangeError('ratios need the same rounds on both sides');
  return over.map((value, round) => value / (under[round] ?? Number.NaN));
}

/** The value below which the share `q` (0 to 1) of the samples lies; NaN without samples. */
export function quantile(samples: readonly number[], q: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const index = Math.min(sorted.length - 1, Math.floor(sorted.length * q));
  return sorted[index] ?? Number.NaN;
}
