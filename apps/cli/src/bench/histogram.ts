/**
 * Latencies in buckets that grow with the value, so that a million of them cost a few kilobytes and no quantile is
 * further off than 3 %.
 */

/** Buckets of one power of two. */
const STEPS = 32;
const LARGEST = 40 * STEPS;

function bucketOf(microseconds: number): number {
  if (microseconds < STEPS) return Math.max(0, Math.floor(microseconds));
  const power = Math.floor(Math.log2(microseconds)) - 5; // STEPS is 2 ** 5
  const step = Math.floor(microseconds / 2 ** power) - STEPS;
  return Math.min(LARGEST - 1, (power + 1) * STEPS + step);
}

/** The least value of a bucket, µs. */
function startOf(bucket: number): number {
  if (bucket < STEPS) return bucket;
  const power = Math.floor(bucket / STEPS) - 1;
  return ((bucket % STEPS) + STEPS) * 2 ** power;
}

/** A part of the values: those from `from` to below `to`, µs. */
export interface Bar {
  readonly from: number;
  readonly to: number;
  readonly count: number;
}

/** Counts values in µs. */
export class Histogram {
  readonly #counts = new Float64Array(LARGEST);
  count = 0;
  largest = 0;
  #sum = 0;

  add(microseconds: number): void {
    const bucket = bucketOf(microseconds);
    this.#counts[bucket] = (this.#counts[bucket] ?? 0) + 1;
    this.count += 1;
    this.#sum += microseconds;
    if (microseconds > this.largest) this.largest = microseconds;
  }

  /** µs; 0 without values. */
  get mean(): number {
    return this.count === 0 ? 0 : this.#sum / this.count;
  }

  /** The value below which `part` (0 to 1) of all lie, µs; 0 without values. */
  quantile(part: number): number {
    const rank = Math.ceil(this.count * part);
    let seen = 0;
    for (let bucket = 0; bucket < LARGEST && rank > 0; bucket++) {
      seen += this.#counts[bucket] ?? 0;
      if (seen >= rank) return Math.min(this.largest, (startOf(bucket) + startOf(bucket + 1)) / 2);
    }
    return 0;
  }

  /** Four bars for each power of two, from the least to the largest value. */
  bars(): Bar[] {
    const bars: Bar[] = [];
    for (let bucket = 0; bucket < LARGEST; bucket += STEPS / 4) {
      let count = 0;
      for (let at = bucket; at < bucket + STEPS / 4; at++) count += this.#counts[at] ?? 0;
      bars.push({ from: startOf(bucket), to: startOf(bucket + STEPS / 4), count });
    }
    const first = bars.findIndex(({ count }) => count > 0);
    if (first < 0) return [];
    return bars.slice(first, bars.findLastIndex(({ count }) => count > 0) + 1);
  }
}
