/** Token buckets: how many come in at once, how many after a while, and who is held to what. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { addressOf, Rates, type Rating } from '../src/rates.ts';

const NONE = { perSecond: 0, burst: 1 };

function count(rates: Rates, peer: string, now: number, arrivals: number): Record<Rating, number> {
  const got = { admit: 0, answer: 0, cut: 0 };
  for (let n = 0; n < arrivals; n++) got[rates.rate(peer, now)]++;
  return got;
}

describe('connect rates', () => {
  it('let a burst in, answer as many, cut the rest, and fill again with time', () => {
    for (const rates of [
      new Rates({ perSecond: 10, burst: 5 }, NONE),
      new Rates(NONE, { perSecond: 10, burst: 5 }),
    ]) {
      expect(count(rates, 'a:1', 0, 20)).toEqual({ admit: 5, answer: 5, cut: 10 });
      expect(count(rates, 'a:1', 99, 5)).toEqual({ admit: 0, answer: 0, cut: 5 });
      expect(count(rates, 'a:1', 100, 5)).toEqual({ admit: 1, answer: 1, cut: 3 });
      expect(count(rates, 'a:1', 400, 20)).toEqual({ admit: 3, answer: 3, cut: 14 });
      expect(count(rates, 'a:1', 100_000, 20)).toEqual({ admit: 5, answer: 5, cut: 10 });
    }
  });

  it('[C27] an address that floods takes nothing from the others', () => {
    const rates = new Rates({ perSecond: 1, burst: 2 }, { perSecond: 100, burst: 10 });
    expect(count(rates, '192.0.2.1:1', 0, 1000)).toEqual({ admit: 2, answer: 2, cut: 996 });
    for (let n = 2; n < 10; n++) expect(rates.rate(`192.0.2.${n}:1`, 0)).toBe('admit');
    expect(rates.rate('192.0.2.10:1', 0)).toBe('answer');
  });

  it('without a rate, everybody comes in and nobody is remembered', () => {
    const rates = new Rates(NONE, NONE);
    expect(count(rates, 'a:1', 0, 1000)).toEqual({ admit: 1000, answer: 0, cut: 0 });
    expect(rates.size).toBe(0);
  });

  it('[C27] addresses that are done with are forgotten; a flood of addresses is bounded', () => {
    const rates = new Rates({ perSecond: 100, burst: 100 }, { perSecond: 1000, burst: 1000 });
    for (let n = 0; n < 120_000; n++) rates.rate(`10.${n >> 16}.${(n >> 8) & 255}.${n & 255}:1`, 5000);
    expect(rates.size).toBe(100_000);
    rates.rate('192.0.2.1:1', 60_000);
    expect(rates.size).toBe(1);
  });

  it('never admit more than the burst and what came back since, whenever they come', () => {
    const steps = fc.array(fc.nat(500), { minLength: 1, maxLength: 200 });
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        steps,
        (perSecond, burst, gaps) => {
          const rates = new Rates(NONE, { perSecond, burst });
          let now = 0;
          let admitted = 0;
          for (const gap of gaps) {
            now += gap;
            if (rates.rate('x', now) === 'admit') admitted++;
            expect(admitted).toBeLessThanOrEqual(burst + (now * perSecond) / 1000 + 0.01);
          }
          expect(rates.rate('x', now + (1000 / perSecond) * burst)).toBe('admit');
        },
      ),
    );
  });

  it.each([
    ['192.0.2.1:50123', '192.0.2.1'],
    ['[::ffff:192.0.2.1]:50123', '192.0.2.1'],
    ['[2001:db8:1:2:3:4:5:6]:50123', '2001:db8:1:2::/64'],
    ['[2001:db8:1:2::6]:1', '2001:db8:1:2::/64'],
    ['[2001:db8::6]:1', '2001:db8:0:0::/64'],
    ['[fe80::1%eth0]:1', 'fe80:0:0:0::/64'],
    ['[::]:1', '0:0:0:0::/64'],
    ['[1::]:1', '1:0:0:0::/64'],
    ['unix', 'unix'],
    ['', ''],
  ])('%s counts as %s', (peer, address) => {
    expect(addressOf(peer)).toBe(address);
  });
});
