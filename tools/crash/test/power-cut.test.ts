/** Power cuts in a short form, and the control that must fail: with syncs switched off what was acknowledged is gone. */
import { describe, expect, it } from 'vitest';
import { mqttd } from '../src/broker/program.ts';
import { chapter } from '../src/chapter.ts';
import { powerCut } from '../src/layers/power-cut.ts';
import { withoutDisks } from '../src/layers/system.ts';

const LIMIT = 240_000;
const why = withoutDisks();

describe('a power cut', () => {
  it(
    why === undefined ? 'takes nothing that was acknowledged, three times' : `cannot be played: ${why}`,
    async () => {
      if (why !== undefined) return;
      const options = { program: mqttd('commit'), seed: 1, deaths: 3, mostMs: 10_000, patience: 15_000 };
      const { findings, acknowledged } = await chapter({ ...options, death: powerCut() });
      expect(findings, 'npm run crash -- --power --seed 1 --deaths 3 --seconds 1').toEqual([]);
      expect(acknowledged).toBeGreaterThan(50);
    },
    LIMIT,
  );

  it(
    why === undefined ? 'takes some with durability relaxed' : `has no control: ${why}`,
    async () => {
      if (why !== undefined) return;
      let count = 0;
      for (let seed = 1; seed <= 4 && count === 0; seed++) {
        const options = { program: mqttd('system'), seed, deaths: 2, mostMs: 10_000, patience: 1000 };
        // A file that is damaged for good is a loss, too.
        const outcome = await chapter({ ...options, death: powerCut() }).catch(() => undefined);
        count += outcome?.findings.length ?? 1;
      }
      expect(count).toBeGreaterThan(0);
    },
    LIMIT,
  );
});
