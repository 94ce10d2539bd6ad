/** The timing: turns alternate, and who does not do the same work each time is found out. */
import { describe, expect, it } from 'vitest';
import { contest, type Pass, turns } from '../../src/codec/contest.ts';

/** A contestant whose every pass takes `cost` ms of its own clock. */
function worker(cost: number, pass: () => Pass = () => ({ packets: 100, weight: 7 })) {
  let time = 0;
  const contestant = {
    pass() {
      time += cost;
      return pass();
    },
  };
  return turns(contestant, () => time);
}

describe('turns', () => {
  it('works in whole passes for at least that long, and gives packets a second', () => {
    expect([worker(1)(10), worker(4)(10), worker(30)(10)]).toEqual([100_000, 25_000, 100_000 / 30]);
  });

  it('stops when a pass gives something else than the first one did', () => {
    let passes = 0;
    const turn = worker(1, () => ({ packets: 100, weight: passes++ }));
    expect(() => turn(10)).toThrow('a pass gave');
  });
});

describe('contest', () => {
  const timing = { rounds: 4, roundMs: 10, warmUpMs: 40 };

  it('warms everybody up, then lets them go first in turn', async () => {
    const log: string[] = [];
    const entry = (name: string) => ({
      name,
      turn: (ms: number) => {
        log.push(`${name} ${ms}`);
        return Promise.resolve(1);
      },
    });
    await contest([entry('a'), entry('b')], timing);
    expect(log.join()).toBe('a 40,b 40,a 10,b 10,b 10,a 10,a 10,b 10,b 10,a 10');
  });

  it('gives a figure for each round', async () => {
    let round = 0;
    const [series] = await contest([{ name: 'a', turn: () => Promise.resolve(round++) }], timing);
    expect(series).toEqual({ name: 'a', perSecond: [1, 2, 3, 4] });
  });
});
