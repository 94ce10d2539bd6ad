/** The timing: turns alternate, everybody does the same work, and who does not is found out. */
import { describe, expect, it } from 'vitest';
import { type Contestant, contest } from '../../src/codec/contest.ts';

/** A clock that the contestants move, each pass by its own cost. */
function course(costs: Record<string, number>) {
  let time = 0;
  const turns: string[] = [];
  const contestants = Object.entries(costs).map(
    ([name, cost]): Contestant => ({
      name,
      pass() {
        if (turns.at(-1) !== name) turns.push(name);
        time += cost;
        return { packets: 100, weight: 7 };
      },
    }),
  );
  const timing = { rounds: 4, roundMs: 10, warmUpMs: 10, now: () => time };
  return { contestants, timing, turns };
}

describe('contest', () => {
  it('gives packets a second for each round', () => {
    const { contestants, timing } = course({ fast: 1, slow: 4 });
    expect(contest(contestants, timing)).toEqual([
      { name: 'fast', perSecond: [100_000, 100_000, 100_000, 100_000] },
      { name: 'slow', perSecond: [25_000, 25_000, 25_000, 25_000] },
    ]);
  });

  it('lets them go first in turn', () => {
    const { contestants, timing, turns } = course({ a: 1, b: 1 });
    contest(contestants, timing);
    expect(turns).toEqual(['a', 'b', 'a', 'b', 'a', 'b', 'a', 'b', 'a']);
  });

  it('stops when a pass gives something else than the first one did', () => {
    const { contestants, timing } = course({ a: 1 });
    let passes = 0;
    const liar: Contestant = { name: 'liar', pass: () => ({ packets: 100, weight: passes++ }) };
    expect(() => contest([...contestants, liar], timing)).toThrow('liar gave');
  });
});
