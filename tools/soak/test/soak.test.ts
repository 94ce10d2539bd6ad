/** Two minutes of everything: no message lost, memory flat. The seed is printed; `npm run soak -- --seed N` plays it again. */
import { randomInt } from 'node:crypto';
import { expect, it } from 'vitest';
import { soak } from '../src/soak.ts';

const SECONDS = 120;

it(
  `${SECONDS} s of streams, cuts, wills, groups, requests and noise find nothing`,
  async () => {
    const seed = randomInt(2 ** 31);
    const { findings, did } = await soak({ seconds: SECONDS, seed });
    expect(findings, `seed ${seed}`).toEqual([]);
    expect(did).toHaveLength(26);
  },
  (SECONDS + 120) * 1000,
);
