/** What the runs of a simulation are made of: a run that meets no hardship proves nothing. */
import { describe, expect, it } from 'vitest';
import { played } from './run.ts';

const SEEDS = 60;

describe('random clients over crashes', () => {
  it('5.0 [MQTT-4.1.0-1] [MQTT-4.3.2-4] [MQTT-4.3.3-10] [MQTT-4.4.0-1] [MQTT-4.5.0-1] [MQTT-4.6.0-6] [MQTT-3.3.2-8] 3.1.1 [MQTT-4.3.3-2] [MQTT-4.4.0-1]: nothing is lost, doubled, invented or overtaken, among deaths, full disks, failed syncs, late hooks, frozen clients and aliases', async () => {
    const sums = { deaths: 0, full: 0, failed: 0, asked: 0, aliased: 0, frozen: 0, unstored: 0, refused: 0 };
    for (let seed = 1; seed <= SEEDS; seed++) {
      const run = await played(seed);
      expect({ seed, faults: run.faults() }).toEqual({ seed, faults: [] });
      sums.deaths += run.history.crashes;
      sums.full += run.timesFull;
      sums.failed += run.timesFailed;
      sums.asked += run.asked;
      sums.frozen += run.conditions.freeze > 0 ? 1 : 0;
      sums.unstored += run.conditions.isStored ? 0 : 1;
      for (const { aliased } of run.actors) sums.aliased += aliased;
      for (const { isRefused } of run.history.told.values()) sums.refused += isRefused ? 1 : 0;
    }
    const least = {
      deaths: 100,
      full: 10,
      failed: 3,
      asked: 200,
      aliased: 50,
      frozen: 8,
      unstored: 4,
      refused: 10,
    };
    for (const [what, count] of Object.entries(least))
      expect([what, sums[what as keyof typeof sums] >= count, sums]).toEqual([what, true, sums]);
  });
});
