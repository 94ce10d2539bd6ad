/** A checker that nothing trips is worth nothing: every rule finds a real broker with a fault planted in its store. */
import { describe, expect, it } from 'vitest';
import { FOUND_BY } from '../src/broker/found-by.ts';
import { planted } from '../src/broker/program.ts';
import { chapter, killed } from '../src/chapter.ts';
import { RULES, type RuleName } from '../src/rules/index.ts';

const LIMIT = 240_000;
/** It ends with the first that finds it; what clients do in a chapter is chance, and some faults need them to come by. */
const CHAPTERS = 30;

/** Chapters until one of the rules is broken that are wanted; all that were broken. */
async function brokenBy(mutant: string, isWanted: (rule: RuleName) => boolean): Promise<RuleName[]> {
  const broken = new Set<RuleName>();
  for (let seed = 1; seed <= CHAPTERS && ![...broken].some(isWanted); seed++) {
    // What never comes is not waited for long.
    const options = { seed, deaths: 3, death: killed(), mostMs: 2500, patience: 2000 };
    const { findings } = await chapter({ ...options, program: planted(mutant) });
    for (const { rule } of findings) broken.add(rule);
  }
  return [...broken];
}

describe('a planted fault is found', () => {
  it('by every rule', () => {
    expect(new Set(FOUND_BY.map(([, rule]) => rule))).toEqual(new Set(Object.keys(RULES)));
  });

  it.each(FOUND_BY)(
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
