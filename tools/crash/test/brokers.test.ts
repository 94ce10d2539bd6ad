/**
 * mqttd killed under load, and brokers with a fault planted in their store, which the rules must find. Seeds are fixed
 * but for one, which is printed.
 */
import { randomInt } from 'node:crypto';
import { describe, expect, it } from 'vitest';
import { mqttd, planted } from '../src/broker/program.ts';
import { chapter, killed } from '../src/chapter.ts';
import type { RuleName } from '../src/rules/index.ts';

const MOST_MS = 10_000;
const LIMIT = 120_000;

/** Chapters until a rule is broken that is wanted, at most five; the rules that were broken. */
async function brokenBy(mutant: string, isWanted: (rule: RuleName) => boolean): Promise<RuleName[]> {
  const broken = new Set<RuleName>();
  for (let seed = 1; seed <= 5 && ![...broken].some(isWanted); seed++) {
    // What never comes is not waited for long.
    const options = { seed, deaths: 3, death: killed(), mostMs: MOST_MS, patience: 2000 };
    const { findings } = await chapter({ ...options, program: planted(mutant) });
    for (const { rule } of findings) broken.add(rule);
  }
  return [...broken];
}

describe('mqttd', () => {
  const seeds = [1, randomInt(2 ** 31)];
  for (const [at, deaths] of [3, 2].entries()) {
    it(
      `keeps what it acknowledged over kill -9, ${deaths} times, ${at === 0 ? 'fixed' : 'random'} seed`,
      async () => {
        const seed = seeds[at] ?? 1;
        process.stdout.write(`crash: seed ${seed}\n`);
        const options = {
          program: mqttd(),
          seed,
          deaths,
          death: killed(),
          mostMs: MOST_MS,
          patience: 15_000,
        };
        const { findings, acknowledged, delivered } = await chapter(options);
        expect(findings, `npm run crash -- --seed ${seed} --deaths ${deaths} --seconds 1`).toEqual([]);
        expect([acknowledged > 100, delivered > 100]).toEqual([true, true]);
      },
      LIMIT,
    );
  }
});

describe('a planted fault is found', () => {
  it.each([
    ['forgets a message in fifty', 'no loss'],
    ['forgets held ids', 'QoS 2 exactly once'],
    ['forgets what was sent', 'packet ids'],
  ] as const)(
    '%s: %s',
    async (mutant, rule) => expect(await brokenBy(mutant, (one) => one === rule)).toContain(rule),
    LIMIT,
  );

  it(
    'acknowledges before it is durable: what that breaks depends on the moment',
    async () => {
      expect(await brokenBy('acknowledges before it is durable', () => true)).not.toEqual([]);
    },
    LIMIT,
  );
});
