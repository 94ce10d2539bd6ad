/**
 * The seeds that each `npm test` plays, in shares, because files run beside each other. A failing seed stands in the
 * message: `CRASH_SEED=n npx vitest run test/simulation/seeds-1` plays it alone; `CRASH_SEEDS=20000 npx vitest run
 * test/simulation/seeds` plays that many.
 */
import { expect, it } from 'vitest';
import { play } from './run.ts';

const { CRASH_SEED, CRASH_SEEDS = '2000' } = process.env;
const SHARES = 4;
/** Seeds of one test. */
const EACH = 50;

/** The tests of share 1 to 4. */
export function playShare(share: number): void {
  const first = Number(CRASH_SEED ?? 1);
  const last = CRASH_SEED === undefined ? Number(CRASH_SEEDS) : first;
  for (let from = first; from <= last; from += EACH) {
    const to = Math.min(last, from + EACH - 1);
    const isOurs = CRASH_SEED !== undefined || ((from - first) / EACH) % SHARES === share - 1;
    if (isOurs) it(`seeds ${from} to ${to}`, () => playAll(from, to));
  }
}

async function playAll(from: number, to: number): Promise<void> {
  for (let seed = from; seed <= to; seed++)
    expect({ seed, faults: await play(seed) }).toEqual({ seed, faults: [] });
}
