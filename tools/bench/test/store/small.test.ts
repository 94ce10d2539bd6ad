/** The parts of the store's bench work, on a small store: their figures are not looked at, what they count is. */
import { describe, expect, it } from 'vitest';
import { churn } from '../../src/store/churn.ts';
import { fill, loadBroker, loadStore } from '../../src/store/restart.ts';
import { inFolder } from '../../src/store/stores.ts';
import { throughput } from '../../src/store/throughput.ts';

describe('the bench of the store', () => {
  it('loads all that it filled in', async () => {
    const contents = { sessions: 10, subscriptions: 100, queued: 200, retained: 300 };
    await inFolder(async (path) => {
      await fill(path, contents);
      for (const load of [loadStore, loadBroker]) {
        const { records, fileBytes } = await load(path);
        expect([records, fileBytes > 0]).toEqual([610, true]);
      }
    });
  });

  it('finds that what is live returns after churn', async () => {
    const { liveBefore, liveMost, liveAfter } = await inFolder((path) =>
      churn(path, { messages: 2000, sessions: 10, waiting: 1000 }),
    );
    expect(liveMost).toBeGreaterThan(liveBefore);
    expect(liveAfter).toBeLessThan(liveBefore + 32_768);
  });

  it('measures both sides', async () => {
    const { ours, plain } = await throughput({ batch: 8, rounds: 1, seconds: 0.02 });
    expect(Math.min(ours.median, plain.median)).toBeGreaterThan(0);
  });
});
