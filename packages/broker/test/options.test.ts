/** The table of limits: defaults, bounds, and that every limit and counter is documented. */
import { describe, expect, it } from 'vitest';
import { BrokerError, counters, createBroker, type Limits, limits } from '../src/index.ts';

describe('limits', () => {
  it('each has a default within its bounds, a unit, a meaning and a counter that exists', () => {
    for (const [name, [standard, least, most, unit, counter, meaning]] of Object.entries(limits)) {
      expect(standard, name).toBeGreaterThanOrEqual(least);
      expect(standard, name).toBeLessThanOrEqual(most);
      expect(unit.length, name).toBeGreaterThan(0);
      expect(meaning.length, name).toBeGreaterThan(10);
      expect(counters, name).toHaveProperty(counter);
    }
  });

  for (const [wrong, text] of [
    [{ connectTimeout: 5 }, 'limits.connectTimeout must be a whole number from 100 to 3600000 ms, not 5'],
    [
      { receiveMaximum: 1.5 },
      'limits.receiveMaximum must be a whole number from 1 to 65535 messages, not 1.5',
    ],
    [{ maximumpacketsize: 1 }, 'limits.maximumpacketsize does not exist'],
  ] as const) {
    it(`refuses ${JSON.stringify(wrong)}`, () => {
      const make = (): unknown => createBroker({ limits: wrong as Partial<Limits> });
      expect(make).toThrow(text);
      expect(make).toThrow(BrokerError);
    });
  }
});
