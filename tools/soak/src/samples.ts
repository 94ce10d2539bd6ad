/**
 * Numbers over time: is a line flat? Memory that a garbage collector tends goes up and down, so what counts is its
 * lowest point in each piece of time, and the first third, in which everything is met for the first time, does not.
 */

/** One number at one time. */
export interface Sample {
  /** s since the start. */
  readonly at: number;
  readonly value: number;
}

/** Pieces of time of which the lowest value is taken. */
const PIECES = 12;

/** The lowest sample of each piece, of the last two thirds. */
export function lowest(samples: readonly Sample[]): Sample[] {
  const late = samples.slice(Math.floor(samples.length / 3));
  const size = Math.max(1, Math.floor(late.length / PIECES));
  const found: Sample[] = [];
  for (let start = 0; start + size <= late.length; start += size) {
    const piece = late.slice(start, start + size);
    found.push(piece.reduce((least, one) => (one.value < least.value ? one : least)));
  }
  return found;
}

/** Units of value per second: the straight line through the samples with the least squares. */
export function slope(samples: readonly Sample[]): number {
  const count = samples.length;
  if (count < 2) return 0;
  const meanAt = samples.reduce((sum, { at }) => sum + at, 0) / count;
  const meanValue = samples.reduce((sum, { value }) => sum + value, 0) / count;
  let above = 0;
  let below = 0;
  for (const { at, value } of samples) {
    above += (at - meanAt) * (value - meanValue);
    below += (at - meanAt) ** 2;
  }
  return below === 0 ? 0 : above / below;
}

/** How a line went. */
export interface Trend {
  /** Per hour. */
  readonly perHour: number;
  /** Over the time that was looked at. */
  readonly rise: number;
  /** The lowest point where it began, and where it ended. */
  readonly from: number;
  readonly to: number;
}

/** The trend of the lowest points. */
export function trendOf(samples: readonly Sample[]): Trend {
  const points = lowest(samples);
  const perSecond = slope(points);
  const span = (points.at(-1)?.at ?? 0) - (points[0]?.at ?? 0);
  const [from, to] = [points[0]?.value ?? 0, points.at(-1)?.value ?? 0];
  return { perHour: perSecond * 3600, rise: perSecond * span, from, to };
}

/** The value below which `part` (0 to 1) of the samples lie. */
export function quantile(samples: readonly Sample[], part: number): number {
  const values = samples.map(({ value }) => value).sort((one, other) => one - other);
  return values[Math.min(values.length - 1, Math.floor(values.length * part))] ?? 0;
}
