/** The ledgers and the trend find what they are there to find: a check that nothing trips is worth nothing. */
import { describe, expect, it } from 'vitest';
import { Ledger, SharedLedger } from '../src/ledger.ts';
import { plot, ticks } from '../src/plot.ts';
import { lowest, slope, trendOf } from '../src/samples.ts';

/** What a ledger finds when so many were sent and acknowledged, and these came. */
function found(qos: 0 | 1 | 2, sent: number, acknowledged: number, came: readonly number[]): string[] {
  const findings: string[] = [];
  const ledger = new Ledger('s', qos, (what) => findings.push(what));
  for (let count = 0; count < sent; count++) ledger.next();
  ledger.acknowledged(acknowledged);
  for (const number of came) ledger.came(number);
  ledger.close();
  return findings;
}

describe('a stream', () => {
  it.each([
    ['all of QoS 1, some again', 1, 3, 3, [1, 2, 1, 2, 3]],
    ['all of QoS 2', 2, 3, 3, [1, 2, 3]],
    ['one that was not acknowledged is missing', 1, 3, 2, [1, 2]],
    ['some of QoS 0', 0, 3, 3, [1, 3]],
  ] as const)('is in order: %s', (_what, qos, sent, acknowledged, came) => {
    expect(found(qos, sent, acknowledged, came)).toEqual([]);
  });

  it.each([
    ['a loss', 1, 3, 3, [1, 3], '3 came after 1'],
    ['an acknowledged message that never comes', 1, 3, 3, [1, 2], '1 acknowledged messages never came'],
    ['a duplicate at QoS 2', 2, 2, 2, [1, 2, 2], '2 came twice'],
    ['a duplicate at QoS 0', 0, 2, 2, [1, 1], '1 came twice'],
    ['an invention', 1, 1, 1, [1, 2], '2 came, and was never sent'],
    ['another order', 2, 3, 3, [2, 1, 3], '2 came after 0'],
  ] as const)('is not: %s', (_what, qos, sent, acknowledged, came, expected) => {
    expect(found(qos, sent, acknowledged, came).join()).toContain(expected);
  });
});

describe('a shared subscription', () => {
  it('owes each message once', () => {
    const findings: string[] = [];
    const ledger = new SharedLedger('g', (what) => findings.push(what));
    for (let count = 0; count < 3; count++) ledger.next();
    ledger.came(2);
    ledger.came(1);
    ledger.came(1);
    expect(ledger.isSettled).toBe(false);
    ledger.close();
    ledger.came(4);
    expect(findings).toEqual(['g: 1 messages never came', 'g: 4 came, and was never sent']);
    expect(ledger.duplicates).toBe(2);
  });
});

describe('a trend', () => {
  const line = (rise: number, noise: number): { at: number; value: number }[] =>
    Array.from({ length: 300 }, (_, at) => ({ at, value: 100 + at * rise + (at % 10) * noise }));

  it('is flat for a saw that goes nowhere, and rises with a leak', () => {
    expect(Math.abs(trendOf(line(0, 50)).rise)).toBeLessThan(1);
    expect(trendOf(line(0.5, 50)).rise).toBeGreaterThan(80);
    expect(trendOf(line(0.5, 50)).perHour).toBeCloseTo(1800, -2);
  });

  it('looks at the lowest points of the last two thirds', () => {
    expect(lowest(line(0, 5)).every(({ at, value }) => at >= 100 && value === 100)).toBe(true);
    expect(slope([])).toBe(0);
    expect(trendOf([])).toEqual({ perHour: 0, rise: 0, from: 0, to: 0 });
  });

  it('is drawn: every sample, and the line that is judged', () => {
    const samples = line(1, 1);
    const svg = plot({ title: 'heap', unit: 'MB', samples, line: lowest(samples), says: 'so much an hour' });
    expect(svg).toMatch(/^<svg [\s\S]*>heap<[\s\S]*>so much an hour<[\s\S]*<\/svg>\n$/);
    const [all = '', judged = ''] = [...svg.matchAll(/polyline points="([^"]*)"/g)].map(
      ([, points]) => points,
    );
    expect(all.split(' ')).toHaveLength(300);
    expect(judged.split(' ')).toHaveLength(lowest(samples).length);
  });

  it('has an axis of round numbers that reach beyond what is drawn', () => {
    expect(ticks(48.8)).toEqual([0, 10, 20, 30, 40, 50]);
    expect(ticks(990)).toEqual([0, 200, 400, 600, 800, 1000]);
    expect(ticks(30)).toEqual([0, 10, 20, 30]);
  });
});
