/**
 * The broker dies at random moments, over a store that keeps of its last turns as many as chance wants, and goes on.
 * A failing seed stands in the message: `CRASH_SEED=n npx vitest run test/crash` plays it alone; `CRASH_SEEDS=2000`
 * plays that many.
 */
import { describe, expect, it } from 'vitest';
import { play } from './run.ts';

const { CRASH_SEED, CRASH_SEEDS = '300' } = process.env;
const first = Number(CRASH_SEED ?? 1);
const last = CRASH_SEED === undefined ? Number(CRASH_SEEDS) : first;
const EACH = 50;

describe('random clients over crashes', () => {
  for (let from = first; from <= last; from += EACH) {
    const to = Math.min(last, from + EACH - 1);
    it(`5.0 [MQTT-4.1.0-1] [MQTT-4.3.2-4] [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.6.0-6] seeds ${from} to ${to}: what was acknowledged is there, once, in order`, async () => {
      for (let seed = from; seed <= to; seed++)
        expect({ seed, faults: await play(seed) }).toEqual({ seed, faults: [] });
    });
  }
});
